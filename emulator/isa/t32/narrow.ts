/** 16-bit T32 instructions (ARM ARM A6.2). */
import { bitCount, decodeImmShift, signExtend } from '../immediates';
import { inItBlock, lastInItBlock } from '../row';
import type { DecodeContext, Fields, Row } from '../row';
import { extend, reverseHalfwords, reverseSignedHalfword, reverseWord } from '../semantics/bits';
import { branch, branchExchange, branchLinkExchange, compareAndBranch } from '../semantics/branch';
import {
  addressOf,
  DATA_OPERATIONS,
  dataProcessingImmediate,
  dataProcessingRegister,
  dataProcessingShiftedRegister,
  DEST,
} from '../semantics/data-processing';
import type { DataOperation } from '../semantics/data-processing';
import { breakpoint, supervisorCall, undefinedInstruction } from '../semantics/exception';
import { hintOperands, HINTS, noOperation } from '../semantics/hint';
import { immediateOffset, loadLiteral, loadStore, plainRegisterOffset } from '../semantics/load-store';
import type { Transfer } from '../semantics/load-store';
import { loadMultiple, loadMultipleWithPc, storeMultiple } from '../semantics/load-store-multiple';
import { multiply } from '../semantics/multiply';
import { changeProcessorState, setEndianness } from '../semantics/status';
import type { Semantics } from '../semantics/types';
import { singleTransferSyndrome } from '../syndrome';
import { CONDITIONS, hex, immediate, reg, registerList } from '../text';

type Spec = Omit<Row, 'set' | 'feature'>;
function narrow(spec: Spec): Row {
  return { ...spec, set: 'T32', feature: 'base' };
}

/** `s` outside an IT block: these instructions set the flags there and not inside. */
function s(context: DecodeContext): string {
  return inItBlock(context) ? '' : 's';
}
function destination(context: DecodeContext): { dest: number } {
  return { dest: inItBlock(context) ? DEST.Register : DEST.Flags };
}
const FLAGS_OR_NOT = [DEST.Register, DEST.Flags];
/** A branch inside an IT block must be its last instruction. */
function midBlock(context: DecodeContext): boolean {
  return inItBlock(context) && !lastInItBlock(context);
}

/** `ADDS rd, rn, #imm` and kin. `imm` of the fields is field i. */
function immediateRow(name: string, pattern: string, op: DataOperation, twoOperands: boolean): Row {
  const { compare, unary } = DATA_OPERATIONS[op];
  const rn = (f: Fields): number => f.n ?? f.d;
  return narrow({
    name,
    pattern,
    asm: (f, context) =>
      compare
        ? `${op}{c} ${reg(rn(f))}, ${immediate(f.i)}`
        : `${op}${s(context)}{c} ${reg(f.d)}, ${twoOperands ? `${reg(rn(f))}, ` : ''}${immediate(f.i)}`,
    forms: { dest: compare ? [DEST.Flags] : FLAGS_OR_NOT },
    form: (_, context) => (compare ? { dest: DEST.Flags } : destination(context)),
    operands: (f) => ({ rd: f.d ?? 0, rn: unary ? 0 : rn(f), imm: f.i, carry: 0 }),
    semantics: dataProcessingImmediate(op),
  });
}

/** `ADDS rd, rn, rm`; Rd is Rn where there is no field n. */
function registerRow(name: string, pattern: string, op: DataOperation): Row {
  const { compare, unary } = DATA_OPERATIONS[op];
  return narrow({
    name,
    pattern,
    asm: (f, context) =>
      compare
        ? `${op}{c} ${reg(f.d)}, ${reg(f.m)}`
        : `${op}${s(context)}{c} ${reg(f.d)}, ${f.n === undefined ? '' : `${reg(f.n)}, `}${reg(f.m)}`,
    forms: { dest: compare ? [DEST.Flags] : FLAGS_OR_NOT, shift: [0] },
    form: (_, context) => ({ ...(compare ? { dest: DEST.Flags } : destination(context)), shift: 0 }),
    operands: (f) => ({ rd: f.d, rn: unary ? 0 : (f.n ?? f.d), rm: f.m, amount: 0, carryBit: 0 }),
    semantics: dataProcessingRegister(op),
  });
}

