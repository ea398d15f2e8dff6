/** The rows that stand for what is UNDEFINED: no architecture, no row, a feature this core has not. */
import type { Row } from './row';
import { undefinedInstruction } from './semantics/exception';
import { hex } from './text';

function row(name: string, set: Row['set'], bits: 16 | 32): Row {
  return {
    name,
    set,
    pattern: 'x'.repeat(bits),
    feature: 'base',
    asm: (f) => `.${bits === 32 ? 'word' : 'short'} ${hex(f.word)}`,
    operands: (f) => ({ encoding: f.word }),
    semantics: undefinedInstruction,
    endsBlock: true,
  };
}

/** Not in the table the decoder searches: what it gives when an encoding is UNDEFINED, or UNPREDICTABLE and taken so. */
export const UNDEFINED_A32 = row('UNDEFINED A32', 'A32', 32);
export const UNDEFINED_T32 = row('UNDEFINED T32', 'T32', 32);
export const UNDEFINED_T16 = row('UNDEFINED T16', 'T32', 16);
