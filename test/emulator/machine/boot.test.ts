/** Where images go and how the first core starts: as QEMU's board `virt` does it. Bad images are refused in words. */
import assert from 'node:assert/strict';
import { CORE, DEFAULT_CONFIGURATION, ImageError, Machine, type BootOptions } from '../../../emulator';
import { Mode } from '../../../emulator/state/psr';
import { RAM, SELF, wordAt } from './words';

const MEMORY = 16 * 1024 * 1024;
/** The first word of a flattened device tree, 0xd00dfeed, as a little-endian word. */
const TREE_MAGIC = 0xedfe_0dd0;
const machine = (virtualization = true): Machine =>
  new Machine({ ...DEFAULT_CONFIGURATION, memory: MEMORY, virtualization });
const named = (bytes: Uint8Array, name = 'image'): { name: string; bytes: Uint8Array } => ({ name, bytes });

interface Segment {
  readonly physical: number;
  readonly virtual?: number;
  readonly bytes?: Uint8Array;
  readonly memorySize?: number;
}

/** An ELF executable; `edit` spoils its header. */
function elf(entry: number, segments: readonly Segment[], edit?: (view: DataView) => void): Uint8Array {
  const headers = 52 + 32 * segments.length;
  const sizes = segments.map(({ bytes }) => bytes?.length ?? 4);
  const file = new Uint8Array(headers + sizes.reduce((a, b) => a + b, 0));
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 40, true);
  view.setUint32(20, 1, true);
  view.setUint32(24, entry, true);
  view.setUint32(28, 52, true);
  view.setUint16(40, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, segments.length, true);
  let at = headers;
  segments.forEach(({ physical, virtual = physical, bytes, memorySize }, i) => {
    const content = bytes ?? new Uint8Array(Uint32Array.of(SELF).buffer);
    [1, at, virtual, physical, content.length, memorySize ?? content.length, 7, 4].forEach((word, w) =>
      view.setUint32(52 + 32 * i + 4 * w, word, true),
    );
    file.set(content, at);
    at += content.length;
  });
  edit?.(view);
  return file;
}

/** Linux's own have the word that tells the order of bytes. */
function zImage(size: number, promised = size, byteOrder = 0x0403_0201): Uint8Array {
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  view.setUint32(0x24, 0x016f_2818, true);
  view.setUint32(0x2c, promised, true);
  if (byteOrder !== 0) view.setUint32(0x30, byteOrder, true);
  file[size - 1] = 0x5a;
  return file;
}

function uImage(payload: Uint8Array, edit?: (view: DataView) => void): Uint8Array {
  const file = new Uint8Array(64 + payload.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x2705_1956);
  view.setUint32(12, payload.length);
  view.setUint32(16, RAM + 0x8000);
  view.setUint32(20, RAM + 0x8040);
  file[29] = 2;
  file.set(payload, 64);
  edit?.(view);
  return file;
}

function start(
  options: BootOptions,
  on = machine(),
): { machine: Machine; pc: number; r: readonly number[]; mode: number } {
  on.boot(options);
  const core = on.state.cores[0]!;
  return { machine: on, pc: core.pc, r: [0, 1, 2].map((n) => core.u32[CORE.R + n]!), mode: core.mode };
}

