/**
 * Random graphs of blocks: what is copied goes where it went before, and is entered in one way. And where a loop's turns
 * did not end as its copy does, it would be written without one.
 */
import assert from 'node:assert/strict';
import { Compiler, DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { LazyFlags, UNKNOWN_FLAGS } from '../../../emulator/compiler/lazy-flags';
import { peel } from '../../../emulator/compiler/peel';
import type { BasicBlock, Region } from '../../../emulator/compiler/region';
import { isLoop, loopsOf, structure } from '../../../emulator/compiler/structure';
import { seededRandom } from '../../../emulator/isa/random';
import { CORE } from '../../../emulator/state/layout';
import { FlatMachine, RAM_BASE } from '../interpreter/flat-machine';

const GRAPHS = 500;

function randomRegion(seed: number): Region {
  const random = seededRandom(seed);
  const count = 1 + (random() % 14);
  const blocks = Array.from({ length: count }, (_, pc): BasicBlock => {
    const successors = [...new Set(Array.from({ length: random() % 3 }, () => random() % count))];
    return {
      pc,
      activation: { number: 0, depth: 0, start: 0, caller: undefined, returns: 0 },
      instructions: [],
      successors,
      guesses: successors.map((node) => ({ word: node, node })),
    };
  });
  const entries = [...new Set(Array.from({ length: 1 + (random() % 3) }, () => random() % count))];
  return { set: 'A32', blocks, entries, length: count, nodeAt: (_, pc) => pc };
}

const itemsOf = ({ blocks, entries }: Region): ReturnType<typeof structure> =>
  structure({
    count: blocks.length,
    successors: (node) => blocks[node]!.successors,
    entries: new Set(entries),
  });

describe('loops that begin with a copy of themselves', () => {
  it(`go where they went, and are entered in one way, in ${GRAPHS} random graphs`, () => {
    let found = 0;
    for (let seed = 1; seed <= GRAPHS; seed++) {
      const region = randomRegion(seed);
      const { region: peeled, headers } = peel(region, itemsOf(region));
      found += headers.size;
      for (const block of peeled.blocks) {
        const before = region.blocks[block.pc]!;
        const places = (nodes: readonly number[]): number[] => nodes.map((node) => peeled.blocks[node]!.pc);
        assert.deepEqual(places(block.successors), before.successors);
        assert.deepEqual(
          block.guesses.map(({ word, node }) => [word, node]),
          before.successors.map((to, index) => [to, block.successors[index]]),
        );
        for (const [index, to] of before.successors.entries())
          assert.equal(block.elsewhere?.get(to) ?? to, block.successors[index]);
      }
      for (const loop of loopsOf(itemsOf(peeled))) {
        if (loop.items.some(isLoop)) continue;
        assert.ok(headers.has(loop.header), `seed ${seed}: a loop that is as it was`);
        assert.deepEqual(loop.inner, []);
        assert.equal(peeled.entries.includes(loop.header), false);
      }
    }
    assert.ok(found > GRAPHS / 2, `${found} loops`);
  });

  it('is written without the copy where what is known at the end of a turn is not what its copy said', () => {
    const { again } = LazyFlags.prototype;
    let forgotten = 0;
    // By the way flags are followed this cannot happen, so nothing is known any more from the header on.
    LazyFlags.prototype.again = function* () {
      yield* again.call(this);
      Object.defineProperty(this, 'known', { get: () => UNKNOWN_FLAGS, set: () => undefined });
      forgotten++;
    };
    try {
      const m = new FlatMachine(1 << 16);
      const tier = new Compiler(m.state, m.blocks, { ...DEFAULT_OPTIONS, threshold: 2, batch: 1 });
      // add r0, r0, #2; subs r1, r1, #1; bne to the add; b to itself
      m.load(RAM_BASE, [0xe280_0002, 0xe251_1001, 0x1aff_fffc, 0xeaff_fffe]);
      m.s[CORE.R + 1] = 5000;
      m.s[CORE.R + 15] = RAM_BASE;
      m.interpreter.run(3 * 5000);
      assert.deepEqual([m.s[CORE.R], m.s[CORE.R + 1]], [10_000, 0]);
      assert.ok(forgotten > 0 && tier.regions > 0, `${forgotten} loops, ${tier.regions} regions`);
    } finally {
      LazyFlags.prototype.again = again;
    }
  });
});
