/** T32: instructions across pages, IT blocks, and their state at every stop. */
import assert from 'node:assert/strict';
import { CORE } from '../../../emulator/state/layout';
import { Psr } from '../../../emulator/state/psr';
import { DEVICE, FlatMachine, RAM_BASE } from './flat-machine';
import { describeTiers } from './tiers';

const CODE = RAM_BASE + 0x1000;

function machine(halfwords: readonly number[]): FlatMachine {
  const m = new FlatMachine(1 << 16);
  m.load(CODE, new Uint8Array(Uint16Array.from(halfwords).buffer));
  m.s[CORE.R + 15] = CODE;
  m.s[CORE.PSR] |= Psr.T;
  m.s[CORE.R + 7] = DEVICE;
  return m;
}

describeTiers('T32', () => {
  it('runs a T32 instruction that lies across two pages, and sees either half change', () => {
    const m = machine([]);
    const movw = (imm8: number): number[] => [0x40, 0xf2, imm8, 0x00]; // MOVW r0, #imm8
    const at = RAM_BASE + 0x2ffe;
    m.load(at, new Uint8Array([...movw(5), 0xfc, 0xe7])); // then B to it: -8 from PC + 4
    m.s[CORE.R + 15] = at;
    m.s[CORE.PSR] |= Psr.T;
    m.interpreter.run(11);
    assert.equal(m.s[CORE.R], 5);
    m.load(RAM_BASE + 0x3000, new Uint8Array([6, 0]));
    m.interpreter.run(10);
    assert.equal(m.s[CORE.R], 6);
    assert.deepEqual(m.exceptions, []);
  });

  /** CMP r0, #0; ITTEE EQ; ADDEQ r1, #1; LDREQ r2, [r7]; ADDNE r3, #1; LDRNE r4, [r7]; B to the start. */
  const IT = [0x2800, 0xbf07, 0x3101, 0x683a, 0x3301, 0x683c, 0xe7f8];

  for (const r0 of [0, 1])
    it(`executes an IT block by its conditions, cut anywhere, r0 = ${r0}`, () => {
      const make = (): FlatMachine => {
        const m = machine(IT);
        m.s[CORE.R] = r0;
        return m;
      };
      const whole = make();
      whole.interpreter.run(70);
      assert.deepEqual([whole.s[CORE.R + 1], whole.s[CORE.R + 3]], r0 === 0 ? [10, 0] : [0, 10]);
      const single = make();
      for (let i = 0; i < 70; i++) single.interpreter.run(1);
      assert.equal(single.hash(), whole.hash());
    });

  it('has ITSTATE exact at an access inside an IT block, and after it', () => {
    const m = machine(IT);
    const seen: number[] = [];
    m.memory.onDevice = () => seen.push(m.s[CORE.ITSTATE], m.core.retired);
    m.interpreter.run(4);
    // EQ, then the masks of ITTEE shifted once: T E E left.
    assert.deepEqual(seen, [0x0e, 3]);
    assert.equal(m.s[CORE.ITSTATE], 0x1c);
    m.interpreter.run(3);
    assert.equal(m.s[CORE.ITSTATE], 0);
    assert.equal(m.core.pc, CODE);
  });

  it('stops at a breakpoint inside an IT block and goes on with its condition', () => {
    const m = machine(IT);
    m.blocks.setBreakpoints(new Set([CODE + 8]));
    assert.deepEqual(m.interpreter.run(100), { retired: 4, reason: 'breakpoint' });
    assert.equal(m.s[CORE.ITSTATE], 0x1c);
    assert.deepEqual(m.interpreter.run(100, true), { retired: 7, reason: 'breakpoint' });
    assert.deepEqual([m.s[CORE.R + 1], m.s[CORE.R + 3]], [2, 0]);
  });
});
