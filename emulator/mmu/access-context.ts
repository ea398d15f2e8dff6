/**
 * Level 1 contexts of one core: one for each (world, VMID, ASID, privilege, DACR, permission bits of SCTLR), the
 * least recently used of which is given up when there are too many. What a context holds is a strict subset of
 * level 2 as that key sees it, so that changing TTBRs or switching worlds costs one comparison of keys.
 */
import type { MachineState } from '../state/machine-state';
import { DevicePages } from './device-pages';
import { FastTlbContext, contextsOf } from './fast-tlb';
import { RULE_BITS, type AccessRules } from './entry-info';
import {
  SCR_SIF,
  Sctlr,
  currentAsid,
  currentVmid,
  longFormat,
  stage1Enabled,
  stage2Enabled,
  type TranslationRegisters,
} from './registers';
import { serves, tagContext, type Level1, type TlbSelection } from './tlb';
import { TlbRegime } from './tlb-layout';

/** What selects a context. */
export interface ContextKey extends AccessRules {
  /** See tagContext. */
  readonly tag: number;
  readonly secure: boolean;
}

/** The key of accesses as the registers stand. `privileged` is of no account in Hyp mode. */
export function contextKey(r: TranslationRegisters, hyp: boolean, privileged: boolean): ContextKey {
  const one = stage1Enabled(r, hyp);
  const asid = one ? currentAsid(r) : 0;
  let tag: number;
  if (hyp) tag = tagContext(one ? TlbRegime.Hyp : TlbRegime.HypOff, 0, 0);
  else if (r.secure) tag = tagContext(one ? TlbRegime.Secure : TlbRegime.SecureOff, 0, asid);
  else {
    const regime = (one ? TlbRegime.Pl1Stage1 : 0) | (stage2Enabled(r) ? TlbRegime.Pl1Stage2 : 0);
    tag = tagContext(regime, currentVmid(r), asid);
  }
  return {
    tag,
    hyp,
    privileged,
    secure: r.secure,
    sctlr: hyp ? r.HSCTLR : r.SCTLR,
    dacr: one && !longFormat(r, hyp) ? r.DACR : 0,
    secureFetchOnly: r.secure && (r.SCR & SCR_SIF) !== 0,
  };
}

export class AccessContext extends FastTlbContext implements ContextKey {
  tag = 0;
  secure = false;
  privileged = false;
  hyp = false;
  sctlr = 0;
  dacr = 0;
  secureFetchOnly = false;
  readonly devices = new DevicePages();

  override clear(): void {
    super.clear();
    this.devices.clear();
  }
  override dropPage(va: number): void {
    super.dropPage(va);
    this.devices.drop(va);
  }

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
    this.clear();
  }
}

/** Bits of HSCTLR that decide on the context of Hyp mode; no other register does. */
const HYP_BITS = RULE_BITS | Sctlr.M;

/** Whose accesses a context is for. */
export const enum Privilege {
  User = 0,
  /** The other modes below Hyp mode. */
  Pl1 = 1,
  Hyp = 2,
}

export class ContextCache implements Level1 {
  /** Most recently used first. Maintenance goes over them by number: an iterator would be garbage for each page. */
  private readonly contexts: AccessContext[] = [];
  /** Numbers of the core's contexts among the machine's. */
  private readonly first: number;
  private readonly most: number;
  /** By Privilege: the context of the registers as they are now, where it is known. */
  private readonly selected: (AccessContext | undefined)[] = [undefined, undefined, undefined];
  /** HSCTLR when Hyp mode's was found. */
  private hsctlr = 0;

  constructor(
    private readonly state: MachineState,
    core: number,
  ) {
    const { first, count } = contextsOf(state.cores.length, core);
    this.first = first;
    this.most = count;
  }

  /** The context that was found last for this privilege, if nothing has changed that it depends on. */
  known(privilege: Privilege, hsctlr: number): AccessContext | undefined {
    if (privilege === Privilege.Hyp && ((hsctlr ^ this.hsctlr) & HYP_BITS) !== 0) return undefined;
    return this.selected[privilege];
  }

  /** The context for a privilege as the registers are now. */
  find(privilege: Privilege, registers: TranslationRegisters): AccessContext {
    if (privilege === Privilege.Hyp) this.hsctlr = registers.HSCTLR;
    const key = contextKey(registers, privilege === Privilege.Hyp, privilege !== Privilege.User);
    const context = this.select(key);
    this.selected[privilege] = context;
    return context;
  }

  /** A register changed that the contexts below Hyp mode depend on, or the security state. */
  translationChanged(): void {
    this.selected[Privilege.User] = this.selected[Privilege.Pl1] = undefined;
  }

  /** The context of a key: the one there is, or an empty one. */
  private select(key: ContextKey): AccessContext {
    const { contexts } = this;
    let i = 0;
    while (i < contexts.length && !contexts[i]!.matches(key)) i++;
    let context: AccessContext;
    if (i < contexts.length) context = contexts[i]!;
    else {
      if (contexts.length < this.most)
        contexts.push(new AccessContext(this.state, this.first + contexts.length));
      i = contexts.length - 1;
      context = contexts[i]!;
      context.become(key);
      // It may have been one of them.
      this.selected.fill(undefined);
    }
    // To the front.
    for (; i > 0; i--) contexts[i] = contexts[i - 1]!;
    contexts[0] = context;
    return context;
  }

  dropPage(page: number, tag: number): void {
    const { contexts } = this;
    for (let i = contexts.length - 1; i >= 0; i--)
      if (serves(tag, contexts[i]!.tag)) contexts[i]!.dropPage(page);
  }

  /** An entry that is not global is in contexts of its ASID alone. */
  dropSelected({ mask, value, asid }: TlbSelection): void {
    const { contexts } = this;
    for (let i = contexts.length - 1; i >= 0; i--) {
      const { tag } = contexts[i]!;
      if ((tag & mask) === value && (asid === undefined || (tag & 0xff) === asid)) contexts[i]!.clear();
    }
  }

  dropWritesTo(offset: number): void {
    for (const context of this.contexts) context.dropWritesTo(offset);
  }

  dropAllWrites(): void {
    for (const context of this.contexts) context.dropWrites();
  }

  dropAll(): void {
    for (const context of this.contexts) context.clear();
  }
}
