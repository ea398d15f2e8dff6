/**
 * The consoles of the host and of the guests, as events and as files. The host's are the board's UARTs and virtio
 * consoles. A guest's is
 * what it stores to the UART that its hypervisor emulates: each such store is a Stage 2 fault whose syndrome names
 * the register that holds the character.
 */
import { CORE, SYS, bankedIndex, type ConsolePort, type Machine, type MachineEvent } from '../../emulator';
import type { Sample } from '../launch/samples';
import type { Target } from '../launch/target';
import type { ConsoleName } from '../protocol/consoles';
import type { Contexts } from '../worlds/contexts';
import { RequestError } from './protocol-error';
import type { Session } from './session';

interface Stream {
  readonly name: ConsoleName;
  /** Where its keys go. */
  readonly port: ConsolePort | undefined;
  /** How they are to be typed there. */
  readonly typed: (text: string) => string;
  readonly decoder: TextDecoder;
  /** The file that the configuration gives it instead of a terminal. */
  readonly file: string | undefined;
  pending: number[];
}

const DATA_ABORT = 0x24;
/** Fields of HSR for a store with a valid syndrome. */
const ISV = 1 << 24;
const WNR = 1 << 6;

export class ConsoleStreams {
  private readonly streams: Stream[] = [];

  constructor(
    private readonly machine: Machine,
    private readonly target: Target,
    private readonly contexts: Contexts,
    private readonly session: Session,
  ) {
    machine.consoles.forEach((console, i) => {
      if (i === 0) this.open('host', console);
      const name: ConsoleName = i === 0 ? 'host' : `host ${i + 1}`;
      console.onOutput = (byte) => this.streamOf(name, console).pending.push(byte);
    });
    const { sample } = target;
    if (sample !== undefined)
      machine.events.subscribe(['trap-to-hyp'], (event) => {
        if (event.kind === 'trap-to-hyp' && event.ipa === sample.guestUart) this.guestStores(event, sample);
        return false;
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

  /**
   * Keys for a console. A guest's go to the board's UART, said to be that guest's: its hypervisor hands them on.
   * @throws RequestError for a console that does not exist
   */
  input(name: string, text: string): void {
    const stream = this.streams.find((candidate) => candidate.name === name);
    if (stream === undefined)
      throw new RequestError(`there is no console '${name}'; there is ${this.names.join(', ')}`);
    stream.port?.input(new TextEncoder().encode(stream.typed(text)));
  }

  /** The stream of a console; a new one is told to the client. */
  private streamOf(name: ConsoleName, port: ConsolePort | undefined, typed?: Stream['typed']): Stream {
    const known = this.streams.find((candidate) => candidate.name === name);
    if (known !== undefined) return known;
    const stream = this.open(name, port, typed);
    this.session.dispatcher.event('worldswitch/consoles', { consoles: this.names });
    return stream;
  }

  private open(
    name: ConsoleName,
    port: ConsolePort | undefined,
    typed: Stream['typed'] = (text) => text,
  ): Stream {
    const to = this.target.configuration.consoles?.[name];
    const stream: Stream = {
      name,
      port,
      typed,
      decoder: new TextDecoder(),
      file: to === undefined || to === 'terminal' ? undefined : to,
      pending: [],
    };
    this.streams.push(stream);
    return stream;
  }

  private guestStores(event: MachineEvent & { kind: 'trap-to-hyp' }, sample: Sample): void {
    const hsr = event.hsr ?? 0;
    if (event.ec !== DATA_ABORT || (hsr & ISV) === 0 || (hsr & WNR) === 0) return;
    const { state } = this.machine.cores[event.core]!;
    const vm = this.contexts.vmOfVttbr(
      (BigInt(state.u32[SYS.VTTBR + 1]!) << 32n) | BigInt(state.u32[SYS.VTTBR]!),
    );
    if (vm === undefined) return;
    const rt = (hsr >>> 16) & 15;
    const value = state.u32[rt === 15 ? CORE.R + 15 : bankedIndex(state, event.fromMode, rt)]!;
    const typed = (text: string): string => sample.giveKeyboardTo(vm.vm) + sample.typed(text);
    this.streamOf(`guest ${vm.vm}`, this.machine.consoles[0], typed).pending.push(value & 0xff);
  }
}