describe('machine: boot', () => {
  it('an ELF file goes to its physical addresses, with zeros behind, and starts where its entry is then', () => {
    const bytes = elf(0xc000_0004, [
      { physical: RAM + 0x10_0000, virtual: 0xc000_0000, memorySize: 0x1000 },
      { physical: RAM + 0x20_0000, bytes: Uint8Array.of(1, 2, 3, 4) },
    ]);
    const at = machine();
    at.memory.writePhysical(RAM + 0x10_0004, Uint8Array.of(0xff));
    const { pc, r, mode } = start({ kernel: named(bytes) }, at);
    assert.deepEqual([pc, ...r, mode], [RAM + 0x10_0004, 0, 0, 0, Mode.hyp]);
    assert.equal(wordAt(at, RAM + 0x10_0000), SELF);
    assert.equal(wordAt(at, RAM + 0x10_0004), 0);
    assert.equal(wordAt(at, RAM + 0x20_0000), 0x0403_0201);
  });

  it('without Hyp mode a machine starts in Supervisor mode; bit 0 of the entry is T32', () => {
    const {
      machine: at,
      pc,
      mode,
    } = start({ kernel: named(elf(RAM + 0x8001, [{ physical: RAM + 0x8000 }])) }, machine(false));
    assert.deepEqual([pc, mode, at.state.cores[0]!.i32[CORE.PSR]! & 0x20], [RAM + 0x8000, Mode.svc, 0x20]);
  });

  it('beside an ELF file the device tree is at the start of RAM, unless the file is there', () => {
    const above = start({
      kernel: named(elf(RAM + 0x1_0000, [{ physical: RAM + 0x1_0000 }])),
      deviceTree: 'generated',
    });
    assert.equal(wordAt(above.machine, RAM), TREE_MAGIC);
    const low = start({ kernel: named(elf(RAM, [{ physical: RAM }])), deviceTree: 'generated' });
    assert.equal(wordAt(low.machine, RAM), SELF);
  });

  it('a zImage goes 64 KiB into RAM; r0 to r2 are those of the Linux boot protocol', () => {
    const { machine: at, pc, r } = start({ kernel: named(zImage(0x1000)), deviceTree: 'generated' });
    assert.equal(pc, RAM + 0x1_0000);
    assert.deepEqual(r.slice(0, 2), [0, 0xffff_ffff]);
    assert.equal(wordAt(at, r[2]!), TREE_MAGIC);
    assert.equal(wordAt(at, RAM + 0x1_0ffc) >>> 24, 0x5a);
  });

  it('the initial RAM disk goes to the middle of RAM, the tree behind it on a page of its own', () => {
    const initrd = new Uint8Array(5000).fill(7);
    const { machine: at, r } = start({
      kernel: named(zImage(0x1000)),
      initrd: named(initrd, 'initrd'),
      deviceTree: 'generated',
      append: 'console=ttyAMA0',
    });
    const middle = RAM + MEMORY / 2;
    assert.deepEqual(at.plan?.initrd, { start: middle, end: middle + 5000 });
    assert.equal(wordAt(at, middle + 4996), 0x0707_0707);
    assert.equal(r[2], middle + 8192);
    const tree = Buffer.from(at.memory.readPhysical(r[2], 0x4000).bytes).toString('latin1');
    for (const text of ['linux,initrd-start', 'linux,initrd-end', 'console=ttyAMA0\0', 'memory@40000000'])
      assert.ok(tree.includes(text), text);
  });

  it('a uImage goes where its header says; a raw image where the user says', () => {
    const first = start({ kernel: named(uImage(Uint8Array.of(1, 2, 3, 4))) });
    assert.deepEqual([first.pc, wordAt(first.machine, RAM + 0x8000)], [RAM + 0x8040, 0x0403_0201]);
    const raw = start({
      kernel: named(Uint8Array.of(5, 6, 7, 8)),
      loadAddress: RAM + 0x4000,
      entry: RAM + 0x4004,
    });
    assert.deepEqual([raw.pc, wordAt(raw.machine, RAM + 0x4000)], [RAM + 0x4004, 0x0807_0605]);
  });

  it('without a kernel it starts at the reset vector, with the tree at the start of RAM', () => {
    const file = named(new Uint8Array(Uint32Array.of(SELF).buffer), 'firmware');
    const { machine: at, pc } = start({ load: [{ file, address: 0 }], deviceTree: 'generated' });
    assert.deepEqual([pc, wordAt(at, 0), wordAt(at, RAM)], [0, SELF, TREE_MAGIC]);
    // Firmware adds to the tree in place: it has room, 1 MiB in all.
    assert.equal(wordAt(at, RAM + 4), 0x0000_1000);
  });

  it('boots the same after a reset', () => {
    const options: BootOptions = { kernel: named(zImage(0x1000)), deviceTree: 'generated' };
    const { machine: at } = start(options);
    at.memory.writePhysical(RAM + 0x10_0000, Uint8Array.of(9));
    at.reset();
    assert.equal(wordAt(at, RAM + 0x10_0000), 0);
    assert.equal(start(options, at).pc, RAM + 0x1_0000);
  });
});

