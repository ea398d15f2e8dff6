// Which interrupt is taken, where to, and what it leaves behind (ARM ARM B1.8, B1.9).
import assert from 'node:assert/strict';
import { CORE, PendingLine } from '../../../emulator/state/layout';
import { Mode, Psr } from '../../../emulator/state/psr';
import {
  Interrupt,
  pendingInterrupt,
  takeInterrupt,
  wakesFromWfe,
  wakesFromWfi,
} from '../../../emulator/system/interrupts';
import { Bench, CODE, HYP_VECTORS, MONITOR_VECTORS, PL1_VECTORS, type BenchOptions } from './bench';

const FMO = 8;
const IMO = 16;
const AMO = 32;
const VF = 64;
const VI = 128;
const VA = 256;
const TGE = 1 << 27;

interface Situation {
  readonly mode: Mode;
  readonly masks?: number;
  readonly lines?: number;
  readonly hcr?: number;
  /** SCR besides NS. */
  readonly scr?: number;
  readonly options?: BenchOptions;
}
function situation({ mode, masks = 0, lines = 0, hcr = 0, scr = 0, options = {} }: Situation): Bench {
  const bench = new Bench(mode, options).set('HCR', hcr);
  if (options.security) bench.set('SCR', 1 | scr);
  bench.core.i32[CORE.PENDING] = lines;
  bench.core.i32[CORE.PSR] = mode | masks;
  return bench;
}
const SECURITY = { options: { security: true } };

