/** Where walks of long-format tables begin, as the registers say (ARM ARM B3.6.1, B3.6.4 to B3.6.6). */
import { longAddress } from './descriptor-words';
import { Ttbcr, type TranslationRegisters } from './registers';

/** Where a long-format walk begins. */
export interface LongTableStart {
  /** Base address from the TTBR, not yet aligned. */
  readonly base: number;
  /** Bits of the input address, 25–40. */
  readonly inputSize: number;
  readonly level: 1 | 2;
}

/** A table of stage 1. */
export interface LongTable extends LongTableStart {
  readonly name: 'TTBR0' | 'TTBR1' | 'HTTBR';
  /** The VAs that the table serves: from `first` up to, not including, `end`. */
  readonly first: number;
  readonly end: number;
}

/** Powers of two up to that of the widest input address: V8 calls a function to compute one. */
const POWERS = Array.from({ length: 41 }, (_, n) => 2 ** n);

/** How many input addresses of so many bits there are. */
export function inputAddresses(bits: number): number {
  return POWERS[bits]!;
}

function table(
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

/**
 * The tables of stage 1 by the VAs that they serve, lowest first, as TTBCR.T0SZ, T1SZ, EPD0 and EPD1 say, or HTCR.T0SZ.
 * Where none serves a VA, or its walks are disabled (EPDn), there is none.
 */
export function longTables(r: TranslationRegisters, hyp: boolean): readonly LongTable[] {
  const t0 = (hyp ? r.HTCR : r.TTBCR) & 7;
  const lowEnd = inputAddresses(32 - t0);
  if (hyp) return [table('HTTBR', r.HTTBR, r.HTTBR_HIGH, t0, 0, lowEnd)];
  const t1 = (r.TTBCR >>> 16) & 7;
  // TTBR1 serves the top of the address space where T1SZ says so, else all that TTBR0 leaves.
  const highFirst = t1 === 0 ? lowEnd : 2 ** 32 - inputAddresses(32 - t1);
  const tables: LongTable[] = [];
  if ((r.TTBCR & Ttbcr.EPD0) === 0)
    tables.push(table('TTBR0', r.TTBR0, r.TTBR0_HIGH, t0, 0, Math.min(lowEnd, highFirst)));
  if ((r.TTBCR & Ttbcr.EPD1) === 0 && highFirst < 2 ** 32)
    tables.push(table('TTBR1', r.TTBR1, r.TTBR1_HIGH, t1, highFirst, 2 ** 32));
  return tables;
}

/** log2 of the size of the intermediate physical address space that VTCR.T0SZ gives, 25–40. */
export function stage2InputSize(r: TranslationRegisters): number {
  return 32 - ((r.VTCR << 28) >> 28);
}

/**
 * Where stage 2 walks begin, or undefined when VTCR.SL0 and T0SZ contradict one another (UNPREDICTABLE: every
 * access takes a level 1 translation fault here).
 */
export function stage2Start(r: TranslationRegisters): LongTableStart | undefined {
  const inputSize = stage2InputSize(r);
  const sl0 = (r.VTCR >>> 6) & 3;
  if (sl0 > 1) return undefined;
  // Start level 1 resolves at least one bit; level 2 at most 13: sixteen concatenated tables.
  if (sl0 === 1 ? inputSize < 31 : inputSize > 34) return undefined;
  const level = sl0 === 1 ? 1 : 2;
  return { base: longAddress(r.VTTBR, r.VTTBR_HIGH, 3), inputSize, level };
}
