/** What the generator writes: the golden handlers, the rules of the builder, arithmetic. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { HANDLER_TABLE } from '../../../generated/interpreter';
import { divS, divU, mulHighS, mulHighU } from '../../../emulator/interpreter/arithmetic';
import { goldenText } from '../../../emulator/generator/golden';
import { collectHandlers, formsOf, type Handlers } from '../../../emulator/generator/handlers';
import { LISTS } from '../../../emulator/generator/hot';
import { interpreterText, numberHandlers } from '../../../emulator/generator/interpreter-text';
import { threadedText } from '../../../emulator/generator/threaded-text';
import { SymbolicBuilder, symbolicOperands } from '../../../emulator/generator/symbolic-builder';
import type { Builder, Operand } from '../../../emulator/isa/builder';
import { ROWS } from '../../../emulator/isa/table';

/** The handler's text of one semantic function. */
function textOf(semantics: (b: Builder, o: Readonly<Record<string, Operand>>) => void): string[] {
  const builder = new SymbolicBuilder('A32');
  semantics(builder, symbolicOperands(undefined));
  return builder.program.write(0);
}

describe('interpreter generator', () => {
  const handlers = collectHandlers(ROWS);

  it('writes the handlers that are in generated/golden, and the same text every time', () => {
    assert.equal(goldenText(handlers), readFileSync('generated/golden/handlers.txt', 'utf8'));
    const texts = (all: Handlers): string[] => {
      const numbering = numberHandlers(all, LISTS);
      return [interpreterText(all, numbering, LISTS.warm), threadedText(all, numbering)];
    };
    const [interpreter, threaded] = texts(handlers);
    assert.deepEqual(texts(collectHandlers(ROWS)), [interpreter, threaded]);
    assert.equal(interpreter, readFileSync('generated/interpreter.ts', 'utf8'));
    assert.equal(threaded, readFileSync('generated/threaded.ts', 'utf8'));
  });

  it('has a handler for every form of every row', () => {
    for (const row of ROWS) {
      const entry = HANDLER_TABLE.rows[row.name];
      assert.ok(entry, row.name);
      assert.equal(entry.forms.length, formsOf(row).length, row.name);
      for (const variant of entry.forms) assert.ok(HANDLER_TABLE.variants[variant], row.name);
    }
  });

  it('has use for every pattern of the list of hot handlers', () => {
    const labels = handlers.handlers.flatMap((handler) => handler.labels);
    for (const pattern of Object.values(LISTS).flat())
      assert.ok(
        labels.some((label) => pattern.test(label)),
        `${pattern} matches no handler`,
      );
  });

  it('keeps what was read when the register is written before the use', () => {
    assert.deepEqual(
      textOf((b, o) => {
        const n = b.r(o.rn);
        b.setR(o.rd, b.c(1));
        b.setR(o.rt, n);
      }),
      ['const t1 = s[o[p + 1]];', 's[o[p + 2]] = 1;', 's[o[p + 3]] = t1;'],
    );
  });

  it('writes an expression once that is used twice, and none that is not used', () => {
    assert.deepEqual(
      textOf((b, o) => {
        const sum = b.add(b.r(o.rn), b.imm(o.imm));
        b.mul(sum, sum);
        b.setR(o.rd, b.xor(sum, b.shl(sum, b.c(3))));
      }),
      ['const t1 = (s[o[p + 1]] + o[p + 2]) | 0;', 's[o[p + 3]] = t1 ^ (t1 << 3);'],
    );
  });

  it('reads a flag before a branch of `when` that writes it', () => {
    assert.deepEqual(
      textOf((b, o) => {
        const c = b.flag('C');
        b.when(
          b.eq(b.r(o.rn), b.c(0)),
          () => b.setC(b.c(1)),
          () => b.setV(c),
        );
        b.setR(o.rd, c);
      }),
      [
        'const t1 = s[S.C];',
        'if (s[o[p + 1]] === 0) {',
        '  s[S.C] = 1;',
        '} else {',
        '  s[S.V] = t1 << 31;',
        '}',
        's[o[p + 2]] = t1;',
      ],
    );
  });

  it('makes an operand read as a register and used as a number two operands', () => {
    const builder = new SymbolicBuilder('A32');
    const o = symbolicOperands(undefined);
    builder.setR(o.rn, builder.add(builder.r(o.rn), builder.imm(o.rn)));
    assert.deepEqual(builder.slots, ['r:rn', 'i:rn', 'w:rn']);
  });

  it('refuses an operand that the row has not', () => {
    assert.throws(() => new SymbolicBuilder('A32').imm(undefined as unknown as Operand), /operand/);
  });
});

describe('interpreter arithmetic', () => {
  const int = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000, 0xffff, 0x10000));
  const low32 = (x: bigint): number => Number(BigInt.asIntN(32, x));

  it('agrees with integers of any length', () => {
    fc.assert(
      fc.property(int, int, (x, y) => {
        const ux = BigInt(x >>> 0);
        const uy = BigInt(y >>> 0);
        assert.equal(mulHighU(x, y), low32((ux * uy) >> 32n));
        assert.equal(mulHighS(x, y), low32((BigInt(x) * BigInt(y)) >> 32n));
        assert.equal(divU(x, y), uy === 0n ? 0 : low32(ux / uy));
        assert.equal(divS(x, y), y === 0 ? 0 : low32(BigInt(x) / BigInt(y)));
      }),
      { numRuns: 2000 },
    );
  });
});
