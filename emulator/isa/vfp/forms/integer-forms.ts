/** Advanced SIMD on integers in compiled form, by the names of ../integer-operations.ts. */
import { shapeOf, type Form, type FormBuilder, type Node } from './form-builder';
import {
  byScalar,
  element,
  Elements,
  join,
  lanewise,
  lengthening,
  narrowing,
  narrowingByConstant,
  ofBits,
  pairwise,
  withConstant,
  type Compute,
  type ConstantCompute,
  type FamilyForm,
} from './lanes';

/** n + m, saturated. */
const saturatingAdd: Compute = (e, n, m) => {
  const sum = e.keep(e.add(n, m));
  if (e.bits <= 16) return nativeSaturation(e, 'add_sat', n, m, sum);
  if (e.unsigned) {
    const carries = e.keep(lessUnsigned(e, sum, n));
    e.b.saturated(e.any(carries));
    return e.or(sum, carries);
  }
  const overflows = e.keep(e.sign(e.and(e.xor(n, sum), e.xor(m, sum))));
  return saturated(e, n, sum, overflows);
};
const saturatingSub: Compute = (e, n, m) => {
  const difference = e.keep(e.sub(n, m));
  if (e.bits <= 16) return nativeSaturation(e, 'sub_sat', n, m, difference);
  if (e.unsigned) {
    const borrows = e.keep(lessUnsigned(e, n, m));
    e.b.saturated(e.any(borrows));
    return e.andNot(difference, borrows);
  }
  const overflows = e.keep(e.sign(e.and(e.xor(n, m), e.xor(n, difference))));
  return saturated(e, n, difference, overflows);
};
function nativeSaturation(e: Elements, name: string, n: Node, m: Node, wrapped: Node): Node {
  const result = e.keep(e.signed(name, n, m));
  e.b.saturated(e.any(e.xor(result, wrapped)));
  return result;
}
/** Where `overflows` has ones, the end of the range on n's side. */
function saturated(e: Elements, n: Node, wrapped: Node, overflows: Node): Node {
  e.b.saturated(e.any(overflows));
  return e.bitSelect(e.xor(e.sign(n), e.largest), wrapped, overflows);
}
function lessUnsigned(e: Elements, x: Node, y: Node): Node {
  if (e.bits < 64) return e.op('lt_u', x, y);
  return e.op('lt_s', e.xor(x, e.smallest), e.xor(y, e.smallest));
}

const mul: Compute = (e, n, m) => {
  if (e.bits > 8) return e.op('mul', n, m);
  const low = e.wide.op('extmul_low_i8x16_u', n, m);
  const high = e.wide.op('extmul_high_i8x16_u', n, m);
  return e.pick(low, high, 0, 2);
};
const mla: Compute = (e, n, m, d) => e.add(d(), mul(e, n, m, d));
const mls: Compute = (e, n, m, d) => e.sub(d(), mul(e, n, m, d));
const absoluteDifference: Compute = (e, n, m) => e.sub(e.signed('max', n, m), e.signed('min', n, m));

/** (2 * n * m [+ half]) >> bits, saturated: that only where both are the smallest number. */
const doublingHigh =
  (rounding: boolean): Compute =>
  (e, n, m) => {
    const both = e.and(e.op('eq', n, e.smallest), e.op('eq', m, e.smallest));
    const overflows = e.keep(both);
    e.b.saturated(e.any(overflows));
    if (e.bits === 16 && rounding) return e.op('q15mulr_sat_s', n, m);
    const { wide } = e;
    const half = (name: string): Node => {
      const product = wide.op(`${name}_${shapeOf(e.bits)}_s`, n, m);
      const rounded = rounding ? wide.add(product, wide.splat(1n << BigInt(e.bits - 2))) : product;
      return wide.shiftRight(rounded, e.bits - 1);
    };
    const result = e.pick(half('extmul_low'), half('extmul_high'), 0, 2);
    return e.xor(result, overflows);
  };

const longProduct: Compute = (e, n, m) => e.wide.signed(`extmul_low_${shapeOf(e.bits)}`, n, m);
const doublingLong: Compute = (e, n, m, d) => {
  const product = e.keep(longProduct(e, n, m, d));
  return saturatingAdd(e.wide, product, product, d);
};

const high = (add: Compute, rounding: boolean): FamilyForm =>
  narrowing((e, n, m, d) => {
    const { wide } = e;
    const sum = add(wide, n, m, d);
    const all = e.keep(rounding ? wide.add(sum, wide.splat(1n << BigInt(e.bits - 1))) : sum);
    return e.pick(all, all, 1, 2);
  });
