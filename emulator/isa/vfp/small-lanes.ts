/**
 * Elements of at most 32 bits as numbers: what most operations of Advanced SIMD work on, without BigInt. Results are
 * exact below 2^53, and cut off to the element's size.
 */
import { CORE } from '../../state/layout';
import { FPSCR } from '../float/environment';
import type { Operation } from './registers';

/** As `lane` (lanes.ts). */
export function smallLane(s: Int32Array, word: number, bits: number, i: number, unsigned: boolean): number {
  const at = i * bits;
  const shifted = s[CORE.D + word + (at >>> 5)]! << (32 - bits - (at & 31));
  return unsigned ? shifted >>> (32 - bits) : shifted >> (32 - bits);
}
function setSmallLane(s: Int32Array, word: number, bits: number, i: number, value: number): void {
  const at = i * bits;
  const index = CORE.D + word + (at >>> 5);
  if (bits === 32) s[index] = value;
  else {
    const mask = (2 ** bits - 1) << (at & 31);
    s[index] = (s[index]! & ~mask) | ((value << (at & 31)) & mask);
  }
}

/** Results until all of a vector has been computed. */
const results = new Int32Array(32);
export function setSmallLanes(
  s: Int32Array,
  word: number,
  bits: number,
  count: number,
  compute: (i: number) => number,
): void {
  for (let i = 0; i < count; i++) results[i] = compute(i);
  for (let i = 0; i < count; i++) setSmallLane(s, word, bits, i, results[i]!);
}

/** As `saturate`. */
export function saturateSmall(s: Int32Array, value: number, bits: number, unsigned: boolean): number {
  const most = 2 ** (unsigned ? bits : bits - 1) - 1;
  const least = unsigned ? 0 : -most - 1;
  if (value >= least && value <= most) return value;
  s[CORE.FPSCR]! |= FPSCR.QC;
  return value < least ? least : most;
}

/** Of one element: the operands, the old destination, the size and sign of the operands. */
export interface SmallContext {
  readonly s: Int32Array;
  readonly bits: number;
  readonly unsigned: boolean;
}
export type SmallCompute = (n: number, m: number, d: number, c: SmallContext) => number;

const floor = (value: number, by: number): number => Math.floor(value / 2 ** by);
const rounded = (value: number, by: number): number => (by === 0 ? value : floor(value + 2 ** (by - 1), by));
const test = (condition: boolean): number => (condition ? -1 : 0);
/** Left for a positive amount, right for a negative one. */
function shiftBy(value: number, m: number, rounding: boolean): number {
  const amount = (m << 24) >> 24;
  if (amount >= 0) return amount > 31 ? 0 : value << amount;
  return rounding ? rounded(value, -amount) : floor(value, -amount);
}

/** By the names of THREE_SAME (integer-operations.ts). */
export const SMALL_THREE_SAME: Readonly<Record<string, SmallCompute>> = {
  vhadd: (n, m) => floor(n + m, 1),
  vqadd: (n, m, _, { s, bits, unsigned }) => saturateSmall(s, n + m, bits, unsigned),
  vrhadd: (n, m) => floor(n + m + 1, 1),
  vhsub: (n, m) => floor(n - m, 1),
  vqsub: (n, m, _, { s, bits, unsigned }) => saturateSmall(s, n - m, bits, unsigned),
  vcgt: (n, m) => test(n > m),
  vcge: (n, m) => test(n >= m),
  vshl: (n, m) => shiftBy(n, m, false),
  vrshl: (n, m) => shiftBy(n, m, true),
  vmax: (n, m) => Math.max(n, m),
  vmin: (n, m) => Math.min(n, m),
  vabd: (n, m) => Math.abs(n - m),
  vaba: (n, m, d) => d + Math.abs(n - m),
  vadd: (n, m) => n + m,
  vsub: (n, m) => n - m,
  vtst: (n, m) => test((n & m) !== 0),
  vceq: (n, m) => test(n === m),
  vmla: (n, m, d) => d + Math.imul(n, m),
  vmls: (n, m, d) => d - Math.imul(n, m),
  vmul: (n, m) => Math.imul(n, m),
  vpmax: (n, m) => Math.max(n, m),
  vpmin: (n, m) => Math.min(n, m),
  vpadd: (n, m) => n + m,
};

