// Mocha's spec reporter, which also writes to the file that SUITE_RESULT names how many tests passed and failed, and what
// they cost.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const Mocha = require('mocha');

/** Seconds that processors have spent on this process and on those that it has seen end; undefined where Linux doesn't tell. */
function processorSeconds() {
  if (!existsSync('/proc/self/stat')) return undefined;
  // utime, stime, cutime and cstime of proc(5), in the 100th seconds that the kernel tells everybody.
  const [, fields] = readFileSync('/proc/self/stat', 'latin1').split(') ');
  const ticks = fields.split(' ').slice(11, 15);
  return ticks.reduce((sum, one) => sum + Number(one), 0) / 100;
}

class Reporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const write = () => {
      const { passes, failures, pending } = runner.stats;
      if (process.env.SUITE_RESULT)
        writeFileSync(
          process.env.SUITE_RESULT,
          JSON.stringify({ passed: passes, failed: failures, pending, processor: processorSeconds() }),
        );
    };
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, write);
  }
}

module.exports = Reporter;
