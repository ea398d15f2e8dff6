/** A session over the bundled hypervisor on two cores: what each of them executes, stops and steps on either. */
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { CoreStatus } from '../../../debug-adapter/protocol/status';
import { Client, type Stop } from '../harness/client';

const CONFIGURATION = { cpus: 2, guest: { cpus: 1, count: 3 } };
/** More instructions than a world switch has. */
const MOST_STEPS = 1500;

describe('dap: two cores', function () {
  this.timeout(180_000);
  let client: Client;
  afterEach(() => client.close());

  /** The core that the stop is about, as the status shows it. */
  async function core(stop: Stop): Promise<CoreStatus & { readonly core: number }> {
    const { status } = await client.snapshot(stop);
    return { ...status!.cores[status!.core]!, core: status!.core };
  }

  it('each has a host and a Hyp mode, with registers of its own', async () => {
    client = await Client.launch(CONFIGURATION, (c) =>
      c.filters({ filterId: 'worldEnter', condition: 'core == 1' }),
    );
    const stop = await client.nextStop();
    assert.deepEqual(
      (await client.threads()).map(({ name }) => name).filter((name) => name.startsWith('CPU')),
      ['CPU0 · host', 'CPU0 · hyp', 'CPU1 · host', 'CPU1 · hyp'],
    );
    for (const [at, mpidr] of [0x8000_0000, 0x8000_0001].entries()) {
      const frame = (await client.frames(await client.thread(RegExp(`^CPU${at} · host`))))[0]!;
      assert.equal(await client.evaluate('$MPIDR', frame.id), `${mpidr} (0x${mpidr.toString(16)})`);
    }
    assert.match(
      (await client.threads()).find(({ id }) => id === stop.threadId)!.name,
      /^VM\d vCPU0 \(on CPU1\)$/,
    );
    const { host, listRegisters } = await client.snapshot(stop, 'host', 'listRegisters');
    assert.deepEqual(
      host!.cores.map((one) => one.core),
      [0, 1],
    );
    const titles = listRegisters!.banks.slice(0, 2).map(({ title }) => title);
    assert.match(titles.join(), /^CPU0(?: \(VM \d vCPU 0\))?,CPU1 \(VM \d vCPU 0\)$/);
  });

  it('stop for the traps of the one that was asked for', async () => {
    client = await Client.launch(CONFIGURATION);
    for (const wanted of [1, 0]) {
      await client.filters(
        { filterId: 'hypTrap', condition: `core == ${wanted} && vm != 0` },
        { filterId: 'worldExit', condition: `core == ${wanted}` },
      );
      for (let i = 0; i < 6; i++) {
        const stop = i === 0 && wanted === 1 ? await client.nextStop() : await client.continue();
        const here = await core(stop);
        assert.equal(here.core, wanted);
        assert.equal(here.world, i % 2 === 0 ? 'hyp' : 'host');
        const info = await client.request<DebugProtocol.ExceptionInfoResponse['body']>('exceptionInfo', {
          threadId: stop.threadId,
        });
        assert.ok(info.details!.stackTrace!.length > 0);
      }
    }
  });

  it('are stepped one by one: a world switch in and out on the second', async () => {
    client = await Client.launch(CONFIGURATION, (c) => c.functionBreakpoints('__kvm_vcpu_run'));
    let stop = await client.nextStop();
    while ((await core(stop)).core !== 1) stop = await client.continue();
    await client.functionBreakpoints();
    const other = async (): Promise<unknown> => {
      const { status } = await client.snapshot(stop);
      return status!.cores[0];
    };
    const before = await other();
    const phases = new Set<string>();
    const worlds: string[] = [];
    for (let steps = 0; worlds.at(-1) !== 'host'; steps++) {
      assert.ok(steps < 2 * MOST_STEPS, worlds.join(' '));
      stop = await client.resume('stepIn', { threadId: stop.threadId, granularity: 'instruction' });
      assert.equal(stop.reason, 'step');
      const { core: at, world, phase } = await core(stop);
      assert.equal(at, 1);
      if (world !== worlds.at(-1)) worlds.push(world);
      if (phase !== undefined) phases.add(`${phase.direction} ${phase.step}`);
    }
    assert.deepEqual(worlds, ['hyp', 'guest', 'hyp', 'host']);
    const five = [1, 2, 3, 4, 5];
    assert.deepEqual([...phases].sort(), [...five.map((n) => `in ${n}`), ...five.map((n) => `out ${n}`)]);
    assert.deepEqual(await other(), before, 'a step of one instruction lets no other core run');
  });

  it('take turns with a vCPU: a step over what gives its core away ends behind it, wherever that is', async () => {
    client = await Client.launch(CONFIGURATION, (c) => c.functionBreakpoints('vm1:trap_wfi', 'vm1:trap_wfe'));
    const moves: string[] = [];
    for (let stop = await client.nextStop(), count = 0; count < 5; count++) {
      const from = await core(stop);
      const over = await client.resume('next', { threadId: stop.threadId });
      assert.equal(over.reason, 'step');
      assert.equal(over.threadId, stop.threadId);
      const to = await core(over);
      assert.deepEqual([to.world, to.vm, to.vcpu], ['guest', 1, 0]);
      assert.match((await client.top(over.threadId)).name, /^lesson_/);
      moves.push(`${from.core} → ${to.core}`);
      if (count < 4) stop = await client.continue();
    }
    assert.ok(moves.includes('1 → 0') || moves.includes('0 → 1'), moves.join(', '));
  });
});
