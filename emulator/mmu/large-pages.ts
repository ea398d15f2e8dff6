/**
 * Which entries of a level 2 TLB belong to each page of stage 1 that is larger than 4 KiB: maintenance by address removes
 * them together, at a cost in proportion to how many there are. Derived from the entries, and rebuilt when these are
 * restored. There are so few such pages in an address space that each has a list of its own.
 */
import { TLB_ENTRIES } from './tlb-layout';

/** log2 of the sizes of large pages, sections, 2 MiB blocks, supersections and 1 GiB blocks. */
export const LARGE_SHIFTS = [16, 20, 21, 24, 30] as const;

/** By log2 of the size: number of the first page. */
const FIRST = new Int32Array(32);
let pages = 0;
for (const shift of LARGE_SHIFTS) {
  FIRST[shift] = pages;
  pages += 2 ** (32 - shift);
}
function pageOf(va: number, shift: number): number {
  return FIRST[shift]! + (va >>> shift);
}

export class LargePages {
  /** By page: its first entry, and 1; 0 where there is none. */
  private readonly heads = new Int32Array(pages);
  /** By entry: its neighbours in the list of its page, and 1; 0 at an end. */
  private readonly nexts = new Int32Array(TLB_ENTRIES);
  private readonly previous = new Int32Array(TLB_ENTRIES);
  private entries = 0;
  /** The same by log2 of the size. */
  private readonly bySize = new Int32Array(32);

  get none(): boolean {
    return this.entries === 0;
  }

  /** The entry belongs to the page of 2^shift bytes that `va` is in. */
  add(entry: number, va: number, shift: number): void {
    const page = pageOf(va, shift);
    const head = this.heads[page]!;
    this.nexts[entry] = head;
    this.previous[entry] = 0;
    if (head !== 0) this.previous[head - 1] = entry + 1;
    this.heads[page] = entry + 1;
    this.entries++;
    this.bySize[shift]!++;
  }

  /** An entry that was added does not any more. */
  remove(entry: number, va: number, shift: number): void {
    const next = this.nexts[entry]!;
    const before = this.previous[entry]!;
    if (next !== 0) this.previous[next - 1] = before;
    if (before !== 0) this.nexts[before - 1] = next;
    else this.heads[pageOf(va, shift)] = next;
    this.entries--;
    this.bySize[shift]!--;
  }

  /** An entry of the page; -1 where there is none. */
  first(va: number, shift: number): number {
    // An address space has pages of one size or two: it saves a look far away.
    return this.bySize[shift] === 0 ? -1 : this.heads[pageOf(va, shift)]! - 1;
  }
  /** The next entry of the same page; -1 behind the last one. */
  after(entry: number): number {
    return this.nexts[entry]! - 1;
  }

  clear(): void {
    if (this.entries !== 0) this.heads.fill(0);
    this.entries = 0;
    this.bySize.fill(0);
  }
}
