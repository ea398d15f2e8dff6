/** The part of the builder that makes expressions of others: it reads and writes nothing of the machine. */
import type { Operand, Value, Wide } from '../isa/builder';
import { type Expression, constant, instruction, operation } from './expression';
import type { FunctionWriter } from './function-writer';
import { Op, ValueType } from './wasm/opcodes';

/** Larger trees than this are put into a variable when they are made. */
const LARGEST_TREE = 12;

export function expression(value: Value | Wide): Expression {
  return value as Expression;
}
/** The number that an operand of a decoded instruction is. */
export function number(operand: Operand | number): number {
  return operand as unknown as number;
}

const WIDE_32 = instruction([Op.I64Const, 32], ValueType.I64);
const WIDE_OPS: ReadonlySet<Op> = new Set([
  Op.I64Add,
  Op.I64Sub,
  Op.I64Mul,
  Op.I64Or,
  Op.I64Shl,
  Op.I64ShrU,
  Op.I64ExtendI32S,
  Op.I64ExtendI32U,
]);
function isWideOp(op: Op): boolean {
  return WIDE_OPS.has(op);
}

export class ArithmeticBuilder {
  constructor(protected readonly writer: FunctionWriter) {}

  // Expressions

  protected make(op: Op, x: Value | Wide, y?: Value | Wide, z?: Value | Wide): Expression {
    const made = operation(op, x as Expression, y as Expression | undefined, z as Expression | undefined);
    return made.size > LARGEST_TREE && !isWideOp(op) ? this.writer.atom(made) : made;
  }
  atom(value: Value): Expression {
    return this.writer.atom(expression(value));
  }

  c(value: number): Value {
    return constant(value);
  }
  imm(operand: Operand): Value {
    return constant(number(operand));
  }

  // Arithmetic

  add(x: Value, y: Value): Value {
    const a = expression(x);
    const b = expression(y);
    if (b.constant === 0) return a;
    if (a.constant !== undefined && b.constant !== undefined) return constant(a.constant + b.constant);
    return this.make(Op.I32Add, a, b);
  }
  sub(x: Value, y: Value): Value {
    return expression(y).constant === 0 ? x : this.make(Op.I32Sub, x, y);
  }
  mul(x: Value, y: Value): Value {
    return this.make(Op.I32Mul, x, y);
  }
  and(x: Value, y: Value): Value {
    return this.make(Op.I32And, x, y);
  }
  or(x: Value, y: Value): Value {
    return this.make(Op.I32Or, x, y);
  }
  xor(x: Value, y: Value): Value {
    return expression(y).constant === 0 ? x : this.make(Op.I32Xor, x, y);
  }
  not(x: Value): Value {
    return this.make(Op.I32Xor, x, constant(-1));
  }
  shl(x: Value, amount: Value): Value {
    return expression(amount).constant === 0 ? x : this.make(Op.I32Shl, x, amount);
  }
  shr(x: Value, amount: Value): Value {
    return expression(amount).constant === 0 ? x : this.make(Op.I32ShrU, x, amount);
  }
  sar(x: Value, amount: Value): Value {
    return this.make(Op.I32ShrS, x, amount);
  }
  ror(x: Value, amount: Value): Value {
    return this.make(Op.I32Rotr, x, amount);
  }
  clz(x: Value): Value {
    return this.make(Op.I32Clz, x);
  }
  sext(x: Value, bits: 8 | 16): Value {
    return this.make(bits === 8 ? Op.I32Extend8S : Op.I32Extend16S, x);
  }
  /** By 0 it gives 0; WebAssembly traps there, and on the one quotient that does not fit. */
  divS(x: Value, y: Value): Value {
    const n = this.atom(x);
    const d = this.atom(y);
    const minusOne = this.eq(d, constant(-1));
    const safe = this.atom(this.select(this.or(this.eq(d, constant(0)), minusOne), constant(1), d));
    const quotient = this.make(Op.I32DivS, n, safe);
    const negated = this.sub(constant(0), n);
    return this.atom(
      this.select(this.eq(d, constant(0)), constant(0), this.select(minusOne, negated, quotient)),
    );
  }
  divU(x: Value, y: Value): Value {
    const d = this.atom(y);
    const isZero = this.eq(d, constant(0));
    const quotient = this.make(Op.I32DivU, x, this.select(isZero, constant(1), d));
    return this.atom(this.select(isZero, constant(0), quotient));
  }

  // Comparisons

  eq(x: Value, y: Value): Value {
    return this.make(Op.I32Eq, x, y);
  }
  ne(x: Value, y: Value): Value {
    return this.make(Op.I32Ne, x, y);
  }
  ltS(x: Value, y: Value): Value {
    return this.make(Op.I32LtS, x, y);
  }
  ltU(x: Value, y: Value): Value {
    return this.make(Op.I32LtU, x, y);
  }

  // 64 bits

  wideU(x: Value): Wide {
    return this.make(Op.I64ExtendI32U, x);
  }
  wideS(x: Value): Wide {
    return this.make(Op.I64ExtendI32S, x);
  }
  wide(low: Value, high: Value): Wide {
    return this.make(Op.I64Or, this.wideU(low), this.make(Op.I64Shl, this.wideU(high), WIDE_32));
  }
  low(x: Wide): Value {
    return operation(Op.I32WrapI64, this.writer.wideAtom(expression(x)));
  }
  high(x: Wide): Value {
    const wide = this.writer.wideAtom(expression(x));
    return operation(Op.I32WrapI64, operation(Op.I64ShrU, wide, WIDE_32));
  }
  mulWideU(x: Value, y: Value): Wide {
    return this.writer.wideAtom(this.make(Op.I64Mul, this.wideU(x), this.wideU(y)));
  }
  mulWideS(x: Value, y: Value): Wide {
    return this.writer.wideAtom(this.make(Op.I64Mul, this.wideS(x), this.wideS(y)));
  }
  addWide(x: Wide, y: Wide): Wide {
    return this.writer.wideAtom(this.make(Op.I64Add, x, y));
  }
  subWide(x: Wide, y: Wide): Wide {
    return this.writer.wideAtom(this.make(Op.I64Sub, x, y));
  }

  select(condition: Value, whenTrue: Value, whenFalse: Value): Value {
    return this.make(Op.Select, whenTrue, whenFalse, condition);
  }
  let(value: Value): Value {
    return this.atom(value);
  }
}
