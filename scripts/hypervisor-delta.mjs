// What one image has that another hasn't: the format is that of debug-adapter/launch/delta.ts, which applies it.
// The two are builds of nearly the same sources, so long runs are equal, at the same place or moved as a whole.

const MAGIC = 0x32445357; // "WSD2"
/** A run must be this long to be worth a record: where it is found anew, and where the base goes on as before. */
const SHORTEST = 16;
const SHORTEST_STRAIGHT = 4;

/** Where each aligned window of the base begins, by its bytes. */
function windows(base) {
  const places = new Map();
  for (let at = 0; at + SHORTEST <= base.length; at += 4) {
    const key = base.toString('latin1', at, at + SHORTEST);
    if (!places.has(key)) places.set(key, at);
  }
  return places;
}

function commonLength(base, from, target, at) {
  let length = 0;
  while (
    from + length < base.length &&
    at + length < target.length &&
    base[from + length] === target[at + length]
  )
    length++;
  return length;
}

/** The longer of: going on as far from the last copy as the target is, and the window's first place. */
function bestCopy(base, places, target, at, shift) {
  const straight = at + shift;
  const length = straight >= 0 && straight < base.length ? commonLength(base, straight, target, at) : 0;
  if (length >= SHORTEST_STRAIGHT) return { from: straight, length };
  const place = places.get(target.toString('latin1', at, at + SHORTEST));
  return place === undefined
    ? { from: 0, length: 0 }
    : { from: place, length: commonLength(base, place, target, at) };
}

/** A number below 2^32 as seven bits a byte, the lowest first, each byte but the last with bit 7 set (LEB128). */
function number(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return Buffer.from([...bytes, value]);
}

/** @returns the delta from `base` to `target`, both Buffers */
export function makeDelta(base, target) {
  const places = windows(base);
  const parts = [];
  let shift = 0;
  let inserted = 0; // where the bytes that no copy covers begin
  let copy = { from: 0, length: 0 };
  let expected = 0; // where the base would go on
  const emit = (end) => {
    const moved = copy.from - expected;
    const numbers = [moved < 0 ? -2 * moved - 1 : 2 * moved, copy.length, end - inserted];
    parts.push(...numbers.map(number), target.subarray(inserted, end));
    expected = copy.from + copy.length + end - inserted;
  };
  for (let at = 0; at < target.length;) {
    const next = bestCopy(base, places, target, at, shift);
    if (next.length === 0) {
      at++;
      continue;
    }
    emit(at);
    copy = next;
    shift = next.from - at;
    at += next.length;
    inserted = at;
  }
  emit(target.length);
  const header = Buffer.alloc(12);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(base.length, 4);
  header.writeUInt32LE(target.length, 8);
  return Buffer.concat([header, ...parts]);
}
