/** Arithmetic that JavaScript has no operator for. All integers are signed 32 bits in and out. */

/** High word of the unsigned product. */
export function mulHighU(x: number, y: number): number {
  const xl = x & 0xffff;
  const xh = x >>> 16;
  const yl = y & 0xffff;
  const yh = y >>> 16;
  const middle = xh * yl + ((xl * yl) >>> 16);
  const middle2 = xl * yh + (middle & 0xffff);
  return (xh * yh + (middle >>> 16) + (middle2 >>> 16)) | 0;
}

/** High word of the signed product. */
export function mulHighS(x: number, y: number): number {
  return (mulHighU(x, y) - ((x >> 31) & y) - ((y >> 31) & x)) | 0;
}

/** SDIV: towards zero, 0 for a divisor of 0. */
export function divS(x: number, y: number): number {
  return y === 0 ? 0 : (x / y) | 0;
}

/** UDIV. */
export function divU(x: number, y: number): number {
  return y === 0 ? 0 : ((x >>> 0) / (y >>> 0)) | 0;
}
