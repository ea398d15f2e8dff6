/**
 * The local exclusive monitor (ARM ARM A3.4): it marks the physical address and size of one load-exclusive. Stores
 * of other instructions never look at it; the machine clears it when another core gets its turn.
 */
import { AccessFlags } from '../mmu/memory-access';
import { CORE } from '../state/layout';
import { Attention } from './attention';
import type { Executor } from './executor';

type Size = 1 | 2 | 4 | 8;

/** Builder.loadExclusive: the value (first word); of 8 bytes the second word is in `x.second`. */
export function loadExclusive(x: Executor, p: number, va: number, size: Size): number {
  x.sync(p);
  const { memory } = x.bindings;
  const flags = x.dataFlags(AccessFlags.Aligned);
  const value = memory.read(va >>> 0, size === 8 ? 4 : size, flags, size);
  if (size === 8) x.second = memory.read((va + 4) >>> 0, 4, flags, 4);
  const pa = memory.translate(va >>> 0, 'read', flags);
  const { s } = x;
  s[CORE.EXCLUSIVE_VALID] = 1;
  s[CORE.EXCLUSIVE_SIZE] = size;
  s[CORE.EXCLUSIVE_ADDRESS] = pa | 0;
  s[CORE.EXCLUSIVE_ADDRESS + 1] = Math.floor(pa / 2 ** 32);
  x.settle(p);
  return value;
}

/**
 * Builder.storeExclusive: 0 when the store was made. An unaligned address faults whatever the monitor says; a
 * translation is looked up, and may fault, only when the monitor is set. A failure gives the turn to another core.
 */
export function storeExclusive(
  x: Executor,
  p: number,
  va: number,
  size: Size,
  value: number,
  second: number,
): number {
  x.sync(p);
  const { memory } = x.bindings;
  const { s } = x;
  const flags = x.dataFlags(AccessFlags.Aligned);
  const address = va >>> 0;
  let failed = 1;
  if ((va & (size - 1)) !== 0) memory.probeWrite(address, size, flags, size);
  if (s[CORE.EXCLUSIVE_VALID] !== 0) {
    const pa = memory.translate(address, 'write', flags);
    if (
      s[CORE.EXCLUSIVE_ADDRESS] === (pa | 0) &&
      s[CORE.EXCLUSIVE_ADDRESS + 1] === Math.floor(pa / 2 ** 32) &&
      s[CORE.EXCLUSIVE_SIZE] === size
    ) {
      // One access checks all by itself before it stores.
      if (size === 8) memory.probeWrite(address, size, flags, size);
      memory.write(address, size === 8 ? 4 : size, value, flags, size);
      if (size === 8) memory.write((va + 4) >>> 0, 4, second, flags, 4);
      failed = 0;
    }
    s[CORE.EXCLUSIVE_VALID] = 0;
  }
  if (failed !== 0) x.event |= Attention.Yield;
  x.settle(p);
  return failed;
}

/** CLREX. */
export function clearExclusive(x: Executor): void {
  x.s[CORE.EXCLUSIVE_VALID] = 0;
}
