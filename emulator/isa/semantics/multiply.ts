/** Multiplies, multiply-accumulates and divides (A4.4.3, A4.4.8). */
import type { Builder, Value, Wide } from '../builder';
import type { Form } from '../row';
import type { Operands, Semantics } from './types';

/** MUL: operands rd, rn, rm; form S. C and V stay. */
export const multiply: Semantics = (b, form, o) => finish(b, form, o, b.mul(b.r(o.rn), b.r(o.rm)));

/** MLA: operands rd, rn, rm, ra; form S. */
export const multiplyAccumulate: Semantics = (b, form, o) =>
  finish(b, form, o, b.add(b.mul(b.r(o.rn), b.r(o.rm)), b.r(o.ra)));

/** MLS: operands rd, rn, rm, ra. */
export const multiplySubtract: Semantics = (b, _, o) =>
  b.setR(o.rd, b.sub(b.r(o.ra), b.mul(b.r(o.rn), b.r(o.rm))));

function finish(b: Builder, form: Form, o: Operands, value: Value): void {
  const result = b.let(value);
  if (form.S) b.setNZ(result);
  b.setR(o.rd, result);
}

/** Writes R[dHi]:R[dLo]; operands rlo, rhi; form S sets N and Z. */
function finishLong(b: Builder, form: Form, o: Operands, result: Wide): void {
  const low = b.let(b.low(result));
  const high = b.let(b.high(result));
  if (form.S) b.setNZWide(result);
  b.setR(o.rlo, low);
  b.setR(o.rhi, high);
}

/** UMULL, SMULL, UMLAL, SMLAL: operands rlo, rhi, rn, rm; form S. */
export function multiplyLong(signed: boolean, accumulate: boolean): Semantics {
  return (b, form, o) => {
    const n = b.r(o.rn);
    const m = b.r(o.rm);
    const product = signed ? b.mulWideS(n, m) : b.mulWideU(n, m);
    finishLong(b, form, o, accumulate ? b.addWide(product, b.wide(b.r(o.rlo), b.r(o.rhi))) : product);
  };
}

/** UMAAL: the product and both accumulators never overflow 64 bits. */
export const multiplyAccumulateAccumulate: Semantics = (b, form, o) => {
  const product = b.mulWideU(b.r(o.rn), b.r(o.rm));
  finishLong(b, form, o, b.addWide(b.addWide(product, b.wideU(b.r(o.rlo))), b.wideU(b.r(o.rhi))));
};

/** The bottom (0) or top (1) halfword, sign-extended. */
function half(b: Builder, value: Value, top: number): Value {
  return top ? b.sar(value, b.c(16)) : b.sext(value, 16);
}

/** 1 when x + y = sum does not fit in 32 bits, signed. */
function signedOverflow(b: Builder, x: Value, y: Value, sum: Value): Value {
  return b.shr(b.and(b.xor(x, sum), b.xor(y, sum)), b.c(31));
}

/** 1 when the 64-bit sum does not fit in 32 bits, signed. */
function overflows32(b: Builder, sum: Wide): Value {
  return b.ne(b.high(sum), b.sar(b.low(sum), b.c(31)));
}

/** SMULxy: operands rd, rn, rm; forms x, y. */
export const multiplyHalves: Semantics = (b, form, o) =>
  b.setR(o.rd, b.mul(half(b, b.r(o.rn), form.x), half(b, b.r(o.rm), form.y)));

/** SMLAxy: operands rd, rn, rm, ra; forms x, y. Q on overflow of the addition. */
export const multiplyAccumulateHalves: Semantics = (b, form, o) =>
  accumulateWithQ(b, o, b.mul(half(b, b.r(o.rn), form.x), half(b, b.r(o.rm), form.y)));

function accumulateWithQ(b: Builder, o: Operands, product: Value): void {
  const kept = b.let(product);
  const a = b.r(o.ra);
  const sum = b.let(b.add(kept, a));
  b.setQ(signedOverflow(b, kept, a, sum));
  b.setR(o.rd, sum);
}

