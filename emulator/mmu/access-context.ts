/**
 * Level 1 contexts of one core: one for each (world, VMID, ASID, privilege, DACR, permission bits of SCTLR), the
 * least recently used of which is given up when there are too many. What a context holds is a strict subset of
 * level 2 as that key sees it, so that changing TTBRs or switching worlds costs one comparison of keys.
 */
import { FAST_TLB_EMPTY, FAST_TLB_ENTRIES, FAST_TLB_MASK, FastTlbContext } from './fast-tlb';
import { RULE_BITS, type AccessRules } from './entry-info';

const MOST_CONTEXTS = 16;

/** What selects a context. */
export interface ContextKey extends AccessRules {
  /** See tagContext. */
  readonly tag: number;
  readonly secure: boolean;
}

export class AccessContext extends FastTlbContext implements ContextKey {
  tag = 0;
  secure = false;
  privileged = false;
  hyp = false;
  sctlr = 0;
  dacr = 0;
  secureFetchOnly = false;
  /** False while every table is empty. */
  used = false;

  matches(key: ContextKey): boolean {
    return (
      this.tag === key.tag &&
      this.privileged === key.privileged &&
      this.dacr === key.dacr &&
      ((this.sctlr ^ key.sctlr) & RULE_BITS) === 0 &&
      this.secureFetchOnly === key.secureFetchOnly
    );
  }

  become(key: ContextKey): void {
    this.tag = key.tag;
    this.secure = key.secure;
    this.privileged = key.privileged;
    this.hyp = key.hyp;
    this.sctlr = key.sctlr;
    this.dacr = key.dacr;
    this.secureFetchOnly = key.secureFetchOnly;
    this.drop();
  }

  drop(): void {
    if (!this.used) return;
    this.used = false;
    this.clear();
  }

  /** Forgets a VA page (low 12 bits 0). */
  dropPage(page: number): void {
    const i = (page >>> 12) & FAST_TLB_MASK;
    if (this.readTag[i] === page) this.readTag[i] = FAST_TLB_EMPTY;
    if (this.writeTag[i] === page) this.writeTag[i] = FAST_TLB_EMPTY;
    if (this.fetchTag[i] === page) this.fetchTag[i] = FAST_TLB_EMPTY;
  }

  dropWrites(): void {
    if (this.used) this.writeTag.fill(FAST_TLB_EMPTY);
  }

  /** Forgets entries that write to the 4 KiB page at machine-memory offset `offset`. */
  dropWritesTo(offset: number): void {
    if (!this.used) return;
    const target = offset | 0;
    for (let i = 0; i < FAST_TLB_ENTRIES; i++) {
      const tag = this.writeTag[i]!;
      if (tag !== FAST_TLB_EMPTY && ((tag + this.writeAddend[i]!) | 0) === target)
        this.writeTag[i] = FAST_TLB_EMPTY;
    }
  }
}

export class ContextCache {
  /** Most recently used first. */
  private readonly contexts: AccessContext[] = [];

  /** The context of a key: the one there is, or an empty one. */
  select(key: ContextKey): AccessContext {
    const { contexts } = this;
    let i = contexts.findIndex((context) => context.matches(key));
    let context: AccessContext;
    if (i >= 0) context = contexts[i]!;
    else {
      if (contexts.length < MOST_CONTEXTS) contexts.push(new AccessContext());
      i = contexts.length - 1;
      context = contexts[i]!;
      context.become(key);
    }
    // To the front.
    for (; i > 0; i--) contexts[i] = contexts[i - 1]!;
    contexts[0] = context;
    return context;
  }

  dropPage(page: number): void {
    for (const context of this.contexts) if (context.used) context.dropPage(page);
  }

  dropWritesTo(offset: number): void {
    for (const context of this.contexts) context.dropWritesTo(offset);
  }

  dropAllWrites(): void {
    for (const context of this.contexts) context.dropWrites();
  }

  dropAll(): void {
    for (const context of this.contexts) context.drop();
  }
}
