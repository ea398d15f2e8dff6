/**
 * The D registers in a region: in the core's block, or in variables from the region's entry to its end. Each quadword
 * is held as what the region's instructions mostly take it for: a vector, two doubles, or four singles. Other pieces of
 * it are made of that, bit by bit.
 */
import type { Piece } from '../isa/vfp/forms/form-builder';
import { CORE } from '../state/layout';
import { instruction, local, type Expression } from './expression';
import type { PieceAccess } from './form-notes';
import type { FunctionWriter } from './function-writer';
import { DATA } from './pieces';
import { VARIABLE } from './variables';
import { namedOpcode } from './wasm/named-opcodes';
import { signedBytes64, unsignedBytes } from './wasm/leb128';
import { Op, ValueType } from './wasm/opcodes';

/** How a quadword is held. */
export type Holding = 'v128' | 'f64' | 'f32';

const CORE_BASE = local(VARIABLE.core);
const WORDS: Readonly<Record<Piece, number>> = { v128: 4, half: 2, f64: 2, i64: 2, f32: 1, i32: 1 };
const QUADWORDS = 16;

function op(name: string, ...operands: readonly Expression[]): Expression {
  const { bytes, type } = namedOpcode(name);
  return instruction(bytes, type, ...operands);
}
function lane(name: string, index: number, ...operands: readonly Expression[]): Expression {
  const { bytes, type } = namedOpcode(name);
  return instruction([...bytes, index], type, ...operands);
}
function shuffle(a: Expression, b: Expression, from: readonly number[]): Expression {
  return instruction([...namedOpcode('i8x16.shuffle').bytes, ...from], ValueType.V128, a, b);
}
function i64(value: bigint): Expression {
  return instruction([Op.I64Const, ...signedBytes64(value)], ValueType.I64);
}
const LOW = [0, 1, 2, 3, 4, 5, 6, 7];
const HIGH = [8, 9, 10, 11, 12, 13, 14, 15];
const other = (bytes: readonly number[]): number[] => bytes.map((byte) => byte + 16);

/** Where in variables a quadword is: one vector, two doubles or four singles. */
interface Held {
  readonly holding: Holding;
  readonly variables: readonly number[];
  /** Words that are read or written, and those that are written, as bits 0–3. */
  used: number;
  written: number;
}

/** What a region's instructions do with the D registers, `weight` times as often as others. */
export interface Usage {
  readonly accesses: readonly PieceAccess[];
  readonly weight: number;
}

/** How each quadword that is accessed is best held. */
export function holdingsOf(usages: readonly Usage[]): Map<number, Holding> {
  const votes = Array.from({ length: QUADWORDS }, () => ({ v128: 0, f64: 0, f32: 0 }));
  const holdingOf = { v128: 'v128', half: 'v128', f64: 'f64', i64: 'f64', f32: 'f32', i32: 'f32' } as const;
  for (const { accesses, weight } of usages)
    for (const { piece, word } of accesses) votes[word >>> 2][holdingOf[piece]] += weight;
  const holdings = new Map<number, Holding>();
  votes.forEach(({ v128, f64, f32 }, quad) => {
    if (v128 + f64 + f32 === 0) return;
    holdings.set(quad, v128 >= f64 && v128 >= f32 ? 'v128' : f64 >= f32 ? 'f64' : 'f32');
  });
  return holdings;
}

export class ExtensionRegisters {
  private readonly held = new Map<number, Held>();

  constructor(private readonly writer: FunctionWriter) {}

