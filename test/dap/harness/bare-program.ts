import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where bare programs are linked: in RAM, 64 KiB above its beginning. */
export const PROGRAM_BASE = 0x4001_0000;
/** The same on board `vexpress-a15`. */
export const VEXPRESS_PROGRAM_BASE = 0x8001_0000;

const folders: string[] = [];

/** A folder that is removed when the tests are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-test-'));
  folders.push(folder);
  return folder;
}

process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A file with these bytes or this text. */
export function temporaryFile(name: string, content: string | Uint8Array): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, content);
  return file;
}

/** Assembles and links a program; gives the path of its ELF file. */
export function assembleProgram(name: string, text: string, base = PROGRAM_BASE): string {
  const source = temporaryFile(
    `${name}.S`,
    `.syntax unified\n.arch armv7-a\n.arch_extension virt\n.arch_extension sec\n.arm\n.global _start\n_start:\n${text}\n`,
  );
  const object = source.replace(/\.S$/, '.o');
  const elf = source.replace(/\.S$/, '.elf');
  execFileSync('arm-none-eabi-as', ['-g', '-o', object, source]);
  execFileSync('arm-none-eabi-ld', [`-Ttext=0x${base.toString(16)}`, '-o', elf, object]);
  return elf;
}

/** Assembly that powers the machine off by PSCI, from Hyp mode. */
export const POWER_OFF = 'ldr r0, =0x84000008\nsmc #0\nb .\n.ltorg\n';

/** The same by the configuration bus of board `vexpress-a15`, from any mode. */
export const VEXPRESS_POWER_OFF = 'ldr r0, =0x1c0100a4\nldr r1, =0xc0800000\nstr r1, [r0]\nb .\n.ltorg\n';
