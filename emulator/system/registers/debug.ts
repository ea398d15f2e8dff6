/**
 * CP14: the debug registers (ARM ARM C11), ThumbEE and Jazelle. Software finds an ARMv7.1 debug unit with 6
 * breakpoints and 4 watchpoints whose registers keep what is written, no external debugger and no trace unit; the
 * breakpoints of the guest do not fire.
 */
import { SYS } from '../../state/layout';
import { Mode } from '../../state/psr';
import type { CoreState } from '../../state/machine-state';
import type { ControlBitName } from '../control-bits';
import {
  ignoreWrite,
  ALL_RO,
  ALL_RW,
  bit,
  cp14,
  cp14Wide,
  field,
  PL1_RO,
  PL1_RW,
  PL1_WO,
  type Access,
  type RegisterRow,
  type RowOptions,
} from './row';

type At = readonly [number, number, number, number];
type DebugTrap = 'HDCR.TDA' | 'HDCR.TDOSA' | 'HDCR.TDRA';

export const BREAKPOINTS = 6;
export const WATCHPOINTS = 4;
const DBGDSCR_UDCCDIS = 1 << 12;
/** Bits of DBGDSCR that software writes: MDBGen, HDBGen, ITRen, UDCCdis, INTdis, DBGack, MOE. */
const DBGDSCR_WRITABLE = 0x0000_fc3c;
/** OS Save and Restore not implemented, OS Lock implemented: OSLM = 0b10. */
const OSLM = 8;
const OSLK = 2;
const OS_LOCK_KEY = 0xc5ac_ce55 | 0;

function debug(
  name: string,
  at: At,
  access: Access,
  text: string,
  options: RowOptions = {},
  trap: DebugTrap = 'HDCR.TDA',
): RegisterRow {
  return cp14(name, at, access, text, { traps: [trap], ...options });
}
function constant(
  name: string,
  at: At,
  access: Access,
  value: number,
  text: string,
  trap: DebugTrap = 'HDCR.TDA',
  fields: RegisterRow['fields'] = [],
): RegisterRow {
  return debug(name, at, access, text, { read: () => value, fields }, trap);
}
/** DBGDSCR.UDCCdis closes the communications channel to PL0. */
function channelOpen(core: CoreState): boolean {
  return core.mode !== Mode.usr || (core.i32[SYS.DBGDSCR] & DBGDSCR_UDCCDIS) === 0;
}

const DSCR_FIELDS = [
  bit('RXfull', 30, 'DBGDTRRX holds a word.'),
  bit('TXfull', 29, 'DBGDTRTX holds a word.'),
  bit('NS', 18, 'The core is in Non-secure state.'),
  bit('SPNIDdis', 17, 'Secure PL1 non-invasive debug is disabled.'),
  bit('SPIDdis', 16, 'Secure PL1 invasive debug is disabled.'),
  bit('MDBGen', 15, 'Monitor debug mode: debug events become debug exceptions.'),
  bit('HDBGen', 14, 'Halting debug mode.'),
  bit('UDCCdis', 12, 'PL0 may not use the communications channel.'),
  field('MOE', 5, 2, 'Method of debug entry.', {
    0: 'halt request',
    1: 'breakpoint',
    3: 'BKPT instruction',
    5: 'vector catch',
    10: 'watchpoint',
  }),
  bit('RESTARTED', 1, 'The core is not in Debug state.'),
  bit('HALTED', 0, 'The core is in Debug state.'),
];
const CONTROL_FIELDS = [
  field('BT', 23, 20, 'Kind of breakpoint (WCR: WT, linked).'),
  field('LBN', 19, 16, 'Linked breakpoint.'),
  field('SSC', 15, 14, 'Security states it matches in.'),
  bit('HMC', 13, 'Also in Hyp mode.'),
  field('BAS', 8, 5, 'Bytes of the word it matches.'),
  field('PMC', 2, 1, 'Privilege levels it matches in.'),
  bit('E', 0, 'Enabled.'),
];

/** DBGBVRn, DBGBCRn, DBGWVRn, DBGWCRn. */
function comparators(): readonly RegisterRow[] {
  const rows: RegisterRow[] = [];
  for (let n = 0; n < BREAKPOINTS; n++) {
    rows.push(
      debug(`DBGBVR${n}`, [0, 0, n, 4], PL1_RW, `Breakpoint Value Register ${n}.`, {
        storage: 'DBGBVR',
        element: n,
      }),
    );
    rows.push(
      debug(`DBGBCR${n}`, [0, 0, n, 5], PL1_RW, `Breakpoint Control Register ${n}.`, {
        storage: 'DBGBCR',
        element: n,
        writable: 0x00ff_e1e7,
        fields: CONTROL_FIELDS,
      }),
    );
  }
  for (let n = 0; n < WATCHPOINTS; n++) {
    rows.push(
      debug(`DBGWVR${n}`, [0, 0, n, 6], PL1_RW, `Watchpoint Value Register ${n}.`, {
        storage: 'DBGWVR',
        element: n,
        writable: ~3,
      }),
    );
    rows.push(
      debug(`DBGWCR${n}`, [0, 0, n, 7], PL1_RW, `Watchpoint Control Register ${n}.`, {
        storage: 'DBGWCR',
        element: n,
        writable: 0x1f1f_ffff,
        fields: CONTROL_FIELDS,
      }),
    );
  }
  return rows;
}

