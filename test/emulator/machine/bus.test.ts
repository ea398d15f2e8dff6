/** What answers on the bus of `virt` at the edges of its windows, as on QEMU's. */
import assert from 'node:assert/strict';
import { SELF, machineWith } from './words';

describe('machine: the bus', () => {
  const machine = machineWith([SELF], { virtualization: true });
  const answers = (pa: number): boolean => machine.memory.region(pa) !== undefined;

  it('nothing answers behind the registers of the GIC', () => {
    for (const [base, size] of [
      [0x0800_0000, 0x1000],
      [0x0801_0000, 0x2000],
      [0x0803_0000, 0x1000],
      [0x0804_0000, 0x2000],
    ] as const) {
      assert.ok(answers(base + size - 4));
      assert.ok(!answers(base + size), (base + size).toString(16));
    }
  });

  it('PCIe configuration, memory and I/O space with no function read as ones', () => {
    for (const pa of [0x1000_0000, 0x3efe_fffc, 0x3eff_0000, 0x40_1000_0000, 0x80_0000_0000])
      assert.deepEqual([...machine.memory.readPhysical(pa, 4).bytes], [255, 255, 255, 255], pa.toString(16));
  });
});
