// npm run package: the .vsix, holding only what .vscodeignore lets in.
//   node scripts/package.mjs [FILE]      default: worldswitch.vsix in this folder
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';

const root = join(import.meta.dirname, '..');
const packagePath = process.argv[2] ?? join(root, 'worldswitch.vsix');
await createVSIX({
  cwd: root,
  packagePath,
  dependencies: false,
  allowMissingRepository: true,
  skipLicense: false,
});
