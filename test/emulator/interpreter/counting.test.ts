/** Budgets, counts and time are exact, however a run is cut into pieces. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CORE, PendingLine, RunState } from '../../../emulator/state/layout';
import { Psr } from '../../../emulator/state/psr';
import {
  EQ,
  NE,
  SVC,
  UDF,
  add,
  b,
  bx,
  cmp,
  ldmia,
  ldr,
  ldrPost,
  mov,
  movRegister,
  stmia,
  str,
  subs,
} from './assembler';
import { DEVICE, FlatMachine, RAM_BASE } from './flat-machine';
import { describeTiers } from './tiers';

const CODE = RAM_BASE + 0x1000;
const DATA = RAM_BASE + 0x8000;

function machine(code: readonly number[]): FlatMachine {
  const m = new FlatMachine(1 << 16);
  m.load(CODE, code);
  m.s[CORE.R + 15] = CODE;
  m.s[CORE.R + 8] = DATA;
  m.s[CORE.R + 9] = DEVICE;
  return m;
}

/** A loop with memory, conditions, calls, reads of R15 and device accesses. */
const LOOP = [
  mov(0, 200),
  movRegister(10, 8),
  stmia(10, 0x0f), // 2: loop
  add(1, 1, 7),
  str(1, 8, 16),
  ldr(2, 8, 16),
  cmp(2, 100),
  add(3, 3, 1, EQ),
  add(4, 4, 2, NE),
  movRegister(5, 15),
  ldr(6, 9),
  subs(10, 10, 16),
  ldmia(10, 0x06),
  subs(10, 10, 8),
  subs(0, 0, 1),
  b(15, 2, NE),
  b(16, 16),
];

