/**
 * N, Z, C and V in variables: as the operands x and y of the operation that set them, and its kind, so that flags nobody
 * asks for cost nothing. N and Z that are not of that operation are words as in CORE.N and CORE.Z, in n and z. The kind
 * is a variable too, as code behind a join of two ways may not know it; where it is known, conditions become plain
 * comparisons.
 */
import { Op } from './wasm/opcodes';
import { constant, local, operation, type Expression } from './expression';
import { VARIABLE } from './variables';

/** Bits: 1 a subtraction, 2 an addition, 4 N and Z are of it. */
export const enum FlagKind {
  /** x is C (0 or 1), bit 31 of y is V; N and Z are in n and z. */
  Plain = 0,
  /** C and V are those of x - y. */
  Subtract = 1,
  /** C and V are those of x + y. */
  Add = 2,
  /** All flags are those of x - y. */
  WholeSubtract = 5,
  WholeAdd = 6,
}
const WHOLE = 4;

/** The kind when N and Z are set apart. */
export function withoutNZ(kind: FlagKind): FlagKind {
  return kind & ~WHOLE;
}
export function isWhole(kind: FlagKind): boolean {
  return (kind & WHOLE) !== 0;
}

const N = local(VARIABLE.n);
const Z = local(VARIABLE.z);
const X = local(VARIABLE.x);
const Y = local(VARIABLE.y);
const KIND = local(VARIABLE.kind);
const ZERO = constant(0);

const sum = operation(Op.I32Add, X, Y);
const difference = operation(Op.I32Sub, X, Y);

function isKind(bit: number): Expression {
  return operation(Op.I32And, KIND, constant(bit));
}

/** A value by the operation, without one, and where that is not known. */
interface Choice {
  readonly subtract: Expression;
  readonly add: Expression;
  readonly plain: Expression;
  readonly unknown: Expression;
}
/** Of what follows from x and y alone. */
function choice(subtract: Expression, add: Expression, plain: Expression): Choice {
  const others = operation(Op.Select, add, plain, isKind(FlagKind.Add));
  return { subtract, add, plain, unknown: operation(Op.Select, subtract, others, isKind(FlagKind.Subtract)) };
}
const CARRY = choice(operation(Op.I32GeU, X, Y), operation(Op.I32LtU, sum, X), X);
const OVERFLOW = choice(
  operation(Op.I32And, operation(Op.I32Xor, X, Y), operation(Op.I32Xor, X, difference)),
  operation(Op.I32And, operation(Op.I32Xor, X, sum), operation(Op.I32Xor, Y, sum)),
  Y,
);

/** What N and Z are those of: the operation's result, or `plain` where they are set apart. */
function resultOr(plain: Expression): Choice {
  const whole = operation(Op.Select, difference, sum, isKind(FlagKind.Subtract));
  return {
    subtract: difference,
    add: sum,
    plain,
    unknown: operation(Op.Select, whole, plain, isKind(WHOLE)),
  };
}
const NEGATIVE = resultOr(N);
const NOT_ZERO = resultOr(Z);

function chosen({ subtract, add, plain, unknown }: Choice, kind: FlagKind | undefined): Expression {
  if (kind === undefined) return unknown;
  return kind & FlagKind.Subtract ? subtract : kind & FlagKind.Add ? add : plain;
}

/** Comparisons of x with y that are a condition after a subtraction of the two; index is the condition. */
const AFTER_SUBTRACTION: readonly (Op | undefined)[] = [
  Op.I32Eq,
  Op.I32Ne,
  Op.I32GeU,
  Op.I32LtU,
  undefined,
  undefined,
  undefined,
  undefined,
  Op.I32GtU,
  Op.I32LeU,
  Op.I32GeS,
  Op.I32LtS,
  Op.I32GtS,
  Op.I32LeS,
];

/** What x or y is besides: R0–R14 plus a constant, or a constant alone. */
export interface KnownOperand {
  readonly register: number | undefined;
  readonly plus: number;
}
/** What is known at one place. */
export interface KnownFlags {
  readonly kind: FlagKind | undefined;
  readonly x: KnownOperand | undefined;
  readonly y: KnownOperand | undefined;
}
export const UNKNOWN_FLAGS: KnownFlags = { kind: undefined, x: undefined, y: undefined };

