/**
 * What the table of system registers knows of one register: where it is, who may reach it, what sends an access to
 * Hyp, what it holds, and what each of its fields means.
 */
import type { CoreState } from '../../state/machine-state';
import { SYS, type StoredName } from '../../state/layout';
import type { SystemContext } from '../context';
import { resolveControlBit, type ControlBitName, type ResolvedControlBit } from '../control-bits';

/** One field of a register, with a sentence for people. */
export interface Field {
  readonly name: string;
  /** Highest and lowest bit. */
  readonly hi: number;
  readonly lo: number;
  readonly text: string;
  /** Meanings of values, where they have names. */
  readonly values?: Readonly<Record<number, string>>;
}

/** A layout that a register has only sometimes (TTBCR.EAE, DFSR.LPAE, PAR.F …). */
export interface Format {
  /** For people, such as `Long-descriptor format`. */
  readonly name: string;
  /** True when a register with this value, in this core's state, has this layout. */
  readonly applies: (value: bigint, core: CoreState | undefined) => boolean;
  readonly fields: readonly Field[];
}

/** What a state may do with a register. */
export type Permission = '' | 'r' | 'w' | 'rw';

/** Permission by the state the access is made from; what is not permitted is UNDEFINED. */
export interface Access {
  /** User mode, either security state (before any gate). */
  readonly user: Permission;
  /** Non-secure PL1. */
  readonly pl1: Permission;
  /** Secure PL1, Monitor mode with SCR.NS = 0. */
  readonly secure: Permission;
  /** Hyp mode. */
  readonly hyp: Permission;
  /** Monitor mode with SCR.NS = 1. */
  readonly monitor: Permission;
}

/** A control bit that sends Non-secure PL1 and PL0 accesses to Hyp. */
export interface TrapRule {
  readonly bit: ControlBitName;
  readonly on: 'r' | 'w' | 'rw';
  readonly control: ResolvedControlBit;
  /** `on` as a set: 1 reads, 2 writes. */
  readonly directions: number;
}

/** Coprocessor, width and opcode fields. Of a 64-bit register only opc1 and CRm mean anything. */
export interface Encoding {
  readonly cp: 14 | 15;
  readonly width: 32 | 64;
  readonly opc1: number;
  readonly crn: number;
  readonly crm: number;
  readonly opc2: number;
}

/** Gives the value (64 bits: the low word, the high one in system.highWord) as a 32-bit integer, signed or not. */
export type ReadFunction = (core: CoreState, system: SystemContext) => number;
export type WriteFunction = (core: CoreState, system: SystemContext, value: number, high: number) => void;

/** Writes are ignored: the register is RAZ/WI, or the operation has nothing to do here. */
export const ignoreWrite: WriteFunction = () => undefined;

/** Whom to tell after the stored value changed. */
export type Consequence =
  'translation' | 'timer' | 'interrupts' | 'debug' | 'counters' | 'context ID' | 'table base';

/** Bits of a word of the core's block. */
export interface QuietBits {
  readonly at: number;
  readonly mask: number;
}

/** What a register always reads as. */
export interface FixedValue {
  readonly value: number;
  /** The number of the core is added to it. */
  readonly perCore: boolean;
  /** Word that Non-secure modes below Hyp mode read instead: what Hyp mode wants them to, at reset the same value. */
  readonly below: number | undefined;
}

/** Writable bits by the format that the value's own bit 31 (TTBCR.EAE) selects: without it, and with it. */
export interface ReplacedBits {
  readonly short: number;
  readonly long: number;
}

