/** All system registers as one table, found by encoding or by name. */
import type { CoreState } from '../../state/machine-state';
import { CONTROL } from './control';
import { DEBUG } from './debug';
import { EXECUTION_ENVIRONMENTS } from './environments';
import { HYPERVISOR } from './hypervisor';
import { IDENTIFICATION } from './identification';
import { IMPLEMENTATION } from './implementation';
import { MAINTENANCE } from './maintenance';
import { PERFORMANCE } from './performance';
import type { Encoding, Field, Format, RegisterRow } from './row';
import { TIMERS } from './timers';
import { TRANSLATION } from './translation';
import { WHOLE_VALUES } from './whole-values';

export { STATUS_REGISTERS } from './status';

const ROWS: readonly RegisterRow[] = [
  ...IDENTIFICATION,
  ...CONTROL,
  ...TRANSLATION,
  ...MAINTENANCE,
  ...IMPLEMENTATION,
  ...PERFORMANCE,
  ...TIMERS,
  ...HYPERVISOR,
  ...DEBUG,
  ...EXECUTION_ENVIRONMENTS,
];

export const REGISTER_ROWS: readonly RegisterRow[] = ROWS.map((row) => {
  const fields = WHOLE_VALUES[row.name];
  return fields === undefined ? row : { ...row, fields };
});

/**
 * Key of an encoding: one number for coprocessor, width and opcode fields. For 64-bit accesses CRn and opc2 are
 * ignored.
 */
export function registerKey(
  cp: 14 | 15,
  width: 32 | 64,
  opc1: number,
  crn: number,
  crm: number,
  opc2: number,
): number {
  const space = (cp === 15 ? 1 << 16 : 0) | (width === 64 ? 1 << 15 : 0);
  return width === 64 ? space | (opc1 << 4) | crm : space | (opc1 << 11) | (crn << 7) | (crm << 3) | opc2;
}
function keyOf(row: Encoding): number {
  return registerKey(row.cp, row.width, row.opc1, row.crn, row.crm, row.opc2);
}

const BY_KEY: (RegisterRow | undefined)[] = new Array(1 << 17).fill(undefined);
for (const row of REGISTER_ROWS) {
  if (BY_KEY[keyOf(row)] !== undefined) throw new Error(`two rows have the encoding of ${row.name}`);
  BY_KEY[keyOf(row)] = row;
}

/** The row with this key, or undefined: nothing is there. */
export function findRegister(key: number): RegisterRow | undefined {
  return BY_KEY[key];
}

const BY_NAME = new Map<string, RegisterRow>();
// A register with a 32-bit and a 64-bit encoding (TTBR0, PAR) is known by the one that shows all of it.
for (const row of REGISTER_ROWS) if (!(BY_NAME.get(row.name)?.width === 64)) BY_NAME.set(row.name, row);

/** The row of a register by the ARM ARM's name (case counts); the 64-bit one where there are two. */
export function registerByName(name: string): RegisterRow | undefined {
  return BY_NAME.get(name);
}

/** As `registerByName`. @throws RangeError when there is no such register. */
export function requireRegister(name: string): RegisterRow {
  const row = registerByName(name);
  if (row === undefined) throw new RangeError(`there is no register ${name}`);
  return row;
}

/** The layout that a register has with this value; undefined where it has only one. */
export function formatOf(row: RegisterRow, value: bigint, core?: CoreState): Format | undefined {
  return row.formats.find((format) => format.applies(value, core));
}

/** One field and what it holds. */
export interface DecodedField {
  readonly field: Field;
  readonly value: bigint;
  /** Meaning of the value, where it has a name. */
  readonly meaning: string | undefined;
}

/** The fields of a value, highest first. */
export function decodeFields(fields: readonly Field[], value: bigint): readonly DecodedField[] {
  return fields.map((field) => {
    const bits = (value >> BigInt(field.lo)) & ((1n << BigInt(field.hi - field.lo + 1)) - 1n);
    return { field, value: bits, meaning: field.values?.[Number(bits)] };
  });
}

/** The fields of a register's value in the layout it has now. */
export function decodeRegister(row: RegisterRow, value: bigint, core?: CoreState): readonly DecodedField[] {
  return decodeFields(formatOf(row, value, core)?.fields ?? row.fields, value);
}
