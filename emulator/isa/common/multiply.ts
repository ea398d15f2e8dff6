/** Multiplies and divides in both instruction sets (ARM ARM A5.2.5, A5.2.7, A5.4.4, A6.3.16, A6.3.17). */
import type { Fields, Row } from '../row';
import {
  divide,
  dualMultiply,
  dualMultiplyAccumulate,
  dualMultiplyAccumulateLong,
  multiply,
  multiplyAccumulate,
  multiplyAccumulateAccumulate,
  multiplyAccumulateHalves,
  multiplyAccumulateLongHalves,
  multiplyAccumulateWordByHalf,
  multiplyHalves,
  multiplyLong,
  multiplySubtract,
  multiplyTop,
  multiplyTopAccumulate,
  multiplyWordByHalf,
} from '../semantics/multiply';
import { sumOfAbsoluteDifferences } from '../semantics/parallel';
import { reg, s } from '../text';
import { inBothSets } from './both';

const tb = (bit: number): string => (bit ? 't' : 'b');
const x = (bit: number): string => (bit ? 'x' : '');
const r = (bit: number): string => (bit ? 'r' : '');

const three = (f: Fields): string => `${reg(f.d)}, ${reg(f.n)}, ${reg(f.m)}`;
const four = (f: Fields): string => `${three(f)}, ${reg(f.a)}`;
const long = (f: Fields): string => `${reg(f.l)}, ${reg(f.h)}, ${reg(f.n)}, ${reg(f.m)}`;

const registers = (f: Fields): Record<string, number> => ({
  rd: f.d,
  rn: f.n,
  rm: f.m,
  ra: f.a ?? 0,
});
const threeRegisters = (f: Fields): Record<string, number> => ({ rd: f.d, rn: f.n, rm: f.m });
const longRegisters = (f: Fields): Record<string, number> => ({ rlo: f.l, rhi: f.h, rn: f.n, rm: f.m });
/** Ra = 15 is the instruction without accumulation. */
const noAccumulator = (f: Fields): boolean => f.a === 15;
const setFlags = { forms: { S: [0, 1] }, form: (f: Fields) => ({ S: f.S ?? 0 }) };

function longRow(name: string, a32: string, t32: string, signed: boolean, accumulate: boolean): Row[] {
  return inBothSets({
    name,
    a32: `cccc ${a32} S hhhh llll mmmm 1001 nnnn`,
    t32: `1111 1011 1${t32} nnnn llll hhhh 0000 mmmm`,
    registers: 'hlnm',
    asm: (f) => `${name.toLowerCase()}${s(f.S)}{c} ${long(f)}`,
    unpredictable: (f) => f.h === f.l,
    ...setFlags,
    operands: longRegisters,
    semantics: multiplyLong(signed, accumulate),
  });
}

const PLAIN: readonly Row[] = [
  ...inBothSets({
    name: 'MUL',
    encodings: ['A1', 'T2'],
    a32: 'cccc 0000000 S dddd (0)(0)(0)(0) mmmm 1001 nnnn',
    t32: '1111 1011 0000 nnnn 1111 dddd 0000 mmmm',
    registers: 'dnm',
    asm: (f) => `mul${s(f.S)}{c} ${three(f)}`,
    ...setFlags,
    operands: threeRegisters,
    semantics: multiply,
  }),
  ...inBothSets({
    name: 'MLA',
    a32: 'cccc 0000001 S dddd aaaa mmmm 1001 nnnn',
    registers: 'dnma',
    asm: (f) => `mla${s(f.S)}{c} ${four(f)}`,
    ...setFlags,
    operands: registers,
    semantics: multiplyAccumulate,
  }),
  ...inBothSets({
    name: 'MLA',
    t32: '1111 1011 0000 nnnn aaaa dddd 0000 mmmm',
    registers: 'dnma',
    asm: (f) => `mla{c} ${four(f)}`,
    except: noAccumulator,
    ...setFlags,
    operands: registers,
    semantics: multiplyAccumulate,
  }),
  ...inBothSets({
    name: 'MLS',
    a32: 'cccc 00000110 dddd aaaa mmmm 1001 nnnn',
    t32: '1111 1011 0000 nnnn aaaa dddd 0001 mmmm',
    registers: 'dnma',
    asm: (f) => `mls{c} ${four(f)}`,
    operands: registers,
    semantics: multiplySubtract,
  }),
  ...inBothSets({
    name: 'UMAAL',
    a32: 'cccc 00000100 hhhh llll mmmm 1001 nnnn',
    t32: '1111 1011 1110 nnnn llll hhhh 0110 mmmm',
    registers: 'hlnm',
    asm: (f) => `umaal{c} ${long(f)}`,
    unpredictable: (f) => f.h === f.l,
    operands: longRegisters,
    semantics: multiplyAccumulateAccumulate,
  }),
  ...longRow('UMULL', '0000100', '010', false, false),
  ...longRow('UMLAL', '0000101', '110', false, true),
  ...longRow('SMULL', '0000110', '000', true, false),
  ...longRow('SMLAL', '0000111', '100', true, true),
];