describe('machine: images that cannot be booted', () => {
  const good: readonly Segment[] = [{ physical: RAM + 0x1_0000 }];
  const cases: readonly (readonly [what: string, options: BootOptions, message: RegExp])[] = [
    ['an empty file', { kernel: named(new Uint8Array(0)) }, /image: the file is empty/],
    ['half an ELF header', { kernel: named(elf(0, good).slice(0, 20)) }, /truncated \(20 of 52 bytes\)/],
    ['a 64-bit ELF file', { kernel: named(elf(0, good, (v) => v.setUint8(4, 2))) }, /64-bit.*32-bit ARM/],
    [
      'a big-endian ELF file',
      { kernel: named(elf(0, good, (v) => v.setUint8(5, 2))) },
      /big-endian.*build it little/,
    ],
    [
      'an ELF file for x86',
      { kernel: named(elf(0, good, (v) => v.setUint16(18, 3, true))) },
      /machine 3, not for ARM/,
    ],
    ['an object file', { kernel: named(elf(0, good, (v) => v.setUint16(16, 1, true))) }, /link it first/],
    ['an ELF file with nothing to load', { kernel: named(elf(0, [])) }, /no loadable segment/],
    ['a truncated segment', { kernel: named(elf(0, good).slice(0, -2)) }, /truncated: segment 0/],
    [
      'program headers outside',
      { kernel: named(elf(0, good, (v) => v.setUint32(28, 0x7fff_fff0, true))) },
      /program headers end/,
    ],
    [
      'a segment where a device is',
      { kernel: named(elf(0, [{ physical: 0x0900_0000 }])) },
      /segment 0 .*device pl011.*RAM \(0x40000000/,
    ],
    [
      'a segment where nothing is',
      { kernel: named(elf(0, [{ physical: 0xf000_0000 }])) },
      /there is nothing/,
    ],
    [
      'a segment beyond RAM',
      { kernel: named(elf(0, [{ physical: RAM + MEMORY - 2 }])) },
      /give the machine more memory/,
    ],
    [
      'a segment of 4 GiB',
      { kernel: named(elf(0, [{ physical: RAM, memorySize: 0xffff_ffff }])) },
      /give the machine more memory/,
    ],
    [
      'a truncated zImage',
      { kernel: named(zImage(0x100, 0x200)) },
      /zImage header promises 512 bytes, the file has 256/,
    ],
    [
      'a truncated uImage',
      { kernel: named(uImage(new Uint8Array(8)).slice(0, 70)) },
      /promises 8 bytes.*6 are there/,
    ],
    [
      'a compressed uImage',
      { kernel: named(uImage(new Uint8Array(8), (v) => v.setUint8(31, 1))) },
      /mkimage -C none/,
    ],
    [
      'a uImage for MIPS',
      { kernel: named(uImage(new Uint8Array(8), (v) => v.setUint8(29, 5))) },
      /architecture 5, not for ARM/,
    ],
    [
      'an initial RAM disk that is too large',
      { kernel: named(zImage(0x100)), initrd: named(new Uint8Array(MEMORY), 'initrd') },
      /initrd .*more memory/,
    ],
    [
      'a header alone called an ELF file',
      { kernel: named(new Uint8Array(100)), format: 'elf' },
      /not an ELF file/,
    ],
    [
      'a short file called a zImage',
      { kernel: named(new Uint8Array(10)), format: 'zImage' },
      /not a zImage.*auto/,
    ],
    [
      'a short file called a uImage',
      { kernel: named(new Uint8Array(10)), format: 'uImage' },
      /not a uImage.*auto/,
    ],
    [
      'a device tree that does not fit',
      { kernel: named(zImage(0x100)), deviceTree: new Uint8Array(MEMORY) },
      /device tree.*does not fit/,
    ],
  ];
  for (const [what, options, message] of cases)
    it(`${what}`, () => {
      assert.throws(
        () => machine().boot(options),
        (error: unknown) => {
          assert.ok(error instanceof ImageError, String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    });
});
