/**
 * The generic timers of every core (ARM ARM B8.1): physical (Non-secure and Secure), virtual and Hyp. Their
 * registers are words of the core's block; this part computes what follows from them and from time: ISTATUS, the
 * interrupt lines, the next moment at which something changes, and the event streams that wake WFE.
 */
import type { EventHub } from '../events/event-hub';
import type { TimerExpiry } from '../events/events';
import type { Alarm, Clock } from '../state/clock';
import { CORE, SECURE_BANK, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { SystemCounter } from './system-counter';

/** Bits of CNTP_CTL, CNTV_CTL and CNTHP_CTL. */
export const enum TimerControl {
  ENABLE = 1,
  IMASK = 2,
  ISTATUS = 4,
}

export type TimerName = TimerExpiry['timer'];

interface TimerRow {
  readonly name: TimerName;
  /** INTID of its private peripheral interrupt, as on the boards of QEMU and the A15's recommendation. */
  readonly interrupt: number;
  readonly control: number;
  readonly compare: number;
  /** True when it counts by the virtual counter. */
  readonly virtual: boolean;
  readonly needs: 'nothing' | 'security' | 'virtualization';
}

/** The four timers of a core. */
export const TIMERS: readonly TimerRow[] = [
  {
    name: 'CNTP',
    interrupt: 30,
    control: SYS.CNTP_CTL,
    compare: SYS.CNTP_CVAL,
    virtual: false,
    needs: 'nothing',
  },
  {
    name: 'CNTP_S',
    interrupt: 29,
    control: SYS.CNTP_CTL + SECURE_BANK,
    compare: SYS.CNTP_CVAL + SECURE_BANK,
    virtual: false,
    needs: 'security',
  },
  {
    name: 'CNTV',
    interrupt: 27,
    control: SYS.CNTV_CTL,
    compare: SYS.CNTV_CVAL,
    virtual: true,
    needs: 'nothing',
  },
  {
    name: 'CNTHP',
    interrupt: 26,
    control: SYS.CNTHP_CTL,
    compare: SYS.CNTHP_CVAL,
    virtual: false,
    needs: 'virtualization',
  },
];

/** What the timers drive. */
export interface TimerOutputs {
  /** The level of a timer's private peripheral interrupt. */
  setPpi(core: number, interrupt: number, level: boolean): void;
  /** An event of an event stream, for WFE on this core (CNTKCTL and CNTHCTL, EVNTEN). */
  sendEvent(core: number): void;
}

/** Plain data for snapshots. */
export interface GenericTimersState {
  /** For each core, the set of timers (bit: index in TIMERS) whose condition was met when last looked at. */
  readonly met: readonly number[];
  readonly lines: readonly number[];
  /** For each core, the counts modulo 2^53 (decimal) up to which the event streams of CNTKCTL and CNTHCTL have been served; -1: off. */
  readonly streams: readonly (readonly string[])[];
}

/** High words below this make 64-bit values that a double holds exactly. */
const EXACT_HIGH = 2 ** 21;
const MASK64 = (1n << 64n) - 1n;
/** EVNTEN, EVNTDIR and EVNTI of CNTKCTL and CNTHCTL. */
const EVNTEN = 4;
const EVNTDIR = 8;
/** Count of an event stream that is not enabled, or not awaited. */
const NOT_SERVED = -1;

export class GenericTimers {
  readonly counter: SystemCounter;
  private readonly alarms: readonly Alarm[];
  private readonly met: number[];
  private readonly lines: number[];
  /** Per core: counts, modulo 2^53, up to which the event streams of the virtual and the physical counter have been served. */
  private readonly streams: [number, number][];

  constructor(
    private readonly cores: readonly CoreState[],
    private readonly clock: Clock,
    frequency: number,
    private readonly outputs: TimerOutputs,
    private readonly events?: EventHub,
  ) {
    this.counter = new SystemCounter(frequency);
    this.alarms = cores.map((core) =>
      clock.alarm(`generic timers of core ${core.index}`, () => this.timerChanged(core.index)),
    );
    this.met = cores.map(() => 0);
    this.lines = cores.map(() => 0);
    this.streams = cores.map(() => [NOT_SERVED, NOT_SERVED]);
  }

  /** CNTPCT: an exact integer below 2^53. */
  physicalCount(): number {
    return this.counter.at(this.clock.now);
  }

  /** CNTVCT: the physical count minus CNTVOFF, modulo 2^64. */
  virtualCount(core: CoreState): bigint {
    return (BigInt(this.physicalCount()) - offset(core)) & MASK64;
  }

  /** Reads a CTL register: ISTATUS is computed now; it is 0 while the timer is disabled. */
  readControl(core: CoreState, name: TimerName): number {
    const timer = row(name);
    const stored = core.u32[timer.control] & (TimerControl.ENABLE | TimerControl.IMASK);
    return this.conditionMet(core, timer) ? stored | TimerControl.ISTATUS : stored;
  }

  /** Reads a TVAL register: the low 32 bits of CVAL minus the count, unsigned. */
  readTimerValue(core: CoreState, name: TimerName): number {
    const timer = row(name);
    return Number(BigInt.asUintN(32, pair(core, timer.compare) - this.count(core, timer)));
  }

  /** Writes a TVAL register: CVAL becomes the count plus the sign-extended value. */
  writeTimerValue(core: CoreState, name: TimerName, value: number): void {
    const timer = row(name);
    setPair(core, timer.compare, this.count(core, timer) + BigInt(value | 0));
    this.timerChanged(core.index);
  }

  /**
   * Brings the timers of core `index` up to date: to be called after any of its timer registers changed; the clock calls it
   * when a deadline comes. Drives the interrupt lines, publishes expiries, serves the event streams and sets the
   * next deadline.
   */
  timerChanged(index: number): void {
    const core = this.cores[index];
    let met = 0;
    let lines = 0;
    let next = Infinity;
    for (let bit = 0; bit < TIMERS.length; bit++) {
      const timer = TIMERS[bit];
      const control = core.u32[timer.control];
      if ((control & TimerControl.ENABLE) === 0 || !exists(core, timer)) continue;
      if (this.conditionMet(core, timer)) {
        met |= 1 << bit;
        if ((control & TimerControl.IMASK) === 0) lines |= 1 << bit;
      }
      next = Math.min(next, this.nextChange(core, timer));
    }
    const expired = met & ~this.met[index];
    const edges = lines ^ this.lines[index];
    this.met[index] = met;
    this.lines[index] = lines;
    this.alarms[index].set(Math.min(next, this.serveEventStreams(core)));
    if ((edges | expired) === 0) return;
    TIMERS.forEach((timer, bit) => {
      if ((edges >> bit) & 1) this.outputs.setPpi(index, timer.interrupt, ((lines >> bit) & 1) !== 0);
      if ((expired >> bit) & 1 && this.events?.wants['timer-expiry'])
        this.events.publish({ kind: 'timer-expiry', core: index, timer: timer.name });
    });
  }

  /** After the registers of every core were reset. */
  reset(): void {
    for (const core of this.cores) this.timerChanged(core.index);
  }

  save(): GenericTimersState {
    return {
      met: [...this.met],
      lines: [...this.lines],
      streams: this.streams.map((stream) => stream.map(String)),
    };
  }

  /** Restores what `save` gave; deadlines are the clock's to restore, and no line is driven. */
  restore(state: GenericTimersState): void {
    state.met.forEach((met, i) => (this.met[i] = met));
    state.lines.forEach((lines, i) => (this.lines[i] = lines));
    state.streams.forEach((stream, i) => (this.streams[i] = [Number(stream[0]), Number(stream[1])]));
  }

  private count(core: CoreState, timer: TimerRow): bigint {
    return timer.virtual ? this.virtualCount(core) : BigInt(this.physicalCount());
  }

  /** The timer condition (B8.1.5): the count has reached CVAL, both unsigned; false while disabled. */
  private conditionMet(core: CoreState, timer: TimerRow): boolean {
    if ((core.u32[timer.control] & TimerControl.ENABLE) === 0) return false;
    const left = this.ticksLeft(core, timer);
    if (left !== undefined) return left <= 0;
    return this.count(core, timer) >= pair(core, timer.compare);
  }

  /** Virtual time at which the condition changes next: the count reaches CVAL, or wraps below it. */
  private nextChange(core: CoreState, timer: TimerRow): number {
    const left = this.ticksLeft(core, timer);
    // A count that small wraps later than the clock can tell.
    if (left !== undefined) return left <= 0 ? Infinity : this.timeAfter(left);
    const count = this.count(core, timer);
    const compare = pair(core, timer.compare);
    if (count >= compare && compare === 0n) return Infinity;
    return this.timeAfter(Number(count < compare ? compare - count : MASK64 + 1n - count));
  }

  /**
   * CVAL minus the count, where CVAL, CNTVOFF and the count are ordinary: below 2^53 and the count not before the
   * offset. Undefined otherwise: then 64-bit arithmetic decides.
   */
  private ticksLeft(core: CoreState, timer: TimerRow): number | undefined {
    const { u32 } = core;
    const virtual = timer.virtual && core.hasVirtualization;
    const offsetHigh = virtual ? u32[SYS.CNTVOFF + 1] : 0;
    const compareHigh = u32[timer.compare + 1];
    if (offsetHigh >= EXACT_HIGH || compareHigh >= EXACT_HIGH) return undefined;
    const count = this.physicalCount() - (virtual ? offsetHigh * 2 ** 32 + u32[SYS.CNTVOFF] : 0);
    return count < 0 ? undefined : compareHigh * 2 ** 32 + u32[timer.compare] - count;
  }

  /** Virtual time at which `ticks` more ticks will have been counted; Infinity when that is too far to tell. */
  private timeAfter(ticks: number): number {
    const target = this.physicalCount() + ticks;
    return target < 2 ** 53 ? this.counter.timeOf(target) : Infinity;
  }

  /**
   * Sends the events due in the two event streams; gives the virtual time of the next. While the event register is
   * set, more events change nothing and none is awaited: a core that no event can wake would have no end of them.
   * Whoever clears the register calls `timerChanged`.
   */
  private serveEventStreams(core: CoreState): number {
    const served = this.streams[core.index];
    const control = core.u32[SYS.CNTKCTL] | (core.hasVirtualization ? core.u32[SYS.CNTHCTL] : 0);
    if ((control & EVNTEN) === 0 || core.i32[CORE.EVENT] !== 0) {
      served[0] = served[1] = NOT_SERVED;
      return Infinity;
    }
    const physical = this.physicalCount();
    const virtual = core.hasVirtualization ? lowBits(physical, core.u32, SYS.CNTVOFF) : physical;
    const next = this.serveEventStream(core, 0, core.u32[SYS.CNTKCTL], virtual);
    if (!core.hasVirtualization) return next;
    return Math.min(next, this.serveEventStream(core, 1, core.u32[SYS.CNTHCTL], physical));
  }

  /** As serveEventStreams, of one, whose counter has `count`. */
  private serveEventStream(core: CoreState, stream: 0 | 1, control: number, count: number): number {
    const served = this.streams[core.index];
    const since = served[stream];
    if ((control & EVNTEN) === 0) {
      served[stream] = NOT_SERVED;
      return Infinity;
    }
    served[stream] = count;
    // Bit EVNTI goes 0 to 1 when the count passes an odd multiple of 2^EVNTI, 1 to 0 at an even multiple.
    const half = 1 << ((control >> 4) & 15);
    const period = 2 * half;
    const phase = control & EVNTDIR ? 0 : half;
    const transitions = Math.floor((count - phase) / period);
    if (since !== NOT_SERVED && count > since && transitions > Math.floor((since - phase) / period))
      this.outputs.sendEvent(core.index);
    return this.timeAfter(period - (count - phase - transitions * period));
  }
}

/** A count minus the 64-bit number in `words` at `index`, modulo 2^53: what a double holds exactly, and all an event stream asks about. */
function lowBits(count: number, words: Uint32Array, index: number): number {
  const difference = count - ((words[index + 1] % EXACT_HIGH) * 2 ** 32 + words[index]);
  return difference < 0 ? difference + EXACT_HIGH * 2 ** 32 : difference;
}

function row(name: TimerName): TimerRow {
  const timer = TIMERS.find((candidate) => candidate.name === name);
  if (timer === undefined) throw new RangeError(`there is no timer ${name}`);
  return timer;
}

function exists(core: CoreState, timer: TimerRow): boolean {
  if (timer.needs === 'security') return core.hasSecurity;
  return timer.needs === 'nothing' || core.hasVirtualization;
}

function offset(core: CoreState): bigint {
  return core.hasVirtualization ? pair(core, SYS.CNTVOFF) : 0n;
}

function pair(core: CoreState, index: number): bigint {
  return (BigInt(core.u32[index + 1]) << 32n) | BigInt(core.u32[index]);
}

function setPair(core: CoreState, index: number, value: bigint): void {
  core.u32[index] = Number(value & 0xffff_ffffn);
  core.u32[index + 1] = Number((value >> 32n) & 0xffff_ffffn);
}
