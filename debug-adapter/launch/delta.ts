/**
 * An image as its difference from another: how the variants of the bundled hypervisor are shipped.
 *
 * Three little-endian words: "WSD2", the length of the base, the length of the result. Then records of three numbers
 * (LEB128): how far from where the base would go on a run begins (2n: n bytes after, 2n - 1: n bytes before), its
 * length, and how many bytes of the delta, which follow the record, come after it in the place of as many of the base.
 */
const MAGIC = 0x3244_5357;
const HEADER = 12;

/** @throws RangeError when the delta is damaged or was made for another base */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Uint8Array {
  const view = new DataView(delta.buffer, delta.byteOffset, delta.byteLength);
  if (delta.length < HEADER || view.getUint32(0, true) !== MAGIC) throw new RangeError('is no delta');
  if (view.getUint32(4, true) !== base.length) throw new RangeError('was made for another image');
  const result = new Uint8Array(view.getUint32(8, true));
  let record = HEADER;
  const number = (): number => {
    for (let value = 0, unit = 1; unit < 2 ** 35; unit *= 0x80) {
      const byte = delta[record++];
      if (byte === undefined) throw new RangeError('is cut off');
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
    throw new RangeError('is damaged');
  };
  let at = 0;
  let expected = 0;
  while (record < delta.length) {
    const moved = number();
    const from = expected + (moved % 2 === 0 ? moved / 2 : -(moved + 1) / 2);
    const length = number();
    const more = number();
    if (from < 0 || from + length > base.length || at + length + more > result.length)
      throw new RangeError('is damaged');
    if (record + more > delta.length) throw new RangeError('is cut off');
    result.set(base.subarray(from, from + length), at);
    result.set(delta.subarray(record, record + more), at + length);
    at += length + more;
    record += more;
    expected = from + length + more;
  }
  if (at !== result.length) throw new RangeError('is cut off');
  return result;
}
