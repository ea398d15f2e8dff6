/**
 * Level 1 of the TLB: flat tables of host addresses that the engines read inline, one entry for each 4 KiB page of the
 * virtual address space. One context for everything that changes a translation; a world, ASID or privilege change
 * selects another context and walks nothing. It is a strict subset of level 2, never part of the state hash, dropped on
 * restore. The tables lie in the machine's memory, where generated WebAssembly reads them too; their pages that
 * nothing was written to take no memory of the host.
 *
 * An entry of 0 is a miss. Any other is what must be added to a virtual address to get a byte offset in the machine's
 * memory, less FAST_TLB_BIAS. So bit 0 is set in every entry but a miss, and one comparison with 0 finds misses,
 * MMIO, watched pages, pages that hold predecoded code (writes) and unaligned addresses. An access of `size` bytes at
 * `va`:
 *
 *     const e = i32[context.readBase + (va >>> 12)];
 *     if ((((e - 1) | va) & (size - 1)) === 0) value = i32[(va + e + FAST_TLB_BIAS) >>> 2];
 *
 * (of a byte: `(e & 1) !== 0`).
 */
import { LEVEL1_CONTEXT_BYTES, LEVEL1_CONTEXTS, LEVEL1_OFFSET } from '../state/layout';
import type { MachineState } from '../state/machine-state';

/** What an entry is less than the sum that it stands for; a multiple of 16 less 1, so that `entry - 1` has four zeros. */
export const FAST_TLB_BIAS = 15;
const PAGE_SHIFT = 12;
/** More than one page may have an entry that writes to a page of the machine's memory. */
const SEVERAL = -1;
/** Entries of each table. */
export const FAST_TLB_ENTRIES = 1 << 20;
/** Bytes from the table of reads to the table of writes, and from there to the table of fetches. */
export const FAST_TLB_TABLE_BYTES = FAST_TLB_ENTRIES * 4;
/** Number of the context that stays empty: what a core uses whose accesses must all take the slow path. */
export const EMPTY_CONTEXT = 0;
/** Word index of the table of writes that `trackWrites` fills: the empty context's, who is empty again afterwards. */
export const TRACKING_WRITE_BASE =
  ((LEVEL1_OFFSET + EMPTY_CONTEXT * LEVEL1_CONTEXT_BYTES) >>> 2) + FAST_TLB_ENTRIES;
/** Most contexts of one core. */
const MOST_CONTEXTS = 16;
/** Part of the pages that have the usual entry, at least. */
const USUAL = 0.75;
/** Pages that a context remembers at first. */
const FEW_PAGES = 1024;

/** Contexts that each of so many cores can have, and the number of the first one of core `core`. */
export function contextsOf(cores: number, core: number): { readonly first: number; readonly count: number } {
  const count = Math.min(MOST_CONTEXTS, Math.floor((LEVEL1_CONTEXTS - 1) / cores));
  return { first: 1 + core * count, count };
}

/** The entry for the page of `va`, whose bytes are those at `offset` in the machine's memory. */
export function fastTlbEntry(va: number, offset: number): number {
  return ((offset & ~0xfff) - (va & ~0xfff) - FAST_TLB_BIAS) | 0;
}

export class FastTlbContext {
  /** Byte offset of the tables in the machine's memory. */
  readonly base: number;
  /** Word indices of the tables: entry of `va` at `readBase + (va >>> 12)`. */
  readonly readBase: number;
  readonly writeBase: number;
  /** Pages (VA >>> 12) for which an entry that writes came in since `trackWrites`. */
  private readonly tracked: number[] = [];
  /** From `trackWrites` to `trackedWrites`: an entry that writes comes in by a write alone, which so leaves a trace. */
  tracksWrites = false;
  readonly fetchBase: number;
  private readonly words: Int32Array;
  /** Pages (VA >>> 12) of which some table may have an entry, each once; and the same as a set of bits. */
  private touched = new Int32Array(FEW_PAGES);
  private readonly isTouched = new Int32Array(FAST_TLB_ENTRIES / 32);
  private count = 0;
  /**
   * By 4 KiB page of the machine's memory: 1 more than the page (VA >>> 12) that got an entry last which writes to it, 0
   * for none, or SEVERAL. The entry may have gone since.
   */
  private readonly writers: Int32Array;

  /** @param number which of the machine's contexts, 0 to LEVEL1_CONTEXTS - 1. */
  constructor(state: MachineState, number: number) {
    this.words = state.i32;
    this.base = LEVEL1_OFFSET + number * LEVEL1_CONTEXT_BYTES;
    this.readBase = this.base >>> 2;
    this.writeBase = this.readBase + FAST_TLB_ENTRIES;
    this.fetchBase = this.writeBase + FAST_TLB_ENTRIES;
    this.writers = new Int32Array(state.u8.byteLength >>> PAGE_SHIFT);
  }

  /** False while every table is empty. */
  get used(): boolean {
    return this.count !== 0;
  }

  /** From now on reads of the page of `va` go to the page at `offset` in the machine's memory. */
  setRead(va: number, offset: number): void {
    this.set(this.readBase, va, offset);
  }
  setWrite(va: number, offset: number): void {
    this.set(this.writeBase, va, offset);
    const { writers } = this;
    const page = va >>> PAGE_SHIFT;
    const to = offset >>> PAGE_SHIFT;
    const known = writers[to]!;
    if (known !== page + 1 && known !== SEVERAL)
      writers[to] = known !== 0 && this.writesTo(known - 1, to) ? SEVERAL : page + 1;
    if (this.tracksWrites) this.track(va, offset);
  }
  setFetch(va: number, offset: number): void {
    this.set(this.fetchBase, va, offset);
  }

