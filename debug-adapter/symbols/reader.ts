import { CorruptDataError } from './errors';

const decoder = new TextDecoder('utf-8');

/** Little-endian cursor over one section. Every read is checked; reading past the end throws CorruptDataError. */
export class Reader {
  offset: number;
  readonly end: number;
  private readonly view: DataView;

  /**
   * @param bytes the whole section
   * @param section its name, for messages
   * @param start first offset to read
   * @param end offset that must not be read any more
   */
  constructor(
    readonly bytes: Uint8Array,
    readonly section: string,
    start = 0,
    end = bytes.length,
  ) {
    if (start < 0 || start > bytes.length || end > bytes.length || end < start)
      throw new CorruptDataError(
        section,
        start,
        `an offset points outside the section of ${bytes.length} bytes`,
      );
    this.offset = start;
    this.end = end;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.offset >= this.end;
  }

  fail(what: string): never {
    throw new CorruptDataError(this.section, this.offset, what);
  }

  private take(length: number): number {
    const at = this.offset;
    if (length < 0 || at + length > this.end) this.fail('the data ends in the middle of an item');
    this.offset = at + length;
    return at;
  }

  skip(length: number): void {
    this.take(length);
  }

  seek(offset: number): void {
    if (offset < 0 || offset > this.end)
      this.fail(`an offset 0x${offset.toString(16)} points outside the data`);
    this.offset = offset;
  }

  u8(): number {
    return this.bytes[this.take(1)];
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  i16(): number {
    return this.view.getInt16(this.take(2), true);
  }

  u24(): number {
    const at = this.take(3);
    return this.bytes[at] | (this.bytes[at + 1] << 8) | (this.bytes[at + 2] << 16);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  /** The 32-bit number at an offset that was already passed. */
  u32At(offset: number): number {
    return this.view.getUint32(offset, true);
  }

  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.take(8), true);
  }

  /** A 64-bit number that has to be a valid offset or count; larger than 2^53 throws. */
  u64AsNumber(): number {
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.fail('a 64-bit offset is larger than any file');
    return Number(value);
  }

  /** Unsigned number of `size` bytes (1, 2, 4 or 8); 8 bytes are cut to 2^53 by u64AsNumber's rule. */
  unsigned(size: number): number {
    if (size === 4) return this.u32();
    if (size === 1) return this.u8();
    if (size === 2) return this.u16();
    if (size === 8) return this.u64AsNumber();
    return this.fail(`a number of ${size} bytes`);
  }

  /** ULEB128 as a number; bits above 2^53 are an error, since every use is an offset, a count or a code. */
  uleb(): number {
    let result = 0;
    let scale = 1;
    for (let length = 0; length < 10; length++) {
      const byte = this.u8();
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(result)) this.fail('a LEB128 number is too large');
        return result;
      }
      scale *= 128;
    }
    return this.fail('a LEB128 number is longer than 64 bits');
  }

  /** SLEB128 as a number, exact within ±2^53. */
  sleb(): number {
    const value = this.slebBig();
    return Number(value);
  }

  slebBig(): bigint {
    let result = 0n;
    let shift = 0n;
    for (let length = 0; length < 10; length++) {
      const byte = this.u8();
      result |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80)
        return byte & 0x40 ? BigInt.asIntN(64, result - (1n << shift)) : BigInt.asIntN(64, result);
    }
    return this.fail('a LEB128 number is longer than 64 bits');
  }

  ulebBig(): bigint {
    let result = 0n;
    let shift = 0n;
    for (let length = 0; length < 10; length++) {
      const byte = this.u8();
      result |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) return BigInt.asUintN(64, result);
    }
    return this.fail('a LEB128 number is longer than 64 bits');
  }

  skipLeb(): void {
    for (let length = 0; length < 10; length++) if (this.u8() < 0x80) return;
    this.fail('a LEB128 number is longer than 64 bits');
  }

  slice(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** NUL-terminated UTF-8 string at the cursor. */
  string(): string {
    const at = this.offset;
    this.skipString();
    return decodeText(this.bytes, at, this.offset - 1);
  }

  skipString(): void {
    const stop = this.bytes.indexOf(0, this.offset);
    if (stop < 0 || stop >= this.end) this.fail('a string has no end');
    this.offset = stop + 1;
  }
}

/** Text of `bytes[start, end)`; plain ASCII, which nearly every name is, takes the short way. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 64) return decoder.decode(bytes.subarray(start, end));
  let text = '';
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte >= 0x80) return decoder.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** NUL-terminated string at `offset` of a string section; throws CorruptDataError outside it. */
export function stringAt(bytes: Uint8Array, section: string, offset: number): string {
  if (offset < 0 || offset >= bytes.length)
    throw new CorruptDataError(section, offset, 'the offset of a string points outside the section');
  const stop = bytes.indexOf(0, offset);
  if (stop < 0) throw new CorruptDataError(section, offset, 'a string has no end');
  return decodeText(bytes, offset, stop);
}
