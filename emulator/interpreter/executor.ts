/**
 * The interpreter of one core while it runs: what generated code reads, and the slow paths that it calls. Generated
 * code keeps the budget, CORE.R + 15 and time in cheaper forms inside a block; `sync` makes them exact before
 * anything outside can look, `settle` returns to the cheap form and ends the block where something happened.
 */
import { EXCEPTION_TAKEN } from '../isa/helpers';
import { EMPTY_CONTEXT, FAST_TLB_BIAS, FastTlbContext, TRACKING_WRITE_BASE } from '../mmu/fast-tlb';
import { AccessFlags } from '../mmu/memory-access';
import {
  CONTEXT_WORD_OFFSET,
  CORE,
  DEVICE_WORD_OFFSET,
  OPS_OFFSET,
  RunState,
  THREADED_COUNT_OFFSET,
} from '../state/layout';
import type { MachineState } from '../state/machine-state';
import { Psr } from '../state/psr';
import type { MemoryFault } from '../system/fault';
import type { EngineBindings, RunReason } from './bindings';
import { DROPPED, NEVER_HOT, noBlock, STRIDE, STRIDE_SHIFT, type Block } from './block';
import { Effort, type Patience } from './patience';
import { LARGEST_BUDGET, LEAVE_SHIFT, Leave, NEXT_OP, type Outside } from './second-tier';
import type { OpPool } from './block';
import { PSEUDO } from './handler-table';
import type { BlockCache } from './block-cache';

const RETIRED = CORE.RETIRED >> 1;
const THREADED_COUNT = THREADED_COUNT_OFFSET >> 2;

/** Beside AccessFlags in generated code: little-endian whatever CPSR.E says. */
export const LITTLE = 8;

/** Physical and virtual IRQ, FIQ and asynchronous abort. */
const INTERRUPT_KINDS = 6;

/** Bits of Executor.event: what must be looked at before the next instruction. */
export const enum Attention {
  /** Interrupts, the context of translation, RUN_STATE. */
  Look = 1,
  Stop = 2,
  Yield = 4,
  /** The limit moved, or the current block was dropped. */
  Leave = 8,
  /** The patience of who waits for this run is used up. */
  Tired = 16,
}

/** What a run is made of besides. */
export interface ExecutorParts {
  /** The generated interpreter's: the ops of a block up to `end`. */
  readonly runOps: (x: Executor, block: Block) => void;
  /** The same of one op, at place `p`. */
  readonly runOp: (x: Executor, p: number) => void;
  /** Takes a fault of the instruction at CORE.R + 15, whose encoding is given. */
  readonly takeFault: (fault: MemoryFault, encoding: number) => void;
}

export class Executor implements Outside {
  // --- read by generated code ---
  /** The core's block. */
  readonly s: Int32Array;
  readonly core;
  readonly helpers;
  /** The machine's memory. */
  readonly m8: Uint8Array;
  readonly m16: Uint16Array;
  readonly m32: Int32Array;
  /** Word indices of the tables of the TLB's first level. */
  readBase = 0;
  writeBase = 0;
  fetchBase = 0;
  /** A set of Attention bits. */
  event = 0;
  /** Block being executed, and where in its `ops` to leave it. */
  block: Block;
  end = 0;
  /** Instructions retired by this run before the current block. */
  executed = 0;
  /** A block that would take `executed` above this is entered by `enter`: `allowed`, or -1 while every instruction is asked for. */
  limit = 0;
  /** Second word of loadPair and loadExclusive. */
  second = 0;

  /** The ops of all blocks, and what the pool knows of each op. */
  readonly ops: Int32Array;
  private readonly pool: OpPool;
  private readonly patience: Patience;

  /** Instructions that this one executed itself, in all runs. */
  interpreted = 0;
  /** Of those, what the second tier has been told of. */
  private told = 0;

