/**
 * Breakpoints, watchpoints and vector catches that a guest sets, by the manual (ARM ARM C3): what QEMU has not, and
 * that the debugger's own are others. What QEMU has is compared in test/conformance/system.
 */
import assert from 'node:assert/strict';
import type { Machine } from '../../../emulator';
import { CORE, SYS } from '../../../emulator/state/layout';
import { Mode, switchMode } from '../../../emulator/state/psr';
import { pokeRegister } from '../../../emulator/system/access';
import { requireRegister } from '../../../emulator/system/registers/table';
import { CODE, machineWith, SELF, wordAt } from '../machine/words';

const NOP = 0xe320_f000;
const VECTORS = CODE + 0x1000;
const DATA = CODE + 0x2000;
/** DBGBCR and DBGWCR: enabled, at PL1 and PL0, in both security states. */
const ANYWHERE = 7;
const WORD = 0xf << 5;
const MISMATCH = 4 << 20;
const CONTEXT = 2 << 20;
const VMID = 8 << 20;
const LINKED = 1 << 20;
const STORES = 2 << 3;
const LOADS = 1 << 3;
const ADD_1 = 0xe280_0001;
/** LDR r2, [r1] and STR r2, [r1, #4]. */
const LDR = 0xe591_2000;
const STR = 0xe581_2004;
const DEBUG_STATUS = 2;

interface Options {
  readonly mode?: Mode;
  readonly virtualization?: boolean;
  readonly secure?: boolean;
  readonly engine?: 'interpreter' | 'jit';
  /** Values of registers besides those that enable debug events. */
  readonly set?: Readonly<Record<string, number>>;
}

/** A machine that is about to run `program` in a mode, with vectors that stay where they are and Monitor debug-mode on. */
function debugged(
  program: readonly number[],
  { mode = Mode.svc, virtualization = false, secure = false, engine = 'interpreter', set = {} }: Options = {},
): Machine {
  const code = [...program, ...new Array<number>(64 - program.length).fill(NOP), SELF];
  const machine = machineWith(code, { virtualization, secure, engine });
  const core = machine.state.cores[0]!;
  for (let at = VECTORS; at < VECTORS + 0x40; at += 4)
    machine.memory.writePhysical(at, Uint8Array.of(0xfe, 0xff, 0xff, 0xea));
  const poke = (name: string, value: number): void =>
    pokeRegister(core, machine.system, requireRegister(name), BigInt(value >>> 0));
  poke('VBAR', VECTORS);
  if (virtualization) poke('HVBAR', VECTORS + 0x20);
  poke('DBGOSLAR', 0);
  poke('DBGDSCRext', 1 << 15);
  for (const [name, value] of Object.entries(set)) poke(name, value);
  switchMode(core, mode);
  core.u32[CORE.R + 1] = DATA;
  machine.system.effects.translationChanged(core);
  return machine;
}
const at = (n: number): number => CODE + 4 * n;
const pc = (machine: Machine): number => machine.state.cores[0]!.pc;
const word = (machine: Machine, index: number): number => machine.state.cores[0]!.u32[index]!;
/** DBGDSCR.MOE. */
const method = (machine: Machine): number => (word(machine, SYS.DBGDSCR) >>> 2) & 15;
/** True when the core stands in the handler of a debug exception taken as a Prefetch Abort at instruction `n`. */
function abortedAt(machine: Machine, n: number): boolean {
  const core = machine.state.cores[0]!;
  return (
    pc(machine) === VECTORS + 0x0c &&
    core.u32[CORE.R + 14] === at(n) + 4 &&
    word(machine, SYS.IFSR) === DEBUG_STATUS
  );
}

