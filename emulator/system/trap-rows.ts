/**
 * Every way into Hyp mode that HSR tells apart: exception class, name, layout of its ISS (ARM ARM B3.13.6). The
 * exception model, the views, the conditions of breakpoints and the documentation read this one table.
 */
import type { ControlBitName } from './control-bits';
import { LONG_STATUS } from './registers/fault-status';
import { bit, field, type Field } from './registers/row';

export interface TrapRow {
  /** HSR.EC. */
  readonly ec: number;
  /** Short name, as in lists. */
  readonly name: string;
  /** What happened, as a sentence. */
  readonly text: string;
  /** Fields of HSR bits 24:0. */
  readonly iss: readonly Field[];
  /** Control bits that can be responsible; empty: unconditional. */
  readonly bits: readonly (ControlBitName | 'HCR.VM' | 'HCR.AMO')[];
}

const CONDITION = [
  bit('CV', 24, 'COND is valid.'),
  field('COND', 23, 20, 'Condition of the instruction; 14: always.'),
];
const MOVE = [
  ...CONDITION,
  field('Opc2', 19, 17, 'opc2 of the instruction.'),
  field('Opc1', 16, 14, 'opc1 of the instruction.'),
  field('CRn', 13, 10, 'CRn of the instruction.'),
  field('Rt', 8, 5, 'Register transferred.'),
  field('CRm', 4, 1, 'CRm of the instruction.'),
  bit('Direction', 0, 'Which way.', { 0: 'write (MCR)', 1: 'read (MRC)' }),
];
const MOVE_PAIR = [
  ...CONDITION,
  field('Opc1', 19, 16, 'opc1 of the instruction.'),
  field('Rt2', 13, 10, 'Second register transferred.'),
  field('Rt', 8, 5, 'First register transferred.'),
  field('CRm', 4, 1, 'CRm of the instruction.'),
  bit('Direction', 0, 'Which way.', { 0: 'write (MCRR)', 1: 'read (MRRC)' }),
];
const PREFETCH = [
  bit('EA', 9, 'External abort type.'),
  bit('S1PTW', 7, 'Stage 2 fault on a stage 1 table walk.'),
  field('IFSC', 5, 0, 'What the fault is.', LONG_STATUS),
];
const DATA = [
  bit('ISV', 24, 'SAS, SSE and SRT are valid.'),
  field('SAS', 23, 22, 'Size of the access.', { 0: 'byte', 1: 'halfword', 2: 'word' }),
  bit('SSE', 21, 'The load sign-extends.'),
  field('SRT', 19, 16, 'Register transferred.'),
  bit('EA', 9, 'External abort type.'),
  bit('CM', 8, 'Cache maintenance or address translation operation.'),
  bit('S1PTW', 7, 'Stage 2 fault on a stage 1 table walk.'),
  bit('WnR', 6, 'Write, not read.', { 0: 'read', 1: 'write' }),
  field('DFSC', 5, 0, 'What the fault is.', LONG_STATUS),
];
const CALL = [field('imm16', 15, 0, 'Comment field of the instruction.')];

