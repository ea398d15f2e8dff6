/** The control bits that send an access or an instruction to Hyp mode, by the names people know them by. */
import { SYS, type UnbankedName } from '../state/layout';
import type { CoreState } from '../state/machine-state';

export interface ControlBit {
  readonly register: UnbankedName;
  readonly mask: number;
  /** True when the bit traps while it is 0 (CNTHCTL.PL1PCTEN and kin). */
  readonly inverted: boolean;
  /** What it traps, in one sentence. */
  readonly text: string;
}

function row(register: UnbankedName, at: number, text: string, inverted = false): ControlBit {
  return { register, mask: (1 << at) | 0, inverted, text };
}

/** HDCR.TDE implies TDRA, TDOSA and TDA (software must set them; UNPREDICTABLE otherwise). */
const HDCR_TDE = 1 << 8;
const HDCR_TDE_IMPLIES = 7 << 9;

export const CONTROL_BITS = {
  'HCR.TWI': row('HCR', 13, 'WFI from Non-secure PL1 and PL0 traps to Hyp.'),
  'HCR.TWE': row('HCR', 14, 'WFE from Non-secure PL1 and PL0 traps to Hyp.'),
  'HCR.TID0': row('HCR', 15, 'Reads of ID group 0 (FPSID, JIDR) trap to Hyp.'),
  'HCR.TID1': row('HCR', 16, 'Reads of ID group 1 (TCMTR, TLBTR, AIDR, REVIDR) trap to Hyp.'),
  'HCR.TID2': row(
    'HCR',
    17,
    'Reads of ID group 2 (CTR, CCSIDR, CLIDR, CSSELR) and writes to CSSELR trap to Hyp.',
  ),
  'HCR.TID3': row('HCR', 18, 'Reads of ID group 3 (ID_PFR, ID_MMFR, ID_ISAR, MVFR …) trap to Hyp.'),
  'HCR.TSC': row('HCR', 19, 'SMC from Non-secure PL1 traps to Hyp.'),
  'HCR.TIDCP': row(
    'HCR',
    20,
    'Accesses to IMPLEMENTATION DEFINED registers of CP15 c9, c10 and c11 trap to Hyp.',
  ),
  'HCR.TAC': row('HCR', 21, 'Accesses to ACTLR trap to Hyp.'),
  'HCR.TSW': row('HCR', 22, 'Data cache maintenance by set/way (DCISW, DCCSW, DCCISW) traps to Hyp.'),
  'HCR.TPC': row(
    'HCR',
    23,
    'Data cache maintenance to the point of coherency (DCIMVAC, DCCMVAC, DCCIMVAC) traps to Hyp.',
  ),
  'HCR.TPU': row(
    'HCR',
    24,
    'Cache maintenance to the point of unification (ICIMVAU, ICIALLU, ICIALLUIS, DCCMVAU) traps to Hyp.',
  ),
  'HCR.TTLB': row('HCR', 25, 'TLB maintenance from Non-secure PL1 traps to Hyp.'),
  'HCR.TVM': row(
    'HCR',
    26,
    'Writes to the virtual memory control registers from Non-secure PL1 trap to Hyp.',
  ),
  'HCR.TGE': row('HCR', 27, 'Exceptions of Non-secure PL0 that would go to PL1 go to Hyp.'),
  'HSTR.T0': row('HSTR', 0, 'Accesses to CP15 c0 trap to Hyp.'),
  'HSTR.T1': row('HSTR', 1, 'Accesses to CP15 c1 trap to Hyp.'),
  'HSTR.T2': row('HSTR', 2, 'Accesses to CP15 c2 trap to Hyp.'),
  'HSTR.T3': row('HSTR', 3, 'Accesses to CP15 c3 trap to Hyp.'),
  'HSTR.T5': row('HSTR', 5, 'Accesses to CP15 c5 trap to Hyp.'),
  'HSTR.T6': row('HSTR', 6, 'Accesses to CP15 c6 trap to Hyp.'),
  'HSTR.T7': row('HSTR', 7, 'Accesses to CP15 c7 trap to Hyp.'),
  'HSTR.T8': row('HSTR', 8, 'Accesses to CP15 c8 trap to Hyp.'),
  'HSTR.T9': row('HSTR', 9, 'Accesses to CP15 c9 trap to Hyp.'),
  'HSTR.T10': row('HSTR', 10, 'Accesses to CP15 c10 trap to Hyp.'),
  'HSTR.T11': row('HSTR', 11, 'Accesses to CP15 c11 trap to Hyp.'),
  'HSTR.T12': row('HSTR', 12, 'Accesses to CP15 c12 trap to Hyp.'),
  'HSTR.T13': row('HSTR', 13, 'Accesses to CP15 c13 trap to Hyp.'),
  'HSTR.T15': row('HSTR', 15, 'Accesses to CP15 c15 trap to Hyp.'),
  'HSTR.TTEE': row(
    'HSTR',
    16,
    'Accesses to the ThumbEE configuration registers TEECR and TEEHBR trap to Hyp.',
  ),
  'HSTR.TJDBX': row('HSTR', 17, 'Jazelle register accesses and BXJ trap to Hyp.'),
  'HCPTR.TCP10': row('HCPTR', 10, 'VFP and Advanced SIMD instructions trap to Hyp.'),
  'HCPTR.TCP11': row(
    'HCPTR',
    11,
    'VFP and Advanced SIMD instructions trap to Hyp (set together with TCP10).',
  ),
  'HCPTR.TASE': row('HCPTR', 15, 'Advanced SIMD instructions trap to Hyp.'),
  'HCPTR.TTA': row('HCPTR', 20, 'CP14 trace register accesses trap to Hyp.'),
  'HCPTR.TCPAC': row('HCPTR', 31, 'Accesses to CPACR trap to Hyp.'),
  'HDCR.TPMCR': row('HDCR', 5, 'Accesses to PMCR trap to Hyp.'),
  'HDCR.TPM': row('HDCR', 6, 'Accesses to the performance monitors trap to Hyp.'),
  'HDCR.TDE': row('HDCR', 8, 'Debug exceptions of Non-secure PL1 and PL0 go to Hyp.'),
  'HDCR.TDA': row('HDCR', 9, 'Accesses to the CP14 debug registers trap to Hyp.'),
  'HDCR.TDOSA': row(
    'HDCR',
    10,
    'Accesses to the powerdown debug registers (DBGOSLAR, DBGOSLSR, DBGOSDLR, DBGPRCR) trap to Hyp.',
  ),
  'HDCR.TDRA': row('HDCR', 11, 'Accesses to the debug ROM address registers (DBGDRAR, DBGDSAR) trap to Hyp.'),
  'CNTHCTL.PL1PCTEN': row(
    'CNTHCTL',
    0,
    'While 0, reads of the physical counter from Non-secure PL1 and PL0 trap to Hyp.',
    true,
  ),
  'CNTHCTL.PL1PCEN': row(
    'CNTHCTL',
    1,
    'While 0, accesses to the physical timer from Non-secure PL1 and PL0 trap to Hyp.',
    true,
  ),
} as const satisfies Readonly<Record<string, ControlBit>>;