/** Of elements of 8 and 16 bits, whose products have at most 32. */
export const SMALL_THREE_DIFFERENT: Readonly<Record<string, SmallCompute>> = {
  vaddl: (n, m) => n + m,
  vaddw: (n, m) => n + m,
  vsubl: (n, m) => n - m,
  vsubw: (n, m) => n - m,
  vabal: (n, m, d) => d + Math.abs(n - m),
  vabdl: (n, m) => Math.abs(n - m),
  vmlal: (n, m, d) => d + n * m,
  vmlsl: (n, m, d) => d - n * m,
  vmull: (n, m) => n * m,
};

/** With the constant for N. Of the narrowing ones the size is that of the result, 8 or 16. */
export const SMALL_CONSTANT: Readonly<Record<string, SmallCompute>> = {
  vshr: (n, m) => floor(m, n),
  vsra: (n, m, d) => d + floor(m, n),
  vrshr: (n, m) => rounded(m, n),
  vrsra: (n, m, d) => d + rounded(m, n),
  vshl: (n, m) => m << n,
  vshrn: (n, m) => floor(m, n),
  vrshrn: (n, m) => rounded(m, n),
  vqshrn: (n, m, _, { s, bits, unsigned }) => saturateSmall(s, floor(m, n), bits, unsigned),
  vqrshrn: (n, m, _, { s, bits, unsigned }) => saturateSmall(s, rounded(m, n), bits, unsigned),
  vqshrun: (n, m, _, { s, bits }) => saturateSmall(s, floor(m, n), bits, true),
  vqrshrun: (n, m, _, { s, bits }) => saturateSmall(s, rounded(m, n), bits, true),
  vmvn: (_, m) => ~m,
  vqabs: (_, m, __, { s, bits }) => saturateSmall(s, Math.abs(m), bits, false),
  vqneg: (_, m, __, { s, bits }) => saturateSmall(s, -m, bits, false),
  vcgt0: (_, m) => test(m > 0),
  vcge0: (_, m) => test(m >= 0),
  vceq0: (_, m) => test(m === 0),
  vcle0: (_, m) => test(m <= 0),
  vclt0: (_, m) => test(m < 0),
  vabs: (_, m) => Math.abs(m),
  vneg: (_, m) => -m,
  vmovn: (_, m) => m,
  vqmovn: (_, m, __, { s, bits, unsigned }) => saturateSmall(s, m, bits, unsigned),
  vqmovun: (_, m, __, { s, bits }) => saturateSmall(s, m, bits, true),
};

/** On whole words, whatever the elements are. */
export const WORDWISE: Readonly<Record<string, (n: number, m: number, d: number) => number>> = {
  vand: (n, m) => n & m,
  vbic: (n, m) => n & ~m,
  vorr: (n, m) => n | m,
  vorn: (n, m) => n | ~m,
  veor: (n, m) => n ^ m,
  vbsl: (n, m, d) => (n & d) | (m & ~d),
  vbit: (n, m, d) => (n & m) | (d & ~m),
  vbif: (n, m, d) => (d & m) | (n & ~m),
};
export function wordwise(compute: (n: number, m: number, d: number) => number, words: number): Operation {
  return (s, d, n, m) => {
    // An element depends on no other one, so that the first may be written before the second is read.
    for (let i = 0; i < words; i++)
      s[CORE.D + d + i] = compute(s[CORE.D + n + i]!, s[CORE.D + m + i]!, s[CORE.D + d + i]!);
  };
}
