/**
 * MRC, MCR, MRRC, MCRR, LDC, STC and CDP: the checks in the order of the pseudocode's Coproc_Accepted (coarse traps,
 * existence, permission, fine traps; ARM ARM B1.14, A2.9), then the register itself.
 */
import { EXCEPTION_TAKEN } from '../isa/helpers';
import { CORE, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Mode } from '../state/psr';
import { asks, asksForTrap, type ControlBitName } from './control-bits';
import type { SystemContext } from './context';
import { Scr, scr, takeHypTrapException, takeUndefInstrException, trapsToHyp } from './exceptions';
import { CountedEvent, countersChanged, countersInUse, countEvent, synchronize } from './performance';
import { accessBank } from './registers/bank';
import { AccessState, Direction, permissionBit, type Consequence, type RegisterRow } from './registers/row';
import { findRegister, registerKey, requireRegister } from './registers/table';
import { ExceptionClass, writeHsr } from './syndrome';

function undefinedInstruction(core: CoreState, system: SystemContext, encoding: number): never {
  takeUndefInstrException(core, system, encoding);
  throw EXCEPTION_TAKEN;
}

/** Bits that an access moves: of MCR and MRC, of MCRR and MRRC. */
export type Width = 32 | 64;

/** Exception class of a trapped move, by coprocessor and width. */
function classOf(cp: number, width: Width): ExceptionClass {
  if (cp === 15) return width === 32 ? ExceptionClass.Cp15Move : ExceptionClass.Cp15MovePair;
  return width === 32 ? ExceptionClass.Cp14Move : ExceptionClass.Cp14MovePair;
}

/** ISS of a trapped MCR, MRC, MCRR or MRRC: the instruction's own fields, moved. */
function moveSyndrome(encoding: number, width: Width, direction: Direction): number {
  const rt = (encoding >>> 12) & 15;
  const crm = encoding & 15;
  const common = (rt << 5) | (crm << 1) | (direction === Direction.Read ? 1 : 0);
  if (width === 64) return (((encoding >>> 4) & 15) << 16) | (((encoding >>> 16) & 15) << 10) | common;
  return (
    (((encoding >>> 5) & 7) << 17) |
    (((encoding >>> 21) & 7) << 14) |
    (((encoding >>> 16) & 15) << 10) |
    common
  );
}

function trapMove(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  width: Width,
  direction: Direction,
  bit: ControlBitName,
): never {
  const cp = (encoding >>> 8) & 15;
  writeHsr(core, classOf(cp, width), moveSyndrome(encoding, width, direction), encoding);
  takeHypTrapException(core, system, bit);
  throw EXCEPTION_TAKEN;
}

/** The state that an access is made from. Without Security Extensions there is no Secure state. */
function accessState(core: CoreState): AccessState {
  switch (core.mode) {
    case Mode.usr:
      return AccessState.User;
    case Mode.hyp:
      return AccessState.Hyp;
    case Mode.mon:
      return scr(core) & Scr.NS ? AccessState.Monitor : AccessState.Secure;
    default:
      return core.secure ? AccessState.Secure : AccessState.Pl1;
  }
}

/** True when the current state may make this access; false: it is UNDEFINED. */
function permitted(core: CoreState, row: RegisterRow, direction: Direction): boolean {
  if ((row.permissions & permissionBit(accessState(core), direction)) === 0) return false;
  if (row.needs !== undefined && !(row.needs === 'security' ? core.hasSecurity : core.hasVirtualization))
    return false;
  if (row.userGate !== undefined && core.mode === Mode.usr && !row.userGate(core)) return false;
  return row.gate === undefined || row.gate(core, direction === Direction.Write);
}

/** CRm values that HCR.TIDCP traps, by CRn, as sets of bits. */
const TIDCP_CRM: Readonly<Record<number, number>> = {
  9: 0b0000_0001_1110_0111,
  10: 0b0000_0001_0001_0011,
  11: 0b1000_0001_1111_1111,
};
const HSTR_T = 0xffff;
const HCR_TIDCP = 1 << 20;

/** The coarse trap of a CP15 access from Non-secure PL1 or PL0, or undefined. */
function coarseTrap(core: CoreState, encoding: number, width: Width): ControlBitName | undefined {
  const hstr = core.i32[SYS.HSTR] & HSTR_T;
  const tidcp = core.i32[SYS.HCR] & HCR_TIDCP;
  if ((hstr | tidcp) === 0) return undefined;
  const crn = (encoding >>> 16) & 15;
  const crm = encoding & 15;
  const n = width === 64 ? crm : crn;
  // HSTR's bits that exist are those of CONTROL_BITS.
  if (hstr & (1 << n)) return `HSTR.T${n}` as ControlBitName;
  const trapped = width === 32 ? TIDCP_CRM[crn] : undefined;
  return tidcp !== 0 && trapped !== undefined && (trapped & (1 << crm)) !== 0 ? 'HCR.TIDCP' : undefined;
}

/** Bits of HSTR and HCR of which any sends a CP15 access from Non-secure PL1 and PL0 to Hyp mode, whatever the register. */
export function coarseTrapBits(encoding: number, width: Width): readonly { at: number; mask: number }[] {
  const crn = (encoding >>> 16) & 15;
  const crm = encoding & 15;
  const hstr = { at: SYS.HSTR, mask: HSTR_T & (1 << (width === 64 ? crm : crn)) };
  const trapped = width === 32 ? TIDCP_CRM[crn] : undefined;
  const tidcp = trapped !== undefined && (trapped & (1 << crm)) !== 0;
  return tidcp ? [hstr, { at: SYS.HCR, mask: HCR_TIDCP }] : [hstr];
}

