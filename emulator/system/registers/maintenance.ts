/** CP15 c7 and c8: barriers, cache, branch predictor and TLB maintenance, address translation operations. */
import { SYS } from '../../state/layout';
import type { CoreState } from '../../state/machine-state';
import type { ControlBitName } from '../control-bits';
import { inHyp } from '../exceptions';
import { accessBank } from './bank';
import {
  ignoreWrite,
  ALL_WO,
  cp15,
  HYP_WO,
  PL1_WO,
  SECURE_AND_HYP_WO,
  type Access,
  type RegisterRow,
  type WriteFunction,
} from './row';

type At = readonly [number, number, number, number];

function operation(
  name: string,
  at: At,
  access: Access,
  text: string,
  trap: ControlBitName | undefined,
  write: WriteFunction,
  inert?: RegisterRow['inert'],
): RegisterRow {
  return cp15(name, at, access, text, {
    operation: true,
    write,
    inert,
    ...(trap === undefined ? {} : { traps: [trap] }),
    ...(at[0] === 4 ? { needs: 'virtualization' as const } : {}),
  });
}
/** Of cache maintenance, what takes an address and may meet a fault there. */
export const BY_MVA: ReadonlySet<string> = new Set([
  'ICIMVAU', 'DCIMVAC', 'DCCMVAC', 'DCCMVAU', 'DCCIMVAC',
]); // prettier-ignore

function cache(name: string, at: At, text: string, trap: ControlBitName | undefined): RegisterRow {
  return operation(
    name,
    at,
    PL1_WO,
    text,
    trap,
    (core, system, value) => system.effects.cacheMaintenance(core, name, value >>> 0),
    BY_MVA.has(name) ? 'where readable' : 'always',
  );
}
function tlb(name: string, at: At, text: string): RegisterRow {
  const hyp = at[0] === 4;
  return operation(
    name,
    at,
    hyp ? HYP_WO : PL1_WO,
    text,
    hyp ? undefined : 'HCR.TTLB',
    (core, system, value) => {
      system.effects.tlbMaintenance(core, name, value >>> 0);
      if (system.events.wants['tlb-maintenance'])
        system.events.publish({
          kind: 'tlb-maintenance',
          core: core.index,
          operation: name,
          value: value >>> 0,
        });
    },
  );
}
function translate(name: string, at: At, access: Access, text: string): RegisterRow {
  return operation(name, at, access, text, undefined, (core, system, value) =>
    system.effects.addressTranslation(core, name, value >>> 0),
  );
}

const CP15BEN = 1 << 5;
/** SCTLR.CP15BEN, or HSCTLR.CP15BEN in Hyp mode: the CP15 barriers are UNDEFINED while it is 0. */
function barriersEnabled(core: CoreState): boolean {
  const control = inHyp(core) ? core.i32[SYS.HSCTLR] : core.i32[SYS.SCTLR + accessBank(core)];
  return (control & CP15BEN) !== 0;
}
function barrier(name: string, at: At, text: string): RegisterRow {
  return cp15(name, at, ALL_WO, text, { operation: true, write: ignoreWrite, gate: barriersEnabled });
}

const CACHE: readonly RegisterRow[] = [
  cache('ICIALLUIS', [0, 7, 1, 0], 'Invalidates all instruction caches, Inner Shareable.', 'HCR.TPU'),
  cache('BPIALLIS', [0, 7, 1, 6], 'Invalidates all branch predictors, Inner Shareable.', undefined),
  cache(
    'ICIALLU',
    [0, 7, 5, 0],
    'Invalidates all instruction caches to the point of unification.',
    'HCR.TPU',
  ),
  cache('ICIMVAU', [0, 7, 5, 1], 'Invalidates an instruction cache line by address.', 'HCR.TPU'),
  cache('BPIALL', [0, 7, 5, 6], 'Invalidates all branch predictors.', undefined),
  cache('BPIMVA', [0, 7, 5, 7], 'Invalidates a branch predictor entry by address.', undefined),
  cache(
    'DCIMVAC',
    [0, 7, 6, 1],
    'Invalidates a data cache line by address to the point of coherency.',
    'HCR.TPC',
  ),
  cache('DCISW', [0, 7, 6, 2], 'Invalidates a data cache line by set/way.', 'HCR.TSW'),
  cache(
    'DCCMVAC',
    [0, 7, 10, 1],
    'Cleans a data cache line by address to the point of coherency.',
    'HCR.TPC',
  ),
  cache('DCCSW', [0, 7, 10, 2], 'Cleans a data cache line by set/way.', 'HCR.TSW'),
  cache(
    'DCCMVAU',
    [0, 7, 11, 1],
    'Cleans a data cache line by address to the point of unification.',
    'HCR.TPU',
  ),
  cache('DCCIMVAC', [0, 7, 14, 1], 'Cleans and invalidates a data cache line by address.', 'HCR.TPC'),
  cache('DCCISW', [0, 7, 14, 2], 'Cleans and invalidates a data cache line by set/way.', 'HCR.TSW'),
];

