/** Devices where they meet something outside: input, time, lines, memory; and what QEMU cannot tell. */
import assert from 'node:assert/strict';
import { CfiFlash } from '../../../emulator/devices/cfi-flash';
import { plainContents } from './plain-contents';
import type { AccessSize, Device } from '../../../emulator/devices/device';
import { AllOnes, EmptyVirtioTransport } from '../../../emulator/devices/empty-devices';
import type { BusMaster } from '../../../emulator/devices/bus-master';
import { FwCfg } from '../../../emulator/devices/fw-cfg';
import { GicV2m } from '../../../emulator/devices/gicv2m';
import { Pl011 } from '../../../emulator/devices/pl011';
import { Pl031 } from '../../../emulator/devices/pl031';
import { Pl061 } from '../../../emulator/devices/pl061';
import { Clock } from '../../../emulator/state/clock';
import { MachineState } from '../../../emulator/state/machine-state';

const BY = { core: 0, secure: false, privileged: true };
const read = (device: Device, offset: number, size: AccessSize = 4): number => device.read(offset, size, BY);
const peek = (device: Device, offset: number): number | undefined => device.peek(offset, 4, BY);
const write = (device: Device, offset: number, value: number, size: AccessSize = 4): void =>
  assert.ok(device.write(offset, size, value, BY));

/** A line that remembers its level. */
class Wire {
  level = false;
  set(level: boolean): void {
    this.level = level;
  }
}

describe('PL011', () => {
  const make = () => {
    const wire = new Wire();
    const sent: number[] = [];
    return { wire, sent, uart: new Pl011('uart', (byte) => void sent.push(byte), wire) };
  };

  it('sends what is written and gives what is received, a character at a time without FIFOs', () => {
    const { uart, wire, sent } = make();
    write(uart, 0, 0x141, 4);
    write(uart, 0, 0x42, 1);
    assert.deepEqual(sent, [0x41, 0x42]);
    write(uart, 0x38, 0x10);
    assert.equal(wire.level, false);
    uart.receive([1, 2, 3]);
    assert.equal(wire.level, true);
    assert.equal(read(uart, 0x18), 0xc0, 'full with one');
    assert.equal(peek(uart, 0), 1);
    assert.deepEqual([read(uart, 0), read(uart, 0), read(uart, 0)], [1, 2, 3]);
    assert.equal(read(uart, 0x18), 0x90);
    assert.equal(wire.level, false);
  });

  it('holds 16 with FIFOs; the rest waits outside', () => {
    const { uart } = make();
    write(uart, 0x2c, 0x10);
    uart.receive(Array.from({ length: 20 }, (_, i) => i));
    assert.equal(read(uart, 0x18) & 0x40, 0x40);
    assert.equal(read(uart, 0), 0);
    assert.equal(read(uart, 0x18) & 0x40, 0x40, 'one more came in');
    for (let i = 1; i < 20; i++) assert.equal(read(uart, 0), i);
    assert.equal(read(uart, 0x3c) & 0x10, 0);
  });

  it('loops back with LBE', () => {
    const { uart, sent } = make();
    write(uart, 0x30, 0x380);
    write(uart, 0, 0x55);
    assert.deepEqual(sent, []);
    assert.equal(read(uart, 0), 0x55);
  });

  it('save and restore keep what was received', () => {
    const { uart } = make();
    write(uart, 0x2c, 0x70);
    write(uart, 0x24, 13);
    uart.receive([7, 8, 9]);
    const other = make().uart;
    other.restore(structuredClone(uart.save()));
    assert.deepEqual(other.save(), uart.save());
    assert.deepEqual([read(other, 0), read(other, 0), read(other, 0)], [7, 8, 9]);
    other.reset();
    assert.deepEqual(other.save(), make().uart.save());
  });
});

