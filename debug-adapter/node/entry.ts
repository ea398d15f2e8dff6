/** Serves sessions on standard input and output, or on a TCP port of 127.0.0.1. */
import { createServer, type Server } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { startSession } from '../session/start';
import { MessageReader, encodeMessage } from './message-stream';
import { nodeHost } from './node-host';

/** @param args `--port N`, or without it standard input and output; `--translations FOLDER`. */
export function runAdapter(args: readonly string[]): void {
  const valueOf = (option: string): string | undefined => {
    const at = args.indexOf(option);
    return at < 0 ? undefined : (args[at + 1] ?? '');
  };
  const folder = valueOf('--translations');
  const wanted = valueOf('--port');
  if (wanted === undefined) {
    serve(process.stdin, process.stdout, folder, () => process.exit(0));
    return;
  }
  const port = wanted === '' ? NaN : Number(wanted);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    process.stderr.write(`--port needs a number from 0 to 65535, not '${wanted}'\n`);
    process.exit(2);
  }
  servePort(port, folder);
}

/** @param folder where translations are kept; nowhere without it. */
export function servePort(port: number, folder?: string): Server {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    serve(socket, socket, folder, () => socket.end());
  });
  server.on('error', (error) => {
    process.stderr.write(`cannot listen on 127.0.0.1:${port}: ${error.message}\n`);
    process.exit(1);
  });
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    const chosen = typeof address === 'object' && address !== null ? address.port : port;
    process.stdout.write(`Listening for the debug adapter protocol on 127.0.0.1:${chosen}\n`);
  });
  return server;
}

/** One session between two streams; `end` is called when it is over. */
function serve(input: Readable, output: Writable, folder: string | undefined, end: () => void): void {
  const session = startSession(nodeHost(folder), (message) => {
    if (output.writable) output.write(encodeMessage(message));
  });
  const reader = new MessageReader(
    (message) => {
      session.dispatcher.receive(message);
      if (session.over) setImmediate(end);
    },
    (problem) => session.output(`Protocol error: ${problem}\n`, 'stderr'),
  );
  input.on('data', (chunk: Buffer) => reader.push(chunk));
  const closed = (): void => {
    session.dispose();
    end();
  };
  input.on('end', closed);
  input.on('close', closed);
}
