/** Rows of instructions whose A32 and 32-bit T32 encodings differ only in where the fields stand. */
import type { DecodeContext, Fields, Row } from '../row';

export interface BothSets extends Pick<
  Row,
  | 'asm'
  | 'except'
  | 'undefined'
  | 'onUnpredictable'
  | 'forms'
  | 'form'
  | 'operands'
  | 'semantics'
  | 'syndrome'
  | 'endsBlock'
> {
  /** Title without the encoding's name. */
  readonly name: string;
  readonly feature?: Row['feature'];
  readonly a32?: string;
  readonly t32?: string;
  /** Names of the encodings; A1 and T1. */
  readonly encodings?: readonly [a32: string, t32: string];
  /** Letters of general registers: 15 is UNPREDICTABLE in A32; 13 and 15 (BadReg) in T32. */
  readonly registers?: string;
  /** Letters of registers that in T32 may be 13. */
  readonly stackAllowed?: string;
  /** UNPREDICTABLE besides `registers`. */
  readonly unpredictable?: (f: Fields, context: DecodeContext) => boolean;
}

/** The row in A32 and the row in T32. */
export function inBothSets(spec: BothSets): Row[] {
  const { name, a32, t32, encodings = ['A1', 'T1'], registers = '', stackAllowed = '', ...rest } = spec;
  const feature = spec.feature ?? 'base';
  const rows: Row[] = [];
  const isPc = (f: Fields): boolean => [...(registers + stackAllowed)].some((letter) => f[letter] === 15);
  const isBad = (f: Fields): boolean => isPc(f) || [...registers].some((letter) => f[letter] === 13);
  if (a32 !== undefined) {
    rows.push({
      ...rest,
      name: `${name} ${encodings[0]}`,
      set: 'A32',
      pattern: a32,
      feature,
      unpredictable: (f, context) => isPc(f) || (spec.unpredictable?.(f, context) ?? false),
    });
  }
  if (t32 !== undefined) {
    rows.push({
      ...rest,
      name: `${name} ${encodings[1]}`,
      set: 'T32',
      pattern: t32,
      feature,
      unpredictable: (f, context) => isBad(f) || (spec.unpredictable?.(f, context) ?? false),
    });
  }
  return rows;
}
