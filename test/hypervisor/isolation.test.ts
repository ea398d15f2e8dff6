/** A guest that attacks all that it can name: neither host nor the other VM is any the worse for it. */
import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { assembleGuest, compileGuest } from './assemble';
import { Borders } from './borders';
import { comparableConsole, consoleSection } from './console';
import { DEVIATIONS } from './deviations';
import { modulesForTests, type ForTests } from './modules';
import { IMAGES } from './paths';
import { loaderOptions, runQemu } from './qemu';
import { variantImage } from './variants';

const LONG = process.env['WORLDSWITCH_LONG'] === '1';

/** What is the same of any attack: the host and the other VM notice nothing. */
const UNHARMED = [
  'host: VFP registers unchanged',
  'host: VMM 2 ended with status 0',
  'host: banked registers unchanged',
  'host: control registers unchanged',
  'host: power off',
  'vm2| intact',
  'vmm: vm2: power off',
];

/** Of a VMM, a little more than its VM takes: 4 MiB, or 8 with several vCPUs. */
const MEMORY = 8 * 2 ** 20;
const MEMORY_OF_MANY = 16 * 2 ** 20;
/** Less than one VM uses: the other may have ended. */
const HOST_MEMORY = 2 * 2 ** 20;

const SECTORS = 16;
/** What attack-virtio.c expects on its disk. */
const disk = Uint8Array.from({ length: SECTORS * 512 }, (_, at) => (at * 7 + (at >> 8)) & 0xff);

interface Attack {
  readonly what: string;
  readonly guest: (folder: string, underQemu: boolean) => Uint8Array;
  /** What is said beside UNHARMED: a letter of the attacker for each kind of attack, and its end. */
  readonly said: readonly string[];
  readonly tested: ForTests;
  /** Physical cores. */
  readonly cpus: number;
  /** Images beside the shipped one that it can mean something to. */
  readonly variants: readonly string[];
}

/** attack.S says a letter for each kind of attack; of the last one the VMM gives up. */
const byName = (letters: string, symbols: readonly string[] = []): Pick<Attack, 'guest' | 'said'> => ({
  guest: (folder, underQemu) =>
    assembleGuest('attack.S', folder, [
      ...symbols,
      ...(underQemu ? [...DEVIATIONS.map(({ symbol }) => symbol), 'SLOW_MACHINE'] : []),
    ]),
  said: [
    'host: VMM 1 ended with status 1',
    `vm1| ${letters}`,
    'vmm: error: vm1 vCPU0 stopped: error 38, PC …, HSR 0x9000000…, VA 0x09000000, IPA 0x09000000',
  ],
});

const ATTACKS: readonly Attack[] = [
  {
    what: 'an attack on all that has a name',
    ...byName('ABCDEFG'),
    tested: {},
    cpus: 1,
    variants: ['ap-list', 'no-vgic'],
  },
  {
    what: 'an attack of two vCPUs on all that has a name, on two cores',
    ...byName('ABCDEFGH'),
    tested: { vcpus: 2 },
    cpus: 2,
    variants: LONG ? ['ap-list', 'no-vgic'] : [],
  },
  {
    what: 'an attack on all that has a name, while the host takes memory back',
    ...byName('ABCDEFG', ['PRESSURE']),
    tested: { hostMemory: HOST_MEMORY },
    cpus: 1,
    variants: LONG ? ['ap-list', 'no-vgic'] : [],
  },
  {
    what: 'an attack through virtio',
    guest: (folder) => compileGuest('attack-virtio.c', folder),
    said: [
      'host: VMM 1 ended with status 0',
      'vm1| ABCDEF',
      'vmm: vm1: power off',
      'vmm: vm1: virtio block: a buffer is not in RAM: it waits for its reset',
      'vmm: vm1: virtio console: a buffer is not in RAM: it waits for its reset',
      'vmm: vm1: virtio entropy: a buffer is not in RAM: it waits for its reset',
    ],
    tested: { disk },
    cpus: 1,
    variants: [],
  },
];

const LONG_ATTACK: Attack = {
  what: 'an attack of two vCPUs, while the host takes memory back, on two cores',
  ...byName('ABCDEFGH', ['PRESSURE']),
  tested: { vcpus: 2, hostMemory: HOST_MEMORY, moveInterval: 50 },
  cpus: 2,
  variants: [],
};

/** The level of the fault says which tables are there: a VM whose ROM was taken back, and that has no GICV, has none. */
const said = (console: string): string[] =>
  comparableConsole(console.replace(/PC 0x[0-9a-f]{8}, HSR 0x9000000[567]/, 'PC …, HSR 0x9000000…'))
    .filter((line) =>
      /^(vm\d\||vmm: (error|vm\d: (power|virtio))|host: (VMM|VFP|banked|control|power|panic|process))/.test(line),
    )
    .sort();

function assertPressed(console: string): void {
  const [, swappedOut] = /(\d+) .* out, /.exec(consoleSection(console, 'memory statistics')?.[0] ?? '') ?? [];
  assert.ok(Number(swappedOut) > 200, console);
  assert.match(console, /^host: 0 pages in the swap area\r?$/m);
}

describe('isolation', function () {
  this.timeout(400_000);
  let folder: string;

  before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-isolation-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const { what, guest, said: attacked, tested, cpus, variants } of LONG ? [...ATTACKS, LONG_ATTACK] : ATTACKS) {
    const expected = [...UNHARMED, ...attacked].sort();
    const modules = (underQemu: boolean) =>
      modulesForTests({ name: 'attack.bin', bytes: guest(folder, underQemu) }, 2, tested);

    for (const variant of [undefined, ...variants])
      it(`${what}, beside another VM, ${variant ?? 'the shipped image'}`, () => {
        const machine = new Machine({ ...DEFAULT_CONFIGURATION, engine: 'jit', cpus });
        let console = '';
        machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
        machine.boot({
          kernel: { name: 'kvm-arm.elf', bytes: variantImage(variant) },
          load: modules(false),
          deviceTree: 'generated',
        });
        const pressed = tested.hostMemory !== undefined;
        const borders = new Borders(machine, cpus > 1 ? MEMORY_OF_MANY : MEMORY, pressed);
        assert.strictEqual(machine.run(2_000_000_000).end, 'powered off', console);
        // On two cores what a VM has just written to may be taken back before this is looked at.
        if (cpus === 1 || !pressed) assert.deepStrictEqual([...borders.problems], [], console);
        if (pressed) assertPressed(console);
        assert.ok(borders.writes > 100 && borders.maps > 10, `${borders.writes} writes, ${borders.maps} maps`);
        assert.deepStrictEqual(said(console), expected);
        if (cpus > 1 && variant === undefined)
          assert.ok(console.indexOf('VMM 1 ended') < console.indexOf('| intact'), 'it looks no longer');
      });

    it(`${what}, beside another VM, under QEMU`, () => {
      const loaders = loaderOptions(folder, modules(true));
      const image = join(IMAGES, 'kvm-arm.elf');
      const console = runQemu(image, 'virt,virtualization=on', ['-smp', `${cpus}`, ...loaders], 200_000);
      assert.deepStrictEqual(said(console), expected);
      if (tested.hostMemory !== undefined) assertPressed(console);
    });
  }
});
