/**
 * VFP arithmetic in compiled form. The host's operations round to nearest as IEEE 754 says; they give what FPAdd,
 * FPMul and the others give when no operand is flushed to zero, the result is normal, and FPSCR.IXC is set already.
 * A result that is not is looked at again: an exact zero is as good.
 */
import type { Form, FormBuilder, Node } from './form-builder';

/** The words in which a precision differs. */
interface Precision {
  readonly type: 'f32' | 'f64';
  /** Its bits as an integer, and the integer's type. */
  readonly bits: 'i32' | 'i64';
  readonly fraction: number;
  /** Numbers of exponents of normal numbers, but for the smallest: tininess is detected before rounding. */
  readonly exponents: number;
}
const SINGLE: Precision = { type: 'f32', bits: 'i32', fraction: 23, exponents: 253 };
const DOUBLE: Precision = { type: 'f64', bits: 'i64', fraction: 52, exponents: 2045 };
export const PRECISION_OF = [SINGLE, DOUBLE] as const;

const number = (b: FormBuilder, p: Precision, value: number): Node =>
  p.type === 'f64' ? b.f64(value) : b.f32(value);
const integer = (b: FormBuilder, p: Precision, value: bigint): Node =>
  p.bits === 'i64' ? b.i64(value) : b.i32(Number(BigInt.asIntN(32, value)));

/** 1 where a number is not normal, or of the least exponent. */
function isUnusual(b: FormBuilder, p: Precision, x: Node): Node {
  const shift = BigInt(p.fraction + 1);
  const magnitude = b.op(`${p.bits}.shl`, b.op(`${p.bits}.reinterpret_${p.type}`, x), integer(b, p, 1n));
  const above = b.op(`${p.bits}.sub`, magnitude, integer(b, p, 2n << shift));
  return b.op(`${p.bits}.ge_u`, above, integer(b, p, BigInt(p.exponents) << shift));
}
const isZero = (b: FormBuilder, p: Precision, x: Node): Node => b.op(`${p.type}.eq`, x, number(b, p, 0));

/** A result that must be normal; or zero, where `exact` then says that it is so exactly. */
function usual(b: FormBuilder, p: Precision, result: Node, exact?: () => Node): Node {
  const x = b.keep(result);
  const zero = exact && ((): Node => b.op('i32.and', isZero(b, p, x), exact()));
  b.leaveWhere(isUnusual(b, p, x), zero);
  return x;
}

/** A sum of zero is exact. */
const add = (b: FormBuilder, p: Precision, x: Node, y: Node): Node =>
  usual(b, p, b.op(`${p.type}.add`, x, y), () => b.i32(1));
const subtract = (b: FormBuilder, p: Precision, x: Node, y: Node): Node =>
  usual(b, p, b.op(`${p.type}.sub`, x, y), () => b.i32(1));
const negate = (b: FormBuilder, p: Precision, x: Node): Node => b.op(`${p.type}.neg`, x);
function multiply(b: FormBuilder, p: Precision, x: Node, y: Node): Node {
  return usual(b, p, b.op(`${p.type}.mul`, x, y), () => b.op('i32.or', isZero(b, p, x), isZero(b, p, y)));
}

type Compute = (b: FormBuilder, p: Precision, d: () => Node, n: Node, m: Node) => Node;
const three =
  (compute: Compute) =>
  (p: Precision): Form =>
  (b, d, n, m) => {
    b.needs('denormals', 'nearest', 'inexact');
    const old = (): Node => b.keep(b.read(p.type, d));
    b.write(p.type, d, compute(b, p, old, b.keep(b.read(p.type, n)), b.keep(b.read(p.type, m))));
  };

/** addend + x * y, rounded once. */
function multiplyAdd(b: FormBuilder, p: Precision, addend: Node, x: Node, y: Node): Node {
  return p.type === 'f32' ? multiplyAddSingle(b, addend, x, y) : multiplyAddDouble(b, addend, x, y);
}

/**
 * In double precision the product is exact, and the sum, rounded to single, is what the exact sum would be rounded
 * to, but where it is half-way between two singles.
 */
function multiplyAddSingle(b: FormBuilder, addend: Node, x: Node, y: Node): Node {
  const wide = (value: Node): Node => b.op('f64.promote_f32', value);
  const product = b.op('f64.mul', wide(x), wide(y));
  const sum = b.keep(b.op('f64.add', wide(addend), product));
  const low = b.op('i32.wrap_i64', b.op('i64.reinterpret_f64', sum));
  const cut = b.op('i32.and', low, b.i32(0x1fff_ffff));
  b.leaveWhere(b.op('i32.eq', cut, b.i32(0x1000_0000)));
  return usual(b, SINGLE, b.op('f32.demote_f64', sum), () => b.op('f64.eq', sum, b.f64(0)));
}

