/** VFP and Advanced SIMD register transfers, in both sets (ARM ARM A7.6–A7.9). */
import type { Fields, InstructionSet, Row } from '../row';
import { INDEX } from '../semantics/load-store';
import {
  duplicate,
  moveFromScalar,
  moveFromVfpSystem,
  movePair,
  moveSingle,
  moveToScalar,
  moveToVfpSystem,
  vfpMultiple,
  vfpSingle,
} from '../semantics/vfp-transfer';
import { address, bang, hex, offset, reg } from '../text';

type Spec = Omit<Row, 'name' | 'set' | 'pattern' | 'unpredictable'> & {
  readonly unpredictable?: (f: Fields, thumb: boolean) => boolean;
};

/** The A32 and T32 rows of one encoding; `rest` is the pattern below bits 31–28. */
function vfpRows(name: string, encoding: number, rest: string, spec: Spec): Row[] {
  return (['A32', 'T32'] as const).map((set: InstructionSet) => ({
    ...spec,
    name: `${name} ${set === 'A32' ? 'A' : 'T'}${encoding}`,
    set,
    pattern: `${set === 'A32' ? 'cccc' : '1110'} ${rest}`,
    unpredictable: (f) => spec.unpredictable?.(f, set === 'T32') ?? false,
  }));
}

/** Core register t: 15 is UNPREDICTABLE, in T32 13 too. */
function bad(n: number, thumb: boolean): boolean {
  return n === 15 || (thumb && n === 13);
}

/** Word index of D[D:Vd] and S[Vd:D]. */
function firstWord(f: Fields, double: boolean): number {
  return double ? ((f.D << 4) | f.d) * 2 : (f.d << 1) | f.D;
}
function registerName(word: number, double: boolean): string {
  return double ? `d${word >>> 1}` : `s${word}`;
}
function listText(first: number, words: number, double: boolean): string {
  const from = registerName(first, double);
  const last = first + words - (double ? 2 : 1);
  return last <= first ? `{${from}}` : `{${from}-${registerName(last, double)}}`;
}

/** Words transferred: of FLDMX and FSTMX (odd imm8) one less than imm8. */
function wordCount(f: Fields, double: boolean): number {
  return double ? f.i & ~1 : f.i;
}

function multipleRows(load: boolean, double: boolean): Row[] {
  return vfpRows(
    load ? 'VLDM' : 'VSTM',
    double ? 1 : 2,
    `110 P U D W ${load ? 1 : 0} nnnn dddd 101${double ? 1 : 0} iiiiiiii`,
    {
      feature: 'vfp',
      asm: (f) => {
        const list = listText(firstWord(f, double), wordCount(f, double), double);
        const extended = double && f.i & 1 ? 'x' : '';
        const stack = f.n === 13 && f.W === 1 && extended === '';
        if (stack && load && f.P === 0) return `vpop{c} ${list}`;
        if (stack && !load && f.P === 1) return `vpush{c} ${list}`;
        const direction = f.P ? 'db' : 'ia';
        const mnemonic = extended
          ? `f${load ? 'ldm' : 'stm'}${direction}x`
          : `v${load ? 'ldm' : 'stm'}${direction}`;
        return `${mnemonic}{c} ${reg(f.n)}${bang(f.W)}, ${list}`;
      },
      // P = 1, W = 0 is VLDR or VSTR; P = U = W = 0 the transfers between core and extension registers.
      except: (f) => (f.P === 1 && f.W === 0) || (f.P === 0 && f.U === 0 && f.W === 0),
      undefined: (f) => f.P === f.U && f.W === 1,
      unpredictable: (f, thumb) => {
        const words = wordCount(f, double);
        return (
          (f.n === 15 && (f.W === 1 || thumb)) ||
          words === 0 ||
          (double && words > 32) ||
          firstWord(f, double) + words > (double ? 64 : 32)
        );
      },
      forms: { index: [INDEX.Offset, INDEX.Pre], doubles: [double ? 1 : 0] },
      form: (f) => ({ index: f.W ? INDEX.Pre : INDEX.Offset, doubles: double ? 1 : 0 }),
      operands: (f) => {
        const delta = f.U ? f.i * 4 : (-f.i * 4) | 0;
        return {
          rn: f.n,
          first: firstWord(f, double),
          count: wordCount(f, double),
          start: f.P ? delta : 0,
          delta,
          encoding: f.word,
        };
      },
      semantics: vfpMultiple(load),
    },
  );
}

