/** Descriptors and translations in words: what a debugger's walk shows (ARM ARM B3.5.1, B3.6.1, B3.6.2). */
import { bit, field, type Field } from '../system/registers/row';
import { decodeFields, type DecodedField } from '../system/registers/table';
import { memoryName, shareabilityName } from './attributes';
import type { TranslatedAddress } from './translate';
import type { DescriptorRead } from './walk';

export type DescriptorKind =
  'table' | 'block' | 'page' | 'section' | 'supersection' | 'large page' | 'small page' | 'invalid';

export interface DescribedDescriptor {
  readonly kind: DescriptorKind;
  /** What was read and what follows from it. */
  readonly meaning: string;
  /** Highest first. */
  readonly fields: readonly DecodedField[];
}

const AP: Readonly<Record<number, string>> = {
  0: 'no access',
  1: 'PL1 read, write',
  2: 'PL1 read, write; PL0 read',
  3: 'read, write',
  5: 'PL1 read',
  6: 'read (deprecated)',
  7: 'read',
};
const SH: Readonly<Record<number, string>> = {
  0: 'Non-shareable',
  1: 'reserved',
  2: 'Outer Shareable',
  3: 'Inner Shareable',
};

const SHORT_TABLE: readonly Field[] = [
  field('Base', 31, 10, 'Bits 31:10 of the address of the second-level table.'),
  field('Domain', 8, 5, 'Domain that DACR gives rights to.'),
  bit('NS', 3, 'Non-secure output, in Secure state.'),
  bit('PXN', 2, 'PL1 may not execute.'),
];
const SHORT_SECTION: readonly Field[] = [
  field('Base', 31, 20, 'Bits 31:20 of the output address.'),
  bit('NS', 19, 'Non-secure output, in Secure state.'),
  bit('Supersection', 18, '16 MiB instead of 1 MiB.'),
  bit('nG', 17, 'For the current ASID only.'),
  bit('S', 16, 'Shareable.'),
  bit('AP2', 15, 'Bit 2 of the access permissions: read-only.'),
  field('TEX', 14, 12, 'Memory type, with C and B.'),
  field('AP1_0', 11, 10, 'Bits 1:0 of the access permissions.'),
  field('Domain', 8, 5, 'Domain that DACR gives rights to.'),
  bit('XN', 4, 'Nobody may execute.'),
  bit('C', 3, 'Memory type, with TEX and B.'),
  bit('B', 2, 'Memory type, with TEX and C.'),
  bit('PXN', 0, 'PL1 may not execute.'),
];
const SHORT_PAGE: readonly Field[] = [
  field('Base', 31, 12, 'Bits 31:12 of the output address.'),
  bit('nG', 11, 'For the current ASID only.'),
  bit('S', 10, 'Shareable.'),
  bit('AP2', 9, 'Bit 2 of the access permissions: read-only.'),
  field('AP1_0', 5, 4, 'Bits 1:0 of the access permissions.'),
  bit('C', 3, 'Memory type, with TEX and B.'),
  bit('B', 2, 'Memory type, with TEX and C.'),
  bit('XN', 0, 'Nobody may execute.'),
];
const LONG_TABLE: readonly Field[] = [
  bit('NSTable', 63, 'Non-secure tables below, in Secure state.'),
  field('APTable', 62, 61, 'Limits the access of everything below.', {
    0: 'no limit',
    1: 'no PL0 access',
    2: 'read-only',
    3: 'read-only, no PL0 access',
  }),
  bit('XNTable', 60, 'Nothing below may be executed.'),
  bit('PXNTable', 59, 'PL1 may execute nothing below.'),
  field('Next', 39, 12, 'Bits 39:12 of the address of the next table.'),
];
const LONG_LEAF: readonly Field[] = [
  bit('XN', 54, 'Nobody may execute.'),
  bit('PXN', 53, 'PL1 may not execute.'),
  bit('Contiguous', 52, 'One of a set of entries that may be cached as one.'),
  field('Output', 39, 12, 'Output address.'),
  bit('nG', 11, 'For the current ASID only.'),
  bit('AF', 10, 'Access flag: 0 faults at the first use.'),
  field('SH', 9, 8, 'Shareability.', SH),
  field('AP2_1', 7, 6, 'Access permissions.', {
    0: 'PL1 read, write',
    1: 'read, write',
    2: 'PL1 read',
    3: 'read',
  }),
  bit('NS', 5, 'Non-secure output, in Secure state.'),
  field('AttrIndx', 4, 2, 'Which attribute of MAIR0 and MAIR1.'),
];
const STAGE2_LEAF: readonly Field[] = [
  bit('XN', 54, 'The guest may not execute.'),
  bit('Contiguous', 52, 'One of a set of entries that may be cached as one.'),
  field('Output', 39, 12, 'Output address.'),
  bit('AF', 10, 'Access flag: 0 faults at the first use.'),
  field('SH', 9, 8, 'Shareability.', SH),
  field('HAP', 7, 6, 'Access permissions of stage 2 (S2AP).', {
    0: 'no access',
    1: 'read',
    2: 'write',
    3: 'read, write',
  }),
  field('MemAttr', 5, 2, 'Memory type of stage 2.'),
];

