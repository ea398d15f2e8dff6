/**
 * Whose turn it is. Cores run one after the other for a slice of instructions each, in a fixed order; a slice ends
 * early by WFE, WFI, YIELD, SEV, a write to GICD_SGIR or a failed STREX; a slice shorter than MOST_EXCLUSIVE goes on
 * while the core holds its exclusive monitor, so that every loop of LDREX and STREX comes to its end. What remains of a
 * slice is state, so that any partition of a run into calls gives the same instruction stream. A core that is alone has
 * turns without end. When every core waits, time jumps to the next alarm.
 */
import type { Clock } from '../state/clock';
import { CORE, HEADER, RunState } from '../state/layout';
import type { CoreState, MachineState } from '../state/machine-state';

/** Why `Scheduler.run` came back. */
export type ScheduleEnd =
  /** As many instructions as asked for were retired. */
  | 'budget'
  /** Somebody asked for a stop: a breakpoint, an event, a watch, pause. */
  | 'stop'
  /** Every core waits, and no alarm is set: only input from outside can go on. */
  | 'idle';

/** What one core's engine did with its turn. */
export interface Turn {
  readonly retired: number;
  readonly reason: 'budget' | 'stop' | 'halted' | 'breakpoint' | 'yield';
  /** With 'stop': the core gave up its turn with the same instruction. */
  readonly turnOver?: true | undefined;
}

export interface SchedulerHost {
  readonly state: MachineState;
  readonly clock: Clock;
  /** Runs one core for at most `budget` instructions. */
  turn(core: CoreState, budget: number): Turn;
  /** True when a waiting core has reason to go on. */
  wakes(core: CoreState): boolean;
  /** True when the run is to be over for who waits for it, whatever its budget. */
  isTired(): boolean;
}

/**
 * Instructions in which code that is to make progress gets from LDREX to STREX (the manual wants at most 128 bytes between
 * them, A3.4.5): a turn with the monitor set is not over before.
 */
const MOST_EXCLUSIVE = 64;
/** SLICE_LEFT of a turn that was given up. */
const OVER = -MOST_EXCLUSIVE;

export class Scheduler {
  constructor(
    private readonly host: SchedulerHost,
    /** Instructions in a slice. */
    private readonly slice: number,
  ) {}

  /**
   * Runs until `budget` instructions of all cores together are retired, a stop, or idleness without end; or until who
   * waits is tired, which is told as 'budget' too.
   */
  run(budget: number): { readonly retired: number; readonly end: ScheduleEnd; readonly core: number } {
    const { state, clock } = this.host;
    const header = state.i32;
    const alone = state.cores.length === 1;
    let retired = 0;
    for (;;) {
      clock.ringDue();
      const core = this.choose();
      if (core === undefined) {
        if (clock.nextDeadline === Infinity)
          return { retired, end: 'idle', core: header[HEADER.CURRENT_CORE]! };
        state.now = Math.max(state.now, clock.nextDeadline);
        continue;
      }
      if (retired >= budget) return { retired, end: 'budget', core: core.index };
      const untilAlarm = Math.ceil(clock.nextDeadline - state.now);
      const left = alone ? Infinity : Math.max(header[HEADER.SLICE_LEFT]!, 1);
      const turn = this.host.turn(core, Math.min(budget - retired, left, untilAlarm));
      retired += turn.retired;
      if (!alone) header[HEADER.SLICE_LEFT]! -= turn.retired;
      if (turn.turnOver) header[HEADER.SLICE_LEFT] = OVER;
      // The core that stopped is the current one until the next run, which begins by passing its turn on if it is over.
      if (turn.reason === 'stop' || turn.reason === 'breakpoint')
        return { retired, end: 'stop', core: core.index };
      if (turn.reason !== 'budget' || this.isOver()) this.pass();
      if (this.host.isTired()) return { retired, end: 'budget', core: core.index };
    }
  }

  /** Gives the turn to a certain core, with a whole slice: how the debugger steps one core of many. */
  select(core: number): void {
    const { state } = this.host;
    // Stores do not look at the monitors of other cores: a core that loses the turn between LDREX and STREX tries again.
    if (core !== state.i32[HEADER.CURRENT_CORE])
      for (const each of state.cores) each.i32[CORE.EXCLUSIVE_VALID] = 0;
    state.i32[HEADER.CURRENT_CORE] = core;
    state.i32[HEADER.SLICE_LEFT] = this.slice;
  }

  /** The core to run now: the current one, or the next in order that can run; undefined when none can. */
  private choose(): CoreState | undefined {
    const { state } = this.host;
    if (this.isOver()) this.pass();
    // One try for each core, from the current one on.
    // eslint-disable-next-line @typescript-eslint/prefer-for-of
    for (let tries = 0; tries < state.cores.length; tries++) {
      const core = state.cores[state.i32[HEADER.CURRENT_CORE]!]!;
      const runState = core.i32[CORE.RUN_STATE]!;
      if (runState === RunState.Running) return core;
      if (runState !== RunState.Off && this.host.wakes(core)) {
        core.i32[CORE.RUN_STATE] = RunState.Running;
        return core;
      }
      this.pass();
    }
    return undefined;
  }

  /** True when the current core has had its turn. What is left of a slice that goes on counts below 0. */
  private isOver(): boolean {
    const { state } = this.host;
    const left = state.i32[HEADER.SLICE_LEFT]!;
    if (left > 0) return false;
    const core = state.cores[state.i32[HEADER.CURRENT_CORE]!]!;
    return core.i32[CORE.EXCLUSIVE_VALID] === 0 || this.slice - left >= MOST_EXCLUSIVE;
  }

  private pass(): void {
    const { state } = this.host;
    this.select((state.i32[HEADER.CURRENT_CORE]! + 1) % state.cores.length);
  }
}
