/** Advanced SIMD on integers: what each instruction makes of one element, and how it goes through the vectors. */
import { define, double, setDouble, type Operation } from './registers';
import * as forms from './forms/integer-forms';
import type { FamilyForm } from './forms/lanes';
import {
  SMALL_CONSTANT,
  SMALL_THREE_DIFFERENT,
  SMALL_THREE_SAME,
  setSmallLanes,
  smallLane,
  WORDWISE,
  wordwise,
  type SmallCompute,
} from './small-lanes';
import { family, generate, lane, saturate, setLanes, type Family } from './lanes';

/** Of one element: the operands, the old destination, the size and sign of the operands. */
interface Context {
  readonly s: Int32Array;
  readonly bits: number;
  readonly unsigned: boolean;
}
type Compute = (n: bigint, m: bigint, d: bigint, c: Context) => bigint;

const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;
const test = (condition: boolean): bigint => (condition ? -1n : 0n);
const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** As `lanewise` and the others below, on numbers. */
function smallLanewise(compute: SmallCompute, bits: number, unsigned: boolean, count: number): Operation {
  return (s, d, n, m) => {
    const c = { s, bits, unsigned };
    const at = (word: number, i: number): number => smallLane(s, word, bits, i, unsigned);
    setSmallLanes(s, d, bits, count, (i) => compute(at(n, i), at(m, i), at(d, i), c));
  };
}
function smallWithConstant(
  compute: SmallCompute,
  bits: number,
  from: number,
  unsigned: boolean,
  count: number,
): Operation {
  return (s, d, n, m) => {
    const c = { s, bits, unsigned };
    const at = (word: number, i: number): number => smallLane(s, word, from, i, unsigned);
    setSmallLanes(s, d, bits, count, (i) => compute(n, at(m, i), from === bits ? at(d, i) : 0, c));
  };
}
function smallLengthening(
  compute: SmallCompute,
  bits: number,
  unsigned: boolean,
  wideN: boolean,
  scalar: boolean,
): Operation {
  return (s, d, n, m) => {
    const c = { s, bits, unsigned };
    const same = scalar ? smallLane(s, 0, bits, m, unsigned) : 0;
    setSmallLanes(s, d, 2 * bits, 64 / bits, (i) =>
      compute(
        smallLane(s, n, wideN ? 2 * bits : bits, i, unsigned),
        scalar ? same : smallLane(s, m, bits, i, unsigned),
        smallLane(s, d, 2 * bits, i, unsigned),
        c,
      ),
    );
  };
}
function smallPairwise(compute: SmallCompute, bits: number, unsigned: boolean): Operation {
  const half = 32 / bits;
  return (s, d, n, m) => {
    const c = { s, bits, unsigned };
    const pair = (word: number, i: number): number =>
      compute(smallLane(s, word, bits, 2 * i, unsigned), smallLane(s, word, bits, 2 * i + 1, unsigned), 0, c);
    setSmallLanes(s, d, bits, 64 / bits, (i) => (i < half ? pair(n, i) : pair(m, i - half)));
  };
}

