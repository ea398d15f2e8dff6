// continue, pause, next, stepIn, stepOut in the host, in Hyp mode and in a guest.
import assert from 'node:assert/strict';
import type { Client, Stop } from '../harness/client';
import { lineOf } from '../harness/source-lines';
import { Clients } from '../harness/started';

const LESSONS = 'guests/teaching/lessons.c';
const instruction = { granularity: 'instruction' };

async function world(client: Client, stop: Stop): Promise<string> {
  return (await client.snapshot(stop)).status!.cores[0]!.world;
}

describe('dap: continue and pause', () => {
  const clients = new Clients();

  it('every resume says continued for all threads, every stop that all stopped', async () => {
    const { client, stop } = await clients.launch({ stopOnEntry: true });
    assert.equal(stop.allThreadsStopped, true);
    const next = await client.resume('stepIn', { threadId: stop.threadId, ...instruction });
    const continued = await client.event<{ allThreadsContinued: boolean }>('continued');
    assert.equal(continued.allThreadsContinued, true);
    assert.equal(next.allThreadsStopped, true);
    assert.equal(next.stopNumber, stop.stopNumber + 1);
  });

  it('pause answers while the machine runs, and again while it does not', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    await client.request('continue', { threadId: 1 });
    assert.match((await client.failure('stackTrace', { threadId: 1 })).message, /running: pause it first/);
    await client.request('pause', { threadId: 1 });
    const stop = await client.nextStop();
    assert.equal(stop.reason, 'pause');
    assert.ok((await client.frames(stop.threadId)).length > 0);
    await client.request('pause', { threadId: 1 });
    assert.equal(client.untaken('stopped').length, 0);
  });

  it('pause is taken between two evaluations of a condition that is false again and again', async () => {
    const { client } = await clients.launch({ runTo: 'vm1:guest_main' });
    const { breakpoints } = await client.request('setInstructionBreakpoints', {
      breakpoints: Array.from({ length: 2048 }, (_, n) => ({
        instructionReference: `vm1:0x${(0xc000_9000 + 4 * n).toString(16)}`,
        condition: '$r0 == 0x12345678 && $r1 == 0x87654321 && $r2 == 77',
      })),
    });
    assert.ok(breakpoints[0].verified);
    await client.request('continue', { threadId: 1 });
    const begin = client.received.length;
    await client.request('pause', { threadId: 1 });
    assert.equal((await client.nextStop()).reason, 'pause');
    assert.ok(client.received.length > begin);
  });
});

describe('dap: steps of an instruction', () => {
  const clients = new Clients();

  it('stepIn at an HVC of the host goes into Hyp mode, and at the ERET into the guest', async () => {
    const { client, stop } = await clients.launch({ runTo: 'host:kvm_call_hyp' });
    let at = stop;
    for (let count = 0; (await world(client, at)) === 'host'; count++) {
      assert.ok(count < 10, 'no HVC met');
      at = await client.resume('stepIn', { threadId: at.threadId, ...instruction });
    }
    assert.equal(await world(client, at), 'hyp');
    assert.match((await client.top(at.threadId)).name, /hyp.*vector/);
    assert.equal(at.reason, 'step');
  });

  it('next at an HVC of the host steps over Hyp mode and the guest', async () => {
    const { client, stop } = await clients.launch({ runTo: 'host:kvm_call_hyp' });
    const { instructions } = await client.request('disassemble', {
      memoryReference: (await client.top(stop.threadId)).address,
      instructionCount: 8,
    });
    const hvc = instructions.findIndex(({ instruction: text }: { instruction: string }) => /^hvc/.test(text));
    assert.ok(hvc >= 0);
    let at = stop;
    for (let n = 0; n <= hvc; n++)
      at = await client.resume('next', { threadId: at.threadId, ...instruction });
    assert.equal(await world(client, at), 'host');
    assert.equal(
      Number((await client.top(at.threadId)).address.split(':')[1]),
      Number(instructions[hvc + 1].address) % 2 ** 40,
    );
  });

  it('next in the guest steps over the whole exit, stepIn goes into it', async () => {
    for (const command of ['next', 'stepIn'] as const) {
      const { client, stop } = await clients.launch({ runTo: 'vm1:trap_actlr_read' });
      const top = await client.top(stop.threadId);
      const at = await client.resume(command, { threadId: stop.threadId, ...instruction });
      if (command === 'next') {
        assert.equal(await world(client, at), 'guest');
        assert.equal(at.threadId, stop.threadId);
        assert.equal(
          Number((await client.top(at.threadId)).address.slice(4)),
          Number(top.address.slice(4)) + 4,
        );
      } else {
        assert.equal(await world(client, at), 'hyp');
        const back = await client.resume('stepOut', { threadId: at.threadId });
        assert.equal(await world(client, back), 'host', 'the end of the world switch');
        assert.equal(back.reason, 'step');
      }
    }
  });

  it('stepping a parked context runs until it is scheduled and has stepped', async () => {
    const { client, stop } = await clients.launch({
      stopOn: [{ event: 'hypTrap', condition: 'vm == 1 && ec == 0x12' }],
    });
    await client.filters();
    assert.equal(await world(client, stop), 'hyp');
    const guest = await client.thread(/^VM1 vCPU0/);
    const before = await client.top(guest);
    const at = await client.resume('next', { threadId: guest, ...instruction });
    assert.equal(at.threadId, guest);
    assert.equal(await world(client, at), 'guest');
    assert.equal(
      Number((await client.top(guest)).address.slice(4)) - Number(before.address.slice(4)) !== 0,
      true,
    );
  });

  it('a breakpoint inside what is stepped over stops there', async () => {
    const { client, stop } = await clients.launch({ runTo: 'vm1:trap_actlr_read' });
    const [made] = await client.functionBreakpoints('hyp:__kvm_vcpu_return');
    const at = await client.resume('next', { threadId: stop.threadId, ...instruction });
    assert.equal(at.reason, 'function breakpoint');
    assert.deepEqual(at.hitBreakpointIds, [made!.id]);
  });
});

