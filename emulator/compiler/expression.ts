/**
 * Values of generated code: trees of WebAssembly instructions without side effects, written where they are used. What
 * is used more than once is put into a local variable first (FunctionWriter.atom).
 */
import type { Value, Wide } from '../isa/builder';
import type { Bytes } from './wasm/bytes';
import { signedBytes, unsignedBytes } from './wasm/leb128';
import { Op, ValueType } from './wasm/opcodes';

export class Expression implements Value, Wide {
  declare readonly __value: never;
  /** Instructions in the tree. */
  readonly size: number;

  constructor(
    /** What is on the stack when `code` runs, first to last. */
    readonly operands: readonly Expression[],
    /** The bytes of the last instruction, or of a few that need nothing else. */
    readonly code: readonly number[],
    /** Its value where that is a constant of 32 bits. */
    readonly constant?: number,
    /** What it gives, where that is looked at: of what an atom is made. */
    readonly type: ValueType = ValueType.I32,
    /** Which variable it is, if it is one. */
    readonly local?: number,
  ) {
    let size = 1;
    for (const operand of operands) size += operand.size;
    this.size = size;
  }

  write(into: Bytes): void {
    for (const operand of this.operands) operand.write(into);
    for (const byte of this.code) into.byte(byte);
  }

  /** True where writing it again costs nothing. */
  get atomic(): boolean {
    return this.operands.length === 0;
  }
}

export function constant(value: number): Expression {
  return new Expression([], [Op.I32Const, ...signedBytes(value)], value | 0);
}

export function local(index: number, type = ValueType.I32): Expression {
  return new Expression([], [Op.LocalGet, ...unsignedBytes(index)], undefined, type, index);
}

/** An instruction of two operands, or of one. */
export function operation(op: Op, ...operands: readonly Expression[]): Expression {
  return new Expression(operands, [op]);
}

/** A load from `address` plus `offset`. */
export function loadFrom(op: Op, address: Expression, offset: number): Expression {
  return new Expression([address], [op, 0, ...unsignedBytes(offset)]);
}
