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
  execFileSync('arm-none-eabi-as', [...defined, '-o', object, join(HERE, source)]);
  return link(source, folder, [object]);
}

const FLAGS = [
  ...['-mcpu=cortex-a15', '-marm', '-mgeneral-regs-only', '-mno-unaligned-access', '-O1', '-std=gnu11'],
  ...['-ffreestanding', '-fno-builtin', '-fno-tree-loop-distribute-patterns', '-Wall', '-Wextra', '-Werror'],
  `-I${join(ROOT, 'hypervisor/include')}`,
];

/** Compiles a guest in C of this folder, which begins at its `main`; its bytes. */
export function compileGuest(source: string, folder: string): Uint8Array {
  const objects = ['guest-start.S', source].map((file) => {
    const object = join(folder, `${file}.o`);
    execFileSync('arm-none-eabi-gcc', [...FLAGS, '-c', '-o', object, join(HERE, file)]);
    return object;
  });
  return link(source, folder, objects);
}
