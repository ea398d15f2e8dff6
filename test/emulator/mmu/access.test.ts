import assert from 'node:assert/strict';
import type { MachineEvent } from '../../../emulator/events/events';
import { TRACKING_WRITE_BASE } from '../../../emulator/mmu/fast-tlb';
import type { WriteTracker } from '../../../emulator/mmu/write-tracker';
import type { WatchHit } from '../../../emulator/mmu/watch';
import { GUEST_MEMORY_OFFSET } from '../../../emulator/state/layout';
import { Mode } from '../../../emulator/state/psr';
import { DEVICE, RAM, RAM_BYTES, ROM, SmallMachine, faultOf } from './small-machine';

const VA = 0x8000_0000;
const DATA = RAM + 0x2000;
const { Ordinary, BigEndian, Unprivileged } = { Ordinary: 0, BigEndian: 4, Unprivileged: 1 } as const;
/** TEX:C:B = 00001: shareable Device; no access restrictions. */
const DEVICE_PAGE = 0x036;

/** Two pages of Normal memory mapped at VA, the second one elsewhere in RAM. */
function mapped(): { m: SmallMachine; base: number } {
  const m = new SmallMachine();
  const base = m.short();
  m.page(base, VA, DATA);
  m.page(base, VA + 0x1000, DATA + 0x3000);
  return { m, base };
}

