/** FPAdd, FPSub, FPMul, FPDiv, FPMulAdd, FPSqrt, FPCompare and kin (ARM ARM A2.7.7), bit by bit, in any format. */
import { Exception, Rounding, type Environment } from './environment';
import { infinity, isNaNKind, round, unpack, zero, type Format, type Unpacked } from './format';

/** FPProcessNaN. */
export function processNaN(bits: bigint, value: Unpacked, f: Format, env: Environment): bigint {
  if (value.kind === 'signalling') env.flags |= Exception.InvalidOperation;
  return env.defaultNaN ? f.defaultNaN : bits | f.quiet;
}

/** FPProcessNaNs, FPProcessNaNs3: signalling ones first, in order; undefined where there is no NaN. */
function processNaNs(
  operands: readonly (readonly [bigint, Unpacked])[],
  f: Format,
  env: Environment,
): bigint | undefined {
  const found =
    operands.find(([, value]) => value.kind === 'signalling') ??
    operands.find(([, value]) => value.kind === 'quiet');
  return found === undefined ? undefined : processNaN(found[0], found[1], f, env);
}

export function invalid(f: Format, env: Environment): bigint {
  env.flags |= Exception.InvalidOperation;
  return f.defaultNaN;
}

export function negate(a: bigint, f: Format): bigint {
  return a ^ f.sign;
}
export function absolute(a: bigint, f: Format): bigint {
  return a & (f.sign - 1n);
}

/** Sum of two exact numbers, either of which may be zero. */
function sum(x: Unpacked, y: Unpacked, f: Format, env: Environment): bigint {
  const exponent =
    x.kind === 'zero' ? y.exponent : y.kind === 'zero' ? x.exponent : Math.min(x.exponent, y.exponent);
  const signed = (v: Unpacked): bigint => {
    if (v.kind === 'zero') return 0n;
    const scaled = v.significand << BigInt(v.exponent - exponent);
    return v.negative ? -scaled : scaled;
  };
  const total = signed(x) + signed(y);
  if (total === 0n) {
    const bothZero = x.kind === 'zero' && y.kind === 'zero' && x.negative === y.negative;
    return zero(f, bothZero ? x.negative : env.rounding === Rounding.MinusInfinity);
  }
  return total < 0n ? round(true, -total, exponent, f, env) : round(false, total, exponent, f, env);
}

export function add(a: bigint, b: bigint, f: Format, env: Environment): bigint {
  const x = unpack(a, f, env);
  const y = unpack(b, f, env);
  const nan = processNaNs([[a, x], [b, y]], f, env); // prettier-ignore
  if (nan !== undefined) return nan;
  if (x.kind === 'infinity' && y.kind === 'infinity' && x.negative !== y.negative) return invalid(f, env);
  if (x.kind === 'infinity') return infinity(f, x.negative);
  if (y.kind === 'infinity') return infinity(f, y.negative);
  return sum(x, y, f, env);
}

export function subtract(a: bigint, b: bigint, f: Format, env: Environment): bigint {
  const x = unpack(a, f, env);
  const y = unpack(b, f, env);
  const nan = processNaNs([[a, x], [b, y]], f, env); // prettier-ignore
  if (nan !== undefined) return nan;
  const minus = { ...y, negative: !y.negative };
  if (x.kind === 'infinity' && y.kind === 'infinity' && x.negative === y.negative) return invalid(f, env);
  if (x.kind === 'infinity') return infinity(f, x.negative);
  if (y.kind === 'infinity') return infinity(f, minus.negative);
  return sum(x, minus, f, env);
}

export function multiply(a: bigint, b: bigint, f: Format, env: Environment): bigint {
  const x = unpack(a, f, env);
  const y = unpack(b, f, env);
  const nan = processNaNs([[a, x], [b, y]], f, env); // prettier-ignore
  if (nan !== undefined) return nan;
  const negative = x.negative !== y.negative;
  if (x.kind === 'infinity' || y.kind === 'infinity')
    return x.kind === 'zero' || y.kind === 'zero' ? invalid(f, env) : infinity(f, negative);
  if (x.kind === 'zero' || y.kind === 'zero') return zero(f, negative);
  return round(negative, x.significand * y.significand, x.exponent + y.exponent, f, env);
}

