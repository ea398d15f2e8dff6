/**
 * Asynchronous external aborts: what comes from the entry of a guest to its exit is the guest's, wherever it is noticed, and is
 * given to it as a virtual abort; all else is the host's, and ends it. QEMU never has one: the machine is made to.
 */
import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElfFile } from '../../debug-adapter/symbols/elf';
import { DEFAULT_CONFIGURATION, Machine, Mode, SYS, type MachineEvent } from '../../emulator';
import { assembleGuest } from './assemble';
import { consoleSection } from './console';
import { instructionsOf, startExercise, type Exercised } from './exercised-machine';
import { modulesForTests } from './modules';
import { variantImage } from './variants';

const LONG = process.env.WORLDSWITCH_LONG === '1';
const ABORTS = LONG ? 2_000 : 300;
const EXIT_LENGTH = 4_000;
/** Instructions in which a guest of exits.S has left itself in every way. */
const ROUND = 400_000;
/** What other VMs' slices take, if the core is theirs just then: 10 ms each. */
const ROUNDS_OF_OTHERS = 150;
/** What the guest prints when something is wrong. */
const SAYS_WRONG = /^(vm\d\| )?[LMDTWR]$/m;
/** What the guest's handler works with. */
const KEPT = ['SP_abt', 'LR_abt', 'SPSR_abt', 'DFSR'];

const HCR_VA = 1 << 8;

const elf = new ElfFile(variantImage(undefined), 'kvm-arm.elf');
const addressOf = (symbol: string): number => elf.symbols.named(symbol)!.address;
const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
const PHASES = elf.symbols.all.map(({ name }) => name).filter((name) => /^ws_(in|out)_/.test(name));

/** From the trap to the end of the window in which aborts are let in. */
const WAY_OUT = [
  ...instructionsOf(['hyp_trap', 'guest_trap', 'hyp_irq']),
  ...instructionsOf(['__kvm_vcpu_return']).filter((at) => at <= addressOf('abort_guest_exit_end')),
];
/** What is after it, and the way in. */
const HOSTS_PART = instructionsOf(['__kvm_vcpu_run', '__kvm_vcpu_return']).filter(
  (at) => !WAY_OUT.includes(at) && at > addressOf('__kvm_vcpu_run') + 4,
);

const vmid = (machine: Machine, core: number): number => (machine.cores[core]!.state.i32[SYS.VTTBR + 1]! >>> 16) & 0xff;
/** Which VM's Stage 2 a core has: the host's is 0. */
const root = (machine: Machine, core: number): number => machine.cores[core]!.state.u32[SYS.VTTBR]!;

/** The roots of the VMs that have taken a virtual abort. */
function virtualAborts(machine: Machine): number[] {
  const taken: number[] = [];
  machine.events.subscribe(['pl1-exception'], (event) => {
    if (event.kind !== 'pl1-exception' || !event.virtual || event.exception !== 'data abort') return undefined;
    taken.push(root(machine, event.core));
    return true;
  });
  return taken;
}

