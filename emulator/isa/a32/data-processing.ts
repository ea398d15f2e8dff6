/** A32 data-processing, miscellaneous moves and exception returns (ARM ARM A5.2). */
import { armExpandImm, decodeImmShift, SHIFTS, shiftText } from '../immediates';
import type { Fields, Row } from '../row';
import {
  addressOf,
  DATA_OPERATIONS,
  dataProcessingImmediate,
  dataProcessingRegister,
  dataProcessingShiftedRegister,
  DEST,
  moveTop,
  RETURN_OPERATIONS,
  returnImmediate,
  returnRegister,
} from '../semantics/data-processing';
import type { DataOperation } from '../semantics/data-processing';
import { immediate, modifiedImmediate, reg, s } from '../text';

/** Operations by opcode<3:0>, bits 24–21. */
const OPCODES: readonly DataOperation[] = [
  'and',
  'eor',
  'sub',
  'rsb',
  'add',
  'adc',
  'sbc',
  'rsc',
  'tst',
  'teq',
  'cmp',
  'cmn',
  'orr',
  'mov',
  'bic',
  'mvn',
];
const SHIFT_TYPES = ['lsl', 'lsr', 'asr', 'ror'] as const;

function binary(value: number, bits: number): string {
  return value.toString(2).padStart(bits, '0');
}
function title(op: string): string {
  return op.toUpperCase();
}
/** Rd = 15 with S = 1 is an exception return, another row. */
function returnsFromException(f: Fields): boolean {
  return f.S === 1 && f.d === 15;
}

/** Pattern pieces of an operation: S, Rn and Rd as it has them. */
function shape(op: DataOperation): { setFlags: string; n: string; d: string } {
  const { compare, unary } = DATA_OPERATIONS[op];
  return {
    setFlags: compare ? '1' : 'S',
    n: unary ? '(0)(0)(0)(0)' : 'nnnn',
    d: compare ? '(0)(0)(0)(0)' : 'dddd',
  };
}
function text(op: DataOperation, f: Fields, operand: string): string {
  const { compare, unary } = DATA_OPERATIONS[op];
  const first = compare || unary ? '' : `${reg(f.d)}, `;
  return `${op}${compare ? '' : s(f.S)}{c} ${first}${reg(unary ? f.d : f.n)}, ${operand}`;
}

function immediateRow(op: DataOperation, opcode: number): Row {
  const { compare, logical } = DATA_OPERATIONS[op];
  const { setFlags, n, d } = shape(op);
  const dest = logical
    ? [DEST.Register, DEST.Flags, DEST.FlagsCarry, DEST.Pc]
    : [DEST.Register, DEST.Flags, DEST.Pc];
  return {
    name: `${title(op)} (immediate) A1`,
    set: 'A32',
    pattern: `cccc 001 ${binary(opcode, 4)} ${setFlags} ${n} ${d} iiiiiiiiiiii`,
    feature: 'base',
    asm: (f) => text(op, f, modifiedImmediate(f.i)),
    except: compare
      ? undefined
      : (f) => returnsFromException(f) || ((op === 'add' || op === 'sub') && f.n === 15 && f.S === 0),
    forms: { dest: compare ? dest.slice(1, logical ? 3 : 2) : dest },
    form: (f) => ({
      dest:
        f.d === 15 && !compare
          ? DEST.Pc
          : f.S === 0
            ? DEST.Register
            : logical && armExpandImm(f.i).carry >= 0
              ? DEST.FlagsCarry
              : DEST.Flags,
    }),
    operands: (f) => {
      const { value, carry } = armExpandImm(f.i);
      return { rd: f.d ?? 0, rn: f.n ?? 0, imm: value, carry };
    },
    semantics: dataProcessingImmediate(op),
  };
}

function registerRow(op: DataOperation, opcode: number): Row {
  const { compare } = DATA_OPERATIONS[op];
  const { setFlags, n, d } = shape(op);
  return {
    name: `${title(op)} (register) A1`,
    set: 'A32',
    pattern: `cccc 000 ${binary(opcode, 4)} ${setFlags} ${n} ${d} aaaaa tt 0 mmmm`,
    feature: 'base',
    asm: (f) => text(op, f, reg(f.m) + shiftText(f.t, f.a)),
    except: (f) =>
      (!compare && returnsFromException(f)) ||
      // A MOV with a shift has its own title.
      (op === 'mov' && (f.t !== 0 || f.a !== 0)),
    ...registerForms(compare === true, op === 'mov' ? [0] : SHIFTS),
    semantics: dataProcessingRegister(op),
  };
}

