import { type MachineAccess, REGISTER_D0, registerName, registerSize } from './access';
import type { Location } from './dwarf/expression';

/** Where a value is; locations of DWARF expressions, with addresses already those of the running program. */
export type Place = Location;

/** The bytes of a place. @throws Error in words when they cannot be had */
export function readPlace(place: Place, size: number, access: MachineAccess): Uint8Array {
  switch (place.kind) {
    case 'memory':
      return size === 0 ? new Uint8Array(0) : access.readMemory(place.address, size);
    case 'bytes': {
      if (place.bytes.length === size) return place.bytes;
      const bytes = new Uint8Array(size);
      bytes.set(place.bytes.subarray(0, size));
      return bytes;
    }
    case 'register':
      return readRegisters(place.register, size, access);
    case 'pieces': {
      const bytes = new Uint8Array(size);
      let bit = 0;
      for (const piece of place.pieces) {
        if (bit >= size * 8) break;
        const length = Math.min(piece.bitSize, size * 8 - bit);
        const source = readPlace(piece.location, (piece.bitOffset + length + 7) >> 3, access);
        copyBits(source, piece.bitOffset, bytes, bit, length);
        bit += length;
      }
      return bytes;
    }
    case 'unavailable':
      throw new Error(place.reason);
  }
}

/** Writes bytes to a place. @throws Error in words */
export function writePlace(place: Place, bytes: Uint8Array, access: MachineAccess): void {
  switch (place.kind) {
    case 'memory':
      if (!access.writeMemory) throw new Error('memory cannot be written here');
      return access.writeMemory(place.address, bytes);
    case 'register':
      return writeRegisters(place.register, bytes, access);
    case 'pieces': {
      let bit = 0;
      for (const piece of place.pieces) {
        if (bit >= bytes.length * 8) break;
        const length = Math.min(piece.bitSize, bytes.length * 8 - bit);
        const size = (piece.bitOffset + length + 7) >> 3;
        // A piece may be a part of a register: keep its other bits.
        const whole = Math.max(
          size,
          piece.location.kind === 'register' ? registerSize(piece.location.register) : 0,
        );
        const current = readPlace(piece.location, whole, access).slice();
        copyBits(bytes, bit, current, piece.bitOffset, length);
        writePlace(piece.location, current, access);
        bit += length;
      }
      return;
    }
    case 'bytes':
      throw new Error('this is a constant, it has no place that could be written');
    case 'unavailable':
      throw new Error(place.reason);
  }
}

/** The place of a part of an object: `size` bytes from `offset`. */
export function partOf(place: Place, offset: number, size: number): Place {
  switch (place.kind) {
    case 'memory':
      return { kind: 'memory', address: (place.address + offset) % 0x100_0000_0000 };
    case 'bytes':
      return { kind: 'bytes', bytes: place.bytes.subarray(offset, offset + size) };
    case 'register':
      return offset === 0 && size === registerSize(place.register)
        ? place
        : { kind: 'pieces', pieces: [{ location: place, bitOffset: offset * 8, bitSize: size * 8 }] };
    case 'pieces': {
      const pieces = [];
      let start = 0;
      const [from, to] = [offset * 8, (offset + size) * 8];
      for (const piece of place.pieces) {
        const [low, high] = [Math.max(start, from), Math.min(start + piece.bitSize, to)];
        if (low < high)
          pieces.push({
            location: piece.location,
            bitOffset: piece.bitOffset + low - start,
            bitSize: high - low,
          });
        start += piece.bitSize;
      }
      const [only] = pieces;
      if (pieces.length === 1 && only.bitOffset === 0 && only.location.kind !== 'pieces')
        return only.location;
      return pieces.length === 0
        ? { kind: 'unavailable', reason: 'optimized out' }
        : { kind: 'pieces', pieces };
    }
    case 'unavailable':
      return place;
  }
}

/** An object that DWARF places in a register and that is larger goes on in the next ones. */
function readRegisters(first: number, size: number, access: MachineAccess): Uint8Array {
  const bytes = new Uint8Array(size);
  const step = registerSize(first);
  for (let at = 0; at < size; at += step) {
    const register = first + at / step;
    const value = access.readRegister(register);
    if (value === undefined) throw new Error(`${registerName(register)} is not known in this frame`);
    const bits = BigInt.asUintN(step * 8, BigInt(value));
    for (let index = at; index < Math.min(at + step, size); index++)
      bytes[index] = Number((bits >> BigInt((index - at) * 8)) & 0xffn);
  }
  return bytes;
}

function writeRegisters(first: number, bytes: Uint8Array, access: MachineAccess): void {
  if (!access.writeRegister) throw new Error('registers cannot be written here');
  const step = registerSize(first);
  for (let at = 0; at < bytes.length; at += step) {
    const register = first + at / step;
    let bits = BigInt.asUintN(step * 8, BigInt(access.readRegister(register) ?? 0));
    for (let index = 0; index < step && at + index < bytes.length; index++) {
      const shift = BigInt(index * 8);
      bits = (bits & ~(0xffn << shift)) | (BigInt(bytes[at + index]) << shift);
    }
    access.writeRegister(register, register >= REGISTER_D0 ? bits : Number(bits));
  }
}

/** Copies `length` bits, counted from the least significant bit of byte 0. */
export function copyBits(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  to: number,
  length: number,
): void {
  if ((from | to | length) % 8 === 0) {
    target.set(source.subarray(from / 8, (from + length) / 8), to / 8);
    return;
  }
  for (let bit = 0; bit < length; bit++) {
    const set = (source[(from + bit) >> 3] >> ((from + bit) & 7)) & 1;
    const mask = 1 << ((to + bit) & 7);
    if (set) target[(to + bit) >> 3] |= mask;
    else target[(to + bit) >> 3] &= ~mask;
  }
}
