/** Elements of vectors in the D registers, and families of operations that differ in size, sign and length. */
import { CORE } from '../../state/layout';
import { FPSCR } from '../float/environment';
import type { FamilyForm } from './forms/lanes';
import { define, double, setDouble, type Operation } from './registers';

/** Element `i` of the vector from word `word` on. */
export function lane(s: Int32Array, word: number, bits: number, i: number, unsigned: boolean): bigint {
  if (bits === 64) {
    const value = double(s, word + 2 * i);
    return unsigned ? value : BigInt.asIntN(64, value);
  }
  const at = i * bits;
  const left = 32 - bits - (at & 31);
  const shifted = s[CORE.D + word + (at >>> 5)] << left;
  return BigInt(unsigned ? shifted >>> (32 - bits) : shifted >> (32 - bits));
}

/** Writes an element; bits above its size are cut off. */
export function setLane(s: Int32Array, word: number, bits: number, i: number, value: bigint): void {
  if (bits === 64) {
    setDouble(s, word + 2 * i, value);
    return;
  }
  const at = i * bits;
  const index = CORE.D + word + (at >>> 5);
  const element = Number(BigInt.asIntN(bits, value));
  if (bits === 32) s[index] = element;
  else {
    const mask = (2 ** bits - 1) << (at & 31);
    s[index] = (s[index] & ~mask) | ((element << (at & 31)) & mask);
  }
}

/** Writes a vector after all of it has been computed. */
export function setLanes(s: Int32Array, word: number, bits: number, values: readonly bigint[]): void {
  values.forEach((value, i) => setLane(s, word, bits, i, value));
}

/** SatQ: saturates to `bits` and sets FPSCR.QC when it had to. */
export function saturate(s: Int32Array, value: bigint, bits: number, unsigned: boolean): bigint {
  const most = (1n << BigInt(unsigned ? bits : bits - 1)) - 1n;
  const least = unsigned ? 0n : -most - 1n;
  if (value >= least && value <= most) return value;
  s[CORE.FPSCR] |= FPSCR.QC;
  return value < least ? least : most;
}

/** Numbers of operations by size (element bits 8 << size), sign and length. */
export type Family = (size: number, unsigned: number, quad: number) => number;

/** Makes the operations of a family: for each size, signed and unsigned, of 64 and of 128 bits. */
export function family(
  make: (bits: number, unsigned: boolean, count: number) => Operation,
  form?: FamilyForm,
): Family {
  const numbers: number[] = [];
  for (let size = 0; size < 4; size++)
    for (const unsigned of [false, true])
      for (const quad of [0, 1]) {
        const bits = 8 << size;
        const count = (64 << quad) / bits;
        numbers.push(define(make(bits, unsigned, count), form?.(bits, unsigned, count)));
      }
  return (size, unsigned, quad) => numbers[size * 4 + unsigned * 2 + quad];
}

/** 0 to count - 1, each through `compute`. */
export function generate(count: number, compute: (i: number) => bigint): bigint[] {
  return Array.from({ length: count }, (_, i) => compute(i));
}
