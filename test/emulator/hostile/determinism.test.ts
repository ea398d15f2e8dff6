/** What a hostile guest does is the same stream however it is run and whoever listens; see machine.test.ts for seeds. */
import assert from 'node:assert/strict';
import { EVENT_KINDS } from '../../../emulator';
import { seededRandom } from '../../../emulator/isa/random';
import { digest } from '../machine/digest';
import { HostileWorld } from './hostile-world';

const WORLDS = process.env['WORLDSWITCH_LONG'] === '1' ? 300 : 5;
const EPISODES = 8;
const BUDGET = 2_000;

function story(seed: number, pieces?: () => number, listen = false): string[] {
  const world = new HostileWorld(seed);
  let heard = 0;
  if (listen) world.machine.events.subscribe(EVENT_KINDS, () => ++heard % 5 === 0);
  return Array.from({ length: EPISODES }, () => {
    world.episode(BUDGET, pieces, listen);
    return digest(world.machine);
  });
}

describe('determinism of hostile guests', function () {
  this.timeout(7_200_000);

  it('runs in pieces, and with listeners that stop it, as in one', () => {
    const random = seededRandom(3);
    const sizes = [1, 2, 3, 17, 300];
    for (let seed = 1001; seed <= 1000 + WORLDS; seed++) {
      const expected = story(seed);
      const pieces = story(seed, () => sizes[random() % sizes.length]!);
      assert.deepEqual(pieces, expected, `world ${seed}, in pieces`);
      assert.deepEqual(story(seed, undefined, true), expected, `world ${seed}, with listeners`);
    }
  });
});
