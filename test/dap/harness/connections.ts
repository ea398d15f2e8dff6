/** Ways to reach an adapter: in this process, over the standard streams of another, over TCP. */
import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { MessageReader, encodeMessage } from '../../../debug-adapter/node/message-stream';
import type { Host } from '../../../debug-adapter/host';
import { nodeHost } from '../../../debug-adapter/node/node-host';
import type { Session } from '../../../debug-adapter/session/session';
import { startSession } from '../../../debug-adapter/session/start';
import { ADAPTER, COMMAND_LINE } from './paths';

export type Receive = (message: DebugProtocol.ProtocolMessage) => void;

export interface Connection {
  send(message: unknown): void;
  /** Ends the connection and everything behind it; resolves when that is done. */
  close(): Promise<void>;
}

/** A way to reach an adapter. */
export type Connect = (receive: Receive) => Promise<Connection>;

/** The adapter in this process: messages go through JSON, as they do everywhere else. */
export const inProcess: Connect = (receive) => inProcessWith(nodeHost())(receive);

/** As `inProcess`, with files, clock and event loop of `host`. */
export const inProcessWith =
  (host: Host): Connect =>
  (receive) => {
    const session = inProcessSession(receive, host);
    return Promise.resolve({
      send: (message) => session.dispatcher.receive(copy(message)),
      close: () => {
        session.dispose();
        return Promise.resolve();
      },
    });
  };

export function inProcessSession(receive: Receive, host: Host = nodeHost()): Session {
  return startSession(host, (message) => receive(copy(message) as DebugProtocol.ProtocolMessage));
}

function copy(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message));
}

/** An adapter's process with its standard streams, for what is below the level of messages. */
export class AdapterProcess {
  readonly child: ChildProcess;
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  errors = '';

  constructor(receive: Receive, args: readonly string[] = [ADAPTER]) {
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const reader = messages(receive);
    this.child.stdout!.on('data', (chunk: Buffer) => reader.push(chunk));
    this.child.stderr!.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.child.stdin!.on('error', () => {});
    this.ended = new Promise((resolve) =>
      this.child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown')),
    );
  }

  /** Sends bytes as they are. */
  write(bytes: string | Uint8Array): void {
    this.child.stdin!.write(bytes);
  }
}

/** A reader that takes nothing but sound messages. */
function messages(receive: Receive): MessageReader {
  return new MessageReader(
    (message) => receive(message as DebugProtocol.ProtocolMessage),
    (problem) => {
      throw new Error(`the adapter sent what is no message: ${problem}`);
    },
  );
}

/** The adapter as an editor starts it. */
export const overStdio: Connect = (receive) => overStdioWith([])(receive);

/** As `overStdio`, with arguments. */
export const overStdioWith =
  (args: readonly string[]): Connect =>
  (receive) => {
    const adapter = new AdapterProcess(receive, [ADAPTER, ...args]);
    return Promise.resolve({
      send: (message) => adapter.write(encodeMessage(message as DebugProtocol.ProtocolMessage)),
      close: async () => {
        adapter.child.stdin!.end();
        await adapter.ended;
      },
    });
  };

/** `worldswitch dap --port 0`, and a socket to it. */
export const overTcp: Connect = async (receive) => {
  const server = spawn(process.execPath, [COMMAND_LINE, 'dap', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => server.on('close', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    let text = '';
    server.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /127\.0\.0\.1:(\d+)/.exec(text);
      if (found !== null) resolve(Number(found[1]));
    });
    server.on('close', () => reject(new Error(`the server ended: ${text}`)));
  });
  const socket = connect(port, '127.0.0.1');
  const reader = messages(receive);
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return {
    send: (message) => socket.write(encodeMessage(message as DebugProtocol.ProtocolMessage)),
    close: async () => {
      socket.destroy();
      server.kill();
      await ended;
    },
  };
};
