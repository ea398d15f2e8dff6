/** VMs that use more memory than the host has: it takes pages back, and the guests don't notice. */
import assert from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine, type NamedFile } from '../../emulator';
import { compileGuest } from './assemble';
import { comparableConsole, consoleSection } from './console';
import { modulesForTests, type ForTests } from './modules';
import { IMAGES } from './paths';
import { runQemu } from './qemu';
import { variantImage } from './variants';

const LONG = process.env.WORLDSWITCH_LONG === '1';
/** How often QEMU is asked: what goes wrong there goes wrong by chance. */
const TIMES = LONG ? 20 : 2;

interface Shape extends ForTests {
  readonly cpus: number;
  readonly vms: number;
}

const MEGABYTE = 2 ** 20;
/** What one table of level 3 maps. */
const HYP_TABLE_REACH = 2 * MEGABYTE;
/** From there on a VM's RAM consists of blocks of 2 MiB. */
const RAM_OF_BLOCKS = 64 * MEGABYTE;
const SHAPES: readonly Shape[] = [
  { cpus: 1, vms: 1, hostMemory: 2 * MEGABYTE },
  { cpus: 1, vms: 4, hostMemory: 2 * MEGABYTE, repetitions: 2 },
  { cpus: 2, vms: 3, vcpus: 2, hostMemory: 4 * MEGABYTE, repetitions: 2 },
  { cpus: 2, vms: 3, vcpus: 2, hostMemory: 4 * MEGABYTE, moveInterval: 3, vmidCount: 3 },
  { cpus: 1, vms: 3, vcpus: 2, hostMemory: 8 * MEGABYTE, repetitions: 2, memory: RAM_OF_BLOCKS },
  { cpus: 2, vms: 4, vcpus: 2, hostMemory: 10 * MEGABYTE, moveInterval: 30, memory: RAM_OF_BLOCKS },
];

const nameOf = ({ cpus, vms, vcpus, moveInterval, memory }: Shape): string =>
  `${vms} ${vms > 1 ? 'VMs' : 'VM'} of ${vcpus ?? 1} on ${cpus} ${cpus > 1 ? 'cores' : 'core'}` +
  (moveInterval ? ', memory that moves' : '') +
  (memory ? ', blocks of 2 MiB' : '');

/** reclaim.c's constants. */
const [PAGES, HOT, ROUNDS, WORDS] = [384, 8, 3, 4];

/** The sum that a vCPU comes to: of each page's words as the last round leaves them. */
function sumOf(vm: number, vcpu: number): string {
  let sum = 0;
  const hotWord = (ROUNDS * (PAGES * (PAGES - 1) - HOT * (HOT - 1))) / 2;
  for (let page = 0; page < PAGES; page++)
    for (let word = 0; word < WORDS; word++) {
      const left = Math.imul(((vm << 28) | (vcpu << 24) | (page << 8) | (word << 4)) + ROUNDS - 1, 0x9e37_79b1);
      const is = page >= HOT ? left : word === 1 ? hotWord : 0;
      sum = ((sum << 1) | (sum >>> 31)) ^ is;
    }
  return (sum >>> 0).toString(16).padStart(8, '0');
}

const AUDIT = ['VFP', 'banked', 'control'].map((kind) => `host: ${kind} registers unchanged`);

function assertUnnoticed(console: string, { vms, vcpus = 1, repetitions = 1, hostMemory = 0 }: Shape): void {
  const lines = comparableConsole(console);
  const said = Array.from({ length: vms }, (_, i) => {
    const sums = Array.from({ length: vcpus }, (_, vcpu) => ` ${sumOf(i + 1, vcpu)}`);
    return `${vms > 1 ? `vm${i + 1}| ` : ''}reclaim${sums.join('')}`;
  });
  const wanted = Array.from({ length: repetitions }, () => said).flat();
  assert.deepStrictEqual(lines.filter((line) => !/^(host|vmm):/.test(line)).sort(), wanted.sort(), console);
  const end = ['host: 0 pages in the swap area', ...AUDIT, 'host: power off'];
  assert.deepStrictEqual(lines.slice(-end.length), end, console);
  if (repetitions === 1) return;
  const [, less] = new RegExp(`^host: ${repetitions} times: (\\d+) pages less than after the first$`).exec(
    lines.at(-end.length - 1)!,
  )!;
  // Where a VM's structures lie anywhere else than before, Hyp mode's tables reach further, and they stay.
  assert.ok(Number(less) <= hostMemory / HYP_TABLE_REACH, console);
}

