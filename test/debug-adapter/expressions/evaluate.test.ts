import assert from 'node:assert';
import type { ExpressionContext, RegisterValue } from '../../../debug-adapter/expressions/context';
import { ExpressionError } from '../../../debug-adapter/expressions/errors';
import { assign, evaluate } from '../../../debug-adapter/expressions/evaluate';
import { hex } from '../../../debug-adapter/symbols/access';
import {
  ArrayType,
  BaseType,
  INT,
  type Member,
  pointerTo,
  StructType,
  UNSIGNED_INT,
} from '../../../debug-adapter/symbols/types';
import { Value } from '../../../debug-adapter/symbols/values';
import { Random } from './random';

const U64 = new BaseType('u64', 8, 'unsigned');

/** `struct pair { int first; unsigned flags : 4; unsigned mode : 5; struct pair *next; unsigned words[3]; u64 wide; }` */
const PAIR: StructType = new StructType('struct', 'pair', 32, (): Member[] => [
  { name: 'first', type: INT, offset: 0 },
  { name: 'flags', type: UNSIGNED_INT, offset: 4, bitOffset: 0, bitSize: 4 },
  { name: 'mode', type: UNSIGNED_INT, offset: 4, bitOffset: 4, bitSize: 5 },
  { name: 'next', type: pointerTo(PAIR), offset: 8 },
  { name: 'words', type: new ArrayType(() => UNSIGNED_INT, 3), offset: 12 },
  { name: 'wide', type: U64, offset: 24 },
]);

/** A machine of one page per space, at address 0x1000, with a few registers. */
class Machine {
  readonly spaces = new Map<string, Uint8Array>(
    ['host', 'vm1', 'ipa1', 'pa'].map((name) => [name, new Uint8Array(256)]),
  );
  readonly registers = new Map<string, bigint>([
    ['r0', 0x1000n],
    ['pc', 0x1010n],
    ['HCR', 0x80000039n],
    ['VTTBR', 0x0001_0000_8000_0000n],
  ]);

  context(space = 'host'): ExpressionContext {
    const page = this.spaces.get(space);
    assert(page);
    const within = (address: number, length: number): number => {
      const at = address % 0x1_0000_0000 === address ? address - 0x1000 : address - 0x80_0000_0000;
      if (at < 0 || at + length > page.length) throw new Error(`${space}:${hex(address)} is not mapped`);
      return at;
    };
    const access = {
      space,
      readMemory: (address: number, length: number) => {
        const at = within(address, length);
        return page.slice(at, at + length);
      },
      writeMemory: (address: number, bytes: Uint8Array) => page.set(bytes, within(address, bytes.length)),
      readRegister: () => undefined,
    };
    const find = (name: string) =>
      [...this.registers.keys()].find((key) => key.toLowerCase() === name.toLowerCase());
    const context: ExpressionContext = {
      access,
      lookup: (name) =>
        name === 'pair' ? new Value(PAIR, { kind: 'memory', address: 0x1000 }, access) : undefined,
      typeByName: (name, kind) =>
        name === 'pair' && (kind === 'struct' || kind === 'any') ? PAIR : undefined,
      readRegister: (name): RegisterValue | undefined => {
        const key = find(name);
        return key
          ? { name: key, value: this.registers.get(key) ?? 0n, bits: key === 'VTTBR' ? 64 : 32 }
          : undefined;
      },
      writeRegister: (name, value) => void this.registers.set(find(name) ?? assert.fail(), value),
      readRegisterField: (register, field) =>
        register === 'HCR' && field === 'VM'
          ? { name: 'VM', value: (this.registers.get('HCR') ?? 0n) & 1n, bits: 1 }
          : undefined,
      writeRegisterField: (_register, _field, value) =>
        void this.registers.set('HCR', ((this.registers.get('HCR') ?? 0n) & ~1n) | (value & 1n)),
      eventField: (name) => (name === 'ec' ? 0x24 : name === 'kind' ? 'trap' : undefined),
      inSpace: (name) => (this.spaces.has(name) ? this.context(name) : undefined),
      call: (name, parameters) => {
        if (name === 'walk') {
          const [address] = parameters;
          return address instanceof Value
            ? `walk of ${address.access.space}:${hex(address.integer())}`
            : 'walk of nothing';
        }
        return name === 'twice' && parameters[0] instanceof Value ? parameters[0].integer() * 2n : undefined;
      },
    };
    return context;
  }
}

