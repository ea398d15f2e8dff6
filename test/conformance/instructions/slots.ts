/** The code of a batch: a slot for each test, and places to land on behind them. */
import type { InstructionSet } from '../../../emulator/isa/row';
import { LANDING_BYTES, type Landing } from './inputs';
import { BLOCK_BYTES, CODE_AT, CODE_BYTES, STATES } from './layout';

const HVC_A32 = 0xe140_0070;
const NOP_T16 = 0xbf00;
/** HVC #0 in T32, as two halfwords in memory order. */
const HVC_T32 = 0x8000_f7e0;

/** What ends a test: a call of where its runner is. In T32 it is two halfwords in memory order. */
export interface End {
  readonly a32: number;
  readonly t32: number;
}
export const ENDS = {
  HVC: { a32: HVC_A32, t32: HVC_T32 },
  SMC: { a32: 0xe160_0070, t32: 0x8000_f7f0 },
  // T32's SVC is a halfword.
  SVC: { a32: 0xef00_0000, t32: 0xdf00_df00 },
} as const;

/** IT and four instructions, as halfwords. */
const LONGEST_IT_BLOCK = 5;
/** What HVC says at the first vector of PL1; each of the others says one more. */
const VECTORS_SAY = 0x101;
const VECTORS = 8;

function vector(n: number, end: End, thumb: boolean): number {
  if (end !== ENDS.HVC) return thumb ? ENDS.SMC.t32 : ENDS.SMC.a32;
  const immediate = VECTORS_SAY + n;
  if (!thumb) return (HVC_A32 | ((immediate >>> 4) << 8) | (immediate & 15)) >>> 0;
  return (HVC_T32 | ((immediate & 0xfff) << 16) | (immediate >>> 12)) >>> 0;
}

export interface EmptyCode {
  /** Whole blocks, filled with HVC. */
  readonly code: Uint32Array;
  readonly landing: Landing;
  /** Address of the vectors of PL1. */
  readonly vectors: number;
}

/** Code for `count` tests that are yet to be written. */
export function emptyCode(count: number, set: InstructionSet, end: End, thumbVectors: boolean): EmptyCode {
  const slots = Math.ceil(count / STATES);
  const tests = Math.ceil((slots * CODE_BYTES) / LANDING_BYTES) * LANDING_BYTES;
  const vectors = tests + 2 * LANDING_BYTES;
  const bytes = Math.ceil((vectors + 4 * VECTORS) / BLOCK_BYTES) * BLOCK_BYTES;
  const code = new Uint32Array(bytes / 4).fill(set === 'T32' ? end.t32 : end.a32);
  for (let at = tests; at < tests + LANDING_BYTES; at += CODE_BYTES) {
    code.fill(end.a32, at / 4, at / 4 + 4);
    // What is landed on may be in an IT block, in which no call may be.
    writeThumb(code, (at + LANDING_BYTES) / 4, [NOP_T16], end);
  }
  for (let n = 0; n < VECTORS; n++) code[vectors / 4 + n] = vector(n, end, thumbVectors);
  const landing = { a32: CODE_AT + tests, t32: CODE_AT + tests + LANDING_BYTES };
  return { code, landing, vectors: CODE_AT + vectors };
}

/** Writes the slot at word `at`: in T32 instructions are given as halfwords, NOPs follow, as an IT block may go on. */
function writeThumb(code: Uint32Array, at: number, halves: readonly number[], end: End): void {
  const all = [...halves, NOP_T16, NOP_T16, NOP_T16];
  while (all.length < LONGEST_IT_BLOCK) all.push(NOP_T16);
  while (all.length < CODE_BYTES / 2) all.push(end.t32 & 0xffff, end.t32 >>> 16);
  for (let n = 0; n < CODE_BYTES / 4; n++)
    code[at + n] = ((all[2 * n]! & 0xffff) | (all[2 * n + 1]! << 16)) >>> 0;
}

const halvesOf = (word: number, bytes: 2 | 4): number[] =>
  bytes === 2 ? [word] : [word >>> 16, word & 0xffff];

/**
 * Writes slot number `slot`.
 * @param before an instruction to come first: 0 for none. In T32 it is a 32-bit one and there is no IT block.
 */
export function writeSlot(
  code: Uint32Array,
  slot: number,
  set: InstructionSet,
  word: number,
  bytes: 2 | 4,
  end: End,
  before = 0,
): void {
  const at = (slot * CODE_BYTES) / 4;
  if (set === 'A32') {
    const words = before === 0 ? [word] : [before, word];
    for (let n = 0; n < 4; n++) code[at + n] = words[n] ?? end.a32;
  } else if (before === 0) writeThumb(code, at, halvesOf(word, bytes), end);
  else {
    const halves = [...halvesOf(before, 4), ...halvesOf(word, bytes)];
    while (halves.length < 6) halves.push(NOP_T16);
    halves.push(end.t32 & 0xffff, end.t32 >>> 16);
    for (let n = 0; n < 4; n++) code[at + n] = ((halves[2 * n]! & 0xffff) | (halves[2 * n + 1]! << 16)) >>> 0;
  }
}

/** The slot of a test (and of those that share it) with nothing in it but the way out. */
export function clearSlot(code: Uint32Array, test: number, set: InstructionSet, end: End): void {
  writeSlot(
    code,
    Math.floor(test / STATES),
    set,
    set === 'T32' ? NOP_T16 : end.a32,
    set === 'T32' ? 2 : 4,
    end,
  );
}
