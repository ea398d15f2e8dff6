// Traps to Hyp: the ones QEMU 7.2 does not make, by the manual, and the order of checks (ARM ARM B1.14).
import assert from 'node:assert/strict';
import { CORE, RunState } from '../../../emulator/state/layout';
import { Mode } from '../../../emulator/state/psr';
import { CONTROL_BITS, type ControlBitName } from '../../../emulator/system/control-bits';
import { describeHsr, TRAP_ROWS } from '../../../emulator/system/trap-rows';
import { Bench, CODE, HYP_VECTORS, PL1_VECTORS } from './bench';

const HYP_TRAP = HYP_VECTORS + 0x14;
const UNDEFINED = PL1_VECTORS + 4;

/** A bench whose control register asks for one trap. */
function asking(bit: ControlBitName, mode: Mode = Mode.svc): Bench {
  const { register, mask, inverted } = CONTROL_BITS[bit];
  const bench = new Bench(mode).listen('trap-to-hyp');
  return bench.set(register, inverted ? bench.get(register) & ~mask : mask);
}
function assertTrapped(bench: Bench, bit: ControlBitName, hsr: number): void {
  assert.equal(bench.pc, HYP_TRAP, bit);
  assert.equal(bench.get('HSR').toString(16), (hsr >>> 0).toString(16), bit);
  assert.equal(bench.word(CORE.ELR_HYP), CODE);
  const event = bench.events.at(-1);
  assert.equal(event?.kind === 'trap-to-hyp' && event.because, bit);
}