  // --- the run ---
  reason: RunReason = 'budget';
  /** The core gives up its turn, whatever the reason says. */
  turnOver = false;
  /** How many instructions this run may retire. */
  private allowed = 0;
  /** True while each instruction is asked for: a guest steps by its own breakpoints. */
  private asking = false;
  /** Address of the breakpoint that is not to be reported again, or -1. */
  passing = -1;
  /** Retired count and time at which `executed` was 0. */
  private retiredBefore = 0;
  private timeBefore = 0;
  /** Op whose instruction was last made exact; -1 between blocks. */
  private at = -1;
  private running = false;
  /** AccessFlags.BigEndian when CPSR.E is set. */
  private endian = 0;
  /** Why compiled code was left last. */
  private left = Leave.Jump;
  /** Of the compiled code that runs. */
  private budget = 0;
  /** Compiled code is to be left: the block that is for the interpreter then, or undefined where the run is over. */
  private ended = false;
  private rest: Block | undefined;
  /** SecondTier.cleared when compiled code was entered. */
  private cleared = 0;
  /** What the access of the next instruction meets. */
  private fault: MemoryFault | undefined;
  /** The access of the next instruction has been made. */
  private answered = false;
  /** CORE.PENDING when `sync` was last called. */
  private pending = 0;
  private context: FastTlbContext | undefined;
  /** What `find` gives where nothing more is to be executed, not even fetched. */
  private readonly over = noBlock(true);
  /** A context in which nothing is found: big-endian data takes the slow path. */
  private readonly nothing: FastTlbContext;

  constructor(
    private readonly state: MachineState,
    readonly bindings: EngineBindings,
    private readonly blocks: BlockCache,
    private readonly parts: ExecutorParts,
    /** Compiled code is not for this one, nor what comes after its budget; what it writes leaves a trace. */
    private readonly alone = false,
  ) {
    this.core = bindings.core;
    this.helpers = bindings.helpers;
    this.s = this.core.i32;
    this.m8 = state.u8;
    this.m16 = state.u16;
    this.m32 = state.i32;
    this.pool = blocks.pool;
    this.patience = blocks.patience;
    this.ops = blocks.pool.ops;
    this.block = blocks.nothing;
    this.nothing = new FastTlbContext(state, EMPTY_CONTEXT);
    bindings.memory.onCodeWrite = (offset, bytes) => blocks.codeWritten(offset, bytes);
  }

  // --- runs ---

  begin(budget: number, resuming: boolean): void {
    this.executed = 0;
    this.allowed = budget;
    this.ask(false);
    this.retiredBefore = this.core.f64[RETIRED];
    this.timeBefore = this.state.now;
    this.reason = 'budget';
    this.turnOver = false;
    this.passing = resuming ? this.s[CORE.R + 15] : -1;
    this.event = Attention.Look;
    this.running = true;
  }

  /** Ends the run: time and the retired count are exact from here on. */
  finish(): void {
    this.flush(this.executed);
    this.interpreted += this.executed;
    this.block = this.blocks.nothing;
    this.running = false;
  }

  /** The instruction at which something was thrown is over without having been retired. */
  abandon(): void {
    if (this.at >= 0) this.executed += this.pool.counts[this.at];
    this.at = -1;
    this.block = this.blocks.nothing;
    this.event |= Attention.Look;
    this.spend(Effort.Exception);
  }

  /** Something took as long as many instructions do. */
  private spend(effort: number): void {
    if ((this.patience.left -= effort) < 0) this.event |= Attention.Tired;
  }

  /** Counts one instruction that retires nothing by itself (see Interpreter on exceptions without end). */
  chargeOne(): void {
    this.executed++;
    this.flush(this.executed);
  }

  /** The run must end when time reaches `deadline`, at the earliest after the current instruction. */
  limitTo(deadline: number): void {
    if (!this.running) return;
    const limit = Math.max(0, deadline - this.timeBefore);
    if (limit >= this.allowed) return;
    this.allowed = limit;
    this.ask(this.asking);
    this.event |= Attention.Leave;
  }

