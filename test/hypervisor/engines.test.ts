/**
 * The bundled hypervisor from reset to power-off, interpreted and compiled: registers, TLB, RAM, devices, time and counts
 * are the same at every stop, with thresholds and lengths of regions at random.
 */
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { seededRandom } from '../../emulator/isa/random';
import { randomOptions } from '../emulator/compiler/random-options';
import { IMAGES } from './paths';

function boot(cpus: number): Machine {
  const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus, memory: 128 << 20 });
  const bytes = readFileSync(join(IMAGES, 'kvm-arm.elf'));
  machine.boot({ kernel: { name: 'kvm-arm.elf', bytes }, deviceTree: 'generated' });
  return machine;
}

describe('hypervisor images: on both engines', function () {
  this.timeout(120_000);
  const seeds = process.env['WORLDSWITCH_LONG'] === '1' ? [1, 2, 3, 4, 5, 6, 7, 8] : [1, 2];
  for (const seed of seeds)
    it(`gives the same state at every stop, seed ${seed}`, () => {
      const random = seededRandom(seed);
      const cpus = 1 + (seed % 2);
      const [interpreted, compiled] = [boot(cpus), boot(cpus)];
      const options = randomOptions(random, 50, 600);
      const tier = compiled.compile(options);
      for (let end = 'budget'; end === 'budget';) {
        const budget = 1 + (random() % 400_000);
        const before = interpreted.run(budget);
        const after = compiled.run(budget);
        assert.deepStrictEqual(after, before);
        const where = `${interpreted.retired} instructions, ${JSON.stringify(options)}`;
        assert.strictEqual(compiled.stateHash(), interpreted.stateHash(), where);
        end = before.end;
      }
      assert.strictEqual(interpreted.ended, 'powered off');
      assert.ok(tier.regions > 50, `${tier.regions} regions`);
    });

  it('finds no difference where the interpreter does again what compiled code does', () => {
    const machine = boot(2);
    const tier = machine.check(randomOptions(seededRandom(3), 50, 600));
    while (machine.run(1_000_000).end === 'budget');
    assert.strictEqual(machine.ended, 'powered off');
    assert.ok(tier.checks > 10_000, `${tier.checks} comparisons`);
  });
});
