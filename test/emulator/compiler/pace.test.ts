/** When compiling pays, and how much of it happens at once. */
import assert from 'node:assert/strict';
import { Pace } from '../../../emulator/compiler/pace';

const OPTIONS = { worth: 1000, burst: 250_000 };
const REGION = { read: 100, written: 100 };

/** Regions made before the pace allows no more. */
function batch(pace: Pace): number {
  let regions = 0;
  for (; pace.allows; regions++) pace.spent(REGION);
  pace.spentOnModule();
  return regions;
}

describe('compiler: the pace', () => {
  it('asks more of the first blocks, since a compiler that never ran is slow', () => {
    const pace = new Pace(OPTIONS);
    assert.equal(pace.pays(1900), false);
    for (let i = 0; i < 100; i++) pace.spent(REGION);
    assert.equal(pace.pays(1000), true);
    assert.equal(pace.pays(999), false);
  });

  it('makes no batch larger, however much was interpreted before', () => {
    const pace = new Pace(OPTIONS);
    pace.interpreted(1e9);
    const first = batch(pace);
    assert.ok(first >= 1 && first <= 6, `${first} regions`);
    for (let round = 0; round < 100; round++) {
      pace.interpreted(1e9);
      assert.ok(batch(pace) <= 11);
    }
  });

  it('has batches wait until as much was interpreted', () => {
    const pace = new Pace(OPTIONS);
    batch(pace);
    assert.equal(pace.allows, false);
    pace.interpreted(1000);
    assert.equal(pace.allows, false);
    pace.interpreted(OPTIONS.burst);
    assert.equal(pace.allows, true);
  });

  it('lets everything pass where nobody waits', () => {
    const pace = new Pace(undefined);
    for (let i = 0; i < 1000; i++) pace.spent(REGION);
    assert.ok(pace.allows && pace.pays(1));
  });
});
