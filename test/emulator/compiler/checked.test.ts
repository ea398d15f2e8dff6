// `engine: check`: a compiler that does something else than the interpreter is told of, by register, page and place.
import assert from 'node:assert/strict';
import { CheckedCompiler, EngineDifference } from '../../../emulator/compiler/checked-compiler';
import { DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { CORE } from '../../../emulator/state/layout';
import { seededRandom } from '../../../emulator/isa/random';
import { FlatMachine, RAM_BASE } from '../interpreter/flat-machine';
import { randomMachine, runInPieces } from '../interpreter/random-code';
import { randomOptions } from './random-options';

const CODE = RAM_BASE + 0x1000;
const DATA = RAM_BASE + 0x8000;
const STORES = [
  0xe583_2000, // str r2, [r3]
  0xe282_2001, // add r2, r2, #1
  0xe251_1001, // subs r1, r1, #1
  0x1aff_fffb, // bne CODE
  0xeaff_fffe, // b .
];

/** More executions than there are. */
const NEVER = 100_000;

/** Does what `afterwards` does to the machine after each run of compiled code. */
class Wrong extends CheckedCompiler {
  afterwards: (state: FlatMachine['state']) => void = () => undefined;
  protected override execute(...args: Parameters<CheckedCompiler['execute']>): number {
    const result = super.execute(...args);
    this.afterwards(this.state);
    return result;
  }
  forgetStores(): void {
    this.pages.clear();
    this.lastPage = -1;
  }
}

function machine(threshold = 5): { m: FlatMachine; tier: Wrong } {
  const m = new FlatMachine(1 << 16);
  m.load(CODE, new Uint8Array(Int32Array.from(STORES).buffer));
  m.s[CORE.R + 1] = 1000;
  m.s[CORE.R + 3] = DATA;
  m.s[CORE.R + 15] = CODE;
  const tier = new Wrong(
    m.state,
    m.blocks,
    { ...DEFAULT_OPTIONS, threshold, batch: 1 },
    undefined,
    () => m.bindings,
  );
  return { m, tier };
}

describe('compiled code under supervision', () => {
  it('runs as it does without', () => {
    const { m, tier } = machine();
    m.interpreter.run(4000);
    assert.ok(tier.checks > 0);
    assert.deepEqual([m.s[CORE.R + 1], m.s[CORE.R + 2], m.s[CORE.R + 15]], [0, 1000, CODE + 16]);
    assert.equal(m.memory.read(DATA, 4, 0, 1), 999);
    assert.equal(m.core.retired, 4000);
    assert.equal(m.state.now, 4000);
  });

  const wrong: Readonly<Record<string, [(m: FlatMachine) => void, RegExp]>> = {
    'a register': [
      (m) => m.s[CORE.R + 2]!++,
      /core 0, \d+ instructions .* from 0x[0-9a-f]+ on, .*: r2 is 0x/,
    ],
    'a flag': [(m) => (m.s[CORE.C] = 2), /C is 0x2 compiled, 0x[01] interpreted/],
    'a D register': [(m) => (m.s[CORE.D + 3] = 7), /d1 \(high word\) is 0x7 compiled/],
    'what was stored': [
      (m) => m.state.u8[m.memory.ramOffset(DATA) + 1]!++,
      /the word at .* is 0x[0-9a-f]+ compiled, 0x[0-9a-f]+ interpreted/,
    ],
    'what was not stored': [
      (m) => m.state.u8[m.memory.ramOffset(DATA) + 0x104]!++,
      /the word at .* is 0x[1-9a-f] compiled, 0x[0-9a-f] interpreted/,
    ],
  };
  const tiers = { compiled: undefined, threaded: NEVER };
  const cases = Object.entries(tiers).flatMap(([tier, threshold]) =>
    Object.entries(wrong).map(([what, how]) => ({
      name: `${what} that is another one, ${tier}`,
      threshold,
      how,
    })),
  );
  for (const { name, threshold, how } of cases)
    it(`tells of ${name}`, () => {
      const { m, tier } = machine(threshold);
      const [spoil, words] = how;
      tier.afterwards = () => spoil(m);
      assert.throws(
        () => m.interpreter.run(4000),
        (error) => error instanceof EngineDifference && words.test(error.message),
      );
    });

  it('executes threaded code, and compares it', () => {
    const { m, tier } = machine(NEVER);
    let spans = 0;
    tier.afterwards = () => spans++;
    m.interpreter.run(4000);
    assert.deepEqual([tier.regions, m.s[CORE.R + 1], m.core.retired], [0, 0, 4000]);
    assert.ok(spans > 900 && tier.checks === spans, `${tier.checks} comparisons of ${spans}`);
  });

  it('tells of a store that only the interpreter makes', () => {
    const { m, tier } = machine();
    tier.afterwards = () => tier.forgetStores();
    assert.throws(() => m.interpreter.run(4000), /only the interpreter writes to the page at/);
  });

  for (const set of ['A32', 'T32'] as const)
    it(`finds no difference in random code, ${set}`, () => {
      let checks = 0;
      for (let seed = 1; seed <= (process.env['WORLDSWITCH_LONG'] === '1' ? 40 : 2); seed++) {
        const random = seededRandom(seed);
        const m = randomMachine(set, seed * 7919);
        const options = { ...randomOptions(random, 2, 60), batch: 1 };
        const tier = new CheckedCompiler(m.state, m.blocks, options, undefined, () => m.bindings);
        for (let i = 0; i < 30; i++) runInPieces(m, 100, () => 100);
        checks += tier.checks;
      }
      assert.ok(checks > 60, `${checks} comparisons`);
    });
});
