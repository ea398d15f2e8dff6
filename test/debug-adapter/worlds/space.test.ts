// Addresses with their spaces: what is written, what is one number for the editor, what is refused.
import assert from 'node:assert/strict';
import {
  HOST,
  HYP,
  PHYSICAL,
  encodeAddress,
  decodeAddress,
  formatAddress,
  guestSpace,
  ipaSpace,
  parseAddress,
  spaceById,
  spaceByName,
} from '../../../debug-adapter/worlds/space';

const ALL = [PHYSICAL, HOST, HYP, guestSpace(1), ipaSpace(1), guestSpace(4000), ipaSpace(4000)];

describe('worlds: spaces', () => {
  it('have names and ids that lead back to them', () => {
    for (const space of ALL) {
      assert.deepEqual(spaceByName(space.name), space);
      assert.deepEqual(spaceById(space.id), space);
    }
    assert.equal(new Set(ALL.map(({ id }) => id)).size, ALL.length);
    for (const name of ['vm0', 'vm01', 'vm', 'ipa', 'ipa4001', 'HOST', 'guest'])
      assert.equal(spaceByName(name), undefined, name);
  });

  it('addresses survive text and number, and never meet those of another space', () => {
    const numbers = new Set<number>();
    for (const space of ALL)
      for (const address of [0, 0xc000_9000, 2 ** space.bits - 1]) {
        const at = { space, address };
        assert.deepEqual(parseAddress(formatAddress(at), HOST), at);
        const encoded = encodeAddress(at);
        assert.ok(Number.isSafeInteger(encoded));
        assert.deepEqual(decodeAddress(encoded), at);
        assert.deepEqual(parseAddress(`0x${encoded.toString(16)}`, HOST), at);
        numbers.add(encoded);
      }
    assert.equal(numbers.size, 3 * ALL.length);
  });

  it('a bare address belongs to the space that is meant; what is none is refused', () => {
    assert.deepEqual(parseAddress('0x10', HYP), { space: HYP, address: 16 });
    assert.deepEqual(parseAddress(' 16 ', PHYSICAL), { space: PHYSICAL, address: 16 });
    for (const text of [
      '',
      'x',
      'vm1:',
      'vm1:main',
      'host:0x100000000',
      'moon:0',
      '-1',
      '1e3',
      '0x1ffffffffffffff',
    ])
      assert.equal(parseAddress(text, HOST), undefined, text);
  });
});
