/**
 * The virtual CPU interface, GICV (IHI 0048B 5.4 and 5.5): a guest acknowledges and ends virtual interrupts here,
 * acting on the list registers. It has no state of its own: control, mask and binary points are GICH_VMCR, active
 * priorities GICH_APR.
 */
import type { DeviceState } from '../devices/device';
import { RegisterDevice } from '../devices/register-device';
import type { ListRegisterCause } from '../events/events';
import { CPU_INTERFACE_IIDR, Ctlr, GROUP1_PENDING } from './cpu-interface';
import type { HypervisorInterface } from './hypervisor-interface';
import { SPECIAL_INTIDS, SPURIOUS } from './interrupt-table';
import {
  ListState,
  cpuId,
  isGroup1,
  isHardware,
  listState,
  physicalId,
  virtualId,
  withState,
} from './list-register';
import { IDLE_PRIORITY } from './priority';
import { GICV_REGISTERS } from './registers';

/** Bits of GICH_VMCR that are GICV_CTLR's, at the same places. */
const CTLR_BITS = 0x21f;

export class VirtualCpuInterface extends RegisterDevice {
  readonly selfContained = true;
  constructor(
    name: string,
    private readonly gich: HypervisorInterface,
    /** Deactivates the physical interrupt behind a list register whose HW bit is set. */
    private readonly deactivatePhysical: (core: number, id: number) => void,
  ) {
    super(name, 0x2000, GICV_REGISTERS);
    const { vmcr } = gich;
    const field = (lsb: number, mask: number, shift: number) => ({
      read: (_: number, { core }: { core: number }) => ((vmcr[core] >>> lsb) & mask) << shift,
      write: (_: number, value: number, { core }: { core: number }) =>
        gich.writeVmcr(core, (vmcr[core] & ~(mask << lsb)) | (((value >>> shift) & mask) << lsb)),
    });
    this.bind({
      GICV_CTLR: {
        read: (_, { core }) => vmcr[core] & CTLR_BITS,
        write: (_, value, { core }) => gich.writeVmcr(core, (vmcr[core] & ~CTLR_BITS) | (value & CTLR_BITS)),
      },
      GICV_PMR: field(27, 0x1f, 3),
      GICV_BPR: field(21, 7, 0),
      GICV_ABPR: field(18, 7, 0),
      GICV_IAR: { read: (_, { core }, effects) => this.acknowledge(core, false, effects) },
      GICV_AIAR: { read: (_, { core }, effects) => this.acknowledge(core, true, effects) },
      GICV_HPPIR: { read: (_, { core }) => this.highestPending(core, false) },
      GICV_AHPPIR: { read: (_, { core }) => this.highestPending(core, true) },
      GICV_RPR: { read: (_, { core }) => Math.min(gich.active.highest(core), 0xff) },
      GICV_EOIR: { write: (_, value, { core }) => this.end(core, value) },
      GICV_AEOIR: { write: (_, value, { core }) => this.end(core, value) },
      GICV_DIR: { write: (_, value, { core }) => this.deactivate(core, value) },
      GICV_APR: {
        read: (_, { core }) => gich.active.bits[core],
        write: (_, value, { core }) => gich.writeApr(core, value),
      },
      GICV_IIDR: { read: () => CPU_INTERFACE_IIDR },
    });
  }

  reset(): void {
    // It has no state.
  }
  save(): DeviceState {
    return {};
  }
  restore(): void {
    // It has no state.
  }

  /** HPPIR, AHPPIR: what is pending above the mask. */
  private highestPending(core: number, group1Only: boolean): number {
    const index = this.gich.highestPending(core);
    if (index < 0 || !this.gich.unmasked(core, this.gich.list(core, index))) return SPURIOUS;
    return this.seen(core, this.gich.list(core, index), group1Only);
  }

  /** IAR and AIAR: the list register becomes active and its preemption level runs. */
  private acknowledge(core: number, group1Only: boolean, effects: boolean): number {
    const { gich } = this;
    const index = gich.highestPending(core);
    if (index < 0) return SPURIOUS;
    const raw = gich.list(core, index);
    if (!gich.sufficient(core, raw)) return SPURIOUS;
    const seen = this.seen(core, raw, group1Only);
    if (!effects || (seen & 0x3ff) >= SPECIAL_INTIDS) return seen;
    gich.active.push(core, gich.groupPriority(core, raw));
    gich.setList(core, index, withState(raw, ListState.Active), 'acknowledge');
    gich.update(core);
    return seen;
  }

  /** What IAR or AIAR gives for a list register: the SGI's source goes with its INTID. */
  private seen(core: number, raw: number, group1Only: boolean): number {
    if (isGroup1(raw)) {
      if (!group1Only && (this.gich.vmcr[core] & Ctlr.AckCtl) === 0) return GROUP1_PENDING;
    } else if (group1Only) return SPURIOUS;
    return sourceAndId(raw);
  }

  /** EOIR and AEOIR: priority drop and, unless EOImode is 1, deactivation. */
  private end(core: number, value: number): void {
    if ((value & 0x3ff) >= SPECIAL_INTIDS) return;
    const dropped = this.gich.active.highest(core) !== IDLE_PRIORITY;
    this.gich.active.pop(core);
    // An EOI that clears no bit of GICH_APR is not counted when no list register holds it (5.3.1, EOICount).
    if (!this.splitEnd(core) && !this.deactivateList(core, value, 'EOI') && dropped) this.gich.countEoi(core);
    this.gich.update(core);
  }

  /** DIR. UNPREDICTABLE when EOImode is 0: ignored. */
  private deactivate(core: number, value: number): void {
    if ((value & 0x3ff) >= SPECIAL_INTIDS || !this.splitEnd(core)) return;
    if (!this.deactivateList(core, value, 'deactivate')) this.gich.countEoi(core);
    this.gich.update(core);
  }

  /** Takes the active state from the list register that holds the interrupt; false when none does. */
  private deactivateList(core: number, value: number, cause: ListRegisterCause): boolean {
    const wanted = value & 0x1fff;
    const index = this.gich.findList(
      core,
      (raw) =>
        (listState(raw) & ListState.Active) !== 0 &&
        sourceAndId(raw) === (isSgi(raw) ? wanted : wanted & 0x3ff),
    );
    if (index < 0) return false;
    const raw = this.gich.list(core, index);
    this.gich.setList(core, index, withState(raw, listState(raw) & ~ListState.Active), cause);
    if (isHardware(raw)) this.deactivatePhysical(core, physicalId(raw));
    return true;
  }

  private splitEnd(core: number): boolean {
    return (this.gich.vmcr[core] & Ctlr.EOImodeS) !== 0;
  }
}

/** An SGI has a source only when it is not tied to a physical interrupt. */
function isSgi(raw: number): boolean {
  return virtualId(raw) < 16 && !isHardware(raw);
}
function sourceAndId(raw: number): number {
  return virtualId(raw) | (isSgi(raw) ? cpuId(raw) << 10 : 0);
}
