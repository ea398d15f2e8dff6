/**
 * The language of compiled forms: what an operation on the D registers is in the instructions of WebAssembly, for the
 * usual case of its operands. A form says what that case is (`needs`, `leaveWhere`); everything else is left to the
 * operation's TypeScript (../registers.ts), which is the reference.
 *
 * Rules: everything that may leave comes before the first `write`; what a form reads is what was there before the
 * instruction.
 */

const VECTOR_SHAPES = ['i8x16', 'i16x8', 'i32x4', 'i64x2'] as const;
export type Shape = (typeof VECTOR_SHAPES)[number];

/** The shape of a vector of integers of 8, 16, 32 or 64 bits. */
export function shapeOf(bits: number): Shape {
  return VECTOR_SHAPES[28 - Math.clz32(bits)];
}

/** Something computed: an i32, i64, f32, f64 or v128. */
export interface Node {
  readonly __node: true;
}

/**
 * How a piece of the D registers is read or written, by its first word: a quadword, a doubleword, a word. `half` is a
 * doubleword as vector: read, it is in both halves of the vector; written, the lower half is.
 */
export type Piece = 'v128' | 'half' | 'f64' | 'i64' | 'f32' | 'i32';

/**
 * What must hold of the core for a form.
 * - `vfp`: VFP instructions may execute, and FPSCR asks for no short vectors; `simd`: so may Advanced SIMD.
 * - `denormals`: FPSCR does not flush them to zero.
 * - `nearest`: FPSCR rounds to nearest.
 * - `inexact`: FPSCR.IXC is set, so that nobody can see whether a result was rounded.
 */
export type Requirement = 'vfp' | 'simd' | 'denormals' | 'nearest' | 'inexact';

export interface FormBuilder {
  /** An instruction of WebAssembly by its name, without immediates. */
  op(name: string, ...operands: readonly Node[]): Node;
  /** One with the number of a lane: `extract_lane`, `replace_lane`. */
  lane(name: string, lane: number, ...operands: readonly Node[]): Node;
  /** i8x16.shuffle: each byte from 0–15 of `a` or 16–31 of `b`. */
  shuffle(a: Node, b: Node, bytes: readonly number[]): Node;
  i32(value: number): Node;
  i64(value: bigint): Node;
  f64(value: number): Node;
  f32(value: number): Node;
  /** A vector of this element everywhere. */
  splat(bits: number, element: bigint): Node;
  /** Computes now, once: for what is used more than once. */
  keep(node: Node): Node;
  /** `then()` where the condition is not 0, else `otherwise()`; both of one type. */
  choose(condition: Node, then: () => Node, otherwise: () => Node): Node;

  read(piece: Piece, word: number): Node;
  write(piece: Piece, word: number, value: Node): void;
  fpscr(): Node;
  setFpscr(value: Node): void;
  /** FPSCR.QC := 1 where the condition (0 or 1) holds. */
  saturated(condition: Node): void;

  needs(...requirements: readonly Requirement[]): void;
  /** Leaves before the instruction where the condition is not 0, unless what `except` gives is not 0 as well. */
  leaveWhere(condition: Node, except?: () => Node): void;
}

/** An operation in compiled form; d, n and m as of the operation. */
export type Form = (b: FormBuilder, d: number, n: number, m: number) => void;
