/** What answers on the bus of `virt` at the edges of its windows, as on QEMU's. */
import assert from 'node:assert/strict';
import { DEFAULT_CONFIGURATION, Machine } from '../../../emulator';
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
    for (const pa of [0x1000_0000, 0x3efe_fffc, 0x3eff_0000, 0x40_1000_8000, 0x80_0000_0000])
      assert.deepEqual([...machine.memory.readPhysical(pa, 4).bytes], [255, 255, 255, 255], pa.toString(16));
  });

  it('the host bridge is in PCIe configuration space: below 4 GiB on a machine that boots firmware', () => {
    const identity = [0x36, 0x1b, 0x08, 0x00];
    assert.deepEqual([...machine.memory.readPhysical(0x40_1000_0000, 4).bytes], identity);
    assert.ok(!answers(0x3f00_0000));
    const booted = new Machine({ ...DEFAULT_CONFIGURATION, memory: 1 << 20, firmware: true });
    assert.deepEqual([...booted.memory.readPhysical(0x3f00_0000, 4).bytes], identity);
    assert.equal(booted.memory.region(0x40_1000_0000), undefined);
  });
});
