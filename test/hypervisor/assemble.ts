import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths';

/** Assembles a guest of this folder, linked where a raw guest kernel is put; its bytes. `symbols` are defined as 1. */
export function assembleGuest(source: string, folder: string, symbols: readonly string[] = []): Uint8Array {
  const [object, elf, raw] = ['o', 'elf', 'bin'].map((end) => join(folder, `${source}.${end}`)) as [
    string,
    string,
    string,
  ];
  const defined = symbols.map((symbol) => `--defsym=${symbol}=1`);
  execFileSync('arm-none-eabi-as', [...defined, '-o', object, join(ROOT, 'test/hypervisor', source)]);
  execFileSync('arm-none-eabi-ld', ['-Ttext=0x40008000', '-o', elf, object]);
  execFileSync('arm-none-eabi-objcopy', ['-O', 'binary', elf, raw]);
  return readFileSync(raw);
}
