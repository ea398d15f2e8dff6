// Semantic functions against the manual's pseudocode, written here a second time in the manual's own terms (integers
// without bounds, bit strings), for the families where a slip hides easily.
import assert from 'node:assert/strict';
import { randomInstruction, seededRandom } from '../../../emulator/isa/random';
import type { Row } from '../../../emulator/isa/row';
import { decode } from '../../../emulator/isa/decoder';
import { evaluate } from './evaluating-builder';
import type { Registers } from './evaluating-builder';

type State = Registers;
type Fields = Readonly<Record<string, number>>;

// --- the manual's functions, over bigint ---
const SInt = (x: bigint, n = 32): bigint => BigInt.asIntN(n, x);
const UInt = (x: bigint, n = 32): bigint => BigInt.asUintN(n, x);
const bits = (x: bigint, high: number, low: number): bigint =>
  (UInt(x, 64) >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n);
function SignedSatQ(i: bigint, n: number): [bigint, boolean] {
  const top = (1n << BigInt(n - 1)) - 1n;
  const bottom = -(1n << BigInt(n - 1));
  return i > top ? [top, true] : i < bottom ? [bottom, true] : [i, false];
}
function UnsignedSatQ(i: bigint, n: number): [bigint, boolean] {
  const top = (1n << BigInt(n)) - 1n;
  return i > top ? [top, true] : i < 0n ? [0n, true] : [i, false];
}
function Shift_C(value: bigint, type: string, amount: number, carry: number): [bigint, number] {
  if (type === 'rrx') return [(BigInt(carry) << 31n) | (value >> 1n), Number(value & 1n)];
  if (amount === 0) return [value, carry];
  const n = BigInt(amount);
  switch (type) {
    case 'lsl':
      return [UInt(value << n), Number(((value << n) >> 32n) & 1n)];
    case 'lsr':
      return [value >> n, Number((value >> (n - 1n)) & 1n)];
    case 'asr':
      return [UInt(SInt(value) >> n), Number((SInt(value) >> (n - 1n)) & 1n)];
    default: {
      const by = BigInt(amount % 32);
      const result = UInt((value >> by) | (value << (32n - by)));
      return [result, Number(result >> 31n)];
    }
  }
}
function AddWithCarry(x: bigint, y: bigint, carry: number): { result: bigint; c: number; v: number } {
  const unsigned = UInt(x) + UInt(y) + BigInt(carry);
  const signed = SInt(x) + SInt(y) + BigInt(carry);
  const result = UInt(unsigned);
  return { result, c: result === unsigned ? 0 : 1, v: SInt(result) === signed ? 0 : 1 };
}

const SHIFTS = ['lsl', 'lsr', 'asr', 'ror'];
function immShift(type: number, imm5: number): [string, number] {
  if (imm5 === 0) return type === 0 ? ['lsl', 0] : type === 3 ? ['rrx', 1] : [SHIFTS[type], 32];
  return [SHIFTS[type], imm5];
}

function R(s: State, n: number): bigint {
  return BigInt(s.r[n] >>> 0);
}
function set(s: State, n: number, value: bigint): void {
  s.r[n] = Number(SInt(value));
}

