// What a command costs: processor seconds of all its threads and children, as the system accounts for them.
import { spawnSync } from 'node:child_process';

/** `times` of POSIX sh prints the shell's own times, then those of its children, each as user and system: 0m1.23s. */
const SHELL = '"$@" 2>&3; status=$?; times >&2; exit $status';

/**
 * Runs a program to its end with `input` on its standard input.
 * @returns processor seconds, seconds of real time, and what it printed
 */
export function measure(program, args, { input = '', timeout = 600 } = {}) {
  const begin = performance.now();
  const run = spawnSync('sh', ['-c', SHELL, 'sh', program, ...args], {
    input,
    encoding: 'utf8',
    timeout: timeout * 1000,
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const seconds = (performance.now() - begin) / 1000;
  if (run.status !== 0)
    throw new Error(
      `${program} ${args.join(' ')} ended with ${run.status ?? run.signal}: ${run.output[3] ?? ''}`,
    );
  const [user, system] = run.stderr
    .trim()
    .split('\n')
    .at(-1)
    .split(/\s+/)
    .map((time) => {
      const [minutes, rest] = time.split('m');
      return Number(minutes) * 60 + parseFloat(rest);
    });
  return { processor: user + system, seconds, output: run.stdout };
}

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
