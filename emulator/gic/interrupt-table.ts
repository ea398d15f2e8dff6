/**
 * The state of every interrupt: what the distributor's registers show and the CPU interfaces act on
 * (IHI 0048B chapter 3). INTIDs 0–15 are SGIs and 16–31 PPIs, with a copy for each core; 32 and up are SPIs.
 *
 * Bits are kept in words of 32 interrupts. Word 0 has a copy for each core; `at` gives the index.
 */

/** No interrupt. */
export const SPURIOUS = 1023;
/** First INTID that is not an interrupt. */
export const SPECIAL_INTIDS = 1020;
const WORDS = 32;

/** The highest priority that a Non-secure access can give: 0 as it sees it. */
export const HIGHEST_NON_SECURE = 0x80;

export class InterruptTable {
  /** 1: forwarded to CPU interfaces. */
  readonly enabled: Int32Array;
  /** 1: Group 1. */
  readonly group: Int32Array;
  /** Pending by an edge or by a write to a set-pending register. */
  readonly latched: Int32Array;
  /** Level of the input line. */
  readonly level: Int32Array;
  readonly active: Int32Array;
  /** 1: edge-triggered. */
  readonly edge: Int32Array;
  /** Priority byte; index from `slot`. */
  readonly priority: Uint8Array;
  /** SPIs: set of target cores, by INTID. */
  readonly targets = new Uint8Array(WORDS * 32);
  /** SGIs: set of cores that sent it; index core × 16 + INTID. */
  readonly sgiSources: Uint8Array;
  /** GICD_CTLR: bit 0 forwards Group 0, bit 1 Group 1. */
  control = 0;

  /** Highest priority pending interrupt of each core, SPURIOUS when none. */
  readonly bestId: Int32Array;
  /** Its priority; 256 when none. */
  readonly bestPriority: Int32Array;
  /** Its group, 0 or 1. */
  readonly bestGroup: Int32Array;

  /** SPIs aimed at each core: index core × 32 + word; follows from `targets`. */
  private readonly aimed: Int32Array;
  private readonly words: number;

  constructor(
    readonly cores: number,
    /** INTIDs implemented, a multiple of 32 (or 1020). */
    readonly interrupts: number,
  ) {
    this.words = Math.ceil(interrupts / 32);
    const bitmap = (): Int32Array => new Int32Array(cores + WORDS);
    this.enabled = bitmap();
    this.group = bitmap();
    this.latched = bitmap();
    this.level = bitmap();
    this.active = bitmap();
    this.edge = bitmap();
    this.priority = new Uint8Array(cores * 32 + WORDS * 32);
    this.sgiSources = new Uint8Array(cores * 16);
    this.aimed = new Int32Array(cores * WORDS);
    this.bestId = new Int32Array(cores);
    this.bestPriority = new Int32Array(cores);
    this.bestGroup = new Int32Array(cores);
    this.reset();
  }

  /** Index in a bitmap of the word `word` as `core` sees it. */
  at(core: number, word: number): number {
    return word === 0 ? core : this.cores + word;
  }

  /** Index in `priority` of interrupt `id` as `core` sees it. */
  slot(core: number, id: number): number {
    return id < 32 ? core * 32 + id : this.cores * 32 + id;
  }

  /** Set of interrupts of word `word` that exist. */
  implemented(word: number): number {
    const rest = this.interrupts - word * 32;
    return rest >= 32 ? -1 : rest <= 0 ? 0 : (1 << rest) - 1;
  }

  test(bitmap: Int32Array, core: number, id: number): boolean {
    return ((bitmap[this.at(core, id >> 5)] >>> (id & 31)) & 1) !== 0;
  }

  /** Pending interrupts of word `word`: latched, or level-sensitive with the line asserted (figure 4-10). */
  pending(core: number, word: number): number {
    const at = this.at(core, word);
    return this.latched[at] | (this.level[at] & ~this.edge[at]);
  }

  /** Sets the input line of `id`; a rising edge latches an edge-triggered interrupt. True when it changed anything. */
  setLine(core: number, id: number, level: boolean): boolean {
    const at = this.at(core, id >> 5);
    const bit = 1 << (id & 31);
    if (((this.level[at] & bit) !== 0) === level) return false;
    this.level[at] = this.level[at] ^ bit;
    if (level && this.edge[at] & bit) this.latched[at] = this.latched[at] | bit;
    return true;
  }

  /** Makes SGI `id` pending on `target`, sent by each core of the set `sources`. */
  addSgi(target: number, id: number, sources: number): void {
    const at = target * 16 + id;
    this.sgiSources[at] = this.sgiSources[at] | sources;
    if (this.sgiSources[at] !== 0) this.latched[target] = this.latched[target] | (1 << id);
  }

