// Random single instructions with random state, here and on QEMU: every register, the flags, the syndromes.
//
// INSTRUCTIONS_SEED and INSTRUCTIONS_COUNT (tests of each batch) run any seed again.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBatch, MOST_TESTS, without, type Batch } from './batch';
import { compare } from './compare';
import { buildRunner, runHere, runOnQemu } from './machines';
import { SELECTIONS } from './selections';

const LONG = process.env.WORLDSWITCH_LONG === '1';
const SEED = Number(process.env.INSTRUCTIONS_SEED ?? 1);

/** Tests of each selection: a million integer instructions in every run. */
const COUNTS: Readonly<Record<string, number>> = {
  A32: 500_000,
  T32: 500_000,
  'A32 VFP transfers': 20_000,
  'T32 VFP transfers': 20_000,
};
const FACTOR = LONG ? 10 : 1;
const BATCH = 125_000;

describe('single instructions against QEMU', function () {
  this.timeout(LONG ? 3_600_000 : 400_000);
  let folder: string;
  let runner: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-instructions-'));
    runner = buildRunner(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What was stored: tests that the watchdog ends may store more on one machine than on the other, so they go. */
  function compareStores(batch: Batch): void {
    const first = compare(batch, runHere(runner, batch), runOnQemu(runner, folder, batch));
    const clean = without(batch, first.timeouts);
    const second = compare(clean, runHere(runner, clean), runOnQemu(runner, folder, clean));
    assert.deepEqual(second.timeouts, []);
    assert.equal(
      second.dataDifference,
      -1,
      `stored data differ at word ${second.dataDifference} (seed ${batch.seed})`,
    );
  }

  for (const [name, selection] of Object.entries(SELECTIONS)) {
    const wanted = Number(process.env.INSTRUCTIONS_COUNT ?? COUNTS[name]! * FACTOR);
    it(`${name}: ${wanted} from seed ${SEED}`, () => {
      let compared = 0;
      let timeouts = 0;
      const deviations = new Map<string, number>();
      const rows = new Set<string>();
      for (let seed = SEED, left = wanted; left > 0; seed++) {
        const count = Math.min(left, BATCH, MOST_TESTS);
        const batch = makeBatch(seed, count, selection);
        const theirs = runOnQemu(runner, folder, batch);
        const result = compare(batch, runHere(runner, batch), theirs);
        const shown = result.differences.slice(0, 5).map(({ text }) => text);
        assert.equal(
          result.differences.length,
          0,
          `${result.differences.length} of ${count} differ (seed ${seed}):\n${shown.join('\n')}`,
        );
        timeouts += result.timeouts.length;
        compared += count - result.timeouts.length;
        if (seed === SEED) compareStores(makeBatch(seed, Math.min(count, 20_000), selection));
        for (const [what, n] of result.deviations) deviations.set(what, (deviations.get(what) ?? 0) + n);
        for (const row of batch.rows) rows.add(row.name);
        left -= count;
      }
      console.log(`      ${compared} compared, ${timeouts} ended by the watchdog, ${rows.size} rows`);
      for (const [what, n] of deviations) console.log(`      ${n}: ${what}`);
      assert.ok(
        timeouts < wanted / 200,
        `${timeouts} of ${wanted} ended by the watchdog: little was compared`,
      );
    });
  }
});
