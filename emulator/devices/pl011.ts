/**
 * PL011 UART (Arm DDI 0183), as QEMU models it: characters leave at once whatever the baud rate and the enable
 * bits say, and the receive interrupt comes with the first character, whatever the FIFO level chosen.
 */
import type { DeviceState, InterruptLine } from './device';
import { RegisterDevice, primeCellIdHandlers, primeCellIdRows, type RegisterRow } from './register-device';

/** Bits of UARTFR. */
const enum Flag {
  RXFE = 1 << 4,
  RXFF = 1 << 6,
  TXFE = 1 << 7,
}
/** Bits of UARTIMSC, UARTRIS, UARTMIS and UARTICR. */
export const enum Pl011Interrupt {
  RX = 1 << 4,
  TX = 1 << 5,
}
const INTERRUPTS = 0x7ff;
const LCR_FEN = 1 << 4;
const CR_LBE = 1 << 7;
const FIFO_DEPTH = 16;

function flag(name: string, lsb: number, description: string) {
  return { name, lsb, width: 1, description };
}
const INTERRUPT_FIELDS = [
  flag('RI', 0, 'Ring indicator.'),
  flag('CTS', 1, 'Clear to send.'),
  flag('DCD', 2, 'Data carrier detect.'),
  flag('DSR', 3, 'Data set ready.'),
  flag('RX', 4, 'Characters were received.'),
  flag('TX', 5, 'The transmit FIFO has room.'),
  flag('RT', 6, 'Receive time-out.'),
  flag('FE', 7, 'Framing error.'),
  flag('PE', 8, 'Parity error.'),
  flag('BE', 9, 'Break.'),
  flag('OE', 10, 'Overrun.'),
];

export const PL011_REGISTERS: readonly RegisterRow[] = [
  {
    name: 'UARTDR',
    offset: 0x00,
    access: 'RW',
    byteAccess: true,
    description: 'Data Register: writing sends a character, reading takes one received.',
    fields: [{ name: 'DATA', lsb: 0, width: 8, description: 'The character.' }],
  },
  {
    name: 'UARTRSR',
    offset: 0x04,
    access: 'RW',
    byteAccess: true,
    description: 'Receive Status Register, Error Clear Register.',
  },
  {
    name: 'UARTFR',
    offset: 0x18,
    access: 'RO',
    description: 'Flag Register.',
    fields: [
      flag('BUSY', 3, 'A character is being sent.'),
      flag('RXFE', 4, 'The receive FIFO is empty.'),
      flag('TXFF', 5, 'The transmit FIFO is full.'),
      flag('RXFF', 6, 'The receive FIFO is full.'),
      flag('TXFE', 7, 'The transmit FIFO is empty.'),
    ],
  },
  {
    name: 'UARTILPR',
    offset: 0x20,
    access: 'RW',
    byteAccess: true,
    description: 'IrDA Low-Power Counter Register.',
  },
  {
    name: 'UARTIBRD',
    offset: 0x24,
    access: 'RW',
    byteAccess: true,
    description: 'Integer Baud Rate Register.',
  },
  {
    name: 'UARTFBRD',
    offset: 0x28,
    access: 'RW',
    byteAccess: true,
    description: 'Fractional Baud Rate Register.',
  },
  {
    name: 'UARTLCR_H',
    offset: 0x2c,
    access: 'RW',
    byteAccess: true,
    description: 'Line Control Register.',
    fields: [
      flag('BRK', 0, 'Send break.'),
      flag('PEN', 1, 'Parity enable.'),
      flag('EPS', 2, 'Even parity.'),
      flag('STP2', 3, 'Two stop bits.'),
      flag('FEN', 4, 'FIFOs enabled.'),
      { name: 'WLEN', lsb: 5, width: 2, description: 'Word length: 5 bits plus the value.' },
      flag('SPS', 7, 'Stick parity.'),
    ],
  },
  {
    name: 'UARTCR',
    offset: 0x30,
    access: 'RW',
    byteAccess: true,
    description: 'Control Register.',
    fields: [
      flag('UARTEN', 0, 'UART enabled.'),
      flag('LBE', 7, 'Loopback: what is sent is received.'),
      flag('TXE', 8, 'Transmit enabled.'),
      flag('RXE', 9, 'Receive enabled.'),
      flag('DTR', 10, 'Data terminal ready.'),
      flag('RTS', 11, 'Request to send.'),
    ],
  },
  {
    name: 'UARTIFLS',
    offset: 0x34,
    access: 'RW',
    byteAccess: true,
    description: 'Interrupt FIFO Level Select Register.',
    fields: [
      { name: 'TXIFLSEL', lsb: 0, width: 3, description: 'Transmit level.' },
      { name: 'RXIFLSEL', lsb: 3, width: 3, description: 'Receive level.' },
    ],
  },
  {
    name: 'UARTIMSC',
    offset: 0x38,
    access: 'RW',
    byteAccess: true,
    description: 'Interrupt Mask Set/Clear Register: 1 lets an interrupt through.',
    fields: INTERRUPT_FIELDS,
  },
  {
    name: 'UARTRIS',
    offset: 0x3c,
    access: 'RO',
    description: 'Raw Interrupt Status Register.',
    fields: INTERRUPT_FIELDS,
  },
  {
    name: 'UARTMIS',
    offset: 0x40,
    access: 'RO',
    description: 'Masked Interrupt Status Register.',
    fields: INTERRUPT_FIELDS,
  },
  {
    name: 'UARTICR',
    offset: 0x44,
    access: 'WO',
    byteAccess: true,
    description: 'Interrupt Clear Register.',
    fields: INTERRUPT_FIELDS,
  },
  {
    name: 'UARTDMACR',
    offset: 0x48,
    access: 'RW',
    byteAccess: true,
    description: 'DMA Control Register.',
  },
  ...primeCellIdRows('UART'),
];

