/** The registers of Hyp mode (CP15, opc1 4 and 6): control, traps, translation, syndrome. */
import { CACHEABILITY, mairFields, SHAREABILITY } from './translation';
import { COUNTERS_IN_USE } from '../performance';
import { TRAP_ROWS } from '../trap-rows';
import { ignoreWrite, bit, cp15, cp15Wide, field, HYP_RW, type RegisterRow, type RowOptions } from './row';

/** SBOP bits 29, 28, 23, 22, 18, 16, 11, 6, 4 and 3 as the Cortex-A15 shows them, with CP15BEN set. */
export const HSCTLR_RESET = 0x30c5_0878;
const HSCTLR_WRITABLE = 0x4208_1027;

function hyp(
  name: string,
  at: readonly [number, number, number, number],
  text: string,
  options: RowOptions,
): RegisterRow {
  return cp15(name, at, HYP_RW, text, { needs: 'virtualization', ...options });
}

const HCR_FIELDS = [
  bit('TGE', 27, 'Trap general exceptions: exceptions of Non-secure PL0 that would go to PL1 go to Hyp.'),
  bit('TVM', 26, 'Writes of the virtual memory control registers from Non-secure PL1 trap.'),
  bit('TTLB', 25, 'TLB maintenance from Non-secure PL1 traps.'),
  bit('TPU', 24, 'Cache maintenance to the point of unification traps.'),
  bit('TPC', 23, 'Data cache maintenance to the point of coherency traps.'),
  bit('TSW', 22, 'Data cache maintenance by set/way traps.'),
  bit('TAC', 21, 'ACTLR accesses trap.'),
  bit('TIDCP', 20, 'IMPLEMENTATION DEFINED CP15 registers (lockdown, DMA, TCM; L2CTLR here) trap.'),
  bit('TSC', 19, 'SMC from Non-secure PL1 traps.'),
  bit('TID3', 18, 'Reads of ID group 3 (CPUID) trap.'),
  bit('TID2', 17, 'Reads of ID group 2 (cache types) and writes of CSSELR trap.'),
  bit('TID1', 16, 'Reads of ID group 1 (implementation) trap.'),
  bit('TID0', 15, 'Reads of ID group 0 (VFP and Jazelle) trap.'),
  bit('TWE', 14, 'WFE traps where it would wait.'),
  bit('TWI', 13, 'WFI traps where it would wait.'),
  bit(
    'DC',
    12,
    'Default cacheable: with the stage 1 MMU off, memory is Normal Write-Back; acts as if VM were set.',
  ),
  field('BSU', 11, 10, 'Barrier shareability upgrade: the least domain a barrier works on.', {
    0: 'as the instruction says',
    1: 'Inner Shareable',
    2: 'Outer Shareable',
    3: 'full system',
  }),
  bit(
    'FB',
    9,
    'Force broadcast: TLB, branch predictor and instruction cache maintenance acts on the Inner Shareable domain.',
  ),
  bit('VA', 8, 'A virtual asynchronous abort is pending.'),
  bit('VI', 7, 'A virtual IRQ is pending.'),
  bit('VF', 6, 'A virtual FIQ is pending.'),
  bit('AMO', 5, 'Asynchronous aborts go to Hyp; virtual ones are enabled.'),
  bit('IMO', 4, 'IRQs go to Hyp; virtual IRQs are enabled.'),
  bit('FMO', 3, 'FIQs go to Hyp; virtual FIQs are enabled.'),
  bit('PTW', 2, 'Protected table walk: a stage 1 walk to Device or Strongly-ordered memory faults.'),
  bit('SWIO', 1, 'Set/way invalidate becomes clean and invalidate.'),
  bit('VM', 0, 'Stage 2 translation of Non-secure PL1&0 is on.'),
];

const HDCR_FIELDS = [
  bit('TDRA', 11, 'Accesses to the debug ROM address registers trap.'),
  bit('TDOSA', 10, 'Accesses to the powerdown debug registers trap.'),
  bit('TDA', 9, 'Accesses to the other CP14 debug registers trap.'),
  bit('TDE', 8, 'Debug exceptions of Non-secure PL1 and PL0 go to Hyp.'),
  bit('HPME', 7, 'The event counters that Hyp keeps are enabled.'),
  bit('TPM', 6, 'Performance monitor accesses trap.'),
  bit('TPMCR', 5, 'PMCR accesses trap.'),
  field('HPMN', 4, 0, 'Number of event counters that PL1 may use.'),
];

