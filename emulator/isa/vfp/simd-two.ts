/** Advanced SIMD: shifts by a constant, two registers, constants, tables and scalars (A7.4.4–A7.4.6, A7.4). */
import type { Fields, Row } from '../row';
import { hex } from '../text';
import { FLOAT_TWO, FROM_HALF, FROM_INTEGER, TO_HALF, TO_INTEGER } from './float-operations';
import {
  DUPLICATE,
  EXTRACT,
  IMMEDIATES,
  PERMUTATIONS,
  SHIFTS,
  TABLE,
  TWO_REGISTERS,
} from './integer-operations';
import { oddQuad, register, signed, simdRows, typed, vd, vm, vn } from './simd';

const two = (f: Fields): string => `${register(vd(f), f.Q)}, ${register(vm(f), f.Q)}`;

// --- shifts by a constant ---

/** Size and amount from L:imm6: the highest one says the size; 0000xxx is a modified immediate. */
function shiftOf(f: Fields): { readonly size: number; readonly right: number; readonly left: number } {
  const all = (f.L << 6) | f.i;
  const size = all >= 64 ? 3 : 31 - Math.clz32(f.i) - 3;
  return { size, right: (16 << size) - all, left: all - (8 << size) };
}
const isNarrowImmediate = (f: Fields): boolean => f.i < 8;
const isImmediate = (f: Fields): boolean => f.L === 0 && isNarrowImmediate(f);

type ShiftName = keyof typeof SHIFTS;
/** Bit 24, bits 11–8, direction, letter of the type. */
const SAME_SHIFTS: readonly (readonly [ShiftName, '0' | '1' | 'U', string, 'left' | 'right', string])[] = [
  ['vshr', 'U', '0000', 'right', 'U'],
  ['vsra', 'U', '0001', 'right', 'U'],
  ['vrshr', 'U', '0010', 'right', 'U'],
  ['vrsra', 'U', '0011', 'right', 'U'],
  ['vsri', '1', '0100', 'right', ''],
  ['vshl', '0', '0101', 'left', 'i'],
  ['vsli', '1', '0101', 'left', ''],
  ['vqshlu', '1', '0110', 'left', 's'],
  ['vqshl', 'U', '0111', 'left', 'U'],
];
/** Bit 24, bits 11–8, bit 6, letter. The size is that of the result, the type that of the source. */
const NARROW_SHIFTS: readonly (readonly [ShiftName, '0' | '1' | 'U', string, string, string])[] = [
  ['vshrn', '0', '1000', '0', 'i'],
  ['vrshrn', '0', '1000', '1', 'i'],
  ['vqshrun', '1', '1000', '0', 's'],
  ['vqrshrun', '1', '1000', '1', 's'],
  ['vqshrn', 'U', '1001', '0', 'U'],
  ['vqrshrn', 'U', '1001', '1', 'U'],
];
const SHIFT_ROWS: readonly Row[] = [
  ...SAME_SHIFTS.flatMap(([name, top, opcode, direction, letter]) =>
    simdRows(`${name.toUpperCase()} (immediate)`, top, `1Diiiiii dddd ${opcode} LQM1 mmmm`, {
      except: isImmediate,
      asm: (f) => {
        const shift = shiftOf(f);
        return `${name}{c}${typed(letter === 'U' ? signed(f) : letter, shift.size)} ${two(f)}, #${shift[direction]}`;
      },
      undefined: (f) => f.Q === 1 && oddQuad(f, 'dm'),
      operation: (f) => {
        const shift = shiftOf(f);
        const number = SHIFTS[name](shift.size, letter === 'U' ? f.U : 0, f.Q);
        return [number, vd(f) * 2, shift[direction], vm(f) * 2];
      },
    }),
  ),
  ...NARROW_SHIFTS.flatMap(([name, top, opcode, bit6, letter]) =>
    simdRows(name.toUpperCase(), top, `1Diiiiii dddd ${opcode} 0${bit6}M1 mmmm`, {
      except: isNarrowImmediate,
      asm: (f) => {
        const shift = shiftOf({ ...f, L: 0 });
        const type = typed(letter === 'U' ? signed(f) : letter, shift.size + 1);
        return `${name}{c}${type} d${vd(f)}, ${register(vm(f), 1)}, #${shift.right}`;
      },
      undefined: (f) => oddQuad(f, 'm'),
      operation: (f) => {
        const shift = shiftOf({ ...f, L: 0 });
        const number = SHIFTS[name](shift.size, letter === 'U' ? f.U : 0, 0);
        return [number, vd(f) * 2, shift.right, vm(f) * 2];
      },
    }),
  ),
  ...simdRows('VSHLL, VMOVL', 'U', '1Diiiiii dddd 1010 00M1 mmmm', {
    except: isNarrowImmediate,
    asm: (f) => {
      const { size, left } = shiftOf({ ...f, L: 0 });
      const operands = `${typed(signed(f), size)} ${register(vd(f), 1)}, d${vm(f)}`;
      return left === 0 ? `vmovl{c}${operands}` : `vshll{c}${operands}, #${left}`;
    },
    undefined: (f) => oddQuad(f, 'd'),
    operation: (f) => {
      const { size, left } = shiftOf({ ...f, L: 0 });
      return [SHIFTS.vshll(size, f.U, 0), vd(f) * 2, left, vm(f) * 2];
    },
  }),
  ...simdRows('VCVT (between floating-point and fixed-point, vector)', 'U', '1Diiiiii dddd 111o 0QM1 mmmm', {
    except: (f) => f.i < 8,
    asm: (f) => {
      const fixed = `${signed(f)}32`;
      return `vcvt{c}.${f.o ? `${fixed}.f32` : `f32.${fixed}`} ${two(f)}, #${64 - f.i}`;
    },
    undefined: (f) => f.i < 32 || (f.Q === 1 && oddQuad(f, 'dm')),
    operation: (f) => [(f.o ? TO_INTEGER : FROM_INTEGER)[f.U][f.Q], vd(f) * 2, 64 - f.i, vm(f) * 2],
  }),
];