/** The halves of a double, by Veltkamp's splitting. */
function split(b: FormBuilder, x: Node): readonly [Node, Node] {
  const scaled = b.keep(b.op('f64.mul', x, b.f64(2 ** 27 + 1)));
  const high = b.keep(b.op('f64.sub', scaled, b.op('f64.sub', scaled, x)));
  return [high, b.keep(b.op('f64.sub', x, high))];
}
/** What x * y lost, by Dekker. */
function errorOfProduct(b: FormBuilder, x: Node, y: Node, product: Node): Node {
  const [highX, lowX] = split(b, x);
  const [highY, lowY] = split(b, y);
  const term = (p: Node, q: Node): Node => b.op('f64.mul', p, q);
  const first = b.op('f64.sub', term(highX, highY), product);
  const second = b.op('f64.add', first, term(lowX, highY));
  const third = b.op('f64.add', second, term(highX, lowY));
  return b.op('f64.add', third, term(lowX, lowY));
}
/** What x + y lost, by Knuth. */
function errorOfSum(b: FormBuilder, x: Node, y: Node, sum: Node): Node {
  const back = b.keep(b.op('f64.sub', sum, x));
  return b.op('f64.add', b.op('f64.sub', x, b.op('f64.sub', sum, back)), b.op('f64.sub', y, back));
}

/** Within these the error of a product is exact. */
const SMALL_EXPONENT = 123;
const LARGE_EXPONENT = 1923;

/** `result` is what `result + error` is rounded to, for every error of at most this magnitude. */
function isRobust(b: FormBuilder, result: Node, magnitude: Node): Node {
  const most = b.keep(magnitude);
  return b.op('f64.eq', b.op('f64.add', result, most), b.op('f64.sub', result, most));
}

/**
 * The product is rounded, and the sum; what both lost together is mostly too little to change the result. What the
 * product lost is at most half of its last place. Where that is not enough it is computed.
 */
function multiplyAddDouble(b: FormBuilder, addend: Node, x: Node, y: Node): Node {
  const product = b.keep(b.op('f64.mul', x, y));
  const sum = b.keep(b.op('f64.add', addend, product));
  const sumError = b.keep(errorOfSum(b, addend, product, sum));
  // 2^-1000 stands for what a tiny product has lost; the factor for how this magnitude is rounded.
  const productError = b.op('f64.mul', b.op('f64.abs', product), b.f64(2 ** -53));
  const both = b.op('f64.add', b.op('f64.add', b.op('f64.abs', sumError), b.f64(2 ** -1000)), productError);
  const robust = isRobust(b, sum, b.op('f64.mul', both, b.f64(1 + 2 ** -50)));
  const result = b.choose(
    robust,
    () => sum,
    () => correctedSum(b, addend, x, y, { product, sum, sumError }),
  );
  return usual(b, DOUBLE, result, () => b.i32(1));
}

interface RoundedSum {
  readonly product: Node;
  readonly sum: Node;
  readonly sumError: Node;
}
/**
 * Both errors are added, rounded, to the sum. The result is right where it would be the same had the correction been a
 * little smaller or larger, by more than it may be wrong (Ziv's test).
 */
function correctedSum(b: FormBuilder, addend: Node, x: Node, y: Node, rounded: RoundedSum): Node {
  const { product, sum, sumError } = rounded;
  const magnitude = b.op('i64.shl', b.op('i64.reinterpret_f64', product), b.i64(1n));
  const above = b.op('i64.sub', magnitude, b.i64(BigInt(SMALL_EXPONENT) << 53n));
  const immoderate = b.op('i64.ge_u', above, b.i64(BigInt(LARGE_EXPONENT - SMALL_EXPONENT) << 53n));
  return b.choose(
    immoderate,
    () => {
      const anyZero = b.op('i32.or', isZero(b, DOUBLE, x), isZero(b, DOUBLE, y));
      b.leaveWhere(b.op('i32.eqz', b.op('i32.and', anyZero, isZero(b, DOUBLE, product))));
      return b.op('f64.add', addend, product);
    },
    () => {
      const productError = errorOfProduct(b, x, y, product);
      const correction = b.keep(b.op('f64.add', sumError, productError));
      const result = b.keep(b.op('f64.add', sum, correction));
      const rest = b.op('f64.sub', correction, b.op('f64.sub', result, sum));
      const doubt = b.op('f64.mul', b.op('f64.abs', correction), b.f64(2 ** -50));
      b.leaveWhere(b.op('i32.eqz', isRobust(b, result, b.op('f64.add', b.op('f64.abs', rest), doubt))));
      return result;
    },
  );
}

