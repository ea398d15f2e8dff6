// npm run package: the .vsix, holding only what .vscodeignore lets in.
//   node scripts/package.mjs [FILE]      default: worldswitch.vsix in this folder
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { createVSIX } from '@vscode/vsce';

const root = join(import.meta.dirname, '..');
const built = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
if (built.status !== 0) process.exit(1);
const packagePath = process.argv[2] ?? join(root, 'worldswitch.vsix');
await createVSIX({
  cwd: root,
  packagePath,
  dependencies: false,
  allowMissingRepository: true,
  // The pages that README.md links to are shipped beside it.
  rewriteRelativeLinks: false,
  skipLicense: false,
});
