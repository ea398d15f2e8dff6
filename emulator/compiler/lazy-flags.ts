/**
 * N, Z, C and V in variables. N and Z are words as in CORE.N and CORE.Z; C and V are kept as the operands x and y of the
 * operation that set them, and its kind, so that flags nobody asks for cost nothing. The kind is a variable too, as
 * code behind a join of two ways may not know it; within a straight run it is known here, and conditions become
 * plain comparisons.
 */
import { Op } from './wasm/opcodes';
import { constant, local, operation, type Expression } from './expression';
import type { FunctionWriter } from './function-writer';
import { VARIABLE } from './variables';

export const enum FlagKind {
  /** x is C (0 or 1), bit 31 of y is V. */
  Plain = 0,
  /** x - y. */
  Subtract = 1,
  /** x + y. */
  Add = 2,
}

/** What is known about the flags at one place. */
export interface FlagState {
  readonly kind: FlagKind | undefined;
  /** N and Z are of the same operation as C and V. */
  readonly whole: boolean;
}
export const NOTHING_KNOWN: FlagState = { kind: undefined, whole: false };

const N = local(VARIABLE.n);
const Z = local(VARIABLE.z);
const X = local(VARIABLE.x);
const Y = local(VARIABLE.y);
const KIND = local(VARIABLE.kind);
const ZERO = constant(0);

const sum = operation(Op.I32Add, X, Y);
const difference = operation(Op.I32Sub, X, Y);
const CARRY: Readonly<Record<FlagKind, Expression>> = {
  [FlagKind.Plain]: X,
  [FlagKind.Subtract]: operation(Op.I32GeU, X, Y),
  [FlagKind.Add]: operation(Op.I32LtU, sum, X),
};
const OVERFLOW: Readonly<Record<FlagKind, Expression>> = {
  [FlagKind.Plain]: Y,
  [FlagKind.Subtract]: operation(Op.I32And, operation(Op.I32Xor, X, Y), operation(Op.I32Xor, X, difference)),
  [FlagKind.Add]: operation(Op.I32And, operation(Op.I32Xor, X, sum), operation(Op.I32Xor, Y, sum)),
};

function byKind(choice: Readonly<Record<FlagKind, Expression>>): Expression {
  const isKind = (kind: FlagKind): Expression => operation(Op.I32Eq, KIND, constant(kind));
  return operation(
    Op.Select,
    choice[FlagKind.Subtract],
    operation(Op.Select, choice[FlagKind.Add], choice[FlagKind.Plain], isKind(FlagKind.Add)),
    isKind(FlagKind.Subtract),
  );
}
const ANY_CARRY = byKind(CARRY);
const ANY_OVERFLOW = byKind(OVERFLOW);

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

export class LazyFlags {
  state: FlagState = NOTHING_KNOWN;

  /** C as 0 or 1. */
  carry(): Expression {
    const { kind } = this.state;
    return kind === undefined ? ANY_CARRY : CARRY[kind];
  }
  /** A word whose bit 31 is V. */
  overflow(): Expression {
    const { kind } = this.state;
    return kind === undefined ? ANY_OVERFLOW : OVERFLOW[kind];
  }
  negative(): Expression {
    return N;
  }
  isZero(): Expression {
    return operation(Op.I32Eqz, Z);
  }

  /** A condition (0–13) as 0 or 1. */
  condition(condition: number): Expression {
    const { kind, whole } = this.state;
    const comparison = AFTER_SUBTRACTION[condition];
    if (kind === FlagKind.Subtract && whole && comparison !== undefined) return operation(comparison, X, Y);
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
        return operation(Op.I32LtS, N, ZERO);
      case 3:
        return operation(Op.I32LtS, this.overflow(), ZERO);
      case 4:
        return operation(Op.I32And, operation(Op.I32Ne, this.carry(), ZERO), operation(Op.I32Ne, Z, ZERO));
      case 5:
        return this.signsEqual();
      default:
        return operation(Op.I32And, operation(Op.I32Ne, Z, ZERO), this.signsEqual());
    }
  }
  private signsEqual(): Expression {
    return operation(Op.I32GeS, operation(Op.I32Xor, N, this.overflow()), ZERO);
  }

  /** At the beginning of a function: what the core's block has is in n, z, x and y. */
  static arePlain(writer: FunctionWriter): void {
    writer.set(VARIABLE.kind, constant(FlagKind.Plain));
  }
}
