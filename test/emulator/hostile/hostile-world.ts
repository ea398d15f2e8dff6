/**
 * Machines in the hands of an enemy: everything that a guest can reach is random, and so is the configuration. A
 * world is a machine and a seed; it is run for some episodes, each of which shuffles what the cores are about to do.
 */
import assert from 'node:assert/strict';
import {
  DEFAULT_CONFIGURATION,
  Machine,
  type MachineConfiguration,
  type RunOutcome,
} from '../../../emulator';
import { randomInstruction, seededRandom, type RandomWord } from '../../../emulator/isa/random';
import { MODES, Mode, Psr, switchMode } from '../../../emulator/state/psr';
import {
  CORE,
  CORES_OFFSET,
  CORE_BLOCK_BYTES,
  CORE_WORDS_USED,
  GUEST_MEMORY_OFFSET,
  MAX_CORES,
  RunState,
  TLB_OFFSET,
} from '../../../emulator/state/layout';
import type { CoreState } from '../../../emulator/state/machine-state';
import { TLB_BYTES } from '../../../emulator/mmu/tlb-layout';
import { pokeRegister } from '../../../emulator/system/access';
import { REGISTER_ROWS } from '../../../emulator/system/registers/table';
import { takeReset } from '../../../emulator/system/reset';
import { PSCI_FUNCTIONS } from '../../../emulator/machine/psci';
import { load } from '../machine/words';
import { BOARDS, type HostileBoard } from './boards';
import { HYP_VECTORS, VECTORS, branch, vectors } from './vectors';

const MEMORY = 0x20_0000;
/** Code lies in the first pages of this.board.ram, tables behind it. */
const CODE_BYTES = 0x4000;
const TABLES = 0x1_0000;
const TABLE_BYTES = 0x8000;
/** A queue of virtio devices: descriptors, rings. */
const QUEUE = 0x1_8000;
const QUEUE_BYTES = 0x2000;
/** Commands of flash, and some that are none. */
const FLASH_COMMANDS = [
  0x10, 0x20, 0x40, 0x50, 0x60, 0x70, 0x90, 0x98, 0xd0, 0xe8, 0xff, 0xff, 0xff, 0x01, 0,
];
const PSCI_IDS = PSCI_FUNCTIONS.flatMap(({ ids }) => ids);
/** WFI, WFE, SEV, YIELD, SVC, HVC, SMC, ERET, CPSID aif, CPSIE aif, DSB, ISB, LDREX, STREX in A32. */
const SPECIAL = [
  0xe320_f003, 0xe320_f002, 0xe320_f004, 0xe320_f001, 0xef00_0000, 0xe140_0070, 0xe160_0070, 0xe160_006e,
  0xf10c_01c0, 0xf108_01c0, 0xf57f_f04f, 0xf57f_f06f, 0xe191_0f9f, 0xe181_2f90,
];
/** MCR of CNTP_TVAL, CNTP_CTL, CNTV_TVAL, CNTV_CTL, CNTHP_TVAL, CNTHP_CTL, CNTKCTL, CNTHCTL. */
const TIMER_WRITES = [
  0xee0e_0f12, 0xee0e_0f32, 0xee0e_0f13, 0xee0e_0f33, 0xee8e_0f12, 0xee8e_0f32, 0xee0e_0f11, 0xee8e_0f11,
];
/** MCRR of CNTP_CVAL, CNTV_CVAL, CNTVOFF and CNTHP_CVAL, high word in r4. */
const COMPARE_WRITES = [0xec44_0f2e, 0xec44_0f3e, 0xec44_0f4e, 0xec44_0f6e];
const CANARY = 0xa5;

export class HostileWorld {
  readonly machine: Machine;
  private readonly board: HostileBoard;
  private readonly random: RandomWord;
  private readonly canaries: readonly (readonly [from: number, to: number])[];