function isSame(one: KnownOperand | undefined, other: KnownOperand | undefined): boolean {
  return one?.register === other?.register && one?.plus === other?.plus;
}
/** What is known where two ways come together. */
export function knownOnBoth(one: KnownFlags, other: KnownFlags): KnownFlags {
  return {
    kind: one.kind === other.kind ? one.kind : undefined,
    x: isSame(one.x, other.x) ? one.x : undefined,
    y: isSame(one.y, other.y) ? one.y : undefined,
  };
}
/** All that was known at a place is known where a way comes to it later. @param both what is known on all ways. */
export function holdsAt(before: KnownFlags | undefined, both: KnownFlags): boolean {
  return before?.kind === both.kind && isSame(before?.x, both.x) && isSame(before?.y, both.y);
}
function isIn(registers: number, operand: KnownOperand | undefined): boolean {
  return operand?.register !== undefined && ((registers >>> operand.register) & 1) !== 0;
}
function written({ register, plus }: KnownOperand): Expression {
  if (register === undefined) return constant(plus);
  const value = local(VARIABLE.r + register);
  return plus === 0 ? value : operation(Op.I32Add, value, constant(plus));
}

export class LazyFlags {
  known = UNKNOWN_FLAGS;

  get kind(): FlagKind | undefined {
    return this.known.kind;
  }
  set kind(kind: FlagKind | undefined) {
    this.known = { kind, x: this.known.x, y: this.known.y };
  }

  private get kindOfNZ(): FlagKind | undefined {
    const { kind } = this;
    return kind === undefined || isWhole(kind) ? kind : FlagKind.Plain;
  }

  /** R0–R14 that `registers` has as bits got other values. */
  registersWritten(registers: number): void {
    const { kind, x, y } = this.known;
    const changesX = isIn(registers, x);
    const changesY = isIn(registers, y);
    if (changesX || changesY) this.known = { kind, x: changesX ? undefined : x, y: changesY ? undefined : y };
  }

  /** What is known, as it is put into the variables again: V8 need not keep what they were. */
  *again(): IterableIterator<{ readonly variable: number; readonly value: Expression }> {
    const { kind, x, y } = this.known;
    if (kind !== undefined) yield { variable: VARIABLE.kind, value: constant(kind) };
    if (x !== undefined) yield { variable: VARIABLE.x, value: written(x) };
    if (y !== undefined) yield { variable: VARIABLE.y, value: written(y) };
  }

  /** C as 0 or 1. */
  carry(): Expression {
    return chosen(CARRY, this.kind);
  }
  /** A word whose bit 31 is V. */
  overflow(): Expression {
    return chosen(OVERFLOW, this.kind);
  }
  /** A word whose bit 31 is N. */
  negative(): Expression {
    return chosen(NEGATIVE, this.kindOfNZ);
  }
  /** A word that is 0 where Z is 1. */
  zero(): Expression {
    return chosen(NOT_ZERO, this.kindOfNZ);
  }
  isZero(): Expression {
    return this.kind === FlagKind.WholeSubtract
      ? operation(Op.I32Eq, X, Y)
      : operation(Op.I32Eqz, this.zero());
  }
  /** The kind, when N and Z are set apart from now on and it is not known. */
  kindWithoutNZ(): Expression {
    return isKind(FlagKind.Subtract | FlagKind.Add);
  }

  /** A condition (0–13) as 0 or 1. */
  condition(condition: number): Expression {
    const comparison = AFTER_SUBTRACTION[condition];
    if (this.kind === FlagKind.WholeSubtract && comparison !== undefined) return operation(comparison, X, Y);
    const even = this.basic(condition >> 1);
    return (condition & 1) === 0 ? even : operation(Op.I32Eqz, even);
  }

  /** The condition with bits 3–1 `number`, of those whose bit 0 is 0. */
  private basic(number: number): Expression {
    switch (number) {
      case 0:
        return this.isZero();
      case 1:
        return this.carry();
      case 2:
        return operation(Op.I32LtS, this.negative(), ZERO);
      case 3:
        return operation(Op.I32LtS, this.overflow(), ZERO);
      case 4:
        return operation(
          Op.I32And,
          operation(Op.I32Ne, this.carry(), ZERO),
          operation(Op.I32Ne, this.zero(), ZERO),
        );
      case 5:
        return this.signsEqual();
      default:
        return operation(Op.I32And, operation(Op.I32Ne, this.zero(), ZERO), this.signsEqual());
    }
  }
  private signsEqual(): Expression {
    return operation(Op.I32GeS, operation(Op.I32Xor, this.negative(), this.overflow()), ZERO);
  }
}
