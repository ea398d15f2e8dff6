/** Fields of an interrupt controller's register, decoded by its row. */
import type { Machine } from '../../emulator';
import { hex, type RegisterField } from '../protocol/registers';

type Rows = NonNullable<Machine['board']['gic']['devices']['gich']>['rows'];
type Row = Rows[number];

/** The fields of the row whose name is `name` (a run: without its number), highest first. */
export function registerFields(rows: Rows, name: string, value: number): RegisterField[] {
  const row = rows.find((candidate) => candidate.name === name);
  return row === undefined ? [] : rowFields(row, value);
}

export function rowFields(row: Row, value: number): RegisterField[] {
  return [...(row.fields ?? [])]
    .sort((a, b) => b.lsb - a.lsb)
    .map((field) => ({
      name: field.name,
      bits: [field.lsb + field.width - 1, field.lsb],
      value: hex(field.width === 32 ? value : (value >>> field.lsb) & (2 ** field.width - 1), field.width),
      meaning: field.description,
    }));
}
