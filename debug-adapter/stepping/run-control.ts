/**
 * Runs the machine beside the message loop: a goal says how far, a slice of real time is given to it, then the
 * messages that have arrived are dealt with. What the user asked to stop at ends any goal.
 */
import type { Machine, RunOutcome } from '../../emulator';
import type { Host } from '../host';
import type { StopReport } from './stop-report';

/**
 * Yields how many instructions to run at most, is given what came of it, and returns the report when it is reached.
 * Ends of the machine, breakpoints and pause are not its business.
 */
export type Goal = Generator<number, StopReport, RunOutcome>;

/** How a run ended. */
export type RunEnd = { readonly kind: 'stop'; readonly report: StopReport } | { readonly kind: 'ended' };

export interface RunObserver {
  /** Called after each piece of running: a report when something that the user set stopped the machine. */
  inspect(outcome: RunOutcome): StopReport | undefined;
  /** The guest reset the machine, which stands where it boots again; the report for goals that end with it. */
  reset(): StopReport;
  /** The report for a pause. */
  paused(): StopReport;
  /** The report for a fault of this program itself: the machine stands where it was met. */
  failed(error: unknown): StopReport;
}

/** Real time given to the machine before messages are looked at, in milliseconds. */
const SLICE_MS = 15;
/** Instructions run between two looks at the clock: few where conditions are evaluated all the time, many otherwise. */
const LEAST_PIECE = 500;
const MOST_PIECE = 500_000;
const FIRST_PIECE = 20_000;
/** Real time that a piece should take, in milliseconds. */
const PIECE_MS = 8;
/**
 * What a piece may cost beside its instructions, in quarters of a microsecond (emulator/interpreter/patience.ts): a piece may
 * meet what takes much longer than what came before. Ten times as much while nothing is warm.
 */
const PATIENCE = 4000;

export class RunControl {
  private goal: Goal | undefined;
  private finish: (end: RunEnd) => void = () => {};
  private outlivesReset = false;
  private pauseWanted = false;
  private idle = false;
  private resuming = false;
  private outcome: RunOutcome | undefined;
  private scheduled = false;
  private piece = FIRST_PIECE;

  constructor(
    private readonly machine: Machine,
    private readonly host: Host,
    private readonly observer: RunObserver,
  ) {}

  get running(): boolean {
    return this.goal !== undefined;
  }

  /**
   * Begins to run; `finish` is called once, from a later turn of the message loop.
   * @param outlivesReset the goal means something after a reset of the machine, too.
   */
  start(goal: Goal, outlivesReset: boolean, finish: (end: RunEnd) => void): void {
    if (this.goal !== undefined) throw new Error('the machine is running already');
    this.goal = goal;
    this.outlivesReset = outlivesReset;
    this.finish = finish;
    this.pauseWanted = false;
    this.resuming = true;
    this.outcome = undefined;
    this.schedule();
  }

  /** Stops at the next instruction boundary that the machine reaches. */
  pause(): void {
    this.pauseWanted = true;
    this.wake();
  }

  /** Something came in from outside (a key): a machine in which every core waits looks again. */
  wake(): void {
    if (!this.idle) return;
    this.idle = false;
    this.schedule();
  }

  /** Forgets the goal without a report, when the session ends. */
  abandon(): void {
    this.goal?.return(undefined as never);
    this.goal = undefined;
    this.idle = false;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.host.later(() => {
      this.scheduled = false;
      if (this.goal === undefined || this.idle) return;
      try {
        this.slice(this.goal);
      } catch (error) {
        this.end({ kind: 'stop', report: this.observer.failed(error) });
      }
    });
  }

  private slice(goal: Goal): void {
    const until = this.host.milliseconds() + SLICE_MS;
    do {
      if (this.pauseWanted) return this.end({ kind: 'stop', report: this.observer.paused() });
      const next = this.outcome === undefined ? goal.next() : goal.next(this.outcome);
      if (next.done === true) return this.end({ kind: 'stop', report: next.value });
      const outcome = this.runPiece(next.value);
      this.resuming = false;
      const reset = outcome.end === 'reset' ? this.observer.reset() : undefined;
      const report = this.observer.inspect(outcome) ?? (this.outlivesReset ? undefined : reset);
      if (report !== undefined) return this.end({ kind: 'stop', report });
      if (outcome.end === 'powered off') return this.end({ kind: 'ended' });
      this.outcome = outcome;
      if (outcome.end === 'idle') {
        this.idle = true;
        if (this.pauseWanted) this.wake();
        return;
      }
    } while (this.host.milliseconds() < until);
    this.schedule();
  }

  /** Runs at most `most` instructions, at most as many as fit into a piece of real time. */
  private runPiece(most: number): RunOutcome {
    const budget = Math.min(most, this.piece);
    const begin = this.host.milliseconds();
    const outcome = this.machine.run(budget, this.resuming, PATIENCE);
    const spent = this.host.milliseconds() - begin;
    if (spent > 2 * PIECE_MS) this.piece = Math.max(LEAST_PIECE, Math.floor((this.piece * PIECE_MS) / spent));
    else if (budget === this.piece && outcome.retired >= budget && spent < PIECE_MS / 2)
      this.piece = Math.min(MOST_PIECE, this.piece * 2);
    return outcome;
  }

  private end(end: RunEnd): void {
    const { goal, finish } = this;
    this.goal = undefined;
    this.idle = false;
    goal?.return(undefined as never);
    finish(end);
  }
}
