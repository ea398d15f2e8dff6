// The experiments, by what they try.
import { CORE } from '../../../emulator/state/layout';
import { Mode } from '../../../emulator/state/psr';
import { CONTROL_BITS, type ControlBitName } from '../../../emulator/system/control-bits';
import type { RegisterRow } from '../../../emulator/system/registers/row';
import { REGISTER_ROWS, requireRegister } from '../../../emulator/system/registers/table';
import { BANKED_REGISTERS } from '../../../emulator/system/status-registers';
import { access, movt, movw, type Place } from './encodings';
import type { Experiment } from './experiment';
import type { Model } from './model';

const MASKS = 0x1c0;
const MODE_NAMES: Readonly<Record<number, string>> = {
  [Mode.usr]: 'usr',
  [Mode.svc]: 'svc',
  [Mode.hyp]: 'hyp',
  [Mode.sys]: 'sys',
  [Mode.irq]: 'irq',
  [Mode.fiq]: 'fiq',
  [Mode.abt]: 'abt',
  [Mode.und]: 'und',
};
const ALL_MODES = Object.keys(MODE_NAMES).map(Number);
const psr = (mode: number): number => mode | MASKS;
const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

/** A write to a register by name, for `prepare`. */
function set(name: string, value: number): readonly [number, number] {
  return [access(requireRegister(name), true, 0), value];
}
const FPEXC_WRITE = 0xeee8_0a10;

/** The helper behind an MRC, MCR, MRRC or MCRR with Rt = R2. */
function perform(model: Model, place: Place, write: boolean): void {
  const { core, helpers } = model;
  const encoding = access(place, write, 2);
  model.step(() => {
    if (write) {
      if (place.width === 64)
        helpers.coprocessorWritePair(core, encoding, model.register(2), model.register(3));
      else helpers.coprocessorWrite(core, encoding, model.register(2));
    } else {
      const low =
        place.width === 64
          ? helpers.coprocessorReadPair(core, encoding)
          : helpers.coprocessorRead(core, encoding);
      if (place.width === 64) model.setRegister(3, helpers.highWord(core));
      model.setRegister(2, low);
    }
  });
}
function places(): Place[] {
  const all: Place[] = [];
  for (const cp of [14, 15] as const) {
    for (let at = 0; at < 8 * 16 * 16 * 8; at++)
      all.push({ cp, width: 32, opc1: at >> 11, crn: (at >> 7) & 15, crm: (at >> 3) & 15, opc2: at & 7 });
    for (let at = 0; at < 256; at++)
      all.push({ cp, width: 64, opc1: at >> 4, crn: 0, crm: at & 15, opc2: 0 });
  }
  return all;
}
export const placeName = (p: Place): string =>
  p.width === 64 ? `p${p.cp}, ${p.opc1}, c${p.crm}` : `p${p.cp}, ${p.opc1}, c${p.crn}, c${p.crm}, ${p.opc2}`;

/** An experiment on one register access. */
export interface AccessExperiment extends Experiment {
  readonly place: Place;
  readonly bit?: ControlBitName;
}

/** Every encoding of MRC and MRRC, read in Supervisor, User and Hyp mode. */
export function everyRead(): AccessExperiment[] {
  return [Mode.svc, Mode.usr, Mode.hyp].flatMap((mode) =>
    places().map((place) => ({
      name: `${MODE_NAMES[mode]} reads ${placeName(place)}`,
      place,
      prepare: [],
      psr: psr(mode),
      code: [access(place, false, 2)],
      act: (model: Model) => perform(model, place, false),
    })),
  );
}

/** Registers that, written, would take the experiment away from its end. */
const NOT_WRITTEN = ['HVBAR', 'VBAR', 'HSCTLR'];
const writable = (row: RegisterRow): boolean => !NOT_WRITTEN.includes(row.name);

/** Every row of the table, written with 0 in Supervisor, User and Hyp mode. */
export function everyWrite(): AccessExperiment[] {
  return [Mode.svc, Mode.usr, Mode.hyp].flatMap((mode) =>
    REGISTER_ROWS.filter(writable).map((row) => ({
      name: `${MODE_NAMES[mode]} writes ${row.name} (${placeName(row)})`,
      place: row,
      prepare: [],
      psr: psr(mode),
      code: [movw(2, 0), movw(3, 0), access(row, true, 2)],
      act: (model: Model) => {
        model.step(() => model.setRegister(2, 0));
        model.step(() => model.setRegister(3, 0));
        perform(model, row, true);
      },
    })),
  );
}

