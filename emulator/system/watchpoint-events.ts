/** Watchpoint debug events (ARM ARM C3.3): what happens instead of a data access. */
import { SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import {
  debugEventsEnabled,
  linkMatches,
  stateMatches,
  takesDebugExceptions,
  WATCHPOINTS,
} from './debug-state';

/** One enabled watchpoint: the part of its registers that says which accesses it looks at. */
export interface Watchpoint {
  /** DBGWCR. */
  readonly control: number;
  /** First address that it covers, aligned to a doubleword, and how many bytes from there (a power of two). */
  readonly start: number;
  readonly length: number;
  /** Where `length` is 8: the bytes that are watched, by bit. */
  readonly bytes: number;
}

const ENABLE = 1;
const LOADS = 1 << 3;
const STORES = 1 << 4;
const BAS_SHIFT = 5;
const LINKED = 1 << 20;
const MASK_SHIFT = 24;
/** Masks below this are reserved; they mask nothing. */
const LEAST_MASK = 3;

/** The watchpoints of this core that can hit in some state. */
export function watchpoints(core: CoreState): readonly Watchpoint[] {
  if (!debugEventsEnabled(core)) return [];
  const found: Watchpoint[] = [];
  for (let n = 0; n < WATCHPOINTS; n++) {
    const control = core.i32[SYS.DBGWCR + n];
    const value = core.u32[SYS.DBGWVR + n];
    const select = (control >>> BAS_SHIFT) & 0xff;
    if (!(control & ENABLE) || select === 0) continue;
    const mask = (control >>> MASK_SHIFT) & 31;
    if (mask >= LEAST_MASK) {
      const length = 2 ** mask;
      found.push({ control, start: value - (value % length), length, bytes: 0xff });
    } else {
      // Of a word-aligned address only four selects mean anything.
      const bytes = value & 4 ? (select & 15) << 4 : select;
      found.push({ control, start: (value & ~7) >>> 0, length: 8, bytes });
    }
  }
  return found;
}

/** True when accesses in this direction to some byte of the page at `page` (unsigned) may hit. */
export function watchesPage(
  { control, start, length }: Watchpoint,
  access: 'read' | 'write',
  page: number,
): boolean {
  return (control & directionOf(access)) !== 0 && start < page + 4096 && page < start + length;
}

/**
 * First byte of an access of `size` bytes at `va` (unsigned) that the watchpoint hits in the current state; undefined
 * when it doesn't.
 * @param privileged false for User mode and for LDRT, STRT and kin.
 */
export function watchedByte(
  core: CoreState,
  { control, start, length, bytes }: Watchpoint,
  access: 'read' | 'write',
  va: number,
  size: number,
  privileged: boolean,
): number | undefined {
  if (!(control & directionOf(access)) || va >= start + length || start >= va + size) return undefined;
  let at = Math.max(va, start);
  const end = Math.min(va + size, start + length);
  while (at < end && !(bytes & (1 << (at & 7)))) at++;
  if (at === end || !takesDebugExceptions(core)) return undefined;
  if (!stateMatches(core, control, privileged, false)) return undefined;
  return control & LINKED && !linkMatches(core, control) ? undefined : at;
}

function directionOf(access: 'read' | 'write'): number {
  return access === 'read' ? LOADS : STORES;
}
