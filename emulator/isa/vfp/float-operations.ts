/** Advanced SIMD on single-precision numbers, in the environment of StandardFPSCRValue (ARM ARM A2.7.5, A2.7.7). */
import { CORE } from '../../state/layout';
import * as float from '../float/arithmetic';
import { convert, fromFixed, toFixed } from '../float/conversion';
import { Exception, Rounding, standardEnvironment, type Environment } from '../float/environment';
import { HALF, infinity, isNaNKind, SINGLE, unpack, zero } from '../float/format';
import { reciprocalEstimate, reciprocalSqrtEstimate } from './integer-operations';
import * as host from '../float/host';
import * as forms from './forms/vector-float-forms';
import type { Form } from './forms/form-builder';
import { HOST_REGISTERS, noteRounding } from './host-registers';
import { generate, lane, setLanes } from './lanes';
import { define, type Operation } from './registers';

/** Operations on 64 and on 128 bits. */
export type Lengths = readonly [number, number];
type Compute = (n: bigint, m: bigint, d: bigint, env: Environment) => bigint;

const ONES = 0xffff_ffffn;
const TWO = 0x4000_0000n;
const THREE = 0x4040_0000n;
const ONE_AND_A_HALF = 0x3fc0_0000n;

function inStandard(s: Int32Array, compute: (env: Environment) => void): void {
  const env = standardEnvironment(s[CORE.FPSCR]);
  compute(env);
  s[CORE.FPSCR] |= env.flags;
}
const lengths = (make: (count: number) => Operation, form?: forms.Lengths<Form>): Lengths => [
  define(make(2), form?.[0]),
  define(make(4), form?.[1]),
];
const at = (s: Int32Array, word: number, i: number): bigint => lane(s, word, 32, i, true);

/** The same on the host's doubles (float/host.ts); NaN where it must be done bit by bit. */
type HostCompute = (n: number, m: number, d: number) => number;
const results = new Float64Array(4);

/** Computes every element on the host, or gives false with nothing changed. `step`: words from one element of M to the next. */
function onHost(
  compute: HostCompute,
  count: number,
  s: Int32Array,
  d: number,
  n: number,
  m: number,
  step: 0 | 1,
): boolean {
  const { get, set } = HOST_REGISTERS.single;
  host.beginSteps();
  for (let i = 0; i < count; i++) {
    const result = compute(get(s, n + i), get(s, m + i * step), get(s, d + i));
    if (result !== result) return false;
    results[i] = result;
  }
  for (let i = 0; i < count; i++) set(s, d + i, results[i]!);
  noteRounding(s);
  return true;
}
const REFUSE: HostCompute = () => NaN;

const lanewise = (compute: Compute, form?: forms.Lengths<Form>, hostCompute = REFUSE): Lengths =>
  lengths(
    (count) => (s, d, n, m) => {
      if (onHost(hostCompute, count, s, d, n, m, 1)) return;
      inStandard(s, (env) => {
        setLanes(s, d, 32, generate(count, (i) => compute(at(s, n, i), at(s, m, i), at(s, d, i), env))); // prettier-ignore
      });
    },
    form,
  );
/** With one element for M: `m` is its word. */
const byScalar = (compute: Compute, form: forms.Lengths<Form>, hostCompute: HostCompute): Lengths =>
  lengths(
    (count) => (s, d, n, m) => {
      if (onHost(hostCompute, count, s, d, n, m, 0)) return;
      inStandard(s, (env) => {
        const scalar = at(s, m, 0);
        setLanes(s, d, 32, generate(count, (i) => compute(at(s, n, i), scalar, at(s, d, i), env))); // prettier-ignore
      });
    },
    form,
  );
const pairwise = (compute: Compute, form: forms.Lengths<Form>): Lengths =>
  lengths(
    () => (s, d, n, m) => {
      inStandard(s, (env) => {
        setLanes(s, d, 32, generate(2, (i) => compute(at(s, i ? m : n, 0), at(s, i ? m : n, 1), 0n, env))); // prettier-ignore
      });
    },
    form,
  );

const add: Compute = (n, m, _, env) => float.add(n, m, SINGLE, env);
const subtract: Compute = (n, m, _, env) => float.subtract(n, m, SINGLE, env);
const multiply: Compute = (n, m, _, env) => float.multiply(n, m, SINGLE, env);
const multiplyAdd: Compute = (n, m, d, env) => float.add(d, float.multiply(n, m, SINGLE, env), SINGLE, env);
const multiplySubtract: Compute = (n, m, d, env) =>
  float.add(d, float.negate(float.multiply(n, m, SINGLE, env), SINGLE), SINGLE, env);
const absolute = (a: bigint): bigint => float.absolute(a, SINGLE);

const { SINGLE_STEPS: steps } = host;
const hostAdd: HostCompute = (n, m) => steps.add(n, m);
const hostSubtract: HostCompute = (n, m) => steps.add(n, -m);
const hostMultiply: HostCompute = (n, m) => steps.multiply(n, m);
const hostMultiplyAdd: HostCompute = (n, m, d) => steps.add(d, steps.multiply(n, m));
const hostMultiplySubtract: HostCompute = (n, m, d) => steps.add(d, -steps.multiply(n, m));

