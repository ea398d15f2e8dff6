/**
 * Helpers that generated code does itself in the usual case: CPSR read and its masks written, exclusives, SEV where
 * there is nobody else; system and banked registers (inline-registers.ts). Where the case is not the usual one the region
 * is left before the instruction, and the helper decides. Only for machines without Security Extensions.
 */
import type { HelperName } from '../isa/helpers';
import { GUEST_MEMORY_OFFSET, CORE, SYS } from '../state/layout';
import { Mode, Psr } from '../state/psr';
import { constant, operation, type Expression } from './expression';
import { and, currentMode, word, type HelperSite } from './helper-site';
import { isRegisterAccess, writeRegisterAccess } from './inline-registers';
import { Op } from './wasm/opcodes';

/** Where RAM is: what turns an offset in the machine's memory into the physical address that an exclusive monitor marks. */
export interface RamPlace {
  readonly base: number;
  readonly size: number;
}
/** The same in generated code. */
export interface RamWords {
  readonly base: Expression;
  readonly size: Expression;
}
export function ramWords({ base, size }: RamPlace): RamWords {
  return { base: constant(base), size: constant(size) };
}
/** RAM comes first in guest memory. */
const RAM_OFFSET = GUEST_MEMORY_OFFSET;

/** Helpers whose call generated code leaves out: they do nothing that anybody can see. */
export const WITHOUT_EFFECT: ReadonlySet<HelperName> = new Set(['barrier', 'preload']);

/** MSR's byte masks: control (I, F, M) and flags. */
export const CONTROL_BYTE = 1;
const FLAGS_BYTE = 8;
/** CPS: interrupts enabled, disabled. */
export const ENABLE = 2;
export const DISABLE = 3;
/** HCR.VA, VI and VF: a virtual interrupt is pending. */
const VIRTUAL_PENDING = 0x1c0;
function shifted(op: Op, x: Expression, by: number): Expression {
  return operation(op, x, constant(by));
}
export const isUser = operation(Op.I32Eq, currentMode, constant(Mode.usr));
/** Not 0 where some interrupt might be taken if nothing masked it. */
export const mayInterrupt = operation(Op.I32Or, word(CORE.PENDING), and(word(SYS.HCR), VIRTUAL_PENDING));

/** What of a machine decides which helpers can be inline. */
export interface Inlining {
  /** Somebody is to be told of every write of a system register. */
  readonly tellsRegisterWrites: boolean;
  /** There is one core. */
  readonly alone: boolean;
  /** Code calls for TLB maintenance. */
  readonly maintains: boolean;
}

/** True where `writeHelper` can do the call; `args` are the constants among its arguments. */
export function isInline(
  helper: HelperName,
  args: readonly (number | undefined)[],
  inlining: Inlining,
): boolean {
  const [first, second, third] = args;
  switch (helper) {
    case 'sendEvent':
      return inlining.alone;
    case 'readCpsr':
      return true;
    case 'writeCpsr':
      return second !== undefined && second !== 0 && (second & ~(CONTROL_BYTE | FLAGS_BYTE)) === 0;
    case 'changeProcessorState':
      return third === -1 && (first === ENABLE || first === DISABLE);
    default:
      return WITHOUT_EFFECT.has(helper) || isRegisterAccess(helper, args, inlining);
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
    case 'sendEvent':
      site.writeWord(CORE.EVENT, constant(1));
      break;
    case 'readCpsr':
      return readCpsr(site);
    case 'writeCpsr':
      writeCpsr(site, args[0], args[1].constant as number);
      break;
    case 'changeProcessorState':
      changeMasks(site, args[0].constant as number, args[1].constant as number);
      break;
    default:
      return writeRegisterAccess(site, helper, args) ?? constant(0);
  }
  return constant(0);
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
function physical(site: HelperSite, ram: RamWords, offset: Expression): Expression {
  const inRam = site.atom(operation(Op.I32Sub, offset, constant(RAM_OFFSET)));
  site.leaveWhere(operation(Op.I32GeU, inRam, ram.size));
  return site.atom(operation(Op.I32Add, inRam, ram.base));
}

/** The monitor marks `size` bytes at `offset` in the machine's memory. */
export function markExclusive(site: HelperSite, ram: RamWords, offset: Expression, size: number): void {
  const address = physical(site, ram, offset);
  site.writeWord(CORE.EXCLUSIVE_VALID, constant(1));
  site.writeWord(CORE.EXCLUSIVE_SIZE, constant(size));
  site.writeWord(CORE.EXCLUSIVE_ADDRESS, address);
  site.writeWord(CORE.EXCLUSIVE_ADDRESS + 1, constant(0));
}

/** Leaves where the monitor does not hold just these bytes: a store that fails gives the turn away. */
export function passExclusive(site: HelperSite, ram: RamWords, offset: Expression, size: number): void {
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
