/**
 * Level 2: the TLB of one core as the architecture sees it. Set-associative, replaced first in first out, one entry
 * for each 4 KiB page; filled by executed accesses only, and never with a translation that faults. It lives in the
 * machine's memory: part of snapshots and of the state hash.
 */
import type { MachineState } from '../state/machine-state';
import { packInfo, size1Of } from './entry-info';
import { LARGE_SHIFTS, LargePages } from './large-pages';
import { TlbWorlds } from './tlb-worlds';
import type { TranslatedAddress } from './translation-records';
import {
  DATA_WORDS,
  Data,
  TAG_WORDS,
  TLB_ENTRIES,
  TLB_SETS,
  TLB_WAYS,
  Tag,
  TlbRegime,
  tlbOffsets,
} from './tlb-layout';

const VALID = 1;
export const GLOBAL = 1 << 19;
const ASID_MASK = 0xff;
/** log2 of the size of a small page. */
const SMALL_SHIFT = 12;

/** The context word of the tags of a world. Regimes without ASID or VMID give 0 for them. */
export function tagContext(regime: TlbRegime, vmid: number, asid: number): number {
  return asid | (vmid << 8) | (regime << 16);
}

/** One entry, decoded for people. */
export interface TlbEntry {
  readonly index: number;
  readonly va: number;
  readonly ipa: number;
  readonly pa: number;
  readonly regime: TlbRegime;
  readonly vmid: number;
  readonly asid: number;
  readonly global: boolean;
  readonly info: number;
  /** Combined attributes. */
  readonly attributes: number;
}

/** Which entries a maintenance operation removes: `(context & mask) === value`, and by ASID where given. */
export interface TlbSelection {
  readonly mask: number;
  readonly value: number;
  /** Only entries of this ASID; with `globals`, global entries too. */
  readonly asid: number | undefined;
  readonly globals: boolean;
}

/** What stands on level 2 and must lose what level 2 loses. */
export interface Level1 {
  /** The entry of a VA page (low 12 bits 0, signed) leaves, whose tag has this context word. */
  dropPage(page: number, context: number): void;
  /** All entries of a selection leave. */
  dropSelected(selection: TlbSelection): void;
}

export class Tlb {
  private readonly tags: Int32Array;
  private readonly data: Int32Array;
  private readonly next: Int32Array;
  /** Entries that made way for another one. */
  evictions = 0;
  /** By regimeGroup: what Hyp mode maps in 4 KiB pages a guest may map in large ones. */
  private readonly largePages = [new LargePages(), new LargePages(), new LargePages()] as const;
  /** Valid entries by the context word of their tags: maintenance costs in proportion to what it removes. */
  private readonly worlds = new TlbWorlds();

  constructor(
    state: MachineState,
    core: number,
    private readonly level1: Level1,
  ) {
    const at = tlbOffsets(core);
    const { buffer } = state.memory;
    this.tags = new Int32Array(buffer, at.tags, TLB_ENTRIES * TAG_WORDS);
    this.data = new Int32Array(buffer, at.data, TLB_ENTRIES * DATA_WORDS);
    this.next = new Int32Array(buffer, at.next, TLB_SETS);
  }

  /** Index of the entry for `va` in the world of `context` (see tagContext), or -1. */
  lookup(va: number, context: number): number {
    const { tags } = this;
    const page = (va & 0xffff_f000) | VALID;
    const first = setOf(va, context) * TLB_WAYS;
    for (let i = first; i < first + TLB_WAYS; i++) {
      if (tags[i * TAG_WORDS + Tag.Page] !== page) continue;
      if (serves(tags[i * TAG_WORDS + Tag.Context]!, context)) return i;
    }
    return -1;
  }

