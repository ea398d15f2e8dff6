/**
 * Prints the interpreter's speed, in millions of guest instructions per second of processor time, on the compiled
 * programs of the tests:
 *
 *   node out/test/emulator/interpreter/benchmark.js [seconds for each program]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE } from '../../../emulator/state/layout';
import { Psr } from '../../../emulator/state/psr';
import { loadElf } from './elf';
import { FlatMachine } from './flat-machine';

const SLICE = 5000;
const seconds = Number(process.argv[2] ?? 3);

function secondsOfProcessor(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Runs the program again and again; gives MIPS of all of it and of its second half. */
function measure(image: Buffer): { whole: number; steady: number } {
  const machine = new FlatMachine(4 << 20);
  loadElf(machine, image);
  const entry = machine.s[CORE.R + 15];
  const begin = secondsOfProcessor();
  const marks: [time: number, retired: number][] = [[begin, 0]];
  do {
    machine.s[CORE.R + 15] = entry;
    machine.s[CORE.PSR] &= ~Psr.T;
    machine.exited = false;
    while (!machine.exited) machine.interpreter.run(SLICE);
    marks.push([secondsOfProcessor(), machine.core.retired]);
  } while (marks[marks.length - 1][0] - begin < seconds);
  const mips = (from: [number, number], to: [number, number]): number =>
    (to[1] - from[1]) / (to[0] - from[0]) / 1e6;
  const last = marks[marks.length - 1];
  return { whole: mips(marks[0], last), steady: mips(marks[marks.length >> 1], last) };
}

for (const set of ['arm', 'thumb']) {
  const { whole, steady } = measure(
    readFileSync(join('test/emulator/interpreter/programs', `compute-${set}.elf`)),
  );
  console.log(`compute-${set}: ${steady.toFixed(1)} MIPS steady, ${whole.toFixed(1)} whole`);
}
