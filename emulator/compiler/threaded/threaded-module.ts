/**
 * Threaded code: the interpreter's handlers as functions of WebAssembly, each of which calls the next op's by a tail call,
 * so that code that is not hot is executed without JavaScript between one instruction and the next, and goes on in compiled
 * code as that goes on in it. This is the module; the build writes it (generated/threaded.ts).
 *
 * A function has a region's parameters. `label` is the byte offset of its op in the machine's memory; `left` is the budget
 * at the beginning of the op's block, and CORE.R + 15 and ITSTATE are already what they are behind the block, as in the
 * interpreter. Whatever a function does not do is an op for `Outside.executeOp`, which begins with nothing done.
 */
import { EndWord, HeaderWord, STRIDE } from '../../interpreter/block';
import { PSEUDO, type Slot } from '../../interpreter/handler-table';
import { Leave, NEXT_OP } from '../../interpreter/second-tier';
import type { Operand } from '../../isa/builder';
import type { Form, Row } from '../../isa/row';
import { FAST_TLB_TABLE_BYTES } from '../../mmu/fast-tlb';
import { CONTEXT_WORD_OFFSET, CORE, THREADED_COUNT_OFFSET } from '../../state/layout';
import { Psr } from '../../state/psr';
import { constant, loadFrom, local, operation, type Expression } from '../expression';
import { FunctionWriter } from '../function-writer';
import { findNext, result, writeChain, writeGoing } from '../gateway';
import { IMPORTED } from '../look-up';
import { REGION_TYPE, THREADED } from '../table-layout';
import { PARAMETERS, VARIABLE } from '../variables';
import { encodeModule, type FunctionBody, type FunctionType } from '../wasm/module';
import { Op, ValueType } from '../wasm/opcodes';
import { HandlerBuilder, NotThreaded, type NameOf } from './handler-builder';

/** A handler as the module needs to know it. */
export interface HandlerSource {
  /** Its number, in the first word of its ops; and with condition 0, the others following, if it is so. */
  readonly number: number;
  readonly fused: number | undefined;
  /** What it was made of. */
  readonly row: Row;
  readonly form: Form;
  readonly slots: readonly Slot[];
  /** A block ends behind it, and it does what END does itself. */
  readonly ends: boolean;
}

/** How operands are given to semantic functions. */
export interface OperandNames {
  readonly operands: Readonly<Record<string, Operand>>;
  readonly nameOf: NameOf;
}

const OP_BYTES = 4 * STRIDE;
/** Conditions EQ to LE. */
const CONDITIONS = 14;
/** Places of functions in the module. */
const ENTER = 0;
const SINGLE = 1;
/** The module's own table of handlers. */
const HANDLERS = 1;
const EXECUTE_OP_TYPE: FunctionType = {
  parameters: [ValueType.I32, ValueType.I32],
  results: [ValueType.I32],
};
const STORES_TYPE: FunctionType = { parameters: [ValueType.I32, ValueType.I32], results: [] };
/** The module's types; and of these the functions' that it imports: the first executes an op, the second is told of stores. */
const TYPES = [REGION_TYPE, EXECUTE_OP_TYPE, STORES_TYPE];
const IMPORTED_TYPES = [1, 2];

const CORE_BASE = local(VARIABLE.core);
const LEFT = local(VARIABLE.left);
const OP_PLACE = local(VARIABLE.label);
const ZERO = constant(0);

function coreWord(index: number): Expression {
  return loadFrom(Op.I32Load, CORE_BASE, 4 * index);
}
/** A word of the op at hand. */
function opWord(index: number): Expression {
  return loadFrom(Op.I32Load, OP_PLACE, 4 * index);
}

/** A function of the module while it is written. */
class ThreadedWriter extends FunctionWriter {
  constructor() {
    super(PARAMETERS, PARAMETERS, 0);
  }

  setWord(index: number, value: Expression): void {
    this.store(Op.I32Store, CORE_BASE, 4 * index, value);
  }

  /** Goes on at the op after the one at `place`. */
  goOn(place = OP_PLACE): void {
    for (const parameter of [VARIABLE.core, VARIABLE.context, VARIABLE.left]) this.push(local(parameter));
    this.push(operation(Op.I32Add, place, constant(OP_BYTES)));
    this.push(loadFrom(Op.I32Load, place, OP_BYTES));
    this.op(Op.ReturnCallIndirect);
    this.code.unsigned(0);
    this.code.unsigned(HANDLERS);
  }

  /** Leaves the op to the interpreter. */
  leaveOp(): void {
    this.goTo(SINGLE, OP_PLACE);
  }

