/** A client of the debug adapter protocol, as an editor is one: requests, events in order, stops. */
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { LaunchConfiguration } from '../../../debug-adapter/protocol/launch-attributes';
import type { Snapshot, SnapshotParts } from '../../../debug-adapter/protocol/snapshot';
import { inProcess, type Connect, type Connection } from './connections';

/** A request was answered with a failure. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  constructor(
    message: string,
    readonly command: string,
    readonly showUser: boolean,
  ) {
    super(message);
  }
}

/** Body of a `stopped` event, with what this adapter adds. */
export interface Stop {
  readonly reason: string;
  readonly threadId: number;
  readonly allThreadsStopped: boolean;
  readonly description?: string;
  readonly text?: string;
  readonly hitBreakpointIds?: number[];
  readonly stopNumber: number;
}

export interface ShownFrame {
  readonly id: number;
  readonly name: string;
  /** Last part of the source's path, '' without a source. */
  readonly file: string;
  readonly line: number;
  /** `space:0x…`. */
  readonly address: string;
  readonly raw: DebugProtocol.StackFrame;
}

interface Waiter {
  readonly wanted: (event: DebugProtocol.Event) => boolean;
  readonly resolve: (event: DebugProtocol.Event) => void;
}

export class Client {
  /** Every message received, in order. */
  readonly received: DebugProtocol.ProtocolMessage[] = [];
  /** Everything sent and received, for transcripts. */
  onMessage: (direction: 'in' | 'out', message: DebugProtocol.ProtocolMessage) => void = () => {};
  private connection!: Connection;
  private sequence = 1;
  private readonly pending = new Map<number, (response: DebugProtocol.Response) => void>();
  private readonly events: DebugProtocol.Event[] = [];
  private readonly waiters: Waiter[] = [];

  static async connect(how: Connect = inProcess): Promise<Client> {
    const client = new Client();
    client.connection = await how((message) => client.receive(message));
    return client;
  }

  /** Connects, initializes and launches; the machine is configured by `configure` before it begins. */
  static async launch(
    configuration: LaunchConfiguration,
    configure: (client: Client) => Promise<unknown> = () => Promise.resolve(),
    how: Connect = inProcess,
  ): Promise<Client> {
    const client = await Client.connect(how);
    try {
      await client.initialize();
      await client.request('launch', configuration);
      await client.event('initialized');
      await configure(client);
      await client.request('configurationDone');
    } catch (error) {
      await client.close();
      throw error;
    }
    return client;
  }

