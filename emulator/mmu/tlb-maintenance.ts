/** TLB maintenance operations as a table (ARM ARM B4.2.2, B3.10.6): what each removes, where. */
import type { Tlb, TlbSelection } from './tlb';

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

/** What the operation selects that a core carries out; each is selected in the place of the one before. */
export class OperationSelection implements TlbSelection {
  mask = 0;
  value = 0;
  asid: number | undefined = undefined;
  globals = false;

  /** The entries that operation `row` selects. `value` is Rt: MVA in bits 31–12, ASID in bits 7–0. */
  select(row: TlbOperation, value: number, secure: boolean, vmid: number): void {
    this.selectRegime(row.regime, secure, vmid);
    this.asid = row.by === 'ASID' || row.by === 'MVA' ? value & 0xff : undefined;
    this.globals = row.by !== 'ASID';
  }

  private selectRegime(regime: TlbOperation['regime'], secure: boolean, vmid: number): void {
    if (regime === 'Hyp') this.set(6 << 16, 4 << 16);
    // Any VM.
    else if (regime === 'Non-secure non-Hyp') this.set(4 << 16, 0);
    else if (secure) this.set(6 << 16, 6 << 16);
    // The Non-secure PL1&0 regime of one VM: regimes 0–3.
    else this.set((4 << 16) | (0xff << 8), vmid << 8);
  }

  private set(mask: number, value: number): void {
    this.mask = mask;
    this.value = value;
  }
}

/** Applies an operation to one core's TLB. */
export function applyTlbOperation(tlb: Tlb, row: TlbOperation, selection: TlbSelection, value: number): void {
  if (row.by === 'MVA' || row.by === 'MVA, all ASIDs') tlb.removePage((value & 0xffff_f000) >>> 0, selection);
  else tlb.removeSelected(selection);
}
