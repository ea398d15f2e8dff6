/** The bundled hypervisor as people run it: compiled, and never so much at once that a request has to wait for it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { PACED_OPTIONS } from '../../emulator/compiler/compiler';
import { IMAGES } from './paths';

/** Instructions that a batch may have, a few milliseconds' work: those that its last region ends with come on top. */
const MOST = 1500 + PACED_OPTIONS.longest;

describe('hypervisor images: compiled', function () {
  this.timeout(60_000);
  for (const cpus of [1, 2])
    it(`little at a time, cores: ${cpus}`, () => {
      const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus, memory: 128 << 20, engine: 'jit' });
      const bytes = readFileSync(join(IMAGES, 'kvm-arm.elf'));
      machine.boot({ kernel: { name: 'kvm-arm.elf', bytes }, deviceTree: 'generated' });
      while (machine.run(1_000_000).end === 'budget');
      assert.equal(machine.ended, 'powered off');
      const { regions, mostAtOnce } = machine.compiler!;
      assert.ok(regions > 0);
      assert.ok(mostAtOnce <= MOST, `${mostAtOnce} instructions at once`);
    });
});
