/** A32 loads and stores of one or two registers, SWP and preloads (ARM ARM A5.2.8, A5.2.10, A5.3). */
import { decodeImmShift, SHIFT, shiftText } from '../immediates';
import type { DecodeContext, Fields, Row } from '../row';
import {
  immediateOffset,
  INDEX,
  LOAD_TO,
  loadDualLiteral,
  loadLiteral,
  loadStore,
  loadStoreDual,
  plainRegisterOffset,
  preload,
  preloadLiteral,
  registerOffset,
  swap,
} from '../semantics/load-store';
import type { Transfer } from '../semantics/load-store';
import { singleTransferSyndrome } from '../syndrome';
import { address, hex, offset, reg } from '../text';

interface Operation extends Transfer {
  readonly name: string;
}
/** Operations of A5.3 with their bits 22 (B) and 20 (L). */
const WORD_AND_BYTE: readonly (Operation & { readonly b: number })[] = [
  { name: 'STR', load: false, size: 4, b: 0 },
  { name: 'LDR', load: true, size: 4, b: 0 },
  { name: 'STRB', load: false, size: 1, b: 1 },
  { name: 'LDRB', load: true, size: 1, b: 1 },
];
/** Operations of A5.2.8 with op2 (bits 6–5). */
const EXTRA: readonly (Operation & { readonly op2: string })[] = [
  { name: 'STRH', load: false, size: 2, op2: '01' },
  { name: 'LDRH', load: true, size: 2, op2: '01' },
  { name: 'LDRSB', load: true, size: 1, signed: true, op2: '10' },
  { name: 'LDRSH', load: true, size: 2, signed: true, op2: '11' },
];

function indexOf(f: Fields): number {
  return f.P === 0 ? INDEX.Post : f.W ? INDEX.Pre : INDEX.Offset;
}
function writesBack(f: Fields): boolean {
  return f.P === 0 || f.W === 1;
}
/** P = 0, W = 1 is LDRT and kin. */
function isUnprivileged(f: Fields): boolean {
  return f.P === 0 && f.W === 1;
}
function signed(f: Fields, magnitude: number): number {
  return f.U ? magnitude : -magnitude | 0;
}
function mnemonicOperands(op: Operation, f: Fields, where: string): string {
  return `${op.name.toLowerCase()}{c} ${reg(f.t)}, ${where}`;
}
function literalText(f: Fields, magnitude: number, context: DecodeContext): string {
  return `[pc, ${offset(f.U, magnitude)}] ; ${hex((context.address & ~3) + 8 + signed(f, magnitude))}`;
}
/** Shift kinds of a register offset: LSL #0 serves for no shift. */
const OFFSET_SHIFTS = [SHIFT.Lsl, SHIFT.Lsr, SHIFT.Asr, SHIFT.Ror, SHIFT.Rrx, SHIFT.Lsr32];
function offsetShift(f: Fields): { shift: number; amount: number } {
  const { kind, amount } = decodeImmShift(f.y, f.a);
  return { shift: kind === SHIFT.None ? SHIFT.Lsl : kind, amount };
}
function offsetRegisterText(f: Fields): string {
  return `${f.U ? '' : '-'}${reg(f.m)}${f.a === undefined ? '' : shiftText(f.y, f.a)}`;
}

