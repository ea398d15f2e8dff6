// Debian's virtio drivers in a guest of the bundled hypervisor, here and under QEMU: part of `npm run test:long`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atPrompt, type Conversation, type Script } from '../boots/conversation';
import { BY_LINES, debianKernel, initrdWithModules, PROMPT } from '../boots/images';
import { bootHere } from '../boots/on-machine';
import { bootOnQemu } from '../boots/on-qemu';
import { guestConversations, nameOf, type Shape } from './guest-conversations';
import { qemuOptionsForGuests } from './qemu-guests';

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
const NPROC = 'nproc';
const DMESG = 'dmesg -r | grep "^<[0-4]>" | grep -i virt';
/** What is the same of a shell on any console. */
const ON_ANY: Script = [
  ...atPrompt(
    PROMPT,
    'dmesg -n 1', // What the kernel says of caches would come between the answers.
    'mount -t devtmpfs dev /dev',
    `cd /modules; for m in ${MODULES.map((path) => path.split('/').pop()).join(' ')}; do insmod $m || echo $m; done`,
    'mkdir /mnt',
    ...[DEVICES, SERIAL, MOUNT, READ, WRITE, DROP_CACHES, MOUNT_AGAIN, READ_AGAIN, SOURCE, ENTROPY],
  ),
];
const IN_THE_END = atPrompt(PROMPT, DMESG, NPROC, 'poweroff -f');
const SCRIPT: Script = [
  ...ON_ANY,
  ...atPrompt(PROMPT, IN_HVC0),
  ...atPrompt(HVC_PROMPT, TTY, COUNT, 'exit'),
  ...IN_THE_END,
];

/** One VM alone has the console by characters, so that its hvc0 can have a prompt. */
const SHAPES: readonly Shape[] = [
  { cpus: 1, vms: 1, vcpus: 1 },
  { cpus: 2, vms: 1, vcpus: 2 },
  { cpus: 2, vms: 2, vcpus: 2 },
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
      mkdirSync(join(folder, 'content'), { recursive: true });
      writeFileSync(join(folder, 'content/letter'), 'written outside\n');
      const options = ['-q', '-F', '-t', 'ext4', '-E', 'root_owner=0:0', '-d', join(folder, 'content')];
      execFileSync('mke2fs', [...options, disk, String(DISK_KIB)]);
      return disk;
    }

    for (const shape of SHAPES)
      it(`${nameOf(shape)}: an ext4 is mounted, hvc0 has a shell, hwrng gives bytes, and QEMU agrees`, async () => {
        const { cpus, vms, vcpus } = shape;
        const { version, path: kernel } = debianKernel('armmp-lpae');
        const initrd = initrdWithModules('armmp-lpae', MODULES, vms > 1 ? BY_LINES : PROMPT);
        const guest = { kernel, initrd, disk: makeDisk(), append: APPEND, cpus: vcpus, count: vms };
        const script = vms > 1 ? [...ON_ANY, ...IN_THE_END] : SCRIPT;
        const [here, qemu] = [guestConversations(script, vms), guestConversations(script, vms)];
        const [{ figures }] = await Promise.all([
          bootHere({ cpus, guest }, here.all),
          bootOnQemu(qemuOptionsForGuests(folder, cpus, guest), qemu.all, QEMU_LIMIT),
        ]);
        console.log(`      ${version}: ${figures}`);
        for (let vm = 0; vm < vms; vm++) check(here.of[vm]!, qemu.of[vm]!, shape);
      });

    function check(here: Conversation, qemu: Conversation, { vms, vcpus }: Shape): void {
      const answered = (line: string): string => here.answer(line).join('\n');
      const both = [DEVICES, SERIAL, MOUNT, READ, WRITE, READ_AGAIN, SOURCE, ENTROPY, DMESG, NPROC];
      for (const line of vms > 1 ? both : [...both, TTY, COUNT])
        assert.equal(answered(line), qemu.answer(line).join('\n'), line);
      assert.equal(answered(DEVICES), `0x0002\n0x0003\n0x0004\n${DISK_KIB * 2}`);
      assert.equal(answered(SERIAL), 'worldswitch-disk');
      assert.equal(answered(MOUNT), '/mnt ext4');
      assert.equal(answered(READ), 'written outside');
      assert.equal(answered(WRITE), 'written');
      assert.equal(answered(READ_AGAIN), 'same');
      assert.equal(answered(SOURCE), 'virtio_rng.0');
      assert.equal(answered(ENTROPY), '4096');
      assert.equal(answered(DMESG), '');
      assert.equal(answered(NPROC), String(vcpus));
      if (vms > 1) return;
      assert.equal(answered(TTY), '/dev/hvc0');
      assert.match(answered(COUNT), /^[0-9a-f]{32} {2}-\n1\n2\n(\d+\n)*199\n200$/);
    }
  });