/** D[i] := compute(N[i], M[i], D[i]). */
function lanewise(compute: Compute, form?: FamilyForm, small?: SmallCompute): Family {
  return family(
    (bits, unsigned, count) =>
      small && bits <= 32
        ? smallLanewise(small, bits, unsigned, count)
        : (s, d, n, m) => {
            const c = { s, bits, unsigned };
            const at = (word: number, i: number): bigint => lane(s, word, bits, i, unsigned);
            setLanes(s, d, bits, generate(count, (i) => compute(at(n, i), at(m, i), at(d, i), c))); // prettier-ignore
          },
    form,
  );
}
/** The same with one element for M: `m` counts elements from D0 on. */
function byScalar(compute: Compute, form?: FamilyForm): Family {
  return family(
    (bits, unsigned, count) => (s, d, n, m) => {
      const c = { s, bits, unsigned };
      const scalar = lane(s, 0, bits, m, unsigned);
      const at = (word: number, i: number): bigint => lane(s, word, bits, i, unsigned);
      setLanes(s, d, bits, generate(count, (i) => compute(at(n, i), scalar, at(d, i), c))); // prettier-ignore
    },
    form,
  );
}
/** Elements of D twice as wide as those of M (and of N unless `wideN`). */
function lengthening(
  compute: Compute,
  form?: FamilyForm,
  wideN = false,
  scalar = false,
  small?: SmallCompute,
): Family {
  return family(
    (bits, unsigned) =>
      small && bits <= 16
        ? smallLengthening(small, bits, unsigned, wideN, scalar)
        : (s, d, n, m) => {
            const c = { s, bits, unsigned };
            const values = generate(64 / bits, (i) =>
              compute(
                lane(s, n, wideN ? 2 * bits : bits, i, unsigned),
                scalar ? lane(s, 0, bits, m, unsigned) : lane(s, m, bits, i, unsigned),
                bits === 64 ? 0n : lane(s, d, 2 * bits, i, unsigned),
                c,
              ),
            );
            if (bits < 64) setLanes(s, d, 2 * bits, values);
          },
    form,
  );
}
/** Elements of D half as wide as those of N and M; the family's size is D's. */
function narrowing(compute: Compute, form?: FamilyForm): Family {
  return family(
    (bits, unsigned) => (s, d, n, m) => {
      if (bits === 64) return;
      const c = { s, bits, unsigned };
      const at = (word: number, i: number): bigint => lane(s, word, 2 * bits, i, unsigned);
      setLanes(s, d, bits, generate(64 / bits, (i) => compute(at(n, i), at(m, i), 0n, c))); // prettier-ignore
    },
    form,
  );
}
/** As lanewise, with a constant for N: shifts. */
function withConstant(compute: Compute, form?: FamilyForm, small?: SmallCompute): Family {
  return family(
    (bits, unsigned, count) =>
      small && bits <= 32
        ? smallWithConstant(small, bits, bits, unsigned, count)
        : (s, d, n, m) => {
            const c = { s, bits, unsigned };
            const at = (word: number, i: number): bigint => lane(s, word, bits, i, unsigned);
            setLanes(s, d, bits, generate(count, (i) => compute(BigInt(n), at(m, i), at(d, i), c))); // prettier-ignore
          },
    form,
  );
}
function narrowingByConstant(compute: Compute, form?: FamilyForm, small?: SmallCompute): Family {
  return family(
    (bits, unsigned) =>
      small && bits <= 16
        ? smallWithConstant(small, bits, 2 * bits, unsigned, 64 / bits)
        : (s, d, n, m) => {
            if (bits === 64) return;
            const c = { s, bits, unsigned };
            const wide = (i: number): bigint => lane(s, m, 2 * bits, i, unsigned);
            setLanes(s, d, bits, generate(64 / bits, (i) => compute(BigInt(n), wide(i), 0n, c))); // prettier-ignore
          },
    form,
  );
}
/** The lower half of D from neighbours in N, the upper from those in M. */
function pairwise(compute: Compute, form?: FamilyForm, small?: SmallCompute): Family {
  return family(
    (bits, unsigned) =>
      small && bits <= 32
        ? smallPairwise(small, bits, unsigned)
        : (s, d, n, m) => {
            const c = { s, bits, unsigned };
            const half = 32 / bits;
            const pair = (word: number, i: number): bigint =>
              compute(lane(s, word, bits, 2 * i, unsigned), lane(s, word, bits, 2 * i + 1, unsigned), 0n, c);
            setLanes(s, d, bits, generate(64 / bits, (i) => (i < half ? pair(n, i) : pair(m, i - half)))); // prettier-ignore
          },
    form,
  );
}
/** D[i], twice as wide, from two neighbours in M. */
function pairwiseLong(accumulates: boolean, form?: FamilyForm): Family {
  return family(
    (bits, unsigned, count) => (s, d, _, m) => {
      if (bits === 64) return;
      const at = (i: number): bigint => lane(s, m, bits, i, unsigned);
      const values = generate(count / 2, (i) => {
        const sum = at(2 * i) + at(2 * i + 1);
        return accumulates ? sum + lane(s, d, 2 * bits, i, unsigned) : sum;
      });
      setLanes(s, d, 2 * bits, values);
    },
    form,
  );
}

