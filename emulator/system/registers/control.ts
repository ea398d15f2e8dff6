/** CP15 c1, c12 and c13: system control, security, vectors, process and thread identifiers. */
import { SYS } from '../../state/layout';
import { interruptStatus } from '../interrupts';
import {
  ignoreWrite,
  bit,
  cp15,
  field,
  PL1_RO,
  PL1_RW,
  SECURE_RW,
  SECURE_RW_ELSE_RO,
  ALL_RW,
  PL1_RW_PL0_RO,
  type RegisterRow,
} from './row';

/** Bits of SCTLR that can be written; RES1 bits 23, 22, 18, 16, 6, 4 and 3 keep their reset value. */
const SCTLR_WRITABLE = 0x7218_3c27;
export const SCTLR_RESET = 0x00c5_0078;

const SCTLR_FIELDS = [
  bit('TE', 30, 'Exceptions are taken in T32.', { 0: 'A32', 1: 'T32' }),
  bit('AFE', 29, 'AP[0] of a Short-descriptor is the access flag.'),
  bit('TRE', 28, 'TEX remap: PRRR and NMRR give memory attributes.'),
  bit('NMFI', 27, 'Fast interrupts can not be masked by software.'),
  bit('EE', 25, 'Endianness on exception entry and of translation tables.', { 0: 'little', 1: 'big' }),
  bit('U', 22, 'Unaligned access model of ARMv6; always 1.'),
  bit('FI', 21, 'Low-latency interrupt configuration; always 0.'),
  bit('UWXN', 20, 'Memory that PL0 can write can not be executed at PL1.'),
  bit('WXN', 19, 'Writable memory can not be executed.'),
  bit('V', 13, 'High exception vectors.', { 0: 'at VBAR', 1: 'at 0xffff0000' }),
  bit('I', 12, 'Instruction cache enable.'),
  bit('Z', 11, 'Branch prediction enable.'),
  bit('SW', 10, 'SWP and SWPB enable.'),
  bit('CP15BEN', 5, 'CP15 barrier operations enable.'),
  bit('C', 2, 'Data and unified cache enable.'),
  bit('A', 1, 'Alignment check of every access.'),
  bit('M', 0, 'Stage 1 MMU of PL1&0 enable.'),
];

const CPACR_WRITABLE = 0x80f0_0000;
const NSACR_CP = [1 << 10, 1 << 11] as const;
const ACTLR_SMP = 1 << 6;
const NSACR_NS_SMP = 1 << 18;

const ACCESS_VALUES = { 0: 'no access', 1: 'PL1 only', 3: 'full access' };

/** CPACR's cp10, cp11 and ASEDIS read as 0 (ASEDIS as 1) from Non-secure state where NSACR reserves them. */
function cpacrMask(nsacr: number): number {
  return (nsacr & NSACR_CP[0] ? 3 << 20 : 0) | (nsacr & NSACR_CP[1] ? 3 << 22 : 0) | (1 << 31);
}

const vectorBase = [field('Base', 31, 5, 'Bits 31:5 of the address of the exception vectors.')];

