/**
 * The devices of board vexpress-a15 on the whole machine and on QEMU's, access by access. Where QEMU departs from the
 * manuals, the manuals are followed, and nothing is asked here (docs/conformance.md).
 */
import assert from 'node:assert/strict';
import { VEXPRESS_MAP } from '../../../emulator/devices/board-vexpress-map';
import { randomNumbers } from '../gic/access-list';
import { Operation, runOnBoth, type Access } from './vexpress-machines';

const read = (address: number, tolerance = 0): Access => ({
  ...{ operation: Operation.Read32, address, value: 0, tolerance },
});
const write = (address: number, value: number): Access => ({
  ...{ operation: Operation.Write32, address, value: value >>> 0 },
});
/** Microseconds of virtual time. */
const wait = (microseconds: number): Access => ({
  ...{ operation: Operation.Wait, address: 0, value: microseconds * 500 },
});
const words = (base: number, bytes: number): Access[] =>
  Array.from({ length: bytes / 4 }, (_, i) => read(base + 4 * i));
/** GICD_ISPENDR1: SPIs 0 to 31. */
const PENDING = read(VEXPRESS_MAP.gicd.base + 0x204);

function compare(list: readonly Access[]): void {
  const { ours, theirs } = runOnBoth(list);
  list.forEach(({ address, operation, tolerance = 0, mask = -1 }, i) => {
    if (Math.abs(ours[i] - theirs[i]) <= tolerance) return;
    assert.equal(
      `0x${((ours[i] & mask) >>> 0).toString(16)}`,
      `0x${((theirs[i] & mask) >>> 0).toString(16)}`,
      `access ${i}, operation ${operation} at 0x${address.toString(16)}`,
    );
  });
}

