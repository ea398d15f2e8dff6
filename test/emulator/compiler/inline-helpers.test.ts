/**
 * Helpers that compiled code does itself: thread registers, CPSR, exclusives, in every mode and with random masks, traps
 * and pending interrupts, on the real machine. The interpreter, which calls the helpers, gives the same.
 */
import assert from 'node:assert/strict';
import { DEFAULT_CONFIGURATION, Machine } from '../../../emulator';
import { DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { seededRandom } from '../../../emulator/isa/random';
import { CORE, CORE_WORDS_USED, GUEST_MEMORY_OFFSET, SYS } from '../../../emulator/state/layout';
import { MODES, switchMode } from '../../../emulator/state/psr';

const RAM = 0x4000_0000;
const CODE = 0x8000;
const DATA = 0x9000;

const MRC = (opc2: number): number => 0xee1d_0f10 | (opc2 << 5); // mrc p15, 0, r0, c13, c0, opc2
const INSTRUCTIONS: Readonly<Record<string, readonly number[]>> = {
  TPIDRURW: [MRC(2)],
  TPIDRURO: [MRC(3)],
  TPIDRPRW: [MRC(4)],
  'mrs r0, cpsr': [0xe10f_0000],
  'cmp r1, r2; mrs r0, cpsr': [0xe151_0002, 0xe10f_0000],
  'adds r1, r1, r2; mrs r0, cpsr': [0xe091_1002, 0xe10f_0000],
  'msr cpsr_c, r1': [0xe121_f001],
  'msr cpsr_f, r1': [0xe128_f001],
  'msr cpsr_cf, r1; movcs r0, #1': [0xe129_f001, 0x23a0_0001],
  'mrs r1, cpsr; msr cpsr_c, r1': [0xe10f_1000, 0xe121_f001],
  'cpsid i': [0xf10c_0080],
  'cpsie if': [0xf108_00c0],
  'cpsid aif': [0xf10c_01c0],
  'ldrex r0, [r8]; strex r3, r1, [r8]': [0xe198_0f9f, 0xe188_3f91],
  'ldrex r0, [r8]; strex r3, r1, [r9]': [0xe198_0f9f, 0xe189_3f91],
  'ldrexb r0, [r8]; strexb r3, r1, [r8]': [0xe1d8_0f9f, 0xe1c8_3f91],
  'ldrexh r0, [r8]; strex r3, r1, [r8]': [0xe1f8_0f9f, 0xe188_3f91],
  'ldrexd r4, r5, [r8]; strexd r3, r6, r7, [r8]': [0xe1b8_4f9f, 0xe1a8_3f96],
  'ldrex r0, [r8]; clrex; strex r3, r1, [r8]': [0xe198_0f9f, 0xf57f_f01f, 0xe188_3f91],
};
const NOP = 0xe320_f000;
const SELF = 0xeaff_fffe;

describe('helpers in compiled code', () => {
  const machines = [0, 1].map(() => new Machine({ ...DEFAULT_CONFIGURATION, memory: 1 << 20 })) as [
    Machine,
    Machine,
  ];
  const tier = machines[1].compile({ ...DEFAULT_OPTIONS, threshold: 1, longest: 50, batch: 1 });
  const modes = Object.keys(MODES)
    .map(Number)
    .filter((mode) => MODES[mode]?.name !== 'mon');

  function execute(m: Machine, code: readonly number[], seed: number): void {
    const random = seededRandom(seed);
    const core = m.state.cores[0]!;
    const s = core.i32;
    m.memory.writePhysical(RAM + CODE, new Uint8Array(Int32Array.from([...code, NOP, NOP, SELF]).buffer));
    const mode = modes[random() % modes.length]!;
    switchMode(core, mode);
    s[CORE.PSR] = mode | (random() & 0x1c0);
    for (let n = 0; n < 15; n++) s[CORE.R + n] = random();
    if (random() % 2) s[CORE.R + 1] = (random() & ~0x1f) | mode;
    s[CORE.R + 8] = RAM + DATA + (random() % 8 ? random() & 0xf8 : random() & 0xff);
    s[CORE.R + 9] = s[CORE.R + 8]! + (random() % 3 ? 8 : 0);
    for (const [word, mask] of [
      [CORE.N, ~0],
      [CORE.Z, 1],
      [CORE.C, 1],
      [CORE.V, ~0],
      [CORE.Q, 1],
      [CORE.GE, 15],
    ] as const)
      s[word] = random() & mask;
    s[SYS.HSTR] = random() % 4 ? 0 : random() & 0xaf6f;
    s[SYS.HCR] = random() % 3 ? 0 : random() & 0x1f8;
    s[CORE.PENDING] = random() % 3 ? 0 : random() & 0xf;
    s[SYS.TPIDRURW] = random();
    s[SYS.TPIDRURO] = random();
    s[SYS.TPIDRPRW] = random();
    s[SYS.SCTLR] = s[SYS.HSCTLR] = 0;
    s[CORE.EXCLUSIVE_VALID] = 0;
    s[CORE.R + 15] = RAM + CODE;
    s[CORE.ITSTATE] = s[CORE.RUN_STATE] = 0;
    m.system.effects.translationChanged(core);
    // Level 1 has the pages; the code there is what was written last.
    m.mmus[0]!.write(RAM + DATA, 4, random() | 0, 0, 1);
    m.run(8);
  }

  for (const [name, code] of Object.entries(INSTRUCTIONS))
    it(name, () => {
      const calls = tier.regions;
      for (let seed = 1; seed <= 30; seed++) {
        for (const m of machines) execute(m, code, seed);
        const [a, b] = machines.map((m) => m.state.cores[0]!.i32.slice(0, CORE_WORDS_USED)) as [
          Int32Array,
          Int32Array,
        ];
        for (const words of [a, b]) {
          words[CORE.PC_READ] = 0;
          // What else is in these words no instruction can see.
          words[CORE.N] &= 1 << 31;
          words[CORE.V] &= 1 << 31;
          words[CORE.Z] = words[CORE.Z] === 0 ? 1 : 0;
        }
        const different = [...a.keys()].filter((word) => a[word] !== b[word]);
        assert.deepEqual(
          different.map((word) => [word, a[word], b[word]]),
          [],
          `seed ${seed}`,
        );
        assert.equal(machines[1].state.now, machines[0].state.now);
        const words = machines.map((m) =>
          m.state.i32.subarray((GUEST_MEMORY_OFFSET + DATA) >> 2, (GUEST_MEMORY_OFFSET + DATA + 512) >> 2),
        );
        assert.deepEqual(words[1], words[0]);
      }
      assert.ok(tier.regions > calls);
    });
});
