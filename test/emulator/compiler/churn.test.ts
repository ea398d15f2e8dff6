// Code that is written, executed, and written again, without end: what is compiled of it goes, with all that V8 keeps for it.
import assert from 'node:assert/strict';
import { Compiler, DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { MOST_MODULES } from '../../../emulator/compiler/function-table';
import { CORE } from '../../../emulator/state/layout';
import { FlatMachine, RAM_BASE } from '../interpreter/flat-machine';

const CODE = RAM_BASE + 0x1000;
const ROUNDS = MOST_MODULES + 300;
const LOOPS = 20;
const ADD = 0xe280_0000; // add r0, r0, #0
const SUBS = 0xe251_1001; // subs r1, r1, #1
const BNE = 0x1aff_fffc; // bne CODE
const HERE = 0xeaff_fffe; // b .

/** A machine with a tier, and a loop at CODE that adds `n` so many times, which `execute` puts there and executes. */
function looping() {
  const m = new FlatMachine(1 << 16);
  const tier = new Compiler(m.state, m.blocks, { ...DEFAULT_OPTIONS, threshold: 3, batch: 1 });
  const execute = (n: number, times = LOOPS): void => {
    for (const [i, word] of [ADD | n, SUBS, BNE, HERE].entries())
      m.memory.write(CODE + 4 * i, 4, word | 0, 0, 1);
    m.s[CORE.R] = 0;
    m.s[CORE.R + 1] = times;
    m.s[CORE.R + 15] = CODE;
    m.interpreter.run(3 * times);
    assert.equal(m.s[CORE.R], times * n);
  };
  const forget = (): void => {
    for (let at = CODE; at < CODE + 16; at += 4) m.memory.write(at, 4, 0, 0, 1);
  };
  return { m, tier, execute, forget };
}

describe('compiled code that is written over', () => {
  it('is the same function when the same bytes are back, and another one when others are', () => {
    const { tier, execute, forget } = looping();
    execute(1);
    const { regions, modules } = tier;
    assert.ok(regions > 0);
    for (let again = 1; again <= 5; again++) {
      forget();
      execute(1);
      assert.deepEqual([tier.regions, tier.modules, tier.brought], [regions, modules, again]);
    }
    forget();
    execute(2);
    assert.ok(tier.regions > regions);
    assert.equal(tier.brought, 5);
  });

  it('is not used while there is a breakpoint in it, nor after everything was dropped', () => {
    const { m, tier, execute, forget } = looping();
    execute(3);
    forget();
    let passed = 0;
    m.onBreakpoint = () => ++passed < 0;
    m.blocks.setBreakpoints(new Set([CODE + 4]));
    execute(3);
    assert.equal(passed, LOOPS);
    assert.equal(tier.brought, 0);
    m.blocks.setBreakpoints(new Set());
    forget();
    m.blocks.clear();
    execute(3);
    assert.equal(tier.brought, 0);
  });

  it('is kept for so many other bytes at its place, and no more', () => {
    const { tier, execute } = looping();
    for (const n of [1, 2, 3, 4, 5]) execute(n);
    execute(2);
    assert.equal(tier.brought, 1);
    execute(1);
    assert.equal(tier.brought, 1);
  });
});

describe('compiled code that is written again and again', () => {
  it('leaves no more modules behind than a table may be given', () => {
    const m = new FlatMachine(1 << 16);
    const tier = new Compiler(m.state, m.blocks, { ...DEFAULT_OPTIONS, threshold: 3, batch: 1 });
    const program = [ADD, SUBS, BNE, HERE];
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