const SHIFT_TYPES = ['lsl', 'lsr', 'asr', 'ror'];
function shiftImmediateRow(type: number): Row {
  const op = SHIFT_TYPES[type];
  return narrow({
    name: `${op.toUpperCase()} (immediate) T1`,
    pattern: `000 ${type.toString(2).padStart(2, '0')} iiiii mmm ddd`,
    asm: (f, context) =>
      `${op}${s(context)}{c} ${reg(f.d)}, ${reg(f.m)}, #${decodeImmShift(type, f.i).written}`,
    except: type === 0 ? (f) => f.i === 0 : undefined,
    forms: { dest: FLAGS_OR_NOT, shift: [[1], [2, 6], [3]][type] },
    form: (f, context) => ({ ...destination(context), shift: decodeImmShift(type, f.i).kind }),
    operands: (f) => {
      const { amount, carryBit } = decodeImmShift(type, f.i);
      return { rd: f.d, rm: f.m, amount, carryBit };
    },
    semantics: dataProcessingRegister('mov'),
  });
}
function shiftRegisterRow(type: number, opcode: string): Row {
  const op = SHIFT_TYPES[type];
  return narrow({
    name: `${op.toUpperCase()} (register) T1`,
    pattern: `010000 ${opcode} mmm ddd`,
    asm: (f, context) => `${op}${s(context)}{c} ${reg(f.d)}, ${reg(f.m)}`,
    forms: { dest: FLAGS_OR_NOT, type: [type] },
    form: (_, context) => ({ ...destination(context), type }),
    operands: (f) => ({ rd: f.d, rm: f.d, rs: f.m }),
    semantics: dataProcessingShiftedRegister('mov'),
  });
}

const DATA_PROCESSING: readonly Row[] = [
  shiftImmediateRow(0),
  shiftImmediateRow(1),
  shiftImmediateRow(2),
  {
    ...registerRow('MOV (register) T2', '000 00 00000 mmm ddd', 'mov'),
    asm: (f) => `movs{c} ${reg(f.d)}, ${reg(f.m)}`,
    form: () => ({ dest: DEST.Flags, shift: 0 }),
    forms: { dest: [DEST.Flags], shift: [0] },
    unpredictable: (_, context) => inItBlock(context),
  },
  registerRow('ADD (register) T1', '0001100 mmm nnn ddd', 'add'),
  registerRow('SUB (register) T1', '0001101 mmm nnn ddd', 'sub'),
  immediateRow('ADD (immediate) T1', '0001110 iii nnn ddd', 'add', true),
  immediateRow('SUB (immediate) T1', '0001111 iii nnn ddd', 'sub', true),
  immediateRow('MOV (immediate) T1', '00100 ddd iiiiiiii', 'mov', false),
  immediateRow('CMP (immediate) T1', '00101 nnn iiiiiiii', 'cmp', false),
  immediateRow('ADD (immediate) T2', '00110 ddd iiiiiiii', 'add', false),
  immediateRow('SUB (immediate) T2', '00111 ddd iiiiiiii', 'sub', false),
  registerRow('AND (register) T1', '010000 0000 mmm ddd', 'and'),
  registerRow('EOR (register) T1', '010000 0001 mmm ddd', 'eor'),
  shiftRegisterRow(0, '0010'),
  shiftRegisterRow(1, '0011'),
  shiftRegisterRow(2, '0100'),
  registerRow('ADC (register) T1', '010000 0101 mmm ddd', 'adc'),
  registerRow('SBC (register) T1', '010000 0110 mmm ddd', 'sbc'),
  shiftRegisterRow(3, '0111'),
  registerRow('TST (register) T1', '010000 1000 mmm ddd', 'tst'),
  narrow({
    name: 'RSB (immediate) T1',
    pattern: '010000 1001 nnn ddd',
    asm: (f, context) => `rsb${s(context)}{c} ${reg(f.d)}, ${reg(f.n)}, #0`,
    forms: { dest: FLAGS_OR_NOT },
    form: (_, context) => destination(context),
    operands: (f) => ({ rd: f.d, rn: f.n, imm: 0, carry: 0 }),
    semantics: dataProcessingImmediate('rsb'),
  }),
  registerRow('CMP (register) T1', '010000 1010 mmm ddd', 'cmp'),
  registerRow('CMN (register) T1', '010000 1011 mmm ddd', 'cmn'),
  registerRow('ORR (register) T1', '010000 1100 mmm ddd', 'orr'),
  narrow({
    name: 'MUL T1',
    pattern: '010000 1101 nnn ddd',
    asm: (f, context) => `mul${s(context)}{c} ${reg(f.d)}, ${reg(f.n)}, ${reg(f.d)}`,
    forms: { S: [0, 1] },
    form: (_, context) => ({ S: Number(!inItBlock(context)) }),
    operands: (f) => ({ rd: f.d, rn: f.n, rm: f.d }),
    semantics: multiply,
  }),
  registerRow('BIC (register) T1', '010000 1110 mmm ddd', 'bic'),
  registerRow('MVN (register) T1', '010000 1111 mmm ddd', 'mvn'),
  // High registers: never flags, and PC as a destination branches.
  narrow({
    name: 'ADD (register) T2',
    pattern: '01000100 d mmmm ddd',
    asm: (f) => `add{c} ${reg(f.d)}, ${reg(f.m)}`,
    unpredictable: (f, context) => (f.d === 15 && f.m === 15) || (f.d === 15 && midBlock(context)),
    forms: { dest: [DEST.Register, DEST.Pc], shift: [0] },
    form: (f) => ({ dest: f.d === 15 ? DEST.Pc : DEST.Register, shift: 0 }),
    operands: (f) => ({ rd: f.d, rn: f.d, rm: f.m, amount: 0, carryBit: 0 }),
    semantics: dataProcessingRegister('add'),
  }),
  narrow({
    name: 'CMP (register) T2',
    pattern: '01000101 d mmmm ddd',
    asm: (f) => `cmp{c} ${reg(f.d)}, ${reg(f.m)}`,
    unpredictable: (f) => (f.d < 8 && f.m < 8) || f.d === 15 || f.m === 15,
    forms: { dest: [DEST.Flags], shift: [0] },
    form: () => ({ dest: DEST.Flags, shift: 0 }),
    operands: (f) => ({ rn: f.d, rm: f.m, amount: 0, carryBit: 0 }),
    semantics: dataProcessingRegister('cmp'),
  }),
  narrow({
    name: 'MOV (register) T1',
    pattern: '01000110 d mmmm ddd',
    asm: (f) => `mov{c} ${reg(f.d)}, ${reg(f.m)}`,
    unpredictable: (f, context) => f.d === 15 && midBlock(context),
    forms: { dest: [DEST.Register, DEST.Pc], shift: [0] },
    form: (f) => ({ dest: f.d === 15 ? DEST.Pc : DEST.Register, shift: 0 }),
    operands: (f) => ({ rd: f.d, rm: f.m, amount: 0, carryBit: 0 }),
    semantics: dataProcessingRegister('mov'),
  }),
];

