/** Whose the keys of the host's console are when there are several VMs, here and under QEMU. */
import assert from 'node:assert';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElfFile } from '../../debug-adapter/symbols/elf';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import type { Script } from '../boots/conversation';
import { converse } from '../boots/on-machine';
import { bootOnQemu, qemuOptions } from '../boots/on-qemu';
import { assembleGuest } from './assemble';
import { modulesForTests } from './modules';
import { IMAGES } from './paths';
import { loaderOptions } from './qemu';

const IMAGE = join(IMAGES, 'kvm-arm.elf');
/** More instructions than the handler of the UART's interrupt has. */
const HANDLER = 200;
/** Typed when both VMs listen, and when the first has ended: then the other has the keyboard, whatever was chosen. */
const SCRIPT: Script = [
  { prompt: '| ready', line: '' },
  { prompt: '| ready', line: '\x012two\x011one\x01\x01\x01x!\x019.' },
  { prompt: 'host: VMM 1 ended', line: 'last.' },
];

describe("the host's keyboard", function () {
  this.timeout(120_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-keyboard-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const modules = (): ReturnType<typeof modulesForTests> =>
    modulesForTests({ name: 'keys.bin', bytes: assembleGuest('keys.S', folder) }, 2);

  function check(console: string): void {
    const lines = console.replaceAll('\r', '').split('\n');
    for (const line of ['vm1| one\x01!.', 'vm2| twolast.', 'vmm: vm2: power off', 'host: power off'])
      assert.ok(lines.includes(line), `no line ${JSON.stringify(line)} in\n${console}`);
  }

  it('loses no key, at whatever instruction of the interrupt handler the next one comes', () => {
    const machine = new Machine(DEFAULT_CONFIGURATION);
    const [port] = machine.consoles;
    let typed = '';
    port!.onOutput = (byte) => (typed += String.fromCharCode(byte));
    const kernel = { name: 'kvm-arm.elf', bytes: readFileSync(IMAGE) };
    const load = modulesForTests({ name: 'keys.bin', bytes: assembleGuest('keys.S', folder) }, 1);
    machine.boot({ kernel, load, deviceTree: 'generated' });
    machine.run(4_000_000);
    assert.match(typed, /^ready\r\n$/m);
    let expected = typed;
    const handler = new ElfFile(kernel.bytes, kernel.name).symbols.named('console_interrupt')!.address;
    for (let after = 0; after < HANDLER; after++) {
      port!.input(Buffer.from('a'));
      machine.setBreakpoints(new Set([handler]));
      machine.run(100_000);
      assert.strictEqual(machine.cores[0]!.state.pc, handler);
      machine.setBreakpoints(new Set());
      machine.run(after);
      port!.input(Buffer.from('b'));
      expected += 'ab';
      for (let i = 0; i < 100 && typed !== expected; i++) machine.run(1000);
      assert.strictEqual(typed, expected, `${after} instructions after the handler's begin`);
    }
  });

  for (const cpus of [1, 2]) {
    it(`is given to a VM by Ctrl-A and its number, cores: ${cpus}`, () => {
      const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus });
      const kernel = { name: 'kvm-arm.elf', bytes: readFileSync(IMAGE) };
      machine.boot({ kernel, load: modules(), deviceTree: 'generated' });
      const conversation = converse(machine, SCRIPT);
      machine.run(200_000_000);
      check(conversation.text);
    });

    it(`is given to a VM by Ctrl-A and its number under QEMU, cores: ${cpus}`, async () => {
      const options = [...qemuOptions({ kernel: IMAGE, cpus }), ...loaderOptions(folder, modules())];
      check((await bootOnQemu(options, SCRIPT, 60_000)).text);
    });
  }
});
