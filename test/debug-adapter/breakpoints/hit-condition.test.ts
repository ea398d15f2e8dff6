import assert from 'node:assert/strict';
import { parseHitCondition } from '../../../debug-adapter/breakpoints/hit-condition';

describe('breakpoints: hit conditions', () => {
  const hits = (text: string): number[] => {
    const condition = parseHitCondition(text);
    return [1, 2, 3, 4, 5, 6].filter((n) => condition(n));
  };

  it('compare the number of hits', () => {
    assert.deepEqual(hits('3'), [3, 4, 5, 6]);
    assert.deepEqual(hits('>= 3'), [3, 4, 5, 6]);
    assert.deepEqual(hits('>3'), [4, 5, 6]);
    assert.deepEqual(hits(' <=2 '), [1, 2]);
    assert.deepEqual(hits('< 2'), [1]);
    assert.deepEqual(hits('== 4'), [4]);
    assert.deepEqual(hits('= 4'), [4]);
    assert.deepEqual(hits('% 2'), [2, 4, 6]);
    assert.deepEqual(hits('% 0'), []);
  });

  it('refuse what is no count, and say what is', () => {
    for (const text of ['', 'many', '-1', '1.5', '> ', '5 hits', '!= 2'])
      assert.throws(() => parseHitCondition(text), /no hit count.*every n-th/, text);
  });
});