function dataProcessing(
  op: string,
  f: Fields,
  before: State,
  after: State,
  b: bigint,
  carry: number,
  setFlags: boolean,
): void {
  const a = f.n === undefined ? R(before, f.d ?? 0) : R(before, f.n);
  const not = (x: bigint): bigint => UInt(~x);
  const arithmetic: Record<string, () => ReturnType<typeof AddWithCarry>> = {
    add: () => AddWithCarry(a, b, 0),
    cmn: () => AddWithCarry(a, b, 0),
    sub: () => AddWithCarry(a, not(b), 1),
    cmp: () => AddWithCarry(a, not(b), 1),
    rsb: () => AddWithCarry(not(a), b, 1),
    adc: () => AddWithCarry(a, b, before.c),
    sbc: () => AddWithCarry(a, not(b), before.c),
    rsc: () => AddWithCarry(not(a), b, before.c),
  };
  const logical: Record<string, () => bigint> = {
    and: () => a & b,
    tst: () => a & b,
    eor: () => a ^ b,
    teq: () => a ^ b,
    orr: () => a | b,
    bic: () => a & not(b),
    orn: () => a | not(b),
    mov: () => b,
    mvn: () => not(b),
  };
  let result: bigint;
  let c = carry;
  let v = before.v;
  if (op in arithmetic) ({ result, c, v } = arithmetic[op]());
  else result = logical[op]();
  if (setFlags) {
    after.n = Number(bits(result, 31, 31));
    after.z = result === 0n ? 1 : 0;
    after.c = c;
    after.v = v;
  }
  if (!['tst', 'teq', 'cmp', 'cmn'].includes(op)) set(after, f.d, result);
}

const half = (x: bigint, top: number): bigint => SInt(x >> (top ? 16n : 0n), 16);
function fits(s: State, value: bigint): void {
  if (SInt(value) !== value) s.q = 1;
}

function multiplies(row: Row, f: Fields, before: State, after: State): boolean {
  const n = f.n === undefined ? 0n : R(before, f.n);
  // MUL T1: Rdm is the second operand too, and the flags are set outside IT blocks.
  const narrow = row.name === 'MUL T1';
  const m = narrow ? R(before, f.d) : f.m === undefined ? 0n : R(before, f.m);
  const setFlags = narrow || f.S === 1;
  const a = f.a === undefined ? 0n : SInt(R(before, f.a));
  const name = row.name.replace(/ [AT]\d$/, '');
  const both = f.h === undefined || f.l === undefined ? 0n : (R(before, f.h) << 32n) | R(before, f.l);
  const long = (value: bigint): void => {
    set(after, f.l, value);
    set(after, f.h, value >> 32n);
    if (f.S) {
      after.n = Number(bits(value, 63, 63));
      after.z = UInt(value, 64) === 0n ? 1 : 0;
    }
  };
  const word = (value: bigint): void => {
    set(after, f.d, value);
    if (setFlags) {
      after.n = Number(bits(value, 31, 31));
      after.z = UInt(value) === 0n ? 1 : 0;
    }
  };
  const dual = (subtract: boolean): bigint => {
    const other = f.M ? UInt((m >> 16n) | (m << 16n)) : m;
    const first = half(n, 0) * half(other, 0);
    const second = half(n, 1) * half(other, 1);
    return subtract ? first - second : first + second;
  };
  const accumulate = (value: bigint): void => {
    fits(after, value);
    word(value);
  };
  const round = f.R ? 0x8000_0000n : 0n;
  const steps: Record<string, () => void> = {
    MUL: () => word(n * m),
    MLA: () => word(n * m + a),
    MLS: () => word(a - n * m),
    UMULL: () => long(n * m),
    UMLAL: () => long(n * m + both),
    SMULL: () => long(SInt(n) * SInt(m)),
    SMLAL: () => long(SInt(n) * SInt(m) + SInt(both, 64)),
    UMAAL: () => long(n * m + R(before, f.h) + R(before, f.l)),
    'SMULBB, SMULBT, SMULTB, SMULTT': () => word(half(n, f.x) * half(m, f.y)),
    'SMLABB, SMLABT, SMLATB, SMLATT': () => accumulate(half(n, f.x) * half(m, f.y) + a),
    'SMULWB, SMULWT': () => word((SInt(n) * half(m, f.y)) >> 16n),
    'SMLAWB, SMLAWT': () => accumulate((SInt(n) * half(m, f.y) + (a << 16n)) >> 16n),
    'SMLALBB, SMLALBT, SMLALTB, SMLALTT': () => long(half(n, f.x) * half(m, f.y) + SInt(both, 64)),
    SMUAD: () => accumulate(dual(false)),
    SMUSD: () => word(dual(true)),
    SMLAD: () => accumulate(dual(false) + a),
    SMLSD: () => accumulate(dual(true) + a),
    SMLALD: () => long(dual(false) + SInt(both, 64)),
    SMLSLD: () => long(dual(true) + SInt(both, 64)),
    SMMUL: () => word((SInt(n) * SInt(m) + round) >> 32n),
    SMMLA: () => word(((a << 32n) + SInt(n) * SInt(m) + round) >> 32n),
    SMMLS: () => word(((a << 32n) - SInt(n) * SInt(m) + round) >> 32n),
    SDIV: () => word(m === 0n ? 0n : SInt(n) / SInt(m)),
    UDIV: () => word(m === 0n ? 0n : n / m),
  };
  if (steps[name] === undefined) return false;
  steps[name]();
  return true;
}

