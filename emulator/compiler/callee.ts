/** Which callees are worth a copy at each call: short ones that come back, without an instruction for the interpreter. */
import { ALWAYS, following, type CodeReader } from './code-reader';
import type { Experience } from './experience';

/** Most calls inside of one another that are inlined. */
export const MOST_DEPTH = 4;

/**
 * True where what begins at `start` (signed) is at most `most` instructions, those of its own callees included.
 * Ways that were never taken do not count.
 */
export function isSmall(reader: CodeReader, experience: Experience, start: number, most: number): boolean {
  return size(reader, experience, start, most, [start]) <= most;
}

/** Instructions of a function; Infinity where it is not to be copied. */
function size(
  reader: CodeReader,
  experience: Experience,
  start: number,
  most: number,
  callers: readonly number[],
): number {
  const seen = new Set<number>();
  const work = [start];
  let comesBack = false;
  let count = 0;
  const goTo = (pc: number): void => {
    if (experience.has(pc)) work.push(pc);
  };
  for (let from = work.pop(); from !== undefined; from = work.pop()) {
    let itstate = 0;
    for (let pc = from; !seen.has(pc);) {
      const instruction = reader.at(pc, itstate);
      if (instruction === undefined || !instruction.facts.supported || count >= most) return Infinity;
      seen.add(pc);
      count++;
      const { facts, condition, nextItstate } = instruction;
      pc = following(instruction);
      itstate = nextItstate;
      if (!facts.branches) continue;
      if (nextItstate !== 0) return Infinity;
      if (facts.calls) {
        const { target } = facts;
        if (target === undefined || callers.length === MOST_DEPTH || callers.includes(target))
          return Infinity;
        count += size(reader, experience, target, most - count, [...callers, target]);
        if (count > most) return Infinity;
      } else if (facts.target === undefined) comesBack = true;
      else goTo(facts.target);
      if (facts.calls || condition !== ALWAYS || facts.conditional) goTo(pc);
      break;
    }
  }
  return comesBack ? count : Infinity;
}