/** LDR, STR, LDRB, STRB with a 12-bit immediate. */
function immediateRow(op: Operation & { b: number }): Row {
  const word = op.size === 4;
  return {
    name: `${op.name} (immediate) A1`,
    set: 'A32',
    pattern: `cccc 010 P U ${op.b} W ${op.load ? 1 : 0} nnnn tttt iiiiiiiiiiii`,
    feature: 'base',
    asm: (f) => {
      // PUSH A2 and POP A2.
      if (word && f.n === 13 && f.i === 4) {
        if (!op.load && f.P && f.W && !f.U) return `push{c} {${reg(f.t)}}`;
        if (op.load && !f.P && !f.W && f.U) return `pop{c} {${reg(f.t)}}`;
      }
      return mnemonicOperands(op, f, address(f.n, offset(f.U, f.i), f.P === 1, f.W === 1));
    },
    except: (f) => isUnprivileged(f) || (op.load && f.n === 15 && f.P === 1 && f.W === 0),
    unpredictable: (f) => (writesBack(f) && (f.n === 15 || f.n === f.t)) || (!word && f.t === 15),
    forms: { index: [0, 1, 2], ...(op.load && word ? { dest: [0, 1] } : {}) },
    form: (f) => ({ index: indexOf(f), ...(op.load && word ? { dest: Number(f.t === 15) } : {}) }),
    operands: (f) => ({ rt: f.t, rn: f.n, offset: signed(f, f.i) }),
    semantics: loadStore(op, immediateOffset),
    syndrome: (f) => (writesBack(f) ? undefined : singleTransferSyndrome(op, f.t)),
  };
}

function literalRow(op: Operation & { b: number }): Row {
  const word = op.size === 4;
  return {
    name: `${op.name} (literal) A1`,
    set: 'A32',
    pattern: `cccc 010 1 U ${op.b} 0 1 1111 tttt iiiiiiiiiiii`,
    feature: 'base',
    asm: (f, context) => mnemonicOperands(op, f, literalText(f, f.i, context)),
    unpredictable: (f) => !word && f.t === 15,
    forms: word ? { dest: [LOAD_TO.Register, LOAD_TO.Pc] } : undefined,
    form: word ? (f) => ({ dest: Number(f.t === 15) }) : undefined,
    operands: (f) => ({ rt: f.t, offset: signed(f, f.i) }),
    semantics: loadLiteral(op),
    syndrome: (f) => singleTransferSyndrome(op, f.t),
  };
}

function registerRow(op: Operation & { b: number }): Row {
  const word = op.size === 4;
  return {
    name: `${op.name} (register) A1`,
    set: 'A32',
    pattern: `cccc 011 P U ${op.b} W ${op.load ? 1 : 0} nnnn tttt aaaaa yy 0 mmmm`,
    feature: 'base',
    asm: (f) => mnemonicOperands(op, f, address(f.n, offsetRegisterText(f), f.P === 1, f.W === 1)),
    except: isUnprivileged,
    unpredictable: (f) =>
      f.m === 15 || (writesBack(f) && (f.n === 15 || f.n === f.t)) || (!word && f.t === 15),
    forms: { index: [0, 1, 2], shift: OFFSET_SHIFTS, ...(op.load && word ? { dest: [0, 1] } : {}) },
    form: (f) => ({
      index: indexOf(f),
      shift: offsetShift(f).shift,
      ...(op.load && word ? { dest: Number(f.t === 15) } : {}),
    }),
    operands: (f) => ({ rt: f.t, rn: f.n, rm: f.m, amount: offsetShift(f).amount, sign: f.U - 1 }),
    semantics: loadStore(op, registerOffset),
    syndrome: (f) => (writesBack(f) ? undefined : singleTransferSyndrome(op, f.t)),
  };
}