  /** Encoding of the instruction last made exact, or undefined when none is being executed. */
  get encoding(): number | undefined {
    return this.at < 0 ? undefined : this.pool.words[this.at];
  }

  /** Between two blocks, with `event` not 0: true ends the run. */
  look(): boolean {
    this.flush(this.executed);
    this.block = this.blocks.nothing;
    this.at = -1;
    const event = this.event;
    this.event = 0;
    if (event & Attention.Stop) {
      this.turnOver = (event & Attention.Yield) !== 0 || this.s[CORE.RUN_STATE] !== RunState.Running;
      this.reason = 'stop';
      return true;
    }
    if (event & Attention.Yield) {
      this.reason = 'yield';
      return true;
    }
    if (this.s[CORE.RUN_STATE] !== RunState.Running) {
      this.reason = 'halted';
      return true;
    }
    this.spend(Effort.Look);
    if (this.executed >= this.allowed || (event & Attention.Tired) !== 0) return true;
    // An interrupt masks its own kind; another kind may be due before the handler's first instruction.
    for (let kind = 0; kind < INTERRUPT_KINDS && this.bindings.checkInterrupts(this.core); kind++);
    this.ask(this.bindings.asksAlways(this.core));
    this.refreshContext();
    return false;
  }

  private ask(always: boolean): void {
    this.asking = always;
    this.limit = always ? -1 : this.allowed;
  }

  private refreshContext(): void {
    const context = this.bindings.memory.context;
    const big = (this.s[CORE.PSR] & Psr.E) !== 0;
    if (this.context === context && big === (this.endian !== 0)) return;
    this.context = context;
    this.endian = big ? AccessFlags.BigEndian : 0;
    this.readBase = big ? this.nothing.readBase : context.readBase;
    this.writeBase = big ? this.nothing.writeBase : this.alone ? TRACKING_WRITE_BASE : context.writeBase;
    this.fetchBase = context.fetchBase;
  }

  // --- entering and leaving blocks ---

  /** The block at CORE.R + 15, after `previous`; throws MemoryFault when it cannot be fetched. */
  find(previous: Block, key: number): Block {
    this.flush(this.executed);
    if (this.alone && this.executed >= this.allowed) return this.over;
    this.block = this.blocks.nothing;
    this.at = -1;
    // Bits that no branch may leave: the instruction sets' alignment.
    const pc = (this.s[CORE.R + 15] &= key & 1 ? ~1 : ~3);
    const known = this.bindings.memory.context.fetchOffset(pc);
    const offset = known >= 0 ? known : this.bindings.memory.fetch(pc >>> 0).offset;
    const block = this.blocks.find(this.bindings.memory, pc, key, offset | 0);
    if (this.patience.left < 0) this.event |= Attention.Tired;
    if (previous.offset !== DROPPED) {
      previous.second = previous.first;
      previous.first = block;
    }
    return block;
  }

  /** Enters a block that takes more than a comparison; undefined ends the run, with `reason` set. */
  enter(found: Block): Block | undefined {
    let block = found;
    if (this.executed >= this.allowed) return undefined;
    this.flush(this.executed);
    let most = this.asking ? 1 : this.allowed - this.executed;
    if (block.fastest !== undefined && !this.asking && !this.alone) {
      const next = this.runCompiled(block);
      if (next === undefined) return undefined;
      block = next;
      most = this.left === Leave.Single ? 1 : this.allowed - this.executed;
    }
    this.flush(this.executed);
    this.block = this.blocks.nothing;
    this.at = -1;
    if (block.breakpoint && this.passing !== block.va) {
      if (this.bindings.onBreakpoint(this.core, block.va >>> 0)) {
        this.reason = 'breakpoint';
        return undefined;
      }
    }
    this.passing = -1;
    if (block.breakpoint || this.asking) this.bindings.checkDebugEvent(this.core, block.va >>> 0);
    if (block.offset2 >= 0) block = this.blocks.confirmSecondPage(this.bindings.memory, block);
    this.end = block.count > most ? this.placeOf(block, most) : block.end;
    return block;
  }