  initialize(): Promise<DebugProtocol.Capabilities> {
    return this.request('initialize', {
      adapterID: 'worldswitch',
      linesStartAt1: true,
      columnsStartAt1: true,
      pathFormat: 'path',
    });
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  /** Sends any message; nothing is expected of it. */
  sendRaw(message: unknown): void {
    this.connection.send(message);
  }

  /** The answer's body, of the type the test says it has. @throws RequestFailed */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async request<T = any>(command: string, args?: unknown): Promise<T> {
    const response = await this.response(command, args);
    if (response.success) return response.body as T;
    const showUser = response.body?.error?.showUser !== false;
    throw new RequestFailed(response.message ?? '', command, showUser);
  }

  /** The answer, whether it is a success or not. */
  response(command: string, args?: unknown): Promise<DebugProtocol.Response> {
    const seq = this.sequence++;
    const message = { seq, type: 'request', command, ...(args !== undefined && { arguments: args }) };
    this.onMessage('in', message as DebugProtocol.ProtocolMessage);
    return new Promise((resolve) => {
      this.pending.set(seq, resolve);
      this.connection.send(message);
    });
  }

  /** The message of the failure that a request must end with. */
  async failure(command: string, args?: unknown): Promise<RequestFailed> {
    try {
      const body: unknown = await this.request(command, args);
      assert.fail(`'${command}' succeeded: ${JSON.stringify(body)}`);
    } catch (error) {
      if (error instanceof RequestFailed) return error;
      throw error;
    }
  }

  /** The next event of that name which has not been taken, now or when it comes. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async event<T = any>(name: string, wanted: (body: T) => boolean = () => true): Promise<T> {
    const fits = (event: DebugProtocol.Event): boolean => event.event === name && wanted(event.body as T);
    return (await this.take(fits)).body as T;
  }

  private take(wanted: Waiter['wanted']): Promise<DebugProtocol.Event> {
    const index = this.events.findIndex(wanted);
    if (index >= 0) return Promise.resolve(this.events.splice(index, 1)[0]!);
    return new Promise((resolve) => this.waiters.push({ wanted, resolve }));
  }

  /** Events of that name which have come and were not taken. */
  untaken(name: string): DebugProtocol.Event[] {
    return this.events.filter(({ event }) => event === name);
  }

  /** The next stop; a machine that ends instead fails. */
  async nextStop(): Promise<Stop> {
    const fits = ({ event }: DebugProtocol.Event): boolean => event === 'stopped' || event === 'terminated';
    const { event, body } = await this.take(fits);
    assert.equal(event, 'stopped', 'the machine ended without a stop');
    return body as Stop;
  }

  /** Runs on to the next stop. */
  async resume(command: 'continue' | 'next' | 'stepIn' | 'stepOut', args: object): Promise<Stop> {
    await this.request(command, args);
    return this.nextStop();
  }

  continue(): Promise<Stop> {
    return this.resume('continue', { threadId: 1 });
  }

  async frames(threadId: number): Promise<ShownFrame[]> {
    const { stackFrames } = await this.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', {
      threadId,
    });
    return stackFrames.map((raw) => ({
      id: raw.id,
      name: raw.name,
      file: raw.source?.path?.split(/[\\/]/).pop() ?? '',
      line: raw.line,
      address: raw.instructionPointerReference ?? '',
      raw,
    }));
  }

  async top(threadId: number): Promise<ShownFrame> {
    const [first] = await this.frames(threadId);
    assert.ok(first, `thread ${threadId} has no frames`);
    return first;
  }

  async threads(): Promise<DebugProtocol.Thread[]> {
    return (await this.request<DebugProtocol.ThreadsResponse['body']>('threads')).threads;
  }

  /** Id of the thread whose name matches. */
  async thread(name: RegExp): Promise<number> {
    const threads = await this.threads();
    const found = threads.find((thread) => name.test(thread.name));
    assert.ok(found, `no thread ${name} among ${threads.map((thread) => thread.name).join(', ')}`);
    return found.id;
  }

  /** The views' snapshot of the present stop. */
  async snapshot(stop: Stop, ...parts: (keyof SnapshotParts)[]): Promise<Snapshot> {
    return this.request<Snapshot>('worldswitch/snapshot', { stopNumber: stop.stopNumber, parts });
  }

  async evaluate(expression: string, frameId?: number): Promise<string> {
    return (await this.request<{ result: string }>('evaluate', { expression, frameId })).result;
  }

  /** Replaces the exception filters: names, or names with conditions. */
  async filters(...filters: (string | { filterId: string; condition: string })[]): Promise<void> {
    const { breakpoints } = await this.request<{ breakpoints: DebugProtocol.Breakpoint[] }>(
      'setExceptionBreakpoints',
      { filters: [], filterOptions: filters.map((f) => (typeof f === 'string' ? { filterId: f } : f)) },
    );
    for (const { verified, message } of breakpoints) assert.ok(verified, message);
  }

  async functionBreakpoints(...names: string[]): Promise<DebugProtocol.Breakpoint[]> {
    const { breakpoints } = await this.request<{ breakpoints: DebugProtocol.Breakpoint[] }>(
      'setFunctionBreakpoints',
      { breakpoints: names.map((name) => ({ name })) },
    );
    return breakpoints;
  }

  private receive(message: DebugProtocol.ProtocolMessage): void {
    this.received.push(message);
    this.onMessage('out', message);
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response;
      const resolve = this.pending.get(response.request_seq);
      this.pending.delete(response.request_seq);
      resolve?.(response);
      return;
    }
    const event = message as DebugProtocol.Event;
    const waiting = this.waiters.findIndex(({ wanted }) => wanted(event));
    if (waiting >= 0) this.waiters.splice(waiting, 1)[0]!.resolve(event);
    else this.events.push(event);
  }
}
