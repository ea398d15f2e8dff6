// setBreakpoints, setFunctionBreakpoints, setInstructionBreakpoints, breakpointLocations.
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Client } from '../harness/client';
import { source } from '../harness/paths';
import { lineOf } from '../harness/source-lines';
import { Clients } from '../harness/started';

const LESSONS = 'guests/teaching/lessons.c';
const MAIN = 'guests/teaching/main.c';

async function set(
  client: Client,
  file: string,
  ...breakpoints: DebugProtocol.SourceBreakpoint[]
): Promise<DebugProtocol.Breakpoint[]> {
  const body = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setBreakpoints', {
    source: { path: source(file) },
    breakpoints,
  });
  assert.equal(body.breakpoints.length, breakpoints.length);
  return body.breakpoints;
}

describe('dap: setBreakpoints', () => {
  const clients = new Clients();

  it('stops at a line of the guest and at a line of assembly', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    const line = lineOf(MAIN, 'lesson_hypercalls();');
    const [made] = await set(client, MAIN, { line });
    assert.ok(made!.verified, made!.message);
    assert.equal(made!.line, line);
    assert.match(made!.instructionReference!, /^vm1:0x/);
    const assembly = lineOf('lowvisor/world-switch.S', 'mrc     p15, 0, r2, c0, c0, 0');
    const [other] = await set(client, 'lowvisor/world-switch.S', { line: assembly });
    assert.ok(other!.verified, other!.message);
    const first = await client.continue();
    assert.deepEqual(first.hitBreakpointIds, [other!.id]);
    assert.equal((await client.top(first.threadId)).line, assembly);
    await set(client, 'lowvisor/world-switch.S');
    const second = await client.continue();
    assert.equal(second.reason, 'breakpoint');
    assert.deepEqual(second.hitBreakpointIds, [made!.id]);
    const top = await client.top(second.threadId);
    assert.deepEqual([top.name, top.file, top.line], ['guest_main', 'main.c', line]);
    assert.match(top.address, /^vm1:/);
  });

  it('moves to the next line with code, and says why a file or line has none', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    const [moved] = await set(client, MAIN, { line: 1 });
    assert.ok(moved!.verified && moved!.line! > 1);
    const [none] = await set(client, MAIN, { line: 100_000 });
    assert.equal(none!.verified, false);
    assert.match(none!.message!, /No code/);
    const { breakpoints } = await client.request('setBreakpoints', {
      source: { path: '/elsewhere/other.c' },
      breakpoints: [{ line: 3 }],
    });
    assert.match(breakpoints[0].message, /sourceMap/);
  });

  it('conditions, hit counts and log messages', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    const line = lineOf('highvisor/vcpu.c', 'u32 exit_code = kvm_call_hyp');
    const [logged] = await set(client, 'highvisor/vcpu.c', {
      line,
      logMessage: 'vcpu {vcpu->vcpu_id} of {vcpu->kvm->vm_id}, {no_such}',
      hitCondition: '<= 2',
    });
    assert.ok(logged!.verified, logged!.message);
    const [, stopped] = await set(
      client,
      'highvisor/vcpu.c',
      { line, logMessage: 'vcpu {vcpu->vcpu_id} of {vcpu->kvm->vm_id}, {no_such}', hitCondition: '<= 2' },
      { line: line + 1, condition: 'vcpu->vcpu_id == 0', hitCondition: '5' },
    );
    assert.ok(stopped!.verified, stopped!.message);
    const stop = await client.continue();
    assert.deepEqual(stop.hitBreakpointIds, [stopped!.id]);
    assert.match((await client.top(stop.threadId)).name, /enter_guest/);
    const logs = client
      .untaken('output')
      .map(({ body }) => (body as { output: string }).output)
      .filter((text) => text.startsWith('vcpu '));
    assert.equal(logs.length, 2);
    assert.match(logs[0]!, /^vcpu 0\b.* of \d.*, <.*no_such.*>\n$/);
    await set(client, 'highvisor/vcpu.c', { line, condition: 'vcpu->vcpu_id == 77' });
    const [bad, worse] = await set(
      client,
      'highvisor/vcpu.c',
      { line, condition: 'vcpu->' },
      { line, hitCondition: 'many' },
    );
    assert.equal(bad!.verified, false);
    assert.ok(bad!.message!.length > 5);
    assert.match(worse!.message!, /hit count/);
  });

  it('a condition that cannot be evaluated stops and says so', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    await set(client, MAIN, { line: lineOf(MAIN, 'lesson_user();'), condition: 'no_such_name == 3' });
    const stop = await client.continue();
    assert.equal(stop.reason, 'breakpoint');
    assert.match(stop.text!, /condition could not be evaluated.*no_such_name/);
  });

  it('a mode that never executes the line is refused', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    const line = lineOf(LESSONS, 'trap_smc(PSCI_SYSTEM_OFF)');
    const [hyp, guest, unknown] = await set(
      client,
      LESSONS,
      { line, mode: 'hyp' },
      { line, mode: 'guest' },
      { line, mode: 'moon' },
    );
    assert.match(hyp!.message!, /never executed/);
    assert.equal(guest!.verified, true);
    assert.match(unknown!.message!, /moon.*any, host, hyp and guest/);
  });

  it('keeps the ids of breakpoints that are set again', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    const line = lineOf(MAIN, 'lesson_vfp();');
    const [first] = await set(client, MAIN, { line });
    const [, again] = await set(client, MAIN, { line: line + 1 }, { line });
    assert.equal(again!.id, first!.id);
  });
});

