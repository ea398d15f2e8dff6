// Where QEMU 7.2 is no oracle: the manual's own rules, one by one.
import assert from 'node:assert/strict';
import { SYS } from '../../../emulator/state/layout';
import { Mode } from '../../../emulator/state/psr';
import type { MemoryFault } from '../../../emulator/system/fault';
import { RAM, SmallMachine, faultOf } from './small-machine';

const VA = 0x8000_0000;
const par = (m: SmallMachine): [number, number] => [
  m.core.u32[SYS.PAR] as number,
  m.core.u32[SYS.PAR + 1] as number,
];
const shape = ({ kind, level, stage2, onWalk }: MemoryFault): unknown[] => [kind, level, stage2, onWalk];

describe('translation where the manual is the only oracle', () => {
  it('a supersection has PA[39:32] in bits 8–5 and 23–20; PAR gives them in bits 23–16', () => {
    const m = new SmallMachine();
    const base = m.short();
    m.word(base + (VA >>> 20) * 4, 0x1200_0000 | (1 << 18) | 0xc0e | (0x9 << 5) | (0x5 << 20));
    m.mmu.addressTranslation('ATS1CPR', VA + 0x2_3000);
    const [low, high] = par(m);
    assert.equal(low & 0xff00_0000, 0x1200_0000);
    assert.equal((low >>> 16) & 0xff, 0x95);
    assert.deepEqual([low & 2, high], [2, 0]);
    assert.equal(faultOf(() => m.mmu.read(VA, 4, 0, 0)).kind, 'external abort');
  });

  describe('PAR of short descriptors has the attributes (B4.1.112)', () => {
    // TEX, C, B, S with SCTLR.TRE = 0 → Inner, Outer, SH
    const rows: readonly [string, number, number, number, number, number][] = [
      ['Strongly-ordered', 0b00000, 0, 0b001, 0b00, 1],
      ['shareable Device', 0b00001, 0, 0b011, 0b00, 1],
      ['Device, not shareable', 0b01000, 0, 0b011, 0b00, 0],
      ['Write-Through', 0b00010, 1, 0b110, 0b10, 1],
      ['Write-Back, no Write-Allocate', 0b00011, 0, 0b111, 0b11, 0],
      ['Non-cacheable', 0b00100, 0, 0b000, 0b00, 0],
      ['Write-Back, Write-Allocate', 0b00111, 1, 0b101, 0b01, 1],
      ['Outer Write-Through, Inner Write-Back', 0b11001, 0, 0b101, 0b10, 0],
    ];
    for (const [name, texcb, s, inner, outer, sh] of rows)
      it(name, () => {
        const m = new SmallMachine();
        const attributes = 2 | ((texcb & 3) << 2) | 0x30 | ((texcb >> 2) << 6) | (s << 10);
        m.page(m.short(), VA, RAM, attributes);
        m.mmu.addressTranslation('ATS1CPR', VA);
        const [low] = par(m);
        assert.deepEqual([(low >> 4) & 7, (low >> 2) & 3, (low >> 7) & 1], [inner, outer, sh]);
        assert.equal(low & 0xffff_f201, RAM | 0x200);
      });

    it('and with TEX remap those of PRRR and NMRR', () => {
      const m = new SmallMachine();
      // Region 5: Normal, inner Write-Through, outer Write-Back no allocate, shareable by NS0, Inner Shareable.
      m.page(m.short(), VA, RAM, 0x02 | (1 << 2) | 0x30 | (1 << 6));
      m.set({ SCTLR: 1 | (1 << 28), PRRR: (2 << 10) | (1 << 18) | (1 << 29), NMRR: (2 << 10) | (3 << 26) });
      m.mmu.addressTranslation('ATS1CPR', VA);
      const [low] = par(m);
      assert.deepEqual(
        [(low >> 4) & 7, (low >> 2) & 3, (low >> 7) & 1, (low >> 10) & 1],
        [0b110, 0b11, 1, 1],
      );
    });
  });

  it('PAR says Outer Shareable for Device and Non-cacheable memory in the long format', () => {
    const m = new SmallMachine();
    const table = m.table(0x1000);
    m.set({ SCTLR: 1, TTBCR: 0x8000_0000, TTBR0: table, PRRR: 0x44_04_00 });
    for (const [index, attribute] of [
      [0, 0x00],
      [1, 0x04],
      [2, 0x44],
    ] as const) {
      m.wide(table + 8 * (VA >>> 30), (RAM | 0x401 | 0x300 | 0x40 | (index << 2)) >>> 0);
      m.mmu.addressTranslation('ATS1CPR', VA);
      const [low, high] = par(m);
      assert.deepEqual([(low >> 7) & 3, high >>> 24], [2, attribute]);
    }
  });

  it('WXN and UWXN hold for short descriptors too (B3.7.2)', () => {
    for (const [sctlr, ap, mode] of [
      [1 << 19, 0x30, Mode.svc],
      [1 << 19, 0x30, Mode.usr],
      [1 << 19, 0x10, Mode.svc],
      [1 << 20, 0x30, Mode.svc],
    ] as const) {
      const m = new SmallMachine();
      m.page(m.short(), VA, RAM, 0x00e | ap);
      m.mode(mode);
      m.mmu.fetch(VA);
      m.set({ SCTLR: 1 | sctlr });
      m.mmu.read(VA, 4, 0, 0);
      assert.deepEqual(shape(faultOf(() => m.mmu.fetch(VA))), ['permission', 2, false, false]);
      m.mmu.tlbMaintenance('TLBIALL', 0);
      assert.deepEqual(shape(faultOf(() => m.mmu.fetch(VA))), ['permission', 2, false, false]);
    }
  });

  it('the access flag comes before domain and permissions, the second-level descriptor before the domain', () => {
    const m = new SmallMachine();
    const base = m.short();
    m.page(base, VA, RAM, 0x00e, 3); // AP = 000
    m.set({ SCTLR: 1 | (1 << 29), DACR: 1 });
    const fault = faultOf(() => m.mmu.read(VA, 4, 0, 0));
    assert.deepEqual([...shape(fault), fault.domain], ['access flag', 2, false, false, 3]);
    assert.equal(faultOf(() => m.mmu.read(VA + 4096, 4, 0, 0)).kind, 'translation');
    m.page(base, VA, RAM, 0x01e, 3);
    assert.equal(faultOf(() => m.mmu.read(VA, 4, 0, 0)).kind, 'domain');
  });

  it('alignment on Device memory comes before domain and permission', () => {
    const m = new SmallMachine();
    m.page(m.short(), VA, RAM, 0x006); // Device, no access
    assert.equal(faultOf(() => m.mmu.read(VA + 1, 2, 0, 0)).kind, 'alignment');
    assert.equal(faultOf(() => m.mmu.read(VA, 2, 0, 0)).kind, 'permission');
  });

  describe('stage 2 faults on stage 1 walks', () => {
    /** Stage 2 maps all RAM page by page; `page` of it as `low` says. */
    function guest(low: (pa: number) => number): { m: SmallMachine; base: number } {
      const m = new SmallMachine();
      const base = m.short();
      m.page(base, VA, RAM);
      const root = m.stage2(3);
      for (let pa = RAM; pa < RAM + 0x0200_0000; pa += 4096) m.page2(root, pa, pa, low(pa));
      return { m, base };
    }

    it('have the level of stage 2 and the IPA of the descriptor', () => {
      const { m, base } = guest((pa) => (pa >= RAM + 0x0100_0000 && pa < RAM + 0x0101_0000 ? 0x7be : 0x7ff)); // invalid
      const fault = faultOf(() => m.mmu.read(VA, 4, 0, 0));
      assert.deepEqual(shape(fault), ['translation', 3, true, true]);
      assert.equal(fault.ipa, base + (VA >>> 20) * 4);
      assert.equal(fault.longFormat, true);
    });

    it('are permission faults on Device memory with HCR.PTW, and only then', () => {
      const { m, base } = guest((pa) => (pa >= RAM + 0x0100_0000 ? 0x7c7 : 0x7ff)); // Device
      assert.equal(m.mmu.read(VA, 4, 0, 0), 0);
      m.mmu.tlbMaintenance('TLBIALL', 0);
      m.set({ HCR: 1 | 4 });
      const fault = faultOf(() => m.mmu.read(VA, 4, 0, 0));
      assert.deepEqual([...shape(fault), fault.ipa], ['permission', 3, true, true, base + (VA >>> 20) * 4]);
      m.set({ HCR: 4 });
      assert.equal(m.mmu.read(VA, 4, 0, 0), 0);
    });

    it('abort ATS1Cxx at PL1, and are reported in PAR from Hyp', () => {
      const { m, base } = guest((pa) => (pa >= RAM + 0x0100_0000 ? 0x73f : 0x7ff)); // HAP = 0
      const fault = faultOf(() => m.mmu.addressTranslation('ATS1CPR', VA));
      assert.deepEqual([...shape(fault), fault.ipa], ['permission', 3, true, true, base + (VA >>> 20) * 4]);
      assert.equal(fault.cacheMaintenance, true);
      m.mode(Mode.hyp);
      m.mmu.addressTranslation('ATS1CPR', VA);
      // F, FST = permission level 3, S2WLK, FSTAGE, long format
      assert.deepEqual(par(m), [1 | (0b001111 << 1) | (1 << 8) | (1 << 9) | (1 << 11), 0]);
    });
  });

  it('a table where nothing answers is an external abort on the walk, also for ATS1Cxx', () => {
    const m = new SmallMachine();
    m.set({ SCTLR: 1, TTBR0: 0x2000_0000, DACR: 1 });
    for (const act of [() => m.mmu.read(VA, 4, 0, 0), () => m.mmu.addressTranslation('ATS1CPR', VA)])
      assert.deepEqual(shape(faultOf(act)), ['external abort on walk', 1, false, false]);
    const base = m.short();
    m.word(base + (VA >>> 20) * 4, 0x2000_0001 | (7 << 5));
    const fault = faultOf(() => m.mmu.read(VA, 4, 0, 0));
    assert.deepEqual([...shape(fault), fault.domain], ['external abort on walk', 2, false, false, 7]);
    m.stage2(1);
    m.set({ VTTBR: 0x2000_0000 });
    assert.deepEqual(shape(faultOf(() => m.mmu.read(VA, 4, 0, 0))), [
      'external abort on walk',
      1,
      true,
      true,
    ]);
  });

  it('Secure state: PD bits, NS bits of the tables, and SCR.SIF', () => {
    const m = new SmallMachine(1, true);
    const base = m.table(0x4000);
    m.page(base, VA, RAM);
    m.word(base + (VA >>> 20) * 4, m.word(base + (VA >>> 20) * 4) | 8); // NS
    m.set({ SCR: 0 });
    const { i32 } = m.core;
    const bank = m.core.sysIndex('SCTLR', true) - SYS.SCTLR;
    for (const [name, value] of [
      ['SCTLR', 1],
      ['TTBR0', base],
      ['DACR', 1],
    ] as const)
      i32[SYS[name] + bank] = value;
    m.mmu.translationChanged();
    m.mmu.addressTranslation('ATS1CPR', VA);
    assert.equal((i32[SYS.PAR + bank] as number) & 0x200, 0x200);
    m.mmu.fetch(VA);
    m.set({ SCR: 1 << 9 });
    assert.deepEqual(shape(faultOf(() => m.mmu.fetch(VA))), ['permission', 2, false, false]);
    m.mmu.read(VA, 4, 0, 0);
    i32[SYS.TTBCR + bank] = 1 << 4;
    m.mmu.tlbMaintenance('TLBIALL', 0);
    m.mmu.translationChanged();
    assert.deepEqual(shape(faultOf(() => m.mmu.read(VA, 4, 0, 0))), ['translation', 1, false, false]);
  });
});
