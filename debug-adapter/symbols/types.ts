/**
 * C types as the debugger shows them. Targets and members are reached through getters that may read DWARF on first
 * use, so recursive types and big kernels cost nothing until looked at.
 */
export type Type =
  | BaseType
  | PointerType
  | StructType
  | ArrayType
  | EnumType
  | TypedefType
  | QualifiedType
  | FunctionType
  | VoidType;

export type Encoding =
  'signed' | 'unsigned' | 'float' | 'boolean' | 'signed char' | 'unsigned char' | 'character';

export class VoidType {
  readonly kind = 'void';
  readonly name = 'void';
  readonly size = 0;
}

export class BaseType {
  readonly kind = 'base';
  /** @param size in bytes */
  constructor(
    readonly name: string,
    readonly size: number,
    readonly encoding: Encoding,
  ) {}
}

export class PointerType {
  readonly kind = 'pointer';
  private resolved: Type | undefined;
  constructor(
    private readonly resolve: () => Type,
    readonly size = 4,
    readonly reference = false,
  ) {}
  get target(): Type {
    return (this.resolved ??= this.resolve());
  }
  get name(): string {
    return nameOfType(this);
  }
}

export interface Member {
  /** Empty for an anonymous struct or union. */
  readonly name: string;
  readonly type: Type;
  /** Offset in bytes from the start of the struct to the member (of a bit-field: to its first byte). */
  readonly offset: number;
  /** For a bit-field: first bit counted from bit 0 of the byte at `offset`, and width. */
  readonly bitOffset?: number;
  readonly bitSize?: number;
}

export class StructType {
  readonly kind = 'struct';
  private resolved: readonly Member[] | undefined;
  /** @param declaration true when only the name is known (the definition is in no unit that could be found) */
  constructor(
    readonly keyword: 'struct' | 'union' | 'class',
    readonly tag: string,
    readonly size: number,
    private readonly resolve: () => readonly Member[],
    readonly declaration = false,
  ) {}
  get members(): readonly Member[] {
    return (this.resolved ??= this.resolve());
  }
  get name(): string {
    return this.tag ? `${this.keyword} ${this.tag}` : `${this.keyword} {...}`;
  }
}

export class ArrayType {
  readonly kind = 'array';
  private resolved: Type | undefined;
  /** @param count undefined for a flexible array or one without bounds */
  constructor(
    private readonly resolve: () => Type,
    readonly count: number | undefined,
    readonly vector = false,
  ) {}
  get element(): Type {
    return (this.resolved ??= this.resolve());
  }
  get size(): number {
    return (this.count ?? 0) * this.element.size;
  }
  get name(): string {
    return nameOfType(this);
  }
}

export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
}

export class EnumType {
  readonly kind = 'enum';
  private resolved: readonly Enumerator[] | undefined;
  constructor(
    readonly tag: string,
    readonly size: number,
    readonly signed: boolean,
    private readonly resolve: () => readonly Enumerator[],
  ) {}
  get enumerators(): readonly Enumerator[] {
    return (this.resolved ??= this.resolve());
  }
  get name(): string {
    return this.tag ? `enum ${this.tag}` : 'enum {...}';
  }
}

export class TypedefType {
  readonly kind = 'typedef';
  private resolved: Type | undefined;
  constructor(
    readonly name: string,
    private readonly resolve: () => Type,
  ) {}
  get target(): Type {
    return (this.resolved ??= this.resolve());
  }
  get size(): number {
    return stripped(this).size;
  }
}

export type Qualifier = 'const' | 'volatile' | 'restrict' | '_Atomic';

export class QualifiedType {
  readonly kind = 'qualified';
  private resolved: Type | undefined;
  constructor(
    readonly qualifier: Qualifier,
    private readonly resolve: () => Type,
  ) {}
  get target(): Type {
    return (this.resolved ??= this.resolve());
  }
  get size(): number {
    return stripped(this).size;
  }
  get name(): string {
    return nameOfType(this);
  }
}

