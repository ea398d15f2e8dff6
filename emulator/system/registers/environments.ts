/** CP14: ThumbEE and Jazelle (ARM ARM A2.10, B4.1): their registers, and nothing behind them. */
import { SYS } from '../../state/layout';
import type { ControlBitName } from '../control-bits';
import {
  ALL_RW,
  bit,
  cp14,
  ignoreWrite,
  PL1_RO,
  PL1_RW,
  type Access,
  type RegisterRow,
  type RowOptions,
} from './row';

type At = readonly [number, number, number, number];
const TEECR_XED = 1;
function thumbee(
  name: string,
  at: At,
  access: Access,
  text: string,
  options: RowOptions,
  trap: ControlBitName,
): RegisterRow {
  return cp14(name, at, access, text, { traps: [trap], ...options });
}

export const EXECUTION_ENVIRONMENTS: readonly RegisterRow[] = [
  thumbee(
    'TEECR',
    [6, 0, 0, 0],
    PL1_RW,
    'ThumbEE Configuration Register.',
    {
      storage: 'TEECR',
      writable: 1,
      fields: [bit('XED', 0, 'PL0 may not access TEEHBR.')],
    },
    'HSTR.TTEE',
  ),
  thumbee(
    'TEEHBR',
    [6, 1, 0, 0],
    ALL_RW,
    'ThumbEE Handler Base Register.',
    {
      storage: 'TEEHBR',
      userGate: (core) => (core.i32[SYS.TEECR] & TEECR_XED) === 0,
    },
    'HSTR.TTEE',
  ),
  cp14('JIDR', [7, 0, 0, 0], PL1_RO, 'Jazelle ID Register: trivial Jazelle.', {
    read: () => 0,
    traps: ['HCR.TID0:r'],
  }),
  cp14('JOSCR', [7, 1, 0, 0], PL1_RW, 'Jazelle OS Control Register: reads as zero.', {
    read: () => 0,
    write: ignoreWrite,
    traps: ['HSTR.TJDBX'],
  }),
  cp14('JMCR', [7, 2, 0, 0], PL1_RW, 'Jazelle Main Configuration Register: reads as zero.', {
    read: () => 0,
    write: ignoreWrite,
    traps: ['HSTR.TJDBX'],
  }),
];
