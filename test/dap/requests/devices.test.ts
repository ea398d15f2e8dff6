/** Machines with more devices than the sample has: disks, further consoles, firmware, Secure state. */
import assert from 'node:assert/strict';
import { assembleProgram, temporaryFile } from '../harness/bare-program';
import { Client } from '../harness/client';
import { Clients } from '../harness/started';

/** Where the first virtio device is, and the one before it. */
const FIRST = 0x0a00_3e00;
const SECOND = 0x0a00_3c00;

describe('dap: devices', () => {
  const clients = new Clients();

  it('a virtio console is a console of its own once something was printed to it', async () => {
    const kernel = assembleProgram(
      'two-consoles',
      `ldr r1, =0x${FIRST.toString(16)}
       ldr r2, [r1, #8]           @ DeviceID: the disk
       ldr r3, [r1, #0x100]       @ its sectors
       ldr r1, =0x${(SECOND + 0x108).toString(16)}
       mov r0, #'v'
       str r0, [r1]               @ emergency write
       ldr r1, =0x09000000
       mov r0, #'u'
       str r0, [r1]
       bkpt
       b .
       .ltorg`,
    );
    const disks = [temporaryFile('disk.img', new Uint8Array(1000))];
    const { client, stop } = await clients.launch({ kernel, disks, virtio: ['console'], stopOnEntry: true });
    const names = async (): Promise<string[]> =>
      (await client.event<{ consoles: string[] }>('worldswitch/consoles')).consoles;
    assert.deepEqual(await names(), ['host']);
    const typed = { console: 'host 2', text: 'x' };
    assert.match((await client.failure('worldswitch/consoleInput', typed)).message, /no console 'host 2'/);
    for (let i = 0; i < 9; i++)
      await client.resume('next', { threadId: stop.threadId, granularity: 'instruction' });
    assert.deepEqual(await names(), ['host', 'host 2']);
    assert.deepEqual(await client.event('worldswitch/consoleOutput'), { console: 'host 2', text: 'v' });
    assert.deepEqual(await client.event('worldswitch/consoleOutput'), { console: 'host', text: 'u' });
    await client.request('worldswitch/consoleInput', { console: 'host 2', text: 'x' });
  });

  it('a disk or firmware that cannot be read is named', async () => {
    const client = clients.add(await Client.connect());
    await client.initialize();
    assert.match(
      (await client.failure('launch', { disks: ['/nowhere/disk.img'] })).message,
      /'disks': \/nowhere\/disk\.img/,
    );
    assert.match(
      (await client.failure('launch', { firmware: '/nowhere/f.bin' })).message,
      /'firmware': \/nowhere\/f\.bin/,
    );
  });

  it('a guest that resets the machine boots again: breakpoints stay, a step ends there', async () => {
    const kernel = assembleProgram(
      'resets',
      `ldr r1, =0x40300000
       ldr r2, [r1]
       add r2, r2, #1
       str r2, [r1]
again: nop
       ldr r0, =0x84000009
       smc #0
       b .
       .ltorg`,
    );
    const { client, stop } = await clients.launch({ kernel, stopOnEntry: true });
    const entry = (await client.top(stop.threadId)).address;
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'again' }] });
    const told = (): Promise<unknown> =>
      client.event<{ output: string }>('output', ({ output }) => output.includes('it boots again'));
    assert.equal((await client.continue()).reason, 'function breakpoint');
    const second = await client.continue();
    await told();
    assert.equal(second.reason, 'function breakpoint');
    const { result } = await client.request<{ result: string }>('evaluate', {
      expression: '$r2',
      frameId: (await client.top(second.threadId)).id,
    });
    assert.match(result, /2/);
    const instruction = { threadId: second.threadId, granularity: 'instruction' };
    await client.resume('next', instruction);
    await client.resume('next', instruction);
    const third = await client.resume('next', instruction);
    await told();
    assert.equal(third.description, 'The guest reset the machine');
    assert.equal((await client.top(third.threadId)).address, entry);
  });
});
