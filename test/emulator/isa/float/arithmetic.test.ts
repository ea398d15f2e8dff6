// Results of arithmetic against exact rational numbers: a result is right when no other number of the format is nearer.
import assert from 'node:assert/strict';
import { add, divide, multiply, multiplyAdd, squareRoot } from '../../../../emulator/isa/float/arithmetic';
import { environmentOf, Exception, Rounding } from '../../../../emulator/isa/float/environment';
import { DOUBLE, SINGLE, type Format } from '../../../../emulator/isa/float/format';
import { seededRandom } from '../../../../emulator/isa/random';

/** numerator / 2^SCALE / denominator. */
interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}
const SCALE = 1200n;

/** A finite number of the format, exactly. */
function exactly(bits: bigint, f: Format): Rational {
  const field = (bits >> f.fractionBits) & f.exponentMask;
  const fraction = bits & f.fractionMask;
  const significand = field === 0n ? fraction : fraction + (1n << f.fractionBits);
  const exponent = BigInt(f.lowest) + (field === 0n ? 0n : field - 1n);
  const numerator = significand << (SCALE + exponent);
  return { numerator: bits & f.sign ? -numerator : numerator, denominator: 1n };
}
const isFinite = (bits: bigint, f: Format): boolean =>
  ((bits >> f.fractionBits) & f.exponentMask) !== f.exponentMask;
/** Sign of a - b. */
function order(a: Rational, b: Rational): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}
const minus = (a: Rational, b: Rational): Rational => ({
  numerator: a.numerator * b.denominator - b.numerator * a.denominator,
  denominator: a.denominator * b.denominator,
});
const magnitude = (a: Rational): Rational => ({
  ...a,
  numerator: a.numerator < 0n ? -a.numerator : a.numerator,
});
/** The next number of larger magnitude, of the same sign; infinity's place counts as a number. */
function outward(bits: bigint, f: Format): Rational {
  return exactly(bits + 1n, f);
}
function inward(bits: bigint, f: Format): Rational {
  const zero = (bits & (f.sign - 1n)) === 0n;
  return exactly(zero ? bits ^ f.sign ^ 1n : bits - 1n, f);
}

function assertRounded(result: bigint, exact: Rational, rounding: Rounding, f: Format, what: string): void {
  const value = exactly(result, f);
  const direction = order(value, exact);
  if (direction === 0) return;
  const negative = exact.numerator < 0n;
  const towardsZero = rounding === Rounding.Zero || (rounding === Rounding.MinusInfinity) !== negative;
  if (rounding === Rounding.Nearest) {
    const error = magnitude(minus(value, exact));
    for (const other of [outward(result, f), inward(result, f)]) {
      const compared = order(error, magnitude(minus(other, exact)));
      assert.ok(compared < 0 || (compared === 0 && (result & 1n) === 0n), `${what}: another is nearer`);
    }
  } else if (towardsZero) {
    assert.equal(direction > 0, negative, `${what}: away from zero`);
    assert.equal(order(outward(result, f), exact) > 0, !negative, `${what}: not the last before it`);
  } else {
    assert.equal(direction > 0, !negative, `${what}: towards zero`);
    assert.equal(order(inward(result, f), exact) > 0, negative, `${what}: not the first after it`);
  }
}

const times = (a: Rational, b: Rational): Rational => ({
  numerator: (a.numerator * b.numerator) >> SCALE,
  denominator: 1n,
});
const plus = (a: Rational, b: Rational): Rational => ({
  numerator: a.numerator + b.numerator,
  denominator: 1n,
});

describe('floating-point arithmetic against exact numbers', () => {
  for (const f of [SINGLE, DOUBLE]) {
    const random = seededRandom(f.bits);
    const word = (): bigint => (BigInt(random()) << 32n) | BigInt(random());
    /** A finite number, mostly not far from 1, so that sums meet; and so that products fit SCALE. */
    const number = (): bigint => {
      const bias = f.exponentMask >> 1n;
      const spread = BigInt(random() % 7 === 0 ? 60 : 4);
      const exponent = bias + (word() % (2n * spread)) - spread;
      const fraction = random() & 1 ? word() & f.fractionMask : (word() & 7n) << (f.fractionBits - 3n);
      return (random() & 1 ? f.sign : 0n) | (exponent << f.fractionBits) | fraction;
    };
    const operations: Readonly<
      Record<string, (a: bigint, b: bigint, c: bigint, fpscr: number) => readonly [bigint, Rational, number]>
    > = {
      sum: (a, b, _, fpscr) => {
        const env = environmentOf(fpscr);
        return [add(a, b, f, env), plus(exactly(a, f), exactly(b, f)), env.flags];
      },
      product: (a, b, _, fpscr) => {
        const env = environmentOf(fpscr);
        return [multiply(a, b, f, env), times(exactly(a, f), exactly(b, f)), env.flags];
      },
      quotient: (a, b, _, fpscr) => {
        const env = environmentOf(fpscr);
        const divisor = exactly(b, f).numerator;
        const numerator = (exactly(a, f).numerator << SCALE) * (divisor < 0n ? -1n : 1n);
        const exact = { numerator, denominator: divisor < 0n ? -divisor : divisor };
        return [divide(a, b, f, env), exact, env.flags];
      },
      'fused product and sum': (a, b, c, fpscr) => {
        const env = environmentOf(fpscr);
        const exact = plus(times(exactly(b, f), exactly(c, f)), exactly(a, f));
        return [multiplyAdd(a, b, c, f, env), exact, env.flags];
      },
    };
    for (const [name, operation] of Object.entries(operations))
      it(`${f.bits} bits: ${name}`, () => {
        for (let i = 0; i < 2000; i++) {
          const rounding = (i & 3) as Rounding;
          const [a, b, c] = [number(), number(), number()];
          const [result, exact, flags] = operation(a, b, c, rounding << 22);
          const what = `${name} of ${a.toString(16)}, ${b.toString(16)}, ${c.toString(16)}, rounding ${rounding}`;
          assert.ok(isFinite(result, f), what);
          assertRounded(result, exact, rounding, f, what);
          const inexact = order(exactly(result, f), exact) !== 0;
          assert.equal(flags, inexact ? Exception.Inexact : 0, `${what}: flags`);
        }
      });
    it(`${f.bits} bits: square root`, () => {
      for (let i = 0; i < 2000; i++) {
        const a = number() & (f.sign - 1n);
        const env = environmentOf(Rounding.Zero << 22);
        const root = squareRoot(a, f, env);
        const target = exactly(a, f).numerator << SCALE;
        assert.ok(exactly(root, f).numerator ** 2n <= target, a.toString(16));
        assert.ok(exactly(root + 1n, f).numerator ** 2n > target, a.toString(16));
      }
    });
  }
});
