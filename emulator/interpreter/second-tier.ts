/** What the interpreter sees of a second tier: code for hot blocks that does the same faster. */
import type { FastTlbContext } from '../mmu/fast-tlb';
import type { Block, CompiledCode } from './block';

/** Why code of the second tier came back: the lowest LEAVE_SHIFT bits of a result; above them is what is left of the budget. */
export const enum Leave {
  /** Execution goes on at CORE.R + 15, wherever that is. */
  Jump = 0,
  /** The instruction at CORE.R + 15 is one for the interpreter, whenever it is executed. */
  Single = 1,
  /** This time the instruction at CORE.R + 15 is one for the interpreter. */
  Slow = 2,
  /** What is left of the budget may be less than the longest way to the next question, or the code may not be entered. */
  Budget = 3,
}
export const LEAVE_SHIFT = 2;
/** Largest budget of one call, so that a result fits. */
export const LARGEST_BUDGET = 2 ** 29 - 1;

/** What compiled code calls while it runs. */
export interface Outside {
  /**
   * Makes an access that the first level of the TLB has no usable entry for, in the middle of compiled code.
   * @param access, see mmu/slow-access.ts. @param value what a write stores. @param left the budget before the instruction.
   * @returns an entry to make the access with; or 0: the instruction is one for the interpreter, this time.
   *   Of a TLB maintenance operation, whose `va` is Rt and whose `value` the instruction's address: Maintained.
   */
  reach(va: number, access: number, value: number, left: number): number;
  /**
   * Lets the interpreter execute what is at CORE.R + 15, everything in the core's block being exact, and looks at what
   * came of it.
   * @param leave Single or Slow; Jump where it was `SecondTier.interpreted` that was linked to. @param left the budget.
   * @returns what is left of it for code that begins where CORE.R + 15 is now, in the context at CONTEXT_WORD_OFFSET; -1:
   *   compiled code is to be left.
   */
  interpret(leave: Leave, left: number): number;
  /**
   * Lets the interpreter execute the op at byte offset `at` in the machine's memory, in the middle of a block that threaded
   * code executes, the core's block being as in the middle of one (executor.ts). Of a block's header: the block is to be
   * fetched, and entered again.
   * @param left the budget at the block's beginning.
   * @returns as `interpret`; NEXT_OP: the block's next op is to be executed, with the same budget.
   */
  executeOp(at: number, left: number): number;
}
/** See Outside.executeOp. */
export const NEXT_OP = -2;

export interface SecondTier {
  /** Executions of a new block after which it is hot. */
  heatOf(block: Block): number;
  /**
   * The block was executed so many times; it may be told again.
   * @param interpreted instructions that the interpreter of the same core executed since it told last.
   * @param context that the core is in.
   */
  hot(block: Block, interpreted: number, context: FastTlbContext): void;
  /**
   * Runs code of a block that CORE.R + 15 is at, little-endian, with nothing that asks for attention.
   * @param core, context byte offsets in the machine's memory of the core's block and of its level 1 context.
   * @param left budget, at least `code.slack`, at most LARGEST_BUDGET. It is never exceeded.
   * @returns what is left of it and a Leave; CORE.R + 15 and all that instructions write are exact.
   */
  run(core: number, context: number, left: number, code: CompiledCode, outside: Outside): number;
  /** The access of the instruction at `pc` (signed), in `block`, takes the slow way often. */
  accessIsSlow(block: Block, pc: number): void;
  /**
   * Code may have been left at `pc` (signed) because of accesses behind the instruction there: the bytes of all were looked up
   * together.
   */
  sharesLookUp(pc: number): boolean;
  /** What stands for code at an instruction that only the interpreter executes. */
  readonly interpreted: CompiledCode;
  /** How often all code went: what was left before that may not be gone back to. */
  readonly cleared: number;
  /** Code was left to `target` (bit 0 set for T32), where `code` begins. */
  link(target: number, code: CompiledCode): void;
  /** The code that begins where a new block does. */
  codeAt(block: Block): CompiledCode | undefined;
  /** Code that executes the ops of a new block one by one, if it may be so executed. */
  threaded(block: Block): CompiledCode | undefined;
  /** True when there is code made from the 4 KiB page at this machine-memory offset. */
  holds(page: number): boolean;
  /** `bytes` bytes at machine-memory offset `offset`, in the page at `page`, are written: what was made from them goes. */
  codeWritten(page: number, offset: number, bytes: number): void;
  /** Breakpoints came and went at addresses that `hasAddress` knows. */
  breakpointsChanged(hasAddress: (va: number, bytes: number) => boolean): void;
  /** From now on somebody is to be told of every write of a system register, or nobody any more. */
  tellRegisterWrites(tell: boolean): void;
  /** All code goes. */
  clear(): void;
}