  /** Takes what `usages` name into variables; the region's prologue. */
  load(usages: readonly Usage[], holdings: ReadonlyMap<number, Holding>): void {
    const { writer } = this;
    for (const [quad, holding] of holdings) {
      const count = { v128: 1, f64: 2, f32: 4 }[holding];
      const variables = Array.from({ length: count }, () => writer.permanent(DATA[holding].type));
      this.held.set(quad, { holding, variables, used: 0, written: 0 });
    }
    for (const { accesses } of usages)
      for (const { piece, word, writes } of accesses) {
        const held = this.held.get(word >>> 2);
        if (held === undefined) continue;
        const bits = ((1 << WORDS[piece]) - 1) << (word & 3);
        held.used |= bits;
        if (writes) held.written |= bits;
      }
    this.each('used', (held, variable, word) => writer.set(variable, this.inCore(held.holding, word)));
  }
  /** Puts what is written back; the region's epilogue. */
  store(): void {
    this.each('written', ({ holding }, variable, word) => {
      const value = local(variable, DATA[holding].type);
      this.writer.storeAs(DATA[holding].store, CORE_BASE, (CORE.D + word) * 4, value);
    });
  }
  private each(which: 'used' | 'written', act: (held: Held, variable: number, word: number) => void): void {
    for (const [quad, held] of this.held) {
      const words = 4 / held.variables.length;
      held.variables.forEach((variable, i) => {
        const bits = ((1 << words) - 1) << (i * words);
        if (held[which] & bits) act(held, variable, quad * 4 + i * words);
      });
    }
  }

  private inCore(piece: Piece, word: number): Expression {
    const { type, load } = DATA[piece];
    return instruction([...load, 0, ...unsignedBytes((CORE.D + word) * 4)], type, CORE_BASE);
  }

  read(piece: Piece, word: number): Expression {
    const held = this.held.get(word >>> 2);
    if (held === undefined) return this.inCore(piece, word);
    switch (held.holding) {
      case 'v128':
        return ofVector(local(held.variables[0], ValueType.V128), piece, word & 3);
      case 'f64':
        return ofDoubles(held.variables.map((variable) => local(variable, ValueType.F64)), piece, word & 3); // prettier-ignore
      case 'f32':
        return ofSingles(held.variables.map((variable) => local(variable, ValueType.F32)), piece, word & 3); // prettier-ignore
    }
  }

  /** Makes `value` ready to be written; what is given writes it. */
  write(piece: Piece, word: number, value: Expression): () => void {
    const { writer } = this;
    const held = this.held.get(word >>> 2);
    if (held === undefined) {
      const stored = piece === 'half' ? lane('i64x2.extract_lane', 0, value) : value;
      return () => writer.storeAs(DATA[piece].store, CORE_BASE, (CORE.D + word) * 4, stored);
    }
    const parts = partsOf(held.holding, piece, word & 3, value, (part) => writer.atom(part));
    return () => {
      for (const { index, make } of parts) {
        const variable = held.variables[index];
        writer.set(variable, make(local(variable, DATA[held.holding].type)));
      }
    };
  }
}

/** A piece at word `word` of a vector. */
function ofVector(vector: Expression, piece: Piece, word: number): Expression {
  switch (piece) {
    case 'v128':
      return vector;
    case 'half':
      return shuffle(vector, vector, word === 0 ? [...LOW, ...LOW] : [...HIGH, ...HIGH]);
    case 'f64':
    case 'i64':
      return lane(`${piece}x2.extract_lane`, word >>> 1, vector);
    default:
      return lane(`${piece}x4.extract_lane`, word, vector);
  }
}
function ofDoubles(doubles: readonly Expression[], piece: Piece, word: number): Expression {
  const double = doubles[word >>> 1];
  switch (piece) {
    case 'v128':
      return lane('f64x2.replace_lane', 1, op('f64x2.splat', doubles[0]), doubles[1]);
    case 'half':
      return op('f64x2.splat', double);
    case 'f64':
      return double;
    case 'i64':
      return op('i64.reinterpret_f64', double);
    case 'i32': {
      const bits = op('i64.reinterpret_f64', double);
      return op('i32.wrap_i64', word & 1 ? op('i64.shr_u', bits, i64(32n)) : bits);
    }
    case 'f32':
      return op('f32.reinterpret_i32', ofDoubles(doubles, 'i32', word));
  }
}
function ofSingles(singles: readonly Expression[], piece: Piece, word: number): Expression {
  const bits = (index: number): Expression =>
    op('i64.extend_i32_u', op('i32.reinterpret_f32', singles[index]));
  switch (piece) {
    case 'v128':
      return singles
        .slice(1)
        .reduce((vector, one, i) => lane('f32x4.replace_lane', i + 1, vector, one), op('f32x4.splat', singles[0])); // prettier-ignore
    case 'half':
      return op('i64x2.splat', ofSingles(singles, 'i64', word));
    case 'i64':
      return op('i64.or', bits(word), op('i64.shl', bits(word + 1), i64(32n)));
    case 'f64':
      return op('f64.reinterpret_i64', ofSingles(singles, 'i64', word));
    case 'f32':
      return singles[word];
    case 'i32':
      return op('i32.reinterpret_f32', singles[word]);
  }
}