function plainAdd(name: string, pattern: string, op: 'add' | 'sub', d: number | undefined): Row {
  const rd = (f: Fields): number => d ?? f.d;
  return narrow({
    name,
    pattern,
    asm: (f) => `${op}{c} ${reg(rd(f))}, ${d === undefined ? 'sp, ' : ''}${immediate(f.i * 4)}`,
    forms: { dest: [DEST.Register] },
    form: () => ({ dest: DEST.Register }),
    operands: (f) => ({ rd: rd(f), rn: 13, imm: f.i * 4, carry: 0 }),
    semantics: dataProcessingImmediate(op),
  });
}

/** Registers, sizes and offsets of the register and immediate loads and stores (A6.2.4). */
const REGISTER_TRANSFERS: readonly (readonly [string, Transfer])[] = [
  ['STR', { load: false, size: 4 }],
  ['STRH', { load: false, size: 2 }],
  ['STRB', { load: false, size: 1 }],
  ['LDRSB', { load: true, size: 1, signed: true }],
  ['LDR', { load: true, size: 4 }],
  ['LDRH', { load: true, size: 2 }],
  ['LDRB', { load: true, size: 1 }],
  ['LDRSH', { load: true, size: 2, signed: true }],
];
const IMMEDIATE_TRANSFERS: readonly (readonly [string, string, Transfer])[] = [
  ['STR', '01100', { load: false, size: 4 }],
  ['LDR', '01101', { load: true, size: 4 }],
  ['STRB', '01110', { load: false, size: 1 }],
  ['LDRB', '01111', { load: true, size: 1 }],
  ['STRH', '10000', { load: false, size: 2 }],
  ['LDRH', '10001', { load: true, size: 2 }],
];
/** Forms of an offset without write-back to a register that is not PC. */
function offsetForms(op: Transfer): Pick<Row, 'forms' | 'form'> {
  const word = op.load && op.size === 4;
  return {
    forms: { index: [0], ...(word ? { dest: [0] } : {}) },
    form: () => ({ index: 0, ...(word ? { dest: 0 } : {}) }),
  };
}

