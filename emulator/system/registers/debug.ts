/**
 * CP14: the debug registers (ARM ARM C11). Software finds an ARMv7.1 debug unit with 6
 * breakpoints and 4 watchpoints (what they do: ../breakpoint-events.ts, ../watchpoint-events.ts), no external debugger
 * and no trace unit.
 */
import { SYS } from '../../state/layout';
import { Mode } from '../../state/psr';
import type { CoreState } from '../../state/machine-state';
import { BREAKPOINTS, DBGOSLSR_OSLK, EXTENDED_VALUE, WATCHPOINTS } from '../debug-state';
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
  type Field,
  type RegisterRow,
  type RowOptions,
} from './row';

type At = readonly [number, number, number, number];
type DebugTrap = 'HDCR.TDA' | 'HDCR.TDOSA' | 'HDCR.TDRA';

const DBGDSCR_UDCCDIS = 1 << 12;
/** Bits of DBGDSCR that software writes: MDBGen, HDBGen, ITRen, UDCCdis, INTdis, DBGack, MOE. */
const DBGDSCR_WRITABLE = 0x0000_fc3c;
/** OS Save and Restore not implemented, OS Lock implemented: OSLM = 0b10. */
const OSLM = 8;
/** All but reserved bits: of Secure, Monitor, Hyp and Non-secure vectors. */
const DBGVCR_WRITABLE = 0xdefe_dcdf | 0;
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
  bit('SPNIDdis', 17, 'Secure PL1 non-invasive debug is not permitted.'),
  bit('SPIDdis', 16, 'Secure PL1 invasive debug is not permitted.'),
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
const VALID = { 0: 'not valid', 3: 'valid' };
const ROM_FIELDS = [
  field('ROMADDR', 31, 12, 'Bits 31:12 of the address of the debug components.'),
  field('Valid', 1, 0, 'Whether there is such an address.', VALID),
];
const OFFSET_FIELDS = [
  field('SELFOFFSET', 31, 12, "Bits 31:12 of the distance from there to the core's own registers."),
  field('Valid', 1, 0, 'Whether there is such a distance.', VALID),
];
const CLAIM_FIELDS = [
  field('CLAIM', 7, 0, 'One tag for each bit, by which two debuggers agree on who is there.'),
];
const PERMISSIONS = { 0: 'not implemented', 2: 'not permitted', 3: 'permitted' };
const SECURITY_STATES = {
  0: 'both security states',
  1: 'Non-secure state',
  2: 'Secure state',
  3: 'Hyp mode (with HMC)',
};
const BREAKPOINT_FIELDS = [
  field('BT', 23, 20, 'What it compares.', {
    0: 'address',
    1: 'address, linked to a context',
    2: 'context ID',
    3: 'context ID, for linked ones',
    4: 'any other address',
    5: 'any other address, linked to a context',
    8: 'VMID',
    9: 'VMID, for linked ones',
    10: 'VMID and context ID',
    11: 'VMID and context ID, for linked ones',
  }),
  field('LBN', 19, 16, 'Breakpoint that compares the context of a linked one.'),
  field('SSC', 15, 14, 'Security states it hits in.', SECURITY_STATES),
  bit('HMC', 13, 'Hyp mode too, where debug exceptions are not taken.'),
  field('BAS', 8, 5, 'Bytes of the word an instruction may begin at to hit.'),
  field('PMC', 2, 1, 'Privilege levels it hits at.', {
    0: 'User, System and Supervisor mode',
    1: 'PL1',
    2: 'PL0',
    3: 'PL1 and PL0',
  }),
  bit('E', 0, 'Enabled.'),
];
const WATCHPOINT_FIELDS = [
  field('MASK', 28, 24, 'Low bits of the address that are not compared; below 3: none.'),
  bit('WT', 20, 'Linked to the context of breakpoint LBN.'),
  field('LBN', 19, 16, 'Breakpoint that compares the context.'),
  field('SSC', 15, 14, 'Security states it hits in.', SECURITY_STATES),
  bit('HMC', 13, 'Hyp mode too, where debug exceptions are not taken.'),
  field('BAS', 12, 5, 'Bytes of the doubleword (of the word, at an odd word) that are watched.'),
  field('LSC', 4, 3, 'Accesses that are watched.', { 1: 'loads', 2: 'stores', 3: 'loads and stores' }),
  field('PAC', 2, 1, 'Privilege levels it hits at.', { 1: 'PL1', 2: 'PL0', 3: 'PL1 and PL0' }),
  bit('E', 0, 'Enabled.'),
];
const VECTORS: readonly (readonly [string, number, string])[] = [
  ['F', 7, 'FIQ'],
  ['I', 6, 'IRQ'],
  ['D', 4, 'Data Abort (does nothing in Monitor debug-mode)'],
  ['P', 3, 'Prefetch Abort (does nothing in Monitor debug-mode)'],
  ['S', 2, 'Supervisor Call'],
  ['U', 1, 'Undefined Instruction'],
];
const catches = (prefix: string, shift: number, where: string, but = ''): readonly Field[] =>
  VECTORS.filter(([name]) => !but.includes(name)).map(([name, at, text]) =>
    bit(`${prefix}${name}`, at + shift, `${where}: ${text}.`),
  );
