/**
 * What was compiled, apart from the machine that it was compiled in: a function is what its region's bytes, their place
 * and the machine's configuration make of it, and nothing else. So another machine that has the same bytes at the same
 * place takes the function as it is, when execution first comes there, instead of finding out that the code is hot.
 */
import type { RegionEntry, WrittenRegion } from './region-writer';

/** Machine-memory offsets [from, to). */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The function of one region, and of what it was made. */
export interface Translation extends WrittenRegion {
  /** Machine-memory offset and virtual address (signed) of its page, and its blocks' key. */
  readonly page: number;
  readonly va: number;
  readonly key: number;
  /** The bytes that it was made from. */
  readonly spans: readonly Span[];
  /** Addresses (signed) whose accesses were known to be slow: the code makes them by calls. */
  readonly slow: readonly number[];
  /** It was made where somebody is to be told of every write of a system register. */
  readonly tellsRegisterWrites: boolean;
}

/** With the bytes of its spans, one behind the other. */
export interface KeptTranslation {
  readonly translation: Translation;
  readonly contents: Uint8Array;
}

/** How far ahead `wanted` looks, against how many it gives. */
const AHEAD = 4;

/** One number for a virtual address, the machine-memory offset it stands for, and a block's key (0 or 1). */
export function placeOf(va: number, offset: number, key: number): number {
  return (va >>> 12) * 2 ** 33 + offset * 2 + key;
}

/** The number of the place at which a translation is entered. */
export function entryOf({ page, va, key }: Translation, { pc }: RegionEntry): number {
  return placeOf(pc, page + (pc - va), key);
}

export class Translations {
  /** In the order in which machines came to need them. */
  private readonly kept: (KeptTranslation | undefined)[] = [];
  /** Indices in it by the place of each entry. */
  private readonly byEntry = new Map<number, number[]>();
  private readonly indexOf = new Map<Translation, number>();
  /** Those that this machine has used or made, in the order in which it did. */
  private readonly needed = new Set<KeptTranslation>();
  /** Something is to be kept that was not there before. */
  changed = false;

  /** @param before what other machines made. */
  constructor(before: Iterable<KeptTranslation> = []) {
    for (const one of before) this.keep(one);
  }

  /** A machine has made a translation, of what its `memory` holds. */
  add(translation: Translation, memory: Uint8Array): void {
    const one = { translation, contents: contentsOf(translation, memory) };
    this.keep(one);
    this.needed.add(one);
    this.changed = true;
  }

  /** Another one does what this one did, and more. */
  remove(translation: Translation): void {
    const index = this.indexOf.get(translation);
    if (index === undefined) return;
    this.indexOf.delete(translation);
    this.needed.delete(this.kept[index]!);
    this.kept[index] = undefined;
    this.changed = true;
  }

  /**
   * One that is entered at a place and `fits`, and others that fit of those that were needed soon after it.
   * @param most how many at most.
   */
  wanted(
    place: number,
    memory: Uint8Array,
    most: number,
    fits: (translation: Translation) => boolean,
  ): Translation[] {
    const usable = (one: KeptTranslation | undefined): one is KeptTranslation =>
      one !== undefined && fits(one.translation) && holds(memory, one);
    const first = this.byEntry.get(place)?.find((index) => usable(this.kept[index]));
    if (first === undefined) return [];
    const found: Translation[] = [];
    const end = Math.min(this.kept.length, first + AHEAD * most);
    for (let index = first; index < end && found.length < most; index++) {
      const one = this.kept[index];
      if (!usable(one)) continue;
      this.needed.add(one);
      found.push(one.translation);
    }
    return found;
  }

  /** All of them: those that this machine needed first. */
  all(): KeptTranslation[] {
    const others = this.kept.filter((one) => one !== undefined && !this.needed.has(one));
    return [...this.needed, ...(others as KeptTranslation[])];
  }

  private keep(one: KeptTranslation): void {
    const index = this.kept.push(one) - 1;
    this.indexOf.set(one.translation, index);
    for (const entry of one.translation.entries) {
      const place = entryOf(one.translation, entry);
      const known = this.byEntry.get(place);
      if (known === undefined) this.byEntry.set(place, [index]);
      else known.push(index);
    }
  }
}

/** What `memory` holds of its spans. */
export function contentsOf({ spans }: Translation, memory: Uint8Array): Uint8Array {
  const contents = new Uint8Array(spans.reduce((sum, { from, to }) => sum + to - from, 0));
  let at = 0;
  for (const { from, to } of spans) {
    contents.set(memory.subarray(from, to), at);
    at += to - from;
  }
  return contents;
}

export function holds(memory: Uint8Array, { translation, contents }: KeptTranslation): boolean {
  let at = 0;
  for (const { from, to } of translation.spans)
    for (let offset = from; offset < to; offset++) if (memory[offset] !== contents[at++]) return false;
  return true;
}