/** Every register of Hyp mode and below, written with ones and zeros in Hyp mode and read back. */
export function everyMask(): AccessExperiment[] {
  const rows = REGISTER_ROWS.filter((row) => writable(row) && !row.operation && row.access.hyp === 'rw');
  return [0, 0xffff_ffff].flatMap((value) =>
    rows.map((row) => ({
      name: `${row.name} (${placeName(row)}) after writing ${hex(value)}`,
      place: row,
      prepare: [],
      psr: psr(Mode.hyp),
      code: [
        movw(2, value),
        movt(2, value),
        movw(3, value),
        movt(3, value),
        access(row, true, 2),
        access(row, false, 2),
      ],
      act: (model: Model) => {
        for (const n of [2, 2, 3, 3]) model.step(() => model.setRegister(n, value));
        perform(model, row, true);
        perform(model, row, false);
      },
    })),
  );
}

/** What opens registers to PL0, so that traps from there can be seen. */
const OPEN = [set('PMUSERENR', 1), set('CNTKCTL', 0x303)];

/** The value of the control register that asks for this trap, and for nothing else. */
function asking(name: ControlBitName): readonly [number, number] {
  const bit = CONTROL_BITS[name];
  return set(bit.register, bit.inverted ? 3 & ~bit.mask : bit.mask | (bit.register === 'HDCR' ? 6 : 0));
}
function trapExperiment(
  place: Place,
  name: string,
  bit: ControlBitName,
  mode: number,
  write: boolean,
): AccessExperiment {
  return {
    name: `${MODE_NAMES[mode]} ${write ? 'writes' : 'reads'} ${name} (${placeName(place)}) with ${bit}`,
    place,
    bit,
    prepare: [...OPEN, asking(bit)],
    psr: psr(mode),
    code: [access(place, write, 2)],
    act: (model: Model) => perform(model, place, write),
  };
}

/** Every row, with each control bit that can trap it alone, read and written from PL1 and PL0. */
export function everyTrap(): AccessExperiment[] {
  const experiments: AccessExperiment[] = [];
  for (const row of REGISTER_ROWS) {
    const bits = new Set<ControlBitName>(row.traps.map((trap) => trap.bit));
    const coarse = `HSTR.T${row.width === 64 ? row.crm : row.crn}` as ControlBitName;
    if (row.cp === 15 && coarse in CONTROL_BITS) bits.add(coarse);
    if (row.cp === 15 && [9, 10, 11].includes(row.crn)) bits.add('HCR.TIDCP');
    for (const bit of bits)
      for (const mode of [Mode.svc, Mode.usr])
        for (const write of [false, true])
          if (!write || (writable(row) && row.name !== 'SCTLR'))
            experiments.push(trapExperiment(row, row.name, bit, mode, write));
  }
  return experiments;
}

interface Call {
  readonly name: string;
  readonly code: number;
  readonly length: number;
  readonly setsPc: boolean;
  readonly run: (model: Model) => void;
}
const CALLS_A32: readonly Call[] = [
  {
    name: 'svc #0x1234',
    code: 0xef00_1234,
    length: 4,
    setsPc: true,
    run: (m) => m.helpers.supervisorCall(m.core, 0x1234),
  },
  {
    name: 'hvc #0x1234',
    code: 0xe141_2374,
    length: 4,
    setsPc: true,
    run: (m) => m.helpers.hypervisorCall(m.core, 0x1234),
  },
  {
    name: 'smc #0',
    code: 0xe160_0070,
    length: 4,
    setsPc: true,
    run: (m) => m.helpers.secureMonitorCall(m.core, 0),
  },
  {
    name: 'udf #0',
    code: 0xe7f0_00f0,
    length: 4,
    setsPc: true,
    run: (m) => m.helpers.undefinedInstruction(m.core, 0xe7f0_00f0),
  },
  {
    name: 'bkpt #0',
    code: 0xe120_0070,
    length: 4,
    setsPc: true,
    run: (m) => m.helpers.breakpointInstruction(m.core, 0),
  },
];
const CALLS_T32: readonly Call[] = [
  { name: 'svc #0x34', code: 0xbf00_df34, length: 2, setsPc: true, run: (m) => m.helpers.supervisorCall(m.core, 0x34) },
  { name: 'hvc #0x1234', code: 0x8234_f7e1, length: 4, setsPc: true, run: (m) => m.helpers.hypervisorCall(m.core, 0x1234) },
  { name: 'smc #0', code: 0x8000_f7f0, length: 4, setsPc: true, run: (m) => m.helpers.secureMonitorCall(m.core, 0) },
  { name: 'udf #0', code: 0xbf00_de00, length: 2, setsPc: true, run: (m) => m.helpers.undefinedInstruction(m.core, 0xde00) },
  { name: 'udf.w #0', code: 0xa000_f7f0, length: 4, setsPc: true, run: (m) => m.helpers.undefinedInstruction(m.core, 0xf7f0_a000) },
  { name: 'bkpt #0', code: 0xbf00_be00, length: 2, setsPc: true, run: (m) => m.helpers.breakpointInstruction(m.core, 0) },
  { name: 'it eq; svceq #1', code: 0xdf01_bf08, length: 2, setsPc: true, run: (m) => {
    // IT EQ: one instruction, condition EQ.
    m.core.i32[CORE.ITSTATE] = 0x08;
    m.setRegister(15, m.register(15) + 2);
    m.helpers.supervisorCall(m.core, 1);
  } },
]; // prettier-ignore

