/** What the machine prints, to the terminal or to files, and the text in it that ends a run. */
import { appendFileSync, writeFileSync } from 'node:fs';
import type { Machine } from '../../emulator';
import type { CommandLine } from '../protocol/command-line-options';

/** Looks for a text in a stream of bytes. */
class TextWatch {
  private readonly wanted: Buffer;
  private recent: number[] = [];

  constructor(text: string) {
    this.wanted = Buffer.from(text, 'utf8');
  }

  /** True with the last byte of the text. */
  take(byte: number): boolean {
    const { wanted } = this;
    this.recent.push(byte);
    if (this.recent.length > wanted.length) this.recent = this.recent.slice(-wanted.length);
    return this.recent.length === wanted.length && wanted.every((b, i) => this.recent[i] === b);
  }
}

export class ConsoleOutput {
  /** The text that ends the run was printed. */
  untilSeen = false;
  /** Gives keys to the machine; undefined where the first console is a file. */
  readonly keyboard: ((keys: Uint8Array) => void) | undefined;
  /** By what it goes to, `terminal` or the path of a file: bytes that were printed and are not written yet. */
  private readonly pending = new Map<string, number[]>();

  /** Empties the files that `line` names. */
  constructor(machine: Machine, line: CommandLine) {
    const { consoles } = line.launch;
    machine.consoles.forEach((console, i) => {
      const to = consoles?.[i === 0 ? 'host' : `host ${i + 1}`] ?? 'terminal';
      if (to !== 'terminal') writeFileSync(to, '');
      const bytes = this.pending.get(to) ?? [];
      this.pending.set(to, bytes);
      const watch = line.until === undefined ? undefined : new TextWatch(line.until);
      console.onOutput = (byte) => {
        bytes.push(byte);
        if (this.untilSeen || watch?.take(byte) !== true) return;
        this.untilSeen = true;
        machine.requestStop();
      };
    });
    const [first] = machine.consoles;
    if (first !== undefined && (consoles?.['host'] ?? 'terminal') === 'terminal')
      this.keyboard = (keys) => first.input(keys);
  }

  /** Writes what was printed since the last time: a system call for each byte costs more than the machine takes for it. */
  flush(): void {
    for (const [to, bytes] of this.pending) {
      if (bytes.length === 0) continue;
      const chunk = Uint8Array.from(bytes.splice(0));
      if (to === 'terminal') process.stdout.write(chunk);
      else appendFileSync(to, chunk);
    }
  }
}
