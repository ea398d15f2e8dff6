// What the compiler must know of an instruction before it writes it.
import assert from 'node:assert/strict';
import { CodeReader, type Instruction } from '../../../emulator/compiler/code-reader';
import { FlatMachine, RAM_BASE } from '../interpreter/flat-machine';

function read(word: number): Instruction {
  const m = new FlatMachine(1 << 16);
  m.load(RAM_BASE, [word | 0]);
  const source = {
    view: m.state.view,
    decode: m.blocks.decode,
    inlining: { tellsRegisterWrites: false, alone: true, maintains: true },
    compilesForms: true,
    isBreakpoint: () => false,
  };
  return new CodeReader(source, RAM_BASE, m.memory.ramOffset(RAM_BASE), 'A32').at(RAM_BASE, 0)!;
}

/** Under a condition that is as often true as not these need no branch. */
const COMPUTES = [
  ['movlo r0, #1', 0x33a0_0001],
  ['addne r1, r2, r3, lsl #2', 0x1081_1103],
  ['rsbmi r0, r0, #0', 0x4260_0000],
  ['adchs r0, lr, #0', 0x22ae_0000],
  ['muleq r0, r1, r2', 0x0000_0291],
  ['uxtbne r0, r1', 0x16ef_0071],
] as const;
/** These do what must not be done, or what takes long, where the condition is false. */
const DOES_MORE = [
  ['addsne r1, r2, r3', 0x1092_1003],
  ['umullne r0, r1, r2, r3', 0x1081_0392],
  ['sdivne r0, r1, r2', 0x1710_f211],
  ['ldrne r0, [r1]', 0x1591_0000],
  ['ldmne r1, {r0}', 0x1891_0001],
  ['qaddne r0, r1, r2', 0x1102_0051],
  ['sadd8ne r0, r1, r2', 0x1611_0f92],
  ['ldrexne r0, [r1]', 0x1191_0f9f],
  ['mrsne r0, apsr', 0x110f_0000],
  ['vmovne r0, s0', 0x1e10_0a10],
  ['bne', 0x1aff_fffe],
  ['movne pc, r0', 0x11a0_f000],
  ['strne r0, [r1]', 0x1581_0000],
] as const;

describe('facts of an instruction', () => {
  for (const [name, word] of COMPUTES)
    it(`${name} only computes`, () => {
      const { facts, condition } = read(word);
      assert.equal(condition, word >>> 28);
      assert.equal(facts.onlyComputes, true);
    });
  for (const [name, word] of DOES_MORE)
    it(`${name} does more`, () => {
      assert.equal(read(word).condition, word >>> 28);
      assert.equal(read(word).facts.onlyComputes, false);
    });
});
