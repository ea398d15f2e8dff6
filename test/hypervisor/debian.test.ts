// Debian's kernel, unmodified, to a shell that answers, as a guest of the bundled hypervisor: part of `npm run test:long`.
import assert from 'node:assert/strict';
import { atPrompt } from '../boots/conversation';
import { debianKernel, initrd, PROMPT } from '../boots/images';
import { bootHere } from '../boots/on-machine';

const SCRIPT = atPrompt(PROMPT, 'uname -r', 'nproc', "awk 'BEGIN { print 3.5 * 2.25 }'", 'poweroff -f');

if (process.env.WORLDSWITCH_LONG === '1')
  describe("Debian's kernel as a guest of the bundled hypervisor", function () {
    this.timeout(1_800_000);

    it('armmp-lpae comes to a shell that answers, and powers off', async () => {
      const { release, version, path } = debianKernel('armmp-lpae');
      const append = 'console=ttyAMA0 earlycon=pl011,0x9000000';
      const { conversation, figures } = await bootHere(
        { guest: { kernel: path, initrd: initrd(), append } },
        SCRIPT,
      );
      console.log(`      ${version}: ${figures}`);
      assert.ok(conversation.answer('uname -r').includes(release));
      assert.ok(conversation.answer('nproc').includes('1'));
      assert.ok(conversation.answer("awk 'BEGIN { print 3.5 * 2.25 }'").includes('7.875'));
      assert.doesNotMatch(conversation.text, /Oops|BUG:|WARNING: CPU|Kernel panic|Internal error|Invalid trigger|misconfigured/);
    });
  });
