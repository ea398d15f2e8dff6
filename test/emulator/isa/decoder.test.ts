// The decoder: lengths, conditions, features, and random instructions made from its table.
import assert from 'node:assert/strict';
import { decode, isWideThumb } from '../../../emulator/isa/decoder';
import { randomInstruction, seededRandom } from '../../../emulator/isa/random';
import type { DecodeContext } from '../../../emulator/isa/row';

const A32: DecodeContext = { set: 'A32', address: 0, itstate: 0 };
const T32: DecodeContext = { set: 'T32', address: 0, itstate: 0 };

describe('the decoder', () => {
  it('tells 16-bit from 32-bit T32 instructions by bits 15–11', () => {
    assert.deepEqual([0x0000, 0xe7ff, 0xe800, 0xefff, 0xf000, 0xffff].map(isWideThumb), [
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
    assert.equal(decode(0xbf00, T32).length, 2);
    assert.equal(decode(0xf3af8000, T32).length, 4);
  });

  it('gives the condition of the encoding, of the IT block or of the branch', () => {
    assert.equal(decode(0x13a00000, A32).condition, 1);
    assert.equal(decode(0xf57ff05f, A32).condition, 14);
    assert.equal(decode(0x2000, { ...T32, itstate: 0x08 }).condition, 0);
    assert.equal(decode(0x2000, { ...T32, itstate: 0x1c }).condition, 1);
    assert.equal(decode(0xd1fe, T32).condition, 1);
    assert.equal(decode(0xbe00, { ...T32, itstate: 0x08 }).condition, 14, 'BKPT executes always');
  });

  it('takes UNPREDICTABLE encodings as UNDEFINED and remembers the row', () => {
    const decoded = decode(0xe1c00091, A32); // no such multiply
    assert.equal(decoded.row.name, 'UNDEFINED A32');
    const unpredictable = decode(0xe00f0291, A32); // MUL pc, r1, r2
    assert.equal(unpredictable.row.name, 'UNDEFINED A32');
    assert.equal(unpredictable.matched?.name, 'MUL A1');
    assert.equal(unpredictable.unpredictable, true);
  });

  it('takes what needs an absent feature as UNDEFINED', () => {
    assert.equal(decode(0xe1400070, A32).row.name, 'HVC A1');
    assert.equal(decode(0xe1400070, A32, new Set(['virtualization'])).row.name, 'UNDEFINED A32');
  });

  it('decodes branches out of an IT block but not in the middle of one', () => {
    assert.equal(decode(0x4770, { ...T32, itstate: 0x08 }).row.name, 'BX T1');
    assert.equal(decode(0x4770, { ...T32, itstate: 0x04 }).row.name, 'UNDEFINED T16');
    assert.equal(decode(0xd0fe, { ...T32, itstate: 0x08 }).row.name, 'UNDEFINED T16');
  });
});

describe('random instructions', () => {
  it('are the same for the same seed and different for another', () => {
    const stream = (seed: number): number[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 50 }, () => randomInstruction(random, 'A32').word);
    };
    assert.deepEqual(stream(1), stream(1));
    assert.notDeepEqual(stream(1), stream(2));
  });

  it('execute, are of the chosen rows, and meet each of them', () => {
    for (const set of ['A32', 'T32'] as const) {
      const random = seededRandom(4);
      const names = new Set<string>();
      const multiplies = (name: string): boolean => /^S?M(UL|LA|LS)/.test(name);
      for (let k = 0; k < 4000; k++) {
        const { word, row } = randomInstruction(random, set, { rows: ({ name }) => multiplies(name) });
        assert.equal(decode(word, { set, address: 0, itstate: 0 }).row, row);
        names.add(row.name);
      }
      assert.ok([...names].every(multiplies));
      assert.ok(names.size >= 14, `${names.size}`);
    }
  });

  it('say so when no row is wanted', () => {
    assert.throws(
      () => randomInstruction(seededRandom(1), 'T32', { rows: () => false }),
      /no T32 row is wanted/,
    );
  });
});
