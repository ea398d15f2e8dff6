/**
 * PL180 Multimedia Card Interface (Arm DDI 0172), identifying itself as QEMU's PL181, with an empty slot: commands that
 * want an answer time out, and no data ever moves.
 */
import type { DeviceState, InterruptLine } from './device';
import { RegisterDevice, primeCellIdHandlers, primeCellIdRows, type RegisterRow } from './register-device';

/** Bits of MCICommand. */
const enum Command {
  Response = 1 << 6,
  /** Waits for the end of a transfer that never ends. */
  Pending = 1 << 9,
  Enable = 1 << 10,
}
/** Bits of MCIStatus. */
const enum Status {
  CommandTimeOut = 1 << 2,
  CommandSent = 1 << 7,
  DataEnd = 1 << 8,
  DataBlockEnd = 1 << 10,
  TransmitActive = 1 << 12,
  ReceiveActive = 1 << 13,
  TransmitHalfEmpty = 1 << 14,
  TransmitEmpty = 1 << 18,
  ReceiveEmpty = 1 << 19,
}
/** What the status shows while data go to a card that is not there, and while data of it are awaited. */
const TRANSMITTING = Status.TransmitActive | Status.TransmitHalfEmpty | Status.TransmitEmpty;
const RECEIVING = Status.ReceiveActive | Status.ReceiveEmpty;
/** Bits of MCIStatus that MCIClear clears. */
const STATIC_STATUS = 0x7ff;
const COMMAND_BITS = 0x3ff;
/** Bits of MCIDataCtrl. */
const enum DataControl {
  Enable = 1 << 0,
  FromCard = 1 << 1,
}
export const PL180_REGISTERS: readonly RegisterRow[] = [
  { name: 'MCIPower', offset: 0x00, access: 'RW', description: 'Power control.' },
  { name: 'MCIClock', offset: 0x04, access: 'RW', description: 'Clock control.' },
  { name: 'MCIArgument', offset: 0x08, access: 'RW', description: 'Argument of the next command.' },
  {
    ...{ name: 'MCICommand', offset: 0x0c, access: 'RW' },
    description: 'Command: sends it.',
    fields: [
      { name: 'CmdIndex', lsb: 0, width: 6, description: 'Number of the command.' },
      { name: 'Response', lsb: 6, width: 1, description: 'The card shall answer.' },
      { name: 'LongRsp', lsb: 7, width: 1, description: 'With 127 bits instead of 32.' },
      { name: 'Interrupt', lsb: 8, width: 1, description: 'No time-out: waits for an interrupt.' },
      { name: 'Pending', lsb: 9, width: 1, description: 'Waits until data have been sent.' },
      { name: 'Enable', lsb: 10, width: 1, description: 'Sends the command.' },
    ],
  },
  { name: 'MCIRespCmd', offset: 0x10, access: 'RO', description: 'Number of the command answered.' },
  { name: 'MCIResponse', offset: 0x14, count: 4, access: 'RO', description: 'The answer.' },
  { name: 'MCIDataTimer', offset: 0x24, access: 'RW', description: 'Time-out of data.' },
  { name: 'MCIDataLength', offset: 0x28, access: 'RW', description: 'Bytes to be moved.' },
  { name: 'MCIDataCtrl', offset: 0x2c, access: 'RW', description: 'Data control: starts a transfer.' },
  { name: 'MCIDataCnt', offset: 0x30, access: 'RO', description: 'Bytes left to be moved.' },
  { name: 'MCIStatus', offset: 0x34, access: 'RO', description: 'Status.' },
  { name: 'MCIClear', offset: 0x38, access: 'WO', description: 'Clears bits of the status.' },
  {
    name: 'MCIMask',
    offset: 0x3c,
    count: 2,
    access: 'RW',
    description: 'Which status interrupts, on each line.',
  },
  { name: 'MCIFifoCnt', offset: 0x48, access: 'RO', description: 'Words left to be moved through the FIFO.' },
  { name: 'MCIFIFO', offset: 0x80, count: 16, access: 'RW', description: 'Data.' },
  ...primeCellIdRows('MCI'),
];

