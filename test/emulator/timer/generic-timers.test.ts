/** The system counter and the generic timers, by ARM ARM B8. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EventHub } from '../../../emulator/events/event-hub';
import { Clock } from '../../../emulator/state/clock';
import { SECURE_BANK, SYS } from '../../../emulator/state/layout';
import { MachineState } from '../../../emulator/state/machine-state';
import { GenericTimers } from '../../../emulator/timer/generic-timers';
import { SystemCounter } from '../../../emulator/timer/system-counter';

const FREQUENCY = 62_500_000;

class Bench {
  readonly state: MachineState;
  readonly clock: Clock;
  readonly hub: EventHub;
  readonly timers: GenericTimers;
  /** Every change: `time core interrupt level`, or `time core event`. */
  readonly log: string[] = [];

  constructor(cores = 1, hasSecurity = false, hasVirtualization = true) {
    this.state = new MachineState(cores, 0, hasSecurity, hasVirtualization);
    this.clock = new Clock(this.state);
    this.hub = new EventHub(() => this.state.now);
    this.timers = new GenericTimers(
      this.state.cores,
      this.clock,
      FREQUENCY,
      {
        setPpi: (core, interrupt, level) => this.log.push(`${this.state.now} ${core} ${interrupt} ${level}`),
        sendEvent: (core) => this.log.push(`${this.state.now} ${core} event`),
      },
      this.hub,
    );
  }
  set(name: number, value: bigint, core = 0): void {
    const { u32 } = this.state.cores[core];
    u32[name] = Number(value & 0xffff_ffffn);
    if (name !== SYS.CNTP_CTL && name !== SYS.CNTV_CTL && name !== SYS.CNTHP_CTL)
      u32[name + 1] = Number(value >> 32n);
    this.timers.timerChanged(core);
  }
  control(name: number, value: number, core = 0): void {
    this.state.cores[core].u32[name] = value;
    this.timers.timerChanged(core);
  }
  /** Lets time pass, as the run loop does: to each deadline in turn. */
  runTo(time: number): void {
    while (this.clock.nextDeadline <= time) {
      this.state.now = Math.max(this.state.now, this.clock.nextDeadline);
      this.clock.ringDue();
    }
    this.state.now = time;
  }
}

describe('system counter', () => {
  it('counts now / 16 at 62.5 MHz', () => {
    const counter = new SystemCounter(FREQUENCY);
    assert.deepEqual(
      [0, 15, 16, 2 ** 53 - 1].map((now) => counter.at(now)),
      [0, 0, 1, 2 ** 49 - 1],
    );
  });

  it('timeOf is the first moment of a count, at any frequency', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 32_768, 19_200_000, 24_000_000, FREQUENCY, 100_000_000, 1_000_000_000),
        fc.nat({ max: 2 ** 40 }),
        (frequency, now) => {
          const counter = new SystemCounter(frequency);
          const count = counter.at(now);
          assert.ok(counter.timeOf(count) <= now);
          assert.ok(counter.timeOf(count + 1) > now);
          assert.equal(counter.at(counter.timeOf(count + 1)), count + 1);
          assert.equal(BigInt(count), (BigInt(now) * BigInt(frequency)) / 1_000_000_000n);
        },
      ),
    );
  });

  it('says which frequencies it cannot count', () => {
    assert.throws(() => new SystemCounter(0), /1 Hz to 1 GHz, not 0/);
    assert.throws(() => new SystemCounter(999_999_937), /cannot be counted exactly/);
  });
});

