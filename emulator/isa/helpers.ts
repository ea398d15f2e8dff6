/**
 * Steps of instructions that are written once in TypeScript and called by every engine: exceptions, status
 * registers, coprocessors, hints. The engine makes CORE.R + 15, CORE.ITSTATE, the core's retired count and the
 * machine's time exact before a helper runs ('pure' helpers excepted: they may not look at them). CORE.ITSTATE is that
 * of the instruction: what has to save the next one's (SVC, HVC, SMC) advances it. A helper that takes an exception
 * sets the core to its vector and throws EXCEPTION_TAKEN (HELPERS says which return instead), or throws MemoryFault
 * and lets the engine have it taken.
 */
import type { CoreState } from '../state/machine-state';

/**
 * Every helper; numbers in and out are signed 32-bit integers. `encoding` is the instruction word itself (T32:
 * first halfword in bits 31–16), the place to look up system registers, syndromes and immediates.
 */
export interface InstructionHelpers {
  /** The instruction is UNDEFINED: TakeUndefInstrException with HSR for this encoding. */
  undefinedInstruction(core: CoreState, encoding: number): void;
  /**
   * UNDEFINED when the current mode is one of `modes` (a sum of 1 User, 2 System, 4 Hyp): what the pseudocode asks
   * with CurrentModeIsHyp, CurrentModeIsUserOrSystem and CurrentModeIsNotUser before it does anything else.
   */
  undefinedInModes(core: CoreState, encoding: number, modes: number): void;
  /** SWP and SWPB: UNDEFINED while SCTLR.SW is 0, and in Hyp mode (HSCTLR has no SW). */
  checkSwapEnabled(core: CoreState, encoding: number): void;
  /** CallSupervisor(imm). */
  supervisorCall(core: CoreState, immediate: number): void;
  /** CallHypervisor(imm), UNDEFINED where HVC is not allowed. */
  hypervisorCall(core: CoreState, immediate: number): void;
  /** SMC, with its trap HCR.TSC and the firmware of the board. */
  secureMonitorCall(core: CoreState, immediate: number): void;
  /** BKPT: a Prefetch Abort with the debug fault status (or a debugger's stop). */
  breakpointInstruction(core: CoreState, immediate: number): void;
  /** MRC: gives the value; flags are written by the caller when Rt is 15. */
  coprocessorRead(core: CoreState, encoding: number): number;
  /** MCR. */
  coprocessorWrite(core: CoreState, encoding: number, value: number): void;
  /** MRRC: gives the low word; the high word is in `highWord`. */
  coprocessorReadPair(core: CoreState, encoding: number): number;
  coprocessorWritePair(core: CoreState, encoding: number, low: number, high: number): void;
  /** High word of the last coprocessorReadPair. */
  highWord(core: CoreState): number;
  /** LDC, STC and CDP of CP14 and of absent coprocessors; `address` is the transfer's start (0 for CDP). The caller writes the base back afterwards. */
  coprocessorTransfer(core: CoreState, encoding: number, address: number): void;
  /**
   * CheckVFPEnabled (`kind` 0) or CheckAdvancedSIMDEnabled (1): CPACR, NSACR, HCPTR, FPEXC.EN. 2 is CheckVFPEnabled for
   * arithmetic: UNDEFINED while FPSCR.LEN and STRIDE ask for short vectors.
   */
  checkVfpEnabled(core: CoreState, encoding: number, kind: number): void;
  /** One operation of VFP or Advanced SIMD on the D registers and FPSCR, by its number (vfp/registers.ts). */
  extensionOperation(core: CoreState, operation: number, d: number, n: number, m: number): void;
  /** VMRS: FPSID, FPSCR, MVFR0–2, FPEXC by `register` (the encoding's reg field), with their access rules and HCR.TID traps. */
  vfpSystemRead(core: CoreState, encoding: number, register: number): number;
  vfpSystemWrite(core: CoreState, encoding: number, register: number, value: number): void;
  /** CPSR as MRS reads it at the current privilege level. */
  readCpsr(core: CoreState): number;
  /** CPSRWriteByInstr(value, byteMask, FALSE). */
  writeCpsr(core: CoreState, value: number, byteMask: number): void;
  readSpsr(core: CoreState): number;
  /** SPSRWriteByInstr(value, byteMask). */
  writeSpsr(core: CoreState, value: number, byteMask: number): void;
  /** MRS/MSR (banked register), `sysm` = R:M:M1. */
  readBanked(core: CoreState, sysm: number): number;
  writeBanked(core: CoreState, sysm: number, value: number): void;
  /** CPS: `mode` -1 when unchanged; `enable` 0 none, 2 IE, 3 ID; `flags` A:I:F. */
  changeProcessorState(core: CoreState, enable: number, flags: number, mode: number): void;
  /** SETEND. */
  setEndianness(core: CoreState, big: number): void;
  /** Return from an exception: CPSR from `spsr`, branch to `address` (LDM ^ with PC, RFE, SUBS PC, LR and kin). */
  exceptionReturn(core: CoreState, address: number, spsr: number): void;
  /** ERET. */
  eret(core: CoreState): void;
  /** SRS: value of SP of `mode` to use as base. */
  storeReturnStateBase(core: CoreState, mode: number): number;
  /** SRS: writes SP of `mode` back. */
  storeReturnStateWriteback(core: CoreState, mode: number, value: number): void;
  waitForInterrupt(core: CoreState, encoding: number): void;
  waitForEvent(core: CoreState, encoding: number): void;
  sendEvent(core: CoreState): void;
  yieldHint(core: CoreState): void;
  /** Barrier: `kind` 0 DMB, 1 DSB, 2 ISB. */
  barrier(core: CoreState, kind: number, option: number): void;
  /** PLD, PLDW, PLI: nothing architectural. */
  preload(core: CoreState, address: number): void;
  /** TEECR-style state changes that are UNDEFINED or UNPREDICTABLE here: ENTERX, LEAVEX, BXJ's trap (HSTR.TJDBX). 0 when BXJ goes on as BX. */
  branchJazelle(core: CoreState, encoding: number): void;
}

