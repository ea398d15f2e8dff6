/** Descriptors decoded field by field, for a debugger that explains a walk. */
import { decodeMair, decodeStage2, decodeTex, memoryName, shareabilityName } from './attributes';
import { longAddress } from './descriptor-words';
import { levelShift } from './long-table';
import { domainAccess } from './permissions';
import { Sctlr, type TranslationRegisters } from './registers';
import type { DescriptorRead } from './walk';

export type DescriptorKind =
  'table' | 'block' | 'page' | 'section' | 'supersection' | 'large page' | 'small page' | 'invalid';

/** One field of a descriptor by the manual's name. Bits are numbered from 0 to 63. */
export interface DescriptorField {
  readonly name: string;
  readonly high: number;
  readonly low: number;
  readonly value: number;
  /** What this value means, in words; empty when the value speaks for itself. */
  readonly meaning: string;
}

export interface DecodedDescriptor {
  readonly kind: DescriptorKind;
  /** Highest bits first. */
  readonly fields: readonly DescriptorField[];
  /** The next table, or the first address of what the descriptor maps; undefined for `invalid`. */
  readonly address: number | undefined;
  /** One sentence: what the descriptor is and what follows. */
  readonly meaning: string;
}

/** What meanings are computed from. */
interface Source {
  readonly low: number;
  readonly high: number;
  readonly registers: TranslationRegisters;
  readonly hyp: boolean;
}

/** Name, highest bit, lowest bit, meaning of a value. */
type Row = readonly [
  name: string,
  high: number,
  low: number,
  meaning?: (value: number, source: Source) => string,
];

const yes =
  (set: string, clear = '') =>
  (value: number): string =>
    value ? set : clear;

const DOMAIN_ACCESS = [
  'no access: every access faults',
  'client: permissions are checked',
  'reserved',
  'manager: permissions are not checked',
];
const domain = (value: number, { registers }: Source): string =>
  `DACR says ${DOMAIN_ACCESS[domainAccess(registers.DACR, value)]}`;

const SHORT_AP = [
  'no access',
  'PL1 read and write, PL0 nothing',
  'PL1 read and write, PL0 read',
  'read and write at any level',
  'reserved',
  'PL1 read, PL0 nothing',
  'read at any level',
  'read at any level',
];
const LONG_AP = [
  'PL1 read and write, PL0 nothing',
  'read and write at any level',
  'PL1 read, PL0 nothing',
  'read at any level',
];
const shortAp =
  (high: number, low: number) =>
  (_: number, { low: d, registers }: Source): string => {
    const ap = (((d >>> high) & 1) << 2) | ((d >>> low) & 3);
    if (!(registers.SCTLR & Sctlr.AFE)) return `AP[2:0] = ${ap}: ${SHORT_AP[ap]}`;
    return `AP[2:1] = ${ap >>> 1}: ${SHORT_AP[ap | 1]}; AP[0] is the access flag: ${ap & 1 ? 'set' : 'clear, the first use faults'}`;
  };
const longAp = (value: number, { hyp }: Source): string =>
  hyp ? (value & 2 ? 'read only' : 'read and write') : LONG_AP[value]!;
const HAP = ['no access', 'read only', 'write only', 'read and write'];
const accessFlag = yes('', 'the first use faults');
const XN = yes('instructions may not be fetched');
const PXN = yes('instructions may not be fetched at PL1');
const NG = yes('for the current ASID only', 'for every ASID');
const SH = ['Non-shareable', 'reserved', 'Outer Shareable', 'Inner Shareable'];
const APTABLE = ['', 'no access at PL0 below', 'no writes below', 'no writes and no access at PL0 below'];

const texcb =
  (tex: number, s: number) =>
  (_: number, { low: d, registers }: Source): string => {
    const attributes = decodeTex(registers, (((d >>> tex) & 7) << 2) | ((d >>> 2) & 3), (d >>> s) & 1);
    return `${memoryName(attributes)}, ${shareabilityName(attributes)}`;
  };

