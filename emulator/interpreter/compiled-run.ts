/**
 * The part of a core's run that the second tier executes: its code is called, and calls back for what is the interpreter's,
 * as long as one leads to the other. What a run has executed, and what is to be looked at, is the Executor's.
 */
import { FAST_TLB_BIAS } from '../mmu/fast-tlb';
import {
  CONTEXT_WORD_OFFSET,
  CORE,
  DEVICE_WORD_OFFSET,
  OPS_OFFSET,
  THREADED_COUNT_OFFSET,
} from '../state/layout';
import { Maintained, maintenanceOf } from '../mmu/slow-access';
import type { MemoryFault } from '../system/fault';
import { Attention } from './attention';
import type { EngineBindings } from './bindings';
import { STRIDE, STRIDE_SHIFT, type Block, type OpPool } from './block';
import type { BlockCache } from './block-cache';
import { PSEUDO } from './handler-table';
import { Effort } from './patience';
import { LARGEST_BUDGET, LEAVE_SHIFT, Leave, NEXT_OP, type Outside } from './second-tier';

const THREADED_COUNT = THREADED_COUNT_OFFSET >> 2;

/** A run of a core (executor.ts), as compiled code needs it. */
export interface CoreRun {
  /** The core's block, and the machine's memory. */
  readonly s: Int32Array;
  readonly m32: Int32Array;
  /** A set of Attention bits. */
  event: number;
  /** Instructions that the run has retired, how many it may, and above how many it has to be asked. */
  executed: number;
  readonly allowed: number;
  readonly limit: number;
  /** Of `executed`, what the interpreter itself did, in all runs. */
  interpreted: number;
  /** True while each instruction is asked for. */
  readonly asking: boolean;
  /** Not 0 while data is big-endian. */
  readonly endian: number;
  /** Address of the breakpoint that is not to be reported again, or -1. */
  passing: number;
  /** Block of which ops are executed, and where in the ops to leave it. */
  block: Block;
  end: number;
  /** The key of a block that execution would go on at. */
  readonly key: number;
  find(previous: Block, key: number): Block;
  hot(block: Block): void;
  /** True ends the run. */
  look(): boolean;
  spend(effort: number): void;
  /** Makes time and the retired count those of `executed`. */
  flush(executed: number): void;
  betweenBlocks(): void;
  /** Place of instruction number `index` of a block. */
  placeOf(block: Block, index: number): number;
  /** Leaves a block before its end, at op place `p`. */
  leave(p: number): void;
  runOps(block: Block): void;
  runOp(p: number): void;
  takeFault(fault: MemoryFault, encoding: number): void;
  /** Deals with what an instruction threw, if it is an exception of the guest's; else throws it again. */
  takeThrown(thrown: unknown): void;
}

export class CompiledRun implements Outside {
  /** Why compiled code was left last. */
  left: Leave = Leave.Jump;
  /** The access of the next instruction has been made: `answer` has what came of it. */
  answered = false;
  /** Of the compiled code that runs. */
  private budget = 0;
  /** Compiled code is to be left: the block that is for the interpreter then, or undefined where the run is over. */
  private ended = false;
  private rest: Block | undefined;
  /** SecondTier.cleared when compiled code was entered. */
  private cleared = 0;
  /** What the access of the next instruction meets. */
  private fault: MemoryFault | undefined;

  private readonly s: Int32Array;
  private readonly m32: Int32Array;
  private readonly pool: OpPool;

  constructor(
    private readonly x: CoreRun,
    private readonly bindings: EngineBindings,
    private readonly blocks: BlockCache,
  ) {
    this.s = x.s;
    this.m32 = x.m32;
    this.pool = blocks.pool;
  }

