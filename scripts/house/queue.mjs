// Runs jobs as a queue: one on each core, the longest first, so that no core waits at the end.
import { availableParallelism, totalmem } from 'node:os';

/** What a job may need at its worst: a machine with its RAM and its compiled code, and QEMU beside it. */
const MEMORY_FOR_A_JOB = 3 * 2 ** 30;

/** How many jobs this computer runs at once. */
export const atOnce = () =>
  Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / MEMORY_FOR_A_JOB)));

/**
 * Runs all of the jobs.
 * @param jobs each with its `name`, about how many `seconds` it takes, and perhaps the name of a job that it `needs`, and how
 *     many `cores` it takes: 1
 * @param run runs one to its end
 * @param workers how many cores there are
 */
export async function runQueue(jobs, run, workers = atOnce()) {
  const needed = new Set(jobs.map(({ needs }) => needs));
  const coresOf = ({ cores = 1 }) => Math.min(cores, workers);
  // First what takes several cores, which are never free together later, then what others wait for.
  const rank = (job) => coresOf(job) * 2e9 + (needed.has(job.name) ? 1e9 : 0) + Math.min(job.seconds, 1e6);
  const waiting = [...jobs].sort((one, other) => rank(other) - rank(one));
  const unfinished = new Set(jobs.map(({ name }) => name));
  const running = new Set();
  let free = workers;
  const mayBegin = (job) => coresOf(job) <= free && !unfinished.has(job.needs);
  while (waiting.length > 0 || running.size > 0) {
    for (let at = waiting.findIndex(mayBegin); at >= 0; at = waiting.findIndex(mayBegin)) {
      const [job] = waiting.splice(at, 1);
      free -= coresOf(job);
      const one = run(job).finally(() => {
        running.delete(one);
        unfinished.delete(job.name);
        free += coresOf(job);
      });
      running.add(one);
    }
    await Promise.race(running);
  }
}
