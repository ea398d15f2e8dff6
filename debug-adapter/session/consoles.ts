/**
 * The consoles of the host and of the guests, as events and as files. What a guest prints goes through the
 * hypervisor's own UART, so with the bundled hypervisor everything is on the host's console.
 */
import type { Machine } from '../../emulator';
import type { Target } from '../launch/target';
import type { ConsoleName } from '../protocol/consoles';
import type { Session } from './session';
import { RequestError } from './protocol-error';

interface Stream {
  readonly name: ConsoleName;
  readonly decoder: TextDecoder;
  readonly file: string | undefined;
  pending: number[];
}

export class ConsoleStreams {
  private readonly streams: Stream[];

  constructor(
    private readonly machine: Machine,
    target: Target,
    private readonly session: Session,
  ) {
    const wanted = target.configuration.consoles ?? {};
    this.streams = machine.consoles.map((_, i) => {
      const name: ConsoleName = i === 0 ? 'host' : `guest ${i}`;
      const to = wanted[name];
      return {
        name,
        decoder: new TextDecoder(),
        file: to === undefined || to === 'terminal' ? undefined : to,
        pending: [],
      };
    });
    machine.consoles.forEach((console, i) => {
      console.onOutput = (byte) => this.streams[i]!.pending.push(byte);
    });
  }

  get names(): ConsoleName[] {
    return this.streams.map(({ name }) => name);
  }

  /** Sends what has been printed since the last time. */
  flush(): void {
    for (const stream of this.streams) {
      if (stream.pending.length === 0) continue;
      const bytes = Uint8Array.from(stream.pending);
      stream.pending = [];
      if (stream.file !== undefined) this.session.host.appendFile(stream.file, bytes);
      const text = stream.decoder.decode(bytes, { stream: true });
      if (text !== '')
        this.session.dispatcher.event('worldswitch/consoleOutput', { console: stream.name, text });
    }
  }

  /** Keys for a console. @throws RequestError for a console that does not exist */
  input(name: string, text: string): void {
    const i = this.streams.findIndex((stream) => stream.name === name);
    if (i < 0) throw new RequestError(`there is no console '${name}'; there is ${this.names.join(', ')}`);
    this.machine.consoles[i]!.input(new TextEncoder().encode(text));
  }
}
