/** The hypervisor's variants: whole images, that run the teaching guest as the shipped one does but for what they are for. */
import assert from 'node:assert';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyDelta } from '../../debug-adapter/launch/delta';
import { makeTarget } from '../../debug-adapter/launch/target';
import { nodeHost } from '../../debug-adapter/node/node-host';
import { LAUNCH_ATTRIBUTES, type LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import { comparableConsole, consoleSection } from './console';
import { EXPECTED_CONSOLE, IMAGES } from './paths';
import { runQemu } from './qemu';
import { variantImage } from './variants';

const { shape } = LAUNCH_ATTRIBUTES.variant;
const VARIANTS = shape.kind === 'choice' ? Object.keys(shape.meanings) : [];
/** Those without a bug on purpose. */
const CORRECT = ['eager-vfp', 'ap-list', 'no-vgic'];
const EXPECTED = comparableConsole(readFileSync(EXPECTED_CONSOLE, 'utf8'));

/** What a variant prints where the shipped image prints otherwise. */
const other = (variant: string): string[] =>
  EXPECTED.map((line) => (variant === 'no-vgic' ? line.replace('4 list registers', '0 list registers') : line));

/** A row of the exit statistics; 0 when there is none. */
function counted(console: string, row: string): number {
  const line = consoleSection(console, 'exit statistics')?.find((text) => text.includes(row));
  return Number(/(\d+)$/.exec(line ?? '0')?.[1]);
}

const consoles = new Map<string | undefined, string>();

/** The console of a run to power-off; each variant runs once. */
async function run(variant: string | undefined): Promise<string> {
  const before = consoles.get(variant);
  if (before !== undefined) return before;
  const configuration = (variant === undefined ? {} : { variant }) as LaunchConfiguration;
  const { machine } = await makeTarget(configuration, nodeHost(), { symbols: false });
  let text = '';
  machine.consoles[0]!.onOutput = (byte) => (text += String.fromCharCode(byte));
  assert.strictEqual(machine.run(60_000_000).end, 'powered off', text);
  consoles.set(variant, text);
  return text;
}

describe('hypervisor images: variants', function () {
  this.timeout(60_000);

  it('are those of the launch attribute, each with its image', () => {
    const deltas = readdirSync(IMAGES).filter((name) => name.endsWith('.delta'));
    assert.deepStrictEqual(deltas.sort(), VARIANTS.map((name) => `${name}.delta`).sort());
  });

  it('refuse a damaged delta and another base', () => {
    const base = readFileSync(join(IMAGES, 'kvm-arm.elf'));
    const delta = readFileSync(join(IMAGES, 'eager-vfp.delta'));
    assert.throws(() => applyDelta(base, delta.subarray(0, delta.length - 1)), /cut off|damaged/);
    assert.throws(() => applyDelta(base, delta.subarray(0, 24)), /cut off|damaged/);
    assert.throws(() => applyDelta(base.subarray(1), delta), /another image/);
    assert.throws(() => applyDelta(base, base), /no delta/);
  });

  for (const variant of CORRECT)
    it(`${variant}: the teaching guest's lessons`, async () => {
      assert.deepStrictEqual(comparableConsole(await run(variant)), other(variant));
    });

  it('eager-vfp never traps VFP; no-vgic pays for every interrupt', async () => {
    const [shipped, eager, emulated] = [await run(undefined), await run('eager-vfp'), await run('no-vgic')];
    assert.strictEqual(counted(eager, 'lazy VFP switches'), 0);
    assert.strictEqual(counted(shipped, 'lazy VFP switches'), 4);
    // An acknowledge and an EOI for each of 7 interrupts, and the interface's set-up.
    assert.strictEqual(counted(emulated, 'MMIO in the kernel'), counted(shipped, 'MMIO in the kernel') + 16);
  });

  describe('under QEMU', () => {
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-variants-'))));
    after(() => rmSync(folder, { recursive: true, force: true }));

    for (const variant of CORRECT)
      it(`${variant}: the same console`, () => {
        const file = join(folder, `${variant}.elf`);
        writeFileSync(file, variantImage(variant));
        assert.deepStrictEqual(comparableConsole(runQemu(file, 'virt,virtualization=on')), other(variant));
      });
  });
});