const LOAD_STORE: readonly Row[] = [
  narrow({
    name: 'LDR (literal) T1',
    pattern: '01001 ttt iiiiiiii',
    asm: (f, context) =>
      `ldr{c} ${reg(f.t)}, [pc, #${f.i * 4}] ; ${hex((context.address & ~3) + 4 + f.i * 4)}`,
    forms: { dest: [0] },
    form: () => ({ dest: 0 }),
    operands: (f) => ({ rt: f.t, offset: f.i * 4 }),
    semantics: loadLiteral({ load: true, size: 4 }),
    syndrome: (f) => singleTransferSyndrome({ size: 4 }, f.t),
  }),
  ...REGISTER_TRANSFERS.map(([name, op], i) =>
    narrow({
      name: `${name} (register) T1`,
      pattern: `0101 ${i.toString(2).padStart(3, '0')} mmm nnn ttt`,
      asm: (f) => `${name.toLowerCase()}{c} ${reg(f.t)}, [${reg(f.n)}, ${reg(f.m)}]`,
      ...offsetForms(op),
      operands: (f) => ({ rt: f.t, rn: f.n, rm: f.m, sign: 0 }),
      semantics: loadStore(op, plainRegisterOffset),
      syndrome: (f) => singleTransferSyndrome(op, f.t),
    }),
  ),
  ...IMMEDIATE_TRANSFERS.map(([name, opcode, op]) =>
    narrow({
      name: `${name} (immediate) T1`,
      pattern: `${opcode} iiiii nnn ttt`,
      asm: (f) =>
        `${name.toLowerCase()}{c} ${reg(f.t)}, [${reg(f.n)}${f.i === 0 ? '' : `, #${f.i * op.size}`}]`,
      ...offsetForms(op),
      operands: (f) => ({ rt: f.t, rn: f.n, offset: f.i * op.size }),
      semantics: loadStore(op, immediateOffset),
      syndrome: (f) => singleTransferSyndrome(op, f.t),
    }),
  ),
  ...[false, true].map((load) => {
    const op: Transfer = { load, size: 4 };
    return narrow({
      name: `${load ? 'LDR' : 'STR'} (immediate) T2`,
      pattern: `1001 ${load ? 1 : 0} ttt iiiiiiii`,
      asm: (f) => `${load ? 'ldr' : 'str'}{c} ${reg(f.t)}, [sp${f.i === 0 ? '' : `, #${f.i * 4}`}]`,
      ...offsetForms(op),
      operands: (f) => ({ rt: f.t, rn: 13, offset: f.i * 4 }),
      semantics: loadStore(op, immediateOffset),
      syndrome: (f) => singleTransferSyndrome(op, f.t),
    });
  }),
  narrow({
    name: 'ADR T1',
    pattern: '10100 ddd iiiiiiii',
    asm: (f, context) => `add{c} ${reg(f.d)}, pc, #${f.i * 4} ; ${hex((context.address & ~3) + 4 + f.i * 4)}`,
    forms: { dest: [DEST.Register] },
    form: () => ({ dest: DEST.Register }),
    operands: (f) => ({ rd: f.d, offset: f.i * 4 }),
    semantics: addressOf,
  }),
  plainAdd('ADD (SP plus immediate) T1', '10101 ddd iiiiiiii', 'add', undefined),
  plainAdd('ADD (SP plus immediate) T2', '10110000 0 iiiiiii', 'add', 13),
  plainAdd('SUB (SP minus immediate) T1', '10110000 1 iiiiiii', 'sub', 13),
];

/** The list of a PUSH or POP: bit M or P is `extra`. */
function stackList(f: Fields, extra: number): number {
  return f.l | (f.e << extra);
}
const writtenBack = { forms: { wback: [1] }, form: () => ({ wback: 1 }) };

