/**
 * The binary form of a module whose functions all have one type and share an imported memory and table: what the
 * compiler makes of a batch of regions.
 */
import { Bytes } from './bytes';
import { Op, type ValueType } from './opcodes';

const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  export: 7,
  element: 9,
  code: 10,
} as const;
const EXTERNAL = { function: 0, table: 1, memory: 2 } as const;
const FUNCTION_TYPE = 0x60;
const FUNCTION_REFERENCE = 0x70;
const MAGIC_AND_VERSION = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/** A function's parameters and results. */
export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** Local variables of a function beside its parameters: so many of one type. */
export interface Locals {
  readonly count: number;
  readonly type: ValueType;
}

export interface FunctionBody {
  readonly type: number;
  readonly locals: readonly Locals[];
  /** Instructions, without the End of the function. */
  readonly code: Bytes;
  /** Offsets in `code` of branches whose condition is hardly ever true, in order. */
  readonly unlikely?: readonly number[];
}

export interface ModuleParts {
  readonly types: readonly FunctionType[];
  /** Types of functions that are imported as `m.imported0` and so on: they have the first numbers. */
  readonly imported?: readonly number[];
  /** Function n of these is exported as `fn`, if it is one of the first `exports`; without a number all are. */
  readonly functions: readonly FunctionBody[];
  readonly exports?: number;
  /** A table that the module keeps for itself, number 1: which of `functions` its entries are. */
  readonly ownTable?: readonly number[];
  /** Imported as `m.memory`: pages of 64 KiB, exactly; without a number any that there are. */
  readonly memoryPages?: number;
  /** Imported as `m.table`: entries, exactly. */
  readonly tableEntries: number;
}

function section(module: Bytes, id: number, content: Bytes): void {
  module.byte(id);
  module.sized(content);
}

function vector<T>(items: readonly T[], write: (into: Bytes, item: T, index: number) => void): Bytes {
  const bytes = new Bytes();
  bytes.unsigned(items.length);
  items.forEach((item, index) => write(bytes, item, index));
  return bytes;
}

/** The bytes of the module. */
export function encodeModule(parts: ModuleParts): Uint8Array<ArrayBuffer> {
  const module = new Bytes();
  const { functions, ownTable, exports = functions.length } = parts;
  const first = parts.imported?.length ?? 0;
  module.raw(MAGIC_AND_VERSION);
  section(
    module,
    SECTION.type,
    vector(parts.types, (into, { parameters, results }) => {
      into.byte(FUNCTION_TYPE);
      for (const list of [parameters, results]) into.append(vector(list, (types, type) => types.byte(type)));
    }),
  );
  section(module, SECTION.import, imports(parts));
  section(
    module,
    SECTION.function,
    vector(functions, (into, { type }) => into.unsigned(type)),
  );
  if (ownTable !== undefined)
    section(
      module,
      SECTION.table,
      vector([ownTable], (into, { length }) => {
        into.byte(FUNCTION_REFERENCE);
        writeLimits(into, length, length);
      }),
    );
  section(
    module,
    SECTION.export,
    vector(functions.slice(0, exports), (into, _, index) => {
      into.name(`f${index}`);
      into.byte(EXTERNAL.function);
      into.unsigned(first + index);
    }),
  );
  if (ownTable !== undefined)
    section(
      module,
      SECTION.element,
      vector([ownTable], (into, entries) => {
        // Of table 1, from its entry 0 on, functions by their numbers.
        for (const byte of [2, 1, Op.I32Const, 0, Op.End, 0]) into.byte(byte);
        into.append(vector(entries, (numbers, number) => numbers.unsigned(first + number)));
      }),
    );
  section(module, SECTION.custom, hints(parts));
  section(
    module,
    SECTION.code,
    vector(functions, (into, { locals, code }) => {
      const before = declarations(locals);
      into.unsigned(before.length + code.length + 1);
      into.append(before);
      into.append(code);
      into.byte(Op.End);
    }),
  );
  return module.view();
}

function declarations(locals: readonly Locals[]): Bytes {
  return vector(locals, (into, { count, type }) => {
    into.unsigned(count);
    into.byte(type);
  });
}

/** The section `metadata.code.branch_hint`: an engine that knows it keeps what is unlikely out of the way. */
function hints({ functions, imported = [] }: ModuleParts): Bytes {
  const bytes = new Bytes();
  bytes.name('metadata.code.branch_hint');
  const first = imported.length;
  const hinted = functions.flatMap(({ unlikely = [], locals }, index) =>
    unlikely.length === 0 ? [] : [{ unlikely, number: first + index, before: declarations(locals).length }],
  );
  bytes.append(
    vector(hinted, (into, { unlikely, number, before }) => {
      into.unsigned(number);
      into.append(
        vector(unlikely, (places, at) => {
          places.unsigned(before + at);
          places.unsigned(1);
          places.byte(0);
        }),
      );
    }),
  );
  return bytes;
}

function writeLimits(into: Bytes, least: number, most: number | undefined): void {
  into.byte(most === undefined ? 0 : 1);
  into.unsigned(least);
  if (most !== undefined) into.unsigned(most);
}

function imports({ memoryPages, tableEntries, imported = [] }: ModuleParts): Bytes {
  const bytes = new Bytes();
  bytes.unsigned(2 + imported.length);
  bytes.name('m');
  bytes.name('memory');
  bytes.byte(EXTERNAL.memory);
  writeLimits(bytes, memoryPages ?? 1, memoryPages);
  bytes.name('m');
  bytes.name('table');
  bytes.byte(EXTERNAL.table);
  bytes.byte(FUNCTION_REFERENCE);
  writeLimits(bytes, tableEntries, tableEntries);
  for (const [number, type] of imported.entries()) {
    bytes.name('m');
    bytes.name(`imported${number}`);
    bytes.byte(EXTERNAL.function);
    bytes.unsigned(type);
  }
  return bytes;
}
