/** Random single instructions with random state, as the runner takes them. */
import { inItBlock, type DecodeContext, type InstructionSet, type Row } from '../../../emulator/isa/row';
import { decode } from '../../../emulator/isa/decoder';
import {
  randomInstruction,
  seededRandom,
  type RandomInstruction,
  type RandomWord,
} from '../../../emulator/isa/random';
import { fillDRegisters } from './d-registers';

export const HEADER_AT = 0x4400_0000;
export const CODE_AT = 0x4800_0000;
export const RECORDS_AT = 0x5000_0000;
export const DATA_AT = 0x7000_0000;
export const DATA_BYTES = 0x20_0000;
export const D_REGISTERS_AT = 0x7800_0000;
export const CODE_BYTES = 16;
export const RECORD_WORDS = 128;
/** Most tests in one batch: the code that stage 2 maps. */
export const MOST_TESTS = (32 * 0x20_0000) / CODE_BYTES;

/** Which instructions a batch is made of. */
export interface Selection {
  readonly set: InstructionSet;
  /** D registers are compared too. */
  readonly vfp: boolean;
  readonly rows: (row: Row) => boolean;
}

export interface Batch {
  readonly seed: number;
  readonly selection: Selection;
  /** The code slots, 16 bytes a test, filled up with HVC to whole blocks of 2 MiB. */
  readonly code: Uint32Array;
  /** The records with their inputs, RECORD_WORDS a test. */
  readonly records: Uint32Array;
  readonly data: Uint32Array;
  /** D registers before each test, 64 words a test; empty when they are not compared. */
  readonly dRegisters: Uint32Array;
  readonly rows: readonly Row[];
  readonly words: readonly number[];
}

const BLOCK_BYTES = 0x20_0000;
const HVC_A32 = 0xe140_0070;
const NOP_T16 = 0xbf00;
/** HVC #0 in T32, as two halfwords in memory order. */
const HVC_T32 = 0x8000_f7e0;

const MODES = [0x10, 0x13, 0x1f, 0x17, 0x1b, 0x12, 0x11];
const MASKED = 0x1c0;

/** A mode in which the row is not UNPREDICTABLE. */
function modeFor(row: Row, random: RandomWord): number {
  const mode = MODES[random() % MODES.length]!;
  const needsSpsr = /^(SUBS PC|ERET|MRS|MSR)|\(User registers\)/.test(row.name);
  return needsSpsr && (mode === 0x10 || mode === 0x1f) ? 0x13 : mode;
}

/** Conditions of IT blocks as ITSTATE: one to four instructions, every one of them to be the first. */
function randomItState(random: RandomWord): number {
  if (random() & 1) return 0;
  const condition = random() % 15;
  const mask = 1 + (random() % 15);
  // With AL nothing may be "else".
  if (condition === 14) return 0xe0 | (mask & -mask);
  return (condition << 4) | mask;
}

function randomValue(random: RandomWord): number {
  switch (random() % 8) {
    case 0:
      return 0;
    case 1:
      return 0xffff_ffff;
    case 2:
      return (1 << (random() & 31)) >>> 0;
    case 3:
      return random() & 0xff;
    case 4:
      return (0x8000_0000 + ((random() & 7) - 4)) >>> 0;
    default:
      return random();
  }
}

/**
 * Registers point this far from the ends of the data at least: what crosses an end may be stored in part by QEMU, while
 * here nothing is stored by an instruction that faults.
 */
const MARGIN = 0x4000;

/** Half of all register values point into the data, mostly aligned. */
function randomRegister(random: RandomWord): number {
  if (random() & 1) return randomValue(random);
  const at = DATA_AT + MARGIN + (random() % (DATA_BYTES - 2 * MARGIN));
  return random() % 8 === 0 ? at : (at & ~7) >>> 0;
}

