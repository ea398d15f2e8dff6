/** Files and the event loop of Node, for the adapter. */
import { appendFileSync, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Host } from '../host';

/** The folder of the bundled hypervisor: beside the folder of this program, wherever that is installed. */
function bundledHypervisor(): string {
  for (let folder = __dirname; ; folder = join(folder, '..')) {
    const candidate = join(folder, 'hypervisor');
    if (existsSync(join(candidate, 'images'))) return candidate;
    if (folder === join(folder, '..')) return join(__dirname, '..', 'hypervisor');
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

export function nodeHost(): Host {
  return {
    async readFile(path) {
      try {
        return await readFile(path);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        throw new Error(WORDS[code ?? ''] ?? message, { cause: error });
      }
    },
    exists: (path) => Promise.resolve(existsSync(path)),
    appendFile: (path, bytes) => appendFileSync(path, bytes),
    resolvePath: (base, path) => resolve(base, path),
    hypervisorFolder: bundledHypervisor(),
    later: (callback) => void setImmediate(callback),
    milliseconds: () => performance.now(),
  };
}
