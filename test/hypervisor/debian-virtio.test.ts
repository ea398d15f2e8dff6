// Debian's virtio drivers in a guest of the bundled hypervisor, here and under QEMU: part of `npm run test:long`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guestModules } from '../../debug-adapter/launch/boot-modules';
import { atPrompt, type Conversation } from '../boots/conversation';
import { debianKernel, initrdWithModules, PROMPT } from '../boots/images';
import { bootHere } from '../boots/on-machine';
import { bootOnQemu, qemuOptions } from '../boots/on-qemu';
import { IMAGES } from './paths';

/** In the order in which they need each other. */
const MODULES = [
  'drivers/virtio/virtio_mmio.ko',
  'drivers/block/virtio_blk.ko',
  'drivers/char/virtio_console.ko',
  'drivers/char/hw_random/virtio-rng.ko',
  'lib/crc16.ko',
  'fs/mbcache.ko',
  'fs/jbd2/jbd2.ko',
  'crypto/crc32c_generic.ko',
  'fs/ext4/ext4.ko',
];
const DISK_KIB = 8192;
/** Each character is an exit to the VMM: what the kernel says meanwhile would take most of QEMU's time. */
const APPEND = 'console=ttyAMA0 quiet';
/** Milliseconds: QEMU needs minutes for a guest of a guest. */
const QEMU_LIMIT = 1_200_000;
const HVC_PROMPT = 'HVC> ';
const DEVICES = 'cat /sys/bus/virtio/devices/*/device /sys/block/vda/size';
const SERIAL = 'cat /sys/block/vda/serial; echo';
const MOUNT = "mount -t ext4 /dev/vda /mnt && grep -o '/mnt ext4' /proc/mounts";
const READ = 'cat /mnt/letter';
const WRITE = 'cp /bin/busybox /mnt && umount /mnt && echo written';
const DROP_CACHES = 'echo 3 > /proc/sys/vm/drop_caches';
const MOUNT_AGAIN = 'mount -t ext4 /dev/vda /mnt && echo mounted';
const READ_AGAIN = 'cmp /mnt/busybox /bin/busybox && umount /mnt && echo same';
const SOURCE = 'cat /sys/class/misc/hw_random/rng_current';
const ENTROPY = 'dd if=/dev/hwrng bs=64 count=64 2> /dev/null | wc -c';
const TTY = 'tty';
const COUNT = 'seq 5000 | md5sum; seq 200';
/** Its echo is not to look like the prompt. */
const IN_HVC0 = "PS1='HVC''> ' sh -i < /dev/hvc0 > /dev/hvc0 2>&1";
const DMESG = 'dmesg -r | grep "^<[0-4]>" | grep -i virt';
const SCRIPT = [
  ...atPrompt(
    PROMPT,
    'dmesg -n 1', // What the kernel says of caches would come between the answers.
    'mount -t devtmpfs dev /dev',
    `cd /modules; for m in ${MODULES.map((path) => path.split('/').pop()).join(' ')}; do insmod $m || echo $m; done`,
    'mkdir /mnt',
    ...[DEVICES, SERIAL, MOUNT, READ, WRITE, DROP_CACHES, MOUNT_AGAIN, READ_AGAIN, SOURCE, ENTROPY, IN_HVC0],
  ),
  ...atPrompt(HVC_PROMPT, TTY, COUNT, 'exit'),
  ...atPrompt(PROMPT, DMESG, 'poweroff -f'),
];

if (process.env.WORLDSWITCH_LONG === '1')
  describe("Debian's virtio drivers in a guest of the bundled hypervisor", function () {
    this.timeout(1_800_000);
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-debian-virtio-'))));
    after(() => rmSync(folder, { recursive: true, force: true }));

    /** An ext4 file system with one file. */
    function makeDisk(): string {
      const disk = join(folder, 'disk.img');
      mkdirSync(join(folder, 'content'));
      writeFileSync(join(folder, 'content/letter'), 'written outside\n');
      const options = ['-q', '-F', '-t', 'ext4', '-E', 'root_owner=0:0', '-d', join(folder, 'content')];
      execFileSync('mke2fs', [...options, disk, String(DISK_KIB)]);
      return disk;
    }

    /** QEMU's options for what the debugger's loader does by itself. */
    function forQemu(kernel: string, initrd: string, disk: string): readonly string[] {
      const named = (name: string): { name: string; bytes: Uint8Array } => ({ name, bytes: readFileSync(name) });
      const modules = guestModules({
        ...{ kernel: named(kernel), initrd: named(initrd), append: APPEND, disk: named(disk) },
        ...{ cpus: 1, memory: undefined, count: 1 },
      });
      const loaders = modules.flatMap(({ file, address }, index) => {
        const path = join(folder, `module${index}.bin`);
        writeFileSync(path, file.bytes);
        return ['-device', `loader,file=${path},addr=0x${address.toString(16)},force-raw=on`];
      });
      return [...qemuOptions({ kernel: join(IMAGES, 'kvm-arm.elf') }), ...loaders];
    }

    it('an ext4 is mounted, hvc0 has a shell, hwrng gives bytes, and QEMU agrees', async () => {
      const { version, path: kernel } = debianKernel('armmp-lpae');
      const initrd = initrdWithModules('armmp-lpae', MODULES);
      const disk = makeDisk();
      const [here, qemu] = await Promise.all([
        bootHere({ guest: { kernel, initrd, disk, append: APPEND } }, SCRIPT),
        bootOnQemu(forQemu(kernel, initrd, disk), SCRIPT, QEMU_LIMIT),
      ]);
      console.log(`      ${version}: ${here.figures}`);
      const answers = (conversation: Conversation, line: string): string => conversation.answer(line).join('\n');
      const answered = (line: string): string => answers(here.conversation, line);
      for (const line of [DEVICES, SERIAL, MOUNT, READ, WRITE, READ_AGAIN, SOURCE, ENTROPY, TTY, COUNT, DMESG])
        assert.equal(answered(line), answers(qemu, line), line);
      assert.equal(answered(DEVICES), `0x0002\n0x0003\n0x0004\n${DISK_KIB * 2}`);
      assert.equal(answered(SERIAL), 'worldswitch-disk');
      assert.equal(answered(MOUNT), '/mnt ext4');
      assert.equal(answered(READ), 'written outside');
      assert.equal(answered(WRITE), 'written');
      assert.equal(answered(READ_AGAIN), 'same');
      assert.equal(answered(SOURCE), 'virtio_rng.0');
      assert.equal(answered(ENTROPY), '4096');
      assert.equal(answered(TTY), '/dev/hvc0');
      assert.match(answered(COUNT), /^[0-9a-f]{32} {2}-\n1\n2\n(\d+\n)*199\n200$/);
      assert.equal(answered(DMESG), '');
    });
  });
