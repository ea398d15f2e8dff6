/** CP15 c2, c3, c5, c6, c10 of PL1: translation tables, domains, faults, memory attributes. */
import { SYS } from '../../state/layout';
import type { CoreState } from '../../state/machine-state';
import { accessBank } from './bank';
import { LONG_STATUS, SHORT_STATUS } from './fault-status';
import {
  bit,
  cp15,
  cp15Wide,
  field,
  PL1_RW,
  type Field,
  type Format,
  type RegisterRow,
  type RowOptions,
} from './row';

const EAE = 1n << 31n;
/** TTBCR of the current security state says Long-descriptor format. */
function usesLongFormat(core: CoreState | undefined): boolean {
  return core !== undefined && core.i32[SYS.TTBCR + accessBank(core)] < 0;
}
/** The layout for TTBCR.EAE = 1, then the other. */
function byFormat(long: readonly Field[], short: readonly Field[]): readonly Format[] {
  return [
    { name: 'Long-descriptor format', applies: (_value, core) => usesLongFormat(core), fields: long },
    { name: 'Short-descriptor format', applies: () => true, fields: short },
  ];
}

export const CACHEABILITY = {
  0: 'Non-cacheable',
  1: 'Write-Back Write-Allocate',
  2: 'Write-Through',
  3: 'Write-Back no Write-Allocate',
};
export const SHAREABILITY = { 0: 'Non-shareable', 2: 'Outer Shareable', 3: 'Inner Shareable' };

/** Bits of TTBCR that exist with EAE = 0 and with EAE = 1. */
const TTBCR_SHORT = 7;
const TTBCR_SHORT_PD = 0x30;
const TTBCR_LONG = ~((7 << 19) | (3 << 14) | (15 << 3));

const TTBCR_LONG_FIELDS = [
  bit('EAE', 31, 'Extended Address Enable: Long-descriptor format.'),
  field('SH1', 29, 28, 'Shareability of walks through TTBR1.', SHAREABILITY),
  field('ORGN1', 27, 26, 'Outer cacheability of walks through TTBR1.', CACHEABILITY),
  field('IRGN1', 25, 24, 'Inner cacheability of walks through TTBR1.', CACHEABILITY),
  bit('EPD1', 23, 'Walks through TTBR1 are disabled.'),
  bit('A1', 22, 'Which register holds the ASID.', { 0: 'TTBR0', 1: 'TTBR1' }),
  field('T1SZ', 18, 16, 'Size of the region TTBR1 maps: 2^(32 - T1SZ) bytes.'),
  field('SH0', 13, 12, 'Shareability of walks through TTBR0.', SHAREABILITY),
  field('ORGN0', 11, 10, 'Outer cacheability of walks through TTBR0.', CACHEABILITY),
  field('IRGN0', 9, 8, 'Inner cacheability of walks through TTBR0.', CACHEABILITY),
  bit('EPD0', 7, 'Walks through TTBR0 are disabled.'),
  field('T0SZ', 2, 0, 'Size of the region TTBR0 maps: 2^(32 - T0SZ) bytes.'),
];
const TTBCR_SHORT_FIELDS = [
  bit('EAE', 31, 'Extended Address Enable: Long-descriptor format.'),
  bit('PD1', 5, 'Walks through TTBR1 are disabled.'),
  bit('PD0', 4, 'Walks through TTBR0 are disabled.'),
  field('N', 2, 0, 'TTBR1 is used where any of the top N address bits is 1.'),
];

const TTBR_LONG = [
  field('ASID', 55, 48, 'Address space identifier (of the register TTBCR.A1 names).'),
  field('BADDR', 39, 3, 'Bits 39:3 of the address of the first table.'),
];
const TTBR_SHORT = [
  field('TTB', 31, 7, 'Bits 31:7 of the address of the first-level table.'),
  bit('IRGN0', 6, 'Inner cacheability of walks, bit 0.'),
  bit('NOS', 5, 'Not Outer Shareable.'),
  field('RGN', 4, 3, 'Outer cacheability of walks.', CACHEABILITY),
  bit('S', 1, 'Walks are to Shareable memory.'),
  bit('IRGN1', 0, 'Inner cacheability of walks, bit 1.'),
];