  /** `block` was executed so often that compiling it pays. */
  hot(block: Block): void {
    // Whoever comes next tells.
    if (this.alone) block.heat = 1;
    else {
      block.heat = NEVER_HOT;
      const interpreted = this.interpreted + this.executed;
      this.blocks.tier?.hot(block, interpreted - this.told, this.bindings.memory.context);
      this.told = interpreted;
    }
  }

  /**
   * Executes code of the second tier as long as there is some, and single instructions between; gives the block that is
   * for the interpreter, or undefined where the run is over. `left` says why code was left last.
   */
  private runCompiled(found: Block): Block | undefined {
    const { s, blocks } = this;
    const { tier } = blocks;
    let block = found;
    this.left = Leave.Jump;
    if (tier === undefined || this.endian !== 0) return block;
    this.passing = -1;
    for (;;) {
      const code = block.fastest;
      const before = this.executed;
      const budget = this.nextBudget;
      if (block.code === undefined && --block.heat === 0) this.hot(block);
      if (code === undefined || budget < code.slack || this.event !== 0) return block;
      const context = this.bindings.memory.context.base;
      this.spend(Effort.Entry);
      this.budget = budget;
      this.ended = false;
      this.cleared = tier.cleared;
      const result = tier.run(s.byteOffset, context, budget, code, this);
      this.left = result & ((1 << LEAVE_SHIFT) - 1);
      if (!this.ended) this.count(result >>> LEAVE_SHIFT);
      // Code that tells of its stores calls nobody.
      if (this.left === Leave.Single || this.left === Leave.Slow) this.goOn(this.left);
      if (this.ended) return this.rest;
      block = this.find(blocks.nothing, this.key);
      if (this.executed >= this.limit) return undefined;
      if (this.left === Leave.Jump && block.isAlone) {
        tier.link(block.va | (block.key & 1), tier.interpreted);
        this.goOn(Leave.Jump);
        if (this.ended) return this.rest;
        block = this.find(blocks.nothing, this.key);
        if (this.executed >= this.limit) return undefined;
      } else if (this.executed === before) return block;
      else if (this.left === Leave.Jump && block.fastest !== undefined)
        tier.link(block.va | (block.key & 1), block.fastest);
    }
  }

  /** What compiled code may execute now. */
  private get nextBudget(): number {
    return Math.min(Math.ceil(this.limit - this.executed), LARGEST_BUDGET);
  }

  /** Counts what compiled code has executed, of whose budget `left` is left. */
  private count(left: number): void {
    const { s } = this;
    const done = this.budget - left;
    this.budget = left;
    this.executed += done;
    // What threaded code does counts as interpreted.
    this.interpreted += this.m32[THREADED_COUNT] - done;
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
    this.count(left);
    const p = (at - OPS_OFFSET) >> 2;
    if (this.ops[p] === PSEUDO.HEADER) return this.fetchAgain();
    const block = this.pool.blockOf(p);
    this.block = block;
    this.end = block.end;
    this.parts.runOp(this, p);
    const next = p + STRIDE;
    if (next === block.end) this.executed += block.count;
    else if (this.end === block.end && !block.dropped) return NEXT_OP;
    else this.leave(next);
    return this.comesBack() ? this.entering() : -1;
  }

  /** Threaded code found that the first level of the TLB does not have the block at CORE.R + 15 where it is. */
  private fetchAgain(): number {
    const { va, key, entry, fastest, breakpoint } = this.find(this.blocks.nothing, this.key);
    const { fetchBase } = this.bindings.memory.context;
    if (fastest === undefined || breakpoint || this.m32[fetchBase + (va >>> 12)] !== entry) return -1;
    this.blocks.tier?.link(va | key, fastest);
    return this.event === 0 ? this.entering() : -1;
  }

