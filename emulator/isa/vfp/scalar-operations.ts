/** VFP data processing (ARM ARM A7.5) on words of the D registers, by precision. */
import { CORE } from '../../state/layout';
import * as float from '../float/arithmetic';
import { convert, fromFixed, toFixed } from '../float/conversion';
import { Rounding, rounded, type Environment } from '../float/environment';
import { DOUBLE, HALF, SINGLE, type Format } from '../float/format';
import * as host from '../float/host';
import * as forms from './forms/scalar-forms';
import { HOST_REGISTERS, hostMayCompute, noteRounding, type HostRegister } from './host-registers';
import type { Form } from './forms/form-builder';
import { define, double, inEnvironment, setDouble, setSingle, single, type Operation } from './registers';

/** One precision: its format and how its registers are read and written. */
export interface Precision {
  readonly f: Format;
  readonly get: (s: Int32Array, word: number) => bigint;
  readonly set: (s: Int32Array, word: number, value: bigint) => void;
  /** The same for arithmetic on the host's doubles. */
  readonly steps: host.HostSteps;
  readonly register: HostRegister;
}
export const PRECISIONS: readonly [Precision, Precision] = [
  { f: SINGLE, get: single, set: setSingle, steps: host.SINGLE_STEPS, register: HOST_REGISTERS.single },
  { f: DOUBLE, get: double, set: setDouble, steps: host.DOUBLE_STEPS, register: HOST_REGISTERS.double },
];

type Both = readonly [number, number];
/** The form of an operation in one precision. */
type FormOf = (p: (typeof forms.PRECISION_OF)[number]) => Form;
const each = (make: (p: Precision) => Operation, form?: FormOf): Both => {
  const one = (double: 0 | 1): number => define(make(PRECISIONS[double]), form?.(forms.PRECISION_OF[double]));
  return [one(0), one(1)];
};

type Three = (d: bigint, n: bigint, m: bigint, f: Format, env: Environment) => bigint;
/** The same computation on the host's doubles; NaN where it must be done bit by bit. */
type HostThree = (d: number, n: number, m: number, steps: host.HostSteps) => number;
/** D := compute(D, N, M). */
const three = (compute: Three, onHost: HostThree, form: FormOf): Both =>
  each(
    (p) => (s, d, n, m) => {
      if (hostMayCompute(s)) {
        const { get, set } = p.register;
        host.beginSteps();
        const result = onHost(get(s, d), get(s, n), get(s, m), p.steps);
        if (result === result) {
          set(s, d, result);
          noteRounding(s);
          return;
        }
      }
      inEnvironment(s, (env) => p.set(s, d, compute(p.get(s, d), p.get(s, n), p.get(s, m), p.f, env)));
    },
    form,
  );
const { add, subtract, multiply, divide, multiplyAdd, negate, squareRoot, compare } = float;