const HCR_TGE = 1 << 27;
const HCR_TSC = 1 << 19;
const HDCR_TDE = (1 << 8) | 6 | (7 << 9);

/** SVC, HVC, SMC, UDF and BKPT in both instruction sets, from every mode, under each routing. */
export function everyCall(): Experiment[] {
  const routings: readonly (readonly [string, readonly (readonly [number, number])[]])[] = [
    ['no routing', []],
    ['HCR.TGE', [set('HCR', HCR_TGE)]],
    ['HCR.TSC', [set('HCR', HCR_TSC)]],
    ['HDCR.TDE', [set('HDCR', HDCR_TDE)]],
    ['SCTLR.EE', [set('SCTLR', 0x02c5_0078)]],
  ];
  return ALL_MODES.flatMap((mode) =>
    routings.flatMap(([routing, prepare]) =>
      [...CALLS_A32.map((call) => [call, 0] as const), ...CALLS_T32.map((call) => [call, 0x20] as const)].map(
        ([call, thumb]) => ({
          name: `${MODE_NAMES[mode]} ${thumb ? 'T32' : 'A32'} ${call.name}, ${routing}`,
          prepare,
          // Z set, so that EQ passes.
          psr: (psr(mode) | thumb | 0x4000_0000) >>> 0,
          code: [call.code],
          act: (model: Model) => {
            if (mode === Mode.hyp && thumb) return model.step(() => call.run(model), call.length, true);
            return model.step(() => call.run(model), call.length, call.setsPc);
          },
        }),
      ),
    ),
  );
}

/** WFI under HCR.TWI. */
export function everyWait(): Experiment[] {
  return [Mode.svc, Mode.usr, Mode.sys].flatMap((mode) =>
    [
      { thumb: 0, code: 0xe320_f003, encoding: 0xe320_f003 },
      { thumb: 0x20, code: 0xbf00_bf30, encoding: 0xbf30 },
    ].map(({ thumb, code, encoding }) => ({
      name: `${MODE_NAMES[mode]} ${thumb ? 'T32' : 'A32'} wfi with HCR.TWI`,
      prepare: [set('HCR', 1 << 13)],
      psr: psr(mode) | thumb,
      code: [code],
      act: (model: Model) => model.step(() => model.helpers.waitForInterrupt(model.core, encoding)),
    })),
  );
}

/** A small deterministic sequence of 32-bit numbers. */
function numbers(count: number): number[] {
  let state = 0x2545_f491;
  return Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  });
}
const MODE_VALUES = [0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x1a, 0x1b, 0x1c, 0x1f, 0x00, 0x0a];

/** Loads R2 with a value: two instructions. */
function load(model: Model, value: number): void {
  model.step(() => undefined);
  model.step(() => model.setRegister(2, value));
}

/** MSR CPSR and MSR SPSR with every byte mask, from every mode, with values that name every mode. */
export function everyStatusWrite(): Experiment[] {
  const values = numbers(MODE_VALUES.length).map((n, i) => ((n & ~0x1f) | MODE_VALUES[i]) >>> 0);
  return ALL_MODES.flatMap((mode) =>
    [1, 2, 4, 8, 9, 15].flatMap((mask) =>
      values.flatMap((value) =>
        [false, true].map((spsr) => ({
          name: `${MODE_NAMES[mode]} msr ${spsr ? 'spsr' : 'cpsr'}, mask ${mask}, ${hex(value)}`,
          prepare: [],
          psr: psr(mode),
          code: [movw(2, value), movt(2, value), (spsr ? 0xe160_f002 : 0xe120_f002) | (mask << 16)],
          act: (model: Model) => {
            load(model, value);
            model.step(() =>
              spsr
                ? model.helpers.writeSpsr(model.core, value, mask)
                : model.helpers.writeCpsr(model.core, value, mask),
            );
          },
        })),
      ),
    ),
  );
}