const plainAdd: Compute = (e, n, m) => e.add(n, m);
const plainSub: Compute = (e, n, m) => e.sub(n, m);

const bitwise = (compute: Compute): FamilyForm => lanewise(compute);
const TO_32 = [8, 16, 32];

export const THREE_SAME_FORMS: Readonly<Record<string, FamilyForm>> = {
  vhadd: ofBits(
    TO_32,
    lanewise((e, n, m) => e.add(e.and(n, m), e.shiftRight(e.xor(n, m), 1))),
  ),
  vqadd: lanewise(saturatingAdd),
  vrhadd: ofBits(
    TO_32,
    lanewise((e, n, m) => e.sub(e.or(n, m), e.shiftRight(e.xor(n, m), 1))),
  ),
  vhsub: ofBits(
    TO_32,
    lanewise((e, n, m) => e.sub(e.shiftRight(e.xor(n, m), 1), e.andNot(m, n))),
  ),
  vqsub: lanewise(saturatingSub),
  vcgt: ofBits(
    TO_32,
    lanewise((e, n, m) => e.signed('gt', n, m)),
  ),
  vcge: ofBits(
    TO_32,
    lanewise((e, n, m) => e.signed('ge', n, m)),
  ),
  vmax: ofBits(
    TO_32,
    lanewise((e, n, m) => e.signed('max', n, m)),
  ),
  vmin: ofBits(
    TO_32,
    lanewise((e, n, m) => e.signed('min', n, m)),
  ),
  vabd: ofBits(TO_32, lanewise(absoluteDifference)),
  vaba: ofBits(
    TO_32,
    lanewise((e, n, m, d) => e.add(d(), absoluteDifference(e, n, m, d))),
  ),
  vadd: lanewise(plainAdd),
  vsub: lanewise(plainSub),
  vtst: lanewise((e, n, m) => e.not(e.op('eq', e.and(n, m), e.splat(0n)))),
  vceq: lanewise((e, n, m) => e.op('eq', n, m)),
  vmla: lanewise(mla),
  vmls: lanewise(mls),
  vmul: lanewise(mul),
  vpmax: pairwise((e, n, m) => e.signed('max', n, m)),
  vpmin: pairwise((e, n, m) => e.signed('min', n, m)),
  vpadd: pairwise(plainAdd),
  vqdmulh: ofBits([16, 32], lanewise(doublingHigh(false))),
  vqrdmulh: ofBits([16, 32], lanewise(doublingHigh(true))),
  vand: bitwise((e, n, m) => e.and(n, m)),
  vbic: bitwise((e, n, m) => e.andNot(n, m)),
  vorr: bitwise((e, n, m) => (n === m ? n : e.or(n, m))),
  vorn: bitwise((e, n, m) => e.or(n, e.not(m))),
  veor: bitwise((e, n, m) => e.xor(n, m)),
  vbsl: bitwise((e, n, m, d) => e.bitSelect(n, m, d())),
  vbit: bitwise((e, n, m, d) => e.bitSelect(n, d(), m)),
  vbif: bitwise((e, n, m, d) => e.bitSelect(d(), n, m)),
};

export const THREE_DIFFERENT_FORMS: Readonly<Record<string, FamilyForm>> = {
  vaddl: lengthening((e, n, m) => e.wide.add(e.lengthen(n), e.lengthen(m))),
  vaddw: lengthening((e, n, m) => e.wide.add(n, e.lengthen(m)), true),
  vsubl: lengthening((e, n, m) => e.wide.sub(e.lengthen(n), e.lengthen(m))),
  vsubw: lengthening((e, n, m) => e.wide.sub(n, e.lengthen(m)), true),
  vaddhn: high(plainAdd, false),
  vraddhn: high(plainAdd, true),
  vsubhn: high(plainSub, false),
  vrsubhn: high(plainSub, true),
  vabal: lengthening((e, n, m, d) => e.wide.add(d(), e.asUnsigned.lengthen(absoluteDifference(e, n, m, d)))),
  vabdl: lengthening((e, n, m, d) => e.asUnsigned.lengthen(absoluteDifference(e, n, m, d))),
  vmlal: lengthening((e, n, m, d) => e.wide.add(d(), longProduct(e, n, m, d))),
  vmlsl: lengthening((e, n, m, d) => e.wide.sub(d(), longProduct(e, n, m, d))),
  vmull: lengthening(longProduct),
  vqdmlal: ofBits(
    [16, 32],
    lengthening((e, n, m, d) => saturatingAdd(e.wide, d(), e.keep(doublingLong(e, n, m, d)), d)),
  ),
  vqdmlsl: ofBits(
    [16, 32],
    lengthening((e, n, m, d) => saturatingSub(e.wide, d(), e.keep(doublingLong(e, n, m, d)), d)),
  ),
  vqdmull: ofBits([16, 32], lengthening(doublingLong)),
};

