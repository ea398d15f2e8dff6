/**
 * Compiles the bit patterns of rows (row.ts tells their language) into masks and field extractors.
 */
import type { Fields, InstructionSet } from './row';

/** A run of instruction bits that goes to a run of field bits: field |= ((word >>> shift) & mask) << to. */
interface Piece {
  readonly letter: string;
  readonly shift: number;
  readonly mask: number;
  readonly to: number;
}

export interface CompiledPattern {
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
  /** Width in bits of every field, by letter. */
  readonly widths: Readonly<Record<string, number>>;
  readonly pieces: readonly Piece[];
}

/**
 * Compiles one pattern.
 * @throws Error when the pattern has not 16 or 32 bits or a character that is none of the language's.
 */
export function compilePattern(text: string, set: InstructionSet): CompiledPattern {
  const symbols: string[] = [];
  for (const [token] of text.matchAll(/\([01]\)|\S/g)) symbols.push(token);
  const bits = symbols.length;
  if (bits !== 32 && !(bits === 16 && set === 'T32')) {
    throw new Error(`pattern '${text}' has ${bits} bits`);
  }
  let mask = 0;
  let value = 0;
  let shouldMask = 0;
  let shouldValue = 0;
  const positions = new Map<string, number[]>();
  symbols.forEach((symbol, i) => {
    const bit = 2 ** (bits - 1 - i);
    if (symbol === '0' || symbol === '1') {
      mask += bit;
      if (symbol === '1') value += bit;
    } else if (symbol === '(0)' || symbol === '(1)') {
      shouldMask += bit;
      if (symbol === '(1)') shouldValue += bit;
    } else if (/^[A-Za-z]$/.test(symbol)) {
      const list = positions.get(symbol) ?? [];
      list.push(bits - 1 - i);
      positions.set(symbol, list);
    } else {
      throw new Error(`pattern '${text}' has the character '${symbol}'`);
    }
  });
  const pieces: Piece[] = [];
  const widths: Record<string, number> = {};
  for (const [letter, at] of positions) {
    widths[letter] = at.length;
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
  return {
    bits,
    mask,
    value,
    shouldMask,
    shouldValue,
    conditional: set === 'A32' && positions.has('c'),
    widths,
    pieces,
  };
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
