// Memory faults as exceptions: status registers in both formats, HSR, addresses, routing (ARM ARM B1.9, B3.13).
import assert from 'node:assert/strict';
import { CORE, PendingLine, SECURE_BANK, SYS } from '../../../emulator/state/layout';
import { Mode, Psr } from '../../../emulator/state/psr';
import { takeAsynchronousAbort, takeMemoryFault } from '../../../emulator/system/aborts';
import { MemoryFault, type AccessKind, type FaultKind } from '../../../emulator/system/fault';
import { Bench, CODE, HYP_VECTORS, MONITOR_VECTORS, PL1_VECTORS } from './bench';

interface Details {
  readonly level?: number;
  readonly stage2?: boolean;
  readonly ipa?: number;
  readonly onWalk?: boolean;
  readonly domain?: number;
  readonly externalType?: number;
  readonly cacheMaintenance?: boolean;
}
const VA = 0xc000_1234;
function fault(kind: FaultKind, access: AccessKind, details: Details = {}): MemoryFault {
  const { level = 0, stage2 = false, ipa = 0, onWalk = false, domain = 0, externalType = 0 } = details;
  const cm = details.cacheMaintenance ?? false;
  return new MemoryFault(kind, access, VA, level, stage2, ipa, onWalk, domain, false, externalType, cm);
}
const TTBCR_EAE = 0x8000_0000 | 0;

