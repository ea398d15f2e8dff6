import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HYPERVISOR, ROOT } from './paths';

const GOLDEN = join(ROOT, 'test/dap/golden');
const update = process.env['UPDATE_GOLDEN'] !== undefined;

/** What changes with a rebuild of the images is replaced: addresses, counts, lines, registers, encodings. */
function normalise(text: string): string {
  return text
    .replaceAll(HYPERVISOR, '<hypervisor>')
    .replace(/\br\d+\b/g, 'r<n>')
    .replace(/0x[0-9a-f]{5,}/gi, '<address>')
    .replace(/"(line|endLine)":\d+/g, '"$1":<line>')
    .replace(/(\.[cSh]):\d+/g, '$1:<line>')
    .replace(/"(position|nanoseconds|seq|request_seq|sourceReference|totalFrames|size)":\d+/g, '"$1":<n>')
    .replace(/\+<address>|\+0x[0-9a-f]+/g, '+<offset>');
}

/** Compares with golden/NAME.txt, or writes it anew when UPDATE_GOLDEN is set. */
export function compareWithGolden(name: string, lines: readonly string[]): void {
  const file = join(GOLDEN, `${name}.txt`);
  const text = `${lines.map(normalise).join('\n')}\n`;
  if (update) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return;
  }
  assert.ok(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1, and look at what it writes`);
  assert.equal(
    text,
    readFileSync(file, 'utf8'),
    `differs from ${file}; if it should, run with UPDATE_GOLDEN=1`,
  );
}