/** Left for a positive amount, right for a negative one; `rounding` adds half of what is shifted out. */
function shift(value: bigint, amount: bigint, rounding: boolean): bigint {
  if (amount >= 0n) return value << amount;
  return rounding ? (value + (1n << (-amount - 1n))) >> -amount : value >> -amount;
}
const shiftAmount = (m: bigint): bigint => BigInt.asIntN(8, m);

function polynomialProduct(n: bigint, m: bigint, bits: number): bigint {
  const multiplicand = BigInt.asUintN(bits, n);
  let product = 0n;
  for (let i = 0n; i < BigInt(bits); i++) if ((m >> i) & 1n) product ^= multiplicand << i;
  return product;
}
function doublingHigh(n: bigint, m: bigint, rounding: boolean, { s, bits }: Context): bigint {
  const product = 2n * n * m + (rounding ? 1n << BigInt(bits - 1) : 0n);
  return saturate(s, product >> BigInt(bits), bits, false);
}
const doublingLong = (n: bigint, m: bigint, { s, bits }: Context): bigint =>
  saturate(s, 2n * n * m, 2 * bits, false);

const qdmulh: Compute = (n, m, _, c) => doublingHigh(n, m, false, c);
const qrdmulh: Compute = (n, m, _, c) => doublingHigh(n, m, true, c);
const qdmull: Compute = (n, m, _, c) => doublingLong(n, m, c);
const qdmlal: Compute = (n, m, d, c) => saturate(c.s, d + doublingLong(n, m, c), 2 * c.bits, false);
const qdmlsl: Compute = (n, m, d, c) => saturate(c.s, d - doublingLong(n, m, c), 2 * c.bits, false);
const mul: Compute = (n, m) => n * m;
const mla: Compute = (n, m, d) => d + n * m;
const mls: Compute = (n, m, d) => d - n * m;
const highHalf =
  (combine: (n: bigint, m: bigint) => bigint, rounding: boolean): Compute =>
  (n, m, _, { bits }) =>
    (combine(n, m) + (rounding ? 1n << BigInt(bits - 1) : 0n)) >> BigInt(bits);

const bitwise = (name: string): Family =>
  family((bits, _, count) => wordwise(WORDWISE[name], (bits * count) / 32), forms.THREE_SAME_FORMS[name]);

