/**
 * System registers and banked registers that generated code reads and writes itself, by the rows of their tables: where
 * the row is storage and nothing else, or would be as things are. Where permission, a trap or a consequence could make
 * it more, the region is left before the instruction, and the helper decides. Only for machines without Security
 * Extensions, whose banked registers have one copy.
 */
import type { HelperName } from '../isa/helpers';
import { pageOperation } from '../mmu/tlb-maintenance';
import { CORE, CORES_OFFSET, CORE_BLOCK_BYTES, SYS } from '../state/layout';
import { Mode } from '../state/psr';
import { rowAt, coarseTrapBits, type Width } from '../system/access';
import {
  AccessState,
  Direction,
  permissionBit,
  type Consequence,
  type FixedValue,
  type RegisterRow,
} from '../system/registers/row';
import { bankedWordInHyp } from '../system/status-registers';
import { FPEXC_EN, FPEXC_NUMBER, HCPTR_TCP } from '../system/vfp';
import { constant, operation, type Expression } from './expression';
import { and, CORE_BASE, currentMode, word, type HelperSite } from './helper-site';
import { Op } from './wasm/opcodes';

/** The moves of CP15: which way, and how many bits. */
const MOVES: Partial<Readonly<Record<HelperName, readonly [Direction, Width]>>> = {
  coprocessorRead: [Direction.Read, 32],
  coprocessorWrite: [Direction.Write, 32],
  coprocessorReadPair: [Direction.Read, 64],
  coprocessorWritePair: [Direction.Write, 64],
};

/** Modes of each state, as bits by CPSR.M. */
const MODES_OF: Readonly<Partial<Record<AccessState, readonly Mode[]>>> = {
  [AccessState.User]: [Mode.usr],
  [AccessState.Pl1]: [Mode.fiq, Mode.irq, Mode.svc, Mode.abt, Mode.und, Mode.sys],
  [AccessState.Hyp]: [Mode.hyp],
};
const HYP_ALONE = 2 ** Mode.hyp;

/** Consequences that concern the modes below Hyp mode alone, unless the register is one of Hyp mode's own translation. */
const BELOW_HYP: ReadonlySet<Consequence> = new Set(['translation', 'interrupts']);
const TRANSLATION_OF_HYP: ReadonlySet<string> = new Set(['HSCTLR', 'HTCR', 'HTTBR', 'HMAIR0', 'HMAIR1']);
/** Consequences that there are only while performance monitors count. */
const COUNTED: ReadonlySet<Consequence> = new Set(['context ID', 'table base']);

/** A move that can be inline. */
interface Move {
  readonly row: RegisterRow;
  readonly direction: Direction;
  readonly encoding: number;
  readonly width: Width;
  /** Modes in which it can, as bits by CPSR.M. */
  readonly modes: number;
}

/** What of a machine decides which moves can be inline: see Inlining. */
interface Allowed {
  readonly tellsRegisterWrites: boolean;
  readonly maintains: boolean;
}
const ALL: Allowed = { tellsRegisterWrites: false, maintains: true };

function moveOf(
  helper: HelperName,
  encoding: number | undefined,
  { tellsRegisterWrites, maintains }: Allowed,
): Move | undefined {
  const move = MOVES[helper];
  // CP15, and none of the second forms.
  if (move === undefined || encoding === undefined) return undefined;
  if (((encoding >>> 8) & 15) !== 15 || encoding >>> 28 === 15) return undefined;
  const [direction, width] = move;
  const row = rowAt(encoding, 15, width);
  if (row === undefined || row.gate !== undefined || row.needs === 'security') return undefined;
  const write = direction === Direction.Write;
  if (row.operation) {
    if (!write || (row.inert === undefined && !(maintains && pageOperation(row.name) !== undefined)))
      return undefined;
  } else if ((write && tellsRegisterWrites) || !isStorage(row, write)) return undefined;
  const modes = modesOf(row, direction);
  return modes === 0 ? undefined : { row, direction, encoding, width, modes };
}

function isStorage(row: RegisterRow, write: boolean): boolean {
  if (row.quietWhile !== undefined || row.storageWithoutSecurity) return true;
  if (!write) return row.read === undefined || row.fixed !== undefined;
  const known = (consequence: Consequence): boolean =>
    COUNTED.has(consequence) || (BELOW_HYP.has(consequence) && !TRANSLATION_OF_HYP.has(row.name));
  return (row.write === undefined || row.replacedBy !== undefined) && row.consequences.every(known);
}

