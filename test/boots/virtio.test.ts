// Debian's virtio drivers with a disk, a console and a source of entropy, here and on QEMU: part of test:long.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import { atPrompt, type Conversation } from './conversation';
import { debianKernel, initrdWithModules, PROMPT, temporaryFile } from './images';
import { kernelMessages, warningsOnlyIn } from './messages';
import { machineFor, runToPowerOff } from './on-machine';
import { bootOnQemu, qemuOptions } from './on-qemu';

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
const DISK_BYTES = 8 << 20;
const SUM_AT_FIRST = 'md5sum /dev/vda';
const WRITE = 'seq 100000 > /n; dd if=/n of=/dev/vda bs=4096 seek=100 2>&1';
const SUM_AFTER = 'sync; echo 3 > /proc/sys/vm/drop_caches; md5sum < /dev/vda';
const FILE_SYSTEM = 'mkdir /mnt; mke2fs -F /dev/vda > /dev/null && echo made';
const MOUNT = 'mount -t ext4 /dev/vda /mnt && echo mounted';
const COPY = 'cp /bin/busybox /mnt && umount /mnt && echo copied';
const MOUNT_AGAIN = 'mount /dev/vda /mnt -t ext4 && echo mounted';
const FILE = 'cmp /mnt/busybox /bin/busybox && umount /mnt && echo same';
const SOURCE = 'cat /sys/class/misc/hw_random/rng_current';
const ENTROPY = 'dd if=/dev/hwrng bs=64 count=64 2> /dev/null | wc -c';
const DEVICES = 'cat /sys/bus/virtio/devices/*/device /sys/block/vda/size';
const DMESG = 'dmesg -r';
const SCRIPT = atPrompt(
  PROMPT,
  'dmesg -n 1', // What the kernel says of caches would come between the answers.
  'mount -t devtmpfs dev /dev',
  `cd /modules; for m in ${MODULES.map((path) => path.split('/').pop()).join(' ')}; do insmod $m || echo $m; done`,
  DEVICES,
  SUM_AT_FIRST,
  WRITE,
  SUM_AFTER,
  FILE_SYSTEM,
  MOUNT,
  COPY,
  MOUNT_AGAIN,
  FILE,
  SOURCE,
  ENTROPY,
  'echo hello from hvc0 > /dev/hvc0',
  DMESG,
  'poweroff -f',
);

if (process.env['WORLDSWITCH_LONG'] === '1')
  describe("Debian's virtio drivers", function () {
    this.timeout(1_800_000);

    it('a disk is read, written, and has a file system; hvc0 prints; hwrng gives bytes', async () => {
      const { version, path } = debianKernel('armmp-lpae');
      const image = Uint8Array.from({ length: DISK_BYTES }, (_, i) => (i ^ (i >> 9)) & 0xff);
      const disk = temporaryFile('disk.img', () => image);
      const configuration: LaunchConfiguration = {
        ...{ kernel: path, append: 'console=ttyAMA0', disks: [disk], virtio: ['console', 'entropy'] },
        initrd: initrdWithModules('armmp-lpae', MODULES),
      };
      let printed = '';
      const machine = await machineFor(configuration);
      machine.consoles[1]!.onOutput = (byte) => (printed += String.fromCharCode(byte));
      const [here, qemu] = await Promise.all([
        runToPowerOff(machine, SCRIPT),
        bootOnQemu(qemuOptions(configuration), SCRIPT),
      ]);
      console.log(`      ${version}: ${here.figures}`);
      const answers = ({ conversation }: { conversation: Conversation }, line: string): string =>
        conversation.answer(line).join('\n');
      for (const line of [DEVICES, SUM_AT_FIRST, WRITE, SUM_AFTER, FILE_SYSTEM, FILE, SOURCE, ENTROPY])
        assert.equal(answers(here, line), answers({ conversation: qemu }, line), line);
      assert.match(answers(here, WRITE), /143\+1 records out/);
      assert.equal(answers(here, DEVICES), '0x0004\n0x0003\n0x0002\n16384');
      const sum = createHash('md5').update(image).digest('hex');
      assert.equal(answers(here, SUM_AT_FIRST), `${sum}  /dev/vda`);
      assert.notEqual(answers(here, SUM_AFTER), `${sum}  -`);
      assert.equal(answers(here, FILE_SYSTEM), 'made');
      for (const line of [MOUNT, MOUNT_AGAIN]) assert.equal(answers(here, line), 'mounted');
      assert.equal(answers(here, COPY), 'copied');
      assert.equal(answers(here, FILE), 'same');
      assert.equal(answers(here, SOURCE), 'virtio_rng.0');
      assert.equal(answers(here, ENTROPY), '4096');
      assert.equal(printed, 'hello from hvc0\r\n');
      assert.deepEqual(new Uint8Array(readFileSync(disk)), image, 'the file is as it was');
      const ours = kernelMessages(here.conversation.answer(DMESG));
      assert.deepEqual(warningsOnlyIn(ours, kernelMessages(qemu.answer(DMESG))), []);
    });
  });