const CATCH_FIELDS = [
  ...catches('NS', 24, 'Non-secure PL1'),
  ...catches('NSH', 16, 'Hyp mode, where nothing is caught', 'S'),
  bit('NSHC', 18, 'Hyp mode, where nothing is caught: Hypervisor Call.'),
  bit('NSHE', 21, 'Hyp mode, where nothing is caught: Hyp Trap.'),
  ...catches('M', 8, 'Monitor mode', 'U'),
  ...catches('S', 0, 'Secure PL1, or PL1 without Security Extensions'),
  bit('R', 0, 'Reset.'),
];

/** DBGBVRn, DBGBCRn, DBGWVRn, DBGWCRn. */
const CHANGES: RowOptions = { consequences: ['debug'] };
function comparators(): readonly RegisterRow[] {
  const rows: RegisterRow[] = [];
  for (let n = 0; n < BREAKPOINTS; n++) {
    rows.push(
      debug(`DBGBVR${n}`, [0, 0, n, 4], PL1_RW, `Breakpoint Value Register ${n}.`, {
        storage: 'DBGBVR',
        element: n,
        ...CHANGES,
        fields: [field('Value', 31, 0, 'Address of a word, or a context ID.')],
      }),
    );
    rows.push(
      debug(`DBGBCR${n}`, [0, 0, n, 5], PL1_RW, `Breakpoint Control Register ${n}.`, {
        storage: 'DBGBCR',
        element: n,
        writable: 0x00ff_e1e7,
        ...CHANGES,
        fields: BREAKPOINT_FIELDS,
      }),
    );
  }
  for (let n = 0; n < WATCHPOINTS; n++) {
    rows.push(
      debug(`DBGWVR${n}`, [0, 0, n, 6], PL1_RW, `Watchpoint Value Register ${n}.`, {
        storage: 'DBGWVR',
        element: n,
        writable: ~3,
        ...CHANGES,
        fields: [field('Address', 31, 2, 'Bits 31:2 of the address that is watched.')],
      }),
    );
    rows.push(
      debug(`DBGWCR${n}`, [0, 0, n, 7], PL1_RW, `Watchpoint Control Register ${n}.`, {
        storage: 'DBGWCR',
        element: n,
        writable: 0x1f1f_ffff,
        ...CHANGES,
        fields: WATCHPOINT_FIELDS,
      }),
    );
  }
  return rows;
}

/** DBGDSCR as it reads: stored bits, NS, and the invasive debug that is permitted. */
function readDscr(core: CoreState): number {
  return core.i32[SYS.DBGDSCR] | (core.secure ? 0 : 1 << 18) | 2;
}