export const THREE_SAME = {
  vhadd: lanewise((n, m) => (n + m) >> 1n, forms.THREE_SAME_FORMS.vhadd, SMALL_THREE_SAME.vhadd),
  vqadd: lanewise(
    (n, m, _, { s, bits, unsigned }) => saturate(s, n + m, bits, unsigned),
    forms.THREE_SAME_FORMS.vqadd,
    SMALL_THREE_SAME.vqadd,
  ),
  vrhadd: lanewise((n, m) => (n + m + 1n) >> 1n, forms.THREE_SAME_FORMS.vrhadd, SMALL_THREE_SAME.vrhadd),
  vhsub: lanewise((n, m) => (n - m) >> 1n, forms.THREE_SAME_FORMS.vhsub, SMALL_THREE_SAME.vhsub),
  vqsub: lanewise(
    (n, m, _, { s, bits, unsigned }) => saturate(s, n - m, bits, unsigned),
    forms.THREE_SAME_FORMS.vqsub,
    SMALL_THREE_SAME.vqsub,
  ),
  vcgt: lanewise((n, m) => test(n > m), forms.THREE_SAME_FORMS.vcgt, SMALL_THREE_SAME.vcgt),
  vcge: lanewise((n, m) => test(n >= m), forms.THREE_SAME_FORMS.vcge, SMALL_THREE_SAME.vcge),
  vshl: lanewise(
    (n, m) => shift(n, shiftAmount(m), false),
    forms.THREE_SAME_FORMS.vshl,
    SMALL_THREE_SAME.vshl,
  ),
  vqshl: lanewise(
    (n, m, _, { s, bits, unsigned }) => saturate(s, shift(n, shiftAmount(m), false), bits, unsigned),
    forms.THREE_SAME_FORMS.vqshl,
  ),
  vrshl: lanewise(
    (n, m) => shift(n, shiftAmount(m), true),
    forms.THREE_SAME_FORMS.vrshl,
    SMALL_THREE_SAME.vrshl,
  ),
  vqrshl: lanewise(
    (n, m, _, { s, bits, unsigned }) => saturate(s, shift(n, shiftAmount(m), true), bits, unsigned),
    forms.THREE_SAME_FORMS.vqrshl,
  ),
  vmax: lanewise((n, m) => (n > m ? n : m), forms.THREE_SAME_FORMS.vmax, SMALL_THREE_SAME.vmax),
  vmin: lanewise((n, m) => (n < m ? n : m), forms.THREE_SAME_FORMS.vmin, SMALL_THREE_SAME.vmin),
  vabd: lanewise((n, m) => magnitude(n - m), forms.THREE_SAME_FORMS.vabd, SMALL_THREE_SAME.vabd),
  vaba: lanewise((n, m, d) => d + magnitude(n - m), forms.THREE_SAME_FORMS.vaba, SMALL_THREE_SAME.vaba),
  vadd: lanewise((n, m) => n + m, forms.THREE_SAME_FORMS.vadd, SMALL_THREE_SAME.vadd),
  vsub: lanewise((n, m) => n - m, forms.THREE_SAME_FORMS.vsub, SMALL_THREE_SAME.vsub),
  vtst: lanewise((n, m) => test((n & m) !== 0n), forms.THREE_SAME_FORMS.vtst, SMALL_THREE_SAME.vtst),
  vceq: lanewise((n, m) => test(n === m), forms.THREE_SAME_FORMS.vceq, SMALL_THREE_SAME.vceq),
  vmla: lanewise(mla, forms.THREE_SAME_FORMS.vmla, SMALL_THREE_SAME.vmla),
  vmls: lanewise(mls, forms.THREE_SAME_FORMS.vmls, SMALL_THREE_SAME.vmls),
  vmul: lanewise(mul, forms.THREE_SAME_FORMS.vmul, SMALL_THREE_SAME.vmul),
  vmulp: lanewise((n, m, _, { bits }) => polynomialProduct(n, m, bits), forms.THREE_SAME_FORMS.vmulp),
  vpmax: pairwise((n, m) => (n > m ? n : m), forms.THREE_SAME_FORMS.vpmax, SMALL_THREE_SAME.vpmax),
  vpmin: pairwise((n, m) => (n < m ? n : m), forms.THREE_SAME_FORMS.vpmin, SMALL_THREE_SAME.vpmin),
  vpadd: pairwise((n, m) => n + m, forms.THREE_SAME_FORMS.vpadd, SMALL_THREE_SAME.vpadd),
  vqdmulh: lanewise(qdmulh, forms.THREE_SAME_FORMS.vqdmulh),
  vqrdmulh: lanewise(qrdmulh, forms.THREE_SAME_FORMS.vqrdmulh),
  vand: bitwise('vand'),
  vbic: bitwise('vbic'),
  vorr: bitwise('vorr'),
  vorn: bitwise('vorn'),
  veor: bitwise('veor'),
  vbsl: bitwise('vbsl'),
  vbit: bitwise('vbit'),
  vbif: bitwise('vbif'),
} as const;

