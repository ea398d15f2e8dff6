// Two boots of one kernel on several cores are the same, instruction by instruction: the counts of every core and the
// hash of all state are equal at each point where they are looked at, however the second run is cut between them.
import assert from 'node:assert/strict';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import { atPrompt } from './conversation';
import { debianKernel, IMAGE_ADDRESS, initrd, PROMPT, temporaryFile, uncompressed } from './images';
import { converse, machineFor } from './on-machine';

const LONG = process.env['WORLDSWITCH_LONG'] === '1';
const SCRIPT = atPrompt(PROMPT, 'nproc', 'dmesg', 'poweroff -f');

interface Row {
  readonly cpus: number;
  /** An `Image` has no decompression, two thirds of a boot, before the other cores start. */
  readonly format: 'zImage' | 'Image';
  /** Instructions from one point to the next, and how many points there are. */
  readonly distance: number;
  readonly points: number;
}

/** The first lies around the start of the second core; the second is a boot to the shell and what is typed there. */
const ROWS: readonly (Row & { readonly everyRun?: boolean })[] = [
  { cpus: 2, format: 'Image', distance: 12_000_000, points: 10, everyRun: true },
  { cpus: 4, format: 'zImage', distance: 33_000_000, points: 100 },
];

/** Counts and hash at each point. `pieces` says how the way from point to point is cut. */
async function record(
  configuration: LaunchConfiguration,
  { distance, points }: Row,
  pieces: (point: number) => number,
): Promise<readonly string[]> {
  const machine = await machineFor(configuration);
  converse(machine, SCRIPT);
  const seen: string[] = [];
  for (let point = 1; point <= points; point++) {
    const piece = Math.ceil(distance / pieces(point));
    while (machine.retired < point * distance && machine.ended === undefined)
      machine.run(Math.min(piece, point * distance - machine.retired));
    seen.push(`${machine.state.cores.map((core) => core.retired).join(' ')} ${machine.stateHash()}`);
  }
  return seen;
}

describe('a boot on several cores', function () {
  this.timeout(1_800_000);

  for (const row of ROWS) {
    if (row.everyRun !== true && !LONG) continue;
    it(`repeats on ${row.cpus} cores, at ${row.points} points of ${row.distance * row.points} instructions`, async () => {
      const { path } = debianKernel('armmp');
      const configuration: LaunchConfiguration = {
        ...(row.format === 'Image'
          ? {
              kernel: temporaryFile('Image', () => uncompressed(path)),
              format: 'Image',
              loadAddress: IMAGE_ADDRESS,
            }
          : { kernel: path }),
        initrd: initrd(),
        append: 'console=ttyAMA0',
        virtualization: false,
        cpus: row.cpus,
        memory: '128M',
      };
      const first = await record(configuration, row, () => 1);
      const second = await record(configuration, row, (point) => 1 + ((point * 37) % 11));
      assert.deepEqual(second, first);
      const started = first.at(-1)!.split(' ').slice(0, row.cpus);
      assert.ok(!started.includes('0'), `not every core has started: ${started.join(' ')}`);
      assert.equal(new Set(first).size, row.points, 'a machine whose state does not change proves nothing');
    });
  }
});
