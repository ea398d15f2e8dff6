/**
 * A builder that executes: semantic functions run on it against a small register file and 64 KiB of memory (addresses
 * wrap), so that they can be compared with the manual's pseudocode without any engine. Helpers are not part of it.
 */
import type { Builder, Operand, Value, Wide } from '../../../emulator/isa/builder';
import { decode } from '../../../emulator/isa/decoder';
import type { InstructionSet, Row } from '../../../emulator/isa/row';

export interface Registers {
  /** R0–R14; R15 is what reading PC gives. */
  readonly r: Int32Array;
  /** 64 KiB, little-endian. */
  readonly memory?: Uint8Array;
  /** Target of a branch taken, with bit 0 as it was written. */
  branch?: number;
  n: number;
  z: number;
  c: number;
  v: number;
  q: number;
  ge: number;
}

const num = (value: Value): number => value as unknown as number;
const val = (value: number | boolean): Value => (Number(value) | 0) as unknown as Value;
const big = (value: Wide): bigint => value as unknown as bigint;
const wide = (value: bigint): Wide => BigInt.asIntN(64, value) as unknown as Wide;
const operand = (value: Operand | number): number => value as unknown as number;

/** Runs one decoded instruction; steps it has not throw TypeError. */
export function evaluate(word: number, set: InstructionSet, s: Registers, itstate = 0): Row {
  const context = { set, address: 0x8000, itstate };
  const { row, fields, length } = decode(word, context);
  const flags = (x: number, y: number, carry: number): number => {
    const unsigned = (x >>> 0) + (y >>> 0) + carry;
    const signed = (x | 0) + (y | 0) + carry;
    const result = unsigned | 0;
    s.n = result < 0 ? 1 : 0;
    s.z = result === 0 ? 1 : 0;
    s.c = result >>> 0 === unsigned ? 0 : 1;
    s.v = result === signed ? 0 : 1;
    return result;
  };
  const memory = s.memory ?? new Uint8Array(0x1_0000);
  const read = (at: number, size: number): number => {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = (value << 8) | memory[(at + i) & 0xffff];
    return value;
  };
  const write = (at: number, size: number, value: number): void => {
    for (let i = 0; i < size; i++) memory[(at + i) & 0xffff] = value >>> (8 * i);
  };
  const registersIn = (list: number): number[] =>
    Array.from({ length: 16 }, (_, n) => n).filter((n) => (list >>> n) & 1);
  const jump = (target: Value): void => void (s.branch = num(target));
  const builder: Partial<Builder> = {
    load: (at, size, options) => {
      const value = read(num(at), size);
      return val(options?.signed ? (value << (32 - 8 * size)) >> (32 - 8 * size) : value);
    },
    store: (at, size, value) => write(num(at), size, num(value)),
    loadPair: (at) => [val(read(num(at), 4)), val(read(num(at) + 4, 4))],
    storePair: (at, first, second) => {
      write(num(at), 4, num(first));
      write(num(at) + 4, 4, num(second));
    },
    loadMultiple: (at, list) => {
      const values = registersIn(operand(list) & 0x7fff).map((n, i) => [n, read(num(at) + 4 * i, 4)]);
      for (const [n, value] of values) s.r[n] = value;
    },
    loadMultipleWithPc: (at, list) => {
      const values = registersIn(operand(list)).map((n, i) => [n, read(num(at) + 4 * i, 4)]);
      for (const [n, value] of values.slice(0, -1)) s.r[n] = value;
      return val(values[values.length - 1][1]);
    },
    storeMultiple: (at, list) =>
      registersIn(operand(list)).forEach((n, i) => write(num(at) + 4 * i, 4, s.r[n])),
    alignedPc: () => val(s.r[15] & ~3),
    nextAddress: (withT) => val(context.address + length + (withT ? 1 : 0)),
    branch: (target) => void (s.branch = operand(target)),
    branchExchange: (target) => void (s.branch = operand(target)),
    branchWritePC: jump,
    bxWritePC: jump,
    loadWritePC: jump,
    aluWritePC: jump,
    when: (condition, then, otherwise) => (num(condition) ? then() : otherwise?.()),

    c: val,
    imm: (o) => val(operand(o)),
    r: (register) => val(s.r[operand(register)]),
    setR: (register, value) => void (s.r[operand(register)] = num(value)),
    flag: (name) => val({ N: s.n, Z: s.z, C: s.c, V: s.v, Q: s.q }[name]),
    setNZ: (result) => {
      s.n = num(result) < 0 ? 1 : 0;
      s.z = num(result) === 0 ? 1 : 0;
    },
    setNZWide: (result) => {
      s.n = big(result) < 0n ? 1 : 0;
      s.z = big(result) === 0n ? 1 : 0;
    },
    setC: (bit) => void (s.c = num(bit)),
    setV: (bit) => void (s.v = num(bit)),
    setQ: (bit) => void (s.q |= num(bit)),
    ge: () => val(s.ge),
    setGE: (bits) => void (s.ge = num(bits)),
    addWithCarry: (x, y, carry, set) =>
      val(set ? flags(num(x), num(y), num(carry)) : num(x) + num(y) + num(carry)),
    add2: (x, y, set) => val(set ? flags(num(x), num(y), 0) : num(x) + num(y)),
    subtract: (x, y, set) => val(set ? flags(num(x), ~num(y), 1) : num(x) - num(y)),
    add: (x, y) => val(num(x) + num(y)),
    sub: (x, y) => val(num(x) - num(y)),
    mul: (x, y) => val(Math.imul(num(x), num(y))),
    and: (x, y) => val(num(x) & num(y)),
    or: (x, y) => val(num(x) | num(y)),
    xor: (x, y) => val(num(x) ^ num(y)),
    not: (x) => val(~num(x)),
    shl: (x, amount) => val(num(x) << num(amount)),
    shr: (x, amount) => val(num(x) >>> num(amount)),
    sar: (x, amount) => val(num(x) >> num(amount)),
    ror: (x, amount) => {
      const by = num(amount) & 31;
      return val(by === 0 ? num(x) : (num(x) >>> by) | (num(x) << (32 - by)));
    },
    clz: (x) => val(Math.clz32(num(x))),
    sext: (x, bits) => val((num(x) << (32 - bits)) >> (32 - bits)),
    divS: (x, y) => val(num(y) === 0 ? 0 : Math.trunc(num(x) / num(y))),
    divU: (x, y) => val(num(y) === 0 ? 0 : Math.floor((num(x) >>> 0) / (num(y) >>> 0))),
    eq: (x, y) => val(num(x) === num(y)),
    ne: (x, y) => val(num(x) !== num(y)),
    ltS: (x, y) => val(num(x) < num(y)),
    ltU: (x, y) => val(num(x) >>> 0 < num(y) >>> 0),
    wideU: (x) => wide(BigInt(num(x) >>> 0)),
    wideS: (x) => wide(BigInt(num(x))),
    wide: (low, high) => wide((BigInt(num(high)) << 32n) | BigInt(num(low) >>> 0)),
    low: (x) => val(Number(BigInt.asIntN(32, big(x)))),
    high: (x) => val(Number(BigInt.asIntN(32, big(x) >> 32n))),
    mulWideU: (x, y) => wide(BigInt(num(x) >>> 0) * BigInt(num(y) >>> 0)),
    mulWideS: (x, y) => wide(BigInt(num(x)) * BigInt(num(y))),
    addWide: (x, y) => wide(big(x) + big(y)),
    subWide: (x, y) => wide(big(x) - big(y)),
    select: (condition, whenTrue, whenFalse) => (num(condition) ? whenTrue : whenFalse),
    let: (value) => value,
  };
  const form = row.form?.(fields, context) ?? {};
  const operands = row.operands?.(fields, context) ?? {};
  row.semantics(builder as Builder, form, operands as unknown as Readonly<Record<string, Operand>>);
  return row;
}