describe('traps to Hyp', () => {
  const writes: readonly (readonly [ControlBitName, string, number])[] = [
    ['HCR.TSW', 'DCCISW', 0x0fe4_1c5c],
    ['HCR.TPC', 'DCCIMVAC', 0x0fe2_1c5c],
    ['HCR.TPU', 'ICIALLU', 0x0fe0_1c4a],
    ['HCR.TTLB', 'TLBIALL', 0x0fe0_204e],
    ['HCR.TIDCP', 'L2CTLR', 0x0fe4_6440],
    ['HCR.TAC', 'ACTLR', 0x0fe2_0440],
    ['HCPTR.TCPAC', 'CPACR', 0x0fe4_0440],
    ['HDCR.TPMCR', 'PMCR', 0x0fe0_2458],
  ];
  for (const [bit, name, hsr] of writes)
    it(`${bit} traps a write of ${name}`, () => {
      const bench = asking(bit);
      assert.ok(bench.takes(() => bench.write(name, 0)));
      assertTrapped(bench, bit, hsr);
    });

  const reads: readonly (readonly [ControlBitName, string, number])[] = [
    ['HCR.TID1', 'TLBTR', 0x0fe6_0041],
    ['HCR.TID2', 'CTR', 0x0fe2_0041],
    ['HCR.TID3', 'ID_PFR0', 0x0fe0_0043],
    ['HCR.TIDCP', 'L2ECTLR', 0x0fe6_6441],
    ['HSTR.T15', 'CBAR', 0x0fe1_3c41],
  ];
  for (const [bit, name, hsr] of reads)
    it(`${bit} traps a read of ${name}`, () => {
      const bench = asking(bit);
      assert.ok(bench.takes(() => bench.read(name)));
      assertTrapped(bench, bit, hsr);
    });

  it('HSTR.Tn and HCR.TIDCP trap encodings that are nothing, from PL1; from PL0 those are UNDEFINED', () => {
    const nothing = 0xee1f_2f5f; // mrc p15, 0, r2, c15, c15, 2
    for (const [mode, pc] of [
      [Mode.svc, HYP_TRAP],
      [Mode.usr, UNDEFINED],
    ] as const) {
      const bench = asking('HSTR.T15', mode);
      assert.ok(bench.takes(() => bench.helpers.coprocessorRead(bench.core, nothing)));
      assert.equal(bench.pc, pc);
    }
    const lockdown = asking('HCR.TIDCP');
    assert.ok(lockdown.takes(() => lockdown.helpers.coprocessorRead(lockdown.core, 0xee1a_2f10)));
    assertTrapped(lockdown, 'HCR.TIDCP', 0x0fe0_2841);
  });

  it('HCPTR.TTA traps trace registers from PL1; in Hyp, from PL0 and without it they are UNDEFINED', () => {
    const trace = 0xee31_2e11; // mrc p14, 1, r2, c1, c1, 0
    const trapped = asking('HCPTR.TTA');
    assert.ok(trapped.takes(() => trapped.helpers.coprocessorRead(trapped.core, trace)));
    assertTrapped(trapped, 'HCPTR.TTA', 0x17e0_4443);
    for (const [bench, pc] of [
      [asking('HCPTR.TTA', Mode.usr), UNDEFINED],
      [asking('HCPTR.TTA', Mode.hyp), HYP_VECTORS + 4],
      [new Bench(Mode.svc), UNDEFINED],
    ] as const) {
      assert.ok(bench.takes(() => bench.helpers.coprocessorRead(bench.core, trace)));
      assert.equal(bench.pc, pc);
    }
  });

  it('HCR.TWE traps WFE where it would wait, HCR.TWI WFI; nothing traps with the event or the wake-up there', () => {
    const wfe = asking('HCR.TWE');
    assert.ok(wfe.takes(() => wfe.helpers.waitForEvent(wfe.core)));
    assertTrapped(wfe, 'HCR.TWE', 0x07e0_0001);
    const event = asking('HCR.TWE');
    event.core.i32[CORE.EVENT] = 1;
    event.helpers.waitForEvent(event.core);
    assert.deepEqual([event.pc, event.word(CORE.EVENT)], [CODE, 0]);
    const pending = asking('HCR.TWI');
    pending.core.i32[CORE.PENDING] = 1;
    pending.helpers.waitForInterrupt(pending.core);
    assert.deepEqual([pending.pc, pending.word(CORE.RUN_STATE)], [CODE, RunState.Running]);
    const hyp = asking('HCR.TWI', Mode.hyp);
    hyp.helpers.waitForInterrupt(hyp.core);
    assert.equal(hyp.word(CORE.RUN_STATE), RunState.WaitInterrupt);
  });

  it('the condition of the instruction is in HSR: of the encoding in A32, of the IT block in T32', () => {
    const a32 = asking('HCR.TAC');
    assert.ok(a32.takes(() => a32.helpers.coprocessorRead(a32.core, 0x0e11_2f30)));
    assert.equal(a32.get('HSR'), 0x0f02_0441);
    const t32 = asking('HCR.TWI');
    t32.core.i32[CORE.PSR] = t32.core.i32[CORE.PSR] | 0x20;
    t32.core.i32[CORE.ITSTATE] = 0x18; // NE
    assert.ok(t32.takes(() => t32.helpers.waitForInterrupt(t32.core, 0xbf30)));
    assert.equal(t32.get('HSR'), 0x0510_0000);
    assert.equal((t32.word(CORE.SPSR_HYP) >>> 8) & 0xfc, 0x18);
  });

  it('HSTR.TJDBX traps BXJ, HDCR.TDA an LDC of the debug channel', () => {
    const bxj = asking('HSTR.TJDBX');
    assert.ok(bxj.takes(() => bxj.helpers.branchJazelle(bxj.core, 0xe12f_ff25)));
    assertTrapped(bxj, 'HSTR.TJDBX', 0x2be0_0005);
    const ldc = asking('HDCR.TDA');
    assert.ok(ldc.takes(() => ldc.helpers.coprocessorTransfer(ldc.core, 0xedb7_5e01, 0x1000)));
    assertTrapped(ldc, 'HDCR.TDA', 0x1be0_10f7);
    const open = new Bench(Mode.svc);
    open.helpers.coprocessorTransfer(open.core, 0xed87_5e01, 0x1000);
    assert.deepEqual(open.asked, ['store 0 at 4096']);
  });

  it('HCPTR.TASE traps Advanced SIMD alone; in Hyp mode it makes it UNDEFINED with the same class', () => {
    for (const [mode, pc] of [
      [Mode.svc, HYP_TRAP],
      [Mode.hyp, HYP_VECTORS + 4],
    ] as const) {
      const bench = asking('HCPTR.TASE', mode).set('CPACR', 0xf0_0000);
      bench.core.i32[CORE.FPEXC] = 1 << 30;
      bench.helpers.checkVfpEnabled(bench.core, 0xee30_0a00, 0);
      assert.ok(bench.takes(() => bench.helpers.checkVfpEnabled(bench.core, 0xf220_0110, 1)));
      assert.equal(bench.pc, pc);
      assert.equal(bench.get('HSR'), 0x1fe0_0020);
    }
  });

  it('CNTHCTL traps the physical counter and timer, after CNTKCTL has let PL0 through', () => {
    const counter = asking('CNTHCTL.PL1PCTEN');
    assert.ok(counter.takes(() => counter.helpers.coprocessorReadPair(counter.core, 0xec53_2f0e)));
    assertTrapped(counter, 'CNTHCTL.PL1PCTEN', 0x13e0_0c5d);
    const closed = asking('CNTHCTL.PL1PCEN', Mode.usr);
    assert.ok(closed.takes(() => closed.read('CNTP_CTL')));
    assert.equal(closed.pc, UNDEFINED);
    const opened = asking('CNTHCTL.PL1PCEN', Mode.usr).set('CNTKCTL', 1 << 9);
    assert.ok(opened.takes(() => opened.read('CNTP_CTL')));
    assertTrapped(opened, 'CNTHCTL.PL1PCEN', 0x0fe2_3845);
  });

  it('nothing traps in Hyp mode, in Secure state, or without Virtualization Extensions', () => {
    const hyp = asking('HCR.TAC', Mode.hyp);
    assert.equal(hyp.read('ACTLR'), 0);
    const secure = new Bench(Mode.svc, { security: true }).set('HCR', -1).set('SCR', 0);
    assert.equal(secure.read('ACTLR'), 0);
    const without = new Bench(Mode.svc, { virtualization: false }).set('HCR', -1);
    assert.equal(without.read('ACTLR'), 0);
  });

  it('every bit that a row of the register table names can be the cause of its exception class', () => {
    const listed = new Set(TRAP_ROWS.flatMap((row) => row.bits));
    for (const bit of Object.keys(CONTROL_BITS) as ControlBitName[]) assert.ok(listed.has(bit), bit);
  });

  it('a syndrome is told as a sentence', () => {
    const sentences = [
      [0x4a00_1234, 'A Hypervisor Call: immediate 0x1234.'],
      [
        0x9386_004e,
        'A data access of PL1 or PL0 failed at stage 2: write of a word (r6), permission fault, level 2.',
      ],
      [0x0fe2_0441, 'A 32-bit access to a CP15 register: mrc p15, 0, r2, c1, c0, 1.'],
      [0x07e0_0001, 'WFI or WFE would have waited: wfe.'],
    ] as const;
    for (const [hsr, sentence] of sentences) assert.equal(describeHsr(hsr).sentence, sentence);
    assert.equal(describeHsr(0xfc00_0000).ecName, 'reserved exception class 0x3f');
  });
});
