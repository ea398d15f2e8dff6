import {
  BaseType,
  CHAR,
  DOUBLE,
  INT,
  LONG_LONG,
  type Type,
  UNSIGNED_INT,
  UNSIGNED_LONG_LONG,
  VOID,
} from '../symbols/types';

/** Types that exist without any debug information: those of C, and the names that kernels give them. */

const SIGNED_CHAR = new BaseType('signed char', 1, 'signed char');
const SHORT = new BaseType('short', 2, 'signed');
const UNSIGNED_SHORT = new BaseType('unsigned short', 2, 'unsigned');
const LONG = new BaseType('long', 4, 'signed');
const UNSIGNED_LONG = new BaseType('unsigned long', 4, 'unsigned');
const BOOL = new BaseType('_Bool', 1, 'boolean');
const FLOAT = new BaseType('float', 4, 'float');
const UNSIGNED_CHAR = new BaseType('unsigned char', 1, 'unsigned char');

const KEYWORDS: ReadonlySet<string> = new Set([
  'void', 'char', 'short', 'int', 'long', 'signed', 'unsigned', 'float', 'double', '_Bool', 'const', 'volatile',
]); // prettier-ignore

const BY_NAME: Readonly<Record<string, Type>> = {
  void: VOID,
  // Plain char is unsigned on ARM (AAPCS, 7.1.1).
  char: CHAR,
  'signed char': SIGNED_CHAR,
  'unsigned char': UNSIGNED_CHAR,
  short: SHORT,
  'unsigned short': UNSIGNED_SHORT,
  int: INT,
  'unsigned int': UNSIGNED_INT,
  long: LONG,
  'unsigned long': UNSIGNED_LONG,
  'long long': LONG_LONG,
  'unsigned long long': UNSIGNED_LONG_LONG,
  float: FLOAT,
  double: DOUBLE,
  _Bool: BOOL,
};

const sized = (name: string, size: number, signed: boolean) =>
  new BaseType(name, size, signed ? 'signed' : 'unsigned');

const TYPEDEFS: ReadonlyMap<string, Type> = new Map(
  [8, 16, 32, 64].flatMap((bits) => [
    [`u${bits}`, sized(`u${bits}`, bits / 8, false)],
    [`s${bits}`, sized(`s${bits}`, bits / 8, true)],
    [`uint${bits}_t`, sized(`uint${bits}_t`, bits / 8, false)],
    [`int${bits}_t`, sized(`int${bits}_t`, bits / 8, true)],
  ]),
);

export function isBuiltinTypeName(name: string): boolean {
  return TYPEDEFS.has(name);
}

/** `u32`, `uint32_t`, ...; asked after the program's own types. */
export function builtinTypedef(name: string): Type | undefined {
  return TYPEDEFS.get(name);
}

/** A type of C by its canonical name. */
export function basicType(canonical: string): Type {
  return BY_NAME[canonical] ?? INT;
}

export const BASIC_TYPES = {
  isKeyword: (word: string): boolean => KEYWORDS.has(word),

  /** `long unsigned int` → `unsigned long`; undefined when the words don't make a type. */
  canonical(words: readonly string[]): string | undefined {
    const count = (word: string) => words.filter((other) => other === word).length;
    const [longs, unsigned, signed] = [count('long'), count('unsigned'), count('signed')];
    const others = words.filter((word) => !['long', 'unsigned', 'signed'].includes(word));
    const base = others.filter((word) => word !== 'int' || others.length === 1).join(' ');
    if (words.length === 0 || longs > 2 || unsigned + signed > 1 || count('int') > 1) return undefined;
    let name = base;
    if (longs > 0) {
      if (base === 'double' && longs === 1) return 'double';
      if (base !== '' && base !== 'int') return undefined;
      name = longs === 2 ? 'long long' : 'long';
    } else if (base === '') name = 'int';
    if (unsigned) name = `unsigned ${name}`;
    else if (signed && name === 'char') name = 'signed char';
    return BY_NAME[name] ? name : undefined;
  },
};