/** DBGDSCR as it reads: stored bits, NS, and the invasive debug that is permitted. */
function readDscr(core: CoreState): number {
  return core.i32[SYS.DBGDSCR] | (core.secure ? 0 : 1 << 18) | 2;
}

const DEBUG: readonly RegisterRow[] = [
  constant('DBGDIDR', [0, 0, 0, 0], ALL_RO, 0x3515_f021, 'Debug ID Register.', 'HDCR.TDA', [
    field('WRPs', 31, 28, 'Number of watchpoints, minus one.'),
    field('BRPs', 27, 24, 'Number of breakpoints, minus one.'),
    field('CTX_CMPs', 23, 20, 'Number of context comparators, minus one.'),
    field('Version', 19, 16, 'Debug architecture.', { 5: 'v7.1' }),
    field('Variant', 7, 4, 'As MIDR.'),
    field('Revision', 3, 0, 'As MIDR.'),
  ]),
  debug('DBGDSCRint', [0, 0, 1, 0], ALL_RO, 'Debug Status and Control Register, internal view.', {
    read: readDscr,
    gate: channelOpen,
    fields: DSCR_FIELDS,
  }),
  debug(
    'DBGDTRint',
    [0, 0, 5, 0],
    ALL_RW,
    'Debug Data Transfer Register: reads the word from a debugger, writes one to it.',
    {
      storage: 'DBGDTR',
      gate: channelOpen,
      read: () => 0,
    },
  ),
  debug('DBGWFAR', [0, 0, 6, 0], PL1_RW, 'Watchpoint Fault Address Register.', { storage: 'DBGWFAR' }),
  debug('DBGVCR', [0, 0, 7, 0], PL1_RW, 'Vector Catch Register.', { storage: 'DBGVCR' }),
  debug('DBGDTRRXext', [0, 0, 0, 2], PL1_RW, 'Data Transfer Register to the core, external view.', {
    read: () => 0,
    write: ignoreWrite,
  }),
  debug('DBGDSCRext', [0, 0, 2, 2], PL1_RW, 'Debug Status and Control Register, external view.', {
    storage: 'DBGDSCR',
    read: readDscr,
    writable: DBGDSCR_WRITABLE,
    fields: DSCR_FIELDS,
  }),
  debug('DBGDTRTXext', [0, 0, 3, 2], PL1_RW, 'Data Transfer Register from the core, external view.', {
    storage: 'DBGDTR',
  }),
  debug('DBGOSECCR', [0, 0, 6, 2], PL1_RW, 'OS Lock Exception Catch Control Register.', {
    read: () => 0,
    write: ignoreWrite,
  }),
  ...comparators(),
  debug('DBGBXVR4', [0, 1, 4, 1], PL1_RW, 'Breakpoint Extended Value Register 4: VMID.', {
    storage: 'DBGBVR',
    element: 12,
    writable: 0xff,
    fields: [field('VMID', 7, 0, 'VMID to match.')],
  }),
  debug('DBGBXVR5', [0, 1, 5, 1], PL1_RW, 'Breakpoint Extended Value Register 5: VMID.', {
    storage: 'DBGBVR',
    element: 13,
    writable: 0xff,
    fields: [field('VMID', 7, 0, 'VMID to match.')],
  }),
  constant(
    'DBGDRAR',
    [0, 1, 0, 0],
    ALL_RO,
    0,
    'Debug ROM Address Register: not valid, no memory-mapped debug.',
    'HDCR.TDRA',
  ),
  constant('DBGDSAR', [0, 2, 0, 0], ALL_RO, 0, 'Debug Self Address Offset Register.', 'HDCR.TDRA'),
  debug(
    'DBGOSLAR',
    [0, 1, 0, 4],
    PL1_WO,
    'OS Lock Access Register: the key 0xc5acce55 locks, anything else unlocks.',
    {
      operation: true,
      write: (core, _system, value) => {
        core.i32[SYS.DBGOSLSR] = value === OS_LOCK_KEY ? OSLK : 0;
      },
    },
    'HDCR.TDOSA',
  ),
  debug(
    'DBGOSLSR',
    [0, 1, 1, 4],
    PL1_RO,
    'OS Lock Status Register.',
    {
      storage: 'DBGOSLSR',
      reset: OSLK,
      read: (core) => core.i32[SYS.DBGOSLSR] | OSLM,
      fields: [
        bit('OSLM1', 3, 'OS Lock is implemented.'),
        bit('nTT', 2, 'Not 32-bit access.'),
        bit('OSLK', 1, 'Locked.'),
        bit('OSLM0', 0, 'OS Save and Restore is implemented.'),
      ],
    },
    'HDCR.TDOSA',
  ),
  debug(
    'DBGOSDLR',
    [0, 1, 3, 4],
    PL1_RW,
    'OS Double Lock Register.',
    { read: () => 0, write: ignoreWrite },
    'HDCR.TDOSA',
  ),
  debug(
    'DBGPRCR',
    [0, 1, 4, 4],
    PL1_RW,
    'Device Powerdown and Reset Control Register.',
    { storage: 'DBGPRCR', writable: 1, fields: [bit('CORENPDRQ', 0, 'No power-down is requested.')] },
    'HDCR.TDOSA',
  ),
  constant(
    'DBGPRSR',
    [0, 1, 5, 4],
    PL1_RO,
    1,
    'Device Powerdown and Reset Status Register: powered.',
    'HDCR.TDOSA',
  ),
  debug('DBGITCTRL', [0, 7, 0, 4], PL1_RW, 'Integration Mode Control Register.', {
    read: () => 0,
    write: ignoreWrite,
  }),
  debug('DBGCLAIMSET', [0, 7, 8, 6], PL1_RW, 'Claim Tag Set register: reads which tags there are.', {
    read: () => 0xff,
    write: (core, _system, value) => {
      core.i32[SYS.DBGCLAIM] = core.i32[SYS.DBGCLAIM] | (value & 0xff);
    },
  }),
  debug('DBGCLAIMCLR', [0, 7, 9, 6], PL1_RW, 'Claim Tag Clear register: reads which tags are set.', {
    read: (core) => core.i32[SYS.DBGCLAIM],
    write: (core, _system, value) => {
      core.i32[SYS.DBGCLAIM] = core.i32[SYS.DBGCLAIM] & ~value;
    },
  }),
  constant(
    'DBGAUTHSTATUS',
    [0, 7, 14, 6],
    PL1_RO,
    0x0a,
    'Authentication Status Register: Non-secure debug is implemented and not enabled.',
  ),
  constant('DBGDEVID2', [0, 7, 0, 7], PL1_RO, 0, 'Debug Device ID Register 2.'),
  constant('DBGDEVID1', [0, 7, 1, 7], PL1_RO, 0, 'Debug Device ID Register 1.'),
  constant('DBGDEVID', [0, 7, 2, 7], PL1_RO, 0x0111_0f13, 'Debug Device ID Register.'),
  cp14Wide('DBGDRAR', [0, 1], ALL_RO, 'Debug ROM Address Register: not valid.', {
    traps: ['HDCR.TDRA'],
    read: wideZero,
    gate: channelOpen,
  }),
  cp14Wide('DBGDSAR', [0, 2], ALL_RO, 'Debug Self Address Offset Register.', {
    traps: ['HDCR.TDRA'],
    read: wideZero,
    gate: channelOpen,
  }),
].map((row) =>
  // The ID registers that PL0 reads follow UDCCdis too.
  row.name === 'DBGDIDR' || row.name === 'DBGDRAR' || row.name === 'DBGDSAR'
    ? { ...row, gate: channelOpen }
    : row,
);

