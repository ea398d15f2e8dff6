// A pause while compiled code runs at full speed: how soon it is answered, counted in slices of the message loop.
import assert from 'node:assert/strict';
import type { Host } from '../../../debug-adapter/host';
import { nodeHost } from '../../../debug-adapter/node/node-host';
import { assembleProgram } from '../harness/bare-program';
import { inProcessWith } from '../harness/connections';
import { Clients } from '../harness/started';

/** Slices that the machine runs before the pause: the loop is compiled long before. */
const BEFORE = 100;

/** A host on which every look at the clock finds that a millisecond has passed, and that counts slices. */
class CountingHost {
  slices = 0;
  private time = 0;
  private waiting: { readonly slices: number; readonly resolve: () => void } | undefined;

  readonly host: Host = {
    ...nodeHost(),
    milliseconds: () => this.time++,
    later: (callback) =>
      void setImmediate(() => {
        this.slices++;
        callback();
        if (this.waiting !== undefined && this.slices >= this.waiting.slices) this.waiting.resolve();
      }),
  };

  /** Resolves when so many slices have been given. */
  reach(slices: number): Promise<void> {
    return new Promise((resolve) => {
      this.waiting = { slices, resolve };
    });
  }
}

describe('dap: pause while compiled code runs', () => {
  const clients = new Clients();

  for (const engine of ['auto', 'jit'])
    it(`is answered in the slice after it, engine ${engine}`, async () => {
      const kernel = assembleProgram(
        'loop',
        `mov r0, #0
         mov r1, #0
         again: add r0, r0, #1
         bl twice
         b again
         twice: add r1, r0, r0
         bx lr`,
      );
      const counting = new CountingHost();
      const { client, stop } = await clients.launch(
        { kernel, engine, stopOnEntry: true },
        undefined,
        inProcessWith(counting.host),
      );
      await client.request('continue', { threadId: stop.threadId });
      await counting.reach(counting.slices + BEFORE);
      const asked = counting.slices;
      await client.request('pause', { threadId: stop.threadId });
      const paused = await client.nextStop();
      assert.equal(paused.reason, 'pause');
      assert.ok(counting.slices - asked <= 1, `${counting.slices - asked} slices`);
    });
});
