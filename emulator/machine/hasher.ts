/**
 * A 128-bit hash of words and of plain data: four lanes that multiply and rotate, in the manner of xxHash, mixed at the
 * end as MurmurHash3 mixes. For telling states apart, not against an enemy.
 */

/** 32-bit words of a hash. */
export const HASH_WORDS = 4;

const P1 = 0x9e3779b1 | 0;
const P2 = 0x85ebca77 | 0;
const SEEDS = [P1 + P2, P2, 0, -P1] as const;

/** The hash of `words`, whose number is a multiple of 4; other `seed`s give other hashes. */
export function hashWords(words: Int32Array, seed: number): Int32Array {
  const lanes = new Int32Array(HASH_WORDS);
  for (let i = 0; i < HASH_WORDS; i++) lanes[i] = SEEDS[i]! + Math.imul(seed, P1);
  absorb(lanes, words, words.length);
  return finish(lanes, words.length);
}

/** Takes in one thing after the other. */
export class Hasher {
  private readonly lanes = Int32Array.from(SEEDS);
  private length = 0;

  /** Any number of words. */
  words(words: Int32Array): void {
    const whole = words.length & ~3;
    absorb(this.lanes, words, whole);
    if (whole < words.length) {
      const rest = new Int32Array(HASH_WORDS);
      rest.set(words.subarray(whole));
      absorb(this.lanes, rest, HASH_WORDS);
    }
    this.length += words.length;
  }

  /** Numbers, strings, booleans, null, undefined, bigints, and arrays, typed arrays and objects of them. */
  data(value: unknown): void {
    this.bytes(new TextEncoder().encode(canonicalText(value)));
  }

  /** 32 hexadecimal digits. */
  digest(): string {
    const words = finish(this.lanes.slice(), this.length);
    return Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  private bytes(bytes: Uint8Array): void {
    const padded = new Uint8Array(Math.ceil(bytes.length / 16) * 16);
    padded.set(bytes);
    this.words(new Int32Array(padded.buffer));
    this.length += bytes.length;
  }
}

/** One text for one value: the properties of an object in the order of their names. */
function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === 'bigint') return `${each}n`;
    if (each === undefined) return 'undefined';
    if (typeof each === 'number' && !Number.isFinite(each)) return String(each);
    if (ArrayBuffer.isView(each)) return Array.from(each as unknown as ArrayLike<unknown>);
    if (each !== null && typeof each === 'object' && !Array.isArray(each))
      return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
    return each;
  });
}

function absorb(lanes: Int32Array, words: Int32Array, length: number): void {
  let a = lanes[0]!;
  let b = lanes[1]!;
  let c = lanes[2]!;
  let d = lanes[3]!;
  for (let i = 0; i < length; i += 4) {
    a = round(a, words[i]!);
    b = round(b, words[i + 1]!);
    c = round(c, words[i + 2]!);
    d = round(d, words[i + 3]!);
  }
  lanes.set([a, b, c, d]);
}

function round(lane: number, word: number): number {
  const sum = (lane + Math.imul(word, P2)) | 0;
  return Math.imul((sum << 13) | (sum >>> 19), P1);
}

/** Every bit of every lane, and the length, decides on every bit of the result. */
function finish(lanes: Int32Array, length: number): Int32Array {
  let [a, b, c, d] = Array.from(lanes, (lane) => mix(lane ^ length)) as [number, number, number, number];
  a = (a + b + c + d) | 0;
  [b, c, d] = [(b + a) | 0, (c + a) | 0, (d + a) | 0];
  [a, b, c, d] = [mix(a), mix(b), mix(c), mix(d)];
  a = (a + b + c + d) | 0;
  return Int32Array.of(a, (b + a) | 0, (c + a) | 0, (d + a) | 0);
}

function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