/** Operations by name; of each pair the first is single, the second double precision. */
export const ARITHMETIC = {
  vadd: three(
    (_, n, m, f, env) => add(n, m, f, env),
    (_, n, m, h) => h.add(n, m),
    forms.ARITHMETIC_FORMS.vadd,
  ),
  vsub: three(
    (_, n, m, f, env) => subtract(n, m, f, env),
    (_, n, m, h) => h.add(n, -m),
    forms.ARITHMETIC_FORMS.vsub,
  ),
  vmul: three(
    (_, n, m, f, env) => multiply(n, m, f, env),
    (_, n, m, h) => h.multiply(n, m),
    forms.ARITHMETIC_FORMS.vmul,
  ),
  vnmul: three(
    (_, n, m, f, env) => negate(multiply(n, m, f, env), f),
    (_, n, m, h) => -h.multiply(n, m),
    forms.ARITHMETIC_FORMS.vnmul,
  ),
  vdiv: three(
    (_, n, m, f, env) => divide(n, m, f, env),
    (_, n, m, h) => h.divide(n, m),
    forms.ARITHMETIC_FORMS.vdiv,
  ),
  // The accumulator is the first operand of the sum: it is the NaN that wins.
  vmla: three(
    (d, n, m, f, env) => add(d, multiply(n, m, f, env), f, env),
    (d, n, m, h) => h.add(d, h.multiply(n, m)),
    forms.ARITHMETIC_FORMS.vmla,
  ),
  vmls: three(
    (d, n, m, f, env) => add(d, negate(multiply(n, m, f, env), f), f, env),
    (d, n, m, h) => h.add(d, -h.multiply(n, m)),
    forms.ARITHMETIC_FORMS.vmls,
  ),
  vnmla: three(
    (d, n, m, f, env) => {
      const product = negate(multiply(n, m, f, env), f);
      return add(negate(d, f), product, f, env);
    },
    (d, n, m, h) => h.add(-d, -h.multiply(n, m)),
    forms.ARITHMETIC_FORMS.vnmla,
  ),
  vnmls: three(
    (d, n, m, f, env) => {
      const product = multiply(n, m, f, env);
      return add(negate(d, f), product, f, env);
    },
    (d, n, m, h) => h.add(-d, h.multiply(n, m)),
    forms.ARITHMETIC_FORMS.vnmls,
  ),
  vfma: three(
    (d, n, m, f, env) => multiplyAdd(d, n, m, f, env),
    (d, n, m, h) => h.multiplyAdd(d, n, m),
    forms.ARITHMETIC_FORMS.vfma,
  ),
  vfms: three(
    (d, n, m, f, env) => multiplyAdd(d, negate(n, f), m, f, env),
    (d, n, m, h) => h.multiplyAdd(d, -n, m),
    forms.ARITHMETIC_FORMS.vfms,
  ),
  vfnma: three(
    (d, n, m, f, env) => multiplyAdd(negate(d, f), negate(n, f), m, f, env),
    (d, n, m, h) => h.multiplyAdd(-d, -n, m),
    forms.ARITHMETIC_FORMS.vfnma,
  ),
  vfnms: three(
    (d, n, m, f, env) => multiplyAdd(negate(d, f), n, m, f, env),
    (d, n, m, h) => h.multiplyAdd(-d, n, m),
    forms.ARITHMETIC_FORMS.vfnms,
  ),
  vsqrt: three(
    (_, __, m, f, env) => squareRoot(m, f, env),
    (_, __, m, h) => h.squareRoot(m),
    forms.ARITHMETIC_FORMS.vsqrt,
  ),
} as const;

/** D := M with another word that holds the sign. */
const bitwise = (change: (upper: number) => number, form: FormOf): Both => [
  define((s, d, _, m) => void (s[CORE.D + d] = change(s[CORE.D + m])), form(forms.PRECISION_OF[0])),
  define((s, d, _, m) => {
    const upper = change(s[CORE.D + m + 1]);
    s[CORE.D + d] = s[CORE.D + m];
    s[CORE.D + d + 1] = upper;
  }, form(forms.PRECISION_OF[1])),
];
export const MOVES = {
  vmov: bitwise((upper) => upper, forms.MOVE_FORMS.vmov),
  vabs: bitwise((upper) => upper & 0x7fff_ffff, forms.MOVE_FORMS.vabs),
  vneg: bitwise((upper) => upper ^ 0x8000_0000, forms.MOVE_FORMS.vneg),
} as const;

/** VMOV (immediate): n is the upper word, the lower one of a double is 0. */
export const MOVE_IMMEDIATE: Both = [
  define((s, d, n) => void (s[CORE.D + d] = n), forms.MOVE_IMMEDIATE_FORM(forms.PRECISION_OF[0])),
  define((s, d, n) => {
    s[CORE.D + d] = 0;
    s[CORE.D + d + 1] = n;
  }, forms.MOVE_IMMEDIATE_FORM(forms.PRECISION_OF[1])),
];

/** VCMP and VCMPE; n is 1 where a quiet NaN is invalid too. */
function comparison(withZero: boolean): Both {
  return each(
    (p) => (s, d, n, m) => {
      const { get } = p.register;
      let nzcv = host.hostCompare(get(s, d), withZero ? 0 : get(s, m));
      if (nzcv < 0)
        inEnvironment(s, (env) => {
          nzcv = compare(p.get(s, d), withZero ? 0n : p.get(s, m), n !== 0, p.f, env);
        });
      s[CORE.FPSCR] = (s[CORE.FPSCR] & 0x0fff_ffff) | (nzcv << 28);
    },
    forms.comparisonForm(withZero),
  );
}
export const COMPARE = comparison(false);
export const COMPARE_ZERO = comparison(true);

