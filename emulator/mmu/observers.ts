/**
 * Who hears of a core's accesses: watches of a debugger, and the guest's own watchpoints, which are exceptions of the
 * guest. What they look at never enters the first level of the TLB, so that nobody else pays for them.
 */
import type { CoreState } from '../state/machine-state';
import { watchedByte, watchesPage, watchpoints, type Watchpoint } from '../system/watchpoint-events';
import { WatchSet, type Watch, type WatchHit, type WatchListener } from './watch';

export class Observers {
  private readonly watches = new WatchSet();
  private watchpoints: readonly Watchpoint[] = [];
  /** True while there are any. */
  active = false;

  constructor(private readonly core: CoreState) {}

  /** There are watches of a debugger, to whom accesses are to be reported. */
  get watching(): boolean {
    return this.watches.active;
  }

  /** From now on a debugger watches these stretches, and no others. */
  setWatches(watches: readonly Watch[], listener: WatchListener): void {
    this.watches.set(watches, listener);
    this.active = this.watches.active || this.watchpoints.length !== 0;
  }

  /** The debug registers changed. False: neither before nor now are there watchpoints. */
  debugChanged(): boolean {
    const before = this.watchpoints;
    this.watchpoints = watchpoints(this.core);
    this.active = this.watches.active || this.watchpoints.length !== 0;
    return before.length !== 0 || this.watchpoints.length !== 0;
  }

  /** True when somebody must hear of some access of this kind to a page. */
  ofPage(access: 'read' | 'write', page: number, ipa: number, pa: number): boolean {
    if (!this.active) return false;
    for (const watchpoint of this.watchpoints) if (watchesPage(watchpoint, access, page >>> 0)) return true;
    return this.watches.touchPage(access, page, ipa, pa);
  }

  report(access: Omit<WatchHit, 'watch'>): void {
    this.watches.report(access);
  }

  /** The address at which an access hits a watchpoint; undefined where it hits none. */
  watchpointHit(access: 'read' | 'write', va: number, size: number, privileged: boolean): number | undefined {
    // Word by word, as the access is made; of two watchpoints on one word, the one with the lower number is told.
    for (let at = va; at < va + size; at += 4)
      for (const watchpoint of this.watchpoints) {
        const piece = Math.min(4, va + size - at);
        const byte = watchedByte(this.core, watchpoint, access, at, piece, privileged);
        if (byte !== undefined) return byte;
      }
    return undefined;
  }
}
