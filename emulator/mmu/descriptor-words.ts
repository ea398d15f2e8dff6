/** Descriptors and wide addresses as two words each: V8 computes with what is wider than a word in floating point. */

/** A descriptor as two words, each a signed 32-bit integer, which V8 has as it is in any field; `high` is 0 of a short one. */
export interface DescriptorWords {
  low: number;
  high: number;
}

const WORD = 0x1_0000_0000;

/** An address of up to 40 bits as a number. */
export function addressOf(low: number, high: number): number {
  return high * WORD + (low >>> 0);
}
/** Bits 39–32 of an address. */
export function highOf(address: number): number {
  return (address / WORD) | 0;
}

/** 40-bit address field of a descriptor or base register, from bit `lowest`. */
export function longAddress(low: number, high: number, lowest: number): number {
  return addressOf(low & -(1 << lowest), high & 0xff);
}

/** Makes a descriptor that was read as little-endian one that was read as big-endian. */
export function reverse(words: DescriptorWords, bytes: 4 | 8): void {
  const { low, high } = words;
  words.low = reverseBytes(bytes === 8 ? high : low);
  words.high = bytes === 8 ? reverseBytes(low) : 0;
}

function reverseBytes(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
