/**
 * The MMU of one core: everything that the inline look-up of level 1 does not answer. It finds the translation in
 * level 2 or by the reference walk, checks it, makes the access (split when unaligned, to RAM or to a device), and
 * fills level 1.
 */
import {
  BUS_ERROR,
  readsAsMemory,
  type AccessSize,
  type BusAccess,
  type MemoryRegion,
  type Region,
} from '../devices/device';
import type { EventHub } from '../events/event-hub';
import { DEVICE_WORD_OFFSET, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Mode } from '../state/psr';
import { MemoryFault, orThrow, type AccessKind, type FaultKind } from '../system/fault';
import { ContextCache, Privilege, type AccessContext } from './access-context';
import { addressTranslation } from './address-translation';
import { accessDevice, type DevicePage } from './device-pages';
import { isDevice } from './attributes';
import { Info, domainOf, level1Of, level2Of, stage1Allows, stage2Allows } from './entry-info';
import { AccessFlags, type MemoryAccess } from './memory-access';
import { Permission, permissionFor } from './permissions';
import type { PhysicalMemory, WriteCache } from './physical-memory';
import {
  Hcr,
  Sctlr,
  currentVmid,
  longFormat,
  readTranslationRegisters,
  type TranslationRegisters,
} from './registers';
import { Tlb } from './tlb';
import {
  OperationSelection,
  TLB_OPERATIONS,
  applyTlbOperation,
  operationAt,
  type TlbOperation,
} from './tlb-maintenance';
import { translateAddress } from './translate';
import { FAST_TLB_BIAS } from './fast-tlb';
import { SlowAccess, alignmentOf, bytesOf } from './slow-access';
import { Walk } from './walk';
import { BY_MVA } from '../system/registers/maintenance';
import { Observers } from './observers';
import type { Watch, WatchListener } from './watch';

export class Mmu implements MemoryAccess, WriteCache {
  /** Level 2. */
  readonly tlb: Tlb;
  /** Called before a write to a page that this core marked with `markCode`; `offset` in the machine's memory. */
  onCodeWrite: (offset: number, bytes: number) => void = () => undefined;

  private readonly contexts: ContextCache;
  private ordinary: AccessContext | undefined;
  private unprivileged: AccessContext | undefined;
  private snapshot: TranslationRegisters | undefined;
  private readonly observers: Observers;

  // What `locate` found.
  private pa = 0;
  private ipa = 0;
  /** Offset in the machine's memory, or -1 when `pa` is not RAM or ROM. */
  private offset = -1;
  private region: Region | undefined;
  /** The access is to the Non-secure physical address space. */
  private nonSecure = false;

  /** Of the registers as they are now, of PL1&0 and of Hyp, where there was need. */
  private pl1Walk: Walk | undefined;
  private hypWalk: Walk | undefined;
  private readonly fetched = { offset: 0, pa: 0 };
  /** Of the TLB maintenance operation that this core carries out. */
  private readonly selection = new OperationSelection();
  private readonly busAccesses: readonly BusAccess[];

  /** @param others every MMU of the machine, this one too once it is added: for Inner Shareable maintenance. */
  constructor(
    readonly core: CoreState,
    readonly memory: PhysicalMemory,
    private readonly events: EventHub,
    private readonly others: readonly Mmu[],
  ) {
    this.contexts = new ContextCache(memory.state, core.index);
    this.observers = new Observers(core);
    this.tlb = new Tlb(memory.state, core.index, this.contexts);
    memory.attach(core.index, this);
    this.busAccesses = [0, 1, 2, 3].map((n) => ({
      core: core.index,
      secure: (n & 2) !== 0,
      privileged: (n & 1) !== 0,
    }));
  }

  // Which translations apply

  get context(): AccessContext {
    return (this.ordinary ??= this.selectContext(this.core.privilegeLevel > 0));
  }

  get unprivilegedContext(): AccessContext {
    return (this.unprivileged ??= this.selectContext(this.core.mode === Mode.hyp));
  }

  /** The translation registers of the current security state. */
  get registers(): TranslationRegisters {
    return (this.snapshot ??= readTranslationRegisters(this.core, this.core.secure));
  }

  /** A register that takes part in translation, the mode, or the security state changed. */
  translationChanged(): void {
    this.ordinary = undefined;
    this.unprivileged = undefined;
    this.snapshot = undefined;
    this.pl1Walk = undefined;
    this.hypWalk = undefined;
    this.contexts.translationChanged();
  }

