import { type MachineAccess, REGISTER_D0 } from '../symbols/access';
import {
  ArrayType,
  DOUBLE,
  INT,
  pointerTo,
  stripped,
  type Type,
  UNSIGNED_INT,
  UNSIGNED_LONG_LONG,
  VOID,
} from '../symbols/types';
import { Value } from '../symbols/values';
import { commonKind, compare, complement, compute, convertTo, isComparison, negate } from './arithmetic';
import type { ArithmeticOperator, ComparisonOperator, Expression, IntegerKind, TypeName } from './ast';
import { basicType, builtinTypedef } from './builtin-types';
import type { ExpressionContext, RegisterValue } from './context';
import {
  KIND_TYPES,
  TextValue,
  addressKind,
  at,
  failure,
  fieldValue,
  floatOf,
  floatValue,
  intOf,
  integerKindOf,
  integerValue,
  isFloat,
  pointedAt,
  pointerValue,
  wordAt,
} from './operands';
import { parse } from './parser';

export { TextValue } from './operands';

/**
 * Evaluates an expression in a context.
 * @returns a value that may be expanded, shown and, if it has a place, set
 * @throws ExpressionError with the place in the text and an English sentence
 */
export function evaluate(text: string, context: ExpressionContext): Value {
  return evaluateTree(parseIn(text, context), context);
}

/** Parses with the types that the context knows. @throws ExpressionError */
export function parseIn(text: string, context: ExpressionContext): Expression {
  return parse(text, {
    isTypeName: (name) => context.lookup(name) === undefined && context.typeByName(name, 'any') !== undefined,
  });
}

/**
 * Sets what `target` names to the value of `newValue`, both expressions in the same context (DAP setExpression).
 * @returns the target after the change
 * @throws ExpressionError; the place is in `target` when that cannot be set, else in `newValue`
 */
export function assign(target: string, newValue: string, context: ExpressionContext): Value {
  const tree = parseIn(target, context);
  const source = parseIn(newValue, context);
  const value = evaluateTree(source, context);
  return new Evaluator(context).store(tree, context, value, source);
}

/** Evaluates a parsed expression. @throws ExpressionError */
export function evaluateTree(expression: Expression, context: ExpressionContext): Value {
  return new Evaluator(context).value(expression, context);
}

/** C's truth of a value. @throws ExpressionError for one that has none */
export function isTrue(value: Value, node: Expression): boolean {
  if (value instanceof TextValue) return value.content !== '';
  const type = stripped(value.type);
  if (type.kind === 'struct' || type.kind === 'void')
    throw failure(node, `A value of type ${value.type.name} is neither true nor false`);
  return at(node, () =>
    type.kind === 'base' && type.encoding === 'float' ? value.float() !== 0 : value.integer() !== 0n,
  );
}

class Evaluator {
  constructor(private readonly root: ExpressionContext) {}

  value(node: Expression, context: ExpressionContext): Value {
    switch (node.kind) {
      case 'integer':
        return Value.ofInteger(KIND_TYPES[node.type], node.value, context.access);
      case 'float':
        return floatValue(node.value, context);
      case 'string':
        return new TextValue(node.value, context.access);
      case 'name':
        return this.named(node, context);
      case 'register':
        return this.register(node, context);
      case 'space':
        return this.inSpace(node, context);
      case 'unary':
        return this.unary(node, context);
      case 'sizeof':
        return this.sizeof(node, context);
      case 'cast':
        return this.cast(node, context);
      case 'binary':
        return this.binary(node, context);
      case 'logical': {
        const left = isTrue(this.value(node.left, context), node.left);
        const decided = node.operator === '&&' ? !left : left;
        const result = decided ? left : isTrue(this.value(node.right, context), node.right);
        return integerValue('i32', result ? 1 : 0, context);
      }
      case 'conditional':
        return this.value(isTrue(this.value(node.test, context), node.test) ? node.yes : node.no, context);
      case 'assign': {
        const right = this.value(node.value, context);
        if (!node.operator) return this.store(node.target, context, right, node.value);
        const left = this.value(node.target, context);
        return this.store(
          node.target,
          context,
          this.arithmetic(node.operator, left, right, node, context),
          node.value,
        );
      }
      case 'member': {
        const object = this.value(node.object, context);
        const type = stripped(object.type);
        if (type.kind !== 'struct' && type.kind !== 'pointer')
          throw failure(node, `A value of type ${object.type.name} has no members`);
        const member = at(node, () => object.member(node.name));
        if (member) return member;
        const struct = type.kind === 'pointer' ? type.target : object.type;
        throw failure(node, `There is no member "${node.name}" in ${struct.name}`);
      }
      case 'index':
        return this.index(node, context);
      case 'call':
        return this.call(node, context);
    }
  }

  // ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────

  private named(node: Expression & { kind: 'name' }, context: ExpressionContext): Value {
    const field = context.eventField?.(node.name);
    if (field !== undefined) return fieldValue(field, context);
    const value = at(node, () => context.lookup(node.name));
    if (value) return value;
    throw failure(node, `There is no variable, function or event field "${node.name}" here`);
  }

  private register(node: Expression & { kind: 'register' }, context: ExpressionContext): Value {
    const { name, field } = node;
    const read = (): RegisterValue => {
      const register = at(node, () => context.readRegister(name));
      if (!register) throw failure(node, `There is no register "${name}"`);
      if (field === undefined) return register;
      const part = at(node, () => context.readRegisterField?.(name, field));
      if (!part) throw failure(node, `Register ${register.name} has no field "${field}"`);
      return part;
    };
    const write = (value: number | bigint): void => {
      const bits = BigInt(value);
      if (field === undefined) context.writeRegister(name, bits);
      else if (context.writeRegisterField) context.writeRegisterField(name, field, bits);
      else throw new Error(`fields of ${name} cannot be set`);
    };
    const first = read();
    const wide = first.bits > 32;
    // A value whose access knows just this one register: reading and setting it goes by name.
    const { access } = context;
    const own: MachineAccess = {
      space: access.space,
      readMemory: (address, length) => access.readMemory(address, length),
      writeMemory: access.writeMemory && ((address, bytes) => access.writeMemory?.(address, bytes)),
      symbolize: access.symbolize && ((address) => access.symbolize?.(address)),
      readRegister: () => read().value,
      writeRegister: (_register, value) => write(value),
    };
    const type = wide ? UNSIGNED_LONG_LONG : UNSIGNED_INT;
    return new Value(type, { kind: 'register', register: wide ? REGISTER_D0 : 0 }, own);
  }

  private inSpace(node: Expression & { kind: 'space' }, context: ExpressionContext): Value {
    const inner = at(node, () => context.inSpace(node.space) ?? this.root.inSpace(node.space));
    if (!inner) throw failure(node, `There is no space "${node.space}:" now`);
    const value = this.value(node.operand, inner);
    // A bare number behind a space is an address of that space.
    if (node.operand.kind === 'integer') return pointerValue(VOID, value.integer(), inner.access);
    return value;
  }

  private call(node: Expression & { kind: 'call' }, context: ExpressionContext): Value {
    const parameters = node.parameters.map((parameter) => {
      const value = this.value(parameter, context);
      return value instanceof TextValue ? value.content : value;
    });
    const result = at(node, () => context.call?.(node.name, parameters));
    if (result === undefined) {
      const isFunction = stripped(context.lookup(node.name)?.type ?? VOID).kind === 'function';
      throw failure(
        node,
        isFunction
          ? `"${node.name}" is a function of the program, which the debugger does not call`
          : `There is no builtin function "${node.name}"`,
      );
    }
    if (result instanceof Value) return result;
    if (typeof result === 'string') return new TextValue(result, context.access);
    return fieldValue(result, context);
  }

  // ── operators ──────────────────────────────────────────────────────────────────────────────────────────────────

  private unary(node: Expression & { kind: 'unary' }, context: ExpressionContext): Value {
    const operand = this.value(node.operand, context);
    switch (node.operator) {
      case '!':
        return integerValue('i32', isTrue(operand, node.operand) ? 0 : 1, context);
      case '&': {
        if (operand.bits) throw failure(node, 'A bit-field has no address');
        const { address } = operand;
        if (address === undefined)
          throw failure(
            node,
            operand.unavailableReason ?? 'The value is not in memory, so it has no address',
          );
        return pointerValue(operand.type, BigInt(address), operand.access);
      }
      case '*': {
        const type = stripped(operand.type);
        if (type.kind === 'array' || type.kind === 'function') return at(node, () => operand.dereference());
        const isPointer = type.kind === 'pointer';
        if (!isPointer && integerKindOf(operand.type) === undefined)
          throw failure(node, `A value of type ${operand.type.name} is not a pointer`);
        // An integer, or a `void *`, is taken as the address of a word.
        if (!isPointer || stripped(type.target).kind === 'void')
          return at(node, () => wordAt(operand.integer(), operand.access));
        return at(node, () => operand.dereference());
      }
      default: {
        const type = stripped(operand.type);
        if (type.kind === 'base' && type.encoding === 'float' && node.operator !== '~') {
          const number = at(node, () => operand.float());
          return floatValue(node.operator === '-' ? -number : number, context, type);
        }
        const kind = integerKindOf(operand.type);
        if (!kind)
          throw failure(node, `"${node.operator}" cannot be applied to a value of type ${operand.type.name}`);
        const value = convertTo(kind, intOf(operand, node));
        const result =
          node.operator === '-'
            ? negate(kind, value)
            : node.operator === '~'
              ? complement(kind, value)
              : value;
        return integerValue(kind, result, context);
      }
    }
  }

