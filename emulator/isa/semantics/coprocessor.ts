/** Coprocessor instructions (A4.9). What an encoding means is looked up by the helpers in the system-register table. */
import type { Semantics } from './types';

/** MCR, MCR2: operands rt, encoding. */
export const moveToCoprocessor: Semantics = (b, _, o) =>
  void b.call('coprocessorWrite', b.imm(o.encoding), b.r(o.rt));

/** MRC, MRC2: operands rt, encoding; form flags (Rt is APSR_nzcv). */
export const moveFromCoprocessor: Semantics = (b, form, o) => {
  const value = b.call('coprocessorRead', b.imm(o.encoding));
  if (form.flags) b.setNZCV(value);
  else b.setR(o.rt, value);
};

/** MCRR, MCRR2: operands rt (low word), rt2, encoding. */
export const movePairToCoprocessor: Semantics = (b, _, o) =>
  void b.call('coprocessorWritePair', b.imm(o.encoding), b.r(o.rt), b.r(o.rt2));

/** MRRC, MRRC2: operands rt (low word), rt2, encoding. */
export const movePairFromCoprocessor: Semantics = (b, _, o) => {
  const low = b.let(b.call('coprocessorReadPair', b.imm(o.encoding)));
  const high = b.let(b.call('highWord'));
  b.setR(o.rt, low);
  b.setR(o.rt2, high);
};

/** CDP, CDP2: operand encoding. */
export const coprocessorOperation: Semantics = (b, _, o) =>
  void b.call('coprocessorTransfer', b.imm(o.encoding), b.c(0));

/** LDC, STC and their 2 forms: operands rn, offset, encoding; form index as load-store has it (unindexed: offset 0). */
export const coprocessorTransfer: Semantics = (b, form, o) => {
  const n = b.r(o.rn);
  const moved = b.let(b.add(n, b.imm(o.offset)));
  b.call('coprocessorTransfer', b.imm(o.encoding), form.index === 2 ? n : moved);
  if (form.index !== 0) b.setR(o.rn, moved);
};

/** LDC (literal): operands offset, encoding. */
export const coprocessorTransferLiteral: Semantics = (b, _, o) =>
  void b.call('coprocessorTransfer', b.imm(o.encoding), b.add(b.alignedPc(), b.imm(o.offset)));
