/** TLB maintenance operations as a table (ARM ARM B4.2.2, B3.10.6): what each removes, where. */
import { SELECT, type Tlb, type TlbSelection } from './tlb';

/** What an operation removes. */
export interface TlbOperation {
  /** Regime: that of the current PL1&0 (Secure, or Non-secure with the current VMID), Hyp, or all Non-secure PL1&0. */
  readonly regime: 'PL1&0' | 'Hyp' | 'Non-secure non-Hyp';
  readonly by: 'all' | 'MVA' | 'MVA, all ASIDs' | 'ASID';
  readonly innerShareable: boolean;
}

const BASE: readonly (readonly [string, TlbOperation['regime'], TlbOperation['by']])[] = [
  ['TLBIALL', 'PL1&0', 'all'],
  ['TLBIMVA', 'PL1&0', 'MVA'],
  ['TLBIASID', 'PL1&0', 'ASID'],
  ['TLBIMVAA', 'PL1&0', 'MVA, all ASIDs'],
  ['TLBIALLH', 'Hyp', 'all'],
  ['TLBIMVAH', 'Hyp', 'MVA, all ASIDs'],
  ['TLBIALLNSNH', 'Non-secure non-Hyp', 'all'],
];

/** Every operation by the manual's name; ITLB* and DTLB* act on the one unified TLB. */
export const TLB_OPERATIONS: ReadonlyMap<string, TlbOperation> = new Map(
  BASE.flatMap(([name, regime, by]): [string, TlbOperation][] => [
    [name, { regime, by, innerShareable: false }],
    [`${name}IS`, { regime, by, innerShareable: true }],
  ]).concat(
    BASE.slice(0, 3).flatMap(([name, regime, by]): [string, TlbOperation][] => [
      [`I${name}`, { regime, by, innerShareable: false }],
      [`D${name}`, { regime, by, innerShareable: false }],
    ]),
  ),
);

const NAMES = [...TLB_OPERATIONS.keys()];
const ROWS = [...TLB_OPERATIONS.values()];

/** The number by which compiled code asks for an operation: of those that remove one page, as others leave little behind. */
export function pageOperation(name: string): number | undefined {
  return TLB_OPERATIONS.get(name)?.by.startsWith('MVA') === true ? NAMES.indexOf(name) : undefined;
}
/** The operation of a number that pageOperation gave. */
export function operationAt(number: number): TlbOperation {
  return ROWS[number]!;
}

/** The entries that operation `row` selects. `value` is Rt: MVA in bits 31–12, ASID in bits 7–0. */
export function tlbSelection(row: TlbOperation, value: number, secure: boolean, vmid: number): TlbSelection {
  const regime =
    row.regime === 'Hyp'
      ? SELECT.hyp
      : row.regime === 'Non-secure non-Hyp'
        ? SELECT.nonSecureNonHyp
        : secure
          ? SELECT.secure
          : SELECT.vm(vmid);
  if (row.by === 'ASID') return { ...regime, asid: value & 0xff, globals: false };
  if (row.by === 'MVA') return { ...regime, asid: value & 0xff, globals: true };
  return regime;
}

/** Applies an operation to one core's TLB. */
export function applyTlbOperation(tlb: Tlb, row: TlbOperation, selection: TlbSelection, value: number): void {
  if (row.by === 'MVA' || row.by === 'MVA, all ASIDs') tlb.removePage((value & 0xffff_f000) >>> 0, selection);
  else tlb.removeSelected(selection);
}
