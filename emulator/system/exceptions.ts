/**
 * Every exception of ARMv7-A with the Security and Virtualization Extensions, each named after the pseudocode it
 * follows (ARM ARM B1.8, B1.9). A function here computes the return information, finds the mode the exception is
 * taken to, and leaves the core at its vector.
 *
 * R15 is the address of the instruction that caused the exception or, for interrupts, of the next one to execute.
 */
import type { Pl1Exception } from '../events/events';
import { CORE, SECURE_BANK, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Mode, Psr, readCpsr, spsrIndex, switchMode } from '../state/psr';
import type { SystemContext } from './context';
import { CountedEvent, countEvent, modeChanged } from './performance';
import { ExceptionClass, writeHsr } from './syndrome';
import { worldChanged, worldOf } from './world';

/** Offsets from a vector base. */
export const enum Vector {
  Undefined = 0x04,
  /** Supervisor Call; from Hyp also HVC; from Monitor's base SMC. */
  Call = 0x08,
  PrefetchAbort = 0x0c,
  DataAbort = 0x10,
  HypTrap = 0x14,
  Irq = 0x18,
  Fiq = 0x1c,
}

/** Bits of SCR. */
export const enum Scr {
  NS = 1,
  IRQ = 2,
  FIQ = 4,
  EA = 8,
  FW = 16,
  AW = 32,
  SCD = 128,
  HCE = 256,
}
/** Bits of HCR that route exceptions and interrupts. */
export const enum Hcr {
  VM = 1,
  FMO = 1 << 3,
  IMO = 1 << 4,
  AMO = 1 << 5,
  VF = 1 << 6,
  VI = 1 << 7,
  VA = 1 << 8,
  TWI = 1 << 13,
  TWE = 1 << 14,
  TSC = 1 << 19,
  TGE = 1 << 27,
}
const SCTLR_V = 1 << 13;
const SCTLR_EE = 1 << 25;
const SCTLR_TE = 1 << 30;
const HIVECS = 0xffff_0000;

/** What is told of an exception taken to Hyp besides where it went. */
export interface HypEntryCause {
  /** The control bit that sent it here; '' when unconditional. */
  readonly because: string;
  /** False for interrupts, which write no HSR. */
  readonly hsrWritten: boolean;
  readonly va: number | undefined;
  readonly ipa: number | undefined;
}
/** An exception that goes to Hyp because it was taken in Hyp. */
const FROM_HYP: HypEntryCause = causeOf('');
const BY_TGE: HypEntryCause = causeOf('HCR.TGE');

/** The cause of an exception that has no faulting address. */
export function causeOf(because: string, hsrWritten = true): HypEntryCause {
  return { because, hsrWritten, va: undefined, ipa: undefined };
}

