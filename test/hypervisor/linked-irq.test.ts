/** The interrupt of a pass-through device: linked to a virtual one (LR.HW), and ended by the guest's own EOI. */
import assert from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { assembleGuest } from './assemble';
import { comparableConsole } from './console';
import { VMM_CLOCK, modulesForTests, type ForTests } from './modules';
import { runQemu } from './qemu';
import { variantImage } from './variants';

/** What clock.S prints. */
const PRINTED = '-i-i-i-i- 0000003c';
/** EOIs of one vCPU: four, and one for each of 60 alarms. */
const ENDED = 64;
const AUDIT = ['VFP', 'banked', 'control'].map((kind) => `host: ${kind} registers unchanged`);

interface Shape extends ForTests {
  readonly cpus: number;
  readonly variant?: string;
}

const SHAPES: readonly Shape[] = [
  { cpus: 1 },
  { cpus: 1, repetitions: 3 },
  { cpus: 1, variant: 'ap-list' },
  { cpus: 1, variant: 'no-vgic' },
  { cpus: 1, vcpus: 2 },
  { cpus: 2, vcpus: 2 },
  { cpus: 2, vcpus: 2, variant: 'ap-list' },
];

const nameOf = ({ cpus, vcpus = 1, variant, repetitions }: Shape): string =>
  `${vcpus} ${vcpus > 1 ? 'vCPUs' : 'vCPU'} on ${cpus} ${cpus > 1 ? 'cores' : 'core'}` +
  (repetitions ? `, ${repetitions} times` : '') +
  (variant ? `, ${variant}` : '');

describe('hypervisor: interrupts of a pass-through device', function () {
  this.timeout(120_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-linked-irq-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const modules = (tested: ForTests): ReturnType<typeof modulesForTests> =>
    modulesForTests(
      { name: 'clock.bin', bytes: assembleGuest('clock.S', folder, (tested.vcpus ?? 1) > 1 ? ['SMP'] : []) },
      1,
      { ...tested, devices: VMM_CLOCK },
    );

  function emulate({ cpus, variant, ...tested }: Shape, load = modules(tested)): string {
    const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus });
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    machine.boot({
      kernel: { name: 'kvm-arm.elf', bytes: variantImage(variant) },
      load,
      deviceTree: 'generated',
    });
    assert.strictEqual(machine.run(200_000_000).end, 'powered off', console);
    return console;
  }

  function underQemu({ cpus, variant, ...tested }: Shape, load = modules(tested)): string {
    const image = join(folder, 'kvm-arm.elf');
    writeFileSync(image, variantImage(variant));
    const loaders = load.flatMap(({ file, address }, index) => {
      const path = join(folder, `module${index}.bin`);
      writeFileSync(path, file.bytes);
      return ['-device', `loader,file=${path},addr=0x${address.toString(16)},force-raw=on`];
    });
    return runQemu(image, 'virt,virtualization=on', ['-smp', `${cpus}`, ...loaders], 60_000);
  }

  function check(console: string, { repetitions = 1 }: Shape, printed = PRINTED): void {
    const lines = comparableConsole(console);
    const said = lines.filter((line) => !/^(host|vmm):/.test(line));
    assert.deepStrictEqual(said, Array<string>(repetitions).fill(printed), console);
    assert.deepStrictEqual(lines.slice(-4), [...AUDIT, 'host: power off'], console);
  }

  /** What clock-left.S prints; each VM of a row finds nothing of the one before. */
  const NOTHING_LEFT = 'r-ti';
  for (const symbols of [[], ['LINE']])
    it(`one that a VM leaves ${symbols.length ? 'pending' : 'active'} is the next one's as after a reset`, () => {
      const guest = { name: 'clock-left.bin', bytes: assembleGuest('clock-left.S', folder, symbols) };
      const shape = { cpus: 1, repetitions: 3 };
      const load = modulesForTests(guest, 1, { ...shape, devices: VMM_CLOCK });
      check(emulate(shape, load), shape, NOTHING_LEFT);
      check(underQemu(shape, load), shape, NOTHING_LEFT);
    });

  for (const shape of SHAPES) {
    it(`${nameOf(shape)}: each comes, and ends`, () => {
      const console = emulate(shape);
      check(console, shape);
      const counts = [...console.matchAll(/linked interrupts ended +(\d+)/g)].map(([, count]) => Number(count));
      assert.strictEqual(counts.length, Math.max(shape.vcpus ?? 1, shape.repetitions ?? 1), console);
      assert.strictEqual(counts[0], ENDED, console);
    });

    it(`${nameOf(shape)}: each does under QEMU`, () => check(underQemu(shape), shape));
  }
});
