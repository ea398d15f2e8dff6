/** Random translation tables, filled on demand for the addresses that are used. */
import type { TranslationRegisters } from '../../../emulator/mmu/registers';
import { CODE, DATA_BASE, DATA_BYTES } from './layout';
import type { Random } from './random';

/** Tables there are not: nothing answers, and the walk is an external abort. No other table lies above. */
const NOWHERE = 0xe000_0000;
const STAGE2_ATTRIBUTES = [0, 1, 5, 6, 7, 9, 10, 11, 13, 14, 15, 15, 15, 15];

/** Fills the tables of one set-up on demand, for the addresses that its operations use. */
export class TableBuilder {
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
