// What a run costs that does nothing: processor seconds from the start of the process to its end.
import { runOurs, runQemu } from './machines.mjs';
import { buildProgram } from './programs.mjs';
import { measure, median } from './processor-time.mjs';

/** Rows: our machine beside QEMU's, and what of ours Node takes for itself. */
export function startUp({ rounds, engine }) {
  const what = { kernel: buildProgram('nothing', 'arm'), virtualization: false };
  const times = Array.from({ length: rounds }, () => ({
    ours: runOurs(what, ['--engine', engine]).processor,
    peer: runQemu(what).processor,
    node: measure(process.execPath, ['-e', '0']).processor,
  }));
  const seconds = (side) => median(times.map((time) => time[side]));
  return [
    {
      name: 'start-up: a program that does nothing',
      unit: 's',
      ours: seconds('ours'),
      peer: seconds('peer'),
    },
    { name: 'start-up: of it, Node itself', unit: 's', ours: seconds('node') },
  ];
}
