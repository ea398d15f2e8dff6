/** Register accesses to the devices of board virt, here and on QEMU, result by result. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { VIRT_MAP, VIRT_INTERRUPTS } from '../../../emulator/devices/board-virt-map';
import { CfiFlash } from '../../../emulator/devices/cfi-flash';
import { PhysicalMap, type Device } from '../../../emulator/devices/device';
import { AllOnes, EmptyVirtioTransport } from '../../../emulator/devices/empty-devices';
import { FwCfg } from '../../../emulator/devices/fw-cfg';
import { GicV2m } from '../../../emulator/devices/gicv2m';
import { PcieConfiguration } from '../../../emulator/devices/pcie-configuration';
import { Pl011 } from '../../../emulator/devices/pl011';
import { Pl031 } from '../../../emulator/devices/pl031';
import { Pl061 } from '../../../emulator/devices/pl061';
import { Gic } from '../../../emulator/gic/gic';
import { Clock } from '../../../emulator/state/clock';
import { MachineState } from '../../../emulator/state/machine-state';
import { plainContents } from '../../emulator/devices/plain-contents';
import { Operation, accessSize, isWrite, randomNumbers, runOnQemu, type Access } from '../gic/access-list';

const SOURCE = join(process.cwd(), 'test/conformance/gic');

/** The devices of `virt` on a bus, their interrupts going to a Gic. */
function bus(): PhysicalMap {
  const gic = new Gic({}, { set: () => undefined });
  const line = (id: number) => ({ set: (level: boolean): void => gic.setSpi(id, level) });
  const map = new PhysicalMap();
  const put = (base: number, device: Device): void =>
    map.add({ kind: 'device', name: device.name, base, size: device.size, device });
  const bank = VIRT_MAP.flash.size / 2;
  put(0, new CfiFlash('flash0', bank, plainContents(bank)));
  put(VIRT_MAP.gicd.base, gic.devices.gicd);
  put(
    VIRT_MAP.gicv2m.base,
    new GicV2m('gicv2m', 80, 64, (id) => {
      gic.setSpi(id, true);
      gic.setSpi(id, false);
    }),
  );
  put(VIRT_MAP.uart.base, new Pl011('pl011', () => undefined, line(VIRT_INTERRUPTS.uart)));
  const clock = new Clock(new MachineState(1, 0, false, true));
  put(VIRT_MAP.rtc.base, new Pl031('pl031', 0, clock, line(VIRT_INTERRUPTS.rtc)));
  put(VIRT_MAP.fwCfg.base, new FwCfg('fw-cfg', { cpus: 1, dma: NO_MEMORY }));
  put(VIRT_MAP.gpio.base, new Pl061('pl061', line(VIRT_INTERRUPTS.gpio)));
  put(VIRT_MAP.virtio.base, new EmptyVirtioTransport('virtio0'));
  put(VIRT_MAP.pcieLowEcam.base, new PcieConfiguration('pcie-ecam', VIRT_MAP.pcieLowEcam.size));
  put(VIRT_MAP.pcieMmio.base, new AllOnes('pcie memory', VIRT_MAP.pcieMmio.size));
  return map;
}
const NO_MEMORY = { read: (): boolean => false, write: (): boolean => false };

function runHere(accesses: readonly Access[]): number[] {
  const map = bus();
  return accesses.map(({ address, operation, value }) => {
    const region = map.find(address);
    assert.ok(region?.kind === 'device', `nothing at 0x${address.toString(16)}`);
    const by = { core: 0, secure: false, privileged: true };
    const offset = address - region.base;
    if (!isWrite(operation)) return region.device.read(offset, accessSize(operation), by);
    assert.ok(region.device.write(offset, accessSize(operation), value, by));
    return 0;
  });
}

function compare(accesses: readonly Access[], options: readonly string[] = []): void {
  const ours = runHere(accesses);
  const theirs = runOnQemu(SOURCE, 1, accesses, 'virtualization', options);
  accesses.forEach(({ address, operation }, i) =>
    assert.equal(
      `0x${ours[i].toString(16)}`,
      `0x${theirs[i].toString(16)}`,
      `access ${i}, ${isWrite(operation) ? 'write' : 'read'} of 0x${address.toString(16)}; before it: ${accesses
        .slice(Math.max(0, i - 12), i)
        .map(
          (one) =>
            `${isWrite(one.operation) ? `=${one.value.toString(16)}` : ''}@${one.address.toString(16)}`,
        )
        .join(' ')}`,
    ),
  );
}

