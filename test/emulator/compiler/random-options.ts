import type { CompilerOptions } from '../../../emulator/compiler/compiler';

/** Options at random: what is compiled when, in regions of which size, changes no result. */
export function randomOptions(random: () => number, threshold: number, longest: number): CompilerOptions {
  return {
    threshold: 1 + (random() % threshold),
    longest: 2 + (random() % longest),
    batch: 1 + (random() % 8),
    callee: random() % 3 === 0 ? 0 : random() % 100,
    beaten: random() % 2 === 0,
  };
}

/** Half of the time a pace: what is compiled at once is little, and changes no result either. */
export function randomPace(random: () => number): Pick<CompilerOptions, 'pace'> {
  if (random() % 2 === 0) return {};
  return { pace: { worth: random() % 200, burst: 1 + (random() % 200_000) } };
}
