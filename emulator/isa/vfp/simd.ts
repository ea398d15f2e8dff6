/** How rows of Advanced SIMD data processing are made (ARM ARM A7.4): both sets, operands, text. */
import type { Fields, InstructionSet, Row } from '../row';
import { extensionOperation } from '../semantics/vfp-transfer';

export interface SimdSpec {
  readonly asm: (f: Fields) => string;
  /** The operation's number, and its d, n and m. */
  readonly operation: (f: Fields) => readonly [number, number, number, number];
  readonly undefined?: (f: Fields) => boolean;
  readonly unpredictable?: (f: Fields) => boolean;
  readonly except?: (f: Fields) => boolean;
}

/**
 * Rows of one encoding: `top` is bit 24 of A32 (bit 28 of T32): `0`, `1` or a letter; `rest` what follows from bit 23
 * down.
 */
export function simdRows(name: string, top: string, rest: string, spec: SimdSpec): Row[] {
  return (['A32', 'T32'] as const).map((set: InstructionSet): Row => ({
    name: `${name} ${set === 'A32' ? 'A' : 'T'}1`,
    set,
    pattern: set === 'A32' ? `1111 001${top} ${rest}` : `111${top} 1111 ${rest}`,
    feature: 'simd',
    asm: spec.asm,
    undefined: spec.undefined,
    unpredictable: spec.unpredictable,
    except: spec.except,
    forms: { check: [1] },
    form: () => ({ check: 1 }),
    operands: (f) => {
      const [operation, d, n, m] = spec.operation(f);
      return { operation, d, n, m, encoding: f.word };
    },
    semantics: extensionOperation,
  }));
}

/** Numbers of the doubleword registers. */
export const vd = (f: Fields): number => (f.D << 4) | f.d;
export const vn = (f: Fields): number => (f.N << 4) | f.n;
export const vm = (f: Fields): number => (f.M << 4) | f.m;
/** `d3`, or as a quadword `q1`. */
export const register = (d: number, quad: number | boolean): string => (quad ? `q${d >>> 1}` : `d${d}`);

/** True where a quadword register has an odd number: the letters of the fields. */
export function oddQuad(f: Fields, letters: string): boolean {
  return [...letters].some((letter) => (f[letter] & 1) === 1);
}

/** Type suffix of elements of size `size`: `i8`, `u16`, `32`. */
export const typed = (letter: string, size: number): string => `.${letter}${8 << size}`;
export const signed = (f: Fields): string => (f.U ? 'u' : 's');
