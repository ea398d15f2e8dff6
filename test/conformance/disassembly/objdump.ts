/** arm-none-eabi-objdump as an oracle: one run over a file of raw instructions. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Text of the instruction at each address of `code`, as objdump has it for ARMv7.
 * @throws Error when objdump is not installed (package binutils-arm-none-eabi).
 */
export function objdump(code: Uint8Array, set: 'A32' | 'T32'): Map<number, string> {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-objdump-'));
  try {
    const file = join(folder, 'code.bin');
    writeFileSync(file, code);
    const output = execFileSync(
      'arm-none-eabi-objdump',
      ['-D', '-z', '-b', 'binary', '-m', 'armv7', ...(set === 'T32' ? ['-M', 'force-thumb'] : []), file],
      { encoding: 'utf8', maxBuffer: 1 << 30 },
    );
    const lines = new Map<number, string>();
    for (const line of output.split('\n')) {
      const match = /^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/.exec(line);
      if (match !== null) lines.set(parseInt(match[1], 16), match[2]);
    }
    return lines;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
