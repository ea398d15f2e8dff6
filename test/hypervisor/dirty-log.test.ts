/** The dirty log: a VMM that copies a running VM misses nothing, and copies nothing that was not written. */
import assert from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine, type NamedFile } from '../../emulator';
import { assembleGuest } from './assemble';
import { comparableConsole } from './console';
import { VMM_PRE_COPY, modulesForTests, type ForTests } from './modules';
import { IMAGES } from './paths';
import { runQemu } from './qemu';
import { variantImage } from './variants';

/** What dirty-log.S writes to, round by round; pages from 1 MiB on, [first, last]. */
const WRITTEN: readonly (readonly (readonly [number, number])[])[] = [
  [[0, 0], [3, 3], [5, 5], [8, 9], [13, 13]], // prettier-ignore
  [],
  [[3, 3], [11, 11]], // prettier-ignore
  [[3, 3], [700, 700]], // prettier-ignore
];
const COPIED = 'vmm: vm1: pre-copy ends: the copy is what the RAM is: yes';

function written(pages: (typeof WRITTEN)[number]): string[] {
  const hex = (address: number): string => `0x${address.toString(16)}`;
  const ipa = (page: number): number => 0x4010_0000 + page * 4096;
  return pages.map(([first, last]) => `vmm: vm1: written: IPA ${hex(ipa(first))}..${hex(ipa(last + 1) - 1)}`);
}

const EXPECTED = [
  'vmm: vm1: pre-copy begins',
  ...WRITTEN.flatMap(written),
  COPIED,
  'vmm: vm1: pre-copy begins',
  ...written([[4, 4]]),
  COPIED,
];
const ofTheCopy = (console: string): string[] =>
  comparableConsole(console).filter((line) => /written|pre-copy/.test(line));

const MEMORIES: readonly { what: string; tested: ForTests }[] = [
  { what: 'pages', tested: {} },
  { what: 'blocks of 2 MiB, which are split', tested: { memory: 64 * 2 ** 20 } },
  { what: 'pages that the host moves meanwhile', tested: { moveInterval: 1 } },
  { what: 'pages that the host takes back meanwhile', tested: { hostMemory: 2 * 2 ** 20 } },
];

describe('hypervisor: dirty log', function () {
  this.timeout(180_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-dirty-log-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const guest = (...symbols: string[]): NamedFile => ({
    name: 'dirty-log.bin',
    bytes: assembleGuest('dirty-log.S', folder, symbols),
  });

  function run(kernel: NamedFile, tested: ForTests, cpus: number, budget: number, variant?: string): { console: string; end: string } {
    const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus, engine: 'jit' });
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    machine.boot({
      kernel: { name: 'kvm-arm.elf', bytes: variantImage(variant) },
      load: modulesForTests(kernel, 1, { ...tested, devices: VMM_PRE_COPY }),
      deviceTree: 'generated',
    });
    const { end } = machine.run(budget);
    return { console, end };
  }

  function emulate(kernel: NamedFile, tested: ForTests, cpus = 1): string {
    const { console, end } = run(kernel, tested, cpus, 2_000_000_000);
    assert.strictEqual(end, 'powered off', console);
    return console;
  }

  function underQemu(kernel: NamedFile, tested: ForTests, cpus = 1): string {
    const modules = modulesForTests(kernel, 1, { ...tested, devices: VMM_PRE_COPY });
    const loaders = modules.flatMap(({ file, address }, index) => {
      const path = join(folder, `module${index}.bin`);
      writeFileSync(path, file.bytes);
      return ['-device', `loader,file=${path},addr=0x${address.toString(16)},force-raw=on`];
    });
    const image = join(IMAGES, 'kvm-arm.elf');
    return runQemu(image, 'virt,virtualization=on', ['-smp', `${cpus}`, ...loaders], 120_000);
  }

  for (const { what, tested } of MEMORIES) {
    it(`${what}: has what was written and nothing else`, () => {
      assert.deepStrictEqual(ofTheCopy(emulate(guest(), tested)), EXPECTED);
    });

    it(`${what}: the same under QEMU`, () => {
      assert.deepStrictEqual(ofTheCopy(underQemu(guest(), tested)), EXPECTED);
    });
  }

  it('without the TLB maintenance it misses writes, or the guest never gets its page', () => {
    const { console } = run(guest(), {}, 1, 60_000_000, 'missing-tlb-flush');
    assert.match(console, /pre-copy begins/);
    assert.ok(!ofTheCopy(console).includes(COPIED), console);
  });

  /** The other vCPU wrote in several rounds, and in the end nothing was missed. */
  function assertCopied(console: string): void {
    const lines = ofTheCopy(console);
    assert.ok(lines.filter((line) => line.includes('written')).length > 1, console);
    assert.strictEqual(lines.at(-1), COPIED, console);
  }

  for (const cpus of [1, 2]) {
    it(`another vCPU that writes all the while, ${cpus} ${cpus > 1 ? 'cores' : 'core'}`, () => {
      assertCopied(emulate(guest('SMP'), { vcpus: 2 }, cpus));
    });

    it(`another vCPU that writes all the while, ${cpus} ${cpus > 1 ? 'cores' : 'core'}, under QEMU`, () => {
      for (let i = 0; i < 3; i++) assertCopied(underQemu(guest('SMP'), { vcpus: 2 }, cpus));
    });
  }
});
