/** CP15 c0: what the processor is. Values are those of the Cortex-A15 r4p0 as QEMU's `cortex-a15` shows it. */
import { SYS } from '../../state/layout';
import type { CoreState } from '../../state/machine-state';
import { trapsToHyp } from '../exceptions';
import { accessBank } from './bank';
import { bit, cp15, field, HYP_RW, PL1_RO, PL1_RW, type RegisterRow } from './row';

export const MIDR = 0x414f_c0f0;
/** MPIDR without its affinity: the multiprocessing extensions' format. */
const MPIDR_FORMAT = 0x8000_0000;

/** MPIDR of a core: Aff0 is its number. */
export function mpidr(core: CoreState): number {
  return (MPIDR_FORMAT | core.index) >>> 0;
}

const MIDR_FIELDS = [
  field('Implementer', 31, 24, 'Who designed the processor.', { 0x41: 'Arm' }),
  field('Variant', 23, 20, 'Major revision (the n of rnpm).'),
  field('Architecture', 19, 16, '0xF: features are told by the CPUID scheme.', { 15: 'CPUID scheme' }),
  field('Part', 15, 4, 'Primary part number.', {
    0xc0f: 'Cortex-A15',
    0xc07: 'Cortex-A7',
    0xc09: 'Cortex-A9',
  }),
  field('Revision', 3, 0, 'Minor revision (the m of rnpm).'),
];
const MPIDR_FIELDS = [
  bit('M', 31, 'The register has the format of the Multiprocessing Extensions.'),
  bit('U', 30, 'Single processor system.', { 0: 'part of a cluster', 1: 'uniprocessor' }),
  bit('MT', 24, 'Lowest affinity level is that of hardware threads.'),
  field('Aff2', 23, 16, 'Affinity level 2.'),
  field('Aff1', 15, 8, 'Affinity level 1: the cluster.'),
  field('Aff0', 7, 0, 'Affinity level 0: the core.'),
];

/** From Non-secure PL1 the value that Hyp has put in the V register. */
/** `read` and `fixed` of a register that Non-secure PL1 reads as Hyp mode wants it to. */
function virtualized(
  value: number,
  storage: 'VPIDR' | 'VMPIDR',
  perCore = false,
): Pick<RegisterRow, 'read' | 'fixed'> {
  return {
    read: (core) => (trapsToHyp(core) ? core.i32[SYS[storage]] : value | (perCore ? core.index : 0)),
    fixed: { value, perCore, below: SYS[storage] },
  };
}

function constant(
  name: string,
  at: readonly [number, number, number, number],
  value: number,
  text: string,
  trap: 'HCR.TID1' | 'HCR.TID2' | 'HCR.TID3',
  fields: RegisterRow['fields'] = [],
): RegisterRow {
  return cp15(name, at, PL1_RO, text, {
    read: () => value,
    fixed: { value, perCore: false, below: undefined },
    traps: [`${trap}:r`],
    fields,
  });
}

const MIDR_ROW = { ...virtualized(MIDR, 'VPIDR'), fields: MIDR_FIELDS };

/** CCSIDR by CSSELR: level and kind. L1 data and instruction 32 KiB 2-way, L2 4 MiB 16-way. */
const CACHE_SIZES: Readonly<Record<number, number>> = { 0: 0x701f_e00a, 1: 0x201f_e00a, 2: 0x711f_e07a };

function idFields(
  names: readonly string[],
  texts: Readonly<Record<string, string>> = {},
): RegisterRow['fields'] {
  return names.map((name, i) =>
    field(name, 4 * i + 3, 4 * i, texts[name] ?? `Support level of ${name.replaceAll('_', ' ')}.`),
  );
}