  constructor(readonly seed: number) {
    this.random = seededRandom(Math.imul(seed, 0x9e37_79b1) + 1);
    this.board = BOARDS[seed % BOARDS.length]!;
    const configuration: MachineConfiguration = {
      ...DEFAULT_CONFIGURATION,
      board: this.board.name,
      cpus: Math.min(this.board.mostCores, this.pick([1, 1, 2, 3, 4, 5, 6, 7, 8])),
      memory: MEMORY,
      virtualization: this.chance(3, 4),
      secure: this.chance(1, 3),
      listRegisters: this.pick([1, 4, 33, 64]),
      slice: this.pick([1, 7, 100, 5000]),
      virtio: [
        { kind: 'block', image: new Uint8Array(this.pick([0, 700, 0x1_0000])) },
        { kind: 'console' },
        { kind: 'entropy' },
      ],
    };
    this.machine = new Machine(configuration);
    const blocks = Array.from({ length: MAX_CORES }, (_, i) => CORES_OFFSET + i * CORE_BLOCK_BYTES);
    this.canaries = [
      [64, CORES_OFFSET],
      ...blocks.map(
        (at, i) => [at + (i < configuration.cpus ? CORE_WORDS_USED * 4 : 0), at + CORE_BLOCK_BYTES] as const,
      ),
      [CORES_OFFSET + MAX_CORES * CORE_BLOCK_BYTES, TLB_OFFSET],
      [TLB_OFFSET + configuration.cpus * TLB_BYTES, TLB_OFFSET + configuration.cpus * TLB_BYTES + 0x1_0000],
      [GUEST_MEMORY_OFFSET - 0x1_0000, GUEST_MEMORY_OFFSET],
    ];
    const { u8 } = this.machine.state;
    for (const [from, to] of this.canaries) u8.fill(CANARY, from, to);
    this.fill(TABLES, TABLE_BYTES, () => this.descriptor());
  }

  /**
   * Shuffles everything and runs `budget` instructions, in pieces of which `piece` gives the sizes; gives how many
   * were retired. `stops`: somebody listens and stops the machine at some events.
   */
  episode(budget: number, piece: () => number = () => budget, stops = false): number {
    this.shuffle();
    let retired = 0;
    while (retired < budget) {
      const size = Math.min(budget - retired, piece());
      const outcome = this.machine.run(size);
      this.check(outcome, size, stops);
      retired += outcome.retired;
      if (outcome.end === 'idle') break;
      // What a debugger would do is build the machine anew; an enemy would rather go on.
      this.machine.ended = undefined;
    }
    this.machine.consoles[0]!.input(Uint8Array.of(this.random() & 0xff));
    return retired;
  }

  /** What must hold whatever the guest did. */
  private check(outcome: RunOutcome, budget: number, stops: boolean): void {
    const { machine } = this;
    assert.ok(outcome.retired <= budget, `${outcome.retired} instructions retired, ${budget} asked for`);
    if (outcome.end === 'budget') assert.equal(outcome.retired, budget);
    if (!stops) assert.notEqual(outcome.end, 'stop', 'nobody asked for a stop');
    assert.ok(Number.isSafeInteger(machine.state.now), `time is ${machine.state.now}`);
    for (const core of machine.state.cores) this.checkCore(core);
  }

  private checkCore(core: CoreState): void {
    const { i32 } = core;
    assert.ok(core.mode in MODES, `core ${core.index} is in mode 0x${core.mode.toString(16)}`);
    if (core.mode === Mode.hyp) assert.ok(core.hasVirtualization);
    if (core.mode === Mode.mon) assert.ok(core.hasSecurity);
    assert.ok(i32[CORE.ITSTATE] >= 0 && i32[CORE.ITSTATE] <= 0xff);
    assert.ok(i32[CORE.C] === 0 || i32[CORE.C] === 1);
    assert.ok(i32[CORE.RUN_STATE] >= 0 && i32[CORE.RUN_STATE] <= (RunState.Off as number));
  }

  /** Fails when anything outside of the guest's memory was written. */
  checkMemory(): void {
    const { u8 } = this.machine.state;
    for (const [from, to] of this.canaries)
      for (let at = from; at < to; at++)
        if (u8[at] !== CANARY) assert.fail(`byte 0x${at.toString(16)} of the machine's memory was written`);
  }

  // What is random

  private shuffle(): void {
    const { machine } = this;
    const code = this.pick([
      () => [this.random()],
      () => this.a32(),
      () => this.a32(),
      () => this.a32(),
      () => [this.t32()],
    ]);
    this.fillWith(this.pick([0, 0, 0, 0x1000, 0x2000, 0x3000]), 0x1000, code);
    // The way back from the end of the code.
    this.write(CODE_BYTES - 4, [branch(CODE_BYTES / 4 - 1, 0)]);
    const { pl1, hyp } = vectors(this.board);
    this.write(VECTORS, pl1);
    this.write(HYP_VECTORS, hyp);
    if (this.chance(1, 2)) this.fill(TABLES, TABLE_BYTES, () => this.descriptor());
    if (this.chance(1, 2)) this.shuffleQueue();
    for (const core of machine.state.cores) {
      if (this.chance(1, 3)) continue;
      takeReset(core, machine.system, {
        mode: Mode.svc,
        address: this.chance(7, 8) ? this.codeAddress() : this.address(),
        nonSecure: this.chance(1, 2),
      });
      if (core.index > 0 && this.chance(1, 2)) core.i32[CORE.RUN_STATE] = RunState.Off;
      this.shuffleRegisters(core);
    }
  }

