/**
 * The virtual interface control registers, GICH (IHI 0048B 5.2 and 5.3): what a hypervisor writes so that a guest
 * sees virtual interrupts, and the maintenance interrupt that calls it back.
 */
import type { DeviceState } from '../devices/device';
import { RegisterDevice } from '../devices/register-device';
import type { EventHub } from '../events/event-hub';
import type { ListRegisterCause } from '../events/events';
import { PendingLine } from '../state/layout';
import type { GicConfig, InterruptOutputs, ShownPage } from './config';
import { ListState, isFree, isGroup1, listPriority, listState, signalsEoi } from './list-register';
import { ActivePriorities, groupPriority, preempts } from './priority';
import { GICH_REGISTERS } from './registers';

/** Bits of GICH_HCR. */
export const enum Hcr {
  En = 1 << 0,
  UIE = 1 << 1,
  LRENPIE = 1 << 2,
  NPIE = 1 << 3,
  VGrp0EIE = 1 << 4,
  VGrp0DIE = 1 << 5,
  VGrp1EIE = 1 << 6,
  VGrp1DIE = 1 << 7,
  EOICountUnit = 1 << 27,
}
/** Bits of GICH_MISR; bits 7:4, the group conditions, are at the places of their enables in GICH_HCR. */
const enum Misr {
  EOI = 1 << 0,
  U = 1 << 1,
  LRENP = 1 << 2,
  NP = 1 << 3,
}
/** Bits of GICH_VMCR; the low ones are GICV_CTLR's. */
export const enum Vmcr {
  VMGrp0En = 1 << 0,
  VMGrp1En = 1 << 1,
  VMFIQEn = 1 << 3,
  VMCBPR = 1 << 4,
}
const VMCR_WRITABLE = 0xf8fc_021f | 0;
const HCR_WRITABLE = 0xf800_00ff | 0;
const LIST_REGISTER_WRITABLE = 0xff8f_ffff | 0;
/** Word offsets of registers that change. */
const enum Word {
  Hcr = 0,
  Vtr = 1,
  Vmcr = 2,
  Misr = 4,
  Eisr = 8,
  Elrsr = 12,
  Apr = 60,
  Lr = 64,
}
/** Priority bits and preemption bits of the virtual interface: both 5, as on GIC-400. */
const VTR = (4 << 29) | (4 << 26);
/** Least GICV_BPR with five preemption bits; Group 1 has one more. */
const LEAST_POINT = 2;

export class HypervisorInterface extends RegisterDevice {
  readonly selfContained = true;
  /** GICH_LRn, index core × listRegisters + n. */
  readonly listRegisters: Int32Array;
  readonly hcr: Int32Array;
  readonly vmcr: Int32Array;
  readonly active: ActivePriorities;
  /** Lines as last driven: bit 0 VIRQ, bit 1 VFIQ, bit 2 maintenance. */
  private readonly lines: Int32Array;

  constructor(
    name: string,
    private readonly config: GicConfig,
    private readonly outputs: InterruptOutputs & {
      /** Drives the maintenance interrupt, a PPI of `core`. */
      setMaintenance(core: number, level: boolean): void;
    },
    private readonly events: EventHub | undefined,
    /** By core. */
    private readonly shown: readonly ShownPage[] = [],
  ) {
    super(name, 0x1000, GICH_REGISTERS);
    const { cores, listRegisters } = config;
    this.listRegisters = new Int32Array(cores * listRegisters);
    this.hcr = new Int32Array(cores);
    this.vmcr = new Int32Array(cores);
    this.lines = new Int32Array(cores);
    this.active = new ActivePriorities(cores, 1, LEAST_POINT + 1);
    this.bind({
      GICH_HCR: {
        read: (_, { core }) => this.hcr[core],
        write: (_, value, { core }) => this.writeHcr(core, value & HCR_WRITABLE),
      },
      GICH_VTR: { read: () => VTR | (listRegisters - 1) },
      GICH_VMCR: {
        read: (_, { core }) => this.vmcr[core],
        write: (_, value, { core }) => this.writeVmcr(core, value),
      },
      GICH_MISR: { read: (_, { core }) => this.misr(core) },
      GICH_EISR: { read: (index, { core }) => this.status(core, index, signalsEoi) },
      GICH_ELRSR: { read: (index, { core }) => this.status(core, index, isFree) },
      GICH_APR: {
        read: (_, { core }) => this.active.bits[core],
        write: (_, value, { core }) => this.writeApr(core, value),
      },
      GICH_LR: {
        read: (index, { core }) => (index < listRegisters ? this.list(core, index) : 0),
        write: (index, value, { core }) => {
          if (index >= listRegisters) return;
          if (this.setList(core, index, value & LIST_REGISTER_WRITABLE, 'hypervisor write'))
            this.update(core);
        },
      },
    });
    this.reset();
  }

