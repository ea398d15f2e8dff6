/** The reset that a guest asks for: the same images boot again, as on QEMU without -no-reboot. */
import assert from 'node:assert/strict';
import { CORE, DEFAULT_CONFIGURATION, Machine, Mode, SYS, type VirtioPlug } from '../../../emulator';
import { VIRTIO_SLOTS, VIRT_MAP } from '../../../emulator/devices/board-virt-map';
import { CODE, RAM, SELF, load, register, wordAt } from './words';

const COUNT = RAM + 0x10_0000;
const BLOCK = VIRT_MAP.virtio.base + (VIRTIO_SLOTS - 1) * VIRT_MAP.virtio.size;
const HVC = 0xe140_0070;
const words = (...program: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(program).buffer);
const store = (address: number, value: number): number[] => [
  ...load(8, address),
  ...load(9, value),
  0xe588_9000,
];

/**
 * Counts its boots in RAM. The first time it changes its own last instruction, flash, and registers of core and devices,
 * and resets the machine; then it stands at the last instruction.
 */
const PROGRAM = [
  ...load(0, COUNT),
  0xe590_1000, // LDR r1, [r0]
  0xe281_1001, // ADD r1, r1, #1
  0xe580_1000, // STR r1, [r0]
  0xe351_0001, // CMP r1, #1
  0x1a00_0000 | 19, // BNE to the last instruction
  ...store(CODE + 4 * 27, 0),
  ...store(0x0400_0000, 0x0040_0040),
  ...store(0x0400_0000, 0x1234_5678),
  0xee0c_0f10, // MCR VBAR
  ...load(0, 0x8400_0009),
  HVC,
  SELF,
  SELF,
];
const LAST = CODE + 4 * 27;

function booted(virtio: readonly VirtioPlug[] = [], cpus = 1): Machine {
  const machine = new Machine({
    ...{ ...DEFAULT_CONFIGURATION, memory: 0x40_0000, virtualization: false, virtio, cpus },
  });
  machine.boot({
    ...{ kernel: { name: 'program', bytes: words(...PROGRAM) }, format: 'raw', loadAddress: CODE },
    load: [{ file: { name: 'flash', bytes: words(0xffff_ffff) }, address: 0x0400_0000 }],
  });
  return machine;
}

describe('a reset by the guest', () => {
  it('boots the images again; RAM, flash, time and counts go on; all else is as at first', () => {
    const machine = booted();
    const { now } = machine.state;
    const first = machine.run(1000);
    assert.equal(first.end, 'reset');
    assert.equal(machine.retired, first.retired);
    assert.ok(machine.state.now === now + first.retired);
    const core = machine.state.cores[0]!;
    assert.equal(core.pc, CODE);
    assert.equal(core.mode, Mode.svc);
    assert.deepEqual([core.u32[CORE.R], core.u32[CORE.R + 8], core.u32[SYS.VBAR]], [0, 0, 0]);
    assert.equal(wordAt(machine, LAST), SELF, 'the image was loaded again');
    assert.equal(wordAt(machine, COUNT), 1, 'RAM beside it was not');
    assert.equal(machine.run(100).end, 'budget');
    assert.equal(core.pc, LAST);
    assert.equal(wordAt(machine, COUNT), 2);
    assert.equal(wordAt(machine, 0x0400_0000), 0x1234_5678, 'flash holds what was programmed');
    assert.equal(machine.retired, first.retired + 100);
    machine.reset();
    assert.equal(machine.retired, 0);
    assert.equal(wordAt(machine, 0x0400_0000), 0);
  });

  it('gives the same states in pieces as in one', () => {
    const whole = booted([{ kind: 'entropy' }], 2);
    whole.run(1000);
    whole.run(100);
    const pieces = booted([{ kind: 'entropy' }], 2);
    while (pieces.retired < whole.retired) pieces.run(Math.min(3, whole.retired - pieces.retired));
    assert.equal(pieces.stateHash(), whole.stateHash());
  });

  it('devices and cores are as after power-on, other cores off', () => {
    const machine = booted([{ kind: 'console' }], 2);
    const by = { core: 0, secure: false, privileged: true };
    const other = booted([{ kind: 'console' }], 2);
    for (const [address, value] of [
      [VIRT_MAP.uart.base + 0x38, 0x10],
      [VIRT_MAP.gicd.base, 1],
      [VIRT_MAP.gicd.base + 0x104, 2],
      [VIRT_MAP.gpio.base + 0x400, 0xff],
      [BLOCK + 0x70, 7],
    ] as const) {
      const region = machine.board.map.find(address)!;
      assert.ok(region.kind === 'device');
      region.device.write(address - region.base, 4, value, by);
    }
    machine.consoles[0]!.input(Uint8Array.of(1, 2, 3));
    machine.state.cores[1]!.assign(machine.state.cores[0]!);
    machine.run(1000);
    assert.equal(machine.state.cores[1]!.i32[CORE.RUN_STATE], other.state.cores[1]!.i32[CORE.RUN_STATE]);
    const states = (of: Machine): unknown =>
      of.board.map.regions.flatMap((region) =>
        'device' in region ? [[region.name, region.device.save()]] : [],
      );
    assert.deepEqual(states(machine), states(other));
    assert.equal(register(machine, 1, 0), 0);
  });

  it('a disk keeps what was written, until power-on', () => {
    const machine = booted([{ kind: 'block', image: new Uint8Array(512) }]);
    const region = machine.board.map.find(BLOCK)!;
    assert.ok(region.kind === 'device');
    const pages = (): unknown => (region.device.save()['device'] as { pages: unknown[] }).pages;
    const before = region.device.save();
    region.device.restore({
      ...before,
      device: { writeCache: true, pages: [[0, new Uint8Array(4096).fill(7)]] },
    });
    assert.equal(machine.run(1000).end, 'reset');
    assert.deepEqual(pages(), [[0, new Uint8Array(4096).fill(7)]]);
    machine.reset();
    assert.deepEqual(pages(), []);
  });
});
