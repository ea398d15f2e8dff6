/**
 * Breakpoint and Vector catch debug events (ARM ARM C3.2, C3.4): what happens before an instruction. Breakpoints on
 * an address cost only at that address; those that can hit anywhere (mismatch, context) and vector catches are asked
 * before every instruction while they may hit.
 */
import { SECURE_BANK, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Mode } from '../state/psr';
import {
  BREAKPOINTS,
  breakpointType,
  BreakpointType,
  contextMatches,
  debugEventsEnabled,
  linkMatches,
  stateMatches,
  takesDebugExceptions,
} from './debug-state';
import { MemoryFault } from './fault';

const CONTEXTS = BreakpointType.Context | BreakpointType.Vmid;
const BAS_SHIFT = 5;
const SCTLR_V = 1 << 13;
const HIVECS = 0xffff_0000;

/** A group of DBGVCR bits, one for each vector of one base; bits of vectors that may not be caught are left out. */
interface CatchGroup {
  readonly shift: number;
  /** Vector numbers (offset / 4) that are caught: abort vectors are not, in Monitor debug-mode (C3.4.3). */
  readonly vectors: number;
  readonly applies: (core: CoreState) => boolean;
  readonly base: (core: CoreState) => number;
}
const LOCAL_VECTORS = 0b1100_0110;
const pl1Base = (core: CoreState): number => {
  const bank = core.secure ? SECURE_BANK : 0;
  return core.i32[SYS.SCTLR + bank] & SCTLR_V ? HIVECS : core.u32[SYS.VBAR + bank] & ~0x1f;
};
const CATCH_GROUPS: readonly CatchGroup[] = [
  { shift: 0, vectors: LOCAL_VECTORS, applies: (core) => core.secure || !core.hasSecurity, base: pl1Base },
  {
    shift: 8,
    vectors: LOCAL_VECTORS & ~2,
    applies: (core) => core.mode === Mode.mon,
    base: (core) => core.u32[SYS.MVBAR] & ~0x1f,
  },
  {
    shift: 24,
    vectors: LOCAL_VECTORS,
    applies: (core) => (core.hasSecurity || core.hasVirtualization) && !core.secure,
    base: pl1Base,
  },
];
/** Bits of DBGVCR that can catch something. */
const CATCHING = CATCH_GROUPS.reduce((bits, { shift, vectors }) => bits | (vectors << shift), 0);

function catchesVector(core: CoreState, va: number): boolean {
  const caught = core.i32[SYS.DBGVCR];
  return CATCH_GROUPS.some(({ shift, vectors, applies, base }) => {
    const bits = (caught >>> shift) & vectors;
    const offset = (va - base(core)) >>> 0;
    return (
      bits !== 0 &&
      applies(core) &&
      offset < 0x20 &&
      (offset & 3) === 0 &&
      (bits & (1 << (offset >>> 2))) !== 0
    );
  });
}

/** True when the address part of breakpoint `n` holds: equal, with its byte selected. */
function addressMatches(core: CoreState, n: number, va: number): boolean {
  const word = core.u32[SYS.DBGBVR + n] & ~3;
  const bytes = core.i32[SYS.DBGBCR + n] >>> BAS_SHIFT;
  return ((va ^ word) & ~3) === 0 && (bytes & (1 << (va & 3))) !== 0;
}

function breakpointHits(core: CoreState, n: number, va: number): boolean {
  const type = breakpointType(core, n);
  if (type < 0) return false;
  const control = core.i32[SYS.DBGBCR + n];
  const linked = (type & BreakpointType.Linked) !== 0;
  if (type & CONTEXTS) {
    // A linked context is a condition of others.
    if (linked || !contextMatches(core, n, type)) return false;
  } else if (addressMatches(core, n, va) === ((type & BreakpointType.Mismatch) !== 0)) return false;
  if (!stateMatches(core, control, core.mode !== Mode.usr, true)) return false;
  return !linked || linkMatches(core, control);
}

/**
 * The debug event before the instruction at `va` (unsigned), as the Prefetch Abort that it is taken as; undefined
 * when there is none.
 */
export function eventBefore(core: CoreState, va: number): MemoryFault | undefined {
  if (!debugEventsEnabled(core) || !takesDebugExceptions(core)) return undefined;
  for (let n = 0; n < BREAKPOINTS; n++)
    if (breakpointHits(core, n, va)) return prefetchAbort('breakpoint', va);
  return catchesVector(core, va) ? prefetchAbort('vector catch', va) : undefined;
}

function prefetchAbort(kind: 'breakpoint' | 'vector catch', va: number): MemoryFault {
  return new MemoryFault(kind, 'execute', va, 0, false, 0, false, 0, false, 0, false);
}

/** Addresses (unsigned) at which breakpoints of this core may hit that compare an address to be equal. */
export function breakpointAddresses(core: CoreState): readonly number[] {
  if (!debugEventsEnabled(core)) return [];
  const addresses: number[] = [];
  for (let n = 0; n < BREAKPOINTS; n++) {
    const type = breakpointType(core, n);
    if (type < 0 || (type & ~BreakpointType.Linked) !== 0) continue;
    const word = (core.u32[SYS.DBGBVR + n] & ~3) >>> 0;
    const bytes = core.i32[SYS.DBGBCR + n] >>> BAS_SHIFT;
    if (bytes & 1) addresses.push(word);
    if (bytes & 4) addresses.push(word + 2);
  }
  return addresses;
}

/** True when some event of this core can happen before any instruction at all, in some state. */
export function hasEventsAnywhere(core: CoreState): boolean {
  if (!debugEventsEnabled(core)) return false;
  if ((core.i32[SYS.DBGVCR] & CATCHING) !== 0) return true;
  for (let n = 0; n < BREAKPOINTS; n++) if (hitsAnywhere(breakpointType(core, n))) return true;
  return false;
}

/** The same, in the state that the core is in now. */
export function eventsAnywhereNow(core: CoreState): boolean {
  if (!takesDebugExceptions(core) || !hasEventsAnywhere(core)) return false;
  if ((core.i32[SYS.DBGVCR] & CATCHING) !== 0) return true;
  for (let n = 0; n < BREAKPOINTS; n++)
    if (
      hitsAnywhere(breakpointType(core, n)) &&
      stateMatches(core, core.i32[SYS.DBGBCR + n], core.mode !== Mode.usr, true)
    )
      return true;
  return false;
}

function hitsAnywhere(type: number): boolean {
  if (type < 0) return false;
  if (type & BreakpointType.Mismatch) return true;
  return (type & CONTEXTS) !== 0 && (type & BreakpointType.Linked) === 0;
}
