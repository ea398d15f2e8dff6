/**
 * Words of rows whose random fields would seldom do, or reach what a runner lives by. Of coprocessor instructions only
 * those are drawn whose registers are storage and nothing else; the others are compared by test/conformance/system. Of
 * short branches some go on in their own slot.
 */
import type { Row } from '../../../emulator/isa/row';
import type { RandomWord } from '../../../emulator/isa/random';
import type { World } from './inputs';

interface Encoding {
  readonly crn: number;
  readonly opc1: number;
  readonly crm: number;
  readonly opc2: number;
}
/** TPIDRURW, TPIDRURO, TPIDRPRW, DFAR, IFAR, and a register that there is not. */
const STORAGE: readonly Encoding[] = [
  { crn: 13, opc1: 0, crm: 0, opc2: 2 },
  { crn: 13, opc1: 0, crm: 0, opc2: 3 },
  { crn: 13, opc1: 0, crm: 0, opc2: 4 },
  { crn: 6, opc1: 0, crm: 0, opc2: 0 },
  { crn: 6, opc1: 0, crm: 0, opc2: 2 },
  { crn: 4, opc1: 5, crm: 7, opc2: 5 },
];
/** CNTP_CVAL, which of Secure state is the watchdog of monitor-runner.S; CNTV_CVAL; and a register that there is not. */
const PAIRS: readonly Pick<Encoding, 'opc1' | 'crm'>[] = [
  { opc1: 2, crm: 14 },
  { opc1: 3, crm: 14 },
  { opc1: 7, crm: 5 },
];
const WITHOUT_WATCHDOG = PAIRS.slice(1);
/** Coprocessors that are not there. */
const ABSENT = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13];
const CP15 = 15;

const coprocessor = (word: number, number: number): number => (word & ~0xf00) | (number << 8);

/** Offsets in halfwords, from PC, that lead to the instructions behind a T32 instruction of two bytes. */
const OFFSETS_IN_SLOT = 4;
/** Bits of the offset of the short branches. */
const OFFSET_BITS: Readonly<Record<string, number>> = { 'B T1': 8, 'B T2': 11 };

/** Random fields for a row of MCR, MRC, MCRR, MRRC, CDP, LDC, STC or a short branch; any other row's word stays. */
export function shapeWord(world: World, row: Row, word: number, random: RandomWord): number {
  const bits = OFFSET_BITS[row.name];
  if (bits !== undefined && random() & 1) return (word & -(1 << bits)) | (random() % OFFSETS_IN_SLOT);
  const [name] = row.name.split(/[ ,]/);
  switch (name) {
    case 'MCR':
    case 'MRC': {
      const { crn, opc1, crm, opc2 } = STORAGE[random() % STORAGE.length]!;
      if (random() % 8 === 0) return coprocessor(word, ABSENT[random() % ABSENT.length]!) >>> 0;
      const kept = coprocessor(word, CP15) & ~0x00ef_00ef;
      return (kept | (opc1 << 21) | (crn << 16) | (opc2 << 5) | crm) >>> 0;
    }
    case 'MCRR':
    case 'MRRC': {
      const pairs = world === 'non-secure' ? PAIRS : WITHOUT_WATCHDOG;
      const { opc1, crm } = pairs[random() % pairs.length]!;
      if (random() % 8 === 0) return coprocessor(word, ABSENT[random() % ABSENT.length]!) >>> 0;
      return ((coprocessor(word, CP15) & ~0xff) | (opc1 << 4) | crm) >>> 0;
    }
    case 'CDP':
    case 'LDC':
    case 'STC':
      return coprocessor(word, random() & 1 ? CP15 : ABSENT[random() % ABSENT.length]!) >>> 0;
    default:
      return word;
  }
}
