/**
 * Finds the row of an instruction. Rows are put into buckets by the bits that tell most; a bucket is searched in
 * order. Used when code is predecoded, disassembled or generated, never for each instruction executed.
 */
import { extractFields, matchesPattern, patternOf, shouldBitsHold } from './pattern';
import type { CompiledPattern } from './pattern';
import type { DecodeContext, Feature, Fields, Row } from './row';
import { A32_ROWS, T32_ROWS } from './table';
import { UNDEFINED_A32, UNDEFINED_T16, UNDEFINED_T32 } from './undefined';

/** One decoded instruction. */
export interface Decoded {
  /** The row to execute: the matched one, or the UNDEFINED row. */
  readonly row: Row;
  /** The row whose pattern matched, whether or not it executes; undefined where there is none. */
  readonly matched: Row | undefined;
  readonly fields: Fields;
  /** Bytes: 2 or 4. */
  readonly length: 2 | 4;
  /** Condition under which it executes, 0–14: from bits 31–28 (A32), ITSTATE or the row (T32); 14 always. */
  readonly condition: number;
  /** Why `row` is the UNDEFINED row though one matched, or that the encoding is UNPREDICTABLE and executes. */
  readonly unpredictable: boolean;
}

interface Entry {
  readonly row: Row;
  readonly pattern: CompiledPattern;
}

/** Bits that choose a bucket: A32 27–20 and 7–4; T32 (32-bit) 28–20 and 15–14, 7; T32 (16-bit) 15–6. */
const BUCKETS = {
  a32: {
    count: 1 << 13,
    of: (w: number) => ((w >>> 28 === 15 ? 1 : 0) << 12) | ((w >>> 16) & 0xff0) | ((w >>> 4) & 15),
  },
  t32: { count: 1 << 12, of: (w: number) => ((w >>> 17) & 0xff8) | ((w >>> 13) & 6) | ((w >>> 7) & 1) },
  t16: { count: 1 << 10, of: (w: number) => (w >>> 6) & 0x3ff },
};
type Space = keyof typeof BUCKETS;

function spaceOf(entry: Entry): Space {
  return entry.row.set === 'A32' ? 'a32' : entry.pattern.bits === 16 ? 't16' : 't32';
}

/** The bits that choose a bucket, as a mask. A32's bits 31–28 count only as "unconditional": they are handled apart. */
const BUCKET_MASK: Readonly<Record<Space, number>> = { a32: 0x0ff0_00f0, t32: 0x1ff0_c080, t16: 0xffc0 };

let entries: Record<Space, Entry[]> | undefined;
/** Buckets by space and number, each made when it is first asked for: a program uses few of them. */
const buckets: Readonly<Record<Space, (readonly Entry[] | undefined)[]>> = { a32: [], t32: [], t16: [] };

function entriesOf(space: Space): readonly Entry[] {
  if (entries === undefined) {
    entries = { a32: [], t32: [], t16: [] };
    for (const row of [...A32_ROWS, ...T32_ROWS]) {
      const entry = { row, pattern: patternOf(row) };
      entries[spaceOf(entry)].push(entry);
    }
  }
  return entries[space];
}

function isUnconditional({ pattern }: Entry): boolean {
  return pattern.mask >>> 28 === 15 && pattern.value >>> 28 === 15;
}

/** The rows that may match `word`, before conditions and exceptions are looked at. */
function candidates(space: Space, word: number): readonly Entry[] {
  const number = BUCKETS[space].of(word);
  const known = buckets[space][number];
  if (known !== undefined) return known;
  const made = entriesOf(space).filter(
    (entry) =>
      ((word ^ entry.pattern.value) & entry.pattern.mask & BUCKET_MASK[space]) === 0 &&
      (space !== 'a32' || isUnconditional(entry) === (word >>> 28 === 15)),
  );
  buckets[space][number] = made;
  return made;
}

/** True when the halfword is the first of a 32-bit T32 instruction (A6.1). */
export function isWideThumb(halfword: number): boolean {
  return (halfword & 0xffff) >>> 11 >= 0x1d;
}

/** Every row that matches `word`, exceptions looked at: one, or none; a table with an overlap gives more. */
export function matchingRows(word: number, context: DecodeContext): Row[] {
  const space = context.set === 'A32' ? 'a32' : word >>> 16 === 0 ? 't16' : 't32';
  const rows: Row[] = [];
  for (const { row, pattern } of candidates(space, word)) {
    if (matchesPattern(pattern, word) && !row.except?.(extractFields(pattern, word), context)) rows.push(row);
  }
  return rows;
}

/**
 * Decodes one instruction.
 * @param word the A32 word; the two halfwords of a 32-bit T32 instruction, first in bits 31–16; or one 16-bit T32
 *   halfword (bits 31–16 zero), by `isWideThumb`.
 * @param absent features this core has not: their encodings are UNDEFINED.
 */
export function decode(word: number, context: DecodeContext, absent?: ReadonlySet<Feature>): Decoded {
  const a32 = context.set === 'A32';
  const space: Space = a32 ? 'a32' : word >>> 16 === 0 ? 't16' : 't32';
  const length = space === 't16' ? 2 : 4;
  let condition = 14;
  if (a32) {
    const top = word >>> 28;
    if (top !== 15) condition = top;
  } else if ((context.itstate & 15) !== 0) {
    condition = context.itstate >>> 4;
    if (condition === 15) condition = 14;
  }
  const undefinedRow = a32 ? UNDEFINED_A32 : space === 't16' ? UNDEFINED_T16 : UNDEFINED_T32;
  for (const { row, pattern } of candidates(space, word)) {
    if (!matchesPattern(pattern, word)) continue;
    const fields = extractFields(pattern, word);
    if (row.except?.(fields, context)) continue;
    const isUndefined = (absent?.has(row.feature) ?? false) || (row.undefined?.(fields, context) ?? false);
    const unpredictable =
      !isUndefined && (!shouldBitsHold(pattern, word) || (row.unpredictable?.(fields, context) ?? false));
    const executes = !isUndefined && (!unpredictable || row.onUnpredictable === 'execute');
    return {
      row: executes ? row : undefinedRow,
      matched: row,
      fields,
      length,
      condition: row.unconditional ? 14 : (row.condition?.(fields) ?? condition),
      unpredictable,
    };
  }
  return {
    row: undefinedRow,
    matched: undefined,
    fields: { word: word | 0 },
    length,
    condition,
    unpredictable: false,
  };
}
