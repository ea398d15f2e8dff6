/**
 * How code goes on in other code: in the region that the jump cache knows, and by way of the interpreter, which is called
 * for one instruction or a fault in the middle of compiled code. A call costs less than leaving compiled code and entering
 * it again, and an exit of a guest has four such places: the call and the exception returns.
 */
import { LEAVE_SHIFT, Leave } from '../interpreter/second-tier';
import { CONTEXT_WORD_OFFSET, CORE } from '../state/layout';
import { Psr } from '../state/psr';
import { type Expression, constant, loadFrom, local, operation } from './expression';
import { FunctionWriter } from './function-writer';
import {
  JUMP_CACHE,
  JUMP_CACHE_FACTOR,
  JUMP_CACHE_HASH_SHIFT,
  JUMP_CACHE_MASK,
  JUMP_CACHE_NEIGHBOUR,
} from './jump-cache';
import { FIRST_TEMPORARY, PARAMETERS, VARIABLE } from './variables';
import type { FunctionBody } from './wasm/module';
import { Op } from './wasm/opcodes';

/** Number of the function that its module imports: Outside.interpret. */
const INTERPRET = 0;

/** A region's result. */
export function result(leave: Expression): Expression {
  return operation(Op.I32Or, operation(Op.I32Shl, local(VARIABLE.left), constant(LEAVE_SHIFT)), leave);
}

/** Goes on in a region. */
export function writeGoing(writer: FunctionWriter, label: Expression, slot: Expression): void {
  for (const parameter of [VARIABLE.core, VARIABLE.context, VARIABLE.left]) writer.push(local(parameter));
  writer.push(label);
  writer.push(slot);
  writer.op(Op.ReturnCallIndirect);
  writer.code.unsigned(0);
  writer.code.unsigned(0);
}

/** What the jump cache has for an address. */
export interface Next {
  /** 1 where it leads to that address. */
  readonly isKnown: Expression;
  readonly label: Expression;
  readonly slot: Expression;
}

export function findNext(writer: FunctionWriter, target: Expression): Next {
  const product = operation(Op.I32Mul, target, constant(JUMP_CACHE_FACTOR));
  const place = operation(Op.I32ShrU, product, constant(JUMP_CACHE_HASH_SHIFT));
  const at = writer.temporary();
  writer.set(at, operation(Op.I32And, place, constant(JUMP_CACHE_MASK)));
  const entry = local(at);
  writer.push(operation(Op.I32Ne, loadFrom(Op.I32Load, entry, JUMP_CACHE.target), target));
  writer.ifUnlikely();
  writer.set(at, operation(Op.I32Xor, entry, constant(JUMP_CACHE_NEIGHBOUR)));
  writer.end();
  return {
    isKnown: operation(Op.I32Eq, loadFrom(Op.I32Load, entry, JUMP_CACHE.target), target),
    label: loadFrom(Op.I32Load, entry, JUMP_CACHE.label),
    slot: loadFrom(Op.I32Load, entry, JUMP_CACHE.slot),
  };
}

/** Goes on in the region at `target`, where the jump cache knows one. */
export function writeChain(writer: FunctionWriter, target: Expression): void {
  const { isKnown, label, slot } = findNext(writer, target);
  writer.push(isKnown);
  writer.ifTrue();
  writeGoing(writer, label, slot);
  writer.end();
}

/** The function at GATEWAY. */
export function writeGateway(): FunctionBody {
  const writer = new FunctionWriter(PARAMETERS, FIRST_TEMPORARY);
  const core = local(VARIABLE.core);
  const left = writer.temporary();
  writer.push(local(VARIABLE.label));
  writer.push(local(VARIABLE.left));
  writer.op(Op.Call);
  writer.code.unsigned(INTERPRET);
  writer.setFromStack(left);
  writer.push(operation(Op.I32LtS, local(left), constant(0)));
  writer.ifTrue();
  writer.push(result(constant(Leave.Jump)));
  writer.op(Op.Return);
  writer.end();
  writer.set(VARIABLE.left, local(left));
  writer.load(VARIABLE.context, constant(0), CONTEXT_WORD_OFFSET);
  const set = operation(
    Op.I32ShrU,
    loadFrom(Op.I32Load, core, CORE.PSR * 4),
    constant(31 - Math.clz32(Psr.T)),
  );
  const address = loadFrom(Op.I32Load, core, (CORE.R + 15) * 4);
  writeChain(writer, writer.atom(operation(Op.I32Or, address, operation(Op.I32And, set, constant(1)))));
  writer.push(result(constant(Leave.Jump)));
  return writer.body();
}