function integer(text: string, machine = new Machine()): bigint {
  return evaluate(text, machine.context()).integer();
}

function failure(text: string): { reason: string; position: number } {
  try {
    evaluate(text, new Machine().context());
  } catch (error) {
    assert(error instanceof ExpressionError, String(error));
    return { reason: error.reason, position: error.position };
  }
  return assert.fail(`${text} has a value`);
}

describe('evaluating expressions', () => {
  it('reads numbers in all notations', () => {
    assert.strictEqual(integer('0x2A'), 42n);
    assert.strictEqual(integer('0b10_1010'), 42n);
    assert.strictEqual(integer('052'), 42n);
    assert.strictEqual(integer('1_000'), 1000n);
    assert.strictEqual(integer("'*'"), 42n);
    assert.strictEqual(integer("'\\x2a'"), 42n);
    assert.strictEqual(evaluate('1.5', new Machine().context()).float(), 1.5);
  });

  it('reads and sets registers and their fields', () => {
    const machine = new Machine();
    assert.strictEqual(integer('$r0 + 1', machine), 0x1001n);
    assert.strictEqual(integer('$hcr', machine), 0x80000039n);
    assert.strictEqual(integer('$HCR.VM', machine), 1n);
    assert.strictEqual(integer('$VTTBR >> 48', machine), 1n);
    assert.strictEqual(evaluate('$VTTBR', machine.context()).size, 8);
    assign('$r0', '0x2000 + 4', machine.context());
    assert.strictEqual(machine.registers.get('r0'), 0x2004n);
    assign('$HCR.VM', '0', machine.context());
    assert.strictEqual(machine.registers.get('HCR'), 0x80000038n);
    assert.strictEqual(evaluate('$r0 |= 3', machine.context()).integer(), 0x2007n);
  });

  it('reaches other spaces', () => {
    const machine = new Machine();
    machine.spaces.get('vm1')?.set([0x78, 0x56, 0x34, 0x12], 4);
    machine.spaces.get('ipa1')?.set([1, 2, 3, 4], 8);
    assert.strictEqual(integer('*vm1:0x1004', machine), 0x12345678n);
    assert.strictEqual(integer('*(u16 *)vm1:0x1004', machine), 0x5678n);
    assert.strictEqual(integer('*ipa1:0x8000000008', machine), 0x04030201n);
    assert.strictEqual(evaluate('ipa1:0x8000000008', machine.context()).text(), '0x8000000008');
    assert.strictEqual(integer('vm1:pair.flags', machine), 8n);
    assert.strictEqual(integer('host:pair.flags', machine), 0n);
    assert.strictEqual(evaluate('vm1:$pc', machine.context()).access.space, 'vm1');
    assert.strictEqual(integer('vm1:pair.flags + pair.flags', machine), 8n);
    assert.strictEqual(integer('1 ? pair.flags : 2', machine), 0n);
    assert.strictEqual(failure('vm7:0').reason, 'There is no space "vm7:" now');
  });

  it('follows members, indices and pointers, and sets them', () => {
    const machine = new Machine();
    const context = machine.context();
    assign('pair.first', '-5', context);
    assign('pair.flags', '0xf', context);
    assign('pair.mode', '0x15', context);
    assign('pair.next', '&pair', context);
    assign('pair.words[2]', '0xdeadbeef', context);
    assign('pair.wide', '0x1122334455667788', context);
    assert.strictEqual(integer('pair.next->next->first', machine), -5n);
    assert.strictEqual(integer('pair.mode << 4 | pair.flags', machine), 0x15fn);
    assert.strictEqual(integer('*(pair.words + 2)', machine), 0xdeadbeefn);
    assert.strictEqual(integer('((struct pair *)$r0)->words[2] >> 28', machine), 0xdn);
    assert.strictEqual(integer('&pair.words[2] - pair.words', machine), 2n);
    assert.strictEqual(integer('pair.wide', machine), 0x1122334455667788n);
    assert.strictEqual(integer('sizeof(struct pair)', machine), 32n);
    assert.strictEqual(integer('(pair.first = 7) + 1', machine), 8n);
    assert.strictEqual(integer('pair.first', machine), 7n);
    const shown = evaluate('pair', context);
    assert.strictEqual(shown.hasChildren, true);
    assert.deepStrictEqual(
      shown.children().map((child) => [child.name, child.expression('pair')]),
      [
        ['first', 'pair.first'],
        ['flags', 'pair.flags'],
        ['mode', 'pair.mode'],
        ['next', 'pair.next'],
        ['words', 'pair.words'],
        ['wide', 'pair.wide'],
      ],
    );
    for (const child of shown.children()) {
      const again = evaluate(child.expression('pair'), context);
      assert.strictEqual(again.text(), child.value.text());
    }
    assert.strictEqual(evaluate('pair.words', context).text(), '[0, 0, 3735928559 (0xdeadbeef)]');
  });

  it('calls builtins and compares texts', () => {
    assert.strictEqual(
      evaluate('walk(vm1:0xc0008000)', new Machine().context()).text(),
      'walk of vm1:0xc0008000',
    );
    assert.strictEqual(integer('twice(4 + 1) + 1'), 11n);
    assert.strictEqual(integer('ec == 0x24 && kind == "trap"'), 1n);
    assert.strictEqual(integer('kind != "trap"'), 0n);
  });

  it('says what is wrong and where', () => {
    const cases: readonly (readonly [string, number, RegExp])[] = [
      ['', 0, /expression is empty/],
      ['1 +', 3, /the expression ends, but a value/],
      ['(1', 2, /"\)" to close/],
      ['1 2', 2, /an operator or the end/],
      ['$', 0, /name of a register/],
      ['$nothing', 0, /no register "nothing"/],
      ['$HCR.XYZ', 0, /no field "XYZ"/],
      ['1 + unknown', 4, /no variable, function or event field "unknown"/],
      ['pair.nothing', 0, /no member "nothing" in struct pair/],
      ['pair + 1', 0, /type struct pair cannot be used in a computation/],
      ['(struct nothing *)0', 1, /no type "struct nothing"/],
      ['*pair', 0, /is not a pointer/],
      ['&1', 0, /no address/],
      ['&pair.flags', 0, /bit-field has no address/],
      ['1 = 2', 0, /only a variable, register or memory can be set/],
      ['8 % (3 - 3)', 0, /divides by zero/],
      ['0x', 0, /not a number/],
      ['089', 0, /octal/],
      ["'ab'", 0, /closing quote/],
      ['"abc', 0, /closing quote/],
      ['x++', 1, /not supported/],
      ['nothing(1)', 0, /no builtin function/],
      ['*0x9000', 0, /not mapped/],
      ['1 # 2', 2, /no meaning/],
      ['('.repeat(500), 200, /nested too deeply/],
    ];
    for (const [text, position, reason] of cases) {
      const found = text.startsWith('*0x9000')
        ? { reason: evaluate(text, new Machine().context()).text(), position }
        : failure(text);
      assert.match(found.reason, reason, text);
      assert.strictEqual(found.position, position, text);
    }
  });

  it('answers any text with a value or an ExpressionError inside it', () => {
    const random = new Random(99);
    const pieces = ['pair', '.', '->', 'first', 'next', 'words', '[', ']', '(', ')', '*', '&', '-', '~', '!', '?', ':', '=', '+=', '<<', '==', '&&', '1', '0x10', '1.5', "'a'", '"t"', '$r0', '$HCR', '.VM', 'vm1:', 'ipa1:', 'sizeof', 'struct', 'u32', 'unsigned', 'int', ',', 'walk(', ' ', '%', '/', '0', 'ec', 'kind', '{', '\\', '$', '"']; // prettier-ignore
    let values = 0;
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: 1 + random.below(9) }, () => random.pick(pieces)).join(
        random.below(2) ? ' ' : '',
      );
      try {
        evaluate(text, new Machine().context()).text();
        values++;
      } catch (error) {
        assert(error instanceof ExpressionError, `${text}: ${String(error)}`);
        assert(error.position >= 0 && error.position <= text.length && error.length >= 1, text);
        assert.match(error.reason, /^[A-Z"]/, text);
      }
    }
    assert(values > 500, `${values} texts have a value`);
  });
});
