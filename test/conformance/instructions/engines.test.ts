// The batches of random single instructions in both tiers, with thresholds and lengths of regions at random: what is left
// in memory, and how many instructions it took. Each instruction is executed from four states, and so compiled on the way.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../../emulator/isa/random';
import { randomOptions, randomPace } from '../../emulator/compiler/random-options';
import { makeBatch } from './batch';
import { buildRunner, runHere } from './machines';
import { SELECTIONS } from './selections';

const LONG = process.env['WORLDSWITCH_LONG'] === '1';
const SEEDS = LONG ? [1, 2, 3, 4, 5, 6, 7, 8] : [1];
const TESTS = LONG ? 8000 : 2000;

describe('single instructions on both engines', function () {
  this.timeout(1_200_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-engines-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [name, selection] of Object.entries(SELECTIONS))
    for (const seed of SEEDS)
      it(`${name}: ${TESTS} from seed ${seed}`, () => {
        const random = seededRandom(seed);
        const options = { ...randomOptions(random, 3, 60), ...randomPace(random), batch: 1 };
        const runner = buildRunner(folder, selection.world);
        const batch = makeBatch(seed, TESTS, selection);
        const interpreted = runHere(runner, batch);
        const compiled = runHere(runner, batch, options);
        for (const part of ['records', 'data', 'dRegisters'] as const)
          assert.equal(
            compiled[part].findIndex((word, i) => word !== interpreted[part][i]),
            -1,
            `the first of ${part} that differs, ${JSON.stringify(options)}`,
          );
        assert.equal(compiled.retired, interpreted.retired);
        // At a pace, little is compiled of so short a program.
        assert.ok(compiled.regions > (options.pace === undefined ? 10 : 0), `${compiled.regions} regions`);
      });
});
