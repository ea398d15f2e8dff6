import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths';

const HERE = join(ROOT, 'test/hypervisor');

/** Links objects where a raw guest kernel is put; its bytes. */
function link(name: string, folder: string, objects: readonly string[]): Uint8Array {
  const elf = join(folder, `${name}.elf`);
  const raw = join(folder, `${name}.bin`);
  execFileSync('arm-none-eabi-ld', ['-Ttext=0x40008000', '-o', elf, ...objects]);
  execFileSync('arm-none-eabi-objcopy', ['-O', 'binary', elf, raw]);
  return readFileSync(raw);
}

/** Assembles a guest of this folder; its bytes. `symbols` are defined as 1. */
export function assembleGuest(source: string, folder: string, symbols: readonly string[] = []): Uint8Array {
  const object = join(folder, `${source}.o`);
  const defined = symbols.map((symbol) => `--defsym=${symbol}=1`);
  execFileSync('arm-none-eabi-as', [...defined, `-I${HERE}`, '-o', object, join(HERE, source)]);
  return link(source, folder, [object]);
}

const FLAGS = [
  ...['-mcpu=cortex-a15', '-marm', '-mgeneral-regs-only', '-mno-unaligned-access', '-O1', '-std=gnu11'],
  ...['-ffreestanding', '-fno-builtin', '-fno-tree-loop-distribute-patterns', '-Wall', '-Wextra', '-Werror'],
  `-I${join(ROOT, 'hypervisor/include')}`,
];

/** What a program for PL0 of this folder has of the hypervisor's own: its start, system calls, output. */
const PARTS_OF_THE_VMM = ['vmm/start.S', 'vmm/files.c', 'vmm/output.c', 'lib/copy.S', 'lib/format.c', 'lib/memory.c'];

/** Compiles a program for PL0 of this folder, which runs in the VMM's place; an ELF file. */
export function compileVmm(source: string, folder: string): Uint8Array {
  const include = ['lib', 'host', 'vmm'].map((part) => `-I${join(ROOT, 'hypervisor', part)}`);
  const files = [...PARTS_OF_THE_VMM.map((file) => join(ROOT, 'hypervisor', file)), join(HERE, source)];
  const objects = files.map((file, index) => {
    const object = join(folder, `vmm-${index}.o`);
    execFileSync('arm-none-eabi-gcc', [...FLAGS, ...include, '-mthumb', '-c', '-o', object, file]);
    return object;
  });
  const elf = join(folder, `${source}.elf`);
  execFileSync('arm-none-eabi-ld', ['-s', '-T', join(ROOT, 'hypervisor/vmm/vmm.lds'), '-o', elf, ...objects]);
  return readFileSync(elf);
}

/** Compiles a guest in C of this folder, which begins at its `main`; its bytes. */
export function compileGuest(source: string, folder: string): Uint8Array {
  const objects = ['guest-start.S', source].map((file) => {
    const object = join(folder, `${file}.o`);
    execFileSync('arm-none-eabi-gcc', [...FLAGS, '-c', '-o', object, join(HERE, file)]);
    return object;
  });
  return link(source, folder, objects);
}
