/** Access to the VFP and Advanced SIMD registers: CheckAdvSIMDOrVFPEnabled, VMRS and VMSR (ARM ARM B1.11, A8.8). */
import { EXCEPTION_TAKEN } from '../isa/helpers';
import { FPSCR } from '../isa/float/environment';
import { CORE, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Mode } from '../state/psr';
import { asksForTrap, type ControlBitName } from './control-bits';
import type { SystemContext } from './context';
import { inHyp, takeHypTrapException, takeUndefInstrException, trapsToHyp } from './exceptions';
import { ExceptionClass, writeHsr } from './syndrome';

export const FPEXC_EN = 1 << 30;
const NSACR_CP10 = 1 << 10;
const NSACR_NSASEDIS = 1 << 15;
const CPACR_ASEDIS = 1 << 31;
const HCPTR_TCP10 = 1 << 10;
const HCPTR_TCP11 = 1 << 11;
/** TCP10 and TCP11 must be equal; either traps. */
export const HCPTR_TCP = HCPTR_TCP10 | HCPTR_TCP11;
const HCPTR_TASE = 1 << 15;
/** ISS of EC 0x07: TA says that Advanced SIMD was trapped; else the coprocessor's number. */
const ISS_TA = 1 << 5;
const ISS_CP10 = 10;

function undefinedInstruction(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  written = false,
): never {
  takeUndefInstrException(core, system, encoding, written);
  throw EXCEPTION_TAKEN;
}

/** What stands between the current mode and the registers. */
type Verdict = 'permitted' | 'undefined' | 'HCPTR.TCP10' | 'HCPTR.TASE';

/** The checks in the manual's order: NSACR, CPACR, FPEXC.EN, HCPTR. */
function check(core: CoreState, includeFpexc: boolean, advancedSimd: boolean): Verdict {
  const s = core.i32;
  const nonSecure = !core.secure;
  if (core.hasSecurity && nonSecure) {
    const nsacr = s[SYS.NSACR];
    if (!(nsacr & NSACR_CP10)) return 'undefined';
    if (advancedSimd && nsacr & NSACR_NSASEDIS) return 'undefined';
  }
  const hyp = inHyp(core);
  if (!hyp) {
    const cpacr = s[SYS.CPACR];
    const permission = (cpacr >>> 20) & 3;
    // 0b10 is UNPREDICTABLE: treated as 'no access'.
    if (permission === 0 || permission === 2) return 'undefined';
    if (permission === 1 && core.mode === Mode.usr) return 'undefined';
    if (advancedSimd && cpacr & CPACR_ASEDIS) return 'undefined';
  }
  if (includeFpexc && !(s[CORE.FPEXC] & FPEXC_EN)) return 'undefined';
  if (core.hasVirtualization && nonSecure) {
    const hcptr = s[SYS.HCPTR];
    if (hcptr & HCPTR_TCP) return 'HCPTR.TCP10';
    if (advancedSimd && hcptr & HCPTR_TASE) return 'HCPTR.TASE';
  }
  return 'permitted';
}

function enforce(core: CoreState, system: SystemContext, encoding: number, verdict: Verdict): void {
  if (verdict === 'permitted') return;
  if (verdict === 'undefined') undefinedInstruction(core, system, encoding);
  writeHsr(core, ExceptionClass.Hcptr, verdict === 'HCPTR.TASE' ? ISS_TA : ISS_CP10, encoding);
  if (inHyp(core)) undefinedInstruction(core, system, encoding, true);
  takeHypTrapException(core, system, verdict);
  throw EXCEPTION_TAKEN;
}

/**
 * CheckVFPEnabled(TRUE), or CheckAdvancedSIMDEnabled for an Advanced SIMD instruction: returns when the instruction
 * may execute, else takes the exception and throws EXCEPTION_TAKEN.
 */
export function checkVfpEnabled(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  advancedSimd: boolean,
): void {
  enforce(core, system, encoding, check(core, true, advancedSimd));
}

