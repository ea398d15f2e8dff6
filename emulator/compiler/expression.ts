/**
 * Values of generated code: trees of WebAssembly instructions without side effects, written where they are used. What
 * is used more than once is put into a local variable first (FunctionWriter.atom).
 */
import type { Value, Wide } from '../isa/builder';
import type { Bytes } from './wasm/bytes';
import { Op, ValueType } from './wasm/opcodes';

export class Expression implements Value, Wide {
  declare readonly __value: never;
  /** Instructions in the tree. */
  readonly size: number;

  constructor(
    /** The last instruction's first byte. */
    readonly op: Op,
    /** What is on the stack when it runs, first to last. */
    readonly first?: Expression,
    readonly second?: Expression,
    readonly third?: Expression,
    /** What a constant is, which variable it is, or what a load adds to the address. */
    readonly immediate = 0,
    /** What it gives, where that is looked at: of what an atom is made. */
    readonly type = ValueType.I32,
    /** All bytes of the last instruction, or of a few that need nothing else, where `op` and `immediate` do not say them. */
    readonly bytes?: readonly number[],
  ) {
    this.size = 1 + (first?.size ?? 0) + (second?.size ?? 0) + (third?.size ?? 0);
  }

  write(into: Bytes): void {
    const { op, immediate, bytes } = this;
    this.first?.write(into);
    this.second?.write(into);
    this.third?.write(into);
    if (bytes !== undefined) {
      into.list(bytes);
      return;
    }
    into.byte(op);
    if (op === Op.LocalGet) into.unsigned(immediate);
    else if (op === Op.I32Const) into.signed(immediate);
    else if (op >= Op.I32Load && op <= Op.I32Load16U) {
      into.byte(0);
      into.unsigned(immediate);
    }
  }

  /** Its value where that is a constant of 32 bits. */
  get constant(): number | undefined {
    return this.op === Op.I32Const ? this.immediate : undefined;
  }

  /** Which variable it is, if it is one. */
  get local(): number | undefined {
    return this.op === Op.LocalGet ? this.immediate : undefined;
  }

  /** True where writing it again costs nothing. */
  get atomic(): boolean {
    return this.first === undefined;
  }
}

/** Constants from LEAST on, and variables by type and number: most of a region's expressions are these few. */
const LEAST = -128;
const CONSTANTS = new Array<Expression | undefined>(1024 - LEAST);
const LOCALS: readonly Expression[][] = [[], [], [], [], []];

export function constant(value: number): Expression {
  const integer = value | 0;
  const index = integer - LEAST;
  if (index < 0 || index >= CONSTANTS.length) return newConstant(integer);
  return (CONSTANTS[index] ??= newConstant(integer));
}
function newConstant(value: number): Expression {
  return new Expression(Op.I32Const, undefined, undefined, undefined, value);
}

export function local(index: number, type = ValueType.I32): Expression {
  const known = LOCALS[ValueType.I32 - type];
  return (known[index] ??= new Expression(Op.LocalGet, undefined, undefined, undefined, index, type));
}

/** An instruction of up to three operands that is one byte. */
export function operation(op: Op, first: Expression, second?: Expression, third?: Expression): Expression {
  return new Expression(op, first, second, third);
}

/** An instruction of any bytes, or a few that need nothing else. */
export function instruction(
  bytes: readonly number[],
  type: ValueType,
  first?: Expression,
  second?: Expression,
  third?: Expression,
): Expression {
  return new Expression(bytes[0], first, second, third, 0, type, bytes);
}

/** A load from `address` plus `offset`. */
export function loadFrom(op: Op, address: Expression, offset: number): Expression {
  return new Expression(op, address, undefined, undefined, offset);
}