export const THREE_DIFFERENT = {
  vaddl: lengthening(
    (n, m) => n + m,
    forms.THREE_DIFFERENT_FORMS.vaddl,
    false,
    false,
    SMALL_THREE_DIFFERENT.vaddl,
  ),
  vaddw: lengthening(
    (n, m) => n + m,
    forms.THREE_DIFFERENT_FORMS.vaddw,
    true,
    false,
    SMALL_THREE_DIFFERENT.vaddw,
  ),
  vsubl: lengthening(
    (n, m) => n - m,
    forms.THREE_DIFFERENT_FORMS.vsubl,
    false,
    false,
    SMALL_THREE_DIFFERENT.vsubl,
  ),
  vsubw: lengthening(
    (n, m) => n - m,
    forms.THREE_DIFFERENT_FORMS.vsubw,
    true,
    false,
    SMALL_THREE_DIFFERENT.vsubw,
  ),
  vaddhn: narrowing(
    highHalf((n, m) => n + m, false),
    forms.THREE_DIFFERENT_FORMS.vaddhn,
  ),
  vraddhn: narrowing(
    highHalf((n, m) => n + m, true),
    forms.THREE_DIFFERENT_FORMS.vraddhn,
  ),
  vsubhn: narrowing(
    highHalf((n, m) => n - m, false),
    forms.THREE_DIFFERENT_FORMS.vsubhn,
  ),
  vrsubhn: narrowing(
    highHalf((n, m) => n - m, true),
    forms.THREE_DIFFERENT_FORMS.vrsubhn,
  ),
  vabal: lengthening(
    (n, m, d) => d + magnitude(n - m),
    forms.THREE_DIFFERENT_FORMS.vabal,
    false,
    false,
    SMALL_THREE_DIFFERENT.vabal,
  ),
  vabdl: lengthening(
    (n, m) => magnitude(n - m),
    forms.THREE_DIFFERENT_FORMS.vabdl,
    false,
    false,
    SMALL_THREE_DIFFERENT.vabdl,
  ),
  vmlal: lengthening(mla, forms.THREE_DIFFERENT_FORMS.vmlal, false, false, SMALL_THREE_DIFFERENT.vmlal),
  vmlsl: lengthening(mls, forms.THREE_DIFFERENT_FORMS.vmlsl, false, false, SMALL_THREE_DIFFERENT.vmlsl),
  vmull: lengthening(mul, forms.THREE_DIFFERENT_FORMS.vmull, false, false, SMALL_THREE_DIFFERENT.vmull),
  vmullp: lengthening(
    (n, m, _, { bits }) => polynomialProduct(n, m, bits),
    forms.THREE_DIFFERENT_FORMS.vmullp,
  ),
  vqdmlal: lengthening(qdmlal, forms.THREE_DIFFERENT_FORMS.vqdmlal),
  vqdmlsl: lengthening(qdmlsl, forms.THREE_DIFFERENT_FORMS.vqdmlsl),
  vqdmull: lengthening(qdmull, forms.THREE_DIFFERENT_FORMS.vqdmull),
} as const;

export const BY_SCALAR = {
  vmla: byScalar(mla, forms.BY_SCALAR_FORMS.vmla),
  vmls: byScalar(mls, forms.BY_SCALAR_FORMS.vmls),
  vmul: byScalar(mul, forms.BY_SCALAR_FORMS.vmul),
  vqdmulh: byScalar(qdmulh, forms.BY_SCALAR_FORMS.vqdmulh),
  vqrdmulh: byScalar(qrdmulh, forms.BY_SCALAR_FORMS.vqrdmulh),
  vmlal: lengthening(mla, forms.BY_SCALAR_FORMS.vmlal, false, true, SMALL_THREE_DIFFERENT.vmlal),
  vmlsl: lengthening(mls, forms.BY_SCALAR_FORMS.vmlsl, false, true, SMALL_THREE_DIFFERENT.vmlsl),
  vmull: lengthening(mul, forms.BY_SCALAR_FORMS.vmull, false, true, SMALL_THREE_DIFFERENT.vmull),
  vqdmlal: lengthening(qdmlal, forms.BY_SCALAR_FORMS.vqdmlal, false, true),
  vqdmlsl: lengthening(qdmlsl, forms.BY_SCALAR_FORMS.vqdmlsl, false, true),
  vqdmull: lengthening(qdmull, forms.BY_SCALAR_FORMS.vqdmull, false, true),
} as const;