function media(row: Row, f: Fields, before: State, after: State): boolean {
  const name = row.name.replace(/ (\(.*\) )?[AT]\d$/, '');
  const n = f.n === undefined ? 0n : R(before, f.n);
  const m = f.m === undefined ? 0n : R(before, f.m);
  const parallel = /^(S|Q|SH|U|UQ|UH)(ADD16|ASX|SAX|SUB16|ADD8|SUB8)$/.exec(name);
  if (parallel !== null) {
    const [, prefix, op] = parallel;
    const width = op.endsWith('8') ? 8 : 16;
    const signed = !prefix.startsWith('U');
    const take = (x: bigint, i: number): bigint => {
      const lane = bits(x, width * i + width - 1, width * i);
      return signed ? SInt(lane, width) : lane;
    };
    let result = 0n;
    let ge = 0;
    for (let i = 0; i < 32 / width; i++) {
      const crossed = op === 'ASX' || op === 'SAX';
      const subtract = op.startsWith('SUB') || (op === 'ASX' && i === 0) || (op === 'SAX' && i === 1);
      const x = take(n, i);
      const y = take(m, crossed ? 1 - i : i);
      const sum = subtract ? x - y : x + y;
      let lane = sum;
      if (prefix === 'Q') [lane] = SignedSatQ(sum, width);
      if (prefix === 'UQ') [lane] = UnsignedSatQ(sum, width);
      if (prefix === 'SH' || prefix === 'UH') lane = sum >> 1n;
      result |= UInt(lane, width) << BigInt(width * i);
      const set = signed || subtract ? sum >= 0n : sum >= 1n << BigInt(width);
      if (set) ge |= width === 16 ? 3 << (2 * i) : 1 << i;
    }
    if (prefix === 'S' || prefix === 'U') after.ge = ge;
    set(after, f.d, result);
    return true;
  }
  const q = (value: bigint, sat: typeof SignedSatQ, size: number): bigint => {
    const [result, saturated] = sat(value, size);
    if (saturated) after.q = 1;
    return result;
  };
  const bytes = [0, 1, 2, 3];
  const extend = /^(S|U)XT(A?)(B16|B|H)$/.exec(name);
  if (extend !== null) {
    const [, sign, accumulate, size] = extend;
    const rotation = BigInt((f.r ?? 0) * 8);
    const rotated = UInt((m >> rotation) | (m << (32n - rotation)));
    const width = size === 'H' ? 16 : 8;
    const take = (x: bigint): bigint => (sign === 'S' ? SInt(x, width) : UInt(x, width));
    if (size === 'B16') {
      const low = take(rotated) + (accumulate ? UInt(n, 16) : 0n);
      const high = take(rotated >> 16n) + (accumulate ? n >> 16n : 0n);
      set(after, f.d, (UInt(high, 16) << 16n) | UInt(low, 16));
    } else set(after, f.d, take(rotated) + (accumulate ? n : 0n));
    return true;
  }
  const reverse = (x: bigint, size: number, count: number): bigint => {
    let result = 0n;
    for (let i = 0; i < count; i++)
      result |= bits(x, size * i + size - 1, size * i) << BigInt(size * (count - 1 - i));
    return result;
  };
  const saturatedShift = (): bigint => {
    const [value] = Shift_C(n, f.h ? 'asr' : 'lsl', f.h && f.i === 0 ? 32 : f.i, 0);
    return SInt(value);
  };
  const field = (1n << BigInt((f.w ?? 0) - (f.l ?? 0) + 1 > 0 ? (f.w ?? 0) - (f.l ?? 0) + 1 : 0)) - 1n;
  const steps: Record<string, () => bigint> = {
    QADD: () => q(SInt(m) + SInt(n), SignedSatQ, 32),
    QSUB: () => q(SInt(m) - SInt(n), SignedSatQ, 32),
    QDADD: () => q(SInt(m) + q(2n * SInt(n), SignedSatQ, 32), SignedSatQ, 32),
    QDSUB: () => q(SInt(m) - q(2n * SInt(n), SignedSatQ, 32), SignedSatQ, 32),
    SEL: () =>
      bytes.reduce(
        (all, i) => all | (bits((before.ge >> i) & 1 ? n : m, 8 * i + 7, 8 * i) << BigInt(8 * i)),
        0n,
      ),
    USAD8: () => difference(),
    USADA8: () => difference() + R(before, f.a),
    PKH: () => {
      const [value] = Shift_C(m, f.h ? 'asr' : 'lsl', f.h && f.i === 0 ? 32 : f.i, 0);
      return f.h ? (n & 0xffff_0000n) | (value & 0xffffn) : (n & 0xffffn) | (value & 0xffff_0000n);
    },
    CLZ: () => BigInt(m === 0n ? 32 : 32 - m.toString(2).length),
    REV: () => reverse(m, 8, 4),
    REV16: () => (reverse(m >> 16n, 8, 2) << 16n) | reverse(m, 8, 2),
    REVSH: () => SInt(reverse(m, 8, 2), 16),
    RBIT: () => reverse(m, 1, 32),
    SSAT: () => q(saturatedShift(), SignedSatQ, f.s + 1),
    USAT: () => q(saturatedShift(), UnsignedSatQ, f.s),
    SSAT16: () =>
      (UInt(q(half(n, 1), SignedSatQ, f.s + 1), 16) << 16n) | UInt(q(half(n, 0), SignedSatQ, f.s + 1), 16),
    USAT16: () => (q(half(n, 1), UnsignedSatQ, f.s) << 16n) | q(half(n, 0), UnsignedSatQ, f.s),
    SBFX: () => SInt(n >> BigInt(f.l), f.w + 1),
    UBFX: () => UInt(n >> BigInt(f.l), f.w + 1),
    BFC: () => R(before, f.d) & ~(field << BigInt(f.l)),
    BFI: () => (R(before, f.d) & ~(field << BigInt(f.l))) | ((n & field) << BigInt(f.l)),
  };
  function difference(): bigint {
    return bytes.reduce((sum, i) => {
      const x = bits(n, 8 * i + 7, 8 * i) - bits(m, 8 * i + 7, 8 * i);
      return sum + (x < 0n ? -x : x);
    }, 0n);
  }
  if (steps[name] === undefined) return false;
  set(after, f.d, steps[name]());
  return true;
}

