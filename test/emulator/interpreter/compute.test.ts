/** Compiled programs: what they print is what they print under QEMU (programs/build.mjs). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadElf } from './elf';
import { FlatMachine } from './flat-machine';

const PROGRAMS = join(process.cwd(), 'test/emulator/interpreter/programs');

describe('interpreter: compiled programs', () => {
  for (const set of ['arm', 'thumb'])
    it(`compute, ${set}, prints what QEMU prints, in slices of any length`, () => {
      const expected = readFileSync(join(PROGRAMS, 'compute.expected.txt'), 'utf8');
      const image = readFileSync(join(PROGRAMS, `compute-${set}.elf`));
      const hashes = [1_000_000, 997, 20].map((slice) => {
        const m = new FlatMachine(4 << 20);
        loadElf(m, image);
        while (!m.exited) {
          const { reason } = m.interpreter.run(slice);
          assert.ok(reason === 'budget' || m.exited, reason);
          assert.deepEqual(m.exceptions, []);
        }
        assert.equal(m.output, expected);
        return [m.hash(), m.core.retired];
      });
      assert.deepEqual(hashes[1], hashes[0]);
      assert.deepEqual(hashes[2], hashes[0]);
    });
});
