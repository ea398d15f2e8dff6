/**
 * MRC, MCR, MRRC, MCRR, LDC, STC and CDP: the checks in the order of the pseudocode's Coproc_Accepted (coarse traps,
 * existence, permission, fine traps; ARM ARM B1.14, A2.9), then the register itself.
 */
import { EXCEPTION_TAKEN } from '../isa/helpers';
import { CORE, SYS, type StoredName } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Mode } from '../state/psr';
import { asksForTrap, CONTROL_BITS, type ControlBitName } from './control-bits';
import type { SystemContext } from './context';
import { Scr, scr, takeHypTrapException, takeUndefInstrException, trapsToHyp } from './exceptions';
import { accessBank } from './registers/bank';
import type { Consequence, RegisterRow } from './registers/row';
import { findRegister, registerKey, requireRegister } from './registers/table';
import { ExceptionClass, writeHsr } from './syndrome';

/** An access as its instruction states it. */
interface CoprocessorAccess {
  readonly encoding: number;
  readonly cp: number;
  readonly width: 32 | 64;
  readonly opc1: number;
  readonly crn: number;
  readonly crm: number;
  readonly opc2: number;
  readonly write: boolean;
}

function decodeMove(encoding: number, write: boolean): CoprocessorAccess {
  return {
    encoding,
    cp: (encoding >>> 8) & 15,
    width: 32,
    opc1: (encoding >>> 21) & 7,
    crn: (encoding >>> 16) & 15,
    crm: encoding & 15,
    opc2: (encoding >>> 5) & 7,
    write,
  };
}
function decodePair(encoding: number, write: boolean): CoprocessorAccess {
  return {
    encoding,
    cp: (encoding >>> 8) & 15,
    width: 64,
    opc1: (encoding >>> 4) & 15,
    crn: 0,
    crm: encoding & 15,
    opc2: 0,
    write,
  };
}

function undefinedInstruction(core: CoreState, system: SystemContext, encoding: number): never {
  takeUndefInstrException(core, system, encoding);
  throw EXCEPTION_TAKEN;
}

/** ISS of a trapped MCR, MRC, MCRR or MRRC. */
function moveSyndrome(access: CoprocessorAccess): number {
  const rt = (access.encoding >>> 12) & 15;
  const direction = access.write ? 0 : 1;
  const common = (rt << 5) | (access.crm << 1) | direction;
  if (access.width === 64) return (access.opc1 << 16) | (((access.encoding >>> 16) & 15) << 10) | common;
  return (access.opc2 << 17) | (access.opc1 << 14) | (access.crn << 10) | common;
}

function trapMove(
  core: CoreState,
  system: SystemContext,
  access: CoprocessorAccess,
  bit: ControlBitName,
): never {
  const exceptionClass =
    access.cp === 15
      ? access.width === 32
        ? ExceptionClass.Cp15Move
        : ExceptionClass.Cp15MovePair
      : access.width === 32
        ? ExceptionClass.Cp14Move
        : ExceptionClass.Cp14MovePair;
  writeHsr(core, exceptionClass, moveSyndrome(access), access.encoding);
  takeHypTrapException(core, system, bit);
  throw EXCEPTION_TAKEN;
}

/** True when the current state may make this access; false: it is UNDEFINED. */
function permitted(core: CoreState, row: RegisterRow, write: boolean): boolean {
  if (row.needs === 'security' && !core.hasSecurity) return false;
  if (row.needs === 'virtualization' && !core.hasVirtualization) return false;
  const rule = row.access;
  const mode = core.mode;
  let permission;
  if (mode === Mode.usr) permission = rule.user;
  else if (mode === Mode.hyp) permission = rule.hyp;
  else if (mode === Mode.mon) permission = scr(core) & Scr.NS ? rule.monitor : rule.secure;
  else if (core.secure) permission = rule.secure;
  // Without Security Extensions what belongs to Secure PL1 alone is not there; the rest is PL1's.
  else permission = rule.pl1;
  return permission.includes(write ? 'w' : 'r') && (row.gate === undefined || row.gate(core, write));
}

/** CRm values that HCR.TIDCP traps, by CRn, as sets of bits. */
const TIDCP_CRM: Readonly<Record<number, number>> = {
  9: 0b0000_0001_1110_0111,
  10: 0b0000_0001_0001_0011,
  11: 0b1000_0001_1111_1111,
};

