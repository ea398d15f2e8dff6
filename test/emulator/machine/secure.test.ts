/** Board virt with the Security Extensions: who reaches what, and in which state what boots begins (seen on QEMU 7.2). */
import assert from 'node:assert/strict';
import {
  CORE,
  DEFAULT_CONFIGURATION,
  Machine,
  Mode,
  RunState,
  SYS,
  type BootOptions,
  type MachineConfiguration,
} from '../../../emulator';
import { VIRT_MAP } from '../../../emulator/devices/board-virt-map';
import { CODE, RAM, SELF, SMC, load, register } from './words';

const words = (...program: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(program).buffer);

function secureMachine(configuration: Partial<MachineConfiguration>, boot: BootOptions): Machine {
  const machine = new Machine({
    ...{ ...DEFAULT_CONFIGURATION, memory: 0x40_0000, virtualization: false, secure: true },
    ...configuration,
  });
  machine.boot(boot);
  return machine;
}
const raw = (...program: readonly number[]): BootOptions => ({
  ...{ kernel: { name: 'program', bytes: words(...program) }, format: 'raw', loadAddress: CODE },
});
/** Enough of a zImage to be taken for one. */
function zImage(): BootOptions {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x24, 0x016f_2818, true);
  view.setUint32(0x2c, 64, true);
  return { kernel: { name: 'zImage', bytes }, deviceTree: 'generated' };
}
/** LDR rd, [address] and STR of r0 to it, by r8. */
const read = (rd: number, address: number): number[] => [
  ...load(8, address),
  (0xe598_0000 | (rd << 12)) >>> 0,
];
/** MCR SCR of r9. */
const WRITE_SCR = 0xee01_9f11;

