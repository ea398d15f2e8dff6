/** 32-bit T32 data-processing instructions (ARM ARM A6.3.1–A6.3.3, A6.3.11, A6.3.12). */
import { decodeImmShift, SHIFTS, shiftText, thumbExpandImm, thumbImmUnpredictable } from '../immediates';
import type { Fields, Row } from '../row';
import {
  addressOf,
  DATA_OPERATIONS,
  dataProcessingImmediate,
  dataProcessingRegister,
  dataProcessingShiftedRegister,
  DEST,
  moveTop,
} from '../semantics/data-processing';
import type { DataOperation } from '../semantics/data-processing';
import { hex, immediate, reg, s } from '../text';

interface Operation {
  readonly op: DataOperation;
  /** Bits 24–21. */
  readonly opcode: string;
  /** The comparison that Rd = 15 with S = 1 is. */
  readonly comparison?: DataOperation;
  /** What Rn = 15 is. */
  readonly unary?: DataOperation;
  /** R13 may be the first operand, and then the result (ADD and SUB: SP plus or minus …). */
  readonly stack?: true;
  /** Names of the immediate and the register encoding. */
  readonly encodings: readonly [immediate: string, register: string];
  /** A 16-bit form exists: the text has `.w` (immediate, register). */
  readonly wide: readonly [boolean, boolean];
}
const OPERATIONS: readonly Operation[] = [
  { op: 'and', opcode: '0000', comparison: 'tst', encodings: ['T1', 'T2'], wide: [false, true] },
  { op: 'bic', opcode: '0001', encodings: ['T1', 'T2'], wide: [false, true] },
  { op: 'orr', opcode: '0010', unary: 'mov', encodings: ['T1', 'T2'], wide: [false, true] },
  { op: 'orn', opcode: '0011', unary: 'mvn', encodings: ['T1', 'T1'], wide: [false, false] },
  { op: 'eor', opcode: '0100', comparison: 'teq', encodings: ['T1', 'T2'], wide: [false, true] },
  { op: 'add', opcode: '1000', comparison: 'cmn', stack: true, encodings: ['T3', 'T3'], wide: [true, true] },
  { op: 'adc', opcode: '1010', encodings: ['T1', 'T2'], wide: [false, true] },
  { op: 'sbc', opcode: '1011', encodings: ['T1', 'T2'], wide: [false, true] },
  { op: 'sub', opcode: '1101', comparison: 'cmp', stack: true, encodings: ['T3', 'T2'], wide: [true, true] },
  { op: 'rsb', opcode: '1110', encodings: ['T2', 'T1'], wide: [true, false] },
];
/** Comparisons: encodings, and those with a 16-bit form. */
const COMPARISONS: Readonly<Record<string, Pick<Operation, 'encodings' | 'wide'>>> = {
  tst: { encodings: ['T1', 'T2'], wide: [true, true] },
  teq: { encodings: ['T1', 'T1'], wide: [false, false] },
  cmn: { encodings: ['T1', 'T2'], wide: [true, true] },
  cmp: { encodings: ['T2', 'T3'], wide: [true, true] },
};
const UNARY: Readonly<Record<string, Pick<Operation, 'encodings' | 'wide'>>> = {
  mov: { encodings: ['T2', 'T3'], wide: [true, true] },
  mvn: { encodings: ['T1', 'T2'], wide: [false, true] },
};

export function bad(n: number): boolean {
  return n === 13 || n === 15;
}
const w = (wide: boolean): string => (wide ? '.w' : '');

/** Rules for Rd and Rn of `<op> rd, rn, …` that the immediate and the register forms share. */
function registersUnpredictable({ stack }: Operation, f: Fields): boolean {
  if (f.d === 15) return true; // S = 1 is the comparison, another row
  if (stack) return f.n === 15 || (f.d === 13 && f.n !== 13);
  return f.d === 13 || bad(f.n);
}
/** Rd = 15 with S = 1 is the comparison and Rn = 15 the operation with one operand, where there are such. */
function elsewhere({ comparison, unary }: Operation, f: Fields): boolean {
  return (comparison !== undefined && f.d === 15 && f.S === 1) || (unary !== undefined && f.n === 15);
}

