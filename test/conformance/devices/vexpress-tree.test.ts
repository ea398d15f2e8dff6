/** A device tree that is given to board vexpress-a15, as QEMU's boot loader completes it, both decompiled by dtc. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../../emulator';
import { withProperties, writeDeviceTree } from '../../../emulator/devices/fdt';
import { vexpressTree } from '../../../emulator/devices/vexpress-tree';

const MEBIBYTE = 1 << 20;

describe('device trees given to board vexpress-a15 beside QEMU 7.2', function () {
  this.timeout(60_000);
  let directory: string;
  before(() => void (directory = mkdtempSync(join(tmpdir(), 'worldswitch-vexpress-dtb-'))));
  after(() => rmSync(directory, { recursive: true, force: true }));

  /** With nodes and properties in order of their names. */
  function decompile(blob: Uint8Array, name: string): string {
    const file = join(directory, name);
    writeFileSync(file, blob);
    return execFileSync('dtc', ['-q', '-s', '-I', 'dtb', '-O', 'dts', file], { encoding: 'utf8' });
  }

  /** A zImage in name, as far as both boot loaders look at it. */
  const kernel = new Uint8Array(256);
  new DataView(kernel.buffer).setUint32(0x24, 0x016f_2818, true);
  new DataView(kernel.buffer).setUint32(0x2c, kernel.length, true);

  for (const memory of [128, 512])
    for (const withInitrd of [false, true])
      it(`${memory} MiB${withInitrd ? ', an initial RAM disk and a command line' : ''}: the same nodes and properties`, () => {
        const own = vexpressTree({ cpus: 2, memory: MEBIBYTE, virtualization: true });
        // A tree whose memory is another, and whose transports are not there yet.
        const root = {
          ...own.root,
          children: own.root.children.filter(({ name }) => !name.startsWith('virtio_mmio')),
        };
        const given = writeDeviceTree(withProperties({ ...own, root }, '/memory', {}), 0x1000);
        const file = (name: string, bytes: Uint8Array): string => {
          writeFileSync(join(directory, name), bytes);
          return join(directory, name);
        };
        const initrd = new Uint8Array(1000);
        const dump = join(directory, 'qemu.dtb');
        execFileSync(
          'qemu-system-arm',
          [
            ...['-M', `vexpress-a15,secure=off,virtualization=on,dumpdtb=${dump}`, '-cpu', 'cortex-a15'],
            ...['-m', `${memory}M`, '-smp', '2', '-nic', 'none', '-display', 'none'],
            ...['-kernel', file('kernel', kernel), '-dtb', file('given.dtb', given)],
            ...(withInitrd ? ['-initrd', file('initrd', initrd), '-append', 'quiet'] : []),
          ],
          { stdio: 'ignore', env: { ...process.env, QEMU_AUDIO_DRV: 'none' } },
        );
        const machine = new Machine({
          ...DEFAULT_CONFIGURATION,
          ...{ board: 'vexpress-a15', cpus: 2, memory: memory * MEBIBYTE },
        });
        machine.boot({
          kernel: { name: 'kernel', bytes: kernel },
          deviceTree: given,
          ...(withInitrd && { initrd: { name: 'initrd', bytes: initrd }, append: 'quiet' }),
        });
        const { address } = machine.plan!.deviceTree!;
        const ours = machine.memory.readPhysical(address, 0x1_0000).bytes;
        assert.equal(decompile(ours, 'ours.dtb'), decompile(readFileSync(dump), 'theirs.dtb'));
      });
});
