/** A growing sequence of bytes, with the variable-length integers of the WebAssembly binary format (LEB128). */
export class Bytes {
  private bytes = new Uint8Array(256);
  /** Bytes written. */
  length = 0;

  byte(value: number): void {
    if (this.length === this.bytes.length) this.grow(1);
    this.bytes[this.length++] = value;
  }

  list(bytes: readonly number[]): void {
    for (const byte of bytes) this.byte(byte);
  }

  append(other: Bytes): void {
    this.raw(other.bytes.subarray(0, other.length));
  }

  raw(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.bytes.length) this.grow(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** An unsigned integer below 2^32. */
  unsigned(value: number): void {
    let rest = value >>> 0;
    for (; rest >= 0x80; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  /** A signed 32-bit integer. */
  signed(value: number): void {
    let rest = value | 0;
    for (; rest < -0x40 || rest >= 0x40; rest >>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest & 0x7f);
  }

  /** Length, then the characters (ASCII). */
  name(text: string): void {
    this.unsigned(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  /** Length, then `content`. */
  sized(content: Bytes): void {
    this.unsigned(content.length);
    this.append(content);
  }

  /** The bytes written, not a copy. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  private grow(least: number): void {
    const longer = new Uint8Array(Math.max(2 * this.bytes.length, this.length + least));
    longer.set(this.bytes);
    this.bytes = longer;
  }
}
