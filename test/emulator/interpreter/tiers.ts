/** Tests of the interpreter that hold for compiled code as well. */
import { Compiler, DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { FlatMachine } from './flat-machine';

const OPTIONS = { ...DEFAULT_OPTIONS, threshold: 1, batch: 1, beaten: false };

/** Defines tests twice: for the interpreter alone, and with every block compiled when it is first executed. */
export function describeTiers(name: string, body: () => void): void {
  describe(`interpreter: ${name}`, body);
  describe(`compiler: ${name}`, () => {
    before(() => {
      FlatMachine.onMade = (m) => void new Compiler(m.state, m.blocks, OPTIONS);
    });
    after(() => {
      FlatMachine.onMade = () => undefined;
    });
    body();
  });
}
