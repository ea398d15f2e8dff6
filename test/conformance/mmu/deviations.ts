// How results are compared, and where QEMU 7.2 leaves the manual. Each row names the manual's section; the rules
// themselves are tested one by one in test/emulator/mmu/manual.test.ts and access.test.ts.
import type { TranslationRegisters } from '../../../emulator/mmu/registers';
import { Kind, type Operation } from './layout';
import type { Result } from './model';

/** Undefined: equal; `deviation`: not comparable here; else what differs. */
export function compare(
  r: TranslationRegisters,
  operation: Operation,
  ours: Result,
  theirs: Result,
): string | 'deviation' | undefined {
  const blank = (result: Result): Result => {
    const copy = { ...result };
    for (const row of NOT_COMPARED) row.blank(copy, r, operation);
    return copy;
  };
  const a = blank(ours);
  const b = blank(theirs);
  const names = (Object.keys(a) as (keyof Result)[]).filter((name) => a[name] >>> 0 !== b[name] >>> 0);
  if (names.length === 0) return undefined;
  if (DEVIATIONS.some(({ applies }) => applies(r, operation, ours, theirs))) return 'deviation';
  return names.map((name) => `${name} ${hex(a[name])}, QEMU ${hex(b[name])}`).join('; ');
}

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

/** A part of results that is left out on both sides. */
interface NotCompared {
  readonly what: string;
  readonly section: string;
  blank(x: Result, r: TranslationRegisters, operation: Operation): void;
}

/** Fields of PAR. */
const enum Par {
  F = 1,
  SS = 2,
  FaultLevel = 6,
  LongSh = 0x180,
  S2WLK = 0x100,
  LPAE = 0x800,
}
const HSR_S1PTW = 0x80;
const NON_CACHEABLE = 0x44;

const translated = ({ par }: Result): boolean => par !== 0 && (par & Par.F) === 0;
const shortStage1 = (r: TranslationRegisters): boolean =>
  (r.SCTLR & 1) !== 0 && (r.HCR & 0x1000) === 0 && r.TTBCR >= 0;

export const NOT_COMPARED: readonly NotCompared[] = [
  {
    what: 'attributes in a short-format PAR: QEMU gives none',
    section: 'B4.1.112',
    blank(x) {
      if (translated(x) && (x.par & Par.LPAE) === 0)
        x.par &= (x.par & Par.SS) !== 0 ? 0xff00_0202 : 0xffff_f202;
    },
  },
  {
    what: 'attributes of short descriptors in a long-format PAR: QEMU gives none',
    section: 'B4.1.112',
    blank(x, r, { kind }) {
      if (!translated(x) || (x.par & Par.LPAE) === 0 || !shortStage1(r) || kind >= Kind.ATS1HR) return;
      x.parHigh &= 0xff;
      x.par &= ~Par.LongSh;
    },
  },
  {
    what: 'PAR.SH of Device and Non-cacheable memory: Outer Shareable; QEMU gives what the descriptor has',
    section: 'B4.1.112',
    blank(x) {
      const attributes = x.parHigh >>> 24;
      if (!translated(x) || (x.par & Par.LPAE) === 0) return;
      if (attributes <= 4 || attributes === NON_CACHEABLE) x.par &= ~Par.LongSh;
    },
  },
  {
    what: 'level of a stage 2 fault on a stage 1 walk: that of stage 2; QEMU gives that of stage 1',
    section: 'B3.13.3',
    blank(x) {
      const fromBelow = x.hsr >>> 26 === 0x20 || x.hsr >>> 26 === 0x24;
      if (fromBelow && (x.hsr & HSR_S1PTW) !== 0) x.hsr &= ~3;
      if ((x.par & Par.F) !== 0 && (x.par & Par.S2WLK) !== 0) x.par &= ~Par.FaultLevel;
    },
  },
  {
    what: 'HPFAR above 4 GiB: QEMU keeps 32 bits of the IPA',
    section: 'B4.1.70',
    blank(x) {
      x.hpfar &= 0xff_fff0;
    },
  },
  {
    what: 'ISV of an abort that Hyp itself meets: 0 in ARMv7; QEMU does as ARMv8',
    section: 'B3.13.6',
    blank(x) {
      if (x.hsr >>> 26 === 0x25) x.hsr &= 0xfc00_03ff;
    },
  },
  {
    what: 'DFSR.WnR and CM of an address translation that meets an external abort on its walk: 1 as of other CP15 operations; QEMU gives 0',
    section: 'B4.1.52',
    blank(x, _, { kind }) {
      if (kind < Kind.ReadPL1 || kind === Kind.TranslateAtPL1) x.dfsr &= ~0x2800;
    },
  },
  {
    what: 'a domain in IFSR: there is no such field; QEMU writes it',
    section: 'B4.1.96',
    blank(x) {
      if ((x.ifsr & 0x200) === 0) x.ifsr &= ~0xf0;
    },
  },
];

