/** virtio devices where QEMU cannot tell: input, what is kept, time, and drivers that are enemies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BusAccess } from '../../../emulator/devices/device';
import { VirtioBlock } from '../../../emulator/devices/virtio/block';
import { VirtioConsole } from '../../../emulator/devices/virtio/console';
import { CopyOnWriteDisk } from '../../../emulator/devices/virtio/disk';
import { VirtioEntropy } from '../../../emulator/devices/virtio/entropy';
import { VirtioMmio } from '../../../emulator/devices/virtio/mmio-transport';
import type { VirtioDevice } from '../../../emulator/devices/virtio/virtio-device';
import { Clock } from '../../../emulator/state/clock';
import { accessSize, isWrite, type Access } from '../../conformance/gic/access-list';
import { INDIRECT, NEXT, QueueDriver, REGISTER, WRITE, write } from '../../conformance/devices/virtio-driver';

const BY: BusAccess = { core: 0, secure: false, privileged: true };
/** Addresses below are offsets in RAM; registers are far above. */
const REGISTERS = 0x1000_0000;
const RAM_BYTES = 0x20_0000;

/** One device with its memory and time. */
class Bench {
  readonly ram = new Uint8Array(RAM_BYTES);
  readonly view = new DataView(this.ram.buffer);
  readonly state = { now: 0 };
  readonly clock = new Clock(this.state);
  readonly transport: VirtioMmio;
  level = false;
  /** Bytes that the device moved. */
  moved = 0;

  constructor(device: VirtioDevice) {
    const reach = (pa: number, length: number): boolean => {
      this.moved += length;
      return pa + length <= RAM_BYTES;
    };
    this.transport = new VirtioMmio('virtio', device, {
      clock: this.clock,
      memory: {
        read: (pa, into) =>
          reach(pa, into.length) && (into.set(this.ram.subarray(pa, pa + into.length)), true),
        write: (pa, from) => reach(pa, from.length) && (this.ram.set(from, pa), true),
      },
      line: { set: (level) => (this.level = level) },
    });
  }

  run(list: readonly Access[]): void {
    for (const { address, operation, value } of list) {
      assert.ok(isWrite(operation));
      const size = accessSize(operation);
      if (address >= REGISTERS) assert.ok(this.transport.write(address - REGISTERS, size, value, BY));
      else if (size === 4) this.view.setUint32(address, value, true);
      else this.view.setUint16(address, value, true);
    }
  }
  read(register: number): number {
    return this.transport.read(register, 4, BY);
  }
  start(features: number, ...queues: QueueDriver[]): void {
    this.run([
      write(REGISTERS + REGISTER.guestFeatures, features),
      write(REGISTERS + REGISTER.guestPageSize, 4096),
      ...queues.flatMap((queue) => queue.setUp()),
      write(REGISTERS + REGISTER.status, 7),
    ]);
  }
  usedIndex(queue: QueueDriver): number {
    return this.view.getUint16(queue.usedRing + 2, true);
  }
  wait(ns: number): void {
    this.state.now += ns;
    this.clock.ringDue();
  }
}

const queueAt = (index: number, address: number, size = 8): QueueDriver =>
  new QueueDriver(REGISTERS, index, address, size);
const HEADER = 0x8000;
const STATUS = 0x8100;
const DATA = 0xa000;

/** Asks for a block request by three descriptors; gives its status. */
function request(bench: Bench, queue: QueueDriver, type: number, sector: number, length = 512): number {
  bench.view.setUint32(HEADER, type, true);
  bench.view.setUint32(HEADER + 8, sector, true);
  bench.run([
    ...queue.descriptor(0, { address: HEADER, length: 16, flags: NEXT, next: 1 }),
    ...queue.descriptor(1, { address: DATA, length, flags: NEXT | (type === 1 ? 0 : WRITE), next: 2 }),
    ...queue.descriptor(2, { address: STATUS, length: 1, flags: WRITE, next: 0 }),
    ...queue.offer(0),
    queue.notify(),
  ]);
  return bench.ram[STATUS]!;
}

