// Runs the workloads here and under QEMU, one after the other in several rounds, and gives rows of figures.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { countOurs, runOurs, runQemu } from './machines.mjs';
import { median } from './processor-time.mjs';

/** What a workload can be measured in: what of it is counted, and a figure for so many a second. */
const UNITS = {
  MIPS: { counted: 'instructions', of: 1e6 },
  'world switches/s': { counted: 'worldSwitches', of: 1 },
};
/** Runs that are counted: two must agree. */
const COUNTED_RUNS = 2;

/**
 * The rows of a workload: against plain QEMU and against its deterministic mode, by processor time; and, where the workload
 * is `repeated`, with what the runs before compiled.
 * @throws Error when both sides did not print the same, or when two of our runs differ in what is counted
 */
export async function compare(workload, options) {
  const translations = mkdtempSync(join(options.folder, 'translations-'));
  try {
    return await rows(workload, options, translations);
  } finally {
    rmSync(translations, { recursive: true });
  }
}

async function rows(
  { name, boot, unit = 'MIPS', said = (output) => output, must, goal, icount, repeated = false },
  { rounds, folder, engine },
  translations,
) {
  const what = await boot();
  const extra = ['--engine', engine];
  const keeping = [...extra, '--translations', translations];
  const [count, again] = Array.from(
    { length: COUNTED_RUNS },
    () => countOurs(what, folder, repeated ? keeping : extra)[UNITS[unit].counted],
  );
  if (count !== again)
    throw new Error(`${name}: two runs differ: ${count} and ${again} ${UNITS[unit].counted}`);
  const runs = Array.from({ length: rounds }, () => {
    const ours = runOurs(what, extra);
    const repeatedly = repeated ? runOurs(what, keeping) : undefined;
    const plain = runQemu(what);
    const exact = runQemu(what, { icount: true });
    const mine = said(ours.output);
    if (mine === undefined)
      throw new Error(`${name}: of what we printed nothing counts: ${JSON.stringify(ours.output)}`);
    const others = { QEMU: plain, 'QEMU with -icount': exact, 'our run with what was kept': repeatedly };
    for (const [who, run] of Object.entries(others))
      if (run !== undefined && said(run.output) !== mine)
        throw new Error(
          `${name}: ${who} printed ${JSON.stringify(said(run.output))}, we ${JSON.stringify(mine)}`,
        );
    return { ours, repeatedly, plain, exact };
  });
  const rate = (side) => median(runs.map((run) => count / run[side].processor / UNITS[unit].of));
  const ratio = (a, b) => median(runs.map((run) => run[b].processor / run[a].processor));
  const plainToIcount = ratio('plain', 'exact');
  const row = (suffix, peer, wanted, side = 'ours') => ({
    name: `${name}${suffix}`,
    unit,
    ours: rate(side),
    peer: rate(peer),
    ratio: ratio(side, peer),
    ...wanted,
  });
  return [
    row('', 'plain', { must, goal }),
    row(
      ', QEMU with -icount',
      'exact',
      icount ?? (must && { must: must * plainToIcount, goal: goal * plainToIcount }),
    ),
    ...(repeated ? [row(', run before', 'plain', {}, 'repeatedly')] : []),
  ];
}
