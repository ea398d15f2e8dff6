/**
 * The interpreter of one core: runs instructions until a budget is used up or something asks for an end, and turns
 * what instructions throw into exceptions.
 *
 * Counting. An instruction whose condition fails, SVC, HVC, SMC that take their own exception, WFI and LDM count 1;
 * an instruction that is undefined, faults or traps counts 0. So that a core whose vectors fault for ever cannot
 * stop time, the eighth and every further exception in a row with nothing retired between counts 1 too.
 */
import { execute, executeCalled, runOp, runOps } from '../../generated/interpreter';
import { ExceptionTaken } from '../isa/helpers';
import type { InstructionSet } from '../isa/row';
import { StopBefore } from '../mmu/memory-access';
import { CORE } from '../state/layout';
import type { MachineState } from '../state/machine-state';
import { Psr } from '../state/psr';
import { MemoryFault, type DataAccessSyndrome } from '../system/fault';
import type { EngineBindings, RunResult } from './bindings';
import type { BlockCache } from './block-cache';
import { Attention } from './attention';
import { Executor } from './executor';
import { warmUp, warmUpCalled } from './warm-up';

const STALLED_AT = CORE.STALLED_AT >> 1;
/** Exceptions in a row that may retire nothing. */
const FREE_EXCEPTIONS = 7;
/** Most encodings whose syndromes are kept. */
const MOST_SYNDROMES = 1024;

export class Interpreter {
  private readonly executor: Executor;
  private readonly execute: (x: Executor) => void;
  /** HSR's view of accesses that faulted, by their encodings; those of T32 are negative. */
  private readonly syndromes = new Map<number, DataAccessSyndrome | undefined>();
  /** The StopBefore that ended the last run, if one did. */
  stoppedBefore: StopBefore | undefined;

  constructor(
    state: MachineState,
    private readonly bindings: EngineBindings,
    /** The machine's one cache. */
    private readonly blocks: BlockCache,
    /** `alone`: it executes every instruction itself, whatever is compiled. */
    { alone = false } = {},
  ) {
    blocks.attach(bindings.memory);
    // Beside a second tier little is executed here, and most of it a few times.
    this.execute = blocks.tier === undefined ? execute : executeCalled;
    if (blocks.tier === undefined) warmUp();
    else warmUpCalled();
    this.executor = new Executor(
      state,
      bindings,
      blocks,
      {
        runOps,
        runOp,
        takeFault: (...args) => this.takeFault(...args),
        takeThrown: (thrown) => this.takeThrown(thrown),
      },
      alone,
    );
  }

  /**
   * Executes at most `budget` instructions (an integer, at least 1), exactly, from CORE.R + 15 on.
   * @param resuming true to pass the breakpoint at CORE.R + 15 without a question: to go on from a stop there.
   */
  run(budget: number, resuming = false): RunResult {
    const x = this.executor;
    this.stoppedBefore = undefined;
    x.begin(budget, resuming);
    try {
      for (;;) {
        try {
          this.execute(x);
          break;
        } catch (thrown) {
          if (!this.goesOnAfter(thrown)) break;
        }
      }
    } finally {
      x.finish();
    }
    return { retired: x.executed, reason: x.reason, ...(x.turnOver && { turnOver: true }) };
  }

  /** Ends the run after the current instruction with 'stop'; without effect between runs. */
  requestStop(): void {
    this.executor.event |= Attention.Stop;
  }

  /** Ends the run after the current instruction with 'yield'; without effect between runs. */
  endSlice(): void {
    this.executor.event |= Attention.Yield;
  }

  /** Interrupt lines or masks, the state of the core, or its context of translation changed: looked at before the next instruction. */
  attention(): void {
    this.executor.event |= Attention.Look;
  }

  /** An alarm was set for `time` ns: the run ends when time reaches it, or after the current instruction if that is later. */
  limit(time: number): void {
    this.executor.limitTo(time);
  }

  /** Deals with what an instruction threw; false ends the run. */
  private goesOnAfter(thrown: unknown): boolean {
    const x = this.executor;
    const { encoding } = x;
    x.abandon();
    if (thrown instanceof StopBefore) {
      this.stoppedBefore = thrown;
      x.reason = 'stop';
      return false;
    }
    if (thrown instanceof MemoryFault) this.takeFault(thrown, encoding);
    else if (thrown instanceof ExceptionTaken) this.countStalled();
    else throw thrown;
    return true;
  }

  private takeThrown(thrown: unknown): void {
    if (!(thrown instanceof MemoryFault || thrown instanceof ExceptionTaken)) throw thrown;
    this.goesOnAfter(thrown);
  }

  private takeFault(fault: MemoryFault, encoding: number | undefined): void {
    const syndrome = encoding === undefined ? undefined : this.syndrome(encoding);
    const length = encoding === undefined ? 4 : this.length(encoding);
    this.bindings.takeMemoryFault(this.bindings.core, fault, syndrome, length);
    this.countStalled();
  }

  private length(encoding: number): 2 | 4 {
    const isA32 = (this.bindings.core.i32[CORE.PSR] & Psr.T) === 0;
    return isA32 || encoding >>> 16 !== 0 ? 4 : 2;
  }

  /** HSR's view of the data access of the instruction at CORE.R + 15. */
  private syndrome(encoding: number): DataAccessSyndrome | undefined {
    const { core } = this.bindings;
    const set: InstructionSet = (core.i32[CORE.PSR] & Psr.T) !== 0 ? 'T32' : 'A32';
    const key = set === 'T32' ? -1 - (encoding >>> 0) : encoding >>> 0;
    const known = this.syndromes.get(key);
    if (known !== undefined || this.syndromes.has(key)) return known;
    const decoded = this.blocks.decode(encoding, { set, address: core.pc, itstate: core.i32[CORE.ITSTATE] });
    const syndrome = decoded.row.syndrome?.(decoded.fields);
    if (this.syndromes.size === MOST_SYNDROMES) this.syndromes.clear();
    this.syndromes.set(key, syndrome);
    return syndrome;
  }

  private countStalled(): void {
    const { core } = this.bindings;
    if (core.f64[STALLED_AT] !== core.retired || core.i32[CORE.STALLED] === 0) {
      core.f64[STALLED_AT] = core.retired;
      core.i32[CORE.STALLED] = 0;
    }
    if (++core.i32[CORE.STALLED] <= FREE_EXCEPTIONS) return;
    this.executor.chargeOne();
    core.f64[STALLED_AT] = core.retired;
  }
}
