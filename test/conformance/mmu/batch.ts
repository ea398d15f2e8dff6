// Random translation set-ups, and how they lie in the RAM of the runner (qemu/runner.c has the same layout).
import type { TranslationRegisters } from '../../../emulator/mmu/registers';

export const RAM_BASE = 0x4000_0000;
export const RAM_BYTES = 0x4000_0000;
const COUNT_AT = 0x4400_0000;
const CASES_AT = 0x4400_0100;
const CASE_WORDS = 24;
const OPERATIONS_AT = 0x4500_0000;
export const RESULTS_AT = 0x4600_0000;
export const RESULT_WORDS = 12;
/** The runner's code below Hyp: PL1 vectors, then a piece for each kind of access (entry.S). */
export const CODE = 0x4011_0000;
/** Words that the runner fills with a pattern of HVC instructions, and that accesses may reach. */
export const DATA_BASE = 0x7e00_0000;
export const DATA_BYTES = 0x0200_0000;
const ARENA_BASE = 0x5000_0000;
const ARENA_BYTES = 0x4_0000;
export const MOST_CASES = 2500;
/** Tables there are not: nothing answers, and the walk is an external abort. No other table lies above. */
const NOWHERE = 0xe000_0000;

/** What an operation does; the numbers are runner.c's. */
export const enum Kind {
  ATS1CPR,
  ATS1CPW,
  ATS1CUR,
  ATS1CUW,
  ATS12NSOPR,
  ATS12NSOPW,
  ATS12NSOUR,
  ATS12NSOUW,
  ATS1HR,
  ATS1HW,
  ReadPL1,
  WritePL1,
  ExecutePL1,
  ReadPL0,
  WritePL0,
  ExecutePL0,
  ReadUnprivileged,
  TranslateAtPL1,
  ReadHyp,
  WriteHyp,
}

/** Names of the kinds, by number; the first ten are the manual's. */
export const KIND_NAMES = [
  'ATS1CPR',
  'ATS1CPW',
  'ATS1CUR',
  'ATS1CUW',
  'ATS12NSOPR',
  'ATS12NSOPW',
  'ATS12NSOUR',
  'ATS12NSOUW',
  'ATS1HR',
  'ATS1HW',
  'ReadPL1',
  'WritePL1',
  'ExecutePL1',
  'ReadPL0',
  'WritePL0',
  'ExecutePL0',
  'ReadUnprivileged',
  'TranslateAtPL1',
  'ReadHyp',
  'WriteHyp',
] as const;

/** Address of the code that makes an access below Hyp. */
export function codeOf(kind: Kind): number {
  const piece: Partial<Record<Kind, number>> = {
    [Kind.ReadPL1]: 0x20,
    [Kind.ReadPL0]: 0x20,
    [Kind.WritePL1]: 0x30,
    [Kind.WritePL0]: 0x30,
    [Kind.ExecutePL1]: 0x40,
    [Kind.ExecutePL0]: 0x40,
    [Kind.ReadUnprivileged]: 0x50,
    [Kind.TranslateAtPL1]: 0x60,
    [Kind.ATS1CPR]: 0x60,
    [Kind.ATS1CPW]: 0x70,
    [Kind.ATS1CUR]: 0x80,
    [Kind.ATS1CUW]: 0x90,
  };
  return CODE + piece[kind]!;
}

export interface Operation {
  readonly kind: Kind;
  readonly va: number;
}

export interface SetUp {
  readonly registers: TranslationRegisters;
  /** Words of the tables: physical address and value. */
  readonly words: ReadonlyMap<number, number>;
  readonly operations: readonly Operation[];
}

