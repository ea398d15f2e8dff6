/** Saturating, parallel, packing, extending, reversing and bit-field instructions in both sets (ARM ARM A5.4, A6.3). */
import { SHIFT } from '../immediates';
import type { Fields, Row } from '../row';
import {
  clearBitField,
  countLeadingZeros,
  extend,
  extractBitField,
  insertBitField,
  packHalfword,
  reverseBits,
  reverseHalfwords,
  reverseSignedHalfword,
  reverseWord,
} from '../semantics/bits';
import type { ExtendKind } from '../semantics/bits';
import { parallel, selectBytes } from '../semantics/parallel';
import type { ParallelOperation, ParallelPrefix } from '../semantics/parallel';
import { saturateHalves, saturateWord, saturatingAdd } from '../semantics/saturating';
import type { Semantics } from '../semantics/types';
import { reg } from '../text';
import { inBothSets } from './both';

const threeRegisters = (f: Fields): Record<string, number> => ({ rd: f.d, rn: f.n, rm: f.m });

function saturatingRow(name: string, a32: string, t32: string, subtract: boolean, double: boolean): Row[] {
  return inBothSets({
    name,
    a32: `cccc 00010${a32}0 nnnn dddd (0)(0)(0)(0) 0101 mmmm`,
    t32: `1111 1010 1000 nnnn 1111 dddd 10${t32} mmmm`,
    registers: 'dnm',
    asm: (f) => `${name.toLowerCase()}{c} ${reg(f.d)}, ${reg(f.m)}, ${reg(f.n)}`,
    operands: threeRegisters,
    semantics: saturatingAdd(subtract, double),
  });
}

/** Prefixes with A32 bits 22–20 and T32 bits 6–4. */
const PREFIXES: readonly (readonly [ParallelPrefix, string, string])[] = [
  ['s', '001', '000'],
  ['q', '010', '001'],
  ['sh', '011', '010'],
  ['u', '101', '100'],
  ['uq', '110', '101'],
  ['uh', '111', '110'],
];
/** Operations with A32 bits 7–5 and T32 bits 22–20. */
const OPERATIONS: readonly (readonly [ParallelOperation, string, string])[] = [
  ['add16', '000', '001'],
  ['asx', '001', '010'],
  ['sax', '010', '110'],
  ['sub16', '011', '101'],
  ['add8', '100', '000'],
  ['sub8', '111', '100'],
];
function parallelRows(): Row[] {
  return PREFIXES.flatMap(([prefix, a32Prefix, t32Prefix]) =>
    OPERATIONS.flatMap(([operation, a32Operation, t32Operation]) => {
      const name = prefix + operation;
      return inBothSets({
        name: name.toUpperCase(),
        a32: `cccc 01100 ${a32Prefix} nnnn dddd (1)(1)(1)(1) ${a32Operation} 1 mmmm`,
        t32: `1111 1010 1 ${t32Operation} nnnn 1111 dddd 0 ${t32Prefix} mmmm`,
        registers: 'dnm',
        asm: (f) => `${name}{c} ${reg(f.d)}, ${reg(f.n)}, ${reg(f.m)}`,
        operands: threeRegisters,
        semantics: parallel(prefix, operation),
      });
    }),
  );
}

/** Extensions with A32 bits 22–20 and T32 bits 22–20. */
const EXTENSIONS: readonly (readonly [string, ExtendKind, boolean, string, string])[] = [
  ['B16', 'b16', true, '000', '010'],
  ['B', 'b', true, '010', '100'],
  ['H', 'h', true, '011', '000'],
  ['B16', 'b16', false, '100', '011'],
  ['B', 'b', false, '110', '101'],
  ['H', 'h', false, '111', '001'],
];
function extendRows(): Row[] {
  const rotation = (f: Fields): string => (f.r === 0 ? '' : `, ror #${f.r * 8}`);
  return EXTENSIONS.flatMap(([suffix, kind, signed, a32, t32]) => {
    const plain = `${signed ? 'S' : 'U'}XT${suffix}`;
    const accumulating = `${signed ? 'S' : 'U'}XTA${suffix}`;
    return [
      ...inBothSets({
        name: accumulating,
        a32: `cccc 01101 ${a32} nnnn dddd rr(0)(0) 0111 mmmm`,
        t32: `1111 1010 0${t32} nnnn 1111 dddd 1(0)rr mmmm`,
        registers: 'dm',
        stackAllowed: '',
        unpredictable: (f) => f.n === 13,
        asm: (f) => `${accumulating.toLowerCase()}{c} ${reg(f.d)}, ${reg(f.n)}, ${reg(f.m)}${rotation(f)}`,
        except: (f) => f.n === 15,
        operands: (f) => ({ rd: f.d, rn: f.n, rm: f.m, rotation: f.r * 8 }),
        semantics: extend(kind, signed, true),
      }).map((row) =>
        row.set === 'A32' ? { ...row, unpredictable: (f: Fields) => f.d === 15 || f.m === 15 } : row,
      ),
      ...inBothSets({
        name: plain,
        encodings: ['A1', kind === 'b16' ? 'T1' : 'T2'],
        a32: `cccc 01101 ${a32} 1111 dddd rr(0)(0) 0111 mmmm`,
        t32: `1111 1010 0${t32} 1111 1111 dddd 1(0)rr mmmm`,
        registers: 'dm',
        asm: (f) => `${plain.toLowerCase()}{c} ${reg(f.d)}, ${reg(f.m)}${rotation(f)}`,
        operands: (f) => ({ rd: f.d, rm: f.m, rotation: f.r * 8 }),
        semantics: extend(kind, signed, false),
      }),
    ];
  });
}

