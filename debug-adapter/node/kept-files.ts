/** A folder of files that are made anew when they are lost. */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptFiles } from '../host';
import { inWords } from './file-errors';

/** Files of a folder that stay: those that were written last. */
const MOST_FILES = 16;
const SUFFIX = '.translations';

export function keptFiles(folder: string): KeptFiles {
  const pathOf = (name: string): string => join(folder, `${name}${SUFFIX}`);
  return {
    async load(name) {
      try {
        return await readFile(pathOf(name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new Error(`${pathOf(name)} cannot be read: ${inWords(error)}`, { cause: error });
      }
    },
    save(name, bytes) {
      const path = pathOf(name);
      // Another session may write the same at the same time.
      const unfinished = `${path}.${process.pid}`;
      try {
        mkdirSync(folder, { recursive: true });
        writeFileSync(unfinished, bytes);
        renameSync(unfinished, path);
        removeOldest(folder);
      } catch (error) {
        discard(unfinished);
        throw new Error(`${path} cannot be written: ${inWords(error)}`, { cause: error });
      }
    },
  };
}

/** Removes what may have been written, after something else went wrong: that is what people are to hear of. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where there is no folder nothing was written.
  }
}

function removeOldest(folder: string): void {
  const paths = readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => join(folder, name));
  const newestFirst = paths
    .map((path) => ({ path, written: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.written - a.written);
  for (const { path } of newestFirst.slice(MOST_FILES)) rmSync(path, { force: true });
}
