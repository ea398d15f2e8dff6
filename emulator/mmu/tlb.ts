/**
 * Level 2: the TLB of one core as the architecture sees it. Set-associative, replaced first in first out, one entry
 * for each 4 KiB page; filled by executed accesses only, and never with a translation that faults. It lives in the
 * machine's memory: part of snapshots and of the state hash.
 */
import type { MachineState } from '../state/machine-state';
import { packInfo, size1Of } from './entry-info';
import type { TranslatedAddress } from './translate';
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
  readonly asid?: number;
  readonly globals?: boolean;
}

export class Tlb {
  private readonly tags: Int32Array;
  private readonly data: Int32Array;
  private readonly next: Int32Array;
  /** Number of entries of each page larger than 4 KiB: (first VA of the page + log2 of its size) → entries. */
  private readonly largePages = new Map<number, number>();

  /** @param onRemove called with the VA page of each entry that leaves; not for `removeAll`. */
  constructor(
    state: MachineState,
    core: number,
    private readonly onRemove: (vaPage: number) => void,
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
      const difference = tags[i * TAG_WORDS + Tag.Context]! ^ context;
      if (difference === 0 || (difference & ~ASID_MASK) === GLOBAL) return i;
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
    const info = packInfo(t);
    tags[i * TAG_WORDS + Tag.Page] = (va & 0xffff_f000) | VALID;
    tags[i * TAG_WORDS + Tag.Context] = t.stage1.global ? (context & ~ASID_MASK) | GLOBAL : context;
    const at = i * DATA_WORDS;
    data[at + Data.Pa] = (t.pa % 0x1_0000_0000) & 0xffff_f000;
    data[at + Data.Ipa] = (t.ipa % 0x1_0000_0000) & 0xffff_f000;
    data[at + Data.High] = Math.floor(t.pa / 0x1_0000_0000) | (Math.floor(t.ipa / 0x1_0000_0000) << 8);
    data[at + Data.Info] = info;
    data[at + Data.Attributes] =
      t.stage1.attributes | ((t.stage2?.attributes ?? 0) << 10) | (t.attributes << 20);
    this.countLargePage(va, info, 1);
    return i;
  }

  /** The way to fill: an invalid one, else first in first out. */
  private victim(set: number): number {
    const first = set * TLB_WAYS;
    for (let i = first; i < first + TLB_WAYS; i++)
      if ((this.tags[i * TAG_WORDS + Tag.Page]! & VALID) === 0) return i;
    const way = this.next[set]!;
    this.next[set] = (way + 1) % TLB_WAYS;
    this.remove(first + way);
    return first + way;
  }

  private remove(i: number): void {
    const page = this.tags[i * TAG_WORDS + Tag.Page]! & ~VALID;
    this.countLargePage(page, this.info(i), -1);
    this.clearEntry(i);
    this.onRemove(page);
  }

  private clearEntry(i: number): void {
    this.tags.fill(0, i * TAG_WORDS, (i + 1) * TAG_WORDS);
    this.data.fill(0, i * DATA_WORDS, (i + 1) * DATA_WORDS);
  }

  /** Removes every entry. The level 1 above must be dropped by the caller. */
  removeAll(): void {
    this.tags.fill(0);
    this.data.fill(0);
    this.next.fill(0);
    this.largePages.clear();
  }

  /** Removes the entries that a selection names. */
  removeSelected(selection: TlbSelection): void {
    for (let i = 0; i < TLB_ENTRIES; i++) this.removeIf(i, selection);
  }

  /** Removes the entries of a selection whose stage 1 page holds `va`. */
  removePage(va: number, selection: TlbSelection): void {
    this.removeGranule(va, selection, 12);
    for (const shift of LARGE_SHIFTS) {
      const key = largePageKey(va, shift);
      if (!this.largePages.has(key)) continue;
      const start = va - (va % 2 ** shift);
      if (shift > 22) {
        for (let i = 0; i < TLB_ENTRIES; i++) this.removeIfInside(i, start, shift, selection);
      } else {
        for (let page = start; page < start + 2 ** shift; page += 4096)
          this.removeGranule(page, selection, shift);
      }
    }
  }

  private removeGranule(va: number, selection: TlbSelection, shift: number): void {
    const first = setOf(va, selection.value) * TLB_WAYS;
    const page = (va & 0xffff_f000) | VALID;
    for (let i = first; i < first + TLB_WAYS; i++)
      if (this.tags[i * TAG_WORDS + Tag.Page] === page && size1Of(this.info(i)) === shift)
        this.removeIf(i, selection);
  }

  private removeIfInside(i: number, start: number, shift: number, selection: TlbSelection): void {
    const page = this.tags[i * TAG_WORDS + Tag.Page]! >>> 0;
    if (page - (page % 2 ** shift) === start && size1Of(this.info(i)) === shift) this.removeIf(i, selection);
  }

  private removeIf(i: number, { mask, value, asid, globals }: TlbSelection): void {
    if ((this.tags[i * TAG_WORDS + Tag.Page]! & VALID) === 0) return;
    const context = this.tags[i * TAG_WORDS + Tag.Context]!;
    if ((context & mask) !== value) return;
    if (asid !== undefined) if ((context & GLOBAL) !== 0 ? !globals : (context & ASID_MASK) !== asid) return;
    this.remove(i);
  }

  /** Rebuilds what is derived from the entries, after the machine's memory was restored. */
  restored(): void {
    this.largePages.clear();
    for (let i = 0; i < TLB_ENTRIES; i++) {
      const page = this.tags[i * TAG_WORDS + Tag.Page]!;
      if (page & VALID) this.countLargePage(page & ~VALID, this.info(i), 1);
    }
  }

  private countLargePage(va: number, info: number, change: 1 | -1): void {
    const shift = size1Of(info);
    if (shift === 12) return;
    const key = largePageKey(va >>> 0, shift);
    const count = (this.largePages.get(key) ?? 0) + change;
    if (count === 0) this.largePages.delete(key);
    else this.largePages.set(key, count);
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

/** log2 of the sizes of large pages, sections, 2 MiB blocks, supersections and 1 GiB blocks. */
const LARGE_SHIFTS = [16, 20, 21, 24, 30] as const;

function largePageKey(va: number, shift: number): number {
  return va - (va % 2 ** shift) + shift;
}

/** The set for a page: ASID plays no part (global entries), nor whether the stages are on. */
function setOf(va: number, context: number): number {
  const page = va >>> 12;
  const world = ((context >>> 8) & 0xff) * 0x9d + ((context >>> 18) & 1) * 0x1f;
  return (page ^ (page >>> 10) ^ world) & (TLB_SETS - 1);
}

/** Selections that maintenance operations are made of. */
export const SELECT = {
  /** The Non-secure PL1&0 regime of one VM: regimes 0–3. */
  vm: (vmid: number): TlbSelection => ({ mask: (4 << 16) | (0xff << 8), value: vmid << 8 }),
  /** Non-secure, not Hyp, any VM. */
  nonSecureNonHyp: { mask: 4 << 16, value: 0 } as TlbSelection,
  hyp: { mask: 6 << 16, value: 4 << 16 } as TlbSelection,
  secure: { mask: 6 << 16, value: 6 << 16 } as TlbSelection,
} as const;
