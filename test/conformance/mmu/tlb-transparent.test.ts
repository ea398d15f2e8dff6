// With tables that do not change, the TLB changes nothing but time: every access gives the same with an empty TLB as
// after all the others, whatever privilege, regime, VMID and ASID they had.
import assert from 'node:assert/strict';
import { makeSetUp } from './batch';
import { KIND_NAMES, Kind, type Operation } from './layout';
import { Model, type Result } from './model';

const SET_UPS = 60;

describe('the TLB is transparent', function () {
  this.timeout(60_000);

  it(`in ${SET_UPS} random set-ups`, () => {
    const model = new Model();
    let hits = 0;
    for (let index = 0; index < SET_UPS; index++) {
      const setUp = makeSetUp(4242, index);
      const operations = everyKind(setUp.operations);
      model.load(setUp);
      // Stores write the same always: after a first round memory no longer changes.
      for (const operation of operations) model.run(operation);
      const alone = operations.map((operation) => {
        model.emptyTlb();
        return model.run(operation);
      });
      model.emptyTlb();
      for (const round of [1, 2])
        for (const [i, operation] of operations.entries()) {
          const result = model.run(operation);
          const what = `set-up ${index} ${KIND_NAMES[operation.kind]} 0x${operation.va.toString(16)} round ${round}`;
          assert.deepEqual(result, alone[i] as Result, what);
          hits++;
        }
    }
    assert.ok(hits > 20_000, `${hits}`);
  });
});

/** Each address by every kind of access that the set-up can make. */
function everyKind(operations: readonly Operation[]): Operation[] {
  const below = operations.some(({ kind }) => kind >= Kind.ReadPL1 && kind <= Kind.TranslateAtPL1);
  const hyp = operations.some(({ kind }) => kind >= Kind.ReadHyp);
  const kinds = KIND_NAMES.map((_, kind): Kind => kind).filter(
    (kind) => kind >= Kind.ReadPL1 && (kind >= Kind.ReadHyp ? hyp : below),
  );
  return operations.flatMap(({ va }) => kinds.map((kind) => ({ kind, va })));
}