const DATA_PROCESSING = new Set(
  'and eor sub rsb add adc sbc rsc tst teq cmp cmn orr mov bic mvn orn lsl lsr asr ror rrx'.split(' '),
);

/** Data-processing with a shifted register, by any of the rows' field letters. */
function shiftedOperations(row: Row, f: Fields, before: State, after: State): boolean {
  const match = /^([A-Z]+) \((register|register-shifted register|immediate)\) [AT]\d$/.exec(row.name);
  const rrx = /^RRX [AT]1$/.test(row.name);
  if (f.d === 15) return false;
  let op = rrx ? 'rrx' : (match?.[1] ?? '').toLowerCase();
  const kind = rrx ? 'immediate' : match?.[2];
  if (!DATA_PROCESSING.has(op)) return false;
  const narrow = decode(f.word, { set: row.set, address: 0, itstate: 0 }).length === 2;
  // 16-bit forms set the flags outside IT blocks (high-register forms never do).
  const setFlags = ['tst', 'teq', 'cmp', 'cmn'].includes(op) || narrow || f.S === 1;
  let value: bigint;
  let carry: number;
  if (SHIFTS.includes(op) || op === 'rrx') {
    if (kind === 'register') {
      const [source, by] = narrow ? [f.d, f.m] : row.set === 'A32' ? [f.m, f.s] : [f.n, f.m];
      [value, carry] = Shift_C(R(before, source), op, Number(R(before, by) & 0xffn), before.c);
    } else {
      const [type, amount] = rrx ? ['rrx', 1] : immShift(SHIFTS.indexOf(op), f.i ?? f.a);
      [value, carry] = Shift_C(R(before, f.m), type, amount, before.c);
    }
    op = 'mov';
  } else if (kind === 'register-shifted register') {
    [value, carry] = Shift_C(R(before, f.m), SHIFTS[f.t], Number(R(before, f.s) & 0xffn), before.c);
  } else if (kind === 'register') {
    const [type, amount] = f.t === undefined ? ['lsl', 0] : immShift(f.t, f.a ?? f.i);
    [value, carry] = Shift_C(R(before, f.m), type, amount, before.c);
  } else return false;
  const highRegisters =
    narrow && /^(ADD|MOV) \(register\) T[12]$/.test(row.name) && (f.word & 0xfc00) === 0x4400;
  dataProcessing(op, f, before, after, value, carry, setFlags && !highRegisters);
  return true;
}

