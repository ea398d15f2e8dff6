/** Every item of the world-state table survives exits of every kind, and interrupts at any instruction between. */
import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guestModules } from '../../debug-adapter/launch/boot-modules';
import { WORLD_STATE } from '../../debug-adapter/worlds/world-state';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { assembleGuest } from './assemble';
import { variantImage } from './variants';
import { WorldDiffer } from './world-differ';

const LONG = process.env.WORLDSWITCH_LONG === '1';
const EXITS = LONG ? 10_000 : 1_000;
/** About the length of an exit with its way through the host: interrupts come everywhere in it. */
const EXIT_LENGTH = 4_000;
/** Far more instructions than an exit takes. */
const MOST_FOR_AN_EXIT = 50_000;
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
  function exercise(variant: string | undefined, vms: number, exits: number, seed: number): Result {
    const machine = new Machine(DEFAULT_CONFIGURATION);
    const random = generator(seed);
    let console = '';
    const [port] = machine.consoles;
    port!.onOutput = (byte) => (console += String.fromCharCode(byte));
    machine.boot({
      kernel: { name: 'kvm-arm.elf', bytes: variantImage(variant) },
      load: guestModules({
        kernel: { name: 'exits.bin', bytes: guest },
        initrd: undefined,
        append: undefined,
        cpus: 1,
        memory: 16 * 2 ** 20,
        count: vms,
      }),
      deviceTree: 'generated',
    });
    const differ = new WorldDiffer(machine, random);
    let interrupted = 0;
    while (differ.exits < exits && differ.problems.length === 0 && !SAYS_WRONG.test(console)) {
      const { end } = machine.run(1 + random(EXIT_LENGTH));
      assert.notStrictEqual(end, 'powered off', console);
      assert.ok(machine.retired < MOST_FOR_AN_EXIT * exits, `only ${differ.exits} exits\n${console}`);
      if (differ.exits < interrupted + 2) continue; // the host must get on, too
      interrupted = differ.exits;
      port!.input(Uint8Array.of(0x20 + random(64))); // the UART's interrupt, at this instruction
    }
    return { differ, console };
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
      const { differ, console } = exercise(variant, vms, exits, seed);
      assert.deepStrictEqual(differ.problems, [], `seed ${seed}\n${console}`);
      assert.doesNotMatch(console, SAYS_WRONG, `seed ${seed}`);
      assert.deepStrictEqual(
        [...differ.kinds.keys()].sort(),
        KINDS.filter((kind) => kind !== '0x07' || variant !== 'eager-vfp'),
      );
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
