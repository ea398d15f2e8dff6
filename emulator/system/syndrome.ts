/** HSR: what Hyp mode is told about an exception (ARM ARM B3.13). */
import { CORE, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Psr } from '../state/psr';

/** HSR.EC values. */
export const enum ExceptionClass {
  Unknown = 0x00,
  WfiWfe = 0x01,
  Cp15Move = 0x03,
  Cp15MovePair = 0x04,
  Cp14Move = 0x05,
  Cp14Transfer = 0x06,
  Hcptr = 0x07,
  FpId = 0x08,
  Bxj = 0x0a,
  Cp14MovePair = 0x0c,
  Svc = 0x11,
  Hvc = 0x12,
  Smc = 0x13,
  PrefetchAbort = 0x20,
  PrefetchAbortHyp = 0x21,
  DataAbort = 0x24,
  DataAbortHyp = 0x25,
}

const HSR_IL = 1 << 25;
const HSR_ISV = 1 << 24;
const HSR_CV = 1 << 24;

/** COND of an unconditional instruction. */
const ALWAYS = 0xe;

/** True when the instruction being executed is in A32. */
function inA32(core: CoreState): boolean {
  return (core.i32[CORE.PSR] & Psr.T) === 0;
}

/** Bytes of the instruction: `encoding` as the helpers get it. */
export function instructionLength(core: CoreState, encoding: number): 2 | 4 {
  return inA32(core) || encoding >>> 16 !== 0 ? 4 : 2;
}

/**
 * CurrentCond() of the instruction being executed: its own condition in A32 (0xe for the unconditional space), that
 * of the IT block in T32.
 */
function currentCondition(core: CoreState, encoding: number): number {
  if (inA32(core)) return encoding >>> 28 === 0xf ? ALWAYS : encoding >>> 28;
  const it = core.i32[CORE.ITSTATE];
  return (it & 0xf) === 0 ? ALWAYS : it >>> 4;
}

/**
 * WriteHSR of the manual. For traps of instructions (EC 0x01 to 0x0f) it adds CV and COND; IL is written where it
 * is valid: not for Prefetch Aborts, Data Aborts without ISV, and the unknown reason.
 */
export function writeHsr(
  core: CoreState,
  exceptionClass: ExceptionClass,
  iss: number,
  encoding: number,
): void {
  let hsr = (exceptionClass << 26) | iss;
  const abort = exceptionClass >>> 3 === 4;
  const data = (exceptionClass & ~1) === ExceptionClass.DataAbort;
  const lengthKnown =
    exceptionClass !== ExceptionClass.Unknown && (!abort || (data && (iss & HSR_ISV) !== 0));
  if (lengthKnown && instructionLength(core, encoding) === 4) hsr |= HSR_IL;
  if (exceptionClass !== 0 && exceptionClass < 0x10) hsr |= HSR_CV | (currentCondition(core, encoding) << 20);
  core.i32[SYS.HSR] = hsr;
}
