/** Every row of every instruction set, in one table. */
import { A32_BRANCH } from './a32/branch';
import { A32_DATA_PROCESSING } from './a32/data-processing';
import { A32_LOAD_STORE } from './a32/load-store';
import { A32_LOAD_STORE_MULTIPLE } from './a32/load-store-multiple';
import { UNDEFINED_A32, UNDEFINED_T32, UNDEFINED_T16 } from './undefined';
import type { Row } from './row';

export const A32_ROWS: readonly Row[] = [
  ...A32_DATA_PROCESSING,
  ...A32_LOAD_STORE,
  ...A32_LOAD_STORE_MULTIPLE,
  ...A32_BRANCH,
];
export const T32_ROWS: readonly Row[] = [];

/** Every row that decoding can give, the UNDEFINED ones last: what an engine generates handlers from. */
export const ROWS: readonly Row[] = [...A32_ROWS, ...T32_ROWS, UNDEFINED_A32, UNDEFINED_T32, UNDEFINED_T16];
