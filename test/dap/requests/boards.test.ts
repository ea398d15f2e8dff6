// The debugger on the other board: a bare program on `vexpress-a15`.
import assert from 'node:assert/strict';
import { assembleProgram, VEXPRESS_POWER_OFF, VEXPRESS_PROGRAM_BASE } from '../harness/bare-program';
import { Clients } from '../harness/started';

interface Memory {
  readonly data?: string;
  readonly unreadableBytes: number;
}

describe('dap: board vexpress-a15', () => {
  const clients = new Clients();

  it('stops at entry on every core, at breakpoints, shows devices, and ends when the board is switched off', async () => {
    const kernel = assembleProgram(
      'vexpress',
      `mrc p15, 0, r4, c0, c0, 5
       ands r4, r4, #3
       bne .
       .global reached
       reached: mov r2, #42
       nop
       ${VEXPRESS_POWER_OFF}`,
      VEXPRESS_PROGRAM_BASE,
    );
    const { client, stop } = await clients.launch({
      kernel,
      board: 'vexpress-a15',
      cpus: 2,
      stopOnEntry: true,
    });
    assert.equal((await client.top(stop.threadId)).address, `hyp:0x${VEXPRESS_PROGRAM_BASE.toString(16)}`);
    const threads = await client.threads();
    assert.equal(threads.filter(({ name }) => /CPU[01]/.test(name)).length, 2);
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'reached' }] });
    const reached = await client.continue();
    assert.equal((await client.top(reached.threadId)).name, 'reached');
    await client.resume('next', { threadId: reached.threadId });
    const { result } = await client.request<{ result: string }>('evaluate', {
      expression: '$r2',
      frameId: (await client.top(reached.threadId)).id,
    });
    assert.match(result, /42|0x0*2a/);

    const read = (memoryReference: string): Promise<Memory> =>
      client.request<Memory>('readMemory', { memoryReference, count: 4 });
    const { data } = await read('pa:0x1c010000');
    assert.equal(Buffer.from(data ?? '', 'base64').readUInt32LE(0), 0x1190_f500, 'SYS_ID');
    assert.equal((await read('pa:0x1a000000')).unreadableBytes, 4, 'nothing is there');

    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    await client.request('continue', { threadId: reached.threadId });
    await client.event('terminated');
  });

  it('the bundled hypervisor knows another board, and says so', async () => {
    const failure = await clients.launch({ board: 'vexpress-a15' }).then(
      () => assert.fail('it was launched'),
      (error: unknown) => error as Error,
    );
    assert.match(failure.message, /'board' must be virt/);
  });
});
