/**
 * The machine's one clock and its queue of future events. Time is virtual: one nanosecond for each instruction
 * retired, in schedule order, and a jump to the next alarm when every core waits. The run loop keeps `now`
 * exact whenever a device, a system register or a helper can look at it.
 */
import type { MachineState } from './machine-state';

/** A named alarm: at most one deadline at a time. */
export interface Alarm {
  readonly name: string;
  /** Virtual time in ns at which the alarm goes off, or Infinity. */
  readonly deadline: number;
  /** Arms the alarm for `time` ns (now or past: at the next instruction boundary), or disarms it: with Infinity, or any time after LAST_ALARM. */
  set(time: number): void;
}

/**
 * Alarms after this time (52 days, in ns) never ring: idleness cannot carry the clock to where a double no longer
 * counts single nanoseconds, whatever deadlines a guest sets.
 */
export const LAST_ALARM = 2 ** 52;

export class Clock {
  private readonly alarms: { name: string; deadline: number; set(time: number): void; ring: () => void }[] =
    [];
  /** The earliest deadline of all alarms, in ns; Infinity when none is armed. */
  nextDeadline = Infinity;
  /** Called when nextDeadline moved nearer, so that a running engine can shorten its budget. */
  onEarlier: () => void = () => {};

  constructor(private readonly state: Pick<MachineState, 'now'>) {}

  /** Virtual time in nanoseconds. */
  get now(): number {
    return this.state.now;
  }

  /** Makes an alarm. Alarms due at the same time ring in the order in which they were made. */
  alarm(name: string, ring: () => void): Alarm {
    const alarm = {
      name,
      deadline: Infinity,
      ring,
      set: (time: number): void => {
        alarm.deadline = time <= LAST_ALARM ? time : Infinity;
        const before = this.nextDeadline;
        this.refresh();
        if (this.nextDeadline < before) this.onEarlier();
      },
    };
    this.alarms.push(alarm);
    return alarm;
  }

  /** Rings every alarm whose deadline is not after `now`, earliest first. */
  ringDue(): void {
    while (this.nextDeadline <= this.now) {
      const due = this.alarms.find((alarm) => alarm.deadline === this.nextDeadline)!;
      due.deadline = Infinity;
      this.refresh();
      due.ring();
    }
  }

  /** Deadlines by name, for snapshots. */
  save(): Record<string, number> {
    return Object.fromEntries(this.alarms.map((alarm) => [alarm.name, alarm.deadline]));
  }

  /** Restores what `save` gave; an alarm it does not name is disarmed. */
  restore(saved: Readonly<Record<string, number>>): void {
    for (const alarm of this.alarms) alarm.deadline = saved[alarm.name] ?? Infinity;
    this.refresh();
  }

  private refresh(): void {
    let next = Infinity;
    for (const alarm of this.alarms) if (alarm.deadline < next) next = alarm.deadline;
    this.nextDeadline = next;
  }
}
