/** PL061 general purpose I/O (Arm DDI 0190): eight lines, each input or output, with an interrupt. */
import type { DeviceState, InterruptLine } from './device';
import { RegisterDevice, primeCellIdHandlers, primeCellIdRows, type RegisterRow } from './register-device';

export const PL061_REGISTERS: readonly RegisterRow[] = [
  {
    name: 'GPIODATA',
    offset: 0x000,
    count: 256,
    access: 'RW',
    byteAccess: true,
    description: 'Data Register: bits 9:2 of the address choose which lines an access touches.',
  },
  {
    name: 'GPIODIR',
    offset: 0x400,
    access: 'RW',
    byteAccess: true,
    description: 'Direction: 1 makes a line an output.',
  },
  {
    name: 'GPIOIS',
    offset: 0x404,
    access: 'RW',
    byteAccess: true,
    description: 'Interrupt Sense: 1 level, 0 edge.',
  },
  {
    name: 'GPIOIBE',
    offset: 0x408,
    access: 'RW',
    byteAccess: true,
    description: 'Interrupt Both Edges.',
  },
  {
    name: 'GPIOIEV',
    offset: 0x40c,
    access: 'RW',
    byteAccess: true,
    description: 'Interrupt Event: 1 high or rising, 0 low or falling.',
  },
  { name: 'GPIOIE', offset: 0x410, access: 'RW', byteAccess: true, description: 'Interrupt Mask.' },
  { name: 'GPIORIS', offset: 0x414, access: 'RO', description: 'Raw Interrupt Status.' },
  { name: 'GPIOMIS', offset: 0x418, access: 'RO', description: 'Masked Interrupt Status.' },
  {
    name: 'GPIOIC',
    offset: 0x41c,
    access: 'WO',
    byteAccess: true,
    description: 'Interrupt Clear, for edges.',
  },
  {
    name: 'GPIOAFSEL',
    offset: 0x420,
    access: 'RW',
    byteAccess: true,
    description: 'Mode Control Select: 1 for hardware control.',
  },
  ...primeCellIdRows('GPIO'),
];

const PLAIN = ['GPIODIR', 'GPIOIS', 'GPIOIBE', 'GPIOIEV', 'GPIOIE', 'GPIOAFSEL'] as const;
type PlainName = (typeof PLAIN)[number];

export class Pl061 extends RegisterDevice {
  private readonly plain: Record<PlainName, number> = {
    ...{ GPIODIR: 0, GPIOIS: 0, GPIOIBE: 0, GPIOIEV: 0, GPIOIE: 0, GPIOAFSEL: 0 },
  };
  /** Level of each line: as written for outputs, as last driven for inputs. */
  private data = 0;
  /** Levels when edges were last looked for. */
  private seen = 0;
  /** Edges that wait to be cleared. */
  private latched = 0;
  /** Output levels as last passed on. */
  private driven = 0;

  constructor(
    name: string,
    private readonly line: InterruptLine,
    /** Told of the output lines' levels (a set) when they change. */
    private readonly outputs: (levels: number) => void = () => undefined,
  ) {
    super(name, 0x1000, PL061_REGISTERS);
    const plain = Object.fromEntries(
      PLAIN.map((register) => [
        register,
        {
          read: (): number => this.plain[register],
          write: (_: number, value: number): void => {
            this.plain[register] = value & 0xff;
            this.changed();
          },
        },
      ]),
    );
    this.bind({
      ...plain,
      GPIODATA: {
        read: (index) => this.data & index,
        write: (index, value) => {
          const mask = index & this.plain.GPIODIR;
          this.data = (this.data & ~mask) | (value & mask & 0xff);
          this.changed();
        },
      },
      GPIORIS: { read: () => this.raw },
      GPIOMIS: { read: () => this.raw & this.plain.GPIOIE },
      GPIOIC: {
        write: (_, value) => {
          this.latched &= ~value;
          this.update();
        },
      },
      ...primeCellIdHandlers('GPIO', [0x61, 0x10, 0x04, 0x00]),
    });
    this.update();
  }

  /** Drives line `line` (0–7) from outside; it counts while the line is an input. */
  setInput(line: number, level: boolean): void {
    const bit = (1 << line) & ~this.plain.GPIODIR;
    this.data = level ? this.data | bit : this.data & ~bit;
    this.changed();
  }

  reset(): void {
    for (const register of PLAIN) this.plain[register] = 0;
    this.data = this.seen = this.latched = this.driven = 0;
    this.update();
  }
  save(): DeviceState {
    const { data, seen, latched, driven } = this;
    return { plain: { ...this.plain }, data, seen, latched, driven };
  }
  restore(state: DeviceState): void {
    Object.assign(this.plain, state['plain'] as Record<PlainName, number>);
    this.data = state['data'] as number;
    this.seen = state['seen'] as number;
    this.latched = state['latched'] as number;
    this.driven = state['driven'] as number;
  }

  private get raw(): number {
    const { GPIOIS, GPIOIEV } = this.plain;
    return (this.latched & ~GPIOIS) | (~(this.data ^ GPIOIEV) & GPIOIS & 0xff);
  }

  /** Latches edges of the input lines and passes on the levels of the output lines. */
  private changed(): void {
    const { GPIODIR, GPIOIS, GPIOIBE, GPIOIEV } = this.plain;
    const edges = (this.seen ^ this.data) & ~GPIODIR;
    if (edges !== 0) {
      this.seen = this.data;
      this.latched |= edges & ~GPIOIS & (GPIOIBE | ~(this.data ^ GPIOIEV)) & 0xff;
    }
    const driven = this.data & GPIODIR;
    if (driven !== this.driven) {
      this.driven = driven;
      this.outputs(driven);
    }
    this.update();
  }
  private update(): void {
    this.line.set((this.raw & this.plain.GPIOIE) !== 0);
  }
}
