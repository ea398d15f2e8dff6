/** Returns from exceptions: ERET, SUBS PC, LR and kin, LDM ^ with PC, RFE (ARM ARM B1.8.3, B9.3). */
import { EXCEPTION_TAKEN } from '../isa/helpers';
import { CORE } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Mode, Psr, spsrIndex } from '../state/psr';
import type { SystemContext } from './context';
import { inHyp, takeUndefInstrException } from './exceptions';
import { CountedEvent, countEvent } from './performance';
import { cpsrWriteByInstr } from './status-registers';
import { worldOf } from './world';

/** Any four-byte encoding: exception returns are 32 bits wide in both instruction sets. */
const WIDE = 0xe000_0000;

/** The return is UNDEFINED in this mode. */
function undefinedInstruction(core: CoreState, system: SystemContext): never {
  takeUndefInstrException(core, system, WIDE);
  throw EXCEPTION_TAKEN;
}

/**
 * Return by SUBS PC, LR and kin, LDM ^ or RFE: CPSR from `spsr`, then BranchWritePC(`address`). UNDEFINED in Hyp
 * mode, and in User mode where the manual says UNPREDICTABLE. An SPSR that asks for a mode the core may not enter
 * returns in the current mode (UNPREDICTABLE in the manual). The local exclusive monitor keeps its state.
 */
export function exceptionReturn(core: CoreState, system: SystemContext, address: number, spsr: number): void {
  if (inHyp(core) || core.mode === Mode.usr) undefinedInstruction(core, system);
  returnTo(core, system, address, spsr);
}

/** ERET: to ELR_hyp in Hyp mode, else to LR. UNDEFINED in User and System mode (UNPREDICTABLE in the manual). */
export function eret(core: CoreState, system: SystemContext): void {
  const at = spsrIndex(core.mode);
  if (at < 0) undefinedInstruction(core, system);
  const address = core.i32[inHyp(core) ? CORE.ELR_HYP : CORE.R + 14];
  returnTo(core, system, address, core.i32[at]);
}

function returnTo(core: CoreState, system: SystemContext, address: number, spsr: number): void {
  const fromHyp = inHyp(core);
  const toMode = spsr & Psr.M;
  // The event comes before the change of worlds that the write of CPSR announces.
  if (fromHyp && toMode !== Mode.hyp && system.events.wants['return-from-hyp'])
    system.events.publish({
      kind: 'return-from-hyp',
      core: core.index,
      toMode,
      toWorld: worldOf(core, toMode),
      pc: (address & (spsr & Psr.T ? ~1 : ~3)) >>> 0,
    });
  countEvent(core, system, CountedEvent.ExceptionReturn);
  cpsrWriteByInstr(core, system, spsr, 0b1111, true);
  const thumb = (core.i32[CORE.PSR] & Psr.T) !== 0;
  core.i32[CORE.R + 15] = address & (thumb ? ~1 : ~3);
}
