/** Instructions as assembler text (UAL), from the rows that decode them. */
import { decode, isWideThumb } from './decoder';
import type { DecodeContext, Row } from './row';
import { CONDITIONS, hex } from './text';

export interface Disassembled {
  /** Mnemonic and operands, lower case; an UNDEFINED encoding is `.word` or `.short`. Comments follow ` ; `. */
  readonly text: string;
  /** Length in bytes: 2 or 4. */
  readonly bytes: 2 | 4;
  /** The row whose pattern matched, if one did. */
  readonly row: Row | undefined;
  /** True when the encoding is UNDEFINED, or UNPREDICTABLE and taken as UNDEFINED. */
  readonly undefined: boolean;
}

/** One coprocessor register access: the fields of MCR, MRC (opc2 -1: of MCRR, MRRC). */
export interface CoprocessorRegister {
  readonly coprocessor: number;
  readonly opc1: number;
  readonly crn: number;
  readonly crm: number;
  readonly opc2: number;
}
/** Gives the symbolic name of a coprocessor register (`HCR`), or undefined. */
export type RegisterNames = (register: CoprocessorRegister) => string | undefined;

/** The coprocessor register that a MCR, MRC, MCRR or MRRC of this encoding accesses; undefined for others. */
function accessed(row: Row, f: Readonly<Record<string, number>>): CoprocessorRegister | undefined {
  if (/^M(CR|RC),/.test(row.name)) return { coprocessor: f.p, opc1: f.o, crn: f.n, crm: f.m, opc2: f.q };
  if (/^M(CRR|RRC),/.test(row.name)) return { coprocessor: f.p, opc1: f.o, crn: 0, crm: f.m, opc2: -1 };
  return undefined;
}

/**
 * Disassembles one instruction.
 * @param word as `decode` takes it: A32 word, 16-bit T32 halfword, or both halfwords with the first in bits 31–16.
 * @param names symbolic names for coprocessor registers, written as a comment.
 */
export function disassemble(word: number, context: DecodeContext, names?: RegisterNames): Disassembled {
  const { row, matched, fields, length, condition } = decode(word, context);
  const undefinedHere = row !== matched;
  if (matched === undefined || (matched.undefined?.(fields, context) ?? false)) {
    const text = length === 2 ? `.short ${hex(word & 0xffff)}` : `.word ${hex(word)}`;
    return { text, bytes: length, row: matched, undefined: true };
  }
  let text = matched.asm(fields, context).replace('{c}', CONDITIONS[condition]);
  const register = accessed(matched, fields);
  const name = register === undefined ? undefined : names?.(register);
  if (name !== undefined) text += ` ; ${name}`;
  if (undefinedHere) text += `${text.includes(' ; ') ? ',' : ' ;'} UNPREDICTABLE`;
  return { text, bytes: length, row: matched, undefined: undefinedHere };
}

/** Puts two T32 halfwords, or one, together as `decode` and `disassemble` take them. */
export function thumbWord(first: number, second: number): number {
  return isWideThumb(first) ? ((first << 16) | (second & 0xffff)) >>> 0 : first & 0xffff;
}