export const TRAP_ROWS: readonly TrapRow[] = [
  {
    ec: 0x00,
    name: 'unknown reason',
    text: 'An Undefined Instruction exception taken to Hyp mode.',
    iss: [],
    bits: ['HCR.TGE'],
  },
  {
    ec: 0x01,
    name: 'WFI or WFE',
    text: 'WFI or WFE would have waited.',
    iss: [...CONDITION, bit('TI', 0, 'The instruction.', { 0: 'WFI', 1: 'WFE' })],
    bits: ['HCR.TWI', 'HCR.TWE'],
  },
  {
    ec: 0x03,
    name: 'CP15 MCR or MRC',
    text: 'A 32-bit access to a CP15 register.',
    iss: MOVE,
    bits: [
      'HCR.TVM',
      'HCR.TAC',
      'HCR.TIDCP',
      'HCR.TSW',
      'HCR.TPC',
      'HCR.TPU',
      'HCR.TTLB',
      'HCR.TID1',
      'HCR.TID2',
      'HCR.TID3',
      'HCPTR.TCPAC',
      'HDCR.TPM',
      'HDCR.TPMCR',
      'CNTHCTL.PL1PCEN',
      'HSTR.T0',
      'HSTR.T1',
      'HSTR.T2',
      'HSTR.T3',
      'HSTR.T5',
      'HSTR.T6',
      'HSTR.T7',
      'HSTR.T8',
      'HSTR.T9',
      'HSTR.T10',
      'HSTR.T11',
      'HSTR.T12',
      'HSTR.T13',
      'HSTR.T15',
    ],
  },
  {
    ec: 0x04,
    name: 'CP15 MCRR or MRRC',
    text: 'A 64-bit access to a CP15 register.',
    iss: MOVE_PAIR,
    bits: [
      'HCR.TVM',
      'CNTHCTL.PL1PCTEN',
      'CNTHCTL.PL1PCEN',
      'HSTR.T0',
      'HSTR.T1',
      'HSTR.T2',
      'HSTR.T3',
      'HSTR.T5',
      'HSTR.T6',
      'HSTR.T7',
      'HSTR.T8',
      'HSTR.T9',
      'HSTR.T10',
      'HSTR.T11',
      'HSTR.T12',
      'HSTR.T13',
      'HSTR.T15',
    ],
  },
  {
    ec: 0x05,
    name: 'CP14 MCR or MRC',
    text: 'A 32-bit access to a CP14 register: debug, trace, Jazelle or ThumbEE.',
    iss: MOVE,
    bits: ['HCPTR.TTA', 'HDCR.TDA', 'HDCR.TDOSA', 'HDCR.TDRA', 'HSTR.TTEE', 'HSTR.TJDBX', 'HCR.TID0'],
  },
  {
    ec: 0x06,
    name: 'CP14 LDC or STC',
    text: 'A transfer between memory and the debug communications channel.',
    iss: [
      ...CONDITION,
      field('imm8', 19, 12, 'Offset in words.'),
      field('Rn', 8, 5, 'Base register.'),
      bit('Offset', 4, 'Sign of the offset.', { 0: 'subtracted', 1: 'added' }),
      field('AM', 3, 1, 'Addressing mode.', {
        0: 'unindexed',
        1: 'post-indexed',
        2: 'offset',
        3: 'pre-indexed',
        4: 'literal unindexed',
        6: 'literal offset',
      }),
      bit('Direction', 0, 'Which way.', { 0: 'STC, to memory', 1: 'LDC, from memory' }),
    ],
    bits: ['HDCR.TDA'],
  },
  {
    ec: 0x07,
    name: 'VFP or Advanced SIMD',
    text: 'An access to coprocessors 0 to 13, in practice VFP or Advanced SIMD.',
    iss: [
      ...CONDITION,
      bit('TA', 5, 'HCPTR.TASE trapped an Advanced SIMD instruction.'),
      field('coproc', 3, 0, 'Number of the coprocessor; 10 for VFP and Advanced SIMD.'),
    ],
    bits: ['HCPTR.TCP10', 'HCPTR.TCP11', 'HCPTR.TASE'],
  },
  {
    ec: 0x08,
    name: 'VMRS of an ID register',
    text: 'A read of FPSID or MVFRn by VMRS.',
    iss: MOVE.map((f) =>
      f.name === 'CRn' ? { ...f, text: 'Register read.', values: { 0: 'FPSID', 6: 'MVFR1', 7: 'MVFR0' } } : f,
    ),
    bits: ['HCR.TID0', 'HCR.TID3'],
  },
  {
    ec: 0x0a,
    name: 'BXJ',
    text: 'BXJ.',
    iss: [...CONDITION, field('Rm', 3, 0, 'Register with the target.')],
    bits: ['HSTR.TJDBX'],
  },
  {
    ec: 0x0c,
    name: 'CP14 MRRC',
    text: 'A 64-bit access to a CP14 register.',
    iss: MOVE_PAIR,
    bits: ['HCPTR.TTA', 'HDCR.TDRA'],
  },
  { ec: 0x11, name: 'SVC', text: 'A Supervisor Call taken to Hyp mode.', iss: CALL, bits: ['HCR.TGE'] },
  { ec: 0x12, name: 'HVC', text: 'A Hypervisor Call.', iss: CALL, bits: [] },
  { ec: 0x13, name: 'SMC', text: 'A trapped Secure Monitor Call.', iss: [], bits: ['HCR.TSC'] },
  {
    ec: 0x20,
    name: 'Prefetch Abort from below Hyp',
    text: 'An instruction fetch of PL1 or PL0 failed at stage 2.',
    iss: PREFETCH,
    bits: ['HCR.VM', 'HCR.TGE', 'HDCR.TDE'],
  },
  {
    ec: 0x21,
    name: 'Prefetch Abort in Hyp',
    text: 'An instruction fetch of Hyp mode failed.',
    iss: PREFETCH,
    bits: [],
  },
  {
    ec: 0x24,
    name: 'Data Abort from below Hyp',
    text: 'A data access of PL1 or PL0 failed at stage 2.',
    iss: DATA,
    bits: ['HCR.VM', 'HCR.TGE', 'HCR.AMO'],
  },
  { ec: 0x25, name: 'Data Abort in Hyp', text: 'A data access of Hyp mode failed.', iss: DATA, bits: [] },
];