/** Cortex-A15 has no short vectors: arithmetic is UNDEFINED while FPSCR.LEN or FPSCR.STRIDE is not 0. */
export function checkNoShortVectors(core: CoreState, system: SystemContext, encoding: number): void {
  if (core.i32[CORE.FPSCR] & FPSCR.VECTOR) undefinedInstruction(core, system, encoding);
}

/** True when VFP instructions may execute in the current mode: nothing traps, nothing is UNDEFINED. */
export function vfpEnabled(core: CoreState, advancedSimd = false): boolean {
  return check(core, true, advancedSimd) === 'permitted';
}

/** Bits of FPSCR that exist: no trap enables, no vector of halves. */
const FPSCR_WRITABLE = 0xfff7_009f;

/** One register of VMRS and VMSR. */
interface VfpRegister {
  readonly name: string;
  readonly trap?: ControlBitName;
  read(core: CoreState): number;
  write(core: CoreState, value: number): void;
}
function identification(name: string, value: number, trap: ControlBitName): VfpRegister {
  return { name, trap, read: () => value, write: () => undefined };
}
/** Numbers of FPSCR and FPEXC in VMRS and VMSR. */
export const FPSCR_NUMBER = 1;
export const FPEXC_NUMBER = 8;

/** By the instruction's reg field. Cortex-A15 has no FPINST and FPINST2 (FPEXC.EX is always 0). */
export const VFP_REGISTERS: Readonly<Record<number, VfpRegister>> = {
  0: identification('FPSID', 0x4104_30f0, 'HCR.TID0'),
  1: {
    name: 'FPSCR',
    read: (core) => core.i32[CORE.FPSCR],
    write: (core, value) => {
      core.i32[CORE.FPSCR] = value & FPSCR_WRITABLE;
    },
  },
  6: identification('MVFR1', 0x1111_1111, 'HCR.TID3'),
  7: identification('MVFR0', 0x1011_0222, 'HCR.TID3'),
  8: {
    name: 'FPEXC',
    read: (core) => core.i32[CORE.FPEXC],
    write: (core, value) => {
      core.i32[CORE.FPEXC] = value & FPEXC_EN;
    },
  },
};

/** ISS of EC 0x08, shaped as that of an MRC from CP10: Opc1 7, CRn reg, direction read. */
function vmrsSyndrome(encoding: number, register: number): number {
  const rt = (encoding >>> 12) & 15;
  return (7 << 14) | (register << 10) | (rt << 5) | 1;
}

/** Checks common to VMRS and VMSR. FPSCR needs FPEXC.EN; the others need PL1 and nothing of FPEXC. */
function select(core: CoreState, system: SystemContext, encoding: number, register: number): VfpRegister {
  const row = VFP_REGISTERS[register];
  const scr = register === FPSCR_NUMBER;
  if (row === undefined || (!scr && core.mode === Mode.usr)) undefinedInstruction(core, system, encoding);
  enforce(core, system, encoding, check(core, scr, false));
  return row;
}

/** VMRS: the value. */
export function vfpSystemRead(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  register: number,
): number {
  const row = select(core, system, encoding, register);
  if (row.trap !== undefined && trapsToHyp(core) && asksForTrap(core, row.trap)) {
    writeHsr(core, ExceptionClass.FpId, vmrsSyndrome(encoding, register), encoding);
    takeHypTrapException(core, system, row.trap);
    throw EXCEPTION_TAKEN;
  }
  return row.read(core);
}

/** VMSR. */
export function vfpSystemWrite(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  register: number,
  value: number,
): void {
  const row = select(core, system, encoding, register);
  const before = row.read(core);
  row.write(core, value);
  if (system.events.wants['system-register-write'])
    system.events.publish({
      kind: 'system-register-write',
      core: core.index,
      name: row.name,
      before: BigInt(before >>> 0),
      after: BigInt(row.read(core) >>> 0),
    });
}
