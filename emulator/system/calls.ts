/** SVC, HVC, SMC and BKPT: what is checked before their exceptions are taken (ARM ARM B9.3, A8.8). */
import { EXCEPTION_TAKEN } from '../isa/helpers';
import { CORE, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Mode, Psr } from '../state/psr';
import { takeMemoryFault } from './aborts';
import type { SystemContext } from './context';
import {
  Hcr,
  Scr,
  scr,
  takeHVCException,
  takeHypTrapException,
  takeSMCException,
  takeUndefInstrException,
  trapsToHyp,
} from './exceptions';
import { MemoryFault } from './fault';
import { ExceptionClass, writeHsr } from './syndrome';

/** HVC and SMC are 32 bits wide in both instruction sets. */
const WIDE = 0xe000_0000;

/** The call is UNDEFINED here. */
function undefinedInstruction(core: CoreState, system: SystemContext): never {
  takeUndefInstrException(core, system, WIDE);
  throw EXCEPTION_TAKEN;
}

/** Lets the machine's firmware answer a call; R15 is the next instruction when it does. */
function answeredByFirmware(core: CoreState, system: SystemContext, conduit: 'smc' | 'hvc'): boolean {
  const address = core.i32[CORE.R + 15];
  core.i32[CORE.R + 15] = (address + 4) | 0;
  if (system.effects.firmwareCall(core, conduit)) return true;
  core.i32[CORE.R + 15] = address;
  return false;
}

/**
 * HVC. UNDEFINED in User mode, in Secure state, without Hyp mode and where SCR.HCE is 0. A machine whose firmware
 * answers HVC (a machine without Hyp mode) is asked first.
 */
export function hypervisorCall(core: CoreState, system: SystemContext, immediate: number): void {
  const user = core.mode === Mode.usr;
  if (!user && answeredByFirmware(core, system, 'hvc')) return;
  const disabled = core.hasSecurity && !(scr(core) & Scr.HCE);
  if (user || !core.hasVirtualization || core.secure || disabled) undefinedInstruction(core, system);
  takeHVCException(core, system, immediate);
}

/**
 * SMC. UNDEFINED in User mode. HCR.TSC sends it to Hyp from Non-secure PL1; else firmware answers it where the
 * machine has some, else it goes to Monitor mode unless SCR.SCD is 1; without Security Extensions it is UNDEFINED.
 */
export function secureMonitorCall(core: CoreState, system: SystemContext): void {
  if (core.mode === Mode.usr) undefinedInstruction(core, system);
  if (trapsToHyp(core) && (core.i32[SYS.HCR] & Hcr.TSC) !== 0) {
    writeHsr(core, ExceptionClass.Smc, 0, WIDE);
    takeHypTrapException(core, system, 'HCR.TSC');
    throw EXCEPTION_TAKEN;
  }
  if (answeredByFirmware(core, system, 'smc')) return;
  if (!core.hasSecurity || (scr(core) & Scr.SCD) !== 0) undefinedInstruction(core, system);
  takeSMCException(core, system);
}

/** BKPT: a debug exception taken as a Prefetch Abort, to Hyp where HDCR.TDE says so. */
export function breakpointInstruction(core: CoreState, system: SystemContext): void {
  const thumb = (core.i32[CORE.PSR] & Psr.T) !== 0;
  const fault = new MemoryFault(
    'BKPT instruction',
    'execute',
    core.pc,
    0,
    false,
    0,
    false,
    0,
    false,
    0,
    false,
  );
  takeMemoryFault(core, system, fault, undefined, thumb ? 2 : 4);
}