const halves = {
  forms: { x: [0, 1], y: [0, 1] },
  form: (f: Fields) => ({ x: f.x, y: f.y }),
};
const halfY = { forms: { y: [0, 1] }, form: (f: Fields) => ({ y: f.y }) };

const HALFWORD: readonly Row[] = [
  ...inBothSets({
    name: 'SMLABB, SMLABT, SMLATB, SMLATT',
    a32: 'cccc 00010000 dddd aaaa mmmm 1yx0 nnnn',
    registers: 'dnma',
    asm: (f) => `smla${tb(f.x)}${tb(f.y)}{c} ${four(f)}`,
    ...halves,
    operands: registers,
    semantics: multiplyAccumulateHalves,
  }),
  ...inBothSets({
    name: 'SMLABB, SMLABT, SMLATB, SMLATT',
    t32: '1111 1011 0001 nnnn aaaa dddd 00xy mmmm',
    registers: 'dnma',
    asm: (f) => `smla${tb(f.x)}${tb(f.y)}{c} ${four(f)}`,
    except: noAccumulator,
    ...halves,
    operands: registers,
    semantics: multiplyAccumulateHalves,
  }),
  ...inBothSets({
    name: 'SMULBB, SMULBT, SMULTB, SMULTT',
    a32: 'cccc 00010110 dddd (0)(0)(0)(0) mmmm 1yx0 nnnn',
    t32: '1111 1011 0001 nnnn 1111 dddd 00xy mmmm',
    registers: 'dnm',
    asm: (f) => `smul${tb(f.x)}${tb(f.y)}{c} ${three(f)}`,
    ...halves,
    operands: threeRegisters,
    semantics: multiplyHalves,
  }),
  ...inBothSets({
    name: 'SMLAWB, SMLAWT',
    a32: 'cccc 00010010 dddd aaaa mmmm 1y00 nnnn',
    registers: 'dnma',
    asm: (f) => `smlaw${tb(f.y)}{c} ${four(f)}`,
    ...halfY,
    operands: registers,
    semantics: multiplyAccumulateWordByHalf,
  }),
  ...inBothSets({
    name: 'SMLAWB, SMLAWT',
    t32: '1111 1011 0011 nnnn aaaa dddd 000y mmmm',
    registers: 'dnma',
    asm: (f) => `smlaw${tb(f.y)}{c} ${four(f)}`,
    except: noAccumulator,
    ...halfY,
    operands: registers,
    semantics: multiplyAccumulateWordByHalf,
  }),
  ...inBothSets({
    name: 'SMULWB, SMULWT',
    a32: 'cccc 00010010 dddd (0)(0)(0)(0) mmmm 1y10 nnnn',
    t32: '1111 1011 0011 nnnn 1111 dddd 000y mmmm',
    registers: 'dnm',
    asm: (f) => `smulw${tb(f.y)}{c} ${three(f)}`,
    ...halfY,
    operands: threeRegisters,
    semantics: multiplyWordByHalf,
  }),
  ...inBothSets({
    name: 'SMLALBB, SMLALBT, SMLALTB, SMLALTT',
    a32: 'cccc 00010100 hhhh llll mmmm 1yx0 nnnn',
    t32: '1111 1011 1100 nnnn llll hhhh 10xy mmmm',
    registers: 'hlnm',
    asm: (f) => `smlal${tb(f.x)}${tb(f.y)}{c} ${long(f)}`,
    unpredictable: (f) => f.h === f.l,
    ...halves,
    operands: longRegisters,
    semantics: multiplyAccumulateLongHalves,
  }),
];

const swapped = { forms: { swap: [0, 1] }, form: (f: Fields) => ({ swap: f.M }) };
const rounding = { forms: { round: [0, 1] }, form: (f: Fields) => ({ round: f.R }) };

