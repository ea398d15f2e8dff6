/** Stage 1 in the Long-descriptor format, PL1&0 and Hyp (ARM ARM B3.6, B3.19.6 TranslationTableWalkLD). */
import { MemoryFault, type FaultKind } from '../system/fault';
import { decodeMair } from './attributes';
import {
  inputAddresses,
  longAddress,
  walkLongTables,
  type LongDescriptorReader,
  type LongTableStart,
} from './long-table';
import { Ttbcr, type TranslationRegisters } from './registers';
import { readStage1Descriptor } from './stage1-descriptor';
import { addressOf, type Stage1Record, type Walk } from './walk';

/** The table that serves a VA, or undefined where none does or its walks are disabled (EPDn). */
export interface LongTable extends LongTableStart {
  readonly name: 'TTBR0' | 'TTBR1' | 'HTTBR';
  /** The VAs that the table serves: from `first` up to, not including, `end`. */
  readonly first: number;
  readonly end: number;
}

function start(
  name: LongTable['name'],
  low: number,
  high: number,
  size: number,
  first: number,
  end: number,
): LongTable {
  const inputSize = 32 - size;
  return { name, base: longAddress(low, high, 3), inputSize, level: inputSize > 30 ? 1 : 2, first, end };
}

/** Chooses the table by TTBCR.T0SZ, T1SZ, EPD0 and EPD1, or by HTCR.T0SZ. */
export function longTable(r: TranslationRegisters, hyp: boolean, va: number): LongTable | undefined {
  const t0 = (hyp ? r.HTCR : r.TTBCR) & 7;
  const lowEnd = inputAddresses(32 - t0);
  if (hyp) return va < lowEnd ? start('HTTBR', r.HTTBR, r.HTTBR_HIGH, t0, 0, lowEnd) : undefined;
  const t1 = (r.TTBCR >>> 16) & 7;
  // TTBR1 serves the top of the address space where T1SZ says so, else all that TTBR0 leaves.
  const highFirst = t1 === 0 ? lowEnd : 2 ** 32 - inputAddresses(32 - t1);
  if (va >= highFirst) {
    if ((r.TTBCR & Ttbcr.EPD1) !== 0) return undefined;
    return start('TTBR1', r.TTBR1, r.TTBR1_HIGH, t1, highFirst, 2 ** 32);
  }
  if (va >= lowEnd || (r.TTBCR & Ttbcr.EPD0) !== 0) return undefined;
  return start('TTBR0', r.TTBR0, r.TTBR0_HIGH, t0, 0, Math.min(lowEnd, highFirst));
}

class Stage1Reader implements LongDescriptorReader {
  constructor(readonly words: Walk) {}

  read(low: number, high: number, level: 1 | 2 | 3, nsTable: boolean): MemoryFault | undefined {
    return readStage1Descriptor(this.words, addressOf(low, high), 'long', level, 0, nsTable);
  }

  fault(kind: FaultKind, level: number): MemoryFault {
    return this.words.stage1Fault(kind, level, 0);
  }
}

/** What it found; or a translation or access flag fault, or whatever fault reading the tables meets. */
export function translationTableWalkLD(walk: Walk): Stage1Record | MemoryFault {
  const { registers: r, va, hyp } = walk;
  const table = longTable(r, hyp, va);
  if (table === undefined) return walk.stage1Fault('translation', 1, 0);
  const leaf = walkLongTables(
    table,
    (va & (inputAddresses(table.inputSize) - 1)) >>> 0,
    new Stage1Reader(walk),
  );
  if (leaf instanceof MemoryFault) return leaf;
  const { low, high } = walk;
  // APTable[0] takes PL0 access away (not in Hyp, which has no PL0), APTable[1] write access.
  let ap = ((low >>> 5) & 6) | 1;
  if ((leaf.apTable & 1) !== 0) ap &= ~2;
  if ((leaf.apTable & 2) !== 0) ap |= 4;
  const nonSecure = !r.secure || hyp || leaf.nsTable || (low & 0x20) !== 0;
  return {
    address: leaf.address,
    shift: leaf.shift,
    level: leaf.level,
    domain: 0,
    ap,
    xn: leaf.xnTable || (high & (1 << 22)) !== 0,
    pxn: leaf.pxnTable || (high & (1 << 21)) !== 0,
    // A table of Secure state that NSTable makes Non-secure maps for its ASID only (ARM ARM B3.6.3).
    global: hyp || ((low & 0x800) === 0 && !(r.secure && leaf.nsTable)),
    nonSecure,
    attributes: decodeMair(r, hyp, (low >>> 2) & 7, (low >>> 8) & 3),
    long: true,
  };
}
