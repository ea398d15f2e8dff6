/**
 * Devices that compiled code reaches (MemoryAccess.reach): their pages are kept, and are not when the translation, or
 * what somebody listens to, has changed.
 */
import assert from 'node:assert/strict';
import { AccessFlags } from '../../../emulator/mmu/memory-access';
import { SlowAccess, slowAccess } from '../../../emulator/mmu/slow-access';
import { MemoryFault } from '../../../emulator/system/fault';
import { DEVICE, SmallMachine } from './small-machine';

const VA = 0x0010_0000;
const READ = slowAccess(4, 4, SlowAccess.Device);
const WRITE = slowAccess(4, 4, SlowAccess.Device | SlowAccess.Write);
/** A short descriptor of a section: the address, whatever AP says, no XN. */
const section = (pa: number, ap: number): number => pa | (ap << 10) | 2;
const READ_WRITE = 3;

/** A device at VA, which has been reached. */
function reached(): { m: SmallMachine; entry: number } {
  const m = new SmallMachine();
  Object.assign(m.device, { selfContained: true });
  const table = m.short();
  m.word(table + (VA >>> 20) * 4, section(DEVICE, READ_WRITE));
  m.mmu.translationChanged();
  assert.notEqual(m.mmu.reach(VA, WRITE, 5), 0);
  assert.notEqual(m.mmu.reach(VA, READ, 0), 0);
  assert.deepEqual(m.device.log.splice(0), ['write 4 at 0: 5', 'read 4 at 0']);
  return { m, entry: table + (VA >>> 20) * 4 };
}

describe('pages of devices', () => {
  it('are those that the TLB has: what tables say counts after maintenance', () => {
    const { m, entry } = reached();
    m.word(entry, 0);
    assert.notEqual(m.mmu.reach(VA, READ, 0), 0);
    m.device.log.length = 0;
    m.mmu.tlbMaintenance('TLBIMVA', VA);
    const fault = m.mmu.reach(VA, READ, 0);
    assert.ok(fault instanceof MemoryFault && fault.kind === 'translation');
    assert.deepEqual(m.device.log, []);
  });

  it('are left to the interpreter while somebody listens to accesses, be it only to count', () => {
    const { m } = reached();
    const end = m.events.subscribe(['mmio'], () => undefined, { counts: true });
    assert.equal(m.mmu.reach(VA, READ, 0), 0);
    end();
    assert.notEqual(m.mmu.reach(VA, READ, 0), 0);
  });

  it('are left to the interpreter where a watch is on them, and only for accesses that it is on', () => {
    const { m } = reached();
    m.mmu.setWatches([{ space: 'pa', start: DEVICE + 0x800, length: 4, on: 'write' }], () => undefined);
    assert.equal(m.mmu.reach(VA, WRITE, 1), 0);
    assert.notEqual(m.mmu.reach(VA, READ, 0), 0);
    m.mmu.setWatches([], () => undefined);
    assert.notEqual(m.mmu.reach(VA, WRITE, 1), 0);
  });

  it('are read from the page that a device shows, until somebody listens or watches', () => {
    const { m } = reached();
    const shown = 0x5_0000;
    Object.assign(m.device, { readsAs: () => shown });
    m.state.i32[shown / 4 + 2] = 0x1234_5678;
    m.mmu.windowChanged();
    const readOffset = (): number => {
      m.device.log.length = 0;
      m.mmu.read(VA + 8, 4, AccessFlags.Ordinary, 4);
      assert.equal(m.device.log.length, 1, 'the first read is made of the device');
      return m.mmu.context.readOffset(VA + 8);
    };
    assert.equal(readOffset(), shown + 8);
    assert.equal(m.mmu.context.writeOffset(VA + 8), -1);
    assert.equal(m.mmu.context.fetchOffset(VA + 8), -1);
    m.mmu.tlbMaintenance('TLBIMVA', VA);
    assert.equal(m.mmu.context.readOffset(VA + 8), -1);
    assert.equal(readOffset(), shown + 8);
    m.mmu.setWatches([{ space: 'pa', start: DEVICE, length: 4, on: 'read' }], () => undefined);
    assert.equal(readOffset(), -1);
    m.mmu.setWatches([], () => undefined);
    m.events.subscribe(['mmio'], () => undefined);
    assert.equal(readOffset(), -1);
  });

  it('belong to their context: another domain access is another context', () => {
    const { m } = reached();
    m.set({ DACR: 0 });
    const fault = m.mmu.reach(VA, READ, 0);
    assert.ok(fault instanceof MemoryFault && fault.kind === 'domain');
    m.set({ DACR: 0x5555_5555 });
    assert.notEqual(m.mmu.reach(VA, READ, 0), 0);
  });
});