function ttbr(n: 0 | 1): readonly RegisterRow[] {
  const name = `TTBR${n}` as const;
  const common: RowOptions = {
    storage: name,
    banked: true,
    traps: ['HCR.TVM:w'],
    consequences: ['translation', 'table base'],
    formats: byFormat(TTBR_LONG, TTBR_SHORT),
  };
  const text = `Translation Table Base Register ${n}.`;
  return [
    cp15(name, [0, 2, 0, n], PL1_RW, `${text} 32-bit access reaches the low word.`, {
      ...common,
      formats: byFormat(
        TTBR_LONG.filter((f) => f.hi < 48).map((f) => ({ ...f, hi: 31 })),
        TTBR_SHORT,
      ),
    }),
    cp15Wide(name, [n, 2], PL1_RW, text, { ...common, writableHigh: 0x00ff_00ff }),
  ];
}

const DOMAIN_ACCESS = { 0: 'no access', 1: 'client', 3: 'manager' };

function statusFormats(data: boolean): readonly Format[] {
  const common = [
    ...(data ? [bit('CM', 13, 'The fault is of a cache maintenance or address translation operation.')] : []),
    bit('ExT', 12, 'External abort type.'),
    ...(data ? [bit('WnR', 11, 'Write, not read.', { 0: 'read', 1: 'write' })] : []),
    bit('LPAE', 9, 'Format of the status.', { 0: 'Short-descriptor', 1: 'Long-descriptor' }),
  ];
  return [
    {
      name: 'Long-descriptor format',
      applies: (value) => (value & 0x200n) !== 0n,
      fields: [...common, field('STATUS', 5, 0, 'What the fault is.', LONG_STATUS)],
    },
    {
      name: 'Short-descriptor format',
      applies: () => true,
      fields: [
        ...common,
        bit('FS4', 10, 'Bit 4 of the fault status.', {
          1: 'with FS: 0b10110 asynchronous external abort, 0b10000 TLB conflict',
        }),
        ...(data ? [field('Domain', 7, 4, 'Domain of the address.')] : []),
        field('FS', 3, 0, 'Bits 3:0 of the fault status.', SHORT_STATUS),
      ],
    },
  ];
}

const TYPES = { 0: 'Strongly-ordered', 1: 'Device', 2: 'Normal' };
const PRRR_FIELDS = [
  ...[7, 6, 5, 4, 3, 2, 1, 0].map((n) =>
    bit(`NOS${n}`, 24 + n, `Region ${n}, if Shareable, is Inner Shareable only.`),
  ),
  bit('NS1', 19, 'Normal memory with S = 1 is Shareable.'),
  bit('NS0', 18, 'Normal memory with S = 0 is Shareable.'),
  bit('DS1', 17, 'Device memory with S = 1 is Shareable.'),
  bit('DS0', 16, 'Device memory with S = 0 is Shareable.'),
  ...[7, 6, 5, 4, 3, 2, 1, 0].map((n) =>
    field(`TR${n}`, 2 * n + 1, 2 * n, `Memory type for TEX[0]:C:B = ${n}.`, TYPES),
  ),
];
const NMRR_FIELDS = [
  ...[7, 6, 5, 4, 3, 2, 1, 0].map((n) =>
    field(`OR${n}`, 17 + 2 * n, 16 + 2 * n, `Outer cacheability for TEX[0]:C:B = ${n}.`, CACHEABILITY),
  ),
  ...[7, 6, 5, 4, 3, 2, 1, 0].map((n) =>
    field(`IR${n}`, 2 * n + 1, 2 * n, `Inner cacheability for TEX[0]:C:B = ${n}.`, CACHEABILITY),
  ),
];
const ATTRIBUTES = {
  0x00: 'Strongly-ordered',
  0x04: 'Device',
  0x44: 'Normal Non-cacheable',
  0xaa: 'Normal Write-Through Read-Allocate',
  0xbb: 'Normal Write-Through Read/Write-Allocate',
  0xee: 'Normal Write-Back Read-Allocate',
  0xff: 'Normal Write-Back Read/Write-Allocate',
};
/** MAIR0 or MAIR1 (or HMAIRn): four attribute bytes from number `first` on. */
export function mairFields(first: number): readonly Field[] {
  return [3, 2, 1, 0].map((n) =>
    field(`Attr${first + n}`, 8 * n + 7, 8 * n, `Memory attributes for AttrIndx = ${first + n}.`, ATTRIBUTES),
  );
}

