// Translate an address, with every descriptor that the walk reads explained.
import type { Hex, RegisterField } from './registers';

export interface TranslateArguments {
  /** `space:address`, e.g. `vm1:0xc0008000` or `ipa1:0x09000000`, or an expression whose value is an address. */
  expression: string;
  /** The frame in which the expression is evaluated and whose space a bare address means. */
  frameId?: number;
  /** Default `read`. */
  access?: 'read' | 'write' | 'execute';
}

/** One descriptor read. A walk of both stages interleaves: each stage 1 table address is itself translated by stage 2. */
export interface WalkStep {
  stage: 1 | 2;
  /** 1 to 3; short-descriptor walks have levels 1 and 2. */
  level: 1 | 2 | 3;
  /** The address being translated in this step, e.g. `vm1:0xc0008000`. */
  input: string;
  /** Physical address of the descriptor. */
  descriptorAddress: Hex;
  descriptor: Hex;
  kind: 'table' | 'block' | 'page' | 'section' | 'supersection' | 'large page' | 'small page' | 'invalid';
  /** In words: what was read and what follows from it. */
  meaning: string;
  fields: RegisterField[];
}

export interface Translation {
  /** The address that was translated, with its space. */
  input: string;
  steps: WalkStep[];
  /** Present when the walk of stage 1 succeeded and stage 2 is on. */
  ipa?: Hex;
  /** Present when the whole translation succeeded. */
  pa?: Hex;
  /** E.g. `read, write; PL1 only; Normal, Write-Back`; present when it succeeded. */
  attributes?: string;
  /** The fault in the manual's words, e.g. `Stage 2 translation fault, level 2`, with what would be taken to whom. */
  fault?: string;
}
