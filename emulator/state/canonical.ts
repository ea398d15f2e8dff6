/** A core's registers as they are compared and hashed, and their names. */
import { CORE, CORE_WORDS_USED, SYS } from './layout';
import type { CoreState } from './machine-state';

/** A core's registers with its flags in one form, and without scratch. */
export function canonical(core: CoreState): Int32Array {
  const words = core.i32.slice(0, CORE_WORDS_USED);
  words[CORE.N] = words[CORE.N]! >>> 31;
  words[CORE.Z] = words[CORE.Z] === 0 ? 1 : 0;
  words[CORE.V] = words[CORE.V]! >>> 31;
  words[CORE.PC_READ] = 0;
  return words;
}

const REGISTERS = [...Array.from({ length: 13 }, (_, n) => `r${n}`), 'sp', 'lr', 'pc'];
const D_REGISTERS = 32;

/** What a word of a core's block is called; of what takes more than one word, the first has its name. */
export function wordName(word: number): string {
  if (word < CORE.R + REGISTERS.length) return REGISTERS[word - CORE.R]!;
  const inD = word - CORE.D;
  if (inD >= 0 && inD < 2 * D_REGISTERS) return `d${inD >> 1} (${inD & 1 ? 'high' : 'low'} word)`;
  let best = 'R';
  let at: number = CORE.R;
  for (const [name, first] of [...Object.entries(CORE), ...Object.entries(SYS)])
    if (first <= word && first > at && name !== 'SYSTEM') [best, at] = [name, first];
  return word === at ? best : `${best} (word ${word - at})`;
}
