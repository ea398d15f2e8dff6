/**
 * The part of TranslationTableWalkLD that both stages share: from a table base down to a block or page.
 * ARM ARM B3.6, B3.19.6.
 */
import type { FaultKind, MemoryFault } from '../system/fault';
import { addressOf, highOf } from './descriptor-words';
import type { LongTableStart } from './table-starts';
import type { Walk } from './walk';

/** Where a stage's descriptors come from, and its faults. Both stages of a walk are under way at once: neither has state. */
export interface LongDescriptorReader {
  /** Reads the descriptor at an address (two words) of a table of level `level` into the walk; gives the fault that this meets. */
  read(walk: Walk, low: number, high: number, level: 1 | 2 | 3, nsTable: boolean): MemoryFault | undefined;
  /** The fault of an invalid descriptor (`translation`) or a clear access flag. */
  fault(walk: Walk, kind: FaultKind, level: number): MemoryFault;
}

/** log2 of the bytes that one entry of a table of this level maps: 30, 21, 12. */
export function levelShift(level: number): number {
  return 39 - 9 * level;
}

/**
 * Walks from `start` for an input address (two words), which is below 2^inputSize, to `walk.leaf`; or gives the fault
 * that it meets. Stage 2 and Hyp ignore what they lack.
 */
export function walkLongTables(
  walk: Walk,
  reader: LongDescriptorReader,
  start: LongTableStart,
  iaLow: number,
  iaHigh: number,
): MemoryFault | undefined {
  let level: 1 | 2 | 3 = start.level;
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
    const fault = reader.read(walk, (tableLow + index * 8) | 0, tableHigh, level, nsTable);
    if (fault !== undefined) return fault;
    const { low, high } = walk;
    if ((low & 1) === 0 || (level === 3 && (low & 2) === 0)) return reader.fault(walk, 'translation', level);
    if (level === 3 || (low & 2) === 0) {
      if ((low & 0x400) === 0) return reader.fault(walk, 'access flag', level);
      const below = (1 << shift) - 1;
      const { leaf } = walk;
      leaf.level = level;
      leaf.address = addressOf((low & ~below) | (iaLow & below), high & 0xff);
      leaf.shift = shift;
      leaf.apTable = apTable;
      leaf.xnTable = xnTable;
      leaf.pxnTable = pxnTable;
      leaf.nsTable = nsTable;
      return undefined;
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
