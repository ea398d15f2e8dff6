// The extension and the one that starts the demo's session, as .vsix files.
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';

const root = join(import.meta.dirname, '..', '..');

/** Packs what is in dist/ now into the folder. */
export async function packExtensions(folder) {
  const own = join(folder, 'worldswitch.vsix');
  const autostart = join(folder, 'autostart.vsix');
  const common = { dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false };
  const { log, warn } = console;
  console.log = console.warn = () => undefined; // vsce lists every file.
  try {
    await createVSIX({ ...common, cwd: root, packagePath: own });
    await createVSIX({
      ...common,
      cwd: join(root, 'scripts', 'demo', 'autostart'),
      packagePath: autostart,
      skipLicense: true,
    });
  } finally {
    Object.assign(console, { log, warn });
  }
  return { own, autostart };
}
