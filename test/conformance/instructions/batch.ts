/** Random single instructions with random state, as the runner takes them. */
import { decode } from '../../../emulator/isa/decoder';
import {
  randomInstructionOf,
  seededRandom,
  type RandomInstruction,
  type RandomWord,
} from '../../../emulator/isa/random';
import type { DecodeContext, InstructionSet, Row } from '../../../emulator/isa/row';
import { ROWS } from '../../../emulator/isa/table';
import { fillDRegisters } from './d-registers';
import { fillInputs, makeData, randomItState, type Landing, type World } from './inputs';
import { BLOCK_BYTES, CODE_AT, codeAt, CODE_BYTES, MOST_CODE, RECORD_WORDS, STATES } from './layout';
import { exclusiveBefore } from './exclusives';
import { shapeWord } from './shapes';
import { clearSlot, emptyCode, ENDS, writeSlot, type End } from './slots';
import { isUndefinedRow, randomUndefined } from './undefined-encodings';

/** Which instructions a batch is made of. */
export interface Selection {
  readonly set: InstructionSet;
  /** D registers are compared too. */
  readonly vfp: boolean;
  readonly world: World;
  readonly rows: (row: Row) => boolean;
}

export interface Batch {
  readonly seed: number;
  readonly selection: Selection;
  /** The code slots, 16 bytes a test, filled up with HVC to whole blocks of 2 MiB. */
  readonly code: Uint32Array;
  readonly landing: Landing;
  readonly vectors: number;
  /** Bits that are set in SCTLR: what alignment, endianness and instruction set of exceptions are. */
  readonly sctlr: number;
  /** The records with their inputs, RECORD_WORDS a test. */
  readonly records: Uint32Array;
  readonly data: Uint32Array;
  /** D registers before each test, 64 words a test; empty when they are not compared. */
  readonly dRegisters: Uint32Array;
  readonly rows: readonly Row[];
  readonly words: readonly number[];
}

const SCTLR_A = 1 << 1;
const SCTLR_SW = 1 << 10;
const SCTLR_EE = 1 << 25;
const SCTLR_TE = 1 << 30;
/** SCTLR by seed: SWP is there always; each of the others in some batches. */
const SCTLR_OF_SEED = [0, SCTLR_A, SCTLR_EE, 0, SCTLR_TE, SCTLR_A | SCTLR_EE | SCTLR_TE, 0, SCTLR_EE];

/** In Monitor mode a SMC would overwrite what the test has left in LR_mon and SPSR_mon. */
const ENDS_BY_WORLD: Readonly<Record<World, End>> = {
  'non-secure': ENDS.HVC,
  all: ENDS.SMC,
  monitor: ENDS.SVC,
};
const endOf = ({ world }: Selection): End => ENDS_BY_WORLD[world];

/** The rows of a selection. */
export function rowsOf(selection: Selection): Row[] {
  return ROWS.filter((row) => row.set === selection.set && selection.rows(row));
}

/**
 * Makes `tests` tests, or a few more: of each row as many instructions as of any other, each with STATES states. The
 * same seed and selection give the same batch.
 */
