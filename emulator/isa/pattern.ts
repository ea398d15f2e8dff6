/**
 * Compiles the bit patterns of rows (row.ts tells their language) into masks and field extractors.
 */
import type { Fields, InstructionSet, Row } from './row';

/** A run of instruction bits that goes to a run of field bits: field |= ((word >>> shift) & mask) << to. */
interface Piece {
  readonly letter: string;
  readonly shift: number;
  readonly mask: number;
  readonly to: number;
}

/** A pattern in the form that is matched: what its fields are is found out when somebody first asks. */
export class CompiledPattern {
  /** 16 or 32. */
  readonly bits: 16 | 32;
  /** Bits that must match, unsigned, and their values. A field `c` (A32) is not in it. */
  readonly mask: number;
  readonly value: number;
  /** Should-be bits and their values: another value is UNPREDICTABLE. */
  readonly shouldMask: number;
  readonly shouldValue: number;
  /** True when bits 31–28 are an A32 condition (1111 never matches). */
  readonly conditional: boolean;
  /** A character for each bit, from the highest down; should-be bits are blank. */
  private readonly symbols: string;
  private found: readonly Piece[] | undefined;

  /** @throws Error when the pattern has not 16 or 32 bits or a character that is none of the language's. */
  constructor(text: string, set: InstructionSet) {
    let mask = 0;
    let value = 0;
    let shouldMask = 0;
    let shouldValue = 0;
    let symbols = '';
    for (let at = 0; at < text.length; at++) {
      let symbol = text[at] as string;
      if (symbol === ' ') continue;
      const should = symbol === '(';
      if (should) {
        symbol = text[at + 1] ?? '';
        if ((symbol !== '0' && symbol !== '1') || text[at + 2] !== ')') unknown(text, '(');
        at += 2;
      }
      // Each bit moves up as those behind it come.
      mask *= 2;
      value *= 2;
      shouldMask *= 2;
      shouldValue *= 2;
      if (should) {
        shouldMask++;
        if (symbol === '1') shouldValue++;
      } else if (symbol === '0' || symbol === '1') {
        mask++;
        if (symbol === '1') value++;
      } else if (!isLetter(symbol)) unknown(text, symbol);
      symbols += should ? ' ' : symbol;
    }
    const bits = symbols.length;
    if (bits !== 32 && !(bits === 16 && set === 'T32')) throw new Error(`pattern '${text}' has ${bits} bits`);
    this.bits = bits;
    this.mask = mask;
    this.value = value;
    this.shouldMask = shouldMask;
    this.shouldValue = shouldValue;
    this.conditional = set === 'A32' && symbols.includes('c');
    this.symbols = symbols;
  }

  get pieces(): readonly Piece[] {
    return (this.found ??= piecesOf(this.symbols));
  }

  /** Width in bits of every field, by letter. */
  get widths(): Readonly<Record<string, number>> {
    const widths: Record<string, number> = {};
    for (const letter of this.symbols) if (isLetter(letter)) widths[letter] = (widths[letter] ?? 0) + 1;
    return widths;
  }
}

function isLetter(symbol: string): boolean {
  return (symbol >= 'a' && symbol <= 'z') || (symbol >= 'A' && symbol <= 'Z');
}

function unknown(text: string, symbol: string): never {
  throw new Error(`pattern '${text}' has the character '${symbol}'`);
}

/** The runs of bits of each field, from high to low, fields in the order in which they begin. */
function piecesOf(symbols: string): Piece[] {
  const positions = new Map<string, number[]>();
  for (let i = 0; i < symbols.length; i++) {
    const letter = symbols[i] as string;
    if (!isLetter(letter)) continue;
    const list = positions.get(letter);
    if (list === undefined) positions.set(letter, [symbols.length - 1 - i]);
    else list.push(symbols.length - 1 - i);
  }
  const pieces: Piece[] = [];
  for (const [letter, at] of positions) {
    // `at` runs from high to low; consecutive bits make one piece.
    let start = 0;
    while (start < at.length) {
      let end = start;
      while (end + 1 < at.length && at[end + 1] === at[end] - 1) end++;
      const width = end - start + 1;
      pieces.push({ letter, shift: at[end], mask: 2 ** width - 1, to: at.length - 1 - end });
      start = end + 1;
    }
  }
  return pieces;
}

const patterns = new Map<Row, CompiledPattern>();

/** The compiled pattern of a row. */
export function patternOf(row: Row): CompiledPattern {
  let pattern = patterns.get(row);
  if (pattern === undefined) {
    pattern = new CompiledPattern(row.pattern, row.set);
    patterns.set(row, pattern);
  }
  return pattern;
}

/** The fields of `word`, each unsigned but one of 32 bits, and `word` itself (signed) under the name `word`. */
export function extractFields(pattern: CompiledPattern, word: number): Fields {
  const fields: Record<string, number> = { word: word | 0 };
  for (const { letter, shift, mask, to } of pattern.pieces) {
    fields[letter] = (fields[letter] ?? 0) | (((word >>> shift) & mask) << to);
  }
  return fields;
}

/** True when the fixed bits of `word` are the pattern's (and its condition is not 1111). */
export function matchesPattern(pattern: CompiledPattern, word: number): boolean {
  return (word & pattern.mask) >>> 0 === pattern.value && !(pattern.conditional && word >>> 28 === 15);
}

/** True when the should-be bits have the values they should have. */
export function shouldBitsHold(pattern: CompiledPattern, word: number): boolean {
  return (word & pattern.shouldMask) >>> 0 === pattern.shouldValue;
}
