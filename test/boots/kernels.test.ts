// Debian's kernels, unmodified, to a shell that answers, on the machine and beside it on QEMU: the kernel must have no
// complaint here that it does not have there. Two boots in every run, all of them in `npm run test:long`.
import assert from 'node:assert/strict';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import { atPrompt, type Conversation } from './conversation';
import {
  debianKernel,
  IMAGE_ADDRESS,
  initrd,
  PROMPT,
  temporaryFile,
  uImage,
  uncompressed,
  type Flavour,
} from './images';
import { kernelMessages, warningsOnlyIn } from './messages';
import { bootHere } from './on-machine';
import { bootOnQemu, qemuOptions } from './on-qemu';

interface Row {
  readonly flavour: Flavour;
  /** In which mode the kernel is entered. */
  readonly mode: 'Hyp' | 'Supervisor';
  readonly cpus: number;
  /** The machine has the Security Extensions; the kernel is entered in Non-secure state. */
  readonly secure?: boolean;
  readonly everyRun?: boolean;
}

const MATRIX: readonly Row[] = [
  { flavour: 'armmp-lpae', mode: 'Hyp', cpus: 1, everyRun: true },
  { flavour: 'armmp', mode: 'Supervisor', cpus: 2, everyRun: true },
  { flavour: 'armmp-lpae', mode: 'Hyp', cpus: 2 },
  { flavour: 'armmp-lpae', mode: 'Hyp', cpus: 4 },
  { flavour: 'armmp-lpae', mode: 'Supervisor', cpus: 1 },
  { flavour: 'armmp-lpae', mode: 'Supervisor', cpus: 2 },
  { flavour: 'armmp-lpae', mode: 'Supervisor', cpus: 4 },
  { flavour: 'armmp', mode: 'Hyp', cpus: 1 },
  { flavour: 'armmp', mode: 'Hyp', cpus: 2 },
  { flavour: 'armmp', mode: 'Hyp', cpus: 4 },
  { flavour: 'armmp', mode: 'Supervisor', cpus: 1 },
  { flavour: 'armmp', mode: 'Supervisor', cpus: 4 },
  { flavour: 'armmp', mode: 'Supervisor', cpus: 2, secure: true },
  { flavour: 'armmp-lpae', mode: 'Hyp', cpus: 2, secure: true },
];

const LONG = process.env['WORLDSWITCH_LONG'] === '1';
const APPEND = 'console=ttyAMA0 earlycon=pl011,0x9000000';
const DMESG = 'dmesg -r';
const SCRIPT = atPrompt(
  PROMPT,
  'uname -r',
  'nproc',
  "awk 'BEGIN { print 3.5 * 2.25 }'",
  DMESG,
  'poweroff -f',
);

/** The shell answered as it must. */
function answered(conversation: Conversation, release: string, cpus: number): void {
  const answers = (line: string, wanted: string): void =>
    assert.ok(
      conversation.answer(line).includes(wanted),
      `'${line}' was not answered with ${wanted}:\n${conversation.text.slice(-2000)}`,
    );
  answers('uname -r', release);
  answers('nproc', String(cpus));
  answers("awk 'BEGIN { print 3.5 * 2.25 }'", '7.875');
  assert.match(conversation.text, /reboot: Power down/);
}

/** The kernel complains of nothing on the machine of which it does not complain on QEMU. */
function sameComplaints(here: Conversation, qemu: Conversation): void {
  const ours = kernelMessages(here.answer(DMESG));
  const theirs = kernelMessages(qemu.answer(DMESG));
  assert.ok(theirs.length > 100, `QEMU's boot has ${theirs.length} messages`);
  assert.ok(ours.length > 100, `ours has ${ours.length}`);
  assert.deepEqual(warningsOnlyIn(ours, theirs), []);
}

describe("Debian's kernel", function () {
  this.timeout(1_800_000);

  for (const { flavour, mode, cpus, secure = false, everyRun = false } of MATRIX) {
    if (!everyRun && !LONG) continue;
    const machine = `${cpus === 1 ? 'one core' : `${cpus} cores`}${secure ? ' and the Security Extensions' : ''}`;
    it(`${flavour}, entered in ${mode} mode, with ${machine}`, async () => {
      const { release, version, path } = debianKernel(flavour);
      const configuration: LaunchConfiguration = {
        kernel: path,
        initrd: initrd(),
        append: APPEND,
        virtualization: mode === 'Hyp',
        secure,
        cpus,
      };
      const [here, qemu] = await Promise.all([
        bootHere(configuration, SCRIPT),
        bootOnQemu(qemuOptions(configuration), SCRIPT),
      ]);
      console.log(`      ${version}: ${here.figures}`);
      answered(here.conversation, release, cpus);
      answered(qemu, release, cpus);
      sameComplaints(here.conversation, qemu);
    });
  }

  if (LONG)
    it('armmp as Image and as uImage, which QEMU boots too', async () => {
      const { release, path } = debianKernel('armmp');
      const image = temporaryFile('Image', () => uncompressed(path));
      const legacy = temporaryFile('uImage', () => uImage(uncompressed(path)));
      const common: LaunchConfiguration = { initrd: initrd(), append: APPEND, virtualization: false };
      const [qemu, ...here] = [
        await bootOnQemu(qemuOptions({ ...common, kernel: legacy }), SCRIPT),
        (await bootHere({ ...common, kernel: image, format: 'Image', loadAddress: IMAGE_ADDRESS }, SCRIPT))
          .conversation,
        (await bootHere({ ...common, kernel: legacy }, SCRIPT)).conversation,
      ];
      for (const conversation of here) {
        answered(conversation, release, 1);
        sameComplaints(conversation, qemu!);
      }
    });
});
