/**
 * TLB maintenance in the middle of compiled code: what it removes is gone for the next access, the next fetch and whoever
 * listens, by the registers as they are then, as in the interpreter.
 */
import assert from 'node:assert/strict';
import type { Machine } from '../../../emulator';
import { DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { Leave } from '../../../emulator/interpreter/second-tier';
import { canonical } from '../../../emulator/state/canonical';
import { CORE, SYS } from '../../../emulator/state/layout';
import { add, b, ldr, movRegister, NE, str, subs } from '../interpreter/assembler';
import { LeavingCompiler } from './leaving-compiler';
import { CODE, LEVEL2, MEMORY, pagedMachine, put, RAM, SMALL_PAGE } from './paged-machine';

const DATA = RAM + 0xd000;
const FRAMES = [RAM + 0x2_0000, RAM + 0x2_1000] as const;
const LOOPS = 200;

const TLBIMVA_R5 = 0xee08_5f37;
const ADD_R7_R7_R6 = 0xe087_7006;
const HVC = 0xe140_0070;

/** The descriptor of a page of DATA changes from one frame to the other, and the word there is added. */
const REMAPS_DATA = [
  str(1, 0),
  TLBIMVA_R5,
  ldr(6, 3),
  ADD_R7_R7_R6,
  ...[movRegister(8, 1), movRegister(1, 2), movRegister(2, 8)],
  subs(4, 4, 1),
  b(8, 0, NE),
  b(9, 9),
];
/** The same of the page that the program is in: what comes next is in the other frame, and adds something else. */
const remapsItself = (added: number): number[] => [
  str(1, 0),
  TLBIMVA_R5,
  add(7, 7, added),
  ...[movRegister(8, 1), movRegister(1, 2), movRegister(2, 8)],
  subs(4, 4, 1),
  b(7, 0, NE),
  b(8, 8),
];

type Prepare = (m: Machine) => void;

/** R0 to R5 for a program that changes the frame of the page at `va`. */
function remapping(m: Machine, va: number, frames: readonly [number, number]): void {
  const s = m.state.cores[0]!.i32;
  s[CORE.R] = LEVEL2 + 4 * ((va - RAM) >>> 12);
  frames.forEach((frame, n) => (s[CORE.R + 1 + n] = frame | SMALL_PAGE));
  s[CORE.R + 3] = s[CORE.R + 5] = va;
}

/** Runs what is prepared to its end in both tiers, and compares the core at many moments. */
function compare(
  prepare: Prepare,
  instructions: number,
): { interpreted: Machine; compiled: Machine; tier: LeavingCompiler } {
  const looping = (m: Machine): void => {
    m.state.cores[0]!.i32[CORE.R + 4] = LOOPS;
    prepare(m);
  };
  const [interpreted, compiled] = [pagedMachine(looping), pagedMachine(looping)];
  const options = { ...DEFAULT_OPTIONS, threshold: 3, batch: 1 };
  const tier = new LeavingCompiler(compiled.state, compiled.blocks, options, { base: RAM, size: MEMORY });
  for (let done = 0, step = 1; done < instructions; done += step, step = 1 + ((step * 7) % 97)) {
    for (const m of [interpreted, compiled]) m.run(step);
    const [one, other] = [interpreted, compiled].map((m) => [...canonical(m.state.cores[0]!.i32)]);
    assert.deepEqual(other, one, `after ${done + step} instructions`);
    assert.equal(compiled.state.now, interpreted.state.now);
  }
  assert.ok(tier.regions > 0);
  return { interpreted, compiled, tier };
}

const entries = (m: Machine): string[] =>
  [...m.mmus[0]!.tlb.entries()].map(({ va, pa, vmid }) => `${va} ${pa} ${vmid}`);
const register = (m: Machine, n: number): number => m.state.cores[0]!.i32[CORE.R + n]!;

describe('TLB maintenance in compiled code', () => {
  it('is seen by the next access, and compiled code goes on', () => {
    const { interpreted, compiled, tier } = compare((m) => {
      put(m, CODE, REMAPS_DATA);
      FRAMES.forEach((frame, n) => put(m, frame, [n === 0 ? 1 : 1000]));
      remapping(m, DATA, FRAMES);
    }, 9 * LOOPS);
    assert.equal(register(interpreted, 7), (LOOPS / 2) * 1001);
    assert.deepEqual(entries(compiled), entries(interpreted));
    assert.equal(tier.left.filter((leave) => leave === Leave.Single).length, 0);
  });

  it('of the page that is executed is seen by the next fetch', () => {
    const { interpreted, compiled } = compare((m) => {
      const frames = [CODE, FRAMES[1]] as const;
      frames.forEach((frame, n) => put(m, frame, remapsItself(n === 0 ? 1 : 100)));
      remapping(m, CODE, frames);
    }, 8 * LOOPS);
    assert.equal(register(interpreted, 7), (LOOPS / 2) * 101);
    assert.deepEqual(entries(compiled), entries(interpreted));
  });

  it('is told, each time', () => {
    const heard: number[][] = [];
    compare((m) => {
      const own: number[] = [];
      heard.push(own);
      put(m, CODE, REMAPS_DATA);
      remapping(m, DATA, FRAMES);
      m.events.subscribe(['tlb-maintenance'], (event) => {
        if (event.kind === 'tlb-maintenance') own.push(event.value, m.state.cores[0]!.retired);
        return false;
      });
    }, 9 * LOOPS);
    assert.equal(heard[0]!.length, 2 * LOOPS);
    assert.deepEqual(heard[1], heard[0]);
  });

  it('is of the VM that a register names by then', () => {
    const HYP_VECTORS = RAM + 0xb000;
    const STAGE2 = RAM + 0xc000;
    /** Level 1 block of 1 GiB at its own address: readable, writable, Normal memory, accessed. */
    const BLOCK = RAM | 0x4fd;
    const { interpreted, compiled } = compare((m) => {
      put(m, CODE, [ldr(6, 3), HVC, subs(4, 4, 1), b(3, 0, NE), b(4, 4)]);
      put(m, HYP_VECTORS + 0x14, [
        0xec59_8f62, // mrrc p15, 6, r8, r9, c2: VTTBR
        0xe229_9803, // eor r9, r9, #0x30000: VMID 1 or 2
        0xec49_8f62, // mcrr p15, 6, r8, r9, c2
        TLBIMVA_R5,
        0xe160_006e, // eret
      ]);
      put(m, STAGE2, [0, 0, BLOCK, 0, 0, 0, 0, 0]);
      const s = m.state.cores[0]!.i32;
      s[SYS.SCTLR] = 0;
      s[SYS.HVBAR] = HYP_VECTORS;
      s[SYS.VTCR] = 0x40;
      s[SYS.VTTBR] = STAGE2;
      s[SYS.VTTBR + 1] = 0x1_0000;
      s[SYS.HCR] = 1;
      s[CORE.R + 3] = s[CORE.R + 5] = DATA;
    }, 9 * LOOPS);
    const ofData = (m: Machine): string[] => entries(m).filter((entry) => entry.startsWith(`${DATA} `));
    assert.equal(ofData(interpreted).length, 1);
    assert.deepEqual(ofData(compiled), ofData(interpreted));
  });
});
