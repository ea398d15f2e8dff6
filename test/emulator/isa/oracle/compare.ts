/** Compares our disassembly of random words with another disassembler's. */
import assert from 'node:assert/strict';
import { disassemble, thumbWord } from '../../../../emulator/isa/disassembler';
import type { Disassembled } from '../../../../emulator/isa/disassembler';
import { randomWordOf, seededRandom } from '../../../../emulator/isa/random';
import type { InstructionSet } from '../../../../emulator/isa/row';
import { ROWS } from '../../../../emulator/isa/table';
import { normalise } from './normalise';

/** One reason why the texts of a word may differ. */
export interface Difference {
  readonly reason: string;
  /** The one set in which it occurs; both by default. */
  readonly set?: InstructionSet;
  /** True when the difference is of this kind; `ours` and `theirs` are normalised, `theirs` empty when undefined. */
  readonly applies: (ours: string, theirs: string, decoded: Disassembled) => boolean;
}

/**
 * Random words, half of them of a row's pattern, half of anything. T32: 16-bit encodings have bits 31–16 zero; IT is
 * left out, as it changes what follows.
 */
export function randomWords(set: InstructionSet, count: number, seed: number): number[] {
  const random = seededRandom(seed);
  const rows = ROWS.filter((row) => row.set === set && !row.name.startsWith('UNDEFINED '));
  const words: number[] = [];
  while (words.length < count) {
    let word = random() & 1 ? random() : randomWordOf(rows[random() % rows.length], random);
    if (set === 'T32' && word > 0xffff) word = thumbWord(word >>> 16, word & 0xffff);
    if (set === 'T32' && word <= 0xffff && word >>> 11 >= 0x1d) continue;
    const isIt = set === 'T32' && word >>> 8 === 0xbf && (word & 15) !== 0;
    if (!isIt) words.push(word);
  }
  return words;
}

/** The bytes of an instruction in memory. */
export function bytesOf(word: number, set: InstructionSet): number[] {
  if (set === 'A32') return [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24];
  const halfword = (value: number): number[] => [value & 255, (value >>> 8) & 255];
  return word <= 0xffff ? halfword(word) : [...halfword(word >>> 16), ...halfword(word & 0xffff)];
}

/**
 * Asserts that the texts agree wherever no listed difference applies, and that each listed difference is met (one that
 * never occurs is out of date).
 * @param itstate ITSTATE with which every word is disassembled.
 * @param theirs text and address of word number `i`; an empty text when it is undefined there.
 */
export function assertSameText(
  words: readonly number[],
  set: InstructionSet,
  allDifferences: readonly Difference[],
  theirs: (i: number) => { readonly text: string; readonly address: number },
  itstate = 0,
): void {
  const differences = allDifferences.filter((difference) => (difference.set ?? set) === set);
  const met = new Set<Difference>();
  const unexplained = new Map<string, string>();
  let same = 0;
  words.forEach((word, i) => {
    const { text, address } = theirs(i);
    const decoded = disassemble(word, { set, address, itstate });
    const ourText = normalise(decoded.text);
    const theirText = text === '' ? '' : normalise(text);
    if (ourText === theirText) {
      same++;
      return;
    }
    const difference = differences.find(({ applies }) => applies(ourText, theirText, decoded));
    if (difference !== undefined) met.add(difference);
    else
      unexplained.set(
        decoded.row?.name ?? 'no row',
        `${word.toString(16)}: "${ourText}", there "${theirText}"`,
      );
  });
  assert.deepEqual([...unexplained].slice(0, 20), []);
  assert.deepEqual(
    differences.filter((difference) => !met.has(difference)).map(({ reason }) => reason),
    [],
    'differences that no longer occur',
  );
  assert.ok(same > words.length * 0.6, `only ${same} of ${words.length} texts are the same`);
}

/** True for the row names that begin so. */
export function rowIs(decoded: Disassembled, ...names: readonly string[]): boolean {
  return names.some((name) => decoded.row?.name.startsWith(name) ?? false);
}
