/** Turns instructions in memory into a Block. */
import type { DecodeContext, Fields, Row } from '../isa/row';
import { CORE } from '../state/layout';
import type { MachineState } from '../state/machine-state';
import { Block, STRIDE_SHIFT, type OpPool } from './block';
import { PSEUDO, type HandlerTable, type RowHandlers, type Slot, type Variant } from './handler-table';

/** What the predecoder needs of a decoded instruction. */
export interface Decoded {
  /** The row to execute; one of UNDEFINED instructions where the encoding is. */
  readonly row: Row;
  readonly fields: Fields;
  /** Condition under which it executes, 0–14; 14 always. */
  readonly condition: number;
}
/**
 * The decoder: `word` is a signed or unsigned 32-bit A32 instruction, a T32 halfword, or a 32-bit T32 instruction
 * with its first halfword in bits 31–16.
 */
export type Decode = (word: number, context: DecodeContext) => Decoded;

/** Most instructions in a block, and ops they may need: each may have two pseudo-ops. */
export const LONGEST = 64;
export const MOST_OPS_OF_BLOCK = 3 * LONGEST;
const PAGE = 4096;
const ALWAYS = 14;

/** ITAdvance() of the manual. */
export function advanceIt(itstate: number): number {
  return (itstate & 7) === 0 ? 0 : (itstate & 0xe0) | ((itstate << 1) & 0x1f);
}

/** What follows the instruction that lies across the end of its page: its second half in the next page. */
export type SecondPage = () => number;

export class Predecoder {
  private readonly handlers = new Map<Row, RowHandlers>();

  constructor(
    private readonly state: MachineState,
    private readonly decode: Decode,
    private readonly table: HandlerTable,
    private readonly pool: OpPool,
    /** True where an instruction must begin a block of its own. */
    private readonly isBreakpoint: (va: number) => boolean,
  ) {}

  /**
   * Predecodes the block at `va`, whose bytes are at `offset` in the machine's memory.
   * @param longest most instructions of the block, 1 to 64.
   * @param secondPage gives the byte offset of the page after `va`'s; it may throw MemoryFault, and is asked only
   *   where the block's first instruction lies across both.
   */
  block(va: number, offset: number, key: number, longest: number, secondPage: SecondPage): Block {
    const thumb = (key & 1) !== 0;
    const { pool } = this;
    const start = pool.used;
    let offset2 = -1;
    let itstate = key >>> 1;
    let at = 0;
    let count = 0;
    const left = PAGE - (offset & (PAGE - 1));
    for (let ends = false; !ends && at < left && count < longest; count++) {
      const address = (va + at) >>> 0;
      if (count > 0 && this.isBreakpoint(address)) break;
      let word: number;
      let size = 4;
      if (!thumb) word = this.state.view.getInt32((offset >>> 0) + at, true);
      else {
        word = this.halfword((offset >>> 0) + at);
        size = word >>> 11 >= 0b11101 ? 4 : 2;
        if (size === 4) {
          if (at + 2 === left) {
            // Alone in its block, so that only such blocks depend on two pages.
            if (count > 0) break;
            offset2 = secondPage();
            word = (word << 16) | this.halfword(offset2);
          } else word = (word << 16) | this.halfword((offset >>> 0) + at + 2);
        }
      }
      const first = pool.used;
      ends = this.instruction(word, size, { set: thumb ? 'T32' : 'A32', address, itstate });
      pool.describe(first, address | 0, word, itstate, count);
      // IT itself: its low byte is the state of the instruction after it.
      if (thumb && size === 2 && (word & 0xff00) === 0xbf00 && (word & 15) !== 0) itstate = word & 0xff;
      else itstate = advanceIt(itstate);
      at += size;
    }
    return new Block(
      va,
      key,
      offset,
      at,
      start << STRIDE_SHIFT,
      pool.used << STRIDE_SHIFT,
      count,
      (va + at) | 0,
      itstate,
      offset2,
      this.isBreakpoint(va >>> 0),
    );
  }

  private halfword(offset: number): number {
    return this.state.view.getUint16(offset, true);
  }

  /** Appends the ops of one instruction; true when it ends the block. */
  private instruction(word: number, size: number, context: DecodeContext): boolean {
    const { row, fields, condition: decoded } = this.decode(word, context);
    const condition = row.unconditional ? ALWAYS : (row.condition?.(fields) ?? decoded);
    const variant = this.variant(row, fields, context);
    const operands = row.operands?.(fields, context) ?? {};
    const pcValue = (context.address + (context.set === 'A32' ? 8 : 4)) | 0;
    let readsPc = false;
    const words = variant.slots.map((slot) => {
      const value = slotValue(slot, operands, context, size, pcValue);
      if (!Number.isNaN(value)) return value;
      readsPc = true;
      return CORE.PC_READ - CORE.R;
    });
    if (readsPc) this.pool.push(PSEUDO.PC_READ, [pcValue]);
    const fused = condition === ALWAYS ? undefined : this.table.fused.get(variant.handler);
    if (fused !== undefined) this.pool.push(fused + condition, words);
    else {
      if (condition !== ALWAYS) this.pool.push(PSEUDO.CONDITION + condition, []);
      this.pool.push(variant.handler, words);
    }
    return variant.ends || row.endsBlock === true;
  }

  private variant(row: Row, fields: Fields, context: DecodeContext): Variant {
    let handlers = this.handlers.get(row);
    if (handlers === undefined) {
      handlers = this.table.rows[row.name];
      if (handlers === undefined) throw new Error(`no handler was generated for ${row.name}`);
      this.handlers.set(row, handlers);
    }
    let index = 0;
    if (handlers.keys.length > 0) {
      const form = row.form?.(fields, context) ?? {};
      for (const [name, values] of handlers.keys) {
        const position = values.indexOf(form[name]);
        if (position < 0) throw new Error(`${row.name}: form ${name} = ${form[name]} is not in its forms`);
        index = index * values.length + position;
      }
    }
    return this.table.variants[handlers.forms[index]];
  }
}

/** Marks a register operand that is R15; no operand has this value. */
const PC_OPERAND = Number.NaN;

function slotValue(
  slot: Slot,
  operands: Readonly<Record<string, number>>,
  context: DecodeContext,
  size: number,
  pcValue: number,
): number {
  const value = operands[slot.slice(2)];
  switch (slot[1] === ':' ? slot[0] : slot) {
    case 'r':
      return value === 15 ? PC_OPERAND : value;
    case 'w':
    case 'i':
      return value;
    case 'v':
      return CORE.D + value;
    case 'address':
      return context.address | 0;
    case 'next':
      return (context.address + size) | 0;
    case 'nextT':
      return (context.address + size) | (context.set === 'T32' ? 1 : 0);
    case 'alignedPc':
      return pcValue & ~3;
    case 'pc':
      return pcValue;
    default:
      throw new Error(`slot '${slot}' is unknown`);
  }
}