  readonly readsAs = (core: number): number | undefined => this.shown[core]?.offset;

  list(core: number, index: number): number {
    return this.listRegisters[core * this.config.listRegisters + index];
  }

  /** Changes a list register and publishes why; true: it has changed, and `update` is up to the caller. */
  setList(core: number, index: number, after: number, cause: ListRegisterCause): boolean {
    const at = core * this.config.listRegisters + index;
    const before = this.listRegisters[at];
    if (before === after) return false;
    this.listRegisters[at] = after;
    if (this.events?.wants['list-register'])
      this.events.publish({
        kind: 'list-register',
        core,
        index,
        before: before >>> 0,
        after: after >>> 0,
        cause,
      });
    return true;
  }

  /** Index of the first list register for which `test` holds, or -1. */
  findList(core: number, test: (raw: number) => boolean): number {
    for (let index = 0; index < this.config.listRegisters; index++)
      if (test(this.list(core, index))) return index;
    return -1;
  }

  /** The pending list register of highest priority whose group the guest has enabled, or -1. */
  highestPending(core: number): number {
    let best = -1;
    if ((this.hcr[core] & Hcr.En) === 0) return best;
    let bestPriority = 256;
    for (let index = 0; index < this.config.listRegisters; index++) {
      const raw = this.list(core, index);
      if (listState(raw) !== ListState.Pending || listPriority(raw) >= bestPriority) continue;
      if ((this.vmcr[core] & (isGroup1(raw) ? Vmcr.VMGrp1En : Vmcr.VMGrp0En)) === 0) continue;
      best = index;
      bestPriority = listPriority(raw);
    }
    return best;
  }

  /** Binary point that holds for a list register's group, as GICV_BPR has it for Group 0. */
  private point(core: number, raw: number): number {
    const vmcr = this.vmcr[core];
    const own = isGroup1(raw) && (vmcr & Vmcr.VMCBPR) === 0;
    return own ? ((vmcr >>> 18) & 7) - 1 : (vmcr >>> 21) & 7;
  }

  /** Group priority of a list register under the guest's binary points. */
  groupPriority(core: number, raw: number): number {
    return groupPriority(listPriority(raw), this.point(core, raw));
  }

  /** True when the guest's priority mask lets the list register through. */
  unmasked(core: number, raw: number): boolean {
    return listPriority(raw) < (this.vmcr[core] >>> 27) << 3;
  }

  /** True when the list register may be signalled now: above the mask and above what runs. */
  sufficient(core: number, raw: number): boolean {
    return (
      this.unmasked(core, raw) &&
      preempts(listPriority(raw), this.point(core, raw), this.active.highest(core))
    );
  }

  // A hypervisor writes at each entry of a guest what is there already, most of the time: then nothing follows.

  private writeHcr(core: number, value: number): void {
    if (this.hcr[core] === value) return;
    this.hcr[core] = value;
    this.update(core);
  }

  /** Writes GICH_VMCR; binary points below the least go to the least. */
  writeVmcr(core: number, value: number): void {
    const abpr = Math.max((value >>> 18) & 7, LEAST_POINT + 1);
    const bpr = Math.max((value >>> 21) & 7, LEAST_POINT);
    const after = (value & VMCR_WRITABLE & ~(0x3f << 18)) | (abpr << 18) | (bpr << 21);
    if (this.vmcr[core] === after) return;
    this.vmcr[core] = after;
    this.update(core);
  }

  writeApr(core: number, value: number): void {
    if (this.active.bits[core] === value) return;
    this.active.bits[core] = value;
    this.update(core);
  }

  /** Counts an EOI that no list register holds; the field wraps from 31 to 0. */
  countEoi(core: number): void {
    this.hcr[core] = (this.hcr[core] + Hcr.EOICountUnit) | 0;
  }

