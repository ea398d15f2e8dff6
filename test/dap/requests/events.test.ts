// setExceptionBreakpoints with conditions, exceptionInfo, and the custom requests.
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Client } from '../harness/client';
import { Clients } from '../harness/started';

describe('dap: setExceptionBreakpoints', () => {
  const clients = new Clients();

  it('refuses unknown filters and conditions one by one', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>(
      'setExceptionBreakpoints',
      {
        filters: ['worldExit', 'sunrise'],
        filterOptions: [
          { filterId: 'hypTrap', condition: 'ec == 0x12' },
          { filterId: 'hypTrap', condition: 'colour == 3' },
          { filterId: 'hypTrap', condition: 'ec ==' },
        ],
      },
    );
    assert.deepEqual(
      breakpoints.map(({ verified }) => verified),
      [true, false, true, false, false],
    );
    assert.match(breakpoints[1]!.message!, /sunrise/);
    assert.match(breakpoints[3]!.message!, /colour/);
    const stop = await client.continue();
    assert.equal(stop.reason, 'exception');
    assert.match(stop.description!, /HVC/);
  });

  it('a condition over registers and variables is evaluated where the event happens', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    await client.filters({ filterId: 'hypTrap', condition: 'vm == 1 && ec == 0x12 && $r0 == 0x12345678' });
    const stop = await client.continue();
    assert.match(await client.evaluate('$r0'), /0x12345678/);
    assert.equal((await client.top(await client.thread(/VM1/))).name, 'call_hvc');
    assert.match(stop.description!, /HVC/);
  });

  it('world enter and world exit alternate, with the VM in words', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    await client.filters('worldEnter', 'worldExit');
    const seen: string[] = [];
    for (let n = 0; n < 6; n++) seen.push((await client.continue()).description!);
    assert.deepEqual(
      seen,
      Array.from({ length: 6 }, (_, n) => (n % 2 === 0 ? 'Entered VM 1' : 'Left VM 1')),
    );
  });

  it('conditions over the fields of a Stage 2 fault', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    await client.filters({ filterId: 'stage2Fault', condition: 'fetch && level == 1' });
    const fetched = await client.continue();
    assert.match(fetched.text!, /instruction fetch/);
    await client.filters({
      filterId: 'stage2Fault',
      condition: 'write && size == 1 && ipa >= 0x09000000 && ipa < 0x09001000',
    });
    const stored = await client.continue();
    assert.match(stored.text!, /write of a byte.*IPA 0x09000000/);
    const info = await client.request<DebugProtocol.ExceptionInfoResponse['body']>('exceptionInfo', {
      threadId: 2,
    });
    assert.match(info.exceptionId, /EC 0x24/);
    assert.match(info.details!.stackTrace!, /HDFAR 0x/);
    assert.match(info.details!.stackTrace!, /Responsible: HCR\.VM/);
    assert.equal(info.details!.typeName, 'stage2Fault');
  });

  it('exceptionInfo of another stop fails quietly', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    const failure = await client.failure('exceptionInfo', { threadId: 2 });
    assert.equal(failure.showUser, false);
  });

  it('no filter, no stop: the machine powers off', async () => {
    const client = clients.add(await Client.launch({}));
    await client.event('exited');
    await client.event('terminated');
    assert.equal(client.untaken('stopped').length, 0);
  });
});

