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
  | 'and' | 'eor' | 'sub' | 'rsb' | 'add' | 'adc' | 'sbc' | 'rsc'
  | 'tst' | 'teq' | 'cmp' | 'cmn' | 'orr' | 'mov' | 'bic' | 'mvn' | 'orn';

interface Operation {
  /** No destination register: only flags. */
  readonly compare?: true;
  /** No first operand. */
  readonly unary?: true;
  readonly logical?: (b: Builder, n: Value, operand: Value) => Value;
  readonly arithmetic?: (b: Builder, n: Value, operand: Value, flags: boolean) => Value;
}

const and: Operation['logical'] = (b, n, operand) => b.and(n, operand);
const eor: Operation['logical'] = (b, n, operand) => b.xor(n, operand);
const add: Operation['arithmetic'] = (b, n, operand, flags) => b.add2(n, operand, flags);
const sub: Operation['arithmetic'] = (b, n, operand, flags) => b.subtract(n, operand, flags);

/** Every operation of the class. */
export const DATA_OPERATIONS: Readonly<Record<DataOperation, Operation>> = {
  and: { logical: and },
  eor: { logical: eor },
  sub: { arithmetic: sub },
  rsb: { arithmetic: (b, n, operand, flags) => b.subtract(operand, n, flags) },
  add: { arithmetic: add },
  adc: { arithmetic: (b, n, operand, flags) => b.addWithCarry(n, operand, b.flag('C'), flags) },
  sbc: { arithmetic: (b, n, operand, flags) => b.addWithCarry(n, b.not(operand), b.flag('C'), flags) },
  rsc: { arithmetic: (b, n, operand, flags) => b.addWithCarry(b.not(n), operand, b.flag('C'), flags) },
  tst: { logical: and, compare: true },
  teq: { logical: eor, compare: true },
  cmp: { arithmetic: sub, compare: true },
  cmn: { arithmetic: add, compare: true },
  orr: { logical: (b, n, operand) => b.or(n, operand) },
  mov: { logical: (_, __, operand) => operand, unary: true },
  bic: { logical: (b, n, operand) => b.and(n, b.not(operand)) },
  mvn: { logical: (b, _, operand) => b.not(operand), unary: true },
  orn: { logical: (b, n, operand) => b.or(n, b.not(operand)) },
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
    let result: Value;
    if (operation.arithmetic !== undefined) {
      result = b.let(operation.arithmetic(b, n, value, flags));
    } else {
      result = b.let(operation.logical!(b, n, value));
      if (flags) {
        b.setNZ(result);
        if (carry !== undefined) b.setC(carry);
      }
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
  'and', 'eor', 'sub', 'rsb', 'add', 'adc', 'sbc', 'rsc', 'orr', 'mov', 'bic', 'mvn',
];

function returnTo(second: (b: Builder, form: Form, o: Operands) => ShifterResult): Semantics {
  return (b, form, o) => {
    // In Hyp mode UNDEFINED; in User and System mode UNPREDICTABLE, which is UNDEFINED here.
    b.call('undefinedInModes', b.imm(o.encoding), b.c(1 | 2 | 4));
    const operation = DATA_OPERATIONS[RETURN_OPERATIONS[form.op]];
    const { value } = second(b, form, o);
    const n = operation.unary ? value : b.r(o.rn);
    const result =
      operation.arithmetic !== undefined
        ? operation.arithmetic(b, n, value, false)
        : operation.logical!(b, n, value);
    b.call('exceptionReturn', result, b.call('readSpsr'));
  };
}
/** `<op>s pc, rn, #imm`: operands rn, imm, encoding. */
export const returnImmediate: Semantics = returnTo((b, _, o) => ({ value: b.imm(o.imm) }));
/** `<op>s pc, rn, rm, <shift> #n`: operands rn, rm, amount, carryBit, encoding. */
export const returnRegister: Semantics = returnTo(shiftByImmediate);
