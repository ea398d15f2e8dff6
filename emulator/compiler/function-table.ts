/**
 * The table of functions of one machine, in which regions are numbered by slots: how modules are made, put into it, called
 * and taken out again.
 */
import { THREADED_MODULE } from '../../generated/threaded';
import { LEAVE_SHIFT, Leave, type Outside } from '../interpreter/second-tier';
import type { MachineState } from '../state/machine-state';
import { writeGateway } from './gateway';
import { FIRST_SLOT, GATEWAY, NOWHERE, REGION_TYPE, SLOTS, THREADED } from './table-layout';
import { Bytes } from './wasm/bytes';
import { encodeModule, type FunctionBody, type FunctionType } from './wasm/module';
import { Op, ValueType } from './wasm/opcodes';

/**
 * Modules that a table may be given. V8 keeps each as long as the table, whatever is taken out of it: some 100 KB, and a
 * little time for every entry that is set from then on. So all are dropped together with their table.
 */
export const MOST_MODULES = 1000;

const I32 = ValueType.I32;
/** Of the function that calls one by its slot. */
const CALLER_TYPE: FunctionType = { parameters: [I32, I32, I32, I32, I32], results: [I32] };
const STORE_TYPE: FunctionType = { parameters: [I32, I32], results: [] };
const REACH_TYPE: FunctionType = { parameters: [I32, I32, I32, I32], results: [I32] };
const INTERPRET_TYPE: FunctionType = { parameters: [I32, I32], results: [I32] };
const IMPORTED_TYPE_INDEX = 2;

/** A function that a module imports, and its type. */
interface Imported {
  readonly type: FunctionType;
  readonly call: (...args: never[]) => unknown;
}

/** A function of WebAssembly; only the table calls it. */
export type TableFunction = () => unknown;
type Caller = (core: number, context: number, left: number, label: number, slot: number) => number;

/** Of code that does not run. */
const NOTHING_OUTSIDE: Outside = { reach: () => 0, interpret: () => -1, executeOp: () => -1 };

let threadedModule: WebAssembly.Module | undefined;
function getThreadedModule(): WebAssembly.Module {
  return (threadedModule ??= new WebAssembly.Module(bytesOf(atob(THREADED_MODULE))));
}

export class FunctionTable {
  /** Modules that were given this table. */
  modules = 0;
  private table = newTable();
  private caller: Caller;
  private free: number[] = [];
  private used = FIRST_SLOT;
  /** What the code that runs calls. */
  private outside = NOTHING_OUTSIDE;
  /** What regions import: what is told of stores, or what makes slow accesses. */
  private readonly imported: Imported;

  /** @param onStore called by code before each store: offset in the machine's memory, bytes. */
  constructor(
    private readonly state: MachineState,
    private readonly onStore?: (offset: number, bytes: number) => void,
  ) {
    this.imported =
      onStore === undefined
        ? {
            type: REACH_TYPE,
            call: (va: number, access: number, value: number, left: number) =>
              this.outside.reach(va, access, value, left),
          }
        : { type: STORE_TYPE, call: onStore };
    this.caller = this.makeCaller();
  }

  /** Functions that there is room for; 0 where there may be no module more. */
  get room(): number {
    return this.modules >= MOST_MODULES ? 0 : this.free.length + SLOTS - this.used;
  }

  /** Makes one module of functions. @returns their slots */
  add(bodies: readonly FunctionBody[]): number[] {
    return this.instantiate(bodies, this.imported).map((body) => this.putBack(body));
  }

  /** Puts a function of one of the table's modules into it. @returns its slot */
  putBack(body: TableFunction): number {
    const slot = this.free.pop() ?? this.used++;
    this.table.set(slot, body);
    return slot;
  }

  at(slot: number): TableFunction {
    return this.table.get(slot) as TableFunction;
  }

  release(slot: number): void {
    this.table.set(slot, null);
    this.free.push(slot);
  }

  /** Begins anew, with no function and no module. */
  clear(): void {
    this.table = newTable();
    this.free = [];
    this.used = FIRST_SLOT;
    this.modules = 0;
    this.caller = this.makeCaller();
  }

  /** @returns what a region's function does: why it was left, and what is left of the budget. */
  call(core: number, context: number, left: number, label: number, slot: number, outside: Outside): number {
    this.outside = outside;
    return this.caller(core, context, left, label, slot);
  }

  private makeCaller(): Caller {
    const code = new Bytes();
    for (const parameter of [0, 1, 2, 3, 4]) {
      code.byte(Op.LocalGet);
      code.unsigned(parameter);
    }
    code.byte(Op.CallIndirect);
    code.unsigned(0);
    code.unsigned(0);
    const nowhere = new Bytes();
    nowhere.byte(Op.LocalGet);
    nowhere.unsigned(2);
    nowhere.byte(Op.I32Const);
    nowhere.signed(LEAVE_SHIFT);
    nowhere.byte(Op.I32Shl);
    nowhere.byte(Op.I32Const);
    nowhere.signed(Leave.Jump);
    nowhere.byte(Op.I32Or);
    const functions = [{ type: 1, locals: [], code }, { type: 0, locals: [], code: nowhere }, writeGateway()];
    const exports = this.instantiate(functions, {
      type: INTERPRET_TYPE,
      call: (leave: Leave, left: number) => this.outside.interpret(leave, left),
    });
    this.table.set(NOWHERE, exports[1]);
    this.table.set(GATEWAY, exports[2]);
    this.table.set(THREADED, this.makeThreaded());
    return exports[0] as Caller;
  }

  private makeThreaded(): TableFunction {
    const { memory } = this.state;
    const executeOp = (at: number, left: number): number => this.outside.executeOp(at, left);
    const stores = this.onStore ?? ((): void => undefined);
    const { exports } = new WebAssembly.Instance(getThreadedModule(), {
      m: { memory, table: this.table, imported0: executeOp, imported1: stores },
    });
    return exports.f0 as TableFunction;
  }

  private instantiate(
    functions: readonly FunctionBody[],
    { type, call: imported }: Imported,
  ): TableFunction[] {
    const { memory } = this.state;
    const bytes = encodeModule({
      types: [REGION_TYPE, CALLER_TYPE, type],
      imported: [IMPORTED_TYPE_INDEX],
      functions,
      memoryPages: memory.buffer.byteLength / 0x1_0000,
      tableEntries: SLOTS,
    });
    this.modules++;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      m: { memory, table: this.table, imported0: imported },
    });
    return functions.map((_, index) => instance.exports[`f${index}`] as TableFunction);
  }
}

/** @param characters below 256. */
function bytesOf(characters: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < characters.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

function newTable(): WebAssembly.Table {
  return new WebAssembly.Table({ element: 'anyfunc', initial: SLOTS, maximum: SLOTS });
}
