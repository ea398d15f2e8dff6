/**
 * The performance monitors at work (ARM ARM C12): a cycle counter and six event counters. One instruction retired is
 * one cycle. Cycles and instructions are not counted one by one: beside each counter stands the count of retired
 * instructions at which it was last exact, and it is brought up to date when software looks, when the mode changes and
 * where it overflows. The instruction that changes the mode counts in the mode that it leads to.
 */
import { SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Mode } from '../state/psr';
import type { SystemContext } from './context';

export const EVENT_COUNTERS = 6;
export const CYCLE_COUNTER = 1 << 31;
export const ALL_COUNTERS = CYCLE_COUNTER | ((1 << EVENT_COUNTERS) - 1);
export const enum Pmcr {
  E = 1,
  P = 2,
  C = 4,
  D = 8,
}
/** Events that are counted, by the numbers of the manual (C12.8); any other number counts nothing. */
export const enum CountedEvent {
  SoftwareIncrement = 0x00,
  InstructionsRetired = 0x08,
  ExceptionTaken = 0x09,
  ExceptionReturn = 0x0a,
  ContextIdWritten = 0x0b,
  Cycles = 0x11,
  TableBaseWritten = 0x1c,
}
export const COUNTED_EVENTS: Readonly<Record<number, string>> = {
  [CountedEvent.SoftwareIncrement]: 'software increment',
  [CountedEvent.InstructionsRetired]: 'instructions retired',
  [CountedEvent.ExceptionTaken]: 'exceptions taken',
  [CountedEvent.ExceptionReturn]: 'exception returns',
  [CountedEvent.ContextIdWritten]: 'writes of CONTEXTIDR',
  [CountedEvent.Cycles]: 'cycles',
  [CountedEvent.TableBaseWritten]: 'writes of TTBR0 and TTBR1',
};
/** PMXEVTYPER's word of the cycle counter, of which only the filter means something. */
export const CYCLE_FILTER = 15;
/** Words of PMXEVCNTR from a counter to the retired count at which it was last exact; PMCCNTR's is its second word. */
const BASE = 8;
const HDCR_HPME = 1 << 7;

/** Filter bits of PMXEVTYPER. */
const enum Filter {
  /** Not at PL1 (of the Non-secure state: unless NSK is set too). */
  P = 1 << 31,
  /** Not at PL0 (of the Non-secure state: unless NSU is set too). */
  U = 1 << 30,
  NSK = 1 << 29,
  NSU = 1 << 28,
  /** In Hyp mode too. */
  NSH = 1 << 27,
}

/** Event counters that belong to Hyp mode begin here: HDCR.HPMN. */
function reserved(core: CoreState): number {
  return core.hasVirtualization ? Math.min(core.i32[SYS.HDCR] & 31, EVENT_COUNTERS) : EVENT_COUNTERS;
}

/** Counters that the current mode sees, as a set: below Hyp mode those below HDCR.HPMN, and the cycle counter. */
export function visible(core: CoreState): number {
  const below = core.hasVirtualization && core.mode !== Mode.hyp && !core.secure;
  return below ? CYCLE_COUNTER | ((1 << reserved(core)) - 1) : ALL_COUNTERS;
}

/** True when a counter with this PMXEVTYPER counts in the current mode and security state. */
function counts(core: CoreState, type: number): boolean {
  const { mode } = core;
  if (mode === Mode.hyp) return (type & Filter.NSH) !== 0;
  const user = mode === Mode.usr;
  const excluded = (type & (user ? Filter.U : Filter.P)) !== 0;
  if (core.secure) return !excluded;
  return excluded === ((type & (user ? Filter.NSU : Filter.NSK)) !== 0);
}

/** Counters that are enabled and count in the current state, as a set. */
function active(core: CoreState): number {
  const s = core.i32;
  const hyp = ALL_COUNTERS & ~(CYCLE_COUNTER | ((1 << reserved(core)) - 1));
  let enabled = s[SYS.PMCR] & Pmcr.E ? ALL_COUNTERS & ~hyp : 0;
  if (core.hasVirtualization && s[SYS.HDCR] & HDCR_HPME) enabled |= hyp;
  enabled &= s[SYS.PMCNTENSET];
  if (enabled === 0) return 0;
  for (let n = 0; n < EVENT_COUNTERS; n++)
    if (enabled & (1 << n) && !counts(core, s[SYS.PMXEVTYPER + n])) enabled &= ~(1 << n);
  return counts(core, s[SYS.PMXEVTYPER + CYCLE_FILTER]) ? enabled : enabled & ~CYCLE_COUNTER;
}

function countsInstructions(core: CoreState, n: number): boolean {
  const event = core.i32[SYS.PMXEVTYPER + n] & 0xff;
  return event === CountedEvent.InstructionsRetired || event === CountedEvent.Cycles;
}
const cycleDivider = (core: CoreState): number => (core.i32[SYS.PMCR] & Pmcr.D ? 64 : 1);

/** Advances one counter word by what its base is behind, and notes its overflow. */
function advance(core: CoreState, counter: number, base: number, divider: number, overflow: number): void {
  const s = core.u32;
  const elapsed = ((core.retired % 2 ** 32) - s[base] + 2 ** 32) % 2 ** 32;
  const ticks = Math.floor(elapsed / divider);
  const value = s[counter] + ticks;
  if (value >= 2 ** 32) core.i32[SYS.PMOVSR] = core.i32[SYS.PMOVSR] | overflow;
  s[counter] = value;
  s[base] = s[base] + ticks * divider;
}