/** LDRT, STRT, LDRBT, STRBT: always post-indexed in A32. */
function unprivilegedRows(op: Operation & { b: number }): Row[] {
  const transfer = { ...op, unprivileged: true };
  const named = { ...op, name: `${op.name}T` };
  const l = op.load ? 1 : 0;
  return [
    {
      name: `${named.name} A1`,
      set: 'A32',
      pattern: `cccc 010 0 U ${op.b} 1 ${l} nnnn tttt iiiiiiiiiiii`,
      feature: 'base',
      asm: (f) => mnemonicOperands(named, f, address(f.n, offset(f.U, f.i), false, false)),
      unpredictable: (f) => f.n === 15 || f.n === f.t || (f.t === 15 && (op.load || op.size === 1)),
      forms: { index: [INDEX.Post] },
      form: () => ({ index: INDEX.Post }),
      operands: (f) => ({ rt: f.t, rn: f.n, offset: signed(f, f.i) }),
      semantics: loadStore(transfer, immediateOffset),
    },
    {
      name: `${named.name} A2`,
      set: 'A32',
      pattern: `cccc 011 0 U ${op.b} 1 ${l} nnnn tttt aaaaa yy 0 mmmm`,
      feature: 'base',
      asm: (f) => mnemonicOperands(named, f, address(f.n, offsetRegisterText(f), false, false)),
      unpredictable: (f) =>
        f.n === 15 || f.n === f.t || f.m === 15 || (f.t === 15 && (op.load || op.size === 1)),
      forms: { index: [INDEX.Post], shift: OFFSET_SHIFTS },
      form: (f) => ({ index: INDEX.Post, shift: offsetShift(f).shift }),
      operands: (f) => ({ rt: f.t, rn: f.n, rm: f.m, amount: offsetShift(f).amount, sign: f.U - 1 }),
      semantics: loadStore(transfer, registerOffset),
    },
  ];
}

/** LDRH, STRH, LDRSB, LDRSH and their unprivileged forms. */
function extraRows(op: Operation & { op2: string }): Row[] {
  const l = op.load ? 1 : 0;
  const unprivileged = { ...op, unprivileged: true };
  const named = { ...op, name: `${op.name}T` };
  const rows: Row[] = [
    {
      name: `${op.name} (immediate) A1`,
      set: 'A32',
      pattern: `cccc 000 P U 1 W ${l} nnnn tttt iiii 1 ${op.op2} 1 iiii`,
      feature: 'base',
      asm: (f) => mnemonicOperands(op, f, address(f.n, offset(f.U, f.i), f.P === 1, f.W === 1)),
      except: (f) => isUnprivileged(f) || (op.load && f.n === 15 && f.P === 1 && f.W === 0),
      unpredictable: (f) => f.t === 15 || (writesBack(f) && (f.n === 15 || f.n === f.t)),
      forms: { index: [0, 1, 2] },
      form: (f) => ({ index: indexOf(f) }),
      operands: (f) => ({ rt: f.t, rn: f.n, offset: signed(f, f.i) }),
      semantics: loadStore(op, immediateOffset),
      syndrome: (f) => (writesBack(f) ? undefined : singleTransferSyndrome(op, f.t)),
    },
    {
      name: `${op.name} (register) A1`,
      set: 'A32',
      pattern: `cccc 000 P U 0 W ${l} nnnn tttt (0)(0)(0)(0) 1 ${op.op2} 1 mmmm`,
      feature: 'base',
      asm: (f) => mnemonicOperands(op, f, address(f.n, offsetRegisterText(f), f.P === 1, f.W === 1)),
      except: isUnprivileged,
      unpredictable: (f) => f.t === 15 || f.m === 15 || (writesBack(f) && (f.n === 15 || f.n === f.t)),
      forms: { index: [0, 1, 2] },
      form: (f) => ({ index: indexOf(f) }),
      operands: (f) => ({ rt: f.t, rn: f.n, rm: f.m, sign: f.U - 1 }),
      semantics: loadStore(op, plainRegisterOffset),
      syndrome: (f) => (writesBack(f) ? undefined : singleTransferSyndrome(op, f.t)),
    },
    {
      name: `${named.name} A1`,
      set: 'A32',
      pattern: `cccc 000 0 U 1 1 ${l} nnnn tttt iiii 1 ${op.op2} 1 iiii`,
      feature: 'base',
      asm: (f) => mnemonicOperands(named, f, address(f.n, offset(f.U, f.i), false, false)),
      unpredictable: (f) => f.t === 15 || f.n === 15 || f.n === f.t,
      forms: { index: [INDEX.Post] },
      form: () => ({ index: INDEX.Post }),
      operands: (f) => ({ rt: f.t, rn: f.n, offset: signed(f, f.i) }),
      semantics: loadStore(unprivileged, immediateOffset),
    },
    {
      name: `${named.name} A2`,
      set: 'A32',
      pattern: `cccc 000 0 U 0 1 ${l} nnnn tttt (0)(0)(0)(0) 1 ${op.op2} 1 mmmm`,
      feature: 'base',
      asm: (f) => mnemonicOperands(named, f, address(f.n, offsetRegisterText(f), false, false)),
      unpredictable: (f) => f.t === 15 || f.n === 15 || f.n === f.t || f.m === 15,
      forms: { index: [INDEX.Post] },
      form: () => ({ index: INDEX.Post }),
      operands: (f) => ({ rt: f.t, rn: f.n, rm: f.m, sign: f.U - 1 }),
      semantics: loadStore(unprivileged, plainRegisterOffset),
    },
  ];
  if (op.load) {
    rows.push({
      name: `${op.name} (literal) A1`,
      set: 'A32',
      pattern: `cccc 000 1 U 1 0 1 1111 tttt iiii 1 ${op.op2} 1 iiii`,
      feature: 'base',
      asm: (f, context) => mnemonicOperands(op, f, literalText(f, f.i, context)),
      unpredictable: (f) => f.t === 15,
      operands: (f) => ({ rt: f.t, offset: signed(f, f.i) }),
      semantics: loadLiteral(op),
      syndrome: (f) => singleTransferSyndrome(op, f.t),
    });
  }
  return rows;
}

