/** Reading and writing flattened device trees. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  DeviceTreeError,
  cells,
  cells64,
  node,
  nodeAt,
  property,
  readDeviceTree,
  strings,
  withProperties,
  writeDeviceTree,
  type DeviceTree,
} from '../../../emulator/devices/fdt';
import { virtTree } from '../../../emulator/devices/virt-tree';

const SMALL: DeviceTree = {
  root: node('', { model: strings('x') }, [
    node('chosen', { bootargs: strings('a b') }),
    node('memory@40000000', { reg: cells64(0x4000_0000, 0x1_0000_0000) }),
  ]),
  reservations: [{ address: 0x4800_0000n, size: 0x1000n }],
  bootCpu: 1,
};

/** The value of a property of the node at `path`. */
function valueAt(tree: DeviceTree, path: string, name: string): Uint8Array | undefined {
  const at = nodeAt(tree, path);
  assert.ok(at, `there is no ${path}`);
  return property(at, name);
}

describe('flattened device tree', () => {
  it('reads back what it wrote', () => {
    assert.deepEqual(readDeviceTree(writeDeviceTree(SMALL)), SMALL);
    assert.deepEqual(readDeviceTree(writeDeviceTree(SMALL, 4096)), SMALL);
    const big = virtTree({ cpus: 8, memory: 1 << 30, virtualization: true, bootargs: 'x' });
    assert.deepEqual(readDeviceTree(writeDeviceTree(big)), big);
  });

  it('finds nodes by path and changes properties without touching the old tree', () => {
    assert.deepEqual(valueAt(SMALL, '/memory', 'reg'), cells(0, 0x4000_0000, 1, 0));
    const changed = withProperties(SMALL, '/chosen', {
      bootargs: strings('c'),
      'linux,initrd-end': cells(9),
    });
    assert.deepEqual(valueAt(changed, '/chosen', 'bootargs'), strings('c'));
    assert.deepEqual(valueAt(SMALL, '/chosen', 'bootargs'), strings('a b'));
    const without = withProperties(changed, '/chosen', { bootargs: undefined });
    assert.deepEqual(
      nodeAt(without, '/chosen')?.properties.map(({ name }) => name),
      ['linux,initrd-end'],
    );
    const added = withProperties(SMALL, '/reserved/area@0', { reg: cells(1) });
    assert.deepEqual(valueAt(added, '/reserved/area', 'reg'), cells(1));
  });

  it('says what is wrong with a blob', () => {
    const blob = writeDeviceTree(SMALL);
    assert.throws(() => readDeviceTree(new Uint8Array(12)), /ends early/);
    assert.throws(() => readDeviceTree(new Uint8Array(64)), /not a device tree/);
    assert.throws(() => readDeviceTree(blob.subarray(0, blob.length - 8)), /says it has \d+ bytes/);
    const old = blob.slice();
    old[23] = 3;
    assert.throws(() => readDeviceTree(old), /version 3 cannot be read/);
  });

  it('never does worse with a damaged blob than refuse it', () => {
    const blob = writeDeviceTree(SMALL);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(blob.length - 1), fc.nat(255)), { maxLength: 6 }), (damage) => {
        const damaged = blob.slice();
        for (const [at, value] of damage) damaged[at] = value;
        try {
          readDeviceTree(damaged);
        } catch (error) {
          assert.ok(error instanceof DeviceTreeError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