  info(i: number): number {
    return this.data[i * DATA_WORDS + Data.Info]!;
  }
  /** Attributes of both stages together. */
  attributes(i: number): number {
    return (this.data[i * DATA_WORDS + Data.Attributes]! >>> 20) & 0x3ff;
  }
  /** Attributes of stage 1 alone. */
  attributes1(i: number): number {
    return this.data[i * DATA_WORDS + Data.Attributes]! & 0x3ff;
  }
  /** Physical address of the 4 KiB page. */
  pa(i: number): number {
    const at = i * DATA_WORDS;
    return (this.data[at + Data.High]! & 0xff) * 0x1_0000_0000 + (this.data[at + Data.Pa]! >>> 0);
  }
  ipa(i: number): number {
    const at = i * DATA_WORDS;
    return ((this.data[at + Data.High]! >>> 8) & 0xff) * 0x1_0000_0000 + (this.data[at + Data.Ipa]! >>> 0);
  }

  /** Puts a translation in, replacing what must go, and gives its index. */
  insert(va: number, context: number, t: TranslatedAddress): number {
    const { tags, data } = this;
    const set = setOf(va, context);
    const i = this.victim(set);
    tags[i * TAG_WORDS + Tag.Page] = (va & 0xffff_f000) | VALID;
    tags[i * TAG_WORDS + Tag.Context] = t.stage1.global ? (context & ~ASID_MASK) | GLOBAL : context;
    const at = i * DATA_WORDS;
    data[at + Data.Pa] = t.pa & 0xffff_f000;
    data[at + Data.Ipa] = t.ipa & 0xffff_f000;
    data[at + Data.High] = Math.floor(t.pa / 0x1_0000_0000) | (Math.floor(t.ipa / 0x1_0000_0000) << 8);
    data[at + Data.Info] = packInfo(t);
    data[at + Data.Attributes] =
      t.stage1.attributes | ((t.stage2?.attributes ?? 0) << 10) | (t.attributes << 20);
    this.noteLargePage(i, true);
    this.worlds.add(i, tags[i * TAG_WORDS + Tag.Context]!);
    return i;
  }

  /** The way to fill: an invalid one, else first in first out. */
  private victim(set: number): number {
    const first = set * TLB_WAYS;
    for (let i = first; i < first + TLB_WAYS; i++)
      if ((this.tags[i * TAG_WORDS + Tag.Page]! & VALID) === 0) return i;
    const way = this.next[set]!;
    this.next[set] = (way + 1) % TLB_WAYS;
    this.evictions++;
    this.remove(first + way);
    return first + way;
  }

  private remove(i: number): void {
    const page = this.tags[i * TAG_WORDS + Tag.Page]! & ~VALID;
    const context = this.tags[i * TAG_WORDS + Tag.Context]!;
    this.clearEntry(i);
    this.level1.dropPage(page, context);
  }

  private clearEntry(i: number): void {
    const { tags, data } = this;
    this.worlds.remove(i, tags[i * TAG_WORDS + Tag.Context]!);
    this.noteLargePage(i, false);
    tags[i * TAG_WORDS + Tag.Page] = 0;
    tags[i * TAG_WORDS + Tag.Context] = 0;
    const at = i * DATA_WORDS;
    data[at + Data.Pa] = 0;
    data[at + Data.Ipa] = 0;
    data[at + Data.High] = 0;
    data[at + Data.Info] = 0;
    data[at + Data.Attributes] = 0;
  }

  /** Removes every entry. The level 1 above must be dropped by the caller. */
  removeAll(): void {
    this.tags.fill(0);
    this.data.fill(0);
    this.next.fill(0);
    for (const pages of this.largePages) pages.clear();
    this.worlds.clear();
  }

  /** Removes the entries that a selection names. */
  removeSelected(selection: TlbSelection): void {
    const { worlds } = this;
    // From the last one: a world whose last entry goes, goes too.
    for (let world = worlds.count - 1; world >= 0; world--) {
      if (!selects(selection, worlds.context(world))) continue;
      for (let i = worlds.first(world); i >= 0;) {
        const next = worlds.after(i);
        this.clearEntry(i);
        i = next;
      }
    }
    this.level1.dropSelected(selection);
  }