/** Shifts by a constant; of the narrowing ones the size is that of the result. */
export const SHIFTS = {
  vshr: withConstant((n, m) => m >> n, forms.SHIFT_FORMS.vshr, SMALL_CONSTANT.vshr),
  vsra: withConstant((n, m, d) => d + (m >> n), forms.SHIFT_FORMS.vsra, SMALL_CONSTANT.vsra),
  vrshr: withConstant((n, m) => shift(m, -n, true), forms.SHIFT_FORMS.vrshr, SMALL_CONSTANT.vrshr),
  vrsra: withConstant((n, m, d) => d + shift(m, -n, true), forms.SHIFT_FORMS.vrsra, SMALL_CONSTANT.vrsra),
  vsri: withConstant((n, m, d, { bits }) => {
    const kept = ones(bits) ^ (ones(bits) >> n);
    return (d & kept) | (BigInt.asUintN(bits, m) >> n);
  }, forms.SHIFT_FORMS.vsri),
  vshl: withConstant((n, m) => m << n, forms.SHIFT_FORMS.vshl, SMALL_CONSTANT.vshl),
  vsli: withConstant((n, m, d) => (d & ones(Number(n))) | (m << n), forms.SHIFT_FORMS.vsli),
  vqshlu: withConstant(
    (n, m, _, { s, bits }) => saturate(s, BigInt.asIntN(bits, m) << n, bits, true),
    forms.SHIFT_FORMS.vqshlu,
  ),
  vqshl: withConstant(
    (n, m, _, { s, bits, unsigned }) => saturate(s, m << n, bits, unsigned),
    forms.SHIFT_FORMS.vqshl,
  ),
  vshrn: narrowingByConstant((n, m) => m >> n, forms.SHIFT_FORMS.vshrn, SMALL_CONSTANT.vshrn),
  vrshrn: narrowingByConstant((n, m) => shift(m, -n, true), forms.SHIFT_FORMS.vrshrn, SMALL_CONSTANT.vrshrn),
  vqshrn: narrowingByConstant(
    (n, m, _, { s, bits, unsigned }) => saturate(s, m >> n, bits, unsigned),
    forms.SHIFT_FORMS.vqshrn,
    SMALL_CONSTANT.vqshrn,
  ),
  vqrshrn: narrowingByConstant(
    (n, m, _, { s, bits, unsigned }) => saturate(s, shift(m, -n, true), bits, unsigned),
    forms.SHIFT_FORMS.vqrshrn,
    SMALL_CONSTANT.vqrshrn,
  ),
  // Of a signed number to an unsigned one: the family's signed half.
  vqshrun: narrowingByConstant(
    (n, m, _, { s, bits }) => saturate(s, m >> n, bits, true),
    forms.SHIFT_FORMS.vqshrun,
    SMALL_CONSTANT.vqshrun,
  ),
  vqrshrun: narrowingByConstant(
    (n, m, _, { s, bits }) => saturate(s, shift(m, -n, true), bits, true),
    forms.SHIFT_FORMS.vqrshrun,
    SMALL_CONSTANT.vqrshrun,
  ),
  vshll: family(
    (bits, unsigned) => (s, d, n, m) => {
      if (bits === 64) return;
      const values = generate(64 / bits, (i) => lane(s, m, bits, i, unsigned) << BigInt(n));
      setLanes(s, d, 2 * bits, values);
    },
    forms.SHIFT_FORMS.vshll,
  ),
} as const;

const leadingZeros = (value: bigint, bits: number): bigint => {
  let count = 0n;
  while (count < BigInt(bits) && ((value >> (BigInt(bits) - 1n - count)) & 1n) === 0n) count++;
  return count;
};
/** D[i] := M[i], elements of each group of `group` bits in reverse. */
const reversed = (group: number, form?: FamilyForm): Family =>
  family(
    (bits, unsigned, count) => (s, d, _, m) => {
      const last = Math.max(group / bits, 1) - 1;
      setLanes(s, d, bits, generate(count, (i) => lane(s, m, bits, i ^ last, unsigned))); // prettier-ignore
    },
    form,
  );

