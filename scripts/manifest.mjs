// Writes what is made from the table of launch attributes: the schema in package.json and the manual's page.
//   node scripts/manifest.mjs            writes them
//   node scripts/manifest.mjs --check    exit code 1 when they are out of date
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { importTypeScript } from './house/import-typescript.mjs';

const root = join(import.meta.dirname, '..');
const protocol = join(root, 'debug-adapter', 'protocol');

const { launchSchema } = await importTypeScript(join(protocol, 'launch-schema.ts'));
const { launchManual } = await importTypeScript(join(protocol, 'launch-manual.ts'));

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
manifest.contributes.debuggers[0].configurationAttributes = { launch: launchSchema() };

const made = {
  'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
  'docs/launch-attributes.md': launchManual(),
};

const stale = Object.keys(made).filter((path) => {
  const full = join(root, path);
  return !existsSync(full) || readFileSync(full, 'utf8') !== made[path];
});

if (process.argv.includes('--check')) {
  if (stale.length > 0) {
    console.error(`Out of date: ${stale.join(', ')}. Run: npm run manifest`);
    process.exit(1);
  }
} else
  for (const path of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), made[path]);
    console.log(`wrote ${path}`);
  }
