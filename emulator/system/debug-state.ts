/**
 * When debug events are exceptions (Monitor debug-mode), and the conditions on state that breakpoints and watchpoints
 * share: security state, privilege, linked context (ARM ARM C3.1–C3.3, StateMatch and BRPLinkMatch).
 */
import { SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Mode } from '../state/psr';

/** Breakpoint register pairs; the last CONTEXT_COMPARATORS of them can compare contexts. */
export const BREAKPOINTS = 6;
export const CONTEXT_COMPARATORS = 2;
export const WATCHPOINTS = 4;
/** From DBGBVRn's word to DBGBXVRn's. */
export const EXTENDED_VALUE = 8;

export const DBGDSCR_MDBGEN = 1 << 15;
export const DBGOSLSR_OSLK = 2;

/** Bits that DBGBCR and DBGWCR share. */
const ENABLE = 1;
const HMC = 1 << 13;
const SSC_SHIFT = 14;
const LBN_SHIFT = 16;
const BT_SHIFT = 20;

/** DBGBCR.BT, as the bits it is made of. */
export const enum BreakpointType {
  Linked = 1,
  Context = 2,
  Mismatch = 4,
  Vmid = 8,
}

/** DBGBCRn.BT, or -1 while the breakpoint is disabled or compares what it cannot. */
export function breakpointType(core: CoreState, n: number): number {
  const control = core.i32[SYS.DBGBCR + n];
  if (!(control & ENABLE)) return -1;
  const type = (control >>> BT_SHIFT) & 15;
  const context = (type & (BreakpointType.Context | BreakpointType.Vmid)) !== 0;
  const comparable =
    !context || (n >= BREAKPOINTS - CONTEXT_COMPARATORS && !(type & BreakpointType.Mismatch));
  return comparable && (type & ~BreakpointType.Linked) !== (BreakpointType.Mismatch | BreakpointType.Vmid)
    ? type
    : -1;
}

/** True while debug events other than BKPT can be exceptions: Monitor debug-mode is enabled and the OS Lock is off. */
export function debugEventsEnabled(core: CoreState): boolean {
  return (core.i32[SYS.DBGDSCR] & DBGDSCR_MDBGEN) !== 0 && (core.i32[SYS.DBGOSLSR] & DBGOSLSR_OSLK) === 0;
}

/**
 * True when the current mode can take debug exceptions: every mode but Hyp. The external signals that permit debug
 * in Non-secure and Secure state (DBGEN, SPIDEN) are HIGH.
 */
export function takesDebugExceptions(core: CoreState): boolean {
  return core.mode !== Mode.hyp;
}

/**
 * StateMatch: security state, Hyp and privilege by SSC, HMC and PMC (DBGWCR: PAC) of a control word. Reserved
 * combinations match nothing, or what their bits say one by one.
 * @param breakpoint PMC = 0b00 means User, System and Supervisor mode; of a watchpoint, nothing.
 */
export function stateMatches(
  core: CoreState,
  control: number,
  privileged: boolean,
  breakpoint: boolean,
): boolean {
  const security = (control >>> SSC_SHIFT) & 3;
  if (security === 1 && core.secure) return false;
  if (security === 2 && !core.secure) return false;
  if (security === 3 && !(control & HMC)) return false;
  const levels = (control >>> 1) & 3;
  if (breakpoint && levels === 0 && !(control & HMC)) {
    const { mode } = core;
    return mode === Mode.usr || mode === Mode.svc || mode === Mode.sys;
  }
  return (levels & (privileged ? 1 : 2)) !== 0;
}

/** True when breakpoint `n`'s context (CONTEXTIDR, VMID or both, by `type`) is the current one. */
export function contextMatches(core: CoreState, n: number, type: number): boolean {
  const s = core.i32;
  if (type & BreakpointType.Context && s[core.sysIndex('CONTEXTIDR', true)] !== s[SYS.DBGBVR + n])
    return false;
  if (!(type & BreakpointType.Vmid)) return true;
  const vmid = (s[SYS.VTTBR + 1] >>> 16) & 0xff;
  return core.hasVirtualization && !core.secure && vmid === (s[SYS.DBGBVR + EXTENDED_VALUE + n] & 0xff);
}

/** True when the breakpoint that `control` is linked to is enabled, compares contexts for others, and matches. */
export function linkMatches(core: CoreState, control: number): boolean {
  const n = (control >>> LBN_SHIFT) & 15;
  if (n < BREAKPOINTS - CONTEXT_COMPARATORS || n >= BREAKPOINTS) return false;
  const type = breakpointType(core, n);
  const linked =
    (type & BreakpointType.Linked) !== 0 && (type & (BreakpointType.Context | BreakpointType.Vmid)) !== 0;
  return type >= 0 && linked && contextMatches(core, n, type);
}
