import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExpressionError } from '../../../debug-adapter/expressions/errors';
import { evaluate } from '../../../debug-adapter/expressions/evaluate';
import { Program } from '../../../debug-adapter/symbols/program';
import { stripped } from '../../../debug-adapter/symbols/types';
import { BUILDS, compile, nameOf } from '../../debug-adapter/programs/build';
import { programContext } from '../../debug-adapter/programs/static-context';
import { Random, randomExpression } from '../../debug-adapter/expressions/random';

/** Value and type of each expression as GDB computes them for the program; null where GDB refuses. */
function askGdb(elf: string, expressions: readonly string[]): ([value: string, type: string] | null)[] {
  const folder = join(process.cwd(), 'out/test-programs');
  mkdirSync(folder, { recursive: true });
  const input = join(folder, `expressions.${process.pid}.json`);
  writeFileSync(input, JSON.stringify(expressions));
  const script = `python
import json
def tell(text):
    try:
        value = gdb.parse_and_eval(text)
        kind = value.type.strip_typedefs().unqualified()
        if kind.code == gdb.TYPE_CODE_FLT:
            return [repr(float(value)), str(kind)]
        return [str(int(value)), str(kind)]
    except (gdb.error, ValueError):
        return None
print("JSON" + json.dumps([tell(text) for text in json.load(open("${input}"))]))
end`;
  const commands = join(folder, `expressions.${process.pid}.gdb`);
  writeFileSync(commands, script);
  const { stdout } = spawnSync('gdb-multiarch', ['-nx', '-batch', elf, '-x', commands], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 50_000,
  });
  const line = stdout.split('\n').find((text) => text.startsWith('JSON'));
  assert(line, `GDB told nothing: ${stdout.slice(0, 500)}`);
  return JSON.parse(line.slice(4)) as ([string, string] | null)[];
}

/** The same from this evaluator. */
function ask(program: Program, expression: string): [string, string] | null {
  try {
    const value = evaluate(expression, programContext(program));
    const type = stripped(value.type);
    if (type.kind === 'base' && type.encoding === 'float') return [String(value.float()), type.name];
    return [value.integer().toString(), type.name];
  } catch (error) {
    assert(error instanceof ExpressionError, `${expression}: ${String(error)}`);
    return null;
  }
}

/** One spelling for C's integer types; GDB uses GCC's names. */
function spelled(type: string): string {
  return type
    .replace('long long unsigned int', 'unsigned long long')
    .replace('long long int', 'long long')
    .replace('long unsigned int', 'unsigned long')
    .replace('long int', 'long')
    .replace('short unsigned int', 'unsigned short')
    .replace('short int', 'short');
}

/** On ARM long and int are the same; GDB takes the one where C's rules give the other, and `'a'` for a char. */
function sameType(own: string, gdb: string): boolean {
  const plain = (name: string) => spelled(name).replace(/^(unsigned )?long$/, '$1int');
  return plain(own) === plain(gdb) || (own === 'int' && gdb === 'char');
}

const FIXED: readonly string[] = [
  'boot_vcpu.id',
  'boot_vcpu.regs[0] + 1',
  'boot_vcpu.regs[14] >> 4',
  '-boot_vcpu.temperature',
  'boot_vcpu.elr * 3',
  'boot_vcpu.bits.level',
  'boot_vcpu.bits.delta',
  'boot_vcpu.bits.base >> 8',
  'boot_vcpu.next->regs[0]',
  '&boot_vcpu.regs[3] - &boot_vcpu.regs[0]',
  '&boot_vcpu.regs[3] == boot_vcpu.regs + 3',
  '*(boot_vcpu.regs + 2)',
  '(unsigned)sizeof(struct vcpu)',
  '(unsigned)sizeof(u64) * 2u',
  '(unsigned)sizeof boot_vcpu.regs',
  '(unsigned char)boot_vcpu.elr',
  '(signed char)0x80',
  '(unsigned short)-1',
  '(int)boot_vcpu.regs[14]',
  '(u64)-1',
  '(u32)-1 > 0',
  '*(u16 *)&boot_vcpu.word',
  'boot_vcpu.word.half[1]',
  'boot_vcpu.matrix[1][2]',
  'names[1][2]',
  '*names[2]',
  'boot_vcpu.either',
  'boot_vcpu.inner_a + boot_vcpu.other',
  'boot_vcpu.state == STATE_RUNNING',
  'STATE_FAILED',
  'FLAG_A | FLAG_C',
  'boot_vcpu.ratio * 2',
  'boot_vcpu.precise + 1',
  'boot_vcpu.ratio > 1',
  '!boot_vcpu.online',
  'boot_vcpu.online ? 3 : 4',
  'boot_vcpu.handler == handle_exit',
  '*boot_vcpu.next == 0',
  '((struct vcpu *)&boot_vcpu)->next->next->id',
  '(int)&((struct vcpu *)0)->bits',
  'boot_vcpu.missing',
  'no_such_name + 1',
  '1 / 0',
  '1 % 0',
  "'a' + 1",
  "'\\n'",
  '1.5 + 1',
  '7 / 2.0',
];

describe('arithmetic and C expressions, against GDB', function () {
  this.timeout(60_000);

  it('2000 random expressions of integers have the same value and type', () => {
    const elf = compile(BUILDS[0]);
    const program = Program.load(new Uint8Array(readFileSync(elf)), { name: elf });
    const random = new Random(20_261);
    const expressions = Array.from({ length: 2000 }, () => randomExpression(random, 4));
    const answers = askGdb(elf, expressions);
    let computed = 0;
    expressions.forEach((expression, index) => {
      const own = ask(program, expression);
      const gdb = answers[index];
      assert.strictEqual(own?.[0], gdb?.[0], expression);
      if (own && gdb) {
        assert(sameType(own[1], gdb[1]), `${expression}: ${own[1]}, GDB ${gdb[1]}`);
        computed++;
      }
    });
    assert(computed > 1200, `${computed} expressions have a value`);
  });

  for (const build of BUILDS.slice(0, 4))
    it(`expressions over the variables of ${nameOf(build)}`, () => {
      const elf = compile(build);
      const program = Program.load(new Uint8Array(readFileSync(elf)), { name: elf });
      askGdb(elf, FIXED).forEach((gdb, index) => {
        const own = ask(program, FIXED[index]);
        const isFloat = gdb && /^(float|double)$/.test(gdb[1]);
        if (isFloat) assert.strictEqual(Number(own?.[0]), Number(gdb[0]), FIXED[index]);
        else assert.strictEqual(own?.[0], gdb?.[0], FIXED[index]);
        if (own && gdb && !gdb[1].includes('*'))
          assert(sameType(own[1], gdb[1]), `${FIXED[index]}: ${own[1]}, GDB ${gdb[1]}`);
      });
    });
});
