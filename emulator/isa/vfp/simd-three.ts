/** Advanced SIMD: three registers of the same length, of different lengths, two and a scalar (A7.4.1–A7.4.3). */
import type { Fields, Row } from '../row';
import { FLOAT_BY_SCALAR, FLOAT_THREE } from './float-operations';
import { BY_SCALAR, THREE_DIFFERENT, THREE_SAME } from './integer-operations';
import { oddQuad, register, signed, simdRows, typed, vd, vm, vn } from './simd';

type Letter = 's' | 'i' | '' | 'p' | 'U';
const letterOf = (letter: Letter, f: Fields): string => (letter === 'U' ? signed(f) : letter);

interface Same {
  readonly name: keyof typeof THREE_SAME;
  /** Bit 24: a letter U for either sign. */
  readonly top: '0' | '1' | 'U';
  /** Bits 11–8 and 4. */
  readonly opcode: string;
  readonly bit4: 0 | 1;
  readonly letter: Letter;
  readonly sizes: readonly number[];
  /** Shifts: the value is in M, the amount in N. */
  readonly swapped?: true;
  /** Doublewords only. */
  readonly short?: true;
}
const ALL = [0, 1, 2, 3];
const TO_32 = [0, 1, 2];
const S: readonly Same[] = [
  { name: 'vhadd', top: 'U', opcode: '0000', bit4: 0, letter: 'U', sizes: TO_32 },
  { name: 'vqadd', top: 'U', opcode: '0000', bit4: 1, letter: 'U', sizes: ALL },
  { name: 'vrhadd', top: 'U', opcode: '0001', bit4: 0, letter: 'U', sizes: TO_32 },
  { name: 'vhsub', top: 'U', opcode: '0010', bit4: 0, letter: 'U', sizes: TO_32 },
  { name: 'vqsub', top: 'U', opcode: '0010', bit4: 1, letter: 'U', sizes: ALL },
  { name: 'vcgt', top: 'U', opcode: '0011', bit4: 0, letter: 'U', sizes: TO_32 },
  { name: 'vcge', top: 'U', opcode: '0011', bit4: 1, letter: 'U', sizes: TO_32 },
  { name: 'vshl', top: 'U', opcode: '0100', bit4: 0, letter: 'U', sizes: ALL, swapped: true },
  { name: 'vqshl', top: 'U', opcode: '0100', bit4: 1, letter: 'U', sizes: ALL, swapped: true },
  { name: 'vrshl', top: 'U', opcode: '0101', bit4: 0, letter: 'U', sizes: ALL, swapped: true },
  { name: 'vqrshl', top: 'U', opcode: '0101', bit4: 1, letter: 'U', sizes: ALL, swapped: true },
  { name: 'vmax', top: 'U', opcode: '0110', bit4: 0, letter: 'U', sizes: TO_32 },
  { name: 'vmin', top: 'U', opcode: '0110', bit4: 1, letter: 'U', sizes: TO_32 },
  { name: 'vabd', top: 'U', opcode: '0111', bit4: 0, letter: 'U', sizes: TO_32 },
  { name: 'vaba', top: 'U', opcode: '0111', bit4: 1, letter: 'U', sizes: TO_32 },
  { name: 'vadd', top: '0', opcode: '1000', bit4: 0, letter: 'i', sizes: ALL },
  { name: 'vsub', top: '1', opcode: '1000', bit4: 0, letter: 'i', sizes: ALL },
  { name: 'vtst', top: '0', opcode: '1000', bit4: 1, letter: '', sizes: TO_32 },
  { name: 'vceq', top: '1', opcode: '1000', bit4: 1, letter: 'i', sizes: TO_32 },
  { name: 'vmla', top: '0', opcode: '1001', bit4: 0, letter: 'i', sizes: TO_32 },
  { name: 'vmls', top: '1', opcode: '1001', bit4: 0, letter: 'i', sizes: TO_32 },
  { name: 'vmul', top: '0', opcode: '1001', bit4: 1, letter: 'i', sizes: TO_32 },
  { name: 'vmulp', top: '1', opcode: '1001', bit4: 1, letter: 'p', sizes: [0] },
  { name: 'vpmax', top: 'U', opcode: '1010', bit4: 0, letter: 'U', sizes: TO_32, short: true },
  { name: 'vpmin', top: 'U', opcode: '1010', bit4: 1, letter: 'U', sizes: TO_32, short: true },
  { name: 'vqdmulh', top: '0', opcode: '1011', bit4: 0, letter: 's', sizes: [1, 2] },
  { name: 'vqrdmulh', top: '1', opcode: '1011', bit4: 0, letter: 's', sizes: [1, 2] },
  { name: 'vpadd', top: '0', opcode: '1011', bit4: 1, letter: 'i', sizes: TO_32, short: true },
];

