// Builds everything that runs: first the program that turns the tables into `generated/`, then every
// TypeScript file into `out/` (one CommonJS file each, for the tests), then the bundles in `dist/`.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { BUNDLES, TEST_BUNDLES } from './house/bundles.mjs';

process.chdir(join(import.meta.dirname, '..'));

const PARTS = ['emulator', 'debug-adapter', 'extension', 'generated', 'test'];

/** Every file below a folder whose name fits. */
function files(folder, fits) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path, fits) : fits(entry.name) ? [path] : [];
  });
}

/** What the emulator was built from (emulator/machine/saved-translations.ts). */
function emulatorHash() {
  const hash = createHash('sha256');
  for (const path of files('emulator', (name) => name.endsWith('.ts')).sort())
    hash.update(path).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

const common = {
  ...{ platform: 'node', target: 'node20', format: 'cjs', sourcemap: true, logLevel: 'warning' },
  define: { WORLDSWITCH_BUILD: JSON.stringify(emulatorHash()) },
};

async function generate() {
  const entry = 'emulator/generator/main.ts';
  if (!existsSync(entry)) return;
  await build({ ...common, entryPoints: [entry], bundle: true, outfile: 'out/generate.js' });
  const run = spawnSync(process.execPath, ['--enable-source-maps', 'out/generate.js'], { stdio: 'inherit' });
  if (run.status !== 0) process.exit(run.status ?? 1);
}

async function transpile() {
  const entryPoints = PARTS.flatMap((part) =>
    files(part, (name) => name.endsWith('.ts') && !name.endsWith('.d.ts')),
  );
  if (entryPoints.length > 0)
    await build({ ...common, entryPoints, outdir: 'out', outbase: '.', bundle: false });
  removeStale(new Set(entryPoints.map((path) => join('out', path.replace(/\.ts$/, '.js')))));
}

/** A test that was deleted or renamed must not go on running. */
function removeStale(made) {
  for (const path of PARTS.flatMap((part) => files(join('out', part), (name) => /\.js(\.map)?$/.test(name))))
    if (!made.has(path.replace(/\.map$/, ''))) rmSync(path, { force: true });
}

async function bundle() {
  for (const { outfile, entry, external, program } of BUNDLES) {
    if (!existsSync(entry)) continue;
    const banner = program ? { js: '#!/usr/bin/env node' } : {};
    // Comments have characters that make V8 keep the whole file as UTF-16, and read it before anything runs.
    const smaller = { minifyWhitespace: true, minifySyntax: true };
    await build({ ...common, ...smaller, entryPoints: [entry], bundle: true, outfile, external, banner });
    if (program) chmodSync(outfile, 0o755);
  }
  // All in one go: what they share is read once.
  await build({
    ...common,
    entryPoints: TEST_BUNDLES,
    bundle: true,
    outdir: 'out',
    packages: 'external',
    sourcesContent: false,
  });
}

await generate();
await transpile();
await bundle();