describe('board virt with Security Extensions', () => {
  const SECURE_ONLY = [
    VIRT_MAP.secureUart.base + 0x18,
    VIRT_MAP.secureGpio.base,
    VIRT_MAP.secureRam.base,
    0x40,
  ];

  it('Secure devices, memory and flash are there in Secure state', () => {
    const machine = secureMachine({}, raw(...SECURE_ONLY.flatMap((at, i) => read(i + 1, at)), SELF));
    machine.run(50);
    const core = machine.state.cores[0]!;
    assert.equal(core.mode, Mode.svc);
    assert.equal(register(machine, 0, 1), 0x90, 'UARTFR');
  });

  for (const address of SECURE_ONLY)
    it(`0x${address.toString(16)} is nothing but an external abort to Non-secure state`, () => {
      // Monitor mode sets SCR.NS and drops to Supervisor mode, whose access then is Non-secure.
      const machine = secureMachine(
        {},
        raw(
          0xf102_0016, // CPS #0x16
          0xe3a0_9001,
          WRITE_SCR,
          0xf102_0013, // CPS #0x13
          ...read(1, address),
          SELF,
        ),
      );
      machine.run(50);
      const core = machine.state.cores[0]!;
      assert.equal(core.mode, Mode.abt);
      assert.equal(core.u32[SYS.DFSR], 0x008, 'synchronous external abort');
      assert.equal(core.u32[SYS.DFAR], address);
    });

  it('translations of Secure state with NS set lead to the Non-secure addresses', () => {
    // One section of Secure memory, mapped twice: at its own address, and with NS at 0x1000_0000.
    const machine = secureMachine(
      {},
      raw(
        ...load(0, RAM),
        0xee02_0f10, // TTBR0
        0xe3e0_0000,
        0xee03_0f10, // DACR: managers
        0xee11_0f10,
        0xe380_0001,
        0xee01_0f10, // SCTLR.M
        ...read(1, VIRT_MAP.secureRam.base),
        ...read(2, 0x1000_0000),
        SELF,
      ),
    );
    const section = (pa: number, ns: boolean): number => ((pa & 0xfff0_0000) | (ns ? 1 << 19 : 0) | 2) >>> 0;
    const put = (va: number, descriptor: number): number =>
      machine.memory.writePhysical(RAM + 4 * (va >>> 20), words(descriptor));
    put(RAM, section(RAM, false));
    put(VIRT_MAP.secureRam.base, section(VIRT_MAP.secureRam.base, false));
    put(0x1000_0000, section(VIRT_MAP.secureRam.base, true));
    // What a device that masters the bus writes does not come so far; the debugger does.
    machine.memory.writePhysical(VIRT_MAP.secureRam.base, words(0x5ec));
    assert.equal(machine.memory.copyIn(VIRT_MAP.secureRam.base, words(1)), false);
    assert.equal(machine.memory.copyOut(VIRT_MAP.secureRam.base, new Uint8Array(4)), false);
    machine.run(50);
    const core = machine.state.cores[0]!;
    assert.equal(register(machine, 0, 1), 0x5ec);
    assert.equal(core.mode, Mode.abt);
  });

  it('bare programs begin in Secure state, on every core, and SMC is theirs', () => {
    for (const virtualization of [false, true]) {
      const machine = secureMachine({ virtualization, cpus: 2 }, raw(...load(0, 0x8400_0008), SMC, SELF));
      for (const core of machine.state.cores) {
        assert.equal(core.mode, Mode.svc);
        assert.equal(core.u32[SYS.SCR], 0);
        assert.equal(core.pc, CODE);
        assert.equal(core.i32[CORE.RUN_STATE], RunState.Running);
      }
      machine.run(3);
      assert.equal(machine.ended, undefined, 'nobody switches the machine off');
      assert.equal(machine.state.cores[0]!.mode, Mode.mon);
    }
  });

  it('Linux images are entered in Non-secure state, with PSCI and interrupts given to them', () => {
    for (const [virtualization, mode, scr] of [
      [false, Mode.svc, 0x001],
      [true, Mode.hyp, 0x101],
    ] as const) {
      const machine = secureMachine({ virtualization, cpus: 2 }, zImage());
      const [first, second] = machine.state.cores;
      assert.equal(first!.mode, mode);
      assert.equal(first!.u32[SYS.SCR], scr);
      assert.equal(first!.u32[SYS.NSACR], 0xc00);
      assert.equal(second!.i32[CORE.RUN_STATE], RunState.Off);
      assert.equal(machine.conduit, virtualization ? 'smc' : 'hvc');
      const { gic } = machine.board;
      assert.deepEqual(
        [gic.interrupt(1, 27), gic.interrupt(0, 33)].map(({ group1, priority }) => [group1, priority]),
        [
          [true, 0x80],
          [true, 0x80],
        ],
      );
    }
  });

  it('firmware begins where flash does', () => {
    const firmware = { name: 'firmware', bytes: words(...load(1, 0x1234), SELF) };
    for (const [configuration, mode] of [
      [{ secure: true, virtualization: true }, Mode.svc],
      [{ secure: false, virtualization: true }, Mode.hyp],
      [{ secure: false, virtualization: false }, Mode.svc],
    ] as const) {
      const machine = secureMachine(configuration, { firmware, deviceTree: 'generated' });
      assert.equal(machine.state.cores[0]!.pc, 0);
      assert.equal(machine.state.cores[0]!.mode, mode);
      machine.run(10);
      assert.equal(register(machine, 0, 1), 0x1234);
      const magic = machine.memory.readPhysical(RAM, 4).bytes;
      assert.deepEqual([...magic], [0xd0, 0x0d, 0xfe, 0xed], 'the tree is at the start of RAM');
    }
    const large = { name: 'large.bin', bytes: new Uint8Array(0x0400_0001) };
    assert.throws(
      () => secureMachine({}, { firmware: large }),
      /large\.bin: 67108865 bytes do not fit the flash/,
    );
    assert.throws(
      () => secureMachine({}, { firmware: { name: 'none.bin', bytes: new Uint8Array(0) } }),
      /none\.bin: the file is empty/,
    );
  });

  it('the Secure GPIO switches the machine off', () => {
    const store = (offset: number, value: number): number[] => [
      ...load(8, VIRT_MAP.secureGpio.base + offset),
      ...load(9, value),
      0xe588_9000,
    ];
    const machine = secureMachine({}, raw(...store(0x400, 3), ...store(0x3fc, 1), SELF));
    assert.equal(machine.run(100).end, 'powered off');
  });
});
