/** Every item of the world-state table survives exits of every kind, and interrupts at any instruction between. */
import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WORLD_STATE } from '../../debug-adapter/worlds/world-state';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { assembleGuest } from './assemble';
import { modulesForTests, type ForTests } from './modules';
import { variantImage } from './variants';
import { WorldDiffer } from './world-differ';

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
const SAYS_WRONG = /^(vm\d\| )?[LM]/m;

/** Xorshift: the same numbers on every machine. */
function generator(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

interface Result {
  readonly differ: WorldDiffer;
  readonly console: string;
  /** How often the VMIDs began anew. */
  readonly rollOvers: number;
}

/** Runs until every VM has been entered. */
function untilAllRun(machine: Machine, vms: number): void {
  const roots = new Set<bigint>();
  const unsubscribe = machine.events.subscribe(['world-enter'], (event) => {
    if (event.kind === 'world-enter') roots.add(event.vttbr & 0xff_ffff_ffffn);
    return roots.size === vms;
  });
  assert.strictEqual(machine.run(100_000_000).end, 'stop');
  unsubscribe();
}

describe('state preservation', function () {
  this.timeout(LONG ? 600_000 : 120_000);
  let folder: string;
  let guest: Uint8Array;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-state-'));
    guest = assembleGuest('exits.S', folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs VMs with the guest that exits all the time, until `exits` are done or something is wrong. */
  function exercise(
    variant: string | undefined,
    vms: number,
    exits: number,
    seed: number,
    tested: ForTests = {},
    cpus = 1,
  ): Result {
    const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus });
    const random = generator(seed);
    let console = '';
    const [port] = machine.consoles;
    port!.onOutput = (byte) => (console += String.fromCharCode(byte));
    machine.boot({
      kernel: { name: 'kvm-arm.elf', bytes: variantImage(variant) },
      load: modulesForTests({ name: 'exits.bin', bytes: guest }, vms, tested),
      deviceTree: 'generated',
    });
    untilAllRun(machine, vms);
    const differ = new WorldDiffer(machine, random);
    let rollOvers = 0;
    machine.events.subscribe(['tlb-maintenance'], (event) => {
      if (event.kind === 'tlb-maintenance' && event.operation.startsWith('TLBIALLNSNH')) rollOvers++;
      return undefined;
    });
    const begin = machine.retired;
    let interrupted = 0;
    let turns = 0;
    while (differ.exits < exits && differ.problems.length === 0 && !SAYS_WRONG.test(console)) {
      const { end } = machine.run(1 + random(EXIT_LENGTH));
      assert.notStrictEqual(end, 'powered off', console);
      const stuck =
        machine.retired - begin > MOST_FOR_AN_EXIT * exits || ++turns > MOST_TURNS_FOR_AN_EXIT * exits;
      assert.ok(!stuck, `only ${differ.exits} exits\n${console}`);
      if (differ.exits < interrupted + 2) continue; // the host must get on, too
      interrupted = differ.exits;
      port!.input(Uint8Array.of(0x20 + random(64))); // the UART's interrupt, at this instruction
    }
    return { differ, console, rollOvers };
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

  for (const [cpus, vms] of [
    [2, 1],
    [2, 3],
    [3, 4],
  ] as const)
    it(`on ${cpus} cores, ${vms === 1 ? 'one VM' : `${vms} VMs against each other, more than VMIDs`}`, () => {
      const tested = { vmidCount: cpus + 1, moveInterval: 20 };
      const { differ, console } = exercise(undefined, vms, EXITS, 7, tested, cpus);
      assert.deepStrictEqual(differ.problems, [], console);
      assert.doesNotMatch(console, SAYS_WRONG);
      const used = new Set([...differ.entered.values()].flatMap((cores) => [...cores]));
      if (vms > 1) assert.strictEqual(used.size, cpus, 'a core has never run a guest');
    });

  it('more VMs than VMIDs, while the host moves their memory about', () => {
    const { differ, console, rollOvers } = exercise(undefined, 2, EXITS, 3, { vmidCount: 2, moveInterval: 20 });
    assert.deepStrictEqual(differ.problems, [], console);
    assert.doesNotMatch(console, SAYS_WRONG);
    assert.ok(rollOvers > 1, `${rollOvers} roll-overs`);
  });

  it('the exercise missing-tlb-flush fails: a guest goes on with memory that is no longer its own', () => {
    let outcome: string;
    try {
      outcome = exercise('missing-tlb-flush', 1, 40, 3, { moveInterval: 7 }).console;
    } catch (error) {
      outcome = String(error); // its code is gone: it gets nowhere
    }
    assert.match(outcome, /^(vm\d\| )?[LM]|vmm: error|only \d+ exits/m);
  });

  for (const [exercised, finds] of [
    ['missing-register', /: TPIDRURO was/],
    ['fiq-leak', /^VM\d vCPU0: (R\d+|SP|LR|SPSR)_fiq was/],
  ] as const)
    it(`the exercise ${exercised} fails`, () => {
      const { differ } = exercise(exercised, 2, EXITS, 1);
      assert.match(differ.problems.join('\n'), finds);
    });

  it('the exercise lr-reuse fails: an interrupt is lost', () => {
    assert.match(exercise('lr-reuse', 1, EXITS, 1).console, SAYS_WRONG);
  });
});
