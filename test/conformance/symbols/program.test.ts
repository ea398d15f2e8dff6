import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluate } from '../../../debug-adapter/expressions/evaluate';
import { Program } from '../../../debug-adapter/symbols/program';
import { stripped } from '../../../debug-adapter/symbols/types';
import { BUILDS, compile, nameOf, PROGRAMS, UNUSUAL_BUILDS } from '../../debug-adapter/programs/build';
import { programContext } from '../../debug-adapter/programs/static-context';

/** What dump-program.py writes. */
interface Told {
  readonly structs: Readonly<
    Record<
      string,
      {
        size: number;
        fields: readonly (readonly [name: string, bit: number, bits: number, size: number, type: string])[];
      }
    >
  >;
  readonly functions: Readonly<Record<string, readonly number[]>>;
  readonly lines: Readonly<Record<string, readonly number[]>>;
  readonly values: Readonly<Record<string, string>>;
}

const SOURCES = ['calls.c', 'shapes.c', 'shapes.h', 'leaf.S'];
const IMAGES = join(process.cwd(), 'hypervisor/images');

function ask(elf: string, files: readonly (readonly [string, number])[]): Told {
  const script = join(process.cwd(), 'test/conformance/symbols/dump-program.py');
  const list = files.map(([file, lines]) => `("${file}", ${lines})`).join(', ');
  const { stdout } = spawnSync(
    'gdb-multiarch',
    ['-nx', '-batch', elf, '-ex', `source ${script}`, '-ex', `python tell([${list}])`],
    { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 50_000 },
  );
  const line = stdout.split('\n').find((text) => text.startsWith('JSON'));
  assert(line, `GDB told nothing: ${stdout.slice(0, 500)}`);
  return JSON.parse(line.slice(4)) as Told;
}

function lineCount(path: string): number {
  return readFileSync(path, 'utf8').split('\n').length;
}

function load(elf: string): Program {
  return Program.load(new Uint8Array(readFileSync(elf)), { name: elf });
}

function compareTypes(program: Program, told: Told): void {
  for (const [name, expected] of Object.entries(told.structs)) {
    const [keyword, tag] = name.split(' ');
    const type = program.typeByName(tag, keyword as 'struct' | 'union');
    assert(type?.kind === 'struct', name);
    assert.strictEqual(type.size, expected.size, name);
    assert.deepStrictEqual(
      type.members.map((member) => [
        member.name,
        member.offset * 8 + (member.bitOffset ?? 0),
        member.bitSize ?? 0,
        stripped(member.type).kind === 'array' && member.type.size === 0 ? 0 : member.type.size,
        member.type.name.replace(/ \[/g, '['),
      ]),
      expected.fields.map(([field, bit, bits, size, text]) => [
        field,
        bit,
        bits,
        size,
        text.replace(/ \[/g, '['),
      ]),
      name,
    );
  }
}

function compareFunctions(program: Program, told: Told): void {
  for (const [name, addresses] of Object.entries(told.functions)) {
    const locations = program.functionBreakpoints(name);
    const inlined = locations.some((location) => program.inlineChain(location.address)[0]?.isInlined);
    // GDB 13 stops at the lowest address of an inlined copy, not at its DW_AT_entry_pc.
    if (inlined) assert.strictEqual(locations.length, addresses.length, name);
    else
      assert.deepStrictEqual(
        locations.map(({ address }) => address),
        addresses,
        name,
      );
  }
}

/** Every line of the sources, with and without code; gives how many have the same locations. */
function compareLines(program: Program, told: Told): { same: number; total: number } {
  let same = 0;
  const entries = Object.entries(told.lines);
  for (const [place, addresses] of entries) {
    const [file, line] = place.split(':');
    const own = program.addressesFor(file, Number(line))?.addresses.map(({ address }) => address) ?? [];
    if (JSON.stringify(own) === JSON.stringify(addresses)) same++;
  }
  return { same, total: entries.length };
}

function compareValues(program: Program, told: Told): void {
  const context = programContext(program);
  for (const [path, expected] of Object.entries(told.values)) {
    const value = evaluate(path, context);
    const type = stripped(value.type);
    const own = type.kind === 'base' && type.encoding === 'float' ? value.float() : value.integer();
    if (typeof own === 'number') assert.strictEqual(own, Number(expected), path);
    else assert.strictEqual(own.toString(), expected, path);
  }
}

describe('types, breakpoints and values of programs, against GDB', function () {
  this.timeout(60_000);
  for (const build of [...BUILDS, ...UNUSUAL_BUILDS])
    it(nameOf(build), () => {
      const elf = compile(build);
      const program = load(elf);
      const told = ask(
        elf,
        SOURCES.map((name) => [name, lineCount(join(PROGRAMS, name))]),
      );
      assert(Object.keys(told.structs).length >= 4 && Object.keys(told.values).length > 50);
      const { same, total } = compareLines(program, told);
      assert(total > 150);
      assert.strictEqual(same, total, 'lines with the same locations');
      compareTypes(program, told);
      compareFunctions(program, told);
      compareValues(program, told);
      assert.deepStrictEqual(program.problems, []);
    });

  for (const image of readdirSync(IMAGES).filter((name) => name.endsWith('.elf')))
    it(`the bundled ${image}`, () => {
      const elf = join(IMAGES, image);
      const program = load(elf);
      const sources = program.sourceFiles().filter((path) => /\.[cS]$/.test(path) && existsSync(path));
      const told = ask(
        elf,
        sources.map((path) => [path, lineCount(path)]),
      );
      assert(Object.keys(told.functions).length > 3);
      const { same, total } = compareLines(program, told);
      // GDB also keeps a second location where a loop's variable opens a block of its own; here a line of one function
      // stops once.
      assert(total > 50 && same >= 0.98 * total, `${same} of ${total} lines with the same locations`);
      compareTypes(program, told);
      compareFunctions(program, told);
      compareValues(program, told);
      assert.deepStrictEqual(program.problems, []);
    });
});