function immediateForms(logical: boolean): Pick<Row, 'forms' | 'form'> {
  return {
    forms: { dest: logical ? [DEST.Register, DEST.Flags, DEST.FlagsCarry] : [DEST.Register, DEST.Flags] },
    form: (f) => ({
      dest:
        f.S === 0 ? DEST.Register : logical && thumbExpandImm(f.i).carry >= 0 ? DEST.FlagsCarry : DEST.Flags,
    }),
  };
}
function immediateOperands(f: Fields): Record<string, number> {
  const { value, carry } = thumbExpandImm(f.i);
  return { rd: f.d ?? 0, rn: f.n ?? 0, imm: value, carry };
}
function expanded(f: Fields): string {
  return immediate(thumbExpandImm(f.i).value);
}

function immediateRows(operation: Operation): Row[] {
  const { op, opcode, comparison, unary } = operation;
  const logical = DATA_OPERATIONS[op].logical;
  const rows: Row[] = [
    {
      name: `${op.toUpperCase()} (immediate) ${operation.encodings[0]}`,
      set: 'T32',
      pattern: `11110 i 0 ${opcode} S nnnn 0 iii dddd iiiiiiii`,
      feature: 'base',
      asm: (f) => `${op}${s(f.S)}{c}${w(operation.wide[0])} ${reg(f.d)}, ${reg(f.n)}, ${expanded(f)}`,
      except: (f) => elsewhere(operation, f),
      unpredictable: (f) => thumbImmUnpredictable(f.i) || registersUnpredictable(operation, f),
      ...immediateForms(logical),
      operands: immediateOperands,
      semantics: dataProcessingImmediate(op),
    },
  ];
  if (comparison !== undefined) {
    const { encodings, wide } = COMPARISONS[comparison];
    rows.push({
      name: `${comparison.toUpperCase()} (immediate) ${encodings[0]}`,
      set: 'T32',
      pattern: `11110 i 0 ${opcode} 1 nnnn 0 iii 1111 iiiiiiii`,
      feature: 'base',
      asm: (f) => `${comparison}{c}${w(wide[0])} ${reg(f.n)}, ${expanded(f)}`,
      unpredictable: (f) => thumbImmUnpredictable(f.i) || (operation.stack ? f.n === 15 : bad(f.n)),
      forms: { dest: logical ? [DEST.Flags, DEST.FlagsCarry] : [DEST.Flags] },
      form: (f) => ({
        dest: logical && thumbExpandImm(f.i).carry >= 0 ? DEST.FlagsCarry : DEST.Flags,
      }),
      operands: immediateOperands,
      semantics: dataProcessingImmediate(comparison),
    });
  }
  if (unary !== undefined) {
    const { encodings, wide } = UNARY[unary];
    rows.push({
      name: `${unary.toUpperCase()} (immediate) ${encodings[0]}`,
      set: 'T32',
      pattern: `11110 i 0 ${opcode} S 1111 0 iii dddd iiiiiiii`,
      feature: 'base',
      asm: (f) => `${unary}${s(f.S)}{c}${w(wide[0])} ${reg(f.d)}, ${expanded(f)}`,
      unpredictable: (f) => thumbImmUnpredictable(f.i) || bad(f.d),
      ...immediateForms(true),
      operands: immediateOperands,
      semantics: dataProcessingImmediate(unary),
    });
  }
  return rows;
}

function registerForms(compare: boolean): Pick<Row, 'forms' | 'form' | 'operands'> {
  return {
    forms: { dest: compare ? [DEST.Flags] : [DEST.Register, DEST.Flags], shift: SHIFTS },
    form: (f) => ({
      dest: compare || f.S ? DEST.Flags : DEST.Register,
      shift: decodeImmShift(f.t, f.i).kind,
    }),
    operands: (f) => {
      const { amount, carryBit } = decodeImmShift(f.t, f.i);
      return { rd: f.d ?? 0, rn: f.n ?? 0, rm: f.m, amount, carryBit };
    },
  };
}
function shifted(f: Fields): string {
  return reg(f.m) + shiftText(f.t, f.i);
}

