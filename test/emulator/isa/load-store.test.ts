// Loads, stores and branches against the pseudocode: addresses, widths, write-back, order.
import assert from 'node:assert/strict';
import { decode } from '../../../emulator/isa/decoder';
import { randomInstruction, seededRandom } from '../../../emulator/isa/random';
import type { InstructionSet, Row } from '../../../emulator/isa/row';
import { evaluate } from './evaluating-builder';
import type { Registers } from './evaluating-builder';

type Fields = Readonly<Record<string, number>>;
interface Machine extends Registers {
  readonly memory: Uint8Array;
}

function MemRead(m: Machine, address: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value += m.memory[(address + i) & 0xffff] * 2 ** (8 * i);
  return value;
}
function MemWrite(m: Machine, address: number, size: number, value: number): void {
  for (let i = 0; i < size; i++)
    m.memory[(address + i) & 0xffff] = Math.floor((value >>> 0) / 2 ** (8 * i)) & 255;
}
function SignExtend(value: number, size: number): number {
  return value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value;
}
function shift(value: number, type: number, imm5: number, carry: number): number {
  switch (type) {
    case 0:
      return value << imm5;
    case 1:
      return imm5 === 0 ? 0 : value >>> imm5;
    case 2:
      return value >> (imm5 === 0 ? 31 : imm5);
    default:
      return imm5 === 0 ? (carry << 31) | (value >>> 1) : (value >>> imm5) | (value << (32 - imm5));
  }
}

const SINGLE = /^(LDR|STR)(SB|SH|B|H|)(T?) ?(?:\((immediate|register|literal)\) )?([AT])(\d)$/;

/** One LDR or STR of any kind. */
function single(row: Row, f: Fields, before: Machine, after: Machine, narrow: boolean): boolean {
  const match = SINGLE.exec(row.name);
  if (match === null) return false;
  const [, op, kind, unprivileged] = match;
  const form = match[4] ?? (f.m === undefined ? 'immediate' : 'register');
  const size = kind === '' ? 4 : kind.endsWith('B') ? 1 : 2;
  const R = (n: number): number => before.r[n];
  // 16-bit forms: scaled immediates; those without Rn are relative to SP.
  const n = f.n ?? 13;
  let offset: number;
  if (form === 'register') {
    const amount = row.set === 'T32' ? (narrow ? 0 : f.i) : (f.a ?? 0);
    offset = shift(R(f.m), row.set === 'T32' ? 0 : f.a === undefined ? 0 : f.y, amount, before.c);
  } else offset = narrow ? f.i * (form === 'literal' ? 4 : size) : f.i;
  const moved = (form === 'literal' ? R(15) & ~3 : R(n)) + ((f.U ?? 1) ? offset : -offset);
  const post = f.P === 0 || (row.set === 'A32' && unprivileged === 'T');
  const writeBack = form !== 'literal' && (post || f.W === 1);
  const address = (post && form !== 'literal' ? R(n) : moved) | 0;
  if (op === 'STR') MemWrite(after, address, size, R(f.t));
  else {
    const data = MemRead(before, address, size);
    const value = kind.startsWith('S') ? SignExtend(data, size) : data;
    if (f.t === 15) after.branch = value | 0;
    else after.r[f.t] = value;
  }
  if (writeBack) after.r[n] = moved;
  return true;
}

/** LDRD and STRD. */
function dual(row: Row, f: Fields, before: Machine, after: Machine): boolean {
  const match = /^(LDRD|STRD) \((immediate|register|literal)\) ([AT])1$/.exec(row.name);
  if (match === null) return false;
  const [, op, form] = match;
  const second = f.u ?? f.t + 1;
  const offset = form === 'register' ? before.r[f.m] : row.set === 'T32' ? f.i * 4 : f.i;
  const base = form === 'literal' ? before.r[15] & ~3 : before.r[f.n];
  const moved = base + (f.U ? offset : -offset);
  const address = f.P === 0 && form !== 'literal' ? base : moved;
  if (op === 'STRD') {
    MemWrite(after, address, 4, before.r[f.t]);
    MemWrite(after, address + 4, 4, before.r[second]);
  } else {
    after.r[f.t] = MemRead(before, address, 4);
    after.r[second] = MemRead(before, address + 4, 4);
  }
  if (form !== 'literal' && (f.P === 0 || f.W === 1)) after.r[f.n] = moved;
  return true;
}

