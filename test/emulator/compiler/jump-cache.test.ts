// Two addresses may have the same place: every kernel has two that go to each other all the time and share one.
import assert from 'node:assert/strict';
import { JUMP_CACHE_FACTOR, JumpCache } from '../../../emulator/compiler/jump-cache';
import { JUMP_CACHE_BYTES, JUMP_CACHE_OFFSET } from '../../../emulator/state/layout';
import { FlatMachine } from '../interpreter/flat-machine';

const ENTRY_WORDS = 4;
const ENTRIES = JUMP_CACHE_BYTES / 4 / ENTRY_WORDS;

/** Addresses whose products begin with the same bits. */
function sharing(count: number): number[] {
  const place = (target: number): number =>
    Math.floor((Math.imul(target, JUMP_CACHE_FACTOR) >>> 0) / (2 ** 32 / ENTRIES));
  const first = 0xc040_0000 | 0;
  const found = [first];
  for (let target = first + 4; found.length < count; target += 4)
    if (place(target) === place(first)) found.push(target);
  return found;
}

describe('the jump cache', () => {
  it('has two addresses that share a place, each once, and forgets the one that was added before', () => {
    const m = new FlatMachine(1 << 12);
    const cache = new JumpCache(m.state);
    const words = new Int32Array(m.state.memory.buffer, JUMP_CACHE_OFFSET, JUMP_CACHE_BYTES / 4);
    const entries = (): number[][] => {
      const found: number[][] = [];
      for (let at = 0; at < words.length; at += ENTRY_WORDS)
        if (words[at] !== 0) found.push([...words.subarray(at, at + 3)]);
      return found.sort(([, one], [, other]) => one! - other!);
    };
    const [a, b, c] = sharing(3) as [number, number, number];
    cache.set(a, 5, 1);
    cache.set(b, 6, 2);
    assert.deepEqual(entries(), [[a, 5, 1], [b, 6, 2]]); // prettier-ignore
    cache.set(a, 7, 3);
    assert.deepEqual(entries(), [[b, 6, 2], [a, 7, 3]]); // prettier-ignore
    cache.drop(a, 6);
    cache.drop(b, 6);
    assert.deepEqual(entries(), [[a, 7, 3]]);
    cache.set(b, 8, 4);
    cache.set(c, 9, 5);
    assert.equal(entries().length, 2);
    assert.deepEqual(entries()[1], [c, 9, 5]);
  });
});
