// Xen, unmodified, builds its dom0, whose Debian kernel comes to a shell that answers; the same on QEMU beside it. And
// what the debugger sees of it: dom0 is a guest like any other. Part of `npm run test:long`.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import { Client } from '../dap/harness/client';
import { atPrompt, type Conversation } from './conversation';
import { debianKernel, initrd, PROMPT, xen } from './images';
import { kernelMessages, warningsOnlyIn } from './messages';
import { bootHere } from './on-machine';
import { bootOnQemu, qemuOptions } from './on-qemu';
import { modulesOnQemu, treeWithoutPcie } from './xen-files';

const DMESG = 'dmesg -r';
const SCRIPT = atPrompt(PROMPT, 'uname -r', 'cat /sys/hypervisor/type', DMESG, 'poweroff -f');

function xenWithDom0(more: LaunchConfiguration = {}): LaunchConfiguration {
  return {
    kernel: xen().path,
    modules: [
      { file: debianKernel('armmp-lpae').path, kind: 'linux-zimage' },
      { file: initrd(), kind: 'linux-initrd' },
    ],
    ...more,
  };
}

async function onQemu(given: LaunchConfiguration, folder: string): Promise<Conversation> {
  const files = await modulesOnQemu(given, folder);
  // Xen's command line is in the tree.
  return bootOnQemu([...qemuOptions({ ...given, append: undefined, dtb: undefined }), ...files], SCRIPT);
}

/** What Xen itself says, without what is told of memory that is laid out by each board's loader. */
const xenLines = ({ text }: Conversation): readonly string[] =>
  text
    .replaceAll('\r', '')
    .split('\n')
    .filter((line) => line.startsWith('(XEN)') && !/0x?[0-9a-f]{10}/.test(line));

if (process.env['WORLDSWITCH_LONG'] === '1')
  describe('Xen', function () {
    this.timeout(1_800_000);
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-xen-'))));
    after(() => rmSync(folder, { recursive: true, force: true }));

    it('builds dom0, which comes to a shell that answers and powers off, with no complaint that QEMU has not', async () => {
      const configuration = xenWithDom0({
        memory: '1G',
        append: 'dom0_mem=256M',
        dtb: treeWithoutPcie(folder),
      });
      const { release, version } = debianKernel('armmp-lpae');
      const [here, qemu] = await Promise.all([
        bootHere(configuration, SCRIPT),
        onQemu(configuration, folder),
      ]);
      console.log(`      ${xen().version}, ${version}: ${here.figures}`);
      for (const conversation of [here.conversation, qemu]) {
        assert.ok(conversation.answer('uname -r').includes(release), conversation.text.slice(-2000));
        assert.ok(conversation.answer('cat /sys/hypervisor/type').includes('xen'));
        assert.match(conversation.text, /\(XEN\) Hardware Dom0 halted: halting machine/);
      }
      assert.deepEqual(xenLines(here.conversation), xenLines(qemu));
      const ours = kernelMessages(here.conversation.answer(DMESG));
      const theirs = kernelMessages(qemu.answer(DMESG));
      assert.ok(theirs.length > 100 && ours.length > 100, `${theirs.length} and ${ours.length} messages`);
      assert.deepEqual(warningsOnlyIn(ours, theirs), []);
    });

    it('is a hypervisor with one guest to the debugger, its hypercalls told in words', async () => {
      const client = await Client.launch(xenWithDom0({ stopOn: ['worldEnter'] }));
      try {
        const entered = await client.nextStop();
        assert.equal(entered.description, 'Entered VM 1');
        const threads = (await client.threads()).map(({ name }) => name);
        assert.deepEqual(threads, ['CPU0 · hyp', 'VM1 vCPU0 (on CPU0)']);
        const dom0 = await client.thread(/VM1/);
        // As the boot protocol wants it: r1 is all ones, r2 the address of the device tree.
        assert.match(await client.evaluate('$r1'), /0xffffffff/);
        assert.match(await client.evaluate('$HCR.VM'), /^1\b/);

        await client.filters({ filterId: 'hypTrap', condition: 'ec == 0x12 && imm == 0xea1' });
        const hypercall = await client.continue();
        assert.match(hypercall.description!, /HVC/);
        const { address } = await client.top(dom0);
        assert.match(address, /^vm1:0x[c-f]/, 'dom0 calls from its kernel, with its MMU on');
        // Xen maps dom0's RAM one to one; what it has touched by now is valid in stage 2.
        const { stage2 } = await client.snapshot(hypercall, 'stage2');
        const ranges = stage2!.maps[0]!.ranges.filter(({ memoryType }) => memoryType === 'Normal');
        const ram = ranges.filter(({ ipa, executable }) => executable && Number(ipa) < 2 ** 32);
        assert.ok(ram.length > 0 && ram.every(({ ipa, pa }) => ipa === pa), JSON.stringify(ranges));

        await client.filters({ filterId: 'listRegisterChange', condition: 'to == 1 && vintid == 27' });
        const timer = await client.continue();
        assert.match(`${timer.description} ${timer.text}`, /27/);
      } finally {
        await client.close();
      }
    });
  });
