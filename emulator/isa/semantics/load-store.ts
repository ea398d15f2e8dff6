/** Loads and stores of one and of two registers (A4.6.1, A4.6.4), SWP, preloads. */
import type { Builder, MemoryOptions, Value } from '../builder';
import { SHIFT } from '../immediates';
import type { Form } from '../row';
import type { Operands, Semantics } from './types';

/** Form `index`: how the address is made and whether the base is written back. */
export const INDEX = { Offset: 0, Pre: 1, Post: 2 } as const;
/** Form `dest` of a load of a word. */
export const LOAD_TO = { Register: 0, Pc: 1 } as const;

/** One operation: LDR, STRB, LDRSHT and so on. */
export interface Transfer {
  readonly load: boolean;
  readonly size: 1 | 2 | 4;
  readonly signed?: boolean;
  readonly unprivileged?: boolean;
}

/** Gives the offset from R[n]. */
export type Offset = (b: Builder, form: Form, o: Operands) => Value;

/** Operand `offset`, signed. */
export const immediateOffset: Offset = (b, _, o) => b.imm(o.offset);

/**
 * R[m] shifted by a constant, added or subtracted. Form `shift` (SHIFT without None: LSL #0 serves), operands rm,
 * amount and sign (0 adds, -1 subtracts).
 */
export const registerOffset: Offset = (b, form, o) => {
  const m = b.r(o.rm);
  const amount = b.imm(o.amount);
  const sign = b.imm(o.sign);
  let value: Value;
  switch (form.shift) {
    case SHIFT.Lsr:
      value = b.shr(m, amount);
      break;
    case SHIFT.Asr:
      value = b.sar(m, amount);
      break;
    case SHIFT.Ror:
      value = b.ror(m, amount);
      break;
    case SHIFT.Rrx:
      value = b.or(b.shl(b.flag('C'), b.c(31)), b.shr(m, b.c(1)));
      break;
    case SHIFT.Lsr32:
      return b.c(0);
    default:
      value = b.shl(m, amount);
  }
  return b.sub(b.xor(value, sign), sign);
};

/** R[m], added or subtracted: operands rm, sign. */
export const plainRegisterOffset: Offset = (b, _, o) => {
  const sign = b.imm(o.sign);
  return b.sub(b.xor(b.r(o.rm), sign), sign);
};

interface Addresses {
  readonly access: Value;
  /** New value of R[n]; undefined without write-back. */
  readonly base: Value | undefined;
}

function addresses(b: Builder, form: Form, o: Operands, offset: Offset): Addresses {
  const n = b.r(o.rn);
  const moved = b.let(b.add(n, offset(b, form, o)));
  if (form.index === INDEX.Post) return { access: n, base: moved };
  return { access: moved, base: form.index === INDEX.Pre ? moved : undefined };
}

function memoryOptions({ signed, unprivileged }: Transfer): MemoryOptions {
  return { ...(signed ? { signed } : {}), ...(unprivileged ? { unprivileged } : {}) };
}

function transfer(b: Builder, form: Form, o: Operands, op: Transfer, { access, base }: Addresses): void {
  if (op.load) {
    const data = b.load(access, op.size, memoryOptions(op));
    if (base !== undefined) b.setR(o.rn, base);
    if (form.dest === LOAD_TO.Pc) b.loadWritePC(data);
    else b.setR(o.rt, data);
  } else {
    b.store(access, op.size, b.r(o.rt), memoryOptions(op));
    if (base !== undefined) b.setR(o.rn, base);
  }
}

/** `LDR rt, [rn, offset]` and kin: forms index, dest (loads of a word), those of the offset; operands rt, rn, those of the offset. */
export function loadStore(op: Transfer, offset: Offset): Semantics {
  return (b, form, o) => transfer(b, form, o, op, addresses(b, form, o, offset));
}

/** `LDR rt, label`: operands rt, offset from Align(PC, 4). Form dest. */
export function loadLiteral(op: Transfer): Semantics {
  return (b, form, o) =>
    transfer(b, form, o, op, { access: b.add(b.alignedPc(), b.imm(o.offset)), base: undefined });
}

function transferPair(b: Builder, o: Operands, load: boolean, { access, base }: Addresses): void {
  if (load) {
    const [first, second] = b.loadPair(access, { alignment: 4 });
    if (base !== undefined) b.setR(o.rn, base);
    b.setR(o.rt, first);
    b.setR(o.rt2, second);
  } else {
    b.storePair(access, b.r(o.rt), b.r(o.rt2), { alignment: 4 });
    if (base !== undefined) b.setR(o.rn, base);
  }
}

/** LDRD and STRD: operands rt, rt2, rn, those of the offset; form index. */
export function loadStoreDual(load: boolean, offset: Offset): Semantics {
  return (b, form, o) => transferPair(b, o, load, addresses(b, form, o, offset));
}

/** LDRD (literal): operands rt, rt2, offset from Align(PC, 4). */
export const loadDualLiteral: Semantics = (b, _, o) =>
  transferPair(b, o, true, { access: b.add(b.alignedPc(), b.imm(o.offset)), base: undefined });

/** SWP, SWPB: a load and a store that nothing comes between. Operands rt, rt2, rn, encoding. */
export function swap(size: 1 | 4): Semantics {
  return (b, _, o) => {
    b.call('checkSwapEnabled', b.imm(o.encoding));
    const address = b.r(o.rn);
    const stored = b.r(o.rt2);
    const data = b.let(b.load(address, size, { alignment: size }));
    b.store(address, size, stored, { alignment: size });
    b.setR(o.rt, data);
  };
}

/** PLD, PLDW, PLI: operands of the offset, rn. */
export function preload(offset: Offset): Semantics {
  return (b, form, o) => void b.call('preload', b.add(b.r(o.rn), offset(b, form, o)));
}
/** PLD, PLI (literal): operand offset. */
export const preloadLiteral: Semantics = (b, _, o) =>
  void b.call('preload', b.add(b.alignedPc(), b.imm(o.offset)));