function access(operation: Operation, address: number, value = 0): Access {
  return { core: 0, operation, address, value: value >>> 0 };
}
const read = (address: number): Access => access(Operation.Read32, address);
const write = (address: number, value: number): Access => access(Operation.Write32, address, value);
/** GICD_ISPENDR1 and, for the message interrupts, 2 and 3: which SPIs are pending. */
const PENDING = [0x204, 0x208, 0x20c].map((offset) => read(VIRT_MAP.gicd.base + offset));
/** Every word from `base`, `bytes` of them. */
const words = (base: number, bytes: number): Access[] =>
  Array.from({ length: bytes / 4 }, (_, i) => read(base + 4 * i));

describe('devices of board virt beside QEMU 7.2', function () {
  this.timeout(60_000);

  it('PL011: random writes and reads of every register, and its interrupt', () => {
    const { base } = VIRT_MAP.uart;
    const random = randomNumbers(1);
    const masks: Readonly<Record<number, number>> = {
      ...{ 0x00: 0xff, 0x20: 0xff, 0x24: 0xffff, 0x28: 0x3f, 0x2c: 0xfe, 0x30: 0xff7f },
      ...{ 0x34: 0x3f, 0x38: 0x7ff, 0x44: 0x7ff },
    };
    const registers = Object.keys(masks).map(Number);
    const list = [...words(base, 0x4c), ...words(base + 0xfe0, 0x20)];
    for (let i = 0; i < 1500; i++) {
      const offset = random.pick(registers);
      list.push(write(base + offset, random.word() & masks[offset]));
      list.push(read(base + random.pick([4, 0x18, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x3c, 0x40])));
      list.push(...PENDING);
    }
    compare(list);
  });

  // GPIOIS stays 0: QEMU latches levels until GPIOIC, which by DDI 0190 clears edges only.
  it('PL061: random writes and reads of every register', () => {
    const { base } = VIRT_MAP.gpio;
    const random = randomNumbers(2);
    const list = [...words(base + 0x400, 0x24), ...words(base + 0xfe0, 0x20)];
    for (let i = 0; i < 1500; i++) {
      const data = base + (random.below(256) << 2);
      const register = base + 0x400 + 4 * random.pick([0, 2, 3, 4, 7, 8]);
      list.push(write(random.pick([data, register]), random.below(256)));
      list.push(read(random.pick([data, base + 0x3fc, base + 0x400 + 4 * random.below(9)])), ...PENDING);
    }
    compare(list);
  });

  it('PL031: registers other than the time', () => {
    const { base } = VIRT_MAP.rtc;
    compare([
      ...words(base + 0x0c, 0x10),
      ...words(base + 0xfe0, 0x20),
      write(base + 0x10, 1),
      read(base + 0x10),
      write(base + 0x08, 0x1000_0000),
      read(base + 0x08),
      write(base + 0x04, 0x2000_0000),
      ...words(base + 0x04, 8),
    ]);
  });

  it('fw_cfg: identity, directory head and selectors, in every size', () => {
    const { base } = VIRT_MAP.fwCfg;
    const select = (key: number): Access =>
      access(Operation.Write16, base + 8, ((key & 0xff) << 8) | (key >> 8));
    compare([
      select(0),
      ...[read(base), read(base)],
      select(0),
      ...[access(Operation.Read8, base), access(Operation.Read8, base), access(Operation.Read16, base)],
      ...[1, 2, 3, 5, 0xf].flatMap((key) => [select(key), read(base), read(base)]),
      ...[read(base + 0x10), read(base + 0x14)],
    ]);
  });

  it('GICv2m, virtio slots and the PCIe window', () => {
    const { base } = VIRT_MAP.gicv2m;
    const list = [read(base + 8), read(base + 0xfcc), read(base + 0x40)];
    for (let word = 0; word < 18; word++)
      list.push(write(VIRT_MAP.gicd.base + 0xc00 + 4 * word, 0xaaaa_aaaa));
    for (const id of [79, 80, 81, 100, 127, 144, 143, 0]) list.push(write(base + 0x40, id), ...PENDING);
    list.push(...words(VIRT_MAP.virtio.base, 0x80), ...words(VIRT_MAP.pcieMmio.base, 0x20));
    list.push(access(Operation.Read8, VIRT_MAP.pcieMmio.base + 5));
    list.push(access(Operation.Read16, VIRT_MAP.pcieMmio.base + 6));
    compare(list);
  });

  it('PCIe configuration space: the host bridge, written in every size, and where nothing is', () => {
    const { base } = VIRT_MAP.pcieLowEcam;
    const random = randomNumbers(4);
    const list = [...words(base, 0x110), ...[0xffc, 0x1000, 0x8000, 0x10_0000].map((at) => read(base + at))];
    for (let i = 0; i < 1500; i++) {
      const [size, stores, loads] = random.pick([
        [1, Operation.Write8, Operation.Read8],
        [2, Operation.Write16, Operation.Read16],
        [4, Operation.Write32, Operation.Read32],
      ]);
      const at = base + size * random.below(random.pick([0x40, 0x104]) / size);
      list.push(access(stores, at, random.word()), access(loads, at), read(at & ~3));
    }
    // Without it the window is out of reach of a program that runs with the MMU off.
    compare([...list, ...words(base, 0x110)], ['-M', 'highmem=off']);
  });

  it('flash: query table, erase, program, write buffer', () => {
    compare([
      ...[write(0, 0x0098_0098), ...words(0, 0x140)],
      ...[access(Operation.Read16, 0x40), access(Operation.Read8, 0x42), write(0, 0x00ff_00ff), read(0)],
      ...[write(0, 0x0020_0020), write(0, 0x00d0_00d0), read(0), write(0, 0x00ff_00ff)],
      ...[read(0), read(0x3_fffc), read(0x4_0000)],
      ...[write(0x100, 0x0040_0040), write(0x100, 0x1234_5678), read(0), write(0, 0x00ff_00ff), read(0x100)],
      ...[write(0, 0x00e8_00e8), read(0), write(0, 0x0001_0001), write(0x200, 0x1111_1111)],
      ...[write(0x204, 0x2222_2222), write(0, 0x00d0_00d0), read(0), write(0, 0x00ff_00ff)],
      ...words(0x1f8, 0x10),
    ]);
  });

  it('flash: random commands, data and reads, in every mode', () => {
    const random = randomNumbers(3);
    const list: Access[] = [];
    const look = (): void => {
      list.push(read(random.pick([0, 0x40, 0x44, 0x9c, 0x3_fffc, 0x4_0000])));
      list.push(access(random.pick([Operation.Read8, Operation.Read16]), 0x40 + 2 * random.below(40)));
    };
    for (let i = 0; i < 1500; i++) {
      const at = random.pick([0, 4, 0x40, 0x44, 0x3_fffc, 0x4_0000]);
      const both = (command: number): number => command * 0x1_0001;
      const kind = random.below(4);
      if (kind === 0) {
        const command = random.pick([0x70, 0x90, 0x98, 0xff, 0xf0, 0x00, 0x01, 0x55, 0xd0, 0x03, 0x28]);
        list.push(write(at, both(command)));
        // From the query QEMU knows but this way back.
        if (command === 0x98) {
          look();
          list.push(write(at, both(0xff)));
        }
      } else if (kind === 1) {
        list.push(write(at, both(0x60)));
        look();
        list.push(write(at, both(random.pick([0xd0, 0x01, 0xff, 0x03, 0x70]))));
      } else {
        // QEMU programs zeros to ones too, erases before it is confirmed, and fills a buffer in place: all of it
        // is looked at only when a driver that keeps to the rules would.
        list.push(write(at, both(0x20)), write(at, both(0xd0)));
        look();
        if (kind === 2) list.push(write(at, both(random.pick([0x10, 0x40]))), write(at, random.word()));
        else list.push(write(at, both(0xe8)), write(at, 0), write(at, random.word()), write(at, both(0xd0)));
      }
      look();
    }
    compare(list);
  });
});
