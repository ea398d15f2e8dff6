/** Random encodings that no row has. */
import { decode } from '../../../emulator/isa/decoder';
import { patternOf } from '../../../emulator/isa/pattern';
import type { RandomInstruction, RandomWord } from '../../../emulator/isa/random';
import type { DecodeContext, Row } from '../../../emulator/isa/row';
import { UNDEFINED_A32, UNDEFINED_T16, UNDEFINED_T32 } from '../../../emulator/isa/undefined';
import {
  UNDEFINED_SPACE_A32,
  UNDEFINED_SPACE_T32_NARROW,
  UNDEFINED_SPACE_T32_WIDE,
  type UndefinedSpace,
} from '../../../emulator/isa/undefined-space';

const SPACES: ReadonlyMap<Row, readonly UndefinedSpace[]> = new Map([
  [UNDEFINED_A32, UNDEFINED_SPACE_A32],
  [UNDEFINED_T32, UNDEFINED_SPACE_T32_WIDE],
  [UNDEFINED_T16, UNDEFINED_SPACE_T32_NARROW],
]);

/** True for the rows that stand for what has no row. */
export function isUndefinedRow(row: Row): boolean {
  return SPACES.has(row);
}

/** An encoding of the space that `row` stands for; in A32 half of those with a condition have another than AL. */
export function randomUndefined(
  row: Row,
  random: RandomWord,
  context: DecodeContext,
): RandomInstruction | undefined {
  const patterns = SPACES.get(row)!.flatMap((space) => space.patterns);
  const symbols = patterns[random() % patterns.length]!.replaceAll(' ', '');
  let word = 0;
  for (const symbol of symbols) word = word * 2 + (symbol === '-' ? random() & 1 : Number(symbol));
  if (row === UNDEFINED_A32 && word >>> 28 === 14 && random() & 1)
    word = ((word & 0x0fff_ffff) | ((random() % 15) << 28)) >>> 0;
  const decoded = decode(word, context);
  if (decoded.matched !== undefined) return undefined;
  return { word, bytes: patternOf(row).bits === 16 ? 2 : 4, row };
}
