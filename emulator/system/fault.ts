/**
 * A memory access that failed: what the MMU throws and the exception model turns into FSR, FAR and HSR.
 * Kinds are those of the manual's fault status encodings (ARM ARM B3.13).
 */
export type { DataAccessSyndrome } from '../isa/syndrome';

/** Debug events that are taken as aborts (ARM ARM C3.1). */
export type DebugEvent = 'BKPT instruction' | 'breakpoint' | 'vector catch' | 'watchpoint';

export type FaultKind =
  | 'alignment'
  | 'translation'
  | 'access flag'
  | 'domain'
  | 'permission'
  | 'external abort'
  | 'external abort on walk'
  | 'tlb conflict'
  | 'instruction cache maintenance'
  | DebugEvent;

/** What an access is for. */
export type AccessKind = 'read' | 'write' | 'execute';

/**
 * One failed access, taken as a Prefetch Abort (`access` 'execute') or a Data Abort. Walks give it as their result; an
 * access throws it (it is not an Error: no stack is wanted) to the engine's run loop, unless its caller takes it as a
 * result too: a throw costs a microsecond.
 */
export class MemoryFault {
  constructor(
    readonly kind: FaultKind,
    readonly access: AccessKind,
    /** Faulting virtual address, unsigned 32 bits. */
    readonly va: number,
    /** Table level of the fault, 1–3; 0 where there is none (alignment, external abort on the access). */
    readonly level: number,
    /** True when stage 2 of the PL1&0 regime found the fault: taken to Hyp with the IPA in HPFAR. */
    readonly stage2: boolean,
    /** Stage 2 faults: the intermediate physical address, up to 40 bits. */
    readonly ipa: number,
    /** Stage 2 fault on a stage 1 table walk (HSR.S1PTW). */
    readonly onWalk: boolean,
    /** Domain of a short-descriptor fault, 0–15. */
    readonly domain: number,
    /** True when the translation regime that failed uses the long-descriptor format (shapes DFSR and IFSR). */
    readonly longFormat: boolean,
    /** External aborts: IMPLEMENTATION DEFINED class (ExT, EA). */
    readonly externalType: number,
    /** Fault of a cache maintenance or address translation operation (HSR.CM, DFSR.CM). */
    readonly cacheMaintenance: boolean,
  ) {}
}

/** What succeeded. @throws MemoryFault where it did not */
export function orThrow<T>(result: T | MemoryFault): T {
  if (result instanceof MemoryFault) throw result;
  return result;
}