/** `vmulp` is the polynomial VMUL. */
const mnemonicOf = (name: string): string => name.replace(/^(vmull?)p$/, '$1');
const titleOf = (name: string): string =>
  mnemonicOf(name).toUpperCase() + (/lp$|vmulp/.test(name) ? ' (polynomial)' : '');

const THREE_SAME_ROWS: readonly Row[] = S.flatMap((spec) =>
  simdRows(`${titleOf(spec.name)} (vector)`, spec.top, `0Dss nnnn dddd ${spec.opcode} NQM${spec.bit4} mmmm`, {
    asm: (f) => {
      const type = typed(letterOf(spec.letter, f), f.s);
      const [n, m] = spec.swapped ? [vm(f), vn(f)] : [vn(f), vm(f)];
      return `${mnemonicOf(spec.name)}{c}${type} ${register(vd(f), f.Q)}, ${register(n, f.Q)}, ${register(m, f.Q)}`;
    },
    undefined: (f) => !spec.sizes.includes(f.s) || (f.Q === 1 && (spec.short === true || oddQuad(f, 'dnm'))),
    operation: (f) => {
      const unsigned = spec.letter === 'U' ? f.U : 0;
      const [n, m] = spec.swapped ? [vm(f), vn(f)] : [vn(f), vm(f)];
      return [THREE_SAME[spec.name](f.s, unsigned, f.Q), vd(f) * 2, n * 2, m * 2];
    },
  }),
);

/** Bit 24 and bits 21–20 of the bitwise operations. */
const BITWISE = [
  ['vand', '0', '00'],
  ['vbic', '0', '01'],
  ['vorr', '0', '10'],
  ['vorn', '0', '11'],
  ['veor', '1', '00'],
  ['vbsl', '1', '01'],
  ['vbit', '1', '10'],
  ['vbif', '1', '11'],
] as const;
const BITWISE_ROWS: readonly Row[] = BITWISE.flatMap(([name, top, size]) =>
  simdRows(`${name.toUpperCase()} (register)`, top, `0D${size} nnnn dddd 0001 NQM1 mmmm`, {
    asm: (f) => {
      const [d, n, m] = [vd(f), vn(f), vm(f)].map((x) => register(x, f.Q));
      return `${name}{c} ${d}, ${n}, ${m}`;
    },
    undefined: (f) => f.Q === 1 && oddQuad(f, 'dnm'),
    operation: (f) => [THREE_SAME[name](3, 1, f.Q), vd(f) * 2, vn(f) * 2, vm(f) * 2],
  }),
);

