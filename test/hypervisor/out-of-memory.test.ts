/** The host's memory runs out, wherever that is: the VMM that lacks it ends and says so, and the other has what it had. */
import assert from 'node:assert';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HEADER_WORD } from '../../debug-adapter/launch/boot-modules';
import { Program } from '../../debug-adapter/symbols/program';
import { DEFAULT_CONFIGURATION, Machine, type NamedFile } from '../../emulator';
import { assembleGuest } from './assemble';
import { comparableConsole } from './console';
import { modulesForTests, type ForTests } from './modules';
import { IMAGES } from './paths';
import { loaderOptions, runQemu } from './qemu';

const LONG = process.env['WORLDSWITCH_LONG'] === '1';
const IMAGE = join(IMAGES, 'kvm-arm.elf');
const PAGE = 4096;
const MEGABYTE = 2 ** 20;
const RAM_END = 0x4000_0000 + 512 * MEGABYTE;
/** layout.h: VA to PA. */
const PA_TO_VA_OFFSET = 0x7fe0_0000;
/** A kind of module that nobody reads. */
const FILLER = 99;

/** Pages with which the host begins and no VM, and with which both VMs have enough. */
const [TOO_FEW, ENOUGH] = [60, 145];

/** What is said of a VM that had none. */
const FAULT = /^host: process vmm of VM \d: out of memory: no page is free(?:, and none can be taken back,)? for its address 0x[0-9a-f]{8}$/; // prettier-ignore
const ERROR = /^vmm: error: (.*): the host has no memory left$/;
const ADVICE = ' had none left. The machine needs more (--memory), or fewer or smaller VMs';
const AUDIT = ['VFP', 'banked', 'control'].map((kind) => `host: ${kind} registers unchanged`);

interface Shape extends ForTests {
  readonly cpus?: number;
  readonly vms?: number;
}

describe('hypervisor: out of memory', function () {
  this.timeout(120_000);
  const image = { name: 'kvm-arm.elf', bytes: new Uint8Array(readFileSync(IMAGE)) };
  const kernelEnd = Program.load(image.bytes, image).symbolByName('_end')!.address - PA_TO_VA_OFFSET;
  let folder: string;
  let guest: NamedFile;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-memory-'));
    guest = { name: 'fills.bin', bytes: assembleGuest('fills.S', folder) };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** `pages` are free when the host's kernel begins: where the rest would be there is a module. */
  function modules(pages: number, { vms = 2, ...tested }: Shape): ReturnType<typeof modulesForTests> {
    const loaded = modulesForTests(guest, vms, { memory: 2 * MEGABYTE, ...tested });
    const words = new Uint32Array(loaded[0]!.file.bytes.buffer);
    const address = kernelEnd + pages * PAGE;
    words.set([FILLER, address, RAM_END - address], HEADER_WORD.modules + 4 * words[HEADER_WORD.moduleCount]!++);
    return loaded;
  }

  function emulate(pages: number, shape: Shape = {}): string {
    const { cpus = 1 } = shape;
    const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus, engine: 'jit' });
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    machine.boot({ kernel: image, load: modules(pages, shape), deviceTree: 'generated' });
    assert.strictEqual(machine.run(100_000_000).end, 'powered off', console);
    return console;
  }

  /** What became of each VM, in the order in which they ended: ended well, or said why it didn't. */
  function outcomes(console: string, { vms = 2, repetitions = 1 }: Shape = {}): { vm: number; status: number }[] {
    const lines = comparableConsole(console);
    assert.deepStrictEqual(lines.slice(-4), [...AUDIT, 'host: power off'], console);
    const ended = lines.flatMap((line, index) => {
      const [, vm, status] = /^host: VMM (\d) ended with status (-?\d+)$/.exec(line) ?? [];
      if (vm === undefined) return [];
      if (status === '0') assert.ok(lines.includes(vms > 1 ? `vm${vm}| f` : 'f'), console);
      else assert.strictEqual(`${status} ${lines[index + 1]}`, `-12 host: memory is out: VM ${vm}${ADVICE}`, console);
      return [{ vm: Number(vm), status: Number(status) }];
    });
    assert.strictEqual(ended.length, vms * repetitions, console);
    return ended;
  }
  const reasons = (console: string): string[] =>
    comparableConsole(console).filter((line) => FAULT.test(line) || ERROR.test(line));

  it('says so wherever it is, in the host or to the VMM, and a VM that fits goes on', () => {
    const seen = new Set<string>();
    for (let pages = TOO_FEW; pages < ENOUGH; pages += LONG ? 1 : 12) {
      const console = emulate(pages);
      const ended = outcomes(console).filter(({ status }) => status === 0).length;
      const told = reasons(console);
      assert.ok(told.length <= 2 - ended, console);
      for (const line of told) seen.add(FAULT.test(line) ? 'a fault' : 'a system call');
      seen.add(`${ended} of 2`);
    }
    assert.deepStrictEqual([...seen].sort(), ['0 of 2', '1 of 2', '2 of 2', 'a fault', 'a system call']);
  });

  it('has all of it back, each time', () => {
    const console = emulate(100, { repetitions: 3 });
    outcomes(console, { repetitions: 3 });
    assert.ok(console.includes('host: 3 times: 0 pages less than after the first'), console);
  });

  /** Two VMs and their copies need 2048 pages, and one of them with its own 1024. */
  const COPIES: Shape = { saveInterval: 1, cpus: 2 };
  function assertOneGoesOn(console: string): void {
    assert.deepStrictEqual(outcomes(console).map(({ status }) => status).sort(), [-12, 0], console);
    assert.strictEqual(reasons(console).length, 1, console);
  }

  it('of two VMs and their copies, on two cores, one goes on', () => assertOneGoesOn(emulate(1500, COPIES)));

  it('says that there is no more in the swap area', () => {
    const shape: Shape = { vms: 1, saveInterval: 1, hostMemory: 2 * MEGABYTE };
    const console = emulate(500, shape);
    outcomes(console, shape);
    assert.match(console, /VM 1: out of memory: no page is free, and none can be taken back, for/);
  });

  it('says so under QEMU', () => {
    const underQemu = (pages: number, { cpus = 1, ...shape }: Shape): string =>
      runQemu(IMAGE, 'virt,virtualization=on', ['-smp', `${cpus}`, ...loaderOptions(folder, modules(pages, shape))]);
    assert.ok(reasons(underQemu(96, {})).length > 0);
    outcomes(underQemu(1500, COPIES));
  });
});
