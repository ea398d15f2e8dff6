/** What one machine compiled, used by another one: only where it is the same code, and with the same results. */
import assert from 'node:assert/strict';
import { Compiler, DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { Translations } from '../../../emulator/compiler/translations';
import { CORE } from '../../../emulator/state/layout';
import { FlatMachine, RAM_BASE } from '../interpreter/flat-machine';

const FIRST = RAM_BASE + 0x1000;
const SECOND = RAM_BASE + 0x3000;
const LOOPS = 100;
/** Instructions of a round: a loop in each page, and what leads from one to the other. */
const TO_SECOND = 1 + 3 * LOOPS + 2;
const ROUND = TO_SECOND + 3 * LOOPS;

const PROGRAM = new Map([
  [FIRST, 0xe3a0_1064], // mov r1, #100
  [FIRST + 4, 0xe280_0001], // loop: add r0, r0, #1
  [FIRST + 8, 0xe251_1001], // subs r1, r1, #1
  [FIRST + 12, 0x1aff_fffc], // bne loop
  [FIRST + 16, 0xe3a0_1064], // mov r1, #100
  [FIRST + 20, 0xea00_07f9], // b SECOND
  [SECOND, 0xe280_0002], // add r0, r0, #2
  [SECOND + 4, 0xe251_1001], // subs r1, r1, #1
  [SECOND + 8, 0x1aff_fffc], // bne SECOND
  [SECOND + 12, 0xeaff_fffe], // b .
]);

class Compiled {
  readonly machine = new FlatMachine(1 << 16);
  readonly tier: Compiler;

  constructor(readonly translations: Translations) {
    const { machine } = this;
    this.tier = new Compiler(machine.state, machine.blocks, { ...DEFAULT_OPTIONS, threshold: 3, batch: 1 });
    this.tier.translations = translations;
    for (const [address, word] of PROGRAM) this.write(address, word);
  }

  write(address: number, word: number): void {
    this.machine.memory.write(address, 4, word, 0, 1);
  }

  begin(): void {
    this.machine.s[CORE.R] = 0;
    this.machine.s[CORE.R + 15] = FIRST;
  }

  /** Gives r0 after so many instructions. */
  run(instructions: number): number {
    this.machine.interpreter.run(instructions);
    return this.machine.s[CORE.R]!;
  }

  /** Both loops. */
  round(): number {
    this.begin();
    return this.run(ROUND);
  }
}

/** What a machine that runs the program compiles. */
function translated(): Translations {
  const machine = new Compiled(new Translations());
  assert.equal(machine.round(), 3 * LOOPS);
  assert.ok(machine.tier.regions >= 2);
  assert.equal(machine.tier.brought, 0);
  assert.equal(machine.translations.changed, true);
  return new Translations(machine.translations.all());
}

describe('translations of another machine', () => {
  it('are used instead of compiling, with the same result', () => {
    const machine = new Compiled(translated());
    assert.equal(machine.round(), 3 * LOOPS);
    assert.equal(machine.tier.regions, 0);
    assert.ok(machine.tier.brought >= 2);
    assert.equal(machine.translations.changed, false);
  });

  it('are not used where the code is another one', () => {
    const machine = new Compiled(translated());
    machine.write(FIRST + 4, 0xe280_0005); // add r0, r0, #5
    assert.equal(machine.round(), 7 * LOOPS);
    assert.ok(machine.tier.regions >= 1);
    assert.ok(machine.tier.brought >= 1, 'the second loop is the same');
    assert.equal(machine.translations.changed, true);
  });

  it('go when their code is written, though execution never came there', () => {
    const machine = new Compiled(translated());
    machine.begin();
    assert.equal(machine.run(TO_SECOND), LOOPS);
    const { brought } = machine.tier;
    assert.ok(brought >= 2, 'the second loop came with the first');
    machine.write(SECOND, 0xe280_0009); // add r0, r0, #9
    assert.equal(machine.run(3 * LOOPS), 10 * LOOPS);
    assert.equal(machine.tier.brought, brought);
  });

  it('come back when everything was dropped, without being compiled again', () => {
    const machine = new Compiled(new Translations());
    machine.round();
    const { regions } = machine.tier;
    machine.machine.blocks.clear();
    assert.equal(machine.round(), 3 * LOOPS);
    assert.equal(machine.tier.regions, regions);
    assert.ok(machine.tier.brought >= 2);
  });

  it('are not used where there is a breakpoint', () => {
    const [machine, stopped] = [new Compiled(translated()), new Compiled(translated())];
    stopped.machine.blocks.setBreakpoints(new Set([SECOND + 4]));
    machine.round();
    stopped.round();
    assert.equal(stopped.tier.brought, machine.tier.brought - 1);
  });

  it('that others replace are not kept', () => {
    const machine = new Compiled(translated());
    const before = machine.translations.all();
    for (const { translation } of before) machine.translations.remove(translation);
    assert.deepEqual(machine.translations.all(), []);
    machine.round();
    assert.equal(machine.tier.brought, 0);
  });
});