const ID_REGISTERS: readonly RegisterRow[] = [
  cp15('ID_PFR0', [0, 0, 1, 0], PL1_RO, 'Processor Feature Register 0: instruction sets.', {
    read: () => 0x0000_1131,
    traps: ['HCR.TID3:r'],
    fields: idFields(['State0', 'State1', 'State2', 'State3'], {
      State0: 'A32 instruction set.',
      State1: 'T32 instruction set: 3 means Thumb-2.',
      State2: 'Jazelle: 1 means trivial.',
      State3: 'ThumbEE.',
    }),
  }),
  cp15('ID_PFR1', [0, 0, 1, 1], PL1_RO, "Processor Feature Register 1: programmers' model and extensions.", {
    read: (core) => 0x0001_0001 | (core.hasSecurity ? 1 << 4 : 0) | (core.hasVirtualization ? 1 << 12 : 0),
    traps: ['HCR.TID3:r'],
    fields: idFields(['ProgMod', 'Security', 'MProgMod', 'Virtualization', 'GenTimer'], {
      Security: 'Security Extensions: Monitor mode and SMC.',
      Virtualization: 'Virtualization Extensions: Hyp mode and HVC.',
      GenTimer: 'Generic Timer.',
    }),
  }),
  cp15('ID_DFR0', [0, 0, 1, 2], PL1_RO, 'Debug Feature Register 0.', {
    read: (core) => 0x0201_0505 | (core.hasSecurity ? 5 << 4 : 0),
    traps: ['HCR.TID3:r'],
    fields: idFields(['CopDbg', 'CopSDbg', 'MMapDbg', 'CopTrc', 'MMapTrc', 'MProfDbg', 'PerfMon']),
  }),
  constant('ID_AFR0', [0, 0, 1, 3], 0, 'Auxiliary Feature Register 0.', 'HCR.TID3'),
  constant(
    'ID_MMFR0',
    [0, 0, 1, 4],
    0x1020_1105,
    'Memory Model Feature Register 0.',
    'HCR.TID3',
    idFields(['VMSA', 'PMSA', 'OuterShr', 'ShareLvl', 'TCM', 'AuxReg', 'FCSE', 'InnerShr'], {
      VMSA: 'Virtual memory: 5 adds PXN and the Long-descriptor format to VMSAv7.',
    }),
  ),
  constant(
    'ID_MMFR1',
    [0, 0, 1, 5],
    0x2000_0000,
    'Memory Model Feature Register 1.',
    'HCR.TID3',
    idFields(['L1HvdVA', 'L1UniVA', 'L1HvdSW', 'L1UniSW', 'L1Hvd', 'L1Uni', 'L1TstCln', 'BPred']),
  ),
  constant(
    'ID_MMFR2',
    [0, 0, 1, 6],
    0x0124_0000,
    'Memory Model Feature Register 2.',
    'HCR.TID3',
    idFields(['HvdFgFtch', 'HvdBgFtch', 'HvdRng', 'HvdTLB', 'UniTLB', 'MemBarr', 'WFIStall', 'HwAccFlg']),
  ),
  constant(
    'ID_MMFR3',
    [0, 0, 1, 7],
    0x0210_2211,
    'Memory Model Feature Register 3.',
    'HCR.TID3',
    idFields(['CMaintVA', 'CMaintSW', 'BPMaint', 'MaintBcst', 'Reserved', 'CohWalk', 'CMemSz', 'Supersec']),
  ),
  constant(
    'ID_ISAR0',
    [0, 0, 2, 0],
    0x0210_1110,
    'Instruction Set Attribute Register 0.',
    'HCR.TID3',
    idFields(['Swap', 'BitCount', 'BitField', 'CmpBranch', 'Coproc', 'Debug', 'Divide']),
  ),
  constant(
    'ID_ISAR1',
    [0, 0, 2, 1],
    0x1311_2111,
    'Instruction Set Attribute Register 1.',
    'HCR.TID3',
    idFields(['Endian', 'Except', 'Except_AR', 'Extend', 'IfThen', 'Immediate', 'Interwork', 'Jazelle']),
  ),
  constant(
    'ID_ISAR2',
    [0, 0, 2, 2],
    0x2123_2041,
    'Instruction Set Attribute Register 2.',
    'HCR.TID3',
    idFields(['LoadStore', 'MemHint', 'MultiAccessInt', 'Mult', 'MultS', 'MultU', 'PSR_AR', 'Reversal']),
  ),
  constant(
    'ID_ISAR3',
    [0, 0, 2, 3],
    0x1111_2131,
    'Instruction Set Attribute Register 3.',
    'HCR.TID3',
    idFields(['Saturate', 'SIMD', 'SVC', 'SynchPrim', 'TabBranch', 'ThumbCopy', 'TrueNOP', 'ThumbEE']),
  ),
  constant(
    'ID_ISAR4',
    [0, 0, 2, 4],
    0x1001_1142,
    'Instruction Set Attribute Register 4.',
    'HCR.TID3',
    idFields(['Unpriv', 'WithShifts', 'Writeback', 'SMC', 'Barrier', 'SynchPrimFrac', 'PSR_M', 'SWP_frac']),
  ),
  constant('ID_ISAR5', [0, 0, 2, 5], 0, 'Instruction Set Attribute Register 5.', 'HCR.TID3'),
];

/** The rest of the CPUID space c0, c2–c7: reserved, reads as zero, in ID group 3. */
const RESERVED_IDS: readonly RegisterRow[] = [2, 3, 4, 5, 6, 7].flatMap((crm) =>
  Array.from({ length: 8 }, (_, opc2) => opc2)
    .filter((opc2) => crm > 2 || opc2 >= 6)
    .map((opc2) =>
      constant(
        `CPUID_c0_c${crm}_${opc2}`,
        [0, 0, crm, opc2],
        0,
        'Reserved CPUID register, reads as zero.',
        'HCR.TID3',
      ),
    ),
);

