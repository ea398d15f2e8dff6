import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { ElfFile } from '../../../debug-adapter/symbols/elf';
import { Frame, Program } from '../../../debug-adapter/symbols/program';
import { BUILDS, type Build, compile, nameOf, UNWIND_TABLE_BUILDS } from '../../debug-adapter/programs/build';
import { accessOf, CORE, record } from './recording';

/** The file with some sections made empty, as if it had been built without them. */
function without(elf: string, ...names: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(readFileSync(elf));
  const view = new DataView(bytes.buffer);
  const headers = view.getUint32(32, true);
  for (const section of new ElfFile(bytes.slice(), elf).sections)
    if (names.includes(section.name)) view.setUint32(headers + section.index * 40 + 20, 0, true);
  return bytes;
}

interface Tally {
  /** Callers with the right pc, sp and preserved registers, by how they were found. */
  readonly right: Map<string, number>;
  wrong: string[];
}

/** Unwinds every recorded stack as far as GDB does; the first difference ends a stack. */
function tally(build: Build, removed: readonly string[]): Tally {
  const elf = compile(build);
  const program = Program.load(without(elf, ...removed), { name: elf });
  const result: Tally = { right: new Map(), wrong: [] };
  for (const stop of record(elf).stops) {
    let frame = Frame.of(stop.registers.pc, accessOf(stop));
    const expected = stop.stack.filter(({ inline }) => !inline);
    for (let depth = 1; depth < expected.length; depth++) {
      const unwound = program.unwind(frame);
      const where = `0x${frame.pc.toString(16)} (${expected[depth - 1].name}, frame ${depth - 1})`;
      if (unwound.kind === 'end') {
        result.wrong.push(`${where}: ${unwound.reason}`);
        break;
      }
      const { frame: caller, method } = unwound;
      const different = [4, 5, 6, 7, 8, 9, 10, 11, 13, 15].filter((register) => {
        const own = caller.registers.read(register);
        return own !== expected[depth].registers[CORE[register]];
      });
      if (different.length > 0) {
        result.wrong.push(`${where} by ${method}: ${different.map((register) => CORE[register]).join(', ')}`);
        break;
      }
      result.right.set(method, (result.right.get(method) ?? 0) + 1);
      frame = caller;
    }
  }
  return result;
}

describe('unwinding without .debug_frame, against GDB on QEMU', function () {
  this.timeout(60_000);
  for (const build of UNWIND_TABLE_BUILDS)
    it(`by EHABI tables: ${nameOf(build)}`, () => {
      const { right, wrong } = tally(build, ['.debug_frame']);
      // The tables are right at calls; at any other instruction of the innermost function they may not be.
      const atCalls = wrong.filter((text) => !text.includes('frame 0)'));
      assert.deepStrictEqual(atCalls, []);
      assert(wrong.length <= 2, wrong.join('\n'));
      assert((right.get('exidx') ?? 0) > 80, JSON.stringify([...right]));
    });

  for (const build of BUILDS.slice(0, 4))
    it(`by reading the code: ${nameOf(build)}`, () => {
      const { right, wrong } = tally(build, ['.debug_frame']);
      assert.deepStrictEqual(wrong, []);
      assert((right.get('prologue scan') ?? 0) > 60, JSON.stringify([...right]));
    });
});
