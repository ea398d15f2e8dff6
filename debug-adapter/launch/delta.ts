/**
 * An image as its difference from another: how the variants of the bundled hypervisor are shipped.
 *
 * Little-endian words: "WSD1", the length of the base, the length of the result; then records of three words: where in
 * the base a run begins, its length, and how many bytes of the delta, which follow the record, come after it.
 */
const MAGIC = 0x3144_5357;
const HEADER = 12;
const RECORD = 12;

/** @throws RangeError when the delta is damaged or was made for another base */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Uint8Array {
  const view = new DataView(delta.buffer, delta.byteOffset, delta.byteLength);
  if (delta.length < HEADER || view.getUint32(0, true) !== MAGIC) throw new RangeError('is no delta');
  if (view.getUint32(4, true) !== base.length) throw new RangeError('was made for another image');
  const result = new Uint8Array(view.getUint32(8, true));
  let at = 0;
  for (let record = HEADER; record < delta.length;) {
    if (record + RECORD > delta.length) throw new RangeError('is cut off');
    const [from, length, more] = [0, 4, 8].map((offset) => view.getUint32(record + offset, true)) as [
      number,
      number,
      number,
    ];
    record += RECORD;
    if (from + length > base.length || record + more > delta.length || at + length + more > result.length)
      throw new RangeError('is damaged');
    result.set(base.subarray(from, from + length), at);
    result.set(delta.subarray(record, record + more), at + length);
    at += length + more;
    record += more;
  }
  if (at !== result.length) throw new RangeError('is cut off');
  return result;
}
