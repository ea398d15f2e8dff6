// worldswitch: the machine and the debug adapter from the command line, for scripts and CI.
import { CommandLineError, helpText, inOptions, parseCommandLine } from '../protocol/command-line-options';
import { EngineDifference } from '../../emulator';
import { LaunchError } from '../launch/target';
import { setV8Flags } from '../node/v8-flags';
import { runAdapter } from '../node/entry';
import { runMachine } from './run';

/** Exit code for a wrong command line, as with other command-line programs. */
const USAGE = 2;

async function main(argv: readonly string[]): Promise<void> {
  const line = parseCommandLine(argv);
  if (line.help || line.command === undefined) {
    process.stdout.write(helpText(line.command));
    return;
  }
  if (line.command === 'dap') {
    runAdapter([
      ...(line.port === undefined ? [] : ['--port', String(line.port)]),
      ...(line.translations === undefined ? [] : ['--translations', line.translations]),
    ]);
    return;
  }
  process.exitCode = await runMachine(line);
}

setV8Flags();
main(process.argv.slice(2)).catch((error: unknown) => {
  const known =
    error instanceof CommandLineError || error instanceof LaunchError || error instanceof EngineDifference;
  const words = known
    ? inOptions(error.message)
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  process.stderr.write(`worldswitch: ${words}\n`);
  process.exitCode = error instanceof CommandLineError ? USAGE : 1;
});
