/** VFP data-processing instructions, in both sets (ARM ARM A7.5, A8.8). */
import type { Fields, InstructionSet, Row } from '../row';
import { extensionOperation } from '../semantics/vfp-transfer';
import { hex } from '../text';
import * as operations from './scalar-operations';

type Both = readonly [number, number];
interface Spec {
  readonly asm: (f: Fields) => string;
  /** Operation, and word indices or what else it takes; d, n, m. */
  readonly operation: (f: Fields) => readonly [number, number, number, number];
  readonly unpredictable?: (f: Fields) => boolean;
  /** False where FPSCR.LEN and STRIDE mean nothing. */
  readonly vectors?: boolean;
}

/** A32 and T32 rows of both precisions: `z` in the pattern is the sz bit. */
function rows(name: string, pattern: string, spec: (double: 0 | 1) => Spec): Row[] {
  const precisions = pattern.includes('z') ? ([1, 0] as const) : ([0] as const);
  return precisions.flatMap((double) =>
    (['A32', 'T32'] as const).map((set: InstructionSet): Row => {
      const { asm, operation, unpredictable, vectors } = spec(double);
      const suffix = precisions.length === 1 ? '' : double ? ' double' : ' single';
      return {
        name: `${name} ${set === 'A32' ? 'A' : 'T'}1${suffix}`,
        set,
        pattern: `${set === 'A32' ? 'cccc' : '1110'} ${pattern.replace('z', `${double}`)}`,
        feature: 'vfp',
        asm,
        unpredictable,
        forms: { check: [vectors === false ? 0 : 2] },
        form: () => ({ check: vectors === false ? 0 : 2 }),
        operands: (f) => {
          const [number, d, n, m] = operation(f);
          return { operation: number, d, n, m, encoding: f.word };
        },
        semantics: extensionOperation,
      };
    }),
  );
}

/** Word index of a register from its four bits and its one bit. */
function word(four: number, one: number, double: number): number {
  return double ? ((one << 4) | four) * 2 : (four << 1) | one;
}
const name = (index: number, double: number): string => (double ? `d${index >>> 1}` : `s${index}`);
const vd = (f: Fields, double: number): number => word(f.d, f.D, double);
const vn = (f: Fields, double: number): number => word(f.n, f.N, double);
const vm = (f: Fields, double: number): number => word(f.m, f.M, double);
const type = (double: number): string => (double ? 'f64' : 'f32');

function threeRegisters(mnemonic: keyof typeof operations.ARITHMETIC, pattern: string): Row[] {
  const upper = mnemonic.toUpperCase();
  return rows(`${upper} (floating-point)`, pattern, (double) => ({
    asm: (f) =>
      `${mnemonic}{c}.${type(double)} ${name(vd(f, double), double)}, ${name(vn(f, double), double)}, ${name(vm(f, double), double)}`,
    operation: (f) => [operations.ARITHMETIC[mnemonic][double], vd(f, double), vn(f, double), vm(f, double)],
  }));
}

function twoRegisters(mnemonic: string, numbers: Both, pattern: string): Row[] {
  return rows(`${mnemonic.toUpperCase()} (floating-point, register)`, pattern, (double) => ({
    asm: (f) =>
      `${mnemonic}{c}.${type(double)} ${name(vd(f, double), double)}, ${name(vm(f, double), double)}`,
    operation: (f) => [numbers[double], vd(f, double), 0, vm(f, double)],
  }));
}

/** VFPExpandImm: the upper word of the constant. */
export function vfpExpandImm(imm8: number, double: boolean): number {
  const sign = (imm8 & 0x80) << 24;
  const b = (imm8 >>> 6) & 1;
  const low = imm8 & 0x3f;
  if (double) return sign | ((b ? 0xff : 0x100) << 22) | (low << 16);
  return sign | ((b ? 0x1f : 0x20) << 25) | (low << 19);
}
function expandedNumber(upper: number, double: boolean): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setInt32(0, upper);
  return double ? view.getFloat64(0) : view.getFloat32(0);
}

const ARITHMETIC: readonly Row[] = [
  ...threeRegisters('vmla', '1110 0D00 nnnn dddd 101z N0M0 mmmm'),
  ...threeRegisters('vmls', '1110 0D00 nnnn dddd 101z N1M0 mmmm'),
  ...threeRegisters('vnmls', '1110 0D01 nnnn dddd 101z N0M0 mmmm'),
  ...threeRegisters('vnmla', '1110 0D01 nnnn dddd 101z N1M0 mmmm'),
  ...threeRegisters('vmul', '1110 0D10 nnnn dddd 101z N0M0 mmmm'),
  ...threeRegisters('vnmul', '1110 0D10 nnnn dddd 101z N1M0 mmmm'),
  ...threeRegisters('vadd', '1110 0D11 nnnn dddd 101z N0M0 mmmm'),
  ...threeRegisters('vsub', '1110 0D11 nnnn dddd 101z N1M0 mmmm'),
  ...threeRegisters('vdiv', '1110 1D00 nnnn dddd 101z N0M0 mmmm'),
  ...threeRegisters('vfnms', '1110 1D01 nnnn dddd 101z N0M0 mmmm'),
  ...threeRegisters('vfnma', '1110 1D01 nnnn dddd 101z N1M0 mmmm'),
  ...threeRegisters('vfma', '1110 1D10 nnnn dddd 101z N0M0 mmmm'),
  ...threeRegisters('vfms', '1110 1D10 nnnn dddd 101z N1M0 mmmm'),
];