function singleRows(load: boolean, double: boolean): Row[] {
  const where = (f: Fields): string => address(f.n, offset(f.U, f.i * 4), true, false);
  return vfpRows(
    load ? 'VLDR' : 'VSTR',
    double ? 1 : 2,
    `1101 U D 0 ${load ? 1 : 0} nnnn dddd 101${double ? 1 : 0} iiiiiiii`,
    {
      feature: 'vfp',
      asm: (f, context) => {
        const text = `${load ? 'vldr' : 'vstr'}{c} ${registerName(firstWord(f, double), double)}`;
        if (f.n !== 15) return `${text}, ${where(f)}`;
        const pc = (context.address & ~3) + (context.set === 'A32' ? 8 : 4);
        return `${text}, [pc, ${offset(f.U, f.i * 4)}] ; ${hex(pc + (f.U ? f.i * 4 : -f.i * 4))}`;
      },
      unpredictable: (f, thumb) => !load && thumb && f.n === 15,
      forms: { doubles: [double ? 1 : 0], literal: [0, 1] },
      form: (f) => ({ doubles: double ? 1 : 0, literal: Number(f.n === 15) }),
      operands: (f) => ({
        rn: f.n,
        offset: f.U ? f.i * 4 : (-f.i * 4) | 0,
        first: firstWord(f, double),
        count: double ? 2 : 1,
        encoding: f.word,
      }),
      semantics: vfpSingle(load),
    },
  );
}

const toCore = { forms: { toCore: [0, 1] }, form: (f: Fields) => ({ toCore: f.o }) };

/** Lane width of a scalar from opc1:opc2: 1xxx, 0xx1 and 0x00; 0x10 is UNDEFINED (0). */
function laneBits(f: Fields): number {
  if (f.o & 2) return 8;
  if (f.p & 1) return 16;
  return f.p === 0 ? 32 : 0;
}
function laneIndex(f: Fields): number {
  const bits = laneBits(f);
  const high = f.o & 1;
  return bits === 8 ? (high << 2) | f.p : bits === 16 ? (high << 1) | (f.p >>> 1) : high;
}
function laneOperands(f: Fields): Record<string, number> {
  const bits = laneBits(f) || 32;
  const bit = laneIndex(f) * bits;
  const d = (f.D << 4) | f.d;
  return { rt: f.t, word: d * 2 + (bit >>> 5), position: bit & 31, encoding: f.word };
}
function laneText(f: Fields): string {
  return `d${(f.D << 4) | f.d}[${laneIndex(f)}]`;
}