/** The coarse trap of a CP15 access from Non-secure PL1 or PL0, or undefined. */
function coarseTrap(core: CoreState, access: CoprocessorAccess): ControlBitName | undefined {
  const n = access.width === 64 ? access.crm : access.crn;
  const name = `HSTR.T${n}` as ControlBitName;
  if ((core.i32[SYS.HSTR] & 0xffff & (1 << n)) !== 0 && name in CONTROL_BITS) return name;
  const set = access.width === 32 ? TIDCP_CRM[access.crn] : undefined;
  if (set !== undefined && set & (1 << access.crm) && asksForTrap(core, 'HCR.TIDCP')) return 'HCR.TIDCP';
  return undefined;
}

/**
 * Everything that stands before the access itself; gives the row. From PL0, an access that is UNDEFINED there is so
 * before any trap is looked at (the manual leaves this choice for the coarse traps).
 */
function check(core: CoreState, system: SystemContext, access: CoprocessorAccess): RegisterRow {
  const { cp, write } = access;
  if (cp !== 14 && cp !== 15) undefinedInstruction(core, system, access.encoding);
  const row = findRegister(
    registerKey(cp as 14 | 15, access.width, access.opc1, access.crn, access.crm, access.opc2),
  );
  const allowed = row !== undefined && permitted(core, row, write);
  const below = trapsToHyp(core);
  if (below && (core.mode !== Mode.usr || allowed)) {
    if (cp === 15) {
      const coarse = coarseTrap(core, access);
      if (coarse !== undefined) trapMove(core, system, access, coarse);
    } else if (access.opc1 === TRACE_OPC1 && asksForTrap(core, 'HCPTR.TTA'))
      trapMove(core, system, access, 'HCPTR.TTA');
  }
  if (!allowed) undefinedInstruction(core, system, access.encoding);
  if (below)
    for (const trap of row.traps)
      if (trap.on.includes(write ? 'w' : 'r') && asksForTrap(core, trap.bit))
        trapMove(core, system, access, trap.bit);
  return row;
}

/** CP14 opc1 of the trace registers: there is no trace unit, but HCPTR.TTA traps the access all the same. */
const TRACE_OPC1 = 1;

/** Word index of a row's storage as an access reaches it. */
function storageIndex(core: CoreState, row: RegisterRow, storage: StoredName): number {
  return SYS[storage] + row.element + (row.banked ? accessBank(core) : 0);
}

/** The low word; the high word of a 64-bit register is in system.highWord. */
function read(core: CoreState, system: SystemContext, row: RegisterRow): number {
  if (row.read !== undefined) return row.read(core, system) | 0;
  if (row.storage === undefined) return 0;
  const at = storageIndex(core, row, row.storage);
  if (row.width === 64) system.highWord = core.i32[at + 1];
  return core.i32[at];
}

function write(core: CoreState, system: SystemContext, row: RegisterRow, low: number, high: number): void {
  if (row.write !== undefined) return row.write(core, system, low | 0, high | 0);
  if (row.storage === undefined) return;
  const at = storageIndex(core, row, row.storage);
  const s = core.i32;
  s[at] = (s[at] & ~row.writable) | (low & row.writable);
  if (row.width === 64) s[at + 1] = (s[at + 1] & ~row.writableHigh) | (high & row.writableHigh);
  for (const consequence of row.consequences) CONSEQUENCES[consequence](core, system);
}

const CONSEQUENCES: Readonly<Record<Consequence, (core: CoreState, system: SystemContext) => void>> = {
  translation: (core, system) => system.effects.translationChanged(core),
  timer: (core, system) => system.effects.timerChanged(core),
  interrupts: (core, system) => system.effects.interruptMaskChanged(core),
};

/** Value as stored, for events: what a read would give, without permission. */
function wide(core: CoreState, system: SystemContext, row: RegisterRow): bigint {
  const low = BigInt(read(core, system, row) >>> 0);
  return row.width === 64 ? (BigInt(system.highWord >>> 0) << 32n) | low : low;
}

function writeAndTell(
  core: CoreState,
  system: SystemContext,
  row: RegisterRow,
  low: number,
  high: number,
): void {
  if (row.operation || !system.events.wanted('system-register-write')) {
    write(core, system, row, low, high);
    return;
  }
  const before = peekRegister(core, system, row);
  write(core, system, row, low, high);
  system.events.publish({
    kind: 'system-register-write',
    core: core.index,
    name: row.name,
    before,
    after: peekRegister(core, system, row),
  });
}

/** MRC. */
export function coprocessorRead(core: CoreState, system: SystemContext, encoding: number): number {
  return read(core, system, check(core, system, decodeMove(encoding, false)));
}

