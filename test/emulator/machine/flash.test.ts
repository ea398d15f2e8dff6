/** Flash in a whole machine: code and data at the speed of memory, and commands that take effect at once. */
import assert from 'node:assert/strict';
import { CORE, DEFAULT_CONFIGURATION, Machine, Mode, type MachineConfiguration } from '../../../emulator';
import { CODE, SELF, load, register } from './words';

const words = (...program: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(program).buffer);
const FLASH1 = 0x0400_0000;
/** MOV r0, #n; BX lr. */
const MOV_R0 = 0xe3a0_0000;
const RETURN = 0xe12f_ff1e;
const CALL_R3 = 0xe12f_ff33;

/** A machine about to run `program` from RAM, with `flash` at the start of bank 1 and `first` at that of bank 0. */
function machineWith(
  program: readonly number[],
  flash: readonly number[],
  first: readonly number[] = [],
  configuration: Partial<MachineConfiguration> = {},
): Machine {
  const machine = new Machine({
    ...DEFAULT_CONFIGURATION,
    ...{ memory: 0x20_0000, virtualization: false, ...configuration },
  });
  machine.boot({
    ...{ kernel: { name: 'program', bytes: words(...program) }, format: 'raw', loadAddress: CODE },
    load: [
      { file: { name: 'flash', bytes: words(...flash) }, address: FLASH1 },
      { file: { name: 'vectors', bytes: words(...first) }, address: 0 },
    ],
  });
  return machine;
}
/** STR of `value` to `address`, by r8 and r9. */
const store = (address: number, value: number): number[] => [
  ...load(8, address),
  ...load(9, value),
  0xe588_9000,
];
/** LDR rd, [address], by r8. */
const fetchWord = (rd: number, address: number): number[] => [
  ...load(8, address),
  (0xe598_0000 | (rd << 12)) >>> 0,
];

describe('flash of board virt', () => {
  it('reads as memory in array mode, as a device in any other, wherever it was read before', () => {
    const machine = machineWith(
      [
        ...fetchWord(1, FLASH1 + 4),
        ...store(FLASH1, 0x0070_0070),
        ...fetchWord(2, FLASH1 + 4),
        ...store(FLASH1, 0x0098_0098),
        ...fetchWord(3, FLASH1 + 0x40),
        ...store(FLASH1, 0x00ff_00ff),
        ...fetchWord(4, FLASH1 + 4),
        SELF,
      ],
      [0, 0x1234_5678],
    );
    const peek = (): number =>
      new DataView(machine.memory.readPhysical(FLASH1 + 4, 4).bytes.buffer).getUint32(0, true);
    machine.run(3);
    assert.equal(peek(), 0x1234_5678);
    machine.run(5);
    assert.equal(peek(), 0x0080_0080, 'the debugger sees what a core would');
    machine.run(100);
    assert.deepEqual(
      [1, 2, 3, 4].map((r) => register(machine, 0, r)),
      [0x1234_5678, 0x0080_0080, 0x0051_0051, 0x1234_5678],
    );
  });

  it('executes in place, and executes what was programmed and erased in between', () => {
    const machine = machineWith(
      [
        ...load(3, FLASH1),
        CALL_R3,
        0xe1a0_4000, // MOV r4, r0
        ...store(FLASH1, 0x0040_0040),
        ...store(FLASH1, MOV_R0 | 5), // 7 AND 5
        ...store(FLASH1, 0x00ff_00ff),
        CALL_R3,
        0xe1a0_5000, // MOV r5, r0
        ...store(FLASH1, 0x0020_0020),
        ...store(FLASH1, 0x00d0_00d0),
        ...store(FLASH1, 0x00ff_00ff),
        ...fetchWord(6, FLASH1),
        SELF,
      ],
      [MOV_R0 | 7, RETURN],
    );
    machine.run(200);
    assert.deepEqual([register(machine, 0, 4), register(machine, 0, 5)], [7, 5]);
    assert.equal(register(machine, 0, 6), 0xffff_ffff);
  });

  it('code that puts its own bank in another mode is not found any more: an abort at the next instruction', () => {
    const machine = machineWith(
      [...load(3, FLASH1), CALL_R3],
      [...store(FLASH1, 0x0070_0070), 0xe3a0_4001, RETURN],
      // Vectors in bank 0: the prefetch abort's branches to itself.
      [SELF, SELF, SELF, SELF, SELF, SELF],
    );
    machine.run(20);
    const core = machine.state.cores[0]!;
    assert.equal(core.mode, Mode.abt);
    assert.equal(core.pc, 0x0c);
    assert.equal(core.u32[CORE.R + 14], FLASH1 + 4 * 5 + 4);
    assert.equal(core.u32[CORE.R + 4], 0, 'nothing of the block was executed after the store');
  });

  it('a mode change counts for every core', () => {
    // Both cores read the flash for ever; core 0 changes its mode after its third time.
    const machine = machineWith([...load(8, FLASH1), 0xe598_1000, 0xeaff_fffd], [0x1111_1111], [], {
      cpus: 2,
      slice: 10,
    });
    const [first, second] = machine.state.cores;
    second!.assign(first!);
    machine.run(100);
    assert.equal(register(machine, 1, 1), 0x1111_1111);
    const region = machine.board.map.find(FLASH1)!;
    assert.ok(region.kind === 'flash');
    region.device.write(0, 4, 0x0070_0070, { core: 0, secure: false, privileged: true });
    machine.run(100);
    assert.deepEqual([register(machine, 0, 1), register(machine, 1, 1)], [0x0080_0080, 0x0080_0080]);
    region.device.reset();
    machine.run(100);
    assert.deepEqual([register(machine, 0, 1), register(machine, 1, 1)], [0x1111_1111, 0x1111_1111]);
  });

  it('a store that is no command is told, one that is a command is not', () => {
    const machine = machineWith(
      [
        ...store(FLASH1, 0x1234_5678),
        ...store(FLASH1, 0x0070_0070),
        ...store(FLASH1, 0xf0),
        ...store(FLASH1, 0x00ff_00ff),
        SELF,
      ],
      [],
    );
    const told: number[] = [];
    machine.events.subscribe(['rom-store'], (event) => {
      if (event.kind === 'rom-store') told.push(event.value);
      return false;
    });
    machine.run(50);
    assert.deepEqual(told, [0x1234_5678]);
  });
});