const MOVES: readonly Row[] = [
  ...vfpRows(
    'VMOV (between ARM core register and single-precision register)',
    1,
    '1110 000 o dddd tttt 1010 D(0)(0)1 (0)(0)(0)(0)',
    {
      feature: 'vfp',
      asm: (f) => {
        const single = `s${firstWord(f, false)}`;
        return f.o ? `vmov{c} ${reg(f.t)}, ${single}` : `vmov{c} ${single}, ${reg(f.t)}`;
      },
      unpredictable: (f, thumb) => bad(f.t, thumb),
      ...toCore,
      operands: (f) => ({ rt: f.t, word: firstWord(f, false), encoding: f.word }),
      semantics: moveSingle,
    },
  ),
  ...[true, false].flatMap((double) =>
    vfpRows(
      double
        ? 'VMOV (between two ARM core registers and a doubleword extension register)'
        : 'VMOV (between two ARM core registers and two single-precision registers)',
      1,
      `1100 010 o uuuu tttt 101${double ? 1 : 0} 00D1 dddd`,
      {
        feature: 'vfp',
        asm: (f) => {
          const word = firstWord(f, double);
          const extension = double ? `d${word >>> 1}` : `s${word}, s${word + 1}`;
          const core = `${reg(f.t)}, ${reg(f.u)}`;
          return f.o ? `vmov{c} ${core}, ${extension}` : `vmov{c} ${extension}, ${core}`;
        },
        unpredictable: (f, thumb) =>
          bad(f.t, thumb) ||
          bad(f.u, thumb) ||
          (!double && firstWord(f, false) === 31) ||
          (f.o === 1 && f.t === f.u),
        ...toCore,
        operands: (f) => ({ rt: f.t, rt2: f.u, word: firstWord(f, double), encoding: f.word }),
        semantics: movePair,
      },
    ),
  ),
  ...vfpRows('VMOV (ARM core register to scalar)', 1, '1110 0oo0 dddd tttt 1011 Dpp1 (0)(0)(0)(0)', {
    feature: 'vfp',
    asm: (f) => `vmov{c}.${laneBits(f)} ${laneText(f)}, ${reg(f.t)}`,
    undefined: (f) => laneBits(f) === 0,
    unpredictable: (f, thumb) => bad(f.t, thumb),
    forms: { bits: [8, 16, 32] },
    form: (f) => ({ bits: laneBits(f) || 32 }),
    operands: laneOperands,
    semantics: moveToScalar,
  }),
  ...vfpRows('VMOV (scalar to ARM core register)', 1, '1110 Uoo1 dddd tttt 1011 Dpp1 (0)(0)(0)(0)', {
    feature: 'vfp',
    asm: (f) => {
      const bits = laneBits(f);
      return `vmov{c}.${bits === 32 ? '' : f.U ? 'u' : 's'}${bits} ${reg(f.t)}, ${laneText(f)}`;
    },
    undefined: (f) => laneBits(f) === 0 || (laneBits(f) === 32 && f.U === 1),
    unpredictable: (f, thumb) => bad(f.t, thumb),
    forms: { bits: [8, 16, 32], signed: [0, 1] },
    form: (f) => ({ bits: laneBits(f) || 32, signed: f.U ^ 1 }),
    operands: laneOperands,
    semantics: moveFromScalar,
  }),
  ...vfpRows('VDUP (ARM core register)', 1, '1110 1BQ0 dddd tttt 1011 D0E1 (0)(0)(0)(0)', {
    feature: 'simd',
    asm: (f) => {
      const d = (f.D << 4) | f.d;
      return `vdup{c}.${f.B ? 8 : f.E ? 16 : 32} ${f.Q ? `q${d >>> 1}` : `d${d}`}, ${reg(f.t)}`;
    },
    undefined: (f) => (f.Q === 1 && (f.d & 1) === 1) || (f.B === 1 && f.E === 1),
    unpredictable: (f, thumb) => bad(f.t, thumb),
    forms: { bits: [8, 16, 32], quad: [0, 1] },
    form: (f) => ({ bits: f.B ? 8 : f.E ? 16 : 32, quad: f.Q }),
    operands: (f) => ({ rt: f.t, word: ((f.D << 4) | f.d) * 2, encoding: f.word }),
    semantics: duplicate,
  }),
];

/** Registers of VMRS and VMSR by their number; the others are not there (UNPREDICTABLE). */
const SYSTEM_REGISTERS: Readonly<Record<number, string>> = {
  0: 'fpsid',
  1: 'fpscr',
  6: 'mvfr1',
  7: 'mvfr0',
  8: 'fpexc',
  9: 'fpinst',
  10: 'fpinst2',
};

const SYSTEM: readonly Row[] = [
  ...vfpRows('VMRS', 1, '1110 1111 rrrr tttt 1010 (0)(0)(0)1 (0)(0)(0)(0)', {
    feature: 'vfp',
    asm: (f) =>
      `vmrs{c} ${f.t === 15 && f.r === 1 ? 'APSR_nzcv' : reg(f.t)}, ${SYSTEM_REGISTERS[f.r] ?? `c${f.r}`}`,
    undefined: (f) => SYSTEM_REGISTERS[f.r] === undefined,
    unpredictable: (f, thumb) => (f.t === 15 && f.r !== 1) || (thumb && f.t === 13),
    forms: { flags: [0, 1] },
    form: (f) => ({ flags: Number(f.t === 15) }),
    operands: (f) => ({ rt: f.t, register: f.r, encoding: f.word }),
    semantics: moveFromVfpSystem,
  }),
  ...vfpRows('VMSR', 1, '1110 1110 rrrr tttt 1010 (0)(0)(0)1 (0)(0)(0)(0)', {
    feature: 'vfp',
    asm: (f) => `vmsr{c} ${SYSTEM_REGISTERS[f.r] ?? `c${f.r}`}, ${reg(f.t)}`,
    // MVFR0 and MVFR1 are read-only.
    undefined: (f) => SYSTEM_REGISTERS[f.r] === undefined || f.r === 6 || f.r === 7,
    unpredictable: (f, thumb) => bad(f.t, thumb),
    operands: (f) => ({ rt: f.t, register: f.r, encoding: f.word }),
    semantics: moveToVfpSystem,
  }),
];

export const VFP_TRANSFER: readonly Row[] = [
  ...multipleRows(true, true),
  ...multipleRows(true, false),
  ...multipleRows(false, true),
  ...multipleRows(false, false),
  ...singleRows(true, true),
  ...singleRows(true, false),
  ...singleRows(false, true),
  ...singleRows(false, false),
  ...MOVES,
  ...SYSTEM,
];