function modesOf(row: RegisterRow, direction: Direction): number {
  const write = direction === Direction.Write;
  const below = write && row.consequences.some((consequence) => BELOW_HYP.has(consequence));
  // Without Virtualization Extensions there is no Hyp mode.
  const hypAlone = below || row.needs === 'virtualization';
  let modes = 0;
  for (const state of [AccessState.User, AccessState.Pl1, AccessState.Hyp]) {
    if ((row.permissions & permissionBit(state, direction)) === 0) continue;
    if (state === AccessState.User && row.userGate !== undefined) continue;
    if (state === AccessState.Hyp || !hypAlone) for (const mode of MODES_OF[state]!) modes += 2 ** mode;
  }
  return modes;
}

/** True where `writeRegisterAccess` can do the call; `args` are the constants among its arguments. */
export function isRegisterAccess(
  helper: HelperName,
  [first, second]: readonly (number | undefined)[],
  allowed: Allowed,
): boolean {
  switch (helper) {
    case 'highWord':
    case 'readSpsr':
      return true;
    case 'vfpSystemRead':
      return second === FPEXC_NUMBER;
    case 'vfpSystemWrite':
      return second === FPEXC_NUMBER && !allowed.tellsRegisterWrites;
    case 'writeSpsr':
      return second !== undefined;
    case 'readBanked':
    case 'writeBanked':
      return first !== undefined && bankedWordInHyp(first) !== undefined;
    default:
      return moveOf(helper, first, allowed) !== undefined;
  }
}

/** Writes the call; gives its result, or undefined where it is none of these. */
export function writeRegisterAccess(
  site: HelperSite,
  helper: HelperName,
  args: readonly Expression[],
): Expression | undefined {
  switch (helper) {
    case 'highWord':
      return site.highWord;
    case 'readSpsr':
      return readSpsr(site);
    case 'vfpSystemRead':
      leaveWithoutVfp(site);
      return site.atom(word(CORE.FPEXC));
    case 'vfpSystemWrite':
      leaveWithoutVfp(site);
      site.writeWord(CORE.FPEXC, and(args[2], FPEXC_EN));
      return constant(0);
    case 'writeSpsr':
      return writeSpsr(site, args[0], args[1].constant!);
    case 'readBanked':
      leaveUnlessHyp(site);
      return site.atom(word(bankedWordInHyp(args[0].constant!)!));
    case 'writeBanked':
      leaveUnlessHyp(site);
      site.writeWord(bankedWordInHyp(args[0].constant!)!, args[1]);
      return constant(0);
    default: {
      const move = moveOf(helper, args[0]?.constant, ALL);
      return move && writeMove(site, move, args);
    }
  }
}

function writeMove(site: HelperSite, move: Move, args: readonly Expression[]): Expression {
  const { row, direction, width, modes } = move;
  leaveUnless(site, modes);
  leaveWhereTrapped(site, move);
  if (row.operation) {
    const maintenance = pageOperation(row.name);
    if (maintenance !== undefined) site.maintain(maintenance, args[1]);
    else if (row.inert === 'where readable') site.readable(args[1]);
    return constant(0);
  }
  const read = direction === Direction.Read;
  const quiet = (read && row.read === undefined ? undefined : row.quietWhile) ?? [];
  for (const { at, mask } of quiet) site.leaveWhere(and(word(at), mask));
  if (read) {
    if (row.fixed !== undefined) return site.atom(fixedValue(row.fixed));
    if (row.at < 0) return constant(0);
    if (width === 64) site.highWord = site.atom(word(row.at + 1));
    return site.atom(word(row.at));
  }
  const [, low, high] = args.map((value) => site.atom(value));
  for (const { at, mask } of quiet) if (at === row.at) site.leaveWhere(and(low, mask));
  for (const consequence of row.quietWhile === undefined ? row.consequences : []) {
    if (consequence === 'interrupts') site.leaveWhere(word(CORE.PENDING));
    else if (consequence === 'translation') site.writeWord(CORE.TRANSLATION_WRITTEN, constant(1));
    else site.leaveWhere(word(SYS.PMACTIVE));
  }
  if (row.replacedBy !== undefined) {
    const { short, long } = row.replacedBy;
    site.writeWord(
      row.at,
      operation(Op.Select, and(low, long), and(low, short), operation(Op.I32ShrU, low, constant(31))),
    );
  } else if (row.at >= 0) {
    site.writeWord(row.at, merged(row.at, low, row.writable));
    if (width === 64) site.writeWord(row.at + 1, merged(row.at + 1, high, row.writableHigh));
  }
  return constant(0);
}