// --- two registers, miscellaneous ---

interface Two {
  readonly name: keyof typeof TWO_REGISTERS;
  /** Bits 17–16 and 11–7. */
  readonly group: string;
  readonly opcode: string;
  readonly letter: string;
  readonly sizes: readonly number[];
  /** Text after the registers. */
  readonly after?: string;
}
const BYTES = [0];
const TO_16 = [0, 1];
const TO_32 = [0, 1, 2];
const TWO: readonly Two[] = [
  { name: 'vrev64', group: '00', opcode: '00000', letter: '', sizes: TO_32 },
  { name: 'vrev32', group: '00', opcode: '00001', letter: '', sizes: TO_16 },
  { name: 'vrev16', group: '00', opcode: '00010', letter: '', sizes: BYTES },
  { name: 'vcls', group: '00', opcode: '01000', letter: 's', sizes: TO_32 },
  { name: 'vclz', group: '00', opcode: '01001', letter: 'i', sizes: TO_32 },
  { name: 'vcnt', group: '00', opcode: '01010', letter: '', sizes: BYTES },
  { name: 'vqabs', group: '00', opcode: '01110', letter: 's', sizes: TO_32 },
  { name: 'vqneg', group: '00', opcode: '01111', letter: 's', sizes: TO_32 },
  { name: 'vcgt0', group: '01', opcode: '00000', letter: 's', sizes: TO_32, after: ', #0' },
  { name: 'vcge0', group: '01', opcode: '00001', letter: 's', sizes: TO_32, after: ', #0' },
  { name: 'vceq0', group: '01', opcode: '00010', letter: 'i', sizes: TO_32, after: ', #0' },
  { name: 'vcle0', group: '01', opcode: '00011', letter: 's', sizes: TO_32, after: ', #0' },
  { name: 'vclt0', group: '01', opcode: '00100', letter: 's', sizes: TO_32, after: ', #0' },
  { name: 'vabs', group: '01', opcode: '00110', letter: 's', sizes: TO_32 },
  { name: 'vneg', group: '01', opcode: '00111', letter: 's', sizes: TO_32 },
  { name: 'vrecpe', group: '11', opcode: '01000', letter: 'u', sizes: [2] },
  { name: 'vrsqrte', group: '11', opcode: '01001', letter: 'u', sizes: [2] },
];
/** Titles: comparisons with zero are called so. */
const titleOf = (name: string): string =>
  name.endsWith('0') ? `${name.slice(0, -1).toUpperCase()} (immediate #0)` : name.toUpperCase();
