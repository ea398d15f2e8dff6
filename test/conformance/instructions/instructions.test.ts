// Random single instructions with random state, here and on QEMU: every register, the flags, the syndromes.
//
// INSTRUCTIONS_SEED and INSTRUCTIONS_COUNT (tests of each batch) run any seed again.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBatch, MOST_TESTS, without } from './batch';
import { compare } from './compare';
import { buildRunner, runHere, runOnQemu } from './machines';
import { SELECTIONS } from './selections';

const LONG = process.env.WORLDSWITCH_LONG === '1';
const SEED = Number(process.env.INSTRUCTIONS_SEED ?? 1);

/** Tests of each selection: a million integer instructions in every run. */
const COUNTS: Readonly<Record<string, number>> = {
  A32: 510_000,
  T32: 505_000,
  'A32 VFP transfers': 20_000,
  'T32 VFP transfers': 20_000,
  'A32 VFP arithmetic': 20_000,
  'T32 VFP arithmetic': 20_000,
  'A32 Advanced SIMD': 20_000,
  'T32 Advanced SIMD': 20_000,
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

  for (const [name, selection] of Object.entries(SELECTIONS)) {
    const wanted = Number(process.env.INSTRUCTIONS_COUNT ?? COUNTS[name]! * FACTOR);
    it(`${name}: ${wanted} from seed ${SEED}`, () => {
      let compared = 0;
      let timeouts = 0;
      let batches = 0;
      let unsure = 0;
      const deviations = new Map<string, number>();
      const rows = new Set<string>();
      for (let seed = SEED, wantedYet = wanted; wantedYet > 0; seed++) {
        const count = Math.min(wantedYet, BATCH, MOST_TESTS);
        const batch = makeBatch(seed, count, selection);
        const first = compare(batch, runHere(runner, batch), runOnQemu(runner, folder, batch));
        // What QEMU does otherwise, or what only the watchdog ended, may have stored what later tests load: again without.
        const left = without(batch, [...first.timeouts, ...first.deviating]);
        const result = compare(left, runHere(runner, left), runOnQemu(runner, folder, left));
        const shown = result.differences.slice(0, 5).map(({ text }) => text);
        assert.equal(
          result.differences.length,
          0,
          `${result.differences.length} of ${count} differ (seed ${seed}):\n${shown.join('\n')}`,
        );
        // A new loop, through what was left out, may store on one machine more than on the other.
        if (result.timeouts.length === 0)
          assert.equal(
            result.dataDifference,
            -1,
            `stored data differ at word ${result.dataDifference} (seed ${seed})`,
          );
        else unsure++;
        timeouts += first.timeouts.length;
        compared += count - first.timeouts.length - first.deviating.length;
        for (const [what, n] of first.deviations) deviations.set(what, (deviations.get(what) ?? 0) + n);
        for (const row of batch.rows) rows.add(row.name);
        wantedYet -= count;
        batches++;
      }
      console.log(`      ${compared} compared, ${timeouts} endless loops left out, ${rows.size} rows`);
      for (const [what, n] of deviations) console.log(`      ${n}: ${what}`);
      assert.ok(batches === 1 || unsure < batches, 'what was stored could be compared in no batch');
      assert.ok(timeouts < wanted / 200, `${timeouts} of ${wanted} are endless loops: little was compared`);
    });
  }
});
