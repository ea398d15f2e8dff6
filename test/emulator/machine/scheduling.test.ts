/** Whose turn it is, what wakes a core that waits, and how time passes while none runs. */
import assert from 'node:assert/strict';
import { RunState, CORE, type Machine } from '../../../emulator';
import { LAST_ALARM } from '../../../emulator/state/clock';
import {
  CODE,
  CPSID_I,
  HVC,
  NE,
  RAM,
  SELF,
  SEV,
  WFE,
  WFI,
  YIELD,
  add,
  b,
  cmp,
  load,
  machineWith,
  mov,
  register,
  str,
  subs,
  wordAt,
  writeCntkctl,
  writeCntpCtl,
  writeCntpTval,
} from './words';

const CPU_ON = 0x8400_0003;
const GICD = 0x0800_0000;
const GICC = 0x0801_0000;

/** Starts core `core` at instruction `index` of the program. */
const cpuOn = (core: number, index: number): number[] => [
  ...load(0, CPU_ON),
  ...load(1, core),
  ...load(2, CODE + 4 * index),
  ...load(3, 0),
  HVC,
];
const CPU_ON_WORDS = cpuOn(0, 0).length;
/** An endless loop that counts in r4. */
const count = (from: number): number[] => [add(4, 4, 1), b(from + 1, from)];
const counted = (machine: Machine, core: number): number => register(machine, core, 4);

describe('machine: turns', () => {
  it('cores that never wait retire as many instructions each', () => {
    const start = 3 * CPU_ON_WORDS;
    const machine = machineWith(
      [...cpuOn(1, start), ...cpuOn(2, start), ...cpuOn(3, start), ...count(start)],
      { cpus: 4, slice: 100 },
    );
    machine.run(40_000);
    const each = [0, 1, 2, 3].map((core) => counted(machine, core));
    assert.ok(Math.max(...each) - Math.min(...each) <= 100, each.join(' '));
    assert.ok(Math.min(...each) > 4_900);
  });

  it('YIELD gives the rest of a slice away', () => {
    const start = CPU_ON_WORDS;
    const machine = machineWith([...cpuOn(1, start + 2), YIELD, b(start + 1, start), ...count(start + 2)], {
      cpus: 2,
      slice: 1000,
    });
    machine.run(100_000);
    // Of 1001 instructions core 0 has one or two.
    assert.ok(counted(machine, 1) > 49_000, `${counted(machine, 1)}`);
  });

  it('a core that loses its turn between LDREX and STREX stores nothing', () => {
    const start = CPU_ON_WORDS;
    const rounds = 200;
    // Both cores add 1 to a word of memory, `rounds` times.
    const program = [
      ...cpuOn(1, start),
      ...load(1, RAM),
      mov(4, rounds),
      0xe191_0f9f, // LDREX r0, [r1]
      add(0, 0, 1),
      0xe181_2f90, // STREX r2, r0, [r1]
      cmp(2, 0),
      b(start + 7, start + 3, NE),
      subs(4, 4, 1),
      b(start + 9, start + 3, NE),
      WFI,
    ];
    for (const slice of [1, 2, 3, 5, 8, 11, 13, 100]) {
      const machine = machineWith(program, { cpus: 2, slice });
      assert.equal(machine.run(1_000_000).end, 'idle');
      assert.equal(wordAt(machine, RAM), 2 * rounds, `slices of ${slice}`);
    }
  });

  it('a stop where a core gives up its turn, or at the end of a slice, changes nothing of what follows', () => {
    const start = CPU_ON_WORDS;
    // Core 0 sends itself SGI 0 again and again: a write to GICD_SGIR ends its turn.
    const program = [
      ...cpuOn(1, start + 5),
      ...load(5, GICD + 0xf00),
      str(4, 5),
      add(4, 4, 1),
      b(start + 4, start + 2),
      ...count(start + 5),
    ];
    const positions = (stops: boolean): number[][] => {
      const machine = machineWith(program, { cpus: 2, slice: 50 });
      if (stops) machine.events.subscribe(['mmio'], () => true);
      const seen: number[][] = [];
      for (let at = 500; at < 5_000; at += 500) {
        let left = at - machine.retired;
        while (left > 0) left -= machine.run(left).retired;
        seen.push([machine.retired, ...[0, 1].map((core) => counted(machine, core))]);
      }
      return seen;
    };
    assert.deepEqual(positions(true), positions(false));

    const pieces = (size: number): number[] => {
      const machine = machineWith(program, { cpus: 2, slice: 50 });
      for (let left = 3_000; left > 0;) left -= machine.run(Math.min(left, size)).retired;
      return [0, 1].map((core) => counted(machine, core));
    };
    for (const size of [1, 7, 50, 999]) assert.deepEqual(pieces(size), pieces(3_000), `pieces of ${size}`);
  });

  it('a core that gave up its turn can still be chosen to run next', () => {
    const start = CPU_ON_WORDS;
    const machine = machineWith(
      [...cpuOn(1, start), ...load(5, GICD + 0xf00), str(0, 5), ...count(start + 3)],
      {
        cpus: 2,
      },
    );
    machine.events.subscribe(['mmio'], (event) => event.core === 0);
    const { end, core } = machine.run(100_000);
    assert.deepEqual([end, core], ['stop', 0]);
    machine.select(0);
    const before = machine.state.cores[0]!.retired;
    machine.run(1);
    assert.equal(machine.state.cores[0]!.retired, before + 1);
  });
});

