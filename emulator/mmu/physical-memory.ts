/**
 * The physical address space as the MMU, table walks, devices that master the bus, and the debugger use it; and the
 * book-keeping of who must hear of a write to a page of guest memory.
 */
import {
  readsAsMemory,
  type AccessSize,
  type BusAccess,
  type Device,
  type MemoryRegion,
  type PhysicalMap,
  type Region,
} from '../devices/device';
import type { MachineState } from '../state/machine-state';
import { addressOf, type DescriptorWords } from './descriptor-words';
import type { TableMemory } from './walk';
import { WriteTracker } from './write-tracker';

/** A level 1 of some core, as far as physical pages concern it. */
export interface WriteCache {
  /** Forgets every entry that writes to the 4 KiB page at machine-memory offset `offset`. */
  dropPageWrites(offset: number): void;
  /** Forgets every entry that writes. */
  dropAllWrites(): void;
  /** The page at `offset` holds predecoded code of this core, and is about to be written. */
  codeWritten(offset: number, bytes: number): void;
}

/** Bytes read without side effect; `known[i]` is 0 where byte i cannot be read. */
export interface PeekedBytes {
  readonly bytes: Uint8Array;
  readonly known: Uint8Array;
}

export class PhysicalMemory implements TableMemory {
  /** Bit n of a page's byte: core n has predecoded code from it. Index: machine-memory offset / 4096. */
  private readonly codeCores: Uint8Array;
  /** 1: some level 1 may hold a writing entry for the page. */
  private readonly writeCached: Uint8Array;
  /** How many trackers have yet to hear of a write to the page. */
  private readonly awaited: Uint8Array;
  private readonly trackers: WriteTracker[] = [];
  private readonly caches: (WriteCache | undefined)[] = [];
  private last: Region | undefined;
  /** The stretch of RAM or ROM below 4 GiB that tables were last read from: its address, offset and 4 KiB pages, as words. */
  private tablesFrom = 0;
  private tablesOffset = 0;
  private tablesPages = 0;
  /** How many descriptors were asked for, modulo 2^32: of use as a difference. */
  descriptorsRead = 0;

  constructor(
    readonly state: MachineState,
    readonly map: PhysicalMap,
  ) {
    const pages = state.u8.length / 4096;
    this.codeCores = new Uint8Array(pages);
    this.writeCached = new Uint8Array(pages);
    this.awaited = new Uint8Array(pages);
  }

  attach(core: number, cache: WriteCache): void {
    this.caches[core] = cache;
  }

  /** The region that holds `pa`, or undefined: nothing was put there. */
  region(pa: number): Region | undefined {
    return this.map.find(pa);
  }

  /** What an access to `pa` reaches, or undefined: an external abort. */
  answering(pa: number): Region | undefined {
    const last = this.last;
    if (last !== undefined && pa >= last.base && pa < last.base + last.size) return last;
    const region = this.map.answering(pa);
    if (region !== undefined) this.last = region;
    return region;
  }

  /** Tables may lie in RAM and ROM; a walk that reads a device or nothing takes an external abort. */
  readDescriptor(
    low: number,
    high: number,
    bytes: 4 | 8,
    nonSecure: boolean,
    into: DescriptorWords,
  ): boolean {
    this.descriptorsRead = (this.descriptorsRead + 1) | 0;
    let at = (low - this.tablesFrom) | 0;
    if (high === 0 && at >>> 12 < this.tablesPages) at = (at + this.tablesOffset) | 0;
    else {
      const pa = addressOf(low, high);
      const region = this.region(pa);
      if (region === undefined || (nonSecure && region.secureOnly === true) || !readsAsMemory(region))
        return false;
      at = (region.offset + (pa - region.base)) | 0;
      if (region.kind !== 'flash' && region.secureOnly !== true) this.expectTables(region);
    }
    const { i32 } = this.state;
    into.low = i32[at >>> 2]!;
    into.high = bytes === 8 ? i32[(at >>> 2) + 1]! : 0;
    return true;
  }

  /** More descriptors will be read in a region that is memory at all times, and to everybody. */
  private expectTables({ base, size, offset }: MemoryRegion): void {
    if (base + size > 2 ** 32) return;
    this.tablesFrom = base | 0;
    this.tablesOffset = offset | 0;
    this.tablesPages = size >>> 12;
  }

  // Who hears of writes

  markCode(core: number, offset: number): void {
    const page = offset >>> 12;
    this.codeCores[page]! |= 1 << core;
    this.dropCachedWrites(page);
  }

  unmarkCode(core: number, offset: number): void {
    this.codeCores[offset >>> 12]! &= ~(1 << core);
  }

  private dropCachedWrites(page: number): void {
    if (this.writeCached[page] === 0) return;
    this.writeCached[page] = 0;
    for (const cache of this.caches) cache?.dropPageWrites(page * 4096);
  }