describe('virtio block device', () => {
  it('keeps what is written beside the image, through resets, until power-on', () => {
    const image = Uint8Array.from({ length: 5000 }, (_, i) => i & 0xff);
    const before = image.slice();
    const disk = new CopyOnWriteDisk(image);
    const bench = new Bench(new VirtioBlock(disk));
    const queue = queueAt(0, 0x1000);
    bench.start(0, queue);
    bench.ram.fill(0x55, DATA, DATA + 512);
    assert.equal(request(bench, queue, 1, 9), 0);
    assert.equal(bench.level, true);
    bench.transport.reset();
    assert.equal(bench.level, false);
    bench.ram.fill(0, 0, 0x8000);
    const again = queueAt(0, 0x1000);
    bench.start(0, again);
    bench.ram.fill(0, DATA, DATA + 512);
    assert.equal(request(bench, again, 0, 9), 0);
    assert.deepEqual(bench.ram.subarray(DATA, DATA + 512), new Uint8Array(512).fill(0x55));
    assert.equal(request(bench, again, 0, 10), 1, 'the last sector is the one that the image ends in');
    assert.deepEqual(image, before);
    const copy = new CopyOnWriteDisk(image);
    copy.restore(structuredClone(disk.save()));
    disk.discardChanges();
    const sector = new Uint8Array(512);
    disk.read(9 * 512, sector);
    assert.deepEqual(sector.subarray(0, 392), image.subarray(9 * 512));
    assert.ok(sector.subarray(392).every((byte) => byte === 0));
    copy.read(9 * 512, sector);
    assert.ok(sector.every((byte) => byte === 0x55));
  });

  it('a disk with its overlay is a disk: random reads and writes against plain bytes', () => {
    const span = fc.tuple(fc.nat(20_000), fc.nat(9000), fc.nat(2), fc.nat(255));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 30 }), (spans) => {
        const image = Uint8Array.from({ length: 20_400 }, (_, i) => i >> 3);
        const disk = new CopyOnWriteDisk(image);
        const plain = new Uint8Array(disk.size);
        plain.set(image);
        for (const [from, length, kind, byte] of spans) {
          const bytes = new Uint8Array(Math.min(length, disk.size - from)).fill(byte);
          if (kind === 0) {
            disk.read(from, bytes);
            assert.deepEqual(bytes, plain.subarray(from, from + bytes.length));
          } else if (kind === 1) {
            disk.write(from, bytes);
            plain.set(bytes, from);
          } else {
            disk.writeZeroes(from, bytes.length);
            plain.fill(0, from, from + bytes.length);
          }
        }
        const whole = new Uint8Array(disk.size);
        disk.read(0, whole);
        assert.deepEqual(whole, plain);
      }),
    );
  });

  it('a buffer that is not in memory breaks the device until it is reset', () => {
    for (const address of [RAM_BYTES - 511, 0xf000_0000, 0x1_0000_0000_0000]) {
      const bench = new Bench(new VirtioBlock(new CopyOnWriteDisk(new Uint8Array(4096))));
      const queue = queueAt(0, 0x1000);
      bench.start(0, queue);
      bench.run([
        ...queue.descriptor(0, { address: HEADER, length: 16, flags: NEXT, next: 1 }),
        ...queue.descriptor(1, { address, length: 512, flags: NEXT | WRITE, next: 2 }),
        ...queue.descriptor(2, { address: STATUS, length: 1, flags: WRITE, next: 0 }),
        ...queue.offer(0),
        queue.notify(),
      ]);
      assert.equal(bench.usedIndex(queue), 0);
      request(bench, queue, 0, 0);
      assert.equal(bench.usedIndex(queue), 0, 'broken');
      bench.run([write(REGISTERS + REGISTER.status, 0)]);
      bench.ram.fill(0, 0, 0x8000);
      const again = queueAt(0, 0x1000);
      bench.start(0, again);
      assert.equal(request(bench, again, 0, 0), 0);
      assert.equal(bench.usedIndex(again), 1);
    }
  });
});