/** A variable's new value, from its old one. */
interface Part {
  readonly index: number;
  readonly make: (old: Expression) => Expression;
}
function partsOf(
  holding: Holding,
  piece: Piece,
  word: number,
  value: Expression,
  keep: (value: Expression) => Expression,
): Part[] {
  if (holding === 'v128') return [{ index: 0, make: (old) => intoVector(old, piece, word, value) }];
  const words = WORDS[piece];
  const size = holding === 'f64' ? 2 : 1;
  if (words < size) return [{ index: word >>> 1, make: (old) => intoDouble(old, piece, word & 1, value) }];
  const kept = words === size ? value : keep(value);
  return Array.from({ length: words / size }, (_, i) => ({
    index: word / size + i,
    make: () => (holding === 'f64' ? doubleOf(kept, piece, i) : singleOf(kept, piece, i)),
  }));
}
function intoVector(old: Expression, piece: Piece, word: number, value: Expression): Expression {
  switch (piece) {
    case 'v128':
      return value;
    case 'half':
      return word === 0 ? shuffle(value, old, [...LOW, ...other(HIGH)]) : shuffle(old, value, [...LOW, ...other(LOW)]); // prettier-ignore
    case 'f64':
    case 'i64':
      return lane(`${piece}x2.replace_lane`, word >>> 1, old, value);
    default:
      return lane(`${piece}x4.replace_lane`, word, old, value);
  }
}
/** A double with one of its words replaced. */
function intoDouble(old: Expression, piece: Piece, word: number, value: Expression): Expression {
  const bits = op('i64.extend_i32_u', piece === 'f32' ? op('i32.reinterpret_f32', value) : value);
  const mask = word === 0 ? -1n << 32n : 0xffff_ffffn;
  const kept = op('i64.and', op('i64.reinterpret_f64', old), i64(mask));
  const placed = word === 0 ? bits : op('i64.shl', bits, i64(32n));
  return op('f64.reinterpret_i64', op('i64.or', kept, placed));
}
/** Double `index` of a piece of one or two. */
function doubleOf(value: Expression, piece: Piece, index: number): Expression {
  if (piece === 'f64') return value;
  if (piece === 'i64') return op('f64.reinterpret_i64', value);
  return lane('f64x2.extract_lane', index, value);
}
/** Single `index` of a piece of one, two or four. */
function singleOf(value: Expression, piece: Piece, index: number): Expression {
  switch (piece) {
    case 'f32':
      return value;
    case 'i32':
      return op('f32.reinterpret_i32', value);
    case 'f64':
      return singleOf(op('i64.reinterpret_f64', value), 'i64', index);
    case 'i64': {
      const bits = index === 0 ? value : op('i64.shr_u', value, i64(32n));
      return op('f32.reinterpret_i32', op('i32.wrap_i64', bits));
    }
    default:
      return lane('f32x4.extract_lane', index, value);
  }
}