describe('dap: custom requests', () => {
  const clients = new Clients();

  it('snapshot: every part, and late questions get the number of the stop alone', async () => {
    const { client, stop } = await clients.launch({
      stopOn: [{ event: 'hypTrap', condition: 'vm == 1 && ec == 0x12' }],
    });
    const all = await client.snapshot(stop, 'guests', 'host', 'stage2', 'listRegisters');
    assert.equal(all.stopNumber, stop.stopNumber);
    assert.equal(all.guests!.guests[0]!.vcpus.length, 1);
    assert.equal(all.host!.cores.length, 1);
    assert.ok(all.stage2!.maps[0]!.ranges.length > 2);
    assert.equal(all.listRegisters!.banks[0]!.registers.length, 4);
    const late = await client.request('worldswitch/snapshot', {
      stopNumber: stop.stopNumber + 5,
      parts: ['guests'],
    });
    assert.deepEqual(late, { stopNumber: stop.stopNumber });
    const wrong = await client.failure('worldswitch/snapshot', {
      stopNumber: stop.stopNumber,
      parts: ['moon'],
    });
    assert.match(wrong.message, /moon.*guests, host, stage2, listRegisters/);
  });

  it('what changed since the stop before is marked', async () => {
    const { client, stop } = await clients.launch({ runTo: 'vm1:lesson_traps' });
    await client.snapshot(stop, 'guests');
    const next = await client.resume('next', { threadId: stop.threadId, granularity: 'instruction' });
    const { guests } = await client.snapshot(next, 'guests');
    const general = guests!.guests[0]!.vcpus[0]!.groups.find(({ kind }) => kind === 'general')!;
    assert.equal(general.registers.find(({ name }) => name === 'pc')!.changed, true);
    assert.ok(general.registers.some(({ changed }) => changed !== true));
  });

  it('translate: both stages, and faults in words', async () => {
    const { client } = await clients.launch({ runTo: 'vm1:lesson_traps' });
    const both = await client.request('worldswitch/translate', { expression: 'vm1:0xc0009000' });
    assert.ok(both.ipa && both.pa);
    assert.deepEqual([...new Set(both.steps.map(({ stage }: { stage: number }) => stage))].sort(), [1, 2]);
    const fault = await client.request('worldswitch/translate', { expression: 'vm1:0x00000004' });
    assert.match(fault.fault, /Stage 1/);
    const failure = await client.failure('worldswitch/translate', { expression: 'ipa5:0' });
    assert.match(failure.message, /ipa5|VM 5/);
  });

  it('an asynchronous abort is an exit of the guest that executes, and of no other thread', async () => {
    const { client, stop } = await clients.launch({ runTo: 'vm1:lesson_traps' });
    await client.filters('hypTrap');
    assert.deepEqual(await client.request('worldswitch/asynchronousAbort', {}), { core: 0 });
    const trap = await client.resume('continue', { threadId: stop.threadId });
    assert.match(trap.text!, /asynchronous external abort/);
    const { id } = await client.top(await client.thread(/VM1/));
    const failure = await client.failure('worldswitch/asynchronousAbort', { frameId: id });
    assert.match(failure.message, /no core executes in this thread/);
    // In Hyp mode, on the way out, another one waits for the window; then both are one virtual abort.
    assert.deepEqual(await client.request('worldswitch/asynchronousAbort', {}), { core: 0 });
    const window = await client.continue();
    assert.match(window.text!, /asynchronous external abort/);
    assert.equal((await client.top(window.threadId)).name, '__kvm_hyp_vector');
    assert.match(await client.evaluate('$HSR'), /0x94000011/);
  });

  it('consoles: host and guest print, and keys arrive', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    assert.match(
      (await client.failure('worldswitch/consoleInput', { console: 'guest 7', text: 'x' })).message,
      /guest 7/,
    );
    await client.request('worldswitch/consoleInput', { console: 'host', text: 'x' });
    await client.request('continue', { threadId: 1 });
    await client.event('terminated');
    const text = new Map<string, string>();
    for (const { body } of client.untaken('worldswitch/consoleOutput')) {
      const output = body as { console: string; text: string };
      text.set(output.console, (text.get(output.console) ?? '') + output.text);
    }
    assert.match(text.get('host')!, /host: /);
    assert.match(text.get('guest 1')!, /^guest: teaching guest in mode 0x13/);
    assert.match(text.get('guest 1')!, /guest: PSCI SYSTEM_OFF/);
  });
});
