/**
 * Accesses of more than one word: LDM, STM, LDRD, STRD and their VFP kin. All words are read before any register is
 * written, and all are known to be writable before the first is stored, so that an instruction that faults can be
 * restarted.
 */
import { FAST_TLB_BIAS } from '../mmu/fast-tlb';
import { AccessFlags } from '../mmu/memory-access';
import { CORE } from '../state/layout';
import { bankedIndex, Mode } from '../state/psr';
import type { Executor } from './executor';

const buffer = new Int32Array(64);

/** Reads `count` words from `va` into the buffer: one look-up when they lie in one page that may be read. */
function readWords(
  x: Executor,
  p: number,
  va: number,
  count: number,
  alignment: number,
  flags: number,
): void {
  const entry = x.m32[x.readBase + (va >>> 12)];
  const last = (va + 4 * count - 4) | 0;
  if (
    (((entry - 1) | va) & 3) === 0 &&
    (va & ~0xfff) === (last & ~0xfff) &&
    (va & (alignment - 1)) === 0 &&
    (flags & ~AccessFlags.Aligned) === 0
  ) {
    const { m32 } = x;
    const from = (va + entry + FAST_TLB_BIAS) >>> 2;
    for (let i = 0; i < count; i++) buffer[i] = m32[from + i];
    return;
  }
  x.syncAccess(p);
  const all = x.dataFlags(flags);
  const { memory } = x.bindings;
  for (let i = 0; i < count; i++) buffer[i] = memory.read((va + 4 * i) >>> 0, 4, all, alignment);
  x.settle(p);
}

function writeWords(
  x: Executor,
  p: number,
  va: number,
  count: number,
  alignment: number,
  flags: number,
): void {
  const entry = x.m32[x.writeBase + (va >>> 12)];
  const last = (va + 4 * count - 4) | 0;
  if (
    (((entry - 1) | va) & 3) === 0 &&
    (va & ~0xfff) === (last & ~0xfff) &&
    (va & (alignment - 1)) === 0 &&
    (flags & ~AccessFlags.Aligned) === 0
  ) {
    const { m32 } = x;
    const to = (va + entry + FAST_TLB_BIAS) >>> 2;
    for (let i = 0; i < count; i++) m32[to + i] = buffer[i];
    return;
  }
  x.syncAccess(p);
  const all = x.dataFlags(flags);
  const { memory } = x.bindings;
  memory.probeWrite(va >>> 0, 4 * count, all, alignment);
  for (let i = 0; i < count; i++) memory.write((va + 4 * i) >>> 0, 4, buffer[i], all, alignment);
  x.settle(p);
}

function countBits(list: number): number {
  let count = 0;
  for (let rest = list; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Word index of register `n`, of User mode when `userBank`. */
function registerIndex(x: Executor, n: number, userBank: boolean): number {
  return userBank ? bankedIndex(x.core, Mode.usr, n) : CORE.R + n;
}

/** Builder.loadMultiple: registers of `list` bits 0–14 from ascending words at `va`. */
export function loadMultiple(x: Executor, p: number, va: number, list: number, userBank: boolean): void {
  const registers = list & 0x7fff;
  const count = countBits(registers);
  if (count === 0) return;
  readWords(x, p, va, count, 4, AccessFlags.Aligned);
  fill(x, registers, userBank);
}

/** Builder.loadMultipleWithPc: as loadMultiple, and gives the word after the list. */
export function loadMultipleWithPc(x: Executor, p: number, va: number, list: number): number {
  const registers = list & 0x7fff;
  const count = countBits(registers);
  readWords(x, p, va, count + 1, 4, AccessFlags.Aligned);
  const pc = buffer[count];
  fill(x, registers, false);
  return pc;
}

function fill(x: Executor, registers: number, userBank: boolean): void {
  const { s } = x;
  let i = 0;
  for (let rest = registers; rest !== 0; rest &= rest - 1) {
    const n = 31 - Math.clz32(rest & -rest);
    s[registerIndex(x, n, userBank)] = buffer[i++];
  }
}

/** Builder.storeMultiple: registers of `list` bits 0–15 to ascending words at `va`; PC as `pcValue`. */
export function storeMultiple(
  x: Executor,
  p: number,
  va: number,
  list: number,
  userBank: boolean,
  pcValue: number,
): void {
  const { s } = x;
  let count = 0;
  for (let rest = list & 0xffff; rest !== 0; rest &= rest - 1) {
    const n = 31 - Math.clz32(rest & -rest);
    buffer[count++] = n === 15 ? pcValue : s[registerIndex(x, n, userBank)];
  }
  if (count !== 0) writeWords(x, p, va, count, 4, AccessFlags.Aligned);
}

/** What a word's number is XORed with for its place in memory: of a big-endian doubleword the high word comes first. */
function swapped(x: Executor, doubles: boolean): 0 | 1 {
  return doubles && (x.dataFlags(AccessFlags.Ordinary) & AccessFlags.BigEndian) !== 0 ? 1 : 0;
}

/** Builder.loadVfpMultiple: `count` words (at most 64) into the D registers from word `first` on. */
export function loadVfpMultiple(
  x: Executor,
  p: number,
  va: number,
  first: number,
  count: number,
  doubles: boolean,
): void {
  const words = Math.min(count, 64 - first);
  if (words <= 0) return;
  readWords(x, p, va, words, 4, AccessFlags.Aligned);
  const swap = swapped(x, doubles);
  for (let i = 0; i < words; i++) x.s[CORE.D + first + i] = buffer[i ^ swap];
}

export function storeVfpMultiple(
  x: Executor,
  p: number,
  va: number,
  first: number,
  count: number,
  doubles: boolean,
): void {
  const words = Math.min(count, 64 - first);
  if (words <= 0) return;
  const swap = swapped(x, doubles);
  for (let i = 0; i < words; i++) buffer[i ^ swap] = x.s[CORE.D + first + i];
  writeWords(x, p, va, words, 4, AccessFlags.Aligned);
}

/** Builder.loadPair: the first word; the second is in `x.second`. `flags`: AccessFlags. */
export function loadPair(x: Executor, p: number, va: number, flags: number, alignment: number): number {
  readWords(x, p, va, 2, alignment, flags);
  x.second = buffer[1];
  return buffer[0];
}

/** Builder.storePair. */
export function storePair(
  x: Executor,
  p: number,
  va: number,
  first: number,
  second: number,
  flags: number,
  alignment: number,
): void {
  buffer[0] = first;
  buffer[1] = second;
  writeWords(x, p, va, 2, alignment, flags);
}
