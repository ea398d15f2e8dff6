/**
 * How many entries of a level 2 TLB belong to each page of stage 1 that is larger than 4 KiB: maintenance by address removes
 * them together. Derived from the entries, and rebuilt when these are restored. There are so few such pages in an address
 * space that each has a counter of its own.
 */

/** log2 of the sizes of large pages, sections, 2 MiB blocks, supersections and 1 GiB blocks. */
export const LARGE_SHIFTS = [16, 20, 21, 24, 30] as const;

/** By log2 of the size: the counter of the first page. */
const FIRST = new Int32Array(32);
let counters = 0;
for (const shift of LARGE_SHIFTS) {
  FIRST[shift] = counters;
  counters += 2 ** (32 - shift);
}

export class LargePages {
  private readonly counts = new Int32Array(counters);
  private entries = 0;

  get none(): boolean {
    return this.entries === 0;
  }

  /** `change` more entries of the page of 2^shift bytes that `va` is in. */
  count(va: number, shift: number, change: 1 | -1): void {
    this.counts[FIRST[shift]! + (va >>> shift)]! += change;
    this.entries += change;
  }

  has(va: number, shift: number): boolean {
    return this.counts[FIRST[shift]! + (va >>> shift)] !== 0;
  }

  clear(): void {
    if (this.entries !== 0) this.counts.fill(0);
    this.entries = 0;
  }
}