  /** Goes on in a function of the module. */
  goTo(body: number, place: Expression): void {
    for (const parameter of [VARIABLE.core, VARIABLE.context, VARIABLE.left]) this.push(local(parameter));
    this.push(place);
    this.op(Op.ReturnCall);
    this.code.unsigned(IMPORTED_TYPES.length + body);
  }

  giveBack(leave: Leave): void {
    this.push(result(constant(leave)));
  }

  /** Where the core is now, with bit 0 set for T32. */
  target(): Expression {
    const thumb = operation(
      Op.I32And,
      operation(Op.I32ShrU, coreWord(CORE.PSR), constant(31 - Math.clz32(Psr.T))),
      constant(1),
    );
    return this.atom(operation(Op.I32Or, coreWord(CORE.R + 15), thumb));
  }
}

/** Enters the block whose header's byte offset is the label, where the budget covers it and it is at its address. */
function writeEnter(): FunctionBody {
  const writer = new ThreadedWriter();
  const va = opWord(HeaderWord.Va);
  const page = operation(Op.I32Shl, operation(Op.I32ShrU, va, constant(12)), constant(2));
  const fetch = operation(Op.I32Add, local(VARIABLE.context), page);
  const heat = writer.atom(operation(Op.I32Sub, opWord(HeaderWord.Heat), constant(1)));
  const tooLong = operation(Op.I32LtS, LEFT, opWord(HeaderWord.Count));
  writer.push(operation(Op.I32Or, tooLong, operation(Op.I32LeS, heat, ZERO)));
  writer.ifUnlikely();
  writer.giveBack(Leave.Budget);
  writer.op(Op.Return);
  writer.end();
  const entry = loadFrom(Op.I32Load, fetch, 2 * FAST_TLB_TABLE_BYTES);
  writer.push(operation(Op.I32Ne, entry, opWord(HeaderWord.Entry)));
  writer.ifUnlikely();
  // The block from which execution came here directly does not know of code that was compiled since.
  const next = findNext(writer, writer.target());
  writer.push(operation(Op.I32And, next.isKnown, operation(Op.I32Ne, next.label, OP_PLACE)));
  writer.ifTrue();
  writeGoing(writer, next.label, next.slot);
  writer.end();
  writer.leaveOp();
  writer.end();
  writer.store(Op.I32Store, OP_PLACE, 4 * HeaderWord.Heat, heat);
  writer.setWord(CORE.R + 15, opWord(HeaderWord.Next));
  writer.setWord(CORE.ITSTATE, opWord(HeaderWord.NextItstate));
  writer.goOn();
  return writer.body();
}

/** Lets the interpreter execute the op. */
function writeSingle(): FunctionBody {
  const writer = new ThreadedWriter();
  const left = writer.temporary();
  writer.push(OP_PLACE);
  writer.push(LEFT);
  writer.op(Op.Call);
  writer.code.unsigned(IMPORTED);
  writer.setFromStack(left);
  writer.push(operation(Op.I32Eq, local(left), constant(NEXT_OP)));
  writer.ifTrue();
  writer.goOn();
  writer.end();
  writer.push(operation(Op.I32LtS, local(left), ZERO));
  writer.ifTrue();
  writer.giveBack(Leave.Jump);
  writer.op(Op.Return);
  writer.end();
  writer.set(VARIABLE.left, local(left));
  writer.load(VARIABLE.context, ZERO, CONTEXT_WORD_OFFSET);
  writeChain(writer, writer.target());
  writer.giveBack(Leave.Jump);
  return writer.body();
}

function writeEnd(): FunctionBody {
  const writer = new ThreadedWriter();
  endBlock(writer, 0);
  return writer.body();
}

/** Behind the last op of a block: goes on in the next one. @param at where END is, in bytes from the op at hand. */
function endBlock(writer: ThreadedWriter, at: number): void {
  const word = (index: EndWord): Expression => loadFrom(Op.I32Load, OP_PLACE, at + 4 * index);
  const setWord = (index: EndWord, value: Expression): void =>
    writer.store(Op.I32Store, OP_PLACE, at + 4 * index, value);
  const count = writer.atom(word(EndWord.Count));
  writer.set(VARIABLE.left, operation(Op.I32Sub, LEFT, count));
  const counted = loadFrom(Op.I32Load, ZERO, THREADED_COUNT_OFFSET);
  writer.store(Op.I32Store, ZERO, THREADED_COUNT_OFFSET, operation(Op.I32Add, counted, count));
  const target = writer.target();
  // Inside an IT block only the interpreter goes on.
  writer.push(operation(Op.I32Eqz, coreWord(CORE.ITSTATE)));
  writer.ifTrue();
  const last = writer.atom(word(EndWord.First));
  const header = writer.atom(word(EndWord.Header));
  writer.push(operation(Op.I32And, operation(Op.I32Eq, last, target), operation(Op.I32Ne, header, ZERO)));
  writer.ifTrue();
  writer.goTo(ENTER, header);
  writer.end();
  writer.push(operation(Op.I32Ne, last, target));
  writer.ifTrue();
  setWord(EndWord.Second, last);
  setWord(EndWord.First, target);
  setWord(EndWord.Header, ZERO);
  writer.end();
  const next = findNext(writer, target);
  writer.push(next.isKnown);
  writer.ifTrue();
  const isThreaded = operation(Op.I32Eq, next.slot, constant(THREADED));
  setWord(EndWord.Header, operation(Op.Select, next.label, ZERO, isThreaded));
  writeGoing(writer, next.label, next.slot);
  writer.end();
  writer.end();
  writer.giveBack(Leave.Jump);
}