const mnemonicOf = (name: string): string => name.replace(/0$/, '');

const MISCELLANEOUS: readonly Row[] = [
  ...TWO.flatMap(({ name, group, opcode, letter, sizes, after }) =>
    simdRows(titleOf(name), '1', `1D11 ss${group} dddd ${opcode} QM0 mmmm`, {
      asm: (f) => `${mnemonicOf(name)}{c}${typed(letter, f.s)} ${two(f)}${after ?? ''}`,
      undefined: (f) => !sizes.includes(f.s) || (f.Q === 1 && oddQuad(f, 'dm')),
      operation: (f) => [TWO_REGISTERS[name](f.s, 0, f.Q), vd(f) * 2, 0, vm(f) * 2],
    }),
  ),
  ...(['vpaddl', 'vpadal'] as const).flatMap((name) =>
    simdRows(name.toUpperCase(), '1', `1D11 ss00 dddd 0${name === 'vpaddl' ? '01' : '11'}0 UQM0 mmmm`, {
      asm: (f) => `${name}{c}${typed(signed(f), f.s)} ${two(f)}`,
      undefined: (f) => f.s === 3 || (f.Q === 1 && oddQuad(f, 'dm')),
      operation: (f) => [TWO_REGISTERS[name](f.s, f.U, f.Q), vd(f) * 2, 0, vm(f) * 2],
    }),
  ),
  ...simdRows('VMVN (register)', '1', '1D11 ss00 dddd 0101 1QM0 mmmm', {
    asm: (f) => `vmvn{c} ${two(f)}`,
    undefined: (f) => f.s !== 0 || (f.Q === 1 && oddQuad(f, 'dm')),
    operation: (f) => [TWO_REGISTERS.vmvn(f.s, 0, f.Q), vd(f) * 2, 0, vm(f) * 2],
  }),
  ...(
    [
      ['vcgt0', '000'],
      ['vcge0', '001'],
      ['vceq0', '010'],
      ['vcle0', '011'],
      ['vclt0', '100'],
      ['vabs', '110'],
      ['vneg', '111'],
    ] as const
  ).flatMap(([name, opcode]) =>
    simdRows(
      `${titleOf(name)} (vector, floating-point)`,
      '1',
      `1D11 ss01 dddd 01${opcode.slice(0, 2)} ${opcode[2]}QM0 mmmm`,
      {
        asm: (f) => `${mnemonicOf(name)}{c}.f32 ${two(f)}${name.endsWith('0') ? ', #0' : ''}`,
        undefined: (f) => f.s !== 2 || (f.Q === 1 && oddQuad(f, 'dm')),
        // Comparisons take their operand as M, as all of these do.
        operation: (f) => [FLOAT_TWO[name][f.Q], vd(f) * 2, vm(f) * 2, vm(f) * 2],
      },
    ),
  ),
  ...(['vrecpe', 'vrsqrte'] as const).flatMap((name) =>
    simdRows(
      `${name.toUpperCase()} (floating-point)`,
      '1',
      `1D11 ss11 dddd 0101 ${name === 'vrecpe' ? 0 : 1}QM0 mmmm`,
      {
        asm: (f) => `${name}{c}.f32 ${two(f)}`,
        undefined: (f) => f.s !== 2 || (f.Q === 1 && oddQuad(f, 'dm')),
        operation: (f) => [FLOAT_TWO[name][f.Q], vd(f) * 2, vm(f) * 2, vm(f) * 2],
      },
    ),
  ),
  ...simdRows('VCVT (between floating-point and integer, vector)', '1', '1D11 ss11 dddd 011o UQM0 mmmm', {
    asm: (f) => {
      const integer = `${signed(f)}32`;
      return `vcvt{c}.${f.o ? `${integer}.f32` : `f32.${integer}`} ${two(f)}`;
    },
    undefined: (f) => f.s !== 2 || (f.Q === 1 && oddQuad(f, 'dm')),
    operation: (f) => [(f.o ? TO_INTEGER : FROM_INTEGER)[f.U][f.Q], vd(f) * 2, 0, vm(f) * 2],
  }),
  ...simdRows('VCVT (between half-precision and single-precision)', '1', '1D11 ss10 dddd 011o 00M0 mmmm', {
    asm: (f) =>
      f.o
        ? `vcvt{c}.f32.f16 ${register(vd(f), 1)}, d${vm(f)}`
        : `vcvt{c}.f16.f32 d${vd(f)}, ${register(vm(f), 1)}`,
    undefined: (f) => f.s !== 1 || oddQuad(f, f.o ? 'd' : 'm'),
    operation: (f) => [f.o ? FROM_HALF : TO_HALF, vd(f) * 2, 0, vm(f) * 2],
  }),
  ...(
    [
      ['vswp', '0000', '0', [0]],
      ['vtrn', '0000', '1', TO_32],
      ['vuzp', '0001', '0', TO_32],
      ['vzip', '0001', '1', TO_32],
    ] as const
  ).flatMap(([name, opcode, bit7, sizes]) =>
    simdRows(name.toUpperCase(), '1', `1D11 ss10 dddd ${opcode} ${bit7}QM0 mmmm`, {
      asm: (f) => `${name}{c}${name === 'vswp' ? '' : typed('', f.s)} ${two(f)}`,
      undefined: (f) =>
        !(sizes as readonly number[]).includes(f.s) ||
        (f.Q === 1 && oddQuad(f, 'dm')) ||
        // VTRN does the same on doublewords.
        (opcode === '0001' && f.Q === 0 && f.s === 2),
      unpredictable: (f) => vd(f) === vm(f),
      operation: (f) => [PERMUTATIONS[name](name === 'vswp' ? 3 : f.s, 1, f.Q), vd(f) * 2, 0, vm(f) * 2],
    }),
  ),
  ...(
    [
      ['vmovn', '00', 'i', 0],
      ['vqmovun', '01', 's', 0],
      ['vqmovn', '10', 's', 0],
      ['vqmovn', '11', 'u', 1],
    ] as const
  ).flatMap(([name, bits, letter, unsigned]) =>
    simdRows(
      `${name.toUpperCase()}${unsigned ? ' (unsigned)' : ''}`,
      '1',
      `1D11 ss10 dddd 0010 ${bits}M0 mmmm`,
      {
        asm: (f) => `${name}{c}${typed(letter, f.s + 1)} d${vd(f)}, ${register(vm(f), 1)}`,
        undefined: (f) => f.s === 3 || oddQuad(f, 'm'),
        operation: (f) => [TWO_REGISTERS[name](f.s, unsigned, 0), vd(f) * 2, 0, vm(f) * 2],
      },
    ),
  ),
  ...simdRows('VSHLL (maximum shift)', '1', '1D11 ss10 dddd 0011 00M0 mmmm', {
    asm: (f) => `vshll{c}${typed('i', f.s)} ${register(vd(f), 1)}, d${vm(f)}, #${8 << f.s}`,
    undefined: (f) => f.s === 3 || oddQuad(f, 'd'),
    operation: (f) => [SHIFTS.vshll(f.s, 0, 0), vd(f) * 2, 8 << f.s, vm(f) * 2],
  }),
];