  /** Compiled code is entered again: with which budget; the context is at CONTEXT_WORD_OFFSET. */
  private entering(): number {
    this.spend(Effort.Entry);
    const { context } = this.bindings.memory;
    this.m32[CONTEXT_WORD_OFFSET >> 2] = context.base;
    return this.budget;
  }

  /**
   * Executes what compiled code left to the interpreter at CORE.R + 15. True: `budget` is that of what comes next; false:
   * compiled code is to be left, and is at its end where `ended`, with `rest` for the interpreter.
   */
  private goOn(leave: Leave): boolean {
    const { fault } = this;
    this.fault = undefined;
    this.left = leave;
    const block = this.here();
    if (this.executed >= this.limit && !this.answered) return this.endWith(undefined);
    // There was an instruction that no code is made of, when it was linked to.
    if (leave === Leave.Jump && !block.isAlone) return false;
    if (block.breakpoint || block.offset2 >= 0) return this.endWith(block);
    if (fault !== undefined) {
      this.spend(Effort.Exception);
      this.event |= Attention.Look;
      this.parts.takeFault(fault, this.pool.words[block.start >> STRIDE_SHIFT]);
    } else {
      const most = leave === Leave.Single || this.answered ? 1 : this.allowed - this.executed;
      this.end = block.count > most ? this.placeOf(block, most) : block.end;
      this.parts.runOps(this, block);
    }
    return this.comesBack();
  }

  /** As goOn, behind what the interpreter has executed. */
  private comesBack(): boolean {
    while (this.event !== 0) if (this.look()) return this.endWith(undefined);
    this.left = Leave.Jump;
    this.block = this.blocks.nothing;
    this.at = -1;
    if (this.asking || this.endian !== 0 || this.key > 1 || this.cleared !== this.blocks.tier?.cleared)
      return this.endWith(this.find(this.block, this.key));
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
    const pc = this.s[CORE.R + 15];
    const { key } = this;
    const guess = this.blocks.guess(pc, key);
    const { fetchBase } = this.bindings.memory.context;
    if (guess.va !== pc || guess.key !== key || this.m32[fetchBase + (pc >>> 12)] !== guess.entry)
      return this.find(this.blocks.nothing, key);
    this.flush(this.executed);
    this.block = this.blocks.nothing;
    this.at = -1;
    return guess;
  }

  reach(va: number, access: number, value: number, left: number): number {
    const { s } = this;
    this.flush(this.executed + this.budget - left);
    this.pending = s[CORE.PENDING];
    const entry = this.bindings.memory.reach(va, access, value);
    if (typeof entry !== 'number') {
      this.fault = entry;
      return 0;
    }
    if ((va + entry + FAST_TLB_BIAS) >>> 0 !== DEVICE_WORD_OFFSET) return entry;
    this.spend(Effort.Entry);
    if (this.event === 0 && s[CORE.PENDING] === this.pending) return entry;
    // Something must be looked at behind the instruction: the interpreter ends it.
    this.event |= Attention.Look;
    this.answered = true;
    return 0;
  }

  /** The answer to the access that `reach` made, the last word that a device gave. */
  private answer(): number {
    this.answered = false;
    return this.m32[DEVICE_WORD_OFFSET >> 2];
  }

  /** The key of a block that execution would go on at. */
  private get key(): number {
    return ((this.s[CORE.PSR] >>> 5) & 1) | (this.s[CORE.ITSTATE] << 1);
  }

  /** Place of instruction number `index` of `block`, with its pseudo-ops. */
  private placeOf(block: Block, index: number): number {
    let op = block.start >> STRIDE_SHIFT;
    while (this.pool.counts[op] < index) op++;
    return op << STRIDE_SHIFT;
  }

