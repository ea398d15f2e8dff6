import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { source } from './paths';

/** Number of the first line of a source of the hypervisor that contains a text: tests name lines by what they say. */
export function lineOf(file: string, text: string): number {
  const index = readFileSync(source(file), 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text));
  assert.ok(index >= 0, `${file} has no line with '${text}'`);
  return index + 1;
}
