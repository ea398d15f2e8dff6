// disassemble, readMemory, writeMemory.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Client, Stop } from '../harness/client';
import { Program } from '../../../debug-adapter/symbols/program';
import { IMAGES } from '../../hypervisor/paths';
import { Clients } from '../harness/started';

interface Memory {
  address: string;
  data?: string;
  unreadableBytes: number;
}

describe('dap: disassemble', () => {
  const clients = new Clients();

  const rows = async (
    client: Client,
    memoryReference: string,
    instructionOffset: number,
    instructionCount: number,
  ): Promise<DebugProtocol.DisassembledInstruction[]> =>
    (
      await client.request<{ instructions: DebugProtocol.DisassembledInstruction[] }>('disassemble', {
        memoryReference,
        instructionOffset,
        instructionCount,
      })
    ).instructions;

  it('gives exactly as many rows as asked for, before and after, and they join', async () => {
    const { client, stop } = await clients.launch({ runTo: 'vm1:lesson_traps' });
    const { address } = await client.top(stop.threadId);
    const all = await rows(client, address, -50, 100);
    assert.equal(all.length, 100);
    const numbers = all.map((row) => Number(row.address));
    assert.ok(
      numbers.every((at, i) => i === 0 || at === numbers[i - 1]! + all[i - 1]!.instructionBytes!.length / 2),
    );
    assert.equal(all[50]!.symbol, 'lesson_traps');
    assert.match(all[50]!.location!.path!, /lessons\.c$/);
    const parts = [...(await rows(client, address, -50, 50)), ...(await rows(client, address, 0, 50))];
    assert.deepEqual(
      parts.map((row) => row.address),
      all.map((row) => row.address),
    );
    assert.equal((await rows(client, address, 30, 5))[0]!.address, all[80]!.address);
    assert.deepEqual(await rows(client, address, 0, 0), []);
  });

  it('T32 code of a program at PL0, before and after', async () => {
    const { client, stop } = await clients.launch({ runTo: 'host:vmm_main' }).then(async (first) => {
      if ((await first.client.top(first.stop.threadId)).name.includes('vmm')) return first;
      return clients.launch({ runTo: 'host:main' });
    });
    const top = await client.top(stop.threadId);
    assert.match(top.name, /\[T32\]/);
    const all = await rows(client, top.address, -20, 40);
    assert.equal(all.length, 40);
    const numbers = all.map((row) => Number(row.address));
    assert.ok(
      numbers.every((at, i) => i === 0 || at === numbers[i - 1]! + all[i - 1]!.instructionBytes!.length / 2),
    );
    assert.ok(all.some((row) => row.instructionBytes!.length === 4));
    assert.ok(all.every((row) => !/undefined/i.test(row.instruction)));
  });

  it('what is not mapped is said to be invalid, row by row', async () => {
    const { client } = await clients.launch({ runTo: 'vm1:lesson_traps' });
    for (const at of ['vm1:0x00000000', 'vm1:0xfffffff0', 'ipa1:0x00001000', 'pa:0x3000000000']) {
      const some = await rows(client, at, -8, 24);
      assert.equal(some.length, 24, at);
      assert.ok(
        some.some(({ presentationHint }) => presentationHint === 'invalid'),
        at,
      );
    }
  });

  it('tells the worlds apart by the number of an address', async () => {
    const { client } = await clients.launch({ runTo: 'vm1:lesson_traps' });
    const [guest] = await rows(client, 'vm1:0xc0009000', 0, 1);
    const [host] = await rows(client, 'host:0xc0009000', 0, 1);
    assert.notEqual(guest!.address, host!.address);
    assert.notEqual(guest!.instructionBytes, host!.instructionBytes);
    const [again] = await rows(client, guest!.address, 0, 1);
    assert.deepEqual(again, guest);
  });

  it('refuses what is no reference and what is too far', async () => {
    const { client } = await clients.launch({ stopOnEntry: true });
    const at = async (memoryReference: string, instructionOffset = 0): Promise<string> =>
      (await client.failure('disassemble', { memoryReference, instructionOffset, instructionCount: 1 }))
        .message;
    assert.match(await at('here'), /no memory reference/);
    assert.match(await at('vm1:0x1000'), /has run yet|not executed yet/);
    assert.match(await at('hyp:0x40208000', 2e9), /instructionOffset/);
    assert.match(await at('hyp:0x123456789'), /no memory reference/);
  });
});

