import type { ArithmeticOperator, ComparisonOperator, IntegerKind } from './ast';

/**
 * C's integer arithmetic for ILP32 (C11 6.3.1 and 6.5). A value is its exact mathematical value: a JavaScript number
 * where that is safe, else a bigint, so that the common case needs no bigint at all. Each value has one representation
 * only: equal values are `===`.
 */
export type Int = number | bigint;

/** A computation without a result; the caller adds the place. */
export class ArithmeticError extends Error {}

const BITS: Readonly<Record<IntegerKind, number>> = { i32: 32, u32: 32, i64: 64, u64: 64 };
const RANK: Readonly<Record<IntegerKind, number>> = { i32: 0, u32: 1, i64: 2, u64: 3 };

/** Smallest representation of an integer. */
export function shrink(value: bigint): Int {
  return value >= -0x1f_ffff_ffff_ffffn && value <= 0x1f_ffff_ffff_ffffn ? Number(value) : value;
}

/** The usual arithmetic conversions: the type both operands are converted to. */
export function commonKind(left: IntegerKind, right: IntegerKind): IntegerKind {
  return RANK[left] >= RANK[right] ? left : right;
}

/** A value converted to a type, wrapping as C's conversions do. */
export function convertTo(kind: IntegerKind, value: Int): Int {
  if (typeof value === 'number') {
    if (kind === 'i32') return value === (value | 0) ? value : wrap32(value) | 0;
    if (kind === 'u32') return value >= 0 && value <= 0xffffffff ? value : wrap32(value);
    if (kind === 'i64' || value >= 0) return value;
  }
  const big = BigInt(value);
  if (kind === 'i32' || kind === 'i64') return shrink(BigInt.asIntN(BITS[kind], big));
  return shrink(BigInt.asUintN(BITS[kind], big));
}

function wrap32(value: number): number {
  // `>>>` takes a number modulo 2^32 exactly up to 2^53.
  return value >>> 0;
}

const ADD_LIKE: Readonly<Partial<Record<ArithmeticOperator, (a: number, b: number) => number>>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
};

const BIG: Readonly<Record<ArithmeticOperator, (a: bigint, b: bigint, bits: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  // Shifting by the width or more is undefined in C; here every bit is shifted out.
  '<<': (a, b, bits) => (b < 0n || b >= bits ? 0n : a << b),
  '>>': (a, b, bits) => a >> (b < 0n || b >= bits ? bits : b),
};

/**
 * Computes in a type; both operands are already of it (for shifts, the left one).
 * @throws ArithmeticError for a division by zero
 */
export function compute(operator: ArithmeticOperator, kind: IntegerKind, left: Int, right: Int): Int {
  if (typeof left === 'number' && typeof right === 'number') {
    const plain = ADD_LIKE[operator];
    if (plain) {
      const result = plain(left, right);
      if (Number.isSafeInteger(result)) return convertTo(kind, result);
    } else if (operator === '/' || operator === '%') {
      if (right === 0) throw new ArithmeticError('This divides by zero');
      // Below 2^46 the quotient of two doubles cannot round up to the next integer. `+ 0` turns −0 into 0.
      if (Math.abs(left) < 2 ** 46)
        return convertTo(kind, (operator === '/' ? Math.trunc(left / right) : left % right) + 0);
    } else if (kind === 'u32' || kind === 'i32') return bits32(operator, kind, left, right);
  }
  if (right === 0 && (operator === '/' || operator === '%'))
    throw new ArithmeticError('This divides by zero');
  return convertTo(kind, shrink(BIG[operator](BigInt(left), BigInt(right), BigInt(BITS[kind]))));
}

function bits32(operator: ArithmeticOperator, kind: IntegerKind, left: number, right: number): number {
  const out = right < 0 || right > 31;
  let result: number;
  switch (operator) {
    case '&':
      result = left & right;
      break;
    case '|':
      result = left | right;
      break;
    case '^':
      result = left ^ right;
      break;
    case '<<':
      result = out ? 0 : left << right;
      break;
    default:
      result = kind === 'i32' ? left >> (out ? 31 : right) : out ? 0 : left >>> right;
  }
  return kind === 'u32' ? result >>> 0 : result | 0;
}

/** Compares exact values; numbers and bigints mix. */
export function compare(operator: ComparisonOperator, left: Int, right: Int): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

export function negate(kind: IntegerKind, value: Int): Int {
  return compute('-', kind, 0, value);
}

export function complement(kind: IntegerKind, value: Int): Int {
  return convertTo(kind, shrink(-1n - BigInt(value)));
}

export function isComparison(operator: string): operator is ComparisonOperator {
  return ['==', '!=', '<', '<=', '>', '>='].includes(operator);
}
