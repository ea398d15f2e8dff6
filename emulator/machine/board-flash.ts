/** Flash on a board: the device, and the stretch of the machine's memory that it reads as in array mode. */
import { CfiFlash } from '../devices/cfi-flash';
import type { BoardSurroundings } from './board';

/** A region of the physical map but for its address: the same flash may be in the map more than once. */
export interface FlashRegion {
  readonly kind: 'flash';
  readonly name: string;
  readonly size: number;
  readonly offset: number;
  readonly device: CfiFlash;
}

/**
 * @param size bytes, a multiple of 256 KiB
 * @param offset where what it holds begins in the machine's memory
 */
export function buildFlash(
  name: string,
  size: number,
  offset: number,
  { storage, windowChanged }: BoardSurroundings,
): FlashRegion {
  const device = new CfiFlash(
    name,
    size,
    {
      read: (at, bytes) => storage.read(offset + at, bytes),
      write: (at, bytes) => storage.write(offset + at, bytes),
    },
    windowChanged,
  );
  return { kind: 'flash', name, size, offset, device };
}
