/** The VMM's virtio devices, driven by hand. */
import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { compileGuest } from './assemble';
import { modulesForTests } from './modules';
import { IMAGES } from './paths';
import { loaderOptions, runQemu } from './qemu';
import { variantImage } from './variants';

const SECTOR = 512;

/** Four sectors, the last of them not whole. */
function diskImage(): Uint8Array {
  const image = Buffer.alloc(4 * SECTOR - 100);
  ['the first', 'the second', 'the third', 'the last'].forEach((text, i) => image.write(text, i * SECTOR));
  return image;
}

/** Bytes of xoshiro128** (Blackman and Vigna, 2018) from the state that the VMM begins with for a VM. */
function entropyOf(vm: number, requests: readonly number[]): string {
  const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
  const s = Int32Array.from({ length: 4 }, (_, i) => Math.imul(0x9e37_79b9, 4 * vm + i + 1));
  const word = (): number => {
    const result = Math.imul(rotate(Math.imul(s[1]!, 5), 7), 9);
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotate(s[3]!, 11);
    return result;
  };
  return requests
    .map((bytes) => {
      const words = Int32Array.from({ length: Math.ceil(bytes / 4) }, word);
      return Buffer.from(words.buffer).subarray(0, bytes).toString('hex');
    })
    .join('');
}

/** What virtio.c prints; what comes after a request is the number of bytes that the device wrote, in hexadecimal. */
const PRINTED = [
  'slot: 74726976 version 2 device 2 features 10000244 00000001',
  'slot: 74726976 version 2 device 3 features 10000000 00000001',
  'slot: 74726976 version 2 device 4 features 10000000 00000001',
  'features of nobody: 03, of this driver: 0b',
  'queue: 1, of a second one: 00',
  'sectors: 04, of 200, configuration by bytes: 04',
  "read: 201, status 00 'the second'",
  "read the last: 201, status 00 'the last'",
  'write: 001, status 00',
  'flush: 001, status 00',
  "read two: 401, status 00 'the second' and 'written by hand'",
  "identify: 015, status 00 'worldswitch-disk'",
  'read behind the end: 001, status 01',
  'read across it: 001, status 01',
  'read far behind: 001, status 01',
  'write half a sector: 001, status 01',
  'discard: 001, status 02',
  `entropy: 2 buffers, ${entropyOf(1, [18, 18])}`,
  'hello from the virtio console',
  'console: 1, interrupt 0',
];

const printed = (console: string): string[] =>
  console
    .replaceAll('\r', '')
    .split('\n')
    .filter((line) => line !== '' && !/^(vmm|host):/.test(line));

describe('hypervisor: virtio devices of the VMM', function () {
  this.timeout(60_000);
  let folder: string;
  let guest: Uint8Array;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-virtio-'));
    guest = compileGuest('virtio.c', folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const modules = (vms: number, disk: Uint8Array | undefined) =>
    modulesForTests({ name: 'virtio.bin', bytes: guest }, vms, disk === undefined ? {} : { disk });

  function run(variant: string | undefined, vms: number, disk: Uint8Array | undefined): string {
    const machine = new Machine(DEFAULT_CONFIGURATION);
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    machine.boot({
      kernel: { name: 'kvm-arm.elf', bytes: variantImage(variant) },
      load: modules(vms, disk),
      deviceTree: 'generated',
    });
    assert.strictEqual(machine.run(20_000_000).end, 'powered off', console);
    return console;
  }

  for (const variant of [undefined, 'ap-list', 'no-vgic'])
    it(`a disk, entropy and a console, ${variant ?? 'the shipped image'}`, () => {
      assert.deepStrictEqual(printed(run(variant, 1, diskImage())), PRINTED);
    });

  it('each VM has a disk and entropy of its own', () => {
    const lines = printed(run(undefined, 2, diskImage()));
    for (const vm of [1, 2])
      assert.deepStrictEqual(
        lines.filter((line) => line.startsWith(`vm${vm}| `)).map((line) => line.slice(5)),
        PRINTED.map((line) => (line.startsWith('entropy') ? `entropy: 2 buffers, ${entropyOf(vm, [18, 18])}` : line)),
      );
  });

  it('a disk, entropy and a console, under QEMU', () => {
    const loaders = loaderOptions(folder, modules(1, diskImage()));
    const console = runQemu(join(IMAGES, 'kvm-arm.elf'), 'virt,virtualization=on', loaders);
    assert.deepStrictEqual(printed(console), PRINTED);
  });
});
