import { DW_OP } from './constants';

/** Values of the DWARF stack machine, typed and generic, and arithmetic with them (DWARF 5, 2.5.1.4 and 2.5.1.6). */

/** A value on the stack. */
export interface Entry {
  /** Raw bits, unsigned. */
  readonly bits: bigint;
  /** undefined is the generic type: 32 bits, signedness by operation. */
  readonly type?: StackType;
}

export interface StackType {
  readonly size: number;
  readonly kind: 'signed' | 'unsigned' | 'float';
}

type Comparison = (left: bigint, right: bigint) => boolean;
type Integer = (left: bigint, right: bigint, left_: Entry) => bigint | undefined;

const COMPARISONS: Readonly<Record<number, Comparison>> = {
  [DW_OP.eq]: (a, b) => a === b,
  [DW_OP.ne]: (a, b) => a !== b,
  [DW_OP.lt]: (a, b) => a < b,
  [DW_OP.le]: (a, b) => a <= b,
  [DW_OP.gt]: (a, b) => a > b,
  [DW_OP.ge]: (a, b) => a >= b,
};

export const BINARY: Readonly<Record<number, Integer>> = {
  [DW_OP.and]: (a, b) => a & b,
  [DW_OP.or]: (a, b) => a | b,
  [DW_OP.xor]: (a, b) => a ^ b,
  [DW_OP.plus]: (a, b) => a + b,
  [DW_OP.minus]: (a, b) => a - b,
  [DW_OP.mul]: (a, b) => a * b,
  [DW_OP.div]: (a, b) => (b === 0n ? undefined : a / b),
  // The generic type divides unsigned for the remainder and signed for the quotient (DWARF 5, 2.5.1.4).
  [DW_OP.mod]: (a, b, left) => {
    const [x, y] = left.type ? [a, b] : [BigInt.asUintN(32, a), BigInt.asUintN(32, b)];
    return y === 0n ? undefined : x % y;
  },
  [DW_OP.shl]: (a, b) => (b < 0n || b > 64n ? 0n : a << b),
  [DW_OP.shr]: (_a, b, left) => (b < 0n || b > 64n ? 0n : left.bits >> b),
  [DW_OP.shra]: (_a, b, left) => BigInt.asIntN(bitSize(left), left.bits) >> (b < 0n || b > 64n ? 64n : b),
};

const FLOATS: Readonly<Record<number, (left: number, right: number) => number>> = {
  [DW_OP.plus]: (a, b) => a + b,
  [DW_OP.minus]: (a, b) => a - b,
  [DW_OP.mul]: (a, b) => a * b,
  [DW_OP.div]: (a, b) => a / b,
};

export function binary(op: number, left: Entry, right: Entry): Entry | undefined {
  const compare = COMPARISONS[op];
  const isFloat = left.type?.kind === 'float';
  if (compare) {
    if (!isFloat) return { bits: compare(signedOf(left), signedOf(right)) ? 1n : 0n };
    const [a, b] = [floatOf(left), floatOf(right)];
    const order = a < b ? -1n : a > b ? 1n : 0n;
    return { bits: (Number.isNaN(a) || Number.isNaN(b) ? op === DW_OP.ne : compare(order, 0n)) ? 1n : 0n };
  }
  if (isFloat && left.type) {
    const compute = FLOATS[op];
    return compute && floatEntry(compute(floatOf(left), floatOf(right)), left.type);
  }
  const value = BINARY[op]?.(signedOf(left), signedOf(right), left);
  return value === undefined ? undefined : { bits: BigInt.asUintN(bitSize(left), value), type: left.type };
}

export function bitSize(entry: Entry): number {
  return (entry.type?.size ?? 4) * 8;
}

/** The number an entry stands for; the generic type counts as signed. */
export function signedOf(entry: Entry): bigint {
  return entry.type?.kind === 'unsigned' ? entry.bits : BigInt.asIntN(bitSize(entry), entry.bits);
}

export function floatOf(entry: Entry): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, entry.bits, true);
  return entry.type?.size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
}

export function floatEntry(value: number, type: StackType): Entry {
  const view = new DataView(new ArrayBuffer(8));
  if (type.size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return { bits: view.getBigUint64(0, true), type };
}

export function convert(entry: Entry, type: StackType | undefined): Entry {
  const target: StackType = type ?? { size: 4, kind: 'unsigned' };
  if (target.kind === 'float')
    return floatEntry(entry.type?.kind === 'float' ? floatOf(entry) : Number(signedOf(entry)), target);
  let value: bigint;
  if (entry.type?.kind === 'float') {
    const number = floatOf(entry);
    value = Number.isFinite(number) ? BigInt(Math.trunc(number)) : 0n;
  } else value = entry.type ? signedOf(entry) : entry.bits;
  return { bits: BigInt.asUintN(target.size * 8, value), type };
}

export function bytesOf(entry: Entry): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(
    0,
    entry.type ? entry.bits : BigInt.asUintN(64, BigInt.asIntN(32, entry.bits)),
    true,
  );
  return entry.type ? bytes.subarray(0, entry.type.size) : bytes;
}

export function bitsOf(bytes: Uint8Array): bigint {
  let bits = 0n;
  for (let index = Math.min(bytes.length, 8) - 1; index >= 0; index--)
    bits = (bits << 8n) | BigInt(bytes[index]);
  return bits;
}