  /** What a window reads as has changed: memory now, or a device. */
  windowChanged(): void {
    this.contexts.dropAll();
  }

  /** The machine's memory was restored from a snapshot, or its TLBs reset. */
  restored(): void {
    this.contexts.dropAll();
    this.tlb.restored();
    this.translationChanged();
  }

  /** Power-on: no translation is held. */
  reset(): void {
    this.contexts.dropAll();
    this.tlb.removeAll();
    this.translationChanged();
  }

  /** The mode changed, or with it the security state. */
  modeChanged(): void {
    // The registers of one security state are what they were.
    if (this.core.hasSecurity) this.translationChanged();
    else this.ordinary = this.unprivileged = undefined;
  }

  private selectContext(privileged: boolean): AccessContext {
    const { contexts, core } = this;
    const below = privileged ? Privilege.Pl1 : Privilege.User;
    const privilege = core.mode === Mode.hyp ? Privilege.Hyp : below;
    return contexts.known(privilege, core.i32[SYS.HSCTLR]) ?? contexts.find(privilege, this.registers);
  }

  private contextOf(flags: AccessFlags): AccessContext {
    return flags & AccessFlags.Unprivileged ? this.unprivilegedContext : this.context;
  }

  // Accesses

  read(va: number, size: AccessSize, flags: AccessFlags, alignment: number): number {
    va >>>= 0;
    const context = this.contextOf(flags);
    this.checkAlignment(context, va, size, alignment, 'read');
    let value: number;
    if ((va & (size - 1)) === 0) {
      this.locate(context, va, 'read', true);
      if (this.observers.active) this.observe(context, 'read', va, size, undefined);
      value = this.readBus(context, va, size);
    } else value = this.readUnaligned(context, va, size);
    return flags & AccessFlags.BigEndian ? reverse(value, size) : value | 0;
  }

  write(va: number, size: AccessSize, value: number, flags: AccessFlags, alignment: number): void {
    va >>>= 0;
    const context = this.contextOf(flags);
    this.checkAlignment(context, va, size, alignment, 'write');
    if (flags & AccessFlags.BigEndian) value = reverse(value, size);
    if ((va & (size - 1)) === 0) {
      this.locate(context, va, 'write', true);
      if (this.observers.active) this.observe(context, 'write', va, size, value);
      this.writeBus(context, va, size, value);
    } else this.writeUnaligned(context, va, size, value);
  }

  reach(va: number, access: number, value: number): number | MemoryFault {
    va >>>= 0;
    const bytes = bytesOf(access);
    const inPage = va & 0xfff;
    if ((va & (alignmentOf(access) - 1)) !== 0 || inPage + bytes > 4096) return 0;
    const { context, tlb } = this;
    const write = (access & SlowAccess.Write) !== 0;
    if ((access & SlowAccess.Device) !== 0) {
      const page = context.devices.find(va, write);
      if (page !== undefined) return this.reachDevice(page, va, access, value);
    }
    const { evictions } = tlb;
    const fault = this.find(context, va, write ? 'write' : 'read', true);
    // Of more than one access, the interpreter finds out which one it is that meets it.
    if (fault !== undefined) return (access & SlowAccess.Device) === 0 ? 0 : fault;
    // What compiled code knows of another page may be of the past.
    if (tlb.evictions !== evictions) return 0;
    const entry = write ? context.writeEntry(va) : context.readEntry(va);
    if (entry !== 0 || (access & SlowAccess.Device) === 0) return entry;
    const found = context.devices.find(va, write);
    return found === undefined ? 0 : this.reachDevice(found, va, access, value);
  }

  /** As reach, of a page of a device. */
  private reachDevice(page: DevicePage, va: number, access: number, value: number): number {
    if (this.events.watchesAccesses) return 0;
    const write = (access & SlowAccess.Write) !== 0;
    const answer = accessDevice(page, va, bytesOf(access) as AccessSize, write, value);
    if (answer === BUS_ERROR) return 0;
    this.memory.state.i32[DEVICE_WORD_OFFSET >> 2] = answer;
    return (DEVICE_WORD_OFFSET - va - FAST_TLB_BIAS) | 0;
  }