  /** Descriptors that are nearly good, then rings in which anything may stand. */
  private shuffleQueue(): void {
    this.fill(QUEUE, QUEUE_BYTES, () => this.pick([0, 1, this.random() & 7, this.random()]));
    for (let i = 0; i < 64; i++)
      this.write(QUEUE + 16 * i, [
        this.chance(7, 8) ? this.board.ram + (this.random() % MEMORY) : this.random(),
        this.chance(15, 16) ? 0 : this.random(),
        this.pick([1, 8, 16, 512, 4096, MEMORY, 0xffff_ffff, this.random() & 0xffff]),
        ((this.random() & 63) << 16) | (this.random() & 7),
      ]);
  }

  private shuffleRegisters(core: CoreState): void {
    const { machine } = this;
    if (this.chance(1, 3)) {
      const count = this.random() % 20;
      for (let i = 0; i < count; i++) {
        const row = this.pick(REGISTER_ROWS);
        if (row.storage !== undefined) pokeRegister(core, machine.system, row, this.registerValue(row.name));
      }
    }
    if (this.chance(5, 6)) {
      for (const row of REGISTER_ROWS)
        if (row.name === 'VBAR' || row.name === 'MVBAR' || row.name === 'HVBAR')
          pokeRegister(
            core,
            machine.system,
            row,
            BigInt(this.board.ram + (row.name === 'HVBAR' ? HYP_VECTORS : VECTORS)),
          );
    }
    const modes = Object.keys(MODES)
      .map(Number)
      .filter(
        (mode) => (mode !== Mode.hyp || core.hasVirtualization) && (mode !== Mode.mon || core.hasSecurity),
      );
    const mode = this.pick(modes);
    // Hyp mode is of the Non-secure state.
    if (mode !== Mode.hyp || !core.secure) switchMode(core, mode);
    core.i32[CORE.PSR] =
      (core.i32[CORE.PSR] & ~(Psr.A | Psr.I | Psr.F | Psr.E)) |
      (this.random() & (Psr.A | Psr.I | Psr.F | Psr.E));
    for (let r = 0; r < 15; r++) core.u32[CORE.R + r] = this.operand();
    machine.system.effects.translationChanged(core);
    machine.system.effects.interruptMaskChanged(core);
  }

  private registerValue(name: string): bigint {
    const high = BigInt(this.chance(3, 4) ? 0 : this.random() & 0xff) << 32n;
    if (/TTBR/.test(name))
      return high | BigInt(this.board.ram + TABLES + (this.random() & 0x4000) + (this.random() & 0x7f));
    if (/VBAR/.test(name)) return BigInt(this.chance(3, 4) ? this.codeAddress() & ~31 : this.random());
    if (/CVAL/.test(name)) return this.deadline();
    return (
      high | BigInt(this.chance(1, 2) ? this.random() : (this.random() & this.random() & this.random()) >>> 0)
    );
  }

  private deadline(): bigint {
    return this.pick([
      0n,
      1n,
      1n << 63n,
      (1n << 64n) - 1n,
      1n << 52n,
      BigInt(this.random()),
      BigInt(this.random() & 0xfff),
    ]);
  }

  /** What a register may hold: an address of something, an argument of a call, a number. */
  private operand(): number {
    return this.pick([
      () => this.address(),
      () => this.address(),
      () => this.codeAddress(),
      () => this.pick(PSCI_IDS),
      () => this.random(),
      () => this.random() & 0xff,
      () => 0,
      () => 0xffff_ffff,
      () => this.board.ram + MEMORY - (this.random() & 7),
      () => Number(this.deadline() & 0xffff_ffffn),
    ])();
  }

  private address(): number {
    if (this.chance(1, 4)) return (this.board.ram + (this.random() % MEMORY)) >>> 0;
    const window = this.pick(this.board.windows);
    // Most registers are at the beginning of their windows; often also the last bytes, and those behind.
    return (
      (window.base +
        this.pick([this.random() & 0x3c, this.random() & 0xffc, this.random() & 0xffff, window.size - 2])) >>>
      0
    );
  }

  private codeAddress(): number {
    if (this.chance(1, 32)) return this.pick(this.board.flash) + (this.random() & 0xfff);
    const at = this.chance(1, 8) ? 0x1000 - (this.random() & 6) : this.random() % CODE_BYTES;
    return this.board.ram + (at & ~1) + (this.random() & 1);
  }