describe('memory faults', () => {
  it('stage 2 faults give the syndromes that a Cortex-A15 shows', () => {
    const word = { sas: 2, signExtend: false, rt: 6 };
    const stage2 = { stage2: true, ipa: 0x80_4000_1234, level: 2 };
    const cases = [
      [fault('permission', 'write', stage2), word, 0x9386_004e],
      [fault('translation', 'write', stage2), word, 0x9386_0046],
      [fault('translation', 'read', { ...stage2, level: 1 }), undefined, 0x9000_0005],
      [
        fault('translation', 'read', { ...stage2, level: 1 }),
        { sas: 0, signExtend: false, rt: 7 },
        0x9307_0005,
      ],
      [
        fault('access flag', 'read', { ...stage2, level: 3 }),
        { sas: 1, signExtend: true, rt: 0 },
        0x9360_000b,
      ],
      [fault('translation', 'read', { ...stage2, onWalk: true }), word, 0x9000_0086],
      [fault('permission', 'write', { ...stage2, cacheMaintenance: true }), word, 0x9000_014e],
      [fault('translation', 'execute', stage2), undefined, 0x8000_0006],
    ] as const;
    for (const [which, syndrome, hsr] of cases) {
      const bench = new Bench(Mode.svc).set('HCR', 1).listen('trap-to-hyp', 'stage2-fault');
      takeMemoryFault(bench.core, bench.system, which, syndrome);
      assert.equal(bench.get('HSR').toString(16), hsr.toString(16));
      assert.equal(bench.pc, HYP_VECTORS + 0x14);
      assert.equal(bench.word(CORE.ELR_HYP), CODE);
      assert.equal(bench.get(which.access === 'execute' ? 'HIFAR' : 'HDFAR'), VA);
      assert.equal(bench.get('HPFAR'), 0x8040_0010);
      const [first, second] = bench.events;
      assert.equal(first?.kind === 'stage2-fault' && first.ipa, which.ipa);
      assert.equal(second?.kind === 'trap-to-hyp' && second.because, 'HCR.VM');
    }
  });

  it('IL tells a 16-bit instruction where ISV is 1', () => {
    const bench = new Bench(Mode.svc);
    bench.core.i32[CORE.PSR] = bench.core.i32[CORE.PSR] | Psr.T;
    const which = fault('translation', 'read', { stage2: true, level: 3 });
    takeMemoryFault(bench.core, bench.system, which, { sas: 2, signExtend: false, rt: 1 }, 2);
    assert.equal(bench.get('HSR').toString(16), (0x9181_0007).toString(16));
  });

  it('short-format DFSR and IFSR have the codes of table B3-23', () => {
    const cases: readonly (readonly [MemoryFault, number])[] = [
      [fault('alignment', 'read'), 0x001],
      [fault('translation', 'read', { level: 1 }), 0x005],
      [fault('translation', 'write', { level: 2, domain: 3 }), 0x837],
      [fault('access flag', 'read', { level: 1 }), 0x003],
      [fault('access flag', 'read', { level: 2 }), 0x006],
      [fault('domain', 'read', { level: 1, domain: 15 }), 0x0f9],
      [fault('domain', 'write', { level: 2, domain: 1 }), 0x81b],
      [fault('permission', 'read', { level: 1 }), 0x00d],
      [fault('permission', 'write', { level: 2 }), 0x80f],
      [fault('external abort', 'read'), 0x008],
      [fault('external abort', 'read', { externalType: 1 }), 0x1008],
      [fault('external abort on walk', 'read', { level: 1 }), 0x00c],
      [fault('external abort on walk', 'read', { level: 2 }), 0x00e],
      [fault('tlb conflict', 'read'), 0x400],
      [fault('translation', 'read', { level: 1, cacheMaintenance: true }), 0x2805],
    ];
    for (const [which, dfsr] of cases) {
      const bench = new Bench(Mode.svc);
      takeMemoryFault(bench.core, bench.system, which);
      assert.equal(bench.get('DFSR').toString(16), dfsr.toString(16), which.kind);
      assert.deepEqual([bench.get('DFAR'), bench.pc], [VA, PL1_VECTORS + 0x10]);
      assert.equal(bench.word(CORE.R + 14), CODE + 8);
      assert.equal(bench.cpsr & 0x1ff, 0x197);
    }
    const prefetch = new Bench(Mode.usr);
    takeMemoryFault(prefetch.core, prefetch.system, fault('permission', 'execute', { level: 2, domain: 5 }));
    assert.deepEqual([prefetch.get('IFSR'), prefetch.get('IFAR')], [0x00f, VA]);
    assert.deepEqual([prefetch.pc, prefetch.word(CORE.R + 14)], [PL1_VECTORS + 0x0c, CODE + 4]);
  });

  it('long-format status has the level in its low bits and bit 9 set', () => {
    const cases: readonly (readonly [MemoryFault, number])[] = [
      [fault('translation', 'read', { level: 3 }), 0x207],
      [fault('access flag', 'write', { level: 1 }), 0xa09],
      [fault('permission', 'read', { level: 2 }), 0x20e],
      [fault('alignment', 'read'), 0x221],
      [fault('external abort', 'read', { externalType: 1 }), 0x1210],
      [fault('external abort on walk', 'read', { level: 2 }), 0x216],
      [fault('tlb conflict', 'read'), 0x230],
    ];
    for (const [which, dfsr] of cases) {
      const bench = new Bench(Mode.svc).set('TTBCR', TTBCR_EAE);
      takeMemoryFault(bench.core, bench.system, which);
      assert.equal(bench.get('DFSR').toString(16), dfsr.toString(16), which.kind);
    }
  });

  it('an abort in Hyp goes to Hyp by the vector of its kind, with classes 0x21 and 0x25', () => {
    const data = new Bench(Mode.hyp);
    takeMemoryFault(data.core, data.system, fault('permission', 'write', { level: 3 }), {
      sas: 2,
      signExtend: false,
      rt: 1,
    });
    assert.deepEqual([data.get('HSR'), data.pc], [0x9400_004f, HYP_VECTORS + 0x10]);
    const prefetch = new Bench(Mode.hyp);
    takeMemoryFault(prefetch.core, prefetch.system, fault('translation', 'execute', { level: 1 }));
    assert.deepEqual([prefetch.get('HSR'), prefetch.pc], [0x8400_0005, HYP_VECTORS + 0x0c]);
  });

  it('HCR.TGE sends aborts of PL0 to Hyp; SCR.EA external ones to Monitor mode, with the Secure registers', () => {
    const tge = new Bench(Mode.usr).set('HCR', 1 << 27).listen('trap-to-hyp');
    takeMemoryFault(tge.core, tge.system, fault('alignment', 'read'));
    assert.deepEqual([tge.get('HSR'), tge.pc], [0x9000_0021, HYP_VECTORS + 0x14]);
    const monitor = new Bench(Mode.svc, { security: true });
    monitor.set('SCR', monitor.get('SCR') | 8);
    takeMemoryFault(monitor.core, monitor.system, fault('external abort', 'read'));
    assert.equal(monitor.pc, MONITOR_VECTORS + 0x10);
    assert.equal(monitor.word(SYS.DFSR + SECURE_BANK), 0x008);
    assert.equal(monitor.word(SYS.DFSR), 0);
    assert.equal(monitor.word(CORE.R + 14), CODE + 8);
    assert.equal(monitor.cpsr & 0x1ff, 0x1d6);
  });

  it('an asynchronous abort goes to Abort mode, or to Hyp by HCR.AMO, and its line falls', () => {
    const pl1 = new Bench(Mode.usr);
    pl1.core.i32[CORE.PENDING] = PendingLine.SError;
    takeAsynchronousAbort(pl1.core, pl1.system);
    assert.deepEqual([pl1.get('DFSR'), pl1.pc, pl1.word(CORE.PENDING)], [0x406, PL1_VECTORS + 0x10, 0]);
    const hyp = new Bench(Mode.usr).set('HCR', 1 << 5);
    takeAsynchronousAbort(hyp.core, hyp.system);
    assert.deepEqual([hyp.get('HSR'), hyp.pc], [0x9000_0011, HYP_VECTORS + 0x14]);
  });
});
