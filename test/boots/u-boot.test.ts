// U-Boot, unmodified, executed from flash: to its prompt, where it says what it says on QEMU; and from there, in
// `npm run test:long`, Debian's kernel.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { DEFAULT_CONFIGURATION, Machine, type NamedFile } from '../../emulator';
import { atPrompt, type Conversation, type Script } from './conversation';
import { debianKernel, initrd, PROMPT, uBoot } from './images';
import { runToPowerOff, type Boot } from './on-machine';
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
  const file = (path: string): NamedFile => ({ name: path, bytes: readFileSync(path) });
  const machine = new Machine({ ...DEFAULT_CONFIGURATION, virtualization });
  machine.boot({
    load: [{ path: uBoot().path, address: 0 }, ...loaded].map(({ path, address }) => ({
      file: file(path),
      address,
    })),
    deviceTree: 'generated',
  });
  return runToPowerOff(machine, script);
}

function onQemu(virtualization: boolean, loaded: readonly Loaded[], script: Script): Promise<Conversation> {
  const loaders = loaded.flatMap(({ path, address }) => [
    '-device',
    `loader,file=${path},addr=${address},force-raw=on`,
  ]);
  return bootOnQemu([...qemuOptions({ virtualization }), '-bios', uBoot().path, ...loaders], script);
}

/**
 * The lines of a console. Addresses follow from the size of the device tree, which QEMU makes 1 MiB large; and QEMU's
 * host bridge has a device on its bus, itself, where ours has none.
 */
function comparable({ text }: Conversation): readonly string[] {
  return text
    .replaceAll('\r', '')
    .replace(/(stop autoboot: ).*/, '$1')
    .split('\n')
    .filter((line) => !line.endsWith('pci_0:0.0'))
    .map((line) => line.replace(/^(fdtcontroladdr=).*/, '$1').replace(/^(Environment size: )\d+/, '$1'));
}

describe('U-Boot', function () {
  this.timeout(1_800_000);

  for (const virtualization of [false, true])
    it(`comes to its prompt, entered in ${virtualization ? 'Hyp' : 'Supervisor'} mode, and says what it says on QEMU`, async () => {
      const commands = ['version', 'printenv', 'crc32 0 0x100000', 'dm tree', 'poweroff'];
      const script = atUBoot(...commands);
      const [ours, theirs] = await Promise.all([
        here(virtualization, [], script),
        onQemu(virtualization, [], script),
      ]);
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
      const [ours, theirs] = await Promise.all([here(false, loaded, script), onQemu(false, loaded, script)]);
      console.log(`      ${uBoot().version}, ${version}: ${ours.figures}`);
      for (const conversation of [ours.conversation, theirs]) {
        assert.match(conversation.text, /Starting kernel \.\.\./);
        assert.ok(conversation.answer('uname -r').includes(release), conversation.text.slice(-2000));
        assert.match(conversation.text, /reboot: Power down/);
      }
    });
});
