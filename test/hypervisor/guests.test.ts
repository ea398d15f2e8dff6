/** Small guests, each for one thing that the hypervisor does for it. */
import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { assembleGuest } from './assemble';
import { modulesForTests, type ForTests } from './modules';
import { IMAGES } from './paths';
import { loaderOptions, runQemu } from './qemu';
import { variantImage } from './variants';

const LONG = process.env.WORLDSWITCH_LONG === '1';
const REPETITIONS = LONG ? 1000 : 20;

const VARIANTS = [undefined, 'ap-list', 'no-vgic'];
const GUESTS = [
  { what: 'a physical timer in software', file: 'ptimer.S', prints: /^AiBCi\.\r?$/m, underQemu: undefined },
  {
    what: "the virtual timer's interrupt is level-sensitive",
    file: 'vtimer.S',
    prints: /^CiTi--ia\.\r?$/m,
    underQemu: /^CiTi--i-i\.\r?$/m, // why a guest may wait there for ever: qemu.ts
  },
  { what: 'another priority of what is pending', file: 'priority.S', prints: /^FR\r?$/m, underQemu: undefined },
];

/** What psci.S prints: 0xffffffff is NOT_SUPPORTED, 0xfffffffe INVALID_PARAMETERS, 0xfffffffc ALREADY_ON. */
const PSCI = [
  { version: '0.1', psciVersion: 0x001, answers: '- - - - - - fffffffe ffffffff' },
  { version: '0.2', psciVersion: 0x002, answers: '00000002 - - - 00000000 fffffffc - -' },
  { version: '0.2, unless another is wanted', psciVersion: 0, answers: '00000002 - - - 00000000 fffffffc - -' },
  { version: '1.0', psciVersion: 0x100, answers: '00010000 00000000 ffffffff 00010001 00000000 fffffffc - -' },
];

const answersIn = (console: string): string | undefined =>
  /^[-0-9a-f]+( [-0-9a-f]+)+ ?\r?$/m.exec(console)?.[0].trim();

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

  function runUnderQemu(guest: Uint8Array, tested: ForTests = {}): string {
    const loaders = loaderOptions(folder, modulesForTests({ name: 'guest.bin', bytes: guest }, 1, tested));
    return runQemu(join(IMAGES, 'kvm-arm.elf'), 'virt,virtualization=on', loaders);
  }

  for (const { what, file, prints, underQemu = prints } of GUESTS) {
    for (const variant of VARIANTS)
      it(`${what}, ${variant ?? 'the shipped image'}`, () => {
        assert.match(run(variant, assembleGuest(file, folder), 1), prints);
      });

    it(`${what}, under QEMU`, () => {
      assert.match(runUnderQemu(assembleGuest(file, folder)), underQemu);
    });
  }

  for (const { version, psciVersion, answers } of PSCI)
    it(`PSCI ${version}`, () => {
      const console = run(undefined, assembleGuest('psci.S', folder), 1, { psciVersion });
      assert.strictEqual(answersIn(console), answers, console);
    });

  it('PSCI 1.0, under QEMU', () => {
    const { psciVersion, answers } = PSCI.at(-1)!;
    assert.strictEqual(answersIn(runUnderQemu(assembleGuest('psci.S', folder), { psciVersion })), answers);
  });

  it(`all memory is returned: two VMs made and ended ${REPETITIONS} times`, () => {
    // ldr r0, [pc]; hvc #0; PSCI SYSTEM_OFF
    const guest = new Uint8Array(Uint32Array.of(0xe59f0000, 0xe1400070, 0x84000008).buffer);
    const console = run(undefined, guest, 2, { repetitions: REPETITIONS });
    assert.match(console, new RegExp(`^host: ${REPETITIONS} times: 0 pages less than after the first\r?$`, 'm'));
  });
});
