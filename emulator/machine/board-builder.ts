/** What every board is put together with: devices on a bus, an interrupt controller, serial consoles. */
import type { VirtWindow } from '../devices/board-virt-map';
import type { PhysicalMap } from '../devices/device';
import { type Device, type InterruptLine } from '../devices/device';
import { Pl011 } from '../devices/pl011';
import { Gic } from '../gic/gic';
import { HypervisorFrames } from '../gic/hypervisor-frames';
import {
  CORE,
  DEVICE_PAGES_OFFSET,
  DEVICE_PAGE_BYTES,
  GUEST_MEMORY_OFFSET,
  type PendingLine,
} from '../state/layout';
import type { BoardConfiguration, BoardSurroundings } from './board';
import { buildFlash } from './board-flash';
import { plugVirtio, type VirtioSlots } from './board-virtio';
import type { ConsolePort } from './console-port';

/** What the real-time clock shows at power-on: 2026-01-01 00:00 UTC, in seconds since 1970. */
export const RTC_EPOCH = 1_767_225_600;

export class BoardBuilder {
  readonly gic: Gic;
  readonly consoles: ConsolePort[] = [];
  private readonly devices: Device[] = [];
  private nextByte = GUEST_MEMORY_OFFSET;
  private virtio: VirtioSlots | undefined;

  /**
   * @param map the board's, empty.
   * @param interrupts INTIDs of the interrupt controller.
   */
  constructor(
    readonly map: PhysicalMap,
    private readonly configuration: BoardConfiguration,
    private readonly surroundings: BoardSurroundings,
    interrupts: number,
  ) {
    const { state } = surroundings;
    this.gic = new Gic(
      {
        ...{ cores: configuration.cpus, interrupts, listRegisters: configuration.listRegisters },
        ...{ hasSecurity: configuration.secure, hasVirtualization: configuration.virtualization },
      },
      {
        set(core: number, line: PendingLine, level: boolean): void {
          const words = state.cores[core]!.i32;
          words[CORE.PENDING] = level ? words[CORE.PENDING]! | line : words[CORE.PENDING]! & ~line;
          surroundings.lineChanged(core);
        },
        softwareInterrupt: () => surroundings.yieldTurn(),
      },
      surroundings.events,
      (core) => {
        const offset = DEVICE_PAGES_OFFSET + core * DEVICE_PAGE_BYTES;
        return { offset, words: new Int32Array(state.memory.buffer, offset, DEVICE_PAGE_BYTES / 4) };
      },
    );
  }

  /** Puts memory on the bus. It takes the next bytes of the machine's memory, so the main RAM comes first. */
  memory(kind: 'ram' | 'rom', name: string, { base, size }: VirtWindow, secureOnly = false): void {
    this.map.add({ kind, name, base, size, offset: this.nextByte, secureOnly });
    this.nextByte += size;
  }

  /** Puts a bank of flash on the bus, and at the addresses `again` the same bank again. */
  flash(
    name: string,
    { base, size }: VirtWindow,
    {
      secureOnly = false,
      again = [],
    }: { readonly secureOnly?: boolean; readonly again?: readonly number[] } = {},
  ): void {
    const flash = buildFlash(name, size, this.nextByte, this.surroundings);
    this.nextByte += size;
    for (const at of [base, ...again]) this.map.add({ ...flash, base: at, secureOnly });
    this.devices.push(flash.device);
  }

  /** Puts a device on the bus; what it does not fill of its window nobody answers. */
  put<T extends Device>({ base, size }: VirtWindow, device: T, secureOnly = false): T {
    const filled = Math.min(size, device.size);
    this.map.add({ kind: 'device', name: device.name, base, size: filled, device, secureOnly });
    this.devices.push(device);
    return device;
  }

  /** The line of interrupt `id`, an SPI. */
  line(id: number): InterruptLine {
    return { set: (level) => this.gic.setSpi(id, level) };
  }

  /** A serial port with a console. */
  uart(window: VirtWindow, id: number, secureOnly = false): void {
    const name = `pl011@${window.base.toString(16)}`;
    const port: ConsolePort = { name, onOutput: () => {}, input: (bytes) => uart.receive(bytes) };
    const uart = this.put(window, new Pl011(name, (byte) => port.onOutput(byte), this.line(id)), secureOnly);
    this.consoles.push(port);
  }

  /** Puts the interrupt controller's windows on the bus: those of GICH and GICV when they exist. */
  interruptController(
    windows: Readonly<Record<'gicd' | 'gicc' | 'gich' | 'gicv', VirtWindow>> & {
      readonly gichFrames?: VirtWindow;
    },
  ): void {
    const { gicd, gicc, gich, gicv } = this.gic.devices;
    const { gichFrames } = windows;
    this.put(windows.gicd, gicd);
    this.put(windows.gicc, gicc);
    if (gich !== undefined) {
      this.put(windows.gich, gich);
      if (gichFrames !== undefined)
        this.put(gichFrames, new HypervisorFrames('gich-frames', gich, this.configuration.cpus));
    }
    if (gicv !== undefined) this.put(windows.gicv, gicv);
  }

  /** virtio-mmio transports, one after the other, with what the configuration plugs into them. */
  transports(first: VirtWindow, count: number, firstId: number): void {
    const windows = Array.from({ length: count }, (_, slot) => ({
      ...first,
      base: first.base + slot * first.size,
    }));
    const { clock, busMaster: memory } = this.surroundings;
    const { virtio: plugs, entropySeed } = this.configuration;
    this.virtio = plugVirtio(
      plugs,
      windows.map(({ base }, slot) => ({
        name: `virtio_mmio@${base.toString(16)}`,
        line: this.line(firstId + slot),
      })),
      { clock, memory, entropySeed },
    );
    this.virtio.transports.forEach((transport, slot) => this.put(windows[slot]!, transport));
    this.consoles.push(...this.virtio.consoles);
  }

  /** As `Board.reset`. */
  reset(kind: 'power-on' | 'system'): void {
    this.gic.reset();
    for (const device of this.devices) device.reset();
    if (kind === 'power-on') this.virtio?.powerOn();
  }
}