/** CP14 opc1 of the trace registers: there is no trace unit, but HCPTR.TTA traps the access all the same. */
const TRACE_OPC1 = 1;

/** The row at an encoding of MCR, MRC, MCRR or MRRC of CP14 or CP15, if there is one. */
export function rowAt(encoding: number, cp: 14 | 15, width: Width): RegisterRow | undefined {
  const crm = encoding & 15;
  return findRegister(
    width === 64
      ? registerKey(cp, 64, (encoding >>> 4) & 15, 0, crm, 0)
      : registerKey(cp, 32, (encoding >>> 21) & 7, (encoding >>> 16) & 15, crm, (encoding >>> 5) & 7),
  );
}

/**
 * Everything that stands before the access itself; gives the row. From PL0, an access that is UNDEFINED there is so
 * before any trap is looked at (the manual leaves this choice for the coarse traps).
 */
function check(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  width: Width,
  direction: Direction,
): RegisterRow {
  const cp = (encoding >>> 8) & 15;
  if ((cp !== 14 && cp !== 15) || isSecondForm(encoding)) undefinedInstruction(core, system, encoding);
  const row = rowAt(encoding, cp, width);
  const allowed = row !== undefined && permitted(core, row, direction);
  const below = trapsToHyp(core);
  if (below && (allowed || core.mode !== Mode.usr)) {
    if (cp === 15) {
      const coarse = coarseTrap(core, encoding, width);
      if (coarse !== undefined) trapMove(core, system, encoding, width, direction, coarse);
    } else if (traceAccess(encoding, width) && asksForTrap(core, 'HCPTR.TTA'))
      trapMove(core, system, encoding, width, direction, 'HCPTR.TTA');
  }
  if (!allowed) undefinedInstruction(core, system, encoding);
  if (below)
    for (const trap of row.traps)
      if ((trap.directions & direction) !== 0 && asks(core, trap.control))
        trapMove(core, system, encoding, width, direction, trap.bit);
  return row;
}

/** True of MCR2, MRC2, MCRR2, MRRC2, LDC2 and STC2, which CP14 and CP15 have not (Coproc_Accepted, B6.1.5). */
function isSecondForm(encoding: number): boolean {
  return encoding >>> 28 === 15;
}

function traceAccess(encoding: number, width: Width): boolean {
  return (width === 64 ? (encoding >>> 4) & 15 : (encoding >>> 21) & 7) === TRACE_OPC1;
}

/** Word index of a row's storage as an access reaches it. */
function storageIndex(core: CoreState, row: RegisterRow): number {
  return row.banked ? row.at + accessBank(core) : row.at;
}

/** The low word; the high word of a 64-bit register is in system.highWord. */
function read(core: CoreState, system: SystemContext, row: RegisterRow): number {
  if (row.read !== undefined) return row.read(core, system) | 0;
  if (row.at < 0) return 0;
  const at = storageIndex(core, row);
  if (row.width === 64) system.highWord = core.i32[at + 1];
  return core.i32[at];
}

function write(core: CoreState, system: SystemContext, row: RegisterRow, low: number, high: number): void {
  if (row.write !== undefined) {
    row.write(core, system, low | 0, high | 0);
    return;
  }
  if (row.at < 0) return;
  const at = storageIndex(core, row);
  const s = core.i32;
  s[at] = (s[at] & ~row.writable) | (low & row.writable);
  if (row.width === 64) s[at + 1] = (s[at + 1] & ~row.writableHigh) | (high & row.writableHigh);
  for (const consequence of row.consequences) tell(core, system, consequence);
}

function tell(core: CoreState, system: SystemContext, consequence: Consequence): void {
  switch (consequence) {
    case 'translation':
      return system.effects.translationChanged(core);
    case 'timer':
      return system.effects.timerChanged(core);
    case 'interrupts':
      return system.effects.interruptMaskChanged(core);
    case 'debug':
      return system.effects.debugChanged(core);
    case 'counters':
      if (!countersInUse(core)) return;
      synchronize(core);
      return countersChanged(core, system);
    case 'context ID':
      return countEvent(core, system, CountedEvent.ContextIdWritten);
    case 'table base':
      return countEvent(core, system, CountedEvent.TableBaseWritten);
  }
}

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
  if (row.operation || !system.events.wants['system-register-write']) {
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
  return read(core, system, check(core, system, encoding, 32, Direction.Read));
}

/** MCR. */
export function coprocessorWrite(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  value: number,
): void {
  writeAndTell(core, system, check(core, system, encoding, 32, Direction.Write), value, 0);
}

/** MRRC: the low word; the high word is in system.highWord. */
export function coprocessorReadPair(core: CoreState, system: SystemContext, encoding: number): number {
  return read(core, system, check(core, system, encoding, 64, Direction.Read));
}

/** MCRR. */
export function coprocessorWritePair(
  core: CoreState,
  system: SystemContext,
  encoding: number,
  low: number,
  high: number,
): void {
  writeAndTell(core, system, check(core, system, encoding, 64, Direction.Write), low, high);
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
  const exists =
    transfer && !isSecondForm(encoding) && ((encoding >>> 8) & 15) === 14 && crd === TRANSFER_REGISTER;
  if (!exists || !permitted(core, row, load ? Direction.Write : Direction.Read))
    undefinedInstruction(core, system, encoding);
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
  const direction = forWriting ? Direction.Write : Direction.Read;
  if (!permitted(core, row, direction)) return false;
  if (!trapsToHyp(core)) return true;
  return !row.traps.some((trap) => (trap.directions & direction) !== 0 && asks(core, trap.control));
}
