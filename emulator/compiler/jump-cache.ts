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
export const JUMP_CACHE_MASK = ENTRIES - 1;
/**
 * An entry's number is the exclusive or of the address shifted right by each of these. Functions that call each other
 * often lie at like places of pages a power of two apart: the higher bits tell them from each other.
 */
export const JUMP_CACHE_HASH = [1, 15] as const;

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

  private index(target: number): number {
    const [low, high] = JUMP_CACHE_HASH;
    return (((target >>> low) ^ (target >>> high)) & JUMP_CACHE_MASK) << (JUMP_CACHE_SHIFT - 2);
  }

  set(target: number, slot: number, label: number): void {
    const at = this.index(target);
    this.words[at] = target;
    this.words[at + 1] = slot;
    this.words[at + 2] = label;
  }

  /** Forgets `target`, if it leads to `slot`. */
  drop(target: number, slot: number): void {
    const at = this.index(target);
    if (this.words[at] === target && this.words[at + 1] === slot) this.words.fill(0, at, at + 3);
  }

  clear(): void {
    this.words.fill(0);
  }
}