/** LDRD and STRD. */
function dualRows(load: boolean): Row[] {
  const name = load ? 'LDRD' : 'STRD';
  const op2 = load ? '10' : '11';
  const text = (f: Fields, where: string): string =>
    `${name.toLowerCase()}{c} ${reg(f.t)}, ${reg(f.t + 1)}, ${where}`;
  const pairUnpredictable = (f: Fields): boolean =>
    (f.t & 1) === 1 ||
    f.t === 14 ||
    (f.P === 0 && f.W === 1) ||
    (writesBack(f) && (f.n === 15 || f.n === f.t || f.n === f.t + 1));
  const rows: Row[] = [
    {
      name: `${name} (immediate) A1`,
      set: 'A32',
      pattern: `cccc 000 P U 1 W 0 nnnn tttt iiii 1 ${op2} 1 iiii`,
      feature: 'base',
      asm: (f) => text(f, address(f.n, offset(f.U, f.i), f.P === 1, f.W === 1)),
      except: load ? (f) => f.n === 15 && f.P === 1 && f.W === 0 : undefined,
      unpredictable: pairUnpredictable,
      forms: { index: [0, 1, 2] },
      form: (f) => ({ index: indexOf(f) }),
      operands: (f) => ({ rt: f.t, rt2: (f.t + 1) & 15, rn: f.n, offset: signed(f, f.i) }),
      semantics: loadStoreDual(load, immediateOffset),
    },
    {
      name: `${name} (register) A1`,
      set: 'A32',
      pattern: `cccc 000 P U 0 W 0 nnnn tttt (0)(0)(0)(0) 1 ${op2} 1 mmmm`,
      feature: 'base',
      asm: (f) => text(f, address(f.n, offsetRegisterText(f), f.P === 1, f.W === 1)),
      unpredictable: (f) => pairUnpredictable(f) || f.m === 15 || (load && (f.m === f.t || f.m === f.t + 1)),
      forms: { index: [0, 1, 2] },
      form: (f) => ({ index: indexOf(f) }),
      operands: (f) => ({ rt: f.t, rt2: (f.t + 1) & 15, rn: f.n, rm: f.m, sign: f.U - 1 }),
      semantics: loadStoreDual(load, plainRegisterOffset),
    },
  ];
  if (load) {
    rows.push({
      name: 'LDRD (literal) A1',
      set: 'A32',
      pattern: 'cccc 000 1 U 1 0 0 1111 tttt iiii 1 10 1 iiii',
      feature: 'base',
      asm: (f, context) => text(f, literalText(f, f.i, context)),
      unpredictable: (f) => (f.t & 1) === 1 || f.t === 14,
      operands: (f) => ({ rt: f.t, rt2: (f.t + 1) & 15, offset: signed(f, f.i) }),
      semantics: loadDualLiteral,
    });
  }
  return rows;
}