const hex = (value: number): string => `0x${value.toString(16)}`;
const outputBase = (low: number, high: number, shift: number): number =>
  (high & 0xff) * 2 ** 32 + (low >>> 0) - ((low >>> 0) % 2 ** shift);

/** Decodes one descriptor of a walk. */
export function describeDescriptor(read: DescriptorRead): DescribedDescriptor {
  return read.format === 'long' ? describeLong(read) : describeShort(read);
}

function describeLong(read: DescriptorRead): DescribedDescriptor {
  const { low, high, level, stage } = read;
  const value = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  const type = low & 3;
  if ((type & 1) === 0 || (level === 3 && type === 1))
    return { kind: 'invalid', meaning: `invalid: a translation fault at level ${level}`, fields: [] };
  if (level < 3 && type === 3)
    return {
      kind: 'table',
      meaning: `the level ${level + 1} table is at ${hex(outputBase(low, high, 12))}`,
      fields: decodeFields(stage === 2 ? LONG_TABLE.slice(-1) : LONG_TABLE, value),
    };
  const shift = level === 3 ? 12 : level === 2 ? 21 : 30;
  const size = { 12: '4 KiB', 21: '2 MiB', 30: '1 GiB' }[shift];
  const accessed = (low & 0x400) === 0 ? '; its access flag is 0' : '';
  return {
    kind: level === 3 ? 'page' : 'block',
    meaning: `${size} at ${hex(outputBase(low, high, shift))}${accessed}`,
    fields: decodeFields(stage === 2 ? STAGE2_LEAF : LONG_LEAF, value),
  };
}

function describeShort(read: DescriptorRead): DescribedDescriptor {
  const { low, level } = read;
  const value = BigInt(low >>> 0);
  const type = low & 3;
  const base = (bits: number): string => hex((low >>> 0) - ((low >>> 0) % 2 ** bits));
  if (type === 0)
    return { kind: 'invalid', meaning: `invalid: a translation fault at level ${level}`, fields: [] };
  if (level === 1) {
    if (type === 1)
      return {
        kind: 'table',
        meaning: `the second-level table is at ${base(10)}`,
        fields: decodeFields(SHORT_TABLE, value),
      };
    const supersection = (low & (1 << 18)) !== 0;
    return {
      kind: supersection ? 'supersection' : 'section',
      meaning: supersection ? `16 MiB at ${base(24)}` : `1 MiB at ${base(20)}`,
      fields: decodeFields(SHORT_SECTION, value),
    };
  }
  return type === 1
    ? {
        kind: 'large page',
        meaning: `64 KiB at ${base(16)}`,
        fields: decodeFields(SHORT_PAGE.slice(1), value),
      }
    : { kind: 'small page', meaning: `4 KiB at ${base(12)}`, fields: decodeFields(SHORT_PAGE, value) };
}

/** Permissions and memory type of a whole translation, such as `read, write; Normal, Write-Back, Inner Shareable`. */
export function describeAttributes(found: TranslatedAddress): string {
  const { stage1, stage2 } = found;
  const parts: string[] = [];
  if (stage1.level > 0)
    parts.push(
      `stage 1: ${AP[stage1.ap] ?? 'no access'}${stage1.xn ? ', no execution' : stage1.pxn ? ', no execution at PL1' : ''}`,
    );
  if (stage2 !== undefined) {
    const rights = [stage2.hap & 1 ? 'read' : '', stage2.hap & 2 ? 'write' : ''].filter(
      (word) => word !== '',
    );
    parts.push(`stage 2: ${rights.join(', ') || 'no access'}${stage2.xn ? ', no execution' : ''}`);
  }
  parts.push(`${memoryName(found.attributes)}, ${shareabilityName(found.attributes)}`);
  return parts.join('; ');
}