describe('debug events of a guest', () => {
  it('a breakpoint aborts before its instruction, wherever a run is cut', () => {
    for (const piece of [1, 2, 100]) {
      const machine = debugged([ADD_1, ADD_1, ADD_1], { set: { DBGBVR2: at(2), DBGBCR2: ANYWHERE | WORD } });
      for (let done = 0; done < 10; done += piece) machine.run(piece);
      assert.ok(abortedAt(machine, 2), `pieces of ${piece}: at 0x${pc(machine).toString(16)}`);
      assert.equal(word(machine, CORE.R), 2);
      assert.equal(method(machine), 1);
    }
  });

  it('needs Monitor debug-mode and the OS Lock unlocked, and is never taken in Hyp mode', () => {
    const set = { DBGBVR0: at(1), DBGBCR0: ANYWHERE | WORD | (1 << 13) };
    const program = [ADD_1, ADD_1];
    for (const [options, hits] of [
      [{ set }, true],
      [{ set: { ...set, DBGDSCRext: 0 } }, false],
      [{ set: { ...set, DBGOSLAR: 0xc5ac_ce55 } }, false],
      [{ set, virtualization: true }, true],
      [{ set, virtualization: true, mode: Mode.hyp }, false],
    ] as const) {
      const machine = debugged(program, options);
      machine.run(10);
      assert.equal(abortedAt(machine, 1), hits, JSON.stringify(options));
    }
  });

  it('SSC and PMC choose security states and modes; PMC = 0b00 is User, System and Supervisor mode', () => {
    const cases: readonly (readonly [control: number, mode: Mode, secure: boolean, hits: boolean])[] = [
      [0, Mode.svc, false, true],
      [0, Mode.sys, false, true],
      [0, Mode.usr, false, true],
      [0, Mode.irq, false, false],
      [1 << 1, Mode.irq, false, true],
      [1 << 1, Mode.usr, false, false],
      [2 << 1, Mode.usr, false, true],
      [2 << 1, Mode.svc, false, false],
      [(1 << 14) | (3 << 1), Mode.svc, false, true],
      [(2 << 14) | (3 << 1), Mode.svc, false, false],
      [(1 << 14) | (3 << 1), Mode.svc, true, false],
      [(2 << 14) | (3 << 1), Mode.svc, true, true],
      [(3 << 14) | (1 << 13), Mode.svc, false, false],
    ];
    for (const [control, mode, secure, hits] of cases) {
      const machine = debugged([ADD_1], { mode, secure });
      const { system, state } = machine;
      const poke = (name: string, value: number): void =>
        pokeRegister(state.cores[0]!, system, requireRegister(name), BigInt(value));
      poke('DBGBVR0', at(0));
      poke('DBGBCR0', 1 | WORD | control);
      machine.run(5);
      // From a secure machine the abort goes to the Secure copies: the vector tells.
      assert.equal(
        pc(machine) < CODE + 0x200,
        !hits,
        `0x${control.toString(16)} in mode 0x${mode.toString(16)}`,
      );
    }
  });

  it('a mismatch breakpoint steps a program, one instruction after the other', () => {
    const machine = debugged([ADD_1, ADD_1, 0xea00_0001, NOP, NOP, ADD_1, ADD_1], { mode: Mode.usr });
    const core = machine.state.cores[0]!;
    const poke = (name: string, value: number): void =>
      pokeRegister(core, machine.system, requireRegister(name), BigInt(value));
    const visited: number[] = [];
    for (let n = 0; n < 6; n++) {
      // As a kernel does: every instruction of PL0 but the one to be executed.
      poke('DBGBVR5', pc(machine));
      poke('DBGBCR5', MISMATCH | 1 | (2 << 1) | WORD);
      machine.run(50);
      assert.equal(pc(machine), VECTORS + 0x0c);
      visited.push((core.u32[CORE.R + 14]! - 4 - CODE) / 4);
      machine.system.effects.translationChanged(core);
      switchMode(core, Mode.usr);
      core.u32[CORE.R + 15] = at(visited.at(-1)!);
      machine.system.effects.translationChanged(core);
    }
    assert.deepEqual(visited, [1, 2, 5, 6, 7, 8]);
  });

  it('context breakpoints hit at any instruction of their CONTEXTIDR or VMID', () => {
    for (const [set, hits] of [
      [{ DBGBVR4: 7, DBGBCR4: CONTEXT | ANYWHERE | WORD, CONTEXTIDR: 7 }, true],
      [{ DBGBVR4: 7, DBGBCR4: CONTEXT | ANYWHERE | WORD, CONTEXTIDR: 8 }, false],
      [{ DBGBVR4: 7, DBGBCR4: CONTEXT | LINKED | ANYWHERE | WORD, CONTEXTIDR: 7 }, false],
      [{ DBGBVR3: 7, DBGBCR3: CONTEXT | ANYWHERE | WORD, CONTEXTIDR: 7 }, false],
      [{ DBGBXVR5: 0, DBGBCR5: VMID | ANYWHERE | WORD }, true],
      [{ DBGBXVR5: 3, DBGBCR5: VMID | ANYWHERE | WORD }, false],
      [{ DBGBVR4: 7, DBGBCR4: CONTEXT | VMID | ANYWHERE | WORD, CONTEXTIDR: 7 }, true],
      [{ DBGBVR4: 7, DBGBXVR4: 1, DBGBCR4: CONTEXT | VMID | ANYWHERE | WORD, CONTEXTIDR: 7 }, false],
      // An address that is linked to a VMID.
      [
        {
          DBGBVR0: at(0),
          DBGBCR0: LINKED | (5 << 16) | ANYWHERE | WORD,
          DBGBCR5: VMID | LINKED | ANYWHERE | WORD,
        },
        true,
      ],
      [
        {
          DBGBVR0: at(0),
          DBGBCR0: LINKED | (5 << 16) | ANYWHERE | WORD,
          DBGBXVR5: 9,
          DBGBCR5: VMID | LINKED | ANYWHERE | WORD,
        },
        false,
      ],
      [{ DBGBVR0: at(0), DBGBCR0: LINKED | (5 << 16) | ANYWHERE | WORD, DBGBCR5: VMID | ANYWHERE }, true],
    ] as const) {
      const machine = debugged([ADD_1], { virtualization: true, set });
      machine.run(1);
      assert.equal(pc(machine) >= VECTORS, hits, JSON.stringify(set));
    }
  });

  it('a watchpoint aborts the access: nothing is stored, DFAR has the first watched byte', () => {
    const machine = debugged([NOP, STR], {
      set: { DBGWVR1: DATA + 4, DBGWCR1: ANYWHERE | STORES | (0b1100 << 5) },
    });
    machine.memory.writePhysical(DATA + 4, Uint8Array.of(1, 2, 3, 4));
    machine.run(10);
    assert.equal(pc(machine), VECTORS + 0x10);
    assert.equal(word(machine, SYS.DFSR) & 0x40f, DEBUG_STATUS);
    assert.equal(word(machine, SYS.DFAR), DATA + 6);
    assert.equal(wordAt(machine, DATA + 4), 0x0403_0201);
    assert.equal(method(machine), 10);
  });

  it('watches loads or stores, in ranges by mask, and LDRT as PL0 does', () => {
    const LDRT = 0xe4b1_2000;
    for (const [program, control, value, hits] of [
      [[LDR], LOADS | (0xf << 5), DATA, true],
      [[LDR], STORES | (0xf << 5), DATA, false],
      [[STR], STORES | (0xff << 5) | (12 << 24), DATA + 0xff0, true],
      [[STR], STORES | (0xff << 5) | (12 << 24), DATA + 0x1000, false],
    ] as const) {
      const machine = debugged(program, { set: { DBGWVR0: value, DBGWCR0: ANYWHERE | control } });
      machine.run(5);
      assert.equal(pc(machine) === VECTORS + 0x10, hits, control.toString(16));
    }
    const levels = [1, 2].map((level) => {
      const machine = debugged([LDRT], {
        set: { DBGWVR0: DATA, DBGWCR0: 1 | (level << 1) | LOADS | (0xf << 5) },
      });
      machine.run(5);
      return pc(machine) === VECTORS + 0x10;
    });
    assert.deepEqual(levels, [false, true]);
  });

  it('STM that meets a watchpoint stores no word', () => {
    const STM = 0xe881_001c;
    const machine = debugged([STM], { set: { DBGWVR0: DATA + 8, DBGWCR0: ANYWHERE | STORES | (0xf << 5) } });
    machine.memory.writePhysical(DATA, new Uint8Array(12).fill(0x55));
    machine.run(5);
    assert.equal(word(machine, SYS.DFAR), DATA + 8);
    assert.equal(wordAt(machine, DATA), 0x5555_5555);
  });

  it('of two watchpoints that one instruction hits, the one on the lower word is told, then that with the lower number', () => {
    const STRD = 0xe1c1_20f8;
    const bytes = (select: number): number => ANYWHERE | STORES | (select << 5);
    const told = (DBGWVR0: number, DBGWVR1: number, select0: number, select1: number): number => {
      const set = { DBGWVR0, DBGWCR0: bytes(select0), DBGWVR1, DBGWCR1: bytes(select1) };
      const machine = debugged([STRD], { set });
      machine.run(5);
      return word(machine, SYS.DFAR);
    };
    assert.equal(told(DATA + 12, DATA + 8, 4, 4), DATA + 10);
    assert.equal(told(DATA + 8, DATA + 8, 4, 1), DATA + 10);
  });

  it('HDCR.TDE sends debug exceptions to Hyp mode, with class and status', () => {
    const set = { HDCR: 0xf00, DBGBVR0: at(1), DBGBCR0: ANYWHERE | WORD };
    const machine = debugged([NOP, NOP], { virtualization: true, set });
    machine.run(10);
    assert.equal(pc(machine), VECTORS + 0x20 + 0x14);
    assert.equal((word(machine, SYS.HSR) & 0xfc00_003f) >>> 0, ((0x20 << 26) | 0x22) >>> 0);
    assert.equal(word(machine, CORE.ELR_HYP), at(1));
  });

  it('vector catch aborts at the vector, of calls and interrupts but not of aborts', () => {
    const SVC = 0xef00_0000;
    const UDF = 0xe7f0_00f0;
    for (const [program, caught, link] of [
      [[SVC], 1 << 2, VECTORS + 0x08],
      [[UDF], 1 << 1, VECTORS + 0x04],
      [[SVC], 1 << 1, undefined],
      // BKPT: a Prefetch Abort that would be caught for ever.
      [[0xe120_0070], 1 << 3, undefined],
    ] as const) {
      const machine = debugged(program, { set: { DBGVCR: caught } });
      machine.run(5);
      const abort = pc(machine) === VECTORS + 0x0c && method(machine) === 5;
      assert.equal(abort, link !== undefined);
      if (link !== undefined) assert.equal(word(machine, CORE.R + 14), link + 4);
    }
  });

  it("the debugger's breakpoints are others: it stops first, and going on gives the guest its own", () => {
    const machine = debugged([ADD_1, ADD_1], { set: { DBGBVR0: at(1), DBGBCR0: ANYWHERE | WORD } });
    machine.setBreakpoints(new Set([at(1)]));
    assert.equal(machine.run(100).end, 'stop');
    assert.equal(pc(machine), at(1));
    machine.run(5, true);
    assert.ok(abortedAt(machine, 1));
    const alone = debugged([ADD_1, ADD_1], { set: { DBGBVR0: at(1), DBGBCR0: ANYWHERE | WORD } });
    assert.equal(alone.run(5).end, 'budget');
    assert.ok(abortedAt(alone, 1));
  });

  it('a breakpoint that software sets in the block it executes holds at once', () => {
    const mcr14 = (rt: number, crm: number, opc2: number): number =>
      0xee00_0e10 | (rt << 12) | (opc2 << 5) | crm;
    const machine = debugged([mcr14(3, 0, 4), mcr14(4, 0, 5), NOP, ADD_1, ADD_1]);
    const core = machine.state.cores[0]!;
    core.u32[CORE.R + 3] = at(4);
    core.u32[CORE.R + 4] = ANYWHERE | WORD;
    machine.run(20);
    assert.ok(abortedAt(machine, 4));
  });

  it('hold in compiled code too, when software sets them while it is hot', () => {
    // ADD r0, r0, #1; LDR r2, [r1]; SUBS r5, r5, #1; BNE back.
    const loop = [ADD_1, LDR, 0xe255_5001, 0x1aff_fffb];
    for (const engine of ['interpreter', 'jit'] as const)
      for (const [name, set] of [
        ['breakpoint', { DBGBVR0: at(2), DBGBCR0: ANYWHERE | WORD }],
        ['mismatch', { DBGBVR0: at(0), DBGBCR0: MISMATCH | ANYWHERE | WORD }],
        ['watchpoint', { DBGWVR0: DATA, DBGWCR0: ANYWHERE | LOADS | (0xf << 5) }],
      ] as const) {
        const machine = debugged(loop, { engine });
        const core = machine.state.cores[0]!;
        core.u32[CORE.R + 5] = 1_000_000;
        // The loop's first instruction is next.
        machine.run(400_000);
        for (const [register, value] of Object.entries(set))
          pokeRegister(core, machine.system, requireRegister(register), BigInt(value));
        machine.run(8);
        assert.ok(pc(machine) >= VECTORS, `${engine}, ${name}: at 0x${pc(machine).toString(16)}`);
        assert.equal(core.u32[CORE.R], 100_001, `${engine}, ${name}`);
      }
  });
});