describe('machine: waiting', () => {
  it('nothing can wake a core: idle, and time stands', () => {
    for (const hint of [WFI, WFE]) {
      const machine = machineWith([hint, SELF]);
      const { end, retired } = machine.run(1000);
      assert.deepEqual([end, retired, machine.state.now], ['idle', 1, 1]);
      assert.equal(machine.run(1000).retired, 0);
    }
  });

  it('SEV wakes WFE on every core, and one event is consumed once', () => {
    const start = CPU_ON_WORDS;
    const machine = machineWith([...cpuOn(1, start + 3), SEV, WFE, WFE, WFE, mov(4, 7), WFE], { cpus: 2 });
    assert.equal(machine.run(1000).end, 'idle');
    // Core 1 used the event up with its first WFE or woke by it, and waits again at its second.
    assert.equal(counted(machine, 1), 7);
    assert.deepEqual(
      machine.state.cores.map((core) => core.i32[CORE.RUN_STATE]),
      [RunState.WaitEvent, RunState.WaitEvent],
    );
  });

  it('WFI wakes by a timer interrupt that CPSR masks; time jumps to it', () => {
    const machine = machineWith([
      CPSID_I,
      ...load(0, GICD),
      ...load(1, GICC),
      mov(2, 1),
      str(2, 0), // GICD_CTLR
      str(2, 1), // GICC_CTLR
      mov(3, 0xff),
      str(3, 1, 4), // GICC_PMR
      ...load(3, 1 << 30),
      str(3, 0, 0x100), // GICD_ISENABLER0
      ...load(3, 62_500),
      writeCntpTval(3),
      writeCntpCtl(2),
      WFI,
      mov(4, 7),
      SELF,
    ]);
    machine.run(30);
    assert.equal(counted(machine, 0), 7);
    assert.ok(machine.state.now > 1e6 && machine.state.now < 1e6 + 100, `${machine.state.now}`);
  });

  it('the event stream wakes WFE once for each period', () => {
    // EVNTEN, EVNTI 5: every 64 counts, 1024 ns.
    const machine = machineWith([...load(3, 4 | (5 << 4)), writeCntkctl(3), WFE, add(4, 4, 1), b(5, 3)]);
    machine.run(3 + 3 * 100);
    assert.equal(counted(machine, 0), 100);
    assert.ok(Math.abs(machine.state.now - 100 * 1024) < 1024, `${machine.state.now}`);
  });

  it('an event stream for a core that waits for an interrupt is no reason to go on for ever', () => {
    const machine = machineWith([...load(3, 4), writeCntkctl(3), WFI]);
    assert.equal(machine.run(1000).end, 'idle');
  });

  it('a masked interrupt does not wake WFE', () => {
    const machine = machineWith([
      CPSID_I,
      ...load(0, GICD),
      ...load(1, GICC),
      mov(2, 1),
      str(2, 0),
      str(2, 1),
      mov(3, 0xff),
      str(3, 1, 4),
      ...load(3, (2 << 24) | 1),
      ...load(0, GICD + 0xf00),
      str(3, 0), // GICD_SGIR: SGI 1 to the core itself
      WFE,
      mov(4, 7),
      SELF,
    ]);
    assert.equal(machine.run(1000).end, 'idle');
    assert.equal(counted(machine, 0), 0);
  });

  it('deadlines that no clock can tell never come, and time stays exact', () => {
    // RTCMR: an alarm in 136 years.
    const machine = machineWith([...load(0, 0x0901_0000), ...load(1, 0x6950_0000), str(1, 0, 4), WFI]);
    assert.equal(machine.run(1000).end, 'idle');
    assert.ok(machine.state.now < LAST_ALARM);
    assert.equal(wordAt(machine, RAM), 0);
  });
});
