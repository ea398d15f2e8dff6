/** Which engine executes a machine's instructions. */
import assert from 'node:assert/strict';
import { LaunchError, makeTarget } from '../../../debug-adapter/launch/target';
import { nodeHost } from '../../../debug-adapter/node/node-host';
import type { MachineConfiguration } from '../../../emulator';

const engineOf = async (engine?: string): Promise<MachineConfiguration['engine']> =>
  (
    await makeTarget({ memory: '64M', ...(engine !== undefined && { engine }) }, nodeHost(), {
      symbols: false,
    })
  ).machine.configuration.engine;

describe('launch: the engine', () => {
  it('is the compiler unless something else is asked for', async () => {
    assert.equal(await engineOf(), 'jit');
    assert.equal(await engineOf('auto'), 'jit');
    assert.equal(await engineOf('interpreter'), 'interpreter');
    assert.equal(await engineOf('check'), 'check');
  });

  it('is an error where there is none of that name', async () => {
    for (const name of ['fast', 'toString', ''])
      await assert.rejects(engineOf(name), (error: Error) => {
        assert.ok(error instanceof LaunchError);
        assert.match(error.message, new RegExp(`'engine': there is no engine '${name}'; there are auto, `));
        return true;
      });
  });
});