export interface RegisterRow extends Encoding {
  /** The ARM ARM's name. */
  readonly name: string;
  /** One sentence for people. */
  readonly text: string;
  readonly access: Access;
  /** Decides at run time, after `access`, whether any mode may; undefined: it may. */
  readonly gate: ((core: CoreState, write: boolean) => boolean) | undefined;
  /** The same, of User mode alone. */
  readonly userGate: ((core: CoreState) => boolean) | undefined;
  readonly traps: readonly TrapRule[];
  /** Where the value is kept, and which word of an array it is. */
  readonly storage: StoredName | undefined;
  readonly element: number;
  /** Word index of `storage` and `element` (of the Non-secure copy); -1 without storage. */
  readonly at: number;
  /** `access` as a set of bits: see `permissionBit`. */
  readonly permissions: number;
  /** True when the register has a copy for each security state. */
  readonly banked: boolean;
  /** Bits that a write changes, low and high word; other bits keep their value. */
  readonly writable: number;
  readonly writableHigh: number;
  /** Value after reset (low word; high words are 0), or how to find it. */
  readonly reset: number | ((core: CoreState, system: SystemContext) => number);
  /** In place of reading storage. */
  readonly read: ReadFunction | undefined;
  /** In place of writing storage. */
  readonly write: WriteFunction | undefined;
  readonly consequences: readonly Consequence[];
  /** While all of these bits are 0, before a write and after it, the register is storage and nothing else. */
  readonly quietWhile: readonly QuietBits[] | undefined;
  /** `read` and `write` are for the sake of the Security Extensions: without them they do what storage does. */
  readonly storageWithoutSecurity: boolean;
  /** What `read` gives, where no more than this decides. */
  readonly fixed: FixedValue | undefined;
  /** What `write` stores without the Security Extensions: these bits of the value, and 0 for the others. */
  readonly replacedBy: ReplacedBits | undefined;
  /** An operation with nothing to do: always, or where the address that it is given can be read. */
  readonly inert: 'always' | 'where readable' | undefined;
  /** An operation rather than a register: cache, TLB and branch-predictor maintenance, address translation. */
  readonly operation: boolean;
  /** True when reading it has a side effect or gives what a debugger should not disturb. */
  readonly volatile: boolean;
  /** Extension without which the encoding is UNDEFINED. */
  readonly needs: 'security' | 'virtualization' | undefined;
  readonly fields: readonly Field[];
  readonly formats: readonly Format[];
}

/** What a row states beyond its name, place, access and sentence. */
export type RowOptions = Partial<
  Omit<RegisterRow, keyof Encoding | 'name' | 'text' | 'access' | 'traps' | 'at' | 'permissions'>
> & {
  /** Trap rules, written `HCR.TVM:w`; without a suffix both reads and writes. */
  readonly traps?: readonly (ControlBitName | `${ControlBitName}:r` | `${ControlBitName}:w`)[];
};

/** States from which accesses are made, in the order of the bits of `permissions`. */
export const enum AccessState {
  User = 0,
  Pl1 = 1,
  Secure = 2,
  Hyp = 3,
  Monitor = 4,
}
/** Directions of an access, as bits. */
export const enum Direction {
  Read = 1,
  Write = 2,
}
/** The bit of `permissions` for an access in one direction. */
export function permissionBit(state: AccessState, direction: Direction): number {
  return direction << (2 * state);
}
function directionsOf(permission: Permission): number {
  return (permission.includes('r') ? Direction.Read : 0) | (permission.includes('w') ? Direction.Write : 0);
}
function permissionSet({ user, pl1, secure, hyp, monitor }: Access): number {
  return [user, pl1, secure, hyp, monitor].reduce(
    (set, permission, state) => set | (directionsOf(permission) << (2 * state)),
    0,
  );
}

