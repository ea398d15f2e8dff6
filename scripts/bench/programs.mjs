// The bare programs of test/bench/programs, compiled when they are needed.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = join('test', 'bench', 'programs');
const FLAGS = [
  '-mcpu=cortex-a15',
  '-mfpu=neon-vfpv4',
  '-mfloat-abi=hard',
  '-O2',
  '-ffreestanding',
  // What is measured is the code as written, not what a compiler makes of it that knows Advanced SIMD.
  '-fno-tree-vectorize',
  '-fno-tree-loop-distribute-patterns',
  '-nostdlib',
  '-static',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wl,--build-id=none',
];

/** Where the images are put. */
export function benchFolder() {
  const folder = join('out', 'bench');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Compiles a program for an instruction set, 'arm' or 'thumb', with `more` sources of its own, and gives the path of the
 * image.
 */
export function buildProgram(name, set, more = []) {
  const image = join(benchFolder(), `${name}-${set}.elf`);
  const sources = ['start.S', 'print.c', `${name}.c`, ...more].map((file) => join(SOURCES, file));
  const script = `-Wl,-T,${join(SOURCES, 'program.lds')}`;
  const run = spawnSync('arm-none-eabi-gcc', [...FLAGS, `-m${set}`, script, ...sources, '-o', image], {
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`${name} could not be compiled: ${run.error?.message ?? run.stderr}`);
  return image;
}
