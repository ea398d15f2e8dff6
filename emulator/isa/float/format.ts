/**
 * The three formats, and the way between their bits and exact numbers: a finite number is
 * (-1)^sign x significand x 2^exponent with integers of any size (FPUnpack and FPRound of ARM ARM A2.7.7).
 */
import { Exception, Rounding, type Environment } from './environment';

export interface Format {
  readonly bits: number;
  /** Bits of the fraction field. */
  readonly fractionBits: bigint;
  readonly fractionMask: bigint;
  readonly exponentMask: bigint;
  readonly sign: bigint;
  /** Exponent of the last place of the smallest numbers. */
  readonly lowest: number;
  readonly infinity: bigint;
  readonly quiet: bigint;
  readonly defaultNaN: bigint;
  /** Half precision takes no part in flush-to-zero. */
  readonly flushes: boolean;
}

function format(bits: number, fraction: number): Format {
  const exponentBits = bits - 1 - fraction;
  const exponentMask = (1n << BigInt(exponentBits)) - 1n;
  const infinity = exponentMask << BigInt(fraction);
  const quiet = 1n << BigInt(fraction - 1);
  return {
    bits,
    fractionBits: BigInt(fraction),
    fractionMask: (1n << BigInt(fraction)) - 1n,
    exponentMask,
    sign: 1n << BigInt(bits - 1),
    lowest: 2 - 2 ** (exponentBits - 1) - fraction,
    infinity,
    quiet,
    defaultNaN: infinity | quiet,
    flushes: bits !== 16,
  };
}

export const HALF = format(16, 10);
export const SINGLE = format(32, 23);
export const DOUBLE = format(64, 52);

export type Kind = 'zero' | 'finite' | 'infinity' | 'quiet' | 'signalling';

export interface Unpacked {
  readonly kind: Kind;
  readonly negative: boolean;
  /** Of kind 'finite': not 0. */
  readonly significand: bigint;
  readonly exponent: number;
}

/** FPUnpack: a denormal number is zero, and an exception, where they are flushed. */
export function unpack(bits: bigint, f: Format, env: Environment): Unpacked {
  const negative = (bits & f.sign) !== 0n;
  const fraction = bits & f.fractionMask;
  const biased = (bits >> f.fractionBits) & f.exponentMask;
  if (biased === f.exponentMask && !(f === HALF && env.alternativeHalf)) {
    const kind = fraction === 0n ? 'infinity' : (fraction & f.quiet) !== 0n ? 'quiet' : 'signalling';
    return { kind, negative, significand: 0n, exponent: 0 };
  }
  if (biased === 0n) {
    if (fraction === 0n) return { kind: 'zero', negative, significand: 0n, exponent: 0 };
    if (f.flushes && env.flushToZero) {
      env.flags |= Exception.InputDenormal;
      return { kind: 'zero', negative, significand: 0n, exponent: 0 };
    }
    return { kind: 'finite', negative, significand: fraction, exponent: f.lowest };
  }
  return {
    kind: 'finite',
    negative,
    significand: fraction | (1n << f.fractionBits),
    exponent: f.lowest + Number(biased) - 1,
  };
}

export function isNaNKind(value: Unpacked): boolean {
  return value.kind === 'quiet' || value.kind === 'signalling';
}

export function zero(f: Format, negative: boolean): bigint {
  return negative ? f.sign : 0n;
}
export function infinity(f: Format, negative: boolean): bigint {
  return negative ? f.sign | f.infinity : f.infinity;
}

/** Number of bits of a positive integer. */
export function bitLength(value: bigint): number {
  const text = value.toString(16);
  return (text.length - 1) * 4 + 32 - Math.clz32(parseInt(text[0], 16));
}

/** True when what is cut off (`rest` of `2^shift`, of a number whose kept part is odd or not) rounds away from zero. */
export function roundsUp(
  rounding: Rounding,
  negative: boolean,
  odd: boolean,
  rest: bigint,
  shift: bigint,
): boolean {
  if (rest === 0n) return false;
  switch (rounding) {
    case Rounding.Nearest: {
      const half = 1n << (shift - 1n);
      return rest > half || (rest === half && odd);
    }
    case Rounding.PlusInfinity:
      return !negative;
    case Rounding.MinusInfinity:
      return negative;
    default:
      return false;
  }
}

/**
 * FPRound: (-1)^negative x significand x 2^exponent, `significand` not 0. Tininess is detected before rounding. A
 * number that is not exact is given with a last bit that stands for everything below, at least two places below
 * the result's own last place.
 */
export function round(
  negative: boolean,
  significand: bigint,
  exponent: number,
  f: Format,
  env: Environment,
): bigint {
  const fraction = Number(f.fractionBits);
  const wanted = exponent + bitLength(significand) - 1 - fraction;
  const tiny = wanted < f.lowest;
  if (tiny && f.flushes && env.flushToZero) {
    env.flags |= Exception.Underflow;
    return zero(f, negative);
  }
  const last = tiny ? f.lowest : wanted;
  const before = env.flags;
  let kept: bigint;
  if (last > exponent) {
    const shift = BigInt(last - exponent);
    kept = significand >> shift;
    const rest = significand - (kept << shift);
    if (rest !== 0n) {
      env.flags |= tiny ? Exception.Inexact | Exception.Underflow : Exception.Inexact;
      if (roundsUp(env.rounding, negative, (kept & 1n) !== 0n, rest, shift)) kept += 1n;
    }
  } else kept = significand << BigInt(exponent - last);
  // The implicit bit of a normal number adds one to the exponent field, as does a carry out of the fraction.
  const magnitude = tiny ? kept : kept + (BigInt(last - f.lowest) << f.fractionBits);
  if (f === HALF && env.alternativeHalf) {
    if (magnitude < f.sign) return negative ? magnitude | f.sign : magnitude;
    // No infinity to go to: the largest number, which is invalid and not inexact.
    env.flags = before | Exception.InvalidOperation;
    return negative ? f.sign | (f.sign - 1n) : f.sign - 1n;
  }
  if (magnitude < f.infinity) return negative ? magnitude | f.sign : magnitude;
  env.flags |= Exception.Overflow | Exception.Inexact;
  const toInfinity =
    env.rounding === Rounding.Nearest ||
    env.rounding === (negative ? Rounding.MinusInfinity : Rounding.PlusInfinity);
  return infinity(f, negative) - (toInfinity ? 0n : 1n);
}
