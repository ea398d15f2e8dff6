/**
 * A predecoded basic block: a run of instructions in one page, turned into rows of numbers that the generated
 * `execute` reads.
 *
 * Each *op* is STRIDE words of `ops`: the number of its handler, then its operands. An instruction is one op, with
 * up to two pseudo-ops before it (what it reads as R15; its condition), so an op's place and an instruction's
 * number differ: OpPool.counts tells them apart.
 *
 * Before a block's ops and behind them stands one more: what threaded code (compiler/threaded/), which has no objects,
 * must know of the block.
 */

import { fastTlbEntry } from '../mmu/fast-tlb';
import {
  MOST_OPS,
  OP_COUNTS_OFFSET,
  OP_ITSTATES_OFFSET,
  OP_PCS_OFFSET,
  OP_WORDS,
  OPS_OFFSET,
} from '../state/layout';
import { PSEUDO } from './handler-table';

/** Words of one op. */
export const STRIDE = OP_WORDS;
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

/** Words of the op before a block's ops, PSEUDO.HEADER. */
export const enum HeaderWord {
  /** Address of the block. */
  Va = 1,
  /** Its number in OpPool.blocks. */
  Number = 2,
  /** Block.entry, count, heat, next and nextItstate. */
  Entry = 3,
  Count = 4,
  Heat = 5,
  Next = 6,
  NextItstate = 7,
}
/** Words of the op behind a block's ops, PSEUDO.END. */
export const enum EndWord {
  /** Block.count. */
  Count = 1,
  /** Where threaded code went from here last, and to what else before: bit 0 set for T32, 0 for nowhere. */
  First = 2,
  Second = 3,
  /** Byte offset of the header of the block that First is; 0 where it is not known. */
  Header = 4,
}

/**
 * An access that took the slow way so often, to a device or to pages that are new to the TLB, will do so again. Few
 * instructions of a kernel ever do.
 */
export const OFTEN_SLOW = 16;
/** As often that code which does not expect it is better made anew: making it takes as long as thousands of such accesses. */
export const TOO_OFTEN_SLOW = 250;

/**
 * The ops of every block, one after the other: blocks are many and small, and code that a kernel runs once must not
 * cost five objects for each.
 */
export class OpPool {
  readonly ops: Int32Array;
  /** By op: address of its instruction. */
  readonly pcs: Int32Array;
  /** By op: the instruction's encoding. */
  readonly words = new Int32Array(MOST_OPS);
  /** By op: ITSTATE of its instruction. */
  readonly itstates: Uint8Array;
  /** By op: instructions of its block before it. */
  readonly counts: Uint8Array;
  /** By op: how often its access to memory took the slow way, at most TOO_OFTEN_SLOW. */
  readonly slow = new Uint8Array(MOST_OPS);
  /** Ops in use; a guest that makes more than MOST_OPS starts with an empty cache again. */
  used = 0;
  /** By HeaderWord.Number; undefined where it was dropped. */
  private blocks: (Block | undefined)[] = [];

  /** @param memory the machine's, where threaded code finds ops. */
  constructor({ buffer }: WebAssembly.Memory) {
    this.ops = new Int32Array(buffer, OPS_OFFSET, MOST_OPS * STRIDE);
    this.pcs = new Int32Array(buffer, OP_PCS_OFFSET, MOST_OPS);
    this.itstates = new Uint8Array(buffer, OP_ITSTATES_OFFSET, MOST_OPS);
    this.counts = new Uint8Array(buffer, OP_COUNTS_OFFSET, MOST_OPS);
  }

  /** Begins anew; all blocks must have been dropped. */
  clear(): void {
    this.used = 0;
    this.blocks = [];
  }

  /** Makes room for the op before a block's ops. @returns the place of the first of these */
  open(): number {
    return ++this.used << STRIDE_SHIFT;
  }

