/** Board vexpress-a15 as a whole: how its cores start, its bus, how it ends, and its device trees. */
import assert from 'node:assert/strict';
import {
  CORE,
  DEFAULT_CONFIGURATION,
  ImageError,
  Machine,
  RunState,
  type BootOptions,
  type MachineConfiguration,
} from '../../../emulator';
import { VEXPRESS_MAP } from '../../../emulator/devices/board-vexpress-map';
import {
  EMPTY,
  cells,
  node,
  nodeAt,
  property,
  readDeviceTree,
  strings,
  writeDeviceTree,
  type DeviceTree,
} from '../../../emulator/devices/fdt';
import { Mode } from '../../../emulator/state/psr';
import { SELF, load, register, wordAt } from './words';

const RAM = VEXPRESS_MAP.ram.base;
const FLAGS = VEXPRESS_MAP.sysregs.base + 0x30;
const STR_R1_R0 = 0xe580_1000;
const LDR_R1_R0 = 0xe590_1000;
const MOV_R1_1 = 0xe3a0_1001;
const BRANCH_TO_WORD_16 = 0xea00_000e;
const BX_R0 = 0xe12f_ff10;

const machine = (configuration: Partial<MachineConfiguration> = {}): Machine =>
  new Machine({ ...DEFAULT_CONFIGURATION, board: 'vexpress-a15', memory: 0x100_0000, ...configuration });
const bytes = (program: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(program).buffer);

/** A machine about to run `program` at the start of RAM, on every core. */
function running(program: readonly number[], configuration: Partial<MachineConfiguration> = {}): Machine {
  const made = machine(configuration);
  made.boot({ load: [{ file: { name: 'program', bytes: bytes(program) }, address: RAM }], entry: RAM });
  return made;
}

/** A kernel: a zImage that begins with `program`. */
function kernel(program: readonly number[]): { name: string; bytes: Uint8Array } {
  const image = new Uint8Array(0x100);
  image.set(bytes(program));
  new DataView(image.buffer).setUint32(0x24, 0x016f_2818, true);
  new DataView(image.buffer).setUint32(0x2c, image.length, true);
  return { name: 'kernel', bytes: image };
}

describe('board vexpress-a15: start', () => {
  it('a bare program runs on every core, in the mode that the extensions make', () => {
    const modes = [
      [{ virtualization: true, secure: false }, Mode.hyp, false],
      [{ virtualization: true, secure: true }, Mode.svc, true],
      [{ virtualization: false, secure: false }, Mode.svc, false],
    ] as const;
    for (const [extensions, mode, secure] of modes) {
      const made = running([SELF], { ...extensions, cpus: 4 });
      for (const core of made.state.cores) {
        assert.deepEqual([core.pc, core.mode, core.secure], [RAM, mode, secure]);
        assert.equal(core.i32[CORE.RUN_STATE], RunState.Running);
      }
    }
  });

  it('a kernel gets its machine number, and its secondary cores wait for an address in SYS_FLAGS', () => {
    const LATER = RAM + 0x1_0000 + 4 * 48;
    const GICD = VEXPRESS_MAP.gicd.base;
    // Enables the distributor, writes the address, and sends interrupt 0 to all other cores.
    const program = [
      ...[...load(0, GICD), MOV_R1_1, STR_R1_R0],
      ...[...load(0, FLAGS), ...load(1, LATER), STR_R1_R0],
      ...[...load(0, GICD + 0xf00), ...load(1, 1 << 24), STR_R1_R0],
      SELF,
    ];
    const image = kernel([BRANCH_TO_WORD_16]);
    const words = new Uint32Array(image.bytes.buffer);
    words.set(program, 16);
    words[48] = SELF;
    const made = machine({ cpus: 2, virtualization: false });
    made.boot({ kernel: image, deviceTree: 'generated' });
    assert.equal(register(made, 0, 1), 2272);
    const second = made.state.cores[1]!;
    assert.equal(second.pc, VEXPRESS_MAP.sram.base);
    made.run(1000);
    assert.equal(second.pc, LATER);
  });

  it('has four cores at most', () => {
    assert.throws(() => machine({ cpus: 5 }), /vexpress-a15 has 4 cores at most, not 5/);
  });

  it('calls no firmware: HVC and SMC are exceptions', () => {
    const made = machine({ virtualization: false });
    assert.equal(made.conduit, undefined);
  });
});

describe('board vexpress-a15: bus', () => {
  it('where nothing is, reads are zero and stores are lost; a debugger sees no memory there', () => {
    const program = [...load(0, 0x1a00_0000), ...load(1, 5), STR_R1_R0, LDR_R1_R0, SELF];
    const made = running(program);
    made.run(program.length);
    assert.equal(register(made, 0, 1), 0);
    assert.equal(register(made, 0, 15), RAM + 4 * (program.length - 1));
    assert.deepEqual([...made.memory.readPhysical(0x1a00_0000, 4).known], [0, 0, 0, 0]);
  });

  it('a fetch from there is an external abort', () => {
    const made = running([...load(0, 0x1a00_0000), BX_R0], { virtualization: false });
    let aborts = 0;
    made.events.subscribe(['pl1-exception'], (event) => {
      if (event.kind === 'pl1-exception' && event.exception === 'prefetch abort') aborts++;
      return true;
    });
    made.run(10);
    assert.equal(aborts, 1);
  });

  it('a table walk into nothing is an external abort, as on QEMU', () => {
    assert.equal(machine().memory.readDescriptor(0x1a00_0000, 0, 4, false, { low: 0, high: 0 }), false);
  });
});

