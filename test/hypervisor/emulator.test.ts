import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine, type TrapToHyp } from '../../emulator';
import { comparableConsole, consoleSection } from './console';
import { EXPECTED_CONSOLE, IMAGES } from './paths';

/** Boots an image to power off; what it printed, and every trap to Hyp. */
function runToPowerOff(image: string): { console: string; traps: TrapToHyp[] } {
  const machine = new Machine(DEFAULT_CONFIGURATION);
  const bytes: number[] = [];
  const traps: TrapToHyp[] = [];
  for (const port of machine.consoles) port.onOutput = (byte) => bytes.push(byte);
  machine.events.subscribe(['trap-to-hyp'], (event) => {
    if (event.kind === 'trap-to-hyp') traps.push(event);
    return undefined;
  });
  machine.boot({
    kernel: { name: image, bytes: readFileSync(join(IMAGES, image)) },
    deviceTree: 'generated',
  });
  const { end } = machine.run(60_000_000);
  const console = Buffer.from(bytes).toString('latin1');
  assert.strictEqual(end, 'powered off', console);
  return { console, traps };
}

describe('hypervisor images: on the emulator', function () {
  this.timeout(60_000);

  it('the hypervisor and its guest print what they print on QEMU, and take the traps QEMU lacks', () => {
    const { console, traps } = runToPowerOff('kvm-arm.elf');
    const expected = readFileSync(EXPECTED_CONSOLE, 'utf8');
    assert.deepStrictEqual(comparableConsole(console), comparableConsole(expected));
    const section = 'traps that not every emulator has';
    assert.deepStrictEqual(consoleSection(console, section), consoleSection(expected, section));

    const bits = new Set(traps.map((trap) => trap.because));
    const all = ['TVM', 'TSW', 'TAC', 'TIDCP', 'TSC', 'TWE', 'TWI', 'IMO', 'VM'].map((bit) => `HCR.${bit}`);
    for (const bit of [...all, 'HCPTR.TTA', 'HCPTR.TCP10']) {
      assert.ok(bits.has(bit), `no trap by ${bit}; there were ${[...bits].join(', ')}`);
    }
  });
});
