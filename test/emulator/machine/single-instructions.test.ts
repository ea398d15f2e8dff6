/** Single instructions on a whole machine: what comparison with QEMU found wrong, each as small as it can be. */
import assert from 'node:assert/strict';
import { CORE } from '../../../emulator';
import { SYS } from '../../../emulator/state/layout';
import { Psr } from '../../../emulator/state/psr';
import { CODE, machineWith, RAM, SELF, wordAt } from './words';

const DATA = RAM + 0x10_0000;
const FPEXC_EN = 1 << 30;
const CPACR_VFP = 0xf << 20;
const SCTLR_A = 1 << 1;
/** One instruction behind the vector, as an instruction that faults is not counted. */
const AFTER_UNDEFINED = 8;
const AFTER_DATA_ABORT = 0x14;

interface State {
  readonly psr?: number;
  readonly sctlr?: number;
  readonly hcr?: number;
  readonly fpscr?: number;
  readonly registers?: Readonly<Record<number, number>>;
}

/** Executes one instruction with coprocessors 10 and 11 enabled; `words` and DATA hold 1, 2, 3, 4. */
function execute(word: number, { psr = 0, sctlr = 0, hcr = 0, fpscr = 0, registers = {} }: State) {
  const machine = machineWith([word, SELF], { virtualization: hcr !== 0 });
  machine.memory.writePhysical(DATA, new Uint8Array(Uint32Array.of(1, 2, 3, 4).buffer));
  const core = machine.state.cores[0]!;
  const s = core.i32;
  s[SYS.CPACR] = CPACR_VFP;
  s[CORE.FPEXC] = FPEXC_EN;
  s[CORE.FPSCR] = fpscr;
  s[SYS.SCTLR] = s[SYS.SCTLR]! | sctlr;
  s[SYS.HCR] = hcr;
  s[SYS.HVBAR] = RAM;
  s[CORE.PSR] = (hcr ? (s[CORE.PSR]! & ~Psr.M) | 0x13 : s[CORE.PSR]!) | psr;
  for (const [r, value] of Object.entries(registers)) s[CORE.R + Number(r)] = value;
  machine.run(1);
  return { machine, core, d: (word_: number) => core.u32[CORE.D + word_]! };
}

describe('single instructions', () => {
  it('MCR2, MRC2, MCRR2 and MRRC2 of CP15 are UNDEFINED', () => {
    // p15 TPIDRURW, read and written; p15 CNTP_CVAL, read and written
    for (const word of [0xfe1d_0f50, 0xfe0d_0f50, 0xfc51_0f2e, 0xfc41_0f2e])
      assert.equal(execute(word, {}).core.pc, AFTER_UNDEFINED, word.toString(16));
  });

  it('HSR.IL of a trapped WFI is the length of its encoding', () => {
    const HCR_TWI = 1 << 13;
    for (const [word, il] of [
      [0x8003_f3af, 1],
      [0xbf00_bf30, 0],
    ] as const) {
      const { core } = execute(word, { hcr: HCR_TWI, psr: Psr.T });
      assert.deepEqual([core.u32[SYS.HSR]! >>> 26, (core.u32[SYS.HSR]! >>> 25) & 1], [1, il]);
    }
  });

  it('big-endian doublewords come high word first', () => {
    const big = { psr: Psr.E, registers: { 0: DATA } };
    const load = execute(0xec90_0b04, big); // VLDMIA r0, {d0, d1}
    assert.deepEqual([0, 1, 2, 3].map(load.d), [0x0200_0000, 0x0100_0000, 0x0400_0000, 0x0300_0000]);
    const single = execute(0xec90_0a02, big); // VLDMIA r0, {s0, s1}
    assert.deepEqual([0, 1].map(single.d), [0x0100_0000, 0x0200_0000]);
    const { machine } = execute(0xed80_0b00, big); // VSTR d0, [r0], d0 being 0
    assert.deepEqual([wordAt(machine, DATA), wordAt(machine, DATA + 8)], [0, 3]);
  });

  it('with SCTLR.A elements are aligned to their size, doublewords too, and nothing else comes first', () => {
    const at = (r0: number): State => ({ sctlr: SCTLR_A, registers: { 0: r0 } });
    const NOWHERE = 0x3fff_ff00;
    const FSR_ALIGNMENT = 1;
    for (const [word, address] of [
      [0xf420_07cf, DATA + 4], // VLD1.64 {d0}, [r0]
      [0xf400_07cf, DATA + 4], // VST1.64
      [0xf400_074f, DATA + 1], // VST1.16
      [0xf400_078f, NOWHERE + 2], // VST1.32
    ] as const) {
      const { core } = execute(word, at(address));
      assert.deepEqual([core.pc, core.u32[SYS.DFAR]], [AFTER_DATA_ABORT, address], word.toString(16));
      assert.equal(core.u32[SYS.DFSR]! & 0x40f, FSR_ALIGNMENT);
    }
    assert.equal(execute(0xf420_07cf, at(DATA + 8)).core.pc, CODE + 4);
  });

  it('FPEXC.EX and FP2V cannot be set, and FPINST and FPINST2 do not exist', () => {
    const { core } = execute(0xeee8_0a10, { registers: { 0: -1 } }); // VMSR FPEXC, r0
    assert.deepEqual([core.pc, core.i32[CORE.FPEXC]], [CODE + 4, FPEXC_EN]);
    // VMRS r0, FPINST; VMSR FPINST, r0; the same of FPINST2
    for (const word of [0xeef9_0a10, 0xeee9_0a10, 0xeefa_0a10, 0xeeea_0a10])
      assert.equal(execute(word, {}).core.pc, AFTER_UNDEFINED, word.toString(16));
  });

  it('ThumbEE and short vectors are UNDEFINED, BXJ is BX', () => {
    const LEN = 1 << 16;
    const VADD = 0xee30_0a00; // VADD.F32 s0, s0, s0
    assert.equal(execute(VADD, { fpscr: LEN }).core.pc, AFTER_UNDEFINED);
    assert.equal(execute(VADD, {}).core.pc, CODE + 4);
    // VMOV s0, r0 is no arithmetic
    assert.equal(execute(0xee00_0a10, { fpscr: LEN }).core.pc, CODE + 4);
    assert.equal(execute(0x8f1f_f3bf, { psr: Psr.T }).core.pc, AFTER_UNDEFINED); // ENTERX
    const { core } = execute(0xe12f_ff20, { registers: { 0: DATA | 1 } }); // BXJ r0
    assert.deepEqual([core.pc, core.i32[CORE.PSR]! & Psr.T], [DATA, Psr.T]);
  });
});
