/** Sets of encodings as cubes, and the exact set that a row matches: its pattern less what its `except` gives to others. */
import { patternOf, type CompiledPattern } from '../../../emulator/isa/pattern';
import type { DecodeContext, Fields, Row } from '../../../emulator/isa/row';

/** The encodings with `value` under `mask`. */
export interface Cube {
  readonly mask: number;
  readonly value: number;
}

/** From text: `0`, `1`, and `-` for any bit. */
export function cube(text: string): Cube {
  let mask = 0;
  let value = 0;
  for (const symbol of text.replaceAll(' ', '')) {
    mask = mask * 2 + (symbol === '-' ? 0 : 1);
    value = value * 2 + (symbol === '1' ? 1 : 0);
  }
  return { mask, value };
}

export const intersect = (a: Cube, b: Cube): boolean => ((a.value ^ b.value) & a.mask & b.mask) === 0;
const within = (a: Cube, b: Cube): boolean => intersect(a, b) && (b.mask & ~a.mask) === 0;
/** Both at once: they must intersect. */
export const both = (a: Cube, b: Cube): Cube => ({
  mask: (a.mask | b.mask) >>> 0,
  value: (a.value | b.value) >>> 0,
});

/** Cubes that no candidate covers, found by splitting on the bit that most candidates fix. */
export function uncovered(whole: Cube, bits: number, candidates: readonly Cube[]): Cube[] {
  const near = candidates.filter((candidate) => intersect(candidate, whole));
  if (near.some((candidate) => within(whole, candidate))) return [];
  if (near.length === 0) return [whole];
  let best = 0;
  let bestCount = 0;
  for (let bit = 0; bit < bits; bit++) {
    if ((whole.mask >>> bit) & 1) continue;
    const count = near.filter(({ mask }) => (mask >>> bit) & 1).length;
    if (count > bestCount) [best, bestCount] = [bit, count];
  }
  const mask = (whole.mask | (1 << best)) >>> 0;
  return [
    ...uncovered({ mask, value: whole.value }, bits, near),
    ...uncovered({ mask, value: (whole.value | (1 << best)) >>> 0 }, bits, near),
  ];
}

/** Bits of the word, from high to low, that make up a field. */
function placesOf(pattern: CompiledPattern, letter: string): number[] {
  return pattern.pieces
    .filter((piece) => piece.letter === letter)
    .flatMap(({ shift, mask, to }) =>
      Array.from({ length: 32 - Math.clz32(mask) }, (_, k) => ({ at: shift + k, of: to + k })),
    )
    .sort((a, b) => b.of - a.of)
    .map(({ at }) => at);
}

/** Asked for a field whose value is not settled yet. */
class Unsettled {
  constructor(readonly letter: string) {}
}
const CONTEXT = new Proxy({} as DecodeContext, {
  get: (_, name) => {
    throw new Error(`'except' asks for the context's ${String(name)}`);
  },
});

/** What `predicate` says with these fields alone. @throws Unsettled when it asks for another */
function ask(predicate: NonNullable<Row['except']>, settled: Fields): boolean {
  const fields = new Proxy(settled, {
    get: (target, letter: string) => {
      if (letter in target) return target[letter];
      throw new Unsettled(letter);
    },
  });
  return predicate(fields, CONTEXT);
}

/** Every encoding. */
const TRUE: Cube = { mask: 0, value: 0 };

/**
 * Where a predicate is false, as cubes over the word. It is asked with no field settled; whenever it asks for one, every
 * value of that field is tried, so that the result holds for each encoding and not for a sample. The predicate can only
 * depend on what it asks for. Values with the same answer are joined, half by half.
 */
function whereFalse(
  predicate: NonNullable<Row['except']>,
  pattern: CompiledPattern,
  settled: Fields,
): readonly Cube[] {
  try {
    return ask(predicate, settled) ? [] : [TRUE];
  } catch (unsettled) {
    if (!(unsettled instanceof Unsettled)) throw unsettled;
    const { letter } = unsettled;
    const width = pattern.widths[letter];
    // A field that the pattern has not is undefined, as extractFields leaves it.
    if (width === undefined)
      return whereFalse(predicate, pattern, { ...settled, [letter]: undefined as never });
    const places = placesOf(pattern, letter);
    const byValue = Array.from({ length: 2 ** width }, (_, value) =>
      whereFalse(predicate, pattern, { ...settled, [letter]: value }),
    );
    return join(byValue, places);
  }
}

/** Cubes of all values of a field, `places` being its bits from high to low: where both halves are the same, one. */
function join(byValue: readonly (readonly Cube[])[], places: readonly number[]): readonly Cube[] {
  const [first] = byValue;
  const key = JSON.stringify(first);
  if (byValue.every((cubes) => JSON.stringify(cubes) === key)) return first!;
  const bit = 2 ** places[0]!;
  const half = byValue.length / 2;
  const rest = places.slice(1);
  return [
    ...join(byValue.slice(0, half), rest).map((c) => both(c, { mask: bit, value: 0 })),
    ...join(byValue.slice(half), rest).map((c) => both(c, { mask: bit, value: bit })),
  ];
}

/** The cube of a row's fixed bits. */
export function patternCube(row: Row): Cube {
  const { mask, value } = patternOf(row);
  return { mask, value };
}

/** Exactly the encodings of a row, whatever their condition. @throws Error when its `except` asks for the whole word */
export function cubesOf(row: Row): Cube[] {
  const fixed = patternCube(row);
  if (row.except === undefined) return [fixed];
  return whereFalse(row.except, patternOf(row), {}).map((c) => both(c, fixed));
}
