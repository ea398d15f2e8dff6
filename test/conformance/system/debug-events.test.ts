// Breakpoints and watchpoints of a guest: which access or instruction aborts, and what all registers say of it.
import assert from 'node:assert/strict';
import { randomNumbers } from '../gic/access-list';
import { DebugProbe, randomSetUp, RESULT_NAMES, type DebugResult, type DebugSetUp } from './debug-events';
import { DEBUG_DEVIATIONS } from './deviations';

const SEED = Number(process.env.DEBUG_SEED ?? 1);
const SET_UPS = process.env['WORLDSWITCH_LONG'] === '1' ? 200_000 : 6_000;
/** As many as RAM behind the list has room for, well below the data. */
const BATCH = 50_000;
const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

describe('debug events, compared with QEMU', function () {
  this.timeout(600_000);
  let probe: DebugProbe;
  before(() => {
    probe = new DebugProbe();
  });
  after(() => probe.remove());

  it(`${SET_UPS} random breakpoints and watchpoints in every mode (seed ${SEED})`, () => {
    const random = randomNumbers(SEED);
    const differences: string[] = [];
    const methods = new Map<number, number>();
    for (let done = 0; done < SET_UPS; done += BATCH) {
      const setUps = Array.from({ length: Math.min(BATCH, SET_UPS - done) }, () =>
        randomSetUp(random, probe),
      );
      const theirs = probe.onQemu(setUps);
      probe.here(setUps).forEach((ours, i) => {
        const method = (theirs[i].DBGDSCR >>> 2) & 15;
        methods.set(method, (methods.get(method) ?? 0) + 1);
        const wrong = RESULT_NAMES.filter((name) => seen(name, ours) !== seen(name, theirs[i]));
        if (wrong.length > 0)
          differences.push(
            `set-up ${done + i}: ${wrong.map((name) => `${name} ${hex(ours[name])}, QEMU ${hex(theirs[i][name])}`).join('; ')}\n${describeSetUp(setUps[i])}`,
          );
      });
    }
    assert.equal(
      differences.length,
      0,
      `${differences.length} differ:\n${differences.slice(0, 10).join('\n')}`,
    );
    // None of the two kinds of event may be missing.
    for (const method of [0, 1, 10])
      assert.ok(methods.get(method)! > SET_UPS / 10, `method of entry ${method}`);
  });
});

/** A result as far as it can be compared. */
function seen(name: keyof DebugResult, result: DebugResult): number {
  return DEBUG_DEVIATIONS.filter((row) => row.name === name).reduce(
    (rest, { bits }) => rest & ~bits,
    result[name],
  );
}

function describeSetUp(setUp: DebugSetUp): string {
  return Object.entries(setUp)
    .map(([name, value]) => `${name} ${hex(value)}`)
    .join(', ');
}