  private binary(node: Expression & { kind: 'binary' }, context: ExpressionContext): Value {
    const left = this.value(node.left, context);
    const right = this.value(node.right, context);
    if (!isComparison(node.operator)) return this.arithmetic(node.operator, left, right, node, context);
    return integerValue('i32', this.compares(node.operator, left, right, node) ? 1 : 0, context);
  }

  private compares(operator: ComparisonOperator, left: Value, right: Value, node: Expression): boolean {
    if (left instanceof TextValue || right instanceof TextValue) {
      const [a, b] = [this.textOf(left, node), this.textOf(right, node)];
      return compare(operator, a < b ? -1 : a > b ? 1 : 0, 0);
    }
    if (isFloat(left) || isFloat(right)) {
      const [a, b] = [floatOf(left, node), floatOf(right, node)];
      // An ordering doesn't exist with NaN: every comparison but != is false.
      if (Number.isNaN(a) || Number.isNaN(b)) return operator === '!=';
      return compare(operator, a < b ? -1 : a > b ? 1 : 0, 0);
    }
    const kind = commonKind(this.operandKind(left, node), this.operandKind(right, node));
    return compare(operator, convertTo(kind, intOf(left, node)), convertTo(kind, intOf(right, node)));
  }

  /** Pointers compare and compute as unsigned addresses. */
  private operandKind(value: Value, node: Expression): IntegerKind {
    const kind = integerKindOf(value.type) ?? addressKind(value);
    if (!kind) throw failure(node, `A value of type ${value.type.name} cannot be used in a computation`);
    return kind;
  }

  private textOf(value: Value, node: Expression): string {
    if (value instanceof TextValue) return value.content;
    const type = stripped(value.type);
    if (type.kind !== 'array' && type.kind !== 'pointer')
      throw failure(
        node,
        `A text can only be compared with a text, not with a value of type ${value.type.name}`,
      );
    return at(node, () => value.cString(4096).text);
  }

  private arithmetic(
    operator: ArithmeticOperator,
    left: Value,
    right: Value,
    node: Expression,
    context: ExpressionContext,
  ): Value {
    const pointer = this.pointerArithmetic(operator, left, right, node);
    if (pointer) return pointer;
    if (left instanceof TextValue || right instanceof TextValue)
      throw failure(node, `"${operator}" cannot be applied to a text`);
    if (isFloat(left) || isFloat(right)) {
      const [a, b] = [floatOf(left, node), floatOf(right, node)];
      const computed = { '+': a + b, '-': a - b, '*': a * b, '/': a / b }[operator as '+'];
      if (computed === undefined)
        throw failure(node, `"${operator}" cannot be applied to floating point numbers`);
      const isDouble = [left, right].some((value) => isFloat(value) && value.size === 8);
      return floatValue(computed, context, isDouble ? DOUBLE : basicType('float'));
    }
    const [leftKind, rightKind] = [this.operandKind(left, node), this.operandKind(right, node)];
    const isShift = operator === '<<' || operator === '>>';
    const kind = isShift ? leftKind : commonKind(leftKind, rightKind);
    const a = convertTo(kind, intOf(left, node));
    const b = isShift ? intOf(right, node) : convertTo(kind, intOf(right, node));
    return integerValue(
      kind,
      at(node, () => compute(operator, kind, a, b)),
      context,
    );
  }

  private pointerArithmetic(
    operator: ArithmeticOperator,
    left: Value,
    right: Value,
    node: Expression,
  ): Value | undefined {
    if (operator !== '+' && operator !== '-') return undefined;
    const leftTarget = pointedAt(left);
    const rightTarget = pointedAt(right);
    if (leftTarget && rightTarget) {
      if (operator === '+') throw failure(node, 'Two pointers cannot be added');
      const size = Math.max(leftTarget.size, 1);
      if (size !== Math.max(rightTarget.size, 1))
        throw failure(node, 'The pointers point at objects of different sizes');
      const distance = at(node, () => left.integer() - right.integer());
      return Value.ofInteger(INT, distance / BigInt(size), left.access);
    }
    const [pointer, target, count] = leftTarget ? [left, leftTarget, right] : [right, rightTarget, left];
    if (!target || (operator === '-' && pointer === right)) return undefined;
    const step = BigInt(intOf(count, node)) * BigInt(Math.max(target.size, 1));
    const address = at(node, () => pointer.integer()) + (operator === '+' ? step : -step);
    return pointerValue(target, address, pointer.access, stripped(pointer.type).size === 8);
  }

