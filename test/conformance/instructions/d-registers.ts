/** Random contents of the D registers: a quarter anything, the rest the values at which floating point goes wrong. */
import type { RandomWord } from '../../../emulator/isa/random';

/** Single-precision words (and what they are as halves of something else); `k` is random. */
const SINGLES: readonly ((k: number) => number)[] = [
  () => 0,
  () => 0x8000_0000,
  () => 0x7f80_0000,
  () => 0xff80_0000,
  (k) => 0x7fc0_0000 | (k & 0xff),
  (k) => 0x7f80_0001 | (k & 0xff0),
  () => 0x3f80_0000,
  (k) => 0xbf80_0000 + (k & 3),
  // Denormals, the smallest and the largest normal numbers
  (k) => k & 0x807f_ffff,
  (k) => 0x0080_0000 + (k & 3),
  (k) => 0x7f7f_ffff - (k & 3),
  (k) => (k & 0x80ff_ffff) | 0x3f00_0000,
  // Near the ends of half precision, and around 2^24 where integers end
  (k) => (k & 0x807f_f000) | ((((k >>> 3) & 0x1f) + 112) << 23),
  (k) => k & 0x8000_ffff,
  (k) => 0x4b00_0000 + (k & 0x3ff_ffff),
  (k) => k & 0x7f,
  (k) => (k & 0xff) << 23,
  () => 0xffff_ffff,
  () => 0x7fff_ffff,
];

/** High words of double-precision numbers. */
const DOUBLES: readonly ((k: number) => number)[] = [
  () => 0,
  () => 0x8000_0000,
  () => 0x7ff0_0000,
  () => 0xfff0_0000,
  () => 0x7ff8_0000,
  () => 0x7ff0_0001,
  () => 0x3ff0_0000,
  () => 0xbff0_0000,
  (k) => k & 0x800f_ffff,
  () => 0x0010_0000,
  () => 0x7fef_ffff,
  (k) => (k & 0x801f_ffff) | 0x3fe0_0000,
  (k) => (k & 0x800f_ffff) | ((((k >>> 3) & 0x3f) + 990) << 20),
  // Around 2^31, 2^64 and the ends of single precision
  (k) => 0x41e0_0000 + (k & 7),
  (k) => 0x43f0_0000 + (k & 1),
  (k) => 0x47e0_0000 + (k & 0xf_ffff),
  (k) => 0x3800_0000 | (k & 0x1f_ffff),
];

/** Low words at which rounding is a tie, or nearly. */
const LOWS: readonly ((k: number) => number)[] = [
  () => 0,
  () => 1,
  () => 0xffff_ffff,
  () => 0x8000_0000,
  () => 0x1000_0000,
  () => 0xf000_0000,
  (k) => k & 0xfff,
  (k) => k << 20,
];

function pick(table: readonly ((k: number) => number)[], random: RandomWord): number {
  return table[random() % table.length]!(random()) >>> 0;
}

/** Fills `words` (64 a test): every test has random values, single-precision ones or double-precision ones. */
export function fillDRegisters(words: Uint32Array, random: RandomWord): void {
  for (let at = 0; at < words.length; at += 64) {
    const kind = random() & 3;
    for (let w = 0; w < 64; w++) {
      if (kind < 2) words[at + w] = kind === 0 ? random() : pick(SINGLES, random);
      else if ((w & 1) === 0) words[at + w] = random() & 1 ? random() : pick(LOWS, random);
      else words[at + w] = random() & 7 ? pick(DOUBLES, random) : random();
    }
  }
}
