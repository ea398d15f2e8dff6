// The runner's operations made on this machine's MMU, and the aborts taken by the exception model.
import { PhysicalMap } from '../../../emulator/devices/device';
import { EventHub } from '../../../emulator/events/event-hub';
import { AccessFlags } from '../../../emulator/mmu/memory-access';
import { Mmu } from '../../../emulator/mmu/mmu';
import { PhysicalMemory } from '../../../emulator/mmu/physical-memory';
import type { TranslationRegisters } from '../../../emulator/mmu/registers';
import {
  CORE,
  GUEST_MEMORY_OFFSET,
  SECURE_BANK,
  SYS,
  isBanked,
  type StoredName,
} from '../../../emulator/state/layout';
import { MachineState, type CoreState } from '../../../emulator/state/machine-state';
import { Mode } from '../../../emulator/state/psr';
import { takeMemoryFault } from '../../../emulator/system/aborts';
import type { SystemContext } from '../../../emulator/system/context';
import type { SystemEffects } from '../../../emulator/system/effects';
import { MemoryFault } from '../../../emulator/system/fault';
import {
  DATA_BASE,
  DATA_BYTES,
  KIND_NAMES,
  Kind,
  codeOf,
  RAM_BASE,
  RAM_BYTES,
  dataPattern,
  type Operation,
  type SetUp,
} from './layout';

/** What runner.c saves of an operation, in its order. */
export interface Result {
  vector: number;
  hsr: number;
  hdfar: number;
  hifar: number;
  hpfar: number;
  dfsr: number;
  dfar: number;
  ifsr: number;
  ifar: number;
  par: number;
  parHigh: number;
  value: number;
}

const MARK = 0xe147_5575;
const HYP_TRAP = 5;
/** HVC #0x10 + n is the PL1 vector n of the runner. */
const hvc = (n: number): number => (0x4a00_0000 | n) >>> 0;

export class Model {
  readonly state: MachineState;
  readonly mmu: Mmu;
  private readonly system: SystemContext;
  private readonly core: CoreState;

  /** @param secure operations are made in Secure state, of a machine with the Security Extensions only. */
  constructor(private readonly secure = false) {
    this.state = new MachineState(1, RAM_BYTES, secure, !secure);
    this.core = this.state.cores[0]!;
    const map = new PhysicalMap();
    map.add({ kind: 'ram', name: 'ram', base: RAM_BASE, size: RAM_BYTES, offset: GUEST_MEMORY_OFFSET });
    const events = new EventHub(() => 0);
    const memory = new PhysicalMemory(this.state, map);
    const all: Mmu[] = [];
    this.mmu = new Mmu(this.core, memory, events, all);
    all.push(this.mmu);
    // What an abort causes beyond the registers: the new mode's translation.
    const effects: Partial<SystemEffects> = {
      translationChanged: () => this.mmu.translationChanged(),
      modeChanged: () => this.mmu.modeChanged(),
      interruptMaskChanged: () => undefined,
    };
    this.system = { effects: effects as SystemEffects, events, cores: 1, peripheralBase: 0, highWord: 0 };
    const first = (GUEST_MEMORY_OFFSET + DATA_BASE - RAM_BASE) / 4;
    for (let i = 0; i < DATA_BYTES / 4; i++) this.state.u32[first + i] = dataPattern(i);
  }

  store(pa: number, value: number): void {
    this.state.u32[(GUEST_MEMORY_OFFSET + pa - RAM_BASE) / 4] = value;
  }

  load(setUp: SetUp): void {
    for (const [pa, value] of setUp.words) this.store(pa, value);
    const { i32 } = this.core;
    for (const [name, value] of Object.entries(setUp.registers) as [
      keyof TranslationRegisters,
      number | boolean,
    ][]) {
      if (typeof value === 'boolean') continue;
      const high = name.endsWith('_HIGH');
      i32[this.index((high ? name.slice(0, -5) : name) as StoredName) + (high ? 1 : 0)] = value;
    }
    this.emptyTlb();
  }

  /** Word index of the register's copy in the security state of the operations. */
  private index(name: StoredName): number {
    return SYS[name] + (this.secure && isBanked(name) ? SECURE_BANK : 0);
  }

  /** The runner's own mode. */
  private get restMode(): Mode {
    return this.secure ? Mode.svc : Mode.hyp;
  }

  /** What the runner does before each set-up. */
  emptyTlb(): void {
    this.setMode(this.restMode);
    if (this.secure) return this.mmu.tlbMaintenance('TLBIALL', 0);
    this.mmu.tlbMaintenance('TLBIALLNSNH', 0);
    this.mmu.tlbMaintenance('TLBIALLH', 0);
  }

  private setMode(mode: Mode): void {
    this.core.i32[CORE.PSR] = mode;
    this.mmu.translationChanged();
  }

  private setHypMmu(on: boolean): void {
    this.core.i32[SYS.HSCTLR] = (this.core.i32[SYS.HSCTLR]! & ~1) | (on ? 1 : 0);
    this.mmu.translationChanged();
  }

