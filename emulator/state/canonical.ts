/** A core's registers as they are compared and hashed, and their names. */
import { CORE, CORE_WORDS_USED, SYS } from './layout';

/** A core's registers with its flags in one form, and without scratch; `block` begins with the words of its block. */
export function canonical(block: Int32Array): Int32Array {
  const words = block.slice(0, CORE_WORDS_USED);
  words[CORE.N] = words[CORE.N]! >>> 31;
  words[CORE.Z] = words[CORE.Z] === 0 ? 1 : 0;
  words[CORE.V] = words[CORE.V]! >>> 31;
  words[CORE.PC_READ] = 0;
  return words;
}

/**
 * Index of the first word of a core's block in which two states differ once they are canonical, or -1; `a` and `b`
 * begin with the words of a core's block.
 */
export function firstDifference(a: Int32Array, b: Int32Array): number {
  for (let from = 0; from < CORE_WORDS_USED; from += 4)
    if (!sameFour(a, b, from))
      for (let word = from; word < from + 4; word++) if (!isSame(word, a[word]!, b[word]!)) return word;
  return -1;
}

/** Whether the first `count` words, a multiple of 4, are the same. */
export function sameWords(a: Int32Array, b: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i += 4) if (!sameFour(a, b, i)) return false;
  return true;
}

function sameFour(a: Int32Array, b: Int32Array, i: number): boolean {
  const low = (a[i]! ^ b[i]!) | (a[i + 1]! ^ b[i + 1]!);
  const high = (a[i + 2]! ^ b[i + 2]!) | (a[i + 3]! ^ b[i + 3]!);
  return (low | high) === 0;
}

function isSame(word: number, a: number, b: number): boolean {
  if (word === CORE.N || word === CORE.V) return (a ^ b) >= 0;
  if (word === CORE.Z) return (a === 0) === (b === 0);
  return a === b || word === CORE.PC_READ;
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
