/** Branches (A4.3). */
import type { Semantics } from './types';

/** B: operand target. */
export const branch: Semantics = (b, _, o) => b.branch(o.target);

/** BL: LR := address of the next instruction (bit 0 set in T32). */
export function branchWithLink(thumb: boolean): Semantics {
  return (b, _, o) => {
    b.setR(14, b.nextAddress(thumb));
    b.branch(o.target);
  };
}

/** BLX (immediate): to the other instruction set. */
export function branchLinkExchangeImmediate(thumb: boolean): Semantics {
  return (b, _, o) => {
    b.setR(14, b.nextAddress(thumb));
    b.branchExchange(o.target);
  };
}

/** BX: operand rm. */
export const branchExchange: Semantics = (b, _, o) => b.bxWritePC(b.r(o.rm));

/** BLX (register): operand rm. */
export function branchLinkExchange(thumb: boolean): Semantics {
  return (b, _, o) => {
    const target = b.let(b.r(o.rm));
    b.setR(14, b.nextAddress(thumb));
    b.bxWritePC(target);
  };
}

/** BXJ: a trap (HSTR.TJDBX), else BX, as Jazelle is the trivial implementation. Operands rm, encoding. */
export const branchExchangeJazelle: Semantics = (b, _, o) => {
  b.call('branchJazelle', b.imm(o.encoding));
  b.bxWritePC(b.r(o.rm));
};

/** CBZ, CBNZ: operands rn, target; form nonzero. */
export const compareAndBranch: Semantics = (b, form, o) => {
  const n = b.r(o.rn);
  const zero = b.c(0);
  b.when(form.nonzero ? b.ne(n, zero) : b.eq(n, zero), () => b.branch(o.target));
};

/** TBB, TBH: operands rn, rm; form halfwords. */
export const tableBranch: Semantics = (b, form, o) => {
  const n = b.r(o.rn);
  const m = b.r(o.rm);
  const entry = form.halfwords ? b.load(b.add(n, b.shl(m, b.c(1))), 2) : b.load(b.add(n, m), 1);
  b.branchWritePC(b.add(b.r(15), b.shl(entry, b.c(1))));
};
