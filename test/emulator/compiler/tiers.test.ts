/**
 * Both tiers do the same: compiled programs, random code and each instruction by itself, with thresholds, lengths of
 * regions and budgets at random. Every word of the core and of RAM is compared, and the count of instructions.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compiler, DEFAULT_OPTIONS, type CompilerOptions } from '../../../emulator/compiler/compiler';
import { seededRandom, randomWordOf } from '../../../emulator/isa/random';
import { decode } from '../../../emulator/isa/decoder';
import type { InstructionSet, Row } from '../../../emulator/isa/row';
import { A32_ROWS, T32_ROWS } from '../../../emulator/isa/table';
import { PSEUDO } from '../../../emulator/interpreter/handler-table';
import { CORE, RunState } from '../../../emulator/state/layout';
import { Mode, Psr, switchMode } from '../../../emulator/state/psr';
import { loadElf } from '../interpreter/elf';
import { FlatMachine, RAM_BASE } from '../interpreter/flat-machine';
import { randomOptions, randomPace } from './random-options';
import { randomMachine, runInPieces } from '../interpreter/random-code';
import { NEVER_COMPILED } from '../interpreter/tiers';

const LONG = process.env['WORLDSWITCH_LONG'] === '1';

/** Counts what the second tier executed. */
class CountingCompiler extends Compiler {
  calls = 0;
  /** Ops that threaded code left to the interpreter. */
  ops = 0;
  override run(...[core, context, left, code, outside]: Parameters<Compiler['run']>): number {
    this.calls++;
    return super.run(core, context, left, code, {
      reach: (...given) => outside.reach(...given),
      interpret: (...given) => outside.interpret(...given),
      executeOp: (...given) => {
        // A block that is fetched again is none.
        if (this.state.i32[given[0] >> 2] !== PSEUDO.HEADER) this.ops++;
        return outside.executeOp(...given);
      },
    });
  }
}

function compile(m: FlatMachine, options: CompilerOptions): CountingCompiler {
  return new CountingCompiler(m.state, m.blocks, options);
}

/** What differs between the two cores, by word. */
function differences(a: FlatMachine, b: FlatMachine): string[] {
  const names: string[] = [];
  for (let word = 0; word < 300; word++)
    if (word !== CORE.PC_READ && a.s[word] !== b.s[word])
      names.push(`word ${word}: ${a.s[word]}, ${b.s[word]}`);
  if (a.state.now !== b.state.now) names.push(`time ${a.state.now}, ${b.state.now}`);
  return names;
}

describe('two tiers: compiled programs', () => {
  for (const set of ['arm', 'thumb'])
    // Seed 0: nothing is compiled.
    for (const seed of LONG ? [0, 1, 2, 3, 4, 5, 6, 7, 8] : [0, 1, 2])
      it(`${set}, seed ${seed}: the same state at every stop`, () => {
        const random = seededRandom(seed);
        const options: CompilerOptions =
          seed === 0 ? NEVER_COMPILED : { ...randomOptions(random, 40, 600), ...randomPace(random) };
        const image = readFileSync(join('test/emulator/interpreter/programs', `compute-${set}.elf`));
        const machines = [new FlatMachine(), new FlatMachine()] as const;
        for (const m of machines) loadElf(m, image);
        const [interpreted, compiled] = machines;
        const tier = compile(compiled, options);
        while (!interpreted.exited) {
          const budget = 1 + (random() % 2000);
          const results = machines.map((m) => m.interpreter.run(budget));
          assert.deepEqual(results[1], results[0]);
          assert.deepEqual(differences(interpreted, compiled), [], JSON.stringify(options));
        }
        assert.equal(compiled.output, interpreted.output);
        // At a pace, little is compiled of so short a program.
        assert.ok(tier.calls > (options.pace === undefined ? 1000 : 0));
        interpreted.s[CORE.PC_READ] = compiled.s[CORE.PC_READ] = 0;
        assert.equal(compiled.hash(), interpreted.hash());
      });
});

describe('two tiers: random code', () => {
  for (const [set, how] of [
    ['A32', 'compiled'],
    ['T32', 'compiled'],
    ['A32', 'threaded'],
    ['T32', 'threaded'],
  ] as const)
    it(`${set}, ${how}: the same state at the end`, () => {
      let calls = 0;
      for (let seed = 1; seed <= (LONG ? 40 : 2); seed++) {
        const random = seededRandom(seed);
        const options = how === 'threaded' ? NEVER_COMPILED : { ...randomOptions(random, 2, 60), batch: 1 };
        const interpreted = randomMachine(set, seed * 104729);
        const compiled = randomMachine(set, seed * 104729);
        const tier = compile(compiled, options);
        for (let i = 0; i < 30; i++) {
          for (const m of [interpreted, compiled]) runInPieces(m, 100, () => 100);
          assert.deepEqual(differences(interpreted, compiled), [], `seed ${seed}, ${i}`);
        }
        assert.deepEqual(compiled.exceptions, interpreted.exceptions);
        interpreted.s[CORE.PC_READ] = compiled.s[CORE.PC_READ] = 0;
        assert.equal(compiled.hash(), interpreted.hash(), `seed ${seed}`);
        calls += tier.calls;
      }
      assert.ok(calls > 60, `${calls} calls`);
    });
});