describe('virtio console device', () => {
  const make = () => {
    const sent: number[] = [];
    const device = new VirtioConsole((byte) => void sent.push(byte));
    return { sent, device, bench: new Bench(device) };
  };

  it('gives what is typed as the driver gives buffers', () => {
    const { device, bench } = make();
    device.receive([1, 2, 3, 4, 5]);
    const queue = queueAt(0, 0x1000);
    bench.start(0, queue);
    const buffer = (index: number): Access[] => [
      ...queue.descriptor(index, { address: DATA + 16 * index, length: 3, flags: WRITE, next: 0 }),
      ...queue.offer(index),
      queue.notify(),
    ];
    bench.run(buffer(0));
    assert.deepEqual([...bench.ram.subarray(DATA, DATA + 4)], [1, 2, 3, 0]);
    bench.run([...buffer(1), ...buffer(2)]);
    assert.deepEqual([...bench.ram.subarray(DATA + 16, DATA + 19)], [4, 5, 0]);
    assert.equal(bench.view.getUint32(queue.usedRing + 4 + 8 + 4, true), 2);
    device.receive([6]);
    assert.equal(bench.ram[DATA + 32], 6);
    assert.equal(bench.usedIndex(queue), 3);
  });

  it('a port that the driver has not opened gets nothing', () => {
    const { device, bench } = make();
    const [receive, control] = [queueAt(0, 0x1000), queueAt(3, 0x3000)];
    bench.start(2, receive, control);
    bench.run([
      ...receive.descriptor(0, { address: DATA, length: 3, flags: WRITE, next: 0 }),
      ...receive.offer(0),
      receive.notify(),
    ]);
    device.receive([7]);
    assert.equal(bench.usedIndex(receive), 0);
    bench.view.setUint32(HEADER, 0, true);
    bench.view.setUint32(HEADER + 4, (1 << 16) | 6, true);
    bench.run([
      ...control.descriptor(0, { address: HEADER, length: 8, flags: 0, next: 0 }),
      ...control.offer(0),
      control.notify(),
    ]);
    assert.equal(bench.usedIndex(receive), 1);
    assert.equal(bench.ram[DATA], 7);
  });

  it('prints a long buffer in its time, byte by byte the same in pieces', () => {
    const { sent, bench } = make();
    const queue = queueAt(1, 0x1000);
    bench.start(0, queue);
    const length = 0x18_0000;
    bench.run([
      ...queue.descriptor(0, { address: 0x4000, length, flags: 0, next: 0 }),
      ...queue.offer(0),
      queue.notify(),
    ]);
    assert.ok(sent.length < length && sent.length > 500_000, `${sent.length} bytes at once`);
    assert.equal(bench.usedIndex(queue), 0);
    const saved = structuredClone(bench.transport.save());
    for (let i = 0; i < 5; i++) bench.wait(1_000_000);
    assert.equal(sent.length, length);
    assert.equal(bench.usedIndex(queue), 1);
    const other = make();
    other.bench.transport.restore(saved);
    assert.deepEqual(other.bench.transport.save(), saved);
  });
});

describe('virtio entropy device', () => {
  function bytesOf(seed: number, afterReset = false): number[] {
    const device = new VirtioEntropy(seed);
    const bench = new Bench(device);
    const fill = (): number[] => {
      bench.ram.fill(0);
      const queue = queueAt(0, 0x1000);
      bench.start(0, queue);
      bench.run([
        ...queue.descriptor(0, { address: DATA, length: 4096, flags: WRITE, next: 0 }),
        ...queue.offer(0),
        queue.notify(),
      ]);
      assert.equal(bench.usedIndex(queue), 1);
      return [...bench.ram.subarray(DATA, DATA + 4096)];
    };
    const first = fill();
    if (!afterReset) return first;
    bench.transport.reset();
    return fill();
  }

  it('gives the same bytes for a seed, others for another, and others after a reset', () => {
    assert.deepEqual(bytesOf(1), bytesOf(1));
    assert.notDeepEqual(bytesOf(1), bytesOf(2));
    assert.notDeepEqual(bytesOf(1), bytesOf(1, true));
    const counts = new Array<number>(256).fill(0);
    for (const byte of bytesOf(0)) counts[byte]!++;
    assert.ok(Math.max(...counts) < 45 && Math.min(...counts) > 1, `${counts.join(' ')}`);
  });
});

