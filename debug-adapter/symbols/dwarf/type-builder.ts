import { CorruptDataError } from '../errors';
import {
  ArrayType,
  BaseType,
  type Encoding,
  type Enumerator,
  EnumType,
  FunctionType,
  type Member,
  PointerType,
  QualifiedType,
  type Qualifier,
  StructType,
  type Type,
  TypedefType,
  UNSIGNED_INT,
  VOID,
} from '../types';
import { DW_AT, DW_ATE, DW_TAG } from './constants';
import type { Die } from './die';
import { evaluateNumber } from './expression';

const ENCODINGS: Readonly<Record<number, Encoding>> = {
  [DW_ATE.address]: 'unsigned',
  [DW_ATE.boolean]: 'boolean',
  [DW_ATE.float]: 'float',
  [DW_ATE.signed]: 'signed',
  [DW_ATE.signed_char]: 'signed char',
  [DW_ATE.unsigned]: 'unsigned',
  [DW_ATE.unsigned_char]: 'unsigned char',
  [DW_ATE.UTF]: 'character',
};

const QUALIFIERS: Readonly<Record<number, Qualifier>> = {
  [DW_TAG.const_type]: 'const',
  [DW_TAG.volatile_type]: 'volatile',
  [DW_TAG.restrict_type]: 'restrict',
  [DW_TAG.atomic_type]: '_Atomic',
};

/** Builds the types of `types.ts` from DIEs; one Type per DIE, made when first asked for. */
export class TypeBuilder {
  private readonly known = new Map<Die, Type>();

  /**
   * @param completeStruct finds the definition of a struct, union or class that a unit only declares
   * @param guard runs a lazy read; damage is reported and gives the fallback
   */
  constructor(
    private readonly completeStruct: (die: Die, name: string) => Die | undefined,
    private readonly guard: <T>(die: Die, otherwise: T, read: () => T) => T,
  ) {}

  /** The type that a DIE's DW_AT_type names; void when it has none. */
  typeOf(die: Die): Type {
    return this.guard(die, VOID as Type, () => {
      const target = die.withAttribute(DW_AT.type)?.reference(DW_AT.type);
      return target ? this.fromDie(target) : VOID;
    });
  }

  fromDie(die: Die): Type {
    const known = this.known.get(die);
    if (known) return known;
    const type = this.build(die);
    this.known.set(die, type);
    return type;
  }

  private build(die: Die): Type {
    // The definition is in a type unit (-fdebug-types-section).
    const elsewhere = die.reference(DW_AT.signature);
    if (elsewhere && elsewhere !== die) return this.fromDie(elsewhere);
    const target = () => this.typeOf(die);
    switch (die.tag) {
      case DW_TAG.base_type:
        return buildBase(die);
      case DW_TAG.pointer_type:
        return new PointerType(target, die.number(DW_AT.byte_size) ?? 4);
      case DW_TAG.reference_type:
      case DW_TAG.rvalue_reference_type:
        return new PointerType(target, die.number(DW_AT.byte_size) ?? 4, true);
      case DW_TAG.structure_type:
      case DW_TAG.class_type:
      case DW_TAG.union_type:
        return this.buildStruct(die);
      case DW_TAG.enumeration_type:
        return this.buildEnum(die);
      case DW_TAG.array_type:
        return this.buildArray(die);
      case DW_TAG.typedef:
        return new TypedefType(die.name ?? '?', target);
      case DW_TAG.subroutine_type:
      case DW_TAG.subprogram:
        return this.functionType(die);
      case DW_TAG.unspecified_type:
        return VOID;
      default: {
        const qualifier = QUALIFIERS[die.tag];
        if (qualifier) return new QualifiedType(qualifier, target);
        throw new CorruptDataError('.debug_info', die.offset, `tag 0x${die.tag.toString(16)} is not a type`);
      }
    }
  }

  functionType(die: Die): FunctionType {
    const parameters = () =>
      this.guard(die, [], () =>
        die.children
          .filter((child) => child.tag === DW_TAG.formal_parameter)
          .map((child) => this.typeOf(child)),
      );
    const variadic = this.guard(die, false, () =>
      die.children.some((child) => child.tag === DW_TAG.unspecified_parameters),
    );
    return new FunctionType(() => this.typeOf(die), parameters, variadic, die.flag(DW_AT.prototyped));
  }

