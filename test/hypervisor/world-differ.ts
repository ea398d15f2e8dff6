/**
 * Looks at both sides of every world switch: what a world finds again when it comes back must be what it left, but for
 * what the exit itself is there to change. It also plants random values in a world's registers just before they are
 * taken out of it, so that two worlds never hold the same by chance.
 */
import { Mode, type Machine, type TrapToHyp } from '../../emulator';
import type { Context } from '../../debug-adapter/worlds/context';
import { Contexts } from '../../debug-adapter/worlds/contexts';
import { ContextRegisters, type ContextRegister } from '../../debug-adapter/worlds/registers';
import { WORLD_STATE, readStateItem, type StateItem } from '../../debug-adapter/worlds/world-state';

type Values = Map<string, bigint>;

/** What the highvisor may change in a guest for each exception class, beside PC and CPSR. */
const CHANGED_BY_CLASS: Readonly<Record<number, readonly string[]>> = {
  0x01: [],
  0x03: ['SCTLR', 'DACR', 'TTBCR'],
  0x04: ['TTBR0', 'TTBR1'],
  0x12: ['r0'],
};
/** What an injected exception changes. */
const INJECTED = ['LR_und', 'SPSR_und', 'LR_abt', 'SPSR_abt', 'DFSR', 'IFSR', 'DFAR', 'IFAR'];
/** AAPCS: what a function that the host calls in Hyp mode may change. */
const CALL_CLOBBERED = ['r0', 'r1', 'r2', 'r3', 'r12'];
/** CNTV_CTL.ISTATUS follows the time. */
const CNTV_CTL_MASKED = 0b100n;