/** MRS of CPSR and SPSR, and CPS, from every mode. */
export function everyStatusRead(): Experiment[] {
  const moves: readonly Experiment[] = ALL_MODES.flatMap((mode) => [
    {
      name: `${MODE_NAMES[mode]} mrs r2, cpsr`,
      prepare: [],
      psr: (psr(mode) | 0xf80f_0000) >>> 0,
      code: [0xe10f_2000],
      act: (model: Model) => model.step(() => model.setRegister(2, model.helpers.readCpsr(model.core))),
    },
    {
      name: `${MODE_NAMES[mode]} mrs r2, spsr`,
      prepare: [],
      psr: psr(mode),
      code: [0xe14f_2000],
      act: (model: Model) => model.step(() => model.setRegister(2, model.helpers.readSpsr(model.core))),
    },
  ]);
  const changes = ALL_MODES.flatMap((mode) =>
    [2, 3].flatMap((imod) =>
      [-1, 0x10, 0x13, 0x16, 0x1a, 0x1f].flatMap((target) =>
        [0, 1, 2, 4, 7].map((flags) => ({
          name: `${MODE_NAMES[mode]} cps imod ${imod}, flags ${flags}, mode ${target < 0 ? 'unchanged' : hex(target)}`,
          prepare: [],
          psr: psr(mode),
          code: [
            0xf100_0000 |
              (imod << 18) |
              (target < 0 ? 0 : 1 << 17) |
              (flags << 6) |
              (target < 0 ? 0 : target),
          ],
          act: (model: Model) =>
            model.step(() => model.helpers.changeProcessorState(model.core, imod, flags, target)),
        })),
      ),
    ),
  );
  return [...moves, ...changes];
}

/** MRS and MSR of every banked register, those that are none included, from every mode. */
export function everyBankedMove(): Experiment[] {
  return ALL_MODES.flatMap((mode) =>
    Array.from({ length: 64 }, (_, sysm) => sysm).flatMap((sysm) =>
      [false, true].map((write) => {
        const name = BANKED_REGISTERS.get(sysm)?.name ?? `reserved ${sysm}`;
        const r = sysm >> 5;
        const m = (sysm >> 4) & 1;
        const m1 = sysm & 15;
        const place = (r << 22) | (m1 << 16) | (m << 8);
        // What is written is the experiment's address + 8 (add r4, pc, #0), because links are compared relative to it,
        // but a constant to SPSRs. R8–R12 of User mode are the probe's own.
        const move = write ? 0xe120_f204 | place : 0xe100_2200 | place;
        const constant = sysm >= 32;
        const probes = !write && sysm < 5;
        return {
          name: `${MODE_NAMES[mode]} ${write ? 'msr' : 'mrs'} ${name}`,
          prepare: [],
          psr: psr(mode),
          code: write
            ? [constant ? 0xe1a0_4002 : 0xe28f_4000, move]
            : [move, probes ? 0xe3a0_2000 : 0xe1a0_0000],
          act: (model: Model) => {
            const value = constant ? model.register(2) : model.register(15) + 8;
            if (write) model.step(() => undefined);
            model.step(() => {
              if (write) model.helpers.writeBanked(model.core, sysm, value);
              else model.setRegister(2, model.helpers.readBanked(model.core, sysm));
            });
            if (!write) model.step(() => probes && model.setRegister(2, 0));
          },
        };
      }),
    ),
  );
}