describe('dap: setFunctionBreakpoints', () => {
  const clients = new Clients();

  it('takes names, space:names and *space:addresses', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    const [plain, hyp, unknown, at] = await client.functionBreakpoints(
      'lesson_traps',
      'hyp:__kvm_vcpu_return',
      'no_such_function',
      '*vm1:0xc0009000',
    );
    assert.ok(plain!.verified && hyp!.verified && at!.verified);
    assert.equal(unknown!.verified, false);
    assert.match(unknown!.message!, /no_such_function.*space:name/);
    const first = await client.continue();
    assert.equal(first.reason, 'function breakpoint');
    assert.deepEqual(first.hitBreakpointIds, [hyp!.id]);
    const top = await client.top(first.threadId);
    assert.match(top.name, /__kvm_vcpu_return/);
    assert.match(top.address, /^hyp:/);
    await client.functionBreakpoints('lesson_traps');
    const second = await client.continue();
    assert.equal((await client.top(second.threadId)).name, 'lesson_traps');
  });

  it('a function of that name in another world is not hit', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    const [host] = await client.functionBreakpoints('host:guest_main');
    assert.equal(host!.verified, false, 'the host has no such function');
    const [hyp] = await client.functionBreakpoints('hyp:kvm_init');
    assert.ok(hyp!.verified);
    await client.request('continue', { threadId: 1 });
    await client.event('terminated');
    assert.equal(client.untaken('stopped').length, 0, 'Hyp mode never executes kvm_init');
  });
});

describe('dap: setInstructionBreakpoints', () => {
  const clients = new Clients();

  it('takes references with offsets, and numbers from the disassembly', async () => {
    const { client, stop } = await clients.launch({ runTo: 'vm1:lesson_traps' });
    const top = await client.top(stop.threadId);
    const { instructions } = await client.request('disassemble', {
      memoryReference: top.address,
      instructionCount: 3,
    });
    const { breakpoints } = await client.request('setInstructionBreakpoints', {
      breakpoints: [
        { instructionReference: instructions[2].address },
        { instructionReference: top.address, offset: 4 },
        { instructionReference: 'pa:0x40000000' },
        { instructionReference: 'nonsense' },
      ],
    });
    assert.deepEqual(
      breakpoints.map(({ verified }: DebugProtocol.Breakpoint) => verified),
      [true, true, false, false],
    );
    assert.match(breakpoints[2].message, /no virtual address/);
    const first = await client.continue();
    assert.equal(first.reason, 'instruction breakpoint');
    assert.deepEqual(first.hitBreakpointIds, [breakpoints[1].id]);
    const second = await client.continue();
    assert.deepEqual(second.hitBreakpointIds, [breakpoints[0].id]);
  });
});

describe('dap: breakpointLocations', () => {
  const clients = new Clients();

  it('gives the lines that have code', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    const line = lineOf(MAIN, 'lesson_traps();');
    const ask = async (from: number, to?: number): Promise<number[]> =>
      (
        await client.request<{ breakpoints: { line: number }[] }>('breakpointLocations', {
          source: { path: source(MAIN) },
          line: from,
          endLine: to,
        })
      ).breakpoints.map((location) => location.line);
    assert.deepEqual(await ask(line), [line]);
    assert.deepEqual(await ask(1, 3), []);
    const all = await ask(1, 1_000_000_000);
    assert.ok(all.includes(line) && all.length > 10);
  });
});
