// What `npm test` runs: suites of tests, cut into jobs.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LONG_ONLY, SLOW_TESTS } from './slow-tests.mjs';

/**
 * Known suites. Each of a suite's jobs has `limit` seconds; its tests that aren't slow take `seconds` together. `unit` needs
 * Node alone.
 */
const SUITES = [
  { name: 'house', limit: 120, seconds: 15, unit: true },
  { name: 'emulator', limit: 600, longLimit: 14400, seconds: 120, unit: true },
  { name: 'debug-adapter', limit: 240, seconds: 10, unit: true },
  { name: 'conformance', limit: 900, longLimit: 21600, seconds: 140 },
  { name: 'hypervisor', limit: 1200, longLimit: 5400, seconds: 17 },
  { name: 'boots', limit: 900, longLimit: 10800, seconds: 2 },
  { name: 'command-line', limit: 240, seconds: 43, unit: true },
  { name: 'dap', limit: 480, seconds: 85 },
  // Chromium, VS Code's server and the adapter at once: beside something else what a test waits for comes late.
  { name: 'vscode', limit: 960, seconds: 100, cores: 2 },
];
/** For a suite that the list above doesn't know yet. */
const OTHER = { limit: 300, seconds: 10 };

/** Compiled tests below a folder of out/test/, as paths below out/test/. */
function testsBelow(folder) {
  return readdirSync(join('out/test', folder), { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? testsBelow(path) : path.endsWith('.test.js') ? [path] : [];
    });
}

/** The suites: folders below test/ with tests, and not with programs for tests alone. */
export function discoverSuites() {
  const present = readdirSync('out/test', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && testsBelow(entry.name).length > 0)
    .map((entry) => entry.name);
  const known = SUITES.filter(({ name }) => present.includes(name));
  const others = present.filter((name) => !SUITES.some((suite) => suite.name === name));
  return [...known, ...others.map((name) => ({ name, ...OTHER }))];
}

const mocha = (files) => [
  ...['node_modules/mocha/bin/mocha.js', '--config', '.mocharc.json'],
  ...files.map((file) => `out/test/${file}`),
];

/** Tests that boot Debian's packages, which are downloaded once, before all of them. */
const BOOTS_PACKAGES = /^(boots|hypervisor\/debian)/;

/** The job that downloads them. */
export const PACKAGES = {
  name: 'packages',
  args: ['out/test/boots/download.js'],
  limit: 1200,
  seconds: 10,
};

/** The jobs of a suite: each slow test is a process of its own, and so are all others together. */
export function jobsOf(suite, long) {
  const limit = (long && suite.longLimit) || suite.limit;
  const job = (name, args, seconds) => ({
    ...{ name, suite: suite.name, args, limit, seconds },
    ...(BOOTS_PACKAGES.test(name) ? { needs: PACKAGES.name } : {}),
  });
  if (suite.name === 'vscode')
    return [{ ...job('vscode', ['scripts/vscode-tests.mjs'], suite.seconds), cores: suite.cores }];
  const tests = testsBelow(suite.name);
  const nameOf = (file) => file.replace(/\.test\.js$/, '');
  const isAlone = (file) => nameOf(file) in SLOW_TESTS && (long || SLOW_TESTS[nameOf(file)] !== LONG_ONLY);
  const others = tests.filter((file) => !isAlone(file));
  return [
    ...tests.filter(isAlone).map((file) => job(nameOf(file), mocha([file]), SLOW_TESTS[nameOf(file)])),
    ...(others.length > 0 ? [job(suite.name, mocha(others), suite.seconds)] : []),
  ];
}

/** Looks at the text of everything, beside the suites. */
export const CHECKS = [
  { name: 'lint', args: ['node_modules/eslint/bin/eslint.js', '.'], limit: 300, seconds: 30 },
  {
    name: 'format',
    args: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
    ...{ limit: 300, seconds: 30 },
  },
  {
    name: 'types',
    args: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit'],
    ...{ limit: 300, seconds: 20 },
  },
];
