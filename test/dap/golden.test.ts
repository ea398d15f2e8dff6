// Whole conversations as an editor sees them, compared with what is kept in golden/. UPDATE_GOLDEN=1 writes them anew.
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Client } from './harness/client';
import { compareWithGolden } from './harness/golden';
import { source } from './harness/paths';
import { lineOf } from './harness/source-lines';

/** The conversation, a message a line; console output is left out, since its chunks depend on the pace. */
function record(client: Client): string[] {
  const lines: string[] = [];
  client.onMessage = (direction, message) => {
    const { type } = message;
    if (type === 'event' && (message as DebugProtocol.Event).event === 'worldswitch/consoleOutput') return;
    lines.push(`${direction === 'in' ? '->' : '<-'} ${JSON.stringify(message)}`);
  };
  return lines;
}

describe('dap: golden transcripts', function () {
  this.timeout(60_000);

  it('initialize', async () => {
    const client = await Client.connect();
    const lines = record(client);
    await client.initialize();
    await client.close();
    compareWithGolden('initialize', lines);
  });

  it('from launch to a trap of the guest, its threads and stacks, a step, and the end', async () => {
    const client = await Client.connect();
    const lines = record(client);
    await client.initialize();
    await client.request('launch', { stopOnEntry: true });
    await client.event('initialized');
    const [main, line] = [
      source('guests/teaching/main.c'),
      lineOf('guests/teaching/main.c', 'lesson_traps();'),
    ];
    await client.request('setBreakpoints', { source: { path: main }, breakpoints: [{ line }] });
    await client.filters({ filterId: 'hypTrap', condition: 'vm == 1 && ec == 0x12' });
    await client.request('configurationDone');
    await client.nextStop();
    const trap = await client.continue();
    await client.request('exceptionInfo', { threadId: trap.threadId });
    for (const { id } of await client.threads()) await client.frames(id);
    await client.filters();
    const stop = await client.continue();
    await client.frames(stop.threadId);
    const step = await client.resume('next', { threadId: stop.threadId });
    await client.frames(step.threadId);
    await client.request('setBreakpoints', { source: { path: main }, breakpoints: [] });
    await client.request('continue', { threadId: stop.threadId });
    await client.event('terminated');
    await client.request('disconnect');
    compareWithGolden('trap-and-step', lines);
  });
});
