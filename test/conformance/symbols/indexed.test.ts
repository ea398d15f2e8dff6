import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { Frame, Program } from '../../../debug-adapter/symbols/program';
import { assemble, run } from '../../debug-adapter/programs/build';

/** What GDB says in words about where a variable is, between two addresses of `info scope`. */
function scopeOf(elf: string, name: string): string {
  return run('gdb-multiarch', '-nx', '-batch', elf, '-ex', `info scope ${name}`);
}

describe('the indexed forms of DWARF 5 (strx, addrx, rnglistx, loclistx), against GDB', function () {
  this.timeout(60_000);
  const elf = assemble('indexed.S');
  const program = Program.load(new Uint8Array(readFileSync(elf)), { name: elf });

  it('functions, ranges and types', () => {
    const gdb = run(
      'gdb-multiarch',
      '-nx',
      '-batch',
      elf,
      '-ex',
      'info address first',
      '-ex',
      'info address second',
      '-ex',
      'ptype first',
    );
    for (const name of ['first', 'second']) {
      const [fn] = program.functionsByName(name);
      const [, address] = new RegExp(`"${name}" is a function at address (0x[0-9a-f]+)`).exec(gdb) ?? [];
      assert.strictEqual(fn.lowPc, Number(address), name);
      assert(fn.die, 'known by its debug information');
      assert.strictEqual(program.findFunction(fn.lowPc + 4)?.name, name);
    }
    assert.match(gdb, /type = int \(int\)/);
    assert.strictEqual(program.functionsByName('first')[0].type?.name, 'int (int)');
  });

  it('locations', () => {
    const gdb = scopeOf(elf, 'first');
    const ranges = [...gdb.matchAll(/Range (0x[0-9a-f]+)-(0x[0-9a-f]+): a variable in \$r(\d+)/g)];
    assert.strictEqual(ranges.length, 2, gdb);
    for (const [, from, to, register] of ranges)
      for (const pc of [Number(from), Number(to) - 4]) {
        const access = {
          readMemory: () => assert.fail('no memory is needed'),
          readRegister: (n: number) => 100 + n,
        };
        const [variable] = program.scopesAt(pc)[0].variables;
        assert.strictEqual(variable.name, 'input');
        const value = program.valueOf(variable, Frame.of(pc, access));
        assert.strictEqual(value.integer(), 100n + BigInt(register));
      }
  });

  it('globals', () => {
    const gdb = run('gdb-multiarch', '-nx', '-batch', elf, '-ex', 'print &counter', '-ex', 'print counter');
    const [, address] = /\(int \*\) (0x[0-9a-f]+)/.exec(gdb) ?? [];
    const counter = program.global('counter');
    assert(counter);
    const access = {
      readMemory: (at: number, length: number) => program.elf.readAtAddress(at, length) ?? assert.fail(),
      readRegister: () => undefined,
    };
    const value = program.valueOf(counter, Frame.of(0, access));
    assert.strictEqual(value.address, Number(address));
    assert.match(gdb, new RegExp(`= ${value.integer()}\n`));
    assert.deepStrictEqual(program.problems, []);
  });
});
