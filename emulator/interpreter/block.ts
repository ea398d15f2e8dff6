/**
 * A predecoded basic block: a run of instructions in one page, turned into rows of numbers that the generated
 * `execute` reads.
 *
 * Each *op* is STRIDE words of `ops`: the number of its handler, then its operands. An instruction is one op, with
 * up to two pseudo-ops before it (what it reads as R15; its condition), so an op's place and an instruction's
 * number differ: `counts` tells them apart.
 */

/** Words of one op. */
export const STRIDE = 8;
/** log2 of STRIDE. */
export const STRIDE_SHIFT = 3;
/** `Block.offset` of a block that must not be entered any more. No instruction has this address. */
export const DROPPED = -1;

/** What a block's code depends on besides its bytes and its address: CPSR.T and ITSTATE at its entry. */
export function blockKey(thumb: number, itstate: number): number {
  return (itstate << 1) | thumb;
}

export class Block {
  /** Byte after the last op, in words of `ops`. */
  readonly end: number;
  /** Instructions in the block. */
  readonly count: number;
  /** Address of the instruction that follows the block, and its ITSTATE. */
  readonly next: number;
  readonly nextItstate: number;
  /** `count`, or Infinity where entering takes more than a comparison: a breakpoint, a second page. */
  cost: number;
  /** Where execution went after this block, most recently first: a guess, checked at every use. */
  first: Block = this;
  second: Block = this;

  constructor(
    /** Virtual address of the first instruction, as a signed 32-bit integer. */
    readonly va: number,
    /** blockKey at entry. */
    readonly key: number,
    /** Byte offset of the first instruction in the machine's memory, as a signed 32-bit integer, or DROPPED. */
    public offset: number,
    /** Bytes of code. */
    readonly bytes: number,
    readonly ops: Int32Array,
    /** By op: address of its instruction; one more for the instruction that follows the block. */
    readonly pcs: Int32Array,
    /** By op: ITSTATE of its instruction; one more for what follows. */
    readonly itstates: Uint8Array,
    /** By op: instructions of the block before it; one more: all of them. */
    readonly counts: Int32Array,
    /** By op: the instruction's encoding. */
    readonly words: Int32Array,
    /** Where the last instruction continues in another page: the byte offset of that page's part, else -1. */
    readonly offset2: number,
    /** True when the first instruction's address is a breakpoint. */
    readonly breakpoint: boolean,
  ) {
    this.end = ops.length;
    this.count = counts[counts.length - 1];
    this.next = pcs[pcs.length - 1];
    this.nextItstate = itstates[itstates.length - 1];
    this.cost = breakpoint || offset2 >= 0 ? Infinity : this.count;
  }

  /** Place in `ops` of instruction number `index` of this block, with its pseudo-ops. */
  placeOf(index: number): number {
    let op = 0;
    while (this.counts[op] < index) op++;
    return op << STRIDE_SHIFT;
  }
}
