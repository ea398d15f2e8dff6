// Level 1 of the TLB: what an engine's look-up finds, and that clearing leaves nothing behind.
import assert from 'node:assert/strict';
import { EMPTY_CONTEXT, FAST_TLB_BIAS, FastTlbContext, contextsOf } from '../../../emulator/mmu/fast-tlb';
import { LEVEL1_CONTEXTS } from '../../../emulator/state/layout';
import { MachineState } from '../../../emulator/state/machine-state';
import { generator } from '../interpreter/random-code';

const PAGES = [0, 0x1000, 0x7fff_f000, 0x8000_0000 | 0, -4096];

describe('level 1 of the TLB', () => {
  const state = new MachineState(1, 0x1_0000, false, false);

  /** The look-up as engines do it: the offset, or undefined. */
  function lookUp(context: FastTlbContext, va: number, size: number): number | undefined {
    const e = state.i32[context.readBase + (va >>> 12)] as number;
    const hit = size === 1 ? (e & 1) !== 0 : (((e - 1) | va) & (size - 1)) === 0;
    return hit ? (va + e + FAST_TLB_BIAS) >>> 0 : undefined;
  }

  it('finds nothing in an empty context, at whatever address and size', () => {
    const context = new FastTlbContext(state, EMPTY_CONTEXT);
    for (const page of PAGES)
      for (let offset = 0; offset < 16; offset++)
        for (const size of [1, 2, 4, 8]) assert.equal(lookUp(context, page | offset, size), undefined);
  });

  it('finds aligned addresses of pages that were set, wherever the page is in the machine', () => {
    const context = new FastTlbContext(state, 1);
    for (const page of PAGES)
      for (const at of [0x1000, 0x7fff_f000, 0x8000_0000, 0xffff_f000]) {
        context.setRead(page | 0x123, at + 0x123);
        for (let offset = 0; offset < 16; offset++)
          for (const size of [1, 2, 4, 8])
            assert.equal(lookUp(context, page | offset, size), offset % size === 0 ? at + offset : undefined);
        assert.equal(context.readOffset(page | 0xffe), at + 0xffe);
      }
    context.clear();
    assert.equal(context.used, false);
  });

  it('forgets what it is told to forget, however often pages come and go', () => {
    const context = new FastTlbContext(state, 1);
    const other = new FastTlbContext(state, 2);
    for (let i = 0; i < 5000; i++) {
      const va = (i * 0x1234_5000) | 0;
      other.setWrite(va, 0x3000);
      context.setRead(va, 0x1000);
      context.setWrite(va, i % 3 === 0 ? 0x2000 : 0x1000);
      context.setFetch(va, 0x1000);
      if (i % 2 === 1) context.dropPage(va);
    }
    assert.equal([...context.pages()].length, 2500);
    context.dropWritesTo(0x2000);
    for (const i of [0, 1, 2, 6]) {
      const va = (i * 0x1234_5000) | 0;
      assert.equal(context.writeOffset(va), i === 2 ? 0x1000 : -1);
      assert.equal(context.fetchOffset(va), i === 1 ? -1 : 0x1000);
    }
    context.dropWrites();
    assert.deepEqual(
      [context.writeOffset(2 * 0x1234_5000), other.writeOffset(2 * 0x1234_5000)],
      [-1, 0x3000],
    );
    context.clear();
    assert.equal([...context.pages()].length, 0);
    other.clear();
    const { readBase } = new FastTlbContext(state, 1);
    const all = state.i32.subarray(readBase, readBase + 6 * 0x10_0000);
    assert.equal(
      all.every((entry) => entry === 0),
      true,
    );
  });

  it('forgets the writes to a page, however many pages write to it and whatever they did before', () => {
    const context = new FastTlbContext(state, 1);
    const random = generator(7);
    const vas = Array.from({ length: 6 }, (_, i) => (i * 0x3000_1000) | 0);
    const wanted = new Map<number, number>();
    for (let step = 0; step < 20_000; step++) {
      const va = vas[random(vas.length)]!;
      const offset = (1 + random(4)) << 12;
      const what = random(100);
      if (what < 60) {
        context.setWrite(va, offset);
        wanted.set(va, offset);
      } else if (what < 80) {
        context.dropWritesTo(offset);
        for (const [from, to] of wanted) if (to === offset) wanted.delete(from);
      } else if (what < 97) {
        context.dropPage(va);
        wanted.delete(va);
      } else {
        if (what === 97) context.clear();
        else context.dropWrites();
        wanted.clear();
      }
      assert.deepEqual(
        vas.map((each) => context.writeOffset(each)),
        vas.map((each) => wanted.get(each) ?? -1),
      );
    }
    context.clear();
  });

  it('gives each core contexts of its own, and none the empty one', () => {
    for (let cores = 1; cores <= 8; cores++) {
      let free = EMPTY_CONTEXT + 1;
      for (let core = 0; core < cores; core++) {
        const { first, count } = contextsOf(cores, core);
        assert.equal(first, free);
        assert.ok(count >= 4);
        free += count;
      }
      assert.ok(free <= LEVEL1_CONTEXTS);
    }
  });
});
