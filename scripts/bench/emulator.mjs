// The emulator by itself, as one file: what it costs without a debugger around it.
import { build } from 'esbuild';
import { join } from 'node:path';
import { benchFolder } from './programs.mjs';

/** Bundles emulator/ as dist/ does, and gives the path of the file. */
export async function buildEmulator() {
  const outfile = join(benchFolder(), 'emulator.js');
  await build({
    entryPoints: ['emulator/index.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
  });
  return outfile;
}