/** Fields of each kind; long formats by stage. */
const SHORT_FIELDS: Readonly<Partial<Record<DescriptorKind, readonly Row[]>>> = {
  table: [
    ['page table base address', 31, 10],
    ['Domain', 8, 5, domain],
    ['NS', 3, 3],
    ['PXN', 2, 2, PXN],
  ],
  section: [
    ['section base address', 31, 20],
    ['NS', 19, 19],
    ['nG', 17, 17, NG],
    ['S', 16, 16],
    ['AP[2]', 15, 15, shortAp(15, 10)],
    ['TEX', 14, 12, texcb(12, 16)],
    ['AP[1:0]', 11, 10, shortAp(15, 10)],
    ['Domain', 8, 5, domain],
    ['XN', 4, 4, XN],
    ['C', 3, 3],
    ['B', 2, 2],
    ['PXN', 0, 0, PXN],
  ],
  supersection: [
    ['supersection base address', 31, 24],
    ['PA[35:32]', 23, 20],
    ['NS', 19, 19],
    ['nG', 17, 17, NG],
    ['S', 16, 16],
    ['AP[2]', 15, 15, shortAp(15, 10)],
    ['TEX', 14, 12, texcb(12, 16)],
    ['AP[1:0]', 11, 10, shortAp(15, 10)],
    ['PA[39:36]', 8, 5],
    ['XN', 4, 4, XN],
    ['C', 3, 3],
    ['B', 2, 2],
    ['PXN', 0, 0, PXN],
  ],
  'large page': [
    ['large page base address', 31, 16],
    ['XN', 15, 15, XN],
    ['TEX', 14, 12, texcb(12, 10)],
    ['nG', 11, 11, NG],
    ['S', 10, 10],
    ['AP[2]', 9, 9, shortAp(9, 4)],
    ['AP[1:0]', 5, 4, shortAp(9, 4)],
    ['C', 3, 3],
    ['B', 2, 2],
  ],
  'small page': [
    ['small page base address', 31, 12],
    ['nG', 11, 11, NG],
    ['S', 10, 10],
    ['AP[2]', 9, 9, shortAp(9, 4)],
    ['TEX', 8, 6, texcb(6, 10)],
    ['AP[1:0]', 5, 4, shortAp(9, 4)],
    ['C', 3, 3],
    ['B', 2, 2],
    ['XN', 0, 0, XN],
  ],
};

const LONG_TABLE: readonly Row[] = [
  ['NSTable', 63, 63],
  ['APTable', 62, 61, (value) => APTABLE[value]!],
  ['XNTable', 60, 60, yes('instructions may not be fetched from anything below')],
  ['PXNTable', 59, 59, yes('instructions may not be fetched at PL1 from anything below')],
  ['next-level table address', 39, 12],
];
const LONG_LEAF_STAGE1 = (shift: number): readonly Row[] => [
  ['XN', 54, 54, XN],
  ['PXN', 53, 53, PXN],
  ['Contiguous', 52, 52],
  ['output address', 39, shift],
  ['nG', 11, 11, NG],
  ['AF', 10, 10, accessFlag],
  ['SH', 9, 8, (value) => SH[value]!],
  ['AP[2:1]', 7, 6, longAp],
  ['NS', 5, 5],
  [
    'AttrIndx',
    4,
    2,
    (value, { registers, hyp, low }) => memoryName(decodeMair(registers, hyp, value, (low >>> 8) & 3)),
  ],
];
const LONG_LEAF_STAGE2 = (shift: number): readonly Row[] => [
  ['XN', 54, 54, XN],
  ['Contiguous', 52, 52],
  ['output address', 39, shift],
  ['AF', 10, 10, accessFlag],
  ['SH', 9, 8, (value) => SH[value]!],
  ['HAP', 7, 6, (value) => HAP[value]!],
  ['MemAttr', 5, 2, (value, { low }) => memoryName(decodeStage2(value, (low >>> 8) & 3))],
];
const TABLE_STAGE2: readonly Row[] = [['next-level table address', 39, 12]];

