/**
 * Helpers that generated code does itself in the usual case: software thread registers, CPSR read and its masks
 * written, exclusives. Where the case is not the usual one the region is left before the instruction, and the helper
 * decides. Only for machines without Security Extensions, whose banked registers have one copy.
 */
import type { HelperName } from '../isa/helpers';
import { GUEST_MEMORY_OFFSET, CORE, SYS } from '../state/layout';
import { Mode, Psr } from '../state/psr';
import { constant, loadFrom, local, operation, type Expression } from './expression';
import { VARIABLE } from './variables';
import { Op } from './wasm/opcodes';

/** Where RAM is: what turns an offset in the machine's memory into the physical address that an exclusive monitor marks. */
export interface RamPlace {
  readonly base: number;
  readonly size: number;
}
/** RAM comes first in guest memory. */
const RAM_OFFSET = GUEST_MEMORY_OFFSET;

/** Helpers whose call generated code leaves out: they do nothing that anybody can see. */
const WITHOUT_EFFECT: ReadonlySet<HelperName> = new Set(['barrier', 'preload']);

/** MSR's byte masks: control (I, F, M) and flags. */
const CONTROL_BYTE = 1;
const FLAGS_BYTE = 8;
/** CPS: interrupts enabled, disabled. */
const ENABLE = 2;
const DISABLE = 3;
/** HCR.VA, VI and VF: a virtual interrupt is pending. */
const VIRTUAL_PENDING = 0x1c0;
/** HSTR: any trap of a CP15 register by its CRn. */
const ANY_HSTR = 0xffff;

/** TPIDRURW, TPIDRURO and TPIDRPRW by opc2 of c13, c0. */
const THREAD_REGISTERS: Readonly<Record<number, number>> = {
  2: SYS.TPIDRURW,
  3: SYS.TPIDRURO,
  4: SYS.TPIDRPRW,
};
const PRIVILEGED_ONLY = 4;

/** Word of the thread register that an MRC reads, or undefined. */
function threadRegister(encoding: number): number | undefined {
  // CP15, opc1 0, CRn 13, CRm 0.
  if ((encoding & 0x00ef_0f0f) !== 0x000d_0f00 || encoding >>> 28 === 15) return undefined;
  return THREAD_REGISTERS[(encoding >>> 5) & 7];
}

const CORE_BASE = local(VARIABLE.core);
function word(index: number): Expression {
  return loadFrom(Op.I32Load, CORE_BASE, index * 4);
}
function and(x: Expression, mask: number): Expression {
  return operation(Op.I32And, x, constant(mask));
}
function shifted(op: Op, x: Expression, by: number): Expression {
  return operation(op, x, constant(by));
}
const isUser = operation(Op.I32Eq, and(word(CORE.PSR), Psr.M), constant(Mode.usr));
/** Not 0 where some interrupt might be taken if nothing masked it. */
const mayInterrupt = operation(Op.I32Or, word(CORE.PENDING), and(word(SYS.HCR), VIRTUAL_PENDING));

/** What the builder gives these to work with. */
export interface HelperSite {
  /** N, Z, C and V as bits 31 to 28. */
  flags(): Expression;
  writeFlags(bits: Expression): void;
  /** A word of the core's block gets a value at the instruction's end. */
  writeWord(index: number, value: Expression): void;
  /** The region is left before the instruction where the value is not 0. */
  leaveWhere(condition: Expression): void;
  atom(value: Expression): Expression;
}

/** True where `writeHelper` can do the call; `args` are the constants among its arguments. */
export function isInline(helper: HelperName, args: readonly (number | undefined)[]): boolean {
  const [first, second, third] = args;
  switch (helper) {
    case 'coprocessorRead':
      return first !== undefined && threadRegister(first) !== undefined;
    case 'readCpsr':
      return true;
    case 'writeCpsr':
      return second !== undefined && second !== 0 && (second & ~(CONTROL_BYTE | FLAGS_BYTE)) === 0;
    case 'changeProcessorState':
      return third === -1 && (first === ENABLE || first === DISABLE);
    default:
      return WITHOUT_EFFECT.has(helper);
  }
}

/** True where the call sets flags. */
export function setsFlags(helper: HelperName): boolean {
  return helper === 'writeCpsr';
}
export function readsFlags(helper: HelperName): boolean {
  return helper === 'readCpsr';
}