  /**
   * From now on the first write to each page of guest memory, by whomever, is told to `onFirstWrite` before it
   * happens; `page` is the machine-memory offset divided by 4096. As many can track as like, each for itself.
   */
  trackWrites(onFirstWrite: (page: number) => void = () => undefined): WriteTracker {
    const tracker: WriteTracker = new WriteTracker(this.awaited, onFirstWrite, {
      // A level 1 entry that writes would keep the next write from being told.
      onClean: () => {
        this.writeCached.fill(0);
        for (const cache of this.caches) cache?.dropAllWrites();
      },
      onStop: () => void this.trackers.splice(this.trackers.indexOf(tracker), 1),
    });
    this.trackers.push(tracker);
    return tracker;
  }

  /** To be called before much of guest memory changes at once: each tracker hears of every page. */
  beforeWritingAll(): void {
    for (const tracker of this.trackers) tracker.writtenAll();
  }

  /** To be called before bytes of guest memory change. The bytes lie in one page. */
  beforeWrite(offset: number, bytes: number): void {
    const page = offset >>> 12;
    if (this.awaited[page] !== 0) for (const tracker of this.trackers) tracker.written(page);
    let cores = this.codeCores[page]!;
    for (let core = 0; cores !== 0; core++, cores >>>= 1)
      if (cores & 1) this.caches[core]?.codeWritten(offset, bytes);
  }

  /** True when a level 1 may write to the page without telling anybody; the page is then remembered as cached. */
  allowCachedWrites(offset: number): boolean {
    const page = offset >>> 12;
    if (this.codeCores[page] !== 0 || this.awaited[page] !== 0) return false;
    this.writeCached[page] = 1;
    return true;
  }

  // Bytes for bus masters and the debugger

  /** Reads `length` bytes at `pa` with no side effect: devices are peeked byte by byte. */
  readPhysical(pa: number, length: number): PeekedBytes {
    const bytes = new Uint8Array(length);
    const known = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const region = this.region(pa + done);
      if (region === undefined) {
        done++;
        continue;
      }
      const count = Math.min(length - done, region.base + region.size - (pa + done));
      const at = pa + done - region.base;
      if (!readsAsMemory(region)) peekDevice(region.device, at, bytes, known, done, count);
      else {
        const offset = region.offset + at;
        bytes.set(this.state.u8.subarray(offset, offset + count), done);
        known.fill(1, done, done + count);
      }
      done += count;
    }
    return { bytes, known };
  }

  // Devices that master the bus make Non-secure accesses.

  /** Copies RAM and ROM at `pa` into `bytes`; false where there is neither. */
  copyOut(pa: number, bytes: Uint8Array): boolean {
    for (let done = 0; done < bytes.length;) {
      const region = this.region(pa + done);
      if (region === undefined || region.secureOnly === true || !readsAsMemory(region)) return false;
      const at = pa + done - region.base;
      const count = Math.min(bytes.length - done, region.size - at);
      bytes.set(this.state.u8.subarray(region.offset + at, region.offset + at + count), done);
      done += count;
    }
    return true;
  }

  /** Copies `bytes` to RAM at `pa`; false where there is none. */
  copyIn(pa: number, bytes: Uint8Array): boolean {
    for (let done = 0; done < bytes.length;) {
      const region = this.region(pa + done);
      if (region?.kind !== 'ram' || region.secureOnly === true) return false;
      const at = pa + done - region.base;
      const count = Math.min(bytes.length - done, region.size - at);
      this.writeBytes(region.offset + at, bytes.subarray(done, done + count));
      done += count;
    }
    return true;
  }

  /**
   * Writes RAM (and ROM and what flash holds, with `rom`), Secure memory too, telling all who watch the pages: for the
   * debugger. Gives the number of bytes written before the first address that is neither.
   */
  writePhysical(pa: number, bytes: Uint8Array, rom = false): number {
    for (let done = 0; done < bytes.length;) {
      const region = this.region(pa + done);
      if (region === undefined || region.kind === 'device' || (region.kind !== 'ram' && !rom)) return done;
      const count = Math.min(bytes.length - done, region.base + region.size - (pa + done));
      this.writeBytes(region.offset + (pa + done - region.base), bytes.subarray(done, done + count));
      done += count;
    }
    return bytes.length;
  }

  /** Writes guest memory at a machine-memory offset, telling all who watch the pages. */
  writeBytes(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = offset + done;
      const count = Math.min(bytes.length - done, 4096 - (at & 0xfff));
      this.beforeWrite(at, count);
      this.state.u8.set(bytes.subarray(done, done + count), at);
      done += count;
    }
  }
}

const DEBUGGER: BusAccess = { core: 0, secure: false, privileged: true };

function peekDevice(
  device: Device,
  at: number,
  bytes: Uint8Array,
  known: Uint8Array,
  done: number,
  count: number,
): void {
  for (let i = 0; i < count;) {
    const offset = at + i;
    // Registers are words: an aligned word is peeked whole, what sticks out byte by byte.
    const size: AccessSize = offset % 4 === 0 && count - i >= 4 ? 4 : 1;
    const value = device.peek(offset, size, DEBUGGER);
    for (let b = 0; b < size; b++) {
      bytes[done + i + b] = value === undefined ? 0 : value >>> (8 * b);
      known[done + i + b] = value === undefined ? 0 : 1;
    }
    i += size;
  }
}
