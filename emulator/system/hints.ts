/** WFI and WFE with their traps, SEV (ARM ARM B1.8.12–B1.8.14, B1.14.9). */
import { EXCEPTION_TAKEN } from '../isa/helpers';
import { CORE, RunState, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import type { SystemContext } from './context';
import { Hcr, takeHypTrapException, trapsToHyp } from './exceptions';
import { wakesFromWfi } from './interrupts';
import { ExceptionClass, writeHsr } from './syndrome';

/** HSR.ISS of a trapped WFI or WFE: bit 0 tells them apart. */
const ISS_WFI = 0;
const ISS_WFE = 1;
/** NOP-compatible hints of T32 are 16 bits wide unless their encoding says otherwise. */
const NARROW = 0xbf30;

function trap(core: CoreState, system: SystemContext, iss: number, because: string, encoding: number): never {
  writeHsr(core, ExceptionClass.WfiWfe, iss, encoding);
  takeHypTrapException(core, system, because);
  throw EXCEPTION_TAKEN;
}

/**
 * WFI: waits until `wakesFromWfi`. HCR.TWI traps it where it would wait; with a wake-up event already there it is
 * done at once and does not trap.
 */
export function waitForInterrupt(core: CoreState, system: SystemContext, encoding = narrow(core)): void {
  if (wakesFromWfi(core)) return;
  if (trapsToHyp(core) && (core.i32[SYS.HCR] & Hcr.TWI) !== 0)
    trap(core, system, ISS_WFI, 'HCR.TWI', encoding);
  core.i32[CORE.RUN_STATE] = RunState.WaitInterrupt;
}

/** WFE: consumes the event register, or waits until `wakesFromWfe`; HCR.TWE traps it where it would wait. */
export function waitForEvent(core: CoreState, system: SystemContext, encoding = narrow(core)): void {
  if (core.i32[CORE.EVENT] !== 0) {
    consumeEvent(core, system);
    return;
  }
  if (trapsToHyp(core) && (core.i32[SYS.HCR] & Hcr.TWE) !== 0)
    trap(core, system, ISS_WFE, 'HCR.TWE', encoding);
  core.i32[CORE.RUN_STATE] = RunState.WaitEvent;
}

/** Clears the event register; the event streams of the generic timers have something to do again. */
export function consumeEvent(core: CoreState, system: SystemContext): void {
  core.i32[CORE.EVENT] = 0;
  system.effects.timerChanged(core);
}

/** An encoding of the width that the hint has where nothing better is known: unconditional A32, or 16-bit T32. */
function narrow(core: CoreState): number {
  return (core.i32[CORE.PSR] & 0x20) !== 0 ? NARROW : 0xe320_f003;
}