export const TWO_REGISTERS = {
  vrev64: reversed(64, forms.TWO_REGISTER_FORMS.vrev64),
  vrev32: reversed(32, forms.TWO_REGISTER_FORMS.vrev32),
  vrev16: reversed(16, forms.TWO_REGISTER_FORMS.vrev16),
  vpaddl: pairwiseLong(false, forms.TWO_REGISTER_FORMS.vpaddl),
  vpadal: pairwiseLong(true, forms.TWO_REGISTER_FORMS.vpadal),
  vcls: withConstant((_, m, __, { bits }) => {
    const x = BigInt.asIntN(bits, m);
    return leadingZeros(BigInt.asUintN(bits, x < 0n ? ~x : x), bits) - 1n;
  }, forms.TWO_REGISTER_FORMS.vcls),
  vclz: withConstant(
    (_, m, __, { bits }) => leadingZeros(BigInt.asUintN(bits, m), bits),
    forms.TWO_REGISTER_FORMS.vclz,
  ),
  vcnt: withConstant((_, m, __, { bits }) => {
    let count = 0n;
    for (let rest = BigInt.asUintN(bits, m); rest !== 0n; rest >>= 1n) count += rest & 1n;
    return count;
  }, forms.TWO_REGISTER_FORMS.vcnt),
  vmvn: withConstant((_, m) => ~m, forms.TWO_REGISTER_FORMS.vmvn, SMALL_CONSTANT.vmvn),
  vqabs: withConstant(
    (_, m, __, { s, bits }) => saturate(s, magnitude(m), bits, false),
    forms.TWO_REGISTER_FORMS.vqabs,
    SMALL_CONSTANT.vqabs,
  ),
  vqneg: withConstant(
    (_, m, __, { s, bits }) => saturate(s, -m, bits, false),
    forms.TWO_REGISTER_FORMS.vqneg,
    SMALL_CONSTANT.vqneg,
  ),
  vcgt0: withConstant((_, m) => test(m > 0n), forms.TWO_REGISTER_FORMS.vcgt0, SMALL_CONSTANT.vcgt0),
  vcge0: withConstant((_, m) => test(m >= 0n), forms.TWO_REGISTER_FORMS.vcge0, SMALL_CONSTANT.vcge0),
  vceq0: withConstant((_, m) => test(m === 0n), forms.TWO_REGISTER_FORMS.vceq0, SMALL_CONSTANT.vceq0),
  vcle0: withConstant((_, m) => test(m <= 0n), forms.TWO_REGISTER_FORMS.vcle0, SMALL_CONSTANT.vcle0),
  vclt0: withConstant((_, m) => test(m < 0n), forms.TWO_REGISTER_FORMS.vclt0, SMALL_CONSTANT.vclt0),
  vabs: withConstant((_, m) => magnitude(m), forms.TWO_REGISTER_FORMS.vabs, SMALL_CONSTANT.vabs),
  vneg: withConstant((_, m) => -m, forms.TWO_REGISTER_FORMS.vneg, SMALL_CONSTANT.vneg),
  vmovn: narrowingByConstant((_, m) => m, forms.TWO_REGISTER_FORMS.vmovn, SMALL_CONSTANT.vmovn),
  vqmovn: narrowingByConstant(
    (_, m, __, { s, bits, unsigned }) => saturate(s, m, bits, unsigned),
    forms.TWO_REGISTER_FORMS.vqmovn,
    SMALL_CONSTANT.vqmovn,
  ),
  vqmovun: narrowingByConstant(
    (_, m, __, { s, bits }) => saturate(s, m, bits, true),
    forms.TWO_REGISTER_FORMS.vqmovun,
    SMALL_CONSTANT.vqmovun,
  ),
  vrecpe: withConstant((_, m) => reciprocalEstimateInteger(m), forms.TWO_REGISTER_FORMS.vrecpe),
  vrsqrte: withConstant((_, m) => reciprocalSqrtEstimateInteger(m), forms.TWO_REGISTER_FORMS.vrsqrte),
} as const;

/** recip_estimate: of a number of 9 bits, 256 to 511. */
export function reciprocalEstimate(a: number): number {
  return (Math.floor(2 ** 19 / (2 * a + 1)) + 1) >> 1;
}
/** recip_sqrt_estimate: of a number of 9 bits, 128 to 511. */
export function reciprocalSqrtEstimate(a: number): number {
  const middle = a < 256 ? 2 * a + 1 : ((a >> 1) * 2 + 1) * 2;
  let b = 512;
  while (middle * (b + 1) ** 2 < 2 ** 28) b++;
  return (b + 1) >> 1;
}
function reciprocalEstimateInteger(value: bigint): bigint {
  const x = Number(BigInt.asUintN(32, value));
  return x < 2 ** 31 ? -1n : BigInt(reciprocalEstimate(x >>> 23)) << 23n;
}
function reciprocalSqrtEstimateInteger(value: bigint): bigint {
  const x = Number(BigInt.asUintN(32, value));
  return x < 2 ** 30 ? -1n : BigInt(reciprocalSqrtEstimate(x >>> 23)) << 23n;
}

