/**
 * The program status registers and the banks of general registers (ARM ARM B1.3).
 *
 * The current mode's R8–R14 are in CORE.R; `switchMode` moves them out and the new mode's in.
 */
import { CORE } from './layout';
import type { CoreState } from './machine-state';

/** CPSR.M values. */
export const enum Mode {
  usr = 0x10,
  fiq = 0x11,
  irq = 0x12,
  svc = 0x13,
  mon = 0x16,
  abt = 0x17,
  hyp = 0x1a,
  und = 0x1b,
  sys = 0x1f,
}

/** Bits of CPSR and SPSR. */
export const enum Psr {
  N = 0x8000_0000 | 0,
  Z = 0x4000_0000,
  C = 0x2000_0000,
  V = 0x1000_0000,
  Q = 0x0800_0000,
  J = 0x0100_0000,
  E = 0x200,
  A = 0x100,
  I = 0x80,
  F = 0x40,
  T = 0x20,
  M = 0x1f,
}
const IN_PSR_WORD = Psr.J | Psr.E | Psr.A | Psr.I | Psr.F | Psr.T | Psr.M;

/** One mode: its name, and where its banked SP, LR and SPSR are kept (word indices; -1: none). */
export interface ModeRow {
  readonly name: string;
  readonly sp: number;
  readonly lr: number;
  readonly spsr: number;
  /** Privilege level, 0–2 (Monitor mode is Secure PL1). */
  readonly level: 0 | 1 | 2;
}

/** Every mode of ARMv7-A with the Security and Virtualization Extensions, by CPSR.M. */
export const MODES: Readonly<Record<number, ModeRow>> = {
  [Mode.usr]: { name: 'usr', sp: CORE.SP_USR, lr: CORE.LR_USR, spsr: -1, level: 0 },
  [Mode.fiq]: { name: 'fiq', sp: CORE.SP_FIQ, lr: CORE.LR_FIQ, spsr: CORE.SPSR_FIQ, level: 1 },
  [Mode.irq]: { name: 'irq', sp: CORE.SP_IRQ, lr: CORE.LR_IRQ, spsr: CORE.SPSR_IRQ, level: 1 },
  [Mode.svc]: { name: 'svc', sp: CORE.SP_SVC, lr: CORE.LR_SVC, spsr: CORE.SPSR_SVC, level: 1 },
  [Mode.mon]: { name: 'mon', sp: CORE.SP_MON, lr: CORE.LR_MON, spsr: CORE.SPSR_MON, level: 1 },
  [Mode.abt]: { name: 'abt', sp: CORE.SP_ABT, lr: CORE.LR_ABT, spsr: CORE.SPSR_ABT, level: 1 },
  [Mode.hyp]: { name: 'hyp', sp: CORE.SP_HYP, lr: CORE.LR_USR, spsr: CORE.SPSR_HYP, level: 2 },
  [Mode.und]: { name: 'und', sp: CORE.SP_UND, lr: CORE.LR_UND, spsr: CORE.SPSR_UND, level: 1 },
  [Mode.sys]: { name: 'sys', sp: CORE.SP_USR, lr: CORE.LR_USR, spsr: -1, level: 1 },
};

/** The same as a list, which V8 looks up much faster than an object with keys that were computed. */
const MODE_ROWS: readonly (ModeRow | undefined)[] = Array.from(
  { length: Psr.M + 1 },
  (_, mode) => MODES[mode],
);

/** The 32-bit CPSR, composed from its parts; as a signed 32-bit integer. */
export function readCpsr(core: CoreState): number {
  const s = core.i32;
  const it = s[CORE.ITSTATE]!;
  return (
    (s[CORE.N]! & Psr.N) |
    (s[CORE.Z] === 0 ? Psr.Z : 0) |
    (s[CORE.C]! << 29) |
    ((s[CORE.V]! >>> 31) << 28) |
    (s[CORE.Q]! << 27) |
    ((it & 3) << 25) |
    (s[CORE.GE]! << 16) |
    ((it >>> 2) << 10) |
    s[CORE.PSR]!
  );
}

/** Writes every bit of CPSR, switching register banks when M changes. M must be a mode of MODES. */
export function writeCpsr(core: CoreState, value: number): void {
  const s = core.i32;
  writeFlags(core, value);
  s[CORE.Q] = (value >>> 27) & 1;
  s[CORE.GE] = (value >>> 16) & 15;
  s[CORE.ITSTATE] = ((value >>> 25) & 3) | ((value >>> 8) & 0xfc);
  switchMode(core, value & Psr.M);
  s[CORE.PSR] = value & IN_PSR_WORD;
}

/** Writes N, Z, C and V from bits 31–28 of `value`. */
export function writeFlags(core: CoreState, value: number): void {
  const s = core.i32;
  s[CORE.N] = value & Psr.N;
  s[CORE.Z] = value & Psr.Z ? 0 : 1;
  s[CORE.C] = (value >>> 29) & 1;
  s[CORE.V] = (value << 3) & Psr.N;
}

/** Makes `mode` the current mode: banks R8–R14 out and in, and sets CPSR.M. */
export function switchMode(core: CoreState, mode: number): void {
  const s = core.i32;
  const old = s[CORE.PSR]! & Psr.M;
  if (old === mode) return;
  const from = MODE_ROWS[old];
  const to = MODE_ROWS[mode];
  if (to === undefined) throw new RangeError(`CPSR.M = 0x${mode.toString(16)} is not a mode`);
  if (from !== undefined) {
    s[from.sp] = s[CORE.R + 13]!;
    s[from.lr] = s[CORE.R + 14]!;
  }
  if (old === Mode.fiq || mode === Mode.fiq) {
    const save = old === Mode.fiq ? CORE.R8_FIQ : CORE.R8_USR;
    const load = mode === Mode.fiq ? CORE.R8_FIQ : CORE.R8_USR;
    for (let i = 0; i < 5; i++) {
      s[save + i] = s[CORE.R + 8 + i]!;
      s[CORE.R + 8 + i] = s[load + i]!;
    }
  }
  s[CORE.R + 13] = s[to.sp]!;
  s[CORE.R + 14] = s[to.lr]!;
  s[CORE.PSR] = (s[CORE.PSR]! & ~Psr.M) | mode;
}

/**
 * Word index of register `n` (0–14) as mode `mode` sees it, whether or not that mode is the current one.
 * R15 has no bank: index CORE.R + 15.
 */
export function bankedIndex(core: CoreState, mode: number, n: number): number {
  const current = core.i32[CORE.PSR]! & Psr.M;
  const row = MODE_ROWS[mode]!;
  const now = MODE_ROWS[current]!;
  if (n < 8 || n === 15) return CORE.R + n;
  if (n === 13) return row.sp === now.sp ? CORE.R + 13 : row.sp;
  if (n === 14) return row.lr === now.lr ? CORE.R + 14 : row.lr;
  if ((mode === Mode.fiq) === (current === Mode.fiq)) return CORE.R + n;
  return (mode === Mode.fiq ? CORE.R8_FIQ : CORE.R8_USR) + n - 8;
}

/** True when CPSR.M can be `mode`. */
export function isMode(mode: number): boolean {
  return MODE_ROWS[mode] !== undefined;
}

/** Word index of a mode's SPSR; -1 for User and System, and where there is no such mode. */
export function spsrIndex(mode: number): number {
  return MODE_ROWS[mode]?.spsr ?? -1;
}
