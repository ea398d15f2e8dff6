/**
 * Writes the body of one function: instructions, nested blocks by name instead of depth, and local variables for
 * what lasts no longer than a guest instruction.
 */
import { constant, type Expression, loadFrom, local, operation } from './expression';
import { Bytes } from './wasm/bytes';
import { EMPTY_BLOCK, Op, ValueType } from './wasm/opcodes';
import type { FunctionBody } from './wasm/module';

/** Variables of 64 bits that every function has, right behind its parameters. */
export const WIDE_VARIABLES = 8;

/** A block, loop or `if` that is open: branches name it. */
export interface Scope {
  readonly loop: boolean;
}

export class FunctionWriter {
  readonly code = new Bytes();
  /** Where in `code` branches are whose condition is hardly ever true. */
  private readonly unlikely: number[] = [];
  private readonly scopes: Scope[] = [];
  private usedWide = 0;
  /** Types of the variables from `first` on, and whether the current instruction has them. */
  private readonly types: ValueType[] = [];
  private readonly taken: boolean[] = [];
  private readonly permanents = new Set<number>();

  constructor(
    private readonly parameters: number,
    /** Number of the first variable that is nothing else: behind the parameters, WIDE_VARIABLES and those with names. */
    private readonly first: number,
    /** WIDE_VARIABLES, or 0: variables of 64 bits are then like all others. */
    private readonly wide = WIDE_VARIABLES,
  ) {}

  // Variables

  /** Variables of the instruction before are free again. */
  freeTemporaries(): void {
    this.taken.fill(false);
    if (this.permanents.size > 0) for (const index of this.permanents) this.taken[index] = true;
    this.usedWide = 0;
  }

  /** Variables that `write` takes are free again behind it. */
  scoped(write: () => void): void {
    const before = this.taken.slice();
    write();
    for (let index = 0; index < this.taken.length; index++) this.taken[index] = before[index] ?? false;
  }

  /** A new variable that is never free again. */
  permanent(type: ValueType): number {
    const variable = this.temporary(type);
    this.permanents.add(variable - this.first);
    return variable;
  }

  /** A new variable. */
  temporary(type = ValueType.I32): number {
    const { types, taken } = this;
    let index = 0;
    while (index < types.length && (taken[index] || types[index] !== type)) index++;
    types[index] = type;
    taken[index] = true;
    return this.first + index;
  }

  /** `value`, or a variable of its type that has it. */
  atom(value: Expression): Expression {
    if (value.atomic) return value;
    const variable = this.temporary(value.type);
    this.set(variable, value);
    return local(variable, value.type);
  }

  /** As atom, of 64 bits. */
  wideAtom(value: Expression): Expression {
    if (value.atomic) return value;
    if (this.wide === 0) {
      const variable = this.temporary(ValueType.I64);
      this.set(variable, value);
      return local(variable);
    }
    if (this.usedWide === WIDE_VARIABLES) throw new Error('too many 64-bit values in one instruction');
    const variable = this.parameters + this.usedWide++;
    this.set(variable, value);
    return local(variable);
  }

  // Instructions

  op(op: Op): void {
    this.code.byte(op);
  }
  push(value: Expression): void {
    value.write(this.code);
  }
  set(variable: number, value: Expression): void {
    value.write(this.code);
    this.setFromStack(variable);
  }
  setFromStack(variable: number): void {
    this.code.byte(Op.LocalSet);
    this.code.unsigned(variable);
  }
  /** `variable` := `value`, which stays on the stack. */
  tee(variable: number, value: Expression): void {
    value.write(this.code);
    this.code.byte(Op.LocalTee);
    this.code.unsigned(variable);
  }
  store(op: Op, address: Expression, offset: number, value: Expression): void {
    address.write(this.code);
    value.write(this.code);
    this.code.byte(op);
    this.code.byte(0);
    this.code.unsigned(offset);
  }
  /** As store, by an instruction of any number of bytes. */
  storeAs(op: readonly number[], address: Expression, offset: number, value: Expression): void {
    address.write(this.code);
    value.write(this.code);
    this.code.list(op);
    this.code.byte(0);
    this.code.unsigned(offset);
  }
  load(variable: number, address: Expression, offset: number): void {
    this.set(variable, loadFrom(Op.I32Load, address, offset));
  }
  /** variable += by. */
  addTo(variable: number, by: number): void {
    if (by !== 0) this.set(variable, operation(Op.I32Add, local(variable), constant(by)));
  }

  // Control

  private open(op: Op, scope: Scope): Scope {
    this.code.byte(op);
    this.code.byte(EMPTY_BLOCK);
    this.scopes.push(scope);
    return scope;
  }
  block(): Scope {
    return this.open(Op.Block, { loop: false });
  }
  loop(): Scope {
    return this.open(Op.Loop, { loop: true });
  }
  /** Opens an `if` over the condition on the stack. */
  ifTrue(): Scope {
    return this.open(Op.If, { loop: false });
  }
  /** As ifTrue, where what is inside is hardly ever executed. */
  ifUnlikely(): Scope {
    this.unlikely.push(this.code.length);
    return this.ifTrue();
  }
  otherwise(): void {
    this.code.byte(Op.Else);
  }
  end(): void {
    this.scopes.pop();
    this.code.byte(Op.End);
  }
  private depth(scope: Scope): number {
    const at = this.scopes.lastIndexOf(scope);
    if (at < 0) throw new Error('a branch to a block that is not open');
    return this.scopes.length - 1 - at;
  }
  /** To the end of a block, to the beginning of a loop. */
  branch(scope: Scope): void {
    this.code.byte(Op.Br);
    this.code.unsigned(this.depth(scope));
  }
  branchIf(scope: Scope): void {
    this.code.byte(Op.BrIf);
    this.code.unsigned(this.depth(scope));
  }
  /** As branchIf, where the condition is hardly ever true. */
  branchIfUnlikely(scope: Scope): void {
    this.unlikely.push(this.code.length);
    this.branchIf(scope);
  }
  /** By the number on the stack; a number that `targets` has not goes to `otherwise`. */
  branchTable(targets: readonly Scope[], otherwise: Scope): void {
    this.code.byte(Op.BrTable);
    this.code.unsigned(targets.length);
    for (const scope of targets) this.code.unsigned(this.depth(scope));
    this.code.unsigned(this.depth(otherwise));
  }

  /** The finished function, of type 0. */
  body(): FunctionBody {
    const named = this.first - this.parameters - this.wide;
    return {
      type: 0,
      locals: [
        { count: this.wide, type: ValueType.I64 },
        { count: named, type: ValueType.I32 },
        ...this.types.map((type) => ({ count: 1, type })),
      ].filter(({ count }) => count !== 0),
      code: this.code,
      unlikely: this.unlikely,
    };
  }
}
