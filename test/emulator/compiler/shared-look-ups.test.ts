/**
 * Accesses that share a look-up in compiled code: beside one another, in one page or across two that follow each other or
 * do not, that may be read, written, or neither. Random programs in both tiers, whose aborts are skipped; and what is not
 * to be shared.
 */
import assert from 'node:assert/strict';
import type { Machine } from '../../../emulator';
import { DEFAULT_OPTIONS, type CompilerOptions } from '../../../emulator/compiler/compiler';
import { Leave } from '../../../emulator/interpreter/second-tier';
import { canonical } from '../../../emulator/state/canonical';
import { CORE } from '../../../emulator/state/layout';
import { AL, add, b, ldr, movRegister, NE, str, subs } from '../interpreter/assembler';
import { LeavingCompiler } from './leaving-compiler';
import { CODE, LEVEL1, LEVEL2, MEMORY, pagedMachine, put, RAM, SMALL_PAGE } from './paged-machine';

const DATA = RAM + 0x4_0000;
const DATA_PAGES = 16;
/** AP[2] and AP[1:0] for PL1: read and written, read alone. */
const READ_WRITE = 0x10;
const READ_ONLY = 0x210;
/** subs pc, lr, #4: on behind the instruction that aborted. */
const SKIP = 0xe25e_f004;
const ABORT_VECTOR = 0x10;
const TLBIMVA_R5 = 0xee08_5f37;

/** A machine that skips what aborts. */
function machine(prepare: (m: Machine) => void): Machine {
  return pagedMachine((m) => {
    // The vectors: a section that begins with RAM.
    put(m, LEVEL1, [RAM | 0x402]);
    put(m, RAM + ABORT_VECTOR, [SKIP]);
    prepare(m);
  });
}

/** Where the page at `va` is. */
function map(m: Machine, va: number, frame: number, permission = READ_WRITE): void {
  put(m, LEVEL2 + 4 * ((va - RAM) >>> 12), [frame | permission | 2]);
}

/** Both tiers at once. */
class Both {
  readonly machines: readonly [Machine, Machine];
  readonly tier: LeavingCompiler;

  constructor(prepare: (m: Machine) => void, options: Partial<CompilerOptions> = {}) {
    this.machines = [machine(prepare), machine(prepare)];
    const [, compiled] = this.machines;
    const all = { ...DEFAULT_OPTIONS, threshold: 3, batch: 1, ...options };
    this.tier = new LeavingCompiler(compiled.state, compiled.blocks, all, { base: RAM, size: MEMORY });
  }

  /** Runs both and compares the core at many moments, and memory at the end. */
  run(instructions: number): void {
    const [one, other] = this.machines;
    for (let done = 0, step = 1; done < instructions; done += step, step = 1 + ((step * 7) % 97)) {
      for (const m of this.machines) m.run(step);
      const [a, c] = this.machines.map((m) => [...canonical(m.state.cores[0]!.i32)]);
      assert.deepEqual(c, a, `after ${done + step} instructions`);
    }
    const [a, c] = [one, other].map((m) => m.memory.readPhysical(DATA, DATA_PAGES << 12));
    assert.deepEqual(c, a);
  }
}

const register = (m: Machine, n: number): number => m.state.cores[0]!.i32[CORE.R + n]!;

/** Numbers at random, the same for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return (state >>> 8) % below;
  };
}

type Random = (below: number) => number;
const BASES = [0, 1, 2] as const;

/** An instruction that accesses memory beside a base, or moves one; conditional, a fifth of the time. */
function randomWord(random: Random): number {
  const condition = (random(5) === 0 ? random(14) : AL) << 28;
  const base = BASES[random(BASES.length)]!;
  const data = 3 + random(4);
  const load = random(2) << 20;
  const up = random(2) << 23;
  const offset = random(6) === 0 ? random(256) : 4 * random(8);
  const registers = (base << 16) | (data << 12);
  switch (random(12)) {
    case 0:
      // Bytes.
      return condition | 0x0540_0000 | load | up | registers | random(32);
    case 1:
      // Halfwords.
      return condition | 0x0140_00b0 | load | up | registers | (random(16) & ~1);
    case 2:
      // Two words.
      return condition | 0x0140_00d0 | (random(2) << 5) | up | (base << 16) | (4 << 12) | (random(4) << 2);
    case 3:
      // Many, with write-back or without.
      return (
        condition | 0x0800_0000 | (random(2) << 24) | (random(2) << 21) | load | up | (base << 16) | 0x38
      );
    case 4:
      // With write-back.
      return condition | 0x0400_0000 | (random(2) * 0x0120_0000) | load | up | registers | (4 * random(4));
    case 5:
      // ADD and SUB.
      return (
        condition | (random(2) === 0 ? 0x0280_0000 : 0x0240_0000) | (base << 16) | (base << 12) | random(16)
      );
    case 6:
      // One base becomes another one.
      return condition | 0x01a0_0000 | (BASES[random(3)]! << 12) | base;
    case 7:
      // CMP, for conditions.
      return 0xe350_0000 | (data << 16) | random(4);
    default:
      return condition | 0x0500_0000 | load | up | registers | offset;
  }
}

