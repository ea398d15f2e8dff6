// What the two tiers have to do with each other: how often compiled code is entered and calls the interpreter for an exit, and what a short program
// gains by it. Numbers of entries are exact, and the same on every machine.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildEmulator } from './emulator.mjs';
import { asGuest } from './guests.mjs';
import { runOurs } from './machines.mjs';
import { buildProgram } from './programs.mjs';
import { median } from './processor-time.mjs';

const LOOPS = {
  hypercalls: () => asGuest(buildProgram('hypercall', 'arm')),
  'MMIO exits': () => asGuest(buildProgram('mmio-exit', 'arm')),
};
/** The bundled hypervisor with its teaching guest, from reset to power-off. */
const SAMPLE = { kernel: 'hypervisor/images/kvm-arm.elf', virtualization: true };

const file = (path) => ({ name: path, bytes: readFileSync(path) });

/** Entries into compiled code, calls of the interpreter from it, and exits of a guest, from reset to power-off. */
function entries({ Machine, DEFAULT_CONFIGURATION }, { kernel, load }) {
  const machine = new Machine({ ...DEFAULT_CONFIGURATION, engine: 'jit' });
  let [entered, called, exits] = [0, 0, 0];
  const { compiler } = machine;
  const run = compiler.run.bind(compiler);
  compiler.run = (core, context, left, code, outside) => {
    entered++;
    const counted =
      (name) =>
      (...given) => {
        called++;
        return outside[name](...given);
      };
    return run(core, context, left, code, {
      reach: (...given) => outside.reach(...given),
      interpret: counted('interpret'),
      executeOp: counted('executeOp'),
    });
  };
  machine.events.subscribe(['world-exit'], () => void exits++);
  machine.boot({
    kernel: file(kernel),
    load: load.map(({ file: path, address }) => ({ file: file(path), address: Number(address) })),
    deviceTree: 'generated',
  });
  while (machine.run(5_000_000).end === 'budget');
  if (machine.ended !== 'powered off') throw new Error(`${kernel} did not come to its power-off`);
  return { entered, called, exits };
}

export async function tiers({ rounds }) {
  const emulator = createRequire(import.meta.url)(resolve(await buildEmulator()));
  const loops = Object.entries(LOOPS).flatMap(([name, boot]) => {
    const { entered, called, exits } = entries(emulator, boot());
    return [
      { name: `tiers: ${name}, entries into compiled code for each`, unit: 'entries', ours: entered / exits },
      { name: `tiers: ${name}, calls of the interpreter for each`, unit: 'calls', ours: called / exits },
    ];
  });
  const seconds = (engine) => runOurs(SAMPLE, ['--engine', engine]).processor;
  const times = Array.from({ length: rounds }, (_, round) => {
    // They take turns in being first.
    const order = round % 2 === 0 ? ['jit', 'interpreter'] : ['interpreter', 'jit'];
    return Object.fromEntries(order.map((engine) => [engine, seconds(engine)]));
  });
  const of = (engine) => median(times.map((time) => time[engine]));
  return [
    ...loops,
    { name: 'tiers: the teaching guest, compiled', unit: 's', ours: of('jit') },
    { name: 'tiers: the teaching guest, interpreted', unit: 's', ours: of('interpreter') },
  ];
}