  probeWrite(va: number, bytes: number, flags: AccessFlags, alignment: number): void {
    va >>>= 0;
    const context = this.contextOf(flags);
    this.checkAlignment(context, va, 1, alignment, 'write');
    const aligned = (va & 3) === 0 || alignment > 1;
    for (let at = va; at < va + bytes; at = at - (at % 4096) + 4096) {
      const address = at >>> 0;
      this.locate(context, address, 'write', aligned);
      if (this.region === undefined) throw this.fault('external abort', 'write', address, 0);
    }
    this.checkWatchpoints(context, 'write', va, bytes);
  }

  probeAlignment(va: number, bytes: number, kind: 'read' | 'write', flags: AccessFlags): void {
    this.checkAlignment(this.contextOf(flags), va >>> 0, bytes, 1, kind);
  }

  translate(va: number, kind: 'read' | 'write', flags: AccessFlags): number {
    va >>>= 0;
    this.locate(this.contextOf(flags), va, kind, true);
    return this.pa;
  }

  fetch(va: number): { readonly offset: number; readonly pa: number } {
    va >>>= 0;
    const { context } = this;
    this.locate(context, va, 'execute', true);
    // Instructions come from memory alone: a fetch that a device or nothing answers is an external abort.
    if (this.offset < 0) throw this.fault('external abort', 'execute', va, 0);
    this.fetched.offset = this.offset;
    this.fetched.pa = this.pa;
    return this.fetched;
  }

  /** Alignment faults that do not depend on the translation come before any MMU fault (ARM ARM B3.12.5). */
  private checkAlignment(
    context: AccessContext,
    va: number,
    size: number,
    alignment: number,
    access: AccessKind,
  ): void {
    const strict =
      ((context.hyp ? this.registers.HSCTLR : this.registers.SCTLR) & Sctlr.A) !== 0 && alignment < size
        ? size
        : alignment;
    if (strict > 1 && (va & (strict - 1)) !== 0) throw this.fault('alignment', access, va, 0);
  }

  private readUnaligned(context: AccessContext, va: number, size: AccessSize): number {
    let value = 0;
    for (let done = 0; done < size;) {
      const at = (va + done) >>> 0;
      const part = Math.min(size - done, 4096 - (at & 0xfff));
      this.locate(context, at, 'read', false);
      if (this.observers.active) this.observe(context, 'read', at, part, undefined);
      for (let i = 0; i < part; i++, done++) {
        value |= this.readBus(context, (at + i) >>> 0, 1) << (8 * done);
        this.advance();
      }
    }
    return value;
  }

  private writeUnaligned(context: AccessContext, va: number, size: AccessSize, value: number): void {
    // Both pages are checked before the first byte is written.
    const last = (va + size - 1) >>> 0;
    if ((last ^ va) & 0xffff_f000) {
      for (const at of [va, (last & 0xffff_f000) >>> 0]) {
        this.locate(context, at, 'write', false);
        if (this.region === undefined) throw this.fault('external abort', 'write', at, 0);
      }
    }
    for (let done = 0; done < size;) {
      const at = (va + done) >>> 0;
      const part = Math.min(size - done, 4096 - (at & 0xfff));
      this.locate(context, at, 'write', false);
      if (this.observers.active) {
        const piece = (value >>> (8 * done)) & (part === 4 ? -1 : (1 << (8 * part)) - 1);
        this.observe(context, 'write', at, part, piece);
      }
      for (let i = 0; i < part; i++, done++) {
        this.writeBus(context, (at + i) >>> 0, 1, (value >>> (8 * done)) & 0xff);
        this.advance();
      }
    }
  }

  /** From the byte located to the next one of its page. */
  private advance(): void {
    this.pa++;
    this.ipa++;
    if (this.offset >= 0) this.offset++;
  }

  private readBus(context: AccessContext, va: number, size: AccessSize): number {
    const { offset, region } = this;
    if (offset >= 0) return this.load(offset, size);
    if (region === undefined || !('device' in region)) throw this.fault('external abort', 'read', va, 0);
    const at = this.pa - region.base;
    const value = region.device.read(at, size, this.busAccess(context));
    if (value === BUS_ERROR) return this.busError('read', va);
    this.publishMmio(region, at, size, false, value);
    return value;
  }