  /**
   * Executes code of the second tier as long as there is some, and single instructions between; gives the block that is
   * for the interpreter, or undefined where the run is over. `left` says why code was left last.
   */
  run(found: Block): Block | undefined {
    const { x, s, blocks } = this;
    const { tier } = blocks;
    let block = found;
    this.left = Leave.Jump;
    if (tier === undefined || x.endian !== 0) return block;
    x.passing = -1;
    for (;;) {
      const code = block.fastest;
      const before = x.executed;
      const budget = this.nextBudget;
      if (block.code === undefined && --block.heat === 0) x.hot(block);
      if (code === undefined || budget < code.slack || x.event !== 0) return block;
      const context = this.bindings.memory.context.base;
      x.spend(Effort.Entry);
      this.budget = budget;
      this.ended = false;
      this.cleared = tier.cleared;
      const result = tier.run(s.byteOffset, context, budget, code, this);
      this.left = result & ((1 << LEAVE_SHIFT) - 1);
      if (!this.ended) this.count(result >>> LEAVE_SHIFT);
      // A region that tells of its stores calls nobody for them.
      if (this.left === Leave.Single || this.left === Leave.Slow) this.goOn(this.left);
      if (this.ended) return this.rest;
      block = x.find(blocks.nothing, x.key);
      if (x.executed >= x.limit) return undefined;
      if (this.left === Leave.Jump && block.isAlone) {
        tier.link(block.va | (block.key & 1), tier.interpreted);
        this.goOn(Leave.Jump);
        if (this.ended) return this.rest;
        block = x.find(blocks.nothing, x.key);
        if (x.executed >= x.limit) return undefined;
      } else if (x.executed === before) return block;
      else if (this.left === Leave.Jump && block.fastest !== undefined)
        tier.link(block.va | (block.key & 1), block.fastest);
    }
  }

  /** What compiled code may execute now. */
  private get nextBudget(): number {
    const { x } = this;
    return Math.min(Math.ceil(x.limit - x.executed), LARGEST_BUDGET);
  }

  /** Counts what compiled code has executed, of whose budget `left` is left. */
  private count(left: number): void {
    const { x, s } = this;
    const done = this.budget - left;
    this.budget = left;
    x.executed += done;
    // What threaded code does counts as interpreted.
    x.interpreted += this.m32[THREADED_COUNT] - done;
    this.m32[THREADED_COUNT] = 0;
    if (s[CORE.TRANSLATION_WRITTEN] === 0) return;
    s[CORE.TRANSLATION_WRITTEN] = 0;
    this.bindings.memory.translationChanged();
  }

  interpret(leave: Leave, left: number): number {
    this.count(left);
    return this.goOn(leave) ? this.entering() : -1;
  }

  executeOp(at: number, left: number): number {
    const { x } = this;
    this.count(left);
    const p = (at - OPS_OFFSET) >> 2;
    if (this.pool.ops[p] === PSEUDO.HEADER) return this.fetchAgain();
    const block = this.pool.blockOf(p);
    x.block = block;
    x.end = block.end;
    try {
      x.runOp(p);
    } catch (thrown) {
      x.takeThrown(thrown);
      return this.comesBack() ? this.entering() : -1;
    }
    const next = p + STRIDE;
    if (next === block.end) x.executed += block.count;
    else if (x.end === block.end && !block.dropped) return NEXT_OP;
    else x.leave(next);
    return this.comesBack() ? this.entering() : -1;
  }

  /** Threaded code found that the first level of the TLB does not have the block at CORE.R + 15 where it is. */
  private fetchAgain(): number {
    const { x } = this;
    const { va, key, entry, fastest, breakpoint } = x.find(this.blocks.nothing, x.key);
    const { fetchBase } = this.bindings.memory.context;
    if (fastest === undefined || breakpoint || this.m32[fetchBase + (va >>> 12)] !== entry) return -1;
    this.blocks.tier?.link(va | key, fastest);
    return x.event === 0 ? this.entering() : -1;
  }

  /** Compiled code is entered again: with which budget; the context is at CONTEXT_WORD_OFFSET. */
  private entering(): number {
    const { x } = this;
    x.spend(Effort.Entry);
    const { context } = this.bindings.memory;
    this.m32[CONTEXT_WORD_OFFSET >> 2] = context.base;
    return this.budget;
  }

