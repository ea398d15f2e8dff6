/**
 * The valid entries of a level 2 TLB as lists, one for each context word of their tags (regime, VMID, ASID, global).
 * Derived from the entries, and rebuilt when these are restored.
 */
import { TLB_ENTRIES } from './tlb-layout';

const NONE = -1;

export class TlbWorlds {
  /** First entry of each list, by context. */
  private readonly heads = new Map<number, number>();
  private readonly next = new Int32Array(TLB_ENTRIES);
  private readonly previous = new Int32Array(TLB_ENTRIES);

  add(entry: number, context: number): void {
    const head = this.heads.get(context) ?? NONE;
    this.next[entry] = head;
    this.previous[entry] = NONE;
    if (head !== NONE) this.previous[head] = entry;
    this.heads.set(context, entry);
  }

  remove(entry: number, context: number): void {
    const next = this.next[entry]!;
    const previous = this.previous[entry]!;
    if (next !== NONE) this.previous[next] = previous;
    if (previous !== NONE) this.next[previous] = next;
    else if (next !== NONE) this.heads.set(context, next);
    else this.heads.delete(context);
  }

  clear(): void {
    this.heads.clear();
  }

  /** Contexts that have entries, as they are now. */
  contexts(): number[] {
    return [...this.heads.keys()];
  }

  /** The entries of a context; the one that was given last may be removed. */
  *of(context: number): IterableIterator<number> {
    for (let entry = this.heads.get(context) ?? NONE; entry !== NONE;) {
      const next = this.next[entry]!;
      yield entry;
      entry = next;
    }
  }
}
