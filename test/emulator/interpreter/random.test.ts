/**
 * Random instructions of every row, with faults, exceptions, interrupts, self-modification and device accesses: one
 * long run, runs of random length and single steps give the same state, and nothing the code does comes out of the
 * interpreter as an error.
 */
import assert from 'node:assert/strict';
import { generator, randomMachine, runInPieces } from './random-code';

describe('interpreter: random code', () => {
  for (const set of ['A32', 'T32'] as const)
    it(`${set}: gives the same state however it is cut`, () => {
      const executed = new Set<string>();
      for (let seed = 1; seed <= 8; seed++) {
        const whole = randomMachine(set, seed * 7919);
        runInPieces(whole, 3000, () => 3000);
        const single = randomMachine(set, seed * 7919);
        runInPieces(single, 3000, () => 1);
        const pieces = randomMachine(set, seed * 7919);
        const random = generator(seed);
        runInPieces(pieces, 3000, () => 1 + random(40));
        assert.equal(whole.core.retired, 3000);
        assert.deepEqual(single.exceptions, whole.exceptions, `seed ${seed}`);
        assert.equal(single.hash(), whole.hash(), `single steps, seed ${seed}`);
        assert.equal(pieces.hash(), whole.hash(), `pieces, seed ${seed}`);
        for (const exception of whole.exceptions) executed.add(exception.split(' at ')[0]);
      }
      assert.deepEqual([...executed].sort(), ['data abort', 'irq', 'prefetch abort', 'svc', 'undefined']);
    });
});
