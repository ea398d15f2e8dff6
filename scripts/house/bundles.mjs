// The bundles in dist/: what is shipped.
import { SLOW_TESTS } from './slow-tests.mjs';

/** Each bundle with its entry, what stays outside of it, and whether it is a program to be called by name. */
export const BUNDLES = [
  { outfile: 'dist/extension.js', entry: 'extension/extension.ts', external: ['vscode'] },
  { outfile: 'dist/debug-adapter.js', entry: 'debug-adapter/main.ts', external: [] },
  {
    outfile: 'dist/worldswitch.js',
    entry: 'debug-adapter/command-line/main.ts',
    external: [],
    program: true,
  },
];

/** Programs and tests that are bundled: where, below out/, and from what. */
export const TEST_BUNDLES = [
  { out: 'single-instructions', in: 'test/conformance/instructions/main.ts' },
  ...Object.keys(SLOW_TESTS).map((name) => ({ out: `test/${name}.test`, in: `test/${name}.test.ts` })),
];
