/**
 * System registers of the Versatile Express motherboard (V2M-P1, Arm DUI 0447, chapter 4), and the configuration bus
 * behind them: oscillators, voltages, and the functions that switch the board off or restart it.
 */
import type { Clock } from '../state/clock';
import type { DeviceState } from './device';
import { RegisterDevice, type RegisterRow } from './register-device';

/** Bits of SYS_CFGCTRL. */
const enum ConfigControl {
  Start = 1 << 31,
  Write = 1 << 30,
  /** Daughterboard in a stack, and position: 0 here. */
  DaughterboardChain = 0xf << 26,
  Position = 0xf << 12,
  Reserved = 3 << 18,
}
/** Bits of SYS_CFGSTAT. */
const enum ConfigStatus {
  Complete = 1 << 0,
  Error = 1 << 1,
}
const enum Site {
  Motherboard = 0,
  Daughterboard = 1,
}

/** Functions of the configuration bus: their numbers in SYS_CFGCTRL bits 25:20. */
export const enum ConfigFunction {
  Oscillator = 1,
  Voltage = 2,
  MultiplexerFpga = 7,
  Shutdown = 8,
  Reboot = 9,
  DviMode = 11,
}

export const VEXPRESS_SYSREG_REGISTERS: readonly RegisterRow[] = [
  {
    ...{ name: 'SYS_ID', offset: 0x000, access: 'RO' },
    description: 'Board and its revision.',
    fields: [
      { name: 'REV', lsb: 28, width: 4, description: 'Revision: C.' },
      { name: 'HBI', lsb: 16, width: 12, description: 'Board: HBI-0190.' },
      { name: 'VARIANT', lsb: 12, width: 4, description: 'Variant: all.' },
      { name: 'ARCH', lsb: 8, width: 4, description: 'Bus architecture.' },
    ],
  },
  { name: 'SYS_SW', offset: 0x004, access: 'RO', description: 'User switches: all off.' },
  { name: 'SYS_LED', offset: 0x008, access: 'RW', description: 'User LEDs, bits 7:0.' },
  { name: 'SYS_100HZ', offset: 0x024, access: 'RO', description: 'Counts hundredths of a second.' },
  {
    ...{ name: 'SYS_FLAGS', offset: 0x030, access: 'RW' },
    description: 'Flags: a write sets bits. Secondary cores wait for an address here.',
  },
  { name: 'SYS_FLAGSCLR', offset: 0x034, access: 'WO', description: 'Clears bits of SYS_FLAGS.' },
  {
    name: 'SYS_NVFLAGS',
    offset: 0x038,
    access: 'RW',
    description: 'More flags: a write sets bits.',
  },
  { name: 'SYS_NVFLAGSCLR', offset: 0x03c, access: 'WO', description: 'Clears bits of SYS_NVFLAGS.' },
  { name: 'SYS_PCICTL', offset: 0x044, access: 'RO', description: 'PCI control: a host bridge is there.' },
  { name: 'SYS_MCI', offset: 0x048, access: 'RO', description: 'Multimedia card: no card is in the slot.' },
  { name: 'SYS_FLASH', offset: 0x04c, access: 'RO', description: 'Flash control: not write protected.' },
  { name: 'SYS_CFGSW', offset: 0x058, access: 'RO', description: 'Configuration switches: all off.' },
  { name: 'SYS_24MHZ', offset: 0x05c, access: 'RO', description: 'Counts cycles of 24 MHz.' },
  { name: 'SYS_MISC', offset: 0x060, access: 'RO', description: 'Miscellaneous flags.' },
  { name: 'SYS_DMA', offset: 0x064, access: 'RO', description: 'DMA channel selection.' },
  {
    ...{ name: 'SYS_PROCID0', offset: 0x084, access: 'RO' },
    description: 'Daughterboard in site 1: HBI-0237 with Cortex-A15.',
  },
  { name: 'SYS_PROCID1', offset: 0x088, access: 'RO', description: 'Daughterboard in site 2: none.' },
  {
    name: 'SYS_CFGDATA',
    offset: 0x0a0,
    access: 'RW',
    description: 'Configuration data, read or to be written.',
  },
  {
    ...{ name: 'SYS_CFGCTRL', offset: 0x0a4, access: 'RW' },
    description: 'Configuration control: starts an access.',
    fields: [
      { name: 'Start', lsb: 31, width: 1, description: 'Starts it; reads as zero.' },
      { name: 'nReadWrite', lsb: 30, width: 1, description: '1: write.' },
      { name: 'DCC', lsb: 26, width: 4, description: 'Daughterboard configuration controller.' },
      { name: 'Function', lsb: 20, width: 6, description: '1 oscillator, 2 voltage, 8 shutdown, 9 reboot …' },
      { name: 'Site', lsb: 16, width: 2, description: '0 motherboard, 1 and 2 daughterboards.' },
      { name: 'Position', lsb: 12, width: 4, description: 'Position in the stack of daughterboards.' },
      { name: 'Device', lsb: 0, width: 12, description: 'Which device of the function.' },
    ],
  },
  {
    ...{ name: 'SYS_CFGSTAT', offset: 0x0a8, access: 'RW' },
    description: 'Configuration status.',
    fields: [
      { name: 'Complete', lsb: 0, width: 1, description: 'The access is done.' },
      { name: 'Error', lsb: 1, width: 1, description: 'There is no such device, or it cannot do that.' },
    ],
  },
];

/** Registers that never change. */
const CONSTANTS: Readonly<Record<string, number>> = {
  ...{ SYS_ID: 0x1190_f500, SYS_SW: 0, SYS_PCICTL: 1, SYS_MCI: 0, SYS_FLASH: 0, SYS_CFGSW: 0 },
  ...{ SYS_MISC: 0, SYS_DMA: 0, SYS_PROCID0: 0x1400_0237, SYS_PROCID1: 0xff00_0000 },
};