export const IDENTIFICATION: readonly RegisterRow[] = [
  cp15('MIDR', [0, 0, 0, 0], PL1_RO, 'Main ID Register; Non-secure PL1 reads VPIDR.', MIDR_ROW),
  constant(
    'CTR',
    [0, 0, 0, 1],
    0x8444_c004,
    'Cache Type Register: line lengths that cache maintenance works with.',
    'HCR.TID2',
    [
      field('Format', 31, 29, 'Register format.', { 4: 'ARMv7' }),
      field('CWG', 27, 24, 'log2 of the words that a write-back may touch.'),
      field('ERG', 23, 20, 'log2 of the words of an exclusives reservation granule.'),
      field('DminLine', 19, 16, 'log2 of the words of the smallest data cache line.'),
      field('L1Ip', 15, 14, 'Instruction cache policy.', { 1: 'ASID-tagged VIVT', 2: 'VIPT', 3: 'PIPT' }),
      field('IminLine', 3, 0, 'log2 of the words of the smallest instruction cache line.'),
    ],
  ),
  constant('TCMTR', [0, 0, 0, 2], 0, 'TCM Type Register: no tightly coupled memory.', 'HCR.TID1'),
  constant('TLBTR', [0, 0, 0, 3], 0, 'TLB Type Register: one unified TLB.', 'HCR.TID1', [
    bit('nU', 0, 'Separate instruction and data TLBs.', { 0: 'unified', 1: 'separate' }),
  ]),
  cp15('MIDR_alias4', [0, 0, 0, 4], PL1_RO, 'Alias of MIDR.', MIDR_ROW),
  cp15('MPIDR', [0, 0, 0, 5], PL1_RO, 'Multiprocessor Affinity Register; Non-secure PL1 reads VMPIDR.', {
    ...virtualized(MPIDR_FORMAT, 'VMPIDR', true),
    fields: MPIDR_FIELDS,
  }),
  cp15('REVIDR', [0, 0, 0, 6], PL1_RO, 'Revision ID Register; without one it is MIDR.', {
    ...virtualized(MIDR, 'VPIDR'),
    traps: ['HCR.TID1:r'],
    fields: MIDR_FIELDS,
  }),
  cp15('MIDR_alias7', [0, 0, 0, 7], PL1_RO, 'Alias of MIDR.', MIDR_ROW),
  ...ID_REGISTERS,
  ...RESERVED_IDS,
  cp15('CCSIDR', [1, 0, 0, 0], PL1_RO, 'Cache Size ID Register: the cache that CSSELR selects.', {
    read: (core) => CACHE_SIZES[core.i32[SYS.CSSELR + accessBank(core)] & 15] ?? 0,
    traps: ['HCR.TID2:r'],
    fields: [
      bit('WT', 31, 'Supports write-through.'),
      bit('WB', 30, 'Supports write-back.'),
      bit('RA', 29, 'Supports read-allocation.'),
      bit('WA', 28, 'Supports write-allocation.'),
      field('NumSets', 27, 13, 'Number of sets, minus one.'),
      field('Associativity', 12, 3, 'Number of ways, minus one.'),
      field('LineSize', 2, 0, 'log2 of the words of a line, minus two.'),
    ],
  }),
  constant(
    'CLIDR',
    [1, 0, 0, 1],
    0x0a20_0023,
    'Cache Level ID Register: which levels there are.',
    'HCR.TID2',
    [
      field('LoUU', 29, 27, 'Level of unification of a uniprocessor.'),
      field('LoC', 26, 24, 'Level of coherency.'),
      field('LoUIS', 23, 21, 'Level of unification of the Inner Shareable domain.'),
      field('Ctype2', 5, 3, 'Kind of cache at level 2.', { 4: 'unified' }),
      field('Ctype1', 2, 0, 'Kind of cache at level 1.', { 3: 'separate instruction and data' }),
    ],
  ),
  constant('AIDR', [1, 0, 0, 7], 0, 'Auxiliary ID Register.', 'HCR.TID1'),
  cp15('CSSELR', [2, 0, 0, 0], PL1_RW, 'Cache Size Selection Register: chooses what CCSIDR shows.', {
    storage: 'CSSELR',
    banked: true,
    writable: 0xf,
    traps: ['HCR.TID2'],
    fields: [
      field('Level', 3, 1, 'Cache level, minus one.'),
      bit('InD', 0, 'Instruction or data.', { 0: 'data or unified', 1: 'instruction' }),
    ],
  }),
  cp15(
    'VPIDR',
    [4, 0, 0, 0],
    HYP_RW,
    'Virtualization Processor ID Register: what Non-secure PL1 reads as MIDR.',
    {
      storage: 'VPIDR',
      reset: MIDR,
      needs: 'virtualization',
      fields: MIDR_FIELDS,
    },
  ),
  cp15(
    'VMPIDR',
    [4, 0, 0, 5],
    HYP_RW,
    'Virtualization Multiprocessor ID Register: what Non-secure PL1 reads as MPIDR.',
    {
      storage: 'VMPIDR',
      reset: mpidr,
      needs: 'virtualization',
      fields: MPIDR_FIELDS,
    },
  ),
];
