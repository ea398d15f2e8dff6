// A campaign in a process of its own, bundled by the build: `node out/single-instructions.js SELECTION SEED TESTS [ROWS]`,
// ROWS a regular expression for rows' names. The result is a line of JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCampaign } from './campaign';
import { buildRunner } from './machines';
import { SELECTIONS } from './selections';

const [name = '', seed = '1', tests = '1000', rows = ''] = process.argv.slice(2);
const selection = SELECTIONS[name];
if (selection === undefined) throw new Error(`the selections are ${Object.keys(SELECTIONS).join(', ')}`);
const wanted = new RegExp(rows);
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-instructions-'));
try {
  const result = runCampaign(
    { ...selection, rows: (row) => selection.rows(row) && wanted.test(row.name) },
    Number(seed),
    Number(tests),
    { folder, runner: buildRunner(folder, selection.world) },
  );
  const { coverage, deviations, ...rest } = result;
  console.log(JSON.stringify({ ...rest, coverage: [...coverage], deviations: [...deviations] }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
