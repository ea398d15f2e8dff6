/** Every item of the world-state table survives exits of every kind, and interrupts at any instruction between. */
import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WORLD_STATE } from '../../debug-adapter/worlds/world-state';
import { assembleGuest } from './assemble';
import { instructionsOf, startExercise } from './exercised-machine';
import type { ForTests } from './modules';
import type { WorldDiffer } from './world-differ';

const LONG = process.env.WORLDSWITCH_LONG === '1';
const EXITS = LONG ? 10_000 : 1_000;
/** About the length of an exit with its way through the host: interrupts come everywhere in it. */
const EXIT_LENGTH = 4_000;
/** Far more instructions than an exit takes. */
const MOST_FOR_AN_EXIT = 20_000;
/** A guest that only takes exceptions executes no instruction: then turns are counted. */
const MOST_TURNS_FOR_AN_EXIT = 30;
const KINDS = ['0x01', '0x03', '0x04', '0x05', '0x07', '0x12', '0x13', '0x20', '0x24', 'irq'];

/** What the guest prints when an interrupt was lost or memory is not as it left it. */
const SAYS_WRONG = /^(vm\d\| )?[LMTWR]$/m;

/** The world switch in, the world switch out, and what the lazy switch of VFP adds. */
const WORLD_SWITCH = ['__kvm_vcpu_run', '__kvm_vcpu_return', '__switch_to_guest_vfp'];
/** Instructions in which a guest of exits.S has left itself in every way. */
const ROUND = 400_000;

interface Result {
  readonly differ: WorldDiffer;
  readonly console: string;
  /** How often the VMIDs began anew. */
  readonly rollOvers: number;
}