describe('accesses through the MMU', () => {
  it('reads and writes bytes, halfwords and words, zero-extended', () => {
    const { m } = mapped();
    m.mmu.write(VA + 8, 4, 0xfedc_ba98, Ordinary, 4);
    assert.equal(m.mmu.read(VA + 8, 4, Ordinary, 4), 0xfedc_ba98 | 0);
    assert.equal(m.mmu.read(VA + 8, 2, Ordinary, 0), 0xba98);
    assert.equal(m.mmu.read(VA + 11, 1, Ordinary, 0), 0xfe);
    m.mmu.write(VA + 9, 1, 0x77, Ordinary, 0);
    m.mmu.write(VA + 10, 2, 0x1_1234, Ordinary, 0);
    assert.equal(m.word(DATA + 8), 0x1234_7798);
  });

  it('tells which pages were written to by the table that tracks it, and not which were read', () => {
    const { m } = mapped();
    const { context } = m.mmu;
    m.mmu.write(VA, 4, 1, Ordinary, 4);
    context.trackWrites();
    m.mmu.read(VA, 4, Ordinary, 4);
    m.mmu.write(VA + 0x1000, 4, 2, Ordinary, 4);
    assert.deepEqual(context.trackedWrites(), [GUEST_MEMORY_OFFSET + (DATA + 0x3000 - RAM)]);
    assert.equal(m.state.i32[TRACKING_WRITE_BASE + ((VA + 0x1000) >>> 12)], 0);
    assert.notEqual(context.writeOffset(VA), -1);
  });

  it('reverses bytes for big-endian accesses', () => {
    const { m } = mapped();
    m.word(DATA, 0x1122_3344);
    assert.equal(m.mmu.read(VA, 4, BigEndian, 4), 0x4433_2211);
    assert.equal(m.mmu.read(VA, 2, BigEndian, 2), 0x4433);
    assert.equal(m.mmu.read(VA + 1, 4, BigEndian, 0), 0x3322_1100);
    m.mmu.write(VA, 2, 0xabcd, BigEndian, 0);
    assert.equal(m.word(DATA), 0x1122_cdab);
  });

  it('splits an unaligned access at the end of a page', () => {
    const { m } = mapped();
    m.mmu.write(VA + 0xffd, 4, 0x4433_2211, Ordinary, 0);
    assert.equal(m.word(DATA + 0xffc), 0x3322_1100);
    assert.equal(m.word(DATA + 0x3000), 0x44);
    assert.equal(m.mmu.read(VA + 0xffd, 4, Ordinary, 0), 0x4433_2211);
    assert.equal(m.mmu.read(VA + 0xfff, 2, Ordinary, 0), 0x4433);
  });

  it('writes nothing when the second page of an unaligned store faults, and names that page', () => {
    const { m, base } = mapped();
    m.page(base, VA + 0x1000, DATA + 0x3000, 0x23e); // read only
    const fault = faultOf(() => m.mmu.write(VA + 0xffe, 4, -1, Ordinary, 0));
    assert.deepEqual([fault.kind, fault.va, fault.access], ['permission', VA + 0x1000, 'write']);
    assert.equal(m.word(DATA + 0xffc), 0);
  });

  it('faults on alignment by SCTLR.A, by the access itself, and before any other fault', () => {
    const { m } = mapped();
    assert.equal(faultOf(() => m.mmu.read(VA + 2, 4, Ordinary, 4)).kind, 'alignment');
    assert.equal(faultOf(() => m.mmu.read(VA + 4, 4, Ordinary, 8)).kind, 'alignment');
    assert.equal(m.mmu.read(VA + 2, 4, Ordinary, 0), 0);
    m.set({ SCTLR: 3 });
    assert.equal(faultOf(() => m.mmu.read(VA + 2, 4, Ordinary, 0)).kind, 'alignment');
    assert.equal(faultOf(() => m.mmu.write(0x1, 2, 0, Ordinary, 0)).kind, 'alignment');
    assert.equal(m.mmu.read(VA + 2, 2, Ordinary, 0), 0);
  });

  it('faults on unaligned accesses to Device and Strongly-ordered memory (A3.2.1)', () => {
    const { m, base } = mapped();
    m.page(base, VA + 0x2000, DATA, DEVICE_PAGE);
    for (let twice = 0; twice < 2; twice++) {
      // by the walk, then by the TLB
      const fault = faultOf(() => m.mmu.read(VA + 0x2002, 4, Ordinary, 0));
      assert.deepEqual([fault.kind, fault.stage2], ['alignment', false]);
      m.mmu.read(VA + 0x2004, 4, Ordinary, 0);
    }
    m.set({ SCTLR: 0 }); // stage 1 off: Strongly-ordered
    assert.equal(faultOf(() => m.mmu.read(DATA + 1, 2, Ordinary, 0)).kind, 'alignment');
  });

  it('takes that fault to Hyp when stage 2 makes the memory Device', () => {
    const { m } = mapped();
    const root = m.stage2(1);
    for (let page = RAM; page < RAM + RAM_BYTES; page += 4096)
      m.page2(root, page, page, page === DATA ? 0x7c7 : 0x7ff);
    for (let twice = 0; twice < 2; twice++) {
      const fault = faultOf(() => m.mmu.write(VA + 6, 4, 0, Ordinary, 0));
      assert.deepEqual([fault.kind, fault.stage2, fault.onWalk], ['alignment', true, false]);
      m.mmu.write(VA + 4, 4, 0, Ordinary, 0);
    }
  });

  it('takes an external abort where nothing answers, with the format of the regime', () => {
    const { m, base } = mapped();
    m.page(base, VA + 0x2000, 0x2000_0000);
    for (const act of [
      () => m.mmu.read(VA + 0x2000, 4, Ordinary, 0),
      () => m.mmu.write(VA + 0x2000, 4, 0, Ordinary, 0),
      () => m.mmu.fetch(VA + 0x2000),
      () => {
        m.mmu.probeWrite(VA + 0x2000, 4, Ordinary, 4);
      },
    ]) {
      const fault = faultOf(act);
      assert.deepEqual([fault.kind, fault.longFormat, fault.level], ['external abort', false, 0]);
    }
    m.set({ SCTLR: 0, TTBCR: 0x8000_0000 });
    assert.equal(faultOf(() => m.mmu.read(0x2000_0000, 4, Ordinary, 0)).longFormat, true);
  });

  it('reaches devices with size and offset, tells MMIO events, and turns their errors into external aborts', () => {
    const { m, base } = mapped();
    m.page(base, VA + 0x2000, DEVICE, DEVICE_PAGE);
    const events: MachineEvent[] = [];
    m.events.subscribe(['mmio'], (event) => {
      events.push(event);
    });
    m.mmu.write(VA + 0x2004, 4, 0x8000_0001, Ordinary, 0);
    assert.equal(m.mmu.read(VA + 0x2006, 2, Ordinary, 0), 1);
    assert.deepEqual(m.device.log, ['write 4 at 4: 2147483649', 'read 2 at 6']);
    assert.deepEqual(
      events.map((event) => event.kind === 'mmio' && [event.device, event.pa, event.write, event.value]),
      [
        ['latch', DEVICE + 4, true, 0x8000_0001],
        ['latch', DEVICE + 6, false, 1],
      ],
    );
    assert.equal(faultOf(() => m.mmu.read(VA + 0x2ffc, 4, Ordinary, 0)).kind, 'external abort');
    assert.equal(faultOf(() => m.mmu.write(VA + 0x2ffc, 4, 0, Ordinary, 0)).kind, 'external abort');
    assert.equal(m.mmu.context.readOffset(VA + 0x2000), -1);
  });

  it('ROM is read and fetched, and takes no notice of writes', () => {
    const m = new SmallMachine();
    const at = GUEST_MEMORY_OFFSET + RAM_BYTES;
    m.state.u32[at / 4] = 77;
    assert.equal(m.mmu.read(ROM, 4, Ordinary, 0), 77);
    m.mmu.write(ROM, 4, 1, Ordinary, 0);
    assert.equal(m.mmu.read(ROM, 4, Ordinary, 0), 77);
    assert.deepEqual({ ...m.mmu.fetch(ROM + 4) }, { offset: at + 4, pa: ROM + 4 });
    assert.equal(m.mmu.context.writeOffset(0), -1);
  });

  it('unprivileged accesses from PL1 have the permissions of PL0', () => {
    const { m, base } = mapped();
    m.page(base, VA, DATA, 0x01e); // PL1 only
    m.mmu.read(VA, 4, Ordinary, 0);
    for (let twice = 0; twice < 2; twice++)
      assert.equal(faultOf(() => m.mmu.read(VA, 4, Unprivileged, 0)).kind, 'permission');
    assert.equal(faultOf(() => m.mmu.translate(VA, 'write', Unprivileged)).access, 'write');
    assert.equal(m.mmu.translate(VA + 8, 'write', Ordinary), DATA + 8);
  });

  it('probes every page of a store to come', () => {
    const { m } = mapped();
    m.mmu.probeWrite(VA + 0xff0, 0x20, Ordinary, 4);
    assert.equal(faultOf(() => m.mmu.probeWrite(VA + 0x1ff8, 16, Ordinary, 4)).va, VA + 0x2000);
    assert.equal(faultOf(() => m.mmu.probeWrite(VA + 2, 8, Ordinary, 4)).kind, 'alignment');
  });

  it('fills level 1 so that the look-up of the engine finds the same memory', () => {
    const { m } = mapped();
    m.mmu.read(VA + 4, 4, Ordinary, 0);
    const { context } = m.mmu;
    const at = GUEST_MEMORY_OFFSET + DATA - RAM + 4;
    assert.deepEqual(
      [context.readOffset(VA + 4), context.writeOffset(VA + 4), context.fetchOffset(VA + 4)],
      [at, at, at],
    );
  });

  it('a write to a page of code is told before it happens, by whichever address and core', () => {
    const m = new SmallMachine(2);
    const base = m.short();
    m.page(base, VA, DATA);
    m.page(base, VA + 0x5000, DATA);
    const [first, second] = m.mmus;
    assert.ok(first && second);
    second.write(VA + 0x5000, 4, 1, Ordinary, 0); // both have a writing entry of the page
    first.write(VA, 4, 1, Ordinary, 0);
    const offset = GUEST_MEMORY_OFFSET + DATA - RAM;
    const heard: number[][] = [];
    first.onCodeWrite = (at, bytes) => heard.push([at - offset, bytes, m.word(DATA + 8)]);
    first.markCode(offset);
    assert.equal(second.context.writeOffset(VA + 0x5000), -1);
    second.write(VA + 0x5008, 2, 5, Ordinary, 0);
    assert.equal(second.context.writeOffset(VA + 0x5000), -1);
    m.memory.writePhysical(DATA + 16, new Uint8Array(3));
    assert.deepEqual(heard, [
      [8, 2, 0],
      [16, 3, 5],
    ]);
    first.unmarkCode(offset);
    second.write(VA + 0x5008, 2, 5, Ordinary, 0);
    assert.equal(heard.length, 2);
    assert.equal(second.context.writeOffset(VA + 0x5000), offset);
  });

  it('tells the first write to each clean page, whoever writes', () => {
    const { m } = mapped();
    m.mmu.write(VA, 4, 1, Ordinary, 0);
    const pages: number[] = [];
    const page = (GUEST_MEMORY_OFFSET + DATA - RAM) / 4096;
    const tracker = m.memory.trackWrites((at) => pages.push(at - page));
    m.mmu.read(VA, 4, Ordinary, 0);
    m.mmu.write(VA, 4, 1, Ordinary, 0);
    m.mmu.write(VA + 4, 4, 1, Ordinary, 0);
    m.memory.writePhysical(DATA + 0x3ffe, new Uint8Array(4));
    assert.deepEqual(pages, [0, 3, 4]);
    assert.deepEqual(
      [...tracker.pages()].map((at) => at - page),
      [0, 3, 4],
    );
    tracker.restart();
    m.mmu.write(VA, 4, 1, Ordinary, 0);
    assert.deepEqual(pages, [0, 3, 4, 0]);
  });

  it('tells each of several trackers its own first write', () => {
    const { m } = mapped();
    const page = (GUEST_MEMORY_OFFSET + DATA - RAM) / 4096;
    const write = (): void => m.mmu.write(VA, 4, 1, Ordinary, 0);
    const dirty = (tracker: WriteTracker): number[] => [...tracker.pages()].map((at) => at - page);
    const early = m.memory.trackWrites();
    write();
    const late = m.memory.trackWrites();
    assert.deepEqual([dirty(early), dirty(late)], [[0], []]);
    early.restart();
    late.stop();
    write();
    assert.deepEqual(dirty(early), [0]);
    early.restart();
    m.memory.beforeWritingAll();
    assert.ok(dirty(early).length > 100);
  });

  describe('watches', () => {
    const spaces = [
      ['va', VA + 0x10],
      ['ipa', DATA + 0x10],
      ['pa', DATA + 0x10],
    ] as const;
    for (const [space, start] of spaces)
      it(`reports accesses to a stretch of ${space} before they happen`, () => {
        const { m } = mapped();
        m.mmu.read(VA, 4, Ordinary, 0);
        const hits: WatchHit[] = [];
        m.mmu.setWatches([{ space, start, length: 4, on: 'access' }], (hit) => {
          assert.equal(m.word(DATA + 0x10), hit.access === 'write' ? 0 : 9);
          hits.push(hit);
        });
        m.mmu.write(VA + 0xc, 4, 1, Ordinary, 0);
        m.mmu.write(VA + 0x10, 4, 9, Ordinary, 0);
        m.mmu.read(VA + 0x13, 1, Ordinary, 0);
        m.mmu.read(VA + 0xe, 4, Ordinary, 0);
        m.mmu.fetch(VA + 0x10);
        assert.deepEqual(
          hits.map((hit) => [hit.access, hit.va - VA, hit.pa - DATA, hit.size, hit.old, hit.value]),
          [
            ['write', 0x10, 0x10, 4, 0, 9],
            ['read', 0x13, 0x13, 1, 0, undefined],
            ['read', 0xe, 0xe, 4, 0x9_0000, undefined],
          ],
        );
        m.mmu.setWatches([], () => assert.fail('no watch is set'));
        m.mmu.read(VA + 0x10, 4, Ordinary, 0);
        assert.equal(m.mmu.context.readOffset(VA) >= 0, true);
      });

    it('a listener that throws keeps the access from happening; a watch can be narrowed', () => {
      const { m } = mapped();
      const stop = new Error('stop');
      let applies = true;
      m.mmu.setWatches([{ space: 'va', start: VA, length: 1, on: 'write', applies: () => applies }], () => {
        throw stop;
      });
      assert.throws(
        () => {
          m.mmu.write(VA, 4, 5, Ordinary, 0);
        },
        (error) => error === stop,
      );
      assert.equal(m.word(DATA), 0);
      assert.equal(m.mmu.read(VA, 4, Ordinary, 0), 0);
      applies = false;
      m.mmu.write(VA, 4, 5, Ordinary, 0);
      assert.equal(m.word(DATA), 5);
    });
  });

  it('cache maintenance by MVA takes translation faults, marked as maintenance, but no permission faults', () => {
    const { m, base } = mapped();
    m.page(base, VA, DATA, 0x20e | 0x10); // PL1 read only
    m.mmu.cacheMaintenance('DCIMVAC', VA);
    m.mmu.cacheMaintenance('ICIALLU', 0);
    m.mmu.cacheMaintenance('BPIMVA', VA + 0x2000);
    for (const operation of ['ICIMVAU', 'DCIMVAC', 'DCCMVAC', 'DCCMVAU', 'DCCIMVAC']) {
      const fault = faultOf(() => m.mmu.cacheMaintenance(operation, VA + 0x2000));
      assert.deepEqual([fault.kind, fault.cacheMaintenance, fault.level], ['translation', true, 2]);
    }
    m.mode(Mode.hyp);
    m.mmu.cacheMaintenance('DCCMVAC', VA + 0x2000);
  });

  it('cache maintenance by MVA brings the translation into the TLB where a read would, for the lines that follow', () => {
    const { m, base } = mapped();
    m.page(base, VA, DATA, 0x20e | 0x10);
    m.mmu.cacheMaintenance('DCCIMVAC', VA + 0x40);
    assert.deepEqual(
      [...m.mmu.tlb.entries()].map(({ va }) => va),
      [VA],
    );
    assert.notEqual(m.mmu.context.readEntry(VA), 0);
    // Once it is there, what tables say counts after maintenance of the TLB.
    m.page(base, VA, 0, 0);
    m.mmu.cacheMaintenance('DCCIMVAC', VA + 0x80);
    m.mmu.tlbMaintenance('TLBIMVA', VA);
    const fault = faultOf(() => m.mmu.cacheMaintenance('DCCIMVAC', VA + 0xc0));
    assert.deepEqual([fault.kind, fault.cacheMaintenance], ['translation', true]);
  });
});
