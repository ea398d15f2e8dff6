/**
 * Arithmetic on the host's own doubles, where that provably gives what the manual's functions (arithmetic.ts) give:
 * rounding to nearest, operands that are zero or normal, a result that is normal or an exact zero. Everything else (a
 * NaN, an infinity, a denormal number, what overflows or underflows, another rounding) is refused, and done bit by bit.
 *
 * A step gives NaN to refuse. It notes whether its result was rounded, by residuals that are exact: the error of a sum
 * (Knuth's TwoSum), of a product (Dekker's, with Veltkamp's splitting). A single-precision step computes in double and
 * rounds once more, which for +, -, x, / and square root is the same as rounding once (Figueroa, "When is double
 * rounding innocuous?", 1995).
 */
const LEAST_SINGLE = 2 ** -126;
const LEAST_DOUBLE = 2 ** -1022;
/** Within these a residual is exact, and nothing on the way to it overflows. */
const SMALL = 2 ** -900;
const LARGE = 2 ** 900;
const SPLITTER = 2 ** 27 + 1;

const words = new Int32Array(2);
const doubles = new Float64Array(words.buffer);
const singles = new Float32Array(words.buffer);

let rounded = false;

/** Forgets what earlier steps noted. */
export function beginSteps(): void {
  rounded = false;
}
/** Whether a step since `beginSteps` gave something else than the exact result. */
export function wasRounded(): boolean {
  return rounded;
}

/** The single whose bits are `bits`, or NaN where a step would refuse it (a NaN, an infinity, a denormal number). */
export function singleOf(bits: number): number {
  words[0] = bits;
  const value = singles[0]!;
  return isOrdinary(value, LEAST_SINGLE) ? value : NaN;
}
/** As `singleOf`, of a double. */
export function doubleOf(low: number, high: number): number {
  words[0] = low;
  words[1] = high;
  const value = doubles[0]!;
  return isOrdinary(value, LEAST_DOUBLE) ? value : NaN;
}
/** Bits of a single that a step gave. */
export function singleBits(value: number): number {
  singles[0] = value;
  return words[0]!;
}
/** Low word of a double that a step gave; the high word is `highBits()` then. */
export function lowBits(value: number): number {
  doubles[0] = value;
  return words[0]!;
}
export function highBits(): number {
  return words[1]!;
}

function isOrdinary(value: number, least: number): boolean {
  const magnitude = Math.abs(value);
  return (magnitude >= least && magnitude < Infinity) || magnitude === 0;
}

/** What x + y lost, where `sum` is what it gave. */
function errorOfSum(x: number, y: number, sum: number): number {
  const back = sum - x;
  return x - (sum - back) + (y - back);
}
/** What x * y lost, where `product` is what it gave. */
function errorOfProduct(x: number, y: number, product: number): number {
  const splitX = SPLITTER * x;
  const highX = splitX - (splitX - x);
  const lowX = x - highX;
  const splitY = SPLITTER * y;
  const highY = splitY - (splitY - y);
  const lowY = y - highY;
  return lowX * lowY - (product - highX * highY - lowX * highY - highX * lowY);
}
function isModerate(value: number): boolean {
  const magnitude = Math.abs(value);
  return magnitude > SMALL && magnitude < LARGE;
}

/** Steps of one precision; operands are what `singleOf` or `doubleOf` gave, or earlier steps. */
export interface HostSteps {
  readonly add: (x: number, y: number) => number;
  readonly multiply: (x: number, y: number) => number;
  readonly divide: (x: number, y: number) => number;
  readonly squareRoot: (x: number) => number;
  /** addend + x * y, rounded once. */
  readonly multiplyAdd: (addend: number, x: number, y: number) => number;
}

function addDouble(x: number, y: number): number {
  const sum = x + y;
  if (sum === 0) return sum;
  if (!isModerate(sum)) return NaN;
  // An operand that large cannot give a moderate sum without an operand of its size.
  if (Math.abs(x) >= LARGE) return NaN;
  rounded ||= errorOfSum(x, y, sum) !== 0;
  return sum;
}

