/**
 * SP810 System Controller (Arm DDI 0254): the registers with which an operating system chooses mode and timer clocks.
 * The timers of the board count at 1 MHz whatever is chosen.
 */
import { primeCellIdHandlers, primeCellIdRows } from './register-device';
import { StoredRegisters, type StoredRow } from './stored-registers';

/** Timer clock choice, watchdog enable, mode control. */
const CONTROL_BITS = 0x00ff_ff87;
/** Mode control: DOZE after reset. */
const DOZE = 1 << 0;

export const SP810_REGISTERS: readonly StoredRow[] = [
  {
    ...{ name: 'SCCTRL', offset: 0x000, access: 'RW', mask: CONTROL_BITS, reset: DOZE },
    description: 'System Control Register.',
    fields: [
      { name: 'ModeCtrl', lsb: 0, width: 3, description: 'Mode asked for: SLEEP, DOZE, SLOW, NORMAL.' },
      { name: 'TimerEn0Sel', lsb: 15, width: 1, description: 'Clock of timer 0: 1 TIMCLK, 0 REFCLK.' },
      { name: 'TimerEn1Sel', lsb: 17, width: 1, description: 'Clock of timer 1.' },
      { name: 'TimerEn2Sel', lsb: 19, width: 1, description: 'Clock of timer 2.' },
      { name: 'TimerEn3Sel', lsb: 21, width: 1, description: 'Clock of timer 3.' },
    ],
  },
  { name: 'SCSYSSTAT', offset: 0x004, access: 'RW', description: 'System Status Register.' },
  { name: 'SCIMCTRL', offset: 0x008, access: 'RW', mask: 0xff, description: 'Interrupt Mode Control.' },
  { name: 'SCIMSTAT', offset: 0x00c, access: 'RW', mask: 1, description: 'Interrupt Mode Status.' },
  { name: 'SCXTALCTRL', offset: 0x010, access: 'RW', mask: 0x7_ffff, description: 'Crystal Control.' },
  { name: 'SCPLLCTRL', offset: 0x014, access: 'RW', mask: 0xfff_ffff, description: 'PLL Control.' },
];

export class Sp810 extends StoredRegisters {
  constructor(name: string) {
    super(
      name,
      0x1000,
      SP810_REGISTERS,
      primeCellIdRows('SC'),
      primeCellIdHandlers('SC', [0x10, 0x18, 0x14, 0x00]),
    );
  }
}