export const CONTROL: readonly RegisterRow[] = [
  cp15('SCTLR', [0, 1, 0, 0], PL1_RW, 'System Control Register: MMU, caches, alignment, exception entry.', {
    storage: 'SCTLR',
    banked: true,
    reset: SCTLR_RESET,
    writable: SCTLR_WRITABLE,
    traps: ['HCR.TVM:w'],
    consequences: ['translation'],
    fields: SCTLR_FIELDS,
  }),
  cp15(
    'ACTLR',
    [0, 1, 0, 1],
    PL1_RW,
    'Auxiliary Control Register; its SMP bit puts the core into coherency.',
    {
      storage: 'ACTLR',
      storageWithoutSecurity: true,
      traps: ['HCR.TAC'],
      write: (core, _system, value) => {
        const s = core.i32;
        const nonSecure = core.hasSecurity && (s[SYS.SCR] & 1) !== 0;
        const mask = !nonSecure ? -1 : s[SYS.NSACR] & NSACR_NS_SMP ? ACTLR_SMP : 0;
        s[SYS.ACTLR] = (s[SYS.ACTLR] & ~mask) | (value & mask);
      },
      fields: [bit('SMP', 6, 'The core takes part in coherency with the others.')],
    },
  ),
  cp15(
    'CPACR',
    [0, 1, 0, 2],
    PL1_RW,
    'Coprocessor Access Control Register: who may use VFP and Advanced SIMD.',
    {
      storage: 'CPACR',
      storageWithoutSecurity: true,
      writable: CPACR_WRITABLE | 0,
      traps: ['HCPTR.TCPAC'],
      read: (core) => {
        const value = core.i32[SYS.CPACR];
        const nonSecure = core.hasSecurity && (core.i32[SYS.SCR] & 1) !== 0;
        return nonSecure ? value & cpacrMask(core.i32[SYS.NSACR]) : value;
      },
      write: (core, _system, value) => {
        const s = core.i32;
        const nonSecure = core.hasSecurity && (s[SYS.SCR] & 1) !== 0;
        const mask = CPACR_WRITABLE & (nonSecure ? cpacrMask(s[SYS.NSACR]) : -1);
        s[SYS.CPACR] = (s[SYS.CPACR] & ~mask) | (value & mask);
      },
      fields: [
        bit('ASEDIS', 31, 'Advanced SIMD instructions are UNDEFINED.'),
        bit('D32DIS', 30, 'D16–D31 are UNDEFINED; always 0 here.'),
        bit('TRCDIS', 28, 'CP14 trace access is UNDEFINED; always 0 here.'),
        field('cp11', 23, 22, 'Access to coprocessor 11: must equal cp10.', ACCESS_VALUES),
        field('cp10', 21, 20, 'Access to coprocessor 10: VFP and Advanced SIMD.', ACCESS_VALUES),
      ],
    },
  ),
  cp15('SCR', [0, 1, 1, 0], SECURE_RW, 'Secure Configuration Register.', {
    storage: 'SCR',
    writable: 0x3bf,
    needs: 'security',
    consequences: ['translation', 'interrupts'],
    fields: [
      bit('SIF', 9, 'Secure instruction fetch from Non-secure memory is not permitted.'),
      bit('HCE', 8, 'HVC is enabled in Non-secure PL1.'),
      bit('SCD', 7, 'SMC is UNDEFINED in Non-secure state.'),
      bit('AW', 5, 'Non-secure state may change CPSR.A.'),
      bit('FW', 4, 'Non-secure state may change CPSR.F.'),
      bit('EA', 3, 'External aborts are taken to Monitor mode.'),
      bit('FIQ', 2, 'FIQs are taken to Monitor mode.'),
      bit('IRQ', 1, 'IRQs are taken to Monitor mode.'),
      bit('NS', 0, 'Modes other than Monitor are Non-secure.'),
    ],
  }),
  cp15('SDER', [0, 1, 1, 1], SECURE_RW, 'Secure Debug Enable Register.', {
    storage: 'SDER',
    writable: 3,
    needs: 'security',
    fields: [
      bit('SUNIDEN', 1, 'Non-invasive debug is permitted in Secure User mode.'),
      bit('SUIDEN', 0, 'Invasive debug is permitted in Secure User mode.'),
    ],
  }),
  cp15('NSACR', [0, 1, 1, 2], SECURE_RW_ELSE_RO, 'Non-Secure Access Control Register.', {
    storage: 'NSACR',
    writable: 0x0006_8c00,
    needs: 'security',
    fields: [
      bit('NS_SMP', 18, 'Non-secure state may write ACTLR.SMP.'),
      bit('NS_L2ERR', 17, 'Non-secure state may write the L2 error bits.'),
      bit('NSASEDIS', 15, 'Advanced SIMD is UNDEFINED in Non-secure state.'),
      bit('cp11', 11, 'Non-secure state may access coprocessor 11.'),
      bit('cp10', 10, 'Non-secure state may access coprocessor 10.'),
    ],
  }),
  cp15('VBAR', [0, 12, 0, 0], PL1_RW, 'Vector Base Address Register of PL1.', {
    storage: 'VBAR',
    banked: true,
    writable: 0xffff_ffe0 | 0,
    fields: vectorBase,
  }),
  cp15('MVBAR', [0, 12, 0, 1], SECURE_RW, 'Monitor Vector Base Address Register.', {
    storage: 'MVBAR',
    writable: 0xffff_ffe0 | 0,
    needs: 'security',
    fields: vectorBase,
  }),
  cp15('ISR', [0, 12, 1, 0], PL1_RO, 'Interrupt Status Register: what is pending, virtual or physical.', {
    read: (core) => interruptStatus(core),
    fields: [
      bit('A', 8, 'An asynchronous abort is pending.'),
      bit('I', 7, 'An IRQ is pending.'),
      bit('F', 6, 'An FIQ is pending.'),
    ],
  }),
  cp15('FCSEIDR', [0, 13, 0, 0], PL1_RW, 'FCSE Process ID Register: no FCSE, reads as zero.', {
    read: () => 0,
    write: ignoreWrite,
    traps: [],
  }),
  cp15(
    'CONTEXTIDR',
    [0, 13, 0, 1],
    PL1_RW,
    'Context ID Register: the process identifier and, in the Short-descriptor format, the ASID.',
    {
      storage: 'CONTEXTIDR',
      banked: true,
      traps: ['HCR.TVM:w'],
      consequences: ['translation', 'context ID'],
      fields: [
        field('PROCID', 31, 8, 'Process identifier, for debug and trace.'),
        field('ASID', 7, 0, 'Address space identifier in the Short-descriptor format.'),
      ],
    },
  ),
  cp15('TPIDRURW', [0, 13, 0, 2], ALL_RW, 'User Read/Write Thread ID Register.', {
    storage: 'TPIDRURW',
    banked: true,
  }),
  cp15('TPIDRURO', [0, 13, 0, 3], PL1_RW_PL0_RO, 'User Read-Only Thread ID Register.', {
    storage: 'TPIDRURO',
    banked: true,
  }),
  cp15('TPIDRPRW', [0, 13, 0, 4], PL1_RW, 'PL1 only Thread ID Register.', {
    storage: 'TPIDRPRW',
    banked: true,
  }),
];
