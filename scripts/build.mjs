// Builds everything that runs: first the program that turns the tables into `generated/`, then every
// TypeScript file into `out/` (one CommonJS file each, for the tests), then the bundles in `dist/`.
import { build } from 'esbuild';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';

const common = { platform: 'node', target: 'node20', format: 'cjs', sourcemap: true, logLevel: 'warning' };

/** Every TypeScript file below the given folders. */
function sources(...folders) {
  const found = [];
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) found.push(...sources(path));
      else if (/\.ts$/.test(entry.name) && !/\.d\.ts$/.test(entry.name)) found.push(path);
    }
  }
  return found;
}

async function generate() {
  const entry = 'emulator/interpreter/generator/main.ts';
  if (!existsSync(entry)) return;
  await build({ ...common, entryPoints: [entry], bundle: true, outfile: 'out/generate.js' });
  const run = spawnSync(process.execPath, ['--enable-source-maps', 'out/generate.js'], { stdio: 'inherit' });
  if (run.status !== 0) process.exit(run.status ?? 1);
}

async function transpile() {
  const entryPoints = sources('emulator', 'debug-adapter', 'extension', 'generated', 'test');
  if (entryPoints.length > 0) await build({ ...common, entryPoints, outdir: 'out', outbase: '.', bundle: false });
}

async function bundle() {
  const entries = {
    'dist/extension.js': ['extension/extension.ts', ['vscode']],
    'dist/debug-adapter.js': ['debug-adapter/main.ts', []],
    'dist/worldswitch.js': ['debug-adapter/command-line/main.ts', []],
  };
  for (const [outfile, [entry, external]] of Object.entries(entries)) {
    if (existsSync(entry))
      await build({ ...common, entryPoints: [entry], bundle: true, outfile, external });
  }
}

await generate();
await transpile();
await bundle();
