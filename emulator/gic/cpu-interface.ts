/**
 * The CPU interfaces, GICC (IHI 0048B 3.2 to 3.8 and 4.4): one for each core, selected by who accesses it. An
 * interrupt is signalled when its priority is above the mask and its group priority above the running priority.
 */
import type { BusAccess, DeviceState } from '../devices/device';
import { RegisterDevice, type RegisterHandler } from '../devices/register-device';
import { PendingLine } from '../state/layout';
import type { GicConfig, InterruptOutputs } from './config';
import { HIGHEST_NON_SECURE, SPECIAL_INTIDS, SPURIOUS, type InterruptTable } from './interrupt-table';
import { ActivePriorities, IDLE_PRIORITY, groupPriority, preempts } from './priority';
import { GICC_REGISTERS } from './registers';

/** Bits of GICC_CTLR, and of GICV_CTLR as far as it has them. */
export const enum Ctlr {
  EnableGrp0 = 1 << 0,
  EnableGrp1 = 1 << 1,
  AckCtl = 1 << 2,
  FIQEn = 1 << 3,
  CBPR = 1 << 4,
  EOImodeS = 1 << 9,
  EOImodeNS = 1 << 10,
}
/** IAR's answer when the pending interrupt is Group 1 and must be acknowledged by AIAR. */
export const GROUP1_PENDING = 1022;
/** Arm, GICv2, for GICC and GICV; QEMU's model leaves product and revision 0. */
export const CPU_INTERFACE_IIDR = 0x2_043b;
/** GICC_CTLR bits EnableGrp1, FIQBypDisGrp1, IRQBypDisGrp1 and EOImodeNS, and where the Non-secure view has them. */
const NONSECURE_CTLR: readonly (readonly [bit: number, nonSecureBit: number])[] = [
  [1, 0],
  [7, 5],
  [8, 6],
  [10, 9],
];

export class CpuInterface extends RegisterDevice {
  readonly selfContained = true;
  private readonly ctlr: Int32Array;
  private readonly pmr: Int32Array;
  private readonly bpr: Int32Array;
  private readonly abpr: Int32Array;
  /** Active priorities of Group 0, and of Group 1. */
  private readonly active: readonly [ActivePriorities, ActivePriorities];
  /** Lines as last driven: bit 0 IRQ, bit 1 FIQ. */
  private readonly lines: Int32Array;
  /** Least GICC_BPR: Group 1 has one more. */
  private readonly leastPoint: number;
  private readonly priorityMask: number;

  constructor(
    name: string,
    private readonly config: GicConfig,
    private readonly table: InterruptTable,
    private readonly outputs: InterruptOutputs,
    /** Called when an acknowledge or an end of interrupt changed the table. */
    private readonly changed: () => void,
  ) {
    super(name, 0x2000, GICC_REGISTERS);
    const { cores, priorityBits } = config;
    this.ctlr = new Int32Array(cores);
    this.pmr = new Int32Array(cores);
    this.bpr = new Int32Array(cores);
    this.abpr = new Int32Array(cores);
    this.lines = new Int32Array(cores);
    this.leastPoint = Math.max(0, 7 - priorityBits);
    this.priorityMask = (0xff << (8 - priorityBits)) & 0xff;
    const words = Math.max(1, 2 ** (7 - this.leastPoint) / 32);
    const priorities = (): ActivePriorities => new ActivePriorities(cores, words, this.leastPoint + 1);
    this.active = [priorities(), priorities()];
    this.bind({
      GICC_CTLR: {
        read: (_, access) => this.readCtlr(access),
        write: (_, value, access) => this.writeCtlr(value, access),
      },
      GICC_PMR: {
        read: (_, access) => this.nonSecureHalf(this.pmr[access.core], access),
        write: (_, value, access) => this.writePmr(value & 0xff, access),
      },
      GICC_BPR: {
        read: (_, { core, secure }) => {
          if (!this.nonSecure(secure)) return this.bpr[core];
          return this.ctlr[core] & Ctlr.CBPR ? Math.min(this.bpr[core] + 1, 7) : this.abpr[core];
        },
        write: (_, value, { core, secure }) => {
          if (!this.nonSecure(secure)) this.bpr[core] = Math.max(value & 7, this.leastPoint);
          else if ((this.ctlr[core] & Ctlr.CBPR) === 0) this.writeAbpr(core, value);
          this.update(core);
        },
      },
      GICC_IAR: {
        read: (_, access, effects) => this.acknowledge(access, this.nonSecure(access.secure), effects),
      },
      GICC_EOIR: { write: (_, value, access) => this.end(value, access, this.nonSecure(access.secure)) },
      GICC_RPR: {
        read: (_, access) => {
          const running = this.running(access.core);
          return running === IDLE_PRIORITY ? 0xff : this.nonSecureHalf(running, access);
        },
      },
      GICC_HPPIR: { read: (_, access) => this.highestPending(access, this.nonSecure(access.secure)) },
      GICC_ABPR: this.secureOnly({
        read: (_, { core }) => this.abpr[core],
        write: (_, value, { core }) => {
          this.writeAbpr(core, value);
          this.update(core);
        },
      }),
      GICC_AIAR: this.secureOnly({ read: (_, access, effects) => this.acknowledge(access, true, effects) }),
      GICC_AEOIR: this.secureOnly({ write: (_, value, access) => this.end(value, access, true) }),
      GICC_AHPPIR: this.secureOnly({ read: (_, access) => this.highestPending(access, true) }),
      GICC_APR: {
        read: (index, access) => {
          if (!this.nonSecure(access.secure)) return this.readApr(0, access.core, index);
          const at = this.nonSecureAprWord(index);
          return at < 0 ? 0 : this.readApr(1, access.core, at);
        },
        write: (index, value, access) => {
          if (!this.nonSecure(access.secure)) return this.writeApr(0, access.core, index, value);
          const at = this.nonSecureAprWord(index);
          if (at >= 0) this.writeApr(1, access.core, at, value);
        },
      },
      GICC_NSAPR: this.secureOnly({
        read: (index, { core }) => this.readApr(1, core, index),
        write: (index, value, { core }) => this.writeApr(1, core, index, value),
      }),
      GICC_IIDR: { read: () => CPU_INTERFACE_IIDR },
      GICC_DIR: { write: (_, value, access) => this.deactivate(value, access) },
    });
    this.reset();
  }

