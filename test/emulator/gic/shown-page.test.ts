/** The page that GICH's reads are made from (Device.readsAs): at any time what its handlers give. */
import assert from 'node:assert/strict';
import { Gic } from '../../../emulator/gic/gic';
import { seededRandom } from '../../../emulator/isa/random';
import { DEVICE_PAGE_BYTES } from '../../../emulator/state/layout';

const STEPS = 3000;
const WORDS = DEVICE_PAGE_BYTES / 4;
/** Offsets that change something: of GICH beside its list registers, and of GICV. */
const GICH_WRITES = [0x00, 0x08, 0xf0];
const GICV_WRITES = [0x00, 0x04, 0x08, 0x10, 0x1c, 0x24, 0xd0, 0x1000];
const GICV_READS = [0x0c, 0x20];

function machine(listRegisters: number) {
  const pages = [0, 1].map((core) => ({ offset: core * DEVICE_PAGE_BYTES, words: new Int32Array(WORDS) }));
  const gic = new Gic(
    { cores: 2, listRegisters },
    { set: () => undefined },
    undefined,
    (core) => pages[core]!,
  );
  const { gich, gicv } = gic.devices;
  assert.ok(gich && gicv);
  const check = (when: string): void => {
    for (const [core, { words, offset }] of pages.entries()) {
      assert.equal(gich.readsAs?.(core), offset);
      const by = { core, secure: false, privileged: true };
      for (let word = 0; word < WORDS; word++)
        assert.equal(words[word]! >>> 0, gich.read(4 * word, 4, by), `${when}: word ${word} of core ${core}`);
    }
  };
  return { gic, gich, gicv, check };
}

describe('the page of GICH', () => {
  for (const listRegisters of [1, 4, 33, 64])
    it(`is what reads give, with ${listRegisters} list registers`, () => {
      const { gic, gich, gicv, check } = machine(listRegisters);
      const random = seededRandom(listRegisters);
      const pick = (from: readonly number[]): number => from[random() % from.length]!;
      check('at first');
      for (let step = 0; step < STEPS; step++) {
        const by = { core: random() & 1, secure: false, privileged: true };
        // Few interrupts and priorities, so that they meet.
        const list = (random() & 0xf800_0000) | ((random() & 1) << 19) | (random() & 0x1c07);
        const kind = random() % 8;
        if (kind < 3) gich.write(0x100 + 4 * (random() % listRegisters), 4, list >>> 0, by);
        else if (kind === 3) gich.write(pick(GICH_WRITES), 4, random() >>> 0, by);
        else if (kind === 4) gicv.write(pick(GICV_WRITES), 4, (random() & 0x1c1f) >>> 0, by);
        else if (kind === 5) gicv.read(pick(GICV_READS), 4, by);
        else if (kind === 6) gich.write(0, 4, 1, by);
        else gich.write(8, 4, 0xf800_0003, by);
        check(`step ${step}`);
      }
      const saved = gich.save();
      gic.reset();
      check('after a reset');
      gich.restore(saved);
      check('after a restore');
    }).timeout(60_000);

  it('is not there for cores that have none', () => {
    assert.equal(new Gic({}, { set: () => undefined }).devices.gich?.readsAs?.(0), undefined);
  });
});
