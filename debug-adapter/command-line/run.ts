/** `worldswitch run` and `worldswitch kvm`: boots a machine and runs it to its end, without a debugger. */
import { writeFileSync } from 'node:fs';
import type { Machine } from '../../emulator';
import { makeTarget } from '../launch/target';
import { nodeHost } from '../node/node-host';
import { watchForLostCores } from '../worlds/lost-core';
import { watchForRomStores } from '../worlds/rom-stores';
import { CommandLineError, type CommandLine } from '../protocol/command-line-options';
import { ConsoleOutput } from './console-output';
import { Statistics, eventKinds, eventLine } from './statistics';

/** Instructions between looks at the keyboard and at signals. */
const SLICE = 2_000_000;

/** Runs; gives the exit code: 0 only when the text of `--until` was seen or the guest powered off. */
export async function runMachine(line: CommandLine): Promise<number> {
  const host = nodeHost(line.translations);
  const { machine, translations } = await makeTarget(line.launch, host, { symbols: false });
  if (translations?.problem !== undefined) process.stderr.write(`worldswitch: ${translations.problem}\n`);
  // Counting costs time: not where nobody asks for it.
  const statistics = line.command === 'kvm' || line.stats !== undefined ? new Statistics(machine) : undefined;
  const consoles = new ConsoleOutput(machine, line);
  if (consoles.keyboard !== undefined) process.stdin.on('data', consoles.keyboard);
  /** Of the machine, in the order in which it happened among what it prints. */
  const say = (text: string): void => {
    consoles.flush();
    process.stderr.write(text);
  };
  listenToEvents(machine, line, say);
  const lost: string[] = [];
  watchForLostCores(machine, (_, words) => lost.push(words));
  watchForRomStores(machine, (words) => say(`worldswitch: ${words}\n`));
  const interrupted = catchSignals();

  const begin = performance.now();
  const ended = await runToEnd(machine, line, consoles, interrupted, lost).finally(() => consoles.flush());
  const seconds = (performance.now() - begin) / 1000;
  interrupted.release();
  process.stdin.pause();
  const unsaved = translations?.save();
  if (unsaved !== undefined) process.stderr.write(`worldswitch: ${unsaved}\n`);

  if (line.command === 'kvm') process.stderr.write(`\n${statistics!.table()}`);
  if (line.stats !== undefined) {
    const text = `${JSON.stringify(statistics!.summary(machine, seconds, ended), undefined, 2)}\n`;
    if (line.stats === '-') process.stdout.write(text);
    else writeFileSync(line.stats, text);
  }
  if (ended === 'until') return 0;
  if (ended === 'powered off' && line.until === undefined) return 0;
  process.stderr.write(`worldswitch: ${failure(ended, line, machine, lost)}\n`);
  return 1;
}

function failure(ended: string, line: CommandLine, machine: Machine, lost: readonly string[]): string {
  const wanted = line.until === undefined ? '' : ` without having printed '${line.until}'`;
  switch (ended) {
    case 'limit':
      return `ended after ${machine.retired} instructions (--max-instructions)${wanted}`;
    case 'idle':
      return `every core waits for an interrupt that cannot come${wanted}`;
    case 'reset':
      return `the guest reset the machine (--no-reboot)${wanted}`;
    case 'lost':
      return `${lost[0]}${wanted}`;
    case 'interrupted':
      return 'interrupted';
    default:
      return `the guest powered off${wanted}`;
  }
}

function listenToEvents(machine: Machine, line: CommandLine, say: (text: string) => void): void {
  if (line.events.length === 0) return;
  let kinds;
  try {
    kinds = eventKinds(line.events);
  } catch (error) {
    throw new CommandLineError((error as Error).message);
  }
  machine.events.subscribe(kinds, (event) => {
    say(eventLine(event));
  });
}

function catchSignals(): { wanted: boolean; release(): void } {
  const state = {
    wanted: false,
    release: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
  const stop = (): void => {
    state.wanted = true;
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return state;
}

async function runToEnd(
  machine: Machine,
  line: CommandLine,
  consoles: ConsoleOutput,
  interrupted: { readonly wanted: boolean },
  lost: readonly string[],
): Promise<string> {
  const limit = line.launch.instructionLimit ?? Infinity;
  for (;;) {
    const { end } = machine.run(Math.min(SLICE, limit - machine.retired));
    consoles.flush();
    if (consoles.untilSeen) return 'until';
    if (end === 'powered off') return end;
    if (end === 'reset') {
      if (line.noReboot === true) return end;
      process.stderr.write('worldswitch: the guest reset the machine: it boots again\n');
    }
    if (lost.length > 0) return 'lost';
    if (machine.retired >= limit) return 'limit';
    if (interrupted.wanted) return 'interrupted';
    if (end === 'idle' && (process.stdin.isTTY !== true || line.launch.consoles?.['host'] !== undefined)) {
      if (!(await moreInput())) return 'idle';
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Waits for bytes on standard input; false when it has ended. */
function moreInput(): Promise<boolean> {
  if (process.stdin.readableEnded || process.stdin.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const done = (more: boolean): void => {
      process.stdin.off('data', onData);
      process.stdin.off('end', onEnd);
      resolve(more);
    };
    const onData = (): void => done(true);
    const onEnd = (): void => done(false);
    process.stdin.on('data', onData);
    process.stdin.on('end', onEnd);
  });
}