function fixedValue({ value, perCore, below }: FixedValue): Expression {
  const number = operation(
    Op.I32DivU,
    operation(Op.I32Sub, CORE_BASE, constant(CORES_OFFSET)),
    constant(CORE_BLOCK_BYTES),
  );
  const own = perCore ? operation(Op.I32Or, constant(value | 0), number) : constant(value | 0);
  if (below === undefined) return own;
  return operation(Op.Select, own, word(below), operation(Op.I32Eq, currentMode, constant(Mode.hyp)));
}

/** The word with the bits of `mask` from `value`. */
function merged(at: number, value: Expression, mask: number): Expression {
  return mask === -1 ? value : operation(Op.I32Or, and(word(at), ~mask), and(value, mask));
}

/** Leaves in any mode whose bit is not set. */
function leaveUnless(site: HelperSite, modes: number): void {
  if (modes === HYP_ALONE) leaveUnlessHyp(site);
  else {
    const fits = operation(Op.I32ShrU, constant(modes | 0), currentMode);
    site.leaveWhere(operation(Op.I32Eqz, and(fits, 1)));
  }
}
function leaveUnlessHyp(site: HelperSite): void {
  site.leaveWhere(operation(Op.I32Ne, currentMode, constant(Mode.hyp)));
}

/** Leaves where something asks for a trap and the mode is one below Hyp mode. */
function leaveWhereTrapped(site: HelperSite, { row, direction, encoding, width, modes }: Move): void {
  if (modes === HYP_ALONE) return;
  const asked: Expression[] = coarseTrapBits(encoding, width).map(({ at, mask }) => and(word(at), mask));
  for (const { directions, control } of row.traps) {
    if ((directions & direction) === 0) continue;
    const { at, mask, idle, implied } = control;
    const bits = and(word(at), mask);
    asked.push(idle === 0 ? bits : operation(Op.I32Xor, bits, constant(idle)));
    if (implied !== 0) asked.push(and(word(at), implied));
  }
  const any = asked.reduce((all, one) => operation(Op.I32Or, all, one));
  const below = operation(Op.I32Ne, currentMode, constant(Mode.hyp));
  site.leaveWhere(
    modes & HYP_ALONE ? operation(Op.I32And, operation(Op.I32Ne, any, constant(0)), below) : any,
  );
}

/** CPACR: PL1 may use coprocessor 10. */
const CPACR_CP10 = 1 << 20;

/** Leaves where FPEXC is not to be reached: from User mode, or where CPACR or HCPTR keeps VFP from PL1 or Hyp mode. */
function leaveWithoutVfp(site: HelperSite): void {
  const below = operation(Op.I32Ne, currentMode, constant(Mode.hyp));
  const refused = operation(Op.I32And, operation(Op.I32Eqz, and(word(SYS.CPACR), CPACR_CP10)), below);
  const isUser = operation(Op.I32Eq, currentMode, constant(Mode.usr));
  site.leaveWhere(
    [isUser, refused, and(word(SYS.HCPTR), HCPTR_TCP)].reduce((any, one) => operation(Op.I32Or, any, one)),
  );
}

/** Words of the SPSRs that are often read, by mode. */
const SPSRS: readonly (readonly [Mode, number])[] = [
  [Mode.hyp, CORE.SPSR_HYP],
  [Mode.svc, CORE.SPSR_SVC],
  [Mode.irq, CORE.SPSR_IRQ],
  [Mode.abt, CORE.SPSR_ABT],
];

function readSpsr(site: HelperSite): Expression {
  leaveUnless(
    site,
    SPSRS.reduce((set, [mode]) => set + 2 ** mode, 0),
  );
  return site.atom(
    SPSRS.reduce<Expression>(
      (others, [mode, at]) =>
        operation(Op.Select, word(at), others, operation(Op.I32Eq, currentMode, constant(mode))),
      constant(0),
    ),
  );
}

function writeSpsr(site: HelperSite, value: Expression, bytes: number): Expression {
  leaveUnlessHyp(site);
  const mask = [0, 1, 2, 3].reduce((sum, n) => sum | (bytes & (1 << n) ? 0xff << (8 * n) : 0), 0);
  // GE alone of its byte.
  site.writeWord(CORE.SPSR_HYP, merged(CORE.SPSR_HYP, site.atom(value), mask & ~0x00f0_0000));
  return constant(0);
}