function wideZero(_core: unknown, system: { highWord: number }): number {
  system.highWord = 0;
  return 0;
}

const TEECR_XED = 1;
function thumbee(
  name: string,
  at: At,
  access: Access,
  text: string,
  options: RowOptions,
  trap: ControlBitName,
): RegisterRow {
  return cp14(name, at, access, text, { traps: [trap], ...options });
}

const EXECUTION_ENVIRONMENTS: readonly RegisterRow[] = [
  thumbee(
    'TEECR',
    [6, 0, 0, 0],
    PL1_RW,
    'ThumbEE Configuration Register.',
    {
      storage: 'TEECR',
      writable: 1,
      fields: [bit('XED', 0, 'PL0 may not access TEEHBR.')],
    },
    'HSTR.TTEE',
  ),
  thumbee(
    'TEEHBR',
    [6, 1, 0, 0],
    ALL_RW,
    'ThumbEE Handler Base Register.',
    {
      storage: 'TEEHBR',
      gate: (core) => core.mode !== Mode.usr || (core.i32[SYS.TEECR] & TEECR_XED) === 0,
    },
    'HSTR.TTEE',
  ),
  cp14('JIDR', [7, 0, 0, 0], PL1_RO, 'Jazelle ID Register: trivial Jazelle.', {
    read: () => 0,
    traps: ['HCR.TID0:r'],
  }),
  cp14('JOSCR', [7, 1, 0, 0], PL1_RW, 'Jazelle OS Control Register: reads as zero.', {
    read: () => 0,
    write: ignoreWrite,
    traps: ['HSTR.TJDBX'],
  }),
  cp14('JMCR', [7, 2, 0, 0], PL1_RW, 'Jazelle Main Configuration Register: reads as zero.', {
    read: () => 0,
    write: ignoreWrite,
    traps: ['HSTR.TJDBX'],
  }),
];

export const COPROCESSOR_14: readonly RegisterRow[] = [...DEBUG, ...EXECUTION_ENVIRONMENTS];