// --- bytes and scalars ---

/** VDUP (scalar): size and index from imm4; size 3 where it is UNDEFINED. */
function duplicated(f: Fields): { readonly size: number; readonly index: number } {
  const size = f.i & 1 ? 0 : f.i & 2 ? 1 : f.i & 4 ? 2 : 3;
  return { size, index: f.i >>> (size + 1) };
}
const BYTES_AND_SCALARS: readonly Row[] = [
  ...simdRows('VEXT', '0', '1D11 nnnn dddd iiii NQM0 mmmm', {
    asm: (f) =>
      `vext{c}.8 ${register(vd(f), f.Q)}, ${register(vn(f), f.Q)}, ${register(vm(f), f.Q)}, #${f.i}`,
    undefined: (f) => (f.Q === 1 && oddQuad(f, 'dnm')) || (f.Q === 0 && f.i > 7),
    operation: (f) => [EXTRACT[f.Q], vd(f) * 2, vn(f) * 2, (vm(f) * 2) | (f.i << 8)],
  }),
  ...simdRows('VTBL, VTBX', '1', '1D11 nnnn dddd 10ll NxM0 mmmm', {
    asm: (f) => {
      const list = Array.from({ length: f.l + 1 }, (_, i) => `d${vn(f) + i}`);
      const text = list.length === 1 ? list[0] : `${list[0]}-${list[list.length - 1]}`;
      return `vtb${f.x ? 'x' : 'l'}{c}.8 d${vd(f)}, {${text}}, d${vm(f)}`;
    },
    unpredictable: (f) => vn(f) + f.l > 31,
    operation: (f) => [TABLE[f.x], vd(f) * 2, (vn(f) * 2) | ((f.l + 1) << 11), vm(f) * 2],
  }),
  ...simdRows('VDUP (scalar)', '1', '1D11 iiii dddd 1100 0QM0 mmmm', {
    asm: (f) => {
      const { size, index } = duplicated(f);
      return `vdup{c}${typed('', size)} ${register(vd(f), f.Q)}, d${vm(f)}[${index}]`;
    },
    undefined: (f) => duplicated(f).size === 3 || (f.Q === 1 && oddQuad(f, 'd')),
    operation: (f) => {
      const { size, index } = duplicated(f);
      return [DUPLICATE(size, 0, f.Q), vd(f) * 2, 0, vm(f) * (8 >> size) + index];
    },
  }),
];

