/** The host kernel on several cores: VMs and vCPUs that run at once, here and on QEMU, whose cores are threads. */
import assert from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guestModules } from '../../debug-adapter/launch/boot-modules';
import { Contexts } from '../../debug-adapter/worlds/contexts';
import { DEFAULT_CONFIGURATION, Machine, type NamedFile } from '../../emulator';
import { assembleGuest } from './assemble';
import { comparableConsole } from './console';
import { modulesForTests, type ForTests } from './modules';
import { EXPECTED_CONSOLE } from './paths';
import { loaderOptions, runQemu } from './qemu';
import { variantImage } from './variants';

const LONG = process.env.WORLDSWITCH_LONG === '1';
/** How often QEMU is asked: what goes wrong there goes wrong by chance. */
const TIMES = LONG ? 25 : 2;
const REPETITIONS = LONG ? 200 : 10;
/** What each vCPU of smp.S adds to the count: 2 lives of 40 rounds of 10. */
const COUNTED = 800;

type Modules = readonly { readonly file: NamedFile; readonly address: number }[];

interface Shape extends ForTests {
  readonly cpus: number;
  readonly vms: number;
  readonly variant?: string;
}

const SHAPES: readonly Shape[] = [
  { cpus: 1, vms: 1, vcpus: 2 },
  { cpus: 2, vms: 1, vcpus: 2 },
  { cpus: 2, vms: 2, vcpus: 2 },
  { cpus: 4, vms: 1, vcpus: 4 },
  { cpus: 4, vms: 3, vcpus: 2 },
  { cpus: 2, vms: 3, vcpus: 2, moveInterval: 7, vmidCount: 3 },
  { cpus: 3, vms: 4, vcpus: 2, moveInterval: 5, vmidCount: 4 },
  { cpus: 2, vms: 2, vcpus: 2, variant: 'ap-list' },
  { cpus: 2, vms: 2, vcpus: 2, variant: 'no-vgic' },
];

const AUDIT = ['VFP', 'banked', 'control'].map((kind) => `host: ${kind} registers unchanged`);
const END = [...AUDIT, 'host: power off'];

const nameOf = ({ cpus, vms, vcpus, variant, vmidCount }: Shape): string =>
  `${cpus} ${cpus > 1 ? 'cores' : 'core'}, ${vms} ${vms > 1 ? 'VMs' : 'VM'} of ${vcpus} vCPUs` +
  (vmidCount ? `, ${vmidCount - 1} VMIDs, memory that moves` : '') +
  (variant ? `, ${variant}` : '');

/** An exit table is written in one piece. */
const EXIT_TABLE = /^vmm: --- exit statistics: begin ---$[^]*?^vmm: --- exit statistics: end ---$/gm;

/** What is the same on every machine: the lines of each VM in their order, VM by VM, to its VMM's end. */
function byVm(console: string): string[] {
  const lines = console.replaceAll('\r', '').replace(EXIT_TABLE, '').split('\n');
  const of = (line: string): string => {
    const [, vm] = /\b(?:vm|VMM )(\d)/.exec(line) ?? [];
    return vm !== undefined ? `vm${vm}` : line.startsWith('vmm:') ? 'vmm' : 'host';
  };
  return [...new Set(lines.map(of))]
    .sort()
    .flatMap((vm) => comparableConsole(lines.filter((line) => of(line) === vm).join('\n')));
}

