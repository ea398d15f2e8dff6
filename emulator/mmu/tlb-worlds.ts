/**
 * The valid entries of a level 2 TLB as lists, one for each context word of their tags (regime, VMID, ASID, global).
 * Derived from the entries, and rebuilt when these are restored.
 */
import { TLB_ENTRIES } from './tlb-layout';

const NONE = -1;

/** The entries of a context. */
interface World {
  readonly context: number;
  /** The first one; NONE: the list is empty, and in `worlds` no more. */
  head: number;
}

export class TlbWorlds {
  private readonly worlds = new Map<number, World>();
  private readonly next = new Int32Array(TLB_ENTRIES);
  private readonly previous = new Int32Array(TLB_ENTRIES);
  /** The one that was last added to: the next entry is most often of the same. */
  private last: World = { context: NONE, head: NONE };

  add(entry: number, context: number): void {
    const world = this.worldOf(context);
    const { head } = world;
    this.next[entry] = head;
    this.previous[entry] = NONE;
    if (head !== NONE) this.previous[head] = entry;
    world.head = entry;
  }

  private worldOf(context: number): World {
    const { last, worlds } = this;
    if (last.context === context && last.head !== NONE) return last;
    let world = worlds.get(context);
    if (world === undefined) worlds.set(context, (world = { context, head: NONE }));
    return (this.last = world);
  }

  remove(entry: number, context: number): void {
    const next = this.next[entry]!;
    const previous = this.previous[entry]!;
    const world = this.worlds.get(context)!;
    if (next !== NONE) this.previous[next] = previous;
    if (previous !== NONE) {
      this.next[previous] = next;
      return;
    }
    world.head = next;
    if (next === NONE) this.worlds.delete(context);
  }

  clear(): void {
    for (const world of this.worlds.values()) world.head = NONE;
    this.worlds.clear();
  }

  /** Contexts that have entries, as they are now. */
  contexts(): number[] {
    return [...this.worlds.keys()];
  }

  /** The entries of a context; the one that was given last may be removed. */
  *of(context: number): IterableIterator<number> {
    for (let entry = this.worlds.get(context)?.head ?? NONE; entry !== NONE;) {
      const next = this.next[entry]!;
      yield entry;
      entry = next;
    }
  }
}