  /** Brings core `core`'s IRQ and FIQ lines up to date. */
  update(core: number): void {
    const { table } = this;
    const group1 = table.bestGroup[core];
    const signalled =
      this.groupEnabled(core, group1) && this.sufficient(core, table.bestPriority[core], group1);
    const fiq = signalled && group1 === 0 && (this.ctlr[core] & Ctlr.FIQEn) !== 0;
    const lines = (signalled && !fiq ? 1 : 0) | (fiq ? 2 : 0);
    const before = this.lines[core];
    if (lines === before) return;
    this.lines[core] = lines;
    if ((lines ^ before) & 1) this.outputs.set(core, PendingLine.IRQ, (lines & 1) !== 0);
    if ((lines ^ before) & 2) this.outputs.set(core, PendingLine.FIQ, (lines & 2) !== 0);
  }

  reset(): void {
    this.ctlr.fill(0);
    this.pmr.fill(0);
    this.bpr.fill(this.leastPoint);
    this.abpr.fill(this.leastPoint + 1);
    for (const priorities of this.active) priorities.bits.fill(0);
    for (let core = 0; core < this.config.cores; core++) this.update(core);
  }
  /** The priority mask lets Non-secure accesses change it. */
  giveToNonSecure(): void {
    this.pmr.fill(HIGHEST_NON_SECURE);
  }
  save(): DeviceState {
    return {
      ctlr: [...this.ctlr],
      pmr: [...this.pmr],
      bpr: [...this.bpr],
      abpr: [...this.abpr],
      active: this.active.map((priorities) => [...priorities.bits]),
      lines: [...this.lines],
    };
  }
  restore(state: DeviceState): void {
    this.ctlr.set(state['ctlr'] as number[]);
    this.pmr.set(state['pmr'] as number[]);
    this.bpr.set(state['bpr'] as number[]);
    this.abpr.set(state['abpr'] as number[]);
    (state['active'] as number[][]).forEach((bits, group) => this.active[group as 0 | 1].bits.set(bits));
    this.lines.set(state['lines'] as number[]);
  }

  private nonSecure(secure: boolean): boolean {
    return this.config.hasSecurity && !secure;
  }

  /** A register that Non-secure accesses read as zero and cannot write. */
  private secureOnly(handler: RegisterHandler): RegisterHandler {
    return {
      read: (index, access, effects) =>
        this.nonSecure(access.secure) ? 0 : (handler.read?.(index, access, effects) ?? 0),
      write: (index, value, access, lanes) => {
        if (!this.nonSecure(access.secure)) handler.write?.(index, value, access, lanes);
      },
    };
  }

  /** A priority as an access sees it: Non-secure sees the lower half as its whole range, 0 for the upper half. */
  private nonSecureHalf(priority: number, access: BusAccess): number {
    if (!this.nonSecure(access.secure)) return priority;
    return priority & 0x80 ? (priority << 1) & 0xff : 0;
  }

  private readCtlr(access: BusAccess): number {
    const ctlr = this.ctlr[access.core];
    if (!this.nonSecure(access.secure)) return ctlr;
    return NONSECURE_CTLR.reduce((view, [bit, at]) => view | (((ctlr >> bit) & 1) << at), 0);
  }
  private writeCtlr(value: number, access: BusAccess): void {
    const { core } = access;
    if (this.nonSecure(access.secure))
      for (const [bit, at] of NONSECURE_CTLR)
        this.ctlr[core] = (this.ctlr[core] & ~(1 << bit)) | (((value >>> at) & 1) << bit);
    else this.ctlr[core] = value & (this.config.hasSecurity ? 0x7ff : 0x3ff);
    this.update(core);
  }