const long = (compute: Compute): FamilyForm => lengthening(compute, false, true);
export const BY_SCALAR_FORMS: Readonly<Record<string, FamilyForm>> = {
  vmla: ofBits([16, 32], byScalar(mla)),
  vmls: ofBits([16, 32], byScalar(mls)),
  vmul: ofBits([16, 32], byScalar(mul)),
  vqdmulh: ofBits([16, 32], byScalar(doublingHigh(false))),
  vqrdmulh: ofBits([16, 32], byScalar(doublingHigh(true))),
  vmlal: long((e, n, m, d) => e.wide.add(d(), longProduct(e, n, m, d))),
  vmlsl: long((e, n, m, d) => e.wide.sub(d(), longProduct(e, n, m, d))),
  vmull: long(longProduct),
  vqdmlal: ofBits(
    [16, 32],
    long((e, n, m, d) => saturatingAdd(e.wide, d(), e.keep(doublingLong(e, n, m, d)), d)),
  ),
  vqdmlsl: ofBits(
    [16, 32],
    long((e, n, m, d) => saturatingSub(e.wide, d(), e.keep(doublingLong(e, n, m, d)), d)),
  ),
  vqdmull: ofBits([16, 32], long(doublingLong)),
};

/** To how many numbers a result of twice the size is saturated: those of the narrow elements, signed or unsigned. */
type Range = 'signed' | 'unsigned';
/** The lower half of each element of `x`, twice as wide, and saturated: `e` has the size and sign of the result. */
function saturateNarrow(e: Elements, x: Node, fromUnsigned: boolean, to: Range): Node {
  const { wide } = e;
  const value = e.keep(x);
  const target = to === 'unsigned' ? e.asUnsigned : e.asSigned;
  if (e.bits < 32 && !fromUnsigned) {
    const narrowed = e.keep(target.signed(`narrow_${shapeOf(wide.bits)}`, value, value));
    e.b.saturated(e.any(e.xor(target.lengthen(narrowed), value)));
    return narrowed;
  }
  const low = e.keep(e.pick(value, value, 0, 2));
  const fits = wide.op('eq', target.lengthen(low), value);
  const outside = e.keep(e.not(fits));
  e.b.saturated(e.any(outside));
  const end = saturationEnd(e, value, fromUnsigned, to);
  return e.bitSelect(e.pick(end, end, 0, 2), low, e.pick(outside, outside, 0, 2));
}
function saturationEnd(e: Elements, value: Node, fromUnsigned: boolean, to: Range): Node {
  const { wide } = e;
  if (fromUnsigned) return e.ones;
  const sign = wide.sign(value);
  return e.keep(to === 'unsigned' ? e.not(sign) : e.xor(sign, wide.splat((1n << BigInt(e.bits - 1)) - 1n)));
}
const shiftNarrow =
  (rounding: boolean, to?: Range): ConstantCompute =>
  (e, by, m) => {
    const wide = to === undefined ? e.wide.asUnsigned : e.wide;
    const value = rounding ? wide.roundingShiftRight(m, by) : wide.shiftRight(m, by);
    if (to === undefined) {
      const kept = e.keep(value);
      return e.pick(kept, kept, 0, 2);
    }
    return saturateNarrow(e, value, e.unsigned, to);
  };
/** Saturates to the range of the family's sign. */
const saturatingShiftNarrow =
  (rounding: boolean): ConstantCompute =>
  (e, by, m, d) =>
    shiftNarrow(rounding, e.unsigned ? 'unsigned' : 'signed')(e, by, m, d);