describe('dap: steps of a line', () => {
  const clients = new Clients();
  const here = async (client: Client, stop: Stop): Promise<string> => {
    const { name, file, line } = await client.top(stop.threadId);
    return `${name} ${file}:${line}`;
  };

  it('in the guest: next over calls that trap, stepIn into a function, stepOut of it', async () => {
    const { client, stop } = await clients.launch({ runTo: 'vm1:lesson_traps' });
    let at = stop;
    const smc = lineOf(LESSONS, 'trap_smc(PSCI_SYSTEM_OFF)');
    for (let count = 0; (await client.top(at.threadId)).line !== smc; count++) {
      assert.ok(count < 5, await here(client, at));
      at = await client.resume('next', { threadId: at.threadId });
    }
    at = await client.resume('next', { threadId: at.threadId });
    assert.equal(await here(client, at), `lesson_traps lessons.c:${smc + 1}`);
    at = await client.resume('next', { threadId: at.threadId });
    assert.equal(
      await here(client, at),
      `lesson_traps lessons.c:${lineOf(LESSONS, 'u32 actlr = trap_actlr_read()')}`,
    );
    at = await client.resume('stepIn', { threadId: at.threadId });
    assert.match(await here(client, at), /^trap_actlr_read instructions\.S:\d+$/);
    at = await client.resume('stepOut', { threadId: at.threadId });
    assert.match(await here(client, at), /^lesson_traps lessons\.c:\d+$/);
    assert.equal(at.threadId, stop.threadId);
  });

  it('in the host: next over the call that runs the guest', async () => {
    const { client, stop } = await clients.launch({ runTo: 'host:enter_guest' });
    const call = lineOf('highvisor/vcpu.c', 'u32 exit_code = kvm_call_hyp');
    let at = stop;
    for (let count = 0; (await client.top(at.threadId)).line !== call; count++) {
      assert.ok(count < 12, await here(client, at));
      at = await client.resume('next', { threadId: at.threadId });
    }
    at = await client.resume('next', { threadId: at.threadId });
    const top = await client.top(at.threadId);
    assert.deepEqual([top.name, top.file], ['enter_guest', 'vcpu.c']);
    assert.ok(top.line > call, `${top.line}`);
    assert.equal(await world(client, at), 'host');
  });

  it('in Hyp mode: assembly line by line, stepOut to the end of the world switch', async () => {
    const { client, stop } = await clients.launch({ runTo: 'hyp:__kvm_vcpu_run' });
    const first = (await client.top(stop.threadId)).line;
    let at = await client.resume('next', { threadId: stop.threadId });
    const second = await client.top(at.threadId);
    assert.ok(second.line > first);
    assert.equal(second.file, 'world-switch.S');
    at = await client.resume('stepOut', { threadId: at.threadId });
    assert.equal(await world(client, at), 'guest');
  });

  it('stepIn by lines at the HVC goes into the lowvisor', async () => {
    const { client, stop } = await clients.launch({ runTo: 'host:kvm_call_hyp' });
    let at = stop;
    for (let count = 0; (await world(client, at)) === 'host'; count++) {
      assert.ok(count < 6, await here(client, at));
      at = await client.resume('stepIn', { threadId: at.threadId });
    }
    assert.equal(await world(client, at), 'hyp');
  });
});
