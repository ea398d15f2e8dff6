/**
 * Where board `virt` has its memory, devices and interrupts: the layout of QEMU's machine of that name, with GICv2.
 * The machine is built by this table and the device tree describes it.
 */

/** A window on the bus: `size` is what the device tree says; devices may answer in less. */
export interface VirtWindow {
  readonly base: number;
  readonly size: number;
}

/** Physical addresses and sizes, in bytes. */
export const VIRT_MAP = {
  flash: { base: 0x0000_0000, size: 0x0800_0000 },
  gicd: { base: 0x0800_0000, size: 0x1_0000 },
  gicc: { base: 0x0801_0000, size: 0x1_0000 },
  gicv2m: { base: 0x0802_0000, size: 0x1000 },
  gich: { base: 0x0803_0000, size: 0x1_0000 },
  gicv: { base: 0x0804_0000, size: 0x1_0000 },
  uart: { base: 0x0900_0000, size: 0x1000 },
  rtc: { base: 0x0901_0000, size: 0x1000 },
  fwCfg: { base: 0x0902_0000, size: 0x18 },
  gpio: { base: 0x0903_0000, size: 0x1000 },
  /** With the Security Extensions only. */
  secureUart: { base: 0x0904_0000, size: 0x1000 },
  /** With the Security Extensions only. */
  secureGpio: { base: 0x090b_0000, size: 0x1000 },
  /** The first of `VIRTIO_SLOTS` transports, each `size` bytes. */
  virtio: { base: 0x0a00_0000, size: 0x200 },
  platformBus: { base: 0x0c00_0000, size: 0x0200_0000 },
  /** With the Security Extensions only. */
  secureRam: { base: 0x0e00_0000, size: 0x0100_0000 },
  pcieMmio: { base: 0x1000_0000, size: 0x2eff_0000 },
  pciePio: { base: 0x3eff_0000, size: 0x1_0000 },
  /** Configuration space of the machine that boots firmware, within its reach. */
  pcieLowEcam: { base: 0x3f00_0000, size: 0x100_0000 },
  ram: { base: 0x4000_0000, size: 0 },
  /** Configuration space of any other machine. */
  pcieEcam: { base: 0x40_1000_0000, size: 0x1000_0000 },
  pcieHighMmio: { base: 0x80_0000_0000, size: 0x80_0000_0000 },
} as const satisfies Readonly<Record<string, VirtWindow>>;

/** Configuration space of PCIe: 1 MiB a bus. 32-bit firmware cannot be asked to reach behind 4 GiB. */
export const pcieEcam = (firmware: boolean): VirtWindow =>
  firmware ? VIRT_MAP.pcieLowEcam : VIRT_MAP.pcieEcam;

/** Interrupts of the devices, as INTIDs (an SPI number plus 32). */
export const VIRT_INTERRUPTS = {
  /** A private one: overflow of a core's performance monitors. */
  performance: 23,
  secureGpio: 32 + 0,
  uart: 32 + 1,
  rtc: 32 + 2,
  /** PCIe INTA to INTD are this and the three that follow. */
  pcie: 32 + 3,
  gpio: 32 + 7,
  secureUart: 32 + 8,
  /** The first virtio transport; the others follow. */
  virtio: 32 + 16,
  /** The first of the GICv2m frame's message interrupts. */
  gicv2m: 32 + 48,
} as const;

/** virtio-mmio transports. */
export const VIRTIO_SLOTS = 32;
/** Message interrupts of the GICv2m frame. */
export const GICV2M_INTERRUPTS = 64;
/** INTIDs of the interrupt controller: 256 SPIs. */
export const VIRT_GIC_INTERRUPTS = 288;
/** Frequency of the system counter, CNTFRQ, in Hz. */
export const VIRT_COUNTER_FREQUENCY = 62_500_000;
/** Frequency of the clock that the PrimeCells run by, in Hz. */
export const VIRT_APB_CLOCK = 24_000_000;
/** GPIO line of the power-off key. */
export const VIRT_POWER_KEY_LINE = 3;
/** Most RAM below the 4 GiB boundary's end of the map: a 32-bit machine's, in bytes. */
export const VIRT_LOW_RAM_LIMIT = 0xc000_0000;
