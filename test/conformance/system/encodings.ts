// Encodings of the A32 instructions that the experiments use.
import type { RegisterRow } from '../../../emulator/system/registers/row';

export const HVC = (immediate: number): number => 0xe140_0070 | ((immediate >>> 4) << 8) | (immediate & 15);
/** T32 HVC as a little-endian word. */
export const HVC_T32 = (immediate: number): number =>
  ((0x8000 | (immediate & 0xfff)) << 16) | 0xf7e0 | (immediate >>> 12);
export const movw = (rd: number, value: number): number =>
  0xe300_0000 | ((value & 0xf000) << 4) | (rd << 12) | (value & 0xfff);
export const movt = (rd: number, value: number): number =>
  0xe340_0000 | (((value >>> 16) & 0xf000) << 4) | (rd << 12) | ((value >>> 16) & 0xfff);
export const BX_LR = 0xe12f_ff1e;

export type Place = Pick<RegisterRow, 'cp' | 'width' | 'opc1' | 'crn' | 'crm' | 'opc2'>;

/** MRC or MCR, MRRC or MCRR by width; the second register of a pair is rt + 1. */
export function access(place: Place, write: boolean, rt: number): number {
  if (place.width === 64)
    return (
      (write ? 0xec40_0000 : 0xec50_0000) |
      ((rt + 1) << 16) |
      (rt << 12) |
      (place.cp << 8) |
      (place.opc1 << 4) |
      place.crm
    );
  return (
    (write ? 0xee00_0010 : 0xee10_0010) |
    (place.opc1 << 21) |
    (place.crn << 16) |
    (rt << 12) |
    (place.cp << 8) |
    (place.opc2 << 5) |
    place.crm
  );
}
