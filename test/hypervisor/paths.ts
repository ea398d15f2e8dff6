import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository's root: the nearest folder above that has package.json. */
export const ROOT = ((): string => {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    if (dirname(folder) === folder) return process.cwd(); // compiled elsewhere: run from the repository
    folder = dirname(folder);
  }
  return folder;
})();

export const IMAGES = join(ROOT, 'hypervisor/images');
export const EXPECTED_CONSOLE = join(ROOT, 'test/hypervisor/expected-console.txt');
