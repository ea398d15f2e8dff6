/** Watched stretches of memory: what a debugger's data breakpoints are to the MMU. */

/** A stretch to watch, in one of the three address spaces. */
export interface Watch {
  readonly space: 'va' | 'ipa' | 'pa';
  /** First address and length in bytes. */
  readonly start: number;
  readonly length: number;
  readonly on: 'read' | 'write' | 'access';
  /** Narrows the watch to worlds, by core number, at the moment of the access. */
  readonly applies?: (core: number) => boolean;
}

/** An access to a watched stretch, reported before it happens. */
export interface WatchHit {
  readonly watch: Watch;
  readonly core: number;
  readonly access: 'read' | 'write';
  readonly va: number;
  readonly ipa: number;
  readonly pa: number;
  readonly size: number;
  /** What memory holds, little-endian; undefined for a device. */
  readonly old: number | undefined;
  /** What is about to be written; undefined for a read. */
  readonly value: number | undefined;
}

/** Hears of hits. Throwing (StopBefore) ends the instruction: the access does not happen. */
export type WatchListener = (hit: WatchHit) => void;

/** The watches of one core. */
export class WatchSet {
  private watches: readonly Watch[] = [];
  private listener: WatchListener = () => undefined;
  /** False while there are none: nothing need be asked. */
  active = false;

  set(watches: readonly Watch[], listener: WatchListener): void {
    this.watches = watches;
    this.listener = listener;
    this.active = watches.length !== 0;
  }

  /** True when an access to some byte of the page may hit a watch: the page must take the slow path. */
  touchPage(access: 'read' | 'write', va: number, ipa: number, pa: number): boolean {
    for (const watch of this.watches) {
      if (watch.on !== 'access' && watch.on !== access) continue;
      const page = watch.space === 'va' ? va >>> 0 : watch.space === 'ipa' ? ipa : pa;
      if (page < watch.start + watch.length && watch.start < page + 4096) return true;
    }
    return false;
  }

  /** Tells the listener of each watch that the access hits. */
  report(access: Omit<WatchHit, 'watch'>): void {
    for (const watch of this.watches) {
      if (watch.on !== 'access' && watch.on !== access.access) continue;
      if (!overlaps(watch, access, access.size) || watch.applies?.(access.core) === false) continue;
      this.listener({ watch, ...access });
    }
  }
}

/** True when `size` bytes from the address touch the watch. */
function overlaps(
  { space, start, length }: Watch,
  at: Record<Watch['space'], number>,
  size: number,
): boolean {
  return at[space] < start + length && start < at[space] + size;
}