  /** Removes the entries of a selection whose stage 1 page holds `va`. */
  removePage(va: number, selection: TlbSelection): void {
    this.removeSmallPage(va, selection);
    const large = this.largePages[regimeGroup(selection.value)];
    if (large.none) return;
    for (let s = LARGE_SHIFTS.length - 1; s >= 0; s--)
      for (let i = large.first(va, LARGE_SHIFTS[s]!); i >= 0;) {
        const next = large.after(i);
        if (selects(selection, this.tags[i * TAG_WORDS + Tag.Context]!)) this.remove(i);
        i = next;
      }
  }

  private removeSmallPage(va: number, selection: TlbSelection): void {
    const { tags } = this;
    const first = setOf(va, selection.value) * TLB_WAYS;
    const page = (va & 0xffff_f000) | VALID;
    for (let i = first; i < first + TLB_WAYS; i++) {
      if (tags[i * TAG_WORDS + Tag.Page] !== page || size1Of(this.info(i)) !== SMALL_SHIFT) continue;
      if (selects(selection, tags[i * TAG_WORDS + Tag.Context]!)) this.remove(i);
    }
  }

  /** Rebuilds what is derived from the entries, after the machine's memory was restored. */
  restored(): void {
    for (const pages of this.largePages) pages.clear();
    this.worlds.clear();
    for (let i = 0; i < TLB_ENTRIES; i++) {
      const page = this.tags[i * TAG_WORDS + Tag.Page]!;
      if ((page & VALID) === 0) continue;
      this.worlds.add(i, this.tags[i * TAG_WORDS + Tag.Context]!);
      this.noteLargePage(i, true);
    }
  }

  /** Entry `i` came in, or goes. */
  private noteLargePage(i: number, comes: boolean): void {
    const shift = size1Of(this.info(i));
    if (shift === SMALL_SHIFT) return;
    const large = this.largePages[regimeGroup(this.tags[i * TAG_WORDS + Tag.Context]!)];
    const va = this.tags[i * TAG_WORDS + Tag.Page]! & ~VALID;
    if (comes) large.add(i, va, shift);
    else large.remove(i, va, shift);
  }

  /** Every valid entry, for people. */
  *entries(): IterableIterator<TlbEntry> {
    for (let index = 0; index < TLB_ENTRIES; index++) {
      const page = this.tags[index * TAG_WORDS + Tag.Page]!;
      if ((page & VALID) === 0) continue;
      const context = this.tags[index * TAG_WORDS + Tag.Context]!;
      yield {
        index,
        va: (page & ~VALID) >>> 0,
        ipa: this.ipa(index),
        pa: this.pa(index),
        regime: (context >>> 16) & 7,
        vmid: (context >>> 8) & 0xff,
        asid: context & ASID_MASK,
        global: (context & GLOBAL) !== 0,
        info: this.info(index),
        attributes: this.attributes(index),
      };
    }
  }
}

function selects({ mask, value, asid, globals }: TlbSelection, context: number): boolean {
  if ((context & mask) !== value) return false;
  if (asid === undefined) return true;
  return (context & GLOBAL) !== 0 ? globals : (context & ASID_MASK) === asid;
}

/** An access in the world of `context` (see tagContext) may use an entry whose tag has the context word `tag`. */
export function serves(tag: number, context: number): boolean {
  const difference = tag ^ context;
  return difference === 0 || (difference & ~ASID_MASK) === GLOBAL;
}

/** Regimes that one selection can name together: Non-secure PL1&0, Hyp, Secure. */
function regimeGroup(context: number): 0 | 1 | 2 {
  const regime: TlbRegime = (context >>> 16) & 7;
  return regime < TlbRegime.HypOff ? 0 : regime < TlbRegime.SecureOff ? 1 : 2;
}

/** The set for a page: ASID plays no part (global entries), nor whether the stages are on. */
function setOf(va: number, context: number): number {
  const page = va >>> 12;
  const world = ((context >>> 8) & 0xff) * 0x9d + ((context >>> 18) & 1) * 0x1f;
  return (page ^ (page >>> 13) ^ world) & (TLB_SETS - 1);
}
