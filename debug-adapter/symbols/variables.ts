import { hex, reasonOf } from './access';
import { DW_AT, DW_FORM, DW_TAG } from './dwarf/constants';
import type { Die } from './dwarf/die';
import { evaluateLocation, evaluateNumber, type ExpressionInputs, OPTIMIZED_OUT } from './dwarf/expression';
import { locationAt } from './dwarf/location';
import type { TypeBuilder } from './dwarf/type-builder';
import { CorruptDataError } from './errors';
import type { Frame } from './frames/frame';
import type { Place } from './place';
import { ArrayType, stripped, type Type, UNSIGNED_INT } from './types';
import { encodeInteger, Value } from './values';

/** A variable or parameter of the program. Its value depends on a frame; see `Program.valueOf`. */
export interface Variable {
  readonly name: string;
  readonly type: Type;
  readonly kind: 'parameter' | 'local' | 'global';
  /** Where it is declared, as far as recorded. */
  readonly line?: number;
  /** The DIE of this instance, and the function whose frame base it is relative to. */
  readonly die: Die;
  readonly functionDie?: Die;
}

/** Variables declared directly in a scope (function, block, inlined subroutine), parameters first, in source order. */
export function variablesOf(scope: Die, functionDie: Die, types: TypeBuilder): Variable[] {
  const variables: Variable[] = [];
  for (const die of scope.children) {
    if (die.tag !== DW_TAG.variable && die.tag !== DW_TAG.formal_parameter) continue;
    // `extern int x;` inside a function only names a global.
    const name = die.name;
    if (!name || (die.flag(DW_AT.declaration) && die.flag(DW_AT.external))) continue;
    variables.push({
      name,
      type: types.typeOf(die),
      kind: die.tag === DW_TAG.formal_parameter ? 'parameter' : 'local',
      line: die.withAttribute(DW_AT.decl_line)?.number(DW_AT.decl_line),
      die,
      functionDie,
    });
  }
  return variables;
}

/** How frame-dependent questions of location expressions are answered. */
export interface FrameServices {
  /** Run-time minus link-time address. */
  readonly slide: number;
  /** CFA of a frame. @throws Error in words */
  cfa(frame: Frame): number;
  /** Bits a register held on entry of the frame's function, from the call site; undefined if unknown. */
  entryValue(frame: Frame, register: number, functionDie: Die | undefined): bigint | undefined;
}

/** The value of a variable in a frame; damage and missing information become an unavailable value. */
export function valueOf(variable: Variable, frame: Frame, services: FrameServices): Value {
  const { type, die } = variable;
  try {
    const place = placeOf(variable, frame, services);
    return new Value(withBounds(variable, frame, services), place, frame.access);
  } catch (error) {
    if (error instanceof CorruptDataError)
      return Value.unavailable(
        type,
        `damaged debug information at ${hex(die.offset)}: ${error.what}`,
        frame.access,
      );
    return Value.unavailable(type, reasonOf(error), frame.access);
  }
}

function placeOf(variable: Variable, frame: Frame, services: FrameServices): Place {
  const { die, functionDie, type } = variable;
  const constant = constantOf(variable);
  if (constant) return { kind: 'bytes', bytes: constant };
  const holder = die.withAttribute(DW_AT.location);
  if (!holder) {
    const reason = die.flag(DW_AT.declaration) ? 'declared here, defined in another file' : OPTIMIZED_OUT;
    return { kind: 'unavailable', reason };
  }
  const location = locationAt(holder, DW_AT.location, frame.lookupPc - services.slide);
  if (location.kind !== 'expression') return { kind: 'unavailable', reason: OPTIMIZED_OUT };
  const inputs = frameInputs(frame, functionDie, services, holder);
  const place = evaluateLocation(location.bytes, holder.unit, inputs);
  // DW_OP_stack_value gives 8 bytes; the object may be shorter.
  if (place.kind === 'bytes' && type.size > 0 && place.bytes.length > type.size)
    return { kind: 'bytes', bytes: place.bytes.subarray(0, type.size) };
  return place;
}

