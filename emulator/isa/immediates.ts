/** Immediates and shifts as encodings hold them (ARM ARM A5.2.4, A6.3.2, A8.4). */

/** A rotated or replicated constant and what it does to the carry flag. */
export interface ExpandedImmediate {
  /** Signed 32-bit. */
  readonly value: number;
  /** The new C of a flag-setting logical operation; -1 leaves it. */
  readonly carry: -1 | 0 | 1;
}

function rotateRight(value: number, by: number): number {
  return by === 0 ? value | 0 : (value >>> by) | (value << (32 - by));
}

/** ARMExpandImm_C(imm12). */
export function armExpandImm(imm12: number): ExpandedImmediate {
  const rotation = (imm12 >>> 8) * 2;
  const value = rotateRight(imm12 & 0xff, rotation);
  return { value, carry: rotation === 0 ? -1 : value < 0 ? 1 : 0 };
}

/** ThumbExpandImm_C(imm12). */
export function thumbExpandImm(imm12: number): ExpandedImmediate {
  const byte = imm12 & 0xff;
  if (imm12 >>> 10 === 0) {
    const value = [byte, byte * 0x0001_0001, byte * 0x0100_0100, byte * 0x0101_0101][imm12 >>> 8];
    return { value: value | 0, carry: -1 };
  }
  const value = rotateRight(0x80 | (byte & 0x7f), imm12 >>> 7);
  return { value, carry: value < 0 ? 1 : 0 };
}

/** ThumbExpandImm of 00 in the byte of a replicating form is UNPREDICTABLE. */
export function thumbImmUnpredictable(imm12: number): boolean {
  return imm12 >>> 10 === 0 && (imm12 & 0x300) !== 0 && (imm12 & 0xff) === 0;
}

/** Kinds of a shift by a constant. `Lsr32` is LSR #32; ASR #32 is `Asr` (see `decodeImmShift`). */
export const SHIFT = { None: 0, Lsl: 1, Lsr: 2, Asr: 3, Ror: 4, Rrx: 5, Lsr32: 6 } as const;
export const SHIFTS = [0, 1, 2, 3, 4, 5, 6];
const SHIFT_NAMES = ['', 'lsl', 'lsr', 'asr', 'ror', 'rrx', 'lsr'];

/** A shift by a constant, ready for the builder's shifts, which take 0–31. */
export interface ImmShift {
  readonly kind: number;
  /** Amount for the builder: 0–31 (ASR #32 is ASR #31: the same result). */
  readonly amount: number;
  /** Bit of the unshifted value that becomes the carry. */
  readonly carryBit: number;
  /** Amount as the manual has it: 0–32. */
  readonly written: number;
}

/** DecodeImmShift(type, imm5). */
export function decodeImmShift(type: number, imm5: number): ImmShift {
  const written = imm5 === 0 ? 32 : imm5;
  switch (type) {
    case 0:
      return imm5 === 0
        ? { kind: SHIFT.None, amount: 0, carryBit: 0, written: 0 }
        : { kind: SHIFT.Lsl, amount: imm5, carryBit: 32 - imm5, written: imm5 };
    case 1:
      return { kind: imm5 === 0 ? SHIFT.Lsr32 : SHIFT.Lsr, amount: imm5, carryBit: written - 1, written };
    case 2:
      return { kind: SHIFT.Asr, amount: Math.min(written, 31), carryBit: written - 1, written };
    default:
      return imm5 === 0
        ? { kind: SHIFT.Rrx, amount: 1, carryBit: 0, written: 1 }
        : { kind: SHIFT.Ror, amount: imm5, carryBit: imm5 - 1, written: imm5 };
  }
}

/** `, lsl #3` of a shifted register operand; empty when there is no shift. */
export function shiftText(type: number, imm5: number): string {
  const { kind, written } = decodeImmShift(type, imm5);
  if (kind === SHIFT.None) return '';
  return kind === SHIFT.Rrx ? ', rrx' : `, ${SHIFT_NAMES[kind]} #${written}`;
}

/** SignExtend(value<bits-1:0>, 32). */
export function signExtend(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

/** BitCount. */
export function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
}

/** Number of the lowest set bit; 32 for 0. */
export function lowestSetBit(bits: number): number {
  return bits === 0 ? 32 : 31 - Math.clz32(bits & -bits);
}
