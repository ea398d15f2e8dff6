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

/** Tests that execute so much that modules one by one are too slow for them: each is bundled with all it needs. */
const BUNDLED_TESTS = [
  ...['determinism', 'kernels', 'u-boot', 'vexpress', 'virtio', 'xen'].map((name) => `boots/${name}`),
  ...['boot', 'debian', 'engines', 'guests', 'state-preservation', 'variants'].map(
    (name) => `hypervisor/${name}`,
  ),
  ...['compiler/tiers', 'hostile/determinism', 'hostile/machine'].map((name) => `emulator/${name}`),
  ...['instructions/engines', 'mmu/differential', 'system/debug-events'].map((name) => `conformance/${name}`),
];

/** Programs and files of the tests that are bundled. */
export const TEST_BUNDLES = [
  { outfile: 'out/single-instructions.js', entry: 'test/conformance/instructions/main.ts' },
  ...BUNDLED_TESTS.map((name) => ({ outfile: `out/test/${name}.test.js`, entry: `test/${name}.test.ts` })),
];
