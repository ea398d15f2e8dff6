// What can't work is refused with a message, and VS Code is as it was before.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { ConfigurationProvider } from '../../../extension/launch/configuration-provider';
import { Debugger } from './debugger';

describe('bad input', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-bad-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The messages of the error dialog that a configuration brings up; none when it is accepted. */
  async function refusal(attributes: Record<string, unknown>): Promise<string> {
    const shown: string[] = [];
    const provider = new ConfigurationProvider((message, detail) => {
      shown.push(message, detail);
      return Promise.resolve(false);
    });
    const configuration = { type: 'worldswitch', request: 'launch', name: 'bad', ...attributes };
    const resolved = await provider.resolveDebugConfigurationWithSubstitutedVariables(
      undefined,
      configuration,
    );
    assert.equal(resolved === undefined, shown.length > 0);
    return shown.join('\n');
  }

  it('of an unknown attribute is answered with the nearest one', async () => {
    assert.match(await refusal({ kernal: 'a' }), /"bad"[^]*Did you mean 'kernel'/);
  });

  it('of contradictory attributes is answered with what to remove', async () => {
    assert.match(await refusal({ sample: 'kvm-arm', kernel: 'a' }), /'sample' and 'kernel'[^]*remove one/);
    assert.equal(await refusal({}), '');
  });

  for (const [what, write, words] of [
    ['a missing image', () => undefined, /no-such\.elf|not found|no such/i],
    [
      'a truncated ELF',
      (path: string) => writeFileSync(path, Buffer.from('7f454c4601010100', 'hex')),
      /ELF|truncat|incomplete|complete/i,
    ],
  ] as const)
    it(`of ${what} ends the session with a message that names it`, async () => {
      const kernel = join(folder, 'no-such.elf');
      write(kernel);
      const errors: string[] = [];
      const tracker = vscode.debug.registerDebugAdapterTrackerFactory('worldswitch', {
        createDebugAdapterTracker: () => ({
          onDidSendMessage: (message: {
            command?: string;
            success?: boolean;
            message?: string;
            body?: unknown;
          }) => {
            if (message.success === false) errors.push(JSON.stringify(message));
          },
        }),
      });
      // VS Code shows the message in a dialog and holds the start back until it is answered.
      const starting = vscode.debug.startDebugging(undefined, {
        type: 'worldswitch',
        request: 'launch',
        name: 'bad',
        kernel,
      });
      try {
        const deadline = Date.now() + 20000;
        while (errors.length === 0 && Date.now() < deadline)
          await new Promise((resolve) => setTimeout(resolve, 50));
        assert.match(errors.join('\n'), words);
      } finally {
        tracker.dispose();
        await vscode.commands
          .executeCommand('workbench.action.closeMessages')
          .then(undefined, () => undefined);
      }
      void starting;
    });

  it('is forgotten: the next session starts', async () => {
    const run = await Debugger.launch({ stopOnEntry: true });
    assert.equal((await run.stop()).reason, 'entry');
    await run.close();
  });
});
