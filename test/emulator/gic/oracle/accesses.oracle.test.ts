/** Random access sequences on our Gic and on QEMU's, result by result. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Operation, runOnQemu } from './access-list';
import { accepted, randomAccesses } from './random-accesses';

const SOURCE = join(process.cwd(), 'test/emulator/gic/oracle');
const NAMES: Readonly<Record<Operation, string>> = {
  [Operation.Read32]: 'LDR',
  [Operation.Write32]: 'STR',
  [Operation.Read8]: 'LDRB',
  [Operation.Write8]: 'STRB',
  [Operation.Read16]: 'LDRH',
  [Operation.Write16]: 'STRH',
  [Operation.PhysicalLines]: 'lines IRQ, FIQ',
  [Operation.VirtualLines]: 'lines VIRQ, VFIQ',
  [Operation.WriteTimer]: 'MCR timer',
  [Operation.ReadTimer]: 'MRC timer',
};

describe('GIC beside QEMU 7.2', function () {
  this.timeout(120_000);
  for (const { cores, seeds, length } of [
    { cores: 1, seeds: 12, length: 6000 },
    { cores: 2, seeds: 6, length: 4000 },
    { cores: 4, seeds: 3, length: 4000 },
    { cores: 8, seeds: 2, length: 4000 },
  ])
    it(`${cores} core(s): ${seeds} × ${length} random accesses give the same`, () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const { accesses, results } = randomAccesses(seed, cores, length);
        const qemu = runOnQemu(SOURCE, cores, accesses);
        accesses.forEach((access, i) => {
          const [ours, theirs] = [results[i]!, qemu[i]!];
          if (ours === theirs || accepted(access, ours, theirs)) return;
          const { core, operation, address } = access;
          assert.fail(
            `seed ${seed}, access ${i}: core ${core} ${NAMES[operation]} 0x${address.toString(16)}: ` +
              `ours 0x${ours.toString(16)}, QEMU's 0x${theirs.toString(16)}`,
          );
        });
      }
    });
});
