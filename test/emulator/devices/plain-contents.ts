import type { FlashContents } from '../../../emulator/devices/cfi-flash';

/** What a flash of `size` bytes holds, in bytes of its own: `first`, then zeros. */
export function plainContents(size: number, first: readonly number[] = []): FlashContents {
  const held = new Uint8Array(size);
  held.set(first);
  return {
    read: (offset, bytes) => bytes.set(held.subarray(offset, offset + bytes.length)),
    write: (offset, bytes) => held.set(bytes, offset),
  };
}
