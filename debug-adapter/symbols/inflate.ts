/**
 * Decompression of zlib streams (RFC 1950, RFC 1951) for compressed debug sections. Synchronous and without any
 * platform API, so that it runs in a browser too.
 */

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_EXTRA = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
/** Order in which the lengths of the code-length code are stored (RFC 1951, 3.2.7). */
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LONGEST_CODE = 15;

/** Canonical Huffman code: number of codes of each length, and the symbols in order of their codes. */
interface Huffman {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/**
 * @param input the zlib stream
 * @param size length of the result, known from the section's header
 * @throws Error in words when the stream is damaged or doesn't have that length
 */
export function inflateZlib(input: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  if (input.length < 2 || (input[0] & 15) !== 8 || ((input[0] << 8) | input[1]) % 31 !== 0)
    throw new Error('the compressed data has no zlib header');
  // Deflate cannot do better than 1032 to 1; a larger claim is damage, and must not claim the memory either.
  if (size > input.length * 1032) throw new Error('the compressed data is too short for the size it claims');
  const output = new Uint8Array(size);
  const bits = new BitReader(input, 2);
  let at = 0;
  for (let last = false; !last;) {
    last = bits.take(1) === 1;
    const type = bits.take(2);
    if (type === 0) at = copyStored(bits, output, at);
    else if (type === 1) at = inflateBlock(bits, FIXED_LITERALS, FIXED_DISTANCES, output, at);
    else if (type === 2) {
      const [literals, distances] = readCodes(bits);
      at = inflateBlock(bits, literals, distances, output, at);
    } else throw new Error('the compressed data has an unknown kind of block');
  }
  if (at !== size) throw new Error(`the compressed data gives ${at} bytes instead of ${size}`);
  return output;
}

class BitReader {
  private hold = 0;
  private held = 0;
  constructor(
    private readonly input: Uint8Array,
    private at: number,
  ) {}

  take(count: number): number {
    while (this.held < count) {
      if (this.at >= this.input.length) throw new Error('the compressed data ends early');
      this.hold |= this.input[this.at++] << this.held;
      this.held += 8;
    }
    const value = this.hold & ((1 << count) - 1);
    this.hold >>>= count;
    this.held -= count;
    return value;
  }

  decode(code: Huffman): number {
    let value = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= LONGEST_CODE; length++) {
      value |= this.take(1);
      const count = code.counts[length];
      if (value - count < first) return code.symbols[index + (value - first)];
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    throw new Error('the compressed data holds a code that does not exist');
  }

  /** Bytes from the next byte boundary. */
  bytes(count: number): Uint8Array {
    this.at -= this.held >> 3;
    this.hold = 0;
    this.held = 0;
    if (this.at + count > this.input.length) throw new Error('the compressed data ends early');
    this.at += count;
    return this.input.subarray(this.at - count, this.at);
  }
}

function huffman(lengths: readonly number[]): Huffman {
  const counts = new Uint16Array(LONGEST_CODE + 1);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  const starts = new Uint16Array(LONGEST_CODE + 2);
  for (let length = 1; length <= LONGEST_CODE; length++) starts[length + 1] = starts[length] + counts[length];
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length > 0) symbols[starts[length]++] = symbol;
  });
  return { counts, symbols };
}

const FIXED_LITERALS = huffman(
  Array.from({ length: 288 }, (_, n) => (n < 144 ? 8 : n < 256 ? 9 : n < 280 ? 7 : 8)),
);
const FIXED_DISTANCES = huffman(new Array<number>(30).fill(5));

function copyStored(bits: BitReader, output: Uint8Array, at: number): number {
  const [low, high] = bits.bytes(4);
  const length = low | (high << 8);
  if (at + length > output.length) throw new Error('the compressed data is longer than its header says');
  output.set(bits.bytes(length), at);
  return at + length;
}

function readCodes(bits: BitReader): [Huffman, Huffman] {
  const literalCount = bits.take(5) + 257;
  const distanceCount = bits.take(5) + 1;
  const lengthCount = bits.take(4) + 4;
  const orderLengths = new Array<number>(19).fill(0);
  for (let index = 0; index < lengthCount; index++) orderLengths[CODE_LENGTH_ORDER[index]] = bits.take(3);
  const order = huffman(orderLengths);
  const lengths: number[] = [];
  while (lengths.length < literalCount + distanceCount) {
    const symbol = bits.decode(order);
    if (symbol < 16) lengths.push(symbol);
    else {
      if (symbol === 16 && lengths.length === 0)
        throw new Error('the compressed data repeats a length that is not there');
      const repeated = symbol === 16 ? lengths[lengths.length - 1] : 0;
      const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
      for (let count = 0; count < times; count++) lengths.push(repeated);
    }
  }
  return [
    huffman(lengths.slice(0, literalCount)),
    huffman(lengths.slice(literalCount, literalCount + distanceCount)),
  ];
}

function inflateBlock(
  bits: BitReader,
  literals: Huffman,
  distances: Huffman,
  output: Uint8Array,
  start: number,
): number {
  let at = start;
  for (;;) {
    const symbol = bits.decode(literals);
    if (symbol === 256) return at;
    if (symbol < 256) {
      if (at >= output.length) throw new Error('the compressed data is longer than its header says');
      output[at++] = symbol;
      continue;
    }
    const index = symbol - 257;
    if (index >= LENGTH_BASE.length)
      throw new Error('the compressed data holds a length that does not exist');
    const length = LENGTH_BASE[index] + bits.take(LENGTH_EXTRA[index]);
    const far = bits.decode(distances);
    if (far >= DISTANCE_BASE.length)
      throw new Error('the compressed data holds a distance that does not exist');
    const distance = DISTANCE_BASE[far] + bits.take(DISTANCE_EXTRA[far]);
    if (distance > at || at + length > output.length)
      throw new Error('the compressed data refers outside itself');
    for (let count = 0; count < length; count++, at++) output[at] = output[at - distance];
  }
}