function registerRows(operation: Operation): Row[] {
  const { op, opcode, comparison, unary } = operation;
  const rows: Row[] = [
    {
      name: `${op.toUpperCase()} (register) ${operation.encodings[1]}`,
      set: 'T32',
      pattern: `1110101 ${opcode} S nnnn (0)iii dddd ii tt mmmm`,
      feature: 'base',
      asm: (f) => `${op}${s(f.S)}{c}${w(operation.wide[1])} ${reg(f.d)}, ${reg(f.n)}, ${shifted(f)}`,
      except: (f) => elsewhere(operation, f),
      unpredictable: (f) =>
        bad(f.m) ||
        registersUnpredictable(operation, f) ||
        // SP plus or minus a register: only LSL #0–3 when SP is the result.
        (f.d === 13 && (f.t !== 0 || f.i > 3)),
      ...registerForms(false),
      semantics: dataProcessingRegister(op),
    },
  ];
  if (comparison !== undefined) {
    const { encodings, wide } = COMPARISONS[comparison];
    rows.push({
      name: `${comparison.toUpperCase()} (register) ${encodings[1]}`,
      set: 'T32',
      pattern: `1110101 ${opcode} 1 nnnn (0)iii 1111 ii tt mmmm`,
      feature: 'base',
      asm: (f) => `${comparison}{c}${w(wide[1])} ${reg(f.n)}, ${shifted(f)}`,
      unpredictable: (f) => bad(f.m) || (operation.stack ? f.n === 15 : bad(f.n)),
      ...registerForms(true),
      semantics: dataProcessingRegister(comparison),
    });
  }
  if (unary === 'mvn') {
    rows.push({
      name: `MVN (register) ${UNARY.mvn.encodings[1]}`,
      set: 'T32',
      pattern: `1110101 ${opcode} S 1111 (0)iii dddd ii tt mmmm`,
      feature: 'base',
      asm: (f) => `mvn${s(f.S)}{c}.w ${reg(f.d)}, ${shifted(f)}`,
      unpredictable: (f) => bad(f.d) || bad(f.m),
      ...registerForms(false),
      semantics: dataProcessingRegister('mvn'),
    });
  }
  return rows;
}

const SHIFT_TYPES = ['lsl', 'lsr', 'asr', 'ror'];

/** MOV (register) T3 and shifts by a constant: ORR with Rn = 15. */
function moveRows(): Row[] {
  const row = (op: string, name: string, shift: string, type: number, kinds: number[]): Row => ({
    name,
    set: 'T32',
    pattern: `1110101 0010 S 1111 ${shift} mmmm`,
    feature: 'base',
    asm: (f) => {
      const amount = op === 'mov' || op === 'rrx' ? '' : `, #${decodeImmShift(type, f.i).written}`;
      return `${op}${s(f.S)}{c}${op === 'rrx' || op === 'ror' ? (op === 'ror' ? '.w' : '') : '.w'} ${reg(f.d)}, ${reg(f.m)}${amount}`;
    },
    except: op === 'lsl' || op === 'ror' ? (f) => f.i === 0 : undefined,
    unpredictable: (f) =>
      op === 'mov' && f.S === 0
        ? f.d === 15 || f.m === 15 || (f.d === 13 && f.m === 13)
        : bad(f.d) || bad(f.m),
    forms: { dest: [DEST.Register, DEST.Flags], shift: kinds },
    form: (f) => ({
      dest: f.S ? DEST.Flags : DEST.Register,
      shift: decodeImmShift(type, f.i ?? 0).kind,
    }),
    operands: (f) => {
      const { amount, carryBit } = decodeImmShift(type, f.i ?? 0);
      return { rd: f.d, rm: f.m, amount, carryBit };
    },
    semantics: dataProcessingRegister('mov'),
  });
  const any = (type: string): string => `(0)iii dddd ii ${type}`;
  const none = (type: string): string => `(0)000 dddd 00 ${type}`;
  return [
    row('mov', 'MOV (register) T3', none('00'), 0, [0]),
    row('lsl', 'LSL (immediate) T2', any('00'), 0, [1]),
    row('lsr', 'LSR (immediate) T2', any('01'), 1, [2, 6]),
    row('asr', 'ASR (immediate) T2', any('10'), 2, [3]),
    row('ror', 'ROR (immediate) T1', any('11'), 3, [4]),
    row('rrx', 'RRX T1', none('11'), 3, [5]),
  ];
}

