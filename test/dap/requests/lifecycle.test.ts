// initialize, launch, configurationDone, restart, terminate, disconnect, and what comes before its time.
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Client } from '../harness/client';
import { overStdio, overTcp } from '../harness/connections';
import { Clients } from '../harness/started';

describe('dap: initialize', () => {
  const clients = new Clients();

  it('declares what a debugger of several worlds needs', async () => {
    const client = clients.add(await Client.connect());
    const capabilities = await client.initialize();
    for (const name of [
      'supportsConfigurationDoneRequest',
      'supportsFunctionBreakpoints',
      'supportsConditionalBreakpoints',
      'supportsHitConditionalBreakpoints',
      'supportsLogPoints',
      'supportsSetVariable',
      'supportsSetExpression',
      'supportsSteppingGranularity',
      'supportsInstructionBreakpoints',
      'supportsDisassembleRequest',
      'supportsReadMemoryRequest',
      'supportsWriteMemoryRequest',
      'supportsRestartRequest',
      'supportsTerminateRequest',
      'supportsExceptionInfoRequest',
      'supportsExceptionFilterOptions',
      'supportsBreakpointLocationsRequest',
    ] as const)
      assert.equal(capabilities[name], true, name);
    const filters = capabilities.exceptionBreakpointFilters!;
    assert.deepEqual(
      filters.map(({ label }) => label),
      ['Hyp trap', 'Stage 2 fault', 'List-register change', 'World enter', 'World exit'],
    );
    assert.ok(filters.every(({ supportsCondition }) => supportsCondition));
    assert.deepEqual(
      capabilities.breakpointModes!.map(({ mode }) => mode),
      ['any', 'host', 'hyp', 'guest'],
    );
  });
});

describe('dap: launch and configurationDone', () => {
  const clients = new Clients();

  it('nothing runs before configurationDone', async () => {
    const client = clients.add(await Client.connect());
    await client.initialize();
    await client.request('launch', { stopOnEntry: true });
    await client.event('initialized');
    assert.match((await client.failure('continue', { threadId: 1 })).message, /configurationDone/);
    assert.equal(client.untaken('stopped').length, 0);
    await client.request('configurationDone');
    assert.equal((await client.nextStop()).reason, 'entry');
    assert.match((await client.failure('configurationDone')).message, /already/);
    assert.match((await client.failure('launch', {})).message, /already/);
  });

  it('a client that sends configurationDone first is served all the same', async () => {
    const client = clients.add(await Client.connect());
    await client.initialize();
    await client.request('configurationDone');
    await client.request('launch', { stopOnEntry: true });
    assert.equal((await client.nextStop()).reason, 'entry');
  });

  it('stopOn holds until the client sets filters of its own', async () => {
    const { client, stop } = await clients.launch({
      stopOn: [{ event: 'hypTrap', condition: 'ec == 0x12', hitCount: 2 }],
    });
    assert.equal(stop.reason, 'exception');
    await client.filters('worldEnter');
    const entered = await client.continue();
    assert.match(entered.description!, /Entered VM 1/);
  });

  it('runTo reaches a function or an address, in the world that is named', async () => {
    const { client, stop } = await clients.launch({ runTo: 'vm1:guest_main' });
    assert.equal((await client.top(stop.threadId)).name, 'guest_main');
    const missing = await clients.launch({ runTo: 'vm1:no_such_function' });
    assert.equal(missing.stop.reason, 'entry');
    assert.match(JSON.stringify(missing.client.untaken('output')), /no_such_function/);
  });
});

describe('dap: what comes before launch', () => {
  const clients = new Clients();
  const requests: [string, object][] = [
    ['configurationDone', {}],
    ['threads', {}],
    ['stackTrace', { threadId: 1 }],
    ['continue', { threadId: 1 }],
    ['pause', { threadId: 1 }],
    ['next', { threadId: 1 }],
    ['setBreakpoints', { source: { path: '/a.c' }, breakpoints: [{ line: 1 }] }],
    ['setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] }],
    ['setExceptionBreakpoints', { filters: ['hypTrap'] }],
    ['evaluate', { expression: '1' }],
    ['readMemory', { memoryReference: 'pa:0', count: 4 }],
    ['disassemble', { memoryReference: 'pa:0', instructionCount: 4 }],
    ['restart', {}],
    ['worldswitch/snapshot', { stopNumber: 1 }],
    ['worldswitch/translate', { expression: 'pa:0' }],
    ['worldswitch/asynchronousAbort', {}],
  ];
  for (const [command, args] of requests.slice(1))
    it(`'${command}' says that launch is missing`, async () => {
      const client = clients.add(await Client.connect());
      const failure = await client.failure(command, args);
      assert.match(failure.message, /launch/);
      assert.equal(failure.showUser, false);
      await client.initialize();
      await client.request('launch', { stopOnEntry: true });
    });

  it('terminate and disconnect end the session without a machine', async () => {
    const client = clients.add(await Client.connect());
    await client.request('terminate');
    await client.event('terminated');
    await client.request('disconnect');
  });
});

describe('dap: restart, terminate, disconnect', () => {
  const clients = new Clients();

  it('restart boots the same images anew, breakpoints stay', async () => {
    const { client, stop } = await clients.launch({ stopOnEntry: true });
    await client.functionBreakpoints('vm1:guest_main');
    const first = await client.continue();
    const position = (await client.snapshot(first)).status!.position;
    await client.request('restart');
    const again = await client.nextStop();
    assert.equal(again.reason, 'entry');
    assert.equal((await client.snapshot(again)).status!.position, 0);
    assert.equal((await client.top(again.threadId)).address, (await client.top(stop.threadId)).address);
    const second = await client.continue();
    assert.equal(second.reason, 'function breakpoint');
    assert.equal((await client.snapshot(second)).status!.position, position, 'the machine is deterministic');
  });

  it('restart while the machine runs', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    await client.request('continue', { threadId: 1 });
    await client.request('restart');
    assert.equal((await client.nextStop()).reason, 'entry');
  });

  it('restart after the machine has powered off', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    await client.request('continue', { threadId: 1 });
    await client.event('terminated');
    assert.match((await client.failure('continue', { threadId: 1 })).message, /powered off/);
    await client.request('restart');
    assert.equal((await client.nextStop()).reason, 'entry');
  });

  it('terminate ends the run', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    await client.request('continue', { threadId: 1 });
    await client.request('terminate');
    await client.event('terminated');
    assert.equal(client.untaken('stopped').length, 0);
  });

  for (const [name, connect] of [
    ['standard streams', overStdio],
    ['TCP', overTcp],
  ] as const)
    it(`a session over ${name}: launch, stop, disconnect`, async () => {
      const client = clients.add(await Client.launch({ stopOn: ['worldEnter'] }, undefined, connect));
      const stop = await client.nextStop();
      assert.equal((await client.top(stop.threadId)).name, 'guest_start');
      const threads = await client.request<DebugProtocol.ThreadsResponse['body']>('threads');
      assert.ok(threads.threads.length >= 3);
      await client.request('disconnect');
    });
});