/** SCR, or 0 without Security Extensions. */
export function scr(core: CoreState): number {
  return core.hasSecurity ? core.i32[SYS.SCR] : 0;
}
/** True in Hyp mode. */
export function inHyp(core: CoreState): boolean {
  return core.mode === Mode.hyp;
}
/** True in a Non-secure mode other than Hyp of a machine that has Hyp mode: where traps to Hyp come from. */
export function trapsToHyp(core: CoreState): boolean {
  return core.hasVirtualization && core.mode !== Mode.hyp && !core.secure;
}
/** True when HCR.TGE sends exceptions of the current mode (Non-secure User) to Hyp. */
export function routedByTge(core: CoreState): boolean {
  return core.mode === Mode.usr && trapsToHyp(core) && (core.i32[SYS.HCR] & Hcr.TGE) !== 0;
}
function inThumb(core: CoreState): boolean {
  return (core.i32[CORE.PSR] & Psr.T) !== 0;
}
/** R15 plus `offset`, as a signed 32-bit integer. */
function after(core: CoreState, offset: number): number {
  return (core.i32[CORE.R + 15] + offset) | 0;
}
/** ITAdvance(): the state for the following instruction. */
export function itAdvance(core: CoreState): void {
  const it = core.i32[CORE.ITSTATE];
  core.i32[CORE.ITSTATE] = (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
}

/** EnterHypMode. `returnAddress` becomes ELR_hyp. */
export function enterHypMode(
  core: CoreState,
  system: SystemContext,
  returnAddress: number,
  vector: Vector,
  cause: HypEntryCause,
): void {
  const s = core.i32;
  const spsr = readCpsr(core);
  const fromMode = core.mode;
  const fromWorld = worldOf(core, fromMode);
  switchMode(core, Mode.hyp);
  s[CORE.SPSR_HYP] = spsr;
  s[CORE.ELR_HYP] = returnAddress;
  const hsctlr = s[SYS.HSCTLR];
  const secureRouting = scr(core);
  let psr = s[CORE.PSR] & ~(Psr.J | Psr.T | Psr.E);
  if (hsctlr & SCTLR_TE) psr |= Psr.T;
  if (hsctlr & SCTLR_EE) psr |= Psr.E;
  if (!(secureRouting & Scr.EA)) psr |= Psr.A;
  if (!(secureRouting & Scr.FIQ)) psr |= Psr.F;
  if (!(secureRouting & Scr.IRQ)) psr |= Psr.I;
  enter(core, system, psr, (s[SYS.HVBAR] & ~0x1f) + vector);
  if (system.events.wantsAt('trap-to-hyp', s[CORE.R + 15])) {
    const hsr = core.u32[SYS.HSR];
    system.events.publish({
      kind: 'trap-to-hyp',
      core: core.index,
      vector,
      hsr: cause.hsrWritten ? hsr : undefined,
      ec: cause.hsrWritten ? hsr >>> 26 : undefined,
      fromMode,
      fromWorld,
      pc: returnAddress >>> 0,
      because: cause.because,
      va: cause.va,
      ipa: cause.ipa,
      time: 0,
    });
  }
  worldChanged(core, system, fromWorld);
}

/** EnterMonitorMode. `link` becomes LR_mon. */
export function enterMonitorMode(
  core: CoreState,
  system: SystemContext,
  link: number,
  vector: Vector,
  exception: Pl1Exception['exception'],
): void {
  const s = core.i32;
  const spsr = readCpsr(core);
  const fromMode = core.mode;
  const fromWorld = worldOf(core, fromMode);
  const pc = core.pc;
  // Monitor mode entered from Secure state clears SCR.NS so that the monitor starts on the Secure copies.
  if (fromMode === Mode.mon) s[SYS.SCR] = s[SYS.SCR] & ~Scr.NS;
  switchMode(core, Mode.mon);
  s[CORE.SPSR_MON] = spsr;
  s[CORE.R + 14] = link;
  const sctlr = s[SYS.SCTLR + SECURE_BANK];
  let psr = (s[CORE.PSR] & ~(Psr.J | Psr.T | Psr.E)) | Psr.A | Psr.I | Psr.F;
  if (sctlr & SCTLR_TE) psr |= Psr.T;
  if (sctlr & SCTLR_EE) psr |= Psr.E;
  enter(core, system, psr, (s[SYS.MVBAR] & ~0x1f) + vector);
  publishPl1(core, system, exception, fromMode, Mode.mon, pc, false);
  worldChanged(core, system, fromWorld);
}

/** What every exception to a PL1 mode does after its routing is known: banks, SPSR, LR, CPSR, vector. */
function enterPl1Mode(
  core: CoreState,
  system: SystemContext,
  mode: Mode,
  link: number,
  masks: number,
  vector: Vector,
  exception: Pl1Exception['exception'],
  virtual = false,
): void {
  const s = core.i32;
  const spsr = readCpsr(core);
  const fromMode = core.mode;
  const fromWorld = worldOf(core, fromMode);
  const pc = core.pc;
  // From Monitor mode, an exception is handled in Secure state.
  if (fromMode === Mode.mon) s[SYS.SCR] = s[SYS.SCR] & ~Scr.NS;
  switchMode(core, mode);
  s[spsrIndex(mode)] = spsr;
  s[CORE.R + 14] = link;
  const bank = core.secure ? SECURE_BANK : 0;
  const sctlr = s[SYS.SCTLR + bank];
  let psr = (s[CORE.PSR] & ~(Psr.J | Psr.T | Psr.E)) | Psr.I | masks;
  if (sctlr & SCTLR_TE) psr |= Psr.T;
  if (sctlr & SCTLR_EE) psr |= Psr.E;
  enter(core, system, psr, (sctlr & SCTLR_V ? HIVECS : s[SYS.VBAR + bank] & ~0x1f) + vector);
  publishPl1(core, system, exception, fromMode, mode, pc, virtual);
  worldChanged(core, system, fromWorld);
}

/** The last step of every entry: CPSR, PC, and whoever must know. */
function enter(core: CoreState, system: SystemContext, psr: number, address: number): void {
  core.i32[CORE.PSR] = psr;
  core.i32[CORE.ITSTATE] = 0;
  core.i32[CORE.R + 15] = address;
  countEvent(core, system, CountedEvent.ExceptionTaken);
  modeChanged(core, system);
  system.effects.modeChanged(core);
  system.effects.interruptMaskChanged(core);
}

function publishPl1(
  core: CoreState,
  system: SystemContext,
  exception: Pl1Exception['exception'],
  fromMode: number,
  toMode: number,
  pc: number,
  virtual: boolean,
): void {
  if (system.events.wantsAt('pl1-exception', core.i32[CORE.R + 15]))
    system.events.publish({
      kind: 'pl1-exception',
      core: core.index,
      exception,
      fromMode,
      toMode,
      pc,
      virtual,
    });
}

/** CPSR.A is set on entry unless the Security Extensions without Hyp mode forbid it (SCR.AW). */
function maskA(core: CoreState): number {
  const free = !core.hasSecurity || core.hasVirtualization || (scr(core) & (Scr.NS | Scr.AW)) !== Scr.NS;
  return free ? Psr.A : 0;
}
function maskF(core: CoreState): number {
  const free = !core.hasSecurity || core.hasVirtualization || (scr(core) & (Scr.NS | Scr.FW)) !== Scr.NS;
  return free ? Psr.F : 0;
}

/**
 * TakeUndefInstrException. In Hyp mode, and for Non-secure User mode under HCR.TGE, HSR is written with the unknown
 * reason unless `syndromeWritten` says that the caller has written a better one.
 */
export function takeUndefInstrException(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  syndromeWritten = false,
): void {
  const link = after(core, inThumb(core) ? 2 : 4);
  const toHyp = inHyp(core);
  const byTge = routedByTge(core);
  if (toHyp || byTge) {
    if (!syndromeWritten) writeHsr(core, ExceptionClass.Unknown, 0, encoding);
    enterHypMode(
      core,
      system,
      after(core, 0),
      toHyp ? Vector.Undefined : Vector.HypTrap,
      toHyp ? FROM_HYP : BY_TGE,
    );
  } else enterPl1Mode(core, system, Mode.und, link, 0, Vector.Undefined, 'undefined');
}

/** CallSupervisor and TakeSVCException. `immediate` is the comment field of SVC. */
export function takeSVCException(core: CoreState, system: SystemContext, immediate: number): void {
  const length = inThumb(core) ? 2 : 4;
  const toHyp = inHyp(core);
  const byTge = routedByTge(core);
  if (toHyp || byTge)
    writeHsr(core, ExceptionClass.Svc, immediate & 0xffff, length === 4 ? 0xef00_0000 : 0xdf00);
  itAdvance(core);
  const next = after(core, length);
  if (toHyp || byTge)
    enterHypMode(core, system, next, toHyp ? Vector.Call : Vector.HypTrap, toHyp ? FROM_HYP : BY_TGE);
  else enterPl1Mode(core, system, Mode.svc, next, 0, Vector.Call, 'svc');
}

/** TakeSMCException: to Monitor mode. The caller has checked that SMC may be executed here. */
export function takeSMCException(core: CoreState, system: SystemContext): void {
  itAdvance(core);
  enterMonitorMode(core, system, after(core, 4), Vector.Call, 'smc');
}

/** CallHypervisor and TakeHVCException. The caller has checked that HVC may be executed here. */
export function takeHVCException(core: CoreState, system: SystemContext, immediate: number): void {
  writeHsr(core, ExceptionClass.Hvc, immediate & 0xffff, 0xe140_0070);
  const fromHyp = inHyp(core);
  itAdvance(core);
  enterHypMode(core, system, after(core, 4), fromHyp ? Vector.Call : Vector.HypTrap, FROM_HYP);
}

/** TakeHypTrapException: HSR has been written; ELR_hyp is the address of the trapped instruction. */
export function takeHypTrapException(core: CoreState, system: SystemContext, because: string): void {
  enterHypMode(core, system, after(core, 0), Vector.HypTrap, causeOf(because));
}

/** Where an abort goes, decided by whoever has its syndrome (aborts.ts). */
export type AbortRoute = 'monitor' | 'hyp' | 'pl1';

/** TakePrefetchAbortException, the fault registers being written. */
export function takePrefetchAbortException(
  core: CoreState,
  system: SystemContext,
  route: AbortRoute,
  cause: HypEntryCause,
): void {
  const link = after(core, 4);
  if (route === 'monitor') enterMonitorMode(core, system, link, Vector.PrefetchAbort, 'prefetch abort');
  else if (route === 'hyp')
    enterHypMode(core, system, after(core, 0), inHyp(core) ? Vector.PrefetchAbort : Vector.HypTrap, cause);
  else enterPl1Mode(core, system, Mode.abt, link, maskA(core), Vector.PrefetchAbort, 'prefetch abort');
}

/** TakeDataAbortException, the fault registers being written. */
export function takeDataAbortException(
  core: CoreState,
  system: SystemContext,
  route: AbortRoute,
  cause: HypEntryCause,
  virtual = false,
): void {
  const link = after(core, 8);
  if (route === 'monitor') enterMonitorMode(core, system, link, Vector.DataAbort, 'data abort');
  else if (route === 'hyp')
    enterHypMode(core, system, after(core, 0), inHyp(core) ? Vector.DataAbort : Vector.HypTrap, cause);
  else enterPl1Mode(core, system, Mode.abt, link, maskA(core), Vector.DataAbort, 'data abort', virtual);
}

/** HCR's routing bits as they act: HCR.TGE makes IMO, FMO and AMO act as 1. */
export function effectiveHcr(core: CoreState): number {
  if (!core.hasVirtualization) return 0;
  const hcr = core.i32[SYS.HCR];
  return hcr & Hcr.TGE ? hcr | Hcr.IMO | Hcr.FMO | Hcr.AMO : hcr;
}

/** TakePhysicalIRQException. */
export function takePhysicalIRQException(core: CoreState, system: SystemContext): void {
  const link = after(core, 4);
  if (scr(core) & Scr.IRQ) enterMonitorMode(core, system, link, Vector.Irq, 'irq');
  else if (inHyp(core) || (trapsToHyp(core) && (effectiveHcr(core) & Hcr.IMO) !== 0))
    enterHypMode(core, system, after(core, 0), Vector.Irq, interruptCause(core, 'HCR.IMO'));
  else enterPl1Mode(core, system, Mode.irq, link, maskA(core), Vector.Irq, 'irq');
}

/** TakePhysicalFIQException. */
export function takePhysicalFIQException(core: CoreState, system: SystemContext): void {
  const link = after(core, 4);
  if (scr(core) & Scr.FIQ) enterMonitorMode(core, system, link, Vector.Fiq, 'fiq');
  else if (inHyp(core) || (trapsToHyp(core) && (effectiveHcr(core) & Hcr.FMO) !== 0))
    enterHypMode(core, system, after(core, 0), Vector.Fiq, interruptCause(core, 'HCR.FMO'));
  else enterPl1Mode(core, system, Mode.fiq, link, maskA(core) | maskF(core), Vector.Fiq, 'fiq');
}

function interruptCause(core: CoreState, bit: string): HypEntryCause {
  if (inHyp(core)) return causeOf('', false);
  return causeOf(core.i32[SYS.HCR] & Hcr.TGE ? 'HCR.TGE' : bit, false);
}

/** TakeVirtualIRQException: HCR.VI, or the virtual CPU interface's line. */
export function takeVirtualIRQException(core: CoreState, system: SystemContext): void {
  enterPl1Mode(core, system, Mode.irq, after(core, 4), Psr.A, Vector.Irq, 'irq', true);
}

/** TakeVirtualFIQException: HCR.VF, or the virtual CPU interface's line. */
export function takeVirtualFIQException(core: CoreState, system: SystemContext): void {
  enterPl1Mode(core, system, Mode.fiq, after(core, 4), Psr.A | Psr.F, Vector.Fiq, 'fiq', true);
}