export class FunctionType {
  readonly kind = 'function';
  readonly size = 1;
  private resolvedResult: Type | undefined;
  private resolvedParameters: readonly Type[] | undefined;
  constructor(
    private readonly resolveResult: () => Type,
    private readonly resolveParameters: () => readonly Type[],
    readonly variadic = false,
    readonly prototyped = true,
  ) {}
  get result(): Type {
    return (this.resolvedResult ??= this.resolveResult());
  }
  get parameters(): readonly Type[] {
    return (this.resolvedParameters ??= this.resolveParameters());
  }
  get name(): string {
    return nameOfType(this);
  }
}

export const VOID = new VoidType();
export const CHAR = new BaseType('char', 1, 'unsigned char');
export const INT = new BaseType('int', 4, 'signed');
export const UNSIGNED_INT = new BaseType('unsigned int', 4, 'unsigned');
export const LONG_LONG = new BaseType('long long', 8, 'signed');
export const UNSIGNED_LONG_LONG = new BaseType('unsigned long long', 8, 'unsigned');
export const DOUBLE = new BaseType('double', 8, 'float');

export function pointerTo(type: Type): PointerType {
  return new PointerType(() => type);
}

/** Corrupt DWARF can make a chain of typedefs that never ends; no real one is this long. */
const LONGEST_CHAIN = 64;

/** The type behind typedefs and qualifiers. */
export function stripped(type: Type): Exclude<Type, TypedefType | QualifiedType> {
  let at = type;
  for (let steps = 0; at.kind === 'typedef' || at.kind === 'qualified'; steps++) {
    if (steps === LONGEST_CHAIN) return VOID;
    at = at.target;
  }
  return at;
}

/** The type as C would declare it: `char *[4]`, `int (*)(struct kvm_vcpu *)`. */
export function nameOfType(type: Type): string {
  return declare(type, '', 0).trim();
}

/** C declaration of `name` with `type`: `u32 regs[15]`. */
export function declaration(type: Type, name: string): string {
  return declare(type, name, 0).trim();
}

/** Qualifiers in the order in which GDB names them, whatever order DWARF has. */
const QUALIFIER_ORDER: readonly Qualifier[] = ['const', 'volatile', 'restrict', '_Atomic'];

/** A type without its qualifiers, and these. */
function unqualified(type: QualifiedType): { qualifiers: readonly Qualifier[]; target: Type } {
  const found = new Set<Qualifier>();
  let at: Type = type;
  for (let steps = 0; at.kind === 'qualified' && steps < LONGEST_CHAIN; steps++) {
    found.add(at.qualifier);
    at = at.target;
  }
  return { qualifiers: QUALIFIER_ORDER.filter((qualifier) => found.has(qualifier)), target: at };
}

function declare(type: Type, inner: string, depth: number): string {
  if (depth > LONGEST_CHAIN) return `...${inner}`;
  switch (type.kind) {
    case 'pointer': {
      const target = type.target;
      const star = `${type.reference ? '&' : '*'}${inner}`;
      const bracket = target.kind === 'array' || target.kind === 'function';
      return declare(target, bracket ? `(${star})` : star, depth + 1);
    }
    case 'array': {
      const bound = `[${type.count ?? ''}]`;
      return declare(type.element, `${inner}${bound}`, depth + 1);
    }
    case 'function': {
      const list = type.parameters.map((parameter) => declare(parameter, '', depth + 1).trim());
      if (type.variadic) list.push('...');
      const inside = list.length > 0 ? list.join(', ') : type.prototyped ? 'void' : '';
      return declare(type.result, `${inner}(${inside})`, depth + 1);
    }
    case 'qualified': {
      const { qualifiers, target } = unqualified(type);
      const words = qualifiers.join(' ');
      return target.kind === 'pointer'
        ? declare(target, ` ${words}${inner ? ` ${inner}` : ''}`, depth + 1)
        : `${words} ${declare(target, inner, depth + 1)}`;
    }
    default: {
      if (inner === '') return type.name;
      return /^[[]/.test(inner)
        ? `${type.name}${inner.startsWith('[') ? ' ' : ''}${inner}`
        : `${type.name} ${inner.trimStart()}`;
    }
  }
}