/** What one instruction does to the state, by the row's name; false for rows that this test leaves out. */
const REFERENCES: readonly ((row: Row, f: Fields, before: State, after: State) => boolean)[] = [
  multiplies,
  media,
  shiftedOperations,
];

/** Values that meet the edges often. */
const EDGES = [
  0,
  1,
  -1,
  0x7fff_ffff,
  0x8000_0000 | 0,
  0x7fff_8000,
  0x8000_7fff | 0,
  0x8000_8000 | 0,
  31,
  32,
  33,
  255,
  0xff80_007f | 0,
];

describe('semantic functions against the pseudocode', () => {
  for (const set of ['A32', 'T32'] as const) {
    it(`${set}: multiplies, media and shifted data-processing instructions, 30,000 with random registers`, () => {
      const random = seededRandom(set === 'A32' ? 101 : 202);
      const seen = new Set<string>();
      const arithmetic = (row: Row): boolean =>
        row.semantics.length > 0 && row.feature !== 'vfp' && /^[A-Z]/.test(row.name) && !row.endsBlock;
      for (let k = 0; k < 30_000; k++) {
        const { word } = randomInstruction(random, set, { rows: arithmetic });
        const { row, fields } = decode(word, { set, address: 0x8000, itstate: 0 });
        const before: State = {
          r: Int32Array.from({ length: 16 }, () =>
            random() & 3 ? random() | 0 : EDGES[random() % EDGES.length],
          ),
          n: random() & 1,
          z: random() & 1,
          c: random() & 1,
          v: random() & 1,
          q: 0,
          ge: random() & 15,
        };
        before.r[15] = 0x8000 + (set === 'A32' ? 8 : 4);
        const expected: State = { ...before, r: before.r.slice() };
        if (!REFERENCES.some((reference) => reference(row, fields, before, expected))) continue;
        const actual: State = { ...before, r: before.r.slice() };
        evaluate(word, set, actual);
        seen.add(row.name);
        assert.deepEqual(
          actual,
          expected,
          `${row.name}: ${word.toString(16)} from ${JSON.stringify(before)}`,
        );
      }
      assert.ok(seen.size > 120, `only ${seen.size} rows were compared`);
    });
  }
});
