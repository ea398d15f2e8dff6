/** Random access sequences on our Gic and on QEMU's, result by result. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Operation, runOnQemu, type Access } from './access-list';
import { accepted } from './deviations';
import { randomAccesses } from './random-accesses';
import { randomSecureAccesses } from './random-secure-accesses';

/** `npm run test:long`: thirty times as many sequences. */
const LONG = process.env['WORLDSWITCH_LONG'] !== undefined;
const TIMES = LONG ? 30 : 1;
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
    it(`${cores} core(s): ${seeds * TIMES} × ${length} random accesses give the same`, () => {
      for (let seed = 1; seed <= seeds * TIMES; seed++) {
        const { accesses, results } = randomAccesses(seed, cores, length);
        compare(seed, accesses, results, runOnQemu(SOURCE, cores, accesses));
      }
    });

  it(`Secure and Non-secure: ${8 * TIMES} × 4000 random accesses give the same`, () => {
    for (let seed = 1; seed <= 8 * TIMES; seed++) {
      const { accesses, results } = randomSecureAccesses(seed, 4000);
      compare(seed, accesses, results, runOnQemu(SOURCE, 1, accesses, 'secure'));
    }
  });
});