export const DOUBLE_STEPS: HostSteps = {
  add: addDouble,
  multiply(x, y) {
    if (x === 0 || y === 0) return x * y;
    const product = x * y;
    if (!isModerate(product) || !isModerate(x) || !isModerate(y)) return NaN;
    rounded ||= errorOfProduct(x, y, product) !== 0;
    return product;
  },
  divide(x, y) {
    if (y === 0) return NaN;
    if (x === 0) return x / y;
    const quotient = x / y;
    if (!isModerate(quotient) || !isModerate(x) || !isModerate(y)) return NaN;
    const product = quotient * y;
    rounded ||= product !== x || errorOfProduct(quotient, y, product) !== 0;
    return quotient;
  },
  squareRoot(x) {
    if (x === 0) return x;
    if (!(x > 0) || !isModerate(x)) return NaN;
    const root = Math.sqrt(x);
    const square = root * root;
    rounded ||= square !== x || errorOfProduct(root, root, square) !== 0;
    return root;
  },
  /** The sum of three doubles that is rounded once: Boldo and Melquiond, as at `roundedToOdd`. */
  multiplyAdd(addend, x, y) {
    if (x === 0 || y === 0) return addDouble(addend, x * y);
    const product = x * y;
    if (!isModerate(product) || !isModerate(x) || !isModerate(y)) return NaN;
    if (addend !== 0 && !isModerate(addend)) return NaN;
    const productLow = errorOfProduct(x, y, product);
    const low = addend + productLow;
    const lowest = errorOfSum(addend, productLow, low);
    const high = product + low;
    const middle = errorOfSum(product, low, high);
    const rest = lowest + middle;
    const lost = errorOfSum(lowest, middle, rest);
    const odd = lost === 0 ? rest : roundedToOdd(rest, lost);
    const sum = high + odd;
    if (sum === 0) return sum;
    if (!isModerate(sum)) return NaN;
    rounded ||= lost !== 0 || errorOfSum(high, odd, sum) !== 0;
    return sum;
  },
};

/** Rounds what was computed in double, and lost `error` there, to single. */
function toSingle(computed: number, lost: boolean): number {
  if (computed === 0) return computed;
  const result = Math.fround(computed);
  // Tininess is detected before rounding.
  if (!(Math.abs(computed) > LEAST_SINGLE) || Math.abs(result) === Infinity) return NaN;
  rounded ||= lost || result !== computed;
  return result;
}

export const SINGLE_STEPS: HostSteps = {
  add(x, y) {
    const sum = x + y;
    return toSingle(sum, errorOfSum(x, y, sum) !== 0);
  },
  multiply: (x, y) => toSingle(x * y, false),
  divide(x, y) {
    if (y === 0) return NaN;
    const quotient = toSingle(x / y, false);
    rounded ||= quotient * y !== x;
    return quotient;
  },
  squareRoot(x) {
    if (x < 0) return NaN;
    const root = toSingle(Math.sqrt(x), false);
    rounded ||= root * root !== x;
    return root;
  },
  multiplyAdd(addend, x, y) {
    const product = x * y;
    const sum = addend + product;
    const error = errorOfSum(addend, product, sum);
    return toSingle(error === 0 ? sum : roundedToOdd(sum, error), error !== 0);
  },
};

/**
 * The neighbour of an inexact sum whose last bit is odd: rounding that once more, to fewer bits, gives what rounding the
 * exact sum would have given (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
 */
function roundedToOdd(sum: number, error: number): number {
  doubles[0] = sum;
  if ((words[0]! & 1) !== 0) return sum;
  if (error > 0 === sum > 0) words[0]! |= 1;
  else {
    if (words[0] === 0) words[1]!--;
    words[0]!--;
  }
  return doubles[0];
}

/** FPCompare's NZCV in bits 3–0 of two operands that `singleOf` or `doubleOf` gave, or -1 where one was refused. */
export function hostCompare(x: number, y: number): number {
  return x === y ? 0b0110 : x < y ? 0b1000 : x > y ? 0b0010 : -1;
}

/** A double to single precision. */
export function doubleToSingle(x: number): number {
  return toSingle(x, false);
}

/** An integer that a double holds exactly, to single precision. */
export function integerToSingle(value: number): number {
  return toSingle(value, false);
}

/**
 * Towards zero to a 32-bit integer, as its signed pattern of bits; NaN where it is out of range.
 */
export function toInteger(x: number, unsigned: boolean): number {
  const whole = Math.trunc(x);
  const inRange = unsigned
    ? whole >= 0 && whole <= 0xffff_ffff
    : whole >= -0x8000_0000 && whole <= 0x7fff_ffff;
  if (!inRange) return NaN;
  rounded ||= whole !== x;
  return whole | 0;
}
