/**
 * What system registers and exceptions cause outside their own floor: the machine binds this interface to the
 * MMU, the timers and the engine.
 */
import type { CoreState } from '../state/machine-state';

export interface SystemEffects {
  /** A register that takes part in address translation changed (SCTLR, TTBRn, TTBCR, DACR, CONTEXTIDR, PRRR, NMRR, HCR, VTTBR, VTCR, HTTBR, HTCR, HSCTLR, HMAIRn, SCR, mode or security state). */
  translationChanged(core: CoreState): void;
  /** The mode changed, or with it the security state. */
  modeChanged(core: CoreState): void;
  /** A TLB maintenance operation, by the manual's name (TLBIALL, TLBIMVA, TLBIASID, TLBIMVAA, their IS forms, TLBIALLH, TLBIMVAH, TLBIALLNSNH …). `value` is Rt. */
  tlbMaintenance(core: CoreState, operation: string, value: number): void;
  /** An address translation operation (ATS1CPR … ATS12NSOUW, ATS1HR, ATS1HW); writes PAR, may throw MemoryFault where the manual says so. */
  addressTranslation(core: CoreState, operation: string, va: number): void;
  /** Cache or branch-predictor maintenance by MVA that the manual lets fault. `operation` is the manual's name. */
  cacheMaintenance(core: CoreState, operation: string, value: number): void;
  /** Physical count, as an exact integer below 2^53 (62.5 MHz on `virt`). */
  physicalCount(core: CoreState): number;
  /** A generic timer register (CNTP_CTL, CNTP_CVAL, CNTV_*, CNTHP_*, CNTVOFF, CNTKCTL, CNTHCTL) changed in storage, or the event register was cleared. */
  timerChanged(core: CoreState): void;
  /** CPSR.I, F or A, HCR.{AMO,IMO,FMO,VA,VI,VF}, SCR or the mode changed: what is pending must be looked at again before the next instruction. */
  interruptMaskChanged(core: CoreState): void;
  /** A register changed that says which breakpoints, watchpoints and vector catches there are (DBGBVRn, DBGBCRn, DBGWVRn, DBGWCRn, DBGVCR, DBGDSCR, DBGOSLAR), or all of them did. */
  debugChanged(core: CoreState): void;
  /** Counters of the performance monitors changed, or when they will overflow; `interrupt` is the level of their interrupt. */
  performanceChanged(core: CoreState, interrupt: boolean): void;
  /** Reads a word at a virtual address as an ordinary word-aligned load of the current mode does (LDC, STC of CP14); may throw MemoryFault. */
  readWord(core: CoreState, va: number): number;
  writeWord(core: CoreState, va: number, value: number): void;
  /** SEV, or an event sent to every core. */
  sendEvent(core: CoreState): void;
  /** YIELD: another core may have the turn. */
  yieldTurn(core: CoreState): void;
  /** An SMC (or HVC, by the board's conduit) that the machine's firmware answers instead of the core; true when it did: PSCI. */
  firmwareCall(core: CoreState, conduit: 'smc' | 'hvc'): boolean;
}
