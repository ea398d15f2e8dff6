// What arithmetic on the host's doubles gives, when it gives anything, is what the bit-by-bit functions give.
import assert from 'node:assert/strict';
import * as exact from '../../../../emulator/isa/float/arithmetic';
import { convert, fromFixed, toFixed } from '../../../../emulator/isa/float/conversion';
import { environmentOf, Exception, FPSCR, Rounding } from '../../../../emulator/isa/float/environment';
import { DOUBLE, SINGLE, type Format } from '../../../../emulator/isa/float/format';
import * as host from '../../../../emulator/isa/float/host';
import { seededRandom } from '../../../../emulator/isa/random';

const COUNT = process.env['WORLDSWITCH_LONG'] === '1' ? 3_000_000 : 30_000;
const random = seededRandom(11);

const toHost = (bits: bigint, f: Format): number =>
  f === SINGLE
    ? host.singleOf(Number(BigInt.asIntN(32, bits)))
    : host.doubleOf(Number(BigInt.asIntN(32, bits)), Number(BigInt.asIntN(32, bits >> 32n)));
const fromHost = (value: number, f: Format): bigint => {
  if (f === SINGLE) return BigInt(host.singleBits(value) >>> 0);
  const low = host.lowBits(value) >>> 0;
  return (BigInt(host.highBits() >>> 0) << 32n) | BigInt(low);
};

/** Numbers at which arithmetic goes wrong: few bits set, near each other, at the ends of the range, anything. */
function operand(f: Format, near?: bigint): bigint {
  const wide = (BigInt(random()) << 32n) | BigInt(random());
  const anything = BigInt.asUintN(f.bits, wide);
  switch (random() % 6) {
    case 0:
      return anything;
    case 1: {
      // A moderate exponent, few bits of fraction.
      const bias = BigInt(2 ** (f.bits === 32 ? 7 : 10) - 1);
      const exponent = bias + BigInt((random() % 60) - 30);
      const fraction = (BigInt(random() % 64) << f.fractionBits) >> 6n;
      return (anything & f.sign) | (exponent << f.fractionBits) | fraction;
    }
    case 2:
      return near === undefined ? anything : near ^ BigInt(random() % 8) ^ (anything & f.sign);
    case 3: {
      const bias = BigInt(2 ** (f.bits === 32 ? 7 : 10) - 1);
      return (anything & (f.sign | f.fractionMask)) | ((bias + BigInt((random() % 9) - 4)) << f.fractionBits);
    }
    case 4:
      return (anything & f.sign) | (BigInt(random() % 3) << f.fractionBits) | BigInt(random() % 4);
    default:
      return (anything & f.sign) | (f.infinity - BigInt(random() % 4) * (1n << (f.fractionBits - 1n)));
  }
}

const NEAREST = environmentOf(0);
function check(
  f: Format,
  onHost: (x: number, y: number, z: number, steps: host.HostSteps) => number,
  bitByBit: (a: bigint, b: bigint, c: bigint, env: ReturnType<typeof environmentOf>) => bigint,
  least: number,
): void {
  const steps = f === SINGLE ? host.SINGLE_STEPS : host.DOUBLE_STEPS;
  let done = 0;
  for (let i = 0; i < COUNT; i++) {
    const a = operand(f);
    const b = operand(f, a);
    // The third number may take away nearly all of the product of the others.
    const product = toHost(a, f) * toHost(b, f);
    const cancels = random() % 4 === 0 && Math.abs(product) < Infinity;
    const c = cancels ? fromHost(f === SINGLE ? -Math.fround(product) : -product, f) : operand(f, b);
    host.beginSteps();
    const result = onHost(toHost(a, f), toHost(b, f), toHost(c, f), steps);
    if (result !== result) continue;
    done++;
    const env = environmentOf(random() & 1 ? 0 : FPSCR.FZ | FPSCR.DN);
    const expected = bitByBit(a, b, c, env);
    const what = `${a.toString(16)}, ${b.toString(16)}, ${c.toString(16)}`;
    assert.equal(fromHost(result, f).toString(16), expected.toString(16), what);
    assert.equal(host.wasRounded() ? Exception.Inexact : 0, env.flags, `${what}: exceptions`);
  }
  assert.ok(done > COUNT * least, `the host did ${done} of ${COUNT}`);
}

