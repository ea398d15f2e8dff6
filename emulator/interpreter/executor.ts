/**
 * The interpreter of one core while it runs: what generated code reads, and the slow paths that it calls. Generated
 * code keeps the budget, CORE.R + 15 and time in cheaper forms inside a block; `sync` makes them exact before
 * anything outside can look, `settle` returns to the cheap form and ends the block where something happened.
 */
import { EXCEPTION_TAKEN } from '../isa/helpers';
import { EMPTY_CONTEXT, FastTlbContext, TRACKING_WRITE_BASE } from '../mmu/fast-tlb';
import { AccessFlags } from '../mmu/memory-access';
import { CORE, RunState } from '../state/layout';
import type { MachineState } from '../state/machine-state';
import { Psr } from '../state/psr';
import type { MemoryFault } from '../system/fault';
import { Attention } from './attention';
import type { EngineBindings, RunReason } from './bindings';
import { DROPPED, NEVER_HOT, noBlock, STRIDE, STRIDE_SHIFT, type Block, type OpPool } from './block';
import { CompiledRun, type CoreRun } from './compiled-run';
import { Effort, type Patience } from './patience';
import { Leave } from './second-tier';
import type { BlockCache } from './block-cache';

const RETIRED = CORE.RETIRED >> 1;

/** Beside AccessFlags in generated code: little-endian whatever CPSR.E says. */
export const LITTLE = 8;

/** Physical and virtual IRQ, FIQ and asynchronous abort. */
const INTERRUPT_KINDS = 6;

/** What a run is made of besides. */
export interface ExecutorParts {
  /** The generated interpreter's: the ops of a block up to `end`. */
  readonly runOps: (x: Executor, block: Block) => void;
  /** The same of one op, at place `p`. */
  readonly runOp: (x: Executor, p: number) => void;
  /** Takes a fault of the instruction at CORE.R + 15, whose encoding is given. */
  readonly takeFault: (fault: MemoryFault, encoding: number) => void;
  /** Deals with what an instruction threw, if it is an exception of the guest's; else throws it again. */
  readonly takeThrown: (thrown: unknown) => void;
}

export class Executor implements CoreRun {
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
  allowed = 0;
  /** True while each instruction is asked for: a guest steps by its own breakpoints. */
  asking = false;
  /** Address of the breakpoint that is not to be reported again, or -1. */
  passing = -1;
  /** Retired count and time at which `executed` was 0. */
  private retiredBefore = 0;
  private timeBefore = 0;
  /** Op whose instruction was last made exact; -1 between blocks. */
  private at = -1;
  private running = false;
  /** AccessFlags.BigEndian when CPSR.E is set. */
  endian = 0;
  /** CORE.PENDING when `sync` was last called. */
  private pending = 0;
  private context: FastTlbContext | undefined;
  private readonly compiled: CompiledRun;
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
    this.compiled = new CompiledRun(this, bindings, blocks);
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
  spend(effort: number): void {
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
    this.betweenBlocks();
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
    this.betweenBlocks();
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

  /** No block is being executed. */
  betweenBlocks(): void {
    this.block = this.blocks.nothing;
    this.at = -1;
  }

  /** Enters a block that takes more than a comparison; undefined ends the run, with `reason` set. */
  enter(found: Block): Block | undefined {
    let block = found;
    if (this.executed >= this.allowed) return undefined;
    this.flush(this.executed);
    let most = this.asking ? 1 : this.allowed - this.executed;
    if (block.fastest !== undefined && !this.asking && !this.alone) {
      const next = this.compiled.run(block);
      if (next === undefined) return undefined;
      block = next;
      most = this.compiled.left === Leave.Single ? 1 : this.allowed - this.executed;
    }
    this.flush(this.executed);
    this.betweenBlocks();
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

  /** The key of a block that execution would go on at. */
  get key(): number {
    return ((this.s[CORE.PSR] >>> 5) & 1) | (this.s[CORE.ITSTATE] << 1);
  }

  /** Place of instruction number `index` of `block`, with its pseudo-ops. */
  placeOf(block: Block, index: number): number {
    let op = block.start >> STRIDE_SHIFT;
    while (this.pool.counts[op] < index) op++;
    return op << STRIDE_SHIFT;
  }

  runOps(block: Block): void {
    this.parts.runOps(this, block);
  }
  runOp(p: number): void {
    this.parts.runOp(this, p);
  }
  takeFault(fault: MemoryFault, encoding: number): void {
    this.parts.takeFault(fault, encoding);
  }
  takeThrown(thrown: unknown): void {
    this.parts.takeThrown(thrown);
  }

  /** Leaves the block before its end, at op place `p`. */
  leave(p: number): void {
    const { pool, s } = this;
    const op = p >> STRIDE_SHIFT;
    s[CORE.R + 15] = pool.pcs[op];
    s[CORE.ITSTATE] = pool.itstates[op];
    this.executed += pool.counts[op];
  }

  flush(executed: number): void {
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
    const value = this.compiled.answered
      ? this.compiled.answer()
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
    if (this.compiled.answered) this.compiled.answer();
    else this.bindings.memory.write(va >>> 0, size, value, this.dataFlags(flags), alignment);
    this.settle(p);
  }
}
