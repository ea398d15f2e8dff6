// The figures as a table, and in docs/benchmarks.md between its two marks.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

const PAGE = 'docs/benchmarks.md';
const [BEGIN, END] = ['<!-- figures: begin -->', '<!-- figures: end -->'];

const figure = (value) =>
  value === undefined
    ? ''
    : value >= 10_000
      ? Math.round(value).toLocaleString('en-US')
      : value >= 100
        ? value.toFixed(0)
        : value.toFixed(value >= 10 ? 1 : 2);

/** A row's ratio beside what it must be: reached, or how far it is. */
function verdict({ ratio, must, goal }) {
  if (must === undefined) return '';
  const wanted = `${figure(must)} / ${figure(goal)}`;
  return `${wanted}${ratio >= goal ? ': goal reached' : ratio >= must ? ': reached' : ''}`;
}

/** Rows `{ name, unit, ours, peer, ratio, must, goal }` as a table in Markdown. */
export function table(rows) {
  return [
    '| figure | unit | here | QEMU | ratio | must / goal |',
    '|---|---|--:|--:|--:|---|',
    ...rows.map((row) => {
      const cells = [row.name, row.unit, figure(row.ours), figure(row.peer), figure(row.ratio), verdict(row)];
      return `| ${cells.join(' | ')} |`;
    }),
  ].join('\n');
}

/**
 * Puts the table, and what it was measured on, between the two marks of the page.
 * @param node version of the Node.js that our machine ran on
 * @throws Error without the marks
 */
export function writePage(text, rounds, node) {
  const page = readFileSync(PAGE, 'utf8');
  if (!page.includes(BEGIN) || !page.includes(END))
    throw new Error(`${PAGE} has lost its marks ${BEGIN}, ${END}.`);
  const qemu = spawnSync('qemu-system-arm', ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0].trim();
  const load = loadavg()[0].toFixed(1);
  const on = `Medians of ${rounds} rounds on ${cpus().length} cores (${cpus()[0].model.trim()}), load average ${load} at the end; Node.js ${node}, ${qemu}.`;
  const before = page.slice(0, page.indexOf(BEGIN) + BEGIN.length);
  writeFileSync(PAGE, `${before}\n\n${on}\n\n${text}\n\n${page.slice(page.indexOf(END))}`);
}
