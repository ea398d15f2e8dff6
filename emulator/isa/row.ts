/**
 * One encoding of one instruction: what the decoder, the disassembler, the engines, the documentation and the test
 * generator know of it.
 *
 * `pattern` is read from bit 31 (A32, 32-bit T32: first halfword first) or bit 15 (16-bit T32) down; spaces are
 * for the eye. `0` and `1` must match; a letter is a field, its bits collected from high to low wherever they
 * stand; `(0)` and `(1)` are should-be bits: another value is UNPREDICTABLE. In A32 the field `c` in bits 31–28 is
 * the condition: the engine handles it, and 1111 never matches such a row.
 */
import type { Builder, Operand } from './builder';
import type { DataAccessSyndrome } from './syndrome';

export type InstructionSet = 'A32' | 'T32';

/** Fields of an encoding by letter. */
export type Fields = Readonly<Record<string, number>>;

/** What decoding depends on besides the instruction's bits. */
export interface DecodeContext {
  readonly set: InstructionSet;
  /** Virtual address of the instruction, unsigned. */
  readonly address: number;
  /** ITSTATE of the instruction (T32), 0 outside an IT block. */
  readonly itstate: number;
}

/** True inside an IT block. */
export function inItBlock(context: DecodeContext): boolean {
  return (context.itstate & 15) !== 0;
}
/** True for the last instruction of an IT block. */
export function lastInItBlock(context: DecodeContext): boolean {
  return (context.itstate & 15) === 8;
}

/** An architecture feature a row needs; absent, the encoding is UNDEFINED. */
export type Feature = 'base' | 'security' | 'virtualization' | 'mp' | 'divide' | 'vfp' | 'simd';

/** Values fixed at decode time that select one handler: for each name, the values it can have. */
export type FormSpace = Readonly<Record<string, readonly number[]>>;
export type Form = Readonly<Record<string, number>>;

export interface Row {
  /** Title in the manual and encoding, such as `ADD (register) A1`. Unique. */
  readonly name: string;
  readonly set: InstructionSet;
  readonly pattern: string;
  readonly feature: Feature;
  /** Assembler text of one decoded instruction in UAL, lower case, as objdump writes it where both agree; the condition suffix is put where `{c}` stands. */
  readonly asm: (f: Fields, context: DecodeContext) => string;
  /** True where the encoding belongs to another row ("SEE …"). */
  readonly except?: (f: Fields, context: DecodeContext) => boolean;
  readonly undefined?: (f: Fields, context: DecodeContext) => boolean;
  /** UNPREDICTABLE cases; what then happens is `onUnpredictable`. */
  readonly unpredictable?: (f: Fields, context: DecodeContext) => boolean;
  /** UNPREDICTABLE encodings are UNDEFINED here, unless the row says that they execute as written. */
  readonly onUnpredictable?: 'undefined' | 'execute';
  /** The forms of this row: one handler is generated for each member of the product. Absent: one form. */
  readonly forms?: FormSpace;
  /** The form of one instruction: a value for every key of `forms`. */
  readonly form?: (f: Fields, context: DecodeContext) => Form;
  /** The operands of one instruction, at most six, by the names `semantics` uses; 32-bit integers. */
  readonly operands?: (f: Fields, context: DecodeContext) => Readonly<Record<string, number>>;
  /** The instruction's meaning. `o` has the names of `operands`. */
  readonly semantics: (b: Builder, form: Form, o: Readonly<Record<string, Operand>>) => void;
  /** Data accesses with a valid HSR instruction syndrome (ISV = 1): single-register loads and stores without write-back. */
  readonly syndrome?: (f: Fields) => DataAccessSyndrome | undefined;
  /**
   * T32 conditional branches (B T1, B T3): the condition in the encoding itself, 0–14, tested by the engine as a
   * condition of A32 is. Absent: the condition is that of the IT block, or AL.
   */
  readonly condition?: (f: Fields) => number;
  /** True for the T32 instructions that execute whatever the IT block's condition (BKPT). */
  readonly unconditional?: boolean;
  /** True when the instruction always ends a basic block (branches; helpers that end it are known by HELPERS). */
  readonly endsBlock?: boolean;
}
