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
});
