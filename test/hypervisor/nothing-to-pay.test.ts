/**
 * What nobody comes to costs nothing: breakpoints that are never executed and a watchpoint elsewhere change neither what is
 * compiled, nor how often compiled code is entered or goes on, nor how often memory is accessed slowly. `npm run bench` has seconds.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { IMAGES } from './paths';

const RAM = 0x4000_0000;
const ELSEWHERE = RAM + 0x700_0000;

function effortOf(prepare: (machine: Machine) => void): Readonly<Record<string, number>> {
  const machine = new Machine({ ...DEFAULT_CONFIGURATION, memory: 128 << 20, engine: 'jit' });
  const bytes = readFileSync(join(IMAGES, 'kvm-arm.elf'));
  machine.boot({ kernel: { name: 'kvm-arm.elf', bytes }, deviceTree: 'generated' });
  let [entries, slow] = [0, 0];
  const { compiler } = machine;
  const run = compiler!.run.bind(compiler);
  compiler!.run = (core, context, left, code, outside) => {
    entries++;
    const interpret = (...given: Parameters<typeof outside.interpret>): number => {
      entries++;
      return outside.interpret(...given);
    };
    return run(core, context, left, code, {
      reach: (...given) => outside.reach(...given),
      interpret,
      executeOp: (...given) => {
        entries++;
        return outside.executeOp(...given);
      },
    });
  };
  for (const mmu of machine.mmus) {
    const [read, write] = [mmu.read.bind(mmu), mmu.write.bind(mmu)];
    mmu.read = (...given) => {
      slow++;
      return read(...given);
    };
    mmu.write = (...given) => {
      slow++;
      write(...given);
    };
  }
  prepare(machine);
  while (machine.run(1_000_000).end === 'budget');
  assert.equal(machine.ended, 'powered off');
  const { regions, instructions } = compiler!;
  return { retired: machine.retired, regions, instructions, entries, slow };
}

describe('hypervisor images: what nobody comes to', function () {
  this.timeout(120_000);
  let nothing: Readonly<Record<string, number>>;
  before(() => {
    nothing = effortOf(() => undefined);
  });

  it('is known by its counts', () => {
    assert.ok(nothing['regions']! > 0 && nothing['entries']! > 10_000 && nothing['slow']! > 1000, JSON.stringify(nothing));
  });

  it('1,000 breakpoints', () => {
    const breakpoints = Array.from({ length: 1000 }, (_, n) => ELSEWHERE + 4 * n);
    assert.deepEqual(effortOf((machine) => machine.setBreakpoints(new Set(breakpoints))), nothing);
  });

  it('a watchpoint', () => {
    const watch = { space: 'va', start: ELSEWHERE, length: 4, on: 'access' } as const;
    assert.deepEqual(effortOf((machine) => machine.setWatches([watch], () => false)), nothing);
  });
});
