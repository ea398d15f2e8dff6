// Wrong files, wrong attributes, and guests that do what they should not: a clear message and a clean end for each.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import { assembleProgram, temporaryFile } from './harness/bare-program';
import { Client } from './harness/client';
import { image } from './harness/paths';
import { Clients } from './harness/started';

/** The header of a flattened device tree and nothing behind it. */
function tree({ size = 64, strings = 48 }: { size?: number; strings?: number }): Buffer {
  const bytes = Buffer.alloc(64);
  [0xd00dfeed, size, 40, strings, 40, 17, 16].forEach((word, i) => bytes.writeUInt32BE(word, 4 * i));
  return bytes;
}

describe('dap: bad input', function () {
  this.timeout(60_000);
  const clients = new Clients();
  const hypervisor = readFileSync(image('kvm-arm.elf'));
  const hello = image('hello-hyp.elf');

  function patched(offset: number, ...bytes: number[]): string {
    const copy = Buffer.from(hypervisor);
    copy.set(bytes, offset);
    return temporaryFile('patched.elf', copy);
  }

  const refused: readonly [string, Record<string, unknown>, RegExp][] = [
    ['a missing image', { kernel: '/nowhere/kernel.elf' }, /'kernel': \/nowhere\/kernel\.elf .*no such file/],
    ['a folder as the image', { kernel: '/tmp' }, /'kernel': \/tmp .*folder/],
    ['an empty image', { kernel: temporaryFile('empty', '') }, /empty/],
    [
      'an ELF cut in its header',
      { kernel: temporaryFile('cut.elf', hypervisor.subarray(0, 40)) },
      /cut\.elf.*40 bytes.*copied completely/,
    ],
    [
      'an ELF cut in its segments',
      { kernel: temporaryFile('cut.elf', hypervisor.subarray(0, 5000)) },
      /cut\.elf.*(truncated|beyond|ends)/,
    ],
    ['an ELF for x86-64', { kernel: patched(18, 62, 0) }, /patched\.elf.*(ARM|machine)/],
    ['a 64-bit ELF', { kernel: patched(4, 2) }, /patched\.elf.*(32|64)/],
    ['a big-endian ELF', { kernel: patched(5, 2) }, /patched\.elf.*endian/],
    [
      'a text as the image',
      { kernel: temporaryFile('notes.txt', 'not a kernel, '.repeat(20)) },
      /notes\.txt.*neither ELF.*loadAddress/,
    ],
    ['a missing guest', { guest: { kernel: '/nowhere/zImage' } }, /'guest\.kernel'.*no such file/],
    ['a missing initrd', { kernel: hello, initrd: '/nowhere/initrd' }, /'initrd'.*no such file/],
    ['a missing device tree', { kernel: hello, dtb: '/nowhere/tree.dtb' }, /'dtb'.*no such file/],
    [
      'a device tree that is none',
      { kernel: hello, dtb: temporaryFile('tree.dtb', 'rubbish'.repeat(9)) },
      /'dtb'.*tree\.dtb/,
    ],
    [
      'a truncated device tree',
      { kernel: hello, dtb: temporaryFile('tree.dtb', tree({ size: 4096 })) },
      /'dtb'.*tree\.dtb is truncated.*4096/,
    ],
    [
      'a damaged device tree',
      { kernel: hello, dtb: temporaryFile('tree.dtb', tree({ strings: 9999 })) },
      /'dtb'.*damaged.*9999/,
    ],
    ['a missing blob', { load: [{ file: '/nowhere/blob', address: '0x48000000' }] }, /'load'.*no such file/],
    ['a blob outside of memory', { load: [{ file: hello, address: '0x70000000' }] }, /0x70000000.*nothing/],
    ['symbols that are none', { symbols: [{ file: temporaryFile('x.elf', 'text') }] }, /x\.elf/],
    ['an unknown attribute', { kernal: 'x' }, /'kernal' is no attribute.*Did you mean 'kernel'/],
    ['an attribute of the wrong type', { cpus: 'two' }, /'cpus' is "two".*whole number/],
    ['too many cores', { cpus: 9 }, /'cpus' is 9/],
    ['contradictory attributes', { sample: 'kvm-arm', kernel: hello }, /'sample' and 'kernel'.*remove one/],
    ['a guest beside an own kernel', { kernel: hello, guest: { kernel: hello } }, /'guest'.*remove/],
    ['an unknown event', { stopOn: ['sunrise'] }, /'stopOn\[0\]'.*"hypTrap"/],
    [
      'a condition that is no expression',
      { stopOn: [{ event: 'hypTrap', condition: 'ec ==' }] },
      /'stopOn\[0\]': ./,
    ],
    [
      'a condition over an unknown field',
      { stopOn: [{ event: 'hypTrap', condition: 'colour == 1' }] },
      /'stopOn\[0\]': 'colour'.*its fields are ec/,
    ],
    ['no object at all', [] as never, /object/],
  ];
  for (const [what, configuration, message] of refused)
    it(`${what}: launch is refused, and a right one is taken afterwards`, async () => {
      const client = clients.add(await Client.connect());
      await client.initialize();
      const failure = await client.failure('launch', configuration);
      assert.match(failure.message.replaceAll('\n', ' '), message);
      assert.equal(client.untaken('initialized').length, 0);
      assert.deepEqual(
        client.untaken('output').map(({ body }) => (body as { output: string }).output),
        [],
        'no fault of the adapter itself',
      );
      await client.request('launch', { stopOnEntry: true });
      await client.request('configurationDone');
      assert.equal((await client.nextStop()).reason, 'entry');
    });

  const TO_SUPERVISOR =
    'mrs r0, cpsr\nbic r0, r0, #31\norr r0, r0, #19\nmsr spsr_cxsf, r0\nadr r1, 1f\nmsr elr_hyp, r1\neret\n1: ';
  const VOID = 'ldr r0, =0x20000000\nbx r0\n.ltorg';
  const lost: readonly [string, string, LaunchConfiguration, RegExp][] = [
    ['jumps into the void in Hyp mode', VOID, {}, /Prefetch Abort was taken at 0x20000000.*0x0000000c/],
    [
      'jumps into the void in Supervisor mode',
      VOID,
      { virtualization: false },
      /Prefetch Abort was taken at 0x20000000/,
    ],
    [
      'reads where there is no memory',
      'ldr r0, =0x70000000\nldr r1, [r0]\n.ltorg',
      {},
      /Data Abort was taken at 0x40010004/,
    ],
    ['executes an undefined instruction without vectors', 'udf #1', {}, /Undefined Instruction.*0x40010000/],
    ['makes a Hyp trap without vectors', TO_SUPERVISOR + 'hvc #0', {}, /a trap from below was taken/],
  ];
  for (const [what, text, more, message] of lost)
    it(`a program that ${what}: the machine stops and says where it was lost`, async () => {
      const kernel = assembleProgram('lost', text);
      const { client, stop } = await clients.launch({ kernel, ...more });
      assert.equal(stop.reason, 'exception');
      assert.match(stop.description!, /lost/);
      assert.match(stop.text!, message);
      assert.match((await client.request('exceptionInfo', { threadId: stop.threadId })).description, message);
      assert.ok((await client.frames(stop.threadId)).length > 0);
      await client.request('terminate');
      await client.event('terminated');
    });

  it('a program that stores to ROM: it is told, nothing is changed there, and it goes on', async () => {
    const kernel = assembleProgram(
      'rom',
      'mov r0, #0\nldr r1, =0x12345678\nstr r1, [r0, #64]\nldr r2, [r0, #64]\nnop\nafter: b after\n.ltorg',
    );
    const { client, stop } = await clients.launch({ kernel, runTo: 'after' });
    assert.equal(stop.reason, 'entry');
    const memory = await client.request('readMemory', { memoryReference: 'pa:0x40', count: 4 });
    assert.notEqual(Buffer.from(memory.data, 'base64').readUInt32LE(), 0x12345678);
    const told = client.received.map((message) => JSON.stringify(message)).join('\n');
    assert.match(
      told,
      /stored 0x12345678 to flash0, which no store changes .*PA 0x00000040.*nothing was changed/,
    );
  });

  it('a guest that stores to ROM: a permission fault at Stage 2, in words', async () => {
    const { client, stop } = await clients.launch({
      stopOn: [{ event: 'stage2Fault', condition: 'write && (status & 0x3c) == 0x0c' }],
    });
    assert.match(stop.text!, /permission fault/);
    assert.equal((await client.top(await client.thread(/VM1/))).name, 'lesson_rom');
  });
});
