// threads, stackTrace, scopes, variables, setVariable, evaluate, setExpression, completions, modules, sources.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Client, Stop } from '../harness/client';
import { Clients } from '../harness/started';
import { listingOf, strippedGuest } from '../scripted-session';

async function scopes(client: Client, frameId: number): Promise<Map<string, DebugProtocol.Scope>> {
  const body = await client.request<{ scopes: DebugProtocol.Scope[] }>('scopes', { frameId });
  return new Map(body.scopes.map((scope) => [scope.name, scope]));
}

async function variables(
  client: Client,
  variablesReference: number,
): Promise<Map<string, DebugProtocol.Variable>> {
  const body = await client.request<{ variables: DebugProtocol.Variable[] }>('variables', {
    variablesReference,
  });
  return new Map(body.variables.map((variable) => [variable.name, variable]));
}

const number = (text: string): number => Number(/0x[0-9a-f]+|\d+/.exec(text)![0]);

describe('dap: threads and stackTrace', () => {
  const clients = new Clients();

  it('a thread for each context that has executed, with the state of a vCPU in its name', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    assert.deepEqual(await client.threads(), [{ id: 2, name: 'CPU0 · hyp' }]);
    await client.filters('worldEnter');
    const inside = await client.continue();
    const started = await client.event<{ threadId: number }>('thread');
    assert.equal(started.threadId, inside.threadId);
    assert.deepEqual(
      (await client.threads()).map(({ name }) => name),
      ['CPU0 · host', 'CPU0 · hyp', 'VM1 vCPU0 (on CPU0)'],
    );
    await client.filters('worldExit');
    await client.continue();
    assert.equal((await client.threads())[2]!.name, 'VM1 vCPU0 (parked)');
  });

  it('pages, and a parked Hyp mode that says what it is', async () => {
    const { client, stop } = await clients.launch({ runTo: 'host:enter_guest' });
    const all = await client.frames(stop.threadId);
    const { stackFrames, totalFrames } = await client.request('stackTrace', {
      threadId: stop.threadId,
      startFrame: 1,
      levels: 2,
    });
    assert.equal(totalFrames, all.length);
    assert.deepEqual(
      stackFrames.map(({ name }: DebugProtocol.StackFrame) => name),
      all.slice(1, 3).map(({ name }) => name),
    );
    const hyp = await client.frames(await client.thread(/hyp/));
    assert.equal(hyp.length, 1);
    assert.equal(hyp[0]!.raw.presentationHint, 'label');
    assert.match((await client.failure('stackTrace', { threadId: 99 })).message, /no thread 99/);
  });

  it('every source of a frame exists', async () => {
    const { client, stop } = await clients.launch({ runTo: 'vm1:lesson_traps' });
    for (const { id } of await client.threads())
      for (const { raw } of await client.frames(id))
        if (raw.source?.path !== undefined) assert.ok(existsSync(raw.source.path), raw.source.path);
    assert.equal(stop.threadId, await client.thread(/VM1/));
  });
});

describe('dap: scopes, variables, setVariable', () => {
  const clients = new Clients();

  it('C variables with their types and members', async () => {
    const { client, stop } = await clients.launch({ runTo: 'host:enter_guest' });
    const [frame] = await client.frames(stop.threadId);
    const groups = await scopes(client, frame!.id);
    const args = await variables(client, groups.get('Arguments')!.variablesReference);
    const vcpu = args.get('vcpu')!;
    assert.match(vcpu.type!, /struct kvm_vcpu \*/);
    assert.ok(vcpu.variablesReference > 0);
    const members = await variables(client, vcpu.variablesReference);
    const inner =
      members.size === 1 ? await variables(client, [...members.values()][0]!.variablesReference) : members;
    assert.ok(inner.has('vcpu_id') && inner.has('kvm'), [...inner.keys()].join(' '));
    const byName = await client.evaluate(inner.get('vcpu_id')!.evaluateName!, frame!.id);
    assert.equal(byName, inner.get('vcpu_id')!.value);
  });

  it('registers, banked, system registers with their fields, VFP', async () => {
    const { client, stop } = await clients.launch({
      stopOn: [{ event: 'hypTrap', condition: 'vm == 1 && ec == 0x12' }],
    });
    const [frame] = await client.frames(stop.threadId);
    const groups = await scopes(client, frame!.id);
    const general = await variables(client, groups.get('Registers')!.variablesReference);
    assert.equal(number(general.get('pc')!.value), number(frame!.address.split(':')[1]!));
    const hyp = await variables(client, groups.get('Hyp registers')!.variablesReference);
    assert.equal(number(hyp.get('HSR')!.value) >>> 26, 0x12);
    const fields = await variables(client, hyp.get('HCR')!.variablesReference);
    const vm = [...fields.values()].find(({ name }) => name.startsWith('VM ['))!;
    assert.match(vm.value, /^(0x)?1\b/);
    assert.ok(groups.has('Banked registers') && groups.has('System registers') && groups.has('Timers'));
    const vfp = await variables(client, groups.get('VFP and Advanced SIMD')!.variablesReference);
    assert.ok(vfp.has('D31') && vfp.has('FPEXC'));
  });

  it('what is set is what is read, and what the machine goes on with', async () => {
    const { client, stop } = await clients.launch({ runTo: 'vm1:call_hvc' });
    const [frame] = await client.frames(stop.threadId);
    const registers = (await scopes(client, frame!.id)).get('Registers')!.variablesReference;
    const { value } = await client.request('setVariable', {
      variablesReference: registers,
      name: 'r0',
      value: '0x84000000',
    });
    assert.equal(value, '0x84000000');
    assert.equal(number((await variables(client, registers)).get('r0')!.value), 0x84000000);
    const wrong = await client.failure('setVariable', {
      variablesReference: registers,
      name: 'r0',
      value: 'seven',
    });
    assert.match(wrong.message, /no number/);
    assert.match(
      (await client.failure('setVariable', { variablesReference: registers, name: 'r99', value: '1' }))
        .message,
      /no variable r99/,
    );
    const next = await client.resume('next', { threadId: stop.threadId, granularity: 'instruction' });
    assert.equal(number(await client.evaluate('$r0')), 2, 'PSCI_VERSION 0.2');
    assert.match(
      (await client.failure('setVariable', { variablesReference: registers, name: 'r0', value: '1' }))
        .message,
      /earlier stop/,
    );
    assert.equal(next.threadId, stop.threadId);
  });
});

