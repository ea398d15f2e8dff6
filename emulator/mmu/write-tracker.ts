/** Which pages of guest memory were written since a moment: what snapshots and the state hash have to look at again. */
import { GUEST_MEMORY_OFFSET } from '../state/layout';

const FIRST_PAGE = GUEST_MEMORY_OFFSET >>> 12;

/** What the memory does when a tracker's pages change their kind. */
export interface TrackerHost {
  /** Pages became clean: the next write to each has to be told. */
  onClean(): void;
  onStop(): void;
}

/** Made by `PhysicalMemory.trackWrites`. Pages are numbered by machine-memory offset / 4096. */
export class WriteTracker {
  /** 1: written since the tracker was made, or since `restart`. */
  private readonly dirty: Uint8Array;

  constructor(
    /** For each page, how many trackers have yet to hear of a write; shared by all trackers. */
    private readonly awaited: Uint8Array,
    private readonly onFirstWrite: (page: number) => void,
    private readonly host: TrackerHost,
  ) {
    this.dirty = new Uint8Array(awaited.length);
    for (let page = FIRST_PAGE; page < awaited.length; page++) awaited[page]!++;
    host.onClean();
  }

  /** Pages written, ascending. */
  *pages(): IterableIterator<number> {
    for (let page = this.next(FIRST_PAGE); page >= 0; page = this.next(page + 1)) yield page;
  }

  /** Every page is clean again. */
  restart(): void {
    let any = false;
    for (let page = this.next(FIRST_PAGE); page >= 0; page = this.next(page + 1)) {
      this.dirty[page] = 0;
      this.awaited[page]!++;
      any = true;
    }
    if (any) this.host.onClean();
  }

  /** Ends the tracking; it costs nothing from then on. */
  stop(): void {
    this.writtenAll(false);
    this.host.onStop();
  }

  /** A page is about to be written. */
  written(page: number): void {
    if (this.dirty[page] !== 0) return;
    this.dirty[page] = 1;
    this.awaited[page]!--;
    this.onFirstWrite(page);
  }

  /** Every page is about to be written; with `tell` the clean ones are told. */
  writtenAll(tell = true): void {
    for (let page = FIRST_PAGE; page < this.dirty.length; page++) {
      if (this.dirty[page] !== 0) continue;
      this.dirty[page] = 1;
      this.awaited[page]!--;
      if (tell) this.onFirstWrite(page);
    }
  }

  private next(from: number): number {
    return this.dirty.indexOf(1, from);
  }
}