/** VTRN, VUZP, VZIP: both registers change; `place` gives the elements of D and then of M from those of both. */
function permutation(place: (i: number, count: number) => number): Family {
  return family(
    (bits, unsigned, count) => (s, d, _, m) => {
      const all = [d, m].flatMap((word) => generate(count, (i) => lane(s, word, bits, i, unsigned)));
      const placed = generate(2 * count, (i) => all[place(i, count)]);
      setLanes(s, d, bits, placed.slice(0, count));
      setLanes(s, m, bits, placed.slice(count));
    },
    forms.permutationForm(place),
  );
}
export const PERMUTATIONS = {
  vswp: permutation((i, count) => (i + count) % (2 * count)),
  // Element 2k + 1 of D and 2k of M change places.
  vtrn: permutation((i, count) =>
    i < count ? (i & 1 ? count + i - 1 : i) : (i - count) & 1 ? i : i - count + 1,
  ),
  vuzp: permutation((i, count) => (i < count ? 2 * i : 2 * (i - count) + 1)),
  vzip: permutation((i, count) => (i >> 1) + (i & 1 ? count : 0)),
} as const;

/** VDUP (scalar): m counts elements from D0 on. */
export const DUPLICATE = family(
  (bits, unsigned, count) => (s, d, _, m) => {
    const scalar = lane(s, 0, bits, m, unsigned);
    setLanes(s, d, bits, generate(count, () => scalar)); // prettier-ignore
  },
  forms.DUPLICATE_FORM,
);

/** VEXT: `position` bytes into N followed by M, packed into m above bit 8. */
const extraction =
  (bytes: number): Operation =>
  (s, d, n, packed) => {
    const m = packed & 0xff;
    const position = packed >>> 8;
    const values = generate(bytes, (i) => {
      const at = i + position;
      return at < bytes ? lane(s, n, 8, at, true) : lane(s, m, 8, at - bytes, true);
    });
    setLanes(s, d, 8, values);
  };
export const EXTRACT: readonly [number, number] = [
  define(extraction(8), forms.extractForm(8)),
  define(extraction(16), forms.extractForm(16)),
];

/** VTBL and VTBX: n is the table's first word and, above bit 8, its length in bytes. */
const lookUp =
  (keeps: boolean): Operation =>
  (s, d, packed, m) => {
    const values = generate(8, (i) => {
      const index = Number(lane(s, m, 8, i, true));
      if (index < packed >>> 8) return lane(s, packed & 0xff, 8, index, true);
      return keeps ? lane(s, d, 8, i, true) : 0n;
    });
    setLanes(s, d, 8, values);
  };
export const TABLE: readonly [number, number] = [
  define(lookUp(false), forms.lookUpForm(false)),
  define(lookUp(true), forms.lookUpForm(true)),
];

/** One register and a constant: n the constant's low, m its high word, to one or two doublewords. */
const immediate =
  (count: number, combine: (d: bigint, constant: bigint) => bigint): Operation =>
  (s, d, n, m) => {
    const constant = (BigInt(m >>> 0) << 32n) | BigInt(n >>> 0);
    for (let i = 0; i < count; i++) setDouble(s, d + 2 * i, combine(double(s, d + 2 * i), constant));
  };
const immediates = (
  name: keyof typeof forms.IMMEDIATE_COMBINATIONS,
  combine: (d: bigint, constant: bigint) => bigint,
): readonly [number, number] => {
  const form = forms.IMMEDIATE_COMBINATIONS[name];
  return [
    define(immediate(1, combine), forms.immediateForm(1, form)),
    define(immediate(2, combine), forms.immediateForm(2, form)),
  ];
};
export const IMMEDIATES = {
  vmov: immediates('vmov', (_, constant) => constant),
  vmvn: immediates('vmvn', (_, constant) => ~constant),
  vorr: immediates('vorr', (d, constant) => d | constant),
  vbic: immediates('vbic', (d, constant) => d & ~constant),
} as const;
