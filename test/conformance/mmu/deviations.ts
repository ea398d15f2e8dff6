// How results are compared, and where QEMU 7.2 is known to leave the manual.
import type { TranslationRegisters } from '../../../emulator/mmu/registers';
import { Kind, type Operation } from './batch';
import type { Result } from './model';

/** Undefined: equal; `deviation`: not comparable here; else what differs. */
export function compare(
  r: TranslationRegisters,
  operation: Operation,
  ours: Result,
  theirs: Result,
): string | 'deviation' | undefined {
  const a = normalize(r, operation, ours);
  const b = normalize(r, operation, theirs);
  const names = (Object.keys(a) as (keyof Result)[]).filter((name) => a[name] !== b[name]);
  if (names.length === 0) return undefined;
  if (DEVIATIONS.some((deviation) => deviation(r, operation, ours, theirs))) return 'deviation';
  return (
    names.map((name) => `${name} ${hex(a[name])}, QEMU ${hex(b[name])}`).join('; ') +
    ` (parHigh ${hex(ours.parHigh)} EAE ${hex(r.TTBCR)})`
  );
}

const hex = (n: number): string => '0x' + (n >>> 0).toString(16);

/**
 * PAR without attributes of short descriptors, which QEMU does not give; in
 * the long format SH as in the descriptor even where the manual wants Outer Shareable (Device, Non-cacheable); and
 * for a stage 2 fault on a stage 1 walk the level of stage 2, where QEMU gives that of stage 1. QEMU keeps
 * 32 bits of the IPA for HPFAR.
 */
function normalize(r: TranslationRegisters, { kind }: Operation, x: Result): Result {
  // An abort that Hyp itself meets has no ISV in ARMv7 (B3.13.6); QEMU does as ARMv8.
  let hsr = x.hsr >>> 26 === 0x25 ? x.hsr & 0xfc00_03ff : x.hsr;
  let { par, parHigh } = x;
  const shortStage1 = (r.SCTLR & 1) !== 0 && (r.HCR & 0x1000) === 0 && r.TTBCR >= 0;
  // IFSR has no domain field in the short format (B4.1.96).
  const ifsr = (x.ifsr & 0x200) !== 0 ? x.ifsr : x.ifsr & ~0xf0;
  const abort = x.hsr >>> 27 === 0x10 || x.hsr >>> 27 === 0x12;
  if (abort && (hsr & 0x80) !== 0) hsr &= ~3;
  if ((par & 0x101) === 0x101) par &= ~6;
  if ((par & 1) === 0 && par !== 0) {
    const long = (par & 0x800) !== 0;
    const attributes = x.parHigh >>> 24;
    if (long && shortStage1 && kind < Kind.ATS1HR) {
      parHigh &= 0xff;
      par &= ~0x180;
    }
    if (long && (attributes <= 4 || attributes === 0x44)) par &= ~0x180;
    if (!long) par &= (par & 2) !== 0 ? 0xff00_0202 : 0xffff_f202;
  }
  return { ...x, hsr: hsr >>> 0, par: par >>> 0, parHigh, ifsr, hpfar: x.hpfar & 0xff_fff0 };
}

type Deviation = (r: TranslationRegisters, operation: Operation, ours: Result, theirs: Result) => boolean;

const ALIGNMENT_STATUS = 0x21;
const EXTERNAL_ABORT_STATUS = 0x10;

/** True when the result is an abort of these status codes: long format, short format. */
function aborted(x: Result, long: number, short: number): boolean {
  if (x.dfsr !== 0) return (x.dfsr & 0x200) !== 0 ? (x.dfsr & 0x3f) === long : (x.dfsr & 0x40f) === short;
  return x.hsr >>> 27 === 0x12 && (x.hsr & 0x3f) === long;
}

const DEVIATIONS: readonly Deviation[] = [
  // Unaligned accesses to Device and Strongly-ordered memory fault (A3.2.1); QEMU makes them.
  (_, { kind, va }, ours) => kind >= Kind.ReadPL1 && (va & 3) !== 0 && aborted(ours, ALIGNMENT_STATUS, 1),
  // An external abort of an access that is not aligned: QEMU's FAR is that of the aligned word.
  (_, { va }, ours) => (va & 3) !== 0 && aborted(ours, EXTERNAL_ABORT_STATUS, 8),
  // SCTLR.WXN and UWXN (B3.7.2): QEMU heeds them in the long format alone.
  (r, { kind }, ours) =>
    (kind === Kind.ExecutePL0 || kind === Kind.ExecutePL1) &&
    r.TTBCR >= 0 &&
    (r.SCTLR & 0x18_0000) !== 0 &&
    (ours.ifsr & 0x40d) === 0xd,
  // An access flag fault comes before a permission fault (B3.12.5); QEMU looks at PXN first.
  (r, { kind }, ours, theirs) =>
    kind === Kind.ExecutePL1 &&
    r.TTBCR >= 0 &&
    ACCESS_FLAG.includes(ours.ifsr) &&
    (theirs.ifsr & 0xd) === 0xd,
  // The domain is checked after the second-level descriptor was read (TranslateAddressV); QEMU checks it before.
  (r, _, ours, theirs) => r.TTBCR >= 0 && domainFaultLevel2(theirs) && !domainFaultLevel2(ours),
];

/** FS of access flag faults in the short format. */
const ACCESS_FLAG: readonly number[] = [3, 6];

/** A domain fault of level 2 in DFSR, IFSR or a short PAR. */
function domainFaultLevel2({ dfsr, ifsr, par }: Result): boolean {
  return (dfsr & 0x60f) === 0xb || (ifsr & 0x60f) === 0xb || (par & 0x87f) === 0x17;
}
