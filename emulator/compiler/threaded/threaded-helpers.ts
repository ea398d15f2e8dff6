/**
 * Helpers that threaded code does itself, as compiled code does (inline-helpers.ts), by operands that are known when it
 * runs: the usual ones, all others are the interpreter's. What the machine allows is in words of its memory.
 */
import type { HelperName } from '../../isa/helpers';
import { CORE, THREADED_FACTS } from '../../state/layout';
import { REGISTER_ROWS } from '../../system/registers/table';
import { FPEXC_NUMBER } from '../../system/vfp';
import { constant, loadFrom, local, operation, type Expression } from '../expression';
import type { FunctionWriter } from '../function-writer';
import { word, type HelperSite } from '../helper-site';
import {
  CONTROL_BYTE,
  DISABLE,
  ENABLE,
  isUser,
  mayInterrupt,
  WITHOUT_EFFECT,
  writeHelper,
} from '../inline-helpers';
import { isRegisterAccess, writeRegisterAccess } from '../inline-registers';
import { Op } from '../wasm/opcodes';

/** Threaded code asks itself whether somebody is told of writes, and leaves all that is not a word to the interpreter. */
const ALLOWED = { tellsRegisterWrites: false, maintains: false };
/** MSR's byte mask of a whole SPSR. */
const ALL_BYTES = 15;

/** What a handler does for its helpers. */
export interface ThreadedSite extends HelperSite {
  /** Writes what was to be written at the instruction's end. */
  commit(): void;
}

/** One of the values that an operand may have, and what is done then. */
interface Case {
  readonly value: number;
  readonly args: readonly Expression[];
}

/** What is known of the machine. */
export function fact(name: keyof typeof THREADED_FACTS): Expression {
  return loadFrom(Op.I32Load, constant(0), THREADED_FACTS[name]);
}

function leaveUnless(site: HelperSite, condition: Expression): void {
  site.leaveWhere(operation(Op.I32Eqz, condition));
}
function leaveUnlessIs(site: HelperSite, value: Expression, number: number): void {
  site.leaveWhere(operation(Op.I32Ne, value, constant(number)));
}

/** Writes the call; gives its result, or undefined where it is the interpreter's. @param args atoms. */
export function writeThreadedHelper(
  site: ThreadedSite,
  writer: FunctionWriter,
  helper: HelperName,
  args: readonly Expression[],
): Expression | undefined {
  switch (helper) {
    case 'sendEvent':
      leaveUnless(site, fact('alone'));
      return writeHelper(site, helper, args);
    case 'readCpsr':
      leaveUnless(site, fact('plain'));
      return writeHelper(site, helper, args);
    case 'writeCpsr':
      leaveUnless(site, fact('plain'));
      leaveUnlessIs(site, args[1], CONTROL_BYTE);
      return writeHelper(site, helper, [args[0], constant(CONTROL_BYTE)]);
    case 'changeProcessorState':
      leaveUnless(site, fact('plain'));
      changeMasks(site, args[0], args[1], args[2]);
      return constant(0);
    case 'coprocessorRead':
    case 'coprocessorReadPair':
    case 'coprocessorWrite':
    case 'coprocessorWritePair':
      return moveRegister(site, writer, helper, args);
    case 'highWord':
      return site.highWord;
    case 'readSpsr':
      leaveUnless(site, fact('plain'));
      return writeRegisterAccess(site, helper, args);
    case 'writeSpsr':
      leaveUnless(site, fact('plain'));
      leaveUnlessIs(site, args[1], ALL_BYTES);
      return writeRegisterAccess(site, helper, [args[0], constant(ALL_BYTES)]);
    case 'vfpSystemRead':
    case 'vfpSystemWrite':
      leaveUnless(site, fact(helper === 'vfpSystemWrite' ? 'quiet' : 'plain'));
      leaveUnlessIs(site, args[1], FPEXC_NUMBER);
      return writeRegisterAccess(site, helper, [args[0], constant(FPEXC_NUMBER), ...args.slice(2)]);
    case 'readBanked':
    case 'writeBanked':
      leaveUnless(site, fact('plain'));
      return choose(site, writer, helper, args[0], casesOf(helper, BANKED, args));
    default:
      return WITHOUT_EFFECT.has(helper) ? constant(0) : undefined;
  }
}

