// How long a pause waits for its stop: the bundled hypervisor runs at full speed in the adapter as an editor starts it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runtime, started } from './runtime.mjs';

const ADAPTER = join('dist', 'debug-adapter.js');

/** Messages in the framing of the debug adapter protocol: a header with the body's length, then JSON. */
class Adapter {
  #waiting = [];
  #text = Buffer.alloc(0);
  #sequence = 1;

  constructor() {
    this.child = spawn(runtime(), started(ADAPTER), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout.on('data', (bytes) => this.#take(bytes));
  }

  #take(bytes) {
    this.#text = Buffer.concat([this.#text, bytes]);
    for (;;) {
      const end = this.#text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(this.#text.subarray(0, end).toString())[1]);
      if (this.#text.length < end + 4 + length) return;
      const message = JSON.parse(this.#text.subarray(end + 4, end + 4 + length).toString());
      this.#text = this.#text.subarray(end + 4 + length);
      const found = this.#waiting.find(({ wanted }) => wanted(message));
      if (found === undefined) continue;
      this.#waiting.splice(this.#waiting.indexOf(found), 1);
      found.resolve(message);
    }
  }

  /** The next message that fits. */
  next(wanted) {
    return new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  request(command, args) {
    const seq = this.#sequence++;
    const body = JSON.stringify({ seq, type: 'request', command, arguments: args });
    const answer = this.next(({ type, request_seq }) => type === 'response' && request_seq === seq);
    this.child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    return answer;
  }
}

const isEvent =
  (...names) =>
  ({ type, event }) =>
    type === 'event' && names.includes(event);

/** Milliseconds from each of many pauses to its stop, from the machine's reset to its power-off. */
export async function pauseTimes(engine, between = 20) {
  const adapter = new Adapter();
  await adapter.request('initialize', { adapterID: 'worldswitch', pathFormat: 'path' });
  const ready = adapter.next(isEvent('initialized'));
  await adapter.request('launch', { engine, stopOnEntry: true });
  await ready;
  const entry = adapter.next(isEvent('stopped'));
  await adapter.request('configurationDone');
  await entry;
  const times = [];
  for (let over = false; !over;) {
    const ended = adapter.next(isEvent('terminated', 'stopped'));
    await adapter.request('continue', { threadId: 1 });
    await new Promise((resolve) => setTimeout(resolve, between));
    const begin = performance.now();
    void adapter.request('pause', { threadId: 1 });
    over = (await ended).event === 'terminated';
    if (!over) times.push(performance.now() - begin);
  }
  adapter.child.stdin.end();
  return times;
}