  /** An instruction, or a few that do something together. */
  private a32(): number[] {
    const register = (): number => this.random() % 11;
    const kind = this.random() & 63;
    if (kind < 6) return [this.pick(SPECIAL)];
    if (kind < 9) {
      const rt = register();
      return [
        ...load(rt, this.pick([0, 1, 3, 5, 7, 0xffff_ffff, this.random() & 0xff, this.random()])),
        (this.pick(TIMER_WRITES) | (rt << 12)) >>> 0,
      ];
    }
    if (kind < 11) {
      const deadline = this.deadline();
      return [
        ...load(3, Number(deadline & 0xffff_ffffn)),
        ...load(4, Number(deadline >> 32n)),
        (this.pick(COMPARE_WRITES) | (3 << 12)) >>> 0,
      ];
    }
    // MCR or MRC of anything of CP15.
    if (kind < 14) return [(0xee00_0f10 | (this.random() & 0x00ff_f0ef) | ((this.random() & 1) << 20)) >>> 0];
    // Accesses of every size to devices and memory.
    if (kind < 26) {
      const rn = register();
      const rt = register();
      const opcode = this.pick([
        0xe580_0000, 0xe590_0000, 0xe580_0000, 0xe5c0_0000, 0xe5d0_0000, 0xe1c0_00b0, 0xe1d0_00b0,
        0xe1c0_00f0, 0xe8a0_00f0, 0xe8b0_00f0,
      ]);
      return [...load(rn, this.address()), (opcode | (rn << 16) | (rt << 12)) >>> 0];
    }
    if (kind < 28)
      return [
        ...load(0, this.pick(PSCI_IDS)),
        ...load(1, this.random() & 3),
        ...load(2, this.codeAddress()),
        this.pick([0xe140_0070, 0xe160_0070]),
      ];
    // What only one board has.
    if (kind === 28) {
      const { address, value } = this.board.special(this.random);
      return [...load(0, address), ...load(1, value), 0xe580_1000];
    }
    // A virtio driver: a queue of a few entries, and word that there is something in it.
    if (kind === 30) {
      const size = this.pick([8, 16, 64, 1024, this.random() & 0x7ff]);
      const registers: readonly (readonly [offset: number, value: number])[] = [
        [0x70, this.pick([0, 7, 7, 7])],
        [0x20, this.random()],
        [0x28, 4096],
        [0x30, this.random() & 3],
        [0x38, size],
        [0x3c, this.pick([4096, 16, 64, this.random()])],
        [0x40, this.pick([(this.board.ram + QUEUE) / 4096, (this.board.ram + QUEUE) / 4096, this.random()])],
        [0x70, 7],
        [0x50, this.random() & 3],
      ];
      return [
        ...load(0, this.pick(this.board.virtio)),
        ...registers.flatMap(([offset, value]) => [...load(1, value), 0xe580_1000 | offset]),
      ].map((word) => word >>> 0);
    }
    if (kind === 31)
      return [
        ...load(0, this.pick(this.board.flash) + (this.random() & 0x4_0ffc)),
        ...load(1, this.chance(3, 4) ? this.pick(FLASH_COMMANDS) * 0x1_0001 : this.random()),
        0xe580_1000,
      ];
    // Code that changes code.
    if (kind === 29)
      return [
        ...load(0, this.board.ram + ((this.random() % CODE_BYTES) & ~3)),
        ...load(1, this.random()),
        0xe580_1000,
      ];
    return [randomInstruction(this.random, 'A32', { withUndefined: true }).word];
  }
  private t32(): number {
    const { word, bytes } = randomInstruction(this.random, 'T32', { withUndefined: true });
    if (bytes === 4) return ((word >>> 16) | (word << 16)) >>> 0;
    return (word | ((randomInstruction(this.random, 'T32').word & 0xffff) << 16)) >>> 0;
  }

  /** A translation table descriptor of either format, which leads to a table, to memory or anywhere. */
  private descriptor(): number {
    const target = this.pick([
      this.board.ram + TABLES + (this.random() & 0x7000),
      this.board.ram + (this.random() & 0xf000),
      this.address() & ~0xfff,
      this.random() & ~0xfff,
    ]);
    return (target | (this.random() & 0xfff) | (this.random() & 3)) >>> 0;
  }

  private fill(offset: number, bytes: number, word: () => number): void {
    const words = Uint32Array.from({ length: bytes / 4 }, word);
    this.machine.memory.writePhysical(this.board.ram + offset, new Uint8Array(words.buffer));
  }
  private fillWith(offset: number, bytes: number, words: () => readonly number[]): void {
    const all: number[] = [];
    while (all.length < bytes / 4) all.push(...words());
    this.write(offset, all.slice(0, bytes / 4));
  }
  private write(offset: number, words: readonly number[]): void {
    this.machine.memory.writePhysical(
      this.board.ram + offset,
      new Uint8Array(Uint32Array.from(words).buffer),
    );
  }
  private pick<T>(from: readonly T[]): T {
    return from[this.random() % from.length]!;
  }
  private chance(of: number, among: number): boolean {
    return this.random() % among < of;
  }
}