/** Bits 47–16 of R[n] times a halfword of R[m]. */
function wordByHalf(b: Builder, form: Form, o: Operands): Value {
  const product = b.mulWideS(b.r(o.rn), half(b, b.r(o.rm), form.y));
  return b.or(b.shr(b.low(product), b.c(16)), b.shl(b.high(product), b.c(16)));
}

/** SMULWy: operands rd, rn, rm; form y. */
export const multiplyWordByHalf: Semantics = (b, form, o) => b.setR(o.rd, wordByHalf(b, form, o));
/** SMLAWy: operands rd, rn, rm, ra; form y. */
export const multiplyAccumulateWordByHalf: Semantics = (b, form, o) =>
  accumulateWithQ(b, o, wordByHalf(b, form, o));

/** SMLALxy: operands rlo, rhi, rn, rm; forms x, y. */
export const multiplyAccumulateLongHalves: Semantics = (b, form, o) => {
  const product = b.mul(half(b, b.r(o.rn), form.x), half(b, b.r(o.rm), form.y));
  finishLong(b, form, o, b.addWide(b.wideS(product), b.wide(b.r(o.rlo), b.r(o.rhi))));
};

/** The two products of the dual multiplies as 64-bit values added or subtracted; form swap (M). */
function dualProducts(b: Builder, form: Form, o: Operands, subtract: boolean): Wide {
  const n = b.r(o.rn);
  const m = form.swap ? b.ror(b.r(o.rm), b.c(16)) : b.r(o.rm);
  const bottom = b.wideS(b.mul(half(b, n, 0), half(b, m, 0)));
  const top = b.wideS(b.mul(half(b, n, 1), half(b, m, 1)));
  return subtract ? b.subWide(bottom, top) : b.addWide(bottom, top);
}

/** SMUAD, SMUSD: operands rd, rn, rm; form swap. Q when the sum overflows (the difference cannot). */
export function dualMultiply(subtract: boolean): Semantics {
  return (b, form, o) => {
    const sum = dualProducts(b, form, o, subtract);
    const result = b.let(b.low(sum));
    if (!subtract) b.setQ(overflows32(b, sum));
    b.setR(o.rd, result);
  };
}

/** SMLAD, SMLSD: operands rd, rn, rm, ra; form swap. */
export function dualMultiplyAccumulate(subtract: boolean): Semantics {
  return (b, form, o) => {
    const sum = b.addWide(dualProducts(b, form, o, subtract), b.wideS(b.r(o.ra)));
    const result = b.let(b.low(sum));
    b.setQ(overflows32(b, sum));
    b.setR(o.rd, result);
  };
}

/** SMLALD, SMLSLD: operands rlo, rhi, rn, rm; form swap. */
export function dualMultiplyAccumulateLong(subtract: boolean): Semantics {
  return (b, form, o) =>
    finishLong(b, form, o, b.addWide(dualProducts(b, form, o, subtract), b.wide(b.r(o.rlo), b.r(o.rhi))));
}

/** 1 << 31, what rounding adds to a 64-bit product before its top word is taken. */
function rounded(b: Builder, form: Form, value: Wide): Wide {
  return form.round ? b.addWide(value, b.wide(b.c(0x8000_0000 | 0), b.c(0))) : value;
}

/** SMMUL: operands rd, rn, rm; form round. */
export const multiplyTop: Semantics = (b, form, o) =>
  b.setR(o.rd, b.high(rounded(b, form, b.mulWideS(b.r(o.rn), b.r(o.rm)))));

/** SMMLA, SMMLS: operands rd, rn, rm, ra; form round. */
export function multiplyTopAccumulate(subtract: boolean): Semantics {
  return (b, form, o) => {
    const product = b.mulWideS(b.r(o.rn), b.r(o.rm));
    const a = b.wide(b.c(0), b.r(o.ra));
    b.setR(o.rd, b.high(rounded(b, form, subtract ? b.subWide(a, product) : b.addWide(a, product))));
  };
}

/** SDIV, UDIV: operands rd, rn, rm. Division by zero gives zero (the A profile has no trap). */
export function divide(signed: boolean): Semantics {
  return (b, _, o) => {
    const n = b.r(o.rn);
    const m = b.r(o.rm);
    b.setR(o.rd, signed ? b.divS(n, m) : b.divU(n, m));
  };
}