describeTiers('counting', () => {
  it('executes exactly the budget, in whatever pieces', () => {
    const whole = machine(LOOP);
    assert.deepEqual(whole.interpreter.run(2000), { retired: 2000, reason: 'budget' });
    assert.equal(whole.core.retired, 2000);
    assert.equal(whole.state.now, 2000);
    const single = machine(LOOP);
    for (let i = 0; i < 2000; i++)
      assert.deepEqual(single.interpreter.run(1), { retired: 1, reason: 'budget' });
    assert.equal(single.hash(), whole.hash());
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 60 }), (pieces) => {
        const m = machine(LOOP);
        let total = 0;
        for (const piece of pieces) {
          assert.deepEqual(m.interpreter.run(piece), { retired: piece, reason: 'budget' });
          total += piece;
          assert.equal(m.core.retired, total);
        }
        const other = machine(LOOP);
        other.interpreter.run(total);
        assert.equal(m.hash(), other.hash());
      }),
      { numRuns: 40 },
    );
  });

  it('counts an instruction whose condition fails', () => {
    const m = machine([cmp(0, 1), mov(1, 9, EQ), mov(2, 9, NE), b(3, 3)]);
    m.interpreter.run(3);
    assert.equal(m.s[CORE.R + 1], 0);
    assert.equal(m.s[CORE.R + 2], 9);
    assert.equal(m.s[CORE.R + 15], CODE + 12);
  });

  it('has PC, count and time exact at a device access and at a helper', () => {
    const seen: number[][] = [];
    const m = machine([mov(0, 1), mov(1, 2), ldr(2, 9), cmp(0, 1), str(0, 9), SVC, b(6, 6)]);
    const look = (): number => seen.push([m.core.pc - CODE, m.core.retired, m.state.now]);
    m.memory.onDevice = look;
    m.onHelper = look;
    m.interpreter.run(6);
    assert.deepEqual(seen, [
      [8, 2, 2],
      [16, 4, 4],
      [20, 5, 5],
    ]);
  });

  it('ends at a deadline that a device access sets, at the exact count', () => {
    for (const [deadline, expected] of [
      [100, 100],
      [13, 13],
      [12, 12],
      [3, 11],
      [0, 11],
    ] as const) {
      const m = machine(LOOP);
      let armed = false;
      m.memory.onDevice = () => {
        if (!armed) m.interpreter.limit(deadline);
        armed = true;
        return 0;
      };
      assert.deepEqual(
        m.interpreter.run(1000),
        { retired: expected, reason: 'budget' },
        `deadline ${deadline}`,
      );
      assert.equal(m.state.now, expected);
    }
  });

  it('stops after the instruction whose access asked for it', () => {
    const m = machine(LOOP);
    m.memory.onDevice = () => {
      m.interpreter.requestStop();
      return 77;
    };
    assert.deepEqual(m.interpreter.run(1000), { retired: 11, reason: 'stop' });
    assert.equal(m.s[CORE.R + 6], 77);
    assert.equal(m.s[CORE.R + 15], CODE + 11 * 4);
    assert.deepEqual(m.interpreter.run(1), { retired: 1, reason: 'budget' });
  });

  it('takes an interrupt before the instruction after the access that raised it', () => {
    const m = machine(LOOP);
    m.s[CORE.PSR] &= ~Psr.I;
    m.load(RAM_BASE + 0x18, [b(0, 0)]);
    m.memory.onDevice = () => (m.s[CORE.PENDING] = PendingLine.IRQ);
    m.interpreter.run(20);
    assert.deepEqual(m.exceptions, [`irq at ${(CODE + 11 * 4).toString(16)}`]);
    assert.equal(m.s[CORE.R + 15], RAM_BASE + 0x18);
    assert.equal(m.core.retired, 20);
  });

  it('reports a core that waits, before and after', () => {
    const WFI = 0xe320f003;
    const m = machine([mov(0, 1), WFI, mov(0, 2), b(3, 3)]);
    assert.deepEqual(m.interpreter.run(100), { retired: 2, reason: 'halted' });
    assert.deepEqual(m.interpreter.run(100), { retired: 0, reason: 'halted' });
    assert.equal(m.s[CORE.R + 15], CODE + 8);
    m.s[CORE.RUN_STATE] = RunState.Running;
    assert.deepEqual(m.interpreter.run(1), { retired: 1, reason: 'budget' });
    assert.equal(m.s[CORE.R], 2);
  });

  it('gives the turn away after a store-exclusive that fails', () => {
    const STREX = 0xe1880f91; // STREX r0, r1, [r8]
    const m = machine([mov(0, 5), STREX, b(2, 2)]);
    assert.deepEqual(m.interpreter.run(100), { retired: 2, reason: 'yield' });
    assert.equal(m.s[CORE.R], 1);
  });

  it('makes a store-exclusive after a load-exclusive of the same word', () => {
    const m = machine([0xe1982f9f, add(2, 2, 1), 0xe1880f92, b(3, 3)]); // LDREX r2, [r8]; STREX r0, r2, [r8]
    m.load(DATA, [41]);
    m.interpreter.run(10);
    assert.equal(m.s[CORE.R], 0);
    assert.equal(m.state.view.getInt32(m.memory.ramOffset(DATA), true), 42);
  });

  it('runs T32 after BX, from the address without bit 0', () => {
    const m = machine([bx(8)]);
    m.load(DATA, new Uint8Array([0xfe, 0xe7, 0xfe, 0xe7]));
    m.s[CORE.R + 8] = DATA + 1;
    m.interpreter.run(1);
    assert.equal(m.core.pc, DATA);
    assert.notEqual(m.s[CORE.PSR] & Psr.T, 0);
  });

  it('charges exceptions without end to time, the same in whatever pieces', () => {
    const run = (pieces: number): FlatMachine => {
      const m = machine([UDF]);
      // The undefined vector is undefined itself.
      m.load(RAM_BASE, [UDF, UDF, UDF]);
      for (let i = 0; i < pieces; i++) assert.equal(m.interpreter.run(60 / pieces).retired, 60 / pieces);
      return m;
    };
    const whole = run(1);
    assert.equal(whole.state.now, 60);
    assert.equal(whole.exceptions.length, 67);
    assert.equal(run(60).hash(), whole.hash());
    assert.equal(run(5).hash(), whole.hash());
  });

  it('loads with write-back from a page end with the fault before any change', () => {
    const m = machine([ldrPost(1, 2, 4), b(1, 1)]);
    m.load(RAM_BASE + 0x10, [b(0, 0)]);
    m.s[CORE.R + 2] = 0x1000_0000;
    m.s[CORE.R + 1] = 5;
    m.interpreter.run(1);
    assert.deepEqual(m.exceptions, [`data abort at ${CODE.toString(16)}`]);
    assert.equal(m.s[CORE.R + 1], 5);
    assert.equal(m.s[CORE.R + 2], 0x1000_0000);
    assert.equal(m.core.retired, 1);
  });
});