export class Pl180 extends RegisterDevice {
  private power = 0;
  private clockControl = 0;
  private argument = 0;
  private command = 0;
  private dataTimer = 0;
  private dataLength = 0;
  private dataControl = 0;
  private dataCount = 0;
  /** The bits of MCIStatus that stay until they are cleared. */
  private latched = 0;
  private masks: [number, number] = [0, 0];

  /** @param lines its two interrupts. */
  constructor(
    name: string,
    private readonly lines: readonly [InterruptLine, InterruptLine],
  ) {
    super(name, 0x1000, PL180_REGISTERS);
    this.bind({
      MCIPower: { read: () => this.power, write: (_, value) => void (this.power = value & 0xff) },
      MCIClock: {
        read: () => this.clockControl,
        write: (_, value) => void (this.clockControl = value & 0xff),
      },
      MCIArgument: { read: () => this.argument, write: (_, value) => void (this.argument = value) },
      MCICommand: { read: () => this.command, write: (_, value) => this.send(value) },
      MCIRespCmd: {},
      MCIResponse: {},
      MCIDataTimer: { read: () => this.dataTimer, write: (_, value) => void (this.dataTimer = value) },
      MCIDataLength: {
        read: () => this.dataLength,
        write: (_, value) => void (this.dataLength = value & 0xffff),
      },
      MCIDataCtrl: { read: () => this.dataControl, write: (_, value) => this.startData(value & 0xff) },
      MCIDataCnt: { read: () => this.dataCount },
      MCIStatus: { read: () => this.status },
      MCIClear: {
        write: (_, value) => {
          this.latched &= ~(value & STATIC_STATUS);
          this.update();
        },
      },
      MCIMask: {
        read: (index) => this.masks[index as 0 | 1],
        write: (index, value) => {
          this.masks[index as 0 | 1] = value;
          this.update();
        },
      },
      MCIFifoCnt: { read: () => (this.dataCount + 3) >> 2 },
      MCIFIFO: { write: () => this.writeFifo() },
      ...primeCellIdHandlers('MCI', [0x81, 0x11, 0x04, 0x00]),
    });
    this.reset();
  }

  reset(): void {
    this.power = this.clockControl = this.argument = this.command = 0;
    this.dataTimer = this.dataLength = this.dataControl = this.dataCount = 0;
    this.latched = 0;
    this.masks = [0, 0];
    this.update();
  }
  save(): DeviceState {
    const { power, clockControl, argument, command, dataTimer, dataLength, dataControl, dataCount, latched } =
      this;
    return {
      ...{ power, clockControl, argument, command, dataTimer, dataLength, dataControl, dataCount, latched },
      masks: [...this.masks],
    };
  }
  restore(state: DeviceState): void {
    const { masks, ...words } = state as { masks: [number, number] };
    Object.assign(this, words);
    this.masks = [...masks];
  }

  private get status(): number {
    if ((this.dataControl & DataControl.Enable) === 0) return this.latched;
    return this.latched | (this.dataControl & DataControl.FromCard ? RECEIVING : TRANSMITTING);
  }

  private send(value: number): void {
    this.command = value & COMMAND_BITS;
    if ((value & Command.Enable) === 0 || (value & Command.Pending) !== 0) return;
    this.latched |= value & Command.Response ? Status.CommandTimeOut : Status.CommandSent;
    this.update();
  }

  private startData(control: number): void {
    this.dataControl = control;
    if (control & DataControl.Enable) {
      this.dataCount = this.dataLength;
      if (this.dataCount === 0) this.endData();
    }
    this.update();
  }

  /** Data to be sent leave the FIFO at once. */
  private writeFifo(): void {
    if ((this.dataControl & (DataControl.Enable | DataControl.FromCard)) !== DataControl.Enable) return;
    this.dataCount = Math.max(0, this.dataCount - 4);
    if (this.dataCount === 0) this.endData();
    this.update();
  }
  private endData(): void {
    this.dataControl &= ~DataControl.Enable;
    this.latched |= Status.DataEnd | Status.DataBlockEnd;
  }

  private update(): void {
    this.lines.forEach((line, i) => line.set((this.status & this.masks[i as 0 | 1]) !== 0));
  }
}
