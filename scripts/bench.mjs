// npm run bench: the figures of docs/benchmarks.md, each beside its peer in the same run.
//   npm run bench                     prints them
//   npm run bench -- --write          also writes them into docs/benchmarks.md, between its two marks
//   npm run bench -- --json FILE      also writes them as data
//   npm run bench -- --only TEXT      only figures whose names hold the text
//   npm run bench -- --rounds N       rounds of each, 3 when not given
//   npm run bench -- --engine NAME    our machine with this engine (launch attribute `engine`)
//   npm run bench -- --node NAME      our machine on this Node.js: vscode, that of VS Code of today, when not given; own
//   npm run bench -- --minutes N      how long the load of the row `memory` lasts, 3 when not given
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TEST_TOOLS, provideTools } from './house/tools.mjs';
import { compare } from './bench/compare.mjs';
import { costs } from './bench/costs.mjs';
import { firstStop } from './bench/debugger.mjs';
import { memory } from './bench/memory.mjs';
import { table, writePage } from './bench/page.mjs';
import { pauseTimes } from './bench/pause.mjs';
import { median } from './bench/processor-time.mjs';
import { chooseRuntime } from './bench/runtime.mjs';
import { startUp } from './bench/start-up.mjs';
import { tiers } from './bench/tiers.mjs';
import { WORKLOADS } from './bench/workloads.mjs';

/** Fewer say nothing of what costs little. */
const COST_ROUNDS = 5;

const root = join(import.meta.dirname, '..');
process.chdir(root);

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    json: { type: 'string' },
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '3' },
    engine: { type: 'string', default: 'auto' },
    node: { type: 'string', default: 'vscode' },
    minutes: { type: 'string', default: '3' },
  },
});
const rounds = Number(options.rounds);
if (!(Number.isInteger(rounds) && rounds >= 1))
  fail(`--rounds takes a number from 1 on, not ${options.rounds}`);

const minutes = Number(options.minutes);
if (!(minutes > 0)) fail(`--minutes takes a number above 0, not ${options.minutes}`);

function fail(message) {
  console.error(message);
  process.exit(2);
}

const trouble = provideTools(TEST_TOOLS);
if (trouble) fail(trouble);
const build = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
if (build.status !== 0) process.exit(1);

let version;
try {
  version = chooseRuntime(options.node);
} catch (error) {
  fail(error.message);
}
console.log(`Our machine runs on Node.js ${version}.`);

const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'));
const rows = [];
const add = (...more) => {
  rows.push(...more);
  for (const row of more) console.log(table([row]).split('\n')[2]);
};
const wanted = (name) => name.includes(options.only);

try {
  for (const workload of WORKLOADS.filter(({ name }) => wanted(name)))
    add(...(await compare(workload, { rounds, folder, engine: options.engine })));
  if (wanted('start-up')) add(...(await startUp({ rounds, engine: options.engine })));
  if (wanted('costs'))
    add(...(await costs({ rounds: Math.max(rounds, COST_ROUNDS), engine: options.engine })));
  if (wanted('tiers')) add(...(await tiers({ rounds: Math.max(rounds, COST_ROUNDS) })));
  if (wanted('memory')) add(...(await memory({ minutes, engine: options.engine })));
  if (wanted('pause to the stop')) {
    const times = await pauseTimes(options.engine);
    add({
      name: `pause to the stop, median of ${times.length} in the sample`,
      unit: 'ms',
      ours: median(times),
    });
    add({ name: 'pause to the stop, the longest', unit: 'ms', ours: Math.max(...times) });
  }
  if (wanted('F5 to the first stop')) {
    const { first, later } = await firstStop(root, Math.max(rounds, 2));
    add({ name: 'F5 to the first stop on the screen', unit: 's', ours: first });
    add({ name: 'F5 to the first stop, later sessions', unit: 's', ours: later });
  }
  if (rows.length === 0) fail(`No figure's name holds '${options.only}'.`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ rows }, null, 2)}\n`);
  if (options.write) writePage(table(rows), rounds, version);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
