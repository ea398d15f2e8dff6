/** MRS, MSR, CPS and SETEND: who may change which bit of CPSR and SPSR (ARM ARM B1.3.3, B9.2). */
import { EXCEPTION_TAKEN } from '../isa/helpers';
import { CORE, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { bankedIndex, Mode, MODES, Psr, readCpsr, switchMode, isMode, spsrIndex } from '../state/psr';
import type { SystemContext } from './context';
import { Scr, scr, takeUndefInstrException } from './exceptions';
import { modeChanged } from './performance';
import { worldChanged, worldOf } from './world';

/** Any four-byte encoding: the instructions here are 32 bits wide in both instruction sets. */
const WIDE = 0xe000_0000;

function undefined_(core: CoreState, system: SystemContext): never {
  takeUndefInstrException(core, system, WIDE);
  throw EXCEPTION_TAKEN;
}

/** Bits of `undefinedInModes`. */
const enum ModeSet {
  User = 1,
  System = 2,
  Hyp = 4,
}
const MODE_SET: Readonly<Record<number, number>> = {
  [Mode.usr]: ModeSet.User,
  [Mode.sys]: ModeSet.System,
  [Mode.hyp]: ModeSet.Hyp,
};

/** UNDEFINED when the current mode is one of `modes` (1 User, 2 System, 4 Hyp). */
export function undefinedInModes(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  modes: number,
): void {
  if (((MODE_SET[core.mode] ?? 0) & modes) === 0) return;
  takeUndefInstrException(core, system, encoding);
  throw EXCEPTION_TAKEN;
}

/** CPSR as MRS gives it: execution state bits other than E read as 0. */
export function readCpsrByInstr(core: CoreState): number {
  return readCpsr(core) & 0xf8ff_03df;
}

/** True when M = `mode` names no mode of this core (BadMode). */
export function badMode(core: CoreState, mode: number): boolean {
  if (!isMode(mode)) return true;
  if (mode === Mode.mon) return !core.hasSecurity;
  return mode === Mode.hyp && !core.hasVirtualization;
}

/** NSACR.RFR: FIQ mode belongs to Secure state. */
const NSACR_RFR = 1 << 19;

/** True when writing CPSR.M with `mode` here is UNPREDICTABLE; this machine then leaves CPSR.M as it is. */
function illegalModeChange(core: CoreState, mode: number, exceptionReturn: boolean): boolean {
  if (badMode(core, mode)) return true;
  const secure = core.secure;
  const current = core.mode;
  if (!secure && mode === Mode.mon) return true;
  if (!secure && mode === Mode.fiq && core.hasSecurity && core.i32[SYS.NSACR] & NSACR_RFR) return true;
  if (mode === Mode.hyp) {
    if (core.hasSecurity && !(scr(core) & Scr.NS)) return true;
    if (!secure && current !== Mode.hyp) return true;
    // From Monitor mode only an exception return may go to Hyp.
    if (current === Mode.mon && !exceptionReturn) return true;
  }
  return current === Mode.hyp && mode !== Mode.hyp && !exceptionReturn;
}

/**
 * CPSRWriteByInstr. `byteMask` bits 3 to 0 choose the bytes. Where the manual says UNPREDICTABLE because of the
 * mode, the other bits are written and CPSR.M stays; J is never set, as there is no Jazelle or ThumbEE execution.
 */
export function cpsrWriteByInstr(
  core: CoreState,
  system: SystemContext,
  value: number,
  byteMask: number,
  exceptionReturn: boolean,
): void {
  const s = core.i32;
  const fromMode = core.mode;
  const privileged = fromMode !== Mode.usr;
  if (byteMask & 8) {
    s[CORE.N] = value & Psr.N;
    s[CORE.Z] = value & Psr.Z ? 0 : 1;
    s[CORE.C] = (value >>> 29) & 1;
    s[CORE.V] = (value << 3) & Psr.N;
    s[CORE.Q] = (value >>> 27) & 1;
    if (exceptionReturn) s[CORE.ITSTATE] = (s[CORE.ITSTATE] & 0xfc) | ((value >>> 25) & 3);
  }
  if (byteMask & 4) s[CORE.GE] = (value >>> 16) & 15;
  // Non-secure state changes A and F only as SCR lets it, unless the machine has Hyp mode.
  const free = core.secure || !core.hasSecurity || core.hasVirtualization;
  let writable = 0;
  if (byteMask & 2) {
    if (exceptionReturn) s[CORE.ITSTATE] = (s[CORE.ITSTATE] & 3) | ((value >>> 8) & 0xfc);
    writable |= Psr.E;
    if (privileged && (free || scr(core) & Scr.AW)) writable |= Psr.A;
  }
  if (byteMask & 1) {
    if (privileged) writable |= Psr.I;
    if (privileged && (free || scr(core) & Scr.FW)) writable |= Psr.F;
    if (exceptionReturn) writable |= Psr.T;
  }
  const changesMode = (byteMask & 1) !== 0 && privileged && (value & Psr.M) !== fromMode;
  if (changesMode && !illegalModeChange(core, value & Psr.M, exceptionReturn)) {
    const fromWorld = worldOf(core, fromMode);
    switchMode(core, value & Psr.M);
    s[CORE.PSR] = (s[CORE.PSR] & ~writable) | (value & writable);
    modeChanged(core, system);
    system.effects.modeChanged(core);
    worldChanged(core, system, fromWorld);
  } else s[CORE.PSR] = (s[CORE.PSR] & ~writable) | (value & writable);
  if (writable & (Psr.A | Psr.I | Psr.F) || changesMode) system.effects.interruptMaskChanged(core);
}

/** SPSR of the current mode. UNDEFINED in User and System mode (UNPREDICTABLE in the manual). */
export function readSpsr(core: CoreState, system: SystemContext): number {
  const at = spsrIndex(core.mode);
  return at < 0 ? undefined_(core, system) : core.i32[at];
}

/** SPSRWriteByInstr. UNDEFINED in User and System mode (UNPREDICTABLE in the manual). */
export function spsrWriteByInstr(
  core: CoreState,
  system: SystemContext,
  value: number,
  byteMask: number,
): void {
  const at = spsrIndex(core.mode);
  if (at < 0) undefined_(core, system);
  const mask =
    (byteMask & 8 ? 0xff00_0000 : 0) |
    (byteMask & 4 ? 0x000f_0000 : 0) |
    (byteMask & 2 ? 0x0000_ff00 : 0) |
    (byteMask & 1 ? 0x0000_00ff : 0);
  core.i32[at] = (core.i32[at] & ~mask) | (value & mask);
}

/** A register of MRS and MSR (banked register): what it is and from which modes its use is UNPREDICTABLE. */
interface BankedRow {
  readonly name: string;
  /** Mode whose bank it is. */
  readonly mode: Mode;
  /** Register number 8–14, or which special register. */
  readonly register: number | 'SPSR' | 'ELR';
}

function bank(mode: Mode, name: string): readonly BankedRow[] {
  return [
    { name: `LR_${name}`, mode, register: 14 },
    { name: `SP_${name}`, mode, register: 13 },
  ];
}
function wideBank(mode: Mode, name: string): readonly BankedRow[] {
  return [8, 9, 10, 11, 12, 13, 14].map((register) => ({
    name: register === 13 ? `SP_${name}` : register === 14 ? `LR_${name}` : `R${register}_${name}`,
    mode,
    register,
  }));
}

/** By SYSm with R = 0 (bit 5 clear) and R = 1 (bit 5 set): ARM ARM B9.2.3. */
export const BANKED_REGISTERS: ReadonlyMap<number, BankedRow> = new Map([
  ...wideBank(Mode.usr, 'usr').map((row, i): [number, BankedRow] => [i, row]),
  ...wideBank(Mode.fiq, 'fiq').map((row, i): [number, BankedRow] => [8 + i, row]),
  ...bank(Mode.irq, 'irq').map((row, i): [number, BankedRow] => [16 + i, row]),
  ...bank(Mode.svc, 'svc').map((row, i): [number, BankedRow] => [18 + i, row]),
  ...bank(Mode.abt, 'abt').map((row, i): [number, BankedRow] => [20 + i, row]),
  ...bank(Mode.und, 'und').map((row, i): [number, BankedRow] => [22 + i, row]),
  ...bank(Mode.mon, 'mon').map((row, i): [number, BankedRow] => [28 + i, row]),
  [30, { name: 'ELR_hyp', mode: Mode.hyp, register: 'ELR' }],
  [31, { name: 'SP_hyp', mode: Mode.hyp, register: 13 }],
  [32 + 14, { name: 'SPSR_fiq', mode: Mode.fiq, register: 'SPSR' }],
  [32 + 16, { name: 'SPSR_irq', mode: Mode.irq, register: 'SPSR' }],
  [32 + 18, { name: 'SPSR_svc', mode: Mode.svc, register: 'SPSR' }],
  [32 + 20, { name: 'SPSR_abt', mode: Mode.abt, register: 'SPSR' }],
  [32 + 22, { name: 'SPSR_und', mode: Mode.und, register: 'SPSR' }],
  [32 + 28, { name: 'SPSR_mon', mode: Mode.mon, register: 'SPSR' }],
  [32 + 30, { name: 'SPSR_hyp', mode: Mode.hyp, register: 'SPSR' }],
]);

/** BankedRegisterAccessValid and SPSRaccessValid. What they call UNPREDICTABLE is UNDEFINED on this machine. */
function bankedAccessValid(core: CoreState, row: BankedRow): boolean {
  const current = core.mode;
  if (current === Mode.usr) return false;
  switch (row.mode) {
    case Mode.usr:
      if (row.register === 13) return current !== Mode.sys;
      if (row.register === 14) return current !== Mode.sys && current !== Mode.hyp;
      return current === Mode.fiq;
    case Mode.fiq:
      if (current === Mode.fiq) return false;
      return core.secure || !core.hasSecurity || !(core.i32[SYS.NSACR] & NSACR_RFR);
    case Mode.mon:
      return core.hasSecurity && core.secure && current !== Mode.mon;
    case Mode.hyp:
      if (!core.hasVirtualization) return false;
      if (current === Mode.mon) return (scr(core) & Scr.NS) !== 0;
      return current === Mode.hyp && row.register === 'ELR';
    default:
      return current !== row.mode;
  }
}

/** Word of a banked register that MRS and MSR reach in Hyp mode; undefined where they may not (B9.2.3). */
export function bankedWordInHyp(sysm: number): number | undefined {
  const row = BANKED_REGISTERS.get(sysm & 63);
  if (row === undefined || row.mode === Mode.mon) return undefined;
  if (row.register === 'ELR') return CORE.ELR_HYP;
  if (row.mode === Mode.hyp) return undefined;
  const { sp, lr, spsr } = MODES[row.mode]!;
  if (row.register === 'SPSR') return spsr;
  if (row.register === 13) return sp;
  // Hyp mode has LR and R8 to R12 of User mode.
  if (row.mode === Mode.usr) return undefined;
  return row.register === 14 ? lr : CORE.R8_FIQ + row.register - 8;
}

/** Word index of a banked register as MRS and MSR reach it, or an Undefined Instruction exception. */
function bankedAccess(core: CoreState, system: SystemContext, sysm: number): number {
  const row = BANKED_REGISTERS.get(sysm & 63);
  if (row === undefined || !bankedAccessValid(core, row)) return undefined_(core, system);
  if (row.register === 'SPSR') return spsrIndex(row.mode);
  if (row.register === 'ELR') return CORE.ELR_HYP;
  return bankedIndex(core, row.mode, row.register);
}

/** MRS (banked register); `sysm` is R:M:M1 (R in bit 5). */
export function readBanked(core: CoreState, system: SystemContext, sysm: number): number {
  return core.i32[bankedAccess(core, system, sysm)];
}

/** MSR (banked register). */
export function writeBanked(core: CoreState, system: SystemContext, sysm: number, value: number): void {
  core.i32[bankedAccess(core, system, sysm)] = value;
}

/** CPS: `enable` 0 none, 2 IE, 3 ID; `flags` A:I:F; `mode` -1 when unchanged. A NOP in User mode. */
export function changeProcessorState(
  core: CoreState,
  system: SystemContext,
  enable: number,
  flags: number,
  mode: number,
): void {
  if (core.mode === Mode.usr) return;
  let value = core.i32[CORE.PSR];
  const masks = (flags & 7) << 6;
  if (enable === 2) value &= ~masks;
  if (enable === 3) value |= masks;
  if (mode >= 0) value = (value & ~Psr.M) | (mode & Psr.M);
  // N, Z, C, V, Q and GE are as they are; only the control bytes can change.
  cpsrWriteByInstr(core, system, value, 0b0011, false);
}

/** SETEND. */
export function setEndianness(core: CoreState, big: boolean): void {
  core.i32[CORE.PSR] = (core.i32[CORE.PSR] & ~Psr.E) | (big ? Psr.E : 0);
}

/** Word index of SP of `mode` for SRS. UNDEFINED in Hyp; what is UNPREDICTABLE is UNDEFINED on this machine. */
function returnStateIndex(core: CoreState, system: SystemContext, mode: number): number {
  const current = core.mode;
  const unfit =
    spsrIndex(current) < 0 ||
    current === Mode.hyp ||
    mode === Mode.hyp ||
    badMode(core, mode) ||
    (mode === Mode.mon && !core.secure) ||
    (mode === Mode.fiq && !core.secure && core.hasSecurity && (core.i32[SYS.NSACR] & NSACR_RFR) !== 0);
  return unfit ? undefined_(core, system) : bankedIndex(core, mode, 13);
}

/** SRS: SP of `mode`, the base of the store. */
export function storeReturnStateBase(core: CoreState, system: SystemContext, mode: number): number {
  return core.i32[returnStateIndex(core, system, mode)];
}

/** SRS with write-back: the new SP of `mode`. */
export function storeReturnStateWriteback(
  core: CoreState,
  system: SystemContext,
  mode: number,
  value: number,
): void {
  core.i32[returnStateIndex(core, system, mode)] = value;
}