describe('virtio and a hostile driver', () => {
  it('a storm of notifications moves no more than time allows', () => {
    const bench = new Bench(new VirtioBlock(new CopyOnWriteDisk(new Uint8Array(0x10_0000))));
    const queue = queueAt(0, 0x1000, 1024);
    bench.start(0, queue);
    bench.run([
      ...queue.descriptor(0, { address: HEADER, length: 16, flags: NEXT, next: 1 }),
      ...queue.descriptor(1, { address: 0x10_0000, length: 0x10_0000, flags: NEXT | WRITE, next: 2 }),
      ...queue.descriptor(2, { address: STATUS, length: 1, flags: WRITE, next: 0 }),
    ]);
    bench.moved = 0;
    for (let i = 0; i < 1000; i++) bench.run([...queue.offer(0), queue.notify()]);
    assert.ok(bench.moved < 3 << 20, `${bench.moved} bytes in no time`);
    for (let i = 0; i < 1100; i++) bench.wait(1_100_000);
    assert.equal(bench.usedIndex(queue), 1000, 'all of it in the end');
  });

  it('chains as long as can be, of descriptors that hold all of memory', () => {
    for (const make of [
      () => new VirtioBlock(new CopyOnWriteDisk(new Uint8Array(4096))),
      () => new VirtioConsole(() => undefined),
      () => new VirtioEntropy(1),
    ]) {
      const device = make();
      const bench = new Bench(device);
      const queue = queueAt(device.kind === 'console' ? 1 : 0, 0x1000, 8);
      bench.start(0, queue);
      const table = 0x4_0000;
      for (let i = 0; i < 0x8000; i++)
        bench.run(
          queue.descriptor(
            i,
            {
              address: 0,
              length: 0xffff_ffff,
              flags: NEXT | (device.kind === 'console' ? 0 : WRITE),
              next: i + 1,
            },
            table,
          ),
        );
      bench.run(queue.descriptor(0, { address: table, length: 16 * 0x8000, flags: INDIRECT, next: 0 }));
      bench.moved = 0;
      for (let i = 0; i < 8; i++) bench.run([...queue.offer(0), queue.notify()]);
      assert.ok(bench.moved < 1 << 20, `${device.kind}: ${bench.moved} bytes`);
    }
  });

  it('random rings and registers: no exception, and a snapshot gives the same answers afterwards', () => {
    const step = fc.record({
      kind: fc.nat(5),
      register: fc.constantFrom(...Object.values(REGISTER)),
      value: fc.oneof(
        fc.nat(0xffff_ffff),
        fc.nat(16),
        fc.constantFrom(0, 1, 3, 7, 0x1000, 0x9000, 0x3100_0000),
      ),
      at: fc.nat(0xffff),
      wait: fc.constantFrom(0, 0, 1000, 2_000_000),
    });
    const descriptor = fc.record({
      address: fc.oneof(fc.nat(0xffff), fc.nat(RAM_BYTES), fc.constantFrom(0xffff_fff0, 2 ** 40, 2 ** 63)),
      length: fc.oneof(fc.nat(600), fc.constantFrom(0, 1, 16, 512, 0xffff_ffff)),
      flags: fc.nat(7),
      next: fc.oneof(fc.nat(8), fc.nat(0xffff)),
    });
    const devices = [
      () => new VirtioBlock(new CopyOnWriteDisk(new Uint8Array(8192))),
      () => new VirtioConsole(() => undefined),
      () => new VirtioEntropy(1),
    ];
    const scenario = [
      fc.nat(2),
      fc.array(descriptor, { minLength: 8, maxLength: 40 }),
      fc.array(step, { maxLength: 60 }),
      fc.array(step, { maxLength: 30 }),
    ] as const;
    fc.assert(
      fc.property(...scenario, (which, descriptors, first, then) => {
        const play = (bench: Bench, queue: QueueDriver, steps: typeof first): void => {
          for (const { kind, register, value, at, wait } of steps) {
            if (kind === 0) bench.run([write(REGISTERS + register, value)]);
            else if (kind === 1) bench.view.setUint32(at & ~3, value, true);
            else bench.run([...queue.offer(value), queue.notify()]);
            bench.wait(wait);
          }
        };
        const bench = new Bench(devices[which]!());
        const queue = queueAt(busiestQueue(which), 0x1000, 8);
        bench.start(which === 1 ? 2 : 0, queue);
        descriptors.forEach((one, i) => bench.run(queue.descriptor(i, one, i < 8 ? undefined : 0x8000)));
        play(bench, queue, first);
        const copy = new Bench(devices[which]!());
        copy.ram.set(bench.ram);
        copy.state.now = bench.state.now;
        copy.transport.restore(structuredClone(bench.transport.save()));
        copy.clock.restore(bench.clock.save());
        const rest = Object.assign(Object.create(QueueDriver.prototype) as QueueDriver, queue);
        play(bench, queue, then);
        play(copy, rest, then);
        assert.deepEqual(copy.ram, bench.ram);
        assert.deepEqual(copy.transport.save(), bench.transport.save());
      }),
      { numRuns: 200 },
    );
  });
});

/** The queue to which each kind of device listens most. */
function busiestQueue(which: number): number {
  return which === 1 ? 3 : 0;
}
