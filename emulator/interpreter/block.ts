/**
 * A predecoded basic block: a run of instructions in one page, turned into rows of numbers that the generated
 * `execute` reads.
 *
 * Each *op* is STRIDE words of `ops`: the number of its handler, then its operands. An instruction is one op, with
 * up to two pseudo-ops before it (what it reads as R15; its condition), so an op's place and an instruction's
 * number differ: OpPool.counts tells them apart.
 */

import { fastTlbEntry } from '../mmu/fast-tlb';

/** Words of one op. */
export const STRIDE = 8;
/** log2 of STRIDE. */
export const STRIDE_SHIFT = 3;
/** `Block.offset` of a block that must not be entered any more. No instruction has this address. */
export const DROPPED = -1;

/** Block.entry of such a block: no entry of the TLB has this value. */
const NO_ENTRY = 2;

/** Block.heat where there is no second tier, or where it has no use for the block. */
export const NEVER_HOT = 2 ** 30 - 1;

/** What a block's code depends on besides its bytes and its address: CPSR.T and ITSTATE at its entry. */
export function blockKey(thumb: number, itstate: number): number {
  return (itstate << 1) | thumb;
}

/** Most ops that a machine keeps; a guest that makes more starts with an empty cache again. */
export const MOST_OPS = 1 << 20;

/**
 * An access that took the slow way so often, to a device or to pages that are new to the TLB, will do so again. Few
 * instructions of a kernel ever do.
 */
export const OFTEN_SLOW = 16;

/**
 * The ops of every block, one after the other: blocks are many and small, and code that a kernel runs once must not
 * cost five objects for each.
 */
export class OpPool {
  readonly ops = new Int32Array(MOST_OPS * STRIDE);
  /** By op: address of its instruction. */
  readonly pcs = new Int32Array(MOST_OPS);
  /** By op: the instruction's encoding. */
  readonly words = new Int32Array(MOST_OPS);
  /** By op: ITSTATE of its instruction. */
  readonly itstates = new Uint8Array(MOST_OPS);
  /** By op: instructions of its block before it. */
  readonly counts = new Uint8Array(MOST_OPS);
  /** By op: how often its access to memory took the slow way, at most OFTEN_SLOW. */
  readonly slow = new Uint8Array(MOST_OPS);
  /** Ops in use. */
  used = 0;

  /** Appends an op; `describe` tells the rest. */
  push(handler: number, operands: readonly number[]): void {
    const at = this.used++ << STRIDE_SHIFT;
    this.ops[at] = handler;
    for (let i = 0; i < operands.length; i++) this.ops[at + 1 + i] = operands[i];
  }

  /** Tells of every op from number `first` on to which instruction it belongs. */
  describe(first: number, pc: number, word: number, itstate: number, count: number): void {
    for (let op = first; op < this.used; op++) {
      this.pcs[op] = pc;
      this.words[op] = word;
      this.itstates[op] = itstate;
      this.counts[op] = count;
      this.slow[op] = 0;
    }
  }

  /** The access of an op took the slow way again; true when from now on it counts as one that often does. */
  wasSlow(op: number): boolean {
    return this.slow[op] < OFTEN_SLOW && ++this.slow[op] === OFTEN_SLOW;
  }
}

/** Code of the second tier that begins where a block does. */
export interface CompiledCode {
  /** Its function, and which of its beginnings. */
  readonly slot: number;
  readonly label: number;
  /** The least budget with which it may be entered. */
  readonly slack: number;
}

export class Block {
  /** `count`, or Infinity where entering takes more than a comparison: a breakpoint, a second page, compiled code. */
  cost: number;
  /** Executions until the block is hot. */
  heat = NEVER_HOT;
  code: CompiledCode | undefined = undefined;
  /** What the first level of the TLB has for the block's page (fetches) where the block may be entered. */
  entry: number;
  /** Where execution went after this block, most recently first: a guess, checked at every use. */
  first: Block = this;
  second: Block = this;
  /** Another block that begins at the same byte: elsewhere in the address space, or for another key. */
  sibling: Block | undefined = undefined;

  constructor(
    /** Virtual address of the first instruction, as a signed 32-bit integer. */
    readonly va: number,
    /** blockKey at entry. */
    readonly key: number,
    /** Byte offset of the first instruction in the machine's memory, as a signed 32-bit integer, or DROPPED. */
    public offset: number,
    /** Bytes of code. */
    readonly bytes: number,
    /** Places of the first op and after the last one, in words of OpPool.ops. */
    readonly start: number,
    readonly end: number,
    /** Instructions in the block. */
    readonly count: number,
    /** Address of the instruction that follows the block, and its ITSTATE. */
    readonly next: number,
    readonly nextItstate: number,
    /** Where the last instruction continues in another page: the byte offset of that page's part, else -1. */
    readonly offset2: number,
    /** True when the first instruction's address is a breakpoint. */
    readonly breakpoint: boolean,
  ) {
    this.entry = fastTlbEntry(va, offset);
    this.cost = breakpoint || offset2 >= 0 ? Infinity : count;
  }

  get dropped(): boolean {
    return this.offset === DROPPED;
  }

  /** From now on `code` is executed instead, where that is possible. */
  setCode(code: CompiledCode | undefined): void {
    this.code = code;
    this.cost = this.breakpoint || this.offset2 >= 0 || code !== undefined ? Infinity : this.count;
  }

  /** From now on nobody enters the block. */
  drop(): void {
    this.offset = DROPPED;
    this.entry = NO_ENTRY;
  }
}
