/**
 * What the interpreter of one core needs of the machine around it, and what a run of it reports.
 *
 * Whenever one of these is called, CORE.R + 15, CORE.ITSTATE, the core's retired count and the machine's time are
 * those of the instruction concerned: it has not been retired yet.
 */
import type { InstructionHelpers } from '../isa/helpers';
import type { MemoryAccess } from '../mmu/memory-access';
import type { CoreState } from '../state/machine-state';
import type { DataAccessSyndrome, MemoryFault } from '../system/fault';

export interface EngineBindings {
  readonly core: CoreState;
  readonly helpers: InstructionHelpers;
  readonly memory: MemoryAccess;
  /**
   * Takes a Prefetch Abort (`fault.access` 'execute') or a Data Abort for the instruction at CORE.R + 15, so that
   * the core stands at the vector. `syndrome` is there where the instruction gives HSR a valid one (ISV = 1);
   * `length` is the instruction's, in bytes (HSR.IL).
   */
  takeMemoryFault(
    core: CoreState,
    fault: MemoryFault,
    syndrome: DataAccessSyndrome | undefined,
    length: 2 | 4,
  ): void;
  /**
   * Takes the pending interrupt of the highest priority that is not masked, if there is one; true when it did, with
   * the core at the vector. Asked at the start of every run and before the next instruction after: an instruction
   * whose helper `ends` the block, an exception, an access that changed CORE.PENDING, `Interpreter.attention`.
   */
  checkInterrupts(core: CoreState): boolean;
  /**
   * Execution is about to begin the instruction at `va` (unsigned), one of BlockCache.setBreakpoints. True stops
   * the run before it; false goes on.
   */
  onBreakpoint(core: CoreState, va: number): boolean;
  /**
   * Asked before the instruction at `va` (unsigned) where BlockCache has a breakpoint, or before every one while
   * `asksAlways`: throws the MemoryFault of the guest's own debug event there, if there is one.
   */
  checkDebugEvent(core: CoreState, va: number): void;
  /** True while every instruction must be asked for in the state the core is in; looked at when interrupts are. */
  asksAlways(core: CoreState): boolean;
}

/** Why a run ended. */
export type RunReason =
  /** The budget is used up, or a deadline set by Interpreter.limit is reached. */
  | 'budget'
  /** Interpreter.requestStop was called, or an access threw StopBefore: the instruction was not executed. */
  | 'stop'
  /** CORE.RUN_STATE is not Running: WFI, WFE, powered off. */
  | 'halted'
  /** EngineBindings.onBreakpoint said so. */
  | 'breakpoint'
  /** Interpreter.endSlice was called (YIELD, SEV, a write to GICD_SGIR), or a store-exclusive failed: another core's turn. */
  | 'yield';

export interface RunResult {
  /** Instructions retired; state.now and the core's retired count have moved by as many. */
  readonly retired: number;
  readonly reason: RunReason;
  /** With 'stop': the same instruction also gave up the turn or halted the core ('yield' or 'halted' otherwise). */
  readonly turnOver?: true;
}