describe('state preservation', function () {
  this.timeout(LONG ? 600_000 : 120_000);
  let folder: string;
  let guest: Uint8Array;
  let moving: Uint8Array;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-state-'));
    guest = assembleGuest('exits.S', folder);
    moving = assembleGuest('moves.S', folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Goes on until `exits` are done or something is wrong. */
  function exercise(
    variant: string | undefined,
    vms: number,
    exits: number,
    seed: number,
    tested: ForTests = {},
    cpus = 1,
  ): Result {
    const started = startExercise({ variant, guest, vms, seed, tested, cpus });
    const { machine, random, differ, interrupt } = started;
    let rollOvers = 0;
    machine.events.subscribe(['tlb-maintenance'], (event) => {
      if (event.kind === 'tlb-maintenance' && event.operation.startsWith('TLBIALLNSNH')) rollOvers++;
      return undefined;
    });
    const begin = machine.retired;
    let interrupted = 0;
    let turns = 0;
    while (differ.exits < exits && differ.problems.length === 0 && !SAYS_WRONG.test(started.console)) {
      const { end } = machine.run(1 + random(EXIT_LENGTH));
      assert.notStrictEqual(end, 'powered off', started.console);
      const stuck =
        machine.retired - begin > MOST_FOR_AN_EXIT * exits || ++turns > MOST_TURNS_FOR_AN_EXIT * exits;
      assert.ok(!stuck, `only ${differ.exits} exits\n${started.console}`);
      if (differ.exits < interrupted + 2) continue; // the host must get on, too
      interrupted = differ.exits;
      interrupt();
    }
    return { differ, console: started.console, rollOvers };
  }

  /** What an image with a bug comes to: the console, or that the guests get nowhere, since their code or an interrupt is gone. */
  function whatGoesWrong(variant: string, exits: number, seed: number, tested: ForTests, cpus: number): string {
    try {
      return exercise(variant, 1, exits, seed, tested, cpus).console;
    } catch (error) {
      return String(error);
    }
  }

  it('the table has the items of the paper', () => {
    const count = (group: string): number => WORLD_STATE.filter((item) => item.group === group).length;
    assert.deepStrictEqual(
      ['general-purpose', 'control', 'VGIC control', 'list register', 'timer', 'VFP', 'VFP control'].map(count),
      [37, 26, 8, 4, 2, 32, 4],
    );
    assert.strictEqual(new Set(WORLD_STATE.map(({ name }) => name)).size, WORLD_STATE.length);
  });

  for (const [variant, vms, exits] of [
    [undefined, 1, EXITS],
    [undefined, 2, EXITS],
    ['eager-vfp', 2, EXITS / 3],
    ['ap-list', 2, EXITS / 3],
  ] as const)
    it(`${variant ?? 'the shipped image'}, ${vms === 1 ? 'one VM' : 'two VMs against each other'}`, () => {
      const seed = 0x1234 + vms;
      // A page that moves is fetched from anew: EC 0x20 comes again and again.
      const { differ, console } = exercise(variant, vms, exits, seed, { moveInterval: 30 });
      assert.deepStrictEqual(differ.problems, [], `seed ${seed}\n${console}`);
      assert.doesNotMatch(console, SAYS_WRONG, `seed ${seed}`);
      assert.deepStrictEqual(
        [...differ.kinds.keys()].sort(),
        KINDS.filter((kind) => kind !== '0x07' || variant !== 'eager-vfp'),
      );
    });

  for (const [variant, cpus, vms, exits] of [
    [undefined, 2, 1, EXITS],
    [undefined, 2, 3, EXITS],
    [undefined, 3, 4, 2 * EXITS], // four VMs take turns on three cores only then
    ['eager-vfp', 2, 3, EXITS / 3],
    ['ap-list', 2, 3, EXITS / 3],
  ] as const)
    it(`${variant ?? 'the shipped image'} on ${cpus} cores, ${vms === 1 ? 'one VM' : `${vms} VMs against each other, more than VMIDs`}`, () => {
      const tested = { vmidCount: cpus + 1, moveInterval: 20 };
      const { differ, console } = exercise(variant, vms, exits, 7, tested, cpus);
      assert.deepStrictEqual(differ.problems, [], console);
      assert.doesNotMatch(console, SAYS_WRONG);
      assert.deepStrictEqual(
        [...differ.kinds.keys()].sort(),
        KINDS.filter((kind) => kind !== '0x07' || variant !== 'eager-vfp'),
      );
      if (vms === 1 || variant === 'ap-list') return; // its run is shorter than a time slice
      const entered = [...differ.entered.values()];
      assert.strictEqual(new Set(entered.flatMap((cores) => [...cores])).size, cpus, 'a core has never run a guest');
      assert.ok(entered.some((cores) => cores.size > 1), 'no vCPU has moved from core to core');
    });

  for (const [cpus, vms] of [
    [1, 2],
    [2, 3],
  ] as const)
    it(`an interrupt at each instruction of the world switch, cores: ${cpus}, VMs: ${vms}`, () => {
      const started = startExercise({ guest, vms, seed: 5, tested: { moveInterval: 20 }, cpus });
      const { machine, differ, interrupt } = started;
      const interrupted = new Set<number>();
      const addresses = instructionsOf(WORLD_SWITCH);
      for (const address of addresses) {
        machine.setBreakpoints(new Set([address]));
        const { end, core } = machine.run(ROUND);
        assert.strictEqual(end, 'stop', `never there: 0x${address.toString(16)}\n${started.console}`);
        assert.strictEqual(machine.cores[core]!.state.pc, address);
        interrupted.add(core);
        interrupt();
        machine.setBreakpoints(new Set());
        machine.run(EXIT_LENGTH); // the host must get on, too
        assert.deepStrictEqual(differ.problems, [], `0x${address.toString(16)}\n${started.console}`);
      }
      assert.ok(addresses.length > 300, `${addresses.length} instructions`);
      assert.strictEqual(interrupted.size, cpus);
      assert.doesNotMatch(started.console, SAYS_WRONG);
    });

  for (const [variant, cpus, vms] of [
    [undefined, 2, 2],
    [undefined, 3, 3],
    ['ap-list', 2, 2],
    ['ap-list', 3, 3],
  ] as const)
    it(`interrupts that move with their vCPUs, ${variant ?? 'the shipped image'}, cores: ${cpus}, VMs: ${vms}`, () => {
      const exercised = startExercise({ variant, guest: moving, vms, seed: 21, tested: { vcpus: 2, moveInterval: 50 }, cpus });
      const { machine, random, differ, interrupt } = exercised;
      const hasBeenEverywhere = (): boolean => [...differ.entered.values()].every(({ size }) => size === cpus);
      const goesWell = (): boolean => differ.problems.length === 0 && !SAYS_WRONG.test(exercised.console);
      let turns = 0;
      while ((differ.exits < 3 * EXITS || !hasBeenEverywhere()) && goesWell()) {
        assert.notStrictEqual(machine.run(1 + random(EXIT_LENGTH)).end, 'powered off', exercised.console);
        assert.ok(++turns < 30 * EXITS, `${differ.exits} exits, or a vCPU has not been on all cores`);
        if (random(4) === 0) interrupt();
      }
      assert.deepStrictEqual(differ.problems, [], exercised.console);
      assert.doesNotMatch(exercised.console, SAYS_WRONG);
      const { pending, active } = differ.moved;
      assert.ok(pending > 80 && active > 80, `${pending} pending and ${active} active interrupts moved`);
    });

  it('more VMs than VMIDs, while the host moves their memory about', () => {
    const { differ, console, rollOvers } = exercise(undefined, 2, EXITS, 3, { vmidCount: 2, moveInterval: 20 });
    assert.deepStrictEqual(differ.problems, [], console);
    assert.doesNotMatch(console, SAYS_WRONG);
    assert.ok(rollOvers > 1, `${rollOvers} roll-overs`);
  });

  for (const cpus of [1, 2]) {
    it(`the exercise missing-tlb-flush fails: a guest goes on with memory that is no longer its own, cores: ${cpus}`, () => {
      const outcome = whatGoesWrong('missing-tlb-flush', 40, 3, { moveInterval: 7 }, cpus);
      assert.match(outcome, /^(vm\d\| )?[LM]|vmm: error|only \d+ exits/m);
    });

    for (const [exercised, finds] of [
      ['missing-register', /: TPIDRURO was/],
      ['fiq-leak', /^VM\d vCPU0: (R\d+|SP|LR|SPSR)_fiq was/],
    ] as const)
      it(`the exercise ${exercised} fails, cores: ${cpus}`, () => {
        const { differ } = exercise(exercised, cpus + 1, EXITS, 1, {}, cpus);
        assert.match(differ.problems.join('\n'), finds);
      });

    it(`the exercise lr-reuse fails: an interrupt is lost, cores: ${cpus}`, () => {
      assert.match(whatGoesWrong('lr-reuse', EXITS, 1, {}, cpus), /^(vm\d\| )?L|only \d+ exits/m);
    });
  }
});