const BARRIERS: readonly RegisterRow[] = [
  barrier('CP15ISB', [0, 7, 5, 4], 'Instruction Synchronization Barrier; deprecated.'),
  barrier('CP15DSB', [0, 7, 10, 4], 'Data Synchronization Barrier; deprecated.'),
  barrier('CP15DMB', [0, 7, 10, 5], 'Data Memory Barrier; deprecated.'),
  operation(
    'NOP_c7_c0_4',
    [0, 7, 0, 4],
    PL1_WO,
    'Wait For Interrupt before ARMv7; does nothing.',
    undefined,
    ignoreWrite,
    'always',
  ),
  operation(
    'NOP_c7_c13_1',
    [0, 7, 13, 1],
    PL1_WO,
    'Prefetch by address before ARMv7; does nothing.',
    undefined,
    ignoreWrite,
    'always',
  ),
];

const TLB: readonly RegisterRow[] = [
  tlb('TLBIALLIS', [0, 8, 3, 0], 'Invalidates the entire TLB, Inner Shareable.'),
  tlb('TLBIMVAIS', [0, 8, 3, 1], 'Invalidates TLB entries by address and ASID, Inner Shareable.'),
  tlb('TLBIASIDIS', [0, 8, 3, 2], 'Invalidates TLB entries by ASID, Inner Shareable.'),
  tlb('TLBIMVAAIS', [0, 8, 3, 3], 'Invalidates TLB entries by address, all ASIDs, Inner Shareable.'),
  tlb('ITLBIALL', [0, 8, 5, 0], 'Invalidates the entire instruction TLB.'),
  tlb('ITLBIMVA', [0, 8, 5, 1], 'Invalidates instruction TLB entries by address and ASID.'),
  tlb('ITLBIASID', [0, 8, 5, 2], 'Invalidates instruction TLB entries by ASID.'),
  tlb('DTLBIALL', [0, 8, 6, 0], 'Invalidates the entire data TLB.'),
  tlb('DTLBIMVA', [0, 8, 6, 1], 'Invalidates data TLB entries by address and ASID.'),
  tlb('DTLBIASID', [0, 8, 6, 2], 'Invalidates data TLB entries by ASID.'),
  tlb('TLBIALL', [0, 8, 7, 0], 'Invalidates the entire TLB.'),
  tlb('TLBIMVA', [0, 8, 7, 1], 'Invalidates TLB entries by address and ASID.'),
  tlb('TLBIASID', [0, 8, 7, 2], 'Invalidates TLB entries by ASID.'),
  tlb('TLBIMVAA', [0, 8, 7, 3], 'Invalidates TLB entries by address, all ASIDs.'),
  tlb('TLBIALLHIS', [4, 8, 3, 0], 'Invalidates the entire Hyp TLB, Inner Shareable.'),
  tlb('TLBIMVAHIS', [4, 8, 3, 1], 'Invalidates Hyp TLB entries by address, Inner Shareable.'),
  tlb('TLBIALLNSNHIS', [4, 8, 3, 4], 'Invalidates all Non-secure non-Hyp TLB entries, Inner Shareable.'),
  tlb('TLBIALLH', [4, 8, 7, 0], 'Invalidates the entire Hyp TLB.'),
  tlb('TLBIMVAH', [4, 8, 7, 1], 'Invalidates Hyp TLB entries by address.'),
  tlb('TLBIALLNSNH', [4, 8, 7, 4], 'Invalidates all Non-secure non-Hyp TLB entries.'),
];

const TRANSLATE: readonly RegisterRow[] = [
  translate('ATS1CPR', [0, 7, 8, 0], PL1_WO, 'Translates an address by stage 1, as a read at PL1.'),
  translate('ATS1CPW', [0, 7, 8, 1], PL1_WO, 'Translates an address by stage 1, as a write at PL1.'),
  translate('ATS1CUR', [0, 7, 8, 2], PL1_WO, 'Translates an address by stage 1, as a read at PL0.'),
  translate('ATS1CUW', [0, 7, 8, 3], PL1_WO, 'Translates an address by stage 1, as a write at PL0.'),
  translate(
    'ATS12NSOPR',
    [0, 7, 8, 4],
    SECURE_AND_HYP_WO,
    'Translates a Non-secure address by both stages, as a read at PL1.',
  ),
  translate(
    'ATS12NSOPW',
    [0, 7, 8, 5],
    SECURE_AND_HYP_WO,
    'Translates a Non-secure address by both stages, as a write at PL1.',
  ),
  translate(
    'ATS12NSOUR',
    [0, 7, 8, 6],
    SECURE_AND_HYP_WO,
    'Translates a Non-secure address by both stages, as a read at PL0.',
  ),
  translate(
    'ATS12NSOUW',
    [0, 7, 8, 7],
    SECURE_AND_HYP_WO,
    'Translates a Non-secure address by both stages, as a write at PL0.',
  ),
  translate('ATS1HR', [4, 7, 8, 0], HYP_WO, 'Translates a Hyp address, as a read.'),
  translate('ATS1HW', [4, 7, 8, 1], HYP_WO, 'Translates a Hyp address, as a write.'),
];

export const MAINTENANCE: readonly RegisterRow[] = [...CACHE, ...BARRIERS, ...TLB, ...TRANSLATE];
