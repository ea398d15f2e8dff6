/**
 * Devices accessed in the middle of compiled code: by the interpreter and by compiled code, with budgets at random, the
 * same state; an interrupt that an access brings about is taken before the next instruction; whoever listens sees the
 * core as it is.
 */
import assert from 'node:assert/strict';
import { DEFAULT_CONFIGURATION, Machine } from '../../../emulator';
import { DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { TOO_OFTEN_SLOW } from '../../../emulator/interpreter/block';
import { Leave } from '../../../emulator/interpreter/second-tier';
import { seededRandom } from '../../../emulator/isa/random';
import { CORE, DEVICE_PAGES_OFFSET, SYS } from '../../../emulator/state/layout';
import { Mode } from '../../../emulator/state/psr';
import { add, b, ldr, movRegister, NE, str, subs } from '../interpreter/assembler';
import { LeavingCompiler } from './leaving-compiler';

const RAM = 0x4000_0000;
const MEMORY = 1 << 20;
const VECTORS = RAM + 0x8000;
const CODE = RAM + 0x9000;
const TABLE = RAM + 0xa000;
const GICD = 0x0800_0000;
const GICC = 0x0801_0000;
/** Many more than accesses that are slow before code is made for them; and as many as the seeds need. */
const LOOPS = 1000;
const FEW = 100;
/** GICD_SGIR: SGI 5 to the core that asks. */
const SGI_TO_SELF = 0x0200_0005;

const LDRB_PRIORITY = 0xe5d0_3405; // ldrb r3, [r0, #0x405]
const STRB_PRIORITY = 0xe5c0_4405; // strb r4, [r0, #0x405]
const ADD_R7_R7_R3 = 0xe087_7003;
const SUBS_PC_LR_4 = 0xe25e_f004;
const STR_LR_POST = 0xe486_e004; // str lr, [r6], #4

/** An access of each kind; a priority that changes, and an interrupt that comes by a store. */
const PROGRAM = [
  ldr(3, 0, 4), // GICD_TYPER
  ADD_R7_R7_R3,
  STRB_PRIORITY,
  LDRB_PRIORITY,
  ADD_R7_R7_R3,
  str(5, 0, 0xf00), // GICD_SGIR
  add(8, 8, 1),
  movRegister(10, 8),
  ldr(3, 1, 0x14), // GICC_RPR
  ADD_R7_R7_R3,
  subs(4, 4, 1),
  b(11, 0, NE),
  b(12, 12),
];
const ACCESSES = 5;
const HANDLER = [STR_LR_POST, ldr(9, 1, 0xc), str(9, 1, 0x10), SUBS_PC_LR_4];

function machine(): Machine {
  const m = new Machine({ ...DEFAULT_CONFIGURATION, memory: MEMORY });
  const put = (address: number, words: readonly number[]): void => {
    m.memory.writePhysical(address, new Uint8Array(Int32Array.from(words).buffer));
  };
  put(CODE, PROGRAM);
  put(VECTORS + 0x18, HANDLER);
  const core = m.state.cores[0]!;
  const s = core.i32;
  s[CORE.PSR] = Mode.svc | 0x140;
  s[SYS.SCTLR] = 0;
  s[SYS.VBAR] = VECTORS;
  s[CORE.R] = GICD;
  s[CORE.R + 1] = GICC;
  s[CORE.R + 4] = LOOPS;
  s[CORE.R + 5] = SGI_TO_SELF;
  s[CORE.R + 6] = TABLE;
  s[CORE.R + 15] = CODE;
  m.system.effects.translationChanged(core);
  const [mmu] = m.mmus;
  mmu!.write(GICD, 4, 1, 0, 4);
  mmu!.write(GICC, 4, 1, 0, 4);
  mmu!.write(GICC + 4, 4, 0xff, 0, 4);
  return m;
}

function withTier(): { m: Machine; tier: LeavingCompiler } {
  const m = machine();
  const options = { ...DEFAULT_OPTIONS, threshold: 2, batch: 1, beaten: false };
  return { m, tier: new LeavingCompiler(m.state, m.blocks, options, { base: RAM, size: MEMORY }) };
}
function compiled(): Machine {
  return withTier().m;
}

const HYP_VECTORS = RAM + 0xb000;
const STAGE2_TABLE = RAM + 0xc000;
const NOWHERE = 0x1000_0000;
/** Accesses of a guest that stage 2 does not map, a word and a byte; what Hyp mode then notes of each, going on behind it. */
const GUEST = [
  ldr(3, 2, 8),
  0xe5c2_4003 /* strb r4, [r2, #3] */,
  add(8, 8, 1),
  subs(4, 4, 1),
  b(4, 0, NE),
  b(5, 5),
];
const STR_R9_POST = 0xe486_9004; // str r9, [r6], #4
const HYP_HANDLER = [
  ...[0xee95_9f12, STR_R9_POST], // mrc p15, 4, r9, c5, c2, 0: HSR
  ...[0xee96_9f10, STR_R9_POST], // HDFAR
  ...[0xee96_9f90, STR_R9_POST], // HPFAR
  ...[0xe10e_9300, STR_R9_POST], // mrs r9, elr_hyp
  ...[0xe289_9004, 0xe12e_f309, 0xe160_006e], // add r9, r9, #4; msr elr_hyp, r9; eret
];
/** Level 1 block of 1 GiB at its own address: readable, writable, Normal memory, accessed. */
const BLOCK = RAM | 0x4fd;
const WORDS_NOTED = 4;

/** A guest's loop of faults, on a machine of `make`. */
function withStage2(make: () => Machine): Machine {
  const m = make();
  const put = (address: number, words: readonly number[]): void => {
    m.memory.writePhysical(address, new Uint8Array(Int32Array.from(words).buffer));
  };
  put(CODE, GUEST);
  put(HYP_VECTORS + 0x14, HYP_HANDLER);
  put(STAGE2_TABLE, [0, 0, BLOCK, 0, 0, 0, 0, 0]);
  const core = m.state.cores[0]!;
  const s = core.i32;
  s[SYS.HVBAR] = HYP_VECTORS;
  s[SYS.VTCR] = 0x40;
  s[SYS.VTTBR] = STAGE2_TABLE;
  s[SYS.HCR] = 1;
  s[CORE.R + 2] = NOWHERE;
  m.system.effects.translationChanged(core);
  return m;
}

const GICH = 0x0803_0000;
const LR1 = 0x104;
/** In a stretch that no level 1 has an entry for, so that adding none of them makes it a place in DEVICE_PAGES. */
const UNALIGNED = DEVICE_PAGES_OFFSET + 1;
/** A list register gets what it has, and another one something else each time; then a store that is an alignment fault. */
const LIST_WRITES = [str(3, 0, 0x100), str(4, 0, LR1), str(9, 1), subs(4, 4, 1), b(4, 0, NE), b(5, 5)];
const ADD_R10_SUBS_PC_LR_4 = [add(10, 10, 1), SUBS_PC_LR_4];

/** A hypervisor's stores to GICH, on a machine of `make`, and the offsets of those that the device heard of. */
function withListRegisters(make: () => Machine): { m: Machine; heard: number[] } {
  const m = make();
  const put = (address: number, words: readonly number[]): void => {
    m.memory.writePhysical(address, new Uint8Array(Int32Array.from(words).buffer));
  };
  put(CODE, LIST_WRITES);
  put(VECTORS + 0x10, ADD_R10_SUBS_PC_LR_4);
  const s = m.state.cores[0]!.i32;
  s[CORE.R] = GICH;
  s[CORE.R + 1] = UNALIGNED;
  s[CORE.R + 3] = 0x1234;
  s[CORE.R + 9] = 0;
  const region = m.memory.region(GICH);
  assert.ok(region?.kind === 'device');
  const { device } = region;
  const heard: number[] = [];
  const write = device.write.bind(device);
  device.write = (offset, ...rest) => {
    heard.push(offset);
    return write(offset, ...rest);
  };
  return { m, heard };
}

function registers(m: Machine): number[] {
  const { i32 } = m.state.cores[0]!;
  return [...i32.subarray(CORE.R, CORE.R + 16), i32[CORE.PSR]!];
}
function noted(m: Machine, words: number): number[] {
  const { bytes } = m.memory.readPhysical(TABLE, 4 * words);
  return [...new Uint32Array(bytes.buffer)];
}
function returnAddresses(m: Machine): number[] {
  return noted(m, FEW);
}

describe('devices accessed by compiled code', () => {
  it('answer as they do the interpreter, and interrupt before the next instruction', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const [one, other] = [machine(), compiled()];
      for (const m of [one, other]) m.state.cores[0]!.i32[CORE.R + 4] = FEW;
      for (let run = 0; run < 40; run++) {
        const budget = 1 + (random() % (seed < 10 ? 60 : 7));
        one.run(budget);
        other.run(budget);
        assert.deepEqual(registers(other), registers(one), `seed ${seed}, run ${run}`);
        assert.equal(other.state.now, one.state.now);
      }
      one.run(50 * FEW);
      other.run(50 * FEW);
      assert.deepEqual(registers(other), registers(one), `seed ${seed}, at the end`);
      assert.deepEqual(returnAddresses(other), returnAddresses(one));
      // IRQ: the link is the next instruction's address and 4.
      assert.deepEqual(new Set(returnAddresses(other)), new Set([CODE + 4 * 6 + 4]));
    }
  });

  it('are accessed without leaving the code, but for what interrupts', () => {
    const { m, tier } = withTier();
    m.run(50 * LOOPS);
    const slow = tier.left.filter((leave) => leave === Leave.Slow).length;
    // Each was found to be slow by leaving the code; the first one twice, as two blocks have it.
    const found = (ACCESSES + 2) * TOO_OFTEN_SLOW;
    assert.ok(slow > LOOPS / 2 && slow <= LOOPS + found, `${slow} accesses left it, in ${LOOPS} rounds`);
  });

  it('are accessed by the interpreter while somebody listens, who sees the registers', () => {
    const seen = [machine(), compiled()].map((m) => {
      const registersThen: number[][] = [];
      m.events.subscribe(['mmio'], () => void registersThen.push(registers(m)));
      m.run(50 * LOOPS);
      return registersThen;
    });
    assert.ok(seen[0]!.length > 6 * LOOPS);
    assert.deepEqual(seen[1], seen[0]);
  });

  it('do not hear of a word that they show to have, and of every other', () => {
    const [one, other] = [withListRegisters(machine), withListRegisters(compiled)];
    for (const { m } of [one, other]) m.run(20 * LOOPS);
    assert.deepEqual(registers(other.m), registers(one.m));
    assert.equal(one.m.state.cores[0]!.i32[CORE.R + 10], LOOPS, 'alignment faults');
    const lists = ({ m }: typeof one): unknown => m.memory.readPhysical(GICH + 0x100, 8);
    assert.deepEqual(lists(other), lists(one));
    const of = (offset: number, { heard }: typeof one): number => heard.filter((at) => at === offset).length;
    assert.deepEqual([of(0x100, one), of(LR1, one), of(LR1, other)], [LOOPS, LOOPS, LOOPS]);
    assert.ok(of(0x100, other) < LOOPS / 2, `heard of ${of(0x100, other)} words`);
  });

  it('fault in compiled code as they do in the interpreter', () => {
    const [one, other] = [withStage2(machine), withStage2(compiled)];
    for (let run = 0; run < 300; run++) {
      one.run(7);
      other.run(7);
      assert.deepEqual(registers(other), registers(one), `run ${run}`);
    }
    const words = 2 * WORDS_NOTED * LOOPS;
    assert.deepEqual(noted(other, words), noted(one, words));
    // ISV, a word to R3, a translation fault of level 1; ISV, a byte of R4, a write.
    assert.deepEqual(noted(one, 2 * WORDS_NOTED), [
      ...[0x9383_0005, NOWHERE + 8, NOWHERE >>> 8, CODE],
      ...[0x9304_0045, NOWHERE + 3, NOWHERE >>> 8, CODE + 4],
    ]);
  });
});
