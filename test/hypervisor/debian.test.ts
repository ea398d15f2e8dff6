// Debian's kernel, unmodified, to a shell that answers: on the machine itself and as a guest of the bundled hypervisor.
// A minute of processor time and a download of 40 MB each: part of `npm run test:long`.
import assert from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeTarget } from '../../debug-adapter/launch/target';
import { nodeHost } from '../../debug-adapter/node/node-host';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import type { Machine } from '../../emulator';
import { busyboxInitrd, debianKernel } from './debian';

const LIMIT = 12e9;
const APPEND = 'console=ttyAMA0 earlycon=pl011,0x9000000';

/** Types a line whenever the prompt has come, and runs to the power-off. @throws Error with the end of the console */
function converse(machine: Machine, lines: readonly string[]): string {
  const [console] = machine.consoles;
  let text = '';
  const left = [...lines];
  let seen = 0;
  console!.onOutput = (byte) => {
    text += String.fromCharCode(byte);
    if (text.endsWith('READY> ') && text.length > seen) {
      seen = text.length;
      const next = left.shift();
      if (next !== undefined) console!.input(Buffer.from(`${next}\n`));
    }
  };
  for (;;) {
    const { end } = machine.run(50_000_000);
    if (end === 'powered off') return text;
    if (end !== 'budget' || machine.retired > LIMIT)
      throw new Error(`came to '${end}' after ${machine.retired} instructions:\n${text.slice(-2000)}`);
  }
}

if (process.env.WORLDSWITCH_LONG === '1')
  describe("Debian's kernel", function () {
    this.timeout(1_200_000);
    let folder: string;
    let initrd: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'worldswitch-debian-'));
      initrd = join(folder, 'initrd.gz');
      writeFileSync(initrd, busyboxInitrd());
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    async function boot(configuration: LaunchConfiguration, version: string, cpus: number): Promise<void> {
      const { machine } = await makeTarget(configuration, nodeHost(), { symbols: false });
      const text = converse(machine, ['uname -r', 'nproc', "awk 'BEGIN { print 3.5 * 2.25 }'", 'poweroff -f']);
      console.log(`      ${version}: ${machine.retired} instructions`);
      assert.match(text, new RegExp(`^${version.replaceAll('.', '\\.')}\\r?$`, 'm'));
      assert.match(text, new RegExp(`nproc\\r?\\n${cpus}\\r?\\n`));
      assert.match(text, /^7\.875\r?$/m);
      assert.doesNotMatch(text, /Oops|BUG:|WARNING: CPU|Kernel panic|Internal error/);
    }

    it('armmp-lpae, entered in Hyp mode on one core', async () => {
      const { version, path } = debianKernel('armmp-lpae');
      await boot({ kernel: path, initrd, append: APPEND }, version, 1);
    });

    it('armmp, entered in Supervisor mode on two cores', async () => {
      const { version, path } = debianKernel('armmp');
      await boot({ kernel: path, initrd, append: APPEND, virtualization: false, cpus: 2 }, version, 2);
    });

    it('armmp-lpae as a guest of the bundled hypervisor', async () => {
      const { version, path } = debianKernel('armmp-lpae');
      await boot({ guest: { kernel: path, initrd, append: APPEND } }, version, 1);
    });
  });
