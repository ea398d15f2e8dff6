/** Saturating arithmetic (A4.4.4): SignedSatQ and UnsignedSatQ. */
import type { Builder, Value } from '../builder';
import { SHIFT } from '../immediates';
import type { Form } from '../row';
import type { Operands, Semantics } from './types';

/** A value brought into [low, high], signed. */
export function saturate(b: Builder, value: Value, low: Value, high: Value): Value {
  return b.select(b.ltS(value, low), low, b.select(b.ltS(high, value), high, value));
}

/** SignedSatQ(x + y, 32) or of x - y: the result, and 1 when it saturated. */
function saturated32(b: Builder, x: Value, y: Value, subtract: boolean): { result: Value; saturated: Value } {
  const sum = b.let(subtract ? b.sub(x, y) : b.add(x, y));
  const signs = subtract ? b.and(b.xor(x, y), b.xor(x, sum)) : b.and(b.xor(x, sum), b.xor(y, sum));
  const saturated = b.let(b.shr(signs, b.c(31)));
  // On overflow the true sign is the opposite of the wrapped one.
  const limit = b.xor(b.sar(sum, b.c(31)), b.c(0x8000_0000 | 0));
  return { result: b.let(b.select(saturated, limit, sum)), saturated };
}

/** QADD, QSUB, QDADD, QDSUB: R[m] op R[n], R[n] doubled first. Operands rd, rm, rn. */
export function saturatingAdd(subtract: boolean, double: boolean): Semantics {
  return (b, _, o) => {
    const m = b.r(o.rm);
    let n = b.r(o.rn);
    let doubleSaturated: Value | undefined;
    if (double) {
      const doubled = saturated32(b, n, n, false);
      n = doubled.result;
      doubleSaturated = doubled.saturated;
    }
    const { result, saturated } = saturated32(b, m, n, subtract);
    b.setQ(doubleSaturated === undefined ? saturated : b.or(saturated, doubleSaturated));
    b.setR(o.rd, result);
  };
}

/** R[n] shifted as SSAT and USAT do: form shift (SHIFT.Lsl or SHIFT.Asr), operand amount. */
function shifted(b: Builder, form: Form, o: Operands): Value {
  const n = b.r(o.rn);
  return form.shift === SHIFT.Asr ? b.sar(n, b.imm(o.amount)) : b.shl(n, b.imm(o.amount));
}

/** SSAT, USAT: operands rd, rn, amount, low, high (the limits); form shift. */
export const saturateWord: Semantics = (b, form, o) => {
  const value = b.let(shifted(b, form, o));
  const result = b.let(saturate(b, value, b.imm(o.low), b.imm(o.high)));
  b.setQ(b.ne(result, value));
  b.setR(o.rd, result);
};

/** SSAT16, USAT16: both halfwords, signed, each to the limits. Operands rd, rn, low, high. */
export const saturateHalves: Semantics = (b, _, o) => {
  const n = b.r(o.rn);
  const bottom = b.sext(n, 16);
  const top = b.sar(n, b.c(16));
  const low = b.imm(o.low);
  const high = b.imm(o.high);
  const bottomResult = b.let(saturate(b, bottom, low, high));
  const topResult = b.let(saturate(b, top, low, high));
  b.setQ(b.or(b.ne(bottomResult, bottom), b.ne(topResult, top)));
  b.setR(o.rd, b.or(b.and(bottomResult, b.c(0xffff)), b.shl(topResult, b.c(16))));
};
