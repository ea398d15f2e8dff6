/**
 * Advanced SIMD on single-precision numbers in compiled form. The environment is that of StandardFPSCRValue: to
 * nearest, and denormal numbers are flushed to zero, which sets FPSCR.IDC or UFC; so operands and results must be
 * normal or zero in every element. FPSCR.IXC must be set where something may be rounded.
 */
import type { Form, FormBuilder, Node, Piece } from './form-builder';
import { join } from './lanes';

export type Lengths<T> = readonly [T, T];

const PIECES: Lengths<Piece> = ['half', 'v128'];
const both = (make: (piece: Piece) => Form): Lengths<Form> => [make(PIECES[0]), make(PIECES[1])];

const any = (b: FormBuilder, mask: Node): Node => b.op('v128.any_true', mask);
const none = (b: FormBuilder, mask: Node): Node => b.op('i32.eqz', any(b, mask));
const or = (b: FormBuilder, masks: readonly Node[]): Node =>
  masks.reduce((sum, mask) => b.op('v128.or', sum, mask));

/** All ones where an element's exponent is not one of `count` from `least` on. */
function isOutside(b: FormBuilder, x: Node, least: number, count: number): Node {
  const magnitude = b.op('i32x4.shl', x, b.i32(1));
  const above = b.op('i32x4.sub', magnitude, b.splat(32, BigInt(least) << 24n));
  return b.op('i32x4.ge_u', above, b.splat(32, BigInt(count) << 24n));
}
const isZero = (b: FormBuilder, x: Node): Node => b.op('f32x4.eq', x, b.splat(32, 0n));

/** Leaves where an operand has an element that is neither normal nor zero. */
function ordinary(b: FormBuilder, ...operands: readonly Node[]): void {
  const different = [...new Set(operands)];
  const outside = b.keep(or(b, different.map((x) => isOutside(b, x, 1, 254)))); // prettier-ignore
  b.leaveWhere(any(b, outside), () => {
    const strange = different.map((x) => b.op('v128.andnot', isOutside(b, x, 1, 254), isZero(b, x)));
    return none(b, or(b, strange));
  });
}
/** A result whose elements must be normal; or zero, where `exact` has ones. */
function usual(b: FormBuilder, result: Node, exact?: () => Node): Node {
  const x = b.keep(result);
  const outside = b.keep(isOutside(b, x, 2, 253));
  const zero = exact && ((): Node => none(b, b.op('v128.andnot', outside, b.op('v128.and', isZero(b, x), exact())))); // prettier-ignore
  b.leaveWhere(any(b, outside), zero);
  return x;
}

const everywhere = (b: FormBuilder): Node => b.splat(32, 0xffff_ffffn);
const add = (b: FormBuilder, x: Node, y: Node): Node => usual(b, b.op('f32x4.add', x, y), () => everywhere(b)); // prettier-ignore
const subtract = (b: FormBuilder, x: Node, y: Node): Node => usual(b, b.op('f32x4.sub', x, y), () => everywhere(b)); // prettier-ignore
function multiply(b: FormBuilder, x: Node, y: Node): Node {
  return usual(b, b.op('f32x4.mul', x, y), () => b.op('v128.or', isZero(b, x), isZero(b, y)));
}

