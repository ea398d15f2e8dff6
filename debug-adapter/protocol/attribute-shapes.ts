// The shapes that a launch attribute's value can have. A shape carries its TypeScript type, so the type of a launch
// configuration follows from the table of attributes and can't disagree with it.

/** `value` is never there at run time: it only carries the type. */
export type Shape<T = unknown> = ShapeKind & { readonly value?: T };

export type ShapeKind =
  | { kind: 'text' }
  | { kind: 'path' }
  | { kind: 'boolean' }
  | { kind: 'integer'; least: number; most: number }
  | { kind: 'address' }
  | { kind: 'size'; least: number; most: number }
  | { kind: 'choice'; meanings: Readonly<Record<string, string>> }
  | { kind: 'list'; item: Shape }
  | { kind: 'object'; members: Readonly<Record<string, Attribute>> }
  | { kind: 'map'; key: RegExp; keyMeaning: string; entry: Shape; examples: readonly string[] }
  | { kind: 'either'; shapes: readonly Shape[] };

/** An attribute of a launch configuration or of an object within it. */
export interface Attribute<T = unknown> {
  shape: Shape<T>;
  /** A sentence or two, in Markdown. */
  description: string;
  /** The value that holds when the attribute is not given. */
  default?: T;
  /** Within an object: must be given. */
  required?: boolean;
  /** The command-line option that sets it, without its dashes, and the word for its value in the help. */
  option?: { name: string; value: string };
}

export type ValueOf<A> = A extends Attribute<infer T> ? T : never;
export type ValuesOf<M> = { -readonly [K in keyof M]?: ValueOf<M[K]> };

export const text: Shape<string> = { kind: 'text' };
export const path: Shape<string> = { kind: 'path' };
export const boolean: Shape<boolean> = { kind: 'boolean' };
/** A number, or text such as `"0x40008000"`; 40 bits. */
export const address: Shape<string | number> = { kind: 'address' };

export const integer = (least: number, most: number): Shape<number> => ({ kind: 'integer', least, most });

/** A number of bytes, or text with a unit: `"512M"`. */
export const size = (least: number, most: number): Shape<string | number> => ({ kind: 'size', least, most });

export const choice = <const K extends string>(meanings: Readonly<Record<K, string>>): Shape<K> => ({
  kind: 'choice',
  meanings,
});

export const list = <T>(item: Shape<T>): Shape<T[]> => ({ kind: 'list', item });

/** Members are checked one by one; the ones marked `required` must be there. */
export const object = <M extends Readonly<Record<string, Attribute>>, R extends keyof M = never>(
  members: M,
): Shape<ValuesOf<M> & { [K in R]: ValueOf<M[K]> }> => ({ kind: 'object', members });

export const map = <T>(
  key: RegExp,
  keyMeaning: string,
  entry: Shape<T>,
  examples: readonly string[],
): Shape<Record<string, T>> => ({ kind: 'map', key, keyMeaning, entry, examples });

export const either = <A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> => ({
  kind: 'either',
  shapes: [first, second],
});

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
const ADDRESS_LIMIT = 2 ** 40;

/** The bytes that a size means, or undefined when it is none: a whole number, or digits with K, M or G (powers of 1024). */
export function parseSize(given: string | number): number | undefined {
  if (typeof given === 'number') return Number.isSafeInteger(given) && given >= 0 ? given : undefined;
  const match = /^(0x[0-9a-f]+|\d+)\s*([KMG]?)(?:i?B)?$/i.exec(given.trim());
  if (!match) return undefined;
  const bytes = Number(match[1]) * UNITS[match[2].toUpperCase()];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The number that an address means (below 2^40), or undefined when it is none. */
export function parseAddress(given: string | number): number | undefined {
  if (typeof given === 'string' && !/^(0x[0-9a-f]+|\d+)$/i.test(given.trim())) return undefined;
  const value = Number(given);
  return Number.isSafeInteger(value) && value >= 0 && value < ADDRESS_LIMIT ? value : undefined;
}
