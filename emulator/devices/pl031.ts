/** PL031 real-time clock (Arm DDI 0224): seconds of virtual time from a fixed epoch, and one alarm. */
import type { Alarm, Clock } from '../state/clock';
import type { DeviceState, InterruptLine } from './device';
import { RegisterDevice, primeCellIdHandlers, primeCellIdRows, type RegisterRow } from './register-device';

export const PL031_REGISTERS: readonly RegisterRow[] = [
  { name: 'RTCDR', offset: 0x00, access: 'RO', description: 'Data Register: seconds.' },
  { name: 'RTCMR', offset: 0x04, access: 'RW', description: 'Match Register: interrupt at this second.' },
  { name: 'RTCLR', offset: 0x08, access: 'RW', description: 'Load Register: sets the time.' },
  { name: 'RTCCR', offset: 0x0c, access: 'RW', description: 'Control Register: started once, it runs.' },
  { name: 'RTCIMSC', offset: 0x10, access: 'RW', description: 'Interrupt Mask: 1 lets it through.' },
  { name: 'RTCRIS', offset: 0x14, access: 'RO', description: 'Raw Interrupt Status.' },
  { name: 'RTCMIS', offset: 0x18, access: 'RO', description: 'Masked Interrupt Status.' },
  { name: 'RTCICR', offset: 0x1c, access: 'WO', description: 'Interrupt Clear Register.' },
  ...primeCellIdRows('RTC'),
];

const SECOND = 1e9;

export class Pl031 extends RegisterDevice {
  private readonly alarm: Alarm;
  /** What the counter showed at virtual time 0, modulo 2^32. */
  private origin = 0;
  private match = 0;
  private load = 0;
  private mask = 0;
  private raw = 0;

  /** @param epoch seconds since 1970 at virtual time 0. */
  constructor(
    name: string,
    private readonly epoch: number,
    private readonly clock: Clock,
    private readonly line: InterruptLine,
  ) {
    super(name, 0x1000, PL031_REGISTERS);
    this.alarm = clock.alarm(name, () => {
      this.raw = 1;
      this.update();
    });
    this.bind({
      RTCDR: { read: () => this.count },
      RTCMR: {
        read: () => this.match,
        write: (_, value) => {
          this.match = value >>> 0;
          this.setAlarm();
        },
      },
      RTCLR: {
        read: () => this.load,
        write: (_, value) => {
          this.load = value >>> 0;
          this.origin = (this.load - this.seconds) >>> 0;
          this.setAlarm();
        },
      },
      RTCCR: { read: () => 1 },
      RTCIMSC: {
        read: () => this.mask,
        write: (_, value) => {
          this.mask = value & 1;
          this.update();
        },
      },
      RTCRIS: { read: () => this.raw },
      RTCMIS: { read: () => this.raw & this.mask },
      RTCICR: {
        write: (_, value) => {
          this.raw &= ~value;
          this.update();
        },
      },
      ...primeCellIdHandlers('RTC', [0x31, 0x10, 0x14, 0x00]),
    });
    this.reset();
  }

  reset(): void {
    this.origin = this.epoch >>> 0;
    this.match = this.load = this.mask = this.raw = 0;
    this.alarm.set(Infinity);
    this.update();
  }
  save(): DeviceState {
    return { origin: this.origin, match: this.match, load: this.load, mask: this.mask, raw: this.raw };
  }
  restore(state: DeviceState): void {
    this.origin = state['origin'] as number;
    this.match = state['match'] as number;
    this.load = state['load'] as number;
    this.mask = state['mask'] as number;
    this.raw = state['raw'] as number;
  }

  private get seconds(): number {
    return Math.floor(this.clock.now / SECOND);
  }
  private get count(): number {
    return (this.origin + this.seconds) >>> 0;
  }

  /** The alarm rings when the count is next equal to the match register; at once when it is now. */
  private setAlarm(): void {
    this.alarm.set((this.seconds + ((this.match - this.count) >>> 0)) * SECOND);
  }
  private update(): void {
    this.line.set((this.raw & this.mask) !== 0);
  }
}