describe('PL031', () => {
  it('counts seconds of virtual time from its epoch, and rings at the match', () => {
    const state = new MachineState(1, 0, false, true);
    const clock = new Clock(state);
    const wire = new Wire();
    const rtc = new Pl031('rtc', 1_767_225_600, clock, wire);
    assert.equal(read(rtc, 0), 1_767_225_600);
    state.now = 2.5e9;
    assert.equal(read(rtc, 0), 1_767_225_602);
    write(rtc, 0x10, 1);
    write(rtc, 4, 1_767_225_605);
    assert.equal(clock.nextDeadline, 5e9);
    state.now = 5e9;
    clock.ringDue();
    assert.equal(wire.level, true);
    assert.equal(read(rtc, 0x18), 1);
    write(rtc, 0x1c, 1);
    assert.equal(wire.level, false);
    write(rtc, 8, 100);
    assert.equal(read(rtc, 0), 100);
    state.now = 6e9;
    assert.equal(read(rtc, 0), 101);
  });
});

describe('PL061', () => {
  it('an input raises the interrupt by edge or by level', () => {
    const wire = new Wire();
    const gpio = new Pl061('gpio', wire);
    write(gpio, 0x40c, 8); // rising
    write(gpio, 0x410, 8);
    gpio.setInput(3, true);
    assert.equal(wire.level, true);
    assert.equal(read(gpio, 0x3fc), 8);
    assert.equal(read(gpio, 0x020), 8, 'the address chooses the lines');
    assert.equal(read(gpio, 0x010), 0);
    gpio.setInput(3, false);
    assert.equal(wire.level, true, 'an edge is latched');
    write(gpio, 0x41c, 8);
    assert.equal(wire.level, false);
    write(gpio, 0x404, 8); // level
    gpio.setInput(3, true);
    assert.equal(wire.level, true);
    write(gpio, 0x41c, 8);
    assert.equal(wire.level, true, 'GPIOIC clears edges only');
    gpio.setInput(3, false);
    assert.equal(wire.level, false);
  });

  it('passes on its outputs', () => {
    const seen: number[] = [];
    const gpio = new Pl061('gpio', new Wire(), (levels) => void seen.push(levels));
    write(gpio, 0x400, 3);
    write(gpio, 0x3fc, 0xff);
    write(gpio, 0x004, 0);
    assert.deepEqual(seen, [3, 2]);
  });
});

describe('fw_cfg', () => {
  const content = new TextEncoder().encode('hello');
  /** Memory of 4 KiB at 0x1000. */
  class Memory implements BusMaster {
    readonly bytes = new Uint8Array(0x1000);
    read(pa: number, into: Uint8Array): boolean {
      if (pa < 0x1000 || pa + into.length > 0x2000) return false;
      into.set(this.bytes.subarray(pa - 0x1000, pa - 0x1000 + into.length));
      return true;
    }
    write(pa: number, from: Uint8Array): boolean {
      if (pa < 0x1000 || pa + from.length > 0x2000) return false;
      this.bytes.set(from, pa - 0x1000);
      return true;
    }
  }
  const swap = (value: number): number => new DataView(Uint32Array.of(value).buffer).getUint32(0);

  it('lists its files and gives their bytes', () => {
    const device = new FwCfg('fw-cfg', { cpus: 2, files: [{ name: 'etc/greeting', content }] });
    write(device, 8, 0x1900, 2);
    const bytes = Array.from({ length: 4 + 64 }, () => read(device, 0, 1));
    assert.deepEqual(bytes.slice(0, 12), [0, 0, 0, 1, 0, 0, 0, 5, 0, 0x20, 0, 0]);
    assert.equal(
      new TextDecoder().decode(Uint8Array.from(bytes.slice(12))).replace(/\0+$/, ''),
      'etc/greeting',
    );
    write(device, 8, 0x2000, 2);
    assert.equal(peek(device, 0), 0x6c6c_6568);
    assert.equal(read(device, 0), 0x6c6c_6568);
    assert.equal(read(device, 0), 0x6f, 'zeros past the end');
    write(device, 8, 0x0100, 2);
    assert.equal(read(device, 0), 1, 'no DMA');
  });

  it('DMA selects and copies, and reports errors in the descriptor', () => {
    const dma = new Memory();
    const device = new FwCfg('fw-cfg', { cpus: 1, files: [{ name: 'f', content }], dma });
    const transfer = (control: number, length: number, address: number): number => {
      const view = new DataView(dma.bytes.buffer);
      [control, length, 0, address].forEach((word, i) => view.setUint32(0x100 + 4 * i, word));
      write(device, 0x10, 0);
      write(device, 0x14, swap(0x1100));
      return view.getUint32(0x100);
    };
    assert.equal(transfer((0x20 << 16) | 8 | 2, 7, 0x1200), 0);
    assert.deepEqual([...dma.bytes.subarray(0x200, 0x208)], [...content, 0, 0, 0]);
    assert.equal(transfer((0x20 << 16) | 8 | 4, 2, 0), 0);
    assert.equal(transfer(2, 1, 0x1300), 0);
    assert.equal(dma.bytes[0x300], 0x6c);
    assert.equal(transfer(2, 0xffff_ffff, 0x1300), 1, 'runs out of memory');
    assert.equal(transfer(16, 1, 0x1300), 1, 'items cannot be written');
  });
});