/** m << by, saturated. */
const saturatingShiftLeft: ConstantCompute = (e, by, m) => {
  const shifted = e.keep(e.shiftLeft(m, by));
  const lost = e.keep(e.not(e.op('eq', e.shiftRight(shifted, by), m)));
  e.b.saturated(e.any(lost));
  if (e.unsigned) return e.or(shifted, lost);
  return e.bitSelect(e.xor(e.sign(m), e.largest), shifted, lost);
};
/** Of a signed number to an unsigned one. */
const saturatingShiftLeftUnsigned: ConstantCompute = (e, by, m) => {
  const { asUnsigned } = e;
  const negative = e.keep(e.sign(m));
  const shifted = e.keep(e.shiftLeft(m, by));
  const lost = e.keep(e.or(e.not(e.op('eq', asUnsigned.shiftRight(shifted, by), m)), negative));
  e.b.saturated(e.any(lost));
  return e.bitSelect(e.not(negative), shifted, lost);
};

export const SHIFT_FORMS: Readonly<Record<string, FamilyForm>> = {
  vshr: withConstant((e, by, m) => e.shiftRight(m, by)),
  vsra: withConstant((e, by, m, d) => e.add(d(), e.shiftRight(m, by))),
  vrshr: withConstant((e, by, m) => e.roundingShiftRight(m, by)),
  vrsra: withConstant((e, by, m, d) => e.add(d(), e.roundingShiftRight(m, by))),
  vsri: withConstant((e, by, m, d) => {
    const all = BigInt.asUintN(e.bits, -1n);
    return e.or(e.and(d(), e.splat(all ^ (all >> BigInt(by)))), e.asUnsigned.shiftRight(m, by));
  }),
  vshl: withConstant((e, by, m) => e.shiftLeft(m, by)),
  vsli: withConstant((e, by, m, d) => e.or(e.and(d(), e.splat((1n << BigInt(by)) - 1n)), e.shiftLeft(m, by))),
  vqshlu: withConstant(saturatingShiftLeftUnsigned),
  vqshl: withConstant(saturatingShiftLeft),
  vshrn: narrowingByConstant(shiftNarrow(false)),
  vrshrn: narrowingByConstant(shiftNarrow(true)),
  vqshrn: narrowingByConstant(saturatingShiftNarrow(false)),
  vqrshrn: narrowingByConstant(saturatingShiftNarrow(true)),
  vqshrun: narrowingByConstant(shiftNarrow(false, 'unsigned')),
  vqrshrun: narrowingByConstant(shiftNarrow(true, 'unsigned')),
  vshll: (bits, unsigned) =>
    bits === 64
      ? undefined
      : (b, d, n, m) => {
          const e = new Elements(b, bits, unsigned);
          b.write('v128', d, e.wide.shiftLeft(e.lengthen(b.read('half', m)), n));
        },
};

/** D[i], twice as wide, from two neighbours in M. */
const pairwiseLong =
  (accumulates: boolean): FamilyForm =>
  (bits, unsigned, count) => {
    if (bits === 64) return undefined;
    const piece = bits * count === 128 ? 'v128' : 'half';
    return (b, d, _, m) => {
      const e = new Elements(b, bits, unsigned);
      const x = b.keep(b.read(piece, m));
      const { wide } = e;
      const sum =
        bits < 32
          ? wide.signed(`extadd_pairwise_${shapeOf(bits)}`, x)
          : wide.add(wide.shiftRight(wide.shiftLeft(x, 32), 32), wide.shiftRight(x, 32));
      b.write(piece, d, accumulates ? wide.add(b.read(piece, d), sum) : sum);
    };
  };
const reversed = (group: number): FamilyForm =>
  withConstant((e, _, m) => {
    const last = Math.max(group / e.bits, 1) - 1;
    const { bytes } = e;
    return e.b.shuffle(
      m,
      m,
      Array.from({ length: 16 }, (__, i) => (Math.floor(i / bytes) ^ last) * bytes + (i % bytes)),
    );
  });
const zeroed =
  (name: string): FamilyForm =>
  (bits, unsigned, count) =>
    ofBits(
      TO_32,
      withConstant((e, _, m) => e.op(name, m, e.splat(0n))),
    )(bits, unsigned, count);
/** A result that only the smallest number has no place for. */
const saturatingNegative = (name: 'abs' | 'neg'): FamilyForm =>
  withConstant((e, _, m) => {
    const smallest = e.keep(e.op('eq', m, e.smallest));
    e.b.saturated(e.any(smallest));
    return e.add(e.op(name, m), smallest);
  });