function access(
  user: Permission,
  pl1: Permission,
  secure: Permission,
  hyp: Permission,
  monitor: Permission,
): Access {
  return { user, pl1, secure, hyp, monitor };
}
/** The usual access rules. */
export const PL1_RW = access('', 'rw', 'rw', 'rw', 'rw');
export const PL1_RO = access('', 'r', 'r', 'r', 'r');
export const PL1_WO = access('', 'w', 'w', 'w', 'w');
export const ALL_RW = access('rw', 'rw', 'rw', 'rw', 'rw');
export const ALL_RO = access('r', 'r', 'r', 'r', 'r');
export const ALL_WO = access('w', 'w', 'w', 'w', 'w');
/** RW at PL1 and above, RO at PL0. */
export const PL1_RW_PL0_RO = access('r', 'rw', 'rw', 'rw', 'rw');
/** Secure PL1 only. */
export const SECURE_RW = access('', '', 'rw', '', 'rw');
/** RW from Secure PL1, RO from the Non-secure state. */
export const SECURE_RW_ELSE_RO = access('', 'r', 'rw', 'r', 'rw');
/** Hyp mode, and Monitor mode with SCR.NS = 1. */
export const HYP_RW = access('', '', '', 'rw', 'rw');
export const HYP_WO = access('', '', '', 'w', 'w');
/** Write-only from Secure PL1 and Hyp: ATS12NSO… */
export const SECURE_AND_HYP_WO = access('', '', 'w', 'w', 'w');

/** Makes one field of a register. `lo` defaults to `hi`. */
export function field(
  name: string,
  hi: number,
  lo: number,
  text: string,
  values?: Readonly<Record<number, string>>,
): Field {
  return values === undefined ? { name, hi, lo, text } : { name, hi, lo, text, values };
}
/** A field of one bit. */
export function bit(
  name: string,
  at: number,
  text: string,
  values?: Readonly<Record<number, string>>,
): Field {
  return field(name, at, at, text, values);
}

function make(
  encoding: Encoding,
  name: string,
  rule: Access,
  text: string,
  options: RowOptions,
): RegisterRow {
  const { traps = [], ...rest } = options;
  const row = {
    gate: undefined,
    userGate: undefined,
    storage: undefined,
    element: 0,
    banked: false,
    writable: -1,
    writableHigh: encoding.width === 64 ? -1 : 0,
    reset: 0,
    read: undefined,
    write: undefined,
    consequences: [],
    quietWhile: undefined,
    storageWithoutSecurity: false,
    fixed: undefined,
    replacedBy: undefined,
    inert: undefined,
    operation: false,
    volatile: false,
    needs: undefined,
    fields: [],
    formats: [],
    ...encoding,
    name,
    access: rule,
    text,
    ...rest,
    traps: traps.map((trap): TrapRule => {
      const [name, on = 'rw'] = trap.split(':');
      const bit = name as ControlBitName;
      return {
        bit,
        on: on as TrapRule['on'],
        control: resolveControlBit(bit),
        directions: directionsOf(on as Permission),
      };
    }),
  };
  const at = row.storage === undefined ? -1 : SYS[row.storage] + row.element;
  return { ...row, at, permissions: permissionSet(rule) };
}

/** A register read by MRC and written by MCR: `at` is [opc1, CRn, CRm, opc2]. */
export function cp15(
  name: string,
  at: readonly [number, number, number, number],
  rule: Access,
  text: string,
  options: RowOptions = {},
): RegisterRow {
  const [opc1, crn, crm, opc2] = at;
  return make({ cp: 15, width: 32, opc1, crn, crm, opc2 }, name, rule, text, options);
}
/** A register read by MRRC and written by MCRR: `at` is [opc1, CRm]. */
export function cp15Wide(
  name: string,
  at: readonly [number, number],
  rule: Access,
  text: string,
  options: RowOptions = {},
): RegisterRow {
  return make({ cp: 15, width: 64, opc1: at[0], crn: 0, crm: at[1], opc2: 0 }, name, rule, text, options);
}
/** A CP14 register read by MRC and written by MCR. */
export function cp14(
  name: string,
  at: readonly [number, number, number, number],
  rule: Access,
  text: string,
  options: RowOptions = {},
): RegisterRow {
  const [opc1, crn, crm, opc2] = at;
  return make({ cp: 14, width: 32, opc1, crn, crm, opc2 }, name, rule, text, options);
}
/** A CP14 register read by MRRC. */
export function cp14Wide(
  name: string,
  at: readonly [number, number],
  rule: Access,
  text: string,
  options: RowOptions = {},
): RegisterRow {
  return make({ cp: 14, width: 64, opc1: at[0], crn: 0, crm: at[1], opc2: 0 }, name, rule, text, options);
}
