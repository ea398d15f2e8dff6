import assert from 'node:assert';
import {
  COST_MODEL,
  type DEFAULT_CYCLES,
  instructionCycles,
  wordsMoved,
} from '../../../debug-adapter/costs/cost-model';
import { disassembleInstruction } from '../../../emulator';

/** Each item costs another power of two, so that a sum tells what it is made of. */
const CYCLES = Object.fromEntries(
  Object.keys(COST_MODEL).map((item, i) => [item, 2 ** (4 * i)]),
) as typeof DEFAULT_CYCLES;

const text = (word: number): string =>
  disassembleInstruction(word, { set: 'A32', address: 0x8000, itstate: 0 });

describe('the cost model', () => {
  for (const [word, what, item, words] of [
    [0xe0811002, 'add r1, r1, r2', 'plain', 0],
    [0xe5901000, 'ldr r1, [r0]', 'plain', 1],
    [0xe1c020d0, 'ldrd r2, r3, [r0]', 'plain', 2],
    [0xe8bd8ff0, 'pop {r4-r11, pc}', 'plain', 9],
    [0xe8fd9fff, 'ldm sp!, {r0-r12, pc}^', 'exception', 14],
    [0xecb10b20, 'vldmia r1!, {d0-d15}', 'plain', 32],
    [0xe0010392, 'mul r1, r2, r3', 'multiply', 0],
    [0xe731f312, 'udiv r1, r2, r3', 'divide', 0],
    [0xee110f10, 'mrc SCTLR', 'system register', 0],
    [0xec432f66, 'mcrr VTTBR', 'system register', 0],
    [0xeef80a10, 'vmrs fpexc', 'system register', 0],
    [0xe1010300, 'mrs sp_svc', 'system register', 0],
    [0xe10f0000, 'mrs CPSR', 'plain', 0],
    [0xee080f17, 'mcr TLBIALL', 'barrier', 0],
    [0xee071fd5, 'mcr BPIALL', 'barrier', 0],
    [0xf57ff06f, 'isb', 'barrier', 0],
    [0xe160006e, 'eret', 'exception', 0],
    [0xe25ef004, 'subs pc, lr, #4', 'exception', 0],
  ] as const)
    it(`${what}: ${item}, ${words} words`, () => {
      assert.strictEqual(wordsMoved(text(word)), words, text(word));
      assert.strictEqual(
        instructionCycles(text(word), CYCLES),
        CYCLES[item] + words * CYCLES.word,
        text(word),
      );
    });

  it('has a reason for every figure', () => {
    for (const { cycles, each, why } of Object.values(COST_MODEL))
      assert.ok(cycles > 0 && each !== '' && why !== '');
  });
});