/** Oscillators of a site, in Hz after power-on; writable. */
const OSCILLATORS: readonly (readonly number[])[] = [
  [50e6, 23.75e6, 24e6, 24e6, 24e6, 24e6],
  [60e6, 0, 0, 0, 40e6, 23.75e6, 50e6, 60e6, 40e6],
];
/** Voltages of a site, in µV. */
const VOLTAGES: readonly (readonly number[])[] = [[3_300_000], [900_000]];

export class VexpressSysregs extends RegisterDevice {
  private led = 0;
  private flags = 0;
  private nonVolatileFlags = 0;
  private configData = 0;
  private configControl = 0;
  private configStatus = 0;
  private oscillators = OSCILLATORS.map((site) => [...site]);

  constructor(
    name: string,
    private readonly clock: Clock,
    /** What the configuration bus does to the whole board. */
    private readonly power: (what: 'off' | 'reset') => void,
  ) {
    super(name, 0x1000, VEXPRESS_SYSREG_REGISTERS);
    const constants = Object.entries(CONSTANTS).map(([register, value]) => [register, { read: () => value }]);
    this.bind({
      ...(Object.fromEntries(constants) as Record<string, { read: () => number }>),
      SYS_LED: { read: () => this.led, write: (_, value) => void (this.led = value) },
      SYS_100HZ: { read: () => Math.floor(clock.now / 1e7) % 2 ** 32 },
      SYS_24MHZ: { read: () => this.cycles24MHz },
      SYS_FLAGS: { read: () => this.flags, write: (_, value) => void (this.flags |= value) },
      SYS_FLAGSCLR: { write: (_, value) => void (this.flags &= ~value) },
      SYS_NVFLAGS: {
        read: () => this.nonVolatileFlags,
        write: (_, value) => void (this.nonVolatileFlags |= value),
      },
      SYS_NVFLAGSCLR: { write: (_, value) => void (this.nonVolatileFlags &= ~value) },
      SYS_CFGDATA: { read: () => this.configData, write: (_, value) => void (this.configData = value) },
      SYS_CFGCTRL: { read: () => this.configControl, write: (_, value) => this.configure(value) },
      SYS_CFGSTAT: {
        read: () => this.configStatus,
        write: (_, value) => void (this.configStatus = value & 3),
      },
    });
  }

  reset(): void {
    this.led = this.flags = this.nonVolatileFlags = 0;
    this.configData = this.configControl = this.configStatus = 0;
    this.oscillators = OSCILLATORS.map((site) => [...site]);
  }
  save(): DeviceState {
    const { led, flags, nonVolatileFlags, configData, configControl, configStatus } = this;
    const oscillators = this.oscillators.map((site) => [...site]);
    return { led, flags, nonVolatileFlags, configData, configControl, configStatus, oscillators };
  }
  restore(state: DeviceState): void {
    this.led = state['led'] as number;
    this.flags = state['flags'] as number;
    this.nonVolatileFlags = state['nonVolatileFlags'] as number;
    this.configData = state['configData'] as number;
    this.configControl = state['configControl'] as number;
    this.configStatus = state['configStatus'] as number;
    this.oscillators = (state['oscillators'] as number[][]).map((site) => [...site]);
  }

  private get cycles24MHz(): number {
    const microseconds = Math.floor(this.clock.now / 1000);
    const rest = this.clock.now - microseconds * 1000;
    return (microseconds * 24 + Math.floor((rest * 24) / 1000)) % 2 ** 32;
  }

  private configure(value: number): void {
    this.configControl = value & ~(ConfigControl.Reserved | ConfigControl.Start);
    if ((value & ConfigControl.Start) === 0) return;
    const action = (value >>> 20) & 0x3f;
    const site = (value >>> 16) & 3;
    const device = value & 0xfff;
    const here = (value & (ConfigControl.DaughterboardChain | ConfigControl.Position)) === 0;
    const access = value & ConfigControl.Write ? this.writeFunction : this.readFunction;
    const done = here && access.call(this, action, site, device);
    this.configStatus = ConfigStatus.Complete | (done ? 0 : ConfigStatus.Error);
  }

  /** Puts what a function says into SYS_CFGDATA; false when it says nothing. */
  private readFunction(action: number, site: number, device: number): boolean {
    const tables: Readonly<Record<number, readonly (readonly number[])[]>> = {
      [ConfigFunction.Oscillator]: this.oscillators,
      [ConfigFunction.Voltage]: VOLTAGES,
    };
    const value = tables[action]?.[site]?.[device];
    if (value === undefined) return false;
    this.configData = value;
    return true;
  }

  /** Does what a function does with SYS_CFGDATA; false when it does nothing. */
  private writeFunction(action: number, site: number, device: number): boolean {
    const oscillators = this.oscillators[site];
    if (action === ConfigFunction.Oscillator) {
      if (oscillators?.[device] === undefined) return false;
      oscillators[device] = this.configData >>> 0;
      return true;
    }
    if (site !== Site.Motherboard || device !== 0) return false;
    return this.boardFunctions[action]?.() ?? false;
  }

  /** What can be written of the motherboard: the picture's source and mode (there is no picture), and its power. */
  private readonly boardFunctions: Readonly<Record<number, () => boolean>> = {
    [ConfigFunction.MultiplexerFpga]: () => true,
    [ConfigFunction.DviMode]: () => true,
    [ConfigFunction.Shutdown]: () => {
      this.power('off');
      return true;
    },
    [ConfigFunction.Reboot]: () => {
      this.power('reset');
      return true;
    },
  };
}