function shiftByRegisterRow(op: string, type: number): Row {
  return {
    name: `${op.toUpperCase()} (register) T2`,
    set: 'T32',
    pattern: `1111 1010 0 ${type.toString(2).padStart(2, '0')} S nnnn 1111 dddd 0000 mmmm`,
    feature: 'base',
    asm: (f) => `${op}${s(f.S)}{c}.w ${reg(f.d)}, ${reg(f.n)}, ${reg(f.m)}`,
    unpredictable: (f) => bad(f.d) || bad(f.n) || bad(f.m),
    forms: { dest: [DEST.Register, DEST.Flags], type: [type] },
    form: (f) => ({ dest: f.S ? DEST.Flags : DEST.Register, type }),
    operands: (f) => ({ rd: f.d, rm: f.n, rs: f.m }),
    semantics: dataProcessingShiftedRegister('mov'),
  };
}

/** ADDW and SUBW: a plain 12-bit immediate. */
function plainRow(op: 'add' | 'sub', opcode: string): Row {
  return {
    name: `${op.toUpperCase()} (immediate) T4`,
    set: 'T32',
    pattern: `11110 i 1 ${opcode} 0 nnnn 0 iii dddd iiiiiiii`,
    feature: 'base',
    asm: (f) => `${op}w{c} ${reg(f.d)}, ${reg(f.n)}, ${immediate(f.i)}`,
    except: (f) => f.n === 15,
    unpredictable: (f) => f.d === 15 || (f.d === 13 && f.n !== 13),
    forms: { dest: [DEST.Register] },
    form: () => ({ dest: DEST.Register }),
    operands: (f) => ({ rd: f.d, rn: f.n, imm: f.i, carry: 0 }),
    semantics: dataProcessingImmediate(op),
  };
}
function adrRow(name: string, add: boolean, opcode: string): Row {
  const offset = (f: Fields): number => (add ? f.i : -f.i | 0);
  return {
    name,
    set: 'T32',
    pattern: `11110 i 1 ${opcode} 0 1111 0 iii dddd iiiiiiii`,
    feature: 'base',
    asm: (f, context) =>
      `${add ? 'addw' : 'subw'}{c} ${reg(f.d)}, pc, ${immediate(f.i)} ; ${hex((context.address & ~3) + 4 + offset(f))}`,
    unpredictable: (f) => bad(f.d),
    forms: { dest: [DEST.Register] },
    form: () => ({ dest: DEST.Register }),
    operands: (f) => ({ rd: f.d, offset: offset(f) }),
    semantics: addressOf,
  };
}

/** imm4:i:imm3:imm8 of MOVW and MOVT. */
function imm16(f: Fields): number {
  return (f.k << 12) | (f.j << 11) | f.i;
}
const WIDE_MOVES: readonly Row[] = [
  {
    name: 'MOV (immediate) T3',
    set: 'T32',
    pattern: '11110 j 1 0010 0 kkkk 0 iii dddd iiiiiiii',
    feature: 'base',
    asm: (f) => `movw{c} ${reg(f.d)}, ${immediate(imm16(f))}`,
    unpredictable: (f) => bad(f.d),
    forms: { dest: [DEST.Register] },
    form: () => ({ dest: DEST.Register }),
    operands: (f) => ({ rd: f.d, imm: imm16(f) }),
    semantics: dataProcessingImmediate('mov'),
  },
  {
    name: 'MOVT T1',
    set: 'T32',
    pattern: '11110 j 1 0110 0 kkkk 0 iii dddd iiiiiiii',
    feature: 'base',
    asm: (f) => `movt{c} ${reg(f.d)}, ${immediate(imm16(f))}`,
    unpredictable: (f) => bad(f.d),
    operands: (f) => ({ rd: f.d, imm: imm16(f) << 16 }),
    semantics: moveTop,
  },
];

export const T32_DATA_PROCESSING: readonly Row[] = [
  ...OPERATIONS.flatMap(immediateRows),
  ...OPERATIONS.flatMap(registerRows),
  ...moveRows(),
  ...SHIFT_TYPES.map(shiftByRegisterRow),
  plainRow('add', '0000'),
  plainRow('sub', '0101'),
  adrRow('ADR T3', true, '0000'),
  adrRow('ADR T2', false, '0101'),
  ...WIDE_MOVES,
];
