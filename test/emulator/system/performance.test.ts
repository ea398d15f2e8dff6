/** The performance monitors in whole machines: what they count, in which modes, and the interrupt of an overflow (ARM ARM C12). */
import assert from 'node:assert/strict';
import type { Machine } from '../../../emulator';
import { VIRT_INTERRUPTS } from '../../../emulator/devices/board-virt-map';
import { CORE, SYS } from '../../../emulator/state/layout';
import { Mode, switchMode } from '../../../emulator/state/psr';
import { peekRegister, pokeRegister } from '../../../emulator/system/access';
import { CountedEvent } from '../../../emulator/system/performance';
import { requireRegister } from '../../../emulator/system/registers/table';
import { CODE, HVC, machineWith, mcr, SELF } from '../machine/words';

const NOP = 0xe320_f000;
const SVC = 0xef00_0000;
const ERET = 0xe160_006e;
/** MOVS pc, lr. */
const RETURN = 0xe1b0_f00e;
const VECTORS = CODE + 0x1000;
const P = 1 << 31;
const U = 1 << 30;
const NSK = 1 << 29;
const NSU = 1 << 28;
const NSH = 1 << 27;

class Monitored {
  readonly core;
  constructor(
    readonly machine: Machine,
    mode = Mode.svc,
  ) {
    this.core = machine.state.cores[0]!;
    // Vectors of PL1 that return, and those of Hyp mode behind them.
    for (const [base, word] of [
      [VECTORS, RETURN],
      [VECTORS + 0x20, ERET],
    ] as const)
      for (let at = base; at < base + 0x20; at += 4)
        machine.memory.writePhysical(at, new Uint8Array(Uint32Array.of(word).buffer));
    this.poke('VBAR', VECTORS);
    if (this.core.hasVirtualization) this.poke('HVBAR', VECTORS + 0x20);
    this.mode(mode);
  }
  mode(mode: Mode): void {
    switchMode(this.core, mode);
    this.machine.system.effects.translationChanged(this.core);
  }
  poke(name: string, value: number): void {
    pokeRegister(this.core, this.machine.system, requireRegister(name), BigInt(value >>> 0));
  }
  /** Selects counter `n` and lets it count an event. */
  count(n: number, event: number, from = 0): void {
    this.poke('PMSELR', n);
    this.poke('PMXEVTYPER', event);
    if (n < 6) this.poke('PMXEVCNTR', from);
  }
  value(n: number): number {
    this.poke('PMSELR', n);
    return Number(peekRegister(this.core, this.machine.system, requireRegister('PMXEVCNTR')));
  }
}
const monitored = (program: readonly number[], virtualization = false, mode = Mode.svc): Monitored =>
  new Monitored(
    machineWith([...program, ...new Array<number>(200).fill(NOP), SELF], { virtualization }),
    mode,
  );