function swapRow(name: 'SWP' | 'SWPB'): Row {
  return {
    name: `${name} A1`,
    set: 'A32',
    pattern: `cccc 0001 0 ${name === 'SWP' ? 0 : 1} 00 nnnn tttt (0)(0)(0)(0) 1001 uuuu`,
    feature: 'base',
    asm: (f) => `${name.toLowerCase()}{c} ${reg(f.t)}, ${reg(f.u)}, [${reg(f.n)}]`,
    unpredictable: (f) => f.t === 15 || f.u === 15 || f.n === 15 || f.n === f.t || f.n === f.u,
    operands: (f) => ({ rt: f.t, rt2: f.u, rn: f.n, encoding: f.word }),
    semantics: swap(name === 'SWP' ? 4 : 1),
  };
}

/** PLD, PLDW (R = 0) and PLI. */
function preloadRows(): Row[] {
  const immediate = (name: string, fixed: string, feature: Row['feature'], literal: boolean): Row => ({
    name: `${name} (immediate) A1`,
    set: 'A32',
    pattern: `1111 010 ${fixed} 01 nnnn (1)(1)(1)(1) iiiiiiiiiiii`,
    feature,
    asm: (f) => `${name.toLowerCase()} ${address(f.n, offset(f.U, f.i), true, false)}`,
    except: literal ? (f) => f.n === 15 : undefined,
    unpredictable: literal ? undefined : (f) => f.n === 15,
    operands: (f) => ({ rn: f.n, offset: signed(f, f.i) }),
    semantics: preload(immediateOffset),
  });
  const literal = (name: string, fixed: string): Row => ({
    name: `${name} (literal) A1`,
    set: 'A32',
    pattern: `1111 010 ${fixed} 01 1111 (1)(1)(1)(1) iiiiiiiiiiii`,
    feature: 'base',
    asm: (f, context) => `${name.toLowerCase()} ${literalText(f, f.i, context)}`,
    operands: (f) => ({ offset: signed(f, f.i) }),
    semantics: preloadLiteral,
  });
  const register = (name: string, fixed: string, feature: Row['feature']): Row => ({
    name: `${name} (register) A1`,
    set: 'A32',
    pattern: `1111 011 ${fixed} 01 nnnn (1)(1)(1)(1) aaaaa yy 0 mmmm`,
    feature,
    asm: (f) => `${name.toLowerCase()} ${address(f.n, offsetRegisterText(f), true, false)}`,
    unpredictable: (f) => f.m === 15 || (name === 'PLDW' && f.n === 15),
    forms: { shift: OFFSET_SHIFTS },
    form: (f) => ({ shift: offsetShift(f).shift }),
    operands: (f) => ({ rn: f.n, rm: f.m, amount: offsetShift(f).amount, sign: f.U - 1 }),
    semantics: preload(registerOffset),
  });
  return [
    immediate('PLD', '1 U 1', 'base', true),
    immediate('PLDW', '1 U 0', 'mp', false),
    immediate('PLI', '0 U 1', 'base', true),
    literal('PLD', '1 U 1'),
    literal('PLI', '0 U 1'),
    register('PLD', '1 U 1', 'base'),
    register('PLDW', '1 U 0', 'mp'),
    register('PLI', '0 U 1', 'base'),
  ];
}

export const A32_LOAD_STORE: readonly Row[] = [
  ...WORD_AND_BYTE.map(immediateRow),
  ...WORD_AND_BYTE.filter((op) => op.load).map(literalRow),
  ...WORD_AND_BYTE.map(registerRow),
  ...WORD_AND_BYTE.flatMap(unprivilegedRows),
  ...EXTRA.flatMap(extraRows),
  ...dualRows(true),
  ...dualRows(false),
  swapRow('SWP'),
  swapRow('SWPB'),
  ...preloadRows(),
];
