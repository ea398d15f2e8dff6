/**
 * Writes generated/interpreter.ts, and generated/golden/handlers.txt: the handlers of some rows, kept in the repository so
 * that a change of what is generated is seen in review. Run by scripts/build.mjs in the repository's root.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { ROWS } from '../isa/table';
import { goldenText } from './golden';
import { collectHandlers } from './handlers';
import { LISTS } from './hot';
import { interpreterText, numberHandlers } from './interpreter-text';
import { threadedText } from './threaded-text';

/** Leaves a file alone that has this text already, so that nothing that depends on it is built again. */
function write(path: string, text: string): void {
  try {
    if (readFileSync(path, 'utf8') === text) return;
  } catch {
    // There is none yet.
  }
  writeFileSync(path, text);
}

const handlers = collectHandlers(ROWS);
const numbering = numberHandlers(handlers, LISTS);
mkdirSync('generated/golden', { recursive: true });
write('generated/interpreter.ts', interpreterText(handlers, numbering, LISTS.warm));
write('generated/threaded.ts', threadedText(handlers, numbering));
write('generated/golden/handlers.txt', goldenText(handlers));
