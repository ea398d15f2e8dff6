/** A32 LDM, STM, PUSH, POP, RFE and SRS (ARM ARM A5.5, A5.7). */
import { bitCount } from '../immediates';
import type { Fields, Row } from '../row';
import {
  loadMultiple,
  loadMultipleExceptionReturn,
  loadMultipleUser,
  loadMultipleWithPc,
  returnFromException,
  storeMultiple,
  storeMultipleUser,
  storeReturnState,
} from '../semantics/load-store-multiple';
import { bang, reg, registerList } from '../text';

/** First address minus the base, and what write-back adds, for P (before) and U (increment) and a count of words. */
export function blockAddresses(f: Fields, words: number): { start: number; delta: number } {
  const delta = f.U ? 4 * words : -4 * words;
  const start = f.U ? (f.P ? 4 : 0) : delta + (f.P ? 0 : 4);
  return { start: start | 0, delta: delta | 0 };
}

/** Suffix of RFE and SRS; LDM and STM have none for IA. */
function suffix(f: Fields): string {
  return f.U ? (f.P ? 'ib' : 'ia') : f.P ? 'db' : 'da';
}
function blockMnemonic(load: boolean, f: Fields): string {
  return `${load ? 'ldm' : 'stm'}${f.U && !f.P ? '' : suffix(f)}{c}`;
}

function blockText(load: boolean, f: Fields): string {
  if (f.n === 13 && f.W && bitCount(f.l) > 1) {
    if (load && f.U && !f.P) return `pop{c} ${registerList(f.l)}`;
    if (!load && !f.U && f.P) return `push{c} ${registerList(f.l)}`;
  }
  return `${blockMnemonic(load, f)} ${reg(f.n)}${bang(f.W)}, ${registerList(f.l)}`;
}

const BASE = {
  set: 'A32',
  feature: 'base',
  forms: { wback: [0, 1] },
  form: (f: Fields) => ({ wback: f.W }),
  operands: (f: Fields) => ({ rn: f.n, list: f.l, ...blockAddresses(f, bitCount(f.l)) }),
} as const;

function emptyOrPcBase(f: Fields): boolean {
  return f.n === 15 || f.l === 0;
}
function baseLoaded(f: Fields): boolean {
  return f.W === 1 && ((f.l >>> f.n) & 1) === 1;
}
const hasPc = (f: Fields): boolean => f.l >>> 15 === 1;

export const A32_LOAD_STORE_MULTIPLE: readonly Row[] = [
  {
    ...BASE,
    name: 'LDM/LDMIA/LDMDA/LDMDB/LDMIB A1',
    pattern: 'cccc 100 P U 0 W 1 nnnn llllllllllllllll',
    asm: (f) => blockText(true, f),
    except: hasPc,
    unpredictable: (f) => emptyOrPcBase(f) || baseLoaded(f),
    semantics: loadMultiple,
  },
  {
    ...BASE,
    name: 'LDM/LDMIA/LDMDA/LDMDB/LDMIB (with PC) A1',
    pattern: 'cccc 100 P U 0 W 1 nnnn llllllllllllllll',
    asm: (f) => blockText(true, f),
    except: (f) => !hasPc(f),
    unpredictable: (f) => emptyOrPcBase(f) || baseLoaded(f),
    semantics: loadMultipleWithPc,
    endsBlock: true,
  },
  {
    ...BASE,
    name: 'STM/STMIA/STMDA/STMDB/STMIB A1',
    pattern: 'cccc 100 P U 0 W 0 nnnn llllllllllllllll',
    asm: (f) => blockText(false, f),
    unpredictable: emptyOrPcBase,
    semantics: storeMultiple,
  },
  {
    ...BASE,
    name: 'LDM (User registers) A1',
    pattern: 'cccc 100 P U 1 (0) 1 nnnn 0lllllllllllllll',
    asm: (f) => `${blockMnemonic(true, f)} ${reg(f.n)}, ${registerList(f.l)}^`,
    unpredictable: emptyOrPcBase,
    forms: undefined,
    form: undefined,
    operands: (f) => ({
      rn: f.n,
      list: f.l,
      start: blockAddresses(f, bitCount(f.l)).start,
      encoding: f.word,
    }),
    semantics: loadMultipleUser,
  },
  {
    ...BASE,
    name: 'STM (User registers) A1',
    pattern: 'cccc 100 P U 1 (0) 0 nnnn llllllllllllllll',
    asm: (f) => `${blockMnemonic(false, f)} ${reg(f.n)}, ${registerList(f.l)}^`,
    unpredictable: emptyOrPcBase,
    forms: undefined,
    form: undefined,
    operands: (f) => ({
      rn: f.n,
      list: f.l,
      start: blockAddresses(f, bitCount(f.l)).start,
      encoding: f.word,
    }),
    semantics: storeMultipleUser,
  },
  {
    ...BASE,
    name: 'LDM (exception return) A1',
    pattern: 'cccc 100 P U 1 W 1 nnnn 1lllllllllllllll',
    asm: (f) => `${blockMnemonic(true, f)} ${reg(f.n)}${bang(f.W)}, ${registerList(f.l | 0x8000)}^`,
    unpredictable: (f) => f.n === 15 || baseLoaded(f),
    operands: (f) => ({
      rn: f.n,
      list: f.l | 0x8000,
      ...blockAddresses(f, bitCount(f.l) + 1),
      encoding: f.word,
    }),
    semantics: loadMultipleExceptionReturn,
    endsBlock: true,
  },
  {
    ...BASE,
    name: 'RFE A1',
    pattern: '1111 100 P U 0 W 1 nnnn (0)(0)(0)(0)(1)(0)(1)(0)(0)(0)(0)(0)(0)(0)(0)(0)',
    asm: (f) => `rfe${suffix(f)} ${reg(f.n)}${bang(f.W)}`,
    unpredictable: (f) => f.n === 15,
    operands: (f) => ({ rn: f.n, ...blockAddresses(f, 2), encoding: f.word }),
    semantics: returnFromException,
    endsBlock: true,
  },
  {
    ...BASE,
    name: 'SRS A1',
    pattern: '1111 100 P U 1 W 0 (1)(1)(0)(1) (0)(0)(0)(0)(0)(1)(0)(1)(0)(0)(0) mmmmm',
    asm: (f) => `srs${suffix(f)} sp${bang(f.W)}, #${f.m}`,
    operands: (f) => ({ mode: f.m, ...blockAddresses(f, 2), encoding: f.word }),
    semantics: storeReturnState,
  },
];