type Relation = 'eq' | 'ge' | 'gt' | 'le' | 'lt';
/** All ones where the relation holds. A quiet NaN is invalid in all of them but equality. */
function related(relation: Relation, n: bigint, m: bigint, env: Environment): bigint {
  const nzcv = float.compare(n, m, relation !== 'eq', SINGLE, env);
  const holds = {
    eq: nzcv === 0b0110,
    ge: nzcv === 0b0110 || nzcv === 0b0010,
    gt: nzcv === 0b0010,
    le: nzcv === 0b0110 || nzcv === 0b1000,
    lt: nzcv === 0b1000,
  };
  return holds[relation] ? ONES : 0n;
}
const relation = (which: Relation, form: forms.Lengths<Form>): Lengths =>
  lanewise((n, m, _, env) => related(which, n, m, env), form);
const absoluteRelation = (which: Relation, form: forms.Lengths<Form>): Lengths =>
  lanewise((n, m, _, env) => related(which, absolute(n), absolute(m), env), form);
const relationToZero = (which: Relation, form: forms.Lengths<Form>): Lengths =>
  lanewise((_, m, __, env) => related(which, m, 0n, env), form);

/** True of infinity times zero, the operands of which are looked at as the arithmetic would see them. */
function infinityByZero(n: bigint, m: bigint, env: Environment): boolean {
  const flags = env.flags;
  const x = unpack(n, SINGLE, env).kind;
  const y = unpack(m, SINGLE, env).kind;
  const found = (x === 'infinity' && y === 'zero') || (x === 'zero' && y === 'infinity');
  if (!found) env.flags = flags;
  return found;
}
/** FPRecipStep. */
const reciprocalStep: Compute = (n, m, _, env) =>
  infinityByZero(n, m, env) ? TWO : float.subtract(TWO, float.multiply(n, m, SINGLE, env), SINGLE, env);
/** FPRSqrtStep. */
const reciprocalSqrtStep: Compute = (n, m, _, env) => {
  if (infinityByZero(n, m, env)) return ONE_AND_A_HALF;
  const difference = float.subtract(THREE, float.multiply(n, m, SINGLE, env), SINGLE, env);
  return float.divide(difference, TWO, SINGLE, env);
};

/** FPRecipEstimate. */
function recipEstimate(a: bigint, env: Environment): bigint {
  const x = unpack(a, SINGLE, env);
  if (isNaNKind(x)) return float.processNaN(a, x, SINGLE, env);
  if (x.kind === 'infinity') return zero(SINGLE, x.negative);
  if (x.kind === 'zero') {
    env.flags |= Exception.DivisionByZero;
    return infinity(SINGLE, x.negative);
  }
  const exponent = Number((a >> 23n) & 0xffn);
  // From 2^126 on the result is denormal.
  if (exponent >= 253) {
    env.flags |= Exception.Underflow;
    return zero(SINGLE, x.negative);
  }
  const estimate = reciprocalEstimate(256 | Number((a >> 15n) & 0xffn));
  return zero(SINGLE, x.negative) | (BigInt(253 - exponent) << 23n) | (BigInt(estimate & 0xff) << 15n);
}
/** FPRSqrtEstimate. */
function rsqrtEstimate(a: bigint, env: Environment): bigint {
  const x = unpack(a, SINGLE, env);
  if (isNaNKind(x)) return float.processNaN(a, x, SINGLE, env);
  if (x.kind === 'zero') {
    env.flags |= Exception.DivisionByZero;
    return infinity(SINGLE, x.negative);
  }
  if (x.negative) return float.invalid(SINGLE, env);
  if (x.kind === 'infinity') return 0n;
  const exponent = Number((a >> 23n) & 0xffn);
  const scaled = exponent & 1 ? 128 | Number((a >> 16n) & 0x7fn) : 256 | Number((a >> 15n) & 0xffn);
  const estimate = reciprocalSqrtEstimate(scaled);
  return (BigInt((380 - exponent) >> 1) << 23n) | (BigInt(estimate & 0xff) << 15n);
}

