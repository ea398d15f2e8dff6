/** The random numbers that set-ups are made from. */

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
