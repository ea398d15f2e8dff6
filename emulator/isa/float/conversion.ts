/** Conversions between formats and between floating point and integers (ARM ARM A2.7.7, A2.7.8). */
import { invalid } from './arithmetic';
import { Exception, type Environment, type Rounding } from './environment';
import { HALF, infinity, round, roundsUp, unpack, zero, type Format } from './format';

/**
 * FPToFixed: `width` bits with `fractionBits` of fraction, as an unsigned pattern of bits. What is out of range
 * saturates and is invalid, a NaN gives 0.
 */
export function toFixed(
  a: bigint,
  f: Format,
  width: number,
  fractionBits: number,
  unsigned: boolean,
  rounding: Rounding,
  env: Environment,
): bigint {
  const x = unpack(a, f, env);
  if (x.kind === 'quiet' || x.kind === 'signalling') {
    env.flags |= Exception.InvalidOperation;
    return 0n;
  }
  if (x.kind === 'zero') return 0n;
  const most = (1n << BigInt(unsigned ? width : width - 1)) - 1n;
  const least = unsigned ? 0n : -most - 1n;
  let value: bigint;
  let exact = true;
  const exponent = x.exponent + fractionBits;
  // 2^200 is beyond every range.
  if (x.kind === 'infinity' || exponent > 200) value = 1n << 200n;
  else if (exponent >= 0) value = x.significand << BigInt(exponent);
  else {
    const shift = BigInt(-exponent);
    value = x.significand >> shift;
    const rest = x.significand - (value << shift);
    exact = rest === 0n;
    if (roundsUp(rounding, x.negative, (value & 1n) !== 0n, rest, shift)) value += 1n;
  }
  if (x.negative) value = -value;
  if (value > most || value < least) {
    env.flags |= Exception.InvalidOperation;
    value = value > most ? most : least;
  } else if (!exact) env.flags |= Exception.Inexact;
  return BigInt.asUintN(width, value);
}

/** FixedToFP of an integer that has its sign, divided by 2^fractionBits. */
export function fromFixed(value: bigint, fractionBits: number, f: Format, env: Environment): bigint {
  if (value === 0n) return 0n;
  return round(value < 0n, value < 0n ? -value : value, -fractionBits, f, env);
}

/** FPDoubleToSingle, FPSingleToDouble, FPSingleToHalf, FPHalfToSingle: NaNs keep the upper bits of their fraction. */
export function convert(a: bigint, from: Format, to: Format, env: Environment): bigint {
  const x = unpack(a, from, env);
  switch (x.kind) {
    case 'quiet':
    case 'signalling': {
      if (to === HALF && env.alternativeHalf) {
        env.flags |= Exception.InvalidOperation;
        return zero(to, x.negative);
      }
      if (x.kind === 'signalling') env.flags |= Exception.InvalidOperation;
      if (env.defaultNaN) return to.defaultNaN;
      const fraction = a & from.fractionMask;
      const by = to.fractionBits - from.fractionBits;
      return infinity(to, x.negative) | to.quiet | (by < 0n ? fraction >> -by : fraction << by);
    }
    case 'infinity':
      if (to === HALF && env.alternativeHalf) {
        invalid(to, env);
        return (x.negative ? to.sign : 0n) | (to.sign - 1n);
      }
      return infinity(to, x.negative);
    case 'zero':
      return zero(to, x.negative);
    default:
      return round(x.negative, x.significand, x.exponent, to, env);
  }
}
