import assert from 'node:assert';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Program } from '../../../debug-adapter/symbols/program';
import { BUILDS, type Build, compile, nameOf, run, UNUSUAL_BUILDS } from '../../debug-adapter/programs/build';

/** One function of the inline chain at an address, as addr2line prints it. */
interface Position {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

function addressesOf(program: Program): number[] {
  const text = program.elf.section('.text');
  assert(text);
  const addresses: number[] = [];
  for (let address = text.address; address < text.address + text.size; address += 2) {
    const state = program.instructionSetAt(address);
    if (state === 'T32' || (state === 'A32' && address % 4 === 0)) addresses.push(address);
  }
  return addresses;
}

function addr2line(elf: string, addresses: readonly number[]): Map<number, Position[]> {
  const output = execFileSync('arm-none-eabi-addr2line', ['-a', '-f', '-i', '-e', elf], {
    input: addresses.map((address) => address.toString(16)).join('\n') + '\n',
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const positions = new Map<number, Position[]>();
  let current: Position[] = [];
  const lines = output.trim().split('\n');
  for (let at = 0; at < lines.length; at++) {
    if (/^0x[0-9a-f]{8}$/.test(lines[at])) positions.set(parseInt(lines[at], 16), (current = []));
    else {
      const [, file, line] = /^(.*):(\d+|\?)/.exec(lines[at + 1]) ?? [];
      current.push({ function: lines[at], file, line: line === '?' ? 0 : Number(line) });
      at++;
    }
  }
  return positions;
}

function check(build: Build): void {
  const elf = compile(build);
  const program = Program.load(new Uint8Array(readFileSync(elf)), { name: elf });
  const addresses = addressesOf(program);
  assert(addresses.length > 100, 'the program has code');
  const decoded = new Map<string, Map<number, Set<number>>>();
  const statements = (file: string) => {
    if (!decoded.has(file)) decoded.set(file, decodedLines(elf, file));
    return decoded.get(file) ?? new Map<number, Set<number>>();
  };
  let same = 0;
  for (const [address, expected] of addr2line(elf, addresses)) {
    const where = `0x${address.toString(16)}`;
    const line = program.lineFor(address);
    if (line && line.line !== expected[0].line) {
      // addr2line takes the last row at an address; here a row that begins a statement comes first.
      assert(line.isStmt && statements(line.file).get(line.line)?.has(line.address), where);
      continue;
    }
    assert.strictEqual(line?.line ?? 0, expected[0].line, where);
    if (line) assert.strictEqual(line.file, expected[0].file, where);
    same++;
    const chain = program.inlineChain(address);
    // Padding between functions, and code that only a label covers, belongs to no function.
    if (!program.symbolAt(address) || expected[0].function === '??') continue;
    assert.deepStrictEqual(
      chain.map(({ name }) => name),
      expected.map((position) => position.function),
      where,
    );
    assert.deepStrictEqual(
      chain.map((frame) => frame.line?.line ?? 0),
      expected.map((position) => position.line),
      where,
    );
  }
  assert(same > addresses.length * 0.85, `${same} of ${addresses.length} lines equal`);
  assert.deepStrictEqual(program.problems, []);
}

/** Rows as readelf decodes them: line → addresses at which a statement of it begins. */
function decodedLines(elf: string, file: string): Map<number, Set<number>> {
  const rows = new Map<number, Set<number>>();
  for (const text of run('arm-none-eabi-readelf', '--debug-dump=decodedline', '--wide', elf).split('\n')) {
    const match =
      /^(\S+)\s+(\d+)\s+0x([0-9a-f]+)(?:\[\d+\])?\s+(?:\d+\s+)?x\s*$/.exec(text) ??
      /^(\S+)\s+(\d+)\s+0x([0-9a-f]+).*\bx\s*$/.exec(text);
    if (!match || !file.endsWith(match[1])) continue;
    const line = Number(match[2]);
    if (!rows.has(line)) rows.set(line, new Set());
    rows.get(line)?.add(parseInt(match[3], 16));
  }
  return rows;
}

describe('lines, against addr2line and readelf', function () {
  this.timeout(60_000);
  for (const build of [...BUILDS, ...UNUSUAL_BUILDS])
    it(`every instruction of ${nameOf(build)}`, () => check(build));

  it('lines with code are those of readelf --debug-dump=decodedline', () => {
    for (const build of BUILDS) {
      const elf = compile(build);
      const program = Program.load(new Uint8Array(readFileSync(elf)), { name: elf });
      for (const file of ['calls.c', 'shapes.c', 'leaf.S']) {
        const expected = decodedLines(elf, file);
        const lines = program.linesWithCode(file, 1, 1000);
        assert(lines.length > 3, `${file} has lines`);
        for (const line of lines) assert(expected.has(line), `${file}:${line} of ${nameOf(build)}`);
        for (const line of lines) {
          const found = program.addressesFor(file, line);
          assert.strictEqual(found?.line, line);
          for (const { address } of found.addresses) assert(program.contains(address));
        }
      }
    }
  });

  it('snaps a line without code to the next one that has some', () => {
    const elf = compile(BUILDS[0]);
    const program = Program.load(new Uint8Array(readFileSync(elf)), { name: elf });
    const source = readFileSync('test/debug-adapter/programs/calls.c', 'utf8').split('\n');
    const blank =
      source.findIndex((text, index) => text === '' && source[index + 1].startsWith('NOINLINE u32 leaf')) + 1;
    assert.strictEqual(program.addressesFor('calls.c', blank)?.line, blank + 1 + 1);
    assert.strictEqual(program.addressesFor('calls.c', 100_000), undefined);
    assert.strictEqual(program.addressesFor('no-such-file.c', 1), undefined);
  });
});