const HCPTR_FIELDS = [
  bit('TCPAC', 31, 'CPACR accesses from Non-secure PL1 trap.'),
  bit('TTA', 20, 'CP14 trace register accesses trap.'),
  bit('TASE', 15, 'Advanced SIMD instructions trap.'),
  bit('TCP11', 11, 'VFP and Advanced SIMD instructions trap (together with TCP10).'),
  bit('TCP10', 10, 'VFP and Advanced SIMD instructions trap.'),
];

const HSTR_FIELDS = [
  bit('TJDBX', 17, 'Jazelle registers and BXJ trap.'),
  bit('TTEE', 16, 'ThumbEE configuration registers trap.'),
  ...[15, 13, 12, 11, 10, 9, 8, 7, 6, 5, 3, 2, 1, 0].map((n) =>
    bit(`T${n}`, n, `CP15 accesses with CRn (64-bit ones: CRm) = c${n} trap.`),
  ),
];

const TRANSLATION_CONTROL = [
  field('SH0', 13, 12, 'Shareability of walks.', SHAREABILITY),
  field('ORGN0', 11, 10, 'Outer cacheability of walks.', CACHEABILITY),
  field('IRGN0', 9, 8, 'Inner cacheability of walks.', CACHEABILITY),
];

export const HYPERVISOR: readonly RegisterRow[] = [
  hyp(
    'HSCTLR',
    [4, 1, 0, 0],
    'Hyp System Control Register: MMU, caches, alignment, exception entry of Hyp mode.',
    {
      storage: 'HSCTLR',
      reset: HSCTLR_RESET,
      writable: HSCTLR_WRITABLE,
      consequences: ['translation'],
      fields: [
        bit('TE', 30, 'Exceptions to Hyp are taken in T32.', { 0: 'A32', 1: 'T32' }),
        bit('EE', 25, 'Endianness on entry to Hyp and of its and stage 2 translation tables.', {
          0: 'little',
          1: 'big',
        }),
        bit('FI', 21, 'Low-latency interrupt configuration; always 0.'),
        bit('WXN', 19, 'Writable memory can not be executed in Hyp.'),
        bit('I', 12, 'Instruction cache enable.'),
        bit('CP15BEN', 5, 'CP15 barrier operations enable.'),
        bit('C', 2, 'Data and unified cache enable.'),
        bit('A', 1, 'Alignment check of every access.'),
        bit('M', 0, 'MMU of Hyp mode enable.'),
      ],
    },
  ),
  hyp('HACTLR', [4, 1, 0, 1], 'Hyp Auxiliary Control Register: nothing in it.', {
    read: () => 0,
    write: ignoreWrite,
  }),
  hyp('HCR', [4, 1, 1, 0], 'Hyp Configuration Register: stage 2, routing of interrupts, traps.', {
    storage: 'HCR',
    writable: 0x0fff_ffff,
    consequences: ['translation', 'interrupts'],
    fields: HCR_FIELDS,
  }),
  hyp('HDCR', [4, 1, 1, 1], 'Hyp Debug Configuration Register: debug and performance monitor traps.', {
    storage: 'HDCR',
    reset: 6,
    writable: 0xfff,
    consequences: ['counters'],
    quietWhile: COUNTERS_IN_USE.map((at) => ({ at, mask: -1 })),
    fields: HDCR_FIELDS,
  }),
  hyp('HCPTR', [4, 1, 1, 2], 'Hyp Coprocessor Trap Register.', {
    storage: 'HCPTR',
    writable: 0x8010_8c00 | 0,
    fields: HCPTR_FIELDS,
  }),
  hyp('HSTR', [4, 1, 1, 3], 'Hyp System Trap Register: whole CP15 registers by number.', {
    storage: 'HSTR',
    writable: 0x0003_bfef,
    fields: HSTR_FIELDS,
  }),
  hyp('HACR', [4, 1, 1, 7], 'Hyp Auxiliary Configuration Register: nothing in it.', {
    read: () => 0,
    write: ignoreWrite,
  }),
  hyp('HTCR', [4, 2, 0, 2], 'Hyp Translation Control Register.', {
    storage: 'HTCR',
    writable: 0xc080_3f07 | 0,
    consequences: ['translation'],
    fields: [
      ...TRANSLATION_CONTROL,
      field('T0SZ', 2, 0, 'Size of the region HTTBR maps: 2^(32 - T0SZ) bytes.'),
    ],
  }),
  hyp('VTCR', [4, 2, 1, 2], 'Virtualization Translation Control Register: stage 2.', {
    storage: 'VTCR',
    writable: 0x8000_3fdf | 0,
    consequences: ['translation'],
    fields: [
      ...TRANSLATION_CONTROL,
      field('SL0', 7, 6, 'Level at which stage 2 walks start.', { 0: 'level 2', 1: 'level 1' }),
      bit('S', 4, 'Sign extension of T0SZ: must equal T0SZ[3].'),
      field('T0SZ', 3, 0, 'Size of the IPA space, signed: 2^(32 - T0SZ) bytes; 0b1000 is -8, 40 bits.'),
    ],
  }),
  cp15Wide('HTTBR', [4, 2], HYP_RW, 'Hyp Translation Table Base Register.', {
    storage: 'HTTBR',
    needs: 'virtualization',
    writableHigh: 0xff,
    consequences: ['translation'],
    fields: [field('BADDR', 39, 3, 'Bits 39:3 of the address of the first table.')],
  }),
  cp15Wide(
    'VTTBR',
    [6, 2],
    HYP_RW,
    'Virtualization Translation Table Base Register: the VM that stage 2 shows.',
    {
      storage: 'VTTBR',
      needs: 'virtualization',
      writableHigh: 0x00ff_00ff,
      consequences: ['translation'],
      fields: [
        field('VMID', 55, 48, 'Virtual machine identifier: tags TLB entries.'),
        field('BADDR', 39, 3, 'Bits 39:3 of the address of the stage 2 root table.'),
      ],
    },
  ),
  hyp('HADFSR', [4, 5, 1, 0], 'Hyp Auxiliary Data Fault Status Register.', { storage: 'HADFSR' }),
  hyp('HAIFSR', [4, 5, 1, 1], 'Hyp Auxiliary Instruction Fault Status Register.', { storage: 'HAIFSR' }),
  hyp('HSR', [4, 5, 2, 0], 'Hyp Syndrome Register: why the last exception was taken to Hyp.', {
    storage: 'HSR',
    fields: [
      field('EC', 31, 26, 'Exception class.', Object.fromEntries(TRAP_ROWS.map((row) => [row.ec, row.name]))),
      bit('IL', 25, 'Length of the trapped instruction, where known.', { 0: '16 bits', 1: '32 bits' }),
      field('ISS', 24, 0, 'Syndrome of this exception class.'),
    ],
    formats: TRAP_ROWS.map((row) => ({
      name: row.name,
      applies: (value: bigint) => Number(value >> 26n) === row.ec,
      fields: [
        field('EC', 31, 26, 'Exception class.', { [row.ec]: row.name }),
        bit('IL', 25, 'Length of the trapped instruction, where known.', { 0: '16 bits', 1: '32 bits' }),
        ...row.iss,
      ],
    })),
  }),
  hyp('HDFAR', [4, 6, 0, 0], 'Hyp Data Fault Address Register: the VA of a Data Abort taken to Hyp.', {
    storage: 'HDFAR',
  }),
  hyp(
    'HIFAR',
    [4, 6, 0, 2],
    'Hyp Instruction Fault Address Register: the VA of a Prefetch Abort taken to Hyp.',
    { storage: 'HIFAR' },
  ),
  hyp('HPFAR', [4, 6, 0, 4], 'Hyp IPA Fault Address Register: the IPA of a stage 2 fault.', {
    storage: 'HPFAR',
    writable: 0xffff_fff0 | 0,
    fields: [field('FIPA', 31, 4, 'Bits 39:12 of the faulting IPA.')],
  }),
  hyp('HMAIR0', [4, 10, 2, 0], 'Hyp Memory Attribute Indirection Register 0.', {
    storage: 'HMAIR0',
    consequences: ['translation'],
    fields: mairFields(0),
  }),
  hyp('HMAIR1', [4, 10, 2, 1], 'Hyp Memory Attribute Indirection Register 1.', {
    storage: 'HMAIR1',
    consequences: ['translation'],
    fields: mairFields(4),
  }),
  hyp('HAMAIR0', [4, 10, 3, 0], 'Hyp Auxiliary Memory Attribute Indirection Register 0.', {
    storage: 'HAMAIR0',
  }),
  hyp('HAMAIR1', [4, 10, 3, 1], 'Hyp Auxiliary Memory Attribute Indirection Register 1.', {
    storage: 'HAMAIR1',
  }),
  hyp('HVBAR', [4, 12, 0, 0], 'Hyp Vector Base Address Register.', {
    storage: 'HVBAR',
    writable: 0xffff_ffe0 | 0,
    fields: [field('Base', 31, 5, 'Bits 31:5 of the address of the Hyp vectors.')],
  }),
  hyp('HTPIDR', [4, 13, 0, 2], 'Hyp Software Thread ID Register.', { storage: 'HTPIDR' }),
];