const MULTIPLE: readonly Row[] = [
  narrow({
    name: 'PUSH T1',
    pattern: '1011010 e llllllll',
    asm: (f) => `push{c} ${registerList(stackList(f, 14))}`,
    unpredictable: (f) => stackList(f, 14) === 0,
    ...writtenBack,
    operands: (f) => {
      const list = stackList(f, 14);
      const size = -4 * bitCount(list);
      return { rn: 13, list, start: size, delta: size };
    },
    semantics: storeMultiple,
  }),
  narrow({
    name: 'POP T1',
    pattern: '1011110 0 llllllll',
    asm: (f) => `pop{c} ${registerList(f.l)}`,
    unpredictable: (f) => f.l === 0,
    ...writtenBack,
    operands: (f) => ({ rn: 13, list: f.l, start: 0, delta: 4 * bitCount(f.l) }),
    semantics: loadMultiple,
  }),
  narrow({
    name: 'POP (with PC) T1',
    pattern: '1011110 1 llllllll',
    asm: (f) => `pop{c} ${registerList(f.l | 0x8000)}`,
    unpredictable: (_, context) => midBlock(context),
    ...writtenBack,
    operands: (f) => ({ rn: 13, list: f.l | 0x8000, start: 0, delta: 4 * bitCount(f.l) + 4 }),
    semantics: loadMultipleWithPc,
    endsBlock: true,
  }),
  narrow({
    name: 'STM T1',
    pattern: '11000 nnn llllllll',
    asm: (f) => `stm{c} ${reg(f.n)}!, ${registerList(f.l)}`,
    unpredictable: (f) => f.l === 0,
    ...writtenBack,
    operands: (f) => ({ rn: f.n, list: f.l, start: 0, delta: 4 * bitCount(f.l) }),
    semantics: storeMultiple,
  }),
  narrow({
    name: 'LDM T1',
    pattern: '11001 nnn llllllll',
    asm: (f) => `ldm{c} ${reg(f.n)}${(f.l >>> f.n) & 1 ? '' : '!'}, ${registerList(f.l)}`,
    unpredictable: (f) => f.l === 0,
    forms: { wback: [0, 1] },
    form: (f) => ({ wback: ((f.l >>> f.n) & 1) ^ 1 }),
    operands: (f) => ({ rn: f.n, list: f.l, start: 0, delta: 4 * bitCount(f.l) }),
    semantics: loadMultiple,
  }),
];

function unaryRow(name: string, pattern: string, semantics: Semantics, extra?: Record<string, number>): Row {
  return narrow({
    name: `${name} T1`,
    pattern: `${pattern} mmm ddd`,
    asm: (f) => `${name.toLowerCase()}{c} ${reg(f.d)}, ${reg(f.m)}`,
    operands: (f) => ({ rd: f.d, rm: f.m, ...extra }),
    semantics,
  });
}

const MISCELLANEOUS: readonly Row[] = [
  ...[false, true].map((nonzero) =>
    narrow({
      name: `${nonzero ? 'CBNZ' : 'CBZ'} T1`,
      pattern: `1011 ${nonzero ? 1 : 0} 0 i 1 iiiii nnn`,
      asm: (f, context) => `${nonzero ? 'cbnz' : 'cbz'} ${reg(f.n)}, ${hex(context.address + 4 + f.i * 2)}`,
      unpredictable: (_, context) => inItBlock(context),
      forms: { nonzero: [Number(nonzero)] },
      form: () => ({ nonzero: Number(nonzero) }),
      operands: (f, context) => ({ rn: f.n, target: (context.address + 4 + f.i * 2) | 0 }),
      semantics: compareAndBranch,
      endsBlock: true,
    }),
  ),
  unaryRow('SXTH', '10110010 00', extend('h', true, false), { rotation: 0 }),
  unaryRow('SXTB', '10110010 01', extend('b', true, false), { rotation: 0 }),
  unaryRow('UXTH', '10110010 10', extend('h', false, false), { rotation: 0 }),
  unaryRow('UXTB', '10110010 11', extend('b', false, false), { rotation: 0 }),
  unaryRow('REV', '10111010 00', reverseWord),
  unaryRow('REV16', '10111010 01', reverseHalfwords),
  unaryRow('REVSH', '10111010 11', reverseSignedHalfword),
  narrow({
    name: 'SETEND T1',
    pattern: '10110110010 (1) e (0)(0)(0)',
    asm: (f) => `setend ${f.e ? 'be' : 'le'}`,
    unpredictable: (_, context) => inItBlock(context),
    operands: (f) => ({ big: f.e }),
    semantics: setEndianness,
  }),
  narrow({
    name: 'CPS T1',
    pattern: '10110110011 M (0) aaa',
    asm: (f) => `cps${f.M ? 'id' : 'ie'} ${[...'aif'].filter((_, i) => (f.a >>> (2 - i)) & 1).join('')}`,
    unpredictable: (f, context) => f.a === 0 || inItBlock(context),
    operands: (f) => ({ enable: f.M ? 3 : 2, flags: f.a, mode: -1 }),
    semantics: changeProcessorState,
  }),
  narrow({
    name: 'BKPT T1',
    pattern: '10111110 iiiiiiii',
    asm: (f) => `bkpt 0x${f.i.toString(16).padStart(4, '0')}`,
    unconditional: true,
    operands: (f) => ({ imm: f.i }),
    semantics: breakpoint,
    endsBlock: true,
  }),
  narrow({
    name: 'IT T1',
    pattern: '10111111 oooo mmmm',
    asm: (f) => itText(f.o, f.m),
    except: (f) => f.m === 0,
    unpredictable: (f, context) => f.o === 15 || (f.o === 14 && bitCount(f.m) !== 1) || inItBlock(context),
    // ITSTATE is known when code is decoded: the engines carry it from instruction to instruction.
    semantics: noOperation,
  }),
  ...HINTS.map(([name, number, semantics]) =>
    narrow({
      name: `${name} T1`,
      pattern: `10111111 ${number.toString(2).padStart(4, '0')} 0000`,
      asm: () => `${name.toLowerCase()}{c}`,
      operands: hintOperands,
      semantics,
    }),
  ),
  narrow({
    name: 'Unallocated hint T1',
    pattern: '10111111 oooo 0000',
    asm: (f) => `nop{c} {${f.o}}`,
    except: (f) => f.o <= 4,
    semantics: noOperation,
  }),
];

