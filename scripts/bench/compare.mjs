// Runs the workloads here and under QEMU, one after the other in several rounds, and gives rows of figures.
import { runOurs, runQemu } from './machines.mjs';
import { median } from './processor-time.mjs';

/**
 * The two rows of a workload: against plain QEMU and against its deterministic mode. `unit` is MIPS of processor time.
 * @throws Error when both sides did not print the same, or when two of our runs differ in their instructions
 */
export function compare({ name, boot, must, goal, icount }, { rounds, folder, engine }) {
  const what = boot();
  const runs = Array.from({ length: rounds }, () => {
    const ours = runOurs(what, folder, { extra: ['--engine', engine] });
    const plain = runQemu(what);
    const exact = runQemu(what, { icount: true });
    for (const peer of [plain, exact])
      if (peer.output !== ours.output)
        throw new Error(
          `${name}: QEMU printed ${JSON.stringify(peer.output)}, we ${JSON.stringify(ours.output)}`,
        );
    return { ours, plain, exact };
  });
  const [{ instructions }] = runs.map(({ ours }) => ours);
  if (runs.some(({ ours }) => ours.instructions !== instructions))
    throw new Error(`${name}: two runs executed a different number of instructions`);
  const mips = (side) => median(runs.map((run) => instructions / run[side].processor / 1e6));
  const ratio = (a, b) => median(runs.map((run) => run[b].processor / run[a].processor));
  const plainToIcount = ratio('plain', 'exact');
  const row = (suffix, peer, wanted) => ({
    name: `${name}${suffix}`,
    unit: 'MIPS',
    ours: mips('ours'),
    peer: mips(peer),
    ratio: ratio('ours', peer),
    ...wanted,
  });
  return {
    instructions,
    rows: [
      row('', 'plain', { must, goal }),
      row(
        ', QEMU with -icount',
        'exact',
        icount ?? { must: must * plainToIcount, goal: goal * plainToIcount },
      ),
    ],
  };
}
