/** Parallel addition and subtraction (A4.4.7), SEL, USAD8 and USADA8. */
import type { Builder, Value } from '../builder';
import { saturate } from './saturating';
import type { Semantics } from './types';

/** Prefixes: S and U set GE, Q and UQ saturate, SH and UH halve. */
export type ParallelPrefix = 's' | 'q' | 'sh' | 'u' | 'uq' | 'uh';
export type ParallelOperation = 'add16' | 'asx' | 'sax' | 'sub16' | 'add8' | 'sub8';

interface Lane {
  /** Lane numbers of the operands, and whether the second is subtracted. */
  readonly n: number;
  readonly m: number;
  readonly subtract: boolean;
}
/** Lanes of the result from low to high. */
const LANES: Readonly<Record<ParallelOperation, readonly Lane[]>> = {
  add16: [0, 1].map((i) => ({ n: i, m: i, subtract: false })),
  sub16: [0, 1].map((i) => ({ n: i, m: i, subtract: true })),
  asx: [
    { n: 0, m: 1, subtract: true },
    { n: 1, m: 0, subtract: false },
  ],
  sax: [
    { n: 0, m: 1, subtract: false },
    { n: 1, m: 0, subtract: true },
  ],
  add8: [0, 1, 2, 3].map((i) => ({ n: i, m: i, subtract: false })),
  sub8: [0, 1, 2, 3].map((i) => ({ n: i, m: i, subtract: true })),
};

function lane(b: Builder, value: Value, bits: 8 | 16, index: number, signed: boolean): Value {
  const moved = index === 0 ? value : b.shr(value, b.c(bits * index));
  return signed ? b.sext(moved, bits) : b.and(moved, b.c(2 ** bits - 1));
}

/** SADD16 … UHSUB8: operands rd, rn, rm. */
export function parallel(prefix: ParallelPrefix, operation: ParallelOperation): Semantics {
  const lanes = LANES[operation];
  const bits = lanes.length === 2 ? 16 : 8;
  const signed = prefix === 's' || prefix === 'q' || prefix === 'sh';
  return (b, _, o) => {
    const n = b.r(o.rn);
    const m = b.r(o.rm);
    const mask = b.c(2 ** bits - 1);
    let result = b.c(0);
    let ge = b.c(0);
    const setsGE = prefix === 's' || prefix === 'u';
    lanes.forEach(({ n: nLane, m: mLane, subtract }, i) => {
      const x = lane(b, n, bits, nLane, signed);
      const y = lane(b, m, bits, mLane, signed);
      const sum = b.let(subtract ? b.sub(x, y) : b.add(x, y));
      let value = sum;
      if (prefix === 'q') value = saturate(b, sum, b.c(-(2 ** (bits - 1))), b.c(2 ** (bits - 1) - 1));
      else if (prefix === 'uq') value = saturate(b, sum, b.c(0), mask);
      else if (prefix === 'sh' || prefix === 'uh') value = b.sar(sum, b.c(1));
      else {
        // GE of a lane: the signed result is not negative; the unsigned sum carried, the difference did not borrow.
        const set = signed || subtract ? b.xor(b.shr(sum, b.c(31)), b.c(1)) : b.shr(sum, b.c(bits));
        const spread = bits === 16 ? b.mul(set, b.c(3 << (2 * i))) : b.shl(set, b.c(i));
        ge = i === 0 ? spread : b.or(ge, spread);
      }
      const placed = b.shl(b.and(value, mask), b.c(bits * i));
      result = i === 0 ? placed : b.or(result, placed);
    });
    const whole = b.let(result);
    if (setsGE) b.setGE(ge);
    b.setR(o.rd, whole);
  };
}

/** SEL: each byte from R[n] where its GE bit is 1, else from R[m]. Operands rd, rn, rm. */
export const selectBytes: Semantics = (b, _, o) => {
  const n = b.r(o.rn);
  const m = b.r(o.rm);
  // Spreads GE<3:0> to bit 0 of each byte, then fills the bytes.
  const bits = b.and(b.mul(b.ge(), b.c(0x0020_4081)), b.c(0x0101_0101));
  const mask = b.let(b.mul(bits, b.c(0xff)));
  b.setR(o.rd, b.or(b.and(n, mask), b.and(m, b.not(mask))));
};

/** USAD8, USADA8: operands rd, rn, rm and, accumulating, ra. */
export function sumOfAbsoluteDifferences(accumulate: boolean): Semantics {
  return (b, _, o) => {
    const n = b.r(o.rn);
    const m = b.r(o.rm);
    let sum = accumulate ? b.r(o.ra) : b.c(0);
    for (let i = 0; i < 4; i++) {
      const difference = b.let(b.sub(lane(b, n, 8, i, false), lane(b, m, 8, i, false)));
      const sign = b.sar(difference, b.c(31));
      const absolute = b.sub(b.xor(difference, sign), sign);
      sum = i === 0 && !accumulate ? absolute : b.add(sum, absolute);
    }
    b.setR(o.rd, sum);
  };
}