/** xorshift128; 32-bit numbers and choices. */
export class Random {
  private readonly s: Uint32Array;
  constructor(seed: number) {
    // Mixed, so that neighbouring seeds have nothing in common.
    this.s = new Uint32Array(4).map((_, i) => {
      let x = Math.imul(seed + 1, 0x9e37_79b1) + Math.imul(i + 1, 0x85eb_ca77);
      x = Math.imul(x ^ (x >>> 16), 0x21f0_aaad);
      x = Math.imul(x ^ (x >>> 15), 0x735a_2d97);
      return x ^ (x >>> 15);
    });
    for (let i = 0; i < 8; i++) this.word();
  }
  word(): number {
    const s = this.s;
    let t = s[3]!;
    s[3] = s[2]!;
    s[2] = s[1]!;
    const a = s[0]!;
    s[1] = a;
    t ^= t << 11;
    t ^= t >>> 8;
    s[0] = t ^ a ^ (a >>> 19);
    return s[0]!;
  }
  /** 0 to n - 1. */
  below(n: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * n);
  }
  chance(p: number): boolean {
    return this.word() < p * 0x1_0000_0000;
  }
  bit(p = 0.5): number {
    return this.chance(p) ? 1 : 0;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const MAIR_BYTES = [0x00, 0x04, 0x44, 0xff, 0xbb, 0xee, 0xaa, 0x4f, 0xf4, 0xe9, 0x88, 0xcc];
const STAGE2_ATTRIBUTES = [0, 1, 5, 6, 7, 9, 10, 11, 13, 14, 15, 15, 15, 15];

/** Fills the tables of one set-up on demand, for the addresses that its operations use. */
class Builder {
  readonly words = new Map<number, number>();
  private next: number;
  /** Tables are seen through stage 2 at this distance from where they lie. */
  private readonly alias: number;

  constructor(
    private readonly random: Random,
    private readonly r: TranslationRegisters,
    arena: number,
  ) {
    this.next = arena;
    this.alias = this.stage2On && random.chance(0.4) ? 0x5000_0000 : 0;
  }

  get stage2On(): boolean {
    return (this.r.HCR & 0x1001) !== 0;
  }
  get stage1On(): boolean {
    return (this.r.HCR & 0x1000) === 0 && (this.r.SCTLR & 1) !== 0;
  }
  get long(): boolean {
    return this.r.TTBCR >>> 31 !== 0;
  }

  allocate(bytes: number): number {
    this.next = Math.ceil(this.next / bytes) * bytes;
    this.next += bytes;
    return this.next - bytes;
  }

  tableAddress(pa: number): number {
    return pa + this.alias;
  }

  private put(pa: number, low: number, high: number | undefined, bigEndian: boolean): void {
    const swap = (w: number): number =>
      bigEndian ? ((w << 24) | ((w & 0xff00) << 8) | ((w >>> 8) & 0xff00) | (w >>> 24)) >>> 0 : w >>> 0;
    if (high === undefined) this.words.set(pa, swap(low));
    else {
      this.words.set(pa, swap(bigEndian ? high : low));
      this.words.set(pa + 4, swap(bigEndian ? low : high));
    }
  }
  private get(pa: number, bigEndian: boolean, wide: boolean): number | undefined {
    const w = this.words.get(wide && bigEndian ? pa + 4 : pa);
    if (w === undefined) return undefined;
    return bigEndian ? ((w << 24) | ((w & 0xff00) << 8) | ((w >>> 8) & 0xff00) | (w >>> 24)) >>> 0 : w;
  }

  /** An output address of `shift` bits granularity where a real access harms nothing. */
  private output(shift: number, intermediate: boolean): number {
    const { random } = this;
    if (shift === 30) return 2 ** 30 * (2 + random.below(200));
    const unit = 2 ** shift;
    if (random.chance(0.75)) return DATA_BASE + unit * random.below(DATA_BYTES / unit);
    if (intermediate || random.chance(0.5)) return 0x8000_0000 + unit * random.below(0x2000_0000 / unit);
    return shift > 23 ? 0x8000_0000 : 0x0b00_0000 + unit * random.below(0x80_0000 / unit);
  }

  // Stage 2

  /** Gives `ipa` a translation, to `want` where that is given and nothing random is wanted. */
  stage2(ipa: number, want: number | undefined, sure = false): void {
    const { r, random } = this;
    if (!this.stage2On) return;
    const bigEndian = (r.HSCTLR & (1 << 25)) !== 0;
    const size = 32 - ((r.VTCR << 28) >> 28);
    const sl0 = (r.VTCR >>> 6) & 3;
    if (sl0 > 1 || ipa >= 2 ** size || (sl0 === 1 ? size < 31 : size > 34)) return;
    let level = 2 - sl0;
    let table = (r.VTTBR_HIGH & 0xff) * 2 ** 32 + (r.VTTBR >>> 0);
    let index = Math.floor(ipa / 2 ** (39 - 9 * level));
    for (;;) {
      const shift = 39 - 9 * level;
      const at = table + index * 8;
      let d = this.get(at, bigEndian, true);
      if (d === undefined) {
        const descend =
          level === 1 ? sure || ipa < 2 ** 32 || random.chance(0.5) : !sure && random.chance(0.5);
        if (!sure && random.chance(0.05)) this.put(at, (d = random.word() & ~1), random.word(), bigEndian);
        else if (level < 3 && descend) {
          const next = this.allocate(4096);
          this.put(at, (d = (next | 3) >>> 0), 0, bigEndian);
        } else {
          const fits = want !== undefined && (want - ipa) % 2 ** shift === 0;
          const pa = fits ? want - (want % 2 ** shift) : this.output(shift, false);
          const hap = sure || random.chance(0.8) ? 3 : random.below(4);
          const attributes = sure ? 15 : random.pick(STAGE2_ATTRIBUTES);
          const low =
            (level === 3 ? 3 : 1) |
            (attributes << 2) |
            (hap << 6) |
            (random.pick([0, 2, 3]) << 8) |
            (sure || random.chance(0.96) ? 1 << 10 : 0);
          d = (low | (pa % 2 ** 32)) >>> 0;
          this.put(at, d, Math.floor(pa / 2 ** 32) | (sure ? 0 : random.bit(0.15) << 22), bigEndian);
        }
      }
      if (level === 3 || (d & 3) !== 3) return;
      table = (d & 0xffff_f000) >>> 0;
      level++;
      index = Math.floor(ipa / 2 ** (39 - 9 * level)) % 512;
    }
  }

  /** Where a stage 1 table is read: gives its IPA a stage 2 translation. */
  private stage2OfTable(pa: number): void {
    this.stage2(this.tableAddress(pa), pa);
  }

  /** Stage 2 of what stage 1 gave. */
  private stage2OfOutput(ipa: number): void {
    this.stage2(ipa, ipa >= DATA_BASE && ipa < DATA_BASE + DATA_BYTES ? ipa : undefined);
  }

  // Stage 1

  /** Gives `va` a translation of PL1&0; `code`: flat, executable, read-only. False when no table serves it. */
  stage1(va: number, code = false): boolean {
    if (!this.stage1On) {
      if (code) this.stage2(va, va, true);
      else this.stage2OfOutput(va);
      return true;
    }
    return this.long ? this.stage1Long(va, false, code) : this.stage1Short(va, code);
  }

  private stage1Short(va: number, code: boolean): boolean {
    const { r } = this;
    const bigEndian = (r.SCTLR & (1 << 25)) !== 0;
    const afe = (r.SCTLR & (1 << 29)) !== 0;
    const n = r.TTBCR & 7;
    const upper = n !== 0 && va >>> (32 - n) !== 0;
    const base = upper ? r.TTBR1 & 0xffff_c000 : r.TTBR0 & -(1 << (14 - n));
    const index = upper ? va >>> 20 : (va << n) >>> (n + 20);
    const at = (base >>> 0) - this.alias + index * 4;
    this.stage2OfTable(at);
    let d = this.get(at, bigEndian, false);
    if (d === undefined) {
      if (code) d = (CODE & 0xfff0_0000) | ((7 << 10) & 0xc00) | (1 << 15) | 0xe;
      else d = this.firstLevel(afe);
      d >>>= 0;
      this.put(at, d, undefined, bigEndian);
    }
    if (d & 2) {
      const supersection = (d & (1 << 18)) !== 0;
      const out = supersection
        ? ((d & 0xff00_0000) >>> 0) + (va & 0xff_ffff) + (((d >>> 20) & 15) + 16 * ((d >>> 5) & 15)) * 2 ** 32
        : ((d & 0xfff0_0000) >>> 0) + (va & 0xf_ffff);
      if (code) this.stage2(va, va, true);
      else this.stage2OfOutput(out);
    } else if ((d & 3) === 1 && d < NOWHERE) {
      const second = ((d & 0xffff_fc00) >>> 0) - this.alias + ((va >>> 10) & 0x3fc);
      this.stage2OfTable(second);
      let e = this.get(second, bigEndian, false);
      if (e === undefined) {
        e = this.secondLevel(afe, (d >>> 5) & 15) >>> 0;
        this.put(second, e, undefined, bigEndian);
      }
      if ((e & 3) !== 0) {
        const large = (e & 2) === 0;
        this.stage2OfOutput(
          large ? ((e & 0xffff_0000) >>> 0) + (va & 0xffff) : ((e & 0xffff_f000) >>> 0) + (va & 0xfff),
        );
      }
    }
    return true;
  }

  private firstLevel(afe: boolean): number {
    const { random } = this;
    const domain = random.below(16);
    const kind = random.below(100);
    if (kind < 6) return random.word() & ~3;
    if (kind < 8 && !this.stage2On) return NOWHERE | (domain << 5) | 1;
    if (kind < 55)
      return (
        (this.tableAddress(this.allocate(1024)) |
          (domain << 5) |
          (random.bit(0.2) << 2) |
          (random.bit() << 3) |
          1) >>>
        0
      );
    const supersection = kind >= 88;
    const xn = random.bit(0.15);
    const common =
      2 | random.bit(0.15) | (random.below(4) << 2) | (xn << 4) | (random.below(8) << 12) | (random.below(4) << 16) | (random.bit(0.3) << 19) |
      this.accessPermission(afe, supersection ? 0 : domain, xn, 15, 10); // prettier-ignore
    if (!supersection) return common | (domain << 5) | this.output(20, this.stage2On);
    const high = random.chance(0.3) && !this.stage2On ? 1 + random.below(0x3f) : 0;
    const low = high ? random.word() & 0xff00_0000 : this.output(24, this.stage2On);
    return common | (1 << 18) | low | ((high & 15) << 20) | ((high >>> 4) << 5);
  }

  private secondLevel(afe: boolean, domain: number): number {
    const { random } = this;
    const kind = random.below(100);
    if (kind < 6) return random.word() & ~3;
    const xn = random.bit(0.15);
    const common =
      (random.below(4) << 2) | (random.below(4) << 10) | this.accessPermission(afe, domain, xn, 9, 4);
    if (kind < 40) return common | 1 | (random.below(8) << 12) | (xn << 15) | this.output(16, this.stage2On);
    return common | 2 | xn | (random.below(8) << 6) | this.output(12, this.stage2On);
  }

  /** AP[2] at bit `high`, AP[1:0] at bit `low`; the reserved 0b100 is left out. */
  private accessPermission(afe: boolean, domain: number, xn: number, high: number, low: number): number {
    const { random, r } = this;
    let ap = random.pick([0, 1, 2, 3, 3, 3, 5, 6, 7]);
    if (afe) {
      // QEMU looks at the access flag after the domain and XN; the manual before. Only the common ground is tried.
      const client = ((r.DACR >>> (2 * domain)) & 3) === 1;
      ap = (ap & 6) | (client && xn === 0 && random.chance(0.1) ? 0 : 1);
    }
    return ((ap >>> 2) << high) | ((ap & 3) << low);
  }

  stage1Long(va: number, hyp: boolean, code = false): boolean {
    const { r, random } = this;
    const bigEndian = ((hyp ? r.HSCTLR : r.SCTLR) & (1 << 25)) !== 0;
    const alias = hyp ? 0 : this.alias;
    const t0 = (hyp ? r.HTCR : r.TTBCR) & 7;
    const t1 = hyp ? 0 : (r.TTBCR >>> 16) & 7;
    const below = t0 === 0 || va >>> (32 - t0) === 0;
    const above = !hyp && (t1 === 0 ? !below : va >>> (32 - t1) === 2 ** t1 - 1);
    if (!above && !below) return false;
    if (!hyp && (r.TTBCR & (above ? 1 << 23 : 1 << 7)) !== 0) return false;
    const size = 32 - (above ? t1 : t0);
    const low32 = hyp ? r.HTTBR : above ? r.TTBR1 : r.TTBR0;
    let table = (low32 >>> 0) - alias;
    let level = size > 30 ? 1 : 2;
    let index = Math.floor((va % 2 ** size) / 2 ** (39 - 9 * level));
    for (;;) {
      const shift = 39 - 9 * level;
      const at = table + index * 8;
      if (!hyp) this.stage2OfTable(at);
      let d = this.get(at, bigEndian, true);
      if (d === undefined) {
        if (!code && random.chance(0.06)) this.put(at, (d = random.word() & ~1), random.word(), bigEndian);
        else if (!code && level < 3 && (hyp || !this.stage2On) && random.chance(0.02))
          this.put(at, (d = (NOWHERE | 3) >>> 0), 0, bigEndian);
        else if (level < 3 && (code ? level === 1 : random.chance(0.65))) {
          const next = this.allocate(4096) + alias;
          const hierarchy = code ? 0 : (random.bit(0.15) << 30) | (random.bit(0.1) << 29) | (random.bit(0.1) << 28) | (random.bit(0.1) << 27) | (r.secure ? random.bit(0.2) << 31 : 0); // prettier-ignore
          this.put(at, (d = (next | 3) >>> 0), hierarchy, bigEndian);
        } else {
          const pa = code ? va - (va % 2 ** shift) : this.output(shift, !hyp && this.stage2On);
          const ap = code ? 3 : random.below(4);
          const low =
            (level === 3 ? 3 : 1) |
            ((code ? 0 : random.below(8)) << 2) |
            (code ? 0 : random.bit() << 5) |
            (ap << 6) |
            (random.pick([0, 2, 3]) << 8) |
            (code || random.chance(0.95) ? 1 << 10 : 0) |
            (random.bit() << 11);
          const high =
            Math.floor(pa / 2 ** 32) | (code ? 0 : (random.bit(0.15) << 21) | (random.bit(0.15) << 22));
          d = (low | (pa % 2 ** 32)) >>> 0;
          this.put(at, d, high, bigEndian);
        }
      }
      if (level === 3 || (d & 3) !== 3) {
        if ((d & 1) !== 0 && !hyp) {
          if (code) this.stage2(va, va, true);
          else {
            const word = this.words.get(bigEndian ? at : at + 4)!;
            const high = bigEndian ? word >>> 24 : word & 0xff;
            const unit = 2 ** shift;
            const out = high * 2 ** 32 + Math.floor(d / unit) * unit + (va % unit);
            this.stage2OfOutput(out);
          }
        }
        return true;
      }
      if (d >= NOWHERE) return true;
      table = ((d & 0xffff_f000) >>> 0) - alias;
      level++;
      index = Math.floor(va / 2 ** (39 - 9 * level)) % 512;
    }
  }
}

function registersFor(random: Random, secure: boolean): TranslationRegisters {
  const long = random.chance(0.5);
  const mair = (): number =>
    (random.pick(MAIR_BYTES) << 24) | (random.pick(MAIR_BYTES) << 16) | (random.pick(MAIR_BYTES) << 8) | random.pick(MAIR_BYTES); // prettier-ignore
  let dacr = 1;
  const domains = !long && random.chance(0.3) ? [0, 1, 1, 3] : [1, 1, 1, 3];
  for (let d = 1; d < 16; d++) dacr |= random.pick(domains) << (2 * d);
  const sctlr =
    0x00c5_0878 | random.bit(0.85) | (random.bit(0.1) << 1) | (random.bit(0.15) << 19) | (random.bit(0.1) << 20) |
    (random.bit(0.15) << 25) | (random.bit() << 28) | (random.bit(0.3) << 29); // prettier-ignore
  let ttbcr: number;
  if (long) {
    const t0 = random.chance(0.6) ? random.below(2) : random.below(8);
    const t1 = random.chance(0.6) ? random.below(2) : random.below(8);
    ttbcr =
      0x8000_0000 |
      t0 |
      (t1 << 16) |
      (random.bit(0.07) << 7) |
      (random.bit(0.07) << 23) |
      (random.bit() << 22);
  } else {
    ttbcr = random.chance(0.5) ? 0 : random.below(8);
    if (secure) ttbcr |= (random.bit(0.1) << 4) | (random.bit(0.1) << 5);
  }
  const sl0 = random.chance(0.9) ? random.below(2) : random.below(3);
  // Sizes that go with SL0, and now and then any.
  const size = random.chance(0.08)
    ? 25 + random.below(16)
    : sl0 === 1
      ? 32 + random.below(9)
      : 32 + random.below(3);
  const t0sz = (32 - size) & 15;
  const vtcr = 0x8000_3500 | t0sz | ((t0sz >>> 3) << 4) | (sl0 << 6);
  const stage2 = random.bit(0.6) | (random.bit(0.1) << 12);
  // QEMU heeds HCR.PTW even with stage 2 off.
  const hcr = stage2 === 0 ? 0 : stage2 | (random.bit(0.15) << 2);
  const wxn = random.bit(0.15) << 19;
  return {
    hasSecurity: secure,
    hasVirtualization: !secure,
    secure,
    SCR: secure ? random.bit(0.2) << 9 : 0,
    SCTLR: sctlr,
    TTBCR: ttbcr | 0,
    TTBR0: 0,
    TTBR0_HIGH: random.below(256) << 16,
    TTBR1: 0,
    TTBR1_HIGH: random.below(256) << 16,
    DACR: dacr,
    // Attribute index 0 and region 3 stay Normal: the code page is mapped with them.
    PRRR: long ? (mair() & ~0xff) | 0xff : primaryRegions(random),
    NMRR: long ? mair() : random.word() | 0,
    CONTEXTIDR: random.below(256),
    HCR: secure ? 0 : hcr,
    VTCR: vtcr | 0,
    VTTBR: 0,
    VTTBR_HIGH: random.below(256) << 16,
    HSCTLR: 0x30c5_1878 | wxn | (random.bit(0.1) << 1) | (random.bit(0.15) << 25),
    HTCR: 0x8080_3500 | (random.chance(0.8) ? random.below(2) : random.below(8)) | 0,
    HTTBR: 0,
    HTTBR_HIGH: 0,
    HMAIR0: (mair() & ~0xff) | 0xff,
    HMAIR1: mair(),
  };
}

/** PRRR with valid types, region 3 Normal. */
function primaryRegions(random: Random): number {
  let prrr = random.word() & 0xff0f_0000;
  for (let region = 0; region < 8; region++) prrr |= (region === 3 ? 2 : random.below(3)) << (2 * region);
  return prrr;
}

/** Set-up number `index` of a seed; `secure`: for Secure PL1&0. */
export function makeSetUp(seed: number, index: number, secure = false): SetUp {
  const random = new Random(seed * 10007 + index);
  const r = registersFor(random, secure);
  const b = new Builder(random, r, ARENA_BASE + index * ARENA_BYTES);
  const n = r.TTBCR & 7;
  const long = r.TTBCR < 0;
  r.VTTBR = b.allocate(0x1_0000); // sixteen concatenated tables at most
  r.HTTBR = b.allocate(4096);
  r.TTBR0 = b.tableAddress(b.allocate(long ? 4096 : 0x4000 >> n)) | 0;
  r.TTBR1 = b.tableAddress(b.allocate(long ? 4096 : 0x4000)) | 0;
  // The attributes of walks, ignored by this machine as by QEMU.
  if (!long) {
    r.TTBR0 |= random.below(128) & 0x5b;
    r.TTBR1 |= random.below(128) & 0x5b;
  }
  const runs = b.stage1(CODE, true) && codeReachable(r) && !codeTableDisabled(r);
  const hypRuns = (r.HTCR & 7) <= 1;
  if (hypRuns) b.stage1Long(0x4010_0000, true, true);

  // QEMU 7.2 dies of a domain fault that an operation executed in Hyp would report in the long format.
  const domainFaults = !long && (r.DACR & 0x5555_5555) !== 0x5555_5555;
  const operations: Operation[] = [];
  const tops = [0, 1, 2, 3].map(() => random.word());
  for (let i = 0; i < 10; i++) {
    const va = chooseAddress(random, tops, b.stage1On);
    b.stage1(va);
    b.stage1(va + 4096);
    // In Secure state everything runs with the MMU on.
    const operationsToo = secure ? runs : !domainFaults;
    for (let k = operationsToo ? random.below(3) : -1; k >= 0; k--)
      operations.push({ kind: random.below(secure ? 4 : 8), va: (va & ~0xfff) >>> 0 });
    if (runs) {
      const kind = Kind.ReadPL1 + random.below(8);
      operations.push({
        kind,
        va: kind === Kind.TranslateAtPL1 ? (va & ~0xfff) >>> 0 : nudge(random, kind, va),
      });
    }
    if (!secure && hypRuns && random.chance(0.5)) {
      const hva = chooseAddress(random, tops, true);
      b.stage1Long(hva, true);
      b.stage1Long(hva + 4096, true);
      const kind = random.pick([Kind.ATS1HR, Kind.ATS1HW, Kind.ReadHyp, Kind.WriteHyp]);
      operations.push({ kind, va: kind <= Kind.ATS1HW ? (hva & ~0xfff) >>> 0 : nudge(random, kind, hva) });
    }
  }
  return { registers: r, words: b.words, operations };
}

/** TTBCR.PD0 or PD1 keeps the table that maps the code from being walked. */
function codeTableDisabled(r: TranslationRegisters): boolean {
  if (!r.secure || r.TTBCR < 0 || (r.SCTLR & 1) === 0) return false;
  const n = r.TTBCR & 7;
  const upper = n !== 0 && CODE >>> (32 - n) !== 0;
  return (r.TTBCR & (upper ? 1 << 5 : 1 << 4)) !== 0;
}

/** Code below Hyp can run: with an address space of stage 2 that reaches it. */
function codeReachable(r: TranslationRegisters): boolean {
  if ((r.HCR & 0x1001) === 0) return true;
  const size = 32 - ((r.VTCR << 28) >> 28);
  const sl0 = (r.VTCR >>> 6) & 3;
  return sl0 <= 1 && size >= 31 && (sl0 === 1 || size <= 34);
}

function chooseAddress(random: Random, tops: readonly number[], translated: boolean): number {
  for (;;) {
    const va = translated ? anyAddress(random, tops) : harmlessAddress(random);
    // Not the code, not the end of the address space, not where unaligned stores go (see nudge).
    const code = va >= 0x4000_0000 && va < 0x4020_0000;
    if (!code && va < 0xffff_f000 && (va & 0xff0) !== 0x7d0) return va;
  }
}

/** Addresses that share tables now and then. */
function anyAddress(random: Random, tops: readonly number[]): number {
  const low = random.chance(0.5) ? 0x3e00_0000 + random.below(0x0200_0000) : random.word();
  const mask = random.pick([0xfff0_0000, 0xffe0_0000, 0xc000_0000, 0, 0xffff_0000]);
  return ((random.pick(tops) & mask) | (low & ~mask & ~3)) >>> 0;
}

/** With stage 1 off the address is that of the access. */
function harmlessAddress(random: Random): number {
  if (random.chance(0.7)) return DATA_BASE + 4 * random.below(DATA_BYTES / 4);
  return random.pick([0x0b00_0000, 0x9000_0000]) + 4 * random.below(0x10_0000);
}

/**
 * Now and then an address that is not aligned: in the middle of a page, or (reads) across its end. QEMU makes
 * unaligned stores to Device memory, which fault here: they go where no other access goes.
 */
function nudge(random: Random, kind: Kind, va: number): number {
  if (kind === Kind.ExecutePL0 || kind === Kind.ExecutePL1 || !random.chance(0.1)) return va;
  const write = kind === Kind.WritePL0 || kind === Kind.WritePL1 || kind === Kind.WriteHyp;
  const inPage = write ? 0x7d1 : random.chance(0.3) ? 0xffd : 0x7c1;
  return ((va & ~0xfff) | (inPage + random.below(3))) >>> 0;
}

/** The words of a batch: header, cases, operations, tables, as (physical address, value). */
export function* batchWords(setUps: readonly SetUp[]): IterableIterator<readonly [number, number]> {
  yield [COUNT_AT, setUps.length];
  let operationAt = OPERATIONS_AT;
  for (const [i, { registers: r, words, operations }] of setUps.entries()) {
    const row = [
      r.SCTLR, r.TTBCR, r.TTBR0, r.TTBR0_HIGH, r.TTBR1, r.TTBR1_HIGH, r.DACR, r.PRRR, r.NMRR, r.CONTEXTIDR,
      r.HCR, r.VTCR, r.VTTBR, r.VTTBR_HIGH, r.HSCTLR, r.HTCR, r.HTTBR, r.HTTBR_HIGH, r.HMAIR0, r.HMAIR1,
      operations.length, r.SCR,
    ]; // prettier-ignore
    for (const [w, value] of row.entries()) yield [CASES_AT + (i * CASE_WORDS + w) * 4, value >>> 0];
    for (const { kind, va } of operations) {
      yield [operationAt, kind];
      yield [operationAt + 4, va];
      operationAt += 8;
    }
    yield* words;
  }
}

/** What the runner fills the data area with: `hvc #page`. */
export function dataPattern(index: number): number {
  const page = index >>> 10;
  return (0xe140_0070 | ((page & 0xfff0) << 4) | (page & 15)) >>> 0;
}
