/** A run is over after so much of what takes long, wherever that is: who waits is answered, and no result depends on it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { PACED_OPTIONS } from '../../emulator/compiler/compiler';
import { Effort } from '../../emulator/interpreter/patience';
import { IMAGES } from './paths';

const BUDGET = 500_000;
const PATIENCE = 4000;
/** What cannot be divided: a batch of the compiler (compile-pace.test.ts), and a block. */
const OVERDRAWN = Effort.Compiled * (1500 + PACED_OPTIONS.longest) + 1000;

function boot(cpus: number, engine: 'jit' | 'interpreter'): Machine {
  const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus, memory: 128 << 20, engine });
  const bytes = readFileSync(join(IMAGES, 'kvm-arm.elf'));
  machine.boot({ kernel: { name: 'kvm-arm.elf', bytes }, deviceTree: 'generated' });
  return machine;
}

describe('hypervisor images: for somebody who waits', function () {
  this.timeout(120_000);
  for (const engine of ['jit', 'interpreter'] as const)
    for (const cpus of [1, 2])
      it(`end a run before it takes long, ${engine}, cores: ${cpus}`, () => {
        const machine = boot(cpus, engine);
        let [runs, early, overdrawn] = [0, 0, 0];
        for (let end = 'budget'; end === 'budget'; runs++) {
          const outcome = machine.run(BUDGET, false, PATIENCE);
          ({ end } = outcome);
          if (end === 'budget' && outcome.retired < BUDGET) early++;
          overdrawn = Math.min(overdrawn, machine.blocks.patience.left);
        }
        assert.ok(early > 10, `${early} of ${runs} runs`);
        assert.ok(overdrawn >= -OVERDRAWN, `${overdrawn}`);
        const other = boot(cpus, engine);
        while (other.run(BUDGET).end === 'budget');
        assert.equal(machine.ended, 'powered off');
        assert.deepEqual([machine.retired, machine.stateHash()], [other.retired, other.stateHash()]);
      });
});