/** LDM, STM, PUSH and POP. */
function multiple(row: Row, f: Fields, before: Machine, after: Machine): boolean {
  const match = /^(LDM|STM|PUSH|POP)/.exec(row.name);
  if (match === null || /User|exception/.test(row.name)) return false;
  const load = match[1] === 'LDM' || match[1] === 'POP';
  const withPc = row.name.includes('(with PC)');
  const n = f.n ?? 13;
  let list = f.l;
  if (row.set === 'T32') list |= ((f.M ?? 0) << 14) | (match[1] === 'PUSH' ? f.e << 14 : 0);
  if (withPc) list |= 0x8000;
  const registers = Array.from({ length: 16 }, (_, i) => i).filter((i) => (list >>> i) & 1);
  const bytes = 4 * registers.length;
  const decrement = row.set === 'A32' ? f.U === 0 : match[1] === 'PUSH' || /DB/.test(row.name);
  const beforeFirst = row.set === 'A32' ? f.P === 1 : decrement;
  let address = before.r[n] - (decrement ? bytes : 0);
  if (decrement !== beforeFirst) address += 4;
  const start = address;
  for (const i of registers) {
    const at = start + 4 * registers.indexOf(i);
    if (!load) MemWrite(after, at, 4, before.r[i]);
    else if (i === 15) after.branch = MemRead(before, at, 4) | 0;
    else after.r[i] = MemRead(before, at, 4);
  }
  const narrowLdm = row.name === 'LDM T1' ? ((list >>> n) & 1) === 0 : true;
  if ((f.W ?? 1) && narrowLdm) after.r[n] = before.r[n] + (decrement ? -bytes : bytes);
  return true;
}

/** TBB, TBH, CBZ, CBNZ, BX, BLX (register). */
function branches(row: Row, f: Fields, before: Machine, after: Machine, length: number): boolean {
  const thumb = row.set === 'T32';
  switch (row.name.replace(/ [AT]\d$/, '')) {
    case 'TBB, TBH': {
      const entry = f.H
        ? MemRead(before, before.r[f.n] + 2 * before.r[f.m], 2)
        : MemRead(before, before.r[f.n] + before.r[f.m], 1);
      after.branch = before.r[15] + 2 * entry;
      return true;
    }
    case 'CBZ':
    case 'CBNZ':
      if ((before.r[f.n] === 0) === row.name.startsWith('CBZ')) after.branch = before.r[15] + 2 * f.i;
      return true;
    case 'BX':
      after.branch = before.r[f.m];
      return true;
    case 'BLX (register)':
      after.branch = before.r[f.m];
      after.r[14] = 0x8000 + length + (thumb ? 1 : 0);
      return true;
    default:
      return false;
  }
}

const ROWS = /^(LDR|STR|LDM|STM|PUSH|POP|TBB|CBZ|CBNZ|BX A|BX T|BLX)/;
const wanted = (row: Row): boolean => ROWS.test(row.name) && !/EX|User|exception/.test(row.name);

describe('loads, stores and branches against the pseudocode', () => {
  for (const set of ['A32', 'T32'] as const satisfies readonly InstructionSet[]) {
    it(`${set}: 6,000 with random registers and memory`, () => {
      const random = seededRandom(set === 'A32' ? 31 : 32);
      const memory = Uint8Array.from({ length: 0x1_0000 }, () => random() & 255);
      const seen = new Set<string>();
      for (let k = 0; k < 6_000; k++) {
        const { word } = randomInstruction(random, set, { rows: wanted });
        const { row, fields, length } = decode(word, { set, address: 0x8000, itstate: 0 });
        const r = Int32Array.from({ length: 16 }, () => (random() % 5 ? random() | 0 : 0));
        r[15] = 0x8000 + (set === 'A32' ? 8 : 4);
        const flags = { n: 0, z: 0, c: random() & 1, v: 0, q: 0, ge: 0 };
        const before: Machine = { ...flags, r, memory };
        const expected: Machine = { ...flags, r: r.slice(), memory: memory.slice() };
        const known =
          single(row, fields, before, expected, length === 2) ||
          dual(row, fields, before, expected) ||
          multiple(row, fields, before, expected) ||
          branches(row, fields, before, expected, length);
        assert.ok(known, row.name);
        const actual: Machine = { ...flags, r: r.slice(), memory: memory.slice() };
        evaluate(word, set, actual);
        seen.add(row.name);
        const where = `${row.name}: ${word.toString(16)}`;
        assert.deepEqual(actual.r, expected.r, where);
        assert.equal(actual.branch, expected.branch, where);
        assert.ok(Buffer.compare(actual.memory, expected.memory) === 0, `${where}: memory`);
      }
      assert.ok(seen.size >= 40, `only ${seen.size} rows were compared`);
    });
  }
});
