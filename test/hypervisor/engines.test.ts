/**
 * The bundled hypervisor from reset to power-off, interpreted and compiled: registers, TLB, RAM, devices, time and counts
 * are the same at every stop, with thresholds and lengths of regions at random.
 */
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DEFAULT_CONFIGURATION,
  decodeTranslations,
  encodeTranslations,
  Machine,
  Translations,
  translationsName,
  type MachineConfiguration,
} from '../../emulator';
import { DEFAULT_OPTIONS } from '../../emulator/compiler/compiler';
import { seededRandom } from '../../emulator/isa/random';
import { NEVER_COMPILED } from '../emulator/interpreter/tiers';
import { randomOptions } from '../emulator/compiler/random-options';
import { IMAGES } from './paths';

function boot(cpus: number, engine?: MachineConfiguration['engine']): Machine {
  const given = { ...DEFAULT_CONFIGURATION, cpus, memory: 128 << 20 };
  const machine = new Machine(engine === undefined ? given : { ...given, engine });
  const bytes = readFileSync(join(IMAGES, 'kvm-arm.elf'));
  machine.boot({ kernel: { name: 'kvm-arm.elf', bytes }, deviceTree: 'generated' });
  return machine;
}

/** Compiles early: the image is too short for much of it to be hot otherwise. */
function compiling(cpus: number): Machine {
  const machine = boot(cpus, 'jit');
  machine.compile({ ...DEFAULT_OPTIONS, threshold: 1000 });
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

  for (const cpus of [1, 2])
    it(`gives the same state at every stop where nothing is compiled, cores: ${cpus}`, () => {
      const random = seededRandom(10 + cpus);
      const [interpreted, threaded] = [boot(cpus), boot(cpus)];
      const tier = threaded.compile(NEVER_COMPILED);
      for (let end = 'budget'; end === 'budget';) {
        const budget = 1 + (random() % 400_000);
        const before = interpreted.run(budget);
        assert.deepStrictEqual(threaded.run(budget), before);
        assert.strictEqual(threaded.stateHash(), interpreted.stateHash(), `${interpreted.retired} instructions`);
        end = before.end;
      }
      assert.strictEqual(tier.regions, 0);
    });

  it('finds no difference where the interpreter does again what compiled code does', () => {
    const machine = boot(2);
    const tier = machine.check(randomOptions(seededRandom(3), 50, 600));
    while (machine.run(1_000_000).end === 'budget');
    assert.strictEqual(machine.ended, 'powered off');
    assert.ok(tier.checks > 10_000, `${tier.checks} comparisons`);
  });

  for (const cpus of [1, 2])
    it(`gives the same state at every stop with what an earlier run compiled, cores: ${cpus}`, () => {
      const earlier = compiling(cpus);
      const kept = new Translations();
      earlier.useTranslations(kept);
      while (earlier.run(10_000_000).end === 'budget');
      const name = translationsName(earlier.configuration);
      const [interpreted, compiled] = [boot(cpus), compiling(cpus)];
      compiled.useTranslations(decodeTranslations(encodeTranslations(kept, name), name));
      const random = seededRandom(cpus);
      for (let end = 'budget'; end === 'budget';) {
        const budget = 1 + (random() % 400_000);
        const before = interpreted.run(budget);
        assert.deepStrictEqual(compiled.run(budget), before);
        assert.strictEqual(compiled.stateHash(), interpreted.stateHash(), `${interpreted.retired} instructions`);
        end = before.end;
      }
      const { brought, regions } = compiled.compiler!;
      assert.ok(brought > 40, `${brought} translations were used`);
      assert.ok(regions < brought / 2, `${regions} regions were compiled all the same`);
    });

  it('uses nothing that was compiled where nobody was to be told of register writes, once somebody is', () => {
    const kept = new Translations();
    const earlier = compiling(1);
    earlier.useTranslations(kept);
    earlier.run(4_000_000);
    assert.ok(earlier.compiler!.regions > 10);
    for (const told of [false, true]) {
      const machine = compiling(1);
      machine.useTranslations(new Translations(kept.all()));
      if (told) machine.events.subscribe(['system-register-write'], () => undefined);
      machine.run(4_000_000);
      assert.strictEqual(machine.compiler!.brought === 0, told);
    }
  });
});
