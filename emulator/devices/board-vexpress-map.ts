/**
 * Where board `vexpress-a15` has its memory, devices and interrupts: a Versatile Express motherboard (V2M-P1, Arm DUI
 * 0447, in the RS1 memory map) with a CoreTile Express A15 (V2P-CA15, Arm DUI 0604), as far as QEMU's machine of that
 * name has them. The machine is built by this table and the device tree describes it.
 */
import type { VirtWindow } from './board-virt-map';

/** Physical addresses and sizes, in bytes. */
export const VEXPRESS_MAP = {
  /** The first bank of flash again, where the cores come out of reset. */
  flashAlias: { base: 0x0000_0000, size: 0x0400_0000 },
  flash0: { base: 0x0800_0000, size: 0x0400_0000 },
  flash1: { base: 0x0c00_0000, size: 0x0400_0000 },
  sram: { base: 0x1400_0000, size: 0x0200_0000 },
  vram: { base: 0x1800_0000, size: 0x0080_0000 },
  /** LAN9118, which is not fitted. */
  ethernet: { base: 0x1a00_0000, size: 0x1_0000 },
  sysregs: { base: 0x1c01_0000, size: 0x1000 },
  sp810: { base: 0x1c02_0000, size: 0x1000 },
  pl041: { base: 0x1c04_0000, size: 0x1000 },
  pl180: { base: 0x1c05_0000, size: 0x1000 },
  keyboard: { base: 0x1c06_0000, size: 0x1000 },
  mouse: { base: 0x1c07_0000, size: 0x1000 },
  uart0: { base: 0x1c09_0000, size: 0x1000 },
  uart1: { base: 0x1c0a_0000, size: 0x1000 },
  uart2: { base: 0x1c0b_0000, size: 0x1000 },
  uart3: { base: 0x1c0c_0000, size: 0x1000 },
  timers01: { base: 0x1c11_0000, size: 0x1000 },
  timers23: { base: 0x1c12_0000, size: 0x1000 },
  /** The first of `VEXPRESS_VIRTIO_SLOTS` transports, each `size` bytes. */
  virtio: { base: 0x1c13_0000, size: 0x200 },
  dviI2c: { base: 0x1c16_0000, size: 0x1000 },
  rtc: { base: 0x1c17_0000, size: 0x1000 },
  pl111: { base: 0x1c1f_0000, size: 0x1000 },
  gicd: { base: 0x2c00_1000, size: 0x1000 },
  gicc: { base: 0x2c00_2000, size: 0x2000 },
  gich: { base: 0x2c00_4000, size: 0x1000 },
  /** GICH of each core. */
  gichFrames: { base: 0x2c00_5000, size: 0x1000 },
  gicv: { base: 0x2c00_6000, size: 0x2000 },
  daughterboardSram: { base: 0x2e00_0000, size: 0x1_0000 },
  ram: { base: 0x8000_0000, size: 0 },
} as const satisfies Readonly<Record<string, VirtWindow>>;

/** PERIPHBASE of the cluster: where the interrupt controller's 32 KiB begin. */
export const VEXPRESS_PERIPHERAL_BASE = 0x2c00_0000;

/** Interrupts of the devices, as INTIDs (an SPI number plus 32). */
export const VEXPRESS_INTERRUPTS = {
  timers01: 32 + 2,
  timers23: 32 + 3,
  rtc: 32 + 4,
  uart0: 32 + 5,
  uart1: 32 + 6,
  uart2: 32 + 7,
  uart3: 32 + 8,
  /** PL180's two. */
  card0: 32 + 9,
  card1: 32 + 10,
  audio: 32 + 11,
  keyboard: 32 + 12,
  mouse: 32 + 13,
  display: 32 + 14,
  ethernet: 32 + 15,
  /** The first virtio transport; the others follow. */
  virtio: 32 + 40,
} as const;

/** virtio-mmio transports. */
export const VEXPRESS_VIRTIO_SLOTS = 4;
/** INTIDs of the interrupt controller: 128 SPIs. */
export const VEXPRESS_GIC_INTERRUPTS = 160;
/** Frequency of the system counter, CNTFRQ, in Hz. */
export const VEXPRESS_COUNTER_FREQUENCY = 62_500_000;
/** Cores that the daughterboard takes. */
export const VEXPRESS_MOST_CORES = 4;
/** What r1 holds at a kernel's start: the machine's number in Linux's table of ARM machines. */
export const VEXPRESS_MACHINE_NUMBER = 2272;