export function makeBatch(seed: number, tests: number, selection: Selection): Batch {
  const random = seededRandom(seed);
  const count = Math.ceil(tests / STATES) * STATES;
  const { set, world } = selection;
  const end = endOf(selection);
  const sctlr = SCTLR_SW | SCTLR_OF_SEED[seed % SCTLR_OF_SEED.length]!;
  const { code, landing, vectors } = emptyCode(count, set, end, (sctlr & SCTLR_TE) !== 0);
  const records = new Uint32Array(count * RECORD_WORDS);
  const candidates = rowsOf(selection);
  if (candidates.length === 0) throw new Error(`no ${set} row is wanted`);
  const rows: Row[] = [];
  const words: number[] = [];
  let turn = random() % candidates.length;
  /** An instruction of the row whose turn it is; of the next one where that row has none that will do. */
  const nextInstruction = (test: number): { context: DecodeContext; chosen: RandomInstruction } => {
    for (let tries = 1; ; tries++) {
      // Nothing enters Monitor mode in an IT block.
      const itstate = set === 'T32' && world !== 'monitor' ? randomItState(random) : 0;
      const context: DecodeContext = { set, address: codeAt(test), itstate };
      const chosen = chooseInstruction(random, candidates[turn]!, context, world);
      if (chosen !== undefined || tries % MOST_TRIES === 0) turn = (turn + 1) % candidates.length;
      if (chosen !== undefined) return { context, chosen };
    }
  };
  for (let i = 0; i < count; i += STATES) {
    const { context, chosen } = nextInstruction(i);
    const { word, row, bytes } = chosen;
    writeSlot(code, i / STATES, set, word, bytes, end, exclusiveBefore(row, word, context, random));
    for (let test = i; test < i + STATES; test++) {
      rows.push(row);
      words.push(word);
      fillInputs(records.subarray(test * RECORD_WORDS), row, context, landing, world, random);
    }
  }
  const data = makeData(landing, random);
  const dRegisters = new Uint32Array(selection.vfp ? count * 64 : 0);
  fillDRegisters(dRegisters, random);
  return { seed, selection, code, landing, vectors, sctlr, records, data, dRegisters, rows, words };
}

/** Draws of a row, each with another IT state, before it is left out for once. */
const MOST_TRIES = 64;
/** One in sixteen may be an UNDEFINED encoding of the row. */
const UNDEFINED_SHARE = 16;

/** A random instruction; a branch into the code that leads back, or into the midst of others, is no choice. */
function chooseInstruction(
  random: RandomWord,
  row: Row,
  context: DecodeContext,
  world: World,
): RandomInstruction | undefined {
  if (isUndefinedRow(row)) return randomUndefined(row, random, context);
  const chosen = randomInstructionOf(row, random, {
    address: context.address,
    itstate: context.itstate,
    withUndefined: alwaysUndefined(row) || random() % UNDEFINED_SHARE === 0,
    shape: (...drawn) => shapeWord(world, ...drawn),
  });
  if (chosen === undefined) return undefined;
  const { target } = row.operands?.(decode(chosen.word, context).fields, context) ?? {};
  if (target === undefined) return chosen;
  const to = target >>> 0;
  const inCode = to >= CODE_AT && to < CODE_AT + MOST_CODE;
  return !inCode || leadsOn(row, to, context) ? chosen : undefined;
}

function alwaysUndefined(row: Row): boolean {
  return row.undefined?.length === 0 && row.undefined({ word: 0 }, { set: row.set, address: 0, itstate: 0 });
}

/**
 * True for a branch that ends soon: in A32 on to another test's instruction, but not with BLX, which would run it in
 * the other instruction set; in T32, where that may be UNPREDICTABLE outside its IT block, within the own slot.
 */
function leadsOn(row: Row, to: number, { set, address }: DecodeContext): boolean {
  if (set === 'T32') return to > address && to < address + CODE_BYTES;
  return to > address && to % CODE_BYTES === 0 && !row.name.includes('BLX');
}

/** The same batch with nothing in the place of some tests. */
export function without(batch: Batch, tests: Iterable<number>): Batch {
  const code = batch.code.slice();
  for (const test of tests) clearSlot(code, test, batch.selection.set, endOf(batch.selection));
  return { ...batch, code };
}

/** The header words. @param ticks of the system counter (16 ns) that one test may take */
export function header(batch: Batch, ticks: number): Uint32Array {
  const flags = batch.selection.vfp ? 1 : 0;
  return Uint32Array.of(
    batch.words.length,
    flags,
    (batch.code.length * 4) / BLOCK_BYTES,
    ticks,
    batch.sctlr,
    batch.vectors,
  );
}
