/** Stage 1 in the Long-descriptor format, PL1&0 and Hyp (ARM ARM B3.6, B3.19.6 TranslationTableWalkLD). */
import type { MemoryFault } from '../system/fault';
import { decodeMair } from './attributes';
import { addressOf } from './descriptor-words';
import { walkLongTables, type LongDescriptorReader } from './long-table';
import { readStage1Descriptor } from './stage1-descriptor';
import type { LongTable } from './table-starts';
import type { Walk } from './walk';

/** The table that serves a VA, or undefined where none does or its walks are disabled (EPDn). */
function longTable(tables: readonly LongTable[], va: number): LongTable | undefined {
  for (let i = tables.length - 1; i >= 0; i--) {
    const table = tables[i]!;
    if (va >= table.first) return va < table.end ? table : undefined;
  }
  return undefined;
}

const STAGE1: LongDescriptorReader = {
  read: (walk, low, high, level, nsTable) =>
    readStage1Descriptor(walk, addressOf(low, high), 'long', level, 0, nsTable),
  fault: (walk, kind, level) => walk.stage1Fault(kind, level, 0),
};

/**
 * Finds `walk.stage1`; or gives a translation or access flag fault, or whatever fault reading the tables meets.
 */
export function translationTableWalkLD(walk: Walk): MemoryFault | undefined {
  const { registers: r, va, hyp, leaf, stage1: record } = walk;
  const table = longTable(walk.longTables, va);
  if (table === undefined) return walk.stage1Fault('translation', 1, 0);
  const fault = walkLongTables(walk, STAGE1, table, va & (-1 >>> (32 - table.inputSize)), 0);
  if (fault !== undefined) return fault;
  const { low, high } = walk;
  // APTable[0] takes PL0 access away (not in Hyp, which has no PL0), APTable[1] write access.
  let ap = ((low >>> 5) & 6) | 1;
  if ((leaf.apTable & 1) !== 0) ap &= ~2;
  if ((leaf.apTable & 2) !== 0) ap |= 4;
  record.address = leaf.address;
  record.shift = leaf.shift;
  record.level = leaf.level;
  record.domain = 0;
  record.ap = ap;
  record.xn = leaf.xnTable || (high & (1 << 22)) !== 0;
  record.pxn = leaf.pxnTable || (high & (1 << 21)) !== 0;
  // A table of Secure state that NSTable makes Non-secure maps for its ASID only (ARM ARM B3.6.3).
  record.global = hyp || ((low & 0x800) === 0 && !(r.secure && leaf.nsTable));
  record.nonSecure = !r.secure || hyp || leaf.nsTable || (low & 0x20) !== 0;
  record.attributes = decodeMair(r, hyp, (low >>> 2) & 7, (low >>> 8) & 3);
  record.long = true;
  return undefined;
}
