// Start-up: what the emulator does while it is loaded, in function calls, and how much V8 must read for it. Seconds
// are `npm run bench`'s.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Calls that filling the tables takes, and half as many again. Below a tenth of a second, most of which is V8's reading. */
const MOST_CALLS = 57_000;
/** Bytes of each program; 1 MB takes V8 some 22 ms. */
const MOST_BYTES = 2.4e6;

/** Prints how many functions of the emulator were called while the file was loaded. */
const COUNT = `
const { Session } = require('node:inspector');
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
require(process.argv[1]);
session.post('Profiler.takePreciseCoverage', (error, { result }) => {
  const own = result.filter(({ url }) => /[/](emulator|generated)[/]/.test(url));
  console.log(own.flatMap(({ functions }) => functions).reduce((sum, { ranges }) => sum + ranges[0].count, 0));
});
`;

describe('loading the emulator', () => {
  it('fills its tables with few calls', function () {
    this.timeout(60_000);
    const run = spawnSync(process.execPath, ['-e', COUNT, resolve('out/emulator/index.js')], {
      encoding: 'utf8',
    });
    assert.equal(run.status, 0, run.stderr);
    const calls = Number(run.stdout);
    assert.ok(calls > 1000 && calls < MOST_CALLS, `${calls} calls`);
  });

  for (const program of ['worldswitch.js', 'debug-adapter.js'])
    it(`reads no more than it must: ${program}`, () => {
      const { size } = statSync(join('dist', program));
      assert.ok(size < MOST_BYTES, `${size} bytes`);
    });
});