  /** GICH_MISR (5.3.4). */
  misr(core: number): number {
    const hcr = this.hcr[core];
    let valid = 0;
    let pending = 0;
    let ended = 0;
    for (let index = 0; index < this.config.listRegisters; index++) {
      const raw = this.list(core, index);
      const state = listState(raw);
      if (state !== ListState.Invalid) valid++;
      if (state === ListState.Pending) pending++;
      if (signalsEoi(raw)) ended++;
    }
    const vmcr = this.vmcr[core];
    let misr = ended > 0 ? Misr.EOI : 0;
    if (hcr & Hcr.UIE && valid <= 1) misr |= Misr.U;
    if (hcr & Hcr.LRENPIE && hcr >>> 27 !== 0) misr |= Misr.LRENP;
    if (hcr & Hcr.NPIE && pending === 0) misr |= Misr.NP;
    misr |= hcr & (vmcr & Vmcr.VMGrp0En ? Hcr.VGrp0EIE : Hcr.VGrp0DIE);
    misr |= hcr & (vmcr & Vmcr.VMGrp1En ? Hcr.VGrp1EIE : Hcr.VGrp1DIE);
    return misr;
  }

  /** After a change: brings core `core`'s virtual interrupt lines, maintenance interrupt and page up to date. */
  update(core: number): void {
    this.show(core);
    const index = this.highestPending(core);
    const raw = index < 0 ? 0 : this.list(core, index);
    const signalled = index >= 0 && this.sufficient(core, raw);
    const fiq = signalled && !isGroup1(raw) && (this.vmcr[core] & Vmcr.VMFIQEn) !== 0;
    const misr = this.hcr[core] & Hcr.En ? this.misr(core) : 0;
    const lines = (signalled && !fiq ? 1 : 0) | (fiq ? 2 : 0) | (misr !== 0 ? 4 : 0);
    const before = this.lines[core];
    if (lines === before) return;
    this.lines[core] = lines;
    const edges = lines ^ before;
    if (edges & 1) this.setVirtualLine(core, 'VIRQ', PendingLine.VIRQ, (lines & 1) !== 0);
    if (edges & 2) this.setVirtualLine(core, 'VFIQ', PendingLine.VFIQ, (lines & 2) !== 0);
    if (edges & 4) {
      const level = (lines & 4) !== 0;
      this.outputs.setMaintenance(core, level);
      if (this.events?.wants['maintenance-interrupt'])
        this.events.publish({ kind: 'maintenance-interrupt', core, level, misr });
    }
  }

  /** Keeps the core's page as its reads are. */
  private show(core: number): void {
    const words = this.shown[core]?.words;
    if (words === undefined) return;
    const { listRegisters } = this.config;
    words[Word.Hcr] = this.hcr[core];
    words[Word.Vtr] = VTR | (listRegisters - 1);
    words[Word.Vmcr] = this.vmcr[core];
    words[Word.Misr] = this.misr(core);
    words[Word.Apr] = this.active.bits[core];
    for (let index = 0; index < listRegisters; index++) {
      const raw = this.list(core, index);
      const at = index >> 5;
      const bit = 1 << (index & 31);
      words[Word.Lr + index] = raw;
      words[Word.Eisr + at] = signalsEoi(raw) ? words[Word.Eisr + at] | bit : words[Word.Eisr + at] & ~bit;
      words[Word.Elrsr + at] = isFree(raw) ? words[Word.Elrsr + at] | bit : words[Word.Elrsr + at] & ~bit;
    }
  }

  reset(): void {
    this.listRegisters.fill(0);
    this.hcr.fill(0);
    this.active.bits.fill(0);
    for (let core = 0; core < this.config.cores; core++) {
      this.writeVmcr(core, 0);
      this.update(core);
    }
  }
  save(): DeviceState {
    return {
      listRegisters: [...this.listRegisters],
      hcr: [...this.hcr],
      vmcr: [...this.vmcr],
      active: [...this.active.bits],
      lines: [...this.lines],
    };
  }
  restore(state: DeviceState): void {
    this.listRegisters.set(state['listRegisters'] as number[]);
    this.hcr.set(state['hcr'] as number[]);
    this.vmcr.set(state['vmcr'] as number[]);
    this.active.bits.set(state['active'] as number[]);
    this.lines.set(state['lines'] as number[]);
    for (let core = 0; core < this.config.cores; core++) this.show(core);
  }

  private setVirtualLine(core: number, name: 'VIRQ' | 'VFIQ', line: PendingLine, level: boolean): void {
    this.outputs.set(core, line, level);
    if (this.events?.wants['virtual-interrupt-line'])
      this.events.publish({ kind: 'virtual-interrupt-line', core, line: name, level });
  }

  /** EISR or ELRSR: a bit for each list register for which `test` holds. */
  private status(core: number, word: number, test: (raw: number) => boolean): number {
    let bits = 0;
    const last = Math.min(this.config.listRegisters, word * 32 + 32);
    for (let index = word * 32; index < last; index++)
      if (test(this.list(core, index))) bits |= 1 << (index & 31);
    return bits;
  }
}
