/**
 * System and banked registers that compiled code reads and writes itself: every one of them, in every mode, with random
 * traps, timers, counters and pending interrupts, on the real machine. The interpreter, which calls the helpers, gives
 * the same.
 */
import assert from 'node:assert/strict';
import { DEFAULT_CONFIGURATION, Machine } from '../../../emulator';
import { DEFAULT_OPTIONS, type Compiler } from '../../../emulator/compiler/compiler';
import { isInline } from '../../../emulator/compiler/inline-helpers';
import type { HelperName } from '../../../emulator/isa/helpers';
import { seededRandom } from '../../../emulator/isa/random';
import { canonical, wordName } from '../../../emulator/state/canonical';
import { CORE, CORE_WORDS_USED, SYS } from '../../../emulator/state/layout';
import { MODES } from '../../../emulator/state/psr';
import { REGISTER_ROWS } from '../../../emulator/system/registers/table';
import type { RegisterRow } from '../../../emulator/system/registers/row';
import { BANKED_REGISTERS } from '../../../emulator/system/status-registers';

const RAM = 0x4000_0000;
const CODE = 0x8000;
const DATA = 0x9000;
const NOP = 0xe320_f000;
const SELF = 0xeaff_fffe;
const SEEDS = 12;

interface Case {
  readonly name: string;
  readonly helper: HelperName;
  /** What the helper's first arguments are. */
  readonly args: readonly number[];
  readonly word: number;
}

/** MRC and MCR of R1, MRRC and MCRR of R1 and R2. */
function moves(row: RegisterRow): readonly Case[] {
  const { cp, opc1, crn, crm, opc2, width } = row;
  const wide = width === 64;
  const encoding = wide
    ? 0xec42_1000 | (cp << 8) | (opc1 << 4) | crm
    : 0xee00_1010 | (cp << 8) | (opc1 << 21) | (crn << 16) | (opc2 << 5) | crm;
  const read = (encoding | (1 << 20)) >>> 0;
  const write = encoding >>> 0;
  return [
    {
      name: `${row.name}, read`,
      helper: wide ? 'coprocessorReadPair' : 'coprocessorRead',
      args: [read],
      word: read,
    },
    {
      name: `${row.name}, written`,
      helper: wide ? 'coprocessorWritePair' : 'coprocessorWrite',
      args: [write],
      word: write,
    },
  ];
}

/** MRS and MSR (banked register) of R1. */
function bankedMoves(sysm: number, name: string): readonly Case[] {
  const fields = ((sysm >>> 5) << 22) | ((sysm & 15) << 16) | (((sysm >>> 4) & 1) << 8);
  return [
    { name: `${name}, read`, helper: 'readBanked', args: [sysm], word: (0xe100_1200 | fields) >>> 0 },
    { name: `${name}, written`, helper: 'writeBanked', args: [sysm], word: (0xe120_f201 | fields) >>> 0 },
  ];
}

const OTHERS: readonly Case[] = [
  { name: 'SPSR, read', helper: 'readSpsr', args: [], word: 0xe14f_1000 },
  { name: 'SPSR, written', helper: 'writeSpsr', args: [0, 15], word: 0xe16f_f001 },
  { name: 'SPSR, its lowest byte written', helper: 'writeSpsr', args: [0, 1], word: 0xe161_f001 },
  { name: 'FPEXC, read', helper: 'vfpSystemRead', args: [0, 8], word: 0xeef8_1a10 },
  { name: 'FPEXC, written', helper: 'vfpSystemWrite', args: [0, 8], word: 0xeee8_1a10 },
  { name: 'SEV', helper: 'sendEvent', args: [], word: 0xe320_f004 },
];

const INLINING = { tellsRegisterWrites: false, alone: true, maintains: true };
const CASES = [
  ...REGISTER_ROWS.flatMap(moves),
  ...[...BANKED_REGISTERS].flatMap(([sysm, { name }]) => bankedMoves(sysm, name)),
  ...OTHERS,
].filter(({ helper, args }) => isInline(helper, args, INLINING));

/** Words that decide what an access does, each with the bits that are drawn. */
const DECIDING: readonly (readonly [number, number])[] = [
  [SYS.HSTR, 0x0003_bfef],
  // Traps and routing, but neither stage 2 nor TGE.
  [SYS.HCR, 0x07ff_e3f8],
  [SYS.CNTHCTL, 0x7],
  [SYS.CNTKCTL, 0x7],
  [SYS.CNTV_CTL, 0x3],
  [SYS.CNTP_CTL, 0x3],
  [SYS.CPACR, 0xf0_0000],
  [SYS.HCPTR, 0x8010_8c00 | 0],
  [SYS.HDCR, 0xfff],
  [SYS.PMCR, 0x1],
  [SYS.PMCNTENSET, 0x8000_003f | 0],
  [SYS.PMXEVTYPER, 0x1c],
  [CORE.FPEXC, 0x4000_0000],
  [CORE.PENDING, 0xf],
];

