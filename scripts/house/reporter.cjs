// Mocha's spec reporter, which also writes how many tests passed and failed to the file that SUITE_RESULT names.
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');

class Reporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const write = () => {
      const { passes, failures, pending } = runner.stats;
      if (process.env.SUITE_RESULT)
        writeFileSync(
          process.env.SUITE_RESULT,
          JSON.stringify({ passed: passes, failed: failures, pending }),
        );
    };
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, write);
  }
}

module.exports = Reporter;
