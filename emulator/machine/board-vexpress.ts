/**
 * Board `vexpress-a15`: QEMU's, a Versatile Express with four Cortex-A15 at most. Its bus has no errors, and there is
 * no firmware: secondary cores of a kernel wait in a holding pen, and a bare program starts on every core.
 */
import {
  VEXPRESS_COUNTER_FREQUENCY,
  VEXPRESS_GIC_INTERRUPTS,
  VEXPRESS_INTERRUPTS,
  VEXPRESS_MACHINE_NUMBER,
  VEXPRESS_MAP,
  VEXPRESS_MOST_CORES,
  VEXPRESS_PERIPHERAL_BASE,
  VEXPRESS_VIRTIO_SLOTS,
} from '../devices/board-vexpress-map';
import { PhysicalMap } from '../devices/device';
import { Nobody } from '../devices/empty-devices';
import { Pl031 } from '../devices/pl031';
import { Pl041 } from '../devices/pl041';
import { Pl050 } from '../devices/pl050';
import { Pl111 } from '../devices/pl111';
import { Pl180 } from '../devices/pl180';
import { Ps2Keyboard, Ps2Mouse } from '../devices/ps2';
import { Sp804 } from '../devices/sp804';
import { Sp810 } from '../devices/sp810';
import { VersatileI2c } from '../devices/versatile-i2c';
import { completeVexpressTree, vexpressTree } from '../devices/vexpress-tree';
import { VexpressSysregs } from '../devices/vexpress-sysregs';
import type { Board, BoardConfiguration, BoardRow, BoardSurroundings } from './board';
import { BoardBuilder, RTC_EPOCH } from './board-builder';

/** Frequency of the dual timers' clock, in Hz. */
const TIMER_FREQUENCY = 1_000_000;

/**
 * Lets every interrupt through the core's CPU interface, and waits for an interrupt by which SYS_FLAGS holds the
 * address to go to (Arm DUI 0447, 4.3.6: the boot monitor does the same).
 */
const HOLDING_PEN = [
  ...[0xe302_1000, 0xe342_1c00], // movw, movt r1, GICC
  ...[0xe3a0_00ff, 0xe581_0004], // mov r0, #0xff; str r0, [r1, #4]: GICC_PMR
  ...[0xe3a0_0001, 0xe581_0000], // mov r0, #1; str r0, [r1]: GICC_CTLR
  0xf57f_f04f, // dsb
  ...[0xe300_1030, 0xe341_1c01], // movw, movt r1, SYS_FLAGS
  0xe320_f003, // wait: wfi
  ...[0xe591_0000, 0xe350_0000, 0x0aff_fffb], // ldr r0, [r1]; cmp r0, #0; beq wait
  0xe12f_ff10, // bx r0
];

function build(configuration: BoardConfiguration, surroundings: BoardSurroundings): Board {
  const { clock } = surroundings;
  const map = VEXPRESS_MAP;
  const irq = VEXPRESS_INTERRUPTS;
  const board = new BoardBuilder(
    new PhysicalMap(new Nobody()),
    configuration,
    surroundings,
    VEXPRESS_GIC_INTERRUPTS,
  );
  board.memory('ram', 'ram', { base: map.ram.base, size: configuration.memory });
  for (const name of ['sram', 'vram', 'daughterboardSram'] as const) board.memory('ram', name, map[name]);
  board.flash('flash0', map.flash0, { again: [map.flashAlias.base] });
  board.flash('flash1', map.flash1);

  board.interruptController(map);
  board.put(map.sysregs, new VexpressSysregs('sysregs@1c010000', clock, (what) => surroundings.power(what)));
  board.put(map.sp810, new Sp810('sp810@1c020000'));
  board.put(map.pl041, new Pl041('pl041@1c040000'));
  board.put(map.pl180, new Pl180('pl180@1c050000', [board.line(irq.card0), board.line(irq.card1)]));
  board.put(map.keyboard, new Pl050('pl050@1c060000', new Ps2Keyboard(), board.line(irq.keyboard)));
  board.put(map.mouse, new Pl050('pl050@1c070000', new Ps2Mouse(), board.line(irq.mouse)));
  for (const name of ['uart0', 'uart1', 'uart2', 'uart3'] as const) board.uart(map[name], irq[name]);
  board.put(map.timers01, new Sp804('sp804@1c110000', TIMER_FREQUENCY, clock, board.line(irq.timers01)));
  board.put(map.timers23, new Sp804('sp804@1c120000', TIMER_FREQUENCY, clock, board.line(irq.timers23)));
  board.transports(map.virtio, VEXPRESS_VIRTIO_SLOTS, irq.virtio);
  board.put(map.dviI2c, new VersatileI2c('i2c@1c160000'));
  board.put(map.rtc, new Pl031('pl031@1c170000', RTC_EPOCH, clock, board.line(irq.rtc)));
  board.put(map.pl111, new Pl111('pl111@1c1f0000'));

  return {
    map: board.map,
    gic: board.gic,
    peripheralBase: VEXPRESS_PERIPHERAL_BASE,
    consoles: board.consoles,
    reset: (kind) => board.reset(kind),
    deviceTree: (given, contents) => vexpressTree({ ...given, ...contents }),
    completeTree: (tree, { memory }) => completeVexpressTree(tree, memory),
    holdingPen: { address: map.sram.base, code: HOLDING_PEN },
  };
}

export const vexpressBoard: BoardRow = {
  mostCores: VEXPRESS_MOST_CORES,
  otherMemory: () =>
    (['flash0', 'flash1', 'sram', 'vram', 'daughterboardSram'] as const).reduce(
      (sum, name) => sum + VEXPRESS_MAP[name].size,
      0,
    ),
  counterFrequency: VEXPRESS_COUNTER_FREQUENCY,
  machineNumber: VEXPRESS_MACHINE_NUMBER,
  hasFirmware: false,
  build,
};