const MOVES: readonly Row[] = [
  ...rows('VMOV (immediate)', '1110 1D11 iiii dddd 101z (0)0(0)0 iiii', (double) => ({
    asm: (f) => {
      const upper = vfpExpandImm(f.i, double === 1);
      const number = expandedNumber(upper, double === 1);
      return `vmov{c}.${type(double)} ${name(vd(f, double), double)}, #${f.i} ; ${hex(upper)} ${number}`;
    },
    operation: (f) => [operations.MOVE_IMMEDIATE[double], vd(f, double), vfpExpandImm(f.i, double === 1), 0],
  })),
  ...twoRegisters('vmov', operations.MOVES.vmov, '1110 1D11 0000 dddd 101z 01M0 mmmm'),
  ...twoRegisters('vabs', operations.MOVES.vabs, '1110 1D11 0000 dddd 101z 11M0 mmmm'),
  ...twoRegisters('vneg', operations.MOVES.vneg, '1110 1D11 0001 dddd 101z 01M0 mmmm'),
  ...twoRegisters('vsqrt', operations.ARITHMETIC.vsqrt, '1110 1D11 0001 dddd 101z 11M0 mmmm'),
];

const COMPARISONS: readonly Row[] = [
  ...rows('VCMP, VCMPE (register)', '1110 1D11 0100 dddd 101z E1M0 mmmm', (double) => ({
    vectors: false,
    asm: (f) =>
      `vcmp${f.E ? 'e' : ''}{c}.${type(double)} ${name(vd(f, double), double)}, ${name(vm(f, double), double)}`,
    operation: (f) => [operations.COMPARE[double], vd(f, double), f.E, vm(f, double)],
  })),
  ...rows('VCMP, VCMPE (zero)', '1110 1D11 0101 dddd 101z E1(0)0 (0)(0)(0)(0)', (double) => ({
    vectors: false,
    asm: (f) => `vcmp${f.E ? 'e' : ''}{c}.${type(double)} ${name(vd(f, double), double)}, #0.0`,
    operation: (f) => [operations.COMPARE_ZERO[double], vd(f, double), f.E, 0],
  })),
];

/** Bits of fraction of a fixed-point number: not below 0, or UNPREDICTABLE. */
function fraction(f: Fields): number {
  return (f.x ? 32 : 16) - f.i;
}

const CONVERSIONS: readonly Row[] = [
  ...rows('VCVTB, VCVTT', '1110 1D11 001o dddd 1010 T1M0 mmmm', () => ({
    vectors: false,
    asm: (f) =>
      `vcvt${f.T ? 't' : 'b'}{c}.${f.o ? 'f16.f32' : 'f32.f16'} ${name(vd(f, 0), 0)}, ${name(vm(f, 0), 0)}`,
    operation: (f) => [
      f.o ? operations.SINGLE_TO_HALF : operations.HALF_TO_SINGLE,
      vd(f, 0),
      f.T * 16,
      vm(f, 0),
    ],
  })),
  ...rows(
    'VCVT (between double-precision and single-precision)',
    '1110 1D11 0111 dddd 101z 11M0 mmmm',
    (double) => ({
      vectors: false,
      asm: (f) =>
        `vcvt{c}.${double ? 'f32.f64' : 'f64.f32'} ${name(vd(f, 1 - double), 1 - double)}, ${name(vm(f, double), double)}`,
      operation: (f) => [operations.BETWEEN_PRECISIONS[double], vd(f, 1 - double), 0, vm(f, double)],
    }),
  ),
  ...rows('VCVT (integer to floating-point)', '1110 1D11 1000 dddd 101z s1M0 mmmm', (double) => ({
    vectors: false,
    asm: (f) => `vcvt{c}.${type(double)}.${f.s ? 's' : 'u'}32 ${name(vd(f, double), double)}, s${vm(f, 0)}`,
    operation: (f) => [operations.FROM_INTEGER[double], vd(f, double), f.s ^ 1, vm(f, 0)],
  })),
  ...rows('VCVT, VCVTR (floating-point to integer)', '1110 1D11 110s dddd 101z R1M0 mmmm', (double) => ({
    vectors: false,
    asm: (f) =>
      `vcvt${f.R ? '' : 'r'}{c}.${f.s ? 's' : 'u'}32.${type(double)} s${vd(f, 0)}, ${name(vm(f, double), double)}`,
    operation: (f) => [operations.TO_INTEGER[double], vd(f, 0), (f.s ^ 1) | ((f.R ^ 1) << 1), vm(f, double)],
  })),
  ...rows(
    'VCVT (between floating-point and fixed-point)',
    '1110 1D11 1o1U dddd 101z x1j0 iiii',
    (double) => ({
      vectors: false,
      asm: (f) => {
        const fixed = `${f.U ? 'u' : 's'}${f.x ? 32 : 16}`;
        const register = name(vd(f, double), double);
        const bits = fraction({ ...f, i: f.i * 2 + f.j });
        return `vcvt{c}.${f.o ? `${fixed}.${type(double)}` : `${type(double)}.${fixed}`} ${register}, ${register}, #${bits}`;
      },
      unpredictable: (f) => fraction({ ...f, i: f.i * 2 + f.j }) < 0,
      operation: (f) => [
        (f.o ? operations.TO_FIXED : operations.FROM_FIXED)[double],
        vd(f, double),
        f.x ? 32 : 16,
        (fraction({ ...f, i: f.i * 2 + f.j }) & 0xff) | (f.U << 8),
      ],
    }),
  ),
];

export const VFP_DATA_PROCESSING: readonly Row[] = [...ARITHMETIC, ...MOVES, ...COMPARISONS, ...CONVERSIONS];
