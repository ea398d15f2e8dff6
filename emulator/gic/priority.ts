/**
 * Priorities and preemption (IHI 0048B 3.3): a priority byte splits into a group priority, which decides
 * preemption, and a subpriority; the active priorities registers have a bit for each preemption level.
 */

/** Running priority when nothing is active. */
export const IDLE_PRIORITY = 0x100;

/**
 * Group priority of `priority` under binary point `point` (as GICC_BPR for Group 0; for Group 1 with its own
 * binary point, GICC_ABPR - 1): its bits 7 to point + 1.
 */
export function groupPriority(priority: number, point: number): number {
  return priority & (0xff << ((point & 7) + 1)) & 0xff;
}

/**
 * True when a pending interrupt may preempt what runs: nothing does, or its group priority is higher than the
 * running priority's, both under the pending interrupt's binary point (3.3.3).
 */
export function preempts(priority: number, point: number, running: number): boolean {
  return running === IDLE_PRIORITY || groupPriority(priority, point) < groupPriority(running, point);
}

/** A stack of active preemption levels in `words` 32-bit words from index `at` of `bits`. */
export class ActivePriorities {
  readonly bits: Int32Array;
  private readonly shift: number;

  constructor(
    copies: number,
    /** 32-bit words of each copy. */
    readonly words: number,
    /** Least significant implemented bit of a group priority. */
    lowestBit: number,
  ) {
    this.bits = new Int32Array(copies * words);
    this.shift = lowestBit;
  }

  /** Marks the level of group priority `priority` active. */
  push(copy: number, priority: number): void {
    const level = priority >> this.shift;
    const at = copy * this.words + (level >> 5);
    this.bits[at] = this.bits[at] | (1 << (level & 31));
  }

  /** Clears the most urgent active level; false when none is active. */
  pop(copy: number): boolean {
    for (let word = 0; word < this.words; word++) {
      const at = copy * this.words + word;
      if (this.bits[at] !== 0) {
        this.bits[at] = this.bits[at] & (this.bits[at] - 1);
        return true;
      }
    }
    return false;
  }

  /** Priority of the most urgent active level, or IDLE_PRIORITY. */
  highest(copy: number): number {
    for (let word = 0; word < this.words; word++) {
      const bits = this.bits[copy * this.words + word];
      if (bits !== 0) return (word * 32 + 31 - Math.clz32(bits & -bits)) << this.shift;
    }
    return IDLE_PRIORITY;
  }
}
