/** Small guests, each for one thing that the hypervisor does for it. */
import assert from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { assembleGuest } from './assemble';
import { modulesForTests, type ForTests } from './modules';
import { IMAGES } from './paths';
import { runQemu } from './qemu';
import { variantImage } from './variants';

const LONG = process.env.WORLDSWITCH_LONG === '1';
const REPETITIONS = LONG ? 1000 : 20;

const VARIANTS = [undefined, 'ap-list', 'no-vgic'];
const GUESTS = [
  { what: 'a physical timer in software', file: 'ptimer.S', prints: /^AiBCi\.\r?$/m },
  { what: "the virtual timer's interrupt is level-sensitive", file: 'vtimer.S', prints: /^CiTi--\.\r?$/m },
];

describe('hypervisor: small guests', function () {
  this.timeout(LONG ? 600_000 : 60_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-guests-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function run(variant: string | undefined, guest: Uint8Array, vms: number, tested: ForTests = {}): string {
    const machine = new Machine(DEFAULT_CONFIGURATION);
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    machine.boot({
      kernel: { name: 'kvm-arm.elf', bytes: variantImage(variant) },
      load: modulesForTests({ name: 'guest.bin', bytes: guest }, vms, tested),
      deviceTree: 'generated',
    });
    assert.strictEqual(machine.run(2_000_000 * Math.max(3, tested.repetitions ?? 0)).end, 'powered off', console);
    return console;
  }

  function runUnderQemu(guest: Uint8Array): string {
    const loaders = modulesForTests({ name: 'guest.bin', bytes: guest }, 1).flatMap(({ file, address }, index) => {
      const path = join(folder, `module${index}.bin`);
      writeFileSync(path, file.bytes);
      return ['-device', `loader,file=${path},addr=0x${address.toString(16)},force-raw=on`];
    });
    return runQemu(join(IMAGES, 'kvm-arm.elf'), 'virt,virtualization=on', loaders);
  }

  for (const { what, file, prints } of GUESTS) {
    for (const variant of VARIANTS)
      it(`${what}, ${variant ?? 'the shipped image'}`, () => {
        assert.match(run(variant, assembleGuest(file, folder), 1), prints);
      });

    it(`${what}, under QEMU`, () => {
      assert.match(runUnderQemu(assembleGuest(file, folder)), prints);
    });
  }

  it(`all memory is returned: two VMs made and ended ${REPETITIONS} times`, () => {
    // ldr r0, [pc]; hvc #0; PSCI SYSTEM_OFF
    const guest = new Uint8Array(Uint32Array.of(0xe59f0000, 0xe1400070, 0x84000008).buffer);
    const console = run(undefined, guest, 2, { repetitions: REPETITIONS });
    assert.match(console, new RegExp(`^host: ${REPETITIONS} times: 0 pages less than after the first\r?$`, 'm'));
  });
});
