// Writes THIRD-PARTY-NOTICES: the licences of all packages whose code is in the bundles of dist/.
//   node scripts/notices.mjs [--check]
import { build } from 'esbuild';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLES } from './house/bundles.mjs';

const root = join(import.meta.dirname, '..');
const file = join(root, 'THIRD-PARTY-NOTICES');

/** The folders of the packages that the bundles take code from. */
async function bundledPackages() {
  const folders = new Set();
  for (const { entry, external } of BUNDLES) {
    if (!existsSync(join(root, entry))) continue;
    const { metafile } = await build({
      entryPoints: [entry],
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      external,
      logLevel: 'error',
    });
    for (const input of Object.keys(metafile.inputs)) {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (match) folders.add(match[1]);
    }
  }
  return [...folders].sort();
}

function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const licenceFile = readdirSync(join(root, folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (!licenceFile) throw new Error(`${name} has no licence file: it can't be shipped.`);
  const text = readFileSync(join(root, folder, licenceFile), 'utf8').trim();
  return `${name} ${version} (${license})\n${'-'.repeat(72)}\n${text}\n`;
}

const packages = await bundledPackages();
const head =
  packages.length === 0
    ? 'Worldswitch ships no code of others: its bundles are made from its own sources alone.\n'
    : 'Worldswitch ships code of the following packages.\n';
const text = `${head}\nMade by \`npm run notices\` from what the bundles hold.\n${packages.map((folder) => `\n${notice(folder)}`).join('')}`;

if (process.argv.includes('--check')) {
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error('THIRD-PARTY-NOTICES is out of date. Run: npm run notices');
    process.exit(1);
  }
} else writeFileSync(file, text);