  /** Writes what stands around the ops of a block, which are the last ones. */
  close(block: Block): void {
    const { ops } = this;
    const header = block.start - STRIDE;
    ops[header] = PSEUDO.HEADER;
    ops[header + HeaderWord.Va] = block.va;
    ops[header + HeaderWord.Number] = this.blocks.push(block) - 1;
    ops[header + HeaderWord.Entry] = block.entry;
    ops[header + HeaderWord.Count] = block.count;
    ops[header + HeaderWord.Heat] = NEVER_HOT;
    ops[header + HeaderWord.Next] = block.next;
    ops[header + HeaderWord.NextItstate] = block.nextItstate;
    ops[block.end] = PSEUDO.END;
    ops[block.end + EndWord.Count] = block.count;
    ops[block.end + EndWord.First] = ops[block.end + EndWord.Second] = ops[block.end + EndWord.Header] = 0;
    this.used++;
  }

  /** Drops a block: its ops remain until the pool begins anew. */
  drop(block: Block): void {
    block.drop();
    this.blocks[this.ops[block.start - STRIDE + HeaderWord.Number]] = undefined;
  }

  /** The block that has the op at place `p`, and has not been dropped. */
  blockOf(p: number): Block {
    let at = p;
    while (this.ops[at] !== PSEUDO.HEADER) at -= STRIDE;
    const block = this.blocks[this.ops[at + HeaderWord.Number]];
    if (block === undefined) throw new Error('an op of a block that was dropped is executed');
    return block;
  }

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

  /** The op of a block's first instruction, behind its pseudo-ops. */
  firstOf(block: Block): number {
    let op = block.start >> STRIDE_SHIFT;
    while ((op + 1) << STRIDE_SHIFT < block.end && this.counts[op + 1] === 0) op++;
    return op;
  }

  /** The access of an op took the slow way again; true when that was too often for code that does not expect it. */
  wasSlow(op: number): boolean {
    return this.slow[op] < TOO_OFTEN_SLOW && ++this.slow[op] === TOO_OFTEN_SLOW;
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
  code: CompiledCode | undefined = undefined;
  /** Code that executes the block's ops without the interpreter, if there may be some. */
  private threaded: CompiledCode | undefined = undefined;
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
    /** OpPool.ops. */
    private readonly ops: Int32Array,
  ) {
    this.entry = fastTlbEntry(va, offset);
    this.cost = breakpoint || offset2 >= 0 ? Infinity : count;
  }

  /** Executions until the block is hot; threaded code counts them too. */
  get heat(): number {
    return this.ops[this.start - STRIDE + HeaderWord.Heat];
  }
  set heat(executions: number) {
    this.ops[this.start - STRIDE + HeaderWord.Heat] = executions;
  }

  /** The block is one instruction, of which no code is made. */
  get isAlone(): boolean {
    return this.code === undefined && this.count === 1 && this.heat > NEVER_HOT / 2;
  }

  /** What executes the block beside the interpreter. */
  get fastest(): CompiledCode | undefined {
    return this.code ?? this.threaded;
  }

  get dropped(): boolean {
    return this.offset === DROPPED;
  }

  /** From now on `code` is executed instead, where that is possible. */
  setCode(code: CompiledCode | undefined): void {
    this.code = code;
    // What comes to the ops directly must go by the jump cache.
    this.ops[this.start - STRIDE + HeaderWord.Entry] = code === undefined ? this.entry : NO_ENTRY;
    this.setCost();
  }

  /** From now on `code`, if there is some, executes the block's ops. */
  setThreaded(code: CompiledCode | undefined): void {
    this.threaded = code;
    this.setCost();
  }

  private setCost(): void {
    const { breakpoint, offset2, fastest } = this;
    this.cost = breakpoint || offset2 >= 0 || fastest !== undefined ? Infinity : this.count;
  }

  /** From now on nobody enters the block. */
  drop(): void {
    this.offset = DROPPED;
    this.entry = NO_ENTRY;
    this.ops[this.start - STRIDE + HeaderWord.Entry] = NO_ENTRY;
  }
}

/** A block that no address matches. */
export function noBlock(breakpoint: boolean): Block {
  return new Block(1, -1, DROPPED, 0, STRIDE, STRIDE, 0, 0, 0, -1, breakpoint, new Int32Array(STRIDE));
}
