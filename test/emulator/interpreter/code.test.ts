/** Code that changes, breakpoints, stops before an access, faults of fetches. */
import assert from 'node:assert/strict';
import { StopBefore } from '../../../emulator/mmu/memory-access';
import { CORE } from '../../../emulator/state/layout';
import { NE, SETEND_BE, SETEND_LE, SVC, add, b, ldr, mov, stmia, str, subs } from './assembler';
import { FlatMachine, RAM_BASE } from './flat-machine';
import { describeTiers } from './tiers';

const CODE = RAM_BASE + 0x1000;
const DATA = RAM_BASE + 0x8000;

function machine(code: readonly number[], bytes = 1 << 16): FlatMachine {
  const m = new FlatMachine(bytes);
  m.load(CODE, code);
  m.s[CORE.R + 15] = CODE;
  m.s[CORE.R + 8] = DATA;
  return m;
}

describeTiers('code that changes', () => {
  it('executes an instruction written a moment before in the same block', () => {
    const m = machine([str(0, 1), mov(2, 1), mov(3, 1), b(3, 3)]);
    m.s[CORE.R] = mov(3, 99) | 0;
    m.s[CORE.R + 1] = CODE + 8;
    m.interpreter.run(3);
    assert.equal(m.s[CORE.R + 3], 99);
    assert.equal(m.core.retired, 3);
  });

  it('executes instructions written by STM, in a loop that ran before', () => {
    const m = machine([
      mov(5, 3),
      add(2, 2, 1),
      stmia(1, 0x01),
      subs(1, 1, 4),
      subs(5, 5, 1),
      b(5, 1, NE),
      b(6, 6),
    ]);
    m.s[CORE.R] = add(2, 2, 10) | 0;
    m.s[CORE.R + 1] = CODE + 4;
    m.interpreter.run(100);
    assert.equal(m.s[CORE.R + 2], 1 + 10 + 10);
  });

  it('keeps blocks of the page that the store did not touch', () => {
    const m = machine([str(0, 1), b(1, 0)]);
    m.s[CORE.R + 1] = CODE + 0x800;
    assert.deepEqual(m.interpreter.run(1000), { retired: 1000, reason: 'budget' });
    assert.equal(m.core.pc, CODE);
  });

  it('is told of few of the writes that fill a page which had code, and of few where code and data share a page', () => {
    const WORDS = 1024;
    // A loop elsewhere fills the page; the code in it ran once.
    const m = machine([mov(0, 1), b(1, 0x100)]);
    let told = 0;
    const { onCodeWrite } = m.memory;
    m.memory.onCodeWrite = (offset, bytes) => {
      told++;
      onCodeWrite?.(offset, bytes);
    };
    m.interpreter.run(2);
    const filling = RAM_BASE + 0x4000;
    const fill = (): void => {
      m.load(filling, [str(0, 1), add(1, 1, 4), subs(5, 5, 1), b(3, 0, NE), b(4, 4)]);
      m.s[CORE.R + 1] = CODE;
      m.s[CORE.R + 5] = WORDS;
      m.s[CORE.R + 15] = filling;
      m.interpreter.run(4 * WORDS);
    };
    fill();
    assert.ok(told > 0 && told <= 64, `told of ${told} writes`);
    assert.equal(m.memory.read(CODE + 4 * (WORDS - 1), 4, 0, 1), 1);
    // A loop that stores to its own page: told of each but for those between dropping and coming back.
    told = 0;
    m.load(CODE, [str(0, 1), subs(5, 5, 1), b(2, 0, NE), b(3, 3)]);
    const builds = m.blocks.pool.used;
    m.s[CORE.R + 1] = CODE + 0x800;
    m.s[CORE.R + 5] = 100 * WORDS;
    m.s[CORE.R + 15] = CODE;
    m.interpreter.run(3 * 100 * WORDS);
    assert.equal(m.s[CORE.R + 5], 0);
    const blocksAgain = m.blocks.pool.used - builds;
    assert.ok(blocksAgain < 200, `${blocksAgain} ops`);
  });

  it('sees what another party wrote when it is told', () => {
    const m = machine([mov(0, 1), b(1, 0)]);
    m.interpreter.run(10);
    m.load(CODE, [mov(0, 2)]);
    m.interpreter.run(10);
    assert.equal(m.s[CORE.R], 2);
  });

  it('takes a prefetch abort where nothing can be fetched, after the last instruction of the page', () => {
    const m = machine([], 0x3000);
    m.load(RAM_BASE + 0x2ffc, [mov(0, 7)]);
    m.load(RAM_BASE + 0x0c, [b(0, 0)]);
    m.s[CORE.R + 15] = RAM_BASE + 0x2ffc;
    m.interpreter.run(2);
    assert.equal(m.s[CORE.R], 7);
    assert.deepEqual(m.exceptions, ['prefetch abort at 40003000']);
  });

  it('reads data by CPSR.E and code always little-endian', () => {
    const m = machine([ldr(0, 8), SETEND_BE, ldr(1, 8), str(1, 8, 4), SETEND_LE, ldr(2, 8, 4), b(6, 6)]);
    m.load(DATA, [0x01020304]);
    m.interpreter.run(7);
    assert.deepEqual([m.s[CORE.R], m.s[CORE.R + 1], m.s[CORE.R + 2]], [0x01020304, 0x04030201, 0x01020304]);
  });
});