const BY_CLASS: ReadonlyMap<number, TrapRow> = new Map(TRAP_ROWS.map((row) => [row.ec, row]));

/** The row of an exception class, or undefined for one the manual reserves. */
export function trapRow(ec: number): TrapRow | undefined {
  return BY_CLASS.get(ec);
}

export interface HsrDescription {
  readonly ec: number;
  readonly ecName: string;
  /** Fields of the ISS with their values, highest first. */
  readonly iss: readonly {
    readonly field: Field;
    readonly value: number;
    readonly meaning: string | undefined;
  }[];
  /** The whole syndrome as one sentence. */
  readonly sentence: string;
}

/** Decodes HSR (0 to 2^32 - 1). */
export function describeHsr(hsr: number): HsrDescription {
  const ec = hsr >>> 26;
  const row = trapRow(ec);
  const iss = (row?.iss ?? []).map((f) => {
    const value = (hsr >>> f.lo) & (2 ** (f.hi - f.lo + 1) - 1);
    return { field: f, value, meaning: f.values?.[value] };
  });
  const value = (name: string): number => iss.find((entry) => entry.field.name === name)?.value ?? 0;
  const details = row === undefined ? '' : (DETAILS[ec]?.(value) ?? '');
  const name = row?.name ?? `reserved exception class 0x${ec.toString(16)}`;
  return {
    ec,
    ecName: name,
    iss,
    sentence: `${row?.text.replace(/\.$/, '') ?? name}${details && `: ${details}`}.`,
  };
}

type ValueOf = (name: string) => number;

function move(coprocessor: string, load: string, store: string) {
  return (value: ValueOf): string =>
    `${value('Direction') ? load : store} ${coprocessor}, ${value('Opc1')}, r${value('Rt')}, c${value('CRn')}, c${value('CRm')}, ${value('Opc2')}`;
}
function movePair(coprocessor: string) {
  return (value: ValueOf): string =>
    `${value('Direction') ? 'mrrc' : 'mcrr'} ${coprocessor}, ${value('Opc1')}, r${value('Rt')}, r${value('Rt2')}, c${value('CRm')}`;
}
function status(code: number): string {
  return LONG_STATUS[code] ?? `fault status 0x${code.toString(16)}`;
}
function dataAbort(value: ValueOf): string {
  const walk = value('S1PTW') ? ', on a stage 1 table walk' : '';
  const how = value('CM') ? 'cache maintenance' : value('WnR') ? 'write' : 'read';
  const register = value('ISV')
    ? ` of ${['a byte', 'a halfword', 'a word', ''][value('SAS')]} (r${value('SRT')})`
    : '';
  return `${how}${register}, ${status(value('DFSC'))}${walk}`;
}
function prefetchAbort(value: ValueOf): string {
  return `${status(value('IFSC'))}${value('S1PTW') ? ', on a stage 1 table walk' : ''}`;
}
const immediate = (value: ValueOf): string => `immediate 0x${value('imm16').toString(16)}`;

const DETAILS: Readonly<Record<number, (value: ValueOf) => string>> = {
  0x01: (value) => (value('TI') ? 'wfe' : 'wfi'),
  0x03: move('p15', 'mrc', 'mcr'),
  0x04: movePair('p15'),
  0x05: move('p14', 'mrc', 'mcr'),
  0x06: (value) => (value('Direction') ? 'ldc' : 'stc'),
  0x07: (value) => (value('TA') ? 'Advanced SIMD' : `coprocessor ${value('coproc')}`),
  0x08: (value) => `register ${value('CRn')} to r${value('Rt')}`,
  0x0a: (value) => `bxj r${value('Rm')}`,
  0x0c: movePair('p14'),
  0x11: immediate,
  0x12: immediate,
  0x20: prefetchAbort,
  0x21: prefetchAbort,
  0x24: dataAbort,
  0x25: dataAbort,
};
