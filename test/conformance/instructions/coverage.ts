/** How often each row of the table was compared, and what became of its instructions. */
import { decode } from '../../../emulator/isa/decoder';
import type { Batch } from './batch';
import { BLOCK_BYTES, codeAt, INPUT, OUTPUT, OUTPUTS, RECORD_WORDS, RUNNER_AT } from './layout';

export const OUTCOMES = ['executed', 'condition failed', 'UNDEFINED', 'trapped', 'faulted'] as const;
export type OutcomeClass = (typeof OUTCOMES)[number];

/** Comparisons by row and outcome. */
export type Coverage = Map<string, Record<OutcomeClass, number>>;

/** HSR.EC. */
const EC = { Hvc: 0x12, PrefetchAbort: 0x20, DataAbort: 0x24 };
/** What HVC says of the PL1 vector that it stands at. */
const PL1_VECTOR: Readonly<Record<number, OutcomeClass>> = {
  0x102: 'UNDEFINED',
  0x104: 'faulted',
  0x105: 'faulted',
};

/** ConditionPassed() of the manual. */
export function conditionHolds(condition: number, cpsr: number): boolean {
  const [n, z, c, v] = [31, 30, 29, 28].map((bit) => ((cpsr >>> bit) & 1) !== 0);
  const holds = [z, c, n, v, c && !z, n === v, n === v && !z, true][condition >>> 1]!;
  return (condition & 1) !== 0 && condition !== 15 ? !holds : holds;
}

/** By the vector's number, whoever's table it stands in. */
const BY_VECTOR: Readonly<Record<number, OutcomeClass>> = { 1: 'UNDEFINED', 3: 'faulted', 4: 'faulted' };
const HYP_TRAP = 5;
/** Vector number of a SMC, as monitor-runner.S has it, and what it adds to those of Secure PL1. */
const CALLED_MONITOR = 2;
const SECURE = 16;

/** What Hyp mode was told; undefined for a HVC. */
function trapOutcome(hsr: number): OutcomeClass | undefined {
  const ec = hsr >>> 26;
  if (ec === EC.PrefetchAbort || ec === EC.DataAbort) return 'faulted';
  return ec === EC.Hvc ? undefined : 'trapped';
}

/** What stopped the instruction, by where runner.S came to; undefined when it went on. */
function stoppedInHyp(outputs: Uint32Array): OutcomeClass | undefined {
  const hsr = outputs[OUTPUT.HSR]!;
  return trapOutcome(hsr) ?? PL1_VECTOR[hsr & 0xffff];
}

/** By where monitor-runner.S came to: a vector of Secure PL1, or a SMC, which may stand at a vector of Hyp or PL1. */
function stoppedInMonitor(batch: Batch, outputs: Uint32Array): OutcomeClass | undefined {
  const vector = outputs[OUTPUT.VECTOR]!;
  if (vector >= SECURE) return BY_VECTOR[vector - SECURE];
  const called = outputs[OUTPUT.ELR_HYP]! - 4;
  const ofPl1 = called >= batch.vectors && called < batch.vectors + 32;
  const ofHyp = called >= RUNNER_AT && called < RUNNER_AT + BLOCK_BYTES;
  if (vector !== CALLED_MONITOR || !(ofPl1 || ofHyp)) return BY_VECTOR[vector];
  const number = (called & 31) >>> 2;
  return ofHyp && number === HYP_TRAP ? trapOutcome(outputs[OUTPUT.HSR]!) : BY_VECTOR[number];
}

/** What became of test `i`, by the record that a runner wrote. */
export function outcomeOf(batch: Batch, i: number, records: Uint32Array): OutcomeClass {
  const at = i * RECORD_WORDS;
  const outputs = records.subarray(at + OUTPUTS, at + RECORD_WORDS);
  const stopped =
    batch.selection.world === 'non-secure' ? stoppedInHyp(outputs) : stoppedInMonitor(batch, outputs);
  if (stopped !== undefined) return stopped;
  const cpsr = batch.records[at + INPUT.CPSR]!;
  const { set } = batch.selection;
  const itstate = set === 'T32' ? ((cpsr >>> 25) & 3) | ((cpsr >>> 8) & 0xfc) : 0;
  const { condition } = decode(batch.words[i]!, { set, address: codeAt(i), itstate });
  return conditionHolds(condition, cpsr) ? 'executed' : 'condition failed';
}

export function count(coverage: Coverage, row: string, outcome: OutcomeClass, n = 1): void {
  let counts = coverage.get(row);
  if (counts === undefined) {
    counts = { executed: 0, 'condition failed': 0, UNDEFINED: 0, trapped: 0, faulted: 0 };
    coverage.set(row, counts);
  }
  counts[outcome] += n;
}

export function merge(into: Coverage, from: Coverage): void {
  for (const [row, counts] of from)
    for (const outcome of OUTCOMES) count(into, row, outcome, counts[outcome]);
}

/** Comparisons of a row in all. */
export function compared(coverage: Coverage, row: string): number {
  const counts = coverage.get(row);
  return counts === undefined ? 0 : OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);
}

/** A few lines: how many of each outcome, how often each row at least, and the rows that are furthest behind. */
export function summary(coverage: Coverage, rows: readonly string[]): string[] {
  const totals = OUTCOMES.map((outcome) => {
    const n = [...coverage.values()].reduce((sum, counts) => sum + counts[outcome], 0);
    return `${n} ${outcome}`;
  });
  const byCount = rows.map((row) => ({ row, n: compared(coverage, row) })).sort((a, b) => a.n - b.n);
  const least = byCount.slice(0, 3).map(({ row, n }) => `${row} ${n}`);
  return [
    `${rows.length} rows, each ${byCount[0]?.n ?? 0} times at least; ${totals.join(', ')}`,
    `least: ${least.join('; ')}`,
  ];
}
