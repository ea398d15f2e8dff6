/**
 * The same images give the same instruction stream and the same state, whoever looks and however the run is cut
 * into pieces.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, EVENT_KINDS, Machine } from '../../../emulator';
import { seededRandom } from '../../../emulator/isa/random';
import { IMAGES } from '../../hypervisor/paths';
import { digest } from './digest';

const POINTS = 12;
const INSTRUCTIONS = 1_200_000;
const STEP = INSTRUCTIONS / POINTS;
const IMAGE = { name: 'kvm-arm.elf', bytes: readFileSync(join(IMAGES, 'kvm-arm.elf')) };

function boot(machine = new Machine({ ...DEFAULT_CONFIGURATION, memory: 32 * 1024 * 1024 })): Machine {
  machine.boot({ kernel: IMAGE, deviceTree: 'generated' });
  return machine;
}

/** Runs exactly `count` instructions, `piece` at a time. */
function run(machine: Machine, count: number, piece: () => number): void {
  for (let left = count; left > 0;) left -= machine.run(Math.min(left, piece())).retired;
}

function digests(machine: Machine, piece: () => number = () => STEP): string[] {
  return Array.from({ length: POINTS }, () => {
    run(machine, STEP, piece);
    return digest(machine);
  });
}

describe('machine: determinism', function () {
  this.timeout(120_000);
  let expected: string[];
  before(() => {
    expected = digests(boot());
  });

  it('the hypervisor boots alike twice, and once more on the same machine after a reset', () => {
    const machine = boot();
    assert.deepEqual(digests(machine), expected);
    machine.reset();
    assert.deepEqual(digests(boot(machine)), expected);
  });

  it('in pieces of any size', () => {
    const random = seededRandom(7);
    const sizes = [1, 2, 17, 1000, 100_000];
    assert.deepEqual(
      digests(boot(), () => sizes[random() % sizes.length]!),
      expected,
    );
  });

  it('whether somebody listens to every event or nobody does, and when listeners stop it', () => {
    const machine = boot();
    let heard = 0;
    machine.events.subscribe(EVENT_KINDS, () => ++heard % 97 === 0);
    assert.deepEqual(digests(machine), expected);
    assert.ok(heard > 100, `${heard} events`);
  });

  it('with breakpoints, whether they stop it or not', () => {
    const machine = boot();
    // Every address that an instruction was found at, a few thousand instructions apart.
    const addresses = new Set<number>();
    const scout = boot();
    for (let i = 0; i < 200; i++) {
      scout.run(INSTRUCTIONS / 200);
      addresses.add(scout.state.cores[0]!.pc);
    }
    let asked = 0;
    machine.onBreakpoint = () => ++asked % 3 === 0;
    machine.setBreakpoints(addresses);
    const seen = Array.from({ length: POINTS }, () => {
      let resuming = false;
      for (let left = STEP; left > 0;) {
        const outcome = machine.run(left, resuming);
        left -= outcome.retired;
        resuming = outcome.end === 'stop';
      }
      return digest(machine);
    });
    assert.deepEqual(seen, expected);
    assert.ok(asked > 100, `${asked} breakpoints`);
  });
});