describe('hypervisor: several cores', function () {
  this.timeout(LONG ? 600_000 : 120_000);
  let folder: string;
  let smp: NamedFile;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-smp-'));
    smp = { name: 'smp.bin', bytes: assembleGuest('smp.S', folder) };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function emulate(
    cpus: number,
    load: Modules,
    variant?: string,
  ): { console: string; vcpusOn: Map<number, Set<string>> } {
    const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus });
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    const vcpusOn = new Map<number, Set<string>>();
    const contexts = new Contexts(machine);
    machine.events.subscribe(['world-enter'], (event) => {
      if (event.kind !== 'world-enter') return;
      const { vm, vcpu: number } = contexts.executingOn(event.core);
      const vcpu = `VM${vm} vCPU${number}`;
      vcpusOn.set(event.core, (vcpusOn.get(event.core) ?? new Set()).add(vcpu));
    });
    machine.boot({
      kernel: { name: 'kvm-arm.elf', bytes: variantImage(variant) },
      load,
      deviceTree: 'generated',
    });
    assert.strictEqual(machine.run(400_000_000).end, 'powered off', console);
    return { console, vcpusOn };
  }

  function underQemu(cpus: number, load: Modules, variant?: string): string {
    const image = join(folder, `${variant ?? 'kvm-arm'}.elf`);
    writeFileSync(image, variantImage(variant));
    const loaders = loaderOptions(folder, load);
    return runQemu(image, 'virt,virtualization=on', ['-smp', `${cpus}`, ...loaders], 40_000);
  }

  function assertCounted(console: string, { vms, vcpus = 1 }: Shape): void {
    const lines = comparableConsole(console);
    const counted = `smp ${vcpus} ${(COUNTED * vcpus).toString(16).padStart(8, '0')}`;
    const said = lines.filter((line) => !/^(host|vmm):/.test(line)).sort();
    const wanted = Array.from({ length: vms }, (_, i) => (vms > 1 ? `vm${i + 1}| ${counted}` : counted));
    assert.deepStrictEqual(said, wanted, console);
    assert.deepStrictEqual(lines.slice(-END.length), END, console);
  }

  for (const shape of SHAPES) {
    const { cpus, vms, variant } = shape;
    it(`${nameOf(shape)}: they count, wait and wake one another`, () => {
      const { console, vcpusOn } = emulate(cpus, modulesForTests(smp, vms, shape), variant);
      assertCounted(console, shape);
      assert.strictEqual(vcpusOn.size, cpus, 'a core has never run a guest');
    });

    it(`${nameOf(shape)}: they do under QEMU, ${TIMES} times`, () => {
      const modules = modulesForTests(smp, vms, shape);
      for (let i = 0; i < TIMES; i++) assertCounted(underQemu(cpus, modules, variant), shape);
    });
  }

  it('more vCPUs than cores move from core to core', () => {
    const { vcpusOn } = emulate(2, modulesForTests(smp, 2, { vcpus: 2 }));
    const [first, second] = [...vcpusOn.values()];
    assert.ok([...first!].some((vcpu) => second!.has(vcpu)));
  });

  for (const cpus of [2, 4]) {
    it(`the teaching guest on ${cpus} cores: the console is what it is on one`, () => {
      const load = guestModules({
        kernel: undefined,
        initrd: undefined,
        append: undefined,
        cpus: undefined,
        memory: undefined,
        count: undefined,
      });
      const expected = comparableConsole(readFileSync(EXPECTED_CONSOLE, 'utf8'));
      expected.splice(2, 0, `host: ${cpus} cores`);
      assert.deepStrictEqual(comparableConsole(emulate(cpus, load).console), expected);
      for (let i = 0; i < TIMES; i++) assert.deepStrictEqual(comparableConsole(underQemu(cpus, load)), expected);
    });

    it(`two teaching guests of two vCPUs on ${cpus} cores: each VM's lines are QEMU's`, () => {
      const load = guestModules({
        kernel: undefined,
        initrd: undefined,
        append: undefined,
        cpus: 2,
        memory: undefined,
        count: 2,
      });
      const here = byVm(emulate(cpus, load).console);
      assert.ok(here.includes('vm2| guest: PSCI SYSTEM_OFF'), here.join('\n'));
      for (let i = 0; i < TIMES; i++) assert.deepStrictEqual(byVm(underQemu(cpus, load)), here);
    });

    it(`all memory is returned on ${cpus} cores: two VMs of two vCPUs made and ended ${REPETITIONS} times`, () => {
      // ldr r0, [pc]; hvc #0; PSCI SYSTEM_OFF
      const file = { name: 'off.bin', bytes: new Uint8Array(Uint32Array.of(0xe59f0000, 0xe1400070, 0x84000008).buffer) };
      const load = modulesForTests(file, 2, { vcpus: 2, repetitions: REPETITIONS });
      const returned = new RegExp(`^host: ${REPETITIONS} times: 0 pages less than after the first\r?$`, 'm');
      assert.match(emulate(cpus, load).console, returned);
      assert.match(underQemu(cpus, load), returned);
    });
  }
});
