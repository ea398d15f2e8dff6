/**
 * The valid entries of a level 2 TLB as lists, one for each context word of their tags (regime, VMID, ASID, global).
 * Derived from the entries, and rebuilt when these are restored.
 */
import { TLB_ENTRIES } from './tlb-layout';

const NONE = -1;

/** The entries of a context. */
interface World {
  readonly context: number;
  /** The first one; NONE: the list is empty, and among the worlds no more. */
  head: number;
  /** Its place in `list`. */
  place: number;
}

export class TlbWorlds {
  private readonly worlds = new Map<number, World>();
  /** The same in no order, for loops: an iterator is an object for each world. */
  private readonly list: World[] = [];
  private readonly next = new Int32Array(TLB_ENTRIES);
  private readonly previous = new Int32Array(TLB_ENTRIES);
  /** The one that was last added to: the next entry is most often of the same. */
  private last: World = { context: NONE, head: NONE, place: NONE };

  add(entry: number, context: number): void {
    const world = this.worldOf(context);
    const { head } = world;
    this.next[entry] = head;
    this.previous[entry] = NONE;
    if (head !== NONE) this.previous[head] = entry;
    world.head = entry;
  }

  private worldOf(context: number): World {
    const { worlds, list } = this;
    let world = this.find(context);
    if (world === undefined) {
      worlds.set(context, (world = { context, head: NONE, place: list.length }));
      list.push(world);
    }
    return (this.last = world);
  }

  private find(context: number): World | undefined {
    const { last } = this;
    return last.context === context && last.head !== NONE ? last : this.worlds.get(context);
  }

  remove(entry: number, context: number): void {
    const next = this.next[entry]!;
    const previous = this.previous[entry]!;
    if (next !== NONE) this.previous[next] = previous;
    if (previous !== NONE) {
      this.next[previous] = next;
      return;
    }
    const world = this.find(context)!;
    world.head = next;
    if (next === NONE) this.end(world);
  }

  /** A world has no entries any more: the last one of the list comes to its place. */
  private end(world: World): void {
    const { list } = this;
    const last = list.pop()!;
    if (last !== world) {
      list[world.place] = last;
      last.place = world.place;
    }
    this.worlds.delete(world.context);
  }

  clear(): void {
    for (const world of this.list) world.head = NONE;
    this.list.length = 0;
    this.worlds.clear();
  }

  /** How many worlds have entries. They are numbered from 0; when one ends, the last one takes its number. */
  get count(): number {
    return this.list.length;
  }
  context(world: number): number {
    return this.list[world]!.context;
  }
  /** An entry of a world. */
  first(world: number): number {
    return this.list[world]!.head;
  }
  /** The next entry of the same world; -1 behind the last one. */
  after(entry: number): number {
    return this.next[entry]!;
  }
}
