/** Instructions that name an address and access nothing there: compiled code brings no more into the TLB by them. */
import assert from 'node:assert/strict';
import { DEFAULT_CONFIGURATION, Machine } from '../../../emulator';
import { DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { CORE } from '../../../emulator/state/layout';
import { Mode } from '../../../emulator/state/psr';
import { add, b, NE, subs } from '../interpreter/assembler';

const RAM = 0x4000_0000;
const CODE = RAM + 0x9000;
const LOOPS = 60;

const INSTRUCTIONS = {
  DCCMVAC: 0xee07_0f3a, // mcr p15, 0, r0, c7, c10, 1
  'STREX without a monitor': 0xe180_2f93, // strex r2, r3, [r0]
};

function run(instruction: number, compiled: boolean): Machine {
  const machine = new Machine({ ...DEFAULT_CONFIGURATION, memory: 1 << 20 });
  const tier = compiled ? machine.compile({ ...DEFAULT_OPTIONS, threshold: 3, batch: 1 }) : undefined;
  // r0 goes from page to page.
  const program = [instruction, add(0, 0, 0xa01), subs(1, 1, 1), b(3, 0, NE), b(4, 4)];
  machine.memory.writePhysical(CODE, new Uint8Array(Int32Array.from(program).buffer));
  const core = machine.state.cores[0]!;
  core.i32[CORE.PSR] = Mode.svc | 0x1c0;
  core.i32[CORE.R] = RAM;
  core.i32[CORE.R + 1] = LOOPS;
  core.i32[CORE.R + 15] = CODE;
  machine.system.effects.translationChanged(core);
  machine.run(4 * LOOPS);
  if (tier !== undefined) assert.ok(tier.regions > 0);
  return machine;
}

describe('compiled instructions that access nothing', () => {
  for (const [name, instruction] of Object.entries(INSTRUCTIONS))
    it(`leave the TLB as the interpreter leaves it: ${name}`, () => {
      const [interpreted, compiled] = [run(instruction, false), run(instruction, true)];
      assert.equal(compiled.retired, interpreted.retired);
      assert.equal(compiled.stateHash(), interpreted.stateHash());
    });
});