describe('performance monitors', () => {
  it('count instructions, exceptions, returns, and writes of CONTEXTIDR and the table bases', () => {
    const program = [SVC, NOP, mcr(0, 0, 13, 0, 1), mcr(0, 0, 2, 0, 0), mcr(0, 0, 2, 0, 1), SVC];
    for (const piece of [1, 3, 20]) {
      const m = monitored(program);
      const events = [
        CountedEvent.InstructionsRetired,
        CountedEvent.ExceptionTaken,
        CountedEvent.ExceptionReturn,
        CountedEvent.ContextIdWritten,
        CountedEvent.TableBaseWritten,
        CountedEvent.Cycles,
      ];
      events.forEach((event, n) => m.count(n, event));
      m.poke('PMCNTENSET', 0x3f);
      m.poke('PMCR', 1);
      for (let left = 20; left > 0; left -= piece) m.machine.run(Math.min(piece, left));
      assert.deepEqual(
        events.map((_, n) => m.value(n)),
        [20, 2, 2, 1, 2, 20],
        `in pieces of ${piece}`,
      );
    }
  });

  it('count in the privilege levels and in Hyp mode by the filter bits', () => {
    // 9 instructions in User mode and a call, which counts in Hyp mode where it leads; ERET, which counts in Supervisor
    // mode, and 9 there.
    for (const [filter, expected] of [
      [0, 9 + 10],
      [P, 9],
      [U, 10],
      [NSK, 9],
      [NSU, 10],
      [P | NSK, 9 + 10],
      [U | NSU, 9 + 10],
      [P | U, 0],
      [P | U | NSH, 1],
    ] as const) {
      const m = monitored([...new Array<number>(9).fill(NOP), SVC], true, Mode.usr);
      m.poke('HCR', 1 << 27);
      m.count(0, CountedEvent.InstructionsRetired | filter);
      m.poke('PMCNTENSET', 1);
      m.poke('PMCR', 1);
      m.machine.run(10);
      m.core.u32[CORE.SPSR_HYP] = 0x1d3;
      m.poke('HCR', 0);
      m.machine.run(10);
      assert.equal(m.value(0), expected, `filter 0x${(filter >>> 0).toString(16)}`);
    }
  });

  it('an overflow is exact, and its interrupt is taken after the very instruction', () => {
    const CPSIE_I = 0xf108_0080;
    for (const piece of [1, 7, 1000]) {
      const m = monitored([CPSIE_I]);
      const write = (offset: number, value: number): void => {
        const by = { core: 0, secure: false, privileged: true };
        m.machine.board.gic.devices.gicd.write(offset, 4, value, by);
      };
      write(0, 1);
      write(0x100, 1 << VIRT_INTERRUPTS.performance);
      const by = { core: 0, secure: false, privileged: true };
      m.machine.board.gic.devices.gicc.write(4, 4, 0xff, by);
      m.machine.board.gic.devices.gicc.write(0, 4, 1, by);
      m.poke('PMCCNTR', -100);
      m.poke('PMINTENSET', 1 << 31);
      m.poke('PMCNTENSET', 1 << 31);
      m.poke('PMCR', 1);
      for (let done = 0; done < 99; done += Math.min(piece, 99 - done))
        m.machine.run(Math.min(piece, 99 - done));
      assert.equal(m.core.u32[SYS.PMOVSR], 0, 'not before');
      assert.equal(m.core.pc, CODE + 4 * 99);
      m.machine.run(1);
      assert.equal(m.core.u32[SYS.PMOVSR], 0x8000_0000);
      m.machine.run(1);
      // The vector's MOVS pc, lr leads back behind where the interrupt came.
      assert.equal(m.core.u32[CORE.LR_IRQ], CODE + 4 * 100 + 4);
      assert.equal(m.machine.board.gic.devices.gicc.read(0xc, 4, by), VIRT_INTERRUPTS.performance);
    }
  });

  it('an event counter that overflows says so and counts on', () => {
    const m = monitored([SVC, SVC, SVC]);
    m.count(2, CountedEvent.ExceptionTaken, -2);
    m.poke('PMCNTENSET', 4);
    m.poke('PMCR', 1);
    m.machine.run(20);
    assert.equal(m.value(2), 1);
    assert.equal(m.core.u32[SYS.PMOVSR], 4);
  });

  it('HDCR.HPMN leaves counters to Hyp mode, which HDCR.HPME enables', () => {
    const m = monitored([HVC, NOP], true, Mode.svc);
    m.mode(Mode.hyp);
    m.poke('HDCR', (1 << 7) | 4);
    m.count(5, CountedEvent.ExceptionTaken | NSH);
    m.poke('PMCNTENSET', 0x20);
    m.mode(Mode.svc);
    // PMCR.E is 0, and PL1 sees four counters.
    m.machine.run(10);
    assert.equal((Number(peekRegister(m.core, m.machine.system, requireRegister('PMCR'))) >>> 11) & 31, 4);
    assert.equal(m.core.u32[SYS.PMXEVCNTR + 5], 1);
  });

  it('PMCEID0 tells of what is counted', () => {
    const m = monitored([]);
    const told = Number(peekRegister(m.core, m.machine.system, requireRegister('PMCEID0')));
    assert.equal(told, 0x1002_0f01);
  });
});
