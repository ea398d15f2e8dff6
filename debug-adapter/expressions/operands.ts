import { hex, type MachineAccess, reasonOf } from '../symbols/access';
import {
  ArrayType,
  CHAR,
  DOUBLE,
  INT,
  LONG_LONG,
  PointerType,
  stripped,
  type Type,
  UNSIGNED_INT,
  UNSIGNED_LONG_LONG,
} from '../symbols/types';
import { Value } from '../symbols/values';
import { ArithmeticError, type Int, shrink } from './arithmetic';
import type { Expression, IntegerKind } from './ast';
import type { ExpressionContext } from './context';
import { ExpressionError } from './errors';

/** Values as operands: C's kinds of integers, pointers, texts, and errors with their place. */

/** A text that a builtin answered, or a string literal; shown without quotes when it is the result. */
export class TextValue extends Value {
  constructor(
    readonly content: string,
    access: MachineAccess,
  ) {
    const bytes = new TextEncoder().encode(content + '\0');
    super(new ArrayType(() => CHAR, bytes.length), { kind: 'bytes', bytes }, access);
  }

  override text(): string {
    return this.content;
  }
}

export const KIND_TYPES: Readonly<Record<IntegerKind, Type>> = {
  i32: INT,
  u32: UNSIGNED_INT,
  i64: LONG_LONG,
  u64: UNSIGNED_LONG_LONG,
};

export function failure(
  place: { readonly start: number; readonly end: number },
  reason: string,
): ExpressionError {
  return new ExpressionError(reason, place.start, Math.max(1, place.end - place.start));
}

/** Gives errors of the machine and of arithmetic the place in the text. */
export function at<T>(place: { readonly start: number; readonly end: number }, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    const reason = reasonOf(error);
    throw failure(
      place,
      error instanceof ArithmeticError ? reason : reason.charAt(0).toUpperCase() + reason.slice(1),
    );
  }
}

/** The arithmetic type that a value of this type is promoted to (C11 6.3.1.1); undefined for what isn't an integer. */
export function integerKindOf(declared: Type): IntegerKind | undefined {
  const type = stripped(declared);
  if (type.kind === 'enum') return type.size < 4 || type.signed ? 'i32' : 'u32';
  if (type.kind !== 'base' || type.encoding === 'float' || type.size > 8) return undefined;
  if (type.size < 4) return 'i32';
  const signed = type.encoding.startsWith('signed');
  return type.size === 4 ? (signed ? 'i32' : 'u32') : signed ? 'i64' : 'u64';
}

export function addressKind(value: Value): IntegerKind | undefined {
  const type = stripped(value.type);
  if (type.kind === 'pointer') return type.size === 8 ? 'u64' : 'u32';
  return type.kind === 'array' || type.kind === 'function' ? 'u32' : undefined;
}

/** What a pointer points at, or what the elements of an array are. */
export function pointedAt(value: Value): Type | undefined {
  if (value instanceof TextValue) return undefined;
  const type = stripped(value.type);
  return type.kind === 'pointer' ? type.target : type.kind === 'array' ? type.element : undefined;
}

export function isFloat(value: Value): boolean {
  const type = stripped(value.type);
  return type.kind === 'base' && type.encoding === 'float';
}

export function floatOf(value: Value, node: { start: number; end: number }): number {
  return at(node, () => (isFloat(value) ? value.float() : Number(value.integer())));
}

export function intOf(value: Value, node: Expression): Int {
  if (value instanceof TextValue) throw failure(node, 'A number is expected, not a text');
  if (isFloat(value)) throw failure(node, 'An integer is expected, not a floating point number');
  if (!integerKindOf(value.type) && !addressKind(value))
    throw failure(node, `A value of type ${value.type.name} is not a number`);
  return shrink(at(node, () => value.integer()));
}

export function integerValue(kind: IntegerKind, value: Int, context: ExpressionContext): Value {
  return Value.ofInteger(KIND_TYPES[kind], BigInt(value), context.access);
}

export function floatValue(value: number, context: ExpressionContext, type: Type = DOUBLE): Value {
  const bytes = new Uint8Array(type.size);
  const view = new DataView(bytes.buffer);
  if (type.size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return new Value(type, { kind: 'bytes', bytes }, context.access);
}

/** A pointer; physical and intermediate addresses need more than 32 bits, and then it is 8 bytes long. */
export function pointerValue(
  target: Type,
  address: bigint,
  access: MachineAccess,
  wide = false,
  declared?: Type,
): Value {
  const isWide = wide || address > 0xffffffffn;
  const type = declared && !isWide ? declared : new PointerType(() => target, isWide ? 8 : 4);
  return Value.ofInteger(type, address, access);
}

export function wordAt(address: bigint, access: MachineAccess): Value {
  if (address > 0xff_ffff_ffffn) throw new Error(`${hex(address)} is not an address`);
  return new Value(UNSIGNED_INT, { kind: 'memory', address: Number(address) }, access);
}

export function fieldValue(field: number | bigint | boolean | string, context: ExpressionContext): Value {
  if (typeof field === 'string') return new TextValue(field, context.access);
  if (typeof field === 'boolean') return integerValue('i32', field ? 1 : 0, context);
  const value = BigInt(field);
  if (value >= -0x8000_0000n && value <= 0x7fff_ffffn) return Value.ofInteger(INT, value, context.access);
  if (value >= 0n && value <= 0xffff_ffffn) return Value.ofInteger(UNSIGNED_INT, value, context.access);
  return Value.ofInteger(value < 0n ? LONG_LONG : UNSIGNED_LONG_LONG, value, context.access);
}