export const TWO_REGISTER_FORMS: Readonly<Record<string, FamilyForm>> = {
  vrev64: reversed(64),
  vrev32: reversed(32),
  vrev16: reversed(16),
  vpaddl: pairwiseLong(false),
  vpadal: pairwiseLong(true),
  vcnt: ofBits(
    [8],
    withConstant((e, _, m) => e.op('popcnt', m)),
  ),
  vmvn: withConstant((e, _, m) => e.not(m)),
  vqabs: saturatingNegative('abs'),
  vqneg: saturatingNegative('neg'),
  vcgt0: zeroed('gt_s'),
  vcge0: zeroed('ge_s'),
  vceq0: zeroed('eq'),
  vcle0: zeroed('le_s'),
  vclt0: zeroed('lt_s'),
  vabs: withConstant((e, _, m) => e.op('abs', m)),
  vneg: withConstant((e, _, m) => e.op('neg', m)),
  vmovn: narrowingByConstant(shiftNarrow(false)),
  vqmovn: narrowingByConstant(saturatingShiftNarrow(false)),
  vqmovun: narrowingByConstant(shiftNarrow(false, 'unsigned')),
};

/** VTRN, VUZP, VZIP, VSWP: `place` as of the operation. */
export const permutationForm =
  (place: (i: number, count: number) => number): FamilyForm =>
  (bits, _, count) => {
    const bytes = bits / 8;
    const whole = bits * count === 128;
    const piece = whole ? 'v128' : 'half';
    const half = count * bytes;
    const bytesFrom = (first: number): number[] =>
      Array.from({ length: 16 }, (__, i) => {
        const at = place(first + Math.floor((i % half) / bytes), count) * bytes + (i % bytes);
        return at < half ? at : 16 + at - half;
      });
    return (b, d, __, m) => {
      const x = b.keep(b.read(piece, d));
      const y = b.keep(b.read(piece, m));
      const first = b.keep(b.shuffle(x, y, bytesFrom(0)));
      const second = b.keep(b.shuffle(x, y, bytesFrom(count)));
      b.write(piece, d, first);
      b.write(piece, m, second);
    };
  };

export const DUPLICATE_FORM: FamilyForm = (bits, _, count) =>
  bits === 64
    ? undefined
    : (b, d, __, m) => b.write(bits * count === 128 ? 'v128' : 'half', d, element(b, bits, m));

export const extractForm =
  (bytes: number): Form =>
  (b, d, n, packed) => {
    const position = packed >>> 8;
    const piece = bytes === 16 ? 'v128' : 'half';
    const x = b.read(piece, n);
    const y = b.read(piece, packed & 0xff);
    const from = Array.from({ length: 16 }, (_, i) => {
      const at = (i % bytes) + position;
      return at < bytes ? at : 16 + at - bytes;
    });
    b.write(piece, d, b.shuffle(x, y, from));
  };

/** VTBL and VTBX: `packed` as of the operation. */
export const lookUpForm =
  (keeps: boolean): Form =>
  (b, d, packed, m) => {
    const e = new Elements(b, 8, true);
    const bytes = packed >>> 8;
    const first = packed & 0xff;
    const index = b.keep(b.read('half', m));
    const table = (at: number): Node => {
      const low = b.read('half', first + at * 2);
      return join(b, low, at * 8 + 8 < bytes ? b.read('half', first + at * 2 + 2) : e.splat(0n));
    };
    let found = b.op('i8x16.swizzle', table(0), index);
    if (bytes > 16) found = e.or(found, b.op('i8x16.swizzle', table(2), e.sub(index, e.splat(16n))));
    if (keeps) found = e.bitSelect(found, b.read('half', d), e.op('lt_u', index, e.splat(BigInt(bytes))));
    b.write('half', d, found);
  };

/** One register and a constant, as the operation's n and m have it. */
export const immediateForm =
  (count: number, combine: (b: FormBuilder, d: () => Node, constant: bigint) => Node): Form =>
  (b, d, n, m) => {
    const piece = count === 2 ? 'v128' : 'half';
    b.write(
      piece,
      d,
      combine(b, () => b.read(piece, d), (BigInt(m >>> 0) << 32n) | BigInt(n >>> 0)),
    );
  };
export const IMMEDIATE_COMBINATIONS = {
  vmov: (b: FormBuilder, _: () => Node, constant: bigint): Node => b.splat(64, constant),
  vmvn: (b: FormBuilder, _: () => Node, constant: bigint): Node => b.splat(64, BigInt.asUintN(64, ~constant)),
  vorr: (b: FormBuilder, d: () => Node, constant: bigint): Node =>
    b.op('v128.or', d(), b.splat(64, constant)),
  vbic: (b: FormBuilder, d: () => Node, constant: bigint): Node =>
    b.op('v128.andnot', d(), b.splat(64, constant)),
} as const;