/** MCR. */
export function coprocessorWrite(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  value: number,
): void {
  writeAndTell(core, system, check(core, system, decodeMove(encoding, true)), value, 0);
}

/** MRRC: the low word; the high word is in system.highWord. */
export function coprocessorReadPair(core: CoreState, system: SystemContext, encoding: number): number {
  return read(core, system, check(core, system, decodePair(encoding, false)));
}

/** MCRR. */
export function coprocessorWritePair(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  low: number,
  high: number,
): void {
  writeAndTell(core, system, check(core, system, decodePair(encoding, true)), low, high);
}

/** ISS of a trapped LDC or STC of CP14. */
function transferSyndrome(encoding: number): number {
  const rn = (encoding >>> 16) & 15;
  const addressing = (rn === 15 ? 4 : 0) | ((encoding >>> 23) & 2) | ((encoding >>> 21) & 1);
  const load = (encoding >>> 20) & 1;
  return ((encoding & 0xff) << 12) | (rn << 5) | (((encoding >>> 23) & 1) << 4) | (addressing << 1) | load;
}

const TRANSFER_REGISTER = 5;

/**
 * LDC, STC and CDP. Only LDC and STC of CP14 c5, the debug communications channel, exist: they are checked and
 * trapped like DBGDTRint; nobody being at the channel's other end, STC stores 0 and LDC's word is kept in DBGDTR.
 */
export function coprocessorTransfer(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  address: number,
): void {
  const transfer = ((encoding >>> 25) & 7) === 0b110 && ((encoding >>> 22) & 1) === 0;
  const crd = (encoding >>> 12) & 15;
  const load = ((encoding >>> 20) & 1) !== 0;
  const row = requireRegister('DBGDTRint');
  const exists = transfer && ((encoding >>> 8) & 15) === 14 && crd === TRANSFER_REGISTER;
  if (!exists || !permitted(core, row, load)) undefinedInstruction(core, system, encoding);
  if (trapsToHyp(core) && asksForTrap(core, 'HDCR.TDA')) {
    writeHsr(core, ExceptionClass.Cp14Transfer, transferSyndrome(encoding), encoding);
    takeHypTrapException(core, system, 'HDCR.TDA');
    throw EXCEPTION_TAKEN;
  }
  if (load) writeAndTell(core, system, row, system.effects.readWord(core, address), 0);
  else system.effects.writeWord(core, address, read(core, system, row));
}

/** BXJ: HSTR.TJDBX traps it from Non-secure PL1 and PL0; otherwise it is BX on a processor with trivial Jazelle. */
export function branchJazelle(core: CoreState, system: SystemContext, encoding: number): void {
  if (!trapsToHyp(core) || !asksForTrap(core, 'HSTR.TJDBX')) return;
  const thumb = (core.i32[CORE.PSR] & 0x20) !== 0;
  writeHsr(core, ExceptionClass.Bxj, thumb ? (encoding >>> 16) & 15 : encoding & 15, encoding);
  takeHypTrapException(core, system, 'HSTR.TJDBX');
  throw EXCEPTION_TAKEN;
}

const SCTLR_SW = 1 << 10;

/** SWP and SWPB: UNDEFINED while SCTLR.SW is 0, and in Hyp mode, whose HSCTLR has no SW. */
export function checkSwapEnabled(core: CoreState, system: SystemContext, encoding: number): void {
  const enabled = (core.i32[SYS.SCTLR + accessBank(core)] & SCTLR_SW) !== 0;
  if (!enabled || core.mode === Mode.hyp) undefinedInstruction(core, system, encoding);
}

/** The value of a register as a debugger shows it: no permission, no trap, and no change of any state. */
export function peekRegister(core: CoreState, system: SystemContext, row: RegisterRow): bigint {
  const high = system.highWord;
  const value = wide(row.volatile ? core.detach() : core, system, row);
  system.highWord = high;
  return value;
}

/** Writes a register as a debugger does: no permission and no trap, but only bits that exist, and with all its effects. */
export function pokeRegister(core: CoreState, system: SystemContext, row: RegisterRow, value: bigint): void {
  write(core, system, row, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

/** True when the current mode may read (or write) the register without a trap or an exception. */
export function accessible(core: CoreState, row: RegisterRow, forWriting: boolean): boolean {
  if (!permitted(core, row, forWriting)) return false;
  if (!trapsToHyp(core)) return true;
  const direction = forWriting ? 'w' : 'r';
  return !row.traps.some((trap) => trap.on.includes(direction) && asksForTrap(core, trap.bit));
}
