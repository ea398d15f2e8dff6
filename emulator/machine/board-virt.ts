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

/** Outputs of the Secure GPIO that switch the machine off and reset it. */
const SECURE_POWER_OFF = 1 << 0;
const SECURE_RESET = 1 << 1;

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
    // With the Security Extensions the first bank is for Secure firmware.
    map.add({ ...flash, base: VIRT_MAP.flash.base + number * bank, secureOnly: secure && number === 0 });
    devices.push(flash.device);
  }
  const put = (window: VirtWindow, device: Device, secureOnly = false): void => {
    // What the device does not fill of its window nobody answers.
    const size = Math.min(window.size, device.size);
    map.add({ kind: 'device', name: device.name, base: window.base, size, device, secureOnly });
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
  const consoles: ConsolePort[] = [];
  const putUart = (window: VirtWindow, interrupt: number, secureOnly: boolean): void => {
    const console: ConsolePort = {
      name: `pl011@${window.base.toString(16)}`,
      onOutput: () => {},
      input: (bytes) => uart.receive(bytes),
    };
    const uart = new Pl011(console.name, (byte) => console.onOutput(byte), spi(interrupt));
    put(window, uart, secureOnly);
    consoles.push(console);
  };
  putUart(VIRT_MAP.uart, VIRT_INTERRUPTS.uart, false);
  if (secure) {
    putUart(VIRT_MAP.secureUart, VIRT_INTERRUPTS.secureUart, true);
    const switches = (levels: number): void => {
      if (levels & SECURE_POWER_OFF) surroundings.power('off');
      else if (levels & SECURE_RESET) surroundings.power('reset');
    };
    const gpio = new Pl061('pl061@90b0000', spi(VIRT_INTERRUPTS.secureGpio), switches);
    put(VIRT_MAP.secureGpio, gpio, true);
    const offset = GUEST_MEMORY_OFFSET + memory + VIRT_MAP.flash.size;
    map.add({ kind: 'ram', name: 'secram', ...VIRT_MAP.secureRam, offset, secureOnly: true });
  }
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
    consoles: [...consoles, ...virtio.consoles],
    reset(kind) {
      gic.reset();
      for (const device of devices) device.reset();
      if (kind === 'power-on') virtio.powerOn();
    },
    deviceTree: (given, contents) => writeDeviceTree(virtTree({ ...given, ...contents })),
  };
}

export const virtBoard: BoardRow = {
  otherMemory: ({ secure }) => VIRT_MAP.flash.size + (secure ? VIRT_MAP.secureRam.size : 0),
  counterFrequency: VIRT_COUNTER_FREQUENCY,
  build,
};
