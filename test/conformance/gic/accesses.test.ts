/** Random access sequences on our Gic and on QEMU's, result by result. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Operation, runOnQemu, type Access } from './access-list';
import { accepted } from './deviations';
import { randomAccesses } from './random-accesses';
import { randomSecureAccesses } from './random-secure-accesses';
import { runOnMachine } from './whole-machine';

/** `npm run test:long`: ten times as many sequences, five times as long. */
const LONG = process.env['WORLDSWITCH_LONG'] !== undefined;
const TIMES = LONG ? 10 : 1;
const LENGTHS = LONG ? 5 : 1;
/** One seed alone, of every number of cores. */
const ALONE = process.env['GIC_SEED'];
const seedsUpTo = (last: number): readonly number[] =>
  ALONE === undefined ? Array.from({ length: last * TIMES }, (_, i) => i + 1) : [Number(ALONE)];
const SOURCE = join(process.cwd(), 'test/conformance/gic');
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
  [Operation.Take]: 'interrupt taken',
  [Operation.WaitFor]: 'LDR until',
};

/** Fails with the first access whose result is not QEMU's. */
function compare(
  seed: number,
  accesses: readonly Access[],
  ours: readonly number[],
  qemu: Uint32Array,
): void {
  accesses.forEach((access, i) => {
    if (ours[i] === qemu[i] || accepted(access, ours[i], qemu[i])) return;
    const { core, operation, address, nonSecure } = access;
    assert.fail(
      `seed ${seed}, access ${i}: core ${core} ${nonSecure ? 'Non-secure ' : ''}${NAMES[operation]} ` +
        `0x${address.toString(16)}: ours 0x${ours[i].toString(16)}, QEMU's 0x${qemu[i].toString(16)}`,
    );
  });
}

describe('GIC beside QEMU 7.2', function () {
  this.timeout(LONG ? 3_600_000 : 120_000);
  for (const { cores, seeds, length } of [
    { cores: 1, seeds: 12, length: 6000 },
    { cores: 2, seeds: 6, length: 4000 },
    { cores: 4, seeds: 3, length: 4000 },
    { cores: 8, seeds: 2, length: 4000 },
  ])
    it(`${cores} core(s): ${seeds * TIMES} × ${length * LENGTHS} random accesses and interrupts taken give the same`, () => {
      let taken = 0;
      for (const seed of seedsUpTo(seeds)) {
        const { accesses, results } = randomAccesses(seed, cores, length * LENGTHS);
        const qemu = runOnQemu(SOURCE, cores, accesses);
        compare(seed, accesses, results, qemu);
        // The whole machine: cores, timers and interrupts together, by the same program.
        compare(seed, accesses, [...runOnMachine(cores, accesses)], qemu);
        taken += accesses.filter(({ operation }, i) => operation === Operation.Take && qemu[i] !== 0).length;
      }
      if (LONG) console.log(`      seeds ${seedsUpTo(seeds).join(', ')}: ${taken} interrupts taken`);
      assert.ok(taken > 20, `only ${taken} interrupts were taken`);
    });

  it(`Secure and Non-secure: ${8 * TIMES} × ${4000 * LENGTHS} random accesses give the same`, () => {
    for (const seed of seedsUpTo(8)) {
      const { accesses, results } = randomSecureAccesses(seed, 4000 * LENGTHS);
      compare(seed, accesses, results, runOnQemu(SOURCE, 1, accesses, 'secure'));
    }
  });
});
