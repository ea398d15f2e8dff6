/** PL050 Keyboard/Mouse Interface (Arm DDI 0143): a PS/2 port. A byte to the device is answered at once. */
import type { DeviceState, InterruptLine } from './device';
import type { Ps2Device } from './ps2';
import { RegisterDevice, primeCellIdHandlers, primeCellIdRows, type RegisterRow } from './register-device';

/** Bits of KMICR. */
const enum Control {
  TransmitInterrupt = 1 << 3,
  ReceiveInterrupt = 1 << 4,
}
const CONTROL_BITS = 0x3f;
/** Bits of KMISTAT. */
const enum Status {
  Parity = 1 << 2,
  ReceiveFull = 1 << 4,
  TransmitEmpty = 1 << 6,
}
/** Bits of KMIIR. */
const enum Pending {
  Receive = 1 << 0,
  Transmit = 1 << 1,
}

export const PL050_REGISTERS: readonly RegisterRow[] = [
  {
    ...{ name: 'KMICR', offset: 0x00, access: 'RW', byteAccess: true },
    description: 'Control Register.',
    fields: [
      { name: 'FKMIC', lsb: 0, width: 1, description: 'Forces the clock low.' },
      { name: 'FKMID', lsb: 1, width: 1, description: 'Forces the data low.' },
      { name: 'KMIEn', lsb: 2, width: 1, description: 'Enabled.' },
      { name: 'KMITXINTREn', lsb: 3, width: 1, description: 'Lets the transmit interrupt through.' },
      { name: 'KMIRXINTREn', lsb: 4, width: 1, description: 'Lets the receive interrupt through.' },
      { name: 'KMIType', lsb: 5, width: 1, description: 'Protocol: 0 PS/2, 1 without line control.' },
    ],
  },
  {
    ...{ name: 'KMISTAT', offset: 0x04, access: 'RO' },
    description: 'Status Register.',
    fields: [
      { name: 'KMID', lsb: 0, width: 1, description: 'Level of the data line.' },
      { name: 'KMIC', lsb: 1, width: 1, description: 'Level of the clock line.' },
      { name: 'RXPARITY', lsb: 2, width: 1, description: 'Parity of the byte received last.' },
      { name: 'RXBUSY', lsb: 3, width: 1, description: 'A byte is being received.' },
      { name: 'RXFULL', lsb: 4, width: 1, description: 'A byte can be read.' },
      { name: 'TXBUSY', lsb: 5, width: 1, description: 'A byte is being sent.' },
      { name: 'TXEMPTY', lsb: 6, width: 1, description: 'A byte can be written.' },
    ],
  },
  {
    ...{ name: 'KMIDATA', offset: 0x08, access: 'RW', byteAccess: true },
    description: 'Data: writing sends a byte, reading takes the one received.',
  },
  {
    ...{ name: 'KMICLKDIV', offset: 0x0c, access: 'RW', byteAccess: true },
    description: 'Divisor of the reference clock.',
  },
  {
    name: 'KMIIR',
    offset: 0x10,
    access: 'RO',
    description: 'Interrupt Identification: 1 receive, 2 transmit.',
  },
  ...primeCellIdRows('KMI'),
];

export class Pl050 extends RegisterDevice {
  private control = 0;
  private divisor = 0;

  /** @param device what is plugged in. */
  constructor(
    name: string,
    private readonly device: Ps2Device,
    private readonly line: InterruptLine,
  ) {
    super(name, 0x1000, PL050_REGISTERS);
    this.bind({
      KMICR: {
        read: () => this.control,
        write: (_, value) => {
          this.control = value & CONTROL_BITS;
          this.update();
        },
      },
      KMISTAT: { read: () => this.status },
      KMIDATA: {
        read: (_, __, effects) => {
          if (!effects) return device.peek();
          const byte = device.read();
          this.update();
          return byte;
        },
        write: (_, value) => {
          device.write(value & 0xff);
          this.update();
        },
      },
      KMICLKDIV: { read: () => this.divisor, write: (_, value) => void (this.divisor = value & 0xf) },
      KMIIR: { read: () => Pending.Transmit | (device.pending ? Pending.Receive : 0) },
      ...primeCellIdHandlers('KMI', [0x50, 0x10, 0x04, 0x00]),
    });
    this.reset();
  }

  reset(): void {
    this.control = this.divisor = 0;
    this.device.reset();
    this.update();
  }
  save(): DeviceState {
    return { control: this.control, divisor: this.divisor, device: this.device.save() };
  }
  restore(state: DeviceState): void {
    this.control = state['control'] as number;
    this.divisor = state['divisor'] as number;
    this.device.restore(state['device'] as DeviceState);
  }

  private get status(): number {
    let parity = this.device.last;
    for (const shift of [4, 2, 1]) parity ^= parity >> shift;
    return (
      Status.TransmitEmpty | (parity & 1 ? Status.Parity : 0) | (this.device.pending ? Status.ReceiveFull : 0)
    );
  }
  private update(): void {
    const receive = this.device.pending && (this.control & Control.ReceiveInterrupt) !== 0;
    this.line.set(receive || (this.control & Control.TransmitInterrupt) !== 0);
  }
}
