/**
 * Accesses of compiled code where most pages have one entry in the first level of the TLB, and others have another one or
 * none: what comes of them is what the interpreter makes of them.
 */
import assert from 'node:assert/strict';
import { Compiler, DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { fastTlbEntry } from '../../../emulator/mmu/fast-tlb';
import { CORE } from '../../../emulator/state/layout';
import { FlatMachine, RAM_BASE } from '../interpreter/flat-machine';
import { LeavingCompiler } from './leaving-compiler';

const PAGE = 4096;
const PAGES = 24;
const CODE = RAM_BASE + PAGE;
/** Pages of data: those of `ELSEWHERE` lie where another one does, `MISSING` is in no table. */
const DATA = RAM_BASE + 4 * PAGE;
const ELSEWHERE = [9, 14];
const MISSING = 17;
const STEP = 0x1f4;

/** Goes through the data and changes it: R0 is where, R1 how often. */
const LOOP = [
  0xe590_4004, // ldr r4, [r0, #4]
  0xe084_4001, // add r4, r4, r1
  0xe580_4008, // str r4, [r0, #8]
  0xe1d0_50be, // ldrh r5, [r0, #14]
  0xe5d0_6003, // ldrb r6, [r0, #3]
  0xe085_5006, // add r5, r5, r6
  0xe1c0_51b0, // strh r5, [r0, #16]
  0xe5c0_5013, // strb r5, [r0, #19]
  0xe890_01e0, // ldm r0, {r5-r8}
  0xe880_01f0, // stm r0, {r4-r8}
  0xe1c0_41d8, // ldrd r4, r5, [r0, #24]
  0xe1c0_42f0, // strd r4, r5, [r0, #32]
  0xe080_0002, // add r0, r0, r2
  0xe251_1001, // subs r1, r1, #1
  0x1aff_fff0, // bne the first one
  0xeaff_fffe, // b .
];

function machine(rounds: number): FlatMachine {
  const m = new FlatMachine(PAGES * PAGE);
  for (let at = 0; at < PAGES * PAGE; at += 4) m.load(RAM_BASE + at, [(at * 0x9e37_79b1) | 0]);
  m.load(CODE, LOOP);
  m.s[CORE.R] = DATA;
  m.s[CORE.R + 1] = rounds;
  m.s[CORE.R + 2] = STEP;
  m.s[CORE.R + 15] = CODE;
  const { context } = m.memory;
  for (let page = 4; page < PAGES; page++) {
    const va = RAM_BASE + page * PAGE;
    const to = ELSEWHERE.includes(page) ? va - 2 * PAGE : va;
    if (page === MISSING) continue;
    context.setRead(va, m.memory.ramOffset(to));
    context.setWrite(va, m.memory.ramOffset(to));
  }
  return m;
}

const ROUNDS = Math.floor(((PAGES - 5) * PAGE) / STEP);

describe('compiled accesses where most pages have one entry', () => {
  it('is that entry, as long as most pages have it', () => {
    const { memory } = machine(1);
    assert.equal(memory.context.usualEntry, fastTlbEntry(DATA, memory.ramOffset(DATA)));
    for (let page = 6; page < PAGES; page += 2)
      memory.context.setRead(RAM_BASE + page * PAGE, memory.ramOffset(RAM_BASE));
    assert.equal(memory.context.usualEntry, undefined);
    memory.context.clear();
    assert.equal(memory.context.usualEntry, undefined);
  });

  for (const [name, offset] of [
    ['aligned', 0],
    ['that are not aligned', 2],
  ] as const)
    it(`gives the same for addresses ${name}`, () => {
      const interpreted = machine(ROUNDS);
      const compiled = machine(ROUNDS);
      const tier = new LeavingCompiler(compiled.state, compiled.blocks, {
        ...DEFAULT_OPTIONS,
        threshold: 2,
        batch: 1,
      });
      for (const m of [interpreted, compiled]) {
        m.s[CORE.R] = DATA + offset;
        // LDRD of what is no multiple of 4 aborts.
        if (offset !== 0) m.load(CODE + 4 * 8, [0xe320_f000, 0xe320_f000, 0xe320_f000, 0xe320_f000]);
        for (let i = 0; i < 4; i++) m.interpreter.run((ROUNDS * 15) / 3);
      }
      assert.ok(tier.regions > 0);
      assert.equal(compiled.s[CORE.R + 1], 0);
      assert.deepEqual([...compiled.s.subarray(0, CORE.V + 1)], [...interpreted.s.subarray(0, CORE.V + 1)]);
      const ram = (m: FlatMachine): Uint8Array =>
        m.state.u8.subarray(m.memory.ramOffset(RAM_BASE), m.memory.ramOffset(RAM_BASE) + PAGES * PAGE);
      assert.ok(Buffer.from(ram(compiled)).equals(Buffer.from(ram(interpreted))));
    });

  it('leaves compiled code for neither of them', () => {
    const m = machine(ROUNDS);
    const tier = new LeavingCompiler(m.state, m.blocks, { ...DEFAULT_OPTIONS, threshold: 2, batch: 1 });
    m.interpreter.run(15 * 8);
    assert.ok(tier instanceof Compiler && tier.regions > 0);
    tier.left.length = 0;
    // Up to the page that is missing. Only what is in two pages that do not follow each other is left.
    m.interpreter.run(15 * (Math.floor(((MISSING - 4) * PAGE) / STEP) - 10));
    assert.ok(tier.left.length < 25, tier.left.join());
  });
});
