// Security Extensions: register accesses, calls and mode changes from Secure, Monitor, Non-secure and Hyp modes.
import assert from 'node:assert/strict';
import { MONITOR_DEVIATIONS } from './deviations';
import {
  everySecureAccess,
  everySecureCall,
  everySecureModeChange,
  MONITOR_OUTCOME,
  MonitorModel,
  type MonitorExperiment,
} from './monitor';
import { runFromMonitor } from './qemu';

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const GROUPS: readonly (readonly [string, () => readonly MonitorExperiment[]])[] = [
  ['every row of the register table, read and written from every state', everySecureAccess],
  ['SVC, HVC, SMC, UDF and BKPT from every state', everySecureCall],
  ['MSR CPSR with every mode', everySecureModeChange],
];

describe('system with Security Extensions, compared with QEMU', () => {
  const seen = new Set<(typeof MONITOR_DEVIATIONS)[number]>();
  for (const [name, make] of GROUPS)
    it(name, () => {
      const experiments = make();
      const theirs = runFromMonitor(experiments);
      const model = new MonitorModel();
      const failures: string[] = [];
      experiments.forEach((experiment, i) => {
        const ours = model.run(experiment);
        const differing = MONITOR_OUTCOME.filter((word) => ours[word] !== theirs[i][word]);
        if (differing.length === 0) return;
        const deviation = MONITOR_DEVIATIONS.find(({ covers }) => covers(experiment.name));
        if (deviation !== undefined) seen.add(deviation);
        else
          failures.push(
            `${experiment.name}: ${differing.map((word) => `${word} ${hex(ours[word])}, QEMU ${hex(theirs[i][word])}`).join('; ')}`,
          );
      });
      assert.equal(
        failures.length,
        0,
        `${failures.length} of ${experiments.length} differ:\n${failures.slice(0, 60).join('\n')}`,
      );
    });

  it('every deviation that is written down is one', () => {
    assert.deepEqual(
      MONITOR_DEVIATIONS.filter((row) => !seen.has(row)),
      [],
    );
  });
});
