// Debian's armmp kernel, unmodified, to a shell that answers on board vexpress-a15 and beside it on QEMU's: with the
// device tree that comes with it, and with the one that this board generates. Part of `npm run test:long`.
import assert from 'node:assert/strict';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import { writeDeviceTree } from '../../emulator/devices/fdt';
import { vexpressTree } from '../../emulator/devices/vexpress-tree';
import { temporaryFile } from '../dap/harness/bare-program';
import { atPrompt, type Conversation } from './conversation';
import { debianKernel, debianTree, initrd, PROMPT } from './images';
import { kernelMessages, warningsOnlyIn } from './messages';
import { bootHere } from './on-machine';
import { bootOnQemu, qemuOptions } from './on-qemu';

interface Row {
  readonly what: string;
  readonly cpus: number;
  /** As QEMU starts this board when nothing is said; otherwise in Hyp mode. */
  readonly secure: boolean;
  readonly tree: (cpus: number) => string;
}

const debian = (): string => debianTree('armmp', 'vexpress-v2p-ca15-tc1.dtb');
/** Without the virtio transports, which both machines add to what they are given. */
function generated(cpus: number): string {
  const { root, ...rest } = vexpressTree({ cpus, memory: 512 << 20, virtualization: true });
  const children = root.children.filter(({ name }) => !name.startsWith('virtio_mmio'));
  return temporaryFile('generated.dtb', writeDeviceTree({ ...rest, root: { ...root, children } }));
}

const ROWS: readonly Row[] = [
  { what: "Debian's device tree, Secure, one core", cpus: 1, secure: true, tree: debian },
  { what: "Debian's device tree, Secure, two cores", cpus: 2, secure: true, tree: debian },
  { what: 'the generated device tree, in Hyp mode, two cores', cpus: 2, secure: false, tree: generated },
];
const APPEND = 'console=ttyAMA0 earlycon=pl011,0x1c090000';
const DMESG = 'dmesg -r';
const SCRIPT = atPrompt(PROMPT, 'uname -r', 'nproc', DMESG, 'poweroff -f');

function answered(conversation: Conversation, line: string, wanted: string): void {
  const answer = conversation.answer(line);
  assert.ok(answer.includes(wanted), `'${line}' was answered with ${answer.join(' ')}, not ${wanted}`);
}

if (process.env['WORLDSWITCH_LONG'] === '1')
  describe("Debian's kernel on board vexpress-a15", function () {
    this.timeout(1_800_000);

    for (const { what, cpus, secure, tree } of ROWS)
      it(what, async () => {
        const { release, version, path } = debianKernel('armmp');
        const configuration: LaunchConfiguration = {
          ...{ kernel: path, initrd: initrd(), append: APPEND, dtb: tree(cpus) },
          ...{ board: 'vexpress-a15', cpus, secure },
        };
        const [here, qemu] = await Promise.all([
          bootHere(configuration, SCRIPT),
          bootOnQemu(qemuOptions(configuration), SCRIPT),
        ]);
        console.log(`      ${version}: ${here.figures}`);
        for (const conversation of [here.conversation, qemu]) {
          answered(conversation, 'uname -r', release);
          answered(conversation, 'nproc', String(cpus));
          assert.match(conversation.text, /reboot: Power down/);
        }
        const messages = (conversation: Conversation) => kernelMessages(conversation.answer(DMESG));
        assert.ok(messages(qemu).length > 100, "QEMU's boot has few messages");
        assert.deepEqual(warningsOnlyIn(messages(here.conversation), messages(qemu)), []);
      });
  });
