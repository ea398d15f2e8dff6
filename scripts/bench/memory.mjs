// What a machine of 512 MiB takes of the host's memory in a long mixed load: one process, one machine, booted again and
// again with something else, as a session's restart does.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import { buildEmulator } from './emulator.mjs';
import { asGuest } from './guests.mjs';
import { debianAsGuest, debianWithoutDecompressor } from './kernels.mjs';
import { buildProgram } from './programs.mjs';
import { runtime, started } from './runtime.mjs';

const RAM = 512;
/** MiB that the process may take: what else it needs, beside half as much again as the guest's RAM. */
const MOST = 1.5 * RAM + 400;

/**
 * A row: the largest resident set over all rounds of the load. What each boot came to is printed as it comes.
 * @param minutes real time after which no further round begins
 */
export async function memory({ minutes, engine }) {
  const guest = (name, more, options) => asGuest(buildProgram(name, 'arm', more), options);
  // Each of these writes its guest's files to the same places: read here, handed on as what they hold.
  const boots = {
    'Debian’s kernel': debianWithoutDecompressor,
    'Debian’s kernel as a guest': debianAsGuest,
    'a kernel’s load as a guest': () => guest('kernel-load', ['kernel-load-vectors.S']),
    hypercalls: () => guest('hypercall'),
    'MMIO exits': () => guest('mmio-exit'),
    // Below 64 MiB the hypervisor maps RAM page by page.
    'Stage 2 faults': () => guest('stage2-fault', [], { memory: 62, repetitions: 10 }),
  };
  const emulator = resolve(await buildEmulator());
  const child = spawn(
    runtime(),
    started(resolve('scripts/bench/memory-runner.mjs'), emulator, engine, String(RAM)),
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const until = performance.now() + minutes * 60_000;
  let [peak, instructions] = [0, 0];
  do
    for (const [name, boot] of Object.entries(boots)) {
      child.stdin.write(`${JSON.stringify(boot())}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`memory: the machine is gone in '${name}'`);
      const { retired, resident, highest } = JSON.parse(value);
      instructions += retired;
      peak = Math.max(peak, highest);
      console.log(
        `  ${(instructions / 1e9).toFixed(1)} G instructions, ${name}: ${resident} MiB, at most ${highest}`,
      );
    }
  while (performance.now() < until);
  child.stdin.end();
  return [
    {
      name: `memory: ${RAM} MiB of RAM, ${(instructions / 1e9).toFixed(0)} G instructions of mixed load, must be below ${MOST}`,
      unit: 'MiB',
      ours: peak,
    },
  ];
}
