/** Whatever a guest does to a device, it answers: a value of the size asked for or a bus error, never an exception. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CfiFlash } from '../../../emulator/devices/cfi-flash';
import { BUS_ERROR, type AccessSize, type Device } from '../../../emulator/devices/device';
import { AllOnes, EmptyVirtioTransport } from '../../../emulator/devices/empty-devices';
import { FwCfg } from '../../../emulator/devices/fw-cfg';
import { GicV2m } from '../../../emulator/devices/gicv2m';
import { PcieConfiguration } from '../../../emulator/devices/pcie-configuration';
import { Pl011 } from '../../../emulator/devices/pl011';
import { Pl031 } from '../../../emulator/devices/pl031';
import { Pl041 } from '../../../emulator/devices/pl041';
import { Pl050 } from '../../../emulator/devices/pl050';
import { Pl061 } from '../../../emulator/devices/pl061';
import { Pl111 } from '../../../emulator/devices/pl111';
import { Pl180 } from '../../../emulator/devices/pl180';
import { Ps2Keyboard, Ps2Mouse } from '../../../emulator/devices/ps2';
import { Sp804 } from '../../../emulator/devices/sp804';
import { Sp810 } from '../../../emulator/devices/sp810';
import { VersatileI2c } from '../../../emulator/devices/versatile-i2c';
import { VexpressSysregs } from '../../../emulator/devices/vexpress-sysregs';
import { VirtioBlock } from '../../../emulator/devices/virtio/block';
import { VirtioConsole } from '../../../emulator/devices/virtio/console';
import { CopyOnWriteDisk } from '../../../emulator/devices/virtio/disk';
import { VirtioMmio } from '../../../emulator/devices/virtio/mmio-transport';
import { Gic } from '../../../emulator/gic/gic';
import { plainContents } from './plain-contents';
import { Clock } from '../../../emulator/state/clock';
import { MachineState } from '../../../emulator/state/machine-state';

/** Every device, its lines going to a Gic with the Security Extensions. */
function devices(): Device[] {
  const gic = new Gic({ cores: 3, hasSecurity: true }, { set: () => undefined });
  const line = (id: number) => ({ set: (level: boolean): void => gic.setSpi(id, level) });
  const clock = new Clock(new MachineState(1, 0, false, true));
  const ram = new Uint8Array(0x1_0000);
  const inside = (pa: number, size: number): boolean => pa >= 0 && pa + size <= ram.length;
  const dma = {
    read: (pa: number, into: Uint8Array): boolean => {
      if (!inside(pa, into.length)) return false;
      into.set(ram.subarray(pa, pa + into.length));
      return true;
    },
    write: (pa: number, from: Uint8Array): boolean => {
      if (!inside(pa, from.length)) return false;
      ram.set(from, pa);
      return true;
    },
  };
  return [
    ...Object.values(gic.devices),
    new Pl011('uart', () => undefined, line(33)),
    new Pl031('rtc', 0, clock, line(34)),
    new Pl061('gpio', line(39)),
    new FwCfg('fw-cfg', { cpus: 1, files: [{ name: 'f', content: new Uint8Array(100) }], dma }),
    new CfiFlash('flash', 0x8_0000, plainContents(0x8_0000)),
    new GicV2m('gicv2m', 80, 64, (id) => {
      gic.setSpi(id, true);
      gic.setSpi(id, false);
    }),
    new EmptyVirtioTransport('virtio'),
    new AllOnes('pcie', 0x1000),
    new PcieConfiguration('pcie-ecam', 0x10_0000),
    ...[new VirtioBlock(new CopyOnWriteDisk(new Uint8Array(4096))), new VirtioConsole(() => undefined)].map(
      (device) => new VirtioMmio(device.kind, device, { clock, memory: dma, line: line(48) }),
    ),
    new Sp804('sp804', 1_000_000, clock, line(36)),
    new Sp810('sp810'),
    new VexpressSysregs('sysregs', clock, () => undefined),
    new Pl041('pl041'),
    new Pl050('keyboard', new Ps2Keyboard(), line(44)),
    new Pl050('mouse', new Ps2Mouse(), line(45)),
    new Pl111('pl111'),
    new Pl180('pl180', [line(41), line(42)]),
    new VersatileI2c('i2c'),
  ];
}

describe('devices and a hostile guest', () => {
  const step = fc.record({
    device: fc.nat(devices().length - 1),
    /** Often near the start of the window, where most registers are. */
    offset: fc.oneof(fc.nat(0x300), fc.nat(0x1fff), fc.nat(0x7_ffff)),
    size: fc.constantFrom<AccessSize[]>(1, 2, 4),
    value: fc.oneof(fc.nat(0xffff_ffff), fc.nat(0x3ff), fc.constantFrom(0, 1, 3, 0xff, 0xffff_ffff)),
    write: fc.boolean(),
    core: fc.nat(2),
    secure: fc.boolean(),
  });

  it('answer every access, and peek what they would read', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 400 }), (steps) => {
        const all = devices();
        for (const { device: which, offset: anywhere, size, value, write, core, secure } of steps) {
          const device = all[which];
          const offset = anywhere % (device.size - size + 1);
          const by = { core, secure, privileged: true };
          if (write) {
            device.write(offset, size, value % 2 ** (8 * size), by);
            continue;
          }
          const before = offset % 8 === 0 ? JSON.stringify(device.save()) : undefined;
          const seen = device.peek(offset, size, by);
          if (before !== undefined)
            assert.equal(JSON.stringify(device.save()), before, `${device.name}: peek changed something`);
          const read = device.read(offset, size, by);
          assert.ok(read === BUS_ERROR || (Number.isInteger(read) && read >= 0 && read < 2 ** (8 * size)));
          assert.equal(
            seen,
            read === BUS_ERROR ? undefined : read,
            `${device.name} at 0x${offset.toString(16)}`,
          );
        }
        for (const device of all) device.reset();
      }),
      { numRuns: 60 },
    );
  });

  it('a snapshot taken anywhere gives the same answers afterwards', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.array(step, { maxLength: 100 }), (first, then) => {
        const play = (on: Device[], steps: typeof first): (number | boolean)[] =>
          steps.map(({ device: which, offset: anywhere, size, value, write, core, secure }) => {
            const device = on[which];
            const offset = anywhere % (device.size - size + 1);
            const by = { core, secure, privileged: true };
            return write
              ? device.write(offset, size, value % 2 ** (8 * size), by)
              : device.read(offset, size, by);
          });
        const original = devices();
        // What fw_cfg and virtio read lives in memory, which is no part of a device: leave them out.
        const withoutDma = (steps: typeof first): typeof first =>
          steps.filter(({ device }) => device !== 7 && device < 12);
        play(original, withoutDma(first));
        const copy = devices();
        original.forEach((device, i) => copy[i].restore(structuredClone(device.save())));
        assert.deepEqual(play(copy, withoutDma(then)), play(original, withoutDma(then)));
        assert.deepEqual(
          copy.map((device) => device.save()),
          original.map((device) => device.save()),
        );
      }),
      { numRuns: 50 },
    );
  });
});
