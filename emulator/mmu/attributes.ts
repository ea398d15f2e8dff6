/**
 * Memory attributes, packed in one number: bits 7–0 in MAIR form (0x00 Strongly-ordered, 0x04 Device, else outer
 * and inner cacheability of Normal memory), bits 9–8 shareability (0 Non-shareable, 2 Outer, 3 Inner).
 * ARM ARM B3.8 (attributes of short and long descriptors), B4.1.104 (MAIR), B3.8.6 (combining the two stages).
 */
import { Sctlr, type TranslationRegisters } from './registers';

export type MemoryAttributes = number;

export const enum Shareability {
  None = 0,
  Outer = 2,
  Inner = 3,
}

/** Strongly-ordered memory; the default with the MMU off. */
export const STRONGLY_ORDERED: MemoryAttributes = 0x00 | (Shareability.Outer << 8);
const DEVICE_SHAREABLE: MemoryAttributes = 0x04 | (Shareability.Outer << 8);
const DEVICE_NON_SHAREABLE: MemoryAttributes = 0x04;
/** Normal, Inner and Outer Write-Back Write-Allocate, Non-shareable: the default with HCR.DC. */
export const DEFAULT_CACHEABLE: MemoryAttributes = 0xff;

/** True for Device and Strongly-ordered memory. */
export function isDevice(attributes: MemoryAttributes): boolean {
  return (attributes & 0xf0) === 0;
}

/** MAIR nibble of a two-bit cacheability (NMRR, TEX 1BB, RGN): NC, WBWA, WT, WB no WA. */
const CACHEABILITY = [0x4, 0xf, 0xa, 0xe] as const;

/** TEX[2:0]:C:B with SCTLR.TRE = 0, rows 0–8: type and cacheability; -1 reserved (taken as Strongly-ordered). */
const DEFAULT_TEX: readonly number[] = [
  STRONGLY_ORDERED,
  DEVICE_SHAREABLE,
  0xaa,
  0xee,
  0x44,
  STRONGLY_ORDERED,
  STRONGLY_ORDERED,
  0xff,
  DEVICE_NON_SHAREABLE,
];

/** DefaultTEXDecode and RemappedTEXDecode: TEX:C:B (5 bits) and the S bit of a short descriptor. */
export function decodeTex(r: TranslationRegisters, texcb: number, s: number): MemoryAttributes {
  return r.SCTLR & Sctlr.TRE ? remappedTexDecode(r, texcb, s) : defaultTexDecode(texcb, s);
}

function defaultTexDecode(texcb: number, s: number): MemoryAttributes {
  if (texcb < DEFAULT_TEX.length) {
    const row = DEFAULT_TEX[texcb]!;
    return isDevice(row) ? row : withShareability(row, s ? Shareability.Outer : Shareability.None);
  }
  if (texcb < 16) return STRONGLY_ORDERED; // reserved
  const outer = CACHEABILITY[(texcb >> 2) & 3]!;
  const inner = CACHEABILITY[texcb & 3]!;
  return withShareability((outer << 4) | inner, s ? Shareability.Outer : Shareability.None);
}

function remappedTexDecode(r: TranslationRegisters, texcb: number, s: number): MemoryAttributes {
  const region = texcb & 7;
  const type = (r.PRRR >>> (2 * region)) & 3;
  if (type === 0 || type === 3) return STRONGLY_ORDERED; // 3 is reserved
  const shareable = type === 1 ? (r.PRRR >>> (s ? 17 : 16)) & 1 : (r.PRRR >>> (s ? 19 : 18)) & 1;
  const inner = ((r.PRRR >>> (24 + region)) & 1) !== 0; // NOSn: not Outer Shareable
  const sh = shareable ? (inner ? Shareability.Inner : Shareability.Outer) : Shareability.None;
  if (type === 1) return withShareability(0x04, sh);
  const cacheability =
    (CACHEABILITY[(r.NMRR >>> (2 * region + 16)) & 3]! << 4) | CACHEABILITY[(r.NMRR >>> (2 * region)) & 3]!;
  return withShareability(cacheability, sh);
}

