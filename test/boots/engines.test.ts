// Whole boots in which the interpreter does again whatever compiled code does: no difference, ever. Part of
// `npm run test:long`.
import assert from 'node:assert/strict';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import { guestConversations } from '../hypervisor/guest-conversations';
import { atPrompt } from './conversation';
import { debianKernel, initrd, PROMPT, xen } from './images';
import { bootHere } from './on-machine';

const SCRIPT = atPrompt(PROMPT, 'uname -r', 'dmesg', 'poweroff -f');

const BOOTS: Readonly<Record<string, () => LaunchConfiguration>> = {
  'Debian’s kernel': () => ({
    kernel: debianKernel('armmp').path,
    initrd: initrd(),
    append: 'console=ttyAMA0',
  }),
  'Debian’s kernel with long descriptors, two cores': () => ({
    kernel: debianKernel('armmp-lpae').path,
    initrd: initrd(),
    append: 'console=ttyAMA0',
    virtualization: false,
    cpus: 2,
  }),
  'Xen with a dom0': () => ({
    kernel: xen().path,
    modules: [
      { file: debianKernel('armmp-lpae').path, kind: 'linux-zimage' },
      { file: initrd(), kind: 'linux-initrd' },
    ],
    memory: '1G',
    append: 'dom0_mem=256M',
  }),
};

if (process.env['WORLDSWITCH_LONG'] === '1')
  describe('boots with compiled code under supervision', function () {
    this.timeout(3_600_000);
    for (const [name, configuration] of Object.entries(BOOTS))
      it(name, async () => {
        const { conversation } = await bootHere({ ...configuration(), engine: 'check' }, SCRIPT);
        assert.ok(conversation.text.length > 1000);
      });

    it('Debian’s kernel as a guest of the bundled hypervisor', async () => {
      const conversations = guestConversations(SCRIPT, 1);
      const guest = {
        kernel: debianKernel('armmp-lpae').path,
        initrd: initrd(),
        append: 'console=ttyAMA0 quiet',
        count: 1,
      };
      await bootHere({ guest, engine: 'check' }, conversations.all);
      assert.ok(conversations.of[0]!.answer('dmesg').length > 50);
    });
  });
