/** What generated code does for a helper is made of: words of the core's block, and what the builder offers. */
import { CORE } from '../state/layout';
import { Psr } from '../state/psr';
import { constant, loadFrom, local, operation, type Expression } from './expression';
import { VARIABLE } from './variables';
import { Op } from './wasm/opcodes';

/** What the builder gives these to work with. */
export interface HelperSite {
  /** What `highWord` gives behind a move of 64 bits. */
  highWord: Expression;
  /** N, Z, C and V as bits 31 to 28. */
  flags(): Expression;
  writeFlags(bits: Expression): void;
  /** A word of the core's block gets a value at the instruction's end. */
  writeWord(index: number, value: Expression): void;
  /** The region is left before the instruction where the value is not 0. */
  leaveWhere(condition: Expression): void;
  /** The region is left before the instruction where the first level of the TLB has no page to read at the address. */
  readable(address: Expression): void;
  /** A TLB maintenance operation by its number (mmu/tlb-maintenance.ts); only where Inlining says that it is done. */
  maintain(operation: number, value: Expression): void;
  atom(value: Expression): Expression;
}

/** The byte offset of the core's block in the machine's memory. */
export const CORE_BASE = local(VARIABLE.core);
/** A word of the core's block, as it is. */
export function word(index: number): Expression {
  return loadFrom(Op.I32Load, CORE_BASE, index * 4);
}
export function and(x: Expression, mask: number): Expression {
  return operation(Op.I32And, x, constant(mask));
}
/** CPSR.M. */
export const currentMode = and(word(CORE.PSR), Psr.M);