describe('board vexpress-a15: end', () => {
  const CONTROL = VEXPRESS_MAP.sysregs.base + 0xa4;

  it("the configuration bus's shutdown ends the machine after the instruction", () => {
    const made = running([...load(0, CONTROL), ...load(1, 0xc080_0000), STR_R1_R0, SELF]);
    const { end, retired } = made.run(100);
    assert.deepEqual([end, retired], ['powered off', 5]);
  });

  it('its reboot starts the same program again; memory keeps what it holds', () => {
    const LDR_R2_R3 = 0xe593_2000;
    const ADD_R2_1 = 0xe282_2001;
    const STR_R2_R3 = 0xe583_2000;
    const program = [
      ...[...load(3, VEXPRESS_MAP.sram.base), LDR_R2_R3, ADD_R2_1, STR_R2_R3],
      ...[...load(0, CONTROL), ...load(1, 0xc090_0000), STR_R1_R0],
    ];
    const made = running([...program, SELF]);
    for (const times of [1, 2, 3]) {
      const { end, retired } = made.run(1000);
      assert.deepEqual([end, retired, times], ['reset', program.length, times]);
    }
    assert.equal(wordAt(made, VEXPRESS_MAP.sram.base), 3);
    assert.equal(made.ended, undefined);
  });
});

describe('board vexpress-a15: device trees', () => {
  const blobIn = (made: Machine): DeviceTree => {
    const { address } = made.plan!.deviceTree!;
    return readDeviceTree(made.memory.readPhysical(address, 0x1_0000).bytes);
  };
  const boot = (options: BootOptions, configuration: Partial<MachineConfiguration> = {}): DeviceTree => {
    const made = machine(configuration);
    made.boot({ kernel: kernel([SELF]), ...options });
    return blobIn(made);
  };

  it('the generated one names what is there, and nothing that is not', () => {
    const tree = boot({ deviceTree: 'generated', append: 'quiet' }, { cpus: 3 });
    const made = machine();
    const bus = nodeAt(tree, '/bus@8000000')!;
    for (const { name } of bus.children.filter((child) => child.name.includes('@'))) {
      const address = parseInt(name.split('@')[1]!, 16);
      assert.ok(made.board.map.find(address), name);
    }
    assert.equal(nodeAt(tree, '/cpus')!.children.length, 3);
    assert.deepEqual(property(nodeAt(tree, '/chosen')!, 'bootargs'), strings('quiet'));
    assert.deepEqual(property(nodeAt(tree, '/memory@80000000')!, 'reg'), cells(0, RAM, 0, 0x100_0000));
  });

  const gic = node('gic@2c001000', {
    ...{ compatible: strings('arm,cortex-a9-gic'), phandle: cells(7), 'interrupt-controller': EMPTY },
  });
  const given = (children = [gic]): Uint8Array =>
    writeDeviceTree({
      ...{ reservations: [], bootCpu: 0 },
      root: node('', { '#address-cells': cells(1), '#size-cells': cells(1) }, [
        node('memory', { device_type: strings('memory') }),
        node('memory@0', { device_type: strings('memory') }),
        ...children,
      ]),
    });

  it("one that is given gets the machine's memory and its virtio transports", () => {
    const tree = boot({ deviceTree: given() });
    const names = tree.root.children.map(({ name }) => name).filter((name) => name !== 'chosen');
    const virtio = [0, 2, 4, 6].map((n) => `virtio_mmio@1c130${n}00`);
    assert.deepEqual(names.sort(), ['gic@2c001000', 'memory@80000000', ...virtio]);
    assert.deepEqual(property(nodeAt(tree, '/memory@80000000')!, 'reg'), cells(RAM, 0x100_0000));
    assert.deepEqual(property(nodeAt(tree, '/virtio_mmio@1c130600')!, 'interrupts'), cells(0, 43, 1));
  });

  it('a generated one that is given is the same', () => {
    const own = boot({ deviceTree: 'generated' });
    const again = boot({ deviceTree: writeDeviceTree(own) });
    const names = ({ root }: DeviceTree): string[] => root.children.map(({ name }) => name).sort();
    assert.deepEqual(names(again), names(own));
  });

  it('without an interrupt controller there are no transports', () => {
    const tree = boot({ deviceTree: given([]) });
    assert.deepEqual(
      tree.root.children.map(({ name }) => name).filter((name) => name !== 'chosen'),
      ['memory@80000000'],
    );
  });

  it('one that is broken is refused in words', () => {
    assert.throws(() => boot({ deviceTree: given().subarray(0, 60) }), ImageError);
  });
});