/** Writes the call; gives its result. */
export function writeHelper(site: HelperSite, helper: HelperName, args: readonly Expression[]): Expression {
  switch (helper) {
    case 'coprocessorRead':
      return readThreadRegister(site, args[0].constant as number);
    case 'readCpsr':
      return readCpsr(site);
    case 'writeCpsr':
      writeCpsr(site, args[0], args[1].constant as number);
      break;
    case 'changeProcessorState':
      changeMasks(site, args[0].constant as number, args[1].constant as number);
      break;
    default:
  }
  return constant(0);
}

function readThreadRegister(site: HelperSite, encoding: number): Expression {
  const trapped = and(word(SYS.HSTR), ANY_HSTR);
  const privileged = ((encoding >>> 5) & 7) === PRIVILEGED_ONLY;
  site.leaveWhere(privileged ? operation(Op.I32Or, trapped, isUser) : trapped);
  return site.atom(word(threadRegister(encoding) as number));
}

function readCpsr(site: HelperSite): Expression {
  const parts = [
    site.flags(),
    shifted(Op.I32Shl, word(CORE.Q), 27),
    shifted(Op.I32Shl, word(CORE.GE), 16),
    // Execution state bits other than E read as 0.
    and(word(CORE.PSR), ~(Psr.J | Psr.T)),
  ];
  return site.atom(parts.reduce((sum, part) => operation(Op.I32Or, sum, part)));
}

function writeCpsr(site: HelperSite, value: Expression, bytes: number): void {
  const bits = site.atom(value);
  if (bytes & CONTROL_BYTE) {
    const otherMode = and(operation(Op.I32Xor, word(CORE.PSR), bits), Psr.M);
    site.leaveWhere(operation(Op.I32Or, operation(Op.I32Or, otherMode, isUser), mayInterrupt));
    const masks = Psr.I | Psr.F;
    site.writeWord(CORE.PSR, operation(Op.I32Or, and(word(CORE.PSR), ~masks), and(bits, masks)));
  }
  if (bytes & FLAGS_BYTE) {
    site.writeFlags(bits);
    site.writeWord(CORE.Q, and(shifted(Op.I32ShrU, bits, 27), 1));
  }
}

function changeMasks(site: HelperSite, enable: number, flags: number): void {
  const masks = (flags & 7) << 6;
  site.leaveWhere(enable === ENABLE ? operation(Op.I32Or, isUser, mayInterrupt) : isUser);
  const psr = word(CORE.PSR);
  site.writeWord(CORE.PSR, enable === ENABLE ? and(psr, ~masks) : operation(Op.I32Or, psr, constant(masks)));
}

/** The physical address of the RAM at `offset` in the machine's memory; leaves where that is no RAM. */
function physical(site: HelperSite, ram: RamPlace, offset: Expression): Expression {
  const inRam = site.atom(operation(Op.I32Sub, offset, constant(RAM_OFFSET)));
  site.leaveWhere(operation(Op.I32GeU, inRam, constant(ram.size)));
  return site.atom(operation(Op.I32Add, inRam, constant(ram.base)));
}

/** The monitor marks `size` bytes at `offset` in the machine's memory. */
export function markExclusive(site: HelperSite, ram: RamPlace, offset: Expression, size: number): void {
  const address = physical(site, ram, offset);
  site.writeWord(CORE.EXCLUSIVE_VALID, constant(1));
  site.writeWord(CORE.EXCLUSIVE_SIZE, constant(size));
  site.writeWord(CORE.EXCLUSIVE_ADDRESS, address);
  site.writeWord(CORE.EXCLUSIVE_ADDRESS + 1, constant(0));
}

/** Leaves where the monitor does not hold just these bytes: a store that fails gives the turn away. */
export function passExclusive(site: HelperSite, ram: RamPlace, offset: Expression, size: number): void {
  const address = physical(site, ram, offset);
  const different = (index: number, value: Expression): Expression =>
    operation(Op.I32Xor, word(index), value);
  site.leaveWhere(
    [
      operation(Op.I32Eqz, word(CORE.EXCLUSIVE_VALID)),
      different(CORE.EXCLUSIVE_SIZE, constant(size)),
      different(CORE.EXCLUSIVE_ADDRESS, address),
      word(CORE.EXCLUSIVE_ADDRESS + 1),
    ].reduce((any, one) => operation(Op.I32Or, any, one)),
  );
  site.writeWord(CORE.EXCLUSIVE_VALID, constant(0));
}
