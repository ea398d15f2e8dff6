// What should cost nothing: breakpoints that no world ever comes to, a watchpoint elsewhere, hooks for events that nobody
// listens to. The same workload with and without, in alternating runs, by processor time.
import { resolve } from 'node:path';
import { buildEmulator } from './emulator.mjs';
import { asGuest } from './guests.mjs';
import { measure, median } from './processor-time.mjs';
import { buildProgram } from './programs.mjs';
import { runtime, started } from './runtime.mjs';

const RUNNER = resolve('scripts/bench/costs-runner.mjs');

/** What is compared with a run of nothing special: the first is one of nothing special again, which says what can be told. */
const COSTS = {
  nothing: 'itself again',
  breakpoints: '1,000 breakpoints never come to',
  watchpoint: 'a watchpoint elsewhere',
  hooks: 'hooks for events that nobody listens to',
};

/** A program of long loops, and one whose world switches are told to whoever listens. */
const WORKLOADS = [
  {
    name: 'integer program',
    boot: () => ({ kernel: buildProgram('integer', 'arm'), virtualization: false }),
  },
  { name: 'hypercalls', boot: () => asGuest(buildProgram('hypercall', 'arm')) },
];

/** Rows: processor time with, as multiples of that without. */
export async function costs({ rounds, engine }) {
  const emulator = resolve(await buildEmulator());
  return WORKLOADS.flatMap(({ name, boot }) => {
    const given = JSON.stringify({ ...boot(), engine });
    const seconds = (variant) =>
      Number(measure(runtime(), started(RUNNER, emulator, variant, given)).output.trim());
    const ratios = Object.fromEntries(Object.keys(COSTS).map((variant) => [variant, []]));
    for (let round = 0; round < rounds; round++)
      for (const variant of Object.keys(COSTS)) {
        // Hooks are always there: what they are compared with is a machine without.
        const [more, less] = variant === 'hooks' ? ['nothing', 'no-hooks'] : [variant, 'nothing'];
        // Who comes second has the warmer machine: they take turns.
        const first = round % 2 === 0;
        const [a, b] = first ? [more, less] : [less, more];
        const [x, y] = [seconds(a), seconds(b)];
        ratios[variant].push(first ? x / y : y / x);
      }
    return Object.entries(COSTS).map(([variant, what]) => ({
      name: `costs: ${name}, ${what}`,
      unit: 'times',
      ours: median(ratios[variant]),
    }));
  });
}
