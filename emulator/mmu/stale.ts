/** Translations that a TLB still holds and the tables no longer justify: a maintenance operation that is missing. */
import { GLOBAL, tagContext, type TlbEntry } from './tlb';
import { packInfo } from './entry-info';
import type { Mmu } from './mmu';
import { translateAddress } from './translate';
import type { TranslatedAddress } from './translation-records';
import { MemoryFault } from '../system/fault';
import { Walk } from './walk';

export interface StaleTranslation {
  readonly entry: TlbEntry;
  /** What the tables say now: another translation, or a fault. */
  readonly now: TranslatedAddress | MemoryFault;
}

/**
 * Entries of the core's TLB that the current world would use (its regime, VMID and ASID) and that a walk of the
 * tables as they are would not give. Nothing is changed.
 */
export function* staleTranslations(mmu: Mmu): IterableIterator<StaleTranslation> {
  const { registers, memory } = mmu;
  const { tag, hyp, privileged } = mmu.context;
  for (const entry of mmu.tlb.entries()) {
    const own = tagContext(entry.regime, entry.vmid, entry.global ? tag & 0xff : entry.asid);
    if ((own & ~GLOBAL) !== tag) continue;
    // A domain without access says nothing of the tables, but the entry could not be used either.
    const walk = new Walk(registers, memory, hyp, entry.va, 'read');
    const now = translateAddress(walk, privileged, true, 2, false);
    if (now instanceof MemoryFault || now.pa !== entry.pa || packInfo(now) !== entry.info)
      yield { entry, now };
  }
}