describe('dap: evaluate and setExpression', () => {
  const clients = new Clients();
  let client: Client;
  let stop: Stop;
  before(async () => {
    clients.closeAll = () => Promise.resolve();
    ({ client, stop } = await clients.launch({ runTo: 'vm1:lesson_traps' }));
  });
  after(() => client.close());

  for (const [expression, wanted] of [
    ['1 + 2 * 3', /^7\b/],
    ['$HCR.VM', /1/],
    ['$cpsr', /0x/],
    ['vm1:$pc == $pc', /1|true/],
    ['host:$sp', /0x/],
    ['&vm1:guest_main', /guest_main|0x/],
    ['sizeof(unsigned)', /^4\b/],
    ['host:vm_list->vm_id', /1/],
    ['pa:0x40208000', /0x40208000/],
  ] as const)
    it(expression, async () => assert.match(await client.evaluate(expression), wanted));

  it('walk() tells every step', async () => {
    const text = await client.evaluate('walk(vm1:0xc0009000)');
    assert.match(text, /stage 1/);
    assert.match(text, /stage 2/);
  });

  it('failures are in words, and of a hover silent', async () => {
    const shown = await client.failure('evaluate', { expression: 'no_such_thing' });
    assert.match(shown.message, /no_such_thing/);
    assert.equal(shown.showUser, true);
    const hover = await client.failure('evaluate', { expression: 'no_such_thing', context: 'hover' });
    assert.equal(hover.showUser, false);
    assert.match((await client.failure('evaluate', { expression: '1 +' })).message, /./);
    assert.match((await client.failure('evaluate', { expression: `${'('.repeat(50_000)}1` })).message, /./);
    assert.match((await client.failure('evaluate', { expression: 'vm9:$pc' })).message, /vm9/);
  });

  it('setExpression writes registers, fields and memory', async () => {
    const [frame] = await client.frames(stop.threadId);
    const set = (expression: string, value: string): Promise<{ value: string }> =>
      client.request('setExpression', { expression, value, frameId: frame!.id });
    await set('$r7', '0x1234');
    assert.equal(number(await client.evaluate('$r7')), 0x1234);
    await set('*(unsigned *)($sp - 32)', '99');
    assert.equal(number(await client.evaluate('*(unsigned *)($sp - 32)')), 99);
    assert.match((await client.failure('setExpression', { expression: '1 + 1', value: '3' })).message, /./);
  });

  it('completions', async () => {
    const { targets } = await client.request('completions', { text: 'lesson_t', column: 9 });
    assert.ok(targets.some(({ label }: { label: string }) => label === 'lesson_traps'));
  });
});

/** Of hypervisor/highvisor/trace.h. */
const TRACE_KVM_HVC = 9;

describe("dap: the bundled hypervisor's tracepoints", () => {
  const clients = new Clients();

  it('are turned on by a variable, and their ring is one, too', async () => {
    const { client, stop } = await clients.launch({ runTo: 'host:handle_hvc' });
    const frame = async (): Promise<number> => (await client.frames(stop.threadId))[0]!.id;
    assert.equal(number(await client.evaluate('trace_ring.next', await frame())), 0);
    await client.request('setExpression', {
      expression: 'trace_enabled',
      value: String(1 << TRACE_KVM_HVC),
      frameId: await frame(),
    });
    await client.resume('stepOut', { threadId: stop.threadId });
    assert.equal(number(await client.evaluate('trace_ring.next', await frame())), 1);
    assert.equal(number(await client.evaluate('trace_ring.records[0].event', await frame())), TRACE_KVM_HVC);
    assert.equal(number(await client.evaluate('trace_ring.records[0].vm_id', await frame())), 1);
  });
});

describe('dap: modules, loadedSources, source', () => {
  const clients = new Clients();

  it('name every program with its world, and sources that exist', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    const { modules } = await client.request<{ modules: DebugProtocol.Module[] }>('modules');
    assert.deepEqual(
      modules.map(({ name, version }) => `${name} ${version}`),
      [
        'kvm-arm.elf host PL1, both',
        'kvm-arm.elf hyp, both',
        'vmm.elf host PL0, virtual',
        'teaching.elf guest, both',
      ],
    );
    const { sources } = await client.request<{ sources: DebugProtocol.Source[] }>('loadedSources');
    const missing = sources.filter(({ path }) => !existsSync(path!));
    assert.deepEqual(missing, []);
    assert.ok(sources.some(({ name }) => name === 'world-switch.S'));
    for (const { path } of sources.slice(0, 3)) assert.ok(readFileSync(path!).length > 0);
  });

  it('a frame without source has a listing, made of the code as it is', async () => {
    const kernel = strippedGuest();
    const { client, stop } = await clients.launch({ guest: { kernel }, stopOn: ['worldEnter'] });
    const frame = await client.top(stop.threadId);
    const { text, lines } = await listingOf(client, frame);
    assert.ok(text.startsWith(frame.address), text);
    assert.ok(lines.length > 100);
    assert.match((await client.failure('source', { sourceReference: 9999 })).message, /not a file/);
  });
});
