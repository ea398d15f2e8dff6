/** Random instructions for conformance tests and fuzzing: rows evenly, their fields at random. */
import { decode } from './decoder';
import { patternOf } from './pattern';
import type { DecodeContext, InstructionSet, Row } from './row';
import { ROWS } from './table';

/** Gives the next 32-bit unsigned random number. */
export type RandomWord = () => number;

/**
 * A small seeded generator (xorshift32).
 * @param seed any number; 0 is taken as 1.
 */
export function seededRandom(seed: number): RandomWord {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    // The low bits of a plain xorshift are linear: multiply and fold.
    return (Math.imul(state, 0x9e37_79b1) ^ (state >>> 15)) >>> 0;
  };
}

export interface RandomOptions {
  /** Only rows for which it is true; all by default. */
  readonly rows?: (row: Row) => boolean;
  /** Address and ITSTATE the instruction is decoded with; 0 by default. */
  readonly address?: number;
  readonly itstate?: number;
  /** Give UNDEFINED encodings of the chosen rows too (they take an Undefined Instruction exception). False by default. */
  readonly withUndefined?: boolean;
  /** Changes fields of a word that was drawn for a row; it must leave it that row's. */
  readonly shape?: (row: Row, word: number, random: RandomWord) => number;
}

export interface RandomInstruction {
  /** As `decode` takes it. */
  readonly word: number;
  readonly bytes: 2 | 4;
  readonly row: Row;
}

/** Rows a random instruction can be of: those of the table, not the UNDEFINED rows. */
function rowsOf(set: InstructionSet, wanted: ((row: Row) => boolean) | undefined): Row[] {
  return ROWS.filter(
    (row) => row.set === set && !row.name.startsWith('UNDEFINED ') && (wanted?.(row) ?? true),
  );
}

/** A word of `row`: its fixed and should-be bits, everything else at random. */
export function randomWordOf(row: Row, random: RandomWord): number {
  const pattern = patternOf(row);
  const known = pattern.mask | pattern.shouldMask;
  let word = (random() & ~known) | pattern.value | pattern.shouldValue;
  if (pattern.bits === 16) word &= 0xffff;
  if (pattern.conditional) {
    // Three of four always execute: a condition that fails tests little.
    const condition = random() & 3 ? 14 : random() % 15;
    word = (word & 0x0fff_ffff) | (condition << 28);
  }
  return word >>> 0;
}

/**
 * One random instruction: a row, each equally likely, with fields at random. UNPREDICTABLE encodings are left out
 * unless the row declares that they execute.
 * @throws Error when no row of `set` is wanted.
 */
export function randomInstruction(
  random: RandomWord,
  set: InstructionSet,
  options: RandomOptions = {},
): RandomInstruction {
  const rows = candidateRows(set, options.rows);
  if (rows.length === 0) throw new Error(`no ${set} row is wanted`);
  for (;;) {
    const chosen = randomInstructionOf(rows[random() % rows.length], random, options);
    if (chosen !== undefined) return chosen;
  }
}

/** Some rows are mostly UNPREDICTABLE or another row's: a few tries each. */
const ATTEMPTS = 16;

/** A random instruction of `row`; undefined when none was found, as where all of a row is UNPREDICTABLE in an IT block. */
export function randomInstructionOf(
  row: Row,
  random: RandomWord,
  options: Omit<RandomOptions, 'rows'> = {},
): RandomInstruction | undefined {
  const context: DecodeContext = {
    set: row.set,
    address: options.address ?? 0,
    itstate: options.itstate ?? 0,
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const drawn = randomWordOf(row, random);
    const word = options.shape?.(row, drawn, random) ?? drawn;
    const decoded = decode(word, context);
    if (decoded.matched !== row) continue;
    if (decoded.row === row || (options.withUndefined === true && !decoded.unpredictable)) {
      return { word, bytes: decoded.length, row };
    }
  }
  return undefined;
}

const cache = new Map<string, Row[]>();
let cachedFor: ((row: Row) => boolean) | undefined;
/** The candidates, kept for as long as the same filter is asked for. */
function candidateRows(set: InstructionSet, wanted: ((row: Row) => boolean) | undefined): Row[] {
  if (cachedFor !== wanted) {
    cache.clear();
    cachedFor = wanted;
  }
  let rows = cache.get(set);
  if (rows === undefined) {
    rows = rowsOf(set, wanted);
    cache.set(set, rows);
  }
  return rows;
}
