/** Board `virt`: QEMU's, with QEMU's addresses and interrupts, so that the same images boot on both. */
import {
  GICV2M_INTERRUPTS,
  VIRTIO_SLOTS,
  VIRT_COUNTER_FREQUENCY,
  VIRT_GIC_INTERRUPTS,
  VIRT_INTERRUPTS,
  VIRT_MAP,
  pcieEcam,
} from '../devices/board-virt-map';
import { PhysicalMap } from '../devices/device';
import { AllOnes } from '../devices/empty-devices';
import { FwCfg } from '../devices/fw-cfg';
import { GicV2m } from '../devices/gicv2m';
import { PcieConfiguration } from '../devices/pcie-configuration';
import { Pl031 } from '../devices/pl031';
import { Pl061 } from '../devices/pl061';
import { virtTree } from '../devices/virt-tree';
import type { Board, BoardConfiguration, BoardRow, BoardSurroundings } from './board';
import { BoardBuilder, RTC_EPOCH } from './board-builder';

/** Outputs of the Secure GPIO that switch the machine off and reset it. */
const SECURE_POWER_OFF = 1 << 0;
const SECURE_RESET = 1 << 1;

function build(configuration: BoardConfiguration, surroundings: BoardSurroundings): Board {
  const { cpus, memory, secure } = configuration;
  const board = new BoardBuilder(new PhysicalMap(), configuration, surroundings, VIRT_GIC_INTERRUPTS);
  board.memory('ram', 'ram', { base: VIRT_MAP.ram.base, size: memory });
  const bank = VIRT_MAP.flash.size / 2;
  for (const number of [0, 1]) {
    const base = VIRT_MAP.flash.base + number * bank;
    // With the Security Extensions the first bank is for Secure firmware.
    board.flash(`flash${number}`, { base, size: bank }, { secureOnly: secure && number === 0 });
  }
  if (secure) board.memory('ram', 'secram', VIRT_MAP.secureRam, true);

  board.interruptController(VIRT_MAP);
  board.uart(VIRT_MAP.uart, VIRT_INTERRUPTS.uart);
  if (secure) {
    board.uart(VIRT_MAP.secureUart, VIRT_INTERRUPTS.secureUart, true);
    const switches = (levels: number): void => {
      if (levels & SECURE_POWER_OFF) surroundings.power('off');
      else if (levels & SECURE_RESET) surroundings.power('reset');
    };
    const gpio = new Pl061('pl061@90b0000', board.line(VIRT_INTERRUPTS.secureGpio), switches);
    board.put(VIRT_MAP.secureGpio, gpio, true);
  }
  const rtcLine = board.line(VIRT_INTERRUPTS.rtc);
  board.put(VIRT_MAP.rtc, new Pl031('pl031@9010000', RTC_EPOCH, surroundings.clock, rtcLine));
  board.put(VIRT_MAP.gpio, new Pl061('pl061@9030000', board.line(VIRT_INTERRUPTS.gpio)));
  board.put(VIRT_MAP.fwCfg, new FwCfg('fw-cfg@9020000', { cpus, dma: surroundings.busMaster }));
  board.put(
    VIRT_MAP.gicv2m,
    new GicV2m('v2m@8020000', VIRT_INTERRUPTS.gicv2m, GICV2M_INTERRUPTS, (id) => {
      board.gic.setSpi(id, true);
      board.gic.setSpi(id, false);
    }),
  );
  board.transports(VIRT_MAP.virtio, VIRTIO_SLOTS, VIRT_INTERRUPTS.virtio);
  const pcie = {
    mmio: VIRT_MAP.pcieMmio,
    pio: VIRT_MAP.pciePio,
    high: VIRT_MAP.pcieHighMmio,
  };
  for (const [name, window] of Object.entries(pcie))
    board.put(window, new AllOnes(`pcie-${name}`, window.size));
  const ecam = pcieEcam(configuration.firmware ?? false);
  board.put(ecam, new PcieConfiguration('pcie-ecam', ecam.size));

  return {
    map: board.map,
    gic: board.gic,
    peripheralBase: VIRT_MAP.gicd.base,
    consoles: board.consoles,
    performanceInterrupt: VIRT_INTERRUPTS.performance,
    reset: (kind) => board.reset(kind),
    deviceTree: (given, contents) => virtTree({ ...given, ...contents }),
  };
}

export const virtBoard: BoardRow = {
  mostCores: 8,
  otherMemory: ({ secure }) => VIRT_MAP.flash.size + (secure ? VIRT_MAP.secureRam.size : 0),
  counterFrequency: VIRT_COUNTER_FREQUENCY,
  machineNumber: 0xffff_ffff,
  hasFirmware: true,
  build,
};
