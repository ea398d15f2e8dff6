import assert from 'node:assert/strict';
import { AccessFlags } from '../../../emulator/mmu/memory-access';
import type { Mmu } from '../../../emulator/mmu/mmu';
import { staleTranslations } from '../../../emulator/mmu/stale';
import { TLB_OPERATIONS } from '../../../emulator/mmu/tlb-maintenance';
import { seededRandom } from '../../../emulator/isa/random';
import { Mode } from '../../../emulator/state/psr';
import { RAM, SmallMachine, faultOf } from './small-machine';

const VA = 0x8000_0000;
const NG = 0x800;
const read = (mmu: Mmu, va = VA): number => mmu.read(va, 4, AccessFlags.Ordinary, 0);

/** A machine with one page mapped and used, and then unmapped in the table: only the TLB knows it now. */
function stale(attributes = 0x03e, cores = 1): SmallMachine {
  const m = new SmallMachine(cores);
  const entry = m.page(m.short(), VA, RAM, attributes);
  m.word(RAM, 0x1234);
  for (const mmu of m.mmus) read(mmu);
  m.word(entry, 0);
  return m;
}
const gone = (mmu: Mmu, va = VA): boolean => {
  try {
    read(mmu, va);
    return false;
  } catch {
    return true;
  }
};

