/** Who watches for lost cores costs nothing at vectors that have code, and hears of those that have none. */
import assert from 'node:assert/strict';
import { watchForLostCores } from '../../../debug-adapter/worlds/lost-core';
import { DEFAULT_CONFIGURATION, Machine, type MachineEvent } from '../../../emulator';
import { CORE, SYS } from '../../../emulator/state/layout';
import { Mode } from '../../../emulator/state/psr';
import { b, NE, subs, SVC } from '../../emulator/interpreter/assembler';

const RAM = 0x4000_0000;
const CODE = RAM + 0x1000;
/** movs pc, lr */
const RETURN = 0xe1b0_f00e;
const SVC_VECTOR = 8;
const CALLS = 50;
/** Where there is no memory. */
const NOWHERE = 0x2000_0000;

function machine(): { m: Machine; published: MachineEvent[]; lost: string[]; end: () => void } {
  const m = new Machine({ ...DEFAULT_CONFIGURATION, memory: 1 << 20 });
  const put = (address: number, words: readonly number[]): void =>
    void m.memory.writePhysical(address, new Uint8Array(Int32Array.from(words).buffer));
  put(CODE, [SVC, subs(4, 4, 1), b(2, 0, NE), b(3, 3)]);
  put(RAM + SVC_VECTOR, [RETURN]);
  const core = m.state.cores[0]!;
  const s = core.i32;
  s[CORE.PSR] = Mode.usr | 0x1c0;
  s[SYS.VBAR] = RAM;
  s[CORE.R + 4] = CALLS;
  s[CORE.R + 15] = CODE;
  m.system.effects.translationChanged(core);
  const published: MachineEvent[] = [];
  const publish = m.events.publish.bind(m.events);
  m.events.publish = (event) => {
    published.push(event);
    publish(event);
  };
  const lost: string[] = [];
  const end = watchForLostCores(m, (_, words) => lost.push(words));
  return { m, published, lost, end };
}

describe('lost cores', () => {
  it('are looked for once at each vector', () => {
    const { m, published, lost, end } = machine();
    m.run(5 * CALLS);
    assert.equal(m.state.cores[0]!.i32[CORE.R + 4], 0);
    assert.equal(published.length, 1);
    assert.deepEqual(lost, []);
    end();
    assert.equal(m.events.wants['pl1-exception'], false);
  });

  it('are looked for without keeping exceptions from others', () => {
    const { m } = machine();
    let heard = 0;
    m.events.subscribe(['pl1-exception'], () => void heard++);
    m.run(5 * CALLS);
    assert.equal(heard, CALLS);
  });

  it('are found at a vector that was not seen before', () => {
    const { m, lost } = machine();
    m.run(20);
    m.state.cores[0]!.i32[SYS.VBAR] = NOWHERE;
    m.run(5);
    assert.equal(lost.length, 1);
    assert.match(
      lost[0]!,
      /CPU0 is lost: a Supervisor Call was taken at 0x40001000, and at its vector 0x20000008/,
    );
  });
});
