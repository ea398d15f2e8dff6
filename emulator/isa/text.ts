/** Pieces of assembler text (UAL) that many rows share. */
import { armExpandImm } from './immediates';

const NAMES = 'r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 sl fp ip sp lr pc'.split(' ');

/** Name of a core register, as objdump prints it: r10–r15 are sl, fp, ip, sp, lr, pc. */
export function reg(n: number): string {
  return NAMES[n & 15];
}

/** `{r0, r1, lr}`. */
export function registerList(list: number): string {
  return `{${NAMES.filter((_, n) => (list >>> n) & 1).join(', ')}}`;
}

/** `0x1234`, unsigned. */
export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** `#12`: an immediate as a signed decimal number. */
export function immediate(value: number): string {
  return `#${value | 0}`;
}

/** An A32 modified immediate, as objdump writes it: a rotation that is not the shortest is written out. */
export function modifiedImmediate(imm12: number): string {
  const { value } = armExpandImm(imm12);
  const rotation = (imm12 >>> 8) * 2;
  for (let shortest = 0; shortest < rotation; shortest += 2) {
    if (((value << shortest) | (shortest === 0 ? 0 : value >>> (32 - shortest))) >>> 0 <= 0xff) {
      return `#${imm12 & 0xff}, ${rotation}`;
    }
  }
  return immediate(value);
}

export const CONDITIONS = [
  'eq',
  'ne',
  'cs',
  'cc',
  'mi',
  'pl',
  'vs',
  'vc',
  'hi',
  'ls',
  'ge',
  'lt',
  'gt',
  'le',
  '',
  '',
];

/** The suffix `s` of a flag-setting instruction. */
export function s(setFlags: number | boolean): string {
  return setFlags ? 's' : '';
}

/** `!` when the base is written back. */
export function bang(writeBack: number | boolean): string {
  return writeBack ? '!' : '';
}

/** `#4` or `#-4`; an offset of -0 is `#-0`. */
export function offset(add: number | boolean, magnitude: number): string {
  return `#${add ? '' : '-'}${magnitude}`;
}

/**
 * `[r1, #4]`, `[r1, #4]!` or `[r1], #4`: an address with an offset that is text already. A positive offset of
 * zero without write-back is left out.
 */
export function address(base: number, offsetText: string, index: boolean, writeBack: boolean): string {
  if (!index) return `[${reg(base)}], ${offsetText}`;
  const inner = offsetText === '#0' && !writeBack ? '' : `, ${offsetText}`;
  return `[${reg(base)}${inner}]${bang(writeBack)}`;
}

/** Options of DMB and DSB by value (A8.8.43). */
export const BARRIER_OPTIONS: Readonly<Record<number, string>> = {
  15: 'sy',
  14: 'st',
  11: 'ish',
  10: 'ishst',
  7: 'nsh',
  6: 'nshst',
  3: 'osh',
  2: 'oshst',
};