  private set(table: number, va: number, offset: number): void {
    const { words } = this;
    const page = va >>> 12;
    if (words[this.readBase + page] === 0 && words[this.fetchBase + page] === 0) this.touch(page);
    words[table + page] = fastTlbEntry(va, offset);
  }

  /** The entry of a page (VA >>> 12) that writes is of page `to` of the machine's memory. */
  private writesTo(page: number, to: number): boolean {
    const offset = this.writeOffset(page << PAGE_SHIFT);
    return offset >= 0 && offset >>> PAGE_SHIFT === to;
  }

  private track(va: number, offset: number): void {
    const place = TRACKING_WRITE_BASE + (va >>> 12);
    if (this.words[place] === 0) this.tracked.push(va >>> 12);
    this.words[place] = fastTlbEntry(va, offset);
  }

  private touch(page: number): void {
    const { isTouched } = this;
    const bit = 1 << (page & 31);
    if ((isTouched[page >>> 5]! & bit) !== 0) return;
    isTouched[page >>> 5]! |= bit;
    if (this.count === this.touched.length) {
      const before = this.touched;
      this.touched = new Int32Array(2 * before.length);
      this.touched.set(before);
    }
    this.touched[this.count++] = page;
  }

  private holds(page: number): boolean {
    const { words, readBase, writeBase, fetchBase } = this;
    return words[readBase + page] !== 0 || words[writeBase + page] !== 0 || words[fetchBase + page] !== 0;
  }

  /** Byte offset in the machine's memory to which a read of `va` goes, or -1. */
  readOffset(va: number): number {
    return this.offset(this.readBase, va);
  }
  writeOffset(va: number): number {
    return this.offset(this.writeBase, va);
  }
  fetchOffset(va: number): number {
    return this.offset(this.fetchBase, va);
  }

  /** The entry for reads of the page of `va`. */
  readEntry(va: number): number {
    return this.words[this.readBase + (va >>> 12)]!;
  }
  writeEntry(va: number): number {
    return this.words[this.writeBase + (va >>> 12)]!;
  }

  /**
   * The entry for reads that nearly all pages have which have one: undefined where there is none. Pages that are mapped
   * in one piece have the same.
   */
  get usualEntry(): number | undefined {
    const { words, readBase, touched, count } = this;
    // If any entry is that of more than half of the pages, it is the one that is left over in the end.
    let candidate = 0;
    let votes = 0;
    let entries = 0;
    for (let i = 0; i < count; i++) {
      const entry = words[readBase + touched[i]!]!;
      if (entry === 0) continue;
      entries++;
      if (votes === 0) candidate = entry;
      votes += entry === candidate ? 1 : -1;
    }
    let have = 0;
    for (let i = 0; i < count; i++) if (words[readBase + touched[i]!] === candidate) have++;
    return candidate !== 0 && have >= USUAL * entries ? candidate : undefined;
  }

  private offset(table: number, va: number): number {
    const entry = this.words[table + (va >>> 12)]!;
    return entry === 0 ? -1 : (va + entry + FAST_TLB_BIAS) >>> 0;
  }

  /** Forgets everything. */
  clear(): void {
    const { touched, isTouched, count } = this;
    for (let i = 0; i < count; i++) {
      const page = touched[i]!;
      this.clearPage(page);
      isTouched[page >>> 5] = 0;
    }
    this.count = 0;
  }

  private clearPage(page: number): void {
    this.words[this.readBase + page] = 0;
    this.words[this.writeBase + page] = 0;
    this.words[this.fetchBase + page] = 0;
  }

  /** Forgets a VA page (any address in it). Where it has no entry, the host's memory for it stays untouched. */
  dropPage(va: number): void {
    const page = va >>> 12;
    if ((this.isTouched[page >>> 5]! & (1 << (page & 31))) !== 0) this.clearPage(page);
  }

  /** Forgets every entry that writes. */
  dropWrites(): void {
    for (let i = 0; i < this.count; i++) this.words[this.writeBase + this.touched[i]!] = 0;
  }

  /**
   * From now on entries that write go into the table at TRACKING_WRITE_BASE too, which is empty at first: whoever writes
   * by that table leaves a trace of each page. For a time in which nothing leaves level 2, no page becomes one that is
   * not written to here, and nobody else executes.
   */
  trackWrites(): void {
    this.tracksWrites = true;
  }

  /** Ends it. @returns machine-memory offsets of the pages written to, each once */
  trackedWrites(): number[] {
    const { words, tracked } = this;
    const offsets = tracked.map(
      (page) => ((page << 12) + words[TRACKING_WRITE_BASE + page]! + FAST_TLB_BIAS) >>> 0,
    );
    for (const page of tracked) words[TRACKING_WRITE_BASE + page] = 0;
    tracked.length = 0;
    this.tracksWrites = false;
    return offsets;
  }

  /** Forgets entries that write to the 4 KiB page at machine-memory offset `offset`. */
  dropWritesTo(offset: number): void {
    const { words, writeBase, touched, count, writers } = this;
    const to = offset >>> PAGE_SHIFT;
    const known = writers[to]!;
    writers[to] = 0;
    if (known === SEVERAL) {
      for (let i = 0; i < count; i++) if (this.writesTo(touched[i]!, to)) words[writeBase + touched[i]!] = 0;
    } else if (known !== 0 && this.writesTo(known - 1, to)) words[writeBase + known - 1] = 0;
  }

  /** VA pages (unsigned, low 12 bits 0) that some table has an entry for. */
  *pages(): IterableIterator<number> {
    for (const page of this.touched.subarray(0, this.count)) if (this.holds(page)) yield (page << 12) >>> 0;
  }
}