describe('asynchronous aborts', function () {
  this.timeout(LONG ? 900_000 : 180_000);
  let folder: string;
  let guest: Uint8Array;
  let masking: Uint8Array;
  let moving: Uint8Array;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-aborts-'));
    guest = assembleGuest('exits.S', folder, ['ABORTS']);
    masking = assembleGuest('exits.S', folder, ['ABORTS_AT_ONCE']);
    moving = assembleGuest('moves.S', folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function assertNothingWrong({ differ, console }: Exercised, where: string): void {
    assert.deepStrictEqual(differ.problems, [], `${where}\n${console}`);
    assert.doesNotMatch(console, SAYS_WRONG, where);
  }

  /** Runs to an instruction of Hyp mode on the way out of a guest, if `address` is on such a way. */
  function runTo(exercised: Exercised, address: number): number | undefined {
    const { machine } = exercised;
    machine.setBreakpoints(new Set([address]));
    machine.onBreakpoint = (state) => state.mode === Mode.hyp && vmid(machine, state.index) !== 0;
    const { end, core } = machine.run(ROUND);
    machine.setBreakpoints(new Set());
    return end === 'stop' ? core : undefined;
  }

  /** Runs until a guest executes, at any of its instructions. */
  function untilInGuest({ machine, random }: Exercised): void {
    do {
      const unsubscribe = machine.events.subscribe(['world-enter'], () => true);
      machine.run(ROUND);
      unsubscribe();
      machine.run(random(40));
    } while (vmid(machine, machine.currentCore) === 0 || machine.cores[machine.currentCore]!.state.mode === Mode.hyp);
  }

  for (const [cpus, vms] of [
    [1, 2],
    [2, 3],
  ] as const)
    it(`at each instruction of the way out of a guest it is the guest's, cores: ${cpus}, VMs: ${vms}`, () => {
      const exercised = startExercise({ guest, vms, seed: 11, tested: { moveInterval: 20 }, cpus, kept: KEPT });
      const { machine } = exercised;
      const taken = virtualAborts(machine);
      const marked = new Set<number>();
      machine.events.subscribe(['trap-to-hyp'], (event) => {
        if (event.kind === 'trap-to-hyp' && event.fromWorld === 'hyp') marked.add(event.pc);
        return undefined;
      });
      let reached = 0;
      for (const address of WAY_OUT) {
        const core = runTo(exercised, address);
        if (core === undefined) continue;
        reached++;
        const owner = root(machine, core);
        taken.length = 0;
        machine.raiseAsynchronousAbort(core);
        for (let i = 0; taken.length === 0 && i < 4; i++) machine.run(ROUND);
        assert.deepStrictEqual(taken, [owner], hex(address));
        machine.run(EXIT_LENGTH);
        assertNothingWrong(exercised, hex(address));
      }
      // Branches of hyp_trap lead to calls of the host, and some of guest_trap where these guests do not come.
      assert.ok(reached > WAY_OUT.length - 40, `${reached} of ${WAY_OUT.length} instructions`);
      assert.deepStrictEqual([...marked], [addressOf('abort_guest_exit_start'), addressOf('abort_guest_exit_end')]);
    });

  for (const [variant, cpus, vms] of [
    [undefined, 1, 2],
    [undefined, 2, 3],
    ['eager-vfp', 1, 2],
    ['ap-list', 2, 3],
    ['no-vgic', 1, 2],
  ] as const)
    it(`at any instruction of a guest, ${variant ?? 'the shipped image'}, cores: ${cpus}, VMs: ${vms}`, () => {
      const exercised = startExercise({ variant, guest, vms, seed: 12, tested: { moveInterval: 30 }, cpus, kept: KEPT });
      const { machine, random, differ, interrupt } = exercised;
      const taken = virtualAborts(machine);
      const kinds = new Set<string>();
      const owners = new Set<number>();
      // How many slices it takes until each VM has been on a core depends on the image.
      for (let raised = 0; raised < ABORTS || (owners.size < vms && raised < 4 * ABORTS); raised++) {
        untilInGuest(exercised);
        if (random(4) === 0) interrupt();
        const core = machine.currentCore;
        const owner = root(machine, core);
        owners.add(owner);
        taken.length = 0;
        machine.raiseAsynchronousAbort(core);
        for (let i = 0; taken.length === 0 && i < ROUNDS_OF_OTHERS; i++) machine.run(ROUND);
        assert.deepStrictEqual(taken, [owner], `abort ${raised}`);
        assertNothingWrong(exercised, `abort ${raised}`);
        for (const kind of differ.kinds.keys()) kinds.add(kind);
      }
      assert.ok(owners.size > 1, 'only one VM has run'); // a time slice is long beside this
      assert.ok(kinds.size > 7, [...kinds].join());
    });

  for (const [cpus, vms] of [
    [1, 2],
    [2, 3],
  ] as const)
    it(`that the guest masks it has until it lets them in, over all its exits, cores: ${cpus}, VMs: ${vms}`, () => {
      const exercised = startExercise({ guest: masking, vms, seed: 13, tested: { moveInterval: 30 }, cpus, kept: KEPT });
      const { machine, random, differ } = exercised;
      const places: number[] = [];
      const taken = virtualAborts(machine);
      machine.events.subscribe(['pl1-exception'], (event) => {
        if (event.kind === 'pl1-exception' && event.virtual && event.exception === 'data abort') places.push(event.pc);
        return undefined;
      });
      let mostExits = 0;
      for (let raised = 0; raised < ABORTS / 10; raised++) {
        untilInGuest(exercised);
        const core = machine.currentCore;
        const owner = root(machine, core);
        const before = differ.exits;
        taken.length = 0;
        machine.raiseAsynchronousAbort(core);
        for (let i = 0; taken.length === 0 && i < ROUNDS_OF_OTHERS; i++) machine.run(ROUND);
        assert.deepStrictEqual(taken, [owner], `abort ${raised}`);
        mostExits = Math.max(mostExits, differ.exits - before);
        assertNothingWrong(exercised, `abort ${raised}`);
        machine.run(random(EXIT_LENGTH));
      }
      assert.strictEqual(new Set(places).size, 1, 'there is one instruction at which it is not masked');
      assert.ok(mostExits > 20, `${mostExits} exits`);
    });

  for (const [variant, cpus, vms] of [
    [undefined, 2, 2],
    ['ap-list', 3, 3],
  ] as const)
    it(`that the guest masks go with its vCPUs from core to core, ${variant ?? 'the shipped image'}, cores: ${cpus}`, () => {
      const tested = { vcpus: 2, moveInterval: 50 };
      const exercised = startExercise({ variant, guest: moving, vms, seed: 16, tested, cpus });
      const { machine, random, differ, interrupt } = exercised;
      const pendingOn = new Map<string, Set<number>>();
      machine.events.subscribe(['world-enter'], (event) => {
        if (event.kind !== 'world-enter') return undefined;
        const { i32 } = machine.cores[event.core]!.state;
        const vcpu = `${root(machine, event.core)} ${i32[SYS.VMPIDR]! & 0xff}`;
        if ((i32[SYS.HCR]! & HCR_VA) !== 0) pendingOn.set(vcpu, (pendingOn.get(vcpu) ?? new Set()).add(event.core));
        return undefined;
      });
      while (differ.exits < 10 * ABORTS && differ.problems.length === 0 && !SAYS_WRONG.test(exercised.console)) {
        machine.run(1 + random(EXIT_LENGTH));
        if (random(4) === 0) interrupt();
        if (random(8) > 0) continue;
        untilInGuest(exercised);
        machine.raiseAsynchronousAbort(machine.currentCore);
      }
      assertNothingWrong(exercised, '');
      assert.deepStrictEqual([...pendingOn.values()].map(({ size }) => size), Array.from({ length: 2 * vms }, () => cpus));
    });

  it('two at one exit are one, and with an interrupt the last trap is none of its business', () => {
    const exercised = startExercise({ guest, vms: 1, seed: 14, kept: KEPT });
    const { machine, differ, interrupt } = exercised;
    const taken = virtualAborts(machine);
    // Right after a hypercall, whose syndrome stays where it is.
    const until = (kind: 'trap-to-hyp' | 'world-enter', wanted: (event: MachineEvent) => boolean): void => {
      const unsubscribe = machine.events.subscribe([kind], wanted);
      assert.strictEqual(machine.run(ROUND).end, 'stop');
      unsubscribe();
    };
    until('trap-to-hyp', (event) => event.kind === 'trap-to-hyp' && event.ec === 0x12 && event.fromWorld === 'guest');
    until('world-enter', () => true);
    interrupt();
    const core = runTo(exercised, addressOf('hyp_irq'))!;
    machine.raiseAsynchronousAbort(core);
    machine.run(ROUND);
    assert.strictEqual(taken.length, 1);
    const again = runTo(exercised, addressOf('guest_trap'))!;
    machine.raiseAsynchronousAbort(again);
    const ending = runTo(exercised, addressOf('abort_guest_exit_end'))!;
    machine.raiseAsynchronousAbort(ending);
    for (let i = 0; taken.length < 2 && i < 4; i++) machine.run(ROUND);
    for (let i = 0; i < 4; i++) machine.run(ROUND);
    assert.strictEqual(taken.length, 2);
    assertNothingWrong(exercised, '');
    assert.ok(differ.kinds.has('irq'));
  });

  it('at each instruction that is the host\'s, Hyp mode takes it', () => {
    const { machine } = startExercise({ guest, vms: 2, seed: 15, kept: KEPT });
    const { state, interpreter } = machine.cores[0]!;
    let reached = 0;
    for (const address of HOSTS_PART) {
      machine.setBreakpoints(new Set([address]));
      assert.strictEqual(machine.run(ROUND).end, 'stop', hex(address));
      machine.setBreakpoints(new Set());
      reached++;
      const before = state.detach();
      machine.raiseAsynchronousAbort(0);
      machine.run(1);
      assert.deepStrictEqual(
        [state.i32[SYS.HSR]! >>> 0, state.pc, machine.cores[0]!.state.mode],
        [0x9400_0011, addressOf('hyp_dabt'), Mode.hyp],
        hex(address),
      );
      // As if nothing had been.
      state.assign(before);
      interpreter.attention();
    }
    assert.ok(reached > 300, `${reached} instructions`);
  });

  /** Runs the teaching guest to `there`, lets an abort come, and runs to the end; the panic. */
  function panicAt(there: (machine: Machine) => void): string {
    const machine = new Machine(DEFAULT_CONFIGURATION);
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    machine.boot({ kernel: { name: 'kvm-arm.elf', bytes: variantImage(undefined) }, deviceTree: 'generated' });
    there(machine);
    machine.raiseAsynchronousAbort(0);
    assert.strictEqual(machine.run(20_000_000).end, 'powered off', console);
    const [panic, ...more] = console.replaceAll('\r', '').match(/^host: panic: .*$/gm) ?? [];
    assert.deepStrictEqual(more, []);
    return panic ?? '';
  }

  const stopAt = (address: number) => (machine: Machine) => {
    machine.setBreakpoints(new Set([address]));
    assert.strictEqual(machine.run(20_000_000).end, 'stop');
    machine.setBreakpoints(new Set());
  };

  // The window ends with the first instruction of ws_out_4.
  for (const phase of PHASES.filter((name) => !/^ws_(in_1a|out_1a|out_1f|out_4)/.test(name)))
    it(`in Hyp mode at ${phase} it is a panic that says where`, () => {
      const panic = panicAt(stopAt(addressOf(phase)));
      assert.ok(panic.startsWith('host: panic: DATA_ABORT in Hyp mode on core 0, in a '), panic);
      assert.ok(panic.includes(`ELR_hyp ${hex(addressOf(phase))}, SPSR_hyp `), panic);
      assert.match(panic, /HSR 0x94000011: DABT_HYP, asynchronous external abort$/);
    });

  for (const at of ['timer_interrupt', 'schedule', 'kvm_vcpu_ioctl_run', 'system_call', 'kvm_call_hyp'])
    it(`in the host's kernel at ${at} it is a panic that says where`, () => {
      const panic = panicAt(stopAt(addressOf(at)));
      assert.ok(panic.startsWith("host: panic: Data Abort in the host's kernel on core 0, "), panic);
      assert.ok(panic.includes(`mode svc: PC ${hex(addressOf(at))}, `), panic);
      assert.match(panic, /: asynchronous external abort, FSR 0x211$/);
    });

  it('in a process of the host it is a panic that says where', () => {
    const panic = panicAt((machine) => {
      const { state } = machine.cores[0]!;
      while (state.mode !== Mode.usr || vmid(machine, 0) !== 0) machine.run(97);
    });
    assert.match(panic, /^host: panic: Data Abort in a process of the host on core 0, thread \S+, mode usr: PC 0x\w+, .*: asynchronous external abort, FSR 0x211$/);
  });

  it('is seen in the trace and in the statistics', () => {
    const machine = new Machine(DEFAULT_CONFIGURATION);
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    machine.boot({
      kernel: { name: 'kvm-arm.elf', bytes: variantImage(undefined) },
      load: modulesForTests({ name: 'guest.bin', bytes: assembleGuest('abort-once.S', folder) }, 1, { tracepoints: 'kvm_exit' }),
      deviceTree: 'generated',
    });
    machine.setBreakpoints(new Set([addressOf('guest_trap')]));
    machine.onBreakpoint = (state) => state.i32[SYS.HSR]! >>> 26 === 0x12;
    for (let hypercall = 0; hypercall < 2; hypercall++) {
      assert.strictEqual(machine.run(50_000_000).end, 'stop', console);
      machine.raiseAsynchronousAbort(0);
      // The same one again, when the guest has taken the abort.
      assert.strictEqual(machine.run(50_000_000, true).end, 'stop', console);
      machine.run(1, true);
    }
    machine.setBreakpoints(new Set());
    assert.strictEqual(machine.run(50_000_000).end, 'powered off', console);
    assert.match(console, /^SL\r?$/m);
    assert.match(consoleSection(console, 'exit statistics')!.join('\n'), /^vmm: +asynchronous aborts +2$/m);
    const exits = consoleSection(console, 'trace')!.filter((line) => line.includes('HVC: HSR_EC: 0x0012 (HVC)'));
    assert.strictEqual(exits.length, 5, exits.join('\n'));
    const marked = exits.map((line) => line.endsWith(', asynchronous abort'));
    assert.deepStrictEqual(marked, [true, false, true, false, false]);
  });
});
