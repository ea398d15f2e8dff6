/**
 * Instructions of WebAssembly that take and give only numbers and vectors, by their names in the text format, with
 * their bytes and the type they give (WebAssembly Core Specification, sections 5.4 and 7.2).
 */
import { unsignedBytes } from './leb128';
import { ValueType } from './opcodes';

export interface NamedOpcode {
  readonly bytes: readonly number[];
  readonly type: ValueType;
}

/** Of each group consecutive opcodes, from the number on; `_` is a number that has no instruction we use. */
const SCALAR: readonly (readonly [string, number, string])[] = [
  ['i32', 0x45, 'eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'],
  ['i64', 0x50, 'eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'],
  ['f32', 0x5b, 'eq ne lt gt le ge'],
  ['f64', 0x61, 'eq ne lt gt le ge'],
  ['i32', 0x67, 'clz ctz popcnt add sub mul _ _ _ _ and or xor shl shr_s shr_u rotl rotr'],
  ['i64', 0x79, 'clz ctz popcnt add sub mul _ _ _ _ and or xor shl shr_s shr_u rotl rotr'],
  ['f32', 0x8b, 'abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign'],
  ['f64', 0x99, 'abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign'],
  ['i32', 0xa7, 'wrap_i64 _ _ trunc_f64_s trunc_f64_u'],
  ['i64', 0xac, 'extend_i32_s extend_i32_u'],
  ['f32', 0xb2, 'convert_i32_s convert_i32_u _ _ demote_f64'],
  ['f64', 0xb7, 'convert_i32_s convert_i32_u _ _ promote_f32'],
  ['i32', 0xbc, 'reinterpret_f32'],
  ['i64', 0xbd, 'reinterpret_f64'],
  ['f32', 0xbe, 'reinterpret_i32'],
  ['f64', 0xbf, 'reinterpret_i64'],
];
const COMPARISONS = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u';
/** Behind the prefix 0xfd. */
const VECTOR: readonly (readonly [string, number, string])[] = [
  ['i8x16', 13, 'shuffle swizzle splat'],
  ['i16x8', 16, 'splat'],
  ['i32x4', 17, 'splat'],
  ['i64x2', 18, 'splat'],
  ['f32x4', 19, 'splat'],
  ['f64x2', 20, 'splat'],
  ['i8x16', 21, 'extract_lane_s extract_lane_u replace_lane'],
  ['i16x8', 24, 'extract_lane_s extract_lane_u replace_lane'],
  ['i32x4', 27, 'extract_lane replace_lane'],
  ['i64x2', 29, 'extract_lane replace_lane'],
  ['f32x4', 31, 'extract_lane replace_lane'],
  ['f64x2', 33, 'extract_lane replace_lane'],
  ['i8x16', 35, COMPARISONS],
  ['i16x8', 45, COMPARISONS],
  ['i32x4', 55, COMPARISONS],
  ['f32x4', 65, 'eq ne lt gt le ge'],
  ['f64x2', 71, 'eq ne lt gt le ge'],
  ['v128', 77, 'not and andnot or xor bitselect any_true'],
  ['f32x4', 94, 'demote_f64x2_zero'],
  ['f64x2', 95, 'promote_low_f32x4'],
  ['i8x16', 96, 'abs neg popcnt all_true bitmask narrow_i16x8_s narrow_i16x8_u'],
  ['i8x16', 107, 'shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u'],
  ['i8x16', 118, 'min_s min_u max_s max_u _ avgr_u'],
  ['i16x8', 124, 'extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u'],
  ['i32x4', 126, 'extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u'],
  ['i16x8', 128, 'abs neg q15mulr_sat_s all_true bitmask narrow_i32x4_s narrow_i32x4_u'],
  ['i16x8', 135, 'extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u'],
  ['i16x8', 139, 'shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u _ mul'],
  ['i16x8', 150, 'min_s min_u max_s max_u _ avgr_u'],
  ['i16x8', 156, 'extmul_low_i8x16_s extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u'],
  ['i32x4', 160, 'abs neg _ all_true bitmask'],
  ['i32x4', 167, 'extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u'],
  ['i32x4', 171, 'shl shr_s shr_u add _ _ sub _ _ _ mul min_s min_u max_s max_u dot_i16x8_s'],
  ['i32x4', 188, 'extmul_low_i16x8_s extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u'],
  ['i64x2', 192, 'abs neg _ all_true bitmask'],
  ['i64x2', 199, 'extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u'],
  ['i64x2', 203, 'shl shr_s shr_u add _ _ sub _ _ _ mul eq ne lt_s gt_s le_s ge_s'],
  ['i64x2', 220, 'extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u'],
  ['f32x4', 224, 'abs neg _ sqrt add sub mul div min max'],
  ['f64x2', 236, 'abs neg _ sqrt add sub mul div min max'],
  ['i32x4', 248, 'trunc_sat_f32x4_s trunc_sat_f32x4_u'],
  ['f32x4', 250, 'convert_i32x4_s convert_i32x4_u'],
];
const SIMD_PREFIX = 0xfd;

const TYPES: Readonly<Record<string, ValueType>> = {
  i32: ValueType.I32,
  i64: ValueType.I64,
  f32: ValueType.F32,
  f64: ValueType.F64,
};
const COMPARES = /^(eqz?|ne|[lg][te](_[su])?)$/;
/** Of what a lane is extracted as. */
const LANES: Readonly<Record<string, ValueType>> = { ...TYPES, i8: ValueType.I32, i16: ValueType.I32 };

function resultOf(group: string, name: string, vector: boolean): ValueType {
  if (!vector) return COMPARES.test(name) ? ValueType.I32 : TYPES[group];
  if (name.startsWith('extract_lane')) return LANES[group.slice(0, group.indexOf('x'))];
  return /_true$|^bitmask$/.test(name) ? ValueType.I32 : ValueType.V128;
}

const KNOWN = new Map<string, NamedOpcode>();
for (const [groups, vector] of [
  [SCALAR, false],
  [VECTOR, true],
] as const)
  for (const [group, first, names] of groups)
    names.split(' ').forEach((name, index) => {
      const bytes = vector ? [SIMD_PREFIX, ...unsignedBytes(first + index)] : [first + index];
      KNOWN.set(`${group}.${name}`, { bytes, type: resultOf(group, name, vector) });
    });

/** @throws Error for a name that is in no group */
export function namedOpcode(name: string): NamedOpcode {
  const found = KNOWN.get(name);
  if (found === undefined) throw new Error(`no instruction is called ${name}`);
  return found;
}

/** Accesses to memory of 64 bits and more, and constants. */
export const ACCESS = {
  'f32.load': [0x2a],
  'f64.load': [0x2b],
  'i64.load': [0x29],
  'i32.load': [0x28],
  'v128.load': [SIMD_PREFIX, 0],
  'v128.load64_splat': [SIMD_PREFIX, 10],
  'f32.store': [0x38],
  'f64.store': [0x39],
  'i64.store': [0x37],
  'i32.store': [0x36],
  'v128.store': [SIMD_PREFIX, 11],
} as const;
export const V128_CONST = [SIMD_PREFIX, 12] as const;