  private writeBus(context: AccessContext, va: number, size: AccessSize, value: number): void {
    const { offset, region } = this;
    if (region === undefined) throw this.fault('external abort', 'write', va, 0);
    if (region.kind === 'ram') {
      this.memory.beforeWrite(offset, size);
      if (size === 4) this.memory.state.i32[offset >>> 2] = value;
      else if (size === 2) this.memory.state.u16[offset >>> 1] = value;
      else this.memory.state.u8[offset] = value;
      return;
    }
    const at = this.pa - region.base;
    const unsigned = size === 4 ? value >>> 0 : value & (size === 2 ? 0xffff : 0xff);
    // ROM takes no notice of writes, like the bus of the board; listeners of MMIO see them.
    if ('device' in region && !region.device.write(at, size, unsigned, this.busAccess(context)))
      this.busError('write', va);
    this.publishMmio(region, at, size, true, unsigned);
    const unheard = region.kind === 'rom' || (region.kind === 'flash' && region.device.ignoredWrite);
    if (unheard && this.events.wants['rom-store'])
      this.events.publish({
        kind: 'rom-store',
        core: this.core.index,
        memory: region.name,
        va,
        pa: this.pa,
        size,
        value: unsigned,
      });
  }

  /** A device refused an access: an external abort, but where the board's bus has none; then it reads as zero. */
  private busError(access: AccessKind, va: number): 0 {
    if (!this.memory.map.withoutErrors) throw this.fault('external abort', access, va, 0);
    return 0;
  }

  /** Before an access that has been located: a debugger's watches hear of it, the guest's watchpoints abort it. */
  private observe(
    context: AccessContext,
    access: 'read' | 'write',
    va: number,
    size: number,
    value: number | undefined,
  ): void {
    if (this.observers.watching) this.report(access, va, size, value);
    this.checkWatchpoints(context, access, va, size);
  }

  private checkWatchpoints(context: AccessContext, access: 'read' | 'write', va: number, size: number): void {
    const byte = this.observers.watchpointHit(access, va, size, context.privileged);
    if (byte !== undefined) throw this.fault('watchpoint', access, byte, 0);
  }

  private report(access: 'read' | 'write', va: number, size: number, value: number | undefined): void {
    const { pa, ipa, offset } = this;
    const old = offset >= 0 ? this.loadBytes(offset, size) : undefined;
    const unsigned = value === undefined ? undefined : value >>> 0;
    this.observers.report({ core: this.core.index, access, va, ipa, pa, size, old, value: unsigned });
  }

  private load(offset: number, size: AccessSize): number {
    const { state } = this.memory;
    return size === 4 ? state.i32[offset >>> 2]! : size === 2 ? state.u16[offset >>> 1]! : state.u8[offset]!;
  }

  private loadBytes(offset: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value += this.memory.state.u8[offset + i]! * 2 ** (8 * i);
    return value;
  }

  private busAccess(context: AccessContext): BusAccess {
    return this.busAccesses[(this.nonSecure ? 0 : 2) | (context.privileged ? 1 : 0)]!;
  }

  private publishMmio(region: Region, offset: number, size: number, write: boolean, value: number): void {
    if (!this.events.wants['mmio']) return;
    const { pa } = this;
    const core = this.core.index;
    this.events.publish({ kind: 'mmio', core, device: region.name, pa, offset, size, write, value });
  }

  // Finding the translation

  /** As find; throws the fault. */
  private locate(context: AccessContext, va: number, access: AccessKind, wasAligned: boolean): void {
    const fault = this.find(context, va, access, wasAligned);
    if (fault !== undefined) throw fault;
  }

  /** Translates and checks an access, and sets `pa`, `ipa`, `offset` and `region`; or gives the fault that it meets. */
  private find(
    context: AccessContext,
    va: number,
    access: AccessKind,
    wasAligned: boolean,
  ): MemoryFault | undefined {
    const { tlb, memory } = this;
    let i = tlb.lookup(va, context.tag);
    if (i < 0) {
      const walked = this.walk(context, va, access, wasAligned);
      if (walked instanceof MemoryFault) return walked;
      i = walked;
    } else {
      const fault = this.checkEntry(context, i, va, access, wasAligned);
      if (fault !== undefined) return fault;
    }
    const inPage = va & 0xfff;
    this.pa = tlb.pa(i) + inPage;
    this.ipa = tlb.ipa(i) + inPage;
    this.nonSecure = !context.secure || (tlb.info(i) & Info.NonSecure) !== 0;
    let region = memory.answering(this.pa);
    if (region !== undefined && region.secureOnly === true && this.nonSecure) region = undefined;
    this.region = region;
    if (region === undefined || !readsAsMemory(region)) {
      this.offset = -1;
      if (region?.kind === 'device' && !context.devices.has(va)) this.addDevice(context, va, i, region);
    } else {
      this.offset = region.offset + (this.pa - region.base);
      this.fill(context, va & 0xffff_f000, i, region, access);
    }
    return undefined;
  }

