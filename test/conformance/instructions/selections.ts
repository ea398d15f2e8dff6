/** Which rows a batch of single instructions may have, and why the others are tested elsewhere. */
import type { Row } from '../../../emulator/isa/row';
import type { Selection } from './batch';

/**
 * Rows that cannot be run with random state under the runner: what they do depends on more than the runner sets up.
 * Each is compared by tests of its own.
 */
const ELSEWHERE: readonly { readonly rows: RegExp; readonly why: string }[] = [
  {
    rows: /^(MCR|MRC|MCRR|MRRC|CDP|LDC|STC)/,
    why: 'system registers have a table and tests of their own (test/conformance/system)',
  },
  { rows: /^(WFE|WFI|YIELD|SEV)\b/, why: 'waiting ends by events that the runner does not make' },
  {
    rows: /^(RFE|LDM \(exception return\))/,
    why: 'a random word is no CPSR: mode fields would be UNPREDICTABLE',
  },
  { rows: /^CPS\b/, why: 'a change to a random mode is UNPREDICTABLE' },
  { rows: /^MSR/, why: 'a random value is no CPSR: mode fields would be UNPREDICTABLE' },
  { rows: /^SWPB?\b/, why: 'QEMU executes it while SCTLR.SW is 0: test/emulator/system' },
  { rows: /^(SETEND)/, why: 'the runner expects little-endian data' },
];

export function testedElsewhere(row: Row): boolean {
  return ELSEWHERE.some(({ rows }) => rows.test(row.name));
}

/** Rows whose meaning is an operation on the D registers and FPSCR. */
const isArithmetic = (row: Row): boolean => row.forms?.check !== undefined;
const isVfp = (row: Row): boolean => row.feature === 'vfp' || row.feature === 'simd';

export const SELECTIONS: Readonly<Record<string, Selection>> = {
  A32: { set: 'A32', vfp: false, rows: (row) => !isVfp(row) && !testedElsewhere(row) },
  T32: { set: 'T32', vfp: false, rows: (row) => !isVfp(row) && !testedElsewhere(row) },
  'A32 VFP transfers': {
    set: 'A32',
    vfp: true,
    rows: (row) => isVfp(row) && !isArithmetic(row) && !testedElsewhere(row),
  },
  'T32 VFP transfers': {
    set: 'T32',
    vfp: true,
    rows: (row) => isVfp(row) && !isArithmetic(row) && !testedElsewhere(row),
  },
  'A32 VFP arithmetic': { set: 'A32', vfp: true, rows: (row) => isArithmetic(row) && row.feature === 'vfp' },
  'T32 VFP arithmetic': { set: 'T32', vfp: true, rows: (row) => isArithmetic(row) && row.feature === 'vfp' },
  'A32 Advanced SIMD': { set: 'A32', vfp: true, rows: (row) => isArithmetic(row) && row.feature === 'simd' },
  'T32 Advanced SIMD': { set: 'T32', vfp: true, rows: (row) => isArithmetic(row) && row.feature === 'simd' },
};
