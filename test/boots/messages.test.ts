/** What counts as the same message, and what as a warning of our own. */
import assert from 'node:assert/strict';
import { kernelMessages, warningsOnlyIn } from './messages';

describe('messages of a kernel', () => {
  const quiet = kernelMessages([
    '<6>[    0.000000] Booting Linux on physical CPU 0x0',
    '<3>[    0.012000] CPU0: Spectre v2: system vulnerable',
    '<5>[    0.300000] audit: type=2000 audit(0.300:1): state=initialized',
    'READY> ',
  ]);

  it('are the same when only their times differ', () => {
    const [message] = kernelMessages([
      '<13>[   10.123456] audit: type=2000 audit(0.008:1): state=initialized',
    ]);
    assert.deepEqual(message, quiet[2]);
    assert.equal(quiet.length, 3);
  });

  it('are reported when they warn and the other machine has none such', () => {
    const louder = kernelMessages([
      '<3>[    0.500000] CPU0: Spectre v2: system vulnerable',
      '<6>[    0.600000] something new, for information',
      '<4>[    0.700000] timer took 12.5 ms',
      '<1>[    0.800000] Unhandled fault: imprecise external abort (0x1c06)',
    ]);
    assert.deepEqual(warningsOnlyIn(louder, quiet), [
      'timer took N ms',
      'Unhandled fault: imprecise external abort (0x1c06)',
    ]);
    assert.deepEqual(warningsOnlyIn(quiet, quiet), []);
  });
});
