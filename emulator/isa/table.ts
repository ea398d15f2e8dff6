/** Every row of every instruction set, in one table. */
import { A32_BRANCH } from './a32/branch';
import { A32_DATA_PROCESSING } from './a32/data-processing';
import { A32_LOAD_STORE } from './a32/load-store';
import { A32_LOAD_STORE_MULTIPLE } from './a32/load-store-multiple';
import { A32_SYSTEM } from './a32/system';
import { COPROCESSOR } from './common/coprocessor';
import { MEDIA } from './common/media';
import { MULTIPLY } from './common/multiply';
import { SYSTEM } from './common/system';
import type { Row } from './row';
import { T32_BRANCH_SYSTEM } from './t32/branch-system';
import { T32_DATA_PROCESSING } from './t32/data-processing';
import { T32_LOAD_STORE } from './t32/load-store';
import { T32_LOAD_STORE_MULTIPLE } from './t32/load-store-multiple';
import { T32_NARROW } from './t32/narrow';
import { UNDEFINED_A32, UNDEFINED_T16, UNDEFINED_T32 } from './undefined';
import { VFP_DATA_PROCESSING } from './vfp/data-processing';
import { ELEMENT_TRANSFER } from './vfp/element-transfer';
import { SIMD_THREE } from './vfp/simd-three';
import { SIMD_TWO } from './vfp/simd-two';
import { VFP_TRANSFER } from './vfp/transfer';
import { VFP_WITHOUT_ROW } from './vfp/without-row';

const COMMON: readonly Row[] = [
  ...MULTIPLY,
  ...MEDIA,
  ...SYSTEM,
  ...COPROCESSOR,
  ...VFP_TRANSFER,
  ...VFP_DATA_PROCESSING,
  ...SIMD_THREE,
  ...SIMD_TWO,
  ...ELEMENT_TRANSFER,
  ...VFP_WITHOUT_ROW,
];

export const A32_ROWS: readonly Row[] = [
  ...A32_DATA_PROCESSING,
  ...A32_LOAD_STORE,
  ...A32_LOAD_STORE_MULTIPLE,
  ...A32_BRANCH,
  ...A32_SYSTEM,
  ...COMMON.filter((row) => row.set === 'A32'),
];
export const T32_ROWS: readonly Row[] = [
  ...T32_NARROW,
  ...T32_DATA_PROCESSING,
  ...T32_LOAD_STORE,
  ...T32_LOAD_STORE_MULTIPLE,
  ...T32_BRANCH_SYSTEM,
  ...COMMON.filter((row) => row.set === 'T32'),
];

/** Every row that decoding can give, the UNDEFINED ones last: what an engine generates handlers from. */
export const ROWS: readonly Row[] = [...A32_ROWS, ...T32_ROWS, UNDEFINED_A32, UNDEFINED_T32, UNDEFINED_T16];
