// U-Boot, unmodified, executed from flash: to its prompt, where it says what it says on QEMU; and from there, in
// `npm run test:long`, Debian's kernel.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { atPrompt, type Conversation, type Script } from './conversation';
import { debianKernel, initrd, PROMPT, uBoot } from './images';
import { bootHere, type Boot } from './on-machine';
import { bootOnQemu, qemuOptions } from './on-qemu';

const LONG = process.env['WORLDSWITCH_LONG'] === '1';

/** A file and where in RAM it lies when U-Boot begins. */
interface Loaded {
  readonly path: string;
  readonly address: number;
}

const atUBoot = (...lines: readonly string[]): Script => [
  { prompt: 'stop autoboot', line: '' },
  ...atPrompt('\n=> ', ...lines),
];

function here(virtualization: boolean, loaded: readonly Loaded[], script: Script): Promise<Boot> {
  const load = loaded.map(({ path, address }) => ({ file: path, address }));
  return bootHere({ firmware: uBoot().path, virtualization, load }, script);
}

/** Autoboot waits two seconds for a key: of virtual time, which passes as slowly as QEMU executes. */
const VIRTUAL_TIME = ['-icount', 'shift=0,sleep=off'];

function onQemu(virtualization: boolean, loaded: readonly Loaded[], script: Script): Promise<Conversation> {
  const loaders = loaded.flatMap(({ path, address }) => [
    '-device',
    `loader,file=${path},addr=${address},force-raw=on`,
  ]);
  const options = [...qemuOptions({ virtualization }), ...VIRTUAL_TIME, '-bios', uBoot().path];
  return bootOnQemu([...options, ...loaders], script);
}

/** The lines of a console that are the same at every start. */
function comparable({ text }: Conversation): readonly string[] {
  return text
    .replaceAll('\r', '')
    .replace(/(stop autoboot: ).*/, '$1')
    .split('\n')
    .filter((line) => !/^(fdtcontroladdr=|Environment size: )/.test(line));
}

describe('U-Boot', function () {
  this.timeout(1_800_000);

  for (const virtualization of [false, true])
    it(`comes to its prompt, entered in ${virtualization ? 'Hyp' : 'Supervisor'} mode, and says what it says on QEMU`, async () => {
      const commands = ['version', 'printenv', 'crc32 0 0x100000', 'dm tree', 'poweroff'];
      const script = atUBoot(...commands);
      const theirs = await onQemu(virtualization, [], script);
      const ours = await here(virtualization, [], script);
      console.log(`      ${uBoot().version}: ${ours.figures}`);
      assert.ok(ours.conversation.answer('version').some((line) => line.startsWith('U-Boot 20')));
      assert.deepEqual(comparable(ours.conversation), comparable(theirs));
    });

  if (LONG)
    it("starts Debian's kernel, which comes to a shell that answers and powers off", async () => {
      const { release, version, path } = debianKernel('armmp-lpae');
      const loaded = [
        { path, address: 0x4040_0000 },
        { path: initrd(), address: 0x4400_0000 },
      ];
      const size = statSync(initrd()).size.toString(16);
      const script = [
        ...atUBoot(
          'setenv bootargs console=ttyAMA0',
          `bootz 0x40400000 0x44000000:0x${size} \${fdtcontroladdr}`,
        ),
        ...atPrompt(PROMPT, 'uname -r', 'poweroff -f'),
      ];
      const theirs = await onQemu(false, loaded, script);
      const ours = await here(false, loaded, script);
      console.log(`      ${uBoot().version}, ${version}: ${ours.figures}`);
      for (const conversation of [ours.conversation, theirs]) {
        assert.match(conversation.text, /Starting kernel \.\.\./);
        assert.ok(conversation.answer('uname -r').includes(release), conversation.text.slice(-2000));
        assert.match(conversation.text, /reboot: Power down/);
      }
    });
});