export function divide(a: bigint, b: bigint, f: Format, env: Environment): bigint {
  const x = unpack(a, f, env);
  const y = unpack(b, f, env);
  const nan = processNaNs([[a, x], [b, y]], f, env); // prettier-ignore
  if (nan !== undefined) return nan;
  const negative = x.negative !== y.negative;
  if (x.kind === 'infinity') return y.kind === 'infinity' ? invalid(f, env) : infinity(f, negative);
  if (y.kind === 'infinity') return zero(f, negative);
  if (y.kind === 'zero') {
    if (x.kind === 'zero') return invalid(f, env);
    env.flags |= Exception.DivisionByZero;
    return infinity(f, negative);
  }
  if (x.kind === 'zero') return zero(f, negative);
  // Twice the format's width gives a quotient with more bits than the result, denormal operands included.
  const extra = 2 * f.bits;
  const dividend = x.significand << BigInt(extra);
  const quotient = dividend / y.significand;
  const sticky = quotient * y.significand === dividend ? 0n : 1n;
  return round(negative, (quotient << 1n) | sticky, x.exponent - y.exponent - extra - 1, f, env);
}

/** FPMulAdd(addend, a, b): one rounding. */
export function multiplyAdd(addend: bigint, a: bigint, b: bigint, f: Format, env: Environment): bigint {
  const z = unpack(addend, f, env);
  const x = unpack(a, f, env);
  const y = unpack(b, f, env);
  const infiniteByZero =
    (x.kind === 'infinity' && y.kind === 'zero') || (x.kind === 'zero' && y.kind === 'infinity');
  const nan = processNaNs([[addend, z], [a, x], [b, y]], f, env); // prettier-ignore
  if (z.kind === 'quiet' && infiniteByZero) return invalid(f, env);
  if (nan !== undefined) return nan;
  const negative = x.negative !== y.negative;
  const infinite = x.kind === 'infinity' || y.kind === 'infinity';
  if (infiniteByZero || (z.kind === 'infinity' && infinite && z.negative !== negative))
    return invalid(f, env);
  if (z.kind === 'infinity') return infinity(f, z.negative);
  if (infinite) return infinity(f, negative);
  const product: Unpacked =
    x.kind === 'zero' || y.kind === 'zero'
      ? { kind: 'zero', negative, significand: 0n, exponent: 0 }
      : {
          kind: 'finite',
          negative,
          significand: x.significand * y.significand,
          exponent: x.exponent + y.exponent,
        };
  return sum(z, product, f, env);
}

/** Largest integer whose square is not above `value`. */
function integerSqrt(value: bigint): bigint {
  // From above, by Newton; a double's root is a good start.
  let shift = 0n;
  while (value >> shift > 1n << 100n) shift += 2n;
  let root = (BigInt(Math.ceil(Math.sqrt(Number(value >> shift)))) + 1n) << (shift / 2n);
  root += (1n << (shift / 2n)) + (root >> 50n);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export function squareRoot(a: bigint, f: Format, env: Environment): bigint {
  const x = unpack(a, f, env);
  if (isNaNKind(x)) return processNaN(a, x, f, env);
  if (x.kind === 'zero') return zero(f, x.negative);
  if (x.negative) return invalid(f, env);
  if (x.kind === 'infinity') return f.infinity;
  const extra = 2 * f.bits + (x.exponent & 1);
  const scaled = x.significand << BigInt(extra);
  const root = integerSqrt(scaled);
  const sticky = root * root === scaled ? 0n : 1n;
  return round(false, (root << 1n) | sticky, (x.exponent - extra) / 2 - 1, f, env);
}

/** NZCV of FPCompare in bits 3–0: unordered 0011, equal 0110, less 1000, greater 0010. */
export function compare(a: bigint, b: bigint, quietInvalid: boolean, f: Format, env: Environment): number {
  const x = unpack(a, f, env);
  const y = unpack(b, f, env);
  if (isNaNKind(x) || isNaNKind(y)) {
    if (quietInvalid || x.kind === 'signalling' || y.kind === 'signalling')
      env.flags |= Exception.InvalidOperation;
    return 0b0011;
  }
  if (x.kind === 'zero' && y.kind === 'zero') return 0b0110;
  const ordered = (v: Unpacked, bits: bigint): bigint => {
    if (v.kind === 'zero') return 0n;
    return v.negative ? -absolute(bits, f) : absolute(bits, f);
  };
  const left = ordered(x, a);
  const right = ordered(y, b);
  return left === right ? 0b0110 : left < right ? 0b1000 : 0b0010;
}

/** FPMax and FPMin: +0 is above -0; a NaN wins. */
export function maximum(a: bigint, b: bigint, max: boolean, f: Format, env: Environment): bigint {
  const x = unpack(a, f, env);
  const y = unpack(b, f, env);
  const nan = processNaNs([[a, x], [b, y]], f, env); // prettier-ignore
  if (nan !== undefined) return nan;
  const order = (v: Unpacked, bits: bigint): bigint => {
    const magnitude = v.kind === 'zero' ? 0n : absolute(bits, f);
    return v.negative ? -1n - magnitude : magnitude;
  };
  const first = order(x, a) > order(y, b) === max;
  const [bits, value] = first ? [a, x] : [b, y];
  return value.kind === 'zero' ? zero(f, value.negative) : bits;
}
