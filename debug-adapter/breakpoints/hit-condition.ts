/** Hit conditions as the Breakpoints view takes them: `5` (the fifth hit and later), `== 5`, `> 5`, `% 5`. */

export type HitCondition = (hits: number) => boolean;

const COMPARE: Readonly<Record<string, (hits: number, n: number) => boolean>> = {
  '>=': (hits, n) => hits >= n,
  '>': (hits, n) => hits > n,
  '<=': (hits, n) => hits <= n,
  '<': (hits, n) => hits < n,
  '==': (hits, n) => hits === n,
  '=': (hits, n) => hits === n,
  '%': (hits, n) => n > 0 && hits % n === 0,
};

/** @throws Error in words when the text is no hit condition */
export function parseHitCondition(text: string): HitCondition {
  const parts = /^\s*(>=|>|<=|<|==|=|%)?\s*([0-9]+)\s*$/.exec(text);
  if (parts === null)
    throw new Error(
      `'${text}' is no hit count: give a number, or one after >=, >, <=, <, == or % (every n-th)`,
    );
  const compare = COMPARE[parts[1] ?? '>=']!;
  const n = Number(parts[2]);
  return (hits) => compare(hits, n);
}
