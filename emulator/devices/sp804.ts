/**
 * SP804 Dual-Timer (Arm DDI 0271): two 32-bit down-counters with prescalers and one combined interrupt, counting
 * virtual time exactly. What a counter shows follows from when it reaches zero next; nothing happens in between.
 */
import type { Alarm, Clock } from '../state/clock';
import type { DeviceState, InterruptLine } from './device';
import {
  RegisterDevice,
  primeCellIdHandlers,
  primeCellIdRows,
  type RegisterHandler,
  type RegisterRow,
} from './register-device';

/** Bits of TimerXControl. */
const enum Control {
  OneShot = 1 << 0,
  Size32 = 1 << 1,
  Prescale = 3 << 2,
  InterruptEnable = 1 << 5,
  Periodic = 1 << 6,
  Enable = 1 << 7,
}
const CONTROL_BITS = 0xef;
/** Bits of TimerXControl that say how the counter moves. */
const CONTROL_OF_COUNT =
  Control.OneShot | Control.Size32 | Control.Prescale | Control.Periodic | Control.Enable;
/** A count lasts this many cycles of the clock, as a power of two, by the prescale field; 3 is undefined: as 2. */
const PRESCALE_LOG2 = [0, 4, 8, 8] as const;
/** Offset of the second counter's registers. */
const SECOND = 0x20;

function counterRows(n: 1 | 2): readonly RegisterRow[] {
  const at = n === 1 ? 0 : SECOND;
  return [
    {
      name: `Timer${n}Load`,
      offset: at,
      access: 'RW',
      description: 'Load: the count starts from it, at once.',
    },
    { name: `Timer${n}Value`, offset: at + 4, access: 'RO', description: 'Current value.' },
    {
      ...{ name: `Timer${n}Control`, offset: at + 8, access: 'RW' },
      description: 'Control.',
      fields: [
        { name: 'OneShot', lsb: 0, width: 1, description: 'Stops at zero.' },
        { name: 'TimerSize', lsb: 1, width: 1, description: '1: 32 bits, 0: 16 bits.' },
        { name: 'TimerPre', lsb: 2, width: 2, description: 'Prescale: 1, 16 or 256 cycles a count.' },
        { name: 'IntEnable', lsb: 5, width: 1, description: 'Lets the interrupt through.' },
        {
          name: 'TimerMode',
          lsb: 6,
          width: 1,
          description: '1: periodic, from the load value; 0: free-running.',
        },
        { name: 'TimerEn', lsb: 7, width: 1, description: 'Counts.' },
      ],
    },
    { name: `Timer${n}IntClr`, offset: at + 12, access: 'WO', description: 'Clears the interrupt.' },
    { name: `Timer${n}RIS`, offset: at + 16, access: 'RO', description: 'Raw interrupt status.' },
    { name: `Timer${n}MIS`, offset: at + 20, access: 'RO', description: 'Masked interrupt status.' },
    {
      ...{ name: `Timer${n}BGLoad`, offset: at + 24, access: 'RW' },
      description: 'Background load: the load value, without a new start.',
    },
  ];
}

export const SP804_REGISTERS: readonly RegisterRow[] = [
  ...counterRows(1),
  ...counterRows(2),
  ...primeCellIdRows('Timer'),
];

/** What is saved of one counter. */
interface CounterState {
  readonly control: number;
  readonly load: number;
  readonly raw: boolean;
  readonly held: number;
  readonly zeroAt: number;
}

/** One of the two counters. */
class Counter {
  private readonly alarm: Alarm;
  private control = 0;
  private load = 0;
  private raw = false;
  /** The value while the counter stands still. */
  private held = 0;
  /** Virtual time in ns at which the counter reaches zero next; Infinity while it stands still. */
  private zeroAt = Infinity;

  constructor(
    name: string,
    private readonly clock: Clock,
    /** Nanoseconds of a cycle of the timer's clock. */
    private readonly cycle: number,
    private readonly changed: () => void,
  ) {
    this.alarm = clock.alarm(name, () => this.update());
  }

  reset(): void {
    this.control = Control.InterruptEnable;
    this.load = 0;
    this.raw = false;
    this.held = 0xffff_ffff;
    this.zeroAt = Infinity;
    this.update();
  }
  save(): CounterState {
    this.settle();
    const { control, load, raw, held, zeroAt } = this;
    return { control, load, raw, held, zeroAt };
  }
  restore(state: CounterState): void {
    this.control = state.control;
    this.load = state.load;
    this.raw = state.raw;
    this.held = state.held;
    this.zeroAt = state.zeroAt;
  }

