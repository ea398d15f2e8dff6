/** What the generator tells the predecoder: which handler runs a row's form, and which numbers it wants. */

/**
 * How one operand word of an op is made:
 * - `r:name` a register that is read: operand `name`, 15 becoming CORE.PC_READ;
 * - `w:name` a register that is written, `i:name` a number: operand `name` as it is;
 * - `v:name` a word of the D registers: CORE.D + operand `name`;
 * - `address`, `next`, `nextT` (bit 0 set in T32), `alignedPc`, `pc` (what R15 reads as): facts of the instruction.
 */
export type Slot = string;

export interface RowHandlers {
  /** Keys and values of the row's forms, in the order of the product (the last key varies fastest). */
  readonly keys: readonly (readonly [string, readonly number[]])[];
  /** By form: index into HandlerTable.variants. */
  readonly forms: readonly number[];
}

/** A handler with the operands it wants. */
export interface Variant {
  readonly handler: number;
  readonly slots: readonly Slot[];
  /** True when the block ends after the instruction. */
  readonly ends: boolean;
}

export interface HandlerTable {
  readonly rows: Readonly<Record<string, RowHandlers>>;
  readonly variants: readonly Variant[];
  /** Handlers below this number are cases of `execute`. */
  readonly inline: number;
  /** Those of them that are cases of `runOps` too, without the fused ones, which all are. */
  readonly warm: readonly number[];
  /** By handler: number of the handler with condition 0 (EQ) fused into it, the other conditions following. */
  readonly fused: ReadonlyMap<number, number>;
}

/** Pseudo-ops that every generated interpreter has, with their handler numbers. */
export const PSEUDO = {
  /** Conditions EQ (0) to LE (13): skips one op when the condition fails. */
  CONDITION: 0,
  /** CORE.PC_READ := operand. */
  PC_READ: 14,
  /** Behind a block's last op: goes on in the next block. Threaded code alone comes to it. */
  END: 15,
  /** Stands before a block's first op: what threaded code must know of the block (block.ts). */
  HEADER: 16,
} as const;
/** Handlers that come before those of rows. */
export const PSEUDO_COUNT = 17;