/** By the names of ARITHMETIC (../scalar-operations.ts). */
export const ARITHMETIC_FORMS = {
  vadd: three((b, p, _, n, m) => add(b, p, n, m)),
  vsub: three((b, p, _, n, m) => subtract(b, p, n, m)),
  vmul: three((b, p, _, n, m) => multiply(b, p, n, m)),
  vnmul: three((b, p, _, n, m) => negate(b, p, multiply(b, p, n, m))),
  vdiv: three((b, p, _, n, m) => usual(b, p, b.op(`${p.type}.div`, n, m), () => isZero(b, p, n))),
  vmla: three((b, p, d, n, m) => add(b, p, d(), multiply(b, p, n, m))),
  vmls: three((b, p, d, n, m) => subtract(b, p, d(), multiply(b, p, n, m))),
  vnmla: three((b, p, d, n, m) => subtract(b, p, negate(b, p, d()), multiply(b, p, n, m))),
  vnmls: three((b, p, d, n, m) => subtract(b, p, multiply(b, p, n, m), d())),
  vfma: three((b, p, d, n, m) => multiplyAdd(b, p, d(), n, m)),
  vfms: three((b, p, d, n, m) => multiplyAdd(b, p, d(), b.keep(negate(b, p, n)), m)),
  vfnma: three((b, p, d, n, m) => multiplyAdd(b, p, b.keep(negate(b, p, d())), b.keep(negate(b, p, n)), m)),
  vfnms: three((b, p, d, n, m) => multiplyAdd(b, p, b.keep(negate(b, p, d())), n, m)),
  vsqrt: three((b, p, _, __, m) => usual(b, p, b.op(`${p.type}.sqrt`, m), () => isZero(b, p, m))),
} as const;

/** VMOV, VABS and VNEG look at no number. */
const bitwise =
  (change?: 'abs' | 'neg') =>
  (p: Precision): Form =>
  (b, d, _, m) => {
    const value = b.read(p.type, m);
    b.write(p.type, d, change === undefined ? value : b.op(`${p.type}.${change}`, value));
  };
export const MOVE_FORMS = { vmov: bitwise(), vabs: bitwise('abs'), vneg: bitwise('neg') } as const;

export const MOVE_IMMEDIATE_FORM = (p: Precision): Form =>
  p.type === 'f32'
    ? (b, d, n) => b.write('i32', d, b.i32(n))
    : (b, d, n) => b.write('i64', d, b.i64(BigInt.asIntN(64, BigInt(n) << 32n)));

/** FPCompare of numbers that are no NaN. */
export const comparisonForm =
  (withZero: boolean) =>
  (p: Precision): Form =>
  (b, d, _, m) => {
    b.needs('denormals');
    const x = b.keep(b.read(p.type, d));
    const y = withZero ? number(b, p, 0) : b.keep(b.read(p.type, m));
    const isNaN = b.op(`${p.type}.ne`, x, x);
    b.leaveWhere(withZero ? isNaN : b.op('i32.or', isNaN, b.op(`${p.type}.ne`, y, y)));
    const less = b.op('i32.shl', b.op(`${p.type}.lt`, x, y), b.i32(31));
    const equal = b.op('i32.mul', b.op(`${p.type}.eq`, x, y), b.i32(0x6000_0000));
    const greater = b.op('i32.shl', b.op(`${p.type}.gt`, x, y), b.i32(29));
    const flags = b.op('i32.or', b.op('i32.or', less, equal), greater);
    b.setFpscr(b.op('i32.or', b.op('i32.and', b.fpscr(), b.i32(0x0fff_ffff)), flags));
  };

/** Single to double, double to single. */
export const BETWEEN_FORMS: readonly [Form, Form] = [
  (b, d, _, m) => {
    b.needs('denormals');
    const x = b.keep(b.read('f32', m));
    b.leaveWhere(b.op('f32.ne', x, x));
    b.write('f64', d, b.op('f64.promote_f32', x));
  },
  (b, d, _, m) => {
    b.needs('denormals', 'nearest', 'inexact');
    const x = b.keep(b.read('f64', m));
    b.write(
      'f32',
      d,
      usual(b, SINGLE, b.op('f32.demote_f64', x), () => isZero(b, DOUBLE, x)),
    );
  },
];

/** Bits of n: unsigned; rounds as FPSCR says. */
export const toIntegerForm =
  (p: Precision): Form =>
  (b, d, n, m) => {
    const unsigned = (n & 1) !== 0;
    b.needs('denormals', 'inexact');
    if (n & 2) b.needs('nearest');
    const x = b.read(p.type, m);
    const wide = p.type === 'f64' ? x : b.op('f64.promote_f32', x);
    const whole = b.keep(n & 2 ? b.op('f64.nearest', wide) : wide);
    const [least, most] = unsigned ? [-1, 2 ** 32] : [-(2 ** 31) - 1, 2 ** 31];
    const fits = b.op('i32.and', b.op('f64.gt', whole, b.f64(least)), b.op('f64.lt', whole, b.f64(most)));
    b.leaveWhere(b.op('i32.eqz', fits));
    b.write('i32', d, b.op(unsigned ? 'i32.trunc_f64_u' : 'i32.trunc_f64_s', whole));
  };
export const fromIntegerForm =
  (p: Precision): Form =>
  (b, d, n, m) => {
    // Every integer is a double.
    if (p.type === 'f32') b.needs('nearest', 'inexact');
    b.write(p.type, d, b.op(`${p.type}.convert_i32_${n ? 'u' : 's'}`, b.read('i32', m)));
  };