interface VfpMove {
  readonly name: string;
  readonly code: number;
  readonly run: (model: Model, code: number) => void;
}
const VFP: readonly VfpMove[] = [
  {
    name: 'vadd.f32 s0, s0, s0',
    code: 0xee30_0a00,
    run: (m, code) => m.helpers.checkVfpEnabled(m.core, code, 0),
  },
  {
    name: 'vorr d0, d0, d0',
    code: 0xf220_0110,
    run: (m, code) => m.helpers.checkVfpEnabled(m.core, code, 1),
  },
  ...[0, 1, 2, 5, 6, 7, 8, 9, 10].flatMap((register) => [
    {
      name: `vmrs r2, register ${register}`,
      code: 0xeef0_2a10 | (register << 16),
      run: (m: Model, code: number) => m.setRegister(2, m.helpers.vfpSystemRead(m.core, code, register)),
    },
    {
      name: `vmsr register ${register}, r2`,
      code: 0xeee0_2a10 | (register << 16),
      run: (m: Model, code: number) => m.helpers.vfpSystemWrite(m.core, code, register, m.register(2)),
    },
  ]),
];

/** VFP, Advanced SIMD, VMRS and VMSR under every combination of CPACR, FPEXC.EN and HCPTR, and HCR's ID traps. */
export function everyVfpAccess(): Experiment[] {
  const experiments: Experiment[] = [];
  for (const mode of [Mode.usr, Mode.svc, Mode.hyp])
    for (const cpacr of [0, 0x50_0000, 0xf0_0000, 0x80f0_0000])
      for (const enabled of [0, 1 << 30])
        for (const hcptr of [0, 0xc00, 0x8000, 0x8c00])
          for (const hcr of [0, 0x8000, 0x4_0000])
            for (const move of VFP)
              experiments.push({
                name: `${MODE_NAMES[mode]} ${move.name}, CPACR ${hex(cpacr)}, FPEXC ${hex(enabled)}, HCPTR ${hex(hcptr)}, HCR ${hex(hcr)}`,
                prepare: [
                  [FPEXC_WRITE, enabled],
                  set('CPACR', cpacr >>> 0),
                  set('HCR', hcr),
                  set('HCPTR', hcptr),
                ],
                psr: psr(mode),
                code: [move.code],
                act: (model) => model.step(() => move.run(model, move.code)),
              });
  return experiments;
}

/** ERET, and MOVS PC, LR, with an SPSR for every mode, from every mode; LR is the experiment's end. */
export function everyReturn(): Experiment[] {
  const values = numbers(MODE_VALUES.length).map((n, i) => ((n & 0xf80f_03c0) | MODE_VALUES[i]) >>> 0);
  const MSR_SPSR = 0xe16f_f002;
  return ALL_MODES.flatMap((mode) =>
    values.flatMap((value) =>
      [true, false].map((eret) => {
        const hyp = mode === Mode.hyp;
        // add rN, pc, #4: the word after the return.
        const link = hyp && eret ? [0xe28f_0004, 0xe12e_f300] : [0xe1a0_0000, 0xe28f_e000];
        return {
          name: `${MODE_NAMES[mode]} ${eret ? 'eret' : 'movs pc, lr'} with SPSR ${hex(value)}`,
          prepare: [],
          psr: psr(mode),
          code: [movw(2, value), movt(2, value), MSR_SPSR, ...link, eret ? 0xe160_006e : 0xe1b0_f00e],
          act: (model: Model) => {
            const end = model.register(15) + 24;
            load(model, value);
            model.step(() => model.helpers.writeSpsr(model.core, value, 15));
            model.step(() => undefined);
            model.step(() => {
              if (hyp && eret) model.helpers.writeBanked(model.core, 30, end);
              else model.setRegister(14, end);
            });
            model.step(
              () => {
                if (eret) model.helpers.eret(model.core);
                else
                  model.helpers.exceptionReturn(
                    model.core,
                    model.register(14),
                    model.helpers.readSpsr(model.core),
                  );
              },
              4,
              true,
            );
          },
        };
      }),
    ),
  );
}

/** Every combination of HCR's routing and virtual interrupt bits, of CPSR's masks and of SCTLR.EE, in every mode. */
export function everyVirtualInterrupt(): Experiment[] {
  const experiments: Experiment[] = [];
  for (const mode of ALL_MODES)
    for (let routing = 0; routing < 8; routing++)
      for (let pending = 1; pending < 8; pending++)
        for (const masks of [0, 0x40, 0x80, 0x100, 0x1c0])
          experiments.push({
            name: `${MODE_NAMES[mode]}, HCR.AMO:IMO:FMO ${routing}, VA:VI:VF ${pending}, CPSR.AIF ${hex(masks)}`,
            prepare: [set('HCR', (routing << 3) | (pending << 6))],
            psr: mode | masks,
            code: [0xe1a0_0000],
            act: (model: Model) => {
              if (!model.takesInterrupt()) model.step(() => undefined);
            },
          });
  return experiments;
}