  /** A miss: the reference translation; a translation that succeeds goes into level 2. */
  private walk(
    context: AccessContext,
    va: number,
    access: AccessKind,
    wasAligned: boolean,
  ): number | MemoryFault {
    const walk = this.walkOf(context.hyp, va, access, false);
    const found = translateAddress(walk, context.privileged, wasAligned);
    return found instanceof MemoryFault ? found : this.tlb.insert(va, context.tag, found);
  }

  /** The walk of a regime, restarted: what it found before is no more. */
  private walkOf(hyp: boolean, va: number, access: AccessKind, maintenance: boolean): Walk {
    const walk = hyp
      ? (this.hypWalk ??= new Walk(this.registers, this.memory, true, va, access))
      : (this.pl1Walk ??= new Walk(this.registers, this.memory, false, va, access));
    walk.restart(va, access, maintenance);
    return walk;
  }

  /** The checks of a hit, in the order of the reference translation: the fault, if there is one. */
  private checkEntry(
    context: AccessContext,
    i: number,
    va: number,
    access: AccessKind,
    wasAligned: boolean,
  ): MemoryFault | undefined {
    const { tlb } = this;
    const info = tlb.info(i);
    if (!wasAligned && isDevice(tlb.attributes1(i))) return this.fault('alignment', access, va, 0);
    const wanted = permissionFor(access);
    const allowed = stage1Allows(info, context);
    if (allowed === undefined) return this.fault('domain', access, va, level1Of(info), domainOf(info));
    if ((allowed & wanted) === 0) return this.fault('permission', access, va, level1Of(info), domainOf(info));
    if (!wasAligned && isDevice(tlb.attributes(i))) return this.stage2Fault('alignment', access, va, i, 0);
    if ((stage2Allows(info) & wanted) === 0)
      return this.stage2Fault('permission', access, va, i, level2Of(info));
    return undefined;
  }

  private fault(kind: FaultKind, access: AccessKind, va: number, level: number, domain = 0): MemoryFault {
    const long = longFormat(this.registers, this.core.mode === Mode.hyp);
    return new MemoryFault(kind, access, va, level, false, 0, false, domain, long, 0, false);
  }

  private stage2Fault(
    kind: FaultKind,
    access: AccessKind,
    va: number,
    i: number,
    level: number,
  ): MemoryFault {
    const ipa = this.tlb.ipa(i) + (va & 0xfff);
    return new MemoryFault(kind, access, va, level, true, ipa, false, 0, true, 0, false);
  }

  /** Puts a page of memory into level 1, for every access that it allows and nobody must hear of. */
  private fill(
    context: AccessContext,
    page: number,
    i: number,
    region: MemoryRegion,
    access: AccessKind,
  ): void {
    const pagePa = this.tlb.pa(i);
    if (pagePa < region.base || pagePa + 4096 > region.base + region.size) return;
    const offset = region.offset + (pagePa - region.base);
    const ipa = this.tlb.ipa(i);
    const info = this.tlb.info(i);
    const allowed = (stage1Allows(info, context) ?? 0) & stage2Allows(info);
    if ((allowed & Permission.Read) !== 0 && !this.observers.ofPage('read', page, ipa, pagePa))
      context.setRead(page, offset);
    if (
      (allowed & Permission.Write) !== 0 &&
      (access === 'write' || !context.tracksWrites) &&
      region.kind === 'ram' &&
      !this.observers.ofPage('write', page, ipa, pagePa) &&
      this.memory.allowCachedWrites(offset)
    )
      context.setWrite(page, offset);
    if ((allowed & Permission.Execute) !== 0) context.setFetch(page, offset);
  }