/**
 * The type of a variable-length array with the bounds it has in this frame (`u32 buffer[count + 1]`): they are
 * expressions, or refer to a variable that the compiler made up for them. Other types stay as they are.
 */
function withBounds(variable: Variable, frame: Frame, services: FrameServices): Type {
  const { type, functionDie } = variable;
  const array = stripped(type);
  if (array.kind !== 'array' || array.count !== undefined) return type;
  let die = variable.die.withAttribute(DW_AT.type)?.reference(DW_AT.type);
  for (let steps = 0; die && die.tag !== DW_TAG.array_type && steps < 16; steps++)
    die = die.reference(DW_AT.type);
  const subranges = die?.children.filter((child) => child.tag === DW_TAG.subrange_type) ?? [];
  const counts = subranges.map((subrange) => {
    const known = subrange.number(DW_AT.count) ?? subrange.number(DW_AT.upper_bound);
    if (known !== undefined) return subrange.has(DW_AT.count) ? known : known + 1;
    const bound = boundOf(subrange, frame, functionDie, services);
    return bound === undefined ? undefined : bound + 1;
  });
  let element: Type = array;
  for (let depth = 0; depth < counts.length && element.kind === 'array'; depth++) element = element.element;
  return counts.reduceRight<Type>((inner, count) => new ArrayType(() => inner, count), element);
}

function boundOf(
  subrange: Die,
  frame: Frame,
  functionDie: Die | undefined,
  services: FrameServices,
): number | undefined {
  const inputs = frameInputs(frame, functionDie, services, subrange);
  const expression = subrange.block(DW_AT.upper_bound);
  if (expression) return evaluateNumber(expression, subrange.unit, inputs);
  const raw = subrange.raw(DW_AT.upper_bound);
  const holder = raw && subrange.reference(DW_AT.upper_bound)?.withAttribute(DW_AT.location);
  if (!holder) return undefined;
  const location = locationAt(holder, DW_AT.location, frame.lookupPc - services.slide);
  if (location.kind !== 'expression') return undefined;
  const place = evaluateLocation(location.bytes, holder.unit, inputs);
  return place.kind === 'unavailable'
    ? undefined
    : Number(new Value(UNSIGNED_INT, place, frame.access).integer());
}

/** What expressions of a function may ask of one of its frames. */
export function frameInputs(
  frame: Frame,
  functionDie: Die | undefined,
  services: FrameServices,
  user: Die,
): ExpressionInputs {
  const { slide } = services;
  const inputs: ExpressionInputs = {
    slide,
    readRegister: (register) => frame.registers.readForLocation(register),
    readMemory: (address, length) => frame.machine.readMemory(address, length),
    cfa: () => services.cfa(frame),
    entryValue: (register) => services.entryValue(frame, register, functionDie),
    expressionOf: (offset) => {
      const target = user.unit.info.dieAt(offset);
      const found = locationAt(target, DW_AT.location, frame.lookupPc - slide);
      return found.kind === 'expression' ? found.bytes : undefined;
    },
    frameBase: () => {
      const base = functionDie && locationAt(functionDie, DW_AT.frame_base, frame.lookupPc - slide);
      if (base?.kind !== 'expression') throw new Error('the function has no frame base');
      return evaluateNumber(base.bytes, functionDie?.unit, { ...inputs, frameBase: undefined });
    },
  };
  return inputs;
}

/** DW_AT_const_value: the object has no place, its value is in the file. */
function constantOf({ die, type }: Variable): Uint8Array | undefined {
  const holder = die.withAttribute(DW_AT.const_value);
  const raw = holder?.raw(DW_AT.const_value);
  if (!holder || !raw) return undefined;
  const { form, value } = raw;
  if (value instanceof Uint8Array) return value;
  const size = Math.max(stripped(type).size, 1);
  if (form === DW_FORM.string || form === DW_FORM.strp || form === DW_FORM.line_strp) {
    const text = new TextEncoder().encode((holder.string(DW_AT.const_value) ?? '') + '\0');
    return text;
  }
  return encodeInteger(BigInt(value), size);
}
