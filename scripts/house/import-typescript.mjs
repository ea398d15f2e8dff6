// Imports a TypeScript module into a script: bundled in memory, nothing is written.
import { build } from 'esbuild';

export async function importTypeScript(path) {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    format: 'esm',
    ...{ platform: 'neutral', external: ['node:*'] },
    logLevel: 'warning',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
