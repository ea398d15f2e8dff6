/**
 * What VFP and Advanced SIMD encodings do that have no row of their own: CP10, CP11 and SIMD accesses are checked
 * first (they may trap to Hyp mode), then the instruction is UNDEFINED.
 */
import { extractFields, matchesPattern, patternOf } from '../pattern';
import type { InstructionSet, Row } from '../row';
import { undefinedAfterCheck } from '../semantics/vfp-transfer';
import { hex } from '../text';
import { VFP_DATA_PROCESSING } from './data-processing';
import { ELEMENT_TRANSFER } from './element-transfer';
import { SIMD_THREE } from './simd-three';
import { SIMD_TWO } from './simd-two';
import { VFP_TRANSFER } from './transfer';

const TABLED = [...VFP_TRANSFER, ...VFP_DATA_PROCESSING, ...SIMD_THREE, ...SIMD_TWO, ...ELEMENT_TRANSFER];

function hasRow(set: InstructionSet, word: number): boolean {
  return TABLED.some((row) => {
    if (row.set !== set) return false;
    const pattern = patternOf(row);
    return (
      matchesPattern(pattern, word) &&
      !row.except?.(extractFields(pattern, word), { set, address: 0, itstate: 0 })
    );
  });
}

function checkedThenUndefined(name: string, set: InstructionSet, pattern: string, simd: 0 | 1): Row {
  return {
    name,
    set,
    pattern,
    feature: simd ? 'simd' : 'vfp',
    asm: (f) => `.word ${hex(f.word)}`,
    except: (f) => hasRow(set, f.word),
    forms: { simd: [simd] },
    form: () => ({ simd }),
    operands: (f) => ({ encoding: f.word }),
    semantics: undefinedAfterCheck,
    endsBlock: true,
  };
}

/** CP10 and CP11 with 1111 at the top (2 forms): nothing is there in ARMv7. */
function unallocated(name: string, set: InstructionSet, pattern: string): Row {
  return {
    name,
    set,
    pattern,
    feature: 'base',
    asm: (f) => `.word ${hex(f.word)}`,
    undefined: () => true,
    operands: (f) => ({ encoding: f.word }),
    semantics: undefinedAfterCheck,
    forms: { simd: [0] },
    form: () => ({ simd: 0 }),
    endsBlock: true,
  };
}

const X8 = 'xxxx xxxx';
export const VFP_WITHOUT_ROW: readonly Row[] = (['A32', 'T32'] as const).flatMap((set) => {
  const top = set === 'A32' ? 'cccc' : '1110';
  const letter = set === 'A32' ? 'A' : 'T';
  return [
    checkedThenUndefined(
      `VFP data processing and register transfer ${letter}`,
      set,
      `${top} 1110 ${X8} xxxx 101x ${X8}`,
      0,
    ),
    checkedThenUndefined(
      `VFP load, store and 64-bit transfer ${letter}`,
      set,
      `${top} 110x ${X8} xxxx 101x ${X8}`,
      0,
    ),
    unallocated(`CDP2, MCR2, MRC2 of CP10 and CP11 ${letter}`, set, `1111 1110 ${X8} xxxx 101x ${X8}`),
    unallocated(
      `LDC2, STC2, MCRR2, MRRC2 of CP10 and CP11 ${letter}`,
      set,
      `1111 110x ${X8} xxxx 101x ${X8}`,
    ),
    checkedThenUndefined(
      `Advanced SIMD data processing ${letter}`,
      set,
      set === 'A32' ? `1111 001x ${X8} ${X8} ${X8}` : `111x 1111 ${X8} ${X8} ${X8}`,
      1,
    ),
    checkedThenUndefined(
      `Advanced SIMD element or structure load, store ${letter}`,
      set,
      set === 'A32' ? `1111 0100 xxx0 xxxx ${X8} ${X8}` : `1111 1001 xxx0 xxxx ${X8} ${X8}`,
      1,
    ),
  ];
});