/** Registers that only hold what is written: name, bits, reset value. */
const PLAIN: readonly (readonly [name: string, mask: number, reset: number])[] = [
  ['UARTRSR', 0, 0],
  ['UARTILPR', 0xff, 0],
  ['UARTIBRD', 0xffff, 0],
  ['UARTFBRD', 0x3f, 0],
  ['UARTIFLS', 0x3f, 0x12],
  ['UARTDMACR', 7, 0],
  ['UARTCR', 0xffff, 0x300],
];

export class Pl011 extends RegisterDevice {
  readonly selfContained = true;
  private readonly plain = new Map<string, number>();
  private lineControl = 0;
  private mask = 0;
  private raw = 0;
  /** Characters the guest can read. */
  private fifo: number[] = [];
  /** Characters that wait for room in the FIFO. */
  private waiting: number[] = [];

  /**
   * @param output takes each character sent, 0–255.
   * @param line the UART's combined interrupt.
   */
  constructor(
    name: string,
    private readonly output: (byte: number) => void,
    private readonly line: InterruptLine,
  ) {
    super(name, 0x1000, PL011_REGISTERS);
    const plain = Object.fromEntries(
      PLAIN.map(([register, mask]) => [
        register,
        {
          read: (): number => this.held(register),
          write: (_: number, value: number): void => void this.plain.set(register, value & mask),
        },
      ]),
    );
    this.bind({
      ...plain,
      UARTDR: {
        read: (_, __, effects) => (effects ? this.take() : (this.fifo[0] ?? 0)),
        write: (_, value) => this.send(value & 0xff),
      },
      UARTFR: {
        read: () =>
          Flag.TXFE |
          (this.fifo.length === 0 ? Flag.RXFE : 0) |
          (this.fifo.length >= this.depth ? Flag.RXFF : 0),
      },
      UARTLCR_H: {
        read: () => this.lineControl,
        write: (_, value) => {
          if ((this.lineControl ^ value) & LCR_FEN) this.fifo = [];
          this.lineControl = value & 0xff;
          this.fill();
        },
      },
      UARTIMSC: {
        read: () => this.mask,
        write: (_, value) => {
          this.mask = value & INTERRUPTS;
          this.update();
        },
      },
      UARTRIS: { read: () => this.raw },
      UARTMIS: { read: () => this.raw & this.mask },
      UARTICR: {
        write: (_, value) => {
          this.raw &= ~value;
          this.update();
        },
      },
      ...primeCellIdHandlers('UART', [0x11, 0x10, 0x14, 0x00]),
    });
    this.reset();
  }

  /** Characters from outside: the guest gets them as its FIFO has room. */
  receive(bytes: Iterable<number>): void {
    for (const byte of bytes) this.waiting.push(byte & 0xff);
    this.fill();
  }

  reset(): void {
    for (const [register, , value] of PLAIN) this.plain.set(register, value);
    this.lineControl = 0;
    this.mask = 0;
    this.raw = 0;
    this.fifo = [];
    this.waiting = [];
    this.update();
  }
  save(): DeviceState {
    return {
      plain: Object.fromEntries(this.plain),
      lineControl: this.lineControl,
      mask: this.mask,
      raw: this.raw,
      fifo: [...this.fifo],
      waiting: [...this.waiting],
    };
  }
  restore(state: DeviceState): void {
    for (const [register, value] of Object.entries(state['plain'] as Record<string, number>))
      this.plain.set(register, value);
    this.lineControl = state['lineControl'] as number;
    this.mask = state['mask'] as number;
    this.raw = state['raw'] as number;
    this.fifo = [...(state['fifo'] as number[])];
    this.waiting = [...(state['waiting'] as number[])];
  }

  /** What a register that only holds its value holds. */
  private held(register: string): number {
    return this.plain.get(register) ?? 0;
  }

  private get depth(): number {
    return this.lineControl & LCR_FEN ? FIFO_DEPTH : 1;
  }

  private send(byte: number): void {
    if (this.held('UARTCR') & CR_LBE) this.receive([byte]);
    else this.output(byte);
    this.raw |= Pl011Interrupt.TX;
    this.update();
  }

  private take(): number {
    const byte = this.fifo.shift() ?? 0;
    if (this.fifo.length === 0) this.raw &= ~Pl011Interrupt.RX;
    this.fill();
    return byte;
  }

  /** Moves waiting characters into the FIFO. */
  private fill(): void {
    while (this.waiting.length > 0 && this.fifo.length < this.depth) {
      this.fifo.push(this.waiting.shift() ?? 0);
      this.raw |= Pl011Interrupt.RX;
    }
    this.update();
  }

  private update(): void {
    this.line.set((this.raw & this.mask) !== 0);
  }
}
