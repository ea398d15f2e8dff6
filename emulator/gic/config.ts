/** What a Gic is made of, and what it drives. */
import type { PendingLine } from '../state/layout';

export interface GicConfig {
  /** CPU interfaces, 1–8. */
  readonly cores: number;
  /** INTIDs: a multiple of 32 from 32 to 1024; `virt` has 288. */
  readonly interrupts: number;
  /** List registers of each core, 1–64; 4 on Cortex-A15 and GIC-400. */
  readonly listRegisters: number;
  /** Security Extensions: accesses are split into a Secure and a Non-secure view. */
  readonly hasSecurity: boolean;
  /** Virtualization Extensions: GICH and GICV exist. */
  readonly hasVirtualization: boolean;
  /** Priority bits of the physical interfaces, 4–8 (QEMU's model: 8; GIC-400: 5). */
  readonly priorityBits: number;
}

/** The GIC of board `virt` with one core. */
export const DEFAULT_GIC_CONFIG: GicConfig = {
  cores: 1,
  interrupts: 288,
  listRegisters: 4,
  hasSecurity: false,
  hasVirtualization: true,
  priorityBits: 8,
};

/** The interrupt request lines to the cores. */
export interface InterruptOutputs {
  /** Line IRQ, FIQ, VIRQ or VFIQ of `core` has changed to `level`. */
  set(core: number, line: PendingLine, level: boolean): void;
  /** A core wrote GICD_SGIR: whoever it waits for should have a turn soon. */
  softwareInterrupt?(): void;
}

/** A page of the machine's memory, for what a core's reads of a device give (Device.readsAs). */
export interface ShownPage {
  /** Byte offset in the machine's memory. */
  readonly offset: number;
  readonly words: Int32Array;
}

/** INTID of the maintenance interrupt, a level-sensitive PPI. */
export const MAINTENANCE_INTERRUPT = 25;

/** @throws RangeError naming the value that is out of range. */
export function checkGicConfig(config: GicConfig): void {
  const range = (what: keyof GicConfig, low: number, high: number): void => {
    const value = config[what] as number;
    if (!Number.isInteger(value) || value < low || value > high)
      throw new RangeError(`GIC: ${what} must be ${low} to ${high}, not ${value}`);
  };
  range('cores', 1, 8);
  range('interrupts', 32, 1024);
  range('listRegisters', 1, 64);
  range('priorityBits', 4, 8);
  if (config.interrupts % 32 !== 0)
    throw new RangeError(`GIC: interrupts must be a multiple of 32, not ${config.interrupts}`);
}
