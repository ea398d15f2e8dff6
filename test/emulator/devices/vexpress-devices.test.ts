/** Devices of board vexpress-a15 where they meet time, lines and the whole board; and where QEMU is no oracle. */
import assert from 'node:assert/strict';
import type { AccessSize, Device } from '../../../emulator/devices/device';
import { Pl050 } from '../../../emulator/devices/pl050';
import { Pl180 } from '../../../emulator/devices/pl180';
import { Ps2Keyboard, Ps2Mouse } from '../../../emulator/devices/ps2';
import { Sp804 } from '../../../emulator/devices/sp804';
import { Sp810 } from '../../../emulator/devices/sp810';
import { VexpressSysregs } from '../../../emulator/devices/vexpress-sysregs';
import { Clock } from '../../../emulator/state/clock';
import { MachineState } from '../../../emulator/state/machine-state';

const BY = { core: 0, secure: false, privileged: true };
const read = (device: Device, offset: number, size: AccessSize = 4): number => device.read(offset, size, BY);
const write = (device: Device, offset: number, value: number): void =>
  assert.ok(device.write(offset, 4, value, BY));

class Wire {
  level = false;
  set(level: boolean): void {
    this.level = level;
  }
}

describe('SP804', () => {
  const LOAD = 0x00;
  const VALUE = 0x04;
  const CONTROL = 0x08;
  const CLEAR = 0x0c;
  const RAW = 0x10;
  const BACKGROUND = 0x18;
  const PERIODIC_32 = 0xe2;
  const FREE_32 = 0xa2;
  const FREE_16 = 0xa0;
  const ONE_SHOT_32 = 0xe3;

  /** A timer at 1 MHz; `at` moves time to a microsecond, as a machine does. */
  const make = () => {
    const state = new MachineState(1, 0, false, true);
    const clock = new Clock(state);
    const wire = new Wire();
    const timer = new Sp804('sp804', 1_000_000, clock, wire);
    const at = (microseconds: number): void => {
      state.now = microseconds * 1000;
      clock.ringDue();
    };
    return { clock, wire, timer, at, state };
  };

  it('counts down from the load value and interrupts at zero, to the nanosecond', () => {
    const { clock, wire, timer, state, at } = make();
    write(timer, LOAD, 10);
    write(timer, CONTROL, PERIODIC_32);
    assert.equal(read(timer, VALUE), 10);
    assert.equal(clock.nextDeadline, 10_000);
    at(9.999);
    assert.equal(read(timer, VALUE), 0);
    assert.equal(wire.level, false);
    at(10);
    assert.equal(wire.level, true);
    assert.equal(read(timer, VALUE), 10, 'reloaded');
    assert.equal(clock.nextDeadline, Infinity, 'an interrupt that is pending needs no alarm');
    at(35);
    write(timer, CLEAR, 1);
    assert.equal(wire.level, false);
    assert.equal(clock.nextDeadline, 40_000, 'the period goes on');
    state.now = 45_000;
    assert.equal(read(timer, RAW), 1, 'known without the alarm having rung');
  });

  it('free-running, it wraps from zero to the largest number of 32 or 16 bits', () => {
    const { timer, at } = make();
    write(timer, LOAD, 5);
    write(timer, CONTROL, FREE_32);
    at(5.5);
    assert.equal(read(timer, VALUE), 0xffff_ffff);
    write(timer, CONTROL, FREE_16);
    assert.equal(read(timer, VALUE), 0xffff, 'the same count, in 16 bits');
    at(5.5 + 0xffff + 2);
    assert.equal(read(timer, VALUE), 0xfffe);
  });

  it('one-shot, it stays at zero until it is loaded again or is one-shot no more', () => {
    const { timer, at, clock } = make();
    write(timer, LOAD, 3);
    write(timer, CONTROL, ONE_SHOT_32);
    at(100);
    assert.deepEqual([read(timer, VALUE), read(timer, RAW)], [0, 1]);
    write(timer, CLEAR, 0);
    assert.equal(clock.nextDeadline, Infinity);
    write(timer, LOAD, 7);
    assert.equal(clock.nextDeadline, 107_000);
    at(107);
    write(timer, CONTROL, PERIODIC_32);
    at(108);
    assert.equal(read(timer, VALUE), 6, 'from the load value');
  });

  it('a control write alone does not start it anew, and a stopped counter keeps its value', () => {
    const { timer, at } = make();
    write(timer, LOAD, 100);
    write(timer, CONTROL, PERIODIC_32);
    at(30);
    write(timer, CONTROL, PERIODIC_32);
    at(40);
    assert.equal(read(timer, VALUE), 60);
    write(timer, CONTROL, PERIODIC_32 & ~0x80);
    at(50);
    assert.equal(read(timer, VALUE), 60);
    write(timer, CONTROL, PERIODIC_32 | 4);
    at(50 + 32);
    assert.equal(read(timer, VALUE), 58, '16 cycles a count');
  });

  it('the background load value counts from the next zero on', () => {
    const { timer, at } = make();
    write(timer, LOAD, 100);
    write(timer, CONTROL, PERIODIC_32);
    write(timer, BACKGROUND, 30);
    assert.deepEqual([read(timer, LOAD), read(timer, VALUE)], [30, 100]);
    at(110);
    assert.equal(read(timer, VALUE), 20);
  });

  it('the load value zero interrupts at once, and once', () => {
    const { timer, wire, clock } = make();
    write(timer, CONTROL, PERIODIC_32);
    write(timer, LOAD, 0);
    assert.equal(wire.level, true);
    write(timer, CLEAR, 0);
    assert.equal(wire.level, false);
    assert.equal(clock.nextDeadline, Infinity);
  });

  it('both counters share the interrupt, each with its mask', () => {
    const { timer, wire, at } = make();
    write(timer, LOAD, 3);
    write(timer, CONTROL, PERIODIC_32 & ~0x20);
    write(timer, 0x20 + LOAD, 5);
    write(timer, 0x20 + CONTROL, PERIODIC_32);
    at(4);
    assert.deepEqual([read(timer, RAW), wire.level], [1, false]);
    write(timer, CONTROL, PERIODIC_32);
    assert.equal(wire.level, true, 'unmasked');
    write(timer, CLEAR, 0);
    assert.equal(wire.level, false);
    at(5);
    assert.equal(wire.level, true);
  });

  it('a snapshot does not depend on when the timer was last looked at', () => {
    const one = make();
    const two = make();
    for (const { timer, at } of [one, two]) {
      write(timer, LOAD, 10);
      write(timer, CONTROL, 0xc2);
      at(34);
    }
    read(one.timer, VALUE);
    assert.deepEqual(one.timer.save(), two.timer.save());
    const copy = make();
    copy.at(34);
    copy.timer.restore(structuredClone(one.timer.save()));
    assert.equal(read(copy.timer, VALUE), 6);
  });
});

