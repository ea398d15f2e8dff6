// The empty tag of level 1 is equal to no address that an engine looks up, page 0 and unaligned ones included.
import assert from 'node:assert/strict';
import { FAST_TLB_MASK, FastTlbContext } from '../../../emulator/mmu/fast-tlb';

describe('level 1 of the TLB', () => {
  it('finds nothing in an empty context, at whatever address and size', () => {
    const context = new FastTlbContext();
    for (const page of [0, 0x1000, 0x7fff_f000, 0x8000_0000 | 0, -4096])
      for (let offset = 0; offset < 16; offset++)
        for (const size of [1, 2, 4, 8]) {
          const va = page | offset;
          const tag = context.readTag[(va >>> 12) & FAST_TLB_MASK];
          assert.notEqual(
            tag,
            va & (0xffff_f000 | (size - 1)),
            `0x${(va >>> 0).toString(16)}, ${size} bytes`,
          );
        }
  });
});