/** AttrIndx and SH of a stage 1 long descriptor, through MAIRn or HMAIRn. */
export function decodeMair(
  r: TranslationRegisters,
  hyp: boolean,
  index: number,
  sh: number,
): MemoryAttributes {
  const low = hyp ? r.HMAIR0 : r.PRRR;
  const high = hyp ? r.HMAIR1 : r.NMRR;
  const byte = ((index & 4 ? high : low) >>> (8 * (index & 3))) & 0xff;
  if ((byte & 0xf0) === 0) return byte === 0 ? STRONGLY_ORDERED : DEVICE_SHAREABLE;
  return withShareability(byte, sh === 1 ? Shareability.None : sh);
}

/** MAIR nibble of MemAttr[3:2] or MemAttr[1:0]: reserved (taken as Non-cacheable), NC, WT, WB. */
const STAGE2_NIBBLE = [0x4, 0x4, 0xb, 0xf] as const;

/** MemAttr[3:0] and SH of a stage 2 descriptor. */
export function decodeStage2(memAttr: number, sh: number): MemoryAttributes {
  const outer = memAttr >>> 2;
  const inner = memAttr & 3;
  if (outer === 0) return inner === 0 ? STRONGLY_ORDERED : DEVICE_SHAREABLE;
  const byte = (STAGE2_NIBBLE[outer]! << 4) | STAGE2_NIBBLE[inner]!;
  return withShareability(byte, sh === 1 ? Shareability.None : sh);
}

/** CombineS1S2Desc: the stronger type, the weaker cacheability (hints of stage 1), the wider shareability. */
export function combineAttributes(s1: MemoryAttributes, s2: MemoryAttributes): MemoryAttributes {
  if (isDevice(s1) || isDevice(s2)) {
    const strongly = (isDevice(s1) && (s1 & 0xff) === 0) || (isDevice(s2) && (s2 & 0xff) === 0);
    return strongly ? STRONGLY_ORDERED : DEVICE_SHAREABLE;
  }
  const byte = (combineNibble((s1 >> 4) & 15, (s2 >> 4) & 15) << 4) | combineNibble(s1 & 15, s2 & 15);
  if (byte === 0x44) return withShareability(byte, Shareability.Outer);
  const a = (s1 >> 8) & 3;
  const b = (s2 >> 8) & 3;
  const outer = a === Shareability.Outer || b === Shareability.Outer;
  return withShareability(byte, outer ? Shareability.Outer : a | b);
}

function combineNibble(s1: number, s2: number): number {
  if (s1 === 4 || s2 === 4) return 4;
  const kind1 = s1 >> 2;
  if (kind1 === 0 || kind1 === 2) return s1; // Write-Through in stage 1
  return s2 >> 2 === 2 ? 8 | (s1 & 3) : s1;
}

function withShareability(byte: number, sh: number): MemoryAttributes {
  return byte | (sh << 8);
}

/** `Strongly-ordered`, `Device` or `Normal`. */
export function memoryTypeName(a: MemoryAttributes): 'Strongly-ordered' | 'Device' | 'Normal' {
  return !isDevice(a) ? 'Normal' : (a & 0xff) === 0 ? 'Strongly-ordered' : 'Device';
}

/** Shareability in the manual's words. */
export function shareabilityName(
  a: MemoryAttributes,
): 'Non-shareable' | 'Outer Shareable' | 'Inner Shareable' {
  const sh = (a >> 8) & 3;
  return sh === Shareability.Outer
    ? 'Outer Shareable'
    : sh === Shareability.Inner
      ? 'Inner Shareable'
      : 'Non-shareable';
}

function cacheabilityName(nibble: number): string {
  if (nibble === 4) return 'Non-cacheable';
  const write = nibble & 8 ? '' : ' transient';
  return `${nibble & 4 ? 'Write-Back' : 'Write-Through'}${write}`;
}

/** Type and cacheability in the manual's words, such as `Normal, Inner and Outer Write-Back`. */
export function memoryName(a: MemoryAttributes): string {
  if (isDevice(a)) return memoryTypeName(a);
  const outer = cacheabilityName((a >> 4) & 15);
  const inner = cacheabilityName(a & 15);
  return outer === inner ? `Normal, Inner and Outer ${inner}` : `Normal, Inner ${inner}, Outer ${outer}`;
}