  /**
   * Executes what compiled code left to the interpreter at CORE.R + 15. True: `budget` is that of what comes next; false:
   * compiled code is to be left, and is at its end where `ended`, with `rest` for the interpreter.
   */
  private goOn(leave: Leave): boolean {
    const { x, fault } = this;
    this.fault = undefined;
    this.left = leave;
    const block = this.here();
    if (x.executed >= x.limit && !this.answered) return this.endWith(undefined);
    // There was an instruction that no code is made of, when it was linked to.
    if (leave === Leave.Jump && !block.isAlone) return false;
    if (block.breakpoint || block.offset2 >= 0) return this.endWith(block);
    if (fault !== undefined) {
      x.spend(Effort.Exception);
      x.event |= Attention.Look;
      x.takeFault(fault, this.pool.words[block.start >> STRIDE_SHIFT]);
    } else {
      // The access is not slow, those that share its look-up are: nobody else notices.
      const shares = leave === Leave.Slow && this.blocks.tier?.sharesLookUp(block.va) === true;
      const access = shares ? this.pool.firstOf(block) : 0;
      const before = this.pool.slow[access];
      const most = leave === Leave.Single || this.answered ? 1 : x.allowed - x.executed;
      x.end = block.count > most ? x.placeOf(block, most) : block.end;
      // Caught here, as going through compiled code and into it again takes longer than the exception.
      try {
        x.runOps(block);
      } catch (thrown) {
        x.takeThrown(thrown);
      }
      if (shares && this.pool.slow[access] === before && this.pool.wasSlow(access))
        this.blocks.tier?.accessIsSlow(block, block.va);
    }
    return this.comesBack();
  }

  /** As goOn, behind what the interpreter has executed. */
  private comesBack(): boolean {
    const { x } = this;
    while (x.event !== 0) if (x.look()) return this.endWith(undefined);
    this.left = Leave.Jump;
    x.betweenBlocks();
    if (x.asking || x.endian !== 0 || x.key > 1 || this.cleared !== this.blocks.tier?.cleared)
      return this.endWith(x.find(this.blocks.nothing, x.key));
    this.budget = Math.max(0, this.nextBudget);
    return true;
  }

  private endWith(rest: Block | undefined): false {
    this.ended = true;
    this.rest = rest;
    return false;
  }

  /** As find, for where there most often is a block. */
  private here(): Block {
    const { x } = this;
    const pc = this.s[CORE.R + 15];
    const { key } = x;
    const guess = this.blocks.guess(pc, key);
    const { fetchBase } = this.bindings.memory.context;
    if (guess.va !== pc || guess.key !== key || this.m32[fetchBase + (pc >>> 12)] !== guess.entry)
      return x.find(this.blocks.nothing, key);
    x.flush(x.executed);
    x.betweenBlocks();
    return guess;
  }

  reach(va: number, access: number, value: number, left: number): number {
    const { x, s } = this;
    const operation = maintenanceOf(access);
    if (operation !== undefined) return this.maintain(operation, va, value);
    x.flush(x.executed + this.budget - left);
    const pending = s[CORE.PENDING];
    const entry = this.bindings.memory.reach(va, access, value);
    if (typeof entry !== 'number') {
      this.fault = entry;
      return 0;
    }
    if ((va + entry + FAST_TLB_BIAS) >>> 0 !== DEVICE_WORD_OFFSET) return entry;
    x.spend(Effort.Entry);
    if (x.event === 0 && s[CORE.PENDING] === pending) return entry;
    // Something must be looked at behind the instruction: the interpreter ends it.
    x.event |= Attention.Look;
    this.answered = true;
    return 0;
  }

  /** A TLB maintenance operation of the instruction at `pc` (signed). */
  private maintain(operation: number, value: number, pc: number): Maintained {
    const { x, s, m32 } = this;
    const { memory } = this.bindings;
    // Which entries it selects may be what was written.
    if (s[CORE.TRANSLATION_WRITTEN] !== 0) return Maintained.Not;
    const fetched = memory.context.fetchBase + (pc >>> 12);
    const before = m32[fetched];
    if (!memory.maintain(operation, value)) return Maintained.Not;
    x.spend(Effort.Entry);
    return x.event === 0 && m32[fetched] === before ? Maintained.Done : Maintained.Leave;
  }

  /** The answer to the access that `reach` made, the last word that a device gave. */
  answer(): number {
    this.answered = false;
    return this.m32[DEVICE_WORD_OFFSET >> 2];
  }
}
