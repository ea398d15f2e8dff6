/** Tests of the interpreter that hold for compiled code as well. */
import { Compiler, DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { FlatMachine } from './flat-machine';

/** So many executions that nothing is ever compiled: threaded code does what it can. */
export const NEVER_COMPILED = { ...DEFAULT_OPTIONS, threshold: 2 ** 28 };
const OPTIONS = { ...DEFAULT_OPTIONS, threshold: 1, batch: 1, beaten: false };

/**
 * Defines tests three times: for the interpreter alone, with threaded code beside it, and with every block compiled when
 * it is first executed.
 */
export function describeTiers(name: string, body: () => void): void {
  describe(`interpreter: ${name}`, body);
  for (const [tier, options] of [
    ['threaded code', NEVER_COMPILED],
    ['compiler', OPTIONS],
  ] as const)
    describe(`${tier}: ${name}`, () => {
      before(() => {
        FlatMachine.onMade = (m) => void new Compiler(m.state, m.blocks, options);
      });
      after(() => {
        FlatMachine.onMade = () => undefined;
      });
      body();
    });
}
