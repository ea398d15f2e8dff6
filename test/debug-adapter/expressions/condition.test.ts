import assert from 'node:assert';
import {
  compileCondition,
  type EventFields,
  type FieldTable,
} from '../../../debug-adapter/expressions/condition';
import type { ExpressionContext } from '../../../debug-adapter/expressions/context';
import { ExpressionError } from '../../../debug-adapter/expressions/errors';
import { evaluate, isTrue } from '../../../debug-adapter/expressions/evaluate';
import { parse } from '../../../debug-adapter/expressions/parser';
import { UNSIGNED_INT, UNSIGNED_LONG_LONG, INT } from '../../../debug-adapter/symbols/types';
import { Value } from '../../../debug-adapter/symbols/values';
import { Random, randomExpression } from './random';

const FIELDS: FieldTable = {
  ec: { bits: 6 },
  ipa: { bits: 40 },
  write: { bits: 1 },
  value: { bits: 32 },
  wide: { bits: 64 },
  delta: { bits: 32, signed: true },
  register: { text: true },
};

/** A context without machine: fields are variables of the type that the field table gives them. */
function contextOf(event: EventFields): ExpressionContext {
  const access = {
    readMemory: () => assert.fail('conditions over fields read no memory'),
    readRegister: () => undefined,
  };
  return {
    access,
    lookup: (name) => {
      const field = FIELDS[name];
      const value = event[name];
      if (!field || 'text' in field || value === undefined || typeof value === 'string') return undefined;
      const type =
        field.bits > 32 ? UNSIGNED_LONG_LONG : field.bits === 32 && !field.signed ? UNSIGNED_INT : INT;
      return Value.ofInteger(type, BigInt(value), access);
    },
    typeByName: () => undefined,
    readRegister: (name) => (name === 'r0' ? { name, value: 7, bits: 32 } : undefined),
    writeRegister: () => assert.fail('nothing is written'),
    inSpace: () => undefined,
  };
}

describe('conditions', () => {
  it('test the fields of an event', () => {
    const condition = compileCondition('ec == 0x24 && ipa >= 0x0a000000 && write', FIELDS);
    assert.strictEqual(condition.isPure, true);
    assert.strictEqual(condition.test({ ec: 0x24, ipa: 0x0a00_0000, write: true }), true);
    assert.strictEqual(condition.test({ ec: 0x24, ipa: 0x80_0000_0000, write: 1 }), true);
    assert.strictEqual(condition.test({ ec: 0x24, ipa: 0x09ff_ffff, write: true }), false);
    assert.strictEqual(condition.test({ ec: 0x20, ipa: 0x0a00_0000, write: true }), false);
    assert.strictEqual(condition.test({ ec: 0x24, ipa: 0x0a00_0000, write: false }), false);
  });

  it('compare texts', () => {
    const condition = compileCondition('register == "VTTBR" || register == "HCR"', FIELDS);
    assert.strictEqual(condition.isPure, true);
    assert.strictEqual(condition.test({ register: 'HCR' }), true);
    assert.strictEqual(condition.test({ register: 'SCTLR' }), false);
  });

  it('are false where the event lacks a field, unless the rest decides', () => {
    assert.strictEqual(compileCondition('ipa > 0', FIELDS).test({}), false);
    assert.strictEqual(compileCondition('!(ipa > 0)', FIELDS).test({}), false);
    assert.strictEqual(compileCondition('ipa > 0 || ec == 1', FIELDS).test({ ec: 1 }), true);
    assert.strictEqual(compileCondition('ipa > $r0', FIELDS).test({}, contextOf({})), false);
  });

  it('use the context for everything else', () => {
    const condition = compileCondition('ec == $r0 + 1', FIELDS);
    assert.strictEqual(condition.isPure, false);
    assert.strictEqual(condition.test({ ec: 8 }, contextOf({})), true);
    assert.strictEqual(condition.test({ ec: 9 }, contextOf({})), false);
    assert.throws(() => condition.test({ ec: 8 }), ExpressionError);
  });

  it('report what is wrong when they are made or tested', () => {
    assert.throws(() => compileCondition('ec ==', FIELDS), ExpressionError);
    assert.throws(() => compileCondition('ec / write', FIELDS).test({ ec: 1, write: 0 }), /divides by zero/);
  });

  it('mean the same compiled and evaluated, for 3000 random ones', () => {
    const random = new Random(7);
    const names = Object.keys(FIELDS).filter((name) => name !== 'register');
    const leaf = () =>
      random.below(2)
        ? random.pick(names)
        : random.pick(['0', '1', '5', '0x24', '0x0a000000', '0xffffffff', '0x8000000000', '3u', '1ull']);
    let pure = 0;
    for (let round = 0; round < 3000; round++) {
      const text = randomExpression(random, 4, leaf);
      const event: EventFields = {
        ec: random.below(64),
        ipa: random.next() * 256 + random.below(256),
        write: random.below(2) === 1,
        value: random.next(),
        wide: (BigInt(random.next()) << 32n) | BigInt(random.next()),
        delta: random.next() | 0,
      };
      const outcome = (run: () => boolean): boolean | string => {
        try {
          return run();
        } catch (error) {
          assert(error instanceof ExpressionError, `${text}: ${String(error)}`);
          return error.reason;
        }
      };
      const condition = compileCondition(text, FIELDS);
      if (condition.isPure) pure++;
      const context = contextOf(event);
      assert.strictEqual(
        outcome(() => condition.test(event)),
        outcome(() => isTrue(evaluate(text, context), parse(text))),
        `${text} with ${JSON.stringify(event, (_, value: unknown) => (typeof value === 'bigint' ? hexText(value) : value))}`,
      );
    }
    assert.strictEqual(pure, 3000);
  });
});

function hexText(value: bigint): string {
  return `0x${value.toString(16)}`;
}
