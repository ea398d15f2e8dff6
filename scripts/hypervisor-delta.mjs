// What one image has that another hasn't: the format is that of debug-adapter/launch/delta.ts, which applies it.
// The two are builds of nearly the same sources, so long runs are equal, at the same place or moved as a whole.

const MAGIC = 0x31445357; // "WSD1"
/** A run must be this long to be worth a record of 12 bytes. */
const SHORTEST = 16;

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
  if (length >= SHORTEST) return { from: straight, length };
  const place = places.get(target.toString('latin1', at, at + SHORTEST));
  return place === undefined
    ? { from: 0, length: 0 }
    : { from: place, length: commonLength(base, place, target, at) };
}

/** @returns the delta from `base` to `target`, both Buffers */
export function makeDelta(base, target) {
  const places = windows(base);
  const parts = [];
  let shift = 0;
  let inserted = 0; // where the bytes that no copy covers begin
  let copy = { from: 0, length: 0 };
  const emit = (end) => {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(copy.from, 0);
    head.writeUInt32LE(copy.length, 4);
    head.writeUInt32LE(end - inserted, 8);
    parts.push(head, target.subarray(inserted, end));
  };
  for (let at = 0; at < target.length;) {
    const next = bestCopy(base, places, target, at, shift);
    if (next.length < SHORTEST) {
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
