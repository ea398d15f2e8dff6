// Which code is compiled together: functions around a hot block, with small callees in them.
import assert from 'node:assert/strict';
import { CodeReader } from '../../../emulator/compiler/code-reader';
import { Compiler, DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { Experience } from '../../../emulator/compiler/experience';
import { findRegion, type Region, type RegionRequest } from '../../../emulator/compiler/region';
import { LONGEST } from '../../../emulator/interpreter/predecode';
import { CORE } from '../../../emulator/state/layout';
import { Mode, Psr } from '../../../emulator/state/psr';
import { FlatMachine, RAM_BASE } from '../interpreter/flat-machine';
import { NEVER_COMPILED } from '../interpreter/tiers';

const CODE = RAM_BASE + 0x1000;

/** A loop at CODE + 4 that calls what CODE + 0x40 begins, by BL or by BLX of R7, until R4 is 0. */
function caller(call: number): number[] {
  return [
    0xe1a0_0000, // nop
    call,
    0xe254_4001, // subs r4, r4, #1
    0x1aff_fffc, // bne CODE + 4
    0xeaff_fffe, // b .
  ];
}
const BL = 0xeb00_000d; // bl CODE + 0x40, from CODE + 4
const BLX_R7 = 0xe12f_ff37;
const LEAF = [0xe282_2001, 0xe12f_ff1e]; // add r2, r2, #1; bx lr
const TO_ITSELF = [
  0xe92d_4008, // push {r3, lr}
  0xe253_3001, // subs r3, r3, #1
  0x1bff_fffc, // blne CODE + 0x40
  0xe8bd_8008, // pop {r3, pc}
];

function machine(call: number, callee: readonly number[], rounds: number): FlatMachine {
  const m = new FlatMachine(1 << 16);
  const words = new Int32Array(32).fill(0xe320_f000 | 0);
  words.set(caller(call));
  words.set(callee, 16);
  m.load(CODE, new Uint8Array(words.buffer));
  m.s[CORE.PSR] = Mode.svc | Psr.I | Psr.F | Psr.A;
  m.s[CORE.R + 4] = rounds;
  m.s[CORE.R + 3] = 3;
  m.s[CORE.R + 7] = CODE + 0x40;
  m.s[CORE.R + 13] = RAM_BASE + 0x8000;
  m.s[CORE.R + 15] = CODE;
  return m;
}

function regionOf(m: FlatMachine, pc: number, request: Partial<RegionRequest> = {}): Region {
  const offset = m.memory.ramOffset(CODE);
  const source = {
    view: m.state.view,
    decode: m.blocks.decode,
    inlining: undefined,
    compilesForms: false,
    isBreakpoint: () => false,
  };
  const reader = new CodeReader(source, CODE, offset, 'A32');
  const experience = new Experience(reader, CODE, 0, m.blocks.inPage(offset), m.blocks.pool);
  const region = findRegion(reader, experience, {
    starts: experience.before(pc, 100),
    isEntry: () => false,
    most: 100,
    callee: 80,
    beaten: true,
    ...request,
  });
  assert.ok(region !== undefined);
  return region;
}

function addresses({ blocks }: Region): number[] {
  return blocks.map(({ pc }) => pc - CODE);
}

describe('regions of compiled code', () => {
  it('is the function around a hot block, without ways that were never taken', () => {
    const m = machine(BL, LEAF, 1 << 20);
    m.interpreter.run(21);
    // The call, and what follows it: not the instruction behind the loop.
    assert.deepEqual(addresses(regionOf(m, CODE + 8, { callee: 0 })), [0, 4, 8]);
    assert.deepEqual(addresses(regionOf(m, CODE + 8, { callee: 0, beaten: false })), [0, 4, 8, 16]);
  });

  it('begins no block where only a budget ended', () => {
    const m = machine(BL, LEAF, 1 << 20);
    for (let i = 0; i < 40; i++) m.interpreter.run(1);
    assert.deepEqual(addresses(regionOf(m, CODE + 8, { callee: 0 })), [0, 4, 8]);
  });

  for (const [name, call, threaded] of [
    ['by a fixed call', BL, false],
    ['by a call of what a register says, where that is known', BLX_R7, false],
    ['by such a call that threaded code has made', BLX_R7, true],
  ] as const)
    it(`has a copy of a small callee, ${name}`, () => {
      const m = machine(call, LEAF, 1 << 20);
      if (threaded) new Compiler(m.state, m.blocks, NEVER_COMPILED);
      m.interpreter.run(21);
      const { blocks } = regionOf(m, CODE + 4);
      const [, calling, , callee] = blocks;
      assert.deepEqual(addresses(regionOf(m, CODE + 4)), [0, 4, 8, 0x40]);
      assert.deepEqual(calling?.guesses, [{ word: CODE + 0x40, node: 3 }]);
      assert.deepEqual(callee?.guesses, [{ word: CODE + 8, node: 2 }]);
    });

  it('has no copy of a callee that is long', () => {
    const m = machine(BL, LEAF, 1 << 20);
    m.interpreter.run(21);
    assert.deepEqual(addresses(regionOf(m, CODE + 4, { callee: 1 })), [0, 4, 8]);
  });

  it('begins a function again that calls itself', () => {
    const m = machine(BL, TO_ITSELF, 1 << 20);
    m.interpreter.run(60);
    const region = regionOf(m, CODE + 0x40);
    assert.deepEqual(addresses(region), [0x40, 0x4c]);
    const [begin, end] = region.blocks;
    assert.deepEqual(begin?.guesses, [{ word: CODE + 0x40, node: 0 }]);
    assert.ok(end?.guesses.some(({ node }) => node === 1));
  });

  it('stays in one piece of compiled code through calls, and leaves to a caller that was not expected', () => {
    let calls = 0;
    class Counting extends Compiler {
      override run(...args: Parameters<Compiler['run']>): number {
        calls++;
        return super.run(...args);
      }
    }
    const results = [true, false].map((compiled) => {
      const m = machine(BLX_R7, TO_ITSELF, 2000);
      if (compiled) new Counting(m.state, m.blocks, { ...DEFAULT_OPTIONS, threshold: 20, batch: 1 });
      m.interpreter.run(30_000);
      // Another callee than it was.
      m.s[CORE.R + 7] = CODE + 0x44;
      m.s[CORE.R + 3] = 2;
      m.s[CORE.R + 4] = 10;
      m.s[CORE.R + 15] = CODE;
      m.interpreter.run(200);
      return m.s.slice(0, CORE.PC_READ);
    });
    assert.deepEqual(results[0], results[1]);
    assert.ok(calls > 0 && calls < 100, `${calls} calls`);
  });

  it('compiles what is only ever reached from compiled code', () => {
    const m = machine(BLX_R7, LEAF, 1 << 20);
    const tier = new Compiler(m.state, m.blocks, { ...DEFAULT_OPTIONS, threshold: 20, batch: 1, callee: 0 });
    m.interpreter.run(1000);
    const { regions } = tier;
    m.s[CORE.R + 7] = CODE + 0x44;
    m.interpreter.run(1000);
    assert.ok(tier.regions > regions);
  });

  it('is one for code without a branch that the interpreter has in several blocks', () => {
    const m = machine(BL, LEAF, 1 << 20);
    const add = 0xe280_0001; // add r0, r0, #1
    const long = 4 * LONGEST;
    for (let i = 0; i < long; i++) m.memory.write(CODE + 4 * i, 4, add, 0, 1);
    m.memory.write(CODE + 4 * long, 4, 0xea00_0000 | ((-long - 2) & 0xff_ffff), 0, 1); // b CODE
    const tier = new Compiler(m.state, m.blocks, { ...DEFAULT_OPTIONS, threshold: 20, batch: 4 });
    m.interpreter.run(50 * long);
    assert.equal(tier.regions, 1);
  });

  it('replaces code that has nothing else', () => {
    const m = machine(BL, LEAF, 1 << 20);
    const tier = new Compiler(m.state, m.blocks, { ...DEFAULT_OPTIONS, threshold: 20, batch: 1 });
    m.interpreter.run(1000);
    const { regions } = tier;
    m.interpreter.run(100_000);
    assert.equal(tier.regions, regions);
    assert.ok(regions < 5, `${regions} regions`);
  });
});
