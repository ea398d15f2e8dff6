// The bundles in dist/: what is shipped.

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

/** Programs and files of the tests that are bundled because modules one by one are too slow for them. */
export const TEST_BUNDLES = [
  { outfile: 'out/single-instructions.js', entry: 'test/conformance/instructions/main.ts' },
  ...['kernels', 'xen', 'u-boot', 'determinism'].map((name) => ({
    outfile: `out/test/boots/${name}.test.js`,
    entry: `test/boots/${name}.test.ts`,
  })),
];
