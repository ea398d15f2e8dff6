/** Which rows the batches of single instructions have: every row is in one of them. */
import type { Row } from '../../../emulator/isa/row';
import type { Selection } from './batch';

/** Rows whose meaning is an operation on the D registers and FPSCR. */
const isArithmetic = (row: Row): boolean => row.forms?.check !== undefined;
const isVfp = (row: Row): boolean => row.feature === 'vfp' || row.feature === 'simd';

const KINDS: Readonly<Record<string, Omit<Selection, 'set'>>> = {
  integer: { vfp: false, rows: (row) => !isVfp(row) },
  'VFP transfers': { vfp: true, rows: (row) => isVfp(row) && !isArithmetic(row) },
  'VFP arithmetic': { vfp: true, rows: (row) => isArithmetic(row) && row.feature === 'vfp' },
  'Advanced SIMD': { vfp: true, rows: (row) => isArithmetic(row) && row.feature === 'simd' },
};

export const SELECTIONS: Readonly<Record<string, Selection>> = Object.fromEntries(
  Object.entries(KINDS).flatMap(([kind, selection]) =>
    (['A32', 'T32'] as const).map((set) => [`${set} ${kind}`, { set, ...selection }]),
  ),
);
