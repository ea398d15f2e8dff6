import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import type { MachineAccess } from '../../../debug-adapter/symbols/access';
import { SymbolFileError } from '../../../debug-adapter/symbols/errors';
import { Frame, Program } from '../../../debug-adapter/symbols/program';
import { nameOfType } from '../../../debug-adapter/symbols/types';
import { Random } from '../expressions/random';

const IMAGE = 'hypervisor/images/hello-hyp.elf';

/** Asks a program everything that the debugger asks; whatever is in the file, this must come to an end. */
function useEverything(program: Program): void {
  const access: MachineAccess = {
    readMemory: (address, length) => program.elf.readAtAddress(address, length) ?? new Uint8Array(length),
    readRegister: (register) =>
      register < 16 ? 0x40010000 + register * 4 : register >= 256 ? 1n : undefined,
    symbolize: (address) => program.symbolize(address),
  };
  for (const file of program.sourceFiles()) {
    program.linesWithCode(file, 1, 100);
    program.addressesFor(file, 20);
  }
  for (const symbol of program.elf.symbols.all) {
    program.functionBreakpoints(symbol.name);
    const global = program.global(symbol.name);
    if (global) program.valueOf(global, Frame.of(0, access)).text();
  }
  for (const section of program.elf.sections.filter(({ flags }) => flags & 4)) {
    const end = Math.min(section.address + section.size, section.address + 4096);
    for (let pc = section.address; pc < end; pc += 32) {
      program.lineFor(pc);
      program.inlineChain(pc);
      program.symbolAt(pc);
      let frame = Frame.of(pc, access);
      for (const scope of program.scopesAt(pc))
        for (const variable of scope.variables) {
          const value = program.valueOf(variable, frame);
          value.text();
          nameOfType(value.type);
          for (const child of value.children(0, 5)) child.value.text();
        }
      for (let depth = 0; depth < 5; depth++) {
        const result = program.unwind(frame);
        if (result.kind === 'end') break;
        frame = result.frame;
      }
    }
  }
  for (const name of ['u32', 'context', 'nothing']) program.typeByName(name, 'any');
  program.enumerator('NOTHING');
}

/** The sections whose damage is of interest: a change in them must not be more than wrong or missing information. */
const SECTIONS = ['.debug_info', '.debug_abbrev', '.debug_line', '.debug_frame', '.debug_aranges', '.debug_loclists', '.debug_rnglists', '.debug_ranges', '.debug_loc', '.debug_str', '.debug_line_str', '.symtab', '.strtab']; // prettier-ignore

describe('damaged debug information', function () {
  this.timeout(60_000);
  const whole = new Uint8Array(readFileSync(IMAGE));
  const intact = Program.load(whole, { name: IMAGE });

  it('the intact file has no problems', () => {
    useEverything(intact);
    assert.deepStrictEqual(intact.problems, []);
  });

  for (const section of intact.elf.sections.filter(({ name }) => SECTIONS.includes(name)))
    it(`bits of ${section.name} flipped: an answer or a problem in words, never an endless loop or a crash`, () => {
      const random = new Random(section.size + section.index);
      for (let round = 0; round < 30; round++) {
        const bytes = whole.slice();
        for (let flips = 1 + random.below(8); flips > 0; flips--)
          bytes[section.offset + random.below(section.size)] ^= 1 << random.below(8);
        tryProgram(bytes);
      }
    });

  it('ranges of the file overwritten with zeros, ones or noise', () => {
    const random = new Random(11);
    for (let round = 0; round < 60; round++) {
      const bytes = whole.slice();
      const start = 52 + random.below(bytes.length - 52);
      const length = Math.min(1 + random.below(2000), bytes.length - start);
      const kind = random.below(3);
      for (let at = start; at < start + length; at++)
        bytes[at] = kind === 0 ? 0 : kind === 1 ? 0xff : random.below(256);
      tryProgram(bytes);
    }
  });

  it('a damaged unit is reported once, by name, and the others stay readable', () => {
    const info = intact.elf.section('.debug_info');
    assert(info);
    const bytes = whole.slice();
    // The second half of the first unit: its end is in the unit's length.
    const view = new DataView(bytes.buffer);
    const length = view.getUint32(info.offset, true);
    bytes.fill(0xff, info.offset + length / 2, info.offset + length);
    const program = Program.load(bytes, { name: 'damaged.elf' });
    useEverything(program);
    assert(program.problems.length > 0);
    assert.match(program.problems[0], /^The debug information of .+ is damaged: /);
    assert.strictEqual(new Set(program.problems).size, program.problems.length);
    const readable = program.elf.symbols.all.filter(({ address }) => program.lineFor(address) !== undefined);
    assert(readable.length > 0);
  });

  /** Every problem is a sentence that says where; only damage to the file's own structure may refuse it as a whole. */
  function tryProgram(bytes: Uint8Array): void {
    let program: Program;
    try {
      program = Program.load(bytes, { name: 'damaged.elf' });
      useEverything(program);
    } catch (error) {
      if (!(error instanceof SymbolFileError)) throw error;
      assert.match(error.message, /^damaged\.elf: .+ \(.+\)\. .+\.$/);
      return;
    }
    for (const problem of program.problems)
      assert.match(problem, /\((\.[\w.]+|location expression)\+0x[0-9a-f]+\)$|\.dwo files/);
  }
});
