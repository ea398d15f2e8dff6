/** virtio in a whole machine: interrupts, and code that a disk brings. */
import assert from 'node:assert/strict';
import { DEFAULT_CONFIGURATION, Machine, CORE } from '../../../emulator';
import { VIRTIO_SLOTS, VIRT_INTERRUPTS, VIRT_MAP } from '../../../emulator/devices/board-virt-map';
import { accessSize, type Access } from '../../conformance/gic/access-list';
import { NEXT, QueueDriver, REGISTER, WRITE, write } from '../../conformance/devices/virtio-driver';
import { load } from './words';

const RAM = VIRT_MAP.ram.base;
const BLOCK = VIRT_MAP.virtio.base + (VIRTIO_SLOTS - 1) * VIRT_MAP.virtio.size;
const HEADER = RAM + 0x8000;
const CODE = RAM + 0x2_0000;

const words = (...program: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(program).buffer);

describe('a machine with virtio devices', () => {
  it('executes what a disk has written over its code, and is interrupted', () => {
    // The disk's code: MOV r1, #2; B back (to the branch to itself at the end of the program).
    const image = new Uint8Array(512);
    const program = [
      ...load(0, BLOCK + REGISTER.queueNotify),
      ...load(3, CODE),
      0xe3a0_1000, // MOV r1, #0
      0xe12f_ff33, // BLX r3: r1 = 1
      0xe1a0_4001, // MOV r4, r1
      0xe3a0_2000, // MOV r2, #0
      0xe580_2000, // STR r2, [r0]: the disk brings other code
      0xe12f_ff33, // BLX r3: r1 = 2
      0xeaff_fffe, // B .
    ];
    new DataView(image.buffer).setUint32(0, 0xe3a0_1002, true);
    new DataView(image.buffer).setUint32(4, 0xe12f_ff1e, true);
    const machine = new Machine({
      ...DEFAULT_CONFIGURATION,
      memory: 0x40_0000,
      virtio: [{ kind: 'block', image }, { kind: 'entropy' }],
    });
    machine.boot({
      kernel: { name: 'program', bytes: words(...program) },
      format: 'raw',
      loadAddress: RAM,
      load: [{ file: { name: 'code', bytes: words(0xe3a0_1001, 0xe12f_ff1e) }, address: CODE }],
    });
    const queue = new QueueDriver(BLOCK, 0, RAM + 0x1_0000, 8);
    apply(machine, [
      write(BLOCK + REGISTER.guestPageSize, 4096),
      ...queue.setUp(),
      write(BLOCK + REGISTER.status, 7),
      ...queue.descriptor(0, { address: HEADER, length: 16, flags: NEXT, next: 1 }),
      ...queue.descriptor(1, { address: CODE, length: 512, flags: NEXT | WRITE, next: 2 }),
      ...queue.descriptor(2, { address: HEADER + 64, length: 1, flags: WRITE, next: 0 }),
      ...queue.offer(0),
    ]);
    machine.run(20);
    const { u32 } = machine.state.cores[0]!;
    assert.equal(u32[CORE.R + 4], 1);
    assert.equal(u32[CORE.R + 1], 2);
    const spi = VIRT_INTERRUPTS.virtio + VIRTIO_SLOTS - 1;
    const pending = machine.board.map.find(VIRT_MAP.gicd.base)!;
    assert.ok(pending.kind === 'device');
    const word = pending.device.peek(0x200 + 4 * (spi >> 5), 4, {
      core: 0,
      secure: false,
      privileged: true,
    })!;
    assert.equal((word >>> (spi & 31)) & 1, 1, 'its SPI is pending');
    machine.reset();
    assert.equal(u32[CORE.R + 4], 0);
  });

  it('says how many devices there is room for', () => {
    const virtio = Array.from({ length: 33 }, () => ({ kind: 'entropy' as const }));
    assert.throws(
      () => new Machine({ ...DEFAULT_CONFIGURATION, memory: 0x40_0000, virtio }),
      /32 virtio transports/,
    );
  });
});

/** Makes accesses as a debugger would, to devices and to memory. */
function apply(machine: Machine, list: readonly Access[]): void {
  for (const { address, operation, value } of list) {
    const region = machine.board.map.find(address)!;
    const size = accessSize(operation);
    if (region.kind === 'device')
      region.device.write(address - region.base, size, value, { core: 0, secure: false, privileged: true });
    else {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, value, true);
      machine.memory.writePhysical(address, bytes.subarray(0, size));
    }
  }
}