/** Decodes a descriptor that a walk read. `hyp`: it belongs to Hyp's own stage 1. */
export function decodeDescriptor(
  d: DescriptorRead,
  registers: TranslationRegisters,
  hyp: boolean,
): DecodedDescriptor {
  const kind = d.format === 'short' ? shortKind(d) : longKind(d);
  const source: Source = { low: d.low, high: d.high, registers, hyp };
  const rows = rowsOf(d, kind);
  const fields = rows.map(([name, high, low, meaning]): DescriptorField => {
    const value = field(d, high, low);
    return { name, high, low, value, meaning: meaning?.(value, source) ?? '' };
  });
  const address = addressOf(d, kind);
  return { kind, fields, address, meaning: sentence(d, kind, address) };
}

function shortKind({ level, low }: DescriptorRead): DescriptorKind {
  if ((low & 3) === 0) return 'invalid';
  if (level === 2) return low & 2 ? 'small page' : 'large page';
  if ((low & 2) === 0) return 'table';
  return low & (1 << 18) ? 'supersection' : 'section';
}

function longKind({ level, low }: DescriptorRead): DescriptorKind {
  if ((low & 1) === 0 || (level === 3 && (low & 2) === 0)) return 'invalid';
  return level === 3 ? 'page' : low & 2 ? 'table' : 'block';
}

function rowsOf(d: DescriptorRead, kind: DescriptorKind): readonly Row[] {
  if (kind === 'invalid') return [];
  if (d.format === 'short') return SHORT_FIELDS[kind] ?? [];
  if (kind === 'table') return d.stage === 1 ? LONG_TABLE : TABLE_STAGE2;
  return (d.stage === 1 ? LONG_LEAF_STAGE1 : LONG_LEAF_STAGE2)(levelShift(d.level));
}

/** Bits high..low of the 64-bit descriptor, as a number. */
function field({ low, high }: DescriptorRead, top: number, bottom: number): number {
  if (top < 32) return Math.floor(low / 2 ** bottom) % 2 ** (top - bottom + 1);
  if (bottom >= 32) return Math.floor(high / 2 ** (bottom - 32)) % 2 ** (top - bottom + 1);
  return (high % 2 ** (top - 31)) * 2 ** (32 - bottom) + Math.floor(low / 2 ** bottom);
}

function addressOf(d: DescriptorRead, kind: DescriptorKind): number | undefined {
  const { low, high } = d;
  switch (kind) {
    case 'invalid':
      return undefined;
    case 'section':
      return (low & 0xfff0_0000) >>> 0;
    case 'supersection':
      return (((low >>> 1) & 0xf0) | ((low >>> 20) & 15)) * 2 ** 32 + ((low & 0xff00_0000) >>> 0);
    case 'large page':
      return (low & 0xffff_0000) >>> 0;
    case 'small page':
      return (low & 0xffff_f000) >>> 0;
    default:
      if (d.format === 'short') return (low & 0xffff_fc00) >>> 0;
      return longAddress(low, high, kind === 'table' ? 12 : levelShift(d.level));
  }
}

const SIZES: Readonly<Record<number, string>> = { 12: '4 KiB', 21: '2 MiB', 30: '1 GiB' };
const SHORT_SIZES: Partial<Record<DescriptorKind, string>> = {
  section: '1 MiB',
  supersection: '16 MiB',
  'large page': '64 KiB',
  'small page': '4 KiB',
};

function sentence(d: DescriptorRead, kind: DescriptorKind, address: number | undefined): string {
  if (address === undefined) return 'Bits 1–0 say that nothing is mapped here: a translation fault.';
  const at = `0x${address.toString(16)}`;
  if (kind === 'table') return `The level ${d.level + 1} table is at ${at}.`;
  const size = d.format === 'short' ? SHORT_SIZES[kind] : SIZES[levelShift(d.level)];
  return `Maps ${size} to ${at}.`;
}