function registerForms(
  compare: boolean,
  shifts: readonly number[],
): Pick<Row, 'forms' | 'form' | 'operands'> {
  return {
    forms: { dest: compare ? [DEST.Flags] : [DEST.Register, DEST.Flags, DEST.Pc], shift: shifts },
    form: (f) => ({
      dest: compare ? DEST.Flags : f.d === 15 ? DEST.Pc : f.S ? DEST.Flags : DEST.Register,
      shift: decodeImmShift(f.t, f.a).kind,
    }),
    operands: (f) => {
      const { amount, carryBit } = decodeImmShift(f.t, f.a);
      return { rd: f.d ?? 0, rn: f.n ?? 0, rm: f.m, amount, carryBit };
    },
  };
}

function shiftedRegisterRow(op: DataOperation, opcode: number): Row {
  const { compare } = DATA_OPERATIONS[op];
  const { setFlags, n, d } = shape(op);
  return {
    name: `${title(op)} (register-shifted register) A1`,
    set: 'A32',
    pattern: `cccc 000 ${binary(opcode, 4)} ${setFlags} ${n} ${d} ssss 0 tt 1 mmmm`,
    feature: 'base',
    asm: (f) => text(op, f, `${reg(f.m)}, ${SHIFT_TYPES[f.t]} ${reg(f.s)}`),
    except: op === 'mov' ? () => true : undefined,
    unpredictable: (f) => f.d === 15 || f.n === 15 || f.m === 15 || f.s === 15,
    ...shiftedRegisterForms(compare === true),
    semantics: dataProcessingShiftedRegister(op),
  };
}

function shiftedRegisterForms(compare: boolean): Pick<Row, 'forms' | 'form' | 'operands'> {
  return {
    forms: { dest: compare ? [DEST.Flags] : [DEST.Register, DEST.Flags], type: [0, 1, 2, 3] },
    form: (f) => ({ dest: compare || f.S ? DEST.Flags : DEST.Register, type: f.t }),
    operands: (f) => ({ rd: f.d ?? 0, rn: f.n ?? 0, rm: f.m, rs: f.s }),
  };
}

/** LSL, LSR, ASR, ROR and RRX by a constant: MOV with a shifted register. */
function shiftRows(): Row[] {
  const row = (op: string, type: number, amount: string): Row => ({
    name: `${title(op)}${op === 'rrx' ? '' : ' (immediate)'} A1`,
    set: 'A32',
    pattern: `cccc 0001101 S (0)(0)(0)(0) dddd ${amount} ${binary(type, 2)} 0 mmmm`,
    feature: 'base',
    asm: (f) => {
      const { written } = decodeImmShift(type, f.a ?? 0);
      return `${op}${s(f.S)}{c} ${reg(f.d)}, ${reg(f.m)}${op === 'rrx' ? '' : `, #${written}`}`;
    },
    except: (f) => returnsFromException(f) || ((op === 'lsl' || op === 'ror') && f.a === 0),
    forms: {
      dest: [DEST.Register, DEST.Flags, DEST.Pc],
      shift: { lsl: [1], lsr: [2, 6], asr: [3], ror: [4], rrx: [5] }[op] ?? [],
    },
    form: (f) => ({
      dest: f.d === 15 ? DEST.Pc : f.S ? DEST.Flags : DEST.Register,
      shift: decodeImmShift(type, f.a ?? 0).kind,
    }),
    operands: (f) => {
      const { amount: by, carryBit } = decodeImmShift(type, f.a ?? 0);
      return { rd: f.d, rm: f.m, amount: by, carryBit };
    },
    semantics: dataProcessingRegister('mov'),
  });
  const byRegister = (op: string, type: number): Row => ({
    name: `${title(op)} (register) A1`,
    set: 'A32',
    pattern: `cccc 0001101 S (0)(0)(0)(0) dddd ssss 0 ${binary(type, 2)} 1 mmmm`,
    feature: 'base',
    asm: (f) => `${op}${s(f.S)}{c} ${reg(f.d)}, ${reg(f.m)}, ${reg(f.s)}`,
    unpredictable: (f) => f.d === 15 || f.m === 15 || f.s === 15,
    forms: { dest: [DEST.Register, DEST.Flags], type: [type] },
    form: (f) => ({ dest: f.S ? DEST.Flags : DEST.Register, type }),
    operands: (f) => ({ rd: f.d, rm: f.m, rs: f.s }),
    semantics: dataProcessingShiftedRegister('mov'),
  });
  return [
    ...SHIFT_TYPES.map((op, type) => row(op, type, 'aaaaa')),
    row('rrx', 3, '00000'),
    ...SHIFT_TYPES.map(byRegister),
  ];
}

