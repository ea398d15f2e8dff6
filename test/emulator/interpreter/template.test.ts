/** Ops that are copied are those that decoding the instruction where it is gives. */
import assert from 'node:assert/strict';
import { HANDLER_TABLE } from '../../../generated/interpreter';
import { MachineState } from '../../../emulator/state/machine-state';
import { OpPool, STRIDE, blockKey } from '../../../emulator/interpreter/block';
import { PSEUDO } from '../../../emulator/interpreter/handler-table';
import { MOST_TEMPLATES, TemplateCache } from '../../../emulator/interpreter/template';
import { TemplateMaker } from '../../../emulator/interpreter/template-maker';
import { decode } from '../../../emulator/isa/decoder';
import { randomWordOf, seededRandom } from '../../../emulator/isa/random';
import type { DecodeContext } from '../../../emulator/isa/row';
import { ROWS } from '../../../emulator/isa/table';
import { CORE } from '../../../emulator/state/layout';

const WORDS_OF_ROW = 24;
const ADDRESSES = 3;

/** The ops of one instruction, and whether it ends its block, without templates. */
function expected(word: number, context: DecodeContext): { ops: number[][]; ends: boolean } {
  const { row, fields, condition, length } = decode(word, context);
  const { keys, forms } = HANDLER_TABLE.rows[row.name];
  const form = row.form?.(fields, context) ?? {};
  const index = keys.reduce((sum, [name, values]) => sum * values.length + values.indexOf(form[name]), 0);
  const variant = HANDLER_TABLE.variants[forms[index]];
  const operands = row.operands?.(fields, context) ?? {};
  const thumb = context.set === 'T32';
  const pc = context.address + (thumb ? 4 : 8);
  const next = context.address + length;
  const facts: Record<string, number> = {
    address: context.address,
    next,
    nextT: thumb ? next | 1 : next,
    pc,
    alignedPc: pc & ~3,
  };
  let readsPc = false;
  const words = variant.slots.map((slot) => {
    if (slot in facts) return facts[slot] | 0;
    const value = operands[slot.slice(2)];
    if (slot.startsWith('v:')) return CORE.D + value;
    if (!slot.startsWith('r:') || value !== 15) return value;
    readsPc = true;
    return CORE.PC_READ - CORE.R;
  });
  const ops: number[][] = [];
  if (readsPc) ops.push([PSEUDO.PC_READ, pc | 0]);
  const fused = condition === 14 ? undefined : HANDLER_TABLE.fused.get(variant.handler);
  if (condition !== 14 && fused === undefined) ops.push([PSEUDO.CONDITION + condition]);
  ops.push([fused === undefined ? variant.handler : fused + condition, ...words]);
  return { ops, ends: variant.ends || row.endsBlock === true };
}

describe('templates of ops', () => {
  const templates = new TemplateCache(new TemplateMaker(decode, HANDLER_TABLE));
  const pool = new OpPool(new MachineState(1, 0, false, false).memory);

  function check(word: number, context: DecodeContext): void {
    const key = blockKey(context.set === 'T32' ? 1 : 0, context.itstate);
    const { ops, ends } = expected(word, context);
    pool.used = 1;
    const place = JSON.stringify({ word, ...context });
    assert.equal(templates.append(pool, word, key, context.address), ends, place);
    assert.equal(pool.used, 1 + ops.length, place);
    const got = ops.map((op, i) => [...pool.ops.subarray((1 + i) * STRIDE, (1 + i) * STRIDE + op.length)]);
    assert.deepEqual(got, ops, place);
  }

  it('are the same as decoded, for every row, anywhere, in IT blocks and outside', () => {
    const random = seededRandom(7);
    for (const row of ROWS) {
      const { set } = row;
      for (let n = 0; n < WORDS_OF_ROW; n++) {
        const word = randomWordOf(row, random);
        const itstate = set === 'T32' && n % 2 === 1 ? random() & 0xff : 0;
        for (let i = 0; i < ADDRESSES; i++) {
          const address = (random() & (set === 'A32' ? ~3 : ~1)) >>> 0;
          check(word, { set, address, itstate });
        }
      }
    }
  });

  it('are made anew when there are too many', () => {
    // BL to as many places, B to the first ones again.
    const context = { set: 'A32', address: 0x8000, itstate: 0 } as const;
    for (let i = 0; i < MOST_TEMPLATES + 64; i++) {
      pool.used = 1;
      templates.append(pool, 0xeb00_0000 | i, 0, context.address);
    }
    for (let i = 0; i < 128; i++) {
      check(0xea00_0000 | i, context);
      check(0xeb00_0000 | i, context);
    }
  });

  it('of the two instruction sets are told apart', () => {
    check(0xea4f_0001, { set: 'T32', address: 0x8000, itstate: 0 });
    check(0xea4f_0001, { set: 'A32', address: 0x8000, itstate: 0 });
    check(0xea4f_0001, { set: 'T32', address: 0x8002, itstate: 0 });
  });
});
