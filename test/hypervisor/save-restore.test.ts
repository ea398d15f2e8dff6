/** VMs that are saved and go on as others: their guests notice nothing. */
import assert from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine, type NamedFile } from '../../emulator';
import { assembleGuest } from './assemble';
import { comparableConsole } from './console';
import { modulesForTests, type ForTests } from './modules';
import { EXPECTED_CONSOLE } from './paths';
import { loaderOptions, runQemu } from './qemu';
import { variantImage } from './variants';

interface Shape extends ForTests {
  readonly cpus?: number;
  readonly variant?: string;
  readonly vms?: number;
}

/** What save.S prints, and then where it has another vCPU. */
const KEPT = 'rvciiab-ii--iii-itTi-iP-';
const OF_TWO = 'imi-o';
const AUDIT = ['VFP', 'banked', 'control'].map((kind) => `host: ${kind} registers unchanged`);

const SHAPES: readonly Shape[] = [
  {},
  { variant: 'ap-list' },
  { variant: 'no-vgic' },
  { variant: 'eager-vfp' },
  { vcpus: 2 },
  { vcpus: 2, variant: 'ap-list' },
  { vcpus: 2, cpus: 2 },
  { vcpus: 2, cpus: 2, vms: 2, vmidCount: 3, moveInterval: 20 },
];

const nameOf = ({ cpus = 1, vcpus = 1, vms = 1, variant, moveInterval }: Shape): string =>
  `${vms} ${vms > 1 ? 'VMs' : 'VM'} of ${vcpus} on ${cpus} ${cpus > 1 ? 'cores' : 'core'}` +
  (moveInterval === undefined ? '' : ', memory that moves') +
  (variant === undefined ? '' : `, ${variant}`);

function assertKept(console: string, { vms = 1, vcpus = 1, saveInterval = 0 }: Shape): void {
  const lines = comparableConsole(console);
  const said = lines.filter((line) => !/^(host|vmm):/.test(line));
  const printed = `${KEPT}${vcpus > 1 ? OF_TWO : ''}.`;
  const expected = Array.from({ length: vms }, (_, i) => (vms > 1 ? `vm${i + 1}| ${printed}` : printed));
  assert.deepStrictEqual(said.sort(), expected, console);
  assert.deepStrictEqual(lines.slice(-4), [...AUDIT, 'host: power off'], console);
  const saves = [...console.matchAll(/ saved and restored (\d+) times\r?$/gm)].map(([, count]) => Number(count));
  assert.strictEqual(saves.length, saveInterval > 0 ? vms : 0, console);
  assert.ok(saves.every((count) => count > 30), console);
}

describe('hypervisor: VMs saved and restored', function () {
  this.timeout(180_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-save-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function emulate(kernel: NamedFile | undefined, { cpus = 1, variant, vms = 1, ...tested }: Shape): string {
    const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus, engine: 'jit' });
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    const load = modulesForTests(kernel, vms, tested);
    machine.boot({ kernel: { name: 'kvm-arm.elf', bytes: variantImage(variant) }, load, deviceTree: 'generated' });
    assert.strictEqual(machine.run(600_000_000).end, 'powered off', console);
    return console;
  }

  function underQemu(kernel: NamedFile | undefined, { cpus = 1, variant, vms = 1, ...tested }: Shape): string {
    const image = join(folder, 'kvm-arm.elf');
    writeFileSync(image, variantImage(variant));
    const loaders = loaderOptions(folder, modulesForTests(kernel, vms, tested));
    return runQemu(image, 'virt,virtualization=on', ['-smp', `${cpus}`, ...loaders], 120_000);
  }

  for (const shape of SHAPES) {
    const guest = (): NamedFile => ({
      name: 'save.bin',
      bytes: assembleGuest('save.S', folder, (shape.vcpus ?? 1) > 1 ? ['SMP'] : []),
    });

    const saved = { ...shape, saveInterval: 1 };

    it(`${nameOf(shape)}: each state is kept`, () => assertKept(emulate(guest(), saved), saved));

    it(`${nameOf(shape)}: each state is kept under QEMU`, () => assertKept(underQemu(guest(), saved), saved));

    it(`${nameOf(shape)}: the guest is the same where it stays`, () => assertKept(emulate(guest(), shape), shape));
  }

  it('the teaching guest', () => {
    const expected = comparableConsole(readFileSync(EXPECTED_CONSOLE, 'utf8'));
    const tested = { saveInterval: 100, memory: 16 * 2 ** 20 };
    assert.deepStrictEqual(comparableConsole(emulate(undefined, tested)), expected);
    assert.deepStrictEqual(comparableConsole(underQemu(undefined, tested)), expected);
  });
});