/** Bit 24, bit 21, bits 11–8, bit 4; those that work on doublewords only end with true. */
const FLOATS = [
  ['vfma', '0', '0', '1100', 1],
  ['vfms', '0', '1', '1100', 1],
  ['vadd', '0', '0', '1101', 0],
  ['vsub', '0', '1', '1101', 0],
  ['vpadd', '1', '0', '1101', 0, true],
  ['vabd', '1', '1', '1101', 0],
  ['vmla', '0', '0', '1101', 1],
  ['vmls', '0', '1', '1101', 1],
  ['vmul', '1', '0', '1101', 1],
  ['vceq', '0', '0', '1110', 0],
  ['vcge', '1', '0', '1110', 0],
  ['vcgt', '1', '1', '1110', 0],
  ['vacge', '1', '0', '1110', 1],
  ['vacgt', '1', '1', '1110', 1],
  ['vmax', '0', '0', '1111', 0],
  ['vmin', '0', '1', '1111', 0],
  ['vpmax', '1', '0', '1111', 0, true],
  ['vpmin', '1', '1', '1111', 0, true],
  ['vrecps', '0', '0', '1111', 1],
  ['vrsqrts', '0', '1', '1111', 1],
] as const;
const FLOAT_ROWS: readonly Row[] = FLOATS.flatMap(([name, top, bit21, opcode, bit4, short]) =>
  simdRows(
    `${name.toUpperCase()} (vector, floating-point)`,
    top,
    `0D${bit21}z nnnn dddd ${opcode} NQM${bit4} mmmm`,
    {
      asm: (f) => `${name}{c}.f32 ${register(vd(f), f.Q)}, ${register(vn(f), f.Q)}, ${register(vm(f), f.Q)}`,
      undefined: (f) => f.z === 1 || (f.Q === 1 && (short === true || oddQuad(f, 'dnm'))),
      operation: (f) => [FLOAT_THREE[name][f.Q], vd(f) * 2, vn(f) * 2, vm(f) * 2],
    },
  ),
);

type Shape = 'long' | 'wide' | 'narrow';
/** Bit 24, bits 11–8, type, shape, sizes. */
const DIFFERENT: readonly (readonly [
  keyof typeof THREE_DIFFERENT,
  '0' | '1' | 'U',
  string,
  Letter,
  Shape,
  readonly number[],
])[] = [
  ['vaddl', 'U', '0000', 'U', 'long', TO_32],
  ['vaddw', 'U', '0001', 'U', 'wide', TO_32],
  ['vsubl', 'U', '0010', 'U', 'long', TO_32],
  ['vsubw', 'U', '0011', 'U', 'wide', TO_32],
  ['vaddhn', '0', '0100', 'i', 'narrow', TO_32],
  ['vraddhn', '1', '0100', 'i', 'narrow', TO_32],
  ['vabal', 'U', '0101', 'U', 'long', TO_32],
  ['vsubhn', '0', '0110', 'i', 'narrow', TO_32],
  ['vrsubhn', '1', '0110', 'i', 'narrow', TO_32],
  ['vabdl', 'U', '0111', 'U', 'long', TO_32],
  ['vmlal', 'U', '1000', 'U', 'long', TO_32],
  ['vqdmlal', '0', '1001', 's', 'long', [1, 2]],
  ['vmlsl', 'U', '1010', 'U', 'long', TO_32],
  ['vqdmlsl', '0', '1011', 's', 'long', [1, 2]],
  ['vmull', 'U', '1100', 'U', 'long', TO_32],
  ['vqdmull', '0', '1101', 's', 'long', [1, 2]],
  ['vmullp', '0', '1110', 'p', 'long', [0]],
];
const DIFFERENT_ROWS: readonly Row[] = DIFFERENT.flatMap(([name, top, opcode, letter, shape, sizes]) =>
  simdRows(titleOf(name), top, `1Dss nnnn dddd ${opcode} N0M0 mmmm`, {
    except: (f) => f.s === 3,
    asm: (f) => {
      const type = typed(letterOf(letter, f), f.s + Number(shape === 'narrow'));
      const d = register(vd(f), shape !== 'narrow');
      const n = register(vn(f), shape !== 'long');
      return `${mnemonicOf(name)}{c}${type} ${d}, ${n}, ${register(vm(f), shape === 'narrow')}`;
    },
    undefined: (f) =>
      !sizes.includes(f.s) || oddQuad(f, shape === 'long' ? 'd' : shape === 'wide' ? 'dn' : 'nm'),
    operation: (f) => [
      THREE_DIFFERENT[name](f.s, letter === 'U' ? f.U : 0, 0),
      vd(f) * 2,
      vn(f) * 2,
      vm(f) * 2,
    ],
  }),
);

