/** The generated device tree beside the one QEMU makes, both decompiled by dtc. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeAt, property, readDeviceTree, writeDeviceTree } from '../../../emulator/devices/fdt';
import { virtTree, type VirtTreeOptions } from '../../../emulator/devices/virt-tree';

describe('device tree of board virt beside QEMU 7.2', function () {
  this.timeout(60_000);
  let directory: string;
  before(() => void (directory = mkdtempSync(join(tmpdir(), 'worldswitch-dtb-'))));
  after(() => rmSync(directory, { recursive: true, force: true }));

  /** The blob of QEMU's `virt` with these options; a kernel and initrd of zeros where the options name them. */
  function qemuTree(options: VirtTreeOptions): Uint8Array {
    const file = join(directory, 'qemu.dtb');
    const kernel = join(directory, 'zeros');
    const flags = `virtualization=${onOff(options.virtualization)},secure=${onOff(options.secure)}`;
    const boot: string[] = [];
    if (options.bootargs !== undefined) boot.push('-kernel', kernel, '-append', options.bootargs);
    if (options.initrd) {
      writeFileSync(join(directory, 'initrd'), new Uint8Array(options.initrd.end - options.initrd.start));
      boot.push('-initrd', join(directory, 'initrd'));
    }
    writeFileSync(kernel, new Uint8Array(64));
    if (options.firmware) boot.push('-bios', kernel);
    execFileSync(
      'qemu-system-arm',
      [
        ...['-M', `virt,${flags},dumpdtb=${file}`, '-cpu', 'cortex-a15', '-smp', String(options.cpus)],
        ...['-m', `${options.memory >> 20}M`, '-nic', 'none', '-display', 'none', ...boot],
      ],
      { stdio: 'ignore' },
    );
    return readFileSync(file);
  }

  function decompile(blob: Uint8Array, name: string): string {
    const file = join(directory, name);
    writeFileSync(file, blob);
    return execFileSync('dtc', ['-q', '-I', 'dtb', '-O', 'dts', file], { encoding: 'utf8' });
  }

  const MEBIBYTE = 1 << 20;
  const variants: readonly VirtTreeOptions[] = [
    { cpus: 1, memory: 256 * MEBIBYTE, virtualization: true },
    { cpus: 2, memory: 1024 * MEBIBYTE, virtualization: true },
    { cpus: 1, memory: 128 * MEBIBYTE, virtualization: false },
    { cpus: 8, memory: 512 * MEBIBYTE, virtualization: false },
    { cpus: 2, memory: 256 * MEBIBYTE, virtualization: false, secure: true },
    { cpus: 1, memory: 256 * MEBIBYTE, virtualization: true, secure: true },
    { cpus: 1, memory: 256 * MEBIBYTE, virtualization: false, firmware: true },
    // Linux is entered in Non-secure state, and finds the machine's PSCI.
    { cpus: 2, memory: 256 * MEBIBYTE, virtualization: false, secure: true, psci: true, bootargs: 'quiet' },
    { cpus: 1, memory: 256 * MEBIBYTE, virtualization: true, secure: true, psci: true, bootargs: 'quiet' },
    {
      ...{ cpus: 4, memory: 1024 * MEBIBYTE, virtualization: true, bootargs: 'console=ttyAMA0 quiet' },
      initrd: { start: 0x4800_0000, end: 0x4800_03e8 },
    },
  ];
  for (const options of variants)
    it(`${JSON.stringify(options)}: the same nodes and properties in the same order`, () => {
      const theirs = qemuTree(options);
      const qemu = readDeviceTree(theirs);
      const chosen = nodeAt(qemu, '/chosen');
      assert.ok(chosen);
      const ours = virtTree({
        ...options,
        rngSeed: property(chosen, 'rng-seed'),
        kaslrSeed: property(chosen, 'kaslr-seed'),
      });
      const secureSeeds = (text: string): string =>
        text.replace(/(secure-chosen \{[^}]*)rng-seed = [^;]*;\s*kaslr-seed = [^;]*;/, '$1');
      assert.equal(
        secureSeeds(decompile(writeDeviceTree(ours), 'ours.dtb')),
        secureSeeds(decompile(theirs, 'theirs.dtb')),
      );
      if (!options.secure) assert.deepEqual(ours.root, qemu.root);
    });
});

function onOff(value: boolean | undefined): string {
  return value ? 'on' : 'off';
}
