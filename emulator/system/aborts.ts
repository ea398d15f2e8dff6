/**
 * From a failed access to the fault status registers and the exception: DFSR/IFSR in both formats, HSR, HDFAR,
 * HIFAR, HPFAR (ARM ARM B3.13), and the routing of aborts to Monitor, Hyp or PL1 (B1.8.6–B1.8.7).
 */
import { CORE, PendingLine, SECURE_BANK, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import type { SystemContext } from './context';
import {
  causeOf,
  effectiveHcr,
  Hcr,
  inHyp,
  routedByTge,
  Scr,
  scr,
  takeDataAbortException,
  takePrefetchAbortException,
  trapsToHyp,
  type AbortRoute,
  type HypEntryCause,
} from './exceptions';
import type { DataAccessSyndrome, FaultKind, MemoryFault } from './fault';
import { asksForTrap } from './control-bits';
import { ExceptionClass, writeHsr } from './syndrome';
import { vttbr } from './world';

/** Status codes of one kind of fault. Where `byLevel`, the table level is added (long) or the code is looked up (short). */
interface StatusRow {
  /** Long-descriptor status (also HSR's FSC); the level is ORed into bits 1:0 when `byLevel`. */
  readonly long: number;
  readonly byLevel: boolean;
  /** Short-descriptor FS at level 1 and level 2. */
  readonly short: readonly [number, number];
}

const DEBUG: StatusRow = { long: 0b100010, byLevel: false, short: [0b00010, 0b00010] };

/** Fault status codes (ARM ARM tables B3-23 and B3-24). */
export const FAULT_STATUS: Readonly<Record<FaultKind | 'asynchronous external abort', StatusRow>> = {
  translation: { long: 0b000100, byLevel: true, short: [0b00101, 0b00111] },
  'access flag': { long: 0b001000, byLevel: true, short: [0b00011, 0b00110] },
  permission: { long: 0b001100, byLevel: true, short: [0b01101, 0b01111] },
  'external abort': { long: 0b010000, byLevel: false, short: [0b01000, 0b01000] },
  'asynchronous external abort': { long: 0b010001, byLevel: false, short: [0b10110, 0b10110] },
  'external abort on walk': { long: 0b010100, byLevel: true, short: [0b01100, 0b01110] },
  alignment: { long: 0b100001, byLevel: false, short: [0b00001, 0b00001] },
  'BKPT instruction': DEBUG,
  breakpoint: DEBUG,
  'vector catch': DEBUG,
  watchpoint: DEBUG,
  'tlb conflict': { long: 0b110000, byLevel: false, short: [0b10000, 0b10000] },
  domain: { long: 0b111100, byLevel: true, short: [0b01001, 0b01011] },
  'instruction cache maintenance': { long: 0b000100, byLevel: true, short: [0b00100, 0b00100] },
};

/** DBGDSCR.MOE of each debug event (ARM ARM C11.11.20). */
const METHODS_OF_ENTRY: Readonly<Partial<Record<FaultKind, number>>> = {
  breakpoint: 0b0001,
  'BKPT instruction': 0b0011,
  'vector catch': 0b0101,
  watchpoint: 0b1010,
};
const DBGDSCR_MOE_SHIFT = 2;
const DBGDSCR_MOE = 0b1111 << DBGDSCR_MOE_SHIFT;
function isDebugEvent({ kind }: MemoryFault): boolean {
  return METHODS_OF_ENTRY[kind] !== undefined;
}

/** What a fault status is computed from. */
type Status = Pick<MemoryFault, 'level'> & { readonly kind: keyof typeof FAULT_STATUS };

/** STATUS of the Long-descriptor format, which is also HSR.DFSC and HSR.IFSC. */
export function longStatus(fault: Status): number {
  const row = FAULT_STATUS[fault.kind];
  return row.byLevel ? row.long | (fault.level & 3) : row.long;
}
/** FS of the Short-descriptor format, five bits. */
export function shortStatus(fault: Status): number {
  return FAULT_STATUS[fault.kind].short[fault.level === 2 ? 1 : 0];
}

const TTBCR_EAE = 1 << 31;
const FSR_LPAE = 1 << 9;
const FSR_WNR = 1 << 11;
const FSR_EXT = 1 << 12;
const FSR_CM = 1 << 13;
const HSR_ISV = 1 << 24;
const HSR_SSE = 1 << 21;
const HSR_EA = 1 << 9;
const HSR_CM = 1 << 8;
const HSR_S1PTW = 1 << 7;
const HSR_WNR = 1 << 6;

/** Encodings that only tell writeHsr the instruction's length. */
const FOUR_BYTES = 0xe000_0000;
const TWO_BYTES = 0;

/**
 * Takes a failed access as a Prefetch Abort or a Data Abort.
 *
 * @param syndrome the load or store as HSR's ISS shows it; undefined where the manual gives ISV = 0 (write-back,
 *   LDM, LDRD, exclusives, R15, cache maintenance …).
 * @param length bytes of the instruction (HSR.IL, valid with ISV).
 */
export function takeMemoryFault(
  core: CoreState,
  system: SystemContext,
  fault: MemoryFault,
  syndrome?: DataAccessSyndrome,
  length: 2 | 4 = 4,
): void {
  if (fault.stage2) publishStage2Fault(core, system, fault);
  const method = METHODS_OF_ENTRY[fault.kind];
  if (method !== undefined)
    core.i32[SYS.DBGDSCR] = (core.i32[SYS.DBGDSCR] & ~DBGDSCR_MOE) | (method << DBGDSCR_MOE_SHIFT);
  const { route, because } = routeOf(core, fault);
  const cause: HypEntryCause = {
    because,
    hsrWritten: true,
    va: fault.va,
    ipa: fault.stage2 ? fault.ipa : undefined,
  };
  if (fault.access === 'execute') {
    if (route === 'hyp') writeHypPrefetchSyndrome(core, fault);
    else writeIfsr(core, route, fault);
    takePrefetchAbortException(core, system, route, cause);
  } else {
    if (route === 'hyp') writeHypDataSyndrome(core, fault, syndrome, length);
    else writeDfsr(core, route, fault);
    takeDataAbortException(core, system, route, cause);
  }
}

/** Where a synchronous abort goes, and the control bit that says so. */
function routeOf(core: CoreState, fault: MemoryFault): { route: AbortRoute; because: string } {
  const external = fault.kind === 'external abort' || fault.kind === 'external abort on walk';
  if (external && (scr(core) & Scr.EA) !== 0) return { route: 'monitor', because: 'SCR.EA' };
  if (inHyp(core)) return { route: 'hyp', because: '' };
  if (fault.stage2) return { route: 'hyp', because: 'HCR.VM' };
  if (routedByTge(core)) return { route: 'hyp', because: 'HCR.TGE' };
  if (isDebugEvent(fault) && trapsToHyp(core) && asksForTrap(core, 'HDCR.TDE'))
    return { route: 'hyp', because: 'HDCR.TDE' };
  return { route: 'pl1', because: '' };
}

function writeHypPrefetchSyndrome(core: CoreState, fault: MemoryFault): void {
  const exceptionClass = inHyp(core) ? ExceptionClass.PrefetchAbortHyp : ExceptionClass.PrefetchAbort;
  let iss = longStatus(fault);
  if (fault.externalType) iss |= HSR_EA;
  if (fault.onWalk && fault.stage2) iss |= HSR_S1PTW;
  writeHsr(core, exceptionClass, iss, FOUR_BYTES);
  // A debug exception has no faulting address: HIFAR keeps its value (UNKNOWN in the manual).
  if (!isDebugEvent(fault)) core.i32[SYS.HIFAR] = fault.va | 0;
  if (fault.stage2) writeHpfar(core, fault.ipa);
}

function writeHypDataSyndrome(
  core: CoreState,
  fault: MemoryFault,
  syndrome: DataAccessSyndrome | undefined,
  length: 2 | 4,
): void {
  const exceptionClass = inHyp(core) ? ExceptionClass.DataAbortHyp : ExceptionClass.DataAbort;
  let iss = longStatus(fault);
  if (syndrome !== undefined && fault.stage2 && !fault.onWalk && !fault.cacheMaintenance) {
    iss |= HSR_ISV | (syndrome.sas << 22) | (syndrome.rt << 16);
    if (syndrome.signExtend) iss |= HSR_SSE;
  }
  if (fault.externalType) iss |= HSR_EA;
  if (fault.cacheMaintenance) iss |= HSR_CM;
  if (fault.onWalk && fault.stage2) iss |= HSR_S1PTW;
  if (fault.access === 'write' || fault.cacheMaintenance) iss |= HSR_WNR;
  writeHsr(core, exceptionClass, iss, length === 4 ? FOUR_BYTES : TWO_BYTES);
  core.i32[SYS.HDFAR] = fault.va | 0;
  if (fault.stage2) writeHpfar(core, fault.ipa);
}

/** HPFAR.FIPA: bits 39:12 of the IPA, at bits 31:4. */
function writeHpfar(core: CoreState, ipa: number): void {
  core.i32[SYS.HPFAR] = (Math.floor(ipa / 4096) * 16) | 0;
}

/** Words from the Non-secure copy to the copy that an abort taken this way writes. */
function bankFor(core: CoreState, route: AbortRoute): number {
  return route === 'monitor' || core.secure ? SECURE_BANK : 0;
}

/** IFSR or DFSR value common to both: format, status, ExT. */
function faultStatusValue(core: CoreState, bank: number, fault: Status, externalType: number): number {
  const long = (core.i32[SYS.TTBCR + bank] & TTBCR_EAE) !== 0;
  const ext = externalType ? FSR_EXT : 0;
  if (long) return FSR_LPAE | longStatus(fault) | ext;
  const fs = shortStatus(fault);
  return (fs & 15) | ((fs >> 4) << 10) | ext;
}

function writeIfsr(core: CoreState, route: AbortRoute, fault: MemoryFault): void {
  const bank = bankFor(core, route);
  core.i32[SYS.IFSR + bank] = faultStatusValue(core, bank, fault, fault.externalType);
  if (!isDebugEvent(fault)) core.i32[SYS.IFAR + bank] = fault.va | 0;
}

function writeDfsr(core: CoreState, route: AbortRoute, fault: MemoryFault): void {
  const bank = bankFor(core, route);
  let value = faultStatusValue(core, bank, fault, fault.externalType);
  if ((value & FSR_LPAE) === 0) value |= fault.domain << 4;
  if (fault.cacheMaintenance) value |= FSR_CM;
  if (fault.access === 'write' || fault.cacheMaintenance) value |= FSR_WNR;
  core.i32[SYS.DFSR + bank] = value;
  core.i32[SYS.DFAR + bank] = fault.va | 0;
}

function publishStage2Fault(core: CoreState, system: SystemContext, fault: MemoryFault): void {
  if (!system.events.wants['stage2-fault']) return;
  system.events.publish({
    kind: 'stage2-fault',
    core: core.index,
    va: fault.va,
    ipa: fault.ipa,
    fault: STAGE2_WORDS[fault.kind] ?? 'translation',
    level: fault.level,
    access: fault.access,
    onWalk: fault.onWalk,
    vttbr: vttbr(core),
  });
}
const STAGE2_WORDS: Readonly<
  Partial<Record<FaultKind, 'translation' | 'access flag' | 'permission' | 'alignment' | 'external abort'>>
> = {
  translation: 'translation',
  'access flag': 'access flag',
  permission: 'permission',
  alignment: 'alignment',
  'external abort': 'external abort',
  'external abort on walk': 'external abort',
};

const ASYNCHRONOUS: Status = { kind: 'asynchronous external abort', level: 0 };

/** A physical asynchronous abort: to Monitor (SCR.EA), Hyp (HCR.AMO or from Hyp) or Abort mode. The pending line is cleared. */
export function takeAsynchronousAbort(core: CoreState, system: SystemContext): void {
  core.i32[CORE.PENDING] = core.i32[CORE.PENDING] & ~PendingLine.SError;
  const byAmo = trapsToHyp(core) && (effectiveHcr(core) & Hcr.AMO) !== 0;
  const route: AbortRoute = scr(core) & Scr.EA ? 'monitor' : inHyp(core) || byAmo ? 'hyp' : 'pl1';
  const because = route === 'hyp' && byAmo ? 'HCR.AMO' : '';
  if (route === 'hyp')
    writeHsr(
      core,
      inHyp(core) ? ExceptionClass.DataAbortHyp : ExceptionClass.DataAbort,
      longStatus(ASYNCHRONOUS),
      FOUR_BYTES,
    );
  else writeAsynchronousDfsr(core, bankFor(core, route));
  takeDataAbortException(core, system, route, causeOf(because));
}

/** TakeVirtualAbortException: an asynchronous abort made up by Hyp with HCR.VA, which is cleared by taking it. */
export function takeVirtualAbort(core: CoreState, system: SystemContext): void {
  core.i32[SYS.HCR] = core.i32[SYS.HCR] & ~Hcr.VA;
  writeAsynchronousDfsr(core, 0);
  takeDataAbortException(core, system, 'pl1', causeOf('', false), true);
}

/** DFAR is UNKNOWN for an asynchronous abort; it keeps its value here. */
function writeAsynchronousDfsr(core: CoreState, bank: number): void {
  core.i32[SYS.DFSR + bank] = faultStatusValue(core, bank, ASYNCHRONOUS, 0);
}