/** The scalar of M:Vm: of halfwords in D0–D7, of words in D0–D15. */
function scalar(f: Fields): { readonly d: number; readonly index: number; readonly element: number } {
  const [d, index] = f.s === 1 ? [f.m & 7, (f.M << 1) | (f.m >>> 3)] : [f.m, f.M];
  return { d, index, element: d * (f.s === 1 ? 4 : 2) + index };
}
const scalarText = (f: Fields): string => `d${scalar(f).d}[${scalar(f).index}]`;

/** Bits 11–8 and type. Bit 24 is the length. */
const SCALAR = [
  ['vmla', '0000', 'i'],
  ['vmls', '0100', 'i'],
  ['vmul', '1000', 'i'],
  ['vqdmulh', '1100', 's'],
  ['vqrdmulh', '1101', 's'],
] as const;
const FLOAT_SCALAR = [
  ['vmla', '0001'],
  ['vmls', '0101'],
  ['vmul', '1001'],
] as const;
const LONG_SCALAR = [
  ['vmlal', 'U', '0010', 'U'],
  ['vqdmlal', '0', '0011', 's'],
  ['vmlsl', 'U', '0110', 'U'],
  ['vqdmlsl', '0', '0111', 's'],
  ['vmull', 'U', '1010', 'U'],
  ['vqdmull', '0', '1011', 's'],
] as const;
const SCALAR_ROWS: readonly Row[] = [
  ...SCALAR.flatMap(([name, opcode, letter]) =>
    simdRows(`${name.toUpperCase()} (by scalar)`, 'Q', `1Dss nnnn dddd ${opcode} N1M0 mmmm`, {
      except: (f) => f.s === 3,
      asm: (f) =>
        `${name}{c}${typed(letter, f.s)} ${register(vd(f), f.Q)}, ${register(vn(f), f.Q)}, ${scalarText(f)}`,
      undefined: (f) => f.s === 0 || (f.Q === 1 && oddQuad(f, 'dn')),
      operation: (f) => [BY_SCALAR[name](f.s, 0, f.Q), vd(f) * 2, vn(f) * 2, scalar(f).element],
    }),
  ),
  ...FLOAT_SCALAR.flatMap(([name, opcode]) =>
    simdRows(`${name.toUpperCase()} (by scalar, floating-point)`, 'Q', `1Dss nnnn dddd ${opcode} N1M0 mmmm`, {
      except: (f) => f.s === 3,
      asm: (f) => `${name}{c}.f32 ${register(vd(f), f.Q)}, ${register(vn(f), f.Q)}, ${scalarText(f)}`,
      undefined: (f) => f.s !== 2 || (f.Q === 1 && oddQuad(f, 'dn')),
      operation: (f) => [FLOAT_BY_SCALAR[name][f.Q], vd(f) * 2, vn(f) * 2, scalar(f).element],
    }),
  ),
  ...LONG_SCALAR.flatMap(([name, top, opcode, letter]) =>
    simdRows(`${name.toUpperCase()} (by scalar)`, top, `1Dss nnnn dddd ${opcode} N1M0 mmmm`, {
      except: (f) => f.s === 3,
      asm: (f) =>
        `${name}{c}${typed(letterOf(letter, f), f.s)} ${register(vd(f), 1)}, d${vn(f)}, ${scalarText(f)}`,
      undefined: (f) => f.s === 0 || oddQuad(f, 'd'),
      operation: (f) => [
        BY_SCALAR[name](f.s, letter === 'U' ? f.U : 0, 0),
        vd(f) * 2,
        vn(f) * 2,
        scalar(f).element,
      ],
    }),
  ),
];

export const SIMD_THREE: readonly Row[] = [
  ...THREE_SAME_ROWS,
  ...BITWISE_ROWS,
  ...FLOAT_ROWS,
  ...DIFFERENT_ROWS,
  ...SCALAR_ROWS,
];
