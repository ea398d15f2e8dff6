/** PL111 Color LCD Controller (Arm DDI 0293): its registers and palette; no picture is made, and so no interrupt. */
import { primeCellIdHandlers, primeCellIdRows } from './register-device';
import { StoredRegisters, type StoredRow } from './stored-registers';

const TIMINGS: readonly StoredRow[] = [
  { name: 'LCDTiming0', offset: 0x00, access: 'RW', mask: -1, description: 'Horizontal axis panel control.' },
  { name: 'LCDTiming1', offset: 0x04, access: 'RW', mask: -1, description: 'Vertical axis panel control.' },
  { name: 'LCDTiming2', offset: 0x08, access: 'RW', mask: -1, description: 'Clock and signal polarity.' },
  { name: 'LCDTiming3', offset: 0x0c, access: 'RW', mask: 0x1_007f, description: 'Line end control.' },
];

export const PL111_REGISTERS: readonly StoredRow[] = [
  ...TIMINGS,
  {
    ...{ name: 'LCDUPBASE', offset: 0x10, access: 'RW', mask: -8 },
    description: 'Address of the picture, or of its upper panel.',
  },
  { name: 'LCDLPBASE', offset: 0x14, access: 'RW', mask: -8, description: 'Address of the lower panel.' },
  {
    ...{ name: 'LCDControl', offset: 0x18, access: 'RW', mask: 0x1_ffff },
    description: 'Control: enable, pixel format, power, when to interrupt.',
    fields: [
      { name: 'LcdEn', lsb: 0, width: 1, description: 'The controller runs.' },
      { name: 'LcdBpp', lsb: 1, width: 3, description: 'Bits of a pixel: 1, 2, 4, 8, 16, 24, 5:6:5, 4:4:4.' },
      { name: 'LcdTFT', lsb: 5, width: 1, description: 'The panel is a TFT.' },
      { name: 'BGR', lsb: 8, width: 1, description: 'Red and blue are swapped.' },
      { name: 'LcdPwr', lsb: 11, width: 1, description: 'The panel has power.' },
    ],
  },
  { name: 'LCDIMSC', offset: 0x1c, access: 'RW', mask: 0x1e, description: 'Interrupt mask.' },
  { name: 'LCDRIS', offset: 0x20, access: 'RO', description: 'Raw interrupt status.' },
  { name: 'LCDMIS', offset: 0x24, access: 'RO', description: 'Masked interrupt status.' },
  { name: 'LCDICR', offset: 0x28, access: 'WO', description: 'Interrupt clear.' },
  { name: 'LCDUPCURR', offset: 0x2c, access: 'RO', description: 'Where the upper panel is being read.' },
  { name: 'LCDLPCURR', offset: 0x30, access: 'RO', description: 'Where the lower panel is being read.' },
  {
    ...{ name: 'LCDPalette', offset: 0x200, count: 128, access: 'RW', mask: -1 },
    description: 'Palette: two colours a word.',
  },
];

export class Pl111 extends StoredRegisters {
  constructor(name: string) {
    super(
      name,
      0x1000,
      PL111_REGISTERS,
      primeCellIdRows('CLCD'),
      primeCellIdHandlers('CLCD', [0x11, 0x11, 0x24, 0x00]),
    );
  }
}