const PAR_ERROR_LONG = [
  bit('LPAE', 11, 'The result has the Long-descriptor format.'),
  bit('FSTAGE', 9, 'The stage that found the fault.', { 0: 'stage 1', 1: 'stage 2' }),
  bit('S2WLK', 8, 'A stage 2 fault on a stage 1 table walk.'),
  field('FST', 6, 1, 'What the fault is.', LONG_STATUS),
  bit('F', 0, 'The translation failed.'),
];
const PAR_FORMATS: readonly Format[] = [
  {
    name: 'failed, Long-descriptor format',
    applies: (value) => (value & 0x801n) === 0x801n,
    fields: PAR_ERROR_LONG,
  },
  {
    name: 'succeeded, Long-descriptor format',
    applies: (value) => (value & 0x801n) === 0x800n,
    fields: [
      field('ATTR', 63, 56, 'Memory attributes, as in MAIR.', ATTRIBUTES),
      field('PA', 39, 12, 'Bits 39:12 of the physical (or intermediate physical) address.'),
      bit('LPAE', 11, 'The result has the Long-descriptor format.'),
      bit('NS', 9, 'The address is Non-secure.'),
      field('SH', 8, 7, 'Shareability.', SHAREABILITY),
      bit('F', 0, 'The translation failed.'),
    ],
  },
  {
    name: 'failed, Short-descriptor format',
    applies: (value) => (value & 1n) === 1n,
    fields: [
      field('FS', 6, 1, 'What the fault is: FS[5], ExT and FS[3:0] as in DFSR.'),
      bit('F', 0, 'The translation failed.'),
    ],
  },
  {
    name: 'succeeded, Short-descriptor format',
    applies: () => true,
    fields: [
      field('PA', 31, 12, 'Bits 31:12 of the physical address.'),
      bit('LPAE', 11, 'The result has the Long-descriptor format.'),
      bit('NOS', 10, 'Not Outer Shareable.'),
      bit('NS', 9, 'The address is Non-secure.'),
      bit('SH', 7, 'Shareable.'),
      field('Inner', 6, 4, 'Inner memory attributes.', {
        0: 'Non-cacheable',
        1: 'Strongly-ordered',
        3: 'Device',
        5: 'Write-Back Write-Allocate',
        6: 'Write-Through',
        7: 'Write-Back',
      }),
      field('Outer', 3, 2, 'Outer memory attributes.', CACHEABILITY),
      bit('SS', 1, 'The translation is of a Supersection.'),
      bit('F', 0, 'The translation failed.'),
    ],
  },
];

/** A banked 32-bit register of the virtual memory control group (HCR.TVM). */
function controlled(
  name: 'ADFSR' | 'AIFSR' | 'DFAR' | 'IFAR' | 'AMAIR0' | 'AMAIR1',
  at: readonly [number, number, number, number],
  text: string,
): RegisterRow {
  return cp15(name, at, PL1_RW, text, { storage: name, banked: true, traps: ['HCR.TVM:w'] });
}

