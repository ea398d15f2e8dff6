/**
 * A whole GICv2: distributor, CPU interfaces and, with the Virtualization Extensions, the hypervisor and virtual
 * CPU interfaces, wired together (IHI 0048B figure 2-1 and 5-1).
 */
import type { Device } from '../devices/device';
import type { RegisterRow } from '../devices/register-device';
import type { EventHub } from '../events/event-hub';
import {
  DEFAULT_GIC_CONFIG,
  MAINTENANCE_INTERRUPT,
  checkGicConfig,
  type GicConfig,
  type InterruptOutputs,
  type ShownPage,
} from './config';
import { CpuInterface } from './cpu-interface';
import { Distributor } from './distributor';
import { HypervisorInterface } from './hypervisor-interface';
import { InterruptTable, SPECIAL_INTIDS } from './interrupt-table';
import { decodeListRegister, type ListRegister } from './list-register';
import { VirtualCpuInterface } from './virtual-cpu-interface';

/** The register windows of a Gic; `gich` and `gicv` only with the Virtualization Extensions. */
export interface GicDevices {
  readonly gicd: Device & { readonly rows: readonly RegisterRow[] };
  readonly gicc: Device & { readonly rows: readonly RegisterRow[] };
  readonly gich?: Device & { readonly rows: readonly RegisterRow[] };
  readonly gicv?: Device & { readonly rows: readonly RegisterRow[] };
}

export class Gic {
  readonly config: GicConfig;
  private readonly table: InterruptTable;
  private readonly distributor: Distributor;
  private readonly cpuInterface: CpuInterface;
  private readonly hypervisorInterface: HypervisorInterface | undefined;
  private readonly virtualCpuInterface: VirtualCpuInterface | undefined;

  /**
   * @param config what differs from DEFAULT_GIC_CONFIG.
   * @param outputs is told of each change of a core's interrupt request lines.
   * @param events gets list-register, virtual-interrupt-line and maintenance-interrupt events.
   * @param shown gives each core's page for what its reads of GICH give.
   * @throws RangeError when a value of `config` is out of range.
   */
  constructor(
    config: Partial<GicConfig>,
    outputs: InterruptOutputs,
    events?: EventHub,
    shown?: (core: number) => ShownPage,
  ) {
    this.config = { ...DEFAULT_GIC_CONFIG, ...config };
    checkGicConfig(this.config);
    this.table = new InterruptTable(this.config.cores, this.config.interrupts);
    const changed = (): void => this.refresh();
    this.distributor = new Distributor('gicd', this.config, this.table, changed, () =>
      outputs.softwareInterrupt?.(),
    );
    this.cpuInterface = new CpuInterface('gicc', this.config, this.table, outputs, changed);
    if (!this.config.hasVirtualization) return;
    const setMaintenance = (core: number, level: boolean): void =>
      this.setPpi(core, MAINTENANCE_INTERRUPT, level);
    const pages = shown && Array.from({ length: this.config.cores }, (_, core) => shown(core));
    this.hypervisorInterface = new HypervisorInterface(
      'gich',
      this.config,
      { ...outputs, setMaintenance },
      events,
      pages,
    );
    this.virtualCpuInterface = new VirtualCpuInterface('gicv', this.hypervisorInterface, (core, id) => {
      if (id < 16 || id >= this.config.interrupts || id >= SPECIAL_INTIDS) return;
      this.table.deactivate(core, id);
      this.refresh();
    });
  }

  /** The register windows, to be put on the bus. */
  get devices(): GicDevices {
    return {
      gicd: this.distributor,
      gicc: this.cpuInterface,
      ...(this.hypervisorInterface && { gich: this.hypervisorInterface }),
      ...(this.virtualCpuInterface && { gicv: this.virtualCpuInterface }),
    };
  }

  /** Sets the input line of a shared peripheral interrupt. `id`: INTID, 32 up. @throws RangeError */
  setSpi(id: number, level: boolean): void {
    if (!(id >= 32 && id < this.config.interrupts && id < SPECIAL_INTIDS))
      throw new RangeError(`INTID ${id} is not an SPI of this GIC`);
    if (this.table.setLine(0, id, level)) this.refresh();
  }

  /** Sets the input line of a private peripheral interrupt of `core`. `id`: INTID, 16–31. @throws RangeError */
  setPpi(core: number, id: number, level: boolean): void {
    if (!(id >= 16 && id < 32)) throw new RangeError(`INTID ${id} is not a PPI`);
    if (!(core >= 0 && core < this.config.cores)) throw new RangeError(`the GIC has no core ${core}`);
    if (this.table.setLine(core, id, level)) this.refresh();
  }

  /** The list registers of `core`, raw (unsigned) and decoded; empty without the Virtualization Extensions. */
  listRegisters(core: number): readonly (ListRegister & { readonly raw: number })[] {
    const gich = this.hypervisorInterface;
    if (gich === undefined) return [];
    return Array.from({ length: this.config.listRegisters }, (_, index) => {
      const raw = gich.list(core, index);
      return { raw: raw >>> 0, ...decodeListRegister(raw) };
    });
  }

  /** What the distributor knows of interrupt `id` as `core` sees it, for the debugger. */
  interrupt(core: number, id: number): InterruptSnapshot {
    const { table } = this;
    return {
      enabled: table.test(table.enabled, core, id),
      pending: ((table.pending(core, id >> 5) >>> (id & 31)) & 1) !== 0,
      active: table.test(table.active, core, id),
      level: table.test(table.level, core, id),
      edge: table.test(table.edge, core, id),
      group1: table.test(table.group, core, id),
      priority: table.priority[table.slot(core, id)],
      targets: id < 32 ? 1 << core : table.targets[id],
    };
  }

  reset(): void {
    this.hypervisorInterface?.reset();
    this.cpuInterface.reset();
    this.distributor.reset();
  }

  /**
   * As Secure firmware leaves it to a Non-secure kernel: every interrupt in Group 1, at priorities that the kernel can
   * change. Of a GIC with the Security Extensions, after its reset.
   */
  giveToNonSecure(): void {
    this.table.giveToNonSecure();
    this.cpuInterface.giveToNonSecure();
    this.refresh();
  }

  private refresh(): void {
    this.table.recompute();
    for (let core = 0; core < this.config.cores; core++) this.cpuInterface.update(core);
  }
}

/** One interrupt as the distributor holds it. */
export interface InterruptSnapshot {
  readonly enabled: boolean;
  readonly pending: boolean;
  readonly active: boolean;
  /** Level of the input line. */
  readonly level: boolean;
  /** Edge-triggered (true) or level-sensitive. */
  readonly edge: boolean;
  readonly group1: boolean;
  /** 0 (highest) to 255. */
  readonly priority: number;
  /** Set of target cores. */
  readonly targets: number;
}