function adr(add: boolean): Row {
  return {
    name: `ADR ${add ? 'A1' : 'A2'}`,
    set: 'A32',
    pattern: `cccc 001 ${add ? '0100' : '0010'} 0 1111 dddd iiiiiiiiiiii`,
    feature: 'base',
    asm: (f) => `${add ? 'add' : 'sub'}{c} ${reg(f.d)}, pc, ${modifiedImmediate(f.i)}`,
    forms: { dest: [DEST.Register, DEST.Pc] },
    form: (f) => ({ dest: f.d === 15 ? DEST.Pc : DEST.Register }),
    operands: (f) => {
      const { value } = armExpandImm(f.i);
      return { rd: f.d, offset: add ? value : -value | 0 };
    },
    semantics: addressOf,
  };
}

const returnOpcodes = { from: OPCODES, is: (opcode: number) => (opcode & 12) !== 8 };
function returnOp(f: Fields): number {
  return RETURN_OPERATIONS.indexOf(returnOpcodes.from[f.o]);
}

/** S = 1 with Rd = 15. */
const EXCEPTION_RETURNS: readonly Row[] = [
  {
    name: 'SUBS PC, LR and related instructions (immediate) A1',
    set: 'A32',
    pattern: 'cccc 001 oooo 1 nnnn 1111 iiiiiiiiiiii',
    feature: 'base',
    asm: (f) => text(OPCODES[f.o], { ...f, d: 15, S: 1 }, modifiedImmediate(f.i)),
    except: (f) => !returnOpcodes.is(f.o),
    unpredictable: (f) => DATA_OPERATIONS[OPCODES[f.o]].unary === true && f.n !== 0,
    forms: { op: RETURN_OPERATIONS.map((_, i) => i) },
    form: (f) => ({ op: returnOp(f) }),
    operands: (f) => ({ rn: f.n, imm: armExpandImm(f.i).value, encoding: f.word }),
    semantics: returnImmediate,
    endsBlock: true,
  },
  {
    name: 'SUBS PC, LR and related instructions (register) A2',
    set: 'A32',
    pattern: 'cccc 000 oooo 1 nnnn 1111 aaaaa tt 0 mmmm',
    feature: 'base',
    asm: (f) => {
      const fields = { ...f, d: 15, S: 1 };
      const op = OPCODES[f.o];
      const shift = decodeImmShift(f.t, f.a);
      if (op === 'mov' && shift.kind !== 0) {
        return f.t === 3 && f.a === 0
          ? `rrxs{c} pc, ${reg(f.m)}`
          : `${SHIFT_TYPES[f.t]}s{c} pc, ${reg(f.m)}, #${shift.written}`;
      }
      return text(op, fields, reg(f.m) + shiftText(f.t, f.a));
    },
    except: (f) => !returnOpcodes.is(f.o),
    unpredictable: (f) => DATA_OPERATIONS[OPCODES[f.o]].unary === true && f.n !== 0,
    forms: { op: RETURN_OPERATIONS.map((_, i) => i), shift: SHIFTS },
    form: (f) => ({ op: returnOp(f), shift: decodeImmShift(f.t, f.a).kind }),
    operands: (f) => {
      const { amount, carryBit } = decodeImmShift(f.t, f.a);
      return { rn: f.n, rm: f.m, amount, carryBit, encoding: f.word };
    },
    semantics: returnRegister,
    endsBlock: true,
  },
];

const WIDE_MOVES: readonly Row[] = [
  {
    name: 'MOV (immediate) A2',
    set: 'A32',
    pattern: 'cccc 0011 0000 iiii dddd iiiiiiiiiiii',
    feature: 'base',
    asm: (f) => `movw{c} ${reg(f.d)}, ${immediate(f.i)}`,
    unpredictable: (f) => f.d === 15,
    forms: { dest: [DEST.Register] },
    form: () => ({ dest: DEST.Register }),
    operands: (f) => ({ rd: f.d, imm: f.i }),
    semantics: dataProcessingImmediate('mov'),
  },
  {
    name: 'MOVT A1',
    set: 'A32',
    pattern: 'cccc 0011 0100 iiii dddd iiiiiiiiiiii',
    feature: 'base',
    asm: (f) => `movt{c} ${reg(f.d)}, ${immediate(f.i)}`,
    unpredictable: (f) => f.d === 15,
    operands: (f) => ({ rd: f.d, imm: f.i << 16 }),
    semantics: moveTop,
  },
];

export const A32_DATA_PROCESSING: readonly Row[] = [
  ...OPCODES.map(immediateRow),
  ...OPCODES.map(registerRow),
  ...OPCODES.filter((op) => op !== 'mov').map((op) => shiftedRegisterRow(op, OPCODES.indexOf(op))),
  ...shiftRows(),
  adr(true),
  adr(false),
  ...EXCEPTION_RETURNS,
  ...WIDE_MOVES,
];
