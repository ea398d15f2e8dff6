// Accesses, traps, exceptions and status registers: where each experiment ends here and on QEMU.
import assert from 'node:assert/strict';
import { DEVIATIONS } from './deviations';
import { OUTCOME_WORDS, type Experiment, type Outcome } from './experiment';
import {
  everyBankedMove,
  everyCall,
  everyMask,
  everyRead,
  everyReturn,
  everyStatusRead,
  everyStatusWrite,
  everyTrap,
  everyVfpAccess,
  everyVirtualInterrupt,
  everyWait,
  everyWrite,
} from './experiments';
import { Model } from './model';
import { runOnQemu } from './qemu';

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

/** HSR of the HVC in a PL1 vector: its return address says nothing. */
const inPl1Vector = (outcome: Outcome): boolean => (outcome.hsr & ~7) >>> 0 === 0x4a00_0100;

/** Names of what differs. */
function differences(ours: Outcome, theirs: Outcome): readonly (keyof Outcome)[] {
  return OUTCOME_WORDS.filter(
    (name) => ours[name] !== theirs[name] && !(name === 'elr' && inPl1Vector(theirs)),
  );
}

const GROUPS: readonly (readonly [string, () => readonly Experiment[]])[] = [
  ['every encoding of MRC and MRRC, read at PL1, PL0 and in Hyp', everyRead],
  ['every row of the register table, written at PL1, PL0 and in Hyp', everyWrite],
  ['every register, written with ones and zeros and read back', everyMask],
  ['every row, with each control bit that can trap it', everyTrap],
  ['SVC, HVC, SMC, UDF and BKPT from every mode under each routing', everyCall],
  ['WFI with HCR.TWI', everyWait],
  ['MSR CPSR and SPSR', everyStatusWrite],
  ['MRS and CPS', everyStatusRead],
  ['banked MRS and MSR', everyBankedMove],
  ['VFP and Advanced SIMD under CPACR, FPEXC, HCPTR and HCR', everyVfpAccess],
  ['exception returns', everyReturn],
  ['virtual interrupts under every routing and mask', everyVirtualInterrupt],
];

describe('system, compared with QEMU', () => {
  const seen = new Set<(typeof DEVIATIONS)[number]>();
  for (const [name, make] of GROUPS)
    it(name, () => {
      const experiments = make();
      const theirs = runOnQemu(experiments);
      const model = new Model();
      const failures: string[] = [];
      let deviations = 0;
      experiments.forEach((experiment, i) => {
        const ours = model.run(experiment);
        const differing = differences(ours, theirs[i]);
        if (differing.length === 0) return;
        const deviation = DEVIATIONS.find(({ covers }) => covers(experiment, ours, theirs[i]));
        if (deviation !== undefined) {
          deviations++;
          seen.add(deviation);
        } else
          failures.push(
            `${experiment.name}: ${differing.map((word) => `${word} ${hex(ours[word])}, QEMU ${hex(theirs[i][word])}`).join('; ')}`,
          );
      });
      assert.equal(
        failures.length,
        0,
        `${failures.length} of ${experiments.length} differ:\n${failures.slice(0, 60).join('\n')}`,
      );
      assert.ok(deviations < experiments.length);
    });

  it('every deviation that is written down is one', () => {
    assert.deepEqual(
      DEVIATIONS.filter((row) => !seen.has(row)).map((row) => row.why),
      [],
    );
  });
});
