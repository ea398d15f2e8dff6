// Runs a program in a process group of its own, and ends the whole group when its time is up or when we are ended.
import { spawn } from 'node:child_process';

const running = new Set();

function end(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}

/** Ends whatever is running now. */
export function endRunning() {
  for (const child of running) end(child, 'SIGKILL');
}

/** A signal to this program ends what it started and itself. */
export function endOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      endRunning();
      process.exit(signal === 'SIGINT' ? 130 : 143);
    });
}

/**
 * Runs a program to its end.
 * @param limit seconds after which its process group is ended
 * @param output what it prints goes to this file descriptor: ours
 * @returns its exit code, or 124 when the time was up
 */
export function runLimited(program, args, { limit, env = process.env, cwd, output = 'inherit' } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', output, output], detached: true, env, cwd });
    running.add(child);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      end(child, 'SIGTERM');
      setTimeout(() => end(child, 'SIGKILL'), 3000).unref();
    }, limit * 1000);
    const finish = (code) => {
      clearTimeout(timer);
      running.delete(child);
      end(child, 'SIGKILL'); // What it left behind.
      resolve(timedOut ? 124 : code);
    };
    child.once('error', (error) => {
      console.error(`${program} could not be started: ${error.message}`);
      finish(127);
    });
    child.once('exit', (code, signal) => finish(code ?? (signal ? 128 : 1)));
  });
}
