/** 32-bit T32 loads and stores of one or two registers, preloads, table branch (ARM ARM A6.3.6–A6.3.10). */
import { lastInItBlock, inItBlock } from '../row';
import type { DecodeContext, Fields, Row } from '../row';
import { tableBranch } from '../semantics/branch';
import { noOperation } from '../semantics/hint';
import {
  immediateOffset,
  INDEX,
  loadDualLiteral,
  loadLiteral,
  loadStore,
  loadStoreDual,
  preload,
  preloadLiteral,
  registerOffset,
} from '../semantics/load-store';
import type { Transfer } from '../semantics/load-store';
import { singleTransferSyndrome } from '../syndrome';
import { address, hex, offset, reg } from '../text';
import { bad } from './data-processing';

interface Operation extends Transfer {
  readonly name: string;
  /** Bit 24 (sign extension) and bits 22–21 (size). */
  readonly sign: 0 | 1;
  readonly bits: string;
  /** A 16-bit form of `[rn, #imm]` or `[rn, rm]` exists: its text has `.w`. */
  readonly wide: readonly [immediate: boolean, register: boolean];
}
const OPERATIONS: readonly Operation[] = [
  { name: 'STRB', load: false, size: 1, sign: 0, bits: '00', wide: [true, true] },
  { name: 'STRH', load: false, size: 2, sign: 0, bits: '01', wide: [true, true] },
  { name: 'STR', load: false, size: 4, sign: 0, bits: '10', wide: [true, true] },
  { name: 'LDRB', load: true, size: 1, sign: 0, bits: '00', wide: [true, true] },
  { name: 'LDRH', load: true, size: 2, sign: 0, bits: '01', wide: [true, true] },
  { name: 'LDR', load: true, size: 4, sign: 0, bits: '10', wide: [true, true] },
  { name: 'LDRSB', load: true, size: 1, signed: true, sign: 1, bits: '00', wide: [false, true] },
  { name: 'LDRSH', load: true, size: 2, signed: true, sign: 1, bits: '01', wide: [false, true] },
];

function midBlock(context: DecodeContext): boolean {
  return inItBlock(context) && !lastInItBlock(context);
}
function signed(f: Fields): number {
  return f.U ? f.i : -f.i | 0;
}
/** Rt = 15 of a narrower load is a preload or hint; of a word load, a branch. */
function hint(op: Operation, f: Fields): boolean {
  return op.load && op.size !== 4 && f.t === 15;
}
/** Rt that is UNPREDICTABLE: of words only PC stored, or loaded inside an IT block; of others SP and PC. */
function badTransfer(op: Operation, f: Fields, context: DecodeContext): boolean {
  if (op.size === 4) return f.t === 15 && (!op.load || midBlock(context));
  return bad(f.t);
}
function text(op: Operation, wide: boolean, f: Fields, where: string): string {
  return `${op.name.toLowerCase()}{c}${wide ? '.w' : ''} ${reg(f.t)}, ${where}`;
}
function literalText(f: Fields, context: DecodeContext): string {
  return `[pc, ${offset(f.U, f.i)}] ; ${hex((context.address & ~3) + 4 + signed(f))}`;
}

/** Forms of one operation: `dest` only of a load of a word. */
function forms(op: Operation, index: readonly number[]): Pick<Row, 'forms' | 'form'> {
  const word = op.load && op.size === 4;
  return {
    forms: { index, ...(word ? { dest: [0, 1] } : {}) },
    form: (f) => ({
      index: f.P === undefined ? INDEX.Offset : f.P === 0 ? INDEX.Post : f.W ? INDEX.Pre : INDEX.Offset,
      ...(word ? { dest: Number(f.t === 15) } : {}),
    }),
  };
}