/** What the host did, by its own count. */
function countsOf(console: string): { swapped: number; dropped: number; used: number; split: number } {
  const [, ...counts] = /(\d+) .* out, (\d+) .* dropped, (\d+) .* left, (\d+) blocks split/.exec(
    consoleSection(console, 'memory statistics')![0]!,
  )!;
  const [swapped = 0, dropped = 0, used = 0, split = 0] = counts.map(Number);
  return { swapped, dropped, used, split };
}

describe('hypervisor: memory pressure', function () {
  this.timeout(LONG ? 900_000 : 180_000);
  let folder: string;
  let guest: NamedFile;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-reclaim-'));
    guest = { name: 'reclaim.bin', bytes: compileGuest('reclaim.c', folder) };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function run({ cpus, vms, ...tested }: Shape, budget: number, variant?: string): { console: string; end: string } {
    const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus, engine: 'jit' });
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    machine.boot({
      kernel: { name: 'kvm-arm.elf', bytes: variantImage(variant) },
      load: modulesForTests(guest, vms, tested),
      deviceTree: 'generated',
    });
    const { end } = machine.run(budget);
    return { console, end };
  }

  function emulate(shape: Shape): string {
    const { console, end } = run(shape, 1_000_000_000);
    assert.strictEqual(end, 'powered off', console);
    return console;
  }

  function underQemu({ cpus, vms, ...tested }: Shape): string {
    const loaders = modulesForTests(guest, vms, tested).flatMap(({ file, address }, index) => {
      const path = join(folder, `module${index}.bin`);
      writeFileSync(path, file.bytes);
      return ['-device', `loader,file=${path},addr=0x${address.toString(16)},force-raw=on`];
    });
    const image = join(IMAGES, 'kvm-arm.elf');
    return runQemu(image, 'virt,virtualization=on', ['-smp', `${cpus}`, ...loaders], 120_000);
  }

  for (const shape of SHAPES) {
    it(`${nameOf(shape)}: each finds its memory as it left it, and all of it is returned`, () => {
      const console = emulate(shape);
      assertUnnoticed(console, shape);
      const { swapped, dropped, used, split } = countsOf(console);
      assert.ok(shape.memory === undefined ? split === 0 : split > 2, console);
      assert.ok(swapped > 200 && dropped > 50 && used > 100, console);
      const young = [...console.matchAll(/page used again +(\d+)/g)].map(([, count]) => Number(count));
      assert.ok(young.length > 0 && young.every((count) => count > 0), console);
      const memory = [...console.matchAll(/ memory: (\d+) pages found used, (\d+) taken back, (\d+) tables/g)];
      assert.ok(memory.every(([, found]) => Number(found) > 0), console);
      assert.ok(memory.some(([, , taken]) => Number(taken) > 100), console);
      assert.ok(memory.some(([, , , tables]) => Number(tables) > 0), console);
    });

    it(`${nameOf(shape)}: the same under QEMU, ${TIMES} times`, () => {
      for (let i = 0; i < TIMES; i++) {
        const console = underQemu(shape);
        assertUnnoticed(console, shape);
        assert.ok(countsOf(console).swapped > 200, console);
      }
    });
  }

  it('nothing is taken back, and nothing said, where there is no swap area', () => {
    assert.doesNotMatch(emulate({ cpus: 1, vms: 2 }), /swap|memory:|used again/);
  });

  it('without the TLB maintenance a guest uses memory that is no longer its own', () => {
    const [shape] = SHAPES;
    const { console } = run(shape!, 60_000_000, 'missing-tlb-flush');
    assert.match(console, /entering the guest/);
    assert.throws(() => assertUnnoticed(console, shape!));
  });
});