/** Instructions of one source register; T32 has it twice. */
function unaryRow(
  name: string,
  encodings: [string, string],
  a32: string,
  t32: string,
  semantics: Semantics,
): Row[] {
  return inBothSets({
    name,
    encodings,
    a32: `cccc ${a32} mmmm`,
    t32: `1111 1010 10${t32} mmmm`,
    registers: 'dm',
    unpredictable: (f) => f.u !== undefined && f.u !== f.m,
    asm: (f) => `${name.toLowerCase()}{c} ${reg(f.d)}, ${reg(f.m)}`,
    operands: (f) => ({ rd: f.d, rm: f.m }),
    semantics,
  });
}

/** `, lsl #2` or `, asr #32` of SSAT, USAT and PKH; asr #0 stands for 32. */
function shift(asr: number, amount: number): string {
  if (asr) return `, asr #${amount === 0 ? 32 : amount}`;
  return amount === 0 ? '' : `, lsl #${amount}`;
}
function shiftForm(f: Fields): { shift: number } {
  return { shift: f.h ? SHIFT.Asr : SHIFT.Lsl };
}
function shiftAmount(f: Fields): number {
  return f.h && f.i === 0 ? 31 : f.i;
}

function saturateRows(signed: boolean): Row[] {
  const name = signed ? 'SSAT' : 'USAT';
  const u = signed ? 0 : 1;
  /** SSAT's field is the position less one. */
  const position = (f: Fields): number => f.s + (signed ? 1 : 0);
  const limits = (f: Fields): { low: number; high: number } =>
    signed ? { low: -(2 ** f.s) | 0, high: (2 ** f.s - 1) | 0 } : { low: 0, high: (2 ** f.s - 1) | 0 };
  return [
    ...inBothSets({
      name,
      a32: `cccc 01101${u}1 sssss dddd iiiii h01 nnnn`,
      t32: `1111 0(0)11 ${u}0 h 0 nnnn 0iii dddd ii(0) sssss`,
      registers: 'dn',
      asm: (f) => `${name.toLowerCase()}{c} ${reg(f.d)}, #${position(f)}, ${reg(f.n)}${shift(f.h, f.i)}`,
      forms: { shift: [SHIFT.Lsl, SHIFT.Asr] },
      form: shiftForm,
      operands: (f) => ({ rd: f.d, rn: f.n, amount: shiftAmount(f), ...limits(f) }),
      semantics: saturateWord,
    }).map((row) =>
      // In T32, an arithmetic shift by "0" is SSAT16.
      row.set === 'T32' ? { ...row, except: (f: Fields) => f.h === 1 && f.i === 0 } : row,
    ),
    ...inBothSets({
      name: `${name}16`,
      a32: `cccc 01101${u}10 ssss dddd (1)(1)(1)(1) 0011 nnnn`,
      t32: `1111 0(0)11 ${u}010 nnnn 0000 dddd 00(0)(0) ssss`,
      registers: 'dn',
      asm: (f) => `${name.toLowerCase()}16{c} ${reg(f.d)}, #${position(f)}, ${reg(f.n)}`,
      operands: (f) => ({ rd: f.d, rn: f.n, ...limits(f) }),
      semantics: saturateHalves,
    }),
  ];
}