function singleRows(op: Operation): Row[] {
  const l = op.load ? 1 : 0;
  const word = op.size === 4;
  const top = `1111 100 ${op.sign}`;
  const stores = { undefined: op.load ? undefined : (f: Fields) => f.n === 15 };
  /** Of loads, Rn = 15 is the literal form. */
  const literal = (f: Fields): boolean => op.load && f.n === 15;
  const unprivileged = { ...op, unprivileged: true };
  const rows: Row[] = [
    {
      name: `${op.name} (immediate) ${word ? 'T3' : op.sign ? 'T1' : 'T2'}`,
      set: 'T32',
      pattern: `${top} 1 ${op.bits} ${l} nnnn tttt iiiiiiiiiiii`,
      feature: 'base',
      asm: (f) => text(op, op.wide[0], f, address(f.n, `#${f.i}`, true, false)),
      except: (f) => literal(f) || hint(op, f),
      ...stores,
      unpredictable: (f, context) => badTransfer(op, f, context),
      ...forms(op, [INDEX.Offset]),
      operands: (f) => ({ rt: f.t, rn: f.n, offset: f.i }),
      semantics: loadStore(op, immediateOffset),
      syndrome: (f) => singleTransferSyndrome(op, f.t),
    },
    {
      name: `${op.name} (immediate) ${word ? 'T4' : op.sign ? 'T2' : 'T3'}`,
      set: 'T32',
      pattern: `${top} 0 ${op.bits} ${l} nnnn tttt 1 P U W iiiiiiii`,
      feature: 'base',
      asm: (f) => {
        const where = address(f.n, offset(f.U, f.i), f.P === 1, f.W === 1);
        return text(op, false, f, where);
      },
      except: (f) =>
        literal(f) ||
        (f.P === 1 && f.U === 1 && f.W === 0) ||
        // P = 1, U = 0, W = 0: preloads with a negative offset.
        (hint(op, f) && f.P === 1 && f.U === 0 && f.W === 0),
      undefined: (f) => (f.P === 0 && f.W === 0) || (!op.load && f.n === 15),
      unpredictable: (f, context) => badTransfer(op, f, context) || ((f.P === 0 || f.W === 1) && f.n === f.t),
      ...forms(op, [INDEX.Offset, INDEX.Pre, INDEX.Post]),
      operands: (f) => ({ rt: f.t, rn: f.n, offset: signed(f) }),
      semantics: loadStore(op, immediateOffset),
      syndrome: (f) => (f.P === 0 || f.W === 1 ? undefined : singleTransferSyndrome(op, f.t)),
    },
    {
      name: `${op.name}T T1`,
      set: 'T32',
      pattern: `${top} 0 ${op.bits} ${l} nnnn tttt 1110 iiiiiiii`,
      feature: 'base',
      asm: (f) => `${op.name.toLowerCase()}t{c} ${reg(f.t)}, ${address(f.n, `#${f.i}`, true, false)}`,
      except: literal,
      ...stores,
      unpredictable: (f) => bad(f.t),
      ...forms(op, [INDEX.Offset]),
      operands: (f) => ({ rt: f.t, rn: f.n, offset: f.i }),
      semantics: loadStore(unprivileged, immediateOffset),
      syndrome: (f) => singleTransferSyndrome(op, f.t),
    },
    {
      name: `${op.name} (register) T2`,
      set: 'T32',
      pattern: `${top} 0 ${op.bits} ${l} nnnn tttt 000000 ii mmmm`,
      feature: 'base',
      asm: (f) => text(op, op.wide[1], f, `[${reg(f.n)}, ${reg(f.m)}${f.i ? `, lsl #${f.i}` : ''}]`),
      except: (f) => literal(f) || hint(op, f),
      ...stores,
      unpredictable: (f, context) => bad(f.m) || badTransfer(op, f, context),
      forms: { index: [INDEX.Offset], shift: [1], ...(word ? { dest: [0, 1] } : {}) },
      form: (f) => ({ index: INDEX.Offset, shift: 1, ...(word ? { dest: Number(f.t === 15) } : {}) }),
      operands: (f) => ({ rt: f.t, rn: f.n, rm: f.m, amount: f.i, sign: 0 }),
      semantics: loadStore(op, registerOffset),
      syndrome: (f) => singleTransferSyndrome(op, f.t),
    },
  ];
  if (op.load) {
    rows.push({
      name: `${op.name} (literal) ${word ? 'T2' : 'T1'}`,
      set: 'T32',
      pattern: `${top} U ${op.bits} 1 1111 tttt iiiiiiiiiiii`,
      feature: 'base',
      asm: (f, context) => text(op, word || !op.sign, f, literalText(f, context)),
      except: (f) => hint(op, f),
      unpredictable: (f, context) => badTransfer(op, f, context),
      forms: word ? { dest: [0, 1] } : undefined,
      form: word ? (f) => ({ dest: Number(f.t === 15) }) : undefined,
      operands: (f) => ({ rt: f.t, offset: signed(f) }),
      semantics: loadLiteral(op),
      syndrome: (f) => singleTransferSyndrome(op, f.t),
    });
  }
  return rows;
}

/** Rt = 15 of LDRB, LDRH (PLD, PLDW) and LDRSB (PLI); of LDRSH, unallocated hints. */
function preloadRows(name: string, sign: 0 | 1, bits: string, feature: Row['feature'], nop: boolean): Row[] {
  const top = `1111 100 ${sign}`;
  const mnemonic = nop ? 'nop' : name.toLowerCase();
  const hintRow = nop ? { semantics: noOperation } : undefined;
  const title = nop ? 'Unallocated memory hint' : name;
  return [
    {
      name: `${title} (immediate) T1`,
      set: 'T32',
      pattern: `${top} 1 ${bits} 1 nnnn 1111 iiiiiiiiiiii`,
      feature,
      asm: (f) => (nop ? 'nop' : `${mnemonic}{c} ${address(f.n, `#${f.i}`, true, false)}`),
      except: (f) => f.n === 15,
      operands: (f) => ({ rn: f.n, offset: f.i }),
      semantics: preload(immediateOffset),
      ...hintRow,
    },
    {
      name: `${title} (immediate) T2`,
      set: 'T32',
      pattern: `${top} 0 ${bits} 1 nnnn 1111 1100 iiiiiiii`,
      feature,
      asm: (f) => (nop ? 'nop' : `${mnemonic}{c} ${address(f.n, `#-${f.i}`, true, false)}`),
      except: (f) => f.n === 15,
      operands: (f) => ({ rn: f.n, offset: -f.i | 0 }),
      semantics: preload(immediateOffset),
      ...hintRow,
    },
    {
      name: `${title} (register) T1`,
      set: 'T32',
      pattern: `${top} 0 ${bits} 1 nnnn 1111 000000 ii mmmm`,
      feature,
      asm: (f) => (nop ? 'nop' : `${mnemonic}{c} [${reg(f.n)}, ${reg(f.m)}${f.i ? `, lsl #${f.i}` : ''}]`),
      except: (f) => f.n === 15,
      unpredictable: nop ? undefined : (f) => bad(f.m),
      forms: nop ? undefined : { shift: [1] },
      form: nop ? undefined : () => ({ shift: 1 }),
      operands: (f) => ({ rn: f.n, rm: f.m, amount: f.i, sign: 0 }),
      semantics: preload(registerOffset),
      ...hintRow,
    },
  ];
}

function preloadLiteralRow(name: string, pattern: string): Row {
  return {
    name,
    set: 'T32',
    pattern,
    feature: 'base',
    asm: (f, context) => `${name.slice(0, 3).toLowerCase()}{c} ${literalText(f, context)}`,
    // Bit 21 of PLD (literal) should be 0; with 1 it is the same hint.
    onUnpredictable: 'execute',
    operands: (f) => ({ offset: signed(f) }),
    semantics: preloadLiteral,
  };
}

const PRELOADS: readonly Row[] = [
  ...preloadRows('PLD', 0, '00', 'base', false),
  ...preloadRows('PLDW', 0, '01', 'mp', false),
  ...preloadRows('PLI', 1, '00', 'base', false),
  ...preloadRows('LDRSH', 1, '01', 'base', true),
  preloadLiteralRow('PLD (literal) T1', '1111 1000 U 0(0)1 1111 1111 iiiiiiiiiiii'),
  preloadLiteralRow('PLI (literal) T3', '1111 1001 U 001 1111 1111 iiiiiiiiiiii'),
  {
    name: 'Unallocated memory hint (literal) T1',
    set: 'T32',
    pattern: '1111 1001 U 011 1111 1111 iiiiiiiiiiii',
    feature: 'base',
    asm: () => 'nop',
    semantics: noOperation,
  },
];

function dualRow(load: boolean): Row {
  const name = load ? 'LDRD' : 'STRD';
  return {
    name: `${name} (immediate) T1`,
    set: 'T32',
    pattern: `1110 100 P U 1 W ${load ? 1 : 0} nnnn tttt uuuu iiiiiiii`,
    feature: 'base',
    asm: (f) =>
      `${name.toLowerCase()}{c} ${reg(f.t)}, ${reg(f.u)}, ${address(f.n, offset(f.U, f.i * 4), f.P === 1, f.W === 1)}`,
    except: (f) => (f.P === 0 && f.W === 0) || (load && f.n === 15),
    unpredictable: (f) =>
      bad(f.t) ||
      bad(f.u) ||
      (load && f.t === f.u) ||
      f.n === 15 ||
      (f.W === 1 && (f.n === f.t || f.n === f.u)),
    forms: { index: [INDEX.Offset, INDEX.Pre, INDEX.Post] },
    form: (f) => ({ index: f.P === 0 ? INDEX.Post : f.W ? INDEX.Pre : INDEX.Offset }),
    operands: (f) => ({ rt: f.t, rt2: f.u, rn: f.n, offset: signed(f) * 4 }),
    semantics: loadStoreDual(load, immediateOffset),
  };
}

const DUAL: readonly Row[] = [
  dualRow(true),
  dualRow(false),
  {
    name: 'LDRD (literal) T1',
    set: 'T32',
    pattern: '1110 100 P U 1 W 1 1111 tttt uuuu iiiiiiii',
    feature: 'base',
    asm: (f, context) => `ldrd{c} ${reg(f.t)}, ${reg(f.u)}, ${literalText({ ...f, i: f.i * 4 }, context)}`,
    except: (f) => f.P === 0 && f.W === 0,
    unpredictable: (f) => bad(f.t) || bad(f.u) || f.t === f.u || f.W === 1,
    operands: (f) => ({ rt: f.t, rt2: f.u, offset: signed(f) * 4 }),
    semantics: loadDualLiteral,
  },
  {
    name: 'TBB, TBH T1',
    set: 'T32',
    pattern: '1110 1000 1101 nnnn (1)(1)(1)(1)(0)(0)(0)(0) 000 H mmmm',
    feature: 'base',
    asm: (f) => (f.H ? `tbh{c} [${reg(f.n)}, ${reg(f.m)}, lsl #1]` : `tbb{c} [${reg(f.n)}, ${reg(f.m)}]`),
    unpredictable: (f, context) => f.n === 13 || bad(f.m) || midBlock(context),
    forms: { halfwords: [0, 1] },
    form: (f) => ({ halfwords: f.H }),
    operands: (f) => ({ rn: f.n, rm: f.m }),
    semantics: tableBranch,
    endsBlock: true,
  },
];

export const T32_LOAD_STORE: readonly Row[] = [...OPERATIONS.flatMap(singleRows), ...PRELOADS, ...DUAL];
