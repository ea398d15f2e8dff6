// Boots one machine with what each line of its input says, to the power-off, and answers with a line of figures.
//   node memory-runner.mjs EMULATOR ENGINE MIB
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { importTypeScript } from '../house/import-typescript.mjs';

const { setV8Flags } = await importTypeScript('debug-adapter/node/v8-flags.ts');
setV8Flags();

const [emulator, engine, megabytes] = process.argv.slice(2);
const { Machine, DEFAULT_CONFIGURATION } = createRequire(import.meta.url)(emulator);
const MIB = 2 ** 20;

const machine = new Machine({
  ...DEFAULT_CONFIGURATION,
  memory: Number(megabytes) * MIB,
  engine: engine === 'auto' ? 'jit' : engine,
});

/** The most that the process ever took, in MiB: VmHWM of proc(5). */
const highest = () =>
  Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024);
const file = (path) => ({ name: path, bytes: readFileSync(path) });

for await (const line of createInterface({ input: process.stdin })) {
  const { kernel, initrd, append, load = [] } = JSON.parse(line);
  machine.reset();
  machine.boot({
    kernel: file(kernel),
    ...(initrd && { initrd: file(initrd) }),
    append,
    load: load.map(({ file: path, address }) => ({ file: file(path), address: Number(address) })),
    deviceTree: 'generated',
  });
  let end;
  do {
    ({ end } = machine.run(5_000_000));
    // What is compiled meanwhile is finished, and collected, only between turns of the message loop, as in the adapter.
    await turnOfTheLoop();
  } while (end === 'budget');
  if (end !== 'powered off') throw new Error(`${kernel} came to '${end}'`);
  const resident = Math.round(process.memoryUsage().rss / MIB);
  console.log(JSON.stringify({ retired: machine.retired, resident, highest: highest() }));
}
