/** Board `virt`: QEMU's, with QEMU's addresses and interrupts, so that the same images boot on both. */
import {
  GICV2M_INTERRUPTS,
  VIRTIO_SLOTS,
  VIRT_COUNTER_FREQUENCY,
  VIRT_GIC_INTERRUPTS,
  VIRT_INTERRUPTS,
  VIRT_MAP,
  type VirtWindow,
} from '../devices/board-virt-map';
import { PhysicalMap, type Device, type InterruptLine } from '../devices/device';
import { AllOnes } from '../devices/empty-devices';
import { FwCfg } from '../devices/fw-cfg';
import { GicV2m } from '../devices/gicv2m';
import { Pl011 } from '../devices/pl011';
import { Pl031 } from '../devices/pl031';
import { Pl061 } from '../devices/pl061';
import { Gic } from '../gic/gic';
import { CORE, GUEST_MEMORY_OFFSET, type PendingLine } from '../state/layout';
import { writeDeviceTree } from '../devices/fdt';
import { virtTree } from '../devices/virt-tree';
import type { Board, BoardConfiguration, BoardRow, BoardSurroundings } from './board';
import { buildFlash } from './board-flash';
import { plugVirtio } from './board-virtio';
import type { ConsolePort } from './console-port';

/** What the real-time clock shows at power-on: 2026-01-01 00:00 UTC, in seconds since 1970. */
const RTC_EPOCH = 1_767_225_600;

function build(configuration: BoardConfiguration, surroundings: BoardSurroundings): Board {
  const { cpus, memory, virtualization, secure, listRegisters } = configuration;
  const { state, events } = surroundings;
  const map = new PhysicalMap();
  map.add({ kind: 'ram', name: 'ram', base: VIRT_MAP.ram.base, size: memory, offset: GUEST_MEMORY_OFFSET });
  const devices: Device[] = [];
  const bank = VIRT_MAP.flash.size / 2;
  for (const number of [0, 1]) {
    const flash = buildFlash(
      `flash${number}`,
      bank,
      GUEST_MEMORY_OFFSET + memory + number * bank,
      surroundings,
    );
    map.add({ ...flash, base: VIRT_MAP.flash.base + number * bank });
    devices.push(flash.device);
  }
  const put = (window: VirtWindow, device: Device): void => {
    // What the device does not fill of its window nobody answers.
    const size = Math.min(window.size, device.size);
    map.add({ kind: 'device', name: device.name, base: window.base, size, device });
    devices.push(device);
  };

  const gic = new Gic(
    {
      cores: cpus,
      interrupts: VIRT_GIC_INTERRUPTS,
      listRegisters,
      hasSecurity: secure,
      hasVirtualization: virtualization,
    },
    {
      set(core: number, line: PendingLine, level: boolean): void {
        const words = state.cores[core]!.i32;
        words[CORE.PENDING] = level ? words[CORE.PENDING]! | line : words[CORE.PENDING]! & ~line;
        surroundings.lineChanged(core);
      },
      softwareInterrupt: () => surroundings.yieldTurn(),
    },
    events,
  );
  const { gicd, gicc, gich, gicv } = gic.devices;
  put(VIRT_MAP.gicd, gicd);
  put(VIRT_MAP.gicc, gicc);
  if (gich !== undefined) put(VIRT_MAP.gich, gich);
  if (gicv !== undefined) put(VIRT_MAP.gicv, gicv);

  const spi = (id: number): InterruptLine => ({ set: (level) => gic.setSpi(id, level) });
  const console: ConsolePort = {
    name: 'pl011@9000000',
    onOutput: () => {},
    input: (bytes) => uart.receive(bytes),
  };
  const uart = new Pl011(console.name, (byte) => console.onOutput(byte), spi(VIRT_INTERRUPTS.uart));
  put(VIRT_MAP.uart, uart);
  put(VIRT_MAP.rtc, new Pl031('pl031@9010000', RTC_EPOCH, surroundings.clock, spi(VIRT_INTERRUPTS.rtc)));
  put(VIRT_MAP.gpio, new Pl061('pl061@9030000', spi(VIRT_INTERRUPTS.gpio)));
  put(VIRT_MAP.fwCfg, new FwCfg('fw-cfg@9020000', { cpus, dma: surroundings.busMaster }));
  put(
    VIRT_MAP.gicv2m,
    new GicV2m('v2m@8020000', VIRT_INTERRUPTS.gicv2m, GICV2M_INTERRUPTS, (id) => {
      gic.setSpi(id, true);
      gic.setSpi(id, false);
    }),
  );
  const windows = Array.from({ length: VIRTIO_SLOTS }, (_, slot) => ({
    ...VIRT_MAP.virtio,
    base: VIRT_MAP.virtio.base + slot * VIRT_MAP.virtio.size,
  }));
  const virtio = plugVirtio(
    configuration.virtio,
    windows.map(({ base }, slot) => ({
      name: `virtio_mmio@${base.toString(16)}`,
      line: spi(VIRT_INTERRUPTS.virtio + slot),
    })),
    { clock: surroundings.clock, memory: surroundings.busMaster, entropySeed: configuration.entropySeed },
  );
  virtio.transports.forEach((transport, slot) => put(windows[slot]!, transport));
  const pcie = {
    mmio: VIRT_MAP.pcieMmio,
    pio: VIRT_MAP.pciePio,
    ecam: VIRT_MAP.pcieEcam,
    high: VIRT_MAP.pcieHighMmio,
  };
  for (const [name, window] of Object.entries(pcie)) put(window, new AllOnes(`pcie-${name}`, window.size));

  return {
    map,
    gic,
    peripheralBase: VIRT_MAP.gicd.base,
    consoles: [console, ...virtio.consoles],
    reset() {
      gic.reset();
      for (const device of devices) device.reset();
      virtio.powerOn();
    },
    deviceTree: (given, contents) => writeDeviceTree(virtTree({ ...given, ...contents })),
  };
}

export const virtBoard: BoardRow = {
  romBytes: VIRT_MAP.flash.size,
  counterFrequency: VIRT_COUNTER_FREQUENCY,
  build,
};
