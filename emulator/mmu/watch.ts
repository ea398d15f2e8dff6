/** Watched stretches of memory: what a debugger's data breakpoints are to the MMU. */
import type { AccessKind } from '../system/fault';

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

/** Hears of hits. Throwing ends the instruction: the access does not happen. */
export type WatchListener = (hit: WatchHit) => void;

/** True when an access of this kind to any byte of the page may hit the watch: the page must take the slow path. */
export function touchesPage(watch: Watch, access: AccessKind, va: number, ipa: number, pa: number): boolean {
  if (access === 'execute' || (watch.on !== 'access' && watch.on !== access)) return false;
  return overlaps(watch, watch.space === 'va' ? va : watch.space === 'ipa' ? ipa : pa, 4096);
}

/** True when `size` bytes from `address` (in the watch's space) touch it. */
export function overlaps(watch: Watch, address: number, size: number): boolean {
  return address < watch.start + watch.length && watch.start < address + size;
}