  private buildStruct(die: Die): StructType {
    const keyword =
      die.tag === DW_TAG.union_type ? 'union' : die.tag === DW_TAG.class_type ? 'class' : 'struct';
    const name = die.name ?? '';
    const complete = die.flag(DW_AT.declaration) && name ? this.completeStruct(die, name) : die;
    const definition = complete ?? die;
    const size = definition.number(DW_AT.byte_size) ?? 0;
    const members = () => this.guard(definition, [] as Member[], () => this.buildMembers(definition));
    return new StructType(keyword, name, size, members, complete === undefined);
  }

  private buildMembers(struct: Die): Member[] {
    const members: Member[] = [];
    for (const child of struct.children) {
      const isBase = child.tag === DW_TAG.inheritance;
      // A C++ static member has no place in the object.
      if ((child.tag !== DW_TAG.member && !isBase) || child.flag(DW_AT.declaration)) continue;
      const type = this.typeOf(child);
      const offset = memberOffset(child);
      members.push({ name: isBase ? '' : (child.name ?? ''), type, ...bitField(child, type, offset) });
    }
    return members;
  }

  private buildEnum(die: Die): EnumType {
    const underlying = die.has(DW_AT.type) ? this.typeOf(die) : undefined;
    const size = die.number(DW_AT.byte_size) ?? underlying?.size ?? 4;
    const read = (): Enumerator[] =>
      this.guard(die, [], () =>
        die.children
          .filter((child) => child.tag === DW_TAG.enumerator)
          .map((child) => ({ name: child.name ?? '', value: child.constant(DW_AT.const_value) ?? 0n })),
      );
    let base: Type | undefined = underlying;
    while (base && (base.kind === 'typedef' || base.kind === 'qualified')) base = base.target;
    const signed =
      base?.kind === 'base' ? base.encoding.startsWith('signed') : read().some(({ value }) => value < 0n);
    return new EnumType(die.name ?? '', size, signed, read);
  }

  /** Nested ArrayTypes, one per dimension, from the last subrange outwards. */
  private buildArray(die: Die): Type {
    const counts = die.children.filter((child) => child.tag === DW_TAG.subrange_type).map(countOf);
    if (counts.length === 0) counts.push(undefined);
    const vector = die.flag(DW_AT.GNU_vector);
    let make = (): Type => this.typeOf(die);
    for (const count of counts.reverse()) {
      const inner = make;
      const array = new ArrayType(inner, count, vector);
      make = () => array;
    }
    return make();
  }
}

function buildBase(die: Die): BaseType {
  const size = die.number(DW_AT.byte_size) ?? Math.ceil((die.number(DW_AT.bit_size) ?? 32) / 8);
  return new BaseType(
    die.name ?? 'int',
    size,
    ENCODINGS[die.number(DW_AT.encoding) ?? 0] ?? UNSIGNED_INT.encoding,
  );
}

function memberOffset(member: Die): number {
  const offset = member.number(DW_AT.data_member_location);
  if (offset !== undefined) return offset;
  const block = member.block(DW_AT.data_member_location);
  return block ? evaluateNumber(block, member.unit, { slide: 0 }, [0]) : 0;
}

/** Place of a bit-field, normalized to a byte offset and the bit within that byte (little-endian). */
function bitField(
  member: Die,
  type: Type,
  offset: number,
): { offset: number; bitOffset?: number; bitSize?: number } {
  const bitSize = member.number(DW_AT.bit_size);
  if (bitSize === undefined) return { offset };
  const dataBitOffset = member.number(DW_AT.data_bit_offset);
  let first: number;
  if (dataBitOffset !== undefined) first = offset * 8 + dataBitOffset;
  else {
    // DWARF 2 and 3 count from the most significant bit of the storage unit.
    const storage = (member.number(DW_AT.byte_size) ?? type.size) * 8;
    first = offset * 8 + storage - (member.number(DW_AT.bit_offset) ?? 0) - bitSize;
  }
  return { offset: first >> 3, bitOffset: first & 7, bitSize };
}

function countOf(subrange: Die): number | undefined {
  const count = subrange.number(DW_AT.count);
  if (count !== undefined) return count;
  const upper = subrange.number(DW_AT.upper_bound);
  if (upper === undefined) return undefined;
  // `int x[0]` has an upper bound of −1, in whichever form.
  return upper >= 0xffffffff || upper < 0 ? 0 : upper + 1;
}
