import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guestModules } from '../../debug-adapter/launch/boot-modules';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { comparableConsole } from './console';
import { IMAGES, ROOT } from './paths';
import { loaderOptions, runQemu } from './qemu';
import { variantImage } from './variants';

const bench = { name: 'micro-bench.elf', bytes: readFileSync(join(IMAGES, 'micro-bench.elf')) };
const TESTS = ['hypercall', 'I/O kernel', 'I/O user', 'EOI+ACK', 'IPI'];
const LINES = TESTS.map((name) => `micro-bench: ${name}: 12 times`);

const modules = (cpus: number): ReturnType<typeof guestModules> =>
  guestModules({ kernel: bench, initrd: undefined, append: undefined, cpus, memory: undefined, count: 1 });

const benchLines = (console: string): string[] =>
  comparableConsole(console).filter((line) => line.startsWith('micro-bench: '));

describe('the micro-benchmarks', function () {
  this.timeout(120_000);

  function run(variant: string | undefined, cpus: number): string {
    const machine = new Machine(DEFAULT_CONFIGURATION);
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    const kernel = { name: 'kvm-arm.elf', bytes: variantImage(variant) };
    machine.boot({ kernel, load: modules(cpus), deviceTree: 'generated' });
    assert.strictEqual(machine.run(60_000_000).end, 'powered off', console);
    return console;
  }

  for (const variant of [undefined, 'ap-list', 'no-vgic'])
    it(`run to their end, ${variant ?? 'the shipped image'}`, () => {
      assert.deepStrictEqual(benchLines(run(variant, 2)), LINES);
    });

  it('say what they lack with one vCPU', () => {
    assert.strictEqual(benchLines(run(undefined, 1)).at(-1), 'micro-bench: IPI: needs a second vCPU');
  });

  it('run to their end, under QEMU', () => {
    const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'));
    try {
      const loaders = loaderOptions(folder, modules(2));
      const console = runQemu(join(IMAGES, 'kvm-arm.elf'), 'virt,virtualization=on', loaders);
      assert.deepStrictEqual(benchLines(console), LINES);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  function script(...options: string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, [join(ROOT, 'scripts/microbenchmarks.mjs'), ...options], {
      encoding: 'utf8',
    });
  }

  it('docs/microbenchmarks.md is what the shipped images give', () => {
    const { status, stderr } = script('--check');
    assert.strictEqual(status, 0, stderr);
  });

  it('cost what the model says: without devices the VGIC is no longer dear', () => {
    const shipped = readFileSync(join(ROOT, 'docs/microbenchmarks.md'), 'utf8');
    const { stdout } = script('--cycles', 'device=0');
    const vgic = (text: string): number => Number(/^\| VGIC +\| ([\d,]+)/m.exec(text)![1]!.replaceAll(',', ''));
    assert.strictEqual(vgic(shipped) - vgic(stdout), 20 * 50, stdout); // 12 registers out, 8 in
    assert.match(script('--cycles', 'nothing=1').stderr, /--cycles takes ITEM=NUMBER/);
  });
});
