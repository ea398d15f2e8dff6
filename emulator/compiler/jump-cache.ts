/**
 * Where a region that is left finds the next one without anybody's help: a table in the machine's memory, indexed by
 * address. What it says need not hold in the current context of translation: a region asks at its beginning whether it
 * lies at its address there, and is left again where it does not.
 */
import { JUMP_CACHE_BYTES, JUMP_CACHE_OFFSET } from '../state/layout';
import type { MachineState } from '../state/machine-state';

/** log2 of an entry's bytes. */
export const JUMP_CACHE_SHIFT = 4;
const ENTRIES = JUMP_CACHE_BYTES >> JUMP_CACHE_SHIFT;
const WORDS = 1 << (JUMP_CACHE_SHIFT - 2);
/**
 * The first place of an entry is the upper half of the address times this, which is odd and near 2^32 divided by the
 * golden ratio: every bit of the address counts. Code lies at multiples of 4, and functions that call each other often
 * at like places of pages a power of two apart; a kernel's boot has tens of thousands of targets.
 */
export const JUMP_CACHE_FACTOR = 0x9e37_79b1 | 0;
/** What the product is shifted right by, and the bits that remain: a byte offset. */
export const JUMP_CACHE_HASH_SHIFT = Math.clz32(ENTRIES) + 1 - JUMP_CACHE_SHIFT;
export const JUMP_CACHE_MASK = (ENTRIES - 1) << JUMP_CACHE_SHIFT;
/**
 * The second place is its neighbour's: that two addresses which go to each other all the time have the same place happens
 * to every kernel.
 */
export const JUMP_CACHE_NEIGHBOUR = 1 << JUMP_CACHE_SHIFT;

/** Byte offsets of an entry's words, from the offset of the entry in the table. */
export const JUMP_CACHE = {
  /** The address, with bit 0 set for T32. */
  target: JUMP_CACHE_OFFSET,
  /** Slot of the region in the table of functions. */
  slot: JUMP_CACHE_OFFSET + 4,
  label: JUMP_CACHE_OFFSET + 8,
} as const;

export class JumpCache {
  private readonly words: Int32Array;

  constructor(state: MachineState) {
    this.words = new Int32Array(state.memory.buffer, JUMP_CACHE_OFFSET, JUMP_CACHE_BYTES / 4);
  }

  set(target: number, slot: number, label: number): void {
    const { words } = this;
    let at = firstPlace(target);
    const second = secondPlace(at);
    if (words[at] !== target) {
      if (words[second] === target) at = second;
      else if (words[at] !== 0) words.copyWithin(second, at, at + WORDS);
    }
    words[at] = target;
    words[at + 1] = slot;
    words[at + 2] = label;
  }

  /** Forgets `target`, if it leads to `slot`. */
  drop(target: number, slot: number): void {
    const { words } = this;
    const first = firstPlace(target);
    for (const at of [first, secondPlace(first)])
      if (words[at] === target && words[at + 1] === slot) words.fill(0, at, at + WORDS);
  }

  clear(): void {
    this.words.fill(0);
  }
}

/** Indices of words. */
function firstPlace(target: number): number {
  return ((Math.imul(target, JUMP_CACHE_FACTOR) >>> JUMP_CACHE_HASH_SHIFT) & JUMP_CACHE_MASK) >> 2;
}
function secondPlace(first: number): number {
  return first ^ WORDS;
}
