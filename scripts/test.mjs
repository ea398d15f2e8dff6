// npm test: everything that has to hold, in one run.
//
//   npm test                    tools, packages, build, lint, types, then every suite
//   npm test -- house dap       the same with these suites only
//   npm run test:unit           the suites that need Node alone
//   npm run test:long           slow oracles without bounds
//
// A suite is a folder below test/ with *.test.ts files; each runs as a process of its own with one time-out.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TEST_TOOLS, provideTools } from './house/tools.mjs';
import { installDependencies } from './house/dependencies.mjs';
import { endOnSignals, runLimited } from './house/process-group.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);
endOnSignals();

const args = process.argv.slice(2);
const unitOnly = args.includes('--unit');
const long = args.includes('--long');
const chosen = args.filter((argument) => !argument.startsWith('--'));

/** Known suites in the order in which they run, with their time-outs in seconds; `unit` needs Node alone. */
const SUITES = [
  { name: 'house', limit: 120, unit: true },
  { name: 'emulator', limit: 600, longLimit: 14400, unit: true },
  { name: 'debug-adapter', limit: 240, unit: true },
  { name: 'conformance', limit: 900, longLimit: 21600 },
  { name: 'hypervisor', limit: 1200, longLimit: 5400 },
  { name: 'boots', limit: 900, longLimit: 10800 },
  { name: 'command-line', limit: 240, unit: true },
  { name: 'dap', limit: 480 },
  { name: 'vscode', limit: 780 },
];
/** For a suite that the list above doesn't know yet. */
const OTHER = { limit: 300 };

/** Folders below test/ that hold programs for tests instead of tests. */
const hasTests = (folder) =>
  readdirSync(folder, { withFileTypes: true }).some((entry) =>
    entry.isDirectory() ? hasTests(join(folder, entry.name)) : entry.name.endsWith('.test.ts'),
  );

function discover() {
  const present = readdirSync('test', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const known = SUITES.filter(({ name }) => present.includes(name));
  const others = present
    .filter((name) => !SUITES.some((suite) => suite.name === name) && hasTests(join('test', name)))
    .map((name) => ({ name, ...OTHER }));
  return [...known, ...others].filter(
    (suite) => (chosen.length === 0 || chosen.includes(suite.name)) && (!unitOnly || suite.unit),
  );
}

function fail(message, code) {
  console.error(message);
  process.exit(code);
}

const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);

async function step(name, program, stepArgs, limit) {
  const begin = performance.now();
  const code = await runLimited(program, stepArgs, { limit });
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds(begin)} s)`);
  return code === 0;
}

async function runSuite(suite) {
  const result = join(root, 'out', `result-${suite.name}.json`);
  rmSync(result, { force: true });
  const begin = performance.now();
  console.log(`\n== ${suite.name}`);
  const env = {
    ...process.env,
    SUITE_RESULT: result,
    NODE_OPTIONS: '--enable-source-maps',
    ...(long ? { WORLDSWITCH_LONG: '1' } : {}),
  };
  const limit = (long && suite.longLimit) || suite.limit;
  const code =
    suite.name === 'vscode'
      ? await runLimited(process.execPath, ['scripts/vscode-tests.mjs'], { limit, env })
      : await runLimited(
          process.execPath,
          [
            'node_modules/mocha/bin/mocha.js',
            '--config',
            '.mocharc.json',
            `out/test/${suite.name}/**/*.test.js`,
          ],
          { limit, env },
        );
  const counted = existsSync(result)
    ? JSON.parse(readFileSync(result, 'utf8'))
    : { passed: 0, failed: 0, pending: 0 };
  const problem = problemOf(suite, code, counted, limit);
  if (problem) console.log(`FAIL ${suite.name}: ${problem}`);
  console.log(`== ${suite.name}: ${counted.passed} passed, ${counted.failed} failed (${seconds(begin)} s)`);
  // A suite that ended without a failing test but not well counts as one failure.
  return { passed: counted.passed, failed: counted.failed + (problem && counted.failed === 0 ? 1 : 0) };
}

function problemOf(suite, code, counted, limit) {
  if (code === 124) return `not finished after ${limit} s, ended`;
  if (counted.failed > 0) return `${counted.failed} failed`;
  if (counted.pending > 0) return `${counted.pending} skipped: a skipped test checks nothing`;
  if (code !== 0) return `ended with exit code ${code}`;
  if (counted.passed === 0) return 'no test in it';
  return undefined;
}

const begin = performance.now();
if (!unitOnly) {
  const trouble = provideTools(TEST_TOOLS);
  if (trouble) fail(trouble, 2);
}
installDependencies(root);
mkdirSync('out', { recursive: true });
if (!(await step('build', process.execPath, ['scripts/build.mjs'], 300)))
  fail('The build failed: no suite was run.', 1);

let passed = 0;
let failed = 0;
if (!unitOnly && chosen.length === 0)
  for (const [name, stepArgs] of [
    ['lint', ['node_modules/eslint/bin/eslint.js', '.']],
    ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
    ['types', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit']],
  ]) {
    if (await step(name, process.execPath, stepArgs, 300)) passed++;
    else failed++;
  }
const suites = discover();
for (const name of chosen)
  if (!suites.some((suite) => suite.name === name)) fail(`There is no suite test/${name}.`, 2);
for (const suite of suites) {
  const counts = await runSuite(suite);
  passed += counts.passed;
  failed += counts.failed;
}
console.log(`\nAll in ${seconds(begin)} s.`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
