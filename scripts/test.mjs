// npm test: everything that has to hold, in one run.
//
//   npm test                    tools, packages, build, lint, types, then every suite
//   npm test -- house dap       the same with these suites only
//   npm run test:unit           the suites that need Node alone
//   npm run test:long           slow oracles without bounds
//
// A suite is a folder below test/ with *.test.ts files. Its slow tests are processes of their own, with a time-out each, and
// so are its others together; as many of these jobs run at once as there are cores (house/suites.mjs, house/queue.mjs).
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TEST_TOOLS, provideTools } from './house/tools.mjs';
import { installDependencies } from './house/dependencies.mjs';
import { endOnSignals, runLimited } from './house/process-group.mjs';
import { atOnce, runQueue } from './house/queue.mjs';
import { CHECKS, PACKAGES, discoverSuites, jobsOf } from './house/suites.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);
endOnSignals();

const args = process.argv.slice(2);
const unitOnly = args.includes('--unit');
const long = args.includes('--long');
const chosen = args.filter((argument) => !argument.startsWith('--'));

function fail(message, code) {
  console.error(message);
  process.exit(code);
}

const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);
const count = ({ passed, failed }) => `${passed} passed, ${failed} failed`;

/** Everything that this run does, as jobs. */
function chooseJobs() {
  const suites = discoverSuites();
  for (const name of chosen)
    if (!suites.some((suite) => suite.name === name)) fail(`There is no suite test/${name}.`, 2);
  const jobs = suites
    .filter(({ name, unit }) => (chosen.length === 0 || chosen.includes(name)) && (!unitOnly || unit))
    .flatMap((suite) => jobsOf(suite, long));
  return [
    ...(!unitOnly && chosen.length === 0 ? CHECKS : []),
    ...(jobs.some(({ needs }) => needs === PACKAGES.name) ? [PACKAGES] : []),
    ...jobs,
  ];
}

/** Runs a job; what it prints is kept in a file until it is at its end, so that jobs do not mix, but if it is the only one. */
async function run(job, alone) {
  const file = job.name.replaceAll('/', '-');
  const result = join(root, 'out', `result-${file}.json`);
  const log = join(root, 'out', `log-${file}.txt`);
  rmSync(result, { force: true });
  const begin = performance.now();
  console.log(alone ? `\n== ${job.name}` : `.. ${job.name}`);
  const env = {
    ...process.env,
    SUITE_RESULT: result,
    NODE_OPTIONS: '--enable-source-maps',
    ...(long ? { WORLDSWITCH_LONG: '1' } : {}),
  };
  const output = alone ? 'inherit' : openSync(log, 'w');
  const code = await runLimited(process.execPath, job.args, { limit: job.limit, env, output });
  if (!alone) {
    closeSync(output);
    const said = readFileSync(log, 'utf8').trimEnd();
    console.log(`\n== ${job.name}${said === '' ? '' : `\n${said}`}`);
  }
  const counts = countsOf(job, code, result);
  const cost = counts.processor === undefined ? '' : `, ${counts.processor.toFixed(1)} s of a processor`;
  const outcome = job.suite ? count(counts) : counts.failed === 0 ? 'ok' : 'FAIL';
  console.log(`== ${job.name}: ${outcome} (${seconds(begin)} s${cost})`);
  return counts;
}

/** How many tests of a job passed and failed; what is no suite is one test by itself, or, as the packages are, none. */
function countsOf(job, code, result) {
  const counted = job.suite
    ? existsSync(result)
      ? JSON.parse(readFileSync(result, 'utf8'))
      : { passed: 0, failed: 0, pending: 0 }
    : { passed: code === 0 && job !== PACKAGES ? 1 : 0, failed: 0, pending: 0 };
  const problem = problemOf(job, code, counted);
  if (problem) console.log(`FAIL ${job.name}: ${problem}`);
  // A job that ended without a failing test but not well counts as one failure.
  return { ...counted, failed: counted.failed + (problem && counted.failed === 0 ? 1 : 0) };
}

function problemOf(job, code, counted) {
  if (code === 124) return `not finished after ${job.limit} s, ended`;
  if (counted.failed > 0) return `${counted.failed} failed`;
  if (counted.pending > 0) return `${counted.pending} skipped: a skipped test checks nothing`;
  if (code !== 0) return `ended with exit code ${code}`;
  if (job.suite && counted.passed === 0) return 'no test in it';
  return undefined;
}

const begin = performance.now();
if (!unitOnly) {
  const trouble = provideTools(TEST_TOOLS);
  if (trouble) fail(trouble, 2);
}
installDependencies(root);
mkdirSync('out', { recursive: true });
if ((await runLimited(process.execPath, ['scripts/build.mjs'], { limit: 300 })) !== 0)
  fail('The build failed: no suite was run.', 1);
console.log(`ok   build (${seconds(begin)} s)`);

const jobs = chooseJobs();
const sums = new Map(jobs.map(({ name, suite = name }) => [suite, { passed: 0, failed: 0 }]));
let busy = 0;
await runQueue(jobs, async (job) => {
  const started = performance.now();
  const { passed, failed } = await run(job, jobs.length === 1);
  busy += performance.now() - started;
  const sum = sums.get(job.suite ?? job.name);
  sum.passed += passed;
  sum.failed += failed;
});

console.log('');
const total = { passed: 0, failed: 0 };
for (const [name, sum] of sums) {
  if (name !== PACKAGES.name || sum.failed > 0)
    console.log(`${sum.failed === 0 ? 'ok  ' : 'FAIL'} ${name}: ${count(sum)}`);
  total.passed += sum.passed;
  total.failed += sum.failed;
}
console.log(`\nAll in ${seconds(begin)} s, ${(busy / 1000).toFixed(0)} s of jobs, ${atOnce()} at once.`);
console.log(count(total));
process.exit(total.failed === 0 ? 0 : 1);
