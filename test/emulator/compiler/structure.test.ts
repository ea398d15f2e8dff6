// Random graphs of blocks: what comes out is a nest of sequences in which every branch can be written.
import assert from 'node:assert/strict';
import {
  beginning,
  contains,
  isLoop,
  structure,
  type Item,
  type Loop,
} from '../../../emulator/compiler/structure';
import { seededRandom } from '../../../emulator/isa/random';

const GRAPHS = 500;

interface Edges {
  readonly successors: number[][];
  readonly entries: Set<number>;
}

function randomGraph(seed: number): Edges {
  const random = seededRandom(seed);
  const count = 1 + (random() % 14);
  const successors = Array.from({ length: count }, () =>
    Array.from({ length: random() % 3 }, () => random() % count),
  );
  const entries = new Set(Array.from({ length: 1 + (random() % 3) }, () => random() % count));
  return { successors, entries };
}

/** Checks the branch from `from` to `to`, with the sequences around `from`, innermost last. */
function checkBranch(path: readonly { items: readonly Item[]; at: number; loop?: Loop }[], to: number): void {
  for (const { items, at, loop } of path.toReversed()) {
    if (loop?.header === to) return;
    const target = items.findIndex((item) => contains(item, to));
    if (target <= at) continue;
    const item = items[target] as Item;
    assert.ok(beginning(item) === to || (isLoop(item) && item.inner.includes(to)), `no way to ${to}`);
    return;
  }
  assert.fail(`a branch to ${to} goes backwards`);
}

describe('structured control flow', () => {
  it(`has a place for every branch of ${GRAPHS} random graphs`, () => {
    for (let seed = 1; seed <= GRAPHS; seed++) {
      const { successors, entries } = randomGraph(seed);
      const seen: number[] = [];
      const visit = (
        items: readonly Item[],
        outer: readonly { items: readonly Item[]; at: number; loop?: Loop }[],
        loop?: Loop,
      ): void => {
        if (loop !== undefined) assert.equal(beginning(items[0] as Item), loop.header);
        items.forEach((item, at) => {
          const path = [...outer, { items, at, ...(loop !== undefined && { loop }) }];
          if (isLoop(item)) return visit(item.items, path, item);
          seen.push(item);
          for (const to of successors[item] as number[]) checkBranch(path, to);
        });
      };
      visit(
        structure({ count: successors.length, successors: (node) => successors[node] as number[], entries }),
        [],
      );
      const reached = new Set(entries);
      for (const node of reached) for (const to of successors[node] as number[]) reached.add(to);
      assert.deepEqual(
        seen.sort((a, b) => a - b),
        [...reached].sort((a, b) => a - b),
        `seed ${seed}`,
      );
    }
  });

  it('lets a loop be entered in its middle, from outside and by an entry', () => {
    // 0 → 1 ⇄ 2, entered at 2 as well.
    const successors = [[1], [2], [1]];
    const [first, loop] = structure({
      count: 3,
      successors: (n) => successors[n] as number[],
      entries: new Set([0, 2]),
    });
    assert.equal(first, 0);
    assert.ok(loop !== undefined && isLoop(loop));
    assert.deepEqual([loop.header, loop.inner], [1, [2]]);
  });
});