export const FLOAT_THREE = {
  vadd: lanewise(add, forms.FLOAT_THREE_FORMS.vadd, hostAdd),
  vsub: lanewise(subtract, forms.FLOAT_THREE_FORMS.vsub, hostSubtract),
  vmul: lanewise(multiply, forms.FLOAT_THREE_FORMS.vmul, hostMultiply),
  vmla: lanewise(multiplyAdd, forms.FLOAT_THREE_FORMS.vmla, hostMultiplyAdd),
  vmls: lanewise(multiplySubtract, forms.FLOAT_THREE_FORMS.vmls, hostMultiplySubtract),
  vfma: lanewise(
    (n, m, d, env) => float.multiplyAdd(d, n, m, SINGLE, env),
    forms.FLOAT_THREE_FORMS.vfma,
    (n, m, d) => steps.multiplyAdd(d, n, m),
  ),
  vfms: lanewise(
    (n, m, d, env) => float.multiplyAdd(d, float.negate(n, SINGLE), m, SINGLE, env),
    forms.FLOAT_THREE_FORMS.vfms,
    (n, m, d) => steps.multiplyAdd(d, -n, m),
  ),
  vabd: lanewise(
    (n, m, d, env) => absolute(subtract(n, m, d, env)),
    forms.FLOAT_THREE_FORMS.vabd,
    (n, m) => Math.abs(steps.add(n, -m)),
  ),
  vmax: lanewise((n, m, _, env) => float.maximum(n, m, true, SINGLE, env), forms.FLOAT_THREE_FORMS.vmax),
  vmin: lanewise((n, m, _, env) => float.maximum(n, m, false, SINGLE, env), forms.FLOAT_THREE_FORMS.vmin),
  vceq: relation('eq', forms.FLOAT_THREE_FORMS.vceq),
  vcge: relation('ge', forms.FLOAT_THREE_FORMS.vcge),
  vcgt: relation('gt', forms.FLOAT_THREE_FORMS.vcgt),
  vacge: absoluteRelation('ge', forms.FLOAT_THREE_FORMS.vacge),
  vacgt: absoluteRelation('gt', forms.FLOAT_THREE_FORMS.vacgt),
  vrecps: lanewise(reciprocalStep, forms.FLOAT_THREE_FORMS.vrecps),
  vrsqrts: lanewise(reciprocalSqrtStep, forms.FLOAT_THREE_FORMS.vrsqrts),
  vpadd: pairwise(add, forms.FLOAT_THREE_FORMS.vpadd),
  vpmax: pairwise((n, m, _, env) => float.maximum(n, m, true, SINGLE, env), forms.FLOAT_THREE_FORMS.vpmax),
  vpmin: pairwise((n, m, _, env) => float.maximum(n, m, false, SINGLE, env), forms.FLOAT_THREE_FORMS.vpmin),
} as const;

export const FLOAT_BY_SCALAR = {
  vmla: byScalar(multiplyAdd, forms.FLOAT_BY_SCALAR_FORMS.vmla, hostMultiplyAdd),
  vmls: byScalar(multiplySubtract, forms.FLOAT_BY_SCALAR_FORMS.vmls, hostMultiplySubtract),
  vmul: byScalar(multiply, forms.FLOAT_BY_SCALAR_FORMS.vmul, hostMultiply),
} as const;

export const FLOAT_TWO = {
  vcgt0: relationToZero('gt', forms.FLOAT_TWO_FORMS.vcgt0),
  vcge0: relationToZero('ge', forms.FLOAT_TWO_FORMS.vcge0),
  vceq0: relationToZero('eq', forms.FLOAT_TWO_FORMS.vceq0),
  vcle0: relationToZero('le', forms.FLOAT_TWO_FORMS.vcle0),
  vclt0: relationToZero('lt', forms.FLOAT_TWO_FORMS.vclt0),
  vabs: lanewise((_, m) => absolute(m), forms.FLOAT_TWO_FORMS.vabs),
  vneg: lanewise((_, m) => float.negate(m, SINGLE), forms.FLOAT_TWO_FORMS.vneg),
  vrecpe: lanewise((_, m, __, env) => recipEstimate(m, env)),
  vrsqrte: lanewise((_, m, __, env) => rsqrtEstimate(m, env)),
} as const;

/** Conversions with n bits of fraction (0 for integers), by sign. */
const fromInteger = (unsigned: boolean): Lengths =>
  lengths(
    (count) => (s, d, n, m) => {
      inStandard(s, (env) => {
        setLanes(s, d, 32, generate(count, (i) => fromFixed(lane(s, m, 32, i, unsigned), n, SINGLE, env))); // prettier-ignore
      });
    },
    forms.fromIntegerForms(unsigned),
  );
const toInteger = (unsigned: boolean): Lengths =>
  lengths(
    (count) => (s, d, n, m) => {
      inStandard(s, (env) => {
        const one = (i: number): bigint => toFixed(at(s, m, i), SINGLE, 32, n, unsigned, Rounding.Zero, env);
        setLanes(s, d, 32, generate(count, one)); // prettier-ignore
      });
    },
    forms.toIntegerForms(unsigned),
  );
export const FROM_INTEGER: readonly [Lengths, Lengths] = [fromInteger(false), fromInteger(true)];
export const TO_INTEGER: readonly [Lengths, Lengths] = [toInteger(false), toInteger(true)];

/** VCVT (between half-precision and single-precision): four elements. */
export const TO_HALF = define((s, d, _, m) => {
  inStandard(s, (env) => {
    setLanes(s, d, 16, generate(4, (i) => convert(at(s, m, i), SINGLE, HALF, env))); // prettier-ignore
  });
});
export const FROM_HALF = define((s, d, _, m) => {
  inStandard(s, (env) => {
    setLanes(s, d, 32, generate(4, (i) => convert(lane(s, m, 16, i, true), HALF, SINGLE, env))); // prettier-ignore
  });
});
