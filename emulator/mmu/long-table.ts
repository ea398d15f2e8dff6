/**
 * The part of TranslationTableWalkLD that both stages share: from a table base down to a block or page.
 * ARM ARM B3.6, B3.19.6.
 */
import type { FaultKind, MemoryFault } from '../system/fault';
import { addressOf, highOf, type DescriptorWords } from './walk';

/** Where a long-format walk begins. */
export interface LongTableStart {
  /** Base address from the TTBR, not yet aligned. */
  readonly base: number;
  /** Bits of the input address, 25–40. */
  readonly inputSize: number;
  readonly level: 1 | 2;
}

/** Where a walk ended: at the descriptor read last; with the hierarchical attributes gathered on the way. */
export interface LongLeaf {
  readonly level: 1 | 2 | 3;
  /** Output address of the input address. */
  readonly address: number;
  readonly shift: number;
  /** OR of APTable, bits 1–0. */
  readonly apTable: number;
  readonly xnTable: boolean;
  readonly pxnTable: boolean;
  readonly nsTable: boolean;
}

/** Where a stage's descriptors come from. */
export interface LongDescriptorReader {
  /** Reads the descriptor at an address (two words) of a table of level `level` into `words`; gives the fault that this meets. */
  read(low: number, high: number, level: 1 | 2 | 3, nsTable: boolean): MemoryFault | undefined;
  readonly words: DescriptorWords;
  /** The fault of an invalid descriptor (`translation`) or a clear access flag. */
  fault(kind: FaultKind, level: number): MemoryFault;
}

/** log2 of the bytes that one entry of a table of this level maps: 30, 21, 12. */
export function levelShift(level: number): number {
  return 39 - 9 * level;
}

/** Powers of two up to that of the widest input address: V8 calls a function to compute one. */
const POWERS = Array.from({ length: 41 }, (_, n) => 2 ** n);

/** How many input addresses of so many bits there are. */
export function inputAddresses(bits: number): number {
  return POWERS[bits]!;
}

/** 40-bit address field of a descriptor or base register, from bit `lowest`. */
export function longAddress(low: number, high: number, lowest: number): number {
  return addressOf(low & -(1 << lowest), high & 0xff);
}

/** Walks from `start` for input address `ia`, which is below 2^inputSize. Stage 2 and Hyp ignore what they lack. */
export function walkLongTables(
  start: LongTableStart,
  ia: number,
  reader: LongDescriptorReader,
): LongLeaf | MemoryFault {
  const { words } = reader;
  let level: 1 | 2 | 3 = start.level;
  // Addresses as words: with what is wider than one, V8 computes in floating point.
  const iaLow = ia | 0;
  const iaHigh = highOf(ia);
  let shift = levelShift(level);
  let indices = (1 << (start.inputSize - shift)) - 1;
  let tableLow = start.base & ~(8 * indices + 7);
  let tableHigh = highOf(start.base);
  let apTable = 0;
  let xnTable = false;
  let pxnTable = false;
  let nsTable = false;
  for (;;) {
    const index = ((iaHigh << (32 - shift)) | (iaLow >>> shift)) & indices;
    const fault = reader.read((tableLow + index * 8) | 0, tableHigh, level, nsTable);
    if (fault !== undefined) return fault;
    const { low, high } = words;
    if ((low & 1) === 0 || (level === 3 && (low & 2) === 0)) return reader.fault('translation', level);
    if (level === 3 || (low & 2) === 0) {
      if ((low & 0x400) === 0) return reader.fault('access flag', level);
      const below = (1 << shift) - 1;
      const address = addressOf((low & ~below) | (iaLow & below), high & 0xff);
      return { level, address, shift, apTable, xnTable, pxnTable, nsTable };
    }
    apTable |= (high >>> 29) & 3;
    xnTable ||= (high & (1 << 28)) !== 0;
    pxnTable ||= (high & (1 << 27)) !== 0;
    nsTable ||= high >>> 31 !== 0;
    tableLow = low & ~0xfff;
    tableHigh = high & 0xff;
    level = (level + 1) as 2 | 3;
    shift = levelShift(level);
    indices = 511;
  }
}
