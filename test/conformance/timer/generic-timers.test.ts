/**
 * Random writes to the generic timers here and on QEMU: status, interrupts and lines. The two machines' clocks do
 * not agree, so every value is either far from the count or relative to it: nothing depends on how long anything
 * takes, as long as the whole takes less than 34 s (2^31 ticks).
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { VIRT_MAP } from '../../../emulator/devices/board-virt-map';
import { Gic } from '../../../emulator/gic/gic';
import { Clock } from '../../../emulator/state/clock';
import { PendingLine, SYS } from '../../../emulator/state/layout';
import { MachineState } from '../../../emulator/state/machine-state';
import { GenericTimers, type TimerName } from '../../../emulator/timer/generic-timers';
import { Operation, randomNumbers, runOnQemu, type Access } from '../gic/access-list';

const SOURCE = join(process.cwd(), 'test/conformance/gic');
/** Registers by their number in accesses.S. */
const CONTROLS = [SYS.CNTP_CTL, SYS.CNTV_CTL, SYS.CNTHP_CTL];
const WIDE: Readonly<Record<number, number>> = {
  ...{ 3: SYS.CNTP_CVAL, 4: SYS.CNTV_CVAL, 5: SYS.CNTHP_CVAL, 9: SYS.CNTVOFF },
};
const NAMES: readonly TimerName[] = ['CNTP', 'CNTV', 'CNTHP'];

/** Timers and Gic of one core; each access takes a microsecond. */
function runHere(accesses: readonly Access[]): number[] {
  const state = new MachineState(1, 0, false, true);
  const core = state.cores[0];
  const clock = new Clock(state);
  let lines = 0;
  const gic = new Gic({}, { set: (_, line, level) => void (lines = level ? lines | line : lines & ~line) });
  const setPpi = (index: number, id: number, level: boolean): void => gic.setPpi(index, id, level);
  const timers = new GenericTimers(state.cores, clock, 62_500_000, { setPpi, sendEvent: () => undefined });
  state.now = 1e6;
  return accesses.map(({ operation, address, value, high }) => {
    state.now += 1000;
    clock.ringDue();
    const by = { core: 0, secure: false, privileged: true };
    switch (operation) {
      case Operation.WriteTimer:
        if (address < 3) core.u32[CONTROLS[address]] = value & 3;
        else if (address in WIDE) core.u32.set([value, high ?? 0], WIDE[address]);
        else timers.writeTimerValue(core, NAMES[address - 6], value);
        timers.timerChanged(0);
        return high ?? 0;
      case Operation.ReadTimer:
        if (address < 3) return timers.readControl(core, NAMES[address]);
        if (address in WIDE) return core.u32[WIDE[address]];
        return timers.readTimerValue(core, NAMES[address - 6]);
      case Operation.PhysicalLines:
        return lines & PendingLine.IRQ ? 0x80 : 0;
      case Operation.Write32:
        gic.devices.gicd.write(address - VIRT_MAP.gicd.base, 4, value, by);
        return 0;
      default:
        return gic.devices.gicd.read(address - VIRT_MAP.gicd.base, 4, by);
    }
  });
}

const LONG = process.env['WORLDSWITCH_LONG'] === '1';
const ALONE = process.env['TIMER_SEED'];
const SEEDS = ALONE !== undefined ? [Number(ALONE)] : Array.from({ length: LONG ? 60 : 1 }, (_, i) => i + 1);

describe('generic timers beside QEMU 7.2', function () {
  this.timeout(LONG ? 600_000 : 60_000);

  it(`control, compare, offset and timer values give the same status and interrupts (seeds from ${SEEDS[0]})`, () => {
    for (const seed of SEEDS) compare(seed);
  });

  function compare(seed: number): void {
    const random = randomNumbers(seed);
    const { base } = VIRT_MAP.gicd;
    const list: Access[] = [];
    const go = (operation: Operation, address: number, value = 0, high = 0): void =>
      void list.push({ core: 0, operation, address, value: value >>> 0, high });
    go(Operation.Write32, base + 0x100, 0x7fff_ffff);
    /** High and low words far from any count: long past, far future, just below the wrap, beyond an offset. */
    const far: readonly (readonly [high: number, low: number])[] = [
      ...([
        [0, 0],
        [0x7fff_ffff, 0],
        [0xffff_ffff, 0xffff_ffff],
        [0x8000_0000, 0],
      ] as const),
      ...([
        [0x4000_0000, 7],
        [0xffff_0000, 0],
        [0x100, 0],
      ] as const),
    ];
    for (let i = 0; i < 3000; i++) {
      const timer = random.below(3);
      const [high, low] = random.pick(far);
      const action = random.below(5);
      if (action === 0) go(Operation.WriteTimer, timer, random.below(4));
      else if (action === 1) go(Operation.WriteTimer, 3 + timer, low, high);
      else if (action === 2) go(Operation.WriteTimer, 9, low, high);
      else if (action === 3)
        go(Operation.WriteTimer, 6 + timer, random.pick([0, 0x7fff_ffff, -1, 0x7000_0000, -20]));
      else {
        go(Operation.WriteTimer, 3 + timer, low, high);
        go(Operation.ReadTimer, 3 + timer);
      }
      for (const name of [0, 1, 2]) go(Operation.ReadTimer, name);
      go(Operation.Read32, base + 0x200);
      go(Operation.PhysicalLines, 0);
    }
    const ours = runHere(list);
    const theirs = runOnQemu(SOURCE, 1, list);
    list.forEach(({ operation, address }, i) =>
      assert.equal(
        ours[i],
        theirs[i],
        `TIMER_SEED=${seed}, access ${i}: operation ${operation} at ${address.toString(16)}`,
      ),
    );
  }
});