  /** Removes the pending state of SGI `id` on `target` that comes from the set `sources`. */
  removeSgi(target: number, id: number, sources: number): void {
    const at = target * 16 + id;
    this.sgiSources[at] = this.sgiSources[at] & ~sources;
    if (this.sgiSources[at] === 0) this.latched[target] = this.latched[target] & ~(1 << id);
  }

  /** The core that an acknowledge of `id` would name as source: for an SGI the lowest of those pending; else 0. */
  source(core: number, id: number): number {
    return id < 16 ? (31 - Math.clz32(lowestBit(this.sgiSources[core * 16 + id] | 0x100))) & 7 : 0;
  }

  /** Acknowledges `id`: it becomes active and loses its latched pending state (one source's, for an SGI). */
  activate(core: number, id: number): void {
    const at = this.at(core, id >> 5);
    const bit = 1 << (id & 31);
    this.active[at] = this.active[at] | bit;
    if (id < 16) this.removeSgi(core, id, lowestBit(this.sgiSources[core * 16 + id]));
    else this.latched[at] = this.latched[at] & ~bit;
  }

  deactivate(core: number, id: number): void {
    const at = this.at(core, id >> 5);
    this.active[at] = this.active[at] & ~(1 << (id & 31));
  }

  /** Sets the targets of SPI `id`: a set of existing cores. */
  setTargets(id: number, targets: number): void {
    this.targets[id] = targets;
    const bit = 1 << (id & 31);
    for (let core = 0; core < this.cores; core++) {
      const at = core * WORDS + (id >> 5);
      this.aimed[at] = (targets >>> core) & 1 ? this.aimed[at] | bit : this.aimed[at] & ~bit;
    }
  }

  /** Finds each core's highest priority pending interrupt anew; equal priorities go to the lowest INTID. */
  recompute(): void {
    for (let core = 0; core < this.cores; core++) {
      let best = SPURIOUS;
      let bestPriority = 256;
      for (let word = 0; word < this.words; word++) {
        const at = this.at(core, word);
        const group = this.group[at];
        const forwarded = (this.control & 1 ? ~group : 0) | (this.control & 2 ? group : 0);
        let candidates =
          (this.latched[at] | (this.level[at] & ~this.edge[at])) &
          this.enabled[at] &
          ~this.active[at] &
          forwarded &
          (word === 0 ? -1 : this.aimed[core * WORDS + word]);
        while (candidates !== 0) {
          const low = candidates & -candidates;
          candidates &= ~low;
          const id = word * 32 + 31 - Math.clz32(low);
          const priority = this.priority[this.slot(core, id)];
          if (priority < bestPriority) {
            best = id;
            bestPriority = priority;
          }
        }
      }
      this.bestId[core] = best;
      this.bestPriority[core] = bestPriority;
      this.bestGroup[core] = best === SPURIOUS ? 0 : this.test(this.group, core, best) ? 1 : 0;
    }
  }

  /** Reset values; input lines keep their level. SGIs are always enabled and edge-triggered. */
  reset(): void {
    this.control = 0;
    for (const map of [this.enabled, this.group, this.latched, this.active, this.edge]) map.fill(0);
    for (let core = 0; core < this.cores; core++) {
      this.enabled[core] = 0xffff;
      this.edge[core] = 0xffff;
    }
    this.priority.fill(0);
    this.sgiSources.fill(0);
    // A GIC with one CPU interface has no target registers: every SPI goes to core 0.
    for (let id = 32; id < this.targets.length; id++) this.setTargets(id, this.cores === 1 ? 1 : 0);
    this.recompute();
  }

  /** Every interrupt in Group 1, at the highest priority that a Non-secure access can give. */
  giveToNonSecure(): void {
    for (let core = 0; core < this.cores; core++) this.group[core] = -1;
    for (let word = 1; word * 32 < this.interrupts; word++)
      this.group[this.at(0, word)] = this.implemented(word);
    this.priority.fill(HIGHEST_NON_SECURE);
    this.recompute();
  }

  save(): Record<string, readonly number[] | number> {
    return {
      control: this.control,
      enabled: [...this.enabled],
      group: [...this.group],
      latched: [...this.latched],
      level: [...this.level],
      active: [...this.active],
      edge: [...this.edge],
      priority: [...this.priority],
      targets: [...this.targets],
      sgiSources: [...this.sgiSources],
    };
  }

  restore(state: Readonly<Record<string, unknown>>): void {
    this.control = state['control'] as number;
    this.enabled.set(state['enabled'] as number[]);
    this.group.set(state['group'] as number[]);
    this.latched.set(state['latched'] as number[]);
    this.level.set(state['level'] as number[]);
    this.active.set(state['active'] as number[]);
    this.edge.set(state['edge'] as number[]);
    this.priority.set(state['priority'] as number[]);
    (state['targets'] as number[]).forEach((targets, id) => this.setTargets(id, targets));
    this.sgiSources.set(state['sgiSources'] as number[]);
    this.recompute();
  }
}

function lowestBit(set: number): number {
  return set & -set;
}
