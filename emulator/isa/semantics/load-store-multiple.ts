/** LDM, STM, PUSH, POP, SRS and RFE (A4.7, B9.3). */
import type { Semantics } from './types';

/**
 * LDM without PC. Operands rn, list, start (first address minus R[n]) and delta (what write-back adds); form wback.
 * A base that is in the list is not written back.
 */
export const loadMultiple: Semantics = (b, form, o) => {
  const n = b.let(b.r(o.rn));
  b.loadMultiple(b.add(n, b.imm(o.start)), o.list);
  if (form.wback) b.setR(o.rn, b.add(n, b.imm(o.delta)));
};

/** LDM with PC: as loadMultiple, then LoadWritePC. */
export const loadMultipleWithPc: Semantics = (b, form, o) => {
  const n = b.let(b.r(o.rn));
  const pc = b.loadMultipleWithPc(b.add(n, b.imm(o.start)), o.list);
  if (form.wback) b.setR(o.rn, b.add(n, b.imm(o.delta)));
  b.loadWritePC(pc);
};

/** STM: operands and form as loadMultiple. A written-back base is stored with its old value. */
export const storeMultiple: Semantics = (b, form, o) => {
  const n = b.let(b.r(o.rn));
  b.storeMultiple(b.add(n, b.imm(o.start)), o.list);
  if (form.wback) b.setR(o.rn, b.add(n, b.imm(o.delta)));
};

/** LDM (User registers): operands rn, list, start, encoding. */
export const loadMultipleUser: Semantics = (b, _, o) => {
  b.call('undefinedInModes', b.imm(o.encoding), b.c(1 | 2 | 4));
  b.loadMultiple(b.add(b.r(o.rn), b.imm(o.start)), o.list, { userBank: true });
};

/** STM (User registers): operands rn, list, start, encoding. */
export const storeMultipleUser: Semantics = (b, _, o) => {
  b.call('undefinedInModes', b.imm(o.encoding), b.c(1 | 2 | 4));
  b.storeMultiple(b.add(b.r(o.rn), b.imm(o.start)), o.list, { userBank: true });
};

/** LDM (exception return): operands rn, list, start, delta, encoding; form wback. */
export const loadMultipleExceptionReturn: Semantics = (b, form, o) => {
  b.call('undefinedInModes', b.imm(o.encoding), b.c(1 | 2 | 4));
  const n = b.let(b.r(o.rn));
  const pc = b.loadMultipleWithPc(b.add(n, b.imm(o.start)), o.list);
  const spsr = b.call('readSpsr');
  if (form.wback) b.setR(o.rn, b.add(n, b.imm(o.delta)));
  b.call('exceptionReturn', pc, spsr);
};

/** RFE: PC and CPSR from memory. Operands rn, start, delta, encoding; form wback. */
export const returnFromException: Semantics = (b, form, o) => {
  b.call('undefinedInModes', b.imm(o.encoding), b.c(1 | 4));
  const n = b.let(b.r(o.rn));
  const [pc, cpsr] = b.loadPair(b.add(n, b.imm(o.start)), { alignment: 4 });
  if (form.wback) b.setR(o.rn, b.add(n, b.imm(o.delta)));
  b.call('exceptionReturn', pc, cpsr);
};

/** SRS: LR and SPSR of this mode to the stack of mode `mode`. Operands mode, start, delta, encoding; form wback. */
export const storeReturnState: Semantics = (b, form, o) => {
  b.call('undefinedInModes', b.imm(o.encoding), b.c(1 | 2 | 4));
  const mode = b.imm(o.mode);
  const base = b.let(b.call('storeReturnStateBase', mode));
  const spsr = b.call('readSpsr');
  b.storePair(b.add(base, b.imm(o.start)), b.r(14), spsr, { alignment: 4 });
  if (form.wback) b.call('storeReturnStateWriteback', mode, b.add(base, b.imm(o.delta)));
};
