/** Runs batches of one selection on both machines and counts what was compared: a test, or a process of its own. */
import { makeBatch, without, type Batch, type Selection } from './batch';
import { compare, type Comparison } from './compare';
import { count, outcomeOf, type Coverage } from './coverage';
import { STATES } from './layout';
import { runHere, runOnQemu, type Outcome } from './machines';

/** What came of the batches. */
export interface Result {
  readonly tests: number;
  readonly coverage: Coverage;
  /** Tests that only the watchdog ended. */
  timeouts: number;
  /** How often each deviation was met. */
  readonly deviations: Map<string, number>;
  /** Differences that nothing explains, for people; a batch with any ends the campaign. */
  readonly differences: string[];
}

/** Tests of a batch at most. From Monitor mode one takes a hundred times as long, as translation goes off and on. */
const MOST_TESTS = { 'non-secure': 125_000, all: 16_000, monitor: 16_000 } as const;
/** Differences that are told of each batch; INSTRUCTIONS_SHOWN says otherwise. */
const SHOWN = Number(process.env.INSTRUCTIONS_SHOWN ?? 5);
/** What QEMU does otherwise, or what only the watchdog ended, may have stored what later tests load: again without. */
const MOST_RUNS = 4;

interface Machines {
  readonly runner: string;
  /** Where QEMU's memory may be a file. */
  readonly folder: string;
}

const settled = (result: Comparison): boolean =>
  result.differences.length === 0 && result.dataDifference === -1;

/** One batch, without what cannot be compared. The tests left out are those not counted. */
function runBatch(batch: Batch, { runner, folder }: Machines, result: Result): void {
  const leftOut = new Set<number>();
  let theirs: Outcome;
  let comparison: Comparison;
  let timeouts = 0;
  for (let run = 1; ; run++) {
    const left = leftOut.size === 0 ? batch : without(batch, leftOut);
    theirs = runOnQemu(runner, folder, left);
    comparison = compare(left, runHere(runner, left), theirs);
    if (run === 1)
      for (const [what, n] of comparison.deviations)
        result.deviations.set(what, (result.deviations.get(what) ?? 0) + n);
    const more = [...comparison.timeouts, ...comparison.deviating];
    timeouts += comparison.timeouts.length;
    // Those that share the slot go with it.
    for (const test of more) for (let n = 0; n < STATES; n++) leftOut.add(test - (test % STATES) + n);
    if (settled(comparison) || more.length === 0 || run === MOST_RUNS) break;
  }
  result.timeouts += timeouts;
  const { differences, dataDifference } = comparison;
  if (differences.length > 0) {
    const texts = differences.slice(0, SHOWN).map(({ text }) => text);
    result.differences.push(`${differences.length} of ${batch.words.length} differ:`, ...texts);
  } else if (dataDifference !== -1)
    result.differences.push(`seed ${batch.seed}: stored data differ at word ${dataDifference}`);
  batch.rows.forEach((row, i) => {
    if (!leftOut.has(i)) count(result.coverage, row.name, outcomeOf(batch, i, theirs.records));
  });
}

/** Runs `tests` tests from `seed` on, batch after batch, each with the next seed, until one differs. */
export function runCampaign(selection: Selection, seed: number, tests: number, machines: Machines): Result {
  const result: Result = {
    tests,
    coverage: new Map(),
    timeouts: 0,
    deviations: new Map(),
    differences: [],
  };
  for (let left = tests, next = seed; left > 0 && result.differences.length === 0; next++) {
    const batch = makeBatch(next, Math.min(left, MOST_TESTS[selection.world]), selection);
    runBatch(batch, machines, result);
    left -= batch.words.length;
  }
  return result;
}
