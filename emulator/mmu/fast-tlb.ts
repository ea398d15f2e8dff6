/**
 * Level 1 of the TLB: a flat, direct-mapped table of host addresses that the engines read inline. One context for
 * everything that changes a translation; a world, ASID or privilege change selects another context and walks
 * nothing. It is a strict subset of level 2, never part of the state hash, dropped on restore.
 *
 * An engine's look-up of an access of `size` bytes (1, 2, 4) at `va`:
 *
 *     const i = (va >>> 12) & FAST_TLB_MASK;
 *     if (context.readTag[i] === (va & (0xfffff000 | (size - 1)))) value = i32[(va + context.readAddend[i]) >>> 2];
 *
 * so that a page miss, an unaligned access, MMIO, a watched page, a page that holds predecoded code (writes) all
 * take the slow path by the same comparison.
 */

/** Entries of each table. */
export const FAST_TLB_ENTRIES = 1024;
export const FAST_TLB_MASK = FAST_TLB_ENTRIES - 1;
/** A tag that no look-up compares equal to: bit 11 is in no mask, while bits 2–0 of an unaligned address may be. */
export const FAST_TLB_EMPTY = 0x800;

export class FastTlbContext {
  /** VA page (low 12 bits 0, as a signed 32-bit integer) that may be read at this entry, or FAST_TLB_EMPTY. */
  readonly readTag = new Int32Array(FAST_TLB_ENTRIES).fill(FAST_TLB_EMPTY);
  readonly writeTag = new Int32Array(FAST_TLB_ENTRIES).fill(FAST_TLB_EMPTY);
  readonly fetchTag = new Int32Array(FAST_TLB_ENTRIES).fill(FAST_TLB_EMPTY);
  /** Added to the VA (modulo 2^32) it gives the byte offset in the machine's memory. */
  readonly readAddend = new Int32Array(FAST_TLB_ENTRIES);
  readonly writeAddend = new Int32Array(FAST_TLB_ENTRIES);
  readonly fetchAddend = new Int32Array(FAST_TLB_ENTRIES);

  clear(): void {
    this.readTag.fill(FAST_TLB_EMPTY);
    this.writeTag.fill(FAST_TLB_EMPTY);
    this.fetchTag.fill(FAST_TLB_EMPTY);
  }
}
