/** GICv2m frame (Arm SBSA, appendix on GICv2m): message-signalled interrupts by writes that become edges of SPIs. */
import type { DeviceState } from './device';
import { RegisterDevice, type RegisterRow } from './register-device';

export const GICV2M_REGISTERS: readonly RegisterRow[] = [
  {
    name: 'MSI_TYPER',
    offset: 0x008,
    access: 'RO',
    description: 'Which SPIs are message interrupts.',
    fields: [
      { name: 'NumSPIs', lsb: 0, width: 10, description: 'How many.' },
      { name: 'BaseSPI', lsb: 16, width: 10, description: 'INTID of the first.' },
    ],
  },
  { name: 'MSI_SETSPI_NS', offset: 0x040, access: 'WO', description: 'Writing an INTID signals it.' },
  { name: 'MSI_IIDR', offset: 0xfcc, access: 'RO', description: 'Interface Identification Register.' },
];
/** QEMU's product ID in MSI_IIDR. */
const IIDR = 0x0510_0000;

export class GicV2m extends RegisterDevice {
  /** @param pulse raises and lowers the input of SPI `id` (INTID). */
  constructor(name: string, first: number, count: number, pulse: (id: number) => void) {
    super(name, 0x1000, GICV2M_REGISTERS);
    this.bind({
      MSI_TYPER: { read: () => (first << 16) | count },
      MSI_SETSPI_NS: {
        write: (_, value) => {
          const id = value & 0x3ff;
          if (id >= first && id < first + count) pulse(id);
        },
      },
      MSI_IIDR: { read: () => IIDR },
    });
  }

  reset(): void {
    // It has no state.
  }
  save(): DeviceState {
    return {};
  }
  restore(): void {
    // It has no state.
  }
}