function bitFieldRows(): Row[] {
  const extractRow = (name: 'SBFX' | 'UBFX'): Row[] => {
    const u = name === 'UBFX' ? 1 : 0;
    return inBothSets({
      name,
      a32: `cccc 01111${u}1 wwwww dddd lllll 101 nnnn`,
      t32: `1111 0(0)11 ${u}100 nnnn 0lll dddd ll(0) wwwww`,
      registers: 'dn',
      unpredictable: (f) => f.l + f.w > 31,
      asm: (f) => `${name.toLowerCase()}{c} ${reg(f.d)}, ${reg(f.n)}, #${f.l}, #${f.w + 1}`,
      operands: (f) => ({ rd: f.d, rn: f.n, left: (31 - f.l - f.w) & 31, right: 31 - f.w }),
      semantics: extractBitField(name === 'SBFX'),
    });
  };
  /** The bits from lsb to msb. */
  const mask = (f: Fields): number => (f.w < f.l ? 0 : ((2 ** (f.w - f.l + 1) - 1) << f.l) | 0);
  return [
    ...extractRow('SBFX'),
    ...extractRow('UBFX'),
    ...inBothSets({
      name: 'BFI',
      a32: 'cccc 0111110 wwwww dddd lllll 001 nnnn',
      t32: '1111 0(0)11 0110 nnnn 0lll dddd ll(0) wwwww',
      registers: 'd',
      unpredictable: (f) => f.w < f.l || f.n === 13,
      asm: (f) => `bfi{c} ${reg(f.d)}, ${reg(f.n)}, #${f.l}, #${f.w - f.l + 1}`,
      except: (f) => f.n === 15,
      operands: (f) => ({ rd: f.d, rn: f.n, lsb: f.l, mask: mask(f) }),
      semantics: insertBitField,
    }).map((row) =>
      row.set === 'A32' ? { ...row, unpredictable: (f: Fields) => f.w < f.l || f.d === 15 } : row,
    ),
    ...inBothSets({
      name: 'BFC',
      a32: 'cccc 0111110 wwwww dddd lllll 001 1111',
      t32: '1111 0(0)11 0110 1111 0lll dddd ll(0) wwwww',
      registers: 'd',
      unpredictable: (f) => f.w < f.l,
      asm: (f) => `bfc{c} ${reg(f.d)}, #${f.l}, #${f.w - f.l + 1}`,
      operands: (f) => ({ rd: f.d, mask: mask(f) }),
      semantics: clearBitField,
    }),
  ];
}

const PACK: readonly Row[] = inBothSets({
  name: 'PKH',
  a32: 'cccc 01101000 nnnn dddd iiiii h01 mmmm',
  t32: '1110 1010 1100 nnnn (0)iii dddd ii h 0 mmmm',
  registers: 'dnm',
  asm: (f) => `pkh${f.h ? 'tb' : 'bt'}{c} ${reg(f.d)}, ${reg(f.n)}, ${reg(f.m)}${shift(f.h, f.i)}`,
  forms: { tb: [0, 1] },
  form: (f) => ({ tb: f.h }),
  operands: (f) => ({ rd: f.d, rn: f.n, rm: f.m, amount: shiftAmount(f) }),
  semantics: packHalfword,
});

export const MEDIA: readonly Row[] = [
  ...saturatingRow('QADD', '00', '00', false, false),
  ...saturatingRow('QSUB', '01', '10', true, false),
  ...saturatingRow('QDADD', '10', '01', false, true),
  ...saturatingRow('QDSUB', '11', '11', true, true),
  ...parallelRows(),
  ...inBothSets({
    name: 'SEL',
    a32: 'cccc 01101000 nnnn dddd (1)(1)(1)(1) 1011 mmmm',
    t32: '1111 1010 1010 nnnn 1111 dddd 1000 mmmm',
    registers: 'dnm',
    asm: (f) => `sel{c} ${reg(f.d)}, ${reg(f.n)}, ${reg(f.m)}`,
    operands: threeRegisters,
    semantics: selectBytes,
  }),
  ...PACK,
  ...extendRows(),
  ...unaryRow(
    'CLZ',
    ['A1', 'T1'],
    '00010110 (1)(1)(1)(1) dddd (1)(1)(1)(1) 0001',
    '11 uuuu 1111 dddd 1000',
    countLeadingZeros,
  ),
  ...unaryRow(
    'REV',
    ['A1', 'T2'],
    '01101011 (1)(1)(1)(1) dddd (1)(1)(1)(1) 0011',
    '01 uuuu 1111 dddd 1000',
    reverseWord,
  ),
  ...unaryRow(
    'REV16',
    ['A1', 'T2'],
    '01101011 (1)(1)(1)(1) dddd (1)(1)(1)(1) 1011',
    '01 uuuu 1111 dddd 1001',
    reverseHalfwords,
  ),
  ...unaryRow(
    'RBIT',
    ['A1', 'T1'],
    '01101111 (1)(1)(1)(1) dddd (1)(1)(1)(1) 0011',
    '01 uuuu 1111 dddd 1010',
    reverseBits,
  ),
  ...unaryRow(
    'REVSH',
    ['A1', 'T2'],
    '01101111 (1)(1)(1)(1) dddd (1)(1)(1)(1) 1011',
    '01 uuuu 1111 dddd 1011',
    reverseSignedHalfword,
  ),
  ...saturateRows(true),
  ...saturateRows(false),
  ...bitFieldRows(),
];