  private writePmr(value: number, { core, secure }: BusAccess): void {
    if (!this.nonSecure(secure)) this.pmr[core] = value & this.priorityMask;
    else if (this.pmr[core] & 0x80) this.pmr[core] = (0x80 | (value >> 1)) & this.priorityMask;
    this.update(core);
  }

  private writeAbpr(core: number, value: number): void {
    this.abpr[core] = Math.max(value & 7, this.leastPoint + 1);
  }

  private readApr(group: 0 | 1, core: number, index: number): number {
    const { bits, words } = this.active[group];
    return index < words ? bits[core * words + index] : 0;
  }
  private writeApr(group: 0 | 1, core: number, index: number, value: number): void {
    const { bits, words } = this.active[group];
    if (index < words) bits[core * words + index] = value;
    this.update(core);
  }
  /** Which word of NSAPR a Non-secure access reaches as GICC_APR`index`: the upper half; -1 when none. */
  private nonSecureAprWord(index: number): number {
    const half = this.active[1].words >> 1;
    return half === 0 ? index : index < half ? index + half : -1;
  }

  private groupEnabled(core: number, group: number): boolean {
    return (this.ctlr[core] & (group ? Ctlr.EnableGrp1 : Ctlr.EnableGrp0)) !== 0;
  }

  private running(core: number): number {
    return Math.min(this.active[0].highest(core), this.active[1].highest(core));
  }

  /** Binary point of a group, as GICC_BPR has it for Group 0. */
  private point(core: number, group: number): number {
    const own = group !== 0 && (this.ctlr[core] & Ctlr.CBPR) === 0;
    return own ? this.abpr[core] - 1 : this.bpr[core];
  }

  /** True when an interrupt of this priority is above the mask and may preempt what runs. */
  private sufficient(core: number, priority: number, group: number): boolean {
    return priority < this.pmr[core] && preempts(priority, this.point(core, group), this.running(core));
  }

  /** HPPIR: what is pending above the mask, as the view may see it. `group1View`: AHPPIR or a Non-secure access. */
  private highestPending({ core }: BusAccess, group1View: boolean): number {
    const id = this.table.bestId[core];
    const group = this.table.bestGroup[core];
    if (this.table.bestPriority[core] >= this.pmr[core] || !this.groupEnabled(core, group)) return SPURIOUS;
    return this.seen(core, id, group, group1View);
  }

  /** What the view may be told of pending interrupt `id`. */
  private seen(core: number, id: number, group: number, group1View: boolean): number {
    if (group === 0) return group1View ? SPURIOUS : this.withSource(core, id);
    if (!group1View && (this.ctlr[core] & Ctlr.AckCtl) === 0) return GROUP1_PENDING;
    return this.withSource(core, id);
  }
  private withSource(core: number, id: number): number {
    return id | (this.table.source(core, id) << 10);
  }

  /** IAR and AIAR (4.4.4). */
  private acknowledge({ core }: BusAccess, group1View: boolean, effects: boolean): number {
    const id = this.table.bestId[core];
    const group = this.table.bestGroup[core];
    const priority = this.table.bestPriority[core];
    if (!this.groupEnabled(core, group) || !this.sufficient(core, priority, group)) return SPURIOUS;
    const seen = this.seen(core, id, group, group1View);
    if (!effects || (seen & 0x3ff) >= SPECIAL_INTIDS) return seen;
    this.active[group as 0 | 1].push(core, groupPriority(priority, this.point(core, group)));
    this.table.activate(core, id);
    this.changed();
    return seen;
  }

  /** EOIR and AEOIR (4.4.5): priority drop, and deactivation unless EOImode splits them. */
  private end(value: number, { core, secure }: BusAccess, group1View: boolean): void {
    const id = value & 0x3ff;
    if (id >= this.config.interrupts || id >= SPECIAL_INTIDS) return;
    const group = this.table.test(this.table.group, core, id) ? 1 : 0;
    if (group1View && group === 0) return;
    if (this.running(core) === IDLE_PRIORITY) return; // nothing to end: UNPREDICTABLE, ignored
    this.active[group].pop(core);
    if (!this.splitEnd(core, secure)) this.table.deactivate(core, id);
    this.changed();
  }

  /** DIR (4.4.15). UNPREDICTABLE when EOImode is 0: ignored. */
  private deactivate(value: number, { core, secure }: BusAccess): void {
    const id = value & 0x3ff;
    if (id >= this.config.interrupts || id >= SPECIAL_INTIDS || !this.splitEnd(core, secure)) return;
    if (this.nonSecure(secure) && !this.table.test(this.table.group, core, id)) return;
    this.table.deactivate(core, id);
    this.changed();
  }

  private splitEnd(core: number, secure: boolean): boolean {
    return (this.ctlr[core] & (this.nonSecure(secure) ? Ctlr.EOImodeNS : Ctlr.EOImodeS)) !== 0;
  }
}