describe('the TLB', () => {
  it('keeps a translation that the tables no longer hold until it is invalidated', () => {
    const m = stale();
    assert.equal(read(m.mmu), 0x1234);
    m.mmu.tlbMaintenance('TLBIALL', 0);
    assert.equal(faultOf(() => read(m.mmu)).kind, 'translation');
  });

  it('does not hold translations that faulted', () => {
    const m = new SmallMachine();
    const base = m.short();
    const entry = m.page(base, VA, RAM, 0x00e); // no access
    assert.equal(faultOf(() => read(m.mmu)).kind, 'permission');
    m.word(entry, RAM | 0x03e);
    assert.equal(read(m.mmu), 0);
    assert.equal(faultOf(() => read(m.mmu, VA + 4096)).kind, 'translation');
    m.page(base, VA + 4096, RAM);
    assert.equal(read(m.mmu, VA + 4096), 0);
  });

  it('checks domains and permissions at each hit', () => {
    const m = stale();
    m.set({ DACR: 0 });
    const fault = faultOf(() => read(m.mmu));
    assert.deepEqual([fault.kind, fault.level, fault.domain], ['domain', 2, 0]);
    m.set({ DACR: 1 });
    assert.equal(read(m.mmu), 0x1234);
    m.mode(Mode.usr);
    assert.equal(read(m.mmu), 0x1234);
  });

  it('reports a permission fault from the entry, not from the table', () => {
    const m = new SmallMachine();
    const entry = m.page(m.short(), VA, RAM, 0x23e); // read only
    read(m.mmu);
    m.word(entry, RAM | 0x03e);
    const write = (): void => m.mmu.write(VA, 4, 7, AccessFlags.Ordinary, 0);
    assert.equal(faultOf(write).kind, 'permission');
    m.mmu.tlbMaintenance('TLBIMVA', VA);
    write();
    assert.equal(m.word(RAM), 7);
  });

  const local: readonly [string, number, string][] = [
    ['TLBIMVA', VA | 5, 'its MVA and ASID'],
    ['TLBIMVAA', VA, 'its MVA'],
    ['TLBIASID', 5, 'its ASID'],
    ['ITLBIALL', 0, 'all'],
    ['DTLBIALL', 0, 'all'],
    ['ITLBIMVA', VA | 5, 'its MVA and ASID'],
    ['DTLBIASID', 5, 'its ASID'],
  ];
  for (const [operation, value, by] of local)
    it(`${operation} removes an entry of ASID 5 by ${by}`, () => {
      const m = new SmallMachine();
      const base = m.short();
      m.set({ CONTEXTIDR: 5 });
      const entry = m.page(base, VA, RAM, 0x03e | NG);
      read(m.mmu);
      m.word(entry, 0);
      m.mmu.tlbMaintenance(operation, value);
      assert.ok(gone(m.mmu));
    });

  const kept: readonly [string, number, string][] = [
    ['TLBIMVA', VA | 6, 'another ASID'],
    ['TLBIMVA', (VA + 4096) | 5, 'another page'],
    ['TLBIMVAA', VA + 4096, 'another page'],
    ['TLBIASID', 6, 'another ASID'],
    ['TLBIALLH', 0, 'another regime'],
    ['TLBIMVAH', VA, 'another regime'],
  ];
  for (const [operation, value, other] of kept)
    it(`${operation} of ${other} keeps an entry of ASID 5`, () => {
      const m = new SmallMachine();
      const base = m.short();
      m.set({ CONTEXTIDR: 5 });
      const entry = m.page(base, VA, RAM, 0x03e | NG);
      read(m.mmu);
      m.word(entry, 0);
      m.mmu.tlbMaintenance(operation, value);
      assert.ok(!gone(m.mmu));
    });

  it('a global entry serves every ASID, goes by MVA with any ASID, and stays at TLBIASID', () => {
    const m = stale();
    m.set({ CONTEXTIDR: 9 });
    assert.equal(read(m.mmu), 0x1234);
    m.mmu.tlbMaintenance('TLBIASID', 0);
    m.mmu.tlbMaintenance('TLBIASID', 9);
    assert.ok(!gone(m.mmu));
    m.mmu.tlbMaintenance('TLBIMVA', VA | 77);
    assert.ok(gone(m.mmu));
  });

  it('an entry that is not global serves its ASID alone', () => {
    const m = new SmallMachine();
    const base = m.short();
    m.set({ CONTEXTIDR: 1 });
    const entry = m.page(base, VA, RAM, 0x03e | NG);
    m.word(RAM, 1);
    m.word(RAM + 4096, 2);
    assert.equal(read(m.mmu), 1);
    m.word(entry, (RAM + 4096) | 0x03e | NG);
    m.set({ CONTEXTIDR: 2 });
    assert.equal(read(m.mmu), 2);
    m.set({ CONTEXTIDR: 1 });
    assert.equal(read(m.mmu), 1);
  });

  for (const [name, descriptor, bytes] of [
    ['section', RAM | 0xc0e, 0x10_0000],
    ['supersection', RAM | 0x4_0c0e, 0x100_0000],
  ] as const)
    it(`one MVA of a ${name} removes every page of it`, () => {
      const m = new SmallMachine();
      const base = m.short();
      const first = VA >>> 20;
      const entries = bytes / 0x10_0000;
      for (let i = 0; i < entries; i++) m.word(base + (first + i) * 4, descriptor);
      const used = [0, 0x5000, bytes - 4096];
      for (const offset of used) read(m.mmu, VA + offset);
      for (let i = 0; i < entries; i++) m.word(base + (first + i) * 4, 0);
      for (const offset of used) assert.ok(!gone(m.mmu, VA + offset));
      m.mmu.tlbMaintenance('TLBIMVA', VA + 0x7000);
      for (const offset of used) assert.ok(gone(m.mmu, VA + offset), `+0x${offset.toString(16)}`);
    });

  it('tags by VMID: TLBIALL in a guest leaves the others alone, TLBIALLNSNH takes all', () => {
    const m = new SmallMachine();
    const entries = [1, 2].map((vmid) => {
      const root = m.stage2(vmid);
      const entry = m.page2(root, VA, RAM + vmid * 4096);
      m.word(RAM + vmid * 4096, vmid);
      assert.equal(read(m.mmu), vmid);
      return { vmid, root, entry };
    });
    for (const { entry } of entries) m.wide(entry, 0);
    const enter = (n: number): void => m.set({ VTTBR: entries[n]?.root, VTTBR_HIGH: (n + 1) << 16 });
    enter(0);
    assert.equal(read(m.mmu), 1);
    m.mmu.tlbMaintenance('TLBIALL', 0);
    const fault = faultOf(() => read(m.mmu));
    assert.deepEqual([fault.kind, fault.stage2, fault.ipa, fault.level], ['translation', true, VA, 3]);
    enter(1);
    assert.equal(read(m.mmu), 2);
    m.mode(Mode.hyp);
    m.mmu.tlbMaintenance('TLBIALLNSNH', 0);
    m.mode(Mode.svc);
    assert.ok(gone(m.mmu));
  });

  it('keeps Hyp apart: TLBIALLNSNH leaves its entries, TLBIMVAH and TLBIALLH take them', () => {
    for (const operation of ['TLBIMVAH', 'TLBIALLH']) {
      const m = new SmallMachine();
      const root = m.table(0x1000);
      m.wide(root + 8 * (VA >>> 30), RAM | 0x401 | 0x40);
      m.set({ HSCTLR: 1, HTTBR: root, HMAIR0: 0xff });
      m.mode(Mode.hyp);
      read(m.mmu);
      m.wide(root + 8 * (VA >>> 30), 0);
      m.mmu.tlbMaintenance('TLBIALLNSNH', 0);
      m.mmu.tlbMaintenance('TLBIALL', 0);
      assert.ok(!gone(m.mmu));
      m.mmu.tlbMaintenance(operation, VA + 0x123_4000);
      assert.ok(gone(m.mmu));
    }
  });

  it('Inner Shareable operations act on every core, others on their own; HCR.FB makes them all broadcast', () => {
    for (const [operation, hcr, everywhere] of [
      ['TLBIALL', 0, false],
      ['TLBIALLIS', 0, true],
      ['TLBIMVA', 0, false],
      ['TLBIMVAIS', 0, true],
      ['TLBIMVAAIS', 0, true],
      ['TLBIMVA', 1 << 9, true],
    ] as const) {
      const m = stale(0x03e, 2);
      m.set({ HCR: hcr });
      m.mmu.tlbMaintenance(operation, VA);
      assert.ok(gone(m.mmus[0] as Mmu), operation);
      assert.equal(gone(m.mmus[1] as Mmu), everywhere, operation);
    }
  });

  it('knows the operations of the manual and no others', () => {
    assert.equal(TLB_OPERATIONS.size, 7 * 2 + 6);
    const m = new SmallMachine();
    assert.throws(() => m.mmu.tlbMaintenance('TLBINONE', 0), RangeError);
  });

  it('replaces first in first out in a set, whatever was used since', () => {
    const m = new SmallMachine();
    const base = m.short();
    // Pages of one set: bits 31–25 of the VA are combined with bits 18–12.
    const pages = [0, 1, 2, 3, 4].map((n) => ((n << 25) | (n << 12)) >>> 0);
    for (const [n, va] of pages.entries()) {
      m.page(base, va, RAM + n * 4096);
      m.word(RAM + n * 4096, n);
    }
    for (const va of pages.slice(0, 4)) read(m.mmu, va);
    read(m.mmu, pages[0]);
    read(m.mmu, pages[4]); // the fifth: the first goes, though just used
    const held = new Set([...m.mmu.tlb.entries()].map(({ va }) => va));
    assert.deepEqual(
      pages.map((va) => held.has(va)),
      [false, true, true, true, true],
    );
    assert.deepEqual(new Set(m.mmu.context.pages()), held);
  });

  it('removes what a selection names and nothing else, whatever came and went before', () => {
    const m = new SmallMachine();
    const base = m.short();
    const random = seededRandom(5);
    const pages = Array.from({ length: 64 }, (_, n) => VA + n * 4096);
    for (const [n, va] of pages.entries()) m.page(base, va, RAM + n * 4096, n % 3 === 0 ? 0x03e : 0x03e | NG);
    const held = new Map<string, number>();
    const key = (va: number, asid: number): string =>
      `${va} ${(va / 4096) % 3 === (VA / 4096) % 3 ? 'global' : asid}`;
    for (let step = 0; step < 2000; step++) {
      const asid = random() % 4;
      const va = pages[random() % pages.length]!;
      m.set({ CONTEXTIDR: asid });
      if (random() % 8 !== 0) {
        read(m.mmu, va);
        held.set(key(va, asid), va);
      } else if (random() % 2 === 0) {
        m.mmu.tlbMaintenance('TLBIASID', asid);
        for (const name of held.keys()) if (name.endsWith(` ${asid}`)) held.delete(name);
      } else {
        m.mmu.tlbMaintenance('TLBIMVA', va | asid);
        held.delete(key(va, asid));
      }
      if (step === 1000) m.mmu.restored();
    }
    const entries = [...m.mmu.tlb.entries()].map(
      ({ va, asid, global }) => `${va} ${global ? 'global' : asid}`,
    );
    assert.deepEqual(entries.sort(), [...held.keys()].sort());
    m.mmu.tlbMaintenance('TLBIALL', 0);
    assert.deepEqual([...m.mmu.tlb.entries()], []);
  });

  it('tells which entries the tables no longer justify', () => {
    const m = new SmallMachine();
    const base = m.short();
    const entries = [0, 1, 2].map((n) => m.page(base, VA + n * 4096, RAM + n * 4096));
    for (const n of [0, 1, 2]) read(m.mmu, VA + n * 4096);
    assert.deepEqual([...staleTranslations(m.mmu)], []);
    m.word(entries[0] as number, 0);
    m.word(entries[2] as number, (RAM + 0x8000) | 0x03e);
    assert.deepEqual(
      [...staleTranslations(m.mmu)].map(({ entry, now }) => [entry.va, 'pa' in now ? now.pa : now.kind]),
      [
        [VA, 'translation'],
        [VA + 0x2000, RAM + 0x8000],
      ],
    );
    m.mmu.tlbMaintenance('TLBIMVA', VA);
    assert.equal([...staleTranslations(m.mmu)].length, 1);
    m.mmu.reset();
    assert.deepEqual([...m.mmu.tlb.entries()], []);
    assert.ok(gone(m.mmu));
  });

  it('is part of the memory: a restored memory brings its translations back', () => {
    const m = stale();
    const saved = m.state.u8.slice(0, 0x20_0000);
    m.mmu.tlbMaintenance('TLBIALL', 0);
    assert.ok(gone(m.mmu));
    m.state.u8.set(saved);
    m.mmu.restored();
    assert.equal(read(m.mmu), 0x1234);
    assert.deepEqual(m.state.u8.slice(0, 0x20_0000), saved);
  });

  it('level 1 never holds what level 2 does not', () => {
    const m = new SmallMachine();
    const base = m.short();
    let x = 12345;
    const random = (n: number): number => ((x = (Math.imul(x, 1103515245) + 12345) >>> 0) >>> 8) % n;
    for (let i = 0; i < 64; i++)
      m.page(base, (random(1 << 20) << 12) >>> 0, RAM + random(64) * 4096, 0x03e | (i & 1 ? NG : 0));
    const mapped = [...pagesOf(m, base)];
    for (let i = 0; i < 3000; i++) {
      const va = mapped[random(mapped.length)] as number;
      const action = random(40);
      if (action === 0) m.set({ CONTEXTIDR: random(20) });
      else if (action === 1) m.mmu.tlbMaintenance('TLBIMVA', va | random(20));
      else if (action === 2) m.mmu.tlbMaintenance('TLBIASID', random(20));
      else if (action === 3) m.mode(random(2) ? Mode.usr : Mode.svc);
      else read(m.mmu, va);
      if (i % 16 !== 0) continue;
      const { context } = m.mmu;
      const asid = context.tag & 0xff;
      const serving = [...m.mmu.tlb.entries()].filter((entry) => entry.global || entry.asid === asid);
      const held = new Set(serving.map((entry) => entry.va));
      for (const page of context.pages()) assert.ok(held.has(page));
    }
  });

  it('a page that goes for one ASID stays in level 1 for the others, a global one goes for all', () => {
    const m = new SmallMachine();
    const base = m.short();
    m.page(base, VA, RAM, 0x03e | NG);
    m.page(base, VA + 4096, RAM);
    const held = (asid: number): boolean[] => {
      m.set({ CONTEXTIDR: asid });
      return [VA, VA + 4096].map((va) => m.mmu.context.readEntry(va) !== 0);
    };
    for (const asid of [1, 2]) {
      m.set({ CONTEXTIDR: asid });
      for (const va of [VA, VA + 4096]) read(m.mmu, va);
    }
    m.mmu.tlbMaintenance('TLBIMVA', VA | 2);
    assert.deepEqual([...held(1), ...held(2)], [true, true, false, true]);
    m.mmu.tlbMaintenance('TLBIMVA', VA + 4096 + 2);
    assert.deepEqual([...held(1), ...held(2)], [true, false, false, false]);
  });
});

function* pagesOf(m: SmallMachine, base: number): IterableIterator<number> {
  for (let i = 0; i < 4096; i++) {
    const d = m.word(base + i * 4);
    if ((d & 3) !== 1) continue;
    for (let k = 0; k < 256; k++)
      if ((m.word(((d & 0xffff_fc00) >>> 0) + k * 4) & 3) !== 0) yield ((i << 20) | (k << 12)) >>> 0;
  }
}
