/** PSCI 0.2 and later as bare programs call it; the answers are those of QEMU's board `virt`. */
import assert from 'node:assert/strict';
import { RunState, CORE, type MachineConfiguration } from '../../../emulator';
import { Mode, switchMode } from '../../../emulator/state/psr';
import { CODE, HVC, SELF, SMC, WFI, load, machineWith, register } from './words';

const SUCCESS = 0;
const NOT_SUPPORTED = -1;
const INVALID_PARAMETERS = -2;
const ALREADY_ON = -4;

interface Call {
  readonly id: number;
  readonly arguments?: readonly number[];
  readonly conduit?: number;
}
const words = ({ id, arguments: [a = 0, b = 0, c = 0] = [], conduit = HVC }: Call): number[] => [
  ...load(0, id),
  ...load(1, a),
  ...load(2, b),
  ...load(3, c),
  conduit,
];
const CALL_WORDS = words({ id: 0 }).length;

/** r0 after the last of `calls`, signed. */
function answer(calls: readonly Call[], configuration: Partial<MachineConfiguration> = {}): number {
  const machine = machineWith([...calls.flatMap(words), WFI, SELF], configuration);
  machine.run(CALL_WORDS * calls.length);
  return register(machine, 0, 0) | 0;
}

describe('machine: PSCI', () => {
  it('PSCI_VERSION is 1.1, by HVC without Hyp mode and by SMC with it', () => {
    assert.equal(answer([{ id: 0x8400_0000 }]), 0x10001);
    assert.equal(answer([{ id: 0x8400_0000, conduit: SMC }], { virtualization: true }), 0x10001);
  });

  it('PSCI_FEATURES knows what is there', () => {
    const has = (id: number): number => answer([{ id: 0x8400_000a, arguments: [id] }]);
    for (const id of [
      0x8400_0000, 0x8400_0001, 0x8400_0002, 0x8400_0003, 0x8400_0004, 0x8400_0008, 0x8400_0009,
    ])
      assert.equal(has(id), SUCCESS, id.toString(16));
    for (const id of [0x8000_0000, 0x8400_0005, 0x8400_0012, 0xffff_ffff, 0])
      assert.equal(has(id), NOT_SUPPORTED, id.toString(16));
  });

  it('a function that is not there is NOT_SUPPORTED', () => {
    for (const id of [0, 0x8400_00ff, 0xffff_ffff, 0xc400_0003])
      assert.equal(answer([{ id }]), NOT_SUPPORTED, id.toString(16));
  });

  it('CPU_ON starts a core at the entry point with the context in r0; twice is ALREADY_ON', () => {
    const on: Call = { id: 0x8400_0003, arguments: [1, CODE + 4 * (2 * CALL_WORDS + 1), 0x1234_5678] };
    const machine = machineWith([...words(on), ...words(on), SELF, SELF], { cpus: 2, slice: 1000 });
    machine.run(CALL_WORDS);
    assert.equal(register(machine, 0, 0), SUCCESS);
    const second = machine.state.cores[1]!;
    assert.deepEqual(
      [second.i32[CORE.RUN_STATE], second.pc, second.u32[CORE.R], second.mode],
      [RunState.Running, CODE + 4 * (2 * CALL_WORDS + 1), 0x1234_5678, Mode.svc],
    );
    machine.run(CALL_WORDS);
    assert.equal(register(machine, 0, 0) | 0, ALREADY_ON);
  });

  it('CPU_ON from Hyp mode starts in Hyp mode, and bit 0 of the entry point chooses T32', () => {
    const on: Call = { id: 0x8400_0003, arguments: [1, CODE | 1], conduit: SMC };
    const machine = machineWith(words(on), { cpus: 2, virtualization: true });
    machine.run(CALL_WORDS);
    const second = machine.state.cores[1]!;
    assert.deepEqual([second.mode, second.pc, second.i32[CORE.PSR]! & 0x20], [Mode.hyp, CODE, 0x20]);
  });

  it('CPU_ON starts in Hyp mode where there is one, though a kernel calls from Supervisor mode', () => {
    const on: Call = { id: 0x8400_0003, arguments: [1, CODE], conduit: SMC };
    const machine = machineWith(words(on), { cpus: 2, virtualization: true });
    switchMode(machine.state.cores[0]!, Mode.svc);
    machine.run(CALL_WORDS);
    assert.equal(machine.state.cores[1]!.mode, Mode.hyp);
  });

  it('CPU_ON of a core that is not there, and of the caller', () => {
    const on = (mpidr: number): number =>
      answer([{ id: 0x8400_0003, arguments: [mpidr, CODE] }], { cpus: 2 });
    for (const mpidr of [2, 0x100, 0x1_0000]) assert.equal(on(mpidr), INVALID_PARAMETERS, mpidr.toString(16));
    assert.equal(on(0), ALREADY_ON);
  });

  it('AFFINITY_INFO follows CPU_ON and CPU_OFF', () => {
    const info: Call = { id: 0x8400_0004, arguments: [1, 0] };
    const off = words({ id: 0x8400_0002 });
    // Core 1 turns itself off; core 0 asks before, between and after.
    const at = 3 * CALL_WORDS;
    const program = [
      ...words(info),
      ...words({ id: 0x8400_0003, arguments: [1, CODE + 4 * (at + 1)] }),
      ...words(info),
      SELF,
      ...off,
    ];
    const machine = machineWith(program, { cpus: 2, slice: at });
    const answers: number[] = [];
    for (const calls of [1, 2]) {
      machine.run(CALL_WORDS * calls);
      answers.push(register(machine, 0, 0));
    }
    assert.deepEqual(answers, [1, 0]);
    machine.run(at);
    assert.equal(machine.state.cores[1]!.i32[CORE.RUN_STATE], RunState.Off);
    assert.equal(answer([{ id: 0x8400_0004, arguments: [5, 0] }]), INVALID_PARAMETERS);
  });

  it('SYSTEM_OFF ends the run at the call, for good', () => {
    const machine = machineWith([...words({ id: 0x8400_0008 }), SELF]);
    const outcome = machine.run(1000);
    assert.deepEqual([outcome.end, outcome.retired], ['powered off', CALL_WORDS]);
    assert.deepEqual([machine.run(1000).end, machine.retired], ['powered off', CALL_WORDS]);
    machine.reset();
    assert.equal(machine.ended, undefined);
  });

  it('SYSTEM_RESET ends the run at the call; the next one boots again', () => {
    const machine = machineWith([...words({ id: 0x8400_0009 }), SELF]);
    for (const times of [1, 2, 3]) {
      const outcome = machine.run(1000);
      assert.deepEqual([outcome.end, outcome.retired], ['reset', CALL_WORDS]);
      assert.equal(machine.retired, times * CALL_WORDS);
    }
    assert.equal(machine.ended, undefined);
  });

  it('CPU_SUSPEND waits as WFI does; a power state that is none is INVALID_PARAMETERS', () => {
    const machine = machineWith([...words({ id: 0x8400_0001 }), SELF]);
    assert.equal(machine.run(1000).end, 'idle');
    assert.equal(answer([{ id: 0x8400_0001, arguments: [0x8000_0000] }]), INVALID_PARAMETERS);
  });

  it('leaves every call to Monitor mode where what boots begins in Secure state', () => {
    const MONITOR_CALL = 8;
    const secure = { virtualization: true, secure: true };
    for (const program of [
      [SMC, SELF],
      [...words({ id: 0x8400_0008, conduit: SMC }), SELF],
    ]) {
      const machine = machineWith(program, secure);
      machine.run(program.length - 1);
      const core = machine.state.cores[0]!;
      assert.deepEqual([core.mode, core.pc, machine.ended], [Mode.mon, MONITOR_CALL, undefined]);
    }
  });
});
