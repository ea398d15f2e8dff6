/** Status registers and processor state: MRS, MSR, CPS, SETEND (A4.5, B9.3). */
import type { Semantics } from './types';

/** MRS: operand rd; form spsr. */
export const moveFromStatus: Semantics = (b, form, o) =>
  b.setR(o.rd, form.spsr ? b.call('readSpsr') : b.call('readCpsr'));

/** MSR (register): operands rn, mask; form spsr. */
export const moveToStatus: Semantics = (b, form, o) =>
  void b.call(form.spsr ? 'writeSpsr' : 'writeCpsr', b.r(o.rn), b.imm(o.mask));

/** MSR (immediate): operands imm, mask; form spsr. */
export const moveImmediateToStatus: Semantics = (b, form, o) =>
  void b.call(form.spsr ? 'writeSpsr' : 'writeCpsr', b.imm(o.imm), b.imm(o.mask));

/** MRS (banked register): operands rd, sysm. */
export const moveFromBanked: Semantics = (b, _, o) => b.setR(o.rd, b.call('readBanked', b.imm(o.sysm)));

/** MSR (banked register): operands rn, sysm. */
export const moveToBanked: Semantics = (b, _, o) => void b.call('writeBanked', b.imm(o.sysm), b.r(o.rn));

/** CPS: operands enable (imod), flags (A:I:F), mode (-1: unchanged). */
export const changeProcessorState: Semantics = (b, _, o) =>
  void b.call('changeProcessorState', b.imm(o.enable), b.imm(o.flags), b.imm(o.mode));

/** SETEND: operand big. */
export const setEndianness: Semantics = (b, _, o) => void b.call('setEndianness', b.imm(o.big));