function dualRows(subtract: boolean): Row[] {
  const op = subtract ? 's' : 'a';
  const bit = subtract ? '01' : '00';
  return [
    ...inBothSets({
      name: `SML${op.toUpperCase()}D`,
      a32: `cccc 01110000 dddd aaaa mmmm ${bit}M1 nnnn`,
      t32: `1111 1011 0${subtract ? '100' : '010'} nnnn aaaa dddd 000M mmmm`,
      registers: 'dnma',
      asm: (f) => `sml${op}d${x(f.M)}{c} ${four(f)}`,
      except: noAccumulator,
      ...swapped,
      operands: registers,
      semantics: dualMultiplyAccumulate(subtract),
    }),
    ...inBothSets({
      name: `SMU${op.toUpperCase()}D`,
      a32: `cccc 01110000 dddd 1111 mmmm ${bit}M1 nnnn`,
      t32: `1111 1011 0${subtract ? '100' : '010'} nnnn 1111 dddd 000M mmmm`,
      registers: 'dnm',
      asm: (f) => `smu${op}d${x(f.M)}{c} ${three(f)}`,
      ...swapped,
      operands: threeRegisters,
      semantics: dualMultiply(subtract),
    }),
    ...inBothSets({
      name: `SML${op.toUpperCase()}LD`,
      a32: `cccc 01110100 hhhh llll mmmm ${bit}M1 nnnn`,
      t32: `1111 1011 110${subtract ? 1 : 0} nnnn llll hhhh 110M mmmm`,
      registers: 'hlnm',
      asm: (f) => `sml${op}ld${x(f.M)}{c} ${long(f)}`,
      unpredictable: (f) => f.h === f.l,
      ...swapped,
      operands: longRegisters,
      semantics: dualMultiplyAccumulateLong(subtract),
    }),
  ];
}

const TOP: readonly Row[] = [
  ...inBothSets({
    name: 'SMMUL',
    a32: 'cccc 01110101 dddd 1111 mmmm 00R1 nnnn',
    t32: '1111 1011 0101 nnnn 1111 dddd 000R mmmm',
    registers: 'dnm',
    asm: (f) => `smmul${r(f.R)}{c} ${three(f)}`,
    ...rounding,
    operands: threeRegisters,
    semantics: multiplyTop,
  }),
  ...inBothSets({
    name: 'SMMLA',
    a32: 'cccc 01110101 dddd aaaa mmmm 00R1 nnnn',
    t32: '1111 1011 0101 nnnn aaaa dddd 000R mmmm',
    registers: 'dnma',
    asm: (f) => `smmla${r(f.R)}{c} ${four(f)}`,
    except: noAccumulator,
    ...rounding,
    operands: registers,
    semantics: multiplyTopAccumulate(false),
  }),
  ...inBothSets({
    name: 'SMMLS',
    a32: 'cccc 01110101 dddd aaaa mmmm 11R1 nnnn',
    t32: '1111 1011 0110 nnnn aaaa dddd 000R mmmm',
    registers: 'dnma',
    asm: (f) => `smmls${r(f.R)}{c} ${four(f)}`,
    ...rounding,
    operands: registers,
    semantics: multiplyTopAccumulate(true),
  }),
];

const REST: readonly Row[] = [
  ...[true, false].flatMap((signed) =>
    inBothSets({
      name: signed ? 'SDIV' : 'UDIV',
      feature: 'divide',
      a32: `cccc 011100${signed ? 0 : 1}1 dddd (1)(1)(1)(1) mmmm 0001 nnnn`,
      t32: `1111 1011 10${signed ? 0 : 1}1 nnnn (1)(1)(1)(1) dddd 1111 mmmm`,
      registers: 'dnm',
      asm: (f) => `${signed ? 's' : 'u'}div{c} ${three(f)}`,
      operands: threeRegisters,
      semantics: divide(signed),
    }),
  ),
  ...inBothSets({
    name: 'USAD8',
    a32: 'cccc 01111000 dddd 1111 mmmm 0001 nnnn',
    t32: '1111 1011 0111 nnnn 1111 dddd 0000 mmmm',
    registers: 'dnm',
    asm: (f) => `usad8{c} ${three(f)}`,
    operands: threeRegisters,
    semantics: sumOfAbsoluteDifferences(false),
  }),
  ...inBothSets({
    name: 'USADA8',
    a32: 'cccc 01111000 dddd aaaa mmmm 0001 nnnn',
    t32: '1111 1011 0111 nnnn aaaa dddd 0000 mmmm',
    registers: 'dnma',
    asm: (f) => `usada8{c} ${four(f)}`,
    except: noAccumulator,
    operands: registers,
    semantics: sumOfAbsoluteDifferences(true),
  }),
];

export const MULTIPLY: readonly Row[] = [
  ...PLAIN,
  ...HALFWORD,
  ...dualRows(false),
  ...dualRows(true),
  ...TOP,
  ...REST,
];
