/** PL041 Advanced Audio CODEC Interface (Arm DDI 0173): its registers, with no CODEC behind them and no sound. */
import { primeCellIdHandlers, primeCellIdRows } from './register-device';
import { StoredRegisters, type StoredRow } from './stored-registers';

/** What is in a row of registers of each of the four channels. */
const CHANNEL_BYTES = 0x14;

function channel(index: number): readonly StoredRow[] {
  const at = index * CHANNEL_BYTES;
  const n = index + 1;
  return [
    {
      ...{ name: `AACIRXCR${n}`, offset: at, access: 'RW', mask: -1 },
      description: 'Receive control of the channel.',
    },
    {
      ...{ name: `AACITXCR${n}`, offset: at + 4, access: 'RW', mask: -1 },
      description: 'Transmit control of the channel.',
    },
    {
      ...{ name: `AACISR${n}`, offset: at + 8, access: 'RO', reset: index === 0 ? FIFO_EMPTY : 0 },
      description: 'Status of the channel: both FIFOs are empty.',
    },
    {
      ...{ name: `AACIISR${n}`, offset: at + 12, access: 'RO' },
      description: 'Interrupt status of the channel.',
    },
    {
      ...{ name: `AACIIE${n}`, offset: at + 16, access: 'RW', mask: 0x7f },
      description: 'Interrupt enable of the channel.',
    },
  ];
}
/** Receive FIFO empty, transmit FIFO empty and half empty. */
const FIFO_EMPTY = 0xb;
/** Receive and transmit slots 1, 2 and 12 are idle: the transmit ones are empty. */
const SLOTS_IDLE = 0xa80;

export const PL041_REGISTERS: readonly StoredRow[] = [
  ...[0, 1, 2, 3].flatMap(channel),
  { name: 'AACISL1RX', offset: 0x50, access: 'RO', description: 'Slot 1 as received: address.' },
  { name: 'AACISL1TX', offset: 0x54, access: 'RW', mask: 0xf_ffff, description: 'Slot 1 to send: address.' },
  { name: 'AACISL2RX', offset: 0x58, access: 'RO', description: 'Slot 2 as received: data.' },
  { name: 'AACISL2TX', offset: 0x5c, access: 'RW', mask: 0xf_ffff, description: 'Slot 2 to send: data.' },
  { name: 'AACISL12RX', offset: 0x60, access: 'RO', description: 'Slot 12 as received.' },
  { name: 'AACISL12TX', offset: 0x64, access: 'RW', mask: 0xf_ffff, description: 'Slot 12 to send.' },
  { name: 'AACISLFR', offset: 0x68, access: 'RO', reset: SLOTS_IDLE, description: 'Slot flags.' },
  { name: 'AACISLISTAT', offset: 0x6c, access: 'RO', description: 'Slot interrupt status.' },
  { name: 'AACISLIEN', offset: 0x70, access: 'RW', mask: 0x1ff, description: 'Slot interrupt enable.' },
  { name: 'AACIINTCLR', offset: 0x74, access: 'WO', description: 'Interrupt clear.' },
  { name: 'AACIMAINCR', offset: 0x78, access: 'RW', mask: 0x7ff, description: 'Main control.' },
  { name: 'AACIRESET', offset: 0x7c, access: 'RW', mask: 1, description: 'Level of the reset line.' },
  { name: 'AACISYNC', offset: 0x80, access: 'RW', mask: 1, description: 'Level of the sync line.' },
  { name: 'AACIALLINTS', offset: 0x84, access: 'RO', description: 'Interrupts of all channels.' },
  { name: 'AACIMAINFR', offset: 0x88, access: 'RO', description: 'Main flags.' },
];

/** Part number, designer, revision, and how many characters the FIFOs hold. */
const IDENTIFICATION = [0x41, 0x10, 0x04, 0x29] as const;

export class Pl041 extends StoredRegisters {
  constructor(name: string) {
    super(
      name,
      0x1000,
      PL041_REGISTERS,
      primeCellIdRows('AACI'),
      primeCellIdHandlers('AACI', IDENTIFICATION),
    );
  }
}
