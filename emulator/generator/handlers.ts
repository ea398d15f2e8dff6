/** Runs every row's semantic function, once for each form, and collects the handlers that come of it. */
import type { Form, Row } from '../isa/row';
import { STRIDE } from '../interpreter/block';
import type { RowHandlers, Slot, Variant } from '../interpreter/handler-table';
import { SymbolicBuilder, symbolicOperands } from './symbolic-builder';

/** One handler: the text that forms of one or more rows share. */
export interface Handler {
  /** Name of its function: the first row and form that it came from. */
  readonly name: string;
  readonly lines: readonly string[];
  /** Every row and form, as `ADD (register) A1 dest=0 shift=1`. */
  readonly labels: string[];
  /** The first of them, and its operands in their order. */
  readonly row: Row;
  readonly form: Form;
  readonly slots: readonly Slot[];
}

export interface Handlers {
  readonly handlers: readonly Handler[];
  readonly variants: readonly Variant[];
  readonly rows: Readonly<Record<string, RowHandlers>>;
}

/** Every member of the product of a row's forms; the last key varies fastest. */
export function formsOf(row: Row): Form[] {
  let forms: Form[] = [{}];
  for (const [name, values] of Object.entries(row.forms ?? {}))
    forms = forms.flatMap((form) => values.map((value) => ({ ...form, [name]: value })));
  return forms;
}

/** A row's name and a form, as the list of hot handlers and the comments of generated code write it. */
export function labelOf(row: Row, form: Form): string {
  return [row.name, ...Object.entries(form).map(([name, value]) => `${name}=${value}`)].join(' ');
}

/** @throws Error naming the row when its semantic function breaks a rule of the builder. */
export function collectHandlers(rows: readonly Row[]): Handlers {
  const handlers: Handler[] = [];
  const variants: Variant[] = [];
  const table: Record<string, RowHandlers> = {};
  const handlerByText = new Map<string, number>();
  const variantByText = new Map<string, number>();
  for (const row of rows) {
    if (row.name in table) throw new Error(`two rows have the name ${row.name}`);
    const forms = formsOf(row).map((form) => {
      const label = labelOf(row, form);
      const builder = new SymbolicBuilder(row.set);
      row.semantics(builder, form, symbolicOperands(undefined));
      const lines = builder.program.write(1);
      if (builder.slots.length > STRIDE - 1)
        throw new Error(`${label} wants ${builder.slots.length} operands, at most ${STRIDE - 1} fit`);
      const text = lines.join('\n');
      let handler = handlerByText.get(text);
      if (handler === undefined) {
        const { slots } = builder;
        handler = handlers.push({ name: identifier(label), lines, labels: [], row, form, slots }) - 1;
        handlerByText.set(text, handler);
      }
      handlers[handler].labels.push(label);
      const { slots, ends } = builder;
      const key = JSON.stringify([handler, slots, ends]);
      let variant = variantByText.get(key);
      if (variant === undefined) {
        variant = variants.push({ handler, slots, ends }) - 1;
        variantByText.set(key, variant);
      }
      return variant;
    });
    table[row.name] = { keys: Object.entries(row.forms ?? {}), forms };
  }
  return { handlers, variants, rows: table };
}

function identifier(label: string): string {
  return label
    .replace(/=/g, '')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/_$/, '');
}