describe('float: arithmetic on the host', function () {
  this.timeout(600_000);

  for (const [name, f] of [
    ['single', SINGLE],
    ['double', DOUBLE],
  ] as const) {
    const { add, multiply, divide, squareRoot, multiplyAdd, negate } = exact;
    it(`${name}: add`, () =>
      check(
        f,
        (x, y, _, h) => h.add(x, y),
        (a, b, _, env) => add(a, b, f, env),
        0.3,
      ));
    it(`${name}: subtract`, () =>
      check(
        f,
        (x, y, _, h) => h.add(x, -y),
        (a, b, _, env) => exact.subtract(a, b, f, env),
        0.3,
      ));
    it(`${name}: multiply`, () =>
      check(
        f,
        (x, y, _, h) => h.multiply(x, y),
        (a, b, _, env) => multiply(a, b, f, env),
        0.2,
      ));
    it(`${name}: divide`, () =>
      check(
        f,
        (x, y, _, h) => h.divide(x, y),
        (a, b, _, env) => divide(a, b, f, env),
        0.2,
      ));
    it(`${name}: square root`, () =>
      check(
        f,
        (x, _, __, h) => h.squareRoot(x),
        (a, _, __, env) => squareRoot(a, f, env),
        0.2,
      ));
    it(`${name}: multiply, then subtract from a third`, () =>
      check(
        f,
        (x, y, z, h) => h.add(z, -h.multiply(x, y)),
        (a, b, c, env) => add(c, negate(multiply(a, b, f, env), f), f, env),
        0.1,
      ));
    it(`${name}: multiply and add with one rounding`, () =>
      check(
        f,
        (x, y, z, h) => h.multiplyAdd(z, x, y),
        (a, b, c, env) => multiplyAdd(c, a, b, f, env),
        0.05,
      ));

    it(`${name}: compare`, () => {
      for (let i = 0; i < COUNT; i++) {
        const a = operand(f);
        const b = operand(f, a);
        const nzcv = host.hostCompare(toHost(a, f), toHost(b, f));
        if (nzcv >= 0) assert.equal(nzcv, exact.compare(a, b, true, f, { ...NEAREST }));
      }
    });

    it(`${name}: to integers and from them`, () => {
      for (let i = 0; i < COUNT; i++) {
        const a = operand(f);
        const unsigned = (random() & 1) !== 0;
        host.beginSteps();
        const whole = host.toInteger(toHost(a, f), unsigned);
        if (whole === whole) {
          const env = environmentOf(0);
          const expected = toFixed(a, f, 32, 0, unsigned, Rounding.Zero, env);
          assert.equal(BigInt(whole >>> 0), expected);
          assert.equal(host.wasRounded() ? Exception.Inexact : 0, env.flags);
        }
        const value = unsigned ? random() >>> (random() % 32) : random() >> (random() % 32);
        const env = environmentOf(0);
        host.beginSteps();
        const back = f === SINGLE ? host.integerToSingle(value) : value;
        assert.equal(fromHost(back, f), fromFixed(BigInt(value), 0, f, env));
        assert.equal(host.wasRounded() ? Exception.Inexact : 0, env.flags);
      }
    });
  }

  it('double to single and back', () => {
    for (let i = 0; i < COUNT; i++) {
      const a = operand(DOUBLE);
      host.beginSteps();
      const value = host.doubleToSingle(toHost(a, DOUBLE));
      if (value !== value) continue;
      const env = environmentOf(0);
      assert.equal(fromHost(value, SINGLE), convert(a, DOUBLE, SINGLE, env));
      assert.equal(host.wasRounded() ? Exception.Inexact : 0, env.flags);
      assert.equal(fromHost(value, DOUBLE), convert(fromHost(value, SINGLE), SINGLE, DOUBLE, env));
    }
  });
});
