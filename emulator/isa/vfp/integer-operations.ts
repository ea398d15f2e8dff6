/** Advanced SIMD on integers: what each instruction makes of one element, and how it goes through the vectors. */
import { define, double, setDouble, type Operation } from './registers';
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

/** D[i] := compute(N[i], M[i], D[i]). */
function lanewise(compute: Compute): Family {
  return family((bits, unsigned, count) => (s, d, n, m) => {
    const c = { s, bits, unsigned };
    const at = (word: number, i: number): bigint => lane(s, word, bits, i, unsigned);
    setLanes(s, d, bits, generate(count, (i) => compute(at(n, i), at(m, i), at(d, i), c))); // prettier-ignore
  });
}
/** The same with one element for M: `m` counts elements from D0 on. */
function byScalar(compute: Compute): Family {
  return family((bits, unsigned, count) => (s, d, n, m) => {
    const c = { s, bits, unsigned };
    const scalar = lane(s, 0, bits, m, unsigned);
    const at = (word: number, i: number): bigint => lane(s, word, bits, i, unsigned);
    setLanes(s, d, bits, generate(count, (i) => compute(at(n, i), scalar, at(d, i), c))); // prettier-ignore
  });
}
/** Elements of D twice as wide as those of M (and of N unless `wideN`). */
function lengthening(compute: Compute, wideN = false, scalar = false): Family {
  return family((bits, unsigned) => (s, d, n, m) => {
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
  });
}
/** Elements of D half as wide as those of N and M; the family's size is D's. */
function narrowing(compute: Compute): Family {
  return family((bits, unsigned) => (s, d, n, m) => {
    if (bits === 64) return;
    const c = { s, bits, unsigned };
    const at = (word: number, i: number): bigint => lane(s, word, 2 * bits, i, unsigned);
    setLanes(s, d, bits, generate(64 / bits, (i) => compute(at(n, i), at(m, i), 0n, c))); // prettier-ignore
  });
}
/** As lanewise, with a constant for N: shifts. */
function withConstant(compute: Compute): Family {
  return family((bits, unsigned, count) => (s, d, n, m) => {
    const c = { s, bits, unsigned };
    const at = (word: number, i: number): bigint => lane(s, word, bits, i, unsigned);
    setLanes(s, d, bits, generate(count, (i) => compute(BigInt(n), at(m, i), at(d, i), c))); // prettier-ignore
  });
}
function narrowingByConstant(compute: Compute): Family {
  return family((bits, unsigned) => (s, d, n, m) => {
    if (bits === 64) return;
    const c = { s, bits, unsigned };
    const wide = (i: number): bigint => lane(s, m, 2 * bits, i, unsigned);
    setLanes(s, d, bits, generate(64 / bits, (i) => compute(BigInt(n), wide(i), 0n, c))); // prettier-ignore
  });
}
/** The lower half of D from neighbours in N, the upper from those in M. */
function pairwise(compute: Compute): Family {
  return family((bits, unsigned) => (s, d, n, m) => {
    const c = { s, bits, unsigned };
    const half = 32 / bits;
    const pair = (word: number, i: number): bigint =>
      compute(lane(s, word, bits, 2 * i, unsigned), lane(s, word, bits, 2 * i + 1, unsigned), 0n, c);
    setLanes(s, d, bits, generate(64 / bits, (i) => (i < half ? pair(n, i) : pair(m, i - half)))); // prettier-ignore
  });
}
/** D[i], twice as wide, from two neighbours in M. */
function pairwiseLong(accumulates: boolean): Family {
  return family((bits, unsigned, count) => (s, d, _, m) => {
    if (bits === 64) return;
    const at = (i: number): bigint => lane(s, m, bits, i, unsigned);
    const values = generate(count / 2, (i) => {
      const sum = at(2 * i) + at(2 * i + 1);
      return accumulates ? sum + lane(s, d, 2 * bits, i, unsigned) : sum;
    });
    setLanes(s, d, 2 * bits, values);
  });
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

export const THREE_SAME = {
  vhadd: lanewise((n, m) => (n + m) >> 1n),
  vqadd: lanewise((n, m, _, { s, bits, unsigned }) => saturate(s, n + m, bits, unsigned)),
  vrhadd: lanewise((n, m) => (n + m + 1n) >> 1n),
  vhsub: lanewise((n, m) => (n - m) >> 1n),
  vqsub: lanewise((n, m, _, { s, bits, unsigned }) => saturate(s, n - m, bits, unsigned)),
  vcgt: lanewise((n, m) => test(n > m)),
  vcge: lanewise((n, m) => test(n >= m)),
  vshl: lanewise((n, m) => shift(n, shiftAmount(m), false)),
  vqshl: lanewise((n, m, _, { s, bits, unsigned }) =>
    saturate(s, shift(n, shiftAmount(m), false), bits, unsigned),
  ),
  vrshl: lanewise((n, m) => shift(n, shiftAmount(m), true)),
  vqrshl: lanewise((n, m, _, { s, bits, unsigned }) =>
    saturate(s, shift(n, shiftAmount(m), true), bits, unsigned),
  ),
  vmax: lanewise((n, m) => (n > m ? n : m)),
  vmin: lanewise((n, m) => (n < m ? n : m)),
  vabd: lanewise((n, m) => magnitude(n - m)),
  vaba: lanewise((n, m, d) => d + magnitude(n - m)),
  vadd: lanewise((n, m) => n + m),
  vsub: lanewise((n, m) => n - m),
  vtst: lanewise((n, m) => test((n & m) !== 0n)),
  vceq: lanewise((n, m) => test(n === m)),
  vmla: lanewise(mla),
  vmls: lanewise(mls),
  vmul: lanewise(mul),
  vmulp: lanewise((n, m, _, { bits }) => polynomialProduct(n, m, bits)),
  vpmax: pairwise((n, m) => (n > m ? n : m)),
  vpmin: pairwise((n, m) => (n < m ? n : m)),
  vpadd: pairwise((n, m) => n + m),
  vqdmulh: lanewise(qdmulh),
  vqrdmulh: lanewise(qrdmulh),
  vand: lanewise((n, m) => n & m),
  vbic: lanewise((n, m) => n & ~m),
  vorr: lanewise((n, m) => n | m),
  vorn: lanewise((n, m) => n | ~m),
  veor: lanewise((n, m) => n ^ m),
  vbsl: lanewise((n, m, d) => (n & d) | (m & ~d)),
  vbit: lanewise((n, m, d) => (n & m) | (d & ~m)),
  vbif: lanewise((n, m, d) => (d & m) | (n & ~m)),
} as const;

export const THREE_DIFFERENT = {
  vaddl: lengthening((n, m) => n + m),
  vaddw: lengthening((n, m) => n + m, true),
  vsubl: lengthening((n, m) => n - m),
  vsubw: lengthening((n, m) => n - m, true),
  vaddhn: narrowing(highHalf((n, m) => n + m, false)),
  vraddhn: narrowing(highHalf((n, m) => n + m, true)),
  vsubhn: narrowing(highHalf((n, m) => n - m, false)),
  vrsubhn: narrowing(highHalf((n, m) => n - m, true)),
  vabal: lengthening((n, m, d) => d + magnitude(n - m)),
  vabdl: lengthening((n, m) => magnitude(n - m)),
  vmlal: lengthening(mla),
  vmlsl: lengthening(mls),
  vmull: lengthening(mul),
  vmullp: lengthening((n, m, _, { bits }) => polynomialProduct(n, m, bits)),
  vqdmlal: lengthening(qdmlal),
  vqdmlsl: lengthening(qdmlsl),
  vqdmull: lengthening(qdmull),
} as const;

export const BY_SCALAR = {
  vmla: byScalar(mla),
  vmls: byScalar(mls),
  vmul: byScalar(mul),
  vqdmulh: byScalar(qdmulh),
  vqrdmulh: byScalar(qrdmulh),
  vmlal: lengthening(mla, false, true),
  vmlsl: lengthening(mls, false, true),
  vmull: lengthening(mul, false, true),
  vqdmlal: lengthening(qdmlal, false, true),
  vqdmlsl: lengthening(qdmlsl, false, true),
  vqdmull: lengthening(qdmull, false, true),
} as const;

/** Shifts by a constant; of the narrowing ones the size is that of the result. */
export const SHIFTS = {
  vshr: withConstant((n, m) => m >> n),
  vsra: withConstant((n, m, d) => d + (m >> n)),
  vrshr: withConstant((n, m) => shift(m, -n, true)),
  vrsra: withConstant((n, m, d) => d + shift(m, -n, true)),
  vsri: withConstant((n, m, d, { bits }) => {
    const kept = ones(bits) ^ (ones(bits) >> n);
    return (d & kept) | (BigInt.asUintN(bits, m) >> n);
  }),
  vshl: withConstant((n, m) => m << n),
  vsli: withConstant((n, m, d) => (d & ones(Number(n))) | (m << n)),
  vqshlu: withConstant((n, m, _, { s, bits }) => saturate(s, BigInt.asIntN(bits, m) << n, bits, true)),
  vqshl: withConstant((n, m, _, { s, bits, unsigned }) => saturate(s, m << n, bits, unsigned)),
  vshrn: narrowingByConstant((n, m) => m >> n),
  vrshrn: narrowingByConstant((n, m) => shift(m, -n, true)),
  vqshrn: narrowingByConstant((n, m, _, { s, bits, unsigned }) => saturate(s, m >> n, bits, unsigned)),
  vqrshrn: narrowingByConstant((n, m, _, { s, bits, unsigned }) =>
    saturate(s, shift(m, -n, true), bits, unsigned),
  ),
  // Of a signed number to an unsigned one: the family's signed half.
  vqshrun: narrowingByConstant((n, m, _, { s, bits }) => saturate(s, m >> n, bits, true)),
  vqrshrun: narrowingByConstant((n, m, _, { s, bits }) => saturate(s, shift(m, -n, true), bits, true)),
  vshll: family((bits, unsigned) => (s, d, n, m) => {
    if (bits === 64) return;
    const values = generate(64 / bits, (i) => lane(s, m, bits, i, unsigned) << BigInt(n));
    setLanes(s, d, 2 * bits, values);
  }),
} as const;

const leadingZeros = (value: bigint, bits: number): bigint => {
  let count = 0n;
  while (count < BigInt(bits) && ((value >> (BigInt(bits) - 1n - count)) & 1n) === 0n) count++;
  return count;
};
/** D[i] := M[i], elements of each group of `group` bits in reverse. */
const reversed = (group: number): Family =>
  family((bits, unsigned, count) => (s, d, _, m) => {
    const last = Math.max(group / bits, 1) - 1;
    setLanes(s, d, bits, generate(count, (i) => lane(s, m, bits, i ^ last, unsigned))); // prettier-ignore
  });

export const TWO_REGISTERS = {
  vrev64: reversed(64),
  vrev32: reversed(32),
  vrev16: reversed(16),
  vpaddl: pairwiseLong(false),
  vpadal: pairwiseLong(true),
  vcls: withConstant((_, m, __, { bits }) => {
    const x = BigInt.asIntN(bits, m);
    return leadingZeros(BigInt.asUintN(bits, x < 0n ? ~x : x), bits) - 1n;
  }),
  vclz: withConstant((_, m, __, { bits }) => leadingZeros(BigInt.asUintN(bits, m), bits)),
  vcnt: withConstant((_, m, __, { bits }) => {
    let count = 0n;
    for (let rest = BigInt.asUintN(bits, m); rest !== 0n; rest >>= 1n) count += rest & 1n;
    return count;
  }),
  vmvn: withConstant((_, m) => ~m),
  vqabs: withConstant((_, m, __, { s, bits }) => saturate(s, magnitude(m), bits, false)),
  vqneg: withConstant((_, m, __, { s, bits }) => saturate(s, -m, bits, false)),
  vcgt0: withConstant((_, m) => test(m > 0n)),
  vcge0: withConstant((_, m) => test(m >= 0n)),
  vceq0: withConstant((_, m) => test(m === 0n)),
  vcle0: withConstant((_, m) => test(m <= 0n)),
  vclt0: withConstant((_, m) => test(m < 0n)),
  vabs: withConstant((_, m) => magnitude(m)),
  vneg: withConstant((_, m) => -m),
  vmovn: narrowingByConstant((_, m) => m),
  vqmovn: narrowingByConstant((_, m, __, { s, bits, unsigned }) => saturate(s, m, bits, unsigned)),
  vqmovun: narrowingByConstant((_, m, __, { s, bits }) => saturate(s, m, bits, true)),
  vrecpe: withConstant((_, m) => reciprocalEstimateInteger(m)),
  vrsqrte: withConstant((_, m) => reciprocalSqrtEstimateInteger(m)),
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
  return family((bits, unsigned, count) => (s, d, _, m) => {
    const all = [d, m].flatMap((word) => generate(count, (i) => lane(s, word, bits, i, unsigned)));
    const placed = generate(2 * count, (i) => all[place(i, count)]);
    setLanes(s, d, bits, placed.slice(0, count));
    setLanes(s, m, bits, placed.slice(count));
  });
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
export const DUPLICATE = family((bits, unsigned, count) => (s, d, _, m) => {
  const scalar = lane(s, 0, bits, m, unsigned);
  setLanes(s, d, bits, generate(count, () => scalar)); // prettier-ignore
});

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
export const EXTRACT: readonly [number, number] = [define(extraction(8)), define(extraction(16))];

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
export const TABLE: readonly [number, number] = [define(lookUp(false)), define(lookUp(true))];

/** One register and a constant: n the constant's low, m its high word, to one or two doublewords. */
const immediate =
  (count: number, combine: (d: bigint, constant: bigint) => bigint): Operation =>
  (s, d, n, m) => {
    const constant = (BigInt(m >>> 0) << 32n) | BigInt(n >>> 0);
    for (let i = 0; i < count; i++) setDouble(s, d + 2 * i, combine(double(s, d + 2 * i), constant));
  };
const immediates = (combine: (d: bigint, constant: bigint) => bigint): readonly [number, number] => [
  define(immediate(1, combine)),
  define(immediate(2, combine)),
];
export const IMMEDIATES = {
  vmov: immediates((_, constant) => constant),
  vmvn: immediates((_, constant) => ~constant),
  vorr: immediates((d, constant) => d | constant),
  vbic: immediates((d, constant) => d & ~constant),
} as const;
