/** virtio-mmio transports with devices, here and on QEMU: registers, queues, requests, and drivers that misbehave. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VIRTIO_SLOTS, VIRT_MAP } from '../../../emulator/devices/board-virt-map';
import { PhysicalMap } from '../../../emulator/devices/device';
import { plugVirtio } from '../../../emulator/machine/board-virtio';
import { Clock } from '../../../emulator/state/clock';
import { MachineState } from '../../../emulator/state/machine-state';
import { Operation, accessSize, isWrite, randomNumbers, runOnQemu, type Access } from '../gic/access-list';
import { INDIRECT, NEXT, QueueDriver, REGISTER, WRITE, access, read, write } from './virtio-driver';

const SOURCE = join(process.cwd(), 'test/conformance/gic');
/** Where queues and buffers are in RAM; the list of accesses is far below. */
const RAM = 0x4800_0000;
const RAM_BYTES = 0x10_0000;
const DISK_BYTES = 300 * 512 - 7;
const slot = (number: number): number =>
  VIRT_MAP.virtio.base + (VIRTIO_SLOTS - 1 - number) * VIRT_MAP.virtio.size;
const BLOCK = slot(0);
const CONSOLE = slot(1);
const ENTROPY = slot(2);
const EMPTY = slot(3);

describe('virtio beside QEMU 7.2', function () {
  this.timeout(60_000);
  let folder: string;
  const image = Uint8Array.from({ length: DISK_BYTES }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-virtio-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function runHere(accesses: readonly Access[]): { results: number[]; printed: string } {
    const ram = new DataView(new ArrayBuffer(RAM_BYTES));
    const bytes = new Uint8Array(ram.buffer);
    const inside = (pa: number, length: number): boolean => pa >= RAM && pa + length <= RAM + RAM_BYTES;
    const memory = {
      read: (pa: number, into: Uint8Array): boolean => {
        if (!inside(pa, into.length)) return false;
        into.set(bytes.subarray(pa - RAM, pa - RAM + into.length));
        return true;
      },
      write: (pa: number, from: Uint8Array): boolean => {
        if (!inside(pa, from.length)) return false;
        bytes.set(from, pa - RAM);
        return true;
      },
    };
    const state = new MachineState(1, 0, false, true);
    const clock = new Clock(state);
    const names = Array.from({ length: VIRTIO_SLOTS }, (_, i) => `virtio${i}`);
    const { transports, consoles } = plugVirtio(
      [{ kind: 'block', image }, { kind: 'console' }, { kind: 'entropy' }],
      names.map((name) => ({ name, line: { set: () => undefined } })),
      { clock, memory, entropySeed: 1 },
    );
    let printed = '';
    consoles[0]!.onOutput = (byte) => (printed += String.fromCharCode(byte));
    const map = new PhysicalMap();
    transports.forEach((device, i) =>
      map.add({
        ...{ kind: 'device', name: device.name, size: device.size, device },
        base: VIRT_MAP.virtio.base + i * VIRT_MAP.virtio.size,
      }),
    );
    const by = { core: 0, secure: false, privileged: true };
    const results = accesses.map(({ address, operation, value }) => {
      // The device may catch up before the next access.
      state.now += 10_000_000;
      clock.ringDue();
      const size = operation === Operation.WaitFor ? 4 : accessSize(operation);
      const region = map.find(address);
      if (isWrite(operation)) {
        if (region?.kind === 'device') assert.ok(region.device.write(address - region.base, size, value, by));
        else if (size === 4) ram.setUint32(address - RAM, value, true);
        else if (size === 2) ram.setUint16(address - RAM, value, true);
        else ram.setUint8(address - RAM, value);
        return 0;
      }
      if (region?.kind === 'device') return region.device.read(address - region.base, size, by);
      if (size === 4) return ram.getUint32(address - RAM, true);
      return size === 2 ? ram.getUint16(address - RAM, true) : ram.getUint8(address - RAM);
    });
    return { results, printed };
  }

  function compare(accesses: readonly Access[]): string {
    const { results, printed } = runHere(accesses);
    const disk = join(folder, 'disk');
    const output = join(folder, 'output');
    writeFileSync(disk, image);
    const theirs = runOnQemu(SOURCE, 1, accesses, 'virtualization', [
      ...['-global', 'virtio-mmio.ioeventfd=off'],
      ...['-drive', `if=none,id=disk,format=raw,file=${disk}`, '-device', 'virtio-blk-device,drive=disk'],
      ...['-device', 'virtio-serial-device', '-chardev', `file,id=out,path=${output}`],
      ...['-device', 'virtconsole,chardev=out', '-device', 'virtio-rng-device'],
    ]);
    accesses.forEach(({ address, operation, value }, i) =>
      assert.equal(
        `0x${results[i]!.toString(16)}`,
        `0x${theirs[i]!.toString(16)}`,
        `access ${i}, ${isWrite(operation) ? `write of 0x${value.toString(16)}` : 'read'} at 0x${address.toString(16)}`,
      ),
    );
    assert.equal(printed, readFileSync(output, 'latin1'));
    return printed;
  }

  it('registers and configuration space, in every size, before and after random writes', () => {
    const list: Access[] = [];
    for (const base of [BLOCK, CONSOLE, ENTROPY, EMPTY, slot(31)])
      for (let offset = 0; offset < 0x200; offset += 4) {
        list.push(read(base + offset));
        for (const byte of [0, 1, 2, 3]) list.push(access(Operation.Read8, base + offset + byte));
        for (const half of [0, 2]) list.push(access(Operation.Read16, base + offset + half));
      }
    const random = randomNumbers(11);
    const offsets = Object.values(REGISTER).filter((offset) => offset !== REGISTER.queueNotify);
    for (let i = 0; i < 3000; i++) {
      const base = random.pick([BLOCK, CONSOLE, ENTROPY]);
      const value = random.pick([
        0,
        1,
        2,
        3,
        4,
        0x80,
        0xfff,
        0x1000,
        0x8000_0000,
        0x0f,
        random.word(),
        128,
        1024,
        1025,
      ]);
      const offset = random.pick(offsets);
      // A ready entropy driver would set it to work on whatever the queue's address is.
      list.push(write(base + offset, offset === REGISTER.status ? value & ~4 : value));
      list.push(access(random.pick([Operation.Write8, Operation.Write16]), base + 0x10, 1));
      for (let reads = 0; reads < 3; reads++)
        list.push(read(base + random.pick([...offsets, 0x44, 0xa0, 0xb0, 0xfc])));
      list.push(read(base + REGISTER.queuePfn), read(base + REGISTER.queueNumMax));
    }
    for (const [base, at] of [
      [BLOCK, 32],
      [BLOCK, 0],
      [CONSOLE, 0],
      [BLOCK, 200],
    ] as const)
      list.push(
        access(Operation.Write8, base + 0x100 + at, 0),
        read(base + 0x100 + at),
        write(base + 0x100 + at, 0x0101),
        read(base + 0x100 + at),
      );
    list.push(write(BLOCK + REGISTER.status, 0), read(BLOCK + 0x120));
    compare(list);
  });

  /** Resets a device, accepts `features`, sets up its queues and says that the driver is ready. */
  function start(base: number, features: number, queues: readonly QueueDriver[]): Access[] {
    return [
      write(base + REGISTER.status, 0),
      write(base + REGISTER.status, 3),
      write(base + REGISTER.guestFeatures, features),
      write(base + REGISTER.guestPageSize, 4096),
      ...queues.flatMap((queue) => queue.setUp()),
      write(base + REGISTER.status, 7),
      read(base + REGISTER.interruptStatus),
    ];
  }
  const acknowledge = (base: number): Access[] => [
    read(base + REGISTER.interruptStatus),
    write(base + REGISTER.interruptAck, 3),
    read(base + REGISTER.interruptStatus),
  ];
  const HEADER = RAM + 0x8000;
  const STATUS = RAM + 0x8100;
  const TABLE = RAM + 0x9000;
  const DATA = RAM + 0xa000;
  const EVENT_IDX = 1 << 29;
  const NOTIFY_ON_EMPTY = 1 << 24;

  it('block requests of every type, well formed and not, with every way to be interrupted', () => {
    const random = randomNumbers(12);
    const list: Access[] = [];
    for (const features of [0, EVENT_IDX, NOTIFY_ON_EMPTY, EVENT_IDX | NOTIFY_ON_EMPTY, 1 << 9, 1 << 11]) {
      const queue = new QueueDriver(BLOCK, 0, RAM, random.pick([4, 8, 7]), random.pick([4096, 64]));
      // What an earlier queue left there would be read as indices.
      for (let at = 0; at < 0x2000; at += 4) list.push(write(RAM + at, 0));
      list.push(...start(BLOCK, features, [queue]), read(BLOCK + 0x120));
      for (let i = 0; i < 40; i++) {
        const type = random.pick([
          0, 0, 1, 1, 1, 4, 5, 8, 9, 11, 10, 13, 13, 12, 2, 3, 7, 0x8000_0000, 0x8000_0001,
        ]);
        const sector = random.pick([0, 1, 2, random.below(300), 299, 300, 301, 0xffff_ffff]);
        list.push(write(HEADER, type), write(HEADER + 4, 0), write(HEADER + 8, sector));
        list.push(write(HEADER + 12, random.below(30) === 0 ? 1 : 0), write(STATUS, 0xffff_ffff));
        const length = random.pick([512, 512, 1024, 1536, 512, 100, 16, 16, 20, 24]);
        const isSegment = (type & ~1) === 10 || (type & ~1) === 12;
        for (let at = 0; at < 1536; at += 4) list.push(write(DATA + at, isSegment ? 0 : random.word()));
        if (isSegment) {
          list.push(write(DATA, random.below(300)), write(DATA + 8, random.pick([0, 1, 2, 400, 0x40_0000])));
          list.push(write(DATA + 12, random.pick([0, 0, 1, 2])));
        }
        const out = (type & 1) !== 0 || isSegment;
        const split = random.pick([0, 4, 16]);
        const pieces = [
          { address: HEADER, length: 16, flags: 0 },
          ...(split > 0 && split < length ? [{ address: DATA, length: split, flags: out ? 0 : WRITE }] : []),
          {
            address: DATA + (split < length ? split : 0),
            length: length - (split < length ? split : 0),
            flags: out ? 0 : WRITE,
          },
          { address: STATUS, length: random.pick([1, 1, 1, 3]), flags: WRITE },
        ];
        const indirect = random.below(2) === 0;
        pieces.forEach((piece, index) => {
          const last = index === pieces.length - 1;
          const linked = { ...piece, flags: piece.flags | (last ? 0 : NEXT), next: last ? 0 : index + 1 };
          list.push(...queue.descriptor(index, linked, indirect ? TABLE : undefined));
        });
        if (indirect)
          list.push(
            ...queue.descriptor(1, {
              ...{ address: TABLE, length: 16 * pieces.length, flags: INDIRECT, next: 0 },
            }),
          );
        // Flags of the available ring, and the event index after it.
        list.push(access(Operation.Write16, queue.availableRing, random.below(3) === 0 ? 1 : 0));
        list.push(
          access(
            Operation.Write16,
            queue.availableRing + 4 + 2 * queue.size,
            random.pick([i, i, i + 1, i - 1, 0]),
          ),
        );
        list.push(...queue.offer(indirect ? 1 : 0), queue.notify(), queue.wait(), ...acknowledge(BLOCK));
        list.push(read(STATUS), ...queue.readUsed());
        for (let at = 0; at < 1536; at += 4) list.push(read(DATA + at));
      }
    }
    compare(list);
  });

  it('a driver that misbehaves breaks its device until it resets it', () => {
    const list: Access[] = [];
    const good = [
      { address: HEADER, length: 16, flags: NEXT, next: 1 },
      { address: DATA, length: 512, flags: NEXT | WRITE, next: 2 },
      { address: STATUS, length: 1, flags: WRITE, next: 0 },
    ];
    /** Offers the good request, altered, and then the good one: a broken device answers neither. */
    const attempt = (
      alter: (queue: QueueDriver) => Access[],
      head = 0,
      interrupts: readonly Access[] = acknowledge(BLOCK),
    ): void => {
      const queue = new QueueDriver(BLOCK, 0, RAM, 8);
      for (let at = 0; at < 0x2000; at += 4) list.push(write(RAM + at, 0));
      list.push(...start(BLOCK, 0, [queue]));
      list.push(...good.flatMap((descriptor, i) => queue.descriptor(i, descriptor)));
      list.push(...queue.offer(head), ...alter(queue), queue.notify());
      list.push(...good.flatMap((descriptor, i) => queue.descriptor(i, descriptor)));
      list.push(...queue.offer(0), queue.notify(), ...interrupts, ...queue.readUsed());
      list.push(read(BLOCK + REGISTER.status));
    };
    const replace = (index: number, change: Partial<(typeof good)[0]>) => (queue: QueueDriver) =>
      queue.descriptor(index, { ...good[index]!, ...change });
    attempt(replace(1, { length: 0 }));
    attempt(replace(1, { next: 0 }));
    attempt(replace(1, { next: 1 }));
    attempt(replace(1, { next: 8 }));
    attempt(replace(1, { next: 0xffff }));
    attempt(replace(2, { flags: 0 }));
    attempt(replace(0, { length: 15 }));
    attempt(replace(0, { flags: 0 }));
    attempt(replace(0, { flags: WRITE }));
    attempt(replace(0, { flags: INDIRECT, length: 0 }));
    attempt(replace(0, { flags: INDIRECT, length: 24 }));
    attempt(() => [], 8);
    // QEMU begins as many requests as the queue has room for before it finds out. It answers none of them, and interrupts
    // for them or not, as they end before or behind whatever the driver does next.
    attempt((queue) => [access(Operation.Write16, queue.availableRing + 2, 100)], 0, []);
    // An indirect table in which descriptor 0 is next again and again.
    attempt((queue) => [
      ...queue.descriptor(0, { address: TABLE, length: 32, flags: INDIRECT, next: 0 }),
      ...queue.descriptor(0, { address: HEADER, length: 16, flags: NEXT, next: 0 }, TABLE),
    ]);
    compare(list);
  });

  it('console: output with and without ports, control messages, emergency characters', () => {
    const list: Access[] = [];
    const text = [...'hello from hvc0\n'].map((letter) => letter.charCodeAt(0));
    text.forEach((byte, i) => list.push(access(Operation.Write8, DATA + i, byte)));
    for (const features of [0, 2, 2 | EVENT_IDX]) {
      for (let at = 0; at < 0x8000; at += 4) list.push(write(RAM + at, 0));
      const [receive, transmit, controlIn, controlOut, other] = [0, 1, 2, 3, 5].map(
        (index, i) => new QueueDriver(CONSOLE, index, RAM + 0x2000 * i, 8, 1024),
      ) as [QueueDriver, QueueDriver, QueueDriver, QueueDriver, QueueDriver];
      list.push(...start(CONSOLE, features, [receive, transmit, controlIn, controlOut, other]));
      const send = (queue: QueueDriver, address: number, length: number): void => {
        list.push(...queue.descriptor(0, { address, length, flags: 0, next: 0 }));
        list.push(
          ...queue.offer(0),
          queue.notify(),
          queue.wait(),
          ...acknowledge(CONSOLE),
          ...queue.readUsed(),
        );
      };
      for (let i = 0; i < 4; i++) {
        list.push(
          ...controlIn.descriptor(i, { address: HEADER + 16 * i, length: 16, flags: WRITE, next: 0 }),
        );
        list.push(...controlIn.offer(i));
      }
      list.push(controlIn.notify());
      for (const [port, event, value] of [
        [0xffff_ffff, 0, 1],
        [0, 3, 1],
        [1, 3, 1],
        [0, 6, 1],
        [0, 0, 0],
        [0, 9, 1],
      ] as const) {
        list.push(write(STATUS, port), write(STATUS + 4, (value << 16) | event));
        send(controlOut, STATUS, 8);
        list.push(...controlIn.readUsed());
        for (let at = 0; at < 64; at += 4) list.push(read(HEADER + at));
      }
      send(controlOut, STATUS, 7);
      send(transmit, DATA, text.length);
      send(other, DATA, text.length);
      list.push(
        write(CONSOLE + 0x108, 0x21),
        access(Operation.Write8, CONSOLE + 0x108, 0x0a),
        write(CONSOLE + 0x104, 5),
      );
    }
    const printed = compare(list);
    assert.match(printed, /^(hello from hvc0\n!\n){3}$/);
  });

  it('entropy: buffers are filled once the driver is ready', () => {
    const list: Access[] = [];
    const queue = new QueueDriver(ENTROPY, 0, RAM, 8);
    list.push(...start(ENTROPY, 0, [queue]), write(ENTROPY + REGISTER.status, 3));
    list.push(...queue.descriptor(0, { address: DATA, length: 64, flags: WRITE, next: 0 }));
    list.push(...queue.offer(0), queue.notify(), ...queue.readUsed(), ...acknowledge(ENTROPY));
    list.push(
      write(ENTROPY + REGISTER.status, 7),
      queue.wait(),
      ...queue.readUsed(),
      ...acknowledge(ENTROPY),
    );
    list.push(...queue.descriptor(1, { address: DATA, length: 7, flags: WRITE | NEXT, next: 2 }));
    list.push(...queue.descriptor(2, { address: DATA, length: 9, flags: WRITE, next: 0 }));
    list.push(...queue.offer(1), queue.notify(), queue.wait(), ...queue.readUsed(), ...acknowledge(ENTROPY));
    compare(list);
  });
});
