/** Turns instructions in memory into a Block. */
import type { MachineState } from '../state/machine-state';
import { Block, STRIDE_SHIFT, blockKey, type OpPool } from './block';
import type { TemplateCache } from './template';

/** Most instructions in a block, and ops they may need: each may have two pseudo-ops, and two stand around them. */
export const LONGEST = 64;
export const MOST_OPS_OF_BLOCK = 3 * LONGEST + 2;
const PAGE = 4096;

/** ITAdvance() of the manual. */
export function advanceIt(itstate: number): number {
  return (itstate & 7) === 0 ? 0 : (itstate & 0xe0) | ((itstate << 1) & 0x1f);
}

/** What follows the instruction that lies across the end of its page: its second half in the next page. */
export type SecondPage = () => number;

export class Predecoder {
  constructor(
    private readonly state: MachineState,
    private readonly templates: TemplateCache,
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
    const start = pool.open();
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
      ends = this.templates.append(pool, word, blockKey(key & 1, itstate), address);
      pool.describe(first, address | 0, word, itstate, count);
      // IT itself: its low byte is the state of the instruction after it.
      if (thumb && size === 2 && (word & 0xff00) === 0xbf00 && (word & 15) !== 0) itstate = word & 0xff;
      else itstate = advanceIt(itstate);
      at += size;
    }
    const block = new Block(
      va,
      key,
      offset,
      at,
      start,
      pool.used << STRIDE_SHIFT,
      count,
      (va + at) | 0,
      itstate,
      offset2,
      this.isBreakpoint(va >>> 0),
      pool.ops,
    );
    pool.close(block);
    return block;
  }

  private halfword(offset: number): number {
    return this.state.view.getUint16(offset, true);
  }
}