  /** Keeps a page of a device for compiled code. */
  private addDevice(
    context: AccessContext,
    va: number,
    i: number,
    { device, base, size }: Region & { readonly kind: 'device' },
  ): void {
    const pagePa = this.tlb.pa(i);
    if (device.selfContained !== true || pagePa < base || pagePa + 4096 > base + size) return;
    const info = this.tlb.info(i);
    const page = va & 0xffff_f000;
    let allowed = (stage1Allows(info, context) ?? 0) & stage2Allows(info);
    if (this.observers.ofPage('read', page, this.tlb.ipa(i), pagePa)) allowed &= ~Permission.Read;
    if (this.observers.ofPage('write', page, this.tlb.ipa(i), pagePa)) allowed &= ~Permission.Write;
    const bus = this.busAccess(context);
    context.devices.add({ page: va >>> 12, allowed, device, offset: pagePa - base, bus });
    const shown = pagePa === base && !this.events.wants.mmio ? device.readsAs?.(bus.core) : undefined;
    // Compiled code takes it for permission to write what is there already.
    const both = Permission.Read | Permission.Write;
    if (shown !== undefined && (allowed & both) === both) context.setRead(page, shown);
  }

  // Watches, code pages

  /** Watches these stretches from now on, instead of those before; none: an empty list. */
  setWatches(watches: readonly Watch[], listener: WatchListener): void {
    this.observers.setWatches(watches, listener);
    this.contexts.dropAll();
  }

  /** The guest's debug registers changed. */
  debugChanged(): void {
    if (this.observers.debugChanged()) this.contexts.dropAll();
  }

  markCode(offset: number): void {
    this.memory.markCode(this.core.index, offset);
  }

  unmarkCode(offset: number): void {
    this.memory.unmarkCode(this.core.index, offset);
  }

  codeWritten(offset: number, bytes: number): void {
    this.onCodeWrite(offset, bytes);
  }

  dropPageWrites(offset: number): void {
    this.contexts.dropWritesTo(offset);
  }

  dropAllWrites(): void {
    this.contexts.dropAllWrites();
  }

  // Maintenance and translation operations

  /**
   * A TLB maintenance operation by the manual's name. In Non-secure PL1, HCR.FB makes every operation act on all
   * cores of the Inner Shareable domain.
   * @throws RangeError for a name that is none.
   */
  tlbMaintenance(operation: string, value: number): void {
    const row = TLB_OPERATIONS.get(operation);
    if (row === undefined) throw new RangeError(`${operation} is not a TLB maintenance operation`);
    this.applyOperation(row, value);
  }

  maintain(operation: number, value: number): boolean {
    if (this.events.wants['tlb-maintenance']) return false;
    this.applyOperation(operationAt(operation), value);
    return true;
  }

  private applyOperation(row: TlbOperation, value: number): void {
    const { registers: r, selection, others } = this;
    selection.select(row, value, r.secure, currentVmid(r));
    const broadcast = !r.secure && this.core.mode !== Mode.hyp && (r.HCR & Hcr.FB) !== 0;
    if (row.innerShareable || broadcast)
      for (let i = others.length - 1; i >= 0; i--) applyTlbOperation(others[i]!.tlb, row, selection, value);
    else applyTlbOperation(this.tlb, row, selection, value);
  }

  /**
   * An address translation operation by the manual's name (ATS1CPR …): writes PAR.
   * @throws MemoryFault where the manual has the operation itself abort.
   */
  addressTranslation(operation: string, va: number): void {
    const { core } = this;
    const [low, high] = addressTranslation(core, this.memory, operation, va >>> 0);
    const par = core.sysIndex('PAR', true);
    core.i32[par] = low;
    core.i32[par + 1] = high;
  }

  /**
   * Cache maintenance. There is nothing to clean or invalidate, but an operation by MVA takes the translation,
   * access flag and domain faults of its address (never permission faults).
   */
  cacheMaintenance(operation: string, value: number): void {
    if (!BY_MVA.has(operation)) return;
    const va = value >>> 0;
    const { context } = this;
    // Loops go over all lines of a page that may be in no TLB yet: the first one brings it there, as a read does.
    if (this.find(context, va, 'read', true) === undefined) return;
    const i = this.tlb.lookup(va, context.tag);
    if (i >= 0 && stage1Allows(this.tlb.info(i), context) !== undefined) return;
    const walk = this.walkOf(context.hyp, va, 'write', true);
    orThrow(translateAddress(walk, context.privileged, true, 2, false));
  }
}

function reverse(value: number, size: number): number {
  if (size === 1) return value;
  if (size === 2) return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}
