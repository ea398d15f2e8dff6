import { hex, type MachineAccess, reasonOf } from './access';
import { decodeInteger, encodeFloat, encodeInteger, halfToNumber } from './encoding';
import { copyBits, partOf, type Place, readPlace, writePlace } from './place';
import { decodeText } from './reader';
import {
  booleanText,
  characterText,
  enumText,
  integerText,
  isPrintable,
  quoted,
  type TextOptions,
} from './value-text';
import { type Member, stripped, type StructType, type Type } from './types';

/** A child of a value, with what has to be written after (or around) the parent's expression to reach it. */
export interface NamedValue {
  readonly name: string;
  readonly value: Value;
  /** The child's own expression, given the parent's: `vcpu` → `vcpu->arch`. */
  expression(parent: string): string;
}

export { decodeInteger, encodeInteger } from './encoding';
export { integerText, type TextOptions } from './value-text';

/** Bytes of a C string read at most for showing. */
const LONGEST_STRING = 200;
const SUMMARY_LIMIT = 100;

/**
 * A typed object at a place of one context. Nothing is read before it is asked for; each method that reads throws an
 * Error in words when the machine cannot give the bytes, except `text`, which shows the reason in angle brackets.
 */
export class Value {
  /**
   * @param type the declared type
   * @param place where it is
   * @param access memory and registers of the context it belongs to
   * @param bits for a bit-field: first bit from the place's first byte, and width
   */
  constructor(
    readonly type: Type,
    readonly place: Place,
    readonly access: MachineAccess,
    readonly bits?: { readonly offset: number; readonly size: number },
  ) {}

  static unavailable(type: Type, reason: string, access: MachineAccess): Value {
    return new Value(type, { kind: 'unavailable', reason }, access);
  }

  /** A computed integer (or pointer, enum, ...) of a type. */
  static ofInteger(type: Type, value: bigint, access: MachineAccess): Value {
    return new Value(type, { kind: 'bytes', bytes: encodeInteger(value, Math.max(type.size, 1)) }, access);
  }

  /** Address in the value's space, when it is in memory (of a bit-field: of its first byte). */
  get address(): number | undefined {
    return this.place.kind === 'memory' ? this.place.address : undefined;
  }

  /** Why the value cannot be had, or undefined. */
  get unavailableReason(): string | undefined {
    return this.place.kind === 'unavailable' ? this.place.reason : undefined;
  }

  get size(): number {
    return this.type.size;
  }

  bytes(): Uint8Array {
    if (!this.bits) return readPlace(this.place, this.size, this.access);
    const { offset, size } = this.bits;
    const source = readPlace(this.place, (offset + size + 7) >> 3, this.access);
    const bytes = new Uint8Array(Math.max(this.size, (size + 7) >> 3));
    copyBits(source, offset, bytes, 0, size);
    return bytes;
  }

  /** The value of an integer, character, enumeration, boolean or pointer, sign as its type has it. */
  integer(): bigint {
    const type = stripped(this.type);
    if (type.kind === 'base' && type.encoding === 'float') return BigInt(Math.trunc(this.float()));
    if (type.kind === 'array' || type.kind === 'function') return BigInt(this.requireAddress());
    const raw = decodeInteger(this.bytes());
    const width = this.bits?.size ?? type.size * 8;
    const signed =
      (type.kind === 'base' && type.encoding.startsWith('signed')) || (type.kind === 'enum' && type.signed);
    return signed ? BigInt.asIntN(width, raw) : BigInt.asUintN(width, raw);
  }