/** Operations whose results differ and should. */
interface Deviation {
  readonly what: string;
  readonly section: string;
  applies(r: TranslationRegisters, operation: Operation, ours: Result, theirs: Result): boolean;
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    what: 'unaligned accesses to Device and Strongly-ordered memory fault; QEMU makes them',
    section: 'A3.2.1',
    applies: (_, { kind, va }, ours) => kind >= Kind.ReadPL1 && (va & 3) !== 0 && aborted(ours, 0x21, 1),
  },
  {
    what: "FAR of an external abort of an unaligned access: its address; QEMU gives the aligned word's",
    section: 'B3.13.1',
    applies: (_, { va }, ours) => (va & 3) !== 0 && aborted(ours, 0x10, 8),
  },
  {
    what: 'SCTLR.WXN and UWXN hold for short descriptors; QEMU heeds them in the long format alone',
    section: 'B3.7.2',
    applies: (r, { kind }, ours) =>
      (kind === Kind.ExecutePL0 || kind === Kind.ExecutePL1) &&
      r.TTBCR >= 0 &&
      (r.SCTLR & 0x18_0000) !== 0 &&
      (ours.ifsr & 0x40d) === 0xd,
  },
  {
    what: 'SCR.SIF holds for short descriptors; QEMU heeds it in the long format alone',
    section: 'B3.7.2',
    applies: (r, { kind }, ours) =>
      (kind === Kind.ExecutePL0 || kind === Kind.ExecutePL1) &&
      r.TTBCR >= 0 &&
      (r.SCR & 0x200) !== 0 &&
      (ours.ifsr & 0x40d) === 0xd,
  },
  {
    what: 'an access flag fault comes before a permission fault; QEMU looks at PXN first',
    section: 'B3.12.5',
    applies: (r, { kind }, ours, theirs) =>
      kind === Kind.ExecutePL1 &&
      r.TTBCR >= 0 &&
      (ours.ifsr === 3 || ours.ifsr === 6) &&
      (theirs.ifsr & 0xd) === 0xd,
  },
  {
    what: 'the domain is checked after the second-level descriptor was read; QEMU checks it before',
    section: 'B3.19.5',
    applies: (r, _, ours, theirs) => r.TTBCR >= 0 && domainFaultLevel2(theirs) && !domainFaultLevel2(ours),
  },
];

/** True when the result is a data abort of these status codes: long format, short format. */
function aborted(x: Result, long: number, short: number): boolean {
  if (x.dfsr !== 0) return (x.dfsr & 0x200) !== 0 ? (x.dfsr & 0x3f) === long : (x.dfsr & 0x40f) === short;
  return x.hsr >>> 27 === 0x12 && (x.hsr & 0x3f) === long;
}

/** A domain fault of level 2 in DFSR, IFSR or a short PAR. */
function domainFaultLevel2({ dfsr, ifsr, par }: Result): boolean {
  return (dfsr & 0x60f) === 0xb || (ifsr & 0x60f) === 0xb || (par & 0x87f) === 0x17;
}
