/**
 * A hash of all that decides how a machine goes on: registers, TLBs, RAM, devices, timers, alarms, time. Two machines
 * of one configuration with equal hashes execute the same instructions from then on; it proves that a run repeats and
 * that the past that was travelled to is the past.
 *
 * RAM is hashed by page, and only pages written since the last time are looked at again. What only speeds the machine
 * up (level 1 of the TLB, predecoded blocks) is not part of it, nor is the form in which flags are kept.
 */
import type { PhysicalMap } from '../devices/device';
import type { PhysicalMemory } from '../mmu/physical-memory';
import { TLB_BYTES } from '../mmu/tlb-layout';
import type { WriteTracker } from '../mmu/write-tracker';
import { canonical } from '../state/canonical';
import { GUEST_MEMORY_OFFSET, HEADER, TLB_OFFSET } from '../state/layout';
import type { MachineState } from '../state/machine-state';
import { HASH_WORDS, Hasher, hashWords } from './hasher';

const PAGE_WORDS = 1024;
/** Words of the header in use. */
const HEADER_WORDS = 4;

/** What is hashed beside the machine's memory: plain data, as `save` gives it. */
export type OtherState = () => unknown;

export class StateHash {
  /** By page of guest memory, HASH_WORDS each. */
  private readonly pages: Int32Array;
  /** Sum of all pages' hashes, word by word. */
  private readonly sum = new Int32Array(HASH_WORDS);
  private readonly tracker: WriteTracker;
  private fresh = true;

  constructor(
    private readonly state: MachineState,
    private readonly map: PhysicalMap,
    memory: PhysicalMemory,
    private readonly other: OtherState,
  ) {
    this.pages = new Int32Array(((state.u8.length - GUEST_MEMORY_OFFSET) >>> 12) * HASH_WORDS);
    this.tracker = memory.trackWrites();
  }

  /** The hash as 32 hexadecimal digits. Between runs only; it changes nothing. */
  digest(): string {
    this.updatePages();
    const { state } = this;
    const hasher = new Hasher();
    hasher.words(this.sum);
    hasher.words(state.i32.subarray(HEADER.NOW, HEADER.NOW + HEADER_WORDS));
    for (const core of state.cores) hasher.words(canonical(core.i32));
    const tlb = TLB_OFFSET >>> 2;
    hasher.words(state.i32.subarray(tlb, tlb + (state.cores.length * TLB_BYTES) / 4));
    for (const region of this.map.regions)
      if ('device' in region) hasher.data([region.name, region.device.save()]);
    hasher.data(this.other());
    return hasher.digest();
  }

  private updatePages(): void {
    if (this.fresh) for (const page of this.guestPages()) this.updatePage(page);
    else for (const page of this.tracker.pages()) this.updatePage(page);
    this.fresh = false;
    this.tracker.restart();
  }

  private *guestPages(): IterableIterator<number> {
    for (const region of this.map.regions)
      if (region.kind !== 'device')
        for (let at = region.offset; at < region.offset + region.size; at += 4096) yield at >>> 12;
  }

  private updatePage(page: number): void {
    const own = (page - (GUEST_MEMORY_OFFSET >>> 12)) * HASH_WORDS;
    const words = this.state.i32.subarray(page * PAGE_WORDS, (page + 1) * PAGE_WORDS);
    const { pages, sum } = this;
    const hash = hashWords(words, page);
    for (let i = 0; i < HASH_WORDS; i++) {
      sum[i] = sum[i]! - pages[own + i]! + hash[i]!;
      pages[own + i] = hash[i]!;
    }
  }
}
