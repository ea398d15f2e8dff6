/** Packing, extending, reversing, counting and bit-field instructions (A4.4.5, A4.4.6, A4.4.9). */
import type { Builder, Value } from '../builder';
import type { Semantics } from './types';

/** PKHBT, PKHTB: operands rd, rn, rm, amount; form tb. */
export const packHalfword: Semantics = (b, form, o) => {
  const n = b.r(o.rn);
  const m = b.r(o.rm);
  const low = b.c(0xffff);
  const high = b.c(0xffff_0000 | 0);
  b.setR(
    o.rd,
    form.tb
      ? b.or(b.and(n, high), b.and(b.sar(m, b.imm(o.amount)), low))
      : b.or(b.and(n, low), b.and(b.shl(m, b.imm(o.amount)), high)),
  );
};

export type ExtendKind = 'b' | 'h' | 'b16';

/** SXTB … UXTAB16: operands rd, rm, rotation (0, 8, 16, 24) and, accumulating, rn. */
export function extend(kind: ExtendKind, signed: boolean, accumulate: boolean): Semantics {
  return (b, _, o) => {
    const rotated = b.let(b.ror(b.r(o.rm), b.imm(o.rotation)));
    if (kind !== 'b16') {
      const bits = kind === 'b' ? 8 : 16;
      const value = signed ? b.sext(rotated, bits) : b.and(rotated, b.c(2 ** bits - 1));
      b.setR(o.rd, accumulate ? b.add(b.r(o.rn), value) : value);
      return;
    }
    const byte = (value: Value): Value => (signed ? b.sext(value, 8) : b.and(value, b.c(0xff)));
    let bottom = byte(rotated);
    let top = byte(b.shr(rotated, b.c(16)));
    if (accumulate) {
      const n = b.r(o.rn);
      bottom = b.add(n, bottom);
      top = b.add(b.shr(n, b.c(16)), top);
    }
    b.setR(o.rd, b.or(b.and(bottom, b.c(0xffff)), b.shl(top, b.c(16))));
  };
}

/** CLZ: operands rd, rm. */
export const countLeadingZeros: Semantics = (b, _, o) => b.setR(o.rd, b.clz(b.r(o.rm)));

/** Exchanges neighbouring groups of `by` bits; `mask` selects the low one of each pair. */
function exchange(b: Builder, value: Value, by: number, mask: number): Value {
  const kept = b.let(value);
  const m = b.c(mask | 0);
  return b.or(b.and(b.shr(kept, b.c(by)), m), b.shl(b.and(kept, m), b.c(by)));
}

/** REV16: operands rd, rm. */
export const reverseHalfwords: Semantics = (b, _, o) => b.setR(o.rd, exchange(b, b.r(o.rm), 8, 0x00ff_00ff));
/** REV: operands rd, rm. */
export const reverseWord: Semantics = (b, _, o) =>
  b.setR(o.rd, b.ror(exchange(b, b.r(o.rm), 8, 0x00ff_00ff), b.c(16)));
/** REVSH: operands rd, rm. */
export const reverseSignedHalfword: Semantics = (b, _, o) =>
  b.setR(o.rd, b.sext(exchange(b, b.r(o.rm), 8, 0x00ff_00ff), 16));
/** RBIT: operands rd, rm. */
export const reverseBits: Semantics = (b, _, o) => {
  let value = exchange(b, b.r(o.rm), 1, 0x5555_5555);
  value = exchange(b, value, 2, 0x3333_3333);
  value = exchange(b, value, 4, 0x0f0f_0f0f);
  value = exchange(b, value, 8, 0x00ff_00ff);
  b.setR(o.rd, b.ror(value, b.c(16)));
};

/** SBFX, UBFX: operands rd, rn, left (shift to the top) and right (back down). */
export function extractBitField(signed: boolean): Semantics {
  return (b, _, o) => {
    const top = b.shl(b.r(o.rn), b.imm(o.left));
    b.setR(o.rd, signed ? b.sar(top, b.imm(o.right)) : b.shr(top, b.imm(o.right)));
  };
}

/** BFI: operands rd, rn, lsb, mask (of the field in R[d]). */
export const insertBitField: Semantics = (b, _, o) => {
  const mask = b.imm(o.mask);
  b.setR(o.rd, b.or(b.and(b.r(o.rd), b.not(mask)), b.and(b.shl(b.r(o.rn), b.imm(o.lsb)), mask)));
};

/** BFC: operands rd, mask. */
export const clearBitField: Semantics = (b, _, o) => b.setR(o.rd, b.and(b.r(o.rd), b.not(b.imm(o.mask))));
