/** Stage 1 in the Short-descriptor format (ARM ARM B3.5, B3.19.6 TranslationTableWalkSD). */
import type { MemoryFault } from '../system/fault';
import { decodeTex } from './attributes';
import { Sctlr, Ttbcr, type TranslationRegisters } from './registers';
import { readStage1Descriptor } from './stage1-descriptor';
import type { Walk } from './walk';

/** The first-level table that serves a VA. */
export interface ShortTable {
  readonly name: 'TTBR0' | 'TTBR1';
  readonly base: number;
  /** TTBCR.N as it shapes this table: 0 for TTBR1. */
  readonly n: number;
  /** TTBCR.PD0 or PD1: walks fault. */
  readonly disabled: boolean;
}

/** Chooses between TTBR0 and TTBR1 by TTBCR.N. */
export function shortTable(r: TranslationRegisters, va: number): ShortTable {
  const n = r.TTBCR & Ttbcr.N;
  const upper = n !== 0 && va >>> (32 - n) !== 0;
  // The PD bits exist with the Security Extensions only.
  const disabled = r.hasSecurity && (r.TTBCR & (upper ? Ttbcr.PD1 : Ttbcr.PD0)) !== 0;
  if (upper) return { name: 'TTBR1', base: (r.TTBR1 & 0xffff_c000) >>> 0, n: 0, disabled };
  return { name: 'TTBR0', base: (r.TTBR0 & -(1 << (14 - n))) >>> 0, n, disabled };
}

/** Finds `walk.stage1`; or gives a translation or access flag fault, or whatever fault reading the tables meets. */
export function translationTableWalkSD(walk: Walk): MemoryFault | undefined {
  const { registers: r, va } = walk;
  const table = shortTable(r, va);
  if (table.disabled) return walk.stage1Fault('translation', 1, 0);
  const index = (va << table.n) >>> (table.n + 20);
  const fault = readStage1Descriptor(walk, table.base + index * 4, 'short', 1, 0);
  if (fault !== undefined) return fault;
  const first = walk.low;
  switch (first & 3) {
    case 0:
      return walk.stage1Fault('translation', 1, 0);
    case 1:
      return secondLevel(walk, first);
    default:
      return section(walk, first);
  }
}

function section(walk: Walk, d: number): MemoryFault | undefined {
  const { registers: r, va, stage1: record } = walk;
  const supersection = (d & (1 << 18)) !== 0;
  const domain = supersection ? 0 : (d >>> 5) & 15;
  if ((r.SCTLR & Sctlr.AFE) !== 0 && (d & 0x400) === 0) return walk.stage1Fault('access flag', 1, domain);
  record.address = supersection ? supersectionAddress(d, va) : ((d & 0xfff0_0000) | (va & 0xf_ffff)) >>> 0;
  record.shift = supersection ? 24 : 20;
  record.level = 1;
  record.domain = domain;
  record.ap = ((d >>> 13) & 4) | ((d >>> 10) & 3);
  record.xn = (d & 0x10) !== 0;
  record.pxn = (d & 1) !== 0;
  record.global = (d & (1 << 17)) === 0;
  record.nonSecure = !r.secure || (d & (1 << 19)) !== 0;
  record.attributes = decodeTex(r, ((d >>> 10) & 0x1c) | ((d >>> 2) & 3), (d >>> 16) & 1);
  record.long = false;
  return undefined;
}

/** PA[39:36] in bits 8–5, PA[35:32] in bits 23–20, PA[31:24] in place. */
function supersectionAddress(d: number, va: number): number {
  const high = (((d >>> 5) & 15) << 4) | ((d >>> 20) & 15);
  return high * 0x1_0000_0000 + (((d & 0xff00_0000) | (va & 0xff_ffff)) >>> 0);
}

function secondLevel(walk: Walk, first: number): MemoryFault | undefined {
  const { registers: r, va, stage1: record } = walk;
  const domain = (first >>> 5) & 15;
  const address = ((first & 0xffff_fc00) | ((va >>> 10) & 0x3fc)) >>> 0;
  const fault = readStage1Descriptor(walk, address, 'short', 2, domain);
  if (fault !== undefined) return fault;
  const d = walk.low;
  if ((d & 3) === 0) return walk.stage1Fault('translation', 2, domain);
  if ((r.SCTLR & Sctlr.AFE) !== 0 && (d & 0x10) === 0) return walk.stage1Fault('access flag', 2, domain);
  const large = (d & 2) === 0;
  record.address = (large ? (d & 0xffff_0000) | (va & 0xffff) : (d & 0xffff_f000) | (va & 0xfff)) >>> 0;
  record.shift = large ? 16 : 12;
  record.level = 2;
  record.domain = domain;
  record.ap = ((d >>> 7) & 4) | ((d >>> 4) & 3);
  record.xn = (d & (large ? 0x8000 : 1)) !== 0;
  record.pxn = (first & 4) !== 0;
  record.global = (d & 0x800) === 0;
  record.nonSecure = !r.secure || (first & 8) !== 0;
  record.attributes = decodeTex(r, ((large ? d >>> 10 : d >>> 4) & 0x1c) | ((d >>> 2) & 3), (d >>> 10) & 1);
  record.long = false;
  return undefined;
}