// --- one register and a modified immediate ---

/** AdvSIMDExpandImm(op, cmode, imm8): low and high word. */
function expand(op: number, cmode: number, imm8: number): readonly [number, number] {
  const both = (word: number): readonly [number, number] => [word | 0, word | 0];
  if (cmode < 8) return both(imm8 << (8 * (cmode >>> 1)));
  if (cmode < 12) return both((imm8 << (8 * ((cmode >>> 1) & 1))) * 0x1_0001);
  if (cmode === 12) return both((imm8 << 8) | 0xff);
  if (cmode === 13) return both((imm8 << 16) | 0xffff);
  if (cmode === 14) {
    if (op === 0) return both(imm8 * 0x0101_0101);
    const mask = (bits: number): number =>
      [0, 1, 2, 3].reduce((word, i) => word | ((((bits >>> i) & 1) * 0xff) << (8 * i)), 0);
    return [mask(imm8 & 15), mask(imm8 >>> 4)];
  }
  return both(((imm8 & 0x80) << 24) | ((imm8 & 0x40 ? 0x1f : 0x20) << 25) | ((imm8 & 0x3f) << 19));
}
function immediateName(f: Fields): keyof typeof IMMEDIATES {
  const bitwise = f.k < 12 && (f.k & 1) === 1;
  if (f.o === 0) return bitwise ? 'vorr' : 'vmov';
  if (bitwise) return 'vbic';
  return f.k === 14 ? 'vmov' : 'vmvn';
}
function immediateText(f: Fields): string {
  const [low, high] = expand(f.o, f.k, f.i);
  if (f.k === 15) {
    const view = new DataView(new ArrayBuffer(4));
    view.setInt32(0, low);
    return `.f32 ${register(vd(f), f.Q)}, #${view.getFloat32(0)}`;
  }
  if (f.k === 14 && f.o === 1)
    return `.i64 ${register(vd(f), f.Q)}, #0x${(high >>> 0).toString(16).padStart(8, '0')}${(low >>> 0).toString(16).padStart(8, '0')}`;
  const size = f.k === 14 ? 8 : f.k >= 8 && f.k < 12 ? 16 : 32;
  const value = size === 32 ? low >>> 0 : low & (2 ** size - 1);
  return `.i${size} ${register(vd(f), f.Q)}, #${value} ; ${hex(value)}`;
}
const MODIFIED_IMMEDIATE: readonly Row[] = simdRows(
  'VMOV, VMVN, VORR, VBIC (immediate)',
  'i',
  '1D00 0iii dddd kkkk 0Qo1 iiii',
  {
    asm: (f) => `${immediateName(f)}{c}${immediateText(f)}`,
    undefined: (f) => (f.o === 1 && f.k === 15) || (f.Q === 1 && oddQuad(f, 'd')),
    operation: (f) => {
      const [low, high] = expand(f.o, f.k, f.i);
      // The constant of 64 bits has op = 1 and is moved as it is.
      return [IMMEDIATES[immediateName(f)][f.Q], vd(f) * 2, low, high];
    },
  },
);

export const SIMD_TWO: readonly Row[] = [
  ...SHIFT_ROWS,
  ...MISCELLANEOUS,
  ...BYTES_AND_SCALARS,
  ...MODIFIED_IMMEDIATE,
];