  private index(node: Expression & { kind: 'index' }, context: ExpressionContext): Value {
    const object = this.value(node.object, context);
    const index = this.value(node.index, context);
    const number = Number(intOf(index, node.index));
    const type = stripped(object.type);
    if (type.kind !== 'array' && type.kind !== 'pointer')
      throw failure(node, `A value of type ${object.type.name} has no elements`);
    return at(node, () => object.element(number));
  }

  // ── types ──────────────────────────────────────────────────────────────────────────────────────────────────────

  private sizeof(node: Expression & { kind: 'sizeof' }, context: ExpressionContext): Value {
    const type = node.ofType
      ? this.typeOf(node.operand as TypeName, context)
      : this.value(node.operand as Expression, context).type;
    return integerValue('u32', type.size, context);
  }

  private cast(node: Expression & { kind: 'cast' }, context: ExpressionContext): Value {
    const type = this.typeOf(node.type, context);
    const operand = this.value(node.operand, context);
    const target = stripped(type);
    const source = stripped(operand.type);
    if (target.kind === 'void') return Value.unavailable(VOID, 'void', operand.access);
    if (target.kind === 'struct' || target.kind === 'array') {
      // GDB's use of it: look at the same memory as another type.
      if (operand.address !== undefined) return new Value(type, operand.place, operand.access);
      throw failure(node, `A value that is not in memory cannot be shown as ${type.name}`);
    }
    if (target.kind === 'function') throw failure(node, 'A value cannot be converted to a function');
    if (source.kind === 'struct' || source.kind === 'void')
      throw failure(node, `A value of type ${operand.type.name} cannot be converted to ${type.name}`);
    if (target.kind === 'base' && target.encoding === 'float')
      return floatValue(floatOf(operand, node), context, type.size === 4 ? type : DOUBLE);
    const integer = at(node, () => operand.integer());
    if (target.kind === 'pointer')
      return pointerValue(target.target, integer, operand.access, source.size === 8, type);
    const value = target.kind === 'base' && target.encoding === 'boolean' ? BigInt(integer !== 0n) : integer;
    return Value.ofInteger(type, value, operand.access);
  }

  private typeOf(name: TypeName, context: ExpressionContext): Type {
    let type: Type;
    if (name.keyword === 'basic') type = basicType(name.name);
    else {
      const found = at(
        name,
        () =>
          context.typeByName(name.name, name.keyword as 'any') ??
          this.root.typeByName(name.name, name.keyword as 'any'),
      );
      const builtin = name.keyword === 'any' ? builtinTypedef(name.name) : undefined;
      const resolved = found ?? builtin;
      const words = name.keyword === 'any' ? name.name : `${name.keyword} ${name.name}`;
      if (!resolved) throw failure(name, `There is no type "${words}" in the loaded symbols`);
      type = resolved;
    }
    for (let count = 0; count < name.pointers; count++) type = pointerTo(type);
    for (const dimension of [...name.dimensions].reverse()) {
      const element = type;
      type = new ArrayType(() => element, dimension);
    }
    return type;
  }

  // ── assignment ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sets the object that `target` names; gives it back, read again. */
  store(target: Expression, context: ExpressionContext, value: Value, source: Expression): Value {
    const object = this.value(target, context);
    if (object.place.kind === 'bytes')
      throw failure(target, 'This is a computed value; only a variable, register or memory can be set');
    const type = stripped(object.type);
    if (type.kind === 'struct' || type.kind === 'array') {
      if (stripped(value.type).size !== type.size || stripped(value.type).kind !== type.kind)
        throw failure(source, `A value of type ${value.type.name} cannot be stored in ${object.type.name}`);
      at(target, () => object.setBytes(value.bytes()));
    } else if (value instanceof TextValue) throw failure(source, 'A text cannot be stored here');
    else {
      const number = isFloat(value) ? floatOf(value, source) : at(source, () => value.integer());
      at(target, () => object.set(number));
    }
    return this.value(target, context);
  }
}
