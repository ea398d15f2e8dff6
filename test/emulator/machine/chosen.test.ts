/** What is written into /chosen of the device tree: of the board's own tree, and of one that was given. */
import assert from 'node:assert/strict';
import { DEFAULT_CONFIGURATION, ImageError, Machine, type BootOptions } from '../../../emulator';
import {
  cells,
  node,
  nodeAt,
  property,
  readDeviceTree,
  strings,
  writeDeviceTree,
  type DeviceTree,
  type DeviceTreeNode,
} from '../../../emulator/devices/fdt';
import { CORE } from '../../../emulator/state/layout';
import { RAM } from './words';

const MEMORY = 16 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;
const file = (name: string, size: number): { name: string; bytes: Uint8Array } => ({
  name,
  bytes: new Uint8Array(size).fill(name.charCodeAt(0)),
});

/** As Xen's: a zImage header that counts 3 MiB of memory, in a file of 4 KiB. */
function hypervisor(): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x24, 0x016f_2818, true);
  view.setUint32(0x2c, 3 * MEGABYTE, true);
  return bytes;
}

function tree(chosen: DeviceTreeNode): Uint8Array {
  const whole: DeviceTree = {
    root: node('', { model: strings('given') }, [chosen]),
    reservations: [],
    bootCpu: 0,
  };
  return writeDeviceTree(whole);
}

/** Boots, and reads the tree that r2 points to. */
function booted(options: BootOptions): { readonly machine: Machine; readonly tree: DeviceTree } {
  const machine = new Machine({ ...DEFAULT_CONFIGURATION, memory: MEMORY });
  machine.boot(options);
  const at = machine.state.cores[0]!.u32[CORE.R + 2]!;
  return { machine, tree: readDeviceTree(machine.memory.readPhysical(at, 0x8000).bytes) };
}

const text = (of: DeviceTreeNode | undefined, name: string): readonly string[] | undefined => {
  const value = of && property(of, name);
  return value && new TextDecoder().decode(value).split('\0').slice(0, -1);
};

describe('machine: /chosen', () => {
  const modules = [
    { file: file('zImage', 5000), kind: 'linux-zimage', append: 'console=hvc0' },
    { file: file('initrd', 100), kind: 'linux-initrd' },
  ] as const;
  const xen = { kernel: { name: 'xen', bytes: hypervisor() }, append: 'dom0_mem=8M', modules };

  it('names a module that lies above all memory of the hypervisor, with command lines for both', () => {
    const { machine, tree } = booted({ ...xen, deviceTree: 'generated' });
    const chosen = nodeAt(tree, '/chosen');
    assert.deepEqual(text(chosen, 'xen,xen-bootargs'), ['dom0_mem=8M']);
    assert.equal(text(chosen, 'bootargs'), undefined);
    const [kernel, initrd] = chosen?.children ?? [];
    const first = RAM + 4 * MEGABYTE;
    assert.equal(kernel?.name, `module@${first.toString(16)}`);
    const kind = ['multiboot,kernel', 'xen,linux-zimage', 'multiboot,module', 'xen,multiboot-module'];
    assert.deepEqual(text(kernel, 'compatible'), kind);
    assert.deepEqual(text(kernel, 'bootargs'), ['console=hvc0']);
    assert.deepEqual(property(kernel, 'reg'), cells(0, first, 0, 5000));
    assert.deepEqual(machine.memory.readPhysical(first + 4999, 1).bytes, Uint8Array.of(0x7a));
    assert.deepEqual(text(initrd, 'compatible')?.slice(0, 2), ['multiboot,ramdisk', 'xen,linux-initrd']);
    assert.deepEqual(property(initrd!, 'reg'), cells(0, first + MEGABYTE, 0, 100));
    // The board's own is still there.
    assert.deepEqual(text(chosen, 'stdout-path'), ['/pl011@9000000']);
  });

  it('of a given tree counts addresses as the tree does', () => {
    const given = tree(node('chosen', { '#address-cells': cells(1), '#size-cells': cells(1) }));
    const { tree: at } = booted({ ...xen, deviceTree: given });
    assert.deepEqual(property(nodeAt(at, '/chosen')!.children[0]!, 'reg'), cells(RAM + 4 * MEGABYTE, 5000));
    assert.deepEqual(text(at.root, 'model'), ['given']);
  });

  it('of a given tree gets command line and initial RAM disk of a kernel', () => {
    const kernel = { name: 'Image', bytes: new Uint8Array(64) };
    const given = tree(node('chosen', { bootargs: strings('quiet') }));
    const both = { kernel, format: 'Image', append: 'debug', initrd: file('initrd', 100) } as const;
    const chosen = nodeAt(booted({ ...both, deviceTree: given }).tree, '/chosen')!;
    const start = RAM + MEMORY / 2;
    assert.deepEqual(text(chosen, 'bootargs'), ['debug']);
    assert.deepEqual(property(chosen, 'linux,initrd-start'), cells(start));
    assert.deepEqual(property(chosen, 'linux,initrd-end'), cells(start + 100));
    const as = booted({ kernel, format: 'Image', deviceTree: given });
    assert.deepEqual(text(nodeAt(as.tree, '/chosen'), 'bootargs'), ['quiet']);
  });

  const refusals: readonly [string, BootOptions, RegExp][] = [
    [
      'a tree that counts addresses in three cells',
      { ...xen, deviceTree: tree(node('chosen', { '#address-cells': cells(3) })) },
      /#address-cells.*neither 1 nor 2/,
    ],
    ['what is no tree', { ...xen, deviceTree: new Uint8Array(64) }, /not a device tree/],
    [
      'an empty module',
      { ...xen, modules: [{ file: file('nothing', 0), kind: 'linux-zimage' }], deviceTree: 'generated' },
      /nothing: the file is empty/,
    ],
    [
      'a module that does not fit',
      { ...xen, modules: [{ file: file('large', MEMORY), kind: 'linux-zimage' }], deviceTree: 'generated' },
      /large.*more memory/,
    ],
  ];
  for (const [what, options, message] of refusals)
    it(`${what} is refused`, () => {
      assert.throws(
        () => booted(options),
        (error: unknown) => error instanceof ImageError && message.test(error.message),
      );
    });
});
