/** Random state that a test begins with, and the data that it may load. */
import type { DecodeContext, Row } from '../../../emulator/isa/row';
import { inItBlock } from '../../../emulator/isa/row';
import type { RandomWord } from '../../../emulator/isa/random';
import { DATA_AT, DATA_BYTES, INPUT } from './layout';

const USR = 0x10;
const SVC = 0x13;
const SYS = 0x1f;
export const MODES = [USR, SVC, SYS, 0x17, 0x1b, 0x12, 0x11];
const MASKED = 0x1c0;
const FIQ_MASK = 0x40;
const HYP = 0x1a;
const MON = 0x16;
const SCR = { NS: 1, FIQ: 4, EA: 8, FW: 0x10, AW: 0x20, HCE: 0x100 };

/** Where tests are executed: Non-secure PL1 and PL0 by runner.S, all modes but Monitor, or that, by monitor-runner.S. */
export type World = 'non-secure' | 'all' | 'monitor';

const THUMB = 0x20;
const BIG_ENDIAN = 0x200;
const FPEXC_EN = 0x4000_0000;
/** FPSCR: LEN and STRIDE. */
const SHORT_VECTORS = 0x0037_0000;

/** Code of both sets that only says where execution went: where loaded and saved addresses lead. */
export interface Landing {
  readonly a32: number;
  readonly t32: number;
}
export const LANDING_BYTES = 4096;

/** A place to go to in the set of `status`, with bit 0 as interworking has it. */
function landingFor(status: number, landing: Landing, random: RandomWord): number {
  const slot = (random() % (LANDING_BYTES / 16)) * 16;
  return status & THUMB ? (landing.t32 + slot) | 1 : landing.a32 + slot;
}

/** A mode in which the row is not UNPREDICTABLE. */
function modeFor(row: Row, world: World, random: RandomWord): number {
  if (world === 'monitor') return MON;
  if (world === 'all' && random() % 5 < 2) return HYP;
  const mode = MODES[random() % MODES.length]!;
  const needsSpsr = /^(SUBS PC|ERET|MRS|MSR|SRS)|\(User registers\)/.test(row.name);
  return needsSpsr && (mode === USR || mode === SYS) ? SVC : mode;
}

/** Conditions of IT blocks as ITSTATE: one to four instructions, every one of them to be the first. */
export function randomItState(random: RandomWord): number {
  if (random() & 1) return 0;
  const condition = random() % 15;
  const mask = 1 + (random() % 15);
  // With AL nothing may be "else".
  if (condition === 14) return 0xe0 | (mask & -mask);
  return (condition << 4) | mask;
}
const itBits = (itstate: number): number => ((itstate & 3) << 25) | ((itstate >>> 2) << 10);

function randomValue(random: RandomWord): number {
  switch (random() % 8) {
    case 0:
      return 0;
    case 1:
      return 0xffff_ffff;
    case 2:
      return (1 << (random() & 31)) >>> 0;
    case 3:
      return random() & 0xff;
    case 4:
      return (0x8000_0000 + ((random() & 7) - 4)) >>> 0;
    default:
      return random();
  }
}

/**
 * Registers point this far from the ends of the data at least: what crosses an end may be stored in part by QEMU, while
 * here nothing is stored by an instruction that faults.
 */
const MARGIN = 0x4000;

/** Half of all register values point into the data, mostly aligned. */
function randomRegister(random: RandomWord): number {
  if (random() & 1) return randomValue(random);
  const at = DATA_AT + MARGIN + (random() % (DATA_BYTES - 2 * MARGIN));
  return random() % 8 === 0 ? at : (at & ~7) >>> 0;
}

/** A status to return to: any flags, endianness and masks, mostly a mode that there is. */
function savedStatus(random: RandomWord): number {
  const mode = random() & 7 ? MODES[random() % MODES.length]! : random() & 31;
  const thumb = random() & 1;
  const it = thumb ? itBits(randomItState(random)) : 0;
  return ((random() & 0xf80f_03c0) | it | (thumb ? THUMB : 0) | mode) >>> 0;
}

/** SCR for a mode: FIQ comes to Monitor mode always, the other bits are random where they may be. */
function scrFor(mode: number, random: RandomWord): number {
  const open = random() & (SCR.EA | SCR.FW | SCR.AW);
  const nonSecure = mode === HYP || random() % 3 === 0;
  return open | SCR.FIQ | (nonSecure ? SCR.NS | SCR.HCE : 0);
}

/** Writes the inputs of one test into its record. */
export function fillInputs(
  record: Uint32Array,
  row: Row,
  context: DecodeContext,
  landing: Landing,
  world: World,
  random: RandomWord,
): void {
  for (let n = 0; n < 15; n++) record[n] = randomRegister(random);
  const thumb = context.set === 'T32';
  const flags = random() & 0xf80f_0000;
  const it = thumb && inItBlock(context) ? itBits(context.itstate) : 0;
  const endianness = random() & 3 ? 0 : BIG_ENDIAN;
  const mode = modeFor(row, world, random);
  // A FIQ of the Secure timer ends what would not end.
  const masked = world === 'non-secure' ? MASKED : MASKED & ~FIQ_MASK;
  record[INPUT.CPSR] = flags | it | endianness | masked | (thumb ? THUMB : 0) | mode;
  record[INPUT.SCR] = world === 'non-secure' ? 0 : scrFor(mode, random);
  const saved = savedStatus(random);
  record[INPUT.SPSR] = saved;
  if (random() & 1) record[14] = landingFor(saved, landing, random);
  const vectors = random() & 31 ? 0 : random() & SHORT_VECTORS;
  record[INPUT.FPSCR] = (random() & 0xffc0_009f) | vectors;
  record[INPUT.FPEXC] = random() & 31 ? FPEXC_EN : 0;
}

/** Data: random words, and among them places to return to, each with a status behind it. */
export function makeData(landing: Landing, random: RandomWord): Uint32Array {
  const data = Uint32Array.from({ length: DATA_BYTES / 4 }, () => random());
  for (let i = 0; i < data.length; i += 2) {
    if (random() & 3) continue;
    const status = savedStatus(random);
    data[i] = landingFor(status, landing, random);
    data[i + 1] = status;
  }
  return data;
}
