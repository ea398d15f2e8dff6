import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './paths';

describe('docs/world-switch.md', function () {
  this.timeout(60_000);

  it('has the addresses and counts of the shipped image', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(ROOT, 'scripts/world-switch.mjs'), '--check'],
      { encoding: 'utf8' },
    );
    assert.strictEqual(status, 0, stderr);
  });
});