const CODE = RAM_BASE + 0x1000;
const DATA = RAM_BASE + 0x8000;

/** `encoded` at CODE, behind it a few instructions that do nothing and a branch to itself. */
function program(set: InstructionSet, encoded: number, bytes: number): Uint8Array {
  const halves: number[] = [];
  if (set === 'A32')
    for (const word of [encoded, 0xe320f000, 0xe320f000, 0xeafffffe]) halves.push(word & 0xffff, word >>> 16);
  else {
    if (bytes === 4) halves.push(encoded >>> 16);
    halves.push(encoded & 0xffff, 0xbf00, 0xbf00, 0xe7fe);
  }
  return new Uint8Array(Uint16Array.from(halves).buffer);
}

function ram({ state, memory }: FlatMachine): Uint8Array {
  return state.u8.subarray(memory.ramOffset(RAM_BASE));
}

for (const [how, options] of [
  ['threaded', NEVER_COMPILED],
  ['compiled', { ...DEFAULT_OPTIONS, threshold: 1, batch: 1 }],
] as const)
  describe(`two tiers: each instruction, ${how}`, () => {
    const machines = [new FlatMachine(1 << 16), new FlatMachine(1 << 16)] as const;
    const tier = compile(machines[1], options);
    for (const m of machines) m.semihosting = false;

    function execute(set: InstructionSet, row: Row, seed: number): boolean {
      const random = seededRandom(seed);
      const word = randomWordOf(row, random);
      const decoded = decode(word, { set, address: CODE, itstate: 0 });
      if (decoded.row !== row) return false;
      const registers = Array.from({ length: 15 }, () =>
        random() % 3 === 0 ? random() : DATA + (random() % 0x1000) - (random() % 4 ? 0 : DATA),
      );
      const aligned = random() % 4 !== 0;
      const flags = random();
      const data = Array.from({ length: 16 }, random);
      const { calls, ops } = tier;
      for (const m of machines) {
        m.lenient = set;
        for (let at = 0; at < 0x1400; at += 64) m.load(DATA - 0x200 + at, data);
        m.load(CODE, program(set, word, decoded.length));
        registers.forEach((value, n) => (m.s[CORE.R + n] = aligned ? value & ~3 : value));
        m.s[CORE.N] = flags & 0x8000_0000;
        m.s[CORE.Z] = (flags >>> 30) & 1;
        m.s[CORE.C] = (flags >>> 29) & 1;
        m.s[CORE.V] = (flags << 3) & 0x8000_0000;
        m.s[CORE.Q] = (flags >>> 27) & 1;
        m.s[CORE.GE] = (flags >>> 16) & 15;
        m.s[CORE.R + 15] = CODE;
        m.s[CORE.ITSTATE] = 0;
        switchMode(m.core, Mode.svc);
        m.s[CORE.PSR] = Mode.svc | Psr.I | Psr.F | Psr.A | (set === 'T32' ? Psr.T : 0);
        m.s[CORE.RUN_STATE] = RunState.Running;
        // So that the first level of the TLB has the pages.
        m.memory.read(DATA, 4, 0, 1);
        m.memory.write(DATA, 4, 0, 0, 1);
        m.memory.fetch(CODE);
        m.interpreter.run(40);
      }
      const name = `${row.name}: 0x${word.toString(16)}, seed ${seed}`;
      assert.deepEqual(differences(...machines), [], name);
      const [first, second] = machines.map(ram);
      assert.equal(Buffer.compare(first as Uint8Array, second as Uint8Array), 0, name);
      assert.deepEqual(machines[1].exceptions.splice(0), machines[0].exceptions.splice(0), name);
      // What threaded code leaves to the interpreter is none of its own.
      return tier.calls > calls && (how === 'compiled' || tier.ops === ops);
    }

    for (const [set, rows] of [
      ['A32', A32_ROWS],
      ['T32', T32_ROWS],
    ] as const)
      it(`${set}: every row does the same, and most are ${how}`, () => {
        let compiled = 0;
        for (const [index, row] of rows.entries())
          for (let n = 0, done = 0; n < 60 && done < (LONG ? 20 : 2); n++) {
            if (row.name.startsWith('UNDEFINED')) break;
            if (execute(set, row, 1 + index * 1000 + n)) compiled++;
            done++;
          }
        assert.ok(2 * compiled > rows.length, `${compiled} of ${rows.length} rows`);
      });
  });