/** `ite eq`: after the first letter, t where the mask bit is the condition's bit 0. */
function itText(condition: number, mask: number): string {
  let letters = '';
  for (let bit = 3; (mask & ((1 << bit) - 1)) !== 0; bit--) {
    letters += ((mask >>> bit) & 1) === (condition & 1) ? 't' : 'e';
  }
  return `it${letters} ${condition === 14 ? 'al' : CONDITIONS[condition]}`;
}

const BRANCH: readonly Row[] = [
  narrow({
    name: 'BX T1',
    pattern: '010001110 mmmm (0)(0)(0)',
    asm: (f) => `bx{c} ${reg(f.m)}`,
    unpredictable: (_, context) => midBlock(context),
    operands: (f) => ({ rm: f.m }),
    semantics: branchExchange,
    endsBlock: true,
  }),
  narrow({
    name: 'BLX (register) T1',
    pattern: '010001111 mmmm (0)(0)(0)',
    asm: (f) => `blx{c} ${reg(f.m)}`,
    unpredictable: (f, context) => f.m === 15 || midBlock(context),
    operands: (f) => ({ rm: f.m }),
    semantics: branchLinkExchange(true),
    endsBlock: true,
  }),
  narrow({
    name: 'B T1',
    pattern: '1101 cccc iiiiiiii',
    asm: (f, context) => `b{c}.n ${hex(context.address + 4 + (signExtend(f.i, 8) << 1))}`,
    condition: (f) => f.c,
    except: (f) => f.c >= 14,
    unpredictable: (_, context) => inItBlock(context),
    operands: (f, context) => ({ target: (context.address + 4 + (signExtend(f.i, 8) << 1)) | 0 }),
    semantics: branch,
    endsBlock: true,
  }),
  narrow({
    name: 'UDF T1',
    pattern: '1101 1110 iiiiiiii',
    asm: (f) => `udf ${immediate(f.i)}`,
    operands: (f) => ({ encoding: f.word }),
    semantics: undefinedInstruction,
    endsBlock: true,
  }),
  narrow({
    name: 'SVC T1',
    pattern: '1101 1111 iiiiiiii',
    asm: (f) => `svc{c} ${immediate(f.i)}`,
    operands: (f) => ({ imm: f.i }),
    semantics: supervisorCall,
    endsBlock: true,
  }),
  narrow({
    name: 'B T2',
    pattern: '11100 iiiiiiiiiii',
    asm: (f, context) => `b{c}.n ${hex(context.address + 4 + (signExtend(f.i, 11) << 1))}`,
    unpredictable: (_, context) => midBlock(context),
    operands: (f, context) => ({ target: (context.address + 4 + (signExtend(f.i, 11) << 1)) | 0 }),
    semantics: branch,
    endsBlock: true,
  }),
];

export const T32_NARROW: readonly Row[] = [
  ...DATA_PROCESSING,
  ...LOAD_STORE,
  ...MULTIPLE,
  ...MISCELLANEOUS,
  ...BRANCH,
];