describe('devices of board vexpress-a15 beside QEMU 7.2', function () {
  this.timeout(60_000);

  it('what is where: the first words and the identification of every device, and of none', () => {
    const { sysregs, pl041, pl180, keyboard, mouse, uart0, uart3, virtio, pl111, rtc } = VEXPRESS_MAP;
    const { gicd, gicc, gich, gicv } = VEXPRESS_MAP;
    compare([
      ...words(sysregs.base, 0x20),
      ...words(sysregs.base + 0x84, 8),
      ...words(pl041.base, 0x90),
      ...words(pl180.base, 0x100),
      ...words(keyboard.base, 0x20),
      ...words(mouse.base, 0x20),
      ...words(pl111.base, 0x400),
      ...words(virtio.base, 0x10),
      ...words(virtio.base + 0x600, 0x10),
      ...[pl041, pl180, keyboard, mouse, uart0, uart3, pl111, rtc].flatMap(({ base }) =>
        words(base + 0xfe0, 0x20),
      ),
      ...[read(gicd.base + 4), read(gicc.base), read(gicc.base + 0xfc), read(gich.base + 4), read(gicv.base)],
      // Nothing: below the motherboard's devices, between them, a watchdog, a display controller, the hole below RAM.
      ...[0x1000_0000, 0x1a00_0000, 0x1c00_0000, 0x1c0f_0fe0, 0x2b00_0000, 0x2b06_0000, 0x7ffb_0fe0].map(
        (at) => read(at),
      ),
      ...[write(0x1a00_0064, 5), read(0x1a00_0064), write(0x7fff_fffc, 1), read(0x7fff_fffc)],
      { operation: Operation.Read8, address: 0x1a00_0001, value: 0 },
      { operation: Operation.Write16, address: 0x1a00_0002, value: 3 },
    ]);
  });

  it('memory: SRAM, video RAM, the daughterboard SRAM', () => {
    const { sram, vram, daughterboardSram } = VEXPRESS_MAP;
    compare(
      [sram, vram, daughterboardSram].flatMap(({ base, size }) => [
        ...[write(base, 0x1234_5678), write(base + size - 4, 0x9abc_def0)],
        ...[read(base), read(base + size - 4), read(base + size)],
      ]),
    );
  });

  it('system registers: LEDs, flags and every access of the configuration bus', () => {
    const at = (offset: number): number => VEXPRESS_MAP.sysregs.base + offset;
    const random = randomNumbers(3);
    const list: Access[] = [];
    for (let i = 0; i < 200; i++) {
      list.push(
        write(at(random.pick([0x08, 0x30, 0x34, 0x38, 0x3c, 0x00, 0x04, 0x44, 0x84])), random.word()),
      );
      list.push(
        ...[0x00, 0x04, 0x08, 0x30, 0x34, 0x38, 0x3c, 0x44, 0x48, 0x84].map((offset) => read(at(offset))),
      );
    }
    const SHUTDOWN = 8;
    const REBOOT = 9;
    for (const again of [0, 1])
      for (let action = 0; action < 16; action++)
        for (const site of [0, 1, 2, 3])
          for (const device of action === 1 ? [0, 1, 5, 6, 8, 9] : [0, 1])
            for (const direction of [0x8000_0000, 0xc000_0000]) {
              const ends = action === SHUTDOWN || action === REBOOT;
              if (ends && direction === 0xc000_0000 && site === 0 && device === 0) continue;
              const other = random.below(8) === 0 ? 1 << random.pick([12, 18, 26]) : 0;
              list.push(write(at(0xa8), again), write(at(0xa0), random.word()));
              list.push(write(at(0xa4), direction + (action << 20) + (site << 16) + device + other));
              list.push(read(at(0xa0)), read(at(0xa4)), read(at(0xa8)));
            }
    list.push(
      write(at(0xa4), 0x4010_0000),
      read(at(0xa4)),
      read(at(0xa8)),
      write(at(0xa8), -1),
      read(at(0xa8)),
    );
    compare(list);
  });

  // What is written through a frame QEMU puts beside its tables: test/emulator/gic has that.
  it("GICH of both cores by their frames, read beside the accessing core's own", () => {
    const { gich, gichFrames, gicv } = VEXPRESS_MAP;
    const random = randomNumbers(7);
    const written = [0, 8, 0xf0, 0x100, 0x104, 0x108, 0x10c];
    const look = [gich.base, gichFrames.base, gichFrames.base + 0x200].flatMap((frame) =>
      [...written, 4, 0x10, 0x20, 0x30].map((offset) => read(frame + offset)),
    );
    const list: Access[] = [...look];
    for (let i = 0; i < 300; i++) {
      const offset = random.pick(written);
      // A list register that is linked to hardware names an interrupt that exists.
      list.push(write(gich.base + offset, random.word() & (offset >= 0x100 ? 0xf00f_fc3f : 0xffff_ffff)));
      list.push(...look, read(gicv.base));
    }
    compare([...list, read(gichFrames.base + 0x400), read(gichFrames.base + 0xffc)]);
  });

  it('the 24 MHz counter counts virtual time', () => {
    const counter = VEXPRESS_MAP.sysregs.base + 0x5c;
    const list = [1, 10, 100, 1000, 10_000].flatMap((time) => [read(counter), wait(time), read(counter)]);
    const { ours, theirs } = runOnBoth(list);
    for (let i = 0; i < list.length; i += 3) {
      const difference = ours[i + 2] - ours[i] - (theirs[i + 2] - theirs[i]);
      assert.ok(Math.abs(difference) <= 1, `${difference} cycles more than on QEMU`);
    }
  });

  it('SP804: values, reloads, one-shot and interrupts of both counters at random times', () => {
    const { base } = VEXPRESS_MAP.timers01;
    const random = randomNumbers(5);
    const list: Access[] = [];
    const COUNTERS = [base, base + 0x20] as const;
    const look = (timer: number): Access[] => [
      read(timer + 4, 2),
      ...[0x00, 0x08, 0x10, 0x14, 0x18].map((offset) => read(timer + offset)),
    ];
    for (let round = 0; round < 60; round++) {
      const timer = random.pick(COUNTERS);
      // Stopped, loaded, then started: QEMU starts again from the load value with each write to an enabled control.
      const load = 40 + random.below(60);
      const control =
        0xc2 | random.pick([0, 0x20]) | random.pick([0, 1, 1]) | random.pick([0, 0, 0, 0, 0, 0, 4]);
      list.push(write(timer + 8, 2), write(timer + 0xc, 0), write(timer, load), write(timer + 8, control));
      let time = 0;
      const step = control & 4 ? 16 : 1;
      for (let i = 0; i < 5; i++) {
        // Never within 10 counts of zero, where a count of difference would show.
        let pause = 13 + random.below(50);
        while ((time + pause) % load < 10 || (time + pause) % load > load - 10) pause++;
        time += pause;
        list.push(wait(pause * step), ...look(timer), PENDING);
        if (random.below(2) === 0) list.push(write(timer + 0xc, random.word()), read(timer + 0x10), PENDING);
        if ((control & 1) === 0 && random.below(4) === 0) {
          list.push(write(timer + 0x18, load), read(timer), read(timer + 0x18));
        }
      }
    }
    list.push(write(base + 8, 2), write(base, 40), write(base + 8, 0xca), wait(13 * 256), ...look(base));
    compare(list);
  });

  it('PL050: a keyboard and a mouse (one without a wheel) answer every command', () => {
    const random = randomNumbers(7);
    const WRAP = 0xee;
    const ENABLE = 0xf4;
    for (const base of [VEXPRESS_MAP.keyboard.base, VEXPRESS_MAP.mouse.base]) {
      const list: Access[] = [];
      const commands = [
        0xff, 0xf2, 0xee, 0xed, 0xf3, 0xf4, 0xf5, 0xf6, 0xf0, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb,
      ];
      for (let i = 0; i < 600; i++) {
        const control = random.pick([0, 4, 0x14, 0x1c]);
        // QEMU's mouse stays in wrap mode when it is reset, so it goes into it below.
        const any = random.below(3) === 0 ? random.below(256) : random.pick(commands);
        const command = any === WRAP && base !== VEXPRESS_MAP.keyboard.base ? ENABLE : any;
        list.push(write(base, control), read(base), write(base + 8, command), PENDING);
        // Most answers are read to their end: reading more gives the last byte again, without an interrupt.
        for (let n = random.pick([0, 4, 4, 5, 5]); n > 0; n--)
          list.push(read(base + 0x10), read(base + 4), read(base + 8), PENDING);
        list.push(read(base + 4), read(base + 0x10));
      }
      list.push(...Array.from({ length: 20 }, () => read(base + 8)));
      for (const byte of [0xff, 0xff, WRAP, 0xf2, 0x12, 0xec, 0xf2])
        list.push(write(base + 8, byte), ...Array.from({ length: 5 }, () => read(base + 8)));
      compare(list);
    }
  });

  it('PL180: commands and data without a card', () => {
    const { base } = VEXPRESS_MAP.pl180;
    const random = randomNumbers(9);
    const list: Access[] = [];
    // QEMU shows the end of data (bits 8 and 10) after each command: looked at after data alone.
    const END_OF_DATA = 0x500;
    const registers = [0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x24, 0x28, 0x2c, 0x30, 0x3c, 0x40, 0x48];
    const look = [...registers.map((offset) => read(base + offset)), PENDING];
    const masks: Readonly<Record<number, number>> = {
      ...{ 0x0: 0xff, 0x4: 0xff, 0xc: 0x7ff, 0x28: 0xffff, 0x38: 0x7ff },
      ...{ 0x3c: ~END_OF_DATA, 0x40: ~END_OF_DATA },
    };
    for (let i = 0; i < 300; i++) {
      const offset = random.pick([0x00, 0x04, 0x08, 0x0c, 0x0c, 0x0c, 0x24, 0x28, 0x38, 0x38, 0x3c, 0x40]);
      list.push(write(base + offset, random.word() & (masks[offset] ?? -1)));
      list.push(...look, { ...read(base + 0x34), mask: ~END_OF_DATA });
      if (random.below(5) > 0) continue;
      // A whole transfer to the card: QEMU shows one that was broken off as if it went on.
      const length = 1 + random.below(40);
      list.push(write(base + 0x38, 0x7ff), write(base + 0x28, length), write(base + 0x2c, 0x91));
      list.push(...look, read(base + 0x34));
      for (let sent = 0; sent < length; sent += 4)
        list.push(write(base + 0x80, random.word()), ...look, read(base + 0x34));
    }
    list.push(
      write(base + 0x38, 0x7ff),
      write(base + 0x28, 512),
      write(base + 0x2c, 0x93),
      ...look,
      read(base + 0x34),
    );
    list.push(read(base + 0x80), ...look, read(base + 0x34));
    compare(list);
  });

  it('registers that only hold what is written: audio, display, wires', () => {
    const { pl041, pl111, dviI2c } = VEXPRESS_MAP;
    const random = randomNumbers(11);
    const masks: readonly (readonly [address: number, mask: number])[] = [
      ...[0, 0x14, 0x28, 0x3c].flatMap((channel) => [
        [pl041.base + channel, -1] as const,
        [pl041.base + channel + 4, -1] as const,
        [pl041.base + channel + 16, 0x7f] as const,
      ]),
      ...[0, 4, 8].map((offset) => [pl111.base + offset, -1] as const),
      ...[
        [pl111.base + 0x0c, 0x1_007f] as const,
        [pl111.base + 0x10, -8] as const,
        [pl111.base + 0x14, -8] as const,
      ],
      ...[[pl111.base + 0x200, -1] as const, [pl111.base + 0x3fc, -1] as const],
    ];
    const list: Access[] = [];
    for (let i = 0; i < 200; i++) {
      const [address, mask] = random.pick(masks);
      list.push(write(address, random.word() & mask), ...masks.map(([at]) => read(at)));
      list.push(write(dviI2c.base + random.pick([0, 4]), random.below(4)));
      list.push({ operation: Operation.Read32, address: dviI2c.base, value: 0 });
    }
    compare(list);
  });

  it('flash: query table and identification of both banks, and the alias at 0', () => {
    const { flash0, flash1 } = VEXPRESS_MAP;
    compare(
      [0, flash0.base, flash1.base].flatMap((base) => [
        ...[
          write(base, 0x0098_0098),
          ...words(base + 0x40, 0x100),
          write(base, 0x00ff_00ff),
          write(base, 0x0090_0090),
          ...words(base, 0x10),
        ],
        ...[write(base, 0x00ff_00ff), read(base)],
      ]),
    );
  });
});