/** What a core of which this is false counts, and requests, does not depend on any other register. */
export const COUNTERS_IN_USE = [SYS.PMCNTENSET, SYS.PMINTENSET] as const;
export function countersInUse(core: CoreState): boolean {
  return COUNTERS_IN_USE.some((at) => core.i32[at] !== 0);
}

/** Makes every counter exact. */
export function synchronize(core: CoreState): void {
  const s = core.i32;
  const counting = s[SYS.PMACTIVE];
  const now = (core.retired % 2 ** 32) | 0;
  if (counting & CYCLE_COUNTER)
    advance(core, SYS.PMCCNTR, SYS.PMCCNTR + 1, cycleDivider(core), CYCLE_COUNTER);
  else s[SYS.PMCCNTR + 1] = now;
  for (let n = 0; n < EVENT_COUNTERS; n++) {
    if (counting & (1 << n) && countsInstructions(core, n))
      advance(core, SYS.PMXEVCNTR + n, SYS.PMXEVCNTR + BASE + n, 1, 1 << n);
    else s[SYS.PMXEVCNTR + BASE + n] = now;
  }
}

/**
 * Which counters count, and whether their interrupt is requested, anew; after any change of the monitors' registers
 * that `synchronize` came before.
 */
export function countersChanged(core: CoreState, system: SystemContext): void {
  core.i32[SYS.PMACTIVE] = active(core);
  system.effects.performanceChanged(core, interruptRequested(core));
}

/** True while an overflow whose interrupt is enabled is noted, of a counter that is enabled as a whole. */
function interruptRequested(core: CoreState): boolean {
  const s = core.i32;
  const hyp = ALL_COUNTERS & ~(CYCLE_COUNTER | ((1 << reserved(core)) - 1));
  let enabled = s[SYS.PMCR] & Pmcr.E ? ALL_COUNTERS & ~hyp : 0;
  if (core.hasVirtualization && s[SYS.HDCR] & HDCR_HPME) enabled |= hyp;
  return (s[SYS.PMOVSR] & s[SYS.PMINTENSET] & enabled) !== 0;
}

/** The mode or the security state is another one now. */
export function modeChanged(core: CoreState, system: SystemContext): void {
  if (core.i32[SYS.PMCNTENSET] === 0) return;
  const before = core.i32[SYS.PMACTIVE];
  const after = active(core);
  if (before === after) return;
  synchronize(core);
  core.i32[SYS.PMACTIVE] = after;
  system.effects.performanceChanged(core, interruptRequested(core));
}

/** Counts an event that happened in the state that the counters were last told of. */
export function countEvent(core: CoreState, system: SystemContext, event: CountedEvent): void {
  const counting = core.i32[SYS.PMACTIVE] & ~CYCLE_COUNTER;
  if (counting === 0) return;
  let overflowed = false;
  for (let n = 0; n < EVENT_COUNTERS; n++)
    if (counting & (1 << n) && (core.i32[SYS.PMXEVTYPER + n] & 0xff) === event)
      overflowed = increment(core, n) || overflowed;
  if (overflowed) system.effects.performanceChanged(core, interruptRequested(core));
}

/** PMSWINC: counts the software increment in the counters of a set. */
export function softwareIncrement(core: CoreState, system: SystemContext, counters: number): void {
  synchronize(core);
  const counting = core.i32[SYS.PMACTIVE] & visible(core) & counters;
  for (let n = 0; n < EVENT_COUNTERS; n++) {
    const event = core.i32[SYS.PMXEVTYPER + n] & 0xff;
    if (counting & (1 << n) && event === CountedEvent.SoftwareIncrement) increment(core, n);
  }
  system.effects.performanceChanged(core, interruptRequested(core));
}

/** True when the counter overflowed. */
function increment(core: CoreState, n: number): boolean {
  const s = core.i32;
  s[SYS.PMXEVCNTR + n] = (s[SYS.PMXEVCNTR + n] + 1) | 0;
  if (s[SYS.PMXEVCNTR + n] !== 0) return false;
  s[SYS.PMOVSR] = s[SYS.PMOVSR] | (1 << n);
  return true;
}

/**
 * Instructions until a counter of cycles or instructions overflows whose interrupt is enabled; Infinity when none
 * will in the present state.
 */
export function untilOverflow(core: CoreState): number {
  const s = core.u32;
  const watched = s[SYS.PMACTIVE] & s[SYS.PMINTENSET];
  if (watched === 0) return Infinity;
  const behind = (base: number): number => ((core.retired % 2 ** 32) - s[base] + 2 ** 32) % 2 ** 32;
  let least = Infinity;
  if (watched & CYCLE_COUNTER)
    least = (2 ** 32 - s[SYS.PMCCNTR]) * cycleDivider(core) - behind(SYS.PMCCNTR + 1);
  for (let n = 0; n < EVENT_COUNTERS; n++)
    if (watched & (1 << n) && countsInstructions(core, n))
      least = Math.min(least, 2 ** 32 - s[SYS.PMXEVCNTR + n] - behind(SYS.PMXEVCNTR + BASE + n));
  // Behind by more than is left: an overflow that nobody has noted yet.
  return Math.max(1, least);
}

/** After instructions were retired up to where `untilOverflow` said: notes the overflow, and asks for the interrupt. */
export function noteOverflow(core: CoreState, system: SystemContext): void {
  synchronize(core);
  system.effects.performanceChanged(core, interruptRequested(core));
}
