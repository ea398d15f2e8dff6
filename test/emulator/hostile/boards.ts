/** The boards on which hostile guests run: where they find what they attack. */
import type { MachineConfiguration } from '../../../emulator';
import { VEXPRESS_MAP, VEXPRESS_VIRTIO_SLOTS } from '../../../emulator/devices/board-vexpress-map';
import { VIRTIO_SLOTS, VIRT_MAP, type VirtWindow } from '../../../emulator/devices/board-virt-map';
import type { RandomWord } from '../../../emulator/isa/random';

export interface HostileBoard {
  readonly name: MachineConfiguration['board'];
  readonly mostCores: number;
  readonly ram: number;
  readonly gicc: number;
  /** Where every device is, and some places where nothing is. */
  readonly windows: readonly VirtWindow[];
  /** The transports with devices, and one without. */
  readonly virtio: readonly number[];
  /** Banks of flash. */
  readonly flash: readonly number[];
  /** A store that only this board makes something of. */
  special(random: RandomWord): { readonly address: number; readonly value: number };
}

const last = (first: VirtWindow, slots: number): number[] =>
  Array.from({ length: 4 }, (_, i) => first.base + (slots - 1 - i) * first.size);

function virt(): HostileBoard {
  const { gicd, gicc, gich, gicv, gicv2m, uart, rtc, gpio, fwCfg, pcieMmio, pciePio, flash } = VIRT_MAP;
  const virtio = last(VIRT_MAP.virtio, VIRTIO_SLOTS);
  const transports = virtio.map((base) => ({ base, size: VIRT_MAP.virtio.size }));
  return {
    ...{ name: 'virt', mostCores: 8, ram: VIRT_MAP.ram.base, gicc: gicc.base, virtio },
    windows: [
      ...[gicd, gicc, gich, gicv, gicv2m, uart, rtc, gpio, fwCfg],
      ...[...transports, pcieMmio, pciePio, flash],
    ],
    flash: [flash.base, flash.base + flash.size / 2],
    // fw_cfg's DMA, big-endian, by a descriptor anywhere in memory.
    special: (random) => ({ address: fwCfg.base + 0x14, value: random() & 0xffff_1f40 }),
  };
}

function vexpress(): HostileBoard {
  const { ram, virtio, ...others } = VEXPRESS_MAP;
  const transports = last(virtio, VEXPRESS_VIRTIO_SLOTS);
  const { sysregs } = VEXPRESS_MAP;
  return {
    ...{ name: 'vexpress-a15', mostCores: 4, ram: ram.base, gicc: others.gicc.base, virtio: transports },
    windows: [...Object.values(others), ...transports.map((base) => ({ base, size: virtio.size }))],
    flash: [others.flashAlias.base, others.flash0.base, others.flash1.base],
    // The configuration bus, with every function: oscillators, shutdown, reboot.
    special: (random) => ({
      address: sysregs.base + 0xa4,
      value: (0x8000_0000 | (random() & 0x40f1_0007)) >>> 0,
    }),
  };
}

export const BOARDS: readonly HostileBoard[] = [virt(), virt(), virt(), vexpress()];