describe('dap: readMemory and writeMemory', () => {
  const clients = new Clients();
  let client: Client;
  let stop: Stop;

  beforeEach(async () => {
    ({ client, stop } = await clients.launch({ runTo: 'vm1:lesson_traps' }));
  });

  const read = (memoryReference: string, count: number, offset?: number): Promise<Memory> =>
    client.request<Memory>('readMemory', { memoryReference, count, offset });

  const walked = async (expression: string): Promise<{ ipa?: string; pa?: string }> =>
    client.request('worldswitch/translate', { expression });

  it('the same bytes through VA, IPA and PA', async () => {
    const { address } = await client.top(stop.threadId);
    const { ipa, pa } = await walked(address);
    assert.ok(ipa !== undefined && pa !== undefined);
    const byVa = await read(address, 16);
    assert.equal(Buffer.from(byVa.data!, 'base64').length, 16);
    assert.equal((await read(`ipa1:0x${Number(ipa).toString(16)}`, 16)).data, byVa.data);
    assert.equal((await read(`pa:0x${Number(pa).toString(16)}`, 16)).data, byVa.data);
    assert.equal(
      (await read(address, 8, 8)).data,
      Buffer.from(byVa.data!, 'base64').subarray(8).toString('base64'),
    );
  });

  it('what is written in one space is read in the others', async () => {
    const sp = `vm1:0x${Number(/0x[0-9a-f]+/.exec(await client.evaluate('$sp'))![0]).toString(16)}`;
    const data = Buffer.from('deadbeef', 'hex').toString('base64');
    const { bytesWritten } = await client.request('writeMemory', { memoryReference: sp, offset: -64, data });
    assert.equal(bytesWritten, 4);
    assert.equal((await read(sp, 4, -64)).data, data);
    const { pa } = await walked(`(unsigned *)($sp - 64)`).catch(() => ({ pa: undefined }));
    if (pa !== undefined) assert.equal((await read(`pa:0x${Number(pa).toString(16)}`, 4)).data, data);
  });

  it('every space can be read', async () => {
    const image = { name: 'kvm-arm.elf', bytes: readFileSync(join(IMAGES, 'kvm-arm.elf')) };
    const hypText = Program.load(image.bytes, image).symbolByName('__kvm_hyp_vector')!.address;
    for (const at of [
      'host:0xc0009000',
      `hyp:0x${hypText.toString(16)}`,
      'vm1:0xc0009000',
      'ipa1:0x40009000',
      'pa:0x40209000',
    ])
      assert.equal((await read(at, 32)).unreadableBytes, 0, at);
    assert.equal((await read('host:0xc0009000', 32)).data, (await read('pa:0x40209000', 32)).data);
  });

  it('says how much cannot be read or written', async () => {
    const nothing = await read('vm1:0x00000000', 64);
    assert.equal(nothing.unreadableBytes, 64);
    assert.equal(nothing.data, undefined);
    assert.equal((await read('pa:0x3000000000', 16)).unreadableBytes, 16);
    assert.equal((await read('pa:0x40000000', 0)).unreadableBytes, 0);
    const failure = await client.failure('writeMemory', { memoryReference: 'vm1:0x00000000', data: 'AAAA' });
    assert.match(failure.message, /vm1:0x00000000/);
    assert.match(
      (await client.failure('writeMemory', { memoryReference: 'pa:0x40000000', data: '~~' })).message,
      /Base64/,
    );
    assert.match((await client.failure('readMemory', { memoryReference: 'vm7:0', count: 1 })).message, /vm7/);
  });

  it('code that is written is the code that executes', async () => {
    const { address } = await client.top(stop.threadId);
    await client.request('setInstructionBreakpoints', {
      breakpoints: [{ instructionReference: address, offset: 8 }],
    });
    // mov r0, #42; mov r1, #43
    const data = Buffer.from('2a00a0e32b10a0e3', 'hex').toString('base64');
    await client.request('writeMemory', { memoryReference: address, data });
    const at = await client.continue();
    assert.equal(at.reason, 'instruction breakpoint');
    assert.match(await client.evaluate('$r0'), /\b42\b|0x2a/);
    assert.match(await client.evaluate('$r1'), /\b43\b|0x2b/);
  });
});