  /** Leaves the block before its end, at op place `p`. */
  leave(p: number): void {
    const { pool, s } = this;
    const op = p >> STRIDE_SHIFT;
    s[CORE.R + 15] = pool.pcs[op];
    s[CORE.ITSTATE] = pool.itstates[op];
    this.executed += pool.counts[op];
  }

  private flush(executed: number): void {
    this.core.f64[RETIRED] = this.retiredBefore + executed;
    this.state.now = this.timeBefore + executed;
  }

  /** Makes everything exact for the instruction at op place `p`. */
  sync(p: number): void {
    const { pool, s } = this;
    const op = p >> STRIDE_SHIFT;
    this.at = op;
    this.pending = s[CORE.PENDING];
    s[CORE.R + 15] = pool.pcs[op];
    s[CORE.ITSTATE] = pool.itstates[op];
    this.flush(this.executed + pool.counts[op]);
    this.spend(Effort.SlowPath);
  }

  /** `sync` for an access to memory that takes the slow way. */
  syncAccess(p: number): void {
    const op = p >> STRIDE_SHIFT;
    if (this.pool.wasSlow(op) && !this.alone) this.blocks.tier?.accessIsSlow(this.block, this.pool.pcs[op]);
    this.sync(p);
  }

  /** After a slow path of the instruction at `p`: back to the form that generated code expects. */
  settle(p: number): void {
    const { block, s } = this;
    s[CORE.R + 15] = block.next;
    s[CORE.ITSTATE] = block.nextItstate;
    if (s[CORE.PENDING] !== this.pending) this.event |= Attention.Look;
    if (this.event !== 0 || block.offset === DROPPED) this.end = p + STRIDE;
  }

  // --- helpers ---

  /** After a helper that ends the block and leaves PC to the engine. */
  afterEnd(p: number): void {
    const { block, s } = this;
    if (s[CORE.R + 15] !== this.pool.pcs[p >> STRIDE_SHIFT]) throw EXCEPTION_TAKEN;
    s[CORE.R + 15] = block.next;
    s[CORE.ITSTATE] = block.nextItstate;
    this.event |= Attention.Look;
  }
  /** After a helper that sets PC. */
  afterFlow(): void {
    this.event |= Attention.Look;
  }
  /** After an exception in place of the instruction. */
  afterException(): never {
    throw EXCEPTION_TAKEN;
  }

  // --- memory, where the fast look-up failed ---

  /** AccessFlags of a data access at present; `flags` may hold LITTLE. */
  dataFlags(flags: number): number {
    return (flags & LITTLE) !== 0 ? flags & ~LITTLE : flags | this.endian;
  }

  read(p: number, va: number, size: 1 | 2 | 4, flags: number, alignment: number): number {
    if (flags === AccessFlags.Unprivileged && this.endian === 0) {
      const at = this.bindings.memory.unprivilegedContext.readOffset(va);
      if (at >= 0 && (va & (size - 1)) === 0) {
        return size === 4 ? this.m32[at >>> 2] : size === 2 ? this.m16[at >>> 1] : this.m8[at];
      }
    }
    this.syncAccess(p);
    const value = this.answered
      ? this.answer()
      : this.bindings.memory.read(va >>> 0, size, this.dataFlags(flags), alignment);
    this.settle(p);
    return value;
  }

  write(p: number, va: number, size: 1 | 2 | 4, value: number, flags: number, alignment: number): void {
    if (flags === AccessFlags.Unprivileged && this.endian === 0) {
      const at = this.bindings.memory.unprivilegedContext.writeOffset(va);
      if (at >= 0 && (va & (size - 1)) === 0) {
        if (size === 4) this.m32[at >>> 2] = value;
        else if (size === 2) this.m16[at >>> 1] = value;
        else this.m8[at] = value;
        return;
      }
    }
    this.syncAccess(p);
    if (this.answered) this.answer();
    else this.bindings.memory.write(va >>> 0, size, value, this.dataFlags(flags), alignment);
    this.settle(p);
  }
}