export const TRANSLATION: readonly RegisterRow[] = [
  ...ttbr(0),
  ...ttbr(1),
  cp15(
    'TTBCR',
    [0, 2, 0, 2],
    PL1_RW,
    'Translation Table Base Control Register: format and split of the tables.',
    {
      storage: 'TTBCR',
      banked: true,
      traps: ['HCR.TVM:w'],
      consequences: ['translation'],
      replacedBy: { short: TTBCR_SHORT, long: TTBCR_LONG },
      write: (core, system, value) => {
        const at = SYS.TTBCR + accessBank(core);
        const short = TTBCR_SHORT | (core.hasSecurity ? TTBCR_SHORT_PD : 0);
        core.i32[at] = value < 0 ? value & TTBCR_LONG : value & short;
        system.effects.translationChanged(core);
      },
      formats: [
        {
          name: 'Long-descriptor format',
          applies: (value) => (value & EAE) !== 0n,
          fields: TTBCR_LONG_FIELDS,
        },
        { name: 'Short-descriptor format', applies: () => true, fields: TTBCR_SHORT_FIELDS },
      ],
    },
  ),
  cp15('DACR', [0, 3, 0, 0], PL1_RW, 'Domain Access Control Register: two bits for each of 16 domains.', {
    storage: 'DACR',
    banked: true,
    traps: ['HCR.TVM:w'],
    consequences: ['translation'],
    fields: Array.from({ length: 16 }, (_, i) => 15 - i).map((n) =>
      field(`D${n}`, 2 * n + 1, 2 * n, `Access to domain ${n}.`, DOMAIN_ACCESS),
    ),
  }),
  cp15('DFSR', [0, 5, 0, 0], PL1_RW, 'Data Fault Status Register.', {
    storage: 'DFSR',
    banked: true,
    traps: ['HCR.TVM:w'],
    formats: statusFormats(true),
  }),
  cp15('IFSR', [0, 5, 0, 1], PL1_RW, 'Instruction Fault Status Register.', {
    storage: 'IFSR',
    banked: true,
    traps: ['HCR.TVM:w'],
    formats: statusFormats(false),
  }),
  controlled('ADFSR', [0, 5, 1, 0], 'Auxiliary Data Fault Status Register.'),
  controlled('AIFSR', [0, 5, 1, 1], 'Auxiliary Instruction Fault Status Register.'),
  controlled('DFAR', [0, 6, 0, 0], 'Data Fault Address Register: the VA of the last Data Abort.'),
  controlled('IFAR', [0, 6, 0, 2], 'Instruction Fault Address Register: the VA of the last Prefetch Abort.'),
  cp15(
    'PAR',
    [0, 7, 4, 0],
    PL1_RW,
    'Physical Address Register, low word: result of the last address translation operation.',
    {
      storage: 'PAR',
      banked: true,
      formats: PAR_FORMATS.map((format) => ({
        ...format,
        fields: format.fields.filter((f) => f.lo < 32).map((f) => (f.hi > 31 ? { ...f, hi: 31 } : f)),
      })),
    },
  ),
  cp15Wide(
    'PAR',
    [0, 7],
    PL1_RW,
    'Physical Address Register: result of the last address translation operation.',
    {
      storage: 'PAR',
      banked: true,
      formats: PAR_FORMATS,
    },
  ),
  cp15('PRRR', [0, 10, 2, 0], PL1_RW, 'Primary Region Remap Register; MAIR0 in the Long-descriptor format.', {
    storage: 'PRRR',
    banked: true,
    traps: ['HCR.TVM:w'],
    consequences: ['translation'],
    formats: byFormat(mairFields(0), PRRR_FIELDS),
  }),
  cp15('NMRR', [0, 10, 2, 1], PL1_RW, 'Normal Memory Remap Register; MAIR1 in the Long-descriptor format.', {
    storage: 'NMRR',
    banked: true,
    traps: ['HCR.TVM:w'],
    consequences: ['translation'],
    formats: byFormat(mairFields(4), NMRR_FIELDS),
  }),
  controlled('AMAIR0', [0, 10, 3, 0], 'Auxiliary Memory Attribute Indirection Register 0.'),
  controlled('AMAIR1', [0, 10, 3, 1], 'Auxiliary Memory Attribute Indirection Register 1.'),
];
