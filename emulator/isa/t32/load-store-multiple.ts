/** 32-bit T32 LDM, STM, RFE and SRS (ARM ARM A6.3.5). */
import { blockAddresses } from '../a32/load-store-multiple';
import { bitCount } from '../immediates';
import { inItBlock, lastInItBlock } from '../row';
import type { Fields, Row } from '../row';
import {
  loadMultiple,
  loadMultipleWithPc,
  returnFromException,
  storeMultiple,
  storeReturnState,
} from '../semantics/load-store-multiple';
import { bang, reg, registerList } from '../text';

/** Registers: P is PC, M is LR, l R0–R12. */
function listOf(f: Fields): number {
  return ((f.P ?? 0) << 15) | (f.M << 14) | f.l;
}
const wback = { forms: { wback: [0, 1] }, form: (f: Fields) => ({ wback: f.W }) };

/** LDM and STM, increment after or decrement before. */
function blockRow(load: boolean, before: boolean, withPc: boolean): Row {
  const direction = { U: before ? 0 : 1, P: before ? 1 : 0 };
  const op = load ? 'LDM' : 'STM';
  const suffix = before ? 'DB' : load ? '/LDMIA/LDMFD' : '/STMIA/STMEA';
  return {
    name: `${op}${suffix}${withPc ? ' (with PC)' : ''} ${before ? 'T1' : 'T2'}`,
    set: 'T32',
    pattern: `1110 100 ${before ? '10 0' : '01 0'} W ${load ? 1 : 0} nnnn ${load ? (withPc ? '1' : '0') : '(0)'} M (0) lllllllllllll`,
    feature: 'base',
    asm: (f) => {
      const list = registerList(listOf(f) | (withPc ? 0x8000 : 0));
      if (f.n === 13 && f.W === 1) {
        if (load && !before) return `ldm{c}.w sp!, ${list}`;
        if (!load && before) return `stmdb{c} sp!, ${list}`;
      }
      return `${op.toLowerCase()}${before ? 'db' : ''}{c}${before ? '' : '.w'} ${reg(f.n)}${bang(f.W)}, ${list}`;
    },
    unpredictable: (f, context) => {
      const list = listOf(f) | (withPc ? 0x8000 : 0);
      return (
        f.n === 15 ||
        bitCount(list) < 2 ||
        (withPc && f.M === 1) ||
        (withPc && inItBlock(context) && !lastInItBlock(context)) ||
        (f.W === 1 && ((list >>> f.n) & 1) === 1)
      );
    },
    ...wback,
    operands: (f) => {
      const list = listOf(f) | (withPc ? 0x8000 : 0);
      return { rn: f.n, list, ...blockAddresses({ ...f, ...direction }, bitCount(list)) };
    },
    semantics: load ? (withPc ? loadMultipleWithPc : loadMultiple) : storeMultiple,
    endsBlock: withPc,
  };
}

function returnRow(before: boolean): Row {
  const direction = { U: before ? 0 : 1, P: before ? 1 : 0 };
  return {
    name: `RFE ${before ? 'T1' : 'T2'}`,
    set: 'T32',
    pattern: `1110 100 ${before ? '00 0' : '11 0'} W 1 nnnn (1)(1)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)`,
    feature: 'base',
    asm: (f) => `rfe${before ? 'db' : 'ia'}{c} ${reg(f.n)}${bang(f.W)}`,
    unpredictable: (f, context) => f.n === 15 || (inItBlock(context) && !lastInItBlock(context)),
    ...wback,
    operands: (f) => ({ rn: f.n, ...blockAddresses({ ...f, ...direction }, 2), encoding: f.word }),
    semantics: returnFromException,
    endsBlock: true,
  };
}

function saveRow(before: boolean): Row {
  const direction = { U: before ? 0 : 1, P: before ? 1 : 0 };
  return {
    name: `SRS ${before ? 'T1' : 'T2'}`,
    set: 'T32',
    pattern: `1110 100 ${before ? '00 0' : '11 0'} W 0 (1)(1)(0)(1)(1)(1)(0)(0)(0)(0)(0)(0)(0)(0)(0) mmmmm`,
    feature: 'base',
    asm: (f) => `srs${before ? 'db' : 'ia'}{c} sp${bang(f.W)}, #${f.m}`,
    ...wback,
    operands: (f) => ({ mode: f.m, ...blockAddresses({ ...f, ...direction }, 2), encoding: f.word }),
    semantics: storeReturnState,
  };
}

export const T32_LOAD_STORE_MULTIPLE: readonly Row[] = [
  ...[false, true].flatMap((before) => [
    blockRow(false, before, false),
    blockRow(true, before, false),
    blockRow(true, before, true),
    returnRow(before),
    saveRow(before),
  ]),
];