export type HelperName = keyof InstructionHelpers;

/** What an engine must do after a helper. */
export interface HelperTraits {
  /** True when it gives a Value. */
  readonly result: boolean;
  /**
   * 'ends': the block ends after the instruction, and R15 is where the helper left it if it took an exception or
   * changed PC, otherwise the next instruction; 'pure': nothing but its result changes (and the D registers and FPSCR),
   * and it never traps.
   */
  readonly effect: 'ends' | 'pure' | 'may-trap';
  /**
   * True for helpers whose whole work is a change of flow: the engine goes on where CORE.R + 15 is when they return,
   * even if that is the instruction itself. They retire the instruction unless they throw EXCEPTION_TAKEN
   * (undefinedInstruction and breakpointInstruction never retire it, whichever way they end). After every other
   * helper that `ends`, execution goes on with the next instruction; such a helper throws EXCEPTION_TAKEN when it
   * took an exception instead (the engine also believes a CORE.R + 15 that it finds changed).
   */
  readonly setsPc?: true;
}

/** Traits of every helper. 'may-trap': it may take an exception (then the instruction is over), otherwise execution goes on within the instruction. */
export const HELPERS: Readonly<Record<HelperName, HelperTraits>> = {
  undefinedInstruction: { result: false, effect: 'ends', setsPc: true },
  undefinedInModes: { result: false, effect: 'may-trap' },
  checkSwapEnabled: { result: false, effect: 'may-trap' },
  supervisorCall: { result: false, effect: 'ends', setsPc: true },
  hypervisorCall: { result: false, effect: 'ends', setsPc: true },
  secureMonitorCall: { result: false, effect: 'ends', setsPc: true },
  breakpointInstruction: { result: false, effect: 'ends', setsPc: true },
  coprocessorRead: { result: true, effect: 'may-trap' },
  coprocessorWrite: { result: false, effect: 'ends' },
  coprocessorReadPair: { result: true, effect: 'may-trap' },
  coprocessorWritePair: { result: false, effect: 'ends' },
  highWord: { result: true, effect: 'pure' },
  coprocessorTransfer: { result: false, effect: 'may-trap' },
  checkVfpEnabled: { result: false, effect: 'may-trap' },
  extensionOperation: { result: false, effect: 'pure' },
  vfpSystemRead: { result: true, effect: 'may-trap' },
  vfpSystemWrite: { result: false, effect: 'ends' },
  readCpsr: { result: true, effect: 'pure' },
  writeCpsr: { result: false, effect: 'ends' },
  readSpsr: { result: true, effect: 'may-trap' },
  writeSpsr: { result: false, effect: 'may-trap' },
  readBanked: { result: true, effect: 'may-trap' },
  writeBanked: { result: false, effect: 'may-trap' },
  changeProcessorState: { result: false, effect: 'ends' },
  setEndianness: { result: false, effect: 'ends' },
  exceptionReturn: { result: false, effect: 'ends', setsPc: true },
  eret: { result: false, effect: 'ends', setsPc: true },
  storeReturnStateBase: { result: true, effect: 'may-trap' },
  storeReturnStateWriteback: { result: false, effect: 'may-trap' },
  waitForInterrupt: { result: false, effect: 'ends' },
  waitForEvent: { result: false, effect: 'ends' },
  sendEvent: { result: false, effect: 'ends' },
  yieldHint: { result: false, effect: 'ends' },
  // Memory accesses happen in order, and changes of translation take effect at once: nothing waits for a barrier.
  barrier: { result: false, effect: 'pure' },
  preload: { result: false, effect: 'pure' },
  branchJazelle: { result: false, effect: 'may-trap' },
};

/**
 * Thrown (it is no Error) by a 'may-trap' or 'ends' helper after it has taken an exception in place of executing
 * the instruction (UNDEFINED, a trap to Hyp): the engine leaves the instruction, which is not retired, with the core
 * at the vector. SVC, HVC and SMC that take their own exception return instead: they are retired.
 */
export class ExceptionTaken {
  readonly name = 'ExceptionTaken';
}
export const EXCEPTION_TAKEN = new ExceptionTaken();
