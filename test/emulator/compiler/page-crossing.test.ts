/**
 * An access across two pages in compiled code: done there where the bytes of both lie one after the other, else left to
 * the interpreter.
 */
import assert from 'node:assert/strict';
import { DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { Leave } from '../../../emulator/interpreter/second-tier';
import { CORE } from '../../../emulator/state/layout';
import { FlatMachine, RAM_BASE } from '../interpreter/flat-machine';
import { LeavingCompiler } from './leaving-compiler';

const CODE = RAM_BASE + 0x1000;
const SECOND_PAGE = RAM_BASE + 0x4000;
const LOOPS = 40;

/** Accesses to [r0], 8 bytes below the second page, and a word of the core that they change. */
const ACCESSES: Readonly<Record<string, readonly [number, number]>> = {
  'ldm r0, {r4-r8}': [0xe890_01f0, CORE.R + 7],
  'vldm r0, {d0-d1}': [0xec90_0b04, CORE.D + 2],
  'vld1.8 {d0-d1}, [r0]': [0xf420_0a0f, CORE.D + 2],
  'vld4.8 {d0-d3}, [r0]': [0xf420_000f, CORE.D],
};

function run(
  instruction: number,
  second: 'follows' | 'elsewhere',
): { m: FlatMachine; tier: LeavingCompiler } {
  const m = new FlatMachine(1 << 16);
  const tier = new LeavingCompiler(m.state, m.blocks, { ...DEFAULT_OPTIONS, threshold: 2, batch: 1 });
  m.load(SECOND_PAGE - 8, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  // subs r1, r1, #1; the access; bne back; b to itself
  m.load(CODE, [0xe251_1001, instruction, 0x1aff_fffc, 0xeaff_fffe]);
  m.s[CORE.R] = SECOND_PAGE - 8;
  m.s[CORE.R + 1] = LOOPS;
  m.s[CORE.R + 15] = CODE;
  const step = (): void => {
    m.memory.context.setRead(SECOND_PAGE - 4096, m.memory.ramOffset(SECOND_PAGE - 4096));
    if (second === 'follows') m.memory.context.setRead(SECOND_PAGE, m.memory.ramOffset(SECOND_PAGE));
    if (second === 'elsewhere') m.memory.context.setRead(SECOND_PAGE, m.memory.ramOffset(RAM_BASE + 0x8000));
  };
  m.interpreter.run(9);
  // No page was known until here.
  tier.left.length = 0;
  step();
  m.interpreter.run(LOOPS * 3);
  return { m, tier };
}

describe('compiled accesses across pages', () => {
  for (const [name, [instruction, word]] of Object.entries(ACCESSES)) {
    it(`${name}: in compiled code where the pages follow each other`, () => {
      const { m, tier } = run(instruction, 'follows');
      const { m: other, tier: otherTier } = run(instruction, 'elsewhere');
      assert.equal(m.s[CORE.R + 1], other.s[CORE.R + 1]);
      assert.equal(tier.left.includes(Leave.Slow), false, tier.left.join());
      assert.ok(otherTier.left.includes(Leave.Slow), otherTier.left.join());
      assert.notEqual(m.s[word], 0);
      assert.deepEqual([...m.s.subarray(CORE.D, CORE.D + 8)], [...other.s.subarray(CORE.D, CORE.D + 8)]);
      assert.deepEqual([...m.s.subarray(CORE.R, CORE.R + 15)], [...other.s.subarray(CORE.R, CORE.R + 15)]);
    });
  }
});