/** Single to double, double to single. */
export const BETWEEN_PRECISIONS: Both = [
  define((s, d, _, m) => {
    const value = HOST_REGISTERS.single.get(s, m);
    if (value === value) HOST_REGISTERS.double.set(s, d, value);
    else inEnvironment(s, (env) => setDouble(s, d, convert(single(s, m), SINGLE, DOUBLE, env)));
  }, forms.BETWEEN_FORMS[0]),
  define((s, d, _, m) => {
    if (hostMayCompute(s)) {
      host.beginSteps();
      const value = host.doubleToSingle(HOST_REGISTERS.double.get(s, m));
      if (value === value) {
        HOST_REGISTERS.single.set(s, d, value);
        noteRounding(s);
        return;
      }
    }
    inEnvironment(s, (env) => setSingle(s, d, convert(double(s, m), DOUBLE, SINGLE, env)));
  }, forms.BETWEEN_FORMS[1]),
];

/** VCVTB, VCVTT; n is the bit of the half: 0 or 16. */
export const HALF_TO_SINGLE = define((s, d, n, m) =>
  inEnvironment(s, (env) => {
    setSingle(s, d, convert((single(s, m) >> BigInt(n)) & 0xffffn, HALF, SINGLE, env));
  }),
);
export const SINGLE_TO_HALF = define((s, d, n, m) =>
  inEnvironment(s, (env) => {
    const half = Number(convert(single(s, m), SINGLE, HALF, env));
    s[CORE.D + d] = (s[CORE.D + d] & ~(0xffff << n)) | (half << n);
  }),
);

/** VCVT and VCVTR to an integer; n: bit 0 unsigned, bit 1 rounds as FPSCR says, else towards zero. */
export const TO_INTEGER: Both = each(
  (p) => (s, d, n, m) => {
    const unsigned = (n & 1) !== 0;
    const asFpscrSays = (n & 2) !== 0;
    if (!asFpscrSays) {
      host.beginSteps();
      const value = host.toInteger(p.register.get(s, m), unsigned);
      if (value === value) {
        s[CORE.D + d] = value;
        noteRounding(s);
        return;
      }
    }
    inEnvironment(s, (env) => {
      const rounding = asFpscrSays ? env.rounding : Rounding.Zero;
      setSingle(s, d, toFixed(p.get(s, m), p.f, 32, 0, unsigned, rounding, env));
    });
  },
  forms.toIntegerForm,
);
/** VCVT from an integer; n is 1 for an unsigned one. */
export const FROM_INTEGER: Both = each(
  (p) => (s, d, n, m) => {
    const word = s[CORE.D + m];
    const value = n ? word >>> 0 : word;
    if (p.f === DOUBLE) {
      p.register.set(s, d, value);
      return;
    }
    if (hostMayCompute(s)) {
      host.beginSteps();
      p.register.set(s, d, host.integerToSingle(value));
      noteRounding(s);
      return;
    }
    inEnvironment(s, (env) => p.set(s, d, fromFixed(BigInt(value), 0, p.f, env)));
  },
  forms.fromIntegerForm,
);

/** Fixed point in the register itself; n is the width in bits, m the bits of fraction and, in bit 8, unsigned. */
export const TO_FIXED: Both = each(
  (p) => (s, d, width, m) =>
    inEnvironment(s, (env) => {
      const unsigned = (m & 0x100) !== 0;
      const value = toFixed(p.get(s, d), p.f, width, m & 0xff, unsigned, Rounding.Zero, env);
      p.set(s, d, unsigned ? value : BigInt.asIntN(width, value));
    }),
);
export const FROM_FIXED: Both = each(
  (p) => (s, d, width, m) =>
    inEnvironment(s, (env) => {
      const bits = p.get(s, d);
      const value = m & 0x100 ? BigInt.asUintN(width, bits) : BigInt.asIntN(width, bits);
      const nearest = rounded(env, Rounding.Nearest);
      p.set(s, d, fromFixed(value, m & 0xff, p.f, nearest));
      env.flags |= nearest.flags;
    }),
);