/** Bits that may hold anything in a guest without an MMU that uses r0-r3 alone. */
const GUEST_PATTERNS: Readonly<Record<string, bigint>> = {
  ...anything(['r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'r11', 'r12', 'SP_usr', 'LR_usr', 'SP_svc', 'LR_svc']),
  ...anything(['SP_abt', 'LR_abt', 'SP_und', 'SP_irq', 'LR_irq', 'SP_fiq', 'LR_fiq']),
  ...anything(['R8_fiq', 'R9_fiq', 'R10_fiq', 'R11_fiq', 'R12_fiq', 'SPSR_svc', 'SPSR_abt', 'SPSR_irq', 'SPSR_fiq']),
  ...anything(['DACR', 'TTBR0', 'TTBR1', 'PRRR', 'NMRR', 'CONTEXTIDR', 'TPIDRURW', 'TPIDRURO', 'TPIDRPRW']),
  ...anything(['DFSR', 'IFSR', 'ADFSR', 'AIFSR', 'DFAR', 'IFAR', 'PAR', 'AMAIR0', 'AMAIR1']),
  TTBCR: 7n,
  CSSELR: 3n,
  CNTKCTL: 3n,
};
const VFP_PATTERNS: Readonly<Record<string, bigint>> = {
  ...anything(Array.from({ length: 32 }, (_, n) => `D${n}`)),
  FPSCR: 0xf7c0_0000n,
};
/** Bits that may hold anything in the host while it calls Hyp mode. */
const HOST_PATTERNS: Readonly<Record<string, bigint>> = {
  ...anything(['SP_abt', 'LR_abt', 'SP_und', 'LR_und', 'SP_irq', 'LR_irq', 'SP_fiq', 'LR_fiq']),
  ...anything(['R8_fiq', 'R9_fiq', 'R10_fiq', 'R11_fiq', 'R12_fiq', 'SPSR_abt', 'SPSR_und', 'SPSR_irq', 'SPSR_fiq']),
  ...anything(['CONTEXTIDR', 'TPIDRURW', 'TPIDRURO', 'DFSR', 'IFSR', 'DFAR', 'IFAR', 'PAR']),
  ...VFP_PATTERNS,
  CSSELR: 3n,
  CNTKCTL: 3n,
};

function anything(names: readonly string[]): Record<string, bigint> {
  return Object.fromEntries(names.map((name) => [name, 0xffff_ffff_ffff_ffffn]));
}

/** They are the host's, and out of the guest's reach, until the lazy switch: HCPTR.TCP10 tells. */
const OF_VFP = WORLD_STATE.filter(({ group }) => group.startsWith('VFP'));
const HCPTR_TCP10 = 1n << 10n;
const HCR_VA = 1n << 8n;
const HVC = 0x12;
const ASYNCHRONOUS = 0x11;
const OF_WORLDS = WORLD_STATE.filter(({ owner }) => owner === 'worlds');
const OF_HYP = WORLD_STATE.filter(({ owner }) => owner === 'hyp');
const OF_GUEST = WORLD_STATE.filter((item) => item.owner !== 'hyp' && !OF_VFP.includes(item));
/** Of the virtual interface, what the highvisor leaves alone; the rest it reads and decides anew. */
const LEFT_ALONE = ['GICH_VMCR', 'GICH_APR', 'CNTV_CTL', 'CNTV_CVAL'];

interface Parked {
  readonly values: Values;
  readonly trap: TrapToHyp | undefined;
  readonly core: number;
  /** HCR.VA: a virtual asynchronous abort that it has not taken yet. */
  readonly virtualAbort: boolean;
  /** An asynchronous abort of its own made it leave, or came while it left. */
  aborted: boolean;
}

export class WorldDiffer {
  /** One line for each item that was not found again; the first 20. */
  readonly problems: string[] = [];
  /** World switches into a guest and out again. */
  exits = 0;
  /** Exits by exception class; by 'irq' where there is no syndrome. */
  readonly kinds = new Map<string, number>();
  /** The cores that each vCPU was entered on. */
  readonly entered = new Map<string, Set<number>>();

  /** Interrupts that a vCPU had when it left one core, and again when it was entered on another. */
  readonly moved = { pending: 0, active: 0 };

  private readonly contexts: Contexts;
  /** What the host left on each core. */
  private readonly host = new Map<number, Values>();
  /** What each vCPU left in the VFP registers when they were last its own. */
  private readonly vfp = new Map<string, Values>();
  private readonly parked = new Map<string, Parked>();
  /** Which vCPU left its guest last, on each core. */
  private readonly leftOn = new Map<number, string>();
  private readonly guestPatterns: Readonly<Record<string, bigint>>;
  private readonly lastTrap = new Map<number, TrapToHyp>();
  /** Registers by name for each block of registers; where a banked one is depends on the mode. */
  private readonly readers = new WeakMap<object, Map<string, ContextRegister | undefined>>();

  constructor(
    private readonly machine: Machine,
    /** A random whole number below its argument. */
    private readonly random: (below: number) => number,
    /** What of a guest's registers the guest needs itself, beside those that every guest does. */
    kept: readonly string[] = [],
  ) {
    this.guestPatterns = Object.fromEntries(Object.entries(GUEST_PATTERNS).filter(([name]) => !kept.includes(name)));
    this.contexts = new Contexts(machine);
    machine.events.subscribe(['trap-to-hyp'], (event) => {
      if (event.kind !== 'trap-to-hyp') return undefined;
      if (event.fromWorld === 'hyp' && isAsynchronousAbort(event)) this.parked.get(this.leftOn.get(event.core)!)!.aborted = true;
      else this.lastTrap.set(event.core, event);
      return undefined;
    });
    machine.events.subscribe(['world-change'], (event) => {
      if (event.kind !== 'world-change') return;
      const { core } = event;
      if (event.from === 'host' && event.to === 'hyp') this.hostLeft(core);
      else if (event.from === 'hyp' && event.to === 'host') this.hostFound(core);
      else if (event.from === 'guest' && event.to === 'hyp') this.guestLeft(core);
      else if (event.from === 'hyp' && event.to === 'guest') this.guestFound(core);
    });
  }

  private hostLeft(core: number): void {
    if (this.machine.cores[core]!.state.mode !== Mode.hyp) return;
    const host = this.contexts.ofCore(core, 'host')!;
    this.plant(this.contexts.executingOn(core), HOST_PATTERNS, host);
    this.host.set(core, this.read(host, [...OF_WORLDS, ...OF_HYP]));
  }

  private hostFound(core: number): void {
    const host = this.host.get(core);
    if (host === undefined || this.parked.size === 0) return; // before the first exit Hyp is being set up
    const now = this.readEntered(this.contexts.executingOn(core), [...OF_WORLDS, ...OF_HYP]);
    this.compare(`host on core ${core}`, host, now, CALL_CLOBBERED);
  }

  private guestLeft(core: number): void {
    const guest = this.contexts.ofCore(core, 'guest')!;
    const trap = this.lastTrap.get(core);
    const key = this.key(guest);
    const aborted = trap !== undefined && isAsynchronousAbort(trap);
    this.parked.set(key, { values: this.read(guest, OF_GUEST), trap, core, virtualAbort: this.virtualAbort(core), aborted });
    this.leftOn.set(core, key);
    if (this.vfpIsTheGuests(core)) this.vfp.set(key, this.read(guest, OF_VFP));
    this.exits++;
    const kind = trap?.ec === undefined ? 'irq' : `0x${trap.ec.toString(16).padStart(2, '0')}`;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
  }

  private guestFound(core: number): void {
    const guest = this.contexts.executingOn(core);
    const key = this.key(guest);
    this.entered.set(key, (this.entered.get(key) ?? new Set()).add(core));
    const before = this.parked.get(key);
    if (before !== undefined) {
      const { values, trap, aborted } = before;
      // With an abort nothing of the exit is done: what trapped is executed again.
      if (aborted && trap?.ec === HVC) values.set('pc', values.get('pc')! - 4n);
      this.compare(key, values, this.readEntered(guest, OF_GUEST), aborted ? [] : allowedIn(values, trap), trap);
      this.compareInterrupts(key, listRegisters(values), listRegisters(this.read(guest, OF_GUEST)), before.core !== core);
      const abort = this.virtualAbort(core);
      if (abort !== (before.virtualAbort || aborted)) this.problems.push(`${key}: HCR.VA was ${before.virtualAbort}, is ${abort}`);
    }
    const own = this.vfpIsTheGuests(core);
    const vfp = this.vfp.get(key);
    if (own && vfp !== undefined) this.compare(key, vfp, this.read(guest, OF_VFP), []);
    if (this.random(4) > 0) return;
    this.plant(guest, this.guestPatterns);
    if (own) this.plant(guest, VFP_PATTERNS);
  }

  /** A virtual asynchronous abort is the guest's that executes, until it takes it. */
  private virtualAbort(core: number): boolean {
    return (this.register(this.contexts.executingOn(core), 'HCR')!.read() & HCR_VA) !== 0n;
  }

  private vfpIsTheGuests(core: number): boolean {
    const hcptr = this.register(this.contexts.executingOn(core), 'HCPTR')!.read();
    return (hcptr & HCPTR_TCP10) === 0n;
  }

  private key(guest: Context): string {
    return `VM${guest.vm} vCPU${guest.vcpu}`;
  }

  private compare(
    who: string,
    before: Values,
    now: Values,
    allowed: readonly string[],
    trap?: TrapToHyp,
  ): void {
    for (const [name, value] of before) {
      const found = now.get(name);
      const same = name === 'CNTV_CTL' ? (found ?? 0n) & ~CNTV_CTL_MASKED : found;
      const wanted = name === 'CNTV_CTL' ? value & ~CNTV_CTL_MASKED : value;
      if (same === wanted || allowed.includes(name)) continue;
      if (name.startsWith('GICH') && !LEFT_ALONE.includes(name)) continue;
      const by = trap?.ec === undefined ? '' : ` after EC 0x${trap.ec.toString(16)}`;
      if (this.problems.length < 20)
        this.problems.push(`${who}: ${name} was 0x${value.toString(16)}, is 0x${found?.toString(16)}${by}`);
    }
  }

  /**
   * What the guest has taken it still has, and what it has not taken is offered again, whichever list registers they are in:
   * but when all are in use there may be others that matter more.
   */
  private compareInterrupts(who: string, before: readonly bigint[], now: readonly bigint[], moved: boolean): void {
    const isThere = (interrupt: bigint, state: bigint): boolean =>
      now.some((lr) => (lr & state) !== 0n && sameInterrupt(lr, interrupt));
    for (const lr of before) {
      const active = (lr & LR_ACTIVE) !== 0n;
      const pending = (lr & LR_PENDING) !== 0n && !ofTheTimer(lr);
      const isActive = isThere(lr, LR_ACTIVE);
      // One that is active, too, may wait in the distributor for its end.
      const isPending = isThere(lr, LR_PENDING) || isActive || now.every((other) => (other & LR_STATE) !== 0n);
      if (active && !isActive) this.problems.push(`${who}: active 0x${lr.toString(16)} is gone`);
      if (pending && !isPending) this.problems.push(`${who}: pending 0x${lr.toString(16)} is gone`);
      if (moved) {
        this.moved.active += Number(active);
        this.moved.pending += Number(pending);
      }
    }
  }

  private register(context: Context, name: string): ContextRegister | undefined {
    let known = this.readers.get(context.registers);
    if (known === undefined) this.readers.set(context.registers, (known = new Map()));
    const key = `${context.registers.mode} ${name}`;
    if (!known.has(key)) known.set(key, new ContextRegisters(this.machine, context).find(name));
    return known.get(key);
  }

  private read(context: Context, items: readonly StateItem[]): Values {
    const values: Values = new Map();
    for (const item of items) {
      const value = item.read.startsWith('GICH')
        ? readStateItem(this.machine, context, item)
        : this.register(context, item.name)?.read();
      if (value !== undefined) values.set(item.name, value);
    }
    return values;
  }

  /** As `read`, at the exception return into the context: its PC is still in ELR_hyp. */
  private readEntered(context: Context, items: readonly StateItem[]): Values {
    return this.read(context, items).set('pc', this.register(context, 'elr_hyp')!.read());
  }

  /** Random values, in the core's registers and in the copy of the context that has just been left. */
  private plant(live: Context, patterns: Readonly<Record<string, bigint>>, copy?: Context): void {
    for (const [name, mask] of Object.entries(patterns)) {
      const register = this.register(live, name);
      if (register?.write === undefined) continue;
      const word = (): bigint => BigInt(this.random(0x1_0000) * 0x1_0000 + this.random(0x1_0000));
      register.write((register.read() & ~mask) | (((word() << 32n) | word()) & mask));
      if (copy !== undefined) this.register(copy, name)?.write?.(register.read());
    }
  }
}

const LR_PENDING = 1n << 28n;
const LR_ACTIVE = 1n << 29n;
const LR_STATE = LR_PENDING | LR_ACTIVE;
/** The virtual ID; and of an SGI its sender, which is a part of what it is. */
const LR_ID = 0x3ffn;
const LR_SENDER = 7n << 10n;

function listRegisters(values: Values): bigint[] {
  return [...values].filter(([name]) => name.startsWith('GICH_LR')).map(([, value]) => value);
}

function sameInterrupt(a: bigint, b: bigint): boolean {
  return ((a ^ b) & ((a & LR_ID) < 16n ? LR_ID | LR_SENDER : LR_ID)) === 0n;
}

/** Its line follows the time: it may be low again. */
function ofTheTimer(lr: bigint): boolean {
  return (lr & LR_ID) === 27n;
}

function isAsynchronousAbort({ ec, hsr }: TrapToHyp): boolean {
  return ec !== undefined && hsr !== undefined && (ec & ~1) === 0x24 && (hsr & 0x3f) === ASYNCHRONOUS;
}

/** Items that may differ when a guest that left by `trap` is found again. */
function allowedIn(before: Values, trap: TrapToHyp | undefined): readonly string[] {
  const { ec, hsr } = trap ?? {};
  if (ec === undefined || hsr === undefined) return []; // an interrupt: nothing at all
  const own = CHANGED_BY_CLASS[ec] ?? [];
  const loads = ec === 0x24 ? (hsr & 0x40) === 0 : ec === 0x03 && (hsr & 1) === 1;
  const rt = ec === 0x24 ? (hsr >>> 16) & 15 : (hsr >>> 5) & 15;
  const names = loads ? [registerOf(rt, Number(before.get('CPSR')!) & 0x1f)] : [];
  return ['pc', 'CPSR', ...INJECTED, ...own, ...names];
}

/** The name of Rt in a mode, as the table has it. */
function registerOf(rt: number, mode: number): string {
  if (rt < 13) return `r${rt}`;
  const bank = mode === (Mode.svc as number) ? 'svc' : mode === (Mode.und as number) ? 'und' : 'usr';
  return `${rt === 13 ? 'SP' : 'LR'}_${bank}`;
}
