import { hex } from './access';

/** How scalars are written for people. */

/** How a value is written. */
export interface TextOptions {
  /** Integers in hexadecimal only (DAP `format.hex`). */
  readonly hex?: boolean;
  /** Greatest length of a summary of a struct or array; 100 by default. */
  readonly limit?: number;
}

/** Control characters that a text may have: \a to \r, and escape (terminals). */
const TEXT_CONTROLS: ReadonlySet<number> = new Set([7, 8, 9, 10, 11, 12, 13, 27]);
const REPLACEMENT_CHARACTER = 0xfffd;

export function isPrintable(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code < 32 && !TEXT_CONTROLS.has(code)) || code === 127 || code === REPLACEMENT_CHARACTER)
      return false;
  }
  return true;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
  '"': '\\"',
  '\x07': '\\a',
  '\b': '\\b',
  '\v': '\\v',
  '\f': '\\f',
  '\x1b': '\\x1b',
};

export function quoted(text: string): string {
  return `"${Array.from(text, (character) => ESCAPES[character] ?? character).join('')}"`;
}

export function booleanText(value: bigint): string {
  return value === 0n ? 'false' : value === 1n ? 'true' : `true (${value})`;
}

export function characterText(value: bigint, options: TextOptions): string {
  const number = options.hex ? hex(BigInt.asUintN(8, value), 2) : String(value);
  const code = Number(BigInt.asUintN(8, value));
  if (code >= 0x20 && code < 0x7f)
    return `${number} '${code === 0x27 || code === 0x5c ? '\\' : ''}${String.fromCharCode(code)}'`;
  const escape = { 0: '\\0', 9: '\\t', 10: '\\n', 13: '\\r', 27: '\\x1b' }[code];
  return escape ? `${number} '${escape}'` : number;
}

/** Decimal with hexadecimal behind it; small numbers in decimal alone. */
export function integerText(value: bigint, bits: number, options: TextOptions = {}): string {
  const unsigned = BigInt.asUintN(bits, value);
  if (options.hex) return hex(unsigned);
  return value > -10n && value < 10n ? String(value) : `${value} (${hex(unsigned)})`;
}

/** The enumerator's name; for flags the names joined by `|`; else the number. */
export function enumText(
  value: bigint,
  enumerators: readonly { readonly name: string; readonly value: bigint }[],
  options: TextOptions,
): string {
  const number = options.hex ? hex(BigInt.asUintN(64, value)) : String(value);
  const exact = enumerators.find((enumerator) => enumerator.value === value);
  if (exact) return `${exact.name} (${number})`;
  const names: string[] = [];
  let rest = value;
  for (const flag of enumerators)
    if (flag.value > 0n && (flag.value & (flag.value - 1n)) === 0n && (rest & flag.value) !== 0n) {
      names.push(flag.name);
      rest &= ~flag.value;
    }
  return names.length > 0 && rest === 0n ? `${names.join(' | ')} (${number})` : `${number} (no enumerator)`;
}