describe('PL050 and what is plugged into it', () => {
  it('an answer interrupts until it is read; looking takes nothing', () => {
    const wire = new Wire();
    const port = new Pl050('kmi', new Ps2Keyboard(), wire);
    write(port, 0, 0x14);
    write(port, 8, 0xff);
    assert.equal(wire.level, true);
    assert.equal(port.peek(8, 4, BY), 0xfa);
    assert.deepEqual([read(port, 8), read(port, 8)], [0xfa, 0xaa]);
    assert.equal(wire.level, false);
    write(port, 0, 0x1c);
    assert.equal(wire.level, true, 'there is always room to send');
  });

  it('a mouse that is reset leaves wrap mode', () => {
    const mouse = new Ps2Mouse();
    const say = (byte: number): number[] => {
      mouse.write(byte);
      const answer = [];
      while (mouse.pending) answer.push(mouse.read());
      return answer;
    };
    assert.deepEqual(say(0xee), [0xfa]);
    assert.deepEqual(say(0xe9), [0xe9]);
    assert.deepEqual(say(0xff), [0xfa, 0xaa, 0]);
    assert.deepEqual(say(0xe9), [0xfa, 0, 2, 100]);
  });

  it('answers that nobody reads do not pile up', () => {
    const mouse = new Ps2Mouse();
    for (let i = 0; i < 100; i++) mouse.write(0xeb);
    let bytes = 0;
    for (; mouse.pending; bytes++) mouse.read();
    assert.ok(bytes <= 16, `${bytes} bytes`);
  });
});

describe('PL180', () => {
  it('a command is no end of data, and a transfer broken off is none', () => {
    const card = new Pl180('mci', [new Wire(), new Wire()]);
    write(card, 0x0c, 0x440);
    assert.equal(read(card, 0x34), 1 << 2);
    write(card, 0x38, 0x7ff);
    write(card, 0x28, 512);
    write(card, 0x2c, 1);
    write(card, 0x2c, 0);
    assert.equal(read(card, 0x34), 0);
  });
});

describe('system registers of a Versatile Express', () => {
  it('switch the board off and start it again, by the configuration bus alone', () => {
    const happened: string[] = [];
    const clock = new Clock(new MachineState(1, 0, false, true));
    const device = new VexpressSysregs('sysregs', clock, (what) => void happened.push(what));
    for (const control of [0xc081_0000, 0xc080_0001, 0x8080_0000, 0x4080_0000, 0xc091_0000])
      write(device, 0xa4, control);
    assert.deepEqual(happened, []);
    write(device, 0xa4, 0xc080_0000);
    write(device, 0xa4, 0xc090_0000);
    assert.deepEqual(happened, ['off', 'reset']);
  });

  it('count hundredths of a second and cycles of 24 MHz, for longer than a double can multiply', () => {
    const state = new MachineState(1, 0, false, true);
    const device = new VexpressSysregs('sysregs', new Clock(state), () => undefined);
    state.now = 1.5e9;
    assert.deepEqual([read(device, 0x24), read(device, 0x5c)], [150, 36_000_000]);
    state.now = 2 ** 52 - 1;
    assert.equal(read(device, 0x5c), Number((((2n ** 52n - 1n) * 24n) / 1000n) % 2n ** 32n));
  });
});

describe('SP810', () => {
  it('holds the clock choices of the timers, DOZE at first', () => {
    const controller = new Sp810('sp810');
    assert.equal(read(controller, 0), 1);
    write(controller, 0, 0xffff_ffff);
    assert.equal(read(controller, 0), 0x00ff_ff87);
    controller.reset();
    assert.equal(read(controller, 0), 1);
    assert.equal(read(controller, 0xfe0), 0x10);
  });
});
