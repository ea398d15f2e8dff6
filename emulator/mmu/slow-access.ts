/**
 * What compiled code says of an access for which the first level of the TLB has no usable entry, in one number:
 * MemoryAccess.reach answers; or of a TLB maintenance operation, which MemoryAccess.maintain does.
 */

/** Kinds of access, as bits. */
export const enum SlowAccess {
  /** Reads, from memory alone. */
  Memory = 0,
  /** One access of a size that devices know, aligned to it. */
  Device = 1,
  Write = 2,
}

const ALIGNMENT_SHIFT = 2;
const BYTES_SHIFT = 8;
const SIX_BITS = 0x3f;
/** Set where it is a maintenance operation, whose number is in the bits below. */
const MAINTENANCE = 1 << 16;

/** @param bytes that the access takes, 1 to 128. @param alignment of the address that it asks for: a power of 2, 1 to 32. */
export function slowAccess(bytes: number, alignment: number, kind: SlowAccess): number {
  return kind | (alignment << ALIGNMENT_SHIFT) | (bytes << BYTES_SHIFT);
}
export function bytesOf(access: number): number {
  return access >>> BYTES_SHIFT;
}
export function alignmentOf(access: number): number {
  return (access >>> ALIGNMENT_SHIFT) & SIX_BITS;
}

/** @param operation its number: see tlb-maintenance.ts. */
export function slowMaintenance(operation: number): number {
  return MAINTENANCE | operation;
}
/** The number of the operation, or undefined: it is an access. */
export function maintenanceOf(access: number): number | undefined {
  return (access & MAINTENANCE) === 0 ? undefined : access ^ MAINTENANCE;
}

/** What came of a maintenance operation. */
export const enum Maintained {
  /** Nothing was done: it is one for the interpreter. */
  Not = 0,
  Done = 1,
  /** It is done, and something is to be looked at before the next instruction. */
  Leave = 2,
}