export type ControlBitName = keyof typeof CONTROL_BITS;

/** A control bit as code looks at it: where it is, and nothing else. */
export interface ResolvedControlBit {
  readonly name: ControlBitName;
  /** Word index of its register. */
  readonly at: number;
  readonly mask: number;
  /** Value of the masked word that asks for no trap. */
  readonly idle: number;
  /** Bits that ask for the trap as well (HDCR.TDE for TDRA, TDOSA and TDA). */
  readonly implied: number;
}

export function resolveControlBit(name: ControlBitName): ResolvedControlBit {
  const bit: ControlBit = CONTROL_BITS[name];
  const debug = bit.register === 'HDCR' && (bit.mask & HDCR_TDE_IMPLIES) !== 0;
  return {
    name,
    at: SYS[bit.register],
    mask: bit.mask,
    idle: bit.inverted ? bit.mask : 0,
    implied: debug ? HDCR_TDE : 0,
  };
}

/** As `asksForTrap`, of a bit found beforehand. */
export function asks(core: CoreState, bit: ResolvedControlBit): boolean {
  const value = core.i32[bit.at];
  return (value & bit.mask) !== bit.idle || (value & bit.implied) !== 0;
}

/** True when the control bit now asks for a trap. It does not ask whether the core is in a state that can trap. */
export function asksForTrap(core: CoreState, name: ControlBitName): boolean {
  return asks(core, resolveControlBit(name));
}