function changeMasks(site: HelperSite, enable: Expression, flags: Expression, mode: Expression): void {
  leaveUnlessIs(site, mode, -1);
  const enables = site.atom(operation(Op.I32Eq, enable, constant(ENABLE)));
  leaveUnless(site, operation(Op.I32Or, enables, operation(Op.I32Eq, enable, constant(DISABLE))));
  // What may be pending matters where masks are cleared.
  const pending = operation(Op.I32And, operation(Op.I32Ne, mayInterrupt, constant(0)), enables);
  site.leaveWhere(operation(Op.I32Or, isUser, pending));
  const bits = operation(Op.I32Shl, operation(Op.I32And, flags, constant(7)), constant(6));
  const set = site.atom(operation(Op.I32Or, word(CORE.PSR), bits));
  const cleared = operation(Op.I32Xor, set, bits);
  site.writeWord(CORE.PSR, operation(Op.Select, cleared, set, enables));
}

/** MRC, MCR, MRRC and MCRR of CP15, by the encoding without the condition and Rt: bits 20 and 22 to 27 say which. */
const MOVES: Partial<Readonly<Record<HelperName, { readonly bits: number; readonly mask: number }>>> = {
  coprocessorRead: { bits: 0xee10_0f10, mask: 0x0fff_0fff },
  coprocessorWrite: { bits: 0xee00_0f10, mask: 0x0fff_0fff },
  coprocessorReadPair: { bits: 0xec50_0f00, mask: 0x0ff0_0fff },
  coprocessorWritePair: { bits: 0xec40_0f00, mask: 0x0ff0_0fff },
};
/** R:M:M1 of MRS and MSR (banked register). */
const BANKED = Array.from({ length: 64 }, (_, sysm) => sysm);

function moveRegister(
  site: ThreadedSite,
  writer: FunctionWriter,
  helper: HelperName,
  args: readonly Expression[],
): Expression {
  const { bits, mask } = MOVES[helper]!;
  const isPair = helper.endsWith('Pair');
  leaveUnless(site, fact(helper.startsWith('coprocessorWrite') ? 'quiet' : 'plain'));
  // MCR2 and kin.
  site.leaveWhere(operation(Op.I32GeU, args[0], constant(0xf000_0000)));
  const encodings = REGISTER_ROWS.filter(({ cp, width }) => cp === 15 && width === (isPair ? 64 : 32)).map(
    ({ opc1, crn, crm, opc2 }) =>
      (bits | (isPair ? (opc1 << 4) | crm : (opc1 << 21) | (crn << 16) | crm | (opc2 << 5))) >>> 0,
  );
  const key = site.atom(operation(Op.I32And, args[0], constant(mask)));
  const cases = casesOf(helper, encodings, args).map(({ value, args: own }) => ({
    value: value & mask,
    args: own,
  }));
  return choose(site, writer, helper, key, cases);
}

/** Those of the first argument's values with which the helper's call can be written. */
function casesOf(helper: HelperName, values: readonly number[], args: readonly Expression[]): Case[] {
  return [...new Set(values)]
    .filter((value) => isRegisterAccess(helper, [value], ALLOWED))
    .map((value) => ({ value, args: [constant(value), ...args.slice(1)] }));
}

/** Writes the call for that case whose value `key` is; where there is none it is the interpreter's. */
function choose(
  site: ThreadedSite,
  writer: FunctionWriter,
  helper: HelperName,
  key: Expression,
  cases: readonly Case[],
): Expression {
  const [value, high] = [writer.temporary(), writer.temporary()];
  const among = (some: readonly Case[]): void => {
    if (some.length === 1) {
      writer.scoped(() => {
        leaveUnlessIs(site, key, some[0].value);
        writer.set(value, writeRegisterAccess(site, helper, some[0].args)!);
        writer.set(high, site.highWord);
        site.commit();
      });
      return;
    }
    const half = some.length >> 1;
    writer.push(operation(Op.I32LtU, key, constant(some[half].value)));
    writer.ifTrue();
    among(some.slice(0, half));
    writer.otherwise();
    among(some.slice(half));
    writer.end();
  };
  among([...cases].sort((a, b) => a.value - b.value));
  site.highWord = local(high);
  return local(value);
}
