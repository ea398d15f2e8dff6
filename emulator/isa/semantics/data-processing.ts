/** Data-processing instructions (A4.4.1): one operation, one second operand, one kind of destination. */
import type { Builder, Value } from '../builder';
import type { Form } from '../row';
import { shiftByImmediate, shiftByRegister } from './shift';
import type { ShifterResult } from './shift';
import type { Operands, Semantics } from './types';

/** Form `dest`: where the result goes and whether the flags are set. */
export const DEST = {
  Register: 0,
  /** Register and flags; a logical operation with an immediate leaves C. */
  Flags: 1,
  /** ALUWritePC. */
  Pc: 2,
  /** As Flags, for a logical operation with an immediate that gives C (operand `carry`). */
  FlagsCarry: 3,
} as const;

export type DataOperation =
  | 'and'
  | 'eor'
  | 'sub'
  | 'rsb'
  | 'add'
  | 'adc'
  | 'sbc'
  | 'rsc'
  | 'tst'
  | 'teq'
  | 'cmp'
  | 'cmn'
  | 'orr'
  | 'mov'
  | 'bic'
  | 'mvn'
  | 'orn';

interface Operation {
  /** No destination register: only flags. */
  readonly compare?: true;
  /** No first operand. */
  readonly unary?: true;
  /** N and Z by the result and C by the shifter; otherwise `compute` sets the flags itself when asked to. */
  readonly logical: boolean;
  readonly compute: (b: Builder, n: Value, operand: Value, flags: boolean) => Value;
}
type Compute = Operation['compute'];

const and: Compute = (b, n, operand) => b.and(n, operand);
const eor: Compute = (b, n, operand) => b.xor(n, operand);
const add: Compute = (b, n, operand, flags) => b.add2(n, operand, flags);
const sub: Compute = (b, n, operand, flags) => b.subtract(n, operand, flags);
const withCarry =
  (first: (b: Builder, n: Value) => Value, second: (b: Builder, operand: Value) => Value): Compute =>
  (b, n, operand, flags) =>
    b.addWithCarry(first(b, n), second(b, operand), b.flag('C'), flags);
const plain = (_: Builder, value: Value): Value => value;
const inverted = (b: Builder, value: Value): Value => b.not(value);

/** Every operation of the class. */
export const DATA_OPERATIONS: Readonly<Record<DataOperation, Operation>> = {
  and: { logical: true, compute: and },
  eor: { logical: true, compute: eor },
  sub: { logical: false, compute: sub },
  rsb: { logical: false, compute: (b, n, operand, flags) => b.subtract(operand, n, flags) },
  add: { logical: false, compute: add },
  adc: { logical: false, compute: withCarry(plain, plain) },
  sbc: { logical: false, compute: withCarry(plain, inverted) },
  rsc: { logical: false, compute: withCarry(inverted, plain) },
  tst: { logical: true, compute: and, compare: true },
  teq: { logical: true, compute: eor, compare: true },
  cmp: { logical: false, compute: sub, compare: true },
  cmn: { logical: false, compute: add, compare: true },
  orr: { logical: true, compute: (b, n, operand) => b.or(n, operand) },
  mov: { logical: true, compute: (_, __, operand) => operand, unary: true },
  bic: { logical: true, compute: (b, n, operand) => b.and(n, b.not(operand)) },
  mvn: { logical: true, compute: (b, _, operand) => b.not(operand), unary: true },
  orn: { logical: true, compute: (b, n, operand) => b.or(n, b.not(operand)) },
};

/** Operand `imm`; with DEST.FlagsCarry its carry is operand `carry`. */
export function immediateOperand(b: Builder, form: Form, o: Operands): ShifterResult {
  const value = b.imm(o.imm);
  return form.dest === DEST.FlagsCarry ? { value, carry: b.imm(o.carry) } : { value };
}

function dataProcessing(
  name: DataOperation,
  second: (b: Builder, form: Form, o: Operands) => ShifterResult,
): Semantics {
  const operation = DATA_OPERATIONS[name];
  return (b, form, o) => {
    const { value, carry } = second(b, form, o);
    const n = operation.unary ? value : b.r(o.rn);
    const flags = operation.compare === true || form.dest === DEST.Flags || form.dest === DEST.FlagsCarry;
    const result = b.let(operation.compute(b, n, value, flags));
    if (operation.logical && flags) {
      b.setNZ(result);
      if (carry !== undefined) b.setC(carry);
    }
    if (operation.compare) return;
    if (form.dest === DEST.Pc) b.aluWritePC(result);
    else b.setR(o.rd, result);
  };
}

/** `<op> rd, rn, #imm`: forms dest; operands rd, rn, imm and, of logical operations, carry. */
export function dataProcessingImmediate(name: DataOperation): Semantics {
  return dataProcessing(name, immediateOperand);
}
/** `<op> rd, rn, rm, <shift> #n`: forms dest, shift; operands rd, rn, rm, amount, carryBit. */
export function dataProcessingRegister(name: DataOperation): Semantics {
  return dataProcessing(name, shiftByImmediate);
}
/** `<op> rd, rn, rm, <shift> rs`: forms dest, type; operands rd, rn, rm, rs. */
export function dataProcessingShiftedRegister(name: DataOperation): Semantics {
  return dataProcessing(name, shiftByRegister);
}

/** ADR: Align(PC, 4) plus operand `offset`. Form dest. */
export const addressOf: Semantics = (b, form, o) => {
  const result = b.add(b.alignedPc(), b.imm(o.offset));
  if (form.dest === DEST.Pc) b.aluWritePC(result);
  else b.setR(o.rd, result);
};

/** MOVT: the top halfword of R[d] becomes operand `imm` (already shifted left by 16). */
export const moveTop: Semantics = (b, _, o) => {
  b.setR(o.rd, b.or(b.and(b.r(o.rd), b.c(0xffff)), b.imm(o.imm)));
};

/** SUBS PC, LR and kin: forms `op` as index into RETURN_OPERATIONS and `shift`; the result goes to PC, SPSR to CPSR. */
export const RETURN_OPERATIONS: readonly DataOperation[] = [
  'and',
  'eor',
  'sub',
  'rsb',
  'add',
  'adc',
  'sbc',
  'rsc',
  'orr',
  'mov',
  'bic',
  'mvn',
];

function returnTo(second: (b: Builder, form: Form, o: Operands) => ShifterResult): Semantics {
  return (b, form, o) => {
    // In Hyp mode UNDEFINED; in User and System mode UNPREDICTABLE, which is UNDEFINED here.
    b.call('undefinedInModes', b.imm(o.encoding), b.c(1 | 2 | 4));
    const operation = DATA_OPERATIONS[RETURN_OPERATIONS[form.op]];
    const { value } = second(b, form, o);
    const n = operation.unary ? value : b.r(o.rn);
    const result = operation.compute(b, n, value, false);
    b.call('exceptionReturn', result, b.call('readSpsr'));
  };
}
/** `<op>s pc, rn, #imm`: operands rn, imm, encoding. */
export const returnImmediate: Semantics = returnTo((b, _, o) => ({ value: b.imm(o.imm) }));
/** `<op>s pc, rn, rm, <shift> #n`: operands rn, rm, amount, carryBit, encoding. */
export const returnRegister: Semantics = returnTo(shiftByImmediate);