describe('flash', () => {
  it('programs ones to zeros only, erases to ones', () => {
    const flash = new CfiFlash('flash', 0x8_0000, plainContents(0x8_0000, [1, 2, 3, 4, 0xf0]));
    assert.equal(read(flash, 0), 0x0403_0201);
    write(flash, 4, 0x0040_0040);
    write(flash, 4, 0x0000_003c);
    write(flash, 0, 0x00ff_00ff);
    assert.equal(read(flash, 4), 0x30);
    write(flash, 0, 0x0020_0020);
    write(flash, 0, 0x00d0_00d0);
    assert.equal(read(flash, 0), 0x0080_0080);
    write(flash, 0, 0x00ff_00ff);
    assert.equal(read(flash, 0), 0xffff_ffff);
    assert.equal(read(flash, 0x4_0000), 0);
  });

  it('refuses a wrong confirmation and a write buffer that is too large', () => {
    const flash = new CfiFlash('flash', 0x8_0000, plainContents(0x8_0000));
    write(flash, 0, 0x0020_0020);
    write(flash, 0, 0x0012_0012);
    assert.equal(read(flash, 0) & 0x30, 0x30);
    write(flash, 0, 0x0050_0050);
    write(flash, 0, 0x00e8_00e8);
    write(flash, 0, 0xffff_ffff);
    assert.equal(read(flash, 0) & 0x10, 0x10);
    assert.throws(() => new CfiFlash('flash', 1000, plainContents(1000)), /whole number of sectors/);
  });

  it('save and restore in the middle of a command', () => {
    const flash = new CfiFlash('flash', 0x8_0000, plainContents(0x8_0000));
    write(flash, 0, 0x0020_0020);
    const other = new CfiFlash('flash', 0x8_0000, plainContents(0x8_0000));
    other.restore(structuredClone(flash.save()));
    write(other, 0, 0x00d0_00d0);
    write(other, 0, 0x00ff_00ff);
    assert.equal(read(other, 0), 0xffff_ffff);
    assert.equal(read(flash, 0), 0x0080_0080);
  });
});

describe('small devices', () => {
  it('GICv2m pulses the SPI written, within its range', () => {
    const pulses: number[] = [];
    const frame = new GicV2m('v2m', 80, 64, (id) => void pulses.push(id));
    for (const id of [79, 80, 143, 144]) write(frame, 0x40, id);
    assert.deepEqual(pulses, [80, 143]);
  });

  it('an empty virtio transport names itself and no device; an empty bus is all ones', () => {
    const slot = new EmptyVirtioTransport('virtio0');
    assert.deepEqual(
      [0, 4, 8, 12].map((offset) => read(slot, offset)),
      [0x7472_6976, 1, 0, 0x554d_4551],
    );
    const empty = new AllOnes('pcie', 0x1000);
    write(empty, 0, 5);
    assert.deepEqual([read(empty, 1, 1), read(empty, 2, 2), read(empty, 4)], [0xff, 0xffff, 0xffff_ffff]);
  });

  it('a misaligned access is a bus error', () => {
    const slot = new EmptyVirtioTransport('virtio0');
    assert.equal(slot.read(2, 4, BY), -1);
    assert.equal(slot.peek(2, 4, BY), undefined);
    assert.equal(slot.write(2, 4, 0, BY), false);
  });
});