export const DEBUG: readonly RegisterRow[] = [
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
  debug('DBGVCR', [0, 0, 7, 0], PL1_RW, 'Vector Catch Register: vectors that are debug events.', {
    storage: 'DBGVCR',
    writable: DBGVCR_WRITABLE,
    ...CHANGES,
    fields: CATCH_FIELDS,
  }),
  debug('DBGDTRRXext', [0, 0, 0, 2], PL1_RW, 'Data Transfer Register to the core, external view.', {
    read: () => 0,
    write: ignoreWrite,
  }),
  debug('DBGDSCRext', [0, 0, 2, 2], PL1_RW, 'Debug Status and Control Register, external view.', {
    storage: 'DBGDSCR',
    read: readDscr,
    writable: DBGDSCR_WRITABLE,
    ...CHANGES,
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
    element: EXTENDED_VALUE + 4,
    writable: 0xff,
    ...CHANGES,
    fields: [field('VMID', 7, 0, 'VMID to match.')],
  }),
  debug('DBGBXVR5', [0, 1, 5, 1], PL1_RW, 'Breakpoint Extended Value Register 5: VMID.', {
    storage: 'DBGBVR',
    element: EXTENDED_VALUE + 5,
    writable: 0xff,
    ...CHANGES,
    fields: [field('VMID', 7, 0, 'VMID to match.')],
  }),
  constant(
    'DBGDRAR',
    [0, 1, 0, 0],
    ALL_RO,
    0,
    'Debug ROM Address Register: not valid, no memory-mapped debug.',
    'HDCR.TDRA',
    ROM_FIELDS,
  ),
  constant(
    'DBGDSAR',
    [0, 2, 0, 0],
    ALL_RO,
    0,
    'Debug Self Address Offset Register.',
    'HDCR.TDRA',
    OFFSET_FIELDS,
  ),
  debug(
    'DBGOSLAR',
    [0, 1, 0, 4],
    PL1_WO,
    'OS Lock Access Register: the key 0xc5acce55 locks, anything else unlocks.',
    {
      operation: true,
      write: (core, system, value) => {
        core.i32[SYS.DBGOSLSR] = value === OS_LOCK_KEY ? DBGOSLSR_OSLK : 0;
        system.effects.debugChanged(core);
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
      reset: DBGOSLSR_OSLK,
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
    fields: CLAIM_FIELDS,
    read: () => 0xff,
    write: (core, _system, value) => {
      core.i32[SYS.DBGCLAIM] = core.i32[SYS.DBGCLAIM] | (value & 0xff);
    },
  }),
  debug('DBGCLAIMCLR', [0, 7, 9, 6], PL1_RW, 'Claim Tag Clear register: reads which tags are set.', {
    fields: CLAIM_FIELDS,
    read: (core) => core.i32[SYS.DBGCLAIM],
    write: (core, _system, value) => {
      core.i32[SYS.DBGCLAIM] = core.i32[SYS.DBGCLAIM] & ~value;
    },
  }),
  debug(
    'DBGAUTHSTATUS',
    [0, 7, 14, 6],
    PL1_RO,
    'Authentication Status Register: what the signals DBGEN, NIDEN, SPIDEN and SPNIDEN permit, all of which are HIGH.',
    {
      read: (core) => (core.hasSecurity ? 0xff : 0x0f),
      fields: [
        field('SNID', 7, 6, 'Secure non-invasive debug.', PERMISSIONS),
        field('SID', 5, 4, 'Secure invasive debug.', PERMISSIONS),
        field('NSNID', 3, 2, 'Non-secure non-invasive debug.', PERMISSIONS),
        field('NSID', 1, 0, 'Non-secure invasive debug.', PERMISSIONS),
      ],
    },
  ),
  constant('DBGDEVID2', [0, 7, 0, 7], PL1_RO, 0, 'Debug Device ID Register 2.'),
  constant('DBGDEVID1', [0, 7, 1, 7], PL1_RO, 0, 'Debug Device ID Register 1.'),
  constant('DBGDEVID', [0, 7, 2, 7], PL1_RO, 0x0111_0f13, 'Debug Device ID Register.', 'HDCR.TDA', [
    field('CIDMask', 31, 28, 'Context ID masks: none.'),
    field('AuxRegs', 27, 24, 'External Auxiliary Control Register: there is one, for an external debugger.'),
    field('DoubleLock', 23, 20, 'OS Double Lock: there is one.'),
    field('VirtExtns', 19, 16, 'Virtualization Extensions: breakpoints compare VMIDs.'),
    field('VectorCatch', 15, 12, 'Vector catch: by address (0).'),
    field('BPAddrMask', 11, 8, 'Address masks of breakpoints: none (15).'),
    field('WPAddrMask', 7, 4, 'Address masks of watchpoints: there are.'),
    field('PCsample', 3, 0, 'Sampling of PC, context ID and VMID, for an external debugger.'),
  ]),
  cp14Wide('DBGDRAR', [0, 1], ALL_RO, 'Debug ROM Address Register: not valid.', {
    fields: ROM_FIELDS,
    traps: ['HDCR.TDRA'],
    read: wideZero,
    gate: channelOpen,
  }),
  cp14Wide('DBGDSAR', [0, 2], ALL_RO, 'Debug Self Address Offset Register.', {
    fields: OFFSET_FIELDS,
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