/** d + n * m, rounded once, as in scalar-forms.ts: two elements at a time. */
function multiplyAdd(b: FormBuilder, d: Node, n: Node, m: Node): Node {
  const sumOf = (half: (x: Node) => Node): Node => {
    const wide = (x: Node): Node => b.op('f64x2.promote_low_f32x4', half(x));
    const sum = b.keep(b.op('f64x2.add', wide(d), b.op('f64x2.mul', wide(n), wide(m))));
    const cut = b.op('v128.and', sum, b.splat(64, 0x1fff_ffffn));
    b.leaveWhere(any(b, b.op('i64x2.eq', cut, b.splat(64, 0x1000_0000n))));
    return sum;
  };
  const sums = [sumOf((x) => x), sumOf((x) => upper(b, x))] as const;
  const [low, high] = sums.map((sum) => b.op('f32x4.demote_f64x2_zero', sum));
  // A sum that is tiny, but not zero, becomes a zero that is not exact.
  const exact = (): Node => {
    const [lowZero, highZero] = sums.map((sum) => b.op('f64x2.eq', sum, b.splat(64, 0n)));
    return b.shuffle(lowZero, highZero, [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]);
  };
  return usual(b, join(b, low, high), exact);
}
function upper(b: FormBuilder, x: Node): Node {
  return b.shuffle(x, x, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
}

type Compute = (b: FormBuilder, n: Node, m: Node, d: () => Node) => Node;

/** Operands are looked at, the old destination where it is asked for. */
const lanewise = (compute: Compute, rounds: boolean): Lengths<Form> =>
  both((piece) => (b, d, n, m) => {
    if (rounds) b.needs('inexact');
    const x = b.keep(b.read(piece, n));
    const y = n === m ? x : b.keep(b.read(piece, m));
    ordinary(b, x, y);
    b.write(
      piece,
      d,
      compute(b, x, y, () => old(b, piece, d)),
    );
  });
function old(b: FormBuilder, piece: Piece, d: number): Node {
  const x = b.keep(b.read(piece, d));
  ordinary(b, x);
  return x;
}
const byScalar = (compute: Compute): Lengths<Form> =>
  both((piece) => (b, d, n, m) => {
    b.needs('inexact');
    const x = b.keep(b.read(piece, n));
    const from = (m & 1) * 4;
    const pair = b.read('half', m & ~1);
    const y = b.keep(
      b.shuffle(
        pair,
        pair,
        Array.from({ length: 16 }, (_, i) => from + (i % 4)),
      ),
    );
    ordinary(b, x, y);
    b.write(
      piece,
      d,
      compute(b, x, y, () => old(b, piece, d)),
    );
  });
const pairwise = (compute: Compute, rounds: boolean): Lengths<Form> =>
  both(() => (b, d, n, m) => {
    if (rounds) b.needs('inexact');
    const all = b.keep(join(b, b.read('half', n), b.read('half', m)));
    ordinary(b, all);
    const words = (first: number): number[] =>
      Array.from({ length: 16 }, (_, i) => (first + 2 * (i >> 2)) % 4 * 4 + (i & 3)); // prettier-ignore
    const even = b.keep(b.shuffle(all, all, words(0)));
    const odd = b.keep(b.shuffle(all, all, words(1)));
    b.write(
      'half',
      d,
      compute(b, even, odd, () => all),
    );
  });

const multiplyAccumulate: Compute = (b, n, m, d) => add(b, d(), multiply(b, n, m));
const multiplySubtract: Compute = (b, n, m, d) => subtract(b, d(), multiply(b, n, m));
const simple =
  (name: string): Compute =>
  (b, n, m) =>
    b.op(`f32x4.${name}`, n, m);
const absolute = (b: FormBuilder, x: Node): Node => b.op('f32x4.abs', x);
const negate = (b: FormBuilder, x: Node): Node => b.op('f32x4.neg', x);
const constant = (b: FormBuilder, value: bigint): Node => b.splat(32, value);
const TWO = 0x4000_0000n;
const THREE = 0x4040_0000n;
const HALF = 0x3f00_0000n;

/** By the names of FLOAT_THREE (../float-operations.ts). */
export const FLOAT_THREE_FORMS = {
  vadd: lanewise((b, n, m) => add(b, n, m), true),
  vsub: lanewise((b, n, m) => subtract(b, n, m), true),
  vmul: lanewise((b, n, m) => multiply(b, n, m), true),
  vmla: lanewise(multiplyAccumulate, true),
  vmls: lanewise(multiplySubtract, true),
  vfma: lanewise((b, n, m, d) => multiplyAdd(b, d(), n, m), true),
  vfms: lanewise((b, n, m, d) => multiplyAdd(b, d(), b.keep(negate(b, n)), m), true),
  vabd: lanewise((b, n, m) => absolute(b, subtract(b, n, m)), true),
  vmax: lanewise(simple('max'), false),
  vmin: lanewise(simple('min'), false),
  vceq: lanewise(simple('eq'), false),
  vcge: lanewise(simple('ge'), false),
  vcgt: lanewise(simple('gt'), false),
  vacge: lanewise((b, n, m) => b.op('f32x4.ge', absolute(b, n), absolute(b, m)), false),
  vacgt: lanewise((b, n, m) => b.op('f32x4.gt', absolute(b, n), absolute(b, m)), false),
  vrecps: lanewise((b, n, m) => subtract(b, constant(b, TWO), multiply(b, n, m)), true),
  // Half of a normal number is exact, or not normal.
  vrsqrts: lanewise((b, n, m) => {
    const difference = subtract(b, constant(b, THREE), multiply(b, n, m));
    return usual(b, b.op('f32x4.mul', difference, constant(b, HALF)), () => isZero(b, difference));
  }, true),
  vpadd: pairwise((b, n, m) => add(b, n, m), true),
  vpmax: pairwise(simple('max'), false),
  vpmin: pairwise(simple('min'), false),
} as const;

export const FLOAT_BY_SCALAR_FORMS = {
  vmla: byScalar(multiplyAccumulate),
  vmls: byScalar(multiplySubtract),
  vmul: byScalar((b, n, m) => multiply(b, n, m)),
} as const;

const toZero = (name: string): Lengths<Form> =>
  lanewise((b, _, m) => b.op(`f32x4.${name}`, m, constant(b, 0n)), false);
/** Looks at no number. */
const sign = (name: 'abs' | 'neg'): Lengths<Form> =>
  both((piece) => (b, d, _, m) => b.write(piece, d, b.op(`f32x4.${name}`, b.read(piece, m))));
export const FLOAT_TWO_FORMS = {
  vcgt0: toZero('gt'),
  vcge0: toZero('ge'),
  vceq0: toZero('eq'),
  vcle0: toZero('le'),
  vclt0: toZero('lt'),
  vabs: sign('abs'),
  vneg: sign('neg'),
} as const;

/** 2^exponent as a single. */
const power = (b: FormBuilder, exponent: number): Node => b.splat(32, BigInt(127 + exponent) << 23n);

export const fromIntegerForms = (unsigned: boolean): Lengths<Form> =>
  both((piece) => (b, d, n, m) => {
    b.needs('inexact');
    const value = b.op(`f32x4.convert_i32x4_${unsigned ? 'u' : 's'}`, b.read(piece, m));
    b.write(piece, d, n === 0 ? value : b.op('f32x4.mul', value, power(b, -n)));
  });
export const toIntegerForms = (unsigned: boolean): Lengths<Form> =>
  both((piece) => (b, d, n, m) => {
    b.needs('inexact');
    const x = b.keep(b.read(piece, m));
    ordinary(b, x);
    const scaled = n === 0 ? x : b.keep(b.op('f32x4.mul', x, power(b, n)));
    const most = b.op('f32x4.lt', scaled, power(b, unsigned ? 32 : 31));
    const least = b.op(unsigned ? 'f32x4.gt' : 'f32x4.ge', scaled, b.splat(32, unsigned ? 0xbf80_0000n : 0xcf00_0000n)); // prettier-ignore
    b.leaveWhere(any(b, b.op('v128.not', b.op('v128.and', most, least))));
    b.write(piece, d, b.op(`i32x4.trunc_sat_f32x4_${unsigned ? 'u' : 's'}`, scaled));
  });
