/** An asynchronous external abort is pending from when it is reported, and is taken where it is not masked (ARM ARM B1.9.8). */
import assert from 'node:assert/strict';
import { CORE, Mode, SYS } from '../../../emulator';
import { CODE, RAM, SELF, WFI, load, machineWith, mcr, register } from './words';

const CPSIE_A = 0xf108_0100;
const VECTORS = RAM + 0x2_0000;
const ADD = 0xe284_4001; // ADD r4, r4, #1
const MASKED = 100;

/** Counts to 100 in r4 with A masked, then on and on without. */
const COUNT = CODE + 4 * 4;
const COUNTING = [
  ...load(0, VECTORS),
  mcr(0, 0, 12, 0, 0), // VBAR
  0xe3a0_4000, // MOV r4, #0
  ADD,
  0xe354_0000 | MASKED, // CMP r4, #100
  0x1aff_fffc, // BNE to ADD
  CPSIE_A,
  ADD,
  0xeaff_fffd, // B to ADD
];

describe('an asynchronous abort of the machine', () => {
  for (const engine of ['interpreter', 'jit', 'check'] as const)
    it(`is taken at the first instruction that does not mask it, once (${engine})`, () => {
      const machine = machineWith(COUNTING, { engine });
      const [{ state: core }] = machine.cores as [(typeof machine.cores)[0]];
      machine.run(40);
      assert.ok(core.pc >= COUNT && register(machine, 0, 4) < MASKED);
      machine.raiseAsynchronousAbort(0);
      machine.raiseAsynchronousAbort(0);
      machine.setBreakpoints(new Set([VECTORS + 0x10]));
      assert.equal(machine.run(10_000).end, 'stop');
      assert.deepEqual([core.mode, register(machine, 0, 4), core.i32[SYS.DFSR]], [Mode.abt, MASKED, 0x406]);
      assert.equal(core.u32[CORE.R + 14], CODE + 4 * 8 + 8, 'LR is 8 behind what was not executed any more');
      assert.equal(core.i32[CORE.PENDING], 0);
    });

  it('wakes WFI, masked or not', () => {
    const machine = machineWith([WFI, ADD, SELF]);
    assert.equal(machine.run(100).end, 'idle');
    machine.raiseAsynchronousAbort(0);
    machine.run(10);
    assert.equal(register(machine, 0, 4), 1);
  });

  it('is forgotten at a reset, and belongs to a core that there is', () => {
    const machine = machineWith([...COUNTING], { cpus: 2 });
    machine.raiseAsynchronousAbort(1);
    assert.notEqual(machine.state.cores[1]!.i32[CORE.PENDING], 0);
    assert.equal(machine.state.cores[0]!.i32[CORE.PENDING], 0);
    machine.startCore(machine.state.cores[1]!, CODE, 0);
    assert.equal(machine.state.cores[1]!.i32[CORE.PENDING], 0);
    assert.throws(() => machine.raiseAsynchronousAbort(2), RangeError);
    assert.throws(() => machine.raiseAsynchronousAbort(-1), RangeError);
  });
});