describeTiers('stops', () => {
  const LOOP = [mov(0, 5), add(1, 1, 1), add(1, 1, 1), add(2, 2, 1), subs(0, 0, 1), b(5, 1, NE), b(6, 6)];

  it('stops before a breakpoint in the middle of a block that is already decoded, and passes it when told', () => {
    const m = machine(LOOP);
    m.interpreter.run(7);
    const at = CODE + 8;
    m.blocks.setBreakpoints(new Set([at]));
    assert.deepEqual(m.interpreter.run(1000), { retired: 0, reason: 'breakpoint' });
    assert.equal(m.core.pc, at);
    for (let hit = 0; hit < 3; hit++) {
      assert.deepEqual(m.interpreter.run(1000, true), { retired: 5, reason: 'breakpoint' });
      assert.equal(m.core.pc, at);
    }
    m.blocks.setBreakpoints(new Set());
    assert.deepEqual(m.interpreter.run(1000), { retired: 1000, reason: 'budget' });
    assert.deepEqual([m.s[CORE.R + 1], m.s[CORE.R + 2]], [10, 5]);
  });

  it('goes on where onBreakpoint says no, counting nothing for it', () => {
    const m = machine(LOOP);
    const asked: number[] = [];
    m.blocks.setBreakpoints(new Set([CODE + 8, CODE + 20]));
    m.onBreakpoint = (va) => {
      asked.push(va - CODE, m.core.retired);
      return false;
    };
    const plain = machine(LOOP);
    plain.interpreter.run(100);
    assert.deepEqual(m.interpreter.run(100), { retired: 100, reason: 'budget' });
    assert.equal(m.hash(), plain.hash());
    assert.deepEqual(asked.slice(0, 8), [8, 2, 20, 5, 8, 7, 20, 10]);
  });

  it('does not ask again for a budget that ends at a breakpoint', () => {
    const m = machine(LOOP);
    m.blocks.setBreakpoints(new Set([CODE + 8]));
    assert.deepEqual(m.interpreter.run(2), { retired: 2, reason: 'budget' });
    assert.deepEqual(m.interpreter.run(2), { retired: 0, reason: 'breakpoint' });
  });

  it('leaves before an access that is to be stopped at, with nothing changed', () => {
    const m = machine([mov(0, 1), str(0, 8, 8), mov(0, 2), b(3, 3)]);
    const stop = new StopBefore('watch');
    let armed = true;
    m.memory.onAccess = (_, kind) => {
      if (armed && kind === 'write') throw stop;
    };
    assert.deepEqual(m.interpreter.run(100), { retired: 1, reason: 'stop' });
    assert.equal(m.interpreter.stoppedBefore, stop);
    assert.equal(m.core.pc, CODE + 4);
    armed = false;
    assert.deepEqual(m.interpreter.run(2), { retired: 2, reason: 'budget' });
    assert.equal(m.interpreter.stoppedBefore, undefined);
    assert.equal(m.state.view.getInt32(m.memory.ramOffset(DATA + 8), true), 1);
  });

  it('gives the syndrome of a load without write-back, none with', () => {
    const m = machine([ldr(3, 1, 4), SVC]);
    m.load(RAM_BASE + 0x10, [b(0, 0)]);
    m.interpreter.run(1);
    assert.deepEqual(m.syndromes, [{ sas: 2, signExtend: false, rt: 3 }]);
    const other = machine([stmia(1, 3), SVC]);
    other.load(RAM_BASE + 0x10, [b(0, 0)]);
    other.interpreter.run(1);
    assert.deepEqual(other.syndromes, [undefined]);
  });

  it('takes SVC as its own exception, retired', () => {
    const m = machine([SVC]);
    m.semihosting = false;
    m.load(RAM_BASE + 8, [mov(0, 3), b(1, 1)]);
    assert.deepEqual(m.interpreter.run(2), { retired: 2, reason: 'budget' });
    assert.equal(m.s[CORE.R], 3);
    assert.deepEqual(m.exceptions, [`svc at ${CODE.toString(16)}`]);
  });

  it('an error that is no fault of the guest comes out of run, with the count exact', () => {
    const m = machine([mov(0, 1), mov(1, 1), SVC]);
    m.onHelper = () => {
      throw new TypeError('a bug of the machine');
    };
    assert.throws(() => m.interpreter.run(10), /a bug of the machine/);
    assert.equal(m.core.retired, 2);
    assert.equal(m.core.pc, CODE + 8);
  });
});
