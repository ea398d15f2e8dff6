// What one session compiled, kept by the host for the next one: with the same stops.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Host } from '../../../debug-adapter/host';
import { nodeHost } from '../../../debug-adapter/node/node-host';
import { inProcessWith, overStdioWith } from '../harness/connections';
import { temporaryFolder } from '../harness/bare-program';
import { Clients } from '../harness/started';

/** A host that keeps files in memory. */
class Keeping {
  readonly files = new Map<string, Uint8Array>();
  saved = 0;
  readonly host: Host = {
    ...nodeHost(),
    kept: {
      load: (name) => Promise.resolve(this.files.get(name)),
      save: (name, bytes) => {
        this.files.set(name, bytes);
        this.saved++;
      },
    },
  };
}

describe('dap: translations of earlier sessions', () => {
  const clients = new Clients();

  /** Runs the bundled hypervisor to its end; gives what was said on standard error. */
  async function session(host: Host): Promise<string> {
    const { client, stop } = await clients.launch({ stopOnEntry: true }, undefined, inProcessWith(host));
    await client.request('continue', { threadId: stop.threadId });
    await client.event('exited');
    await client.request('disconnect');
    return client.received
      .filter(
        (message): message is DebugProtocol.OutputEvent => 'event' in message && message.event === 'output',
      )
      .filter(({ body }) => body.category === 'stderr')
      .map(({ body }) => body.output)
      .join('');
  }

  it('are kept at the end, used by the next session, and made anew when they are damaged', async () => {
    const keeping = new Keeping();
    assert.equal(await session(keeping.host), '');
    const [name, first] = [...keeping.files].at(0)!;
    assert.equal(keeping.files.size, 1);

    // Little is added: what is hot depends on where the adapter's turns end. All of it anew would be twice as much.
    assert.equal(await session(keeping.host), '');
    const second = keeping.files.get(name)!;
    assert.ok(second.length < first.length * 1.5, `${second.length} bytes after ${first.length}`);

    keeping.files.set(name, second.subarray(0, 1000));
    assert.equal(await session(keeping.host), 'the saved translations are damaged: they are made anew\n');
    assert.ok(keeping.files.get(name)!.length > first.length / 2);
  });

  it('are saved once at the end of a session, and not where nothing is kept', async () => {
    const keeping = new Keeping();
    await session(keeping.host);
    assert.equal(keeping.saved, 1);
    assert.equal(await session(nodeHost()), '');
  });

  it('are kept in the folder that the extension names, though the editor only closes the connection', async () => {
    const folder = join(temporaryFolder(), 'not', 'there', 'yet');
    const { client, stop } = await clients.launch(
      { stopOnEntry: true },
      undefined,
      overStdioWith(['--translations', folder]),
    );
    await client.request('continue', { threadId: stop.threadId });
    await client.event('exited');
    await clients.closeAll();
    const files = readdirSync(folder);
    assert.equal(files.length, 1);
    assert.match(files[0]!, /^[0-9a-f]{32}\.translations$/);
  });
});