describe('interrupts', () => {
  const cases: readonly (readonly [string, Situation, Interrupt])[] = [
    ['no line, nothing', { mode: Mode.svc, hcr: IMO | FMO | AMO }, Interrupt.None],
    ['IRQ, unmasked', { mode: Mode.svc, lines: PendingLine.IRQ }, Interrupt.IRQ],
    ['IRQ, masked', { mode: Mode.svc, lines: PendingLine.IRQ, masks: Psr.I }, Interrupt.None],
    ['IRQ to Hyp is not masked below Hyp', { mode: Mode.svc, lines: PendingLine.IRQ, masks: Psr.I, hcr: IMO }, Interrupt.IRQ],
    ['IRQ is masked in Hyp', { mode: Mode.hyp, lines: PendingLine.IRQ, masks: Psr.I, hcr: IMO }, Interrupt.None],
    ['IRQ in Hyp, unmasked', { mode: Mode.hyp, lines: PendingLine.IRQ }, Interrupt.IRQ],
    ['TGE acts as IMO', { mode: Mode.usr, lines: PendingLine.IRQ, masks: Psr.I, hcr: TGE }, Interrupt.IRQ],
    ['FIQ before IRQ', { mode: Mode.svc, lines: PendingLine.IRQ | PendingLine.FIQ }, Interrupt.FIQ],
    ['IRQ where FIQ is masked', { mode: Mode.svc, lines: PendingLine.IRQ | PendingLine.FIQ, masks: Psr.F }, Interrupt.IRQ],
    ['abort after them', { mode: Mode.svc, lines: PendingLine.SError }, Interrupt.Abort],
    ['abort, masked', { mode: Mode.svc, lines: PendingLine.SError, masks: Psr.A }, Interrupt.None],
    ['virtual IRQ by HCR.VI', { mode: Mode.svc, hcr: IMO | VI }, Interrupt.VirtualIRQ],
    ['virtual IRQ by its line', { mode: Mode.usr, hcr: IMO, lines: PendingLine.VIRQ }, Interrupt.VirtualIRQ],
    ['virtual IRQ without IMO', { mode: Mode.svc, hcr: VI }, Interrupt.None],
    ['virtual IRQ, masked', { mode: Mode.svc, hcr: IMO | VI, masks: Psr.I }, Interrupt.None],
    ['virtual IRQ in Hyp', { mode: Mode.hyp, hcr: IMO | VI }, Interrupt.None],
    ['virtual IRQ under TGE', { mode: Mode.usr, hcr: IMO | VI | TGE }, Interrupt.None],
    ['physical before virtual', { mode: Mode.svc, hcr: IMO | VI, lines: PendingLine.IRQ }, Interrupt.IRQ],
    ['virtual FIQ before virtual IRQ', { mode: Mode.svc, hcr: IMO | FMO | VI | VF }, Interrupt.VirtualFIQ],
    ['virtual abort', { mode: Mode.svc, hcr: AMO | VA }, Interrupt.VirtualAbort],
    ['virtual lines mean nothing without Hyp mode', { mode: Mode.svc, lines: 12, hcr: 24, options: { virtualization: false } }, Interrupt.None],
    ['FIQ to Monitor is not masked by CPSR.F without SCR.FW', { mode: Mode.svc, lines: PendingLine.FIQ, masks: Psr.F, scr: 4, ...SECURITY }, Interrupt.FIQ],
    ['FIQ to Monitor is masked by CPSR.F with SCR.FW', { mode: Mode.svc, lines: PendingLine.FIQ, masks: Psr.F, scr: 4 | 16, ...SECURITY }, Interrupt.None],
    ['IRQ to Monitor is masked by CPSR.I', { mode: Mode.svc, lines: PendingLine.IRQ, masks: Psr.I, scr: 2, ...SECURITY }, Interrupt.None],
    ['Monitor mode masks by CPSR', { mode: Mode.mon, lines: PendingLine.FIQ, masks: Psr.F, scr: 4, ...SECURITY }, Interrupt.None],
  ]; // prettier-ignore
  for (const [name, given, expected] of cases)
    it(name, () => assert.equal(pendingInterrupt(situation(given).core), expected));

  it('an IRQ to PL1 masks I and A and returns by SUBS PC, LR, #4', () => {
    const bench = situation({ mode: Mode.usr, lines: PendingLine.IRQ }).listen('pl1-exception');
    takeInterrupt(bench.core, bench.system, Interrupt.IRQ);
    assert.deepEqual([bench.pc, bench.word(CORE.R + 14)], [PL1_VECTORS + 0x18, CODE + 4]);
    assert.equal(bench.cpsr & 0x1ff, 0x192);
    assert.equal(bench.word(CORE.SPSR_IRQ) & 0x1ff, 0x10);
    assert.deepEqual(bench.events, [
      { kind: 'pl1-exception', core: 0, exception: 'irq', fromMode: 0x10, toMode: 0x12, pc: CODE, virtual: false, time: 0 },
    ]); // prettier-ignore
  });

  it('an FIQ to PL1 masks F too', () => {
    const bench = situation({ mode: Mode.svc, lines: PendingLine.FIQ });
    takeInterrupt(bench.core, bench.system, Interrupt.FIQ);
    assert.deepEqual([bench.pc, bench.cpsr & 0x1ff], [PL1_VECTORS + 0x1c, 0x1d1]);
  });

  it('an IRQ to Hyp writes no HSR and returns to the next instruction', () => {
    const bench = situation({ mode: Mode.svc, lines: PendingLine.IRQ, hcr: IMO }).set('HSR', 0x1234);
    bench.listen('trap-to-hyp');
    takeInterrupt(bench.core, bench.system, Interrupt.IRQ);
    assert.deepEqual([bench.pc, bench.word(CORE.ELR_HYP)], [HYP_VECTORS + 0x18, CODE]);
    assert.equal(bench.get('HSR'), 0x1234);
    assert.equal(bench.cpsr & 0x1ff, 0x1da);
    const event = bench.events[0];
    assert.deepEqual(event?.kind === 'trap-to-hyp' && [event.hsr, event.because], [undefined, 'HCR.IMO']);
  });

  it('an IRQ to Monitor goes there, with Secure vectors and all masks', () => {
    const bench = situation({ mode: Mode.svc, lines: PendingLine.IRQ, scr: 2, ...SECURITY });
    takeInterrupt(bench.core, bench.system, Interrupt.IRQ);
    assert.deepEqual([bench.pc, bench.cpsr & 0x1ff], [MONITOR_VECTORS + 0x18, 0x1d6]);
  });

  it('a virtual IRQ goes to IRQ mode of the guest, a virtual abort clears HCR.VA', () => {
    const irq = situation({ mode: Mode.svc, hcr: IMO | VI });
    takeInterrupt(irq.core, irq.system, Interrupt.VirtualIRQ);
    assert.deepEqual([irq.pc, irq.cpsr & 0x1ff, irq.get('HCR')], [PL1_VECTORS + 0x18, 0x192, IMO | VI]);
    const abort = situation({ mode: Mode.svc, hcr: AMO | VA });
    takeInterrupt(abort.core, abort.system, Interrupt.VirtualAbort);
    assert.deepEqual([abort.pc, abort.get('HCR'), abort.get('DFSR')], [PL1_VECTORS + 0x10, AMO, 0x406]);
  });

  it('WFI ends by a physical interrupt that is masked, and by a virtual one below Hyp alone', () => {
    const masked = { masks: Psr.A | Psr.I | Psr.F };
    assert.ok(wakesFromWfi(situation({ mode: Mode.svc, lines: PendingLine.IRQ, ...masked }).core));
    assert.ok(wakesFromWfi(situation({ mode: Mode.svc, hcr: IMO | VI, ...masked }).core));
    assert.ok(!wakesFromWfi(situation({ mode: Mode.hyp, hcr: IMO | VI, ...masked }).core));
    assert.ok(!wakesFromWfi(situation({ mode: Mode.svc, hcr: VI }).core));
  });

  it('WFE ends by the event register, and by an interrupt that would be taken', () => {
    assert.ok(!wakesFromWfe(situation({ mode: Mode.svc, lines: PendingLine.IRQ, masks: Psr.I }).core));
    assert.ok(wakesFromWfe(situation({ mode: Mode.svc, lines: PendingLine.IRQ }).core));
    const bench = situation({ mode: Mode.svc });
    bench.core.i32[CORE.EVENT] = 1;
    assert.ok(wakesFromWfe(bench.core));
  });

  it('ISR shows what is pending for the current mode', () => {
    assert.equal(situation({ mode: Mode.svc, lines: PendingLine.IRQ | PendingLine.FIQ }).read('ISR'), 0xc0);
    assert.equal(
      situation({ mode: Mode.svc, lines: PendingLine.IRQ, hcr: IMO | FMO | VF }).read('ISR'),
      0x40,
    );
    assert.equal(situation({ mode: Mode.hyp, lines: PendingLine.IRQ, hcr: IMO | VF }).read('ISR'), 0x80);
  });
});
