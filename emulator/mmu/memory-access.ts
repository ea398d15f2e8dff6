/**
 * What an engine needs of the MMU for one core. The MMU implements it; the interpreter's slow paths and helpers
 * call it. All methods may throw MemoryFault; none changes architectural state when it does.
 */
import type { MemoryFault } from '../system/fault';
import type { FastTlbContext } from './fast-tlb';

/** How an access is made, where it is not an ordinary load or store at the current privilege. */
export const enum AccessFlags {
  Ordinary = 0,
  /** LDRT, STRT and kin: PL0 permissions. */
  Unprivileged = 1,
  /** Must be aligned to its size whatever SCTLR.A says (LDREX, LDRD, LDM, VLDR …: to `alignment` bytes). */
  Aligned = 2,
  /** Big-endian data (CPSR.E): bytes are reversed. */
  BigEndian = 4,
}

/**
 * Thrown (it is no Error) by an access that a debugger's data watch asks to stop before: the engine leaves the
 * instruction with no architectural state changed, and the run ends with 'stop'.
 */
export class StopBefore {
  constructor(
    /** What is to be told to whoever asked, such as the watch that was hit. */
    readonly cause?: unknown,
  ) {}
}

export interface MemoryAccess {
  /** The context for ordinary data accesses and fetches in the core's current mode and world. Read it anew after anything that can change a translation. */
  context: FastTlbContext;
  /** Context of unprivileged accesses from PL1. */
  unprivilegedContext: FastTlbContext;
  /** A register that takes part in translation, the mode, or the security state changed. */
  translationChanged(): void;
  /** Reads `size` (1, 2, 4) bytes, zero-extended, as a signed 32-bit integer. `alignment`: bytes to which the address must be aligned (0 or 1: as SCTLR.A says). */
  read(va: number, size: 1 | 2 | 4, flags: AccessFlags, alignment: number): number;
  write(va: number, size: 1 | 2 | 4, value: number, flags: AccessFlags, alignment: number): void;
  /**
   * Makes an access for compiled code, if nobody but the device and the interrupt controller can tell when: see
   * slow-access.ts.
   * @param value what is stored.
   * @returns an entry of the first level of the TLB (which has it from now on, or which leads to DEVICE_WORD_OFFSET, where
   *   the device's answer is); 0: nothing was done; or, where there is no doubt, the fault that the access meets.
   */
  reach(va: number, access: number, value: number): number | MemoryFault;
  /**
   * Does a TLB maintenance operation for compiled code, unless somebody is to be told of it.
   * @param operation its number: see tlb-maintenance.ts. @param value what is in Rt.
   * @returns false: nothing was done.
   */
  maintain(operation: number, value: number): boolean;
  /** Throws the fault that a write of `bytes` bytes at `va` would meet, and writes nothing (for STM and STRD: checked before the first word is stored). */
  probeWrite(va: number, bytes: number, flags: AccessFlags, alignment: number): void;
  /** Throws the alignment fault that an element of `bytes` bytes at `va` meets when SCTLR.A is 1; otherwise does nothing. */
  probeAlignment(va: number, bytes: number, kind: 'read' | 'write', flags: AccessFlags): void;
  /** Physical address of an access, checked as `kind`; for exclusives and the debugger. */
  translate(va: number, kind: 'read' | 'write', flags: AccessFlags): number;
  /**
   * Where instructions at `va` come from: the byte offset in the machine's memory of that address (its page holds
   * only RAM or ROM), or, for code in device memory, throws MemoryFault. Also tells the physical page.
   */
  fetch(va: number): { readonly offset: number; readonly pa: number };
  /** Called before `bytes` bytes at machine-memory offset `offset`, in a page marked by markCode, are written through this core; the engines set it. */
  onCodeWrite: (offset: number, bytes: number) => void;
  /** From now on writes to the 4 KiB page at machine-memory offset `offset` are reported by onCodeWrite before they happen, by whatever core. */
  markCode(offset: number): void;
  unmarkCode(offset: number): void;
}