function writePcRead(): FunctionBody {
  const writer = new ThreadedWriter();
  writer.setWord(CORE.PC_READ, opWord(1));
  writer.goOn();
  return writer.body();
}

const isSet = (word: number): Expression => operation(Op.I32Ne, coreWord(word), ZERO);
const isNegative = (value: Expression): Expression => operation(Op.I32LtS, value, ZERO);
const differs = isNegative(operation(Op.I32Xor, coreWord(CORE.N), coreWord(CORE.V)));
/** Conditions whose bit 0 is 0; the one after each is its opposite. */
const EVEN_CONDITIONS: readonly Expression[] = [
  operation(Op.I32Eqz, coreWord(CORE.Z)),
  isSet(CORE.C),
  isNegative(coreWord(CORE.N)),
  isNegative(coreWord(CORE.V)),
  operation(Op.I32And, isSet(CORE.C), isSet(CORE.Z)),
  operation(Op.I32Eqz, differs),
  operation(Op.I32And, isSet(CORE.Z), operation(Op.I32Eqz, differs)),
];
function holds(condition: number): Expression {
  const even = EVEN_CONDITIONS[condition >> 1];
  return (condition & 1) === 0 ? even : operation(Op.I32Eqz, even);
}

/** Passes over the next op where the condition does not hold. */
function writeCondition(condition: number): FunctionBody {
  const writer = new ThreadedWriter();
  const next = operation(Op.I32Add, OP_PLACE, constant(OP_BYTES));
  writer.set(VARIABLE.label, operation(Op.Select, OP_PLACE, next, holds(condition)));
  writer.goOn();
  return writer.body();
}

/** A handler, under a condition if one is given; undefined where it can do nothing itself. */
function writeHandler(
  { row, form, slots, ends }: HandlerSource,
  { operands, nameOf }: OperandNames,
  condition?: number,
): FunctionBody | undefined {
  const writer = new ThreadedWriter();
  const builder = new HandlerBuilder(writer, row.set, slots, nameOf, () => writer.leaveOp());
  try {
    if (condition !== undefined) {
      writer.push(holds(condition));
      writer.ifTrue();
    }
    row.semantics(builder, form, operands);
    builder.commit();
    if (condition !== undefined) writer.end();
  } catch (thrown) {
    if (thrown instanceof NotThreaded) return undefined;
    throw thrown;
  }
  if (ends) endBlock(writer, OP_BYTES);
  else writer.goOn();
  return writer.body();
}

/** @returns the module, which exports ENTER as `f0`, and imports `executeOp` and what is told of stores. */
export function threadedModule(
  handlers: readonly HandlerSource[],
  names: OperandNames,
  tableEntries: number,
): Uint8Array {
  const functions: FunctionBody[] = [];
  const table: number[] = [];
  const put = (number: number, body: FunctionBody | undefined): void => {
    table[number] = body === undefined ? SINGLE : functions.push(body) - 1;
  };
  functions[ENTER] = writeEnter();
  functions[SINGLE] = writeSingle();
  for (let condition = 0; condition < CONDITIONS; condition++)
    put(PSEUDO.CONDITION + condition, writeCondition(condition));
  put(PSEUDO.PC_READ, writePcRead());
  put(PSEUDO.END, writeEnd());
  put(PSEUDO.HEADER, undefined);
  for (const handler of handlers) {
    put(handler.number, writeHandler(handler, names));
    if (handler.fused === undefined) continue;
    for (let condition = 0; condition < CONDITIONS; condition++)
      put(handler.fused + condition, writeHandler(handler, names, condition));
  }
  return encodeModule({
    types: TYPES,
    imported: IMPORTED_TYPES,
    functions,
    exports: 1,
    ownTable: table,
    tableEntries,
  });
}
