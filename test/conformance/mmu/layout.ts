/** Translation set-ups, and how they lie in the RAM of the runner (qemu/runner.c has the same layout). */
import type { TranslationRegisters } from '../../../emulator/mmu/registers';

export const RAM_BASE = 0x4000_0000;
export const RAM_BYTES = 0x4000_0000;
const COUNT_AT = 0x4400_0000;
const CASES_AT = 0x4400_0100;
const CASE_WORDS = 24;
const OPERATIONS_AT = 0x4500_0000;
export const RESULTS_AT = 0x4600_0000;
export const RESULT_WORDS = 12;
/** The runner's code below Hyp: PL1 vectors, then a piece for each kind of access (entry.S). */
export const CODE = 0x4011_0000;
/** Words that the runner fills with a pattern of HVC instructions, and that accesses may reach. */
export const DATA_BASE = 0x7e00_0000;
export const DATA_BYTES = 0x0200_0000;
export const ARENA_BASE = 0x5000_0000;
export const ARENA_BYTES = 0x4_0000;
export const MOST_CASES = 2500;

/** What an operation does; the numbers are runner.c's. */
export const enum Kind {
  ATS1CPR,
  ATS1CPW,
  ATS1CUR,
  ATS1CUW,
  ATS12NSOPR,
  ATS12NSOPW,
  ATS12NSOUR,
  ATS12NSOUW,
  ATS1HR,
  ATS1HW,
  ReadPL1,
  WritePL1,
  ExecutePL1,
  ReadPL0,
  WritePL0,
  ExecutePL0,
  ReadUnprivileged,
  TranslateAtPL1,
  ReadHyp,
  WriteHyp,
}

/** Names of the kinds, by number; the first ten are the manual's. */
export const KIND_NAMES = [
  'ATS1CPR',
  'ATS1CPW',
  'ATS1CUR',
  'ATS1CUW',
  'ATS12NSOPR',
  'ATS12NSOPW',
  'ATS12NSOUR',
  'ATS12NSOUW',
  'ATS1HR',
  'ATS1HW',
  'ReadPL1',
  'WritePL1',
  'ExecutePL1',
  'ReadPL0',
  'WritePL0',
  'ExecutePL0',
  'ReadUnprivileged',
  'TranslateAtPL1',
  'ReadHyp',
  'WriteHyp',
] as const;

/** Address of the code that makes an access below Hyp. */
export function codeOf(kind: Kind): number {
  const piece: Partial<Record<Kind, number>> = {
    [Kind.ReadPL1]: 0x20,
    [Kind.ReadPL0]: 0x20,
    [Kind.WritePL1]: 0x30,
    [Kind.WritePL0]: 0x30,
    [Kind.ExecutePL1]: 0x40,
    [Kind.ExecutePL0]: 0x40,
    [Kind.ReadUnprivileged]: 0x50,
    [Kind.TranslateAtPL1]: 0x60,
    [Kind.ATS1CPR]: 0x60,
    [Kind.ATS1CPW]: 0x70,
    [Kind.ATS1CUR]: 0x80,
    [Kind.ATS1CUW]: 0x90,
  };
  return CODE + piece[kind]!;
}

export interface Operation {
  readonly kind: Kind;
  readonly va: number;
}

export interface SetUp {
  readonly registers: TranslationRegisters;
  /** Words of the tables: physical address and value. */
  readonly words: ReadonlyMap<number, number>;
  readonly operations: readonly Operation[];
}

/** The words of a batch: header, cases, operations, tables, as (physical address, value). */
export function* batchWords(setUps: readonly SetUp[]): IterableIterator<readonly [number, number]> {
  yield [COUNT_AT, setUps.length];
  let operationAt = OPERATIONS_AT;
  for (const [i, { registers: r, words, operations }] of setUps.entries()) {
    const row = [
      r.SCTLR, r.TTBCR, r.TTBR0, r.TTBR0_HIGH, r.TTBR1, r.TTBR1_HIGH, r.DACR, r.PRRR, r.NMRR, r.CONTEXTIDR,
      r.HCR, r.VTCR, r.VTTBR, r.VTTBR_HIGH, r.HSCTLR, r.HTCR, r.HTTBR, r.HTTBR_HIGH, r.HMAIR0, r.HMAIR1,
      operations.length, r.SCR,
    ]; // prettier-ignore
    for (const [w, value] of row.entries()) yield [CASES_AT + (i * CASE_WORDS + w) * 4, value >>> 0];
    for (const { kind, va } of operations) {
      yield [operationAt, kind];
      yield [operationAt + 4, va];
      operationAt += 8;
    }
    yield* words;
  }
}

/** What the runner fills the data area with: `hvc #page`. */
export function dataPattern(index: number): number {
  const page = index >>> 10;
  return (0xe140_0070 | ((page & 0xfff0) << 4) | (page & 15)) >>> 0;
}
