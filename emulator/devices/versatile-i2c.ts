/**
 * The two-wire serial bus of Versatile boards (Arm DUI 0447, 4.7): software moves clock and data itself. The wires are
 * open-drain with pull-ups, and nothing is connected to them: every address goes unacknowledged.
 */
import type { DeviceState } from './device';
import { RegisterDevice, type RegisterRow } from './register-device';

const WIRES = 3;

export const VERSATILE_I2C_REGISTERS: readonly RegisterRow[] = [
  {
    ...{ name: 'SB_CONTROL', offset: 0x0, access: 'RW' },
    description: 'Level of the wires; writing ones lets them go up.',
    fields: [
      { name: 'SCL', lsb: 0, width: 1, description: 'Clock.' },
      { name: 'SDA', lsb: 1, width: 1, description: 'Data.' },
    ],
  },
  { name: 'SB_CONTROLC', offset: 0x4, access: 'WO', description: 'Writing ones pulls wires down.' },
];

export class VersatileI2c extends RegisterDevice {
  private wires = 0;

  constructor(name: string) {
    super(name, 0x1000, VERSATILE_I2C_REGISTERS);
    this.bind({
      SB_CONTROL: { read: () => this.wires, write: (_, value) => void (this.wires |= value & WIRES) },
      SB_CONTROLC: { write: (_, value) => void (this.wires &= ~value) },
    });
  }
  reset(): void {
    this.wires = 0;
  }
  save(): DeviceState {
    return { wires: this.wires };
  }
  restore(state: DeviceState): void {
    this.wires = state['wires'] as number;
  }
}
