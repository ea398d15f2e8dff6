// Code that is written, executed, and written again, without end: what is compiled of it goes, with all that V8 keeps for it.
import assert from 'node:assert/strict';
import { Compiler, DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { MOST_MODULES } from '../../../emulator/compiler/function-table';
import { CORE } from '../../../emulator/state/layout';
import { FlatMachine, RAM_BASE } from '../interpreter/flat-machine';

const CODE = RAM_BASE + 0x1000;
const ROUNDS = MOST_MODULES + 300;
const LOOPS = 20;

describe('compiled code that is written again and again', () => {
  it('leaves no more modules behind than a table may be given', () => {
    const m = new FlatMachine(1 << 16);
    const tier = new Compiler(m.state, m.blocks, { ...DEFAULT_OPTIONS, threshold: 3, batch: 1 });
    const program = [
      0xe280_0000, // add r0, r0, #n
      0xe251_1001, // subs r1, r1, #1
      0x1aff_fffc, // bne CODE
      0xeaff_fffe, // b .
    ];
    for (const [i, word] of program.entries()) m.memory.write(CODE + 4 * i, 4, word, 0, 1);
    let [most, expected, before, evictions] = [0, 0, 0, 0];
    for (let round = 1; round <= ROUNDS; round++) {
      const n = round & 0xff;
      m.memory.write(CODE, 4, program[0]! | n | 0, 0, 1);
      m.s[CORE.R + 1] = LOOPS;
      m.s[CORE.R + 15] = CODE;
      m.interpreter.run(3 * LOOPS);
      expected = (expected + LOOPS * n) | 0;
      assert.equal(m.s[CORE.R], expected, `round ${round}`);
      most = Math.max(most, tier.modules);
      if (tier.modules < before) evictions++;
      before = tier.modules;
    }
    assert.ok(tier.regions > ROUNDS - 10, `${tier.regions} regions`);
    assert.ok(most <= MOST_MODULES, `${most} modules`);
    assert.equal(evictions, 1);
  });
});
