// What a run costs that does nothing: processor seconds from the start of the process to its end.
import { resolve } from 'node:path';
import { buildEmulator } from './emulator.mjs';
import { runOurs, runQemu } from './machines.mjs';
import { buildProgram } from './programs.mjs';
import { measure, median } from './processor-time.mjs';
import { runtime } from './runtime.mjs';

/** What the emulator alone may take of it, with its tables, in seconds. */
const LOADED_IN = 0.1;
/** Prints the processor seconds that loading a file takes. */
const LOAD = `
const { user, system } = (require(process.argv[1]), process.cpuUsage(begin));
console.log((user + system) / 1e6);
`;

/** Rows: our machine beside QEMU's, and what of ours Node and the emulator's code and tables take. */
export async function startUp({ rounds, engine }) {
  const what = { kernel: buildProgram('nothing', 'arm'), virtualization: false };
  const emulator = resolve(await buildEmulator());
  const times = Array.from({ length: rounds }, () => ({
    ours: runOurs(what, ['--engine', engine]).processor,
    peer: runQemu(what).processor,
    node: measure(runtime(), ['-e', '0']).processor,
    emulator: Number(measure(runtime(), ['-e', `const begin = process.cpuUsage();${LOAD}`, emulator]).output),
  }));
  const seconds = (side) => median(times.map((time) => time[side]));
  const loading = seconds('emulator');
  return [
    {
      name: 'start-up: a program that does nothing',
      unit: 's',
      ours: seconds('ours'),
      peer: seconds('peer'),
    },
    { name: 'start-up: of it, Node itself', unit: 's', ours: seconds('node') },
    {
      name: `start-up: of it, loading the emulator and its tables, must be below ${LOADED_IN}`,
      unit: 's',
      ours: loading,
    },
  ];
}