  get interrupt(): boolean {
    this.settle();
    return this.raw && (this.control & Control.InterruptEnable) !== 0;
  }

  /** Handlers of the rows that `counterRows` gives. */
  handlers(n: 1 | 2): Readonly<Record<string, RegisterHandler>> {
    const load = (restart: boolean): RegisterHandler => ({
      read: () => this.load,
      write: (_, value) => {
        this.settle();
        this.load = value >>> 0;
        if (restart) this.start(this.load);
        this.update();
      },
    });
    return {
      [`Timer${n}Load`]: load(true),
      [`Timer${n}BGLoad`]: load(false),
      [`Timer${n}Value`]: { read: () => this.value },
      [`Timer${n}Control`]: { read: () => this.control, write: (_, value) => this.writeControl(value) },
      [`Timer${n}IntClr`]: {
        write: () => {
          this.settle();
          this.raw = false;
          this.update();
        },
      },
      [`Timer${n}RIS`]: { read: () => (this.settled().raw ? 1 : 0) },
      [`Timer${n}MIS`]: { read: () => (this.interrupt ? 1 : 0) },
    };
  }

  private writeControl(value: number): void {
    this.settle();
    const before = this.value;
    const old = this.control;
    this.control = value & CONTROL_BITS;
    // The counter goes on from where it is, a whole count long. One that stopped at zero starts again when it is one-shot no more.
    if ((old ^ this.control) & CONTROL_OF_COUNT) this.start(before);
    this.update();
  }

  private get limit(): number {
    return this.control & Control.Size32 ? 0xffff_ffff : 0xffff;
  }
  /** Nanoseconds of one count. */
  private get step(): number {
    return this.cycle * 2 ** PRESCALE_LOG2[((this.control & Control.Prescale) >> 2) as 0 | 1 | 2 | 3];
  }
  /** Counts from one zero to the next; 0: the counter stays there. */
  private get period(): number {
    if (this.control & Control.OneShot) return 0;
    return this.control & Control.Periodic ? (this.load & this.limit) >>> 0 : this.limit + 1;
  }

  private get value(): number {
    this.settle();
    if (this.zeroAt === Infinity) return (this.held & this.limit) >>> 0;
    const counts = Math.floor((this.zeroAt - this.clock.now) / this.step);
    return (counts & this.limit) >>> 0;
  }

  /** Counts from `value` on, if the counter is enabled; a count that starts with zero is over at once. */
  private start(value: number): void {
    this.held = value;
    const counts = (value & this.limit) >>> 0;
    this.zeroAt = this.control & Control.Enable ? this.clock.now + counts * this.step : Infinity;
  }

  /** Makes state of what happened up to now. It can be done at any time: no register shows whether it was. */
  private settle(): void {
    const late = this.clock.now - this.zeroAt;
    if (!(late >= 0)) return;
    this.raw = true;
    const period = this.period * this.step;
    if (period > 0) this.zeroAt += (Math.floor(late / period) + 1) * period;
    else {
      this.zeroAt = Infinity;
      this.held = 0;
    }
  }
  private settled(): this {
    this.settle();
    return this;
  }

  /** An interrupt that is already there cannot come again: the next zero matters only when it would raise one. */
  private update(): void {
    this.settle();
    const rings = !this.raw && (this.control & Control.InterruptEnable) !== 0;
    this.alarm.set(rings ? this.zeroAt : Infinity);
    this.changed();
  }
}

export class Sp804 extends RegisterDevice {
  private readonly counters: readonly [Counter, Counter];

  /**
   * @param frequency of the timer's clock in Hz, a divisor of 10^9.
   * @param line the combined interrupt of both counters.
   */
  constructor(
    name: string,
    frequency: number,
    clock: Clock,
    private readonly line: InterruptLine,
  ) {
    super(name, 0x1000, SP804_REGISTERS);
    const counter = (n: 1 | 2): Counter =>
      new Counter(`${name} ${n}`, clock, 1e9 / frequency, () => this.update());
    this.counters = [counter(1), counter(2)];
    this.bind({
      ...this.counters[0].handlers(1),
      ...this.counters[1].handlers(2),
      ...primeCellIdHandlers('Timer', [0x04, 0x18, 0x14, 0x00]),
    });
    this.reset();
  }

  reset(): void {
    for (const counter of this.counters) counter.reset();
  }
  save(): DeviceState {
    return { counters: this.counters.map((counter) => counter.save()) };
  }
  restore(state: DeviceState): void {
    const saved = state['counters'] as CounterState[];
    this.counters.forEach((counter, i) => counter.restore(saved[i]));
  }

  private update(): void {
    this.line.set(this.counters.some((counter) => counter.interrupt));
  }
}
