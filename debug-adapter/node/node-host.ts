/** Files and the event loop of Node, for the adapter. */
import { appendFileSync, existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Host } from '../host';
import { inWords } from './file-errors';
import { keptFiles } from './kept-files';

/** The folder of the bundled hypervisor: beside the folder of this program, wherever that is installed. */
function bundledHypervisor(): string {
  for (let folder = __dirname; ; folder = join(folder, '..')) {
    const candidate = join(folder, 'hypervisor');
    if (existsSync(join(candidate, 'images'))) return candidate;
    if (folder === join(folder, '..')) return join(__dirname, '..', 'hypervisor');
  }
}

/** The bytes of a file, which may be large: read to where they stay, while `readFile` puts them together from pieces. */
async function readWhole(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    // A pipe, say.
    if (size === 0) return await file.readFile();
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const { bytesRead } = await file.read(bytes, at, size - at, at);
      if (bytesRead === 0) return bytes.subarray(0, at);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/** @param folder where translations are kept from one session to the next; nowhere without it. */
export function nodeHost(folder?: string): Host {
  return {
    async readFile(path) {
      try {
        return await readWhole(path);
      } catch (error) {
        throw new Error(inWords(error), { cause: error });
      }
    },
    exists: (path) => Promise.resolve(existsSync(path)),
    appendFile: (path, bytes) => appendFileSync(path, bytes),
    resolvePath: (base, path) => resolve(base, path),
    hypervisorFolder: bundledHypervisor(),
    kept: folder === undefined ? undefined : keptFiles(folder),
    later: (callback) => void setImmediate(callback),
    milliseconds: () => performance.now(),
  };
}