describe('generic timers', () => {
  it('drives PPI 30 from the moment the count reaches CNTP_CVAL until the condition ends', () => {
    const bench = new Bench();
    bench.set(SYS.CNTP_CVAL, 100n);
    bench.control(SYS.CNTP_CTL, 1);
    assert.equal(bench.timers.readControl(bench.state.cores[0], 'CNTP'), 1);
    bench.runTo(1599);
    assert.deepEqual(bench.log, []);
    bench.runTo(1600);
    assert.equal(bench.timers.readControl(bench.state.cores[0], 'CNTP'), 5);
    bench.control(SYS.CNTP_CTL, 3);
    assert.equal(bench.timers.readControl(bench.state.cores[0], 'CNTP'), 7);
    bench.control(SYS.CNTP_CTL, 1);
    bench.set(SYS.CNTP_CVAL, 200n);
    bench.control(SYS.CNTP_CTL, 0);
    assert.equal(bench.clock.nextDeadline, Infinity);
    assert.deepEqual(bench.log, ['1600 0 30 true', '1600 0 30 false', '1600 0 30 true', '1600 0 30 false']);
  });

  it('each timer has its interrupt: 29 Secure, 27 virtual, 26 Hyp', () => {
    const bench = new Bench(1, true);
    bench.control(SYS.CNTP_CTL + SECURE_BANK, 1);
    bench.control(SYS.CNTV_CTL, 1);
    bench.control(SYS.CNTHP_CTL, 1);
    assert.deepEqual(bench.log, ['0 0 29 true', '0 0 27 true', '0 0 26 true']);
    const plain = new Bench(1, false, false);
    plain.control(SYS.CNTP_CTL + SECURE_BANK, 1);
    plain.control(SYS.CNTHP_CTL, 1);
    assert.deepEqual(plain.log, [], 'neither exists without its extension');
  });

  it('the virtual timer counts from CNTVOFF, modulo 2^64', () => {
    const bench = new Bench();
    const core = bench.state.cores[0];
    bench.set(SYS.CNTVOFF, 1000n);
    bench.set(SYS.CNTV_CVAL, 5n);
    bench.control(SYS.CNTV_CTL, 1);
    assert.equal(bench.timers.virtualCount(core), (1n << 64n) - 1000n);
    assert.deepEqual(bench.log, ['0 0 27 true'], 'a count before the offset is a very large one');
    bench.runTo(16 * 1000);
    assert.deepEqual(bench.log.slice(1), ['16000 0 27 false']);
    assert.equal(bench.timers.virtualCount(core), 0n);
    bench.runTo(16 * 1005);
    assert.deepEqual(bench.log.slice(2), ['16080 0 27 true']);
  });

  it('TVAL is a signed distance: writing sets CVAL, reading gives what is left, also below zero', () => {
    const bench = new Bench();
    const core = bench.state.cores[0];
    bench.runTo(16_000);
    bench.timers.writeTimerValue(core, 'CNTHP', 50);
    assert.equal(core.u32[SYS.CNTHP_CVAL], 1050);
    bench.runTo(16 * 1060);
    assert.equal(bench.timers.readTimerValue(core, 'CNTHP'), 0xffff_fff6);
    bench.timers.writeTimerValue(core, 'CNTHP', -1061 >>> 0);
    assert.equal(core.u32[SYS.CNTHP_CVAL + 1], 0xffff_ffff);
  });

  it('publishes an expiry once for each time the condition becomes true, masked or not', () => {
    const bench = new Bench(2);
    const heard: unknown[] = [];
    bench.hub.subscribe(['timer-expiry'], (event) => void heard.push({ ...event }));
    bench.set(SYS.CNTV_CVAL, 10n, 1);
    bench.control(SYS.CNTV_CTL, 3, 1);
    bench.runTo(500);
    bench.control(SYS.CNTV_CTL, 1, 1);
    bench.set(SYS.CNTV_CVAL, 40n, 1);
    bench.runTo(1000);
    assert.deepEqual(heard, [
      { kind: 'timer-expiry', core: 1, timer: 'CNTV', time: 160 },
      { kind: 'timer-expiry', core: 1, timer: 'CNTV', time: 640 },
    ]);
  });

  it('event streams: EVNTI chooses the bit, EVNTDIR the edge', () => {
    const bench = new Bench();
    bench.runTo(16 * 100);
    bench.control(SYS.CNTKCTL, 4 | (3 << 4)); // bit 3, 0 to 1: counts 8, 24, 40 ... 104, 120
    bench.runTo(16 * 121);
    assert.deepEqual(bench.log, [`${16 * 104} 0 event`, `${16 * 120} 0 event`]);
    bench.control(SYS.CNTKCTL, 0);
    bench.control(SYS.CNTHCTL, 4 | 8 | (4 << 4)); // bit 4, 1 to 0: counts 128, 160
    bench.runTo(16 * 161);
    assert.deepEqual(bench.log.slice(2), [`${16 * 128} 0 event`, `${16 * 160} 0 event`]);
    bench.control(SYS.CNTHCTL, 0);
    assert.equal(bench.clock.nextDeadline, Infinity);
  });

  it('event streams: CNTKCTL counts from CNTVOFF, modulo 2^64', () => {
    // Bit 3, 0 to 1: where the virtual count is 8 more than a multiple of 16.
    for (const [offset, first] of [
      [3n, 107],
      [1001n, 113],
      [(1n << 60n) + 5n, 109],
      [(1n << 64n) - 2n, 102],
    ] as const) {
      const bench = new Bench();
      bench.runTo(16 * 100);
      bench.set(SYS.CNTVOFF, offset);
      bench.control(SYS.CNTKCTL, 4 | (3 << 4));
      bench.runTo(16 * (first + 17));
      assert.deepEqual(bench.log, [`${16 * first} 0 event`, `${16 * (first + 16)} 0 event`], `${offset}`);
    }
  });

  it('save and restore go on as if nothing had happened', () => {
    const run = (restoreAt: number | undefined): string[] => {
      let bench = new Bench();
      bench.set(SYS.CNTP_CVAL, 100n);
      bench.control(SYS.CNTP_CTL, 1);
      bench.control(SYS.CNTKCTL, 4 | (5 << 4));
      const log = bench.log;
      if (restoreAt !== undefined) {
        bench.runTo(restoreAt);
        const saved = structuredClone({ timers: bench.timers.save(), clock: bench.clock.save() });
        const other = new Bench();
        other.state.cores[0].u32.set(bench.state.cores[0].u32);
        other.state.now = bench.state.now;
        other.timers.restore(saved.timers);
        other.clock.restore(saved.clock);
        bench = other;
      }
      bench.runTo(5000);
      return restoreAt === undefined ? log : [...log, ...bench.log];
    };
    assert.deepEqual(run(1234), run(undefined));
    assert.deepEqual(run(2000), run(undefined));
  });
});