  run({ kind, va }: Operation): Result {
    const { i32 } = this.core;
    const par = this.index('PAR');
    i32[par] = i32[par + 1] = 0;
    const r: Result = {
      vector: 0, hsr: 0, hdfar: 0, hifar: 0, hpfar: 0, dfsr: 0, dfar: 0, ifsr: 0, ifar: 0, par: 0, parHigh: 0, value: 0,
    }; // prettier-ignore
    try {
      this.act(kind, va, r);
    } catch (fault) {
      if (!(fault instanceof MemoryFault)) throw fault;
      this.abort(fault, r, kind);
      // A store's register holds what was to be stored, that of an operation of Hyp mode its address.
      const store = kind === Kind.WritePL0 || kind === Kind.WritePL1 || kind === Kind.WriteHyp;
      r.value = store ? MARK : kind === Kind.ATS1HR || kind === Kind.ATS1HW ? va : 0;
    }
    this.setMode(this.restMode);
    this.setHypMmu(false);
    r.par = i32[par]! >>> 0;
    r.parHigh = i32[par + 1]! >>> 0;
    return r;
  }

  private act(kind: Kind, va: number, r: Result): void {
    const { mmu } = this;
    if (kind <= Kind.ATS12NSOUW && !this.secure) return mmu.addressTranslation(KIND_NAMES[kind]!, va);
    if (kind === Kind.ATS1HR || kind === Kind.ATS1HW) {
      this.setHypMmu(true);
      r.value = va; // in R0, which the runner saves
      return mmu.addressTranslation(KIND_NAMES[kind]!, va);
    }
    if (kind >= Kind.ReadHyp) {
      this.setHypMmu(true);
      r.value = MARK;
      if (kind === Kind.WriteHyp) mmu.write(va, 4, MARK, AccessFlags.Ordinary, 0);
      else r.value = mmu.read(va, 4, AccessFlags.Ordinary, 0) >>> 0;
      return;
    }
    const user = kind === Kind.ReadPL0 || kind === Kind.WritePL0 || kind === Kind.ExecutePL0;
    this.setMode(user ? Mode.usr : Mode.svc);
    mmu.fetch(codeOf(kind));
    this.trap(r, 2); // the SVC after the access, unless the access does otherwise
    switch (kind) {
      case Kind.ReadPL1:
      case Kind.ReadPL0:
        r.value = mmu.read(va, 4, AccessFlags.Ordinary, 0) >>> 0;
        break;
      case Kind.ReadUnprivileged:
        r.value = mmu.read(va, 4, AccessFlags.Unprivileged, 0) >>> 0;
        break;
      case Kind.WritePL1:
      case Kind.WritePL0:
        mmu.write(va, 4, MARK, AccessFlags.Ordinary, 0);
        r.value = MARK;
        break;
      case Kind.ExecutePL1:
      case Kind.ExecutePL0: {
        const word = this.state.u32[mmu.fetch(va).offset / 4]!;
        // HVC is UNDEFINED at PL0 and in Secure state.
        if (user || this.secure) this.trap(r, 1);
        else r.hsr = hvc(((word >>> 4) & 0xfff0) | (word & 15));
        break;
      }
      case Kind.TranslateAtPL1:
        mmu.addressTranslation('ATS1CPR', va);
        break;
      default:
        mmu.addressTranslation(KIND_NAMES[kind]!, va);
    }
  }

  /** PL1 vector number `n` was taken: in Secure state the runner's own, else one that calls Hyp. */
  private trap(r: Result, n: number): void {
    r.vector = this.secure ? n : HYP_TRAP;
    r.hsr = this.secure ? 0 : hvc(0x10 + n);
  }

  /** Takes the abort, and tells where it went and what the syndrome registers say. */
  private abort(fault: MemoryFault, r: Result, kind: Kind): void {
    const { i32, u32 } = this.core;
    for (const name of SYNDROMES) i32[this.index(name)] = 0;
    i32[SYS.HVBAR] = HVBAR;
    i32[this.index('VBAR')] = VBAR;
    // LDRT writes its base back, exclusives and fetches have no syndrome either: ISV is 0.
    const plain = kind !== Kind.ReadUnprivileged && fault.access !== 'execute';
    takeMemoryFault(this.core, this.system, fault, plain ? { sas: 2, signExtend: false, rt: 0 } : undefined);
    const { pc } = this.core;
    if (this.core.mode === Mode.hyp) {
      r.vector = (pc - HVBAR) / 4;
      r.hsr = u32[SYS.HSR]!;
    } else this.trap(r, (pc - VBAR) / 4);
    r.hdfar = u32[this.index('HDFAR')]!;
    r.hifar = u32[this.index('HIFAR')]!;
    r.hpfar = u32[this.index('HPFAR')]!;
    r.dfsr = u32[this.index('DFSR')]!;
    r.dfar = u32[this.index('DFAR')]!;
    r.ifsr = u32[this.index('IFSR')]!;
    r.ifar = u32[this.index('IFAR')]!;
  }
}

const HVBAR = 0x1000;
const VBAR = 0x2000;
const SYNDROMES = ['HSR', 'HDFAR', 'HIFAR', 'HPFAR', 'DFSR', 'DFAR', 'IFSR', 'IFAR'] as const;