  float(): number {
    const bytes = this.bytes();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length === 4) return view.getFloat32(0, true);
    if (bytes.length === 8) return view.getFloat64(0, true);
    if (bytes.length === 2) return halfToNumber(view.getUint16(0, true));
    throw new Error(`floating point numbers of ${bytes.length} bytes are not known on ARM`);
  }

  /** Sets a scalar. @throws Error in words */
  set(value: bigint | number): void {
    const type = stripped(this.type);
    if (type.kind === 'struct' || type.kind === 'array' || type.kind === 'function' || type.kind === 'void')
      throw new Error(`a value of type ${this.type.name} cannot be set as a whole; set its parts`);
    if (type.kind === 'base' && type.encoding === 'float')
      return this.setBytes(encodeFloat(Number(value), type.size));
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${value} is not an integer`);
    let integer = BigInt(typeof value === 'number' ? Math.trunc(value) : value);
    if (type.kind === 'base' && type.encoding === 'boolean') integer = integer === 0n ? 0n : 1n;
    this.setBytes(encodeInteger(integer, type.size));
  }

  setBytes(bytes: Uint8Array): void {
    if (!this.bits) return writePlace(this.place, bytes, this.access);
    const { offset, size } = this.bits;
    const current = readPlace(this.place, (offset + size + 7) >> 3, this.access).slice();
    copyBits(bytes, 0, current, offset, size);
    writePlace(this.place, current, this.access);
  }

  // ── parts ──────────────────────────────────────────────────────────────────────────────────────────────────────

  get hasChildren(): boolean {
    return this.childCount > 0;
  }

  /** Number of children; elements for arrays. A pointer to a struct has the struct's members as its children. */
  get childCount(): number {
    if (this.place.kind === 'unavailable') return 0;
    const type = stripped(this.type);
    if (type.kind === 'struct') return type.members.length;
    if (type.kind === 'array') return type.count ?? 0;
    if (type.kind !== 'pointer') return 0;
    const target = stripped(type.target);
    if (target.kind === 'struct') return target.members.length;
    return target.kind === 'void' || target.kind === 'function' ? 0 : 1;
  }

  /** Children from `start` (0-based), at most `count`. */
  children(start = 0, count = Infinity): NamedValue[] {
    if (this.place.kind === 'unavailable') return [];
    const type = stripped(this.type);
    if (type.kind === 'struct') return this.memberChildren(type, start, count, '.');
    if (type.kind === 'array') {
      const end = Math.min(type.count ?? 0, start + count);
      const children: NamedValue[] = [];
      for (let index = start; index < end; index++)
        children.push({
          name: `[${index}]`,
          value: this.element(index),
          expression: (parent) => `${postfixed(parent)}[${index}]`,
        });
      return children;
    }
    if (type.kind !== 'pointer' || !this.hasChildren) return [];
    const target = this.dereference();
    const struct = stripped(target.type);
    if (struct.kind === 'struct') return target.memberChildren(struct, start, count, '->');
    return start > 0 ? [] : [{ name: '*', value: target, expression: (parent) => `*${postfixed(parent)}` }];
  }

  private memberChildren(
    struct: StructType,
    start: number,
    count: number,
    operator: '.' | '->',
  ): NamedValue[] {
    return struct.members.slice(start, start + count).map((member) => ({
      name: member.name || anonymousName(member.type),
      value: this.at(member),
      // Members of an anonymous struct or union are reached as the parent's own.
      expression: (parent) => (member.name ? `${postfixed(parent)}${operator}${member.name}` : parent),
    }));
  }

  /** A member by name, also through anonymous structs and unions and, for a pointer, through the pointer. */
  member(name: string): Value | undefined {
    const type = stripped(this.type);
    if (type.kind === 'pointer') return this.dereference().member(name);
    if (type.kind !== 'struct') return undefined;
    return findMember(this, type, name, 0);
  }

  at(member: Member): Value {
    if (member.bitSize === undefined)
      return new Value(member.type, partOf(this.place, member.offset, member.type.size), this.access);
    const offset = member.bitOffset ?? 0;
    const place = partOf(this.place, member.offset, (offset + member.bitSize + 7) >> 3);
    return new Value(member.type, place, this.access, { offset, size: member.bitSize });
  }

  /** Element of an array, or of what a pointer points at. Indices outside the bounds are allowed, as in C. */
  element(index: number): Value {
    const type = stripped(this.type);
    if (type.kind === 'array') {
      const { element } = type;
      return new Value(element, partOf(this.place, index * element.size, element.size), this.access);
    }
    if (type.kind === 'pointer') {
      const address = wrap(Number(this.integer()) + index * Math.max(type.target.size, 1));
      return new Value(type.target, { kind: 'memory', address }, this.access);
    }
    throw new Error(`a value of type ${this.type.name} has no elements`);
  }

  /** What a pointer points at. */
  dereference(): Value {
    const type = stripped(this.type);
    if (type.kind === 'array') return this.element(0);
    if (type.kind === 'function') return this;
    if (type.kind !== 'pointer') throw new Error(`a value of type ${this.type.name} is not a pointer`);
    return new Value(type.target, { kind: 'memory', address: Number(this.integer()) }, this.access);
  }

  private requireAddress(): number {
    if (this.address === undefined)
      throw new Error(this.unavailableReason ?? 'the value is not in memory, it has no address');
    return this.address;
  }

  // ── text ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The value for a person; what cannot be read is shown as `<reason>`. */
  text(options: TextOptions = {}): string {
    try {
      return this.describe(options, 0);
    } catch (error) {
      return `<${reasonOf(error)}>`;
    }
  }

  /** The NUL-terminated text at a char pointer or in a char array, and whether it was cut. */
  cString(limit = LONGEST_STRING): { text: string; cut: boolean } {
    const type = stripped(this.type);
    if (type.kind === 'array') {
      const length = Math.min(type.size, limit);
      const bytes = readPlace(this.place, length, this.access);
      const stop = bytes.indexOf(0);
      return { text: decodeText(bytes, 0, stop < 0 ? length : stop), cut: stop < 0 && length < type.size };
    }
    return readCString(this.access, Number(this.integer()), limit);
  }

  private describe(options: TextOptions, depth: number): string {
    if (this.place.kind === 'unavailable') return `<${this.place.reason}>`;
    const type = stripped(this.type);
    switch (type.kind) {
      case 'void':
        return 'void';
      case 'base':
        if (type.encoding === 'float') return String(this.float());
        if (type.encoding === 'boolean') return booleanText(this.integer());
        if (type.encoding.endsWith('char') && type.size === 1) return characterText(this.integer(), options);
        if (type.size > 8) return hex(decodeInteger(this.bytes()), type.size * 2);
        return integerText(this.integer(), this.bits?.size ?? type.size * 8, options);
      case 'enum':
        return enumText(this.integer(), type.enumerators, options);
      case 'pointer':
        return this.pointerText(type.target, depth);
      case 'function':
        return this.access.symbolize?.(this.requireAddress()) ?? hex(this.requireAddress());
      case 'array':
        return this.arrayText(type.element, type.count ?? 0, options, depth);
      case 'struct':
        return this.structText(type, options, depth);
    }
  }

  private pointerText(target: Type, depth: number): string {
    const address = Number(this.integer());
    const prefix = hex(address, 8);
    if (address === 0) return '0x00000000';
    const inner = stripped(target);
    if (depth === 0 && isCharacter(inner)) {
      try {
        const { text, cut } = readCString(this.access, address, LONGEST_STRING);
        if (isPrintable(text)) return `${prefix} ${quoted(text)}${cut ? '...' : ''}`;
      } catch {
        // Nothing readable there: the address alone is the answer.
      }
    }
    const symbol = this.access.symbolize?.(inner.kind === 'function' ? address - (address & 1) : address);
    return symbol ? `${prefix} <${symbol}>` : prefix;
  }

  private arrayText(element: Type, count: number, options: TextOptions, depth: number): string {
    if (isCharacter(stripped(element)) && count > 0) {
      const { text, cut } = this.cString();
      if (isPrintable(text)) return quoted(text) + (cut ? '...' : '');
    }
    if (depth > 1) return '[...]';
    const parts = this.summarize(count, (index) => this.element(index).describe(options, depth + 1), options);
    return `[${parts}]`;
  }

  private structText(type: StructType, options: TextOptions, depth: number): string {
    if (type.declaration) return '<incomplete type>';
    if (depth > 1) return '{...}';
    const item = (index: number) => {
      const member = type.members[index];
      const text = this.at(member).describe(options, depth + 1);
      return member.name ? `${member.name} = ${text}` : text;
    };
    return `{${this.summarize(type.members.length, item, options)}}`;
  }

  /** Items joined by commas, cut with `...` when the limit of the summary is reached. */
  private summarize(count: number, item: (index: number) => string, options: TextOptions): string {
    const limit = options.limit ?? SUMMARY_LIMIT;
    const parts: string[] = [];
    let length = 0;
    for (let index = 0; index < count; index++) {
      let text: string;
      try {
        text = item(index);
      } catch (error) {
        text = `<${reasonOf(error)}>`;
      }
      length += text.length + 2;
      if (length > limit && index > 0) {
        parts.push('...');
        break;
      }
      parts.push(text);
    }
    return parts.join(', ');
  }
}

function anonymousName(type: Type): string {
  const inner = stripped(type);
  return `(anonymous ${inner.kind === 'struct' ? inner.keyword : 'member'})`;
}

function findMember(value: Value, type: StructType, name: string, depth: number): Value | undefined {
  for (const member of type.members) if (member.name === name) return value.at(member);
  if (depth > 16) return undefined;
  for (const member of type.members) {
    const inner = stripped(member.type);
    if (member.name !== '' || inner.kind !== 'struct') continue;
    const found = findMember(value.at(member), inner, name, depth + 1);
    if (found) return found;
  }
  return undefined;
}

/** Puts parentheses around an expression that a postfix operator would otherwise bind into. */
function postfixed(expression: string): string {
  return /^[$\w:.[\]>-]+$/.test(expression) && !expression.includes('- ') ? expression : `(${expression})`;
}

function wrap(address: number): number {
  // Pointers are 32 bits; intermediate and physical addresses up to 40.
  return address < 0 ? address + 0x1_0000_0000 : address % 0x100_0000_0000;
}

/** Reads a NUL-terminated string in small steps, so that one near the end of a mapped page can be read. */
export function readCString(
  access: MachineAccess,
  address: number,
  limit: number,
): { text: string; cut: boolean } {
  const bytes = new Uint8Array(limit);
  let length = 0;
  while (length < limit) {
    // Up to the next multiple of 64: no step crosses a page.
    const step = Math.min(64 - ((address + length) & 63), limit - length);
    const part = access.readMemory(address + length, step);
    const stop = part.indexOf(0);
    bytes.set(stop < 0 ? part : part.subarray(0, stop), length);
    length += stop < 0 ? step : stop;
    if (stop >= 0) return { text: decodeText(bytes, 0, length), cut: false };
  }
  return { text: decodeText(bytes, 0, length), cut: true };
}

function isCharacter(type: Type): boolean {
  return (
    type.kind === 'base' && type.size === 1 && type.encoding.endsWith('char') && /\bchar\b/.test(type.name)
  );
}
