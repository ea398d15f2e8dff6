/** Shift_C of the manual (A8.4.3), for shifts by a constant and by a register. */
import type { Builder, Value } from '../builder';
import { SHIFT } from '../immediates';
import type { Form } from '../row';
import type { Operands } from './types';

/** A second operand and the carry it gives to a flag-setting logical operation; undefined leaves C. */
export interface ShifterResult {
  readonly value: Value;
  readonly carry?: Value;
}

function bit(b: Builder, value: Value, number: Value): Value {
  return b.and(b.shr(value, number), b.c(1));
}

/** R[m] shifted by a constant. Form `shift` (SHIFT), operands rm, amount, carryBit. */
export function shiftByImmediate(b: Builder, form: Form, o: Operands): ShifterResult {
  const m = b.r(o.rm);
  const carry = (): Value => bit(b, m, b.imm(o.carryBit));
  switch (form.shift) {
    case SHIFT.None:
      return { value: m };
    case SHIFT.Lsl:
      return { value: b.shl(m, b.imm(o.amount)), carry: carry() };
    case SHIFT.Lsr:
      return { value: b.shr(m, b.imm(o.amount)), carry: carry() };
    case SHIFT.Asr:
      return { value: b.sar(m, b.imm(o.amount)), carry: carry() };
    case SHIFT.Ror:
      return { value: b.ror(m, b.imm(o.amount)), carry: carry() };
    case SHIFT.Rrx:
      return { value: b.or(b.shl(b.flag('C'), b.c(31)), b.shr(m, b.c(1))), carry: b.and(m, b.c(1)) };
    default:
      return { value: b.c(0), carry: b.shr(m, b.c(31)) };
  }
}

/**
 * R[m] shifted by the bottom byte of R[s]: amounts of 0 (C unchanged) to 255. Form `type` (0 LSL, 1 LSR, 2 ASR,
 * 3 ROR), operands rm, rs.
 */
export function shiftByRegister(b: Builder, form: Form, o: Operands): ShifterResult {
  const m = b.r(o.rm);
  const amount = b.let(b.and(b.r(o.rs), b.c(0xff)));
  const below32 = b.ltU(amount, b.c(32));
  const to32 = b.ltU(amount, b.c(33));
  const isZero = b.eq(amount, b.c(0));
  const unlessZero = (carry: Value): Value => b.select(isZero, b.flag('C'), carry);
  const zero = b.c(0);
  switch (form.type) {
    case 0:
      return {
        value: b.select(below32, b.shl(m, amount), zero),
        carry: unlessZero(b.select(to32, bit(b, m, b.sub(b.c(32), amount)), zero)),
      };
    case 1:
      return {
        value: b.select(below32, b.shr(m, amount), zero),
        carry: unlessZero(b.select(to32, bit(b, m, b.sub(amount, b.c(1))), zero)),
      };
    case 2:
      return {
        value: b.sar(m, b.select(below32, amount, b.c(31))),
        carry: unlessZero(bit(b, m, b.select(to32, b.sub(amount, b.c(1)), b.c(31)))),
      };
    default:
      return { value: b.ror(m, amount), carry: unlessZero(bit(b, m, b.sub(amount, b.c(1)))) };
  }
}