/**
 * A loop over random instructions, whose bases begin near pages' ends: r8 counts, r9 and r10 say where.
 */
function randomProgram(random: Random): number[] {
  const length = 8 + random(24);
  // Some go on further down, under a condition, so that there are blocks, and ways that come together.
  const body = Array.from({ length }, (_, n) =>
    random(7) === 0 ? b(n, n + 1 + random(Math.min(8, length - n)), random(14)) : randomWord(random),
  );
  const set = BASES.flatMap((n) => [
    // add rN, r10, r9, lsl #12; sub rN, rN, #k
    0xe08a_0609 | (n << 12),
    0xe240_0000 | (n << 16) | (n << 12) | (random(3) === 0 ? random(64) : 4 * random(16)),
  ]);
  const loop = [...set, ...body, add(9, 9, 1), 0xe209_900f];
  return [...loop, subs(8, 8, 1), b(loop.length + 1, 0, NE), b(loop.length + 2, loop.length + 2)];
}

describe('shared look-ups', () => {
  it('change nothing in random programs near the ends of pages', () => {
    let shared = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const random = randomFrom(seed);
      const program = randomProgram(random);
      const frames = Array.from({ length: DATA_PAGES }, (_, page) => {
        const other = DATA + (random(DATA_PAGES) << 12);
        const follows = DATA + (page << 12);
        return {
          frame: random(3) === 0 ? other : follows,
          permission: [READ_WRITE, READ_WRITE, READ_WRITE, READ_ONLY, 0][random(5)]!,
        };
      });
      const both = new Both(
        (m) => {
          put(m, CODE, program);
          frames.forEach(({ frame, permission }, page) => map(m, DATA + (page << 12), frame, permission));
          for (let n = 0; n < 4096; n++) put(m, DATA + 16 * n, [n, Math.imul(n, 0x9e37_79b1)]);
          const s = m.state.cores[0]!.i32;
          s[CORE.R + 8] = 60;
          s[CORE.R + 9] = 1;
          s[CORE.R + 10] = DATA;
        },
        { longest: 4 + random(200), callee: 0 },
      );
      both.run(60 * program.length);
      assert.ok(both.tier.regions > 0);
      assert.ok(register(both.machines[0], 8) < 30, 'half of the turns were made');
      if (program.some((_, n) => both.tier.sharesLookUp(CODE + 4 * n))) shared++;
    }
    assert.ok(shared > 20, `${shared} programs have some`);
  });

  it('end where TLB maintenance removes what they found', () => {
    // The page's descriptor changes between two accesses beside one another.
    const program = [
      ldr(6, 3),
      str(1, 0),
      TLBIMVA_R5,
      ldr(7, 3, 4),
      ...[add(9, 6, 0), 0xe089_9007],
      ...[movRegister(12, 1), movRegister(1, 2), movRegister(2, 12)],
      subs(8, 8, 1),
      b(10, 0, NE),
      b(11, 11),
    ];
    const frames = [DATA + 0x1000, DATA + 0x2000] as const;
    const both = new Both((m) => {
      put(m, CODE, program);
      frames.forEach((frame, n) => put(m, frame, [n + 1, 100 * (n + 1)]));
      const s = m.state.cores[0]!.i32;
      s[CORE.R] = LEVEL2 + 4 * ((DATA - RAM) >>> 12);
      frames.forEach((frame, n) => (s[CORE.R + 1 + n] = frame | SMALL_PAGE));
      s[CORE.R + 3] = s[CORE.R + 5] = DATA;
      s[CORE.R + 8] = 100;
    });
    both.run(11 * 100);
    // Of the last turn: the first word by one frame, the second by the other.
    for (const m of both.machines) assert.equal(register(m, 9), 1 + 200);
  });

  it('are given up where the bytes are always in pages that do not follow each other', () => {
    const program = [ldr(6, 0), ldr(7, 0, 4), subs(8, 8, 1), b(3, 0, NE), b(4, 4)];
    const loops = 4000;
    const both = new Both((m) => {
      put(m, CODE, program);
      map(m, DATA + 0x1000, DATA + 0x5000);
      const s = m.state.cores[0]!.i32;
      s[CORE.R] = DATA + 0x1000 - 4;
      s[CORE.R + 8] = loops;
    });
    both.run(4 * loops);
    const slow = both.tier.left.filter((leave) => leave === Leave.Slow).length;
    assert.ok(slow > 100 && slow < loops / 4, `left ${slow} times`);
    assert.equal(both.tier.sharesLookUp(CODE), true);
  });
});