describe('registers in compiled code', () => {
  const machines = [0, 1].map(() => new Machine({ ...DEFAULT_CONFIGURATION, memory: 1 << 20 })) as [
    Machine,
    Machine,
  ];
  const tier = machines[1].compile({ ...DEFAULT_OPTIONS, threshold: 1, longest: 50, batch: 1 });
  const reset = machines[0].state.cores[0]!.i32.slice(0, CORE_WORDS_USED);
  const modes = Object.keys(MODES)
    .map(Number)
    .filter((mode) => MODES[mode]?.name !== 'mon');

  function execute(m: Machine, word: number, seed: number): void {
    const random = seededRandom(seed);
    const core = m.state.cores[0]!;
    const s = core.i32;
    m.memory.writePhysical(RAM + CODE, new Uint8Array(Int32Array.from([word, NOP, NOP, SELF]).buffer));
    s.set(reset);
    for (let n = 0; n < 15; n++) s[CORE.R + n] = random();
    if (random() & 1) s[CORE.R + 1] = RAM + DATA;
    // Half of the time nothing is in the way.
    for (const [at, mask] of DECIDING) if (random() % 6 === 0) s[at] = random() & mask;
    for (let at = CORE.R8_USR; at <= CORE.ELR_HYP; at++) s[at] = random();
    for (const at of [SYS.TTBR0, SYS.DACR, SYS.VTTBR, SYS.CNTVOFF, SYS.CNTV_CVAL]) s[at] = random();
    s[CORE.PSR] = modes[random() % modes.length]! | (random() & 0x1c0);
    s[CORE.R + 15] = RAM + CODE;
    m.state.now = 1_000_000;
    m.timers.timerChanged(0);
    m.system.effects.translationChanged(core);
    m.mmus[0]!.write(RAM + DATA, 4, 0, 0, 1);
    m.run(8);
  }

  for (const { name, word } of CASES)
    it(name, () => {
      const before = tier.regions;
      for (let seed = 1; seed <= SEEDS; seed++) {
        for (const m of machines) execute(m, word, seed);
        const [interpreted, compiled] = machines.map((m) => canonical(m.state.cores[0]!.i32)) as [
          Int32Array,
          Int32Array,
        ];
        const different = [...interpreted.keys()].filter((at) => interpreted[at] !== compiled[at]);
        assert.deepEqual(
          different.map((at) => [wordName(at), interpreted[at], compiled[at]]),
          [],
          `seed ${seed}`,
        );
        assert.equal(machines[1].state.now, machines[0].state.now);
      }
      assert.ok(tier.regions > before);
    });

  it('are those that a world switch moves', () => {
    const names = new Set(CASES.map(({ name }) => name));
    const storage = [
      'TTBR0',
      'DACR',
      'SCTLR',
      'CONTEXTIDR',
      'PRRR',
      'VBAR',
      'TPIDRURW',
      'DFSR',
      'PAR',
      'CPACR',
    ];
    for (const name of [
      ...storage,
      'HCR',
      'HSTR',
      'HCPTR',
      'HDCR',
      'VTTBR',
      'VPIDR',
      'HTPIDR',
      'CNTVOFF',
      'SP_svc',
    ])
      for (const way of ['read', 'written']) assert.ok(names.has(`${name}, ${way}`), `${name}, ${way}`);
    // What Hyp mode runs under, and what does more than to keep a value, is the interpreter's.
    for (const name of ['HSCTLR', 'HTTBR', 'TLBIALL', 'ATS1CPR', 'CNTV_TVAL', 'PMCCNTR', 'DBGBCR0'])
      assert.ok(!names.has(`${name}, written`), name);
  });
});

describe('translation after a register was written in compiled code', () => {
  /** In Hyp mode: stage 2 off and on by HCR, and an address translation operation after each. */
  const PROGRAM = [
    0xee11_0f11 | (4 << 21), // mrc p15, 4, r0, c1, c1, 0   HCR
    0xe220_0001, // eor r0, r0, #1
    0xee01_0f11 | (4 << 21), // mcr p15, 4, r0, c1, c1, 0
    0xee07_1f98, // mcr p15, 0, r1, c7, c8, 4   ATS12NSOPR
    0xee17_2f14, // mrc p15, 0, r2, c7, c4, 0   PAR
    0xe083_3002, // add r3, r3, r2
    0xe254_4001, // subs r4, r4, #1
    0x1aff_fff7, // bne 0b
    SELF,
  ];
  const run = (prepare: (m: Machine) => Compiler | undefined): { m: Machine; tier: Compiler | undefined } => {
    const m = new Machine({ ...DEFAULT_CONFIGURATION, memory: 1 << 20 });
    const tier = prepare(m);
    const s = m.state.cores[0]!.i32;
    m.memory.writePhysical(RAM + CODE, new Uint8Array(Int32Array.from(PROGRAM).buffer));
    s[CORE.R + 1] = RAM + DATA;
    s[CORE.R + 4] = 100;
    // A root of stage 2 that is all zero: whatever it translates is a fault.
    s[SYS.VTTBR] = RAM + 0x4000;
    s[SYS.VTCR] = 0x8000_0000 | 0;
    s[CORE.R + 15] = RAM + CODE;
    m.system.effects.translationChanged(m.state.cores[0]!);
    m.run(8 * 100);
    return { m, tier };
  };

  it('is by the new value, before compiled code is left for good', () => {
    const { m } = run(() => undefined);
    const { m: compiled, tier } = run((machine) =>
      machine.compile({ ...DEFAULT_OPTIONS, threshold: 5, batch: 1 }),
    );
    assert.ok(tier!.regions > 0);
    const [a, b] = [m, compiled].map((machine) => canonical(machine.state.cores[0]!.i32)) as [
      Int32Array,
      Int32Array,
    ];
    assert.notEqual(a[CORE.R + 3], 0);
    assert.deepEqual([...b], [...a]);
    assert.equal(compiled.state.cores[0]!.i32[CORE.TRANSLATION_WRITTEN], 0);
  });
});
