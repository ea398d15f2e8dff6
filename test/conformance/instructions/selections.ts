/** Which rows the batches of single instructions have: every row is in one of them. */
import type { Row } from '../../../emulator/isa/row';
import type { Selection } from './batch';

/** Rows whose meaning is an operation on the D registers and FPSCR. */
const isArithmetic = (row: Row): boolean => row.forms?.check !== undefined;
const isVfp = (row: Row): boolean => row.feature === 'vfp' || row.feature === 'simd';

/** From Monitor mode everything is run but arithmetic, which knows of no mode, and WFI, which nothing traps there. */
const fitsMonitorRunner = (row: Row): boolean => !isArithmetic(row) && !row.name.startsWith('WFI');

const KINDS: Readonly<Record<string, Omit<Selection, 'set'>>> = {
  integer: { vfp: false, world: 'non-secure', rows: (row) => !isVfp(row) },
  'VFP transfers': { vfp: true, world: 'non-secure', rows: (row) => isVfp(row) && !isArithmetic(row) },
  'VFP arithmetic': {
    vfp: true,
    world: 'non-secure',
    rows: (row) => isArithmetic(row) && row.feature === 'vfp',
  },
  'Advanced SIMD': {
    vfp: true,
    world: 'non-secure',
    rows: (row) => isArithmetic(row) && row.feature === 'simd',
  },
  'Hyp and Secure': { vfp: false, world: 'all', rows: fitsMonitorRunner },
  Monitor: { vfp: false, world: 'monitor', rows: fitsMonitorRunner },
};

export const SELECTIONS: Readonly<Record<string, Selection>> = Object.fromEntries(
  Object.entries(KINDS).flatMap(([kind, selection]) =>
    (['A32', 'T32'] as const).map((set) => [`${set} ${kind}`, { set, ...selection }]),
  ),
);