/** Makes `count` tests. The same seed and selection give the same batch. */
export function makeBatch(seed: number, count: number, selection: Selection): Batch {
  const random = seededRandom(seed);
  const filler = selection.set === 'T32' ? HVC_T32 : HVC_A32;
  const code = new Uint32Array((Math.ceil((count * CODE_BYTES) / BLOCK_BYTES) * BLOCK_BYTES) / 4).fill(
    filler,
  );
  const records = new Uint32Array(count * RECORD_WORDS);
  const rows: Row[] = [];
  const words: number[] = [];
  for (let i = 0; i < count; i++) {
    const t32 = selection.set === 'T32';
    const itstate = t32 ? randomItState(random) : 0;
    const context: DecodeContext = { set: selection.set, address: CODE_AT + i * CODE_BYTES, itstate };
    const { word, row, bytes } = chooseInstruction(random, selection, context);
    rows.push(row);
    words.push(word);
    writeSlot(code, i * 4, word, bytes, t32);
    const r = i * RECORD_WORDS;
    for (let n = 0; n < 15; n++) records[r + n] = randomRegister(random);
    const mode = modeFor(row, random);
    const flags = (random() & 0xf8_0f_00_00) >>> 0;
    const it = inItBlock(context) ? ((itstate & 3) << 25) | ((itstate >>> 2) << 10) : 0;
    records[r + 15] = (flags | it | MASKED | (t32 ? 0x20 : 0) | mode) >>> 0;
    // Exception returns stay in the instruction set, for the same reason.
    const savedMode = MODES[random() % MODES.length]!;
    records[r + 16] = ((random() & 0xf80f_0000) | MASKED | (t32 ? 0x20 : 0) | savedMode) >>> 0;
    records[r + 17] = (random() & 0xf7c0_009f) >>> 0;
  }
  const data = Uint32Array.from({ length: DATA_BYTES / 4 }, () => random());
  const dRegisters = new Uint32Array(selection.vfp ? count * 64 : 0);
  fillDRegisters(dRegisters, random);
  return { seed, selection, code, records, data, dRegisters, rows, words };
}

/** A random instruction; a branch into the code that leads back, or into the midst of others, is chosen again. */
function chooseInstruction(
  random: RandomWord,
  selection: Selection,
  context: DecodeContext,
): RandomInstruction {
  for (;;) {
    const chosen = randomInstruction(random, selection.set, {
      rows: selection.rows,
      address: context.address,
      itstate: context.itstate,
    });
    const { target } = chosen.row.operands?.(decode(chosen.word, context).fields, context) ?? {};
    if (target === undefined) return chosen;
    const to = target >>> 0;
    const inCode = to >= CODE_AT && to < CODE_AT + MOST_TESTS * CODE_BYTES;
    if (!inCode || leadsOn(chosen.row, to, context)) return chosen;
  }
}

/**
 * True for a branch that ends soon: in A32 on to another test's instruction, but not with BLX, which would run it in
 * the other instruction set; in T32, where that may be UNPREDICTABLE outside its IT block, within the own slot.
 */
function leadsOn(row: Row, to: number, { set, address }: DecodeContext): boolean {
  if (set === 'T32') return to > address && to < address + CODE_BYTES;
  return to > address && to % CODE_BYTES === 0 && !row.name.includes('BLX');
}

function writeSlot(code: Uint32Array, at: number, word: number, bytes: 2 | 4, t32: boolean): void {
  if (!t32) {
    code.set([word, HVC_A32, HVC_A32, HVC_A32], at);
    return;
  }
  // No instruction of an IT block is an HVC: NOPs come first.
  const halves = bytes === 2 ? [word] : [word >>> 16, word & 0xffff];
  halves.push(NOP_T16, NOP_T16, NOP_T16);
  if (bytes === 2) halves.push(NOP_T16);
  while (halves.length < 8) halves.push(HVC_T32 & 0xffff, HVC_T32 >>> 16);
  for (let n = 0; n < 4; n++) code[at + n] = ((halves[2 * n]! & 0xffff) | (halves[2 * n + 1]! << 16)) >>> 0;
}

/** The same batch with a NOP (A32: an HVC) in the place of some tests. */
export function without(batch: Batch, tests: readonly number[]): Batch {
  const code = batch.code.slice();
  const t32 = batch.selection.set === 'T32';
  for (const test of tests) writeSlot(code, test * 4, t32 ? NOP_T16 : HVC_A32, t32 ? 2 : 4, t32);
  return { ...batch, code };
}

/** The header words. @param ticks of the system counter (16 ns) that one test may take */
export function header(batch: Batch, ticks: number): Uint32Array {
  const flags = batch.selection.vfp ? 1 : 0;
  return Uint32Array.of(batch.words.length, flags, (batch.code.length * 4) / BLOCK_BYTES, ticks);
}
