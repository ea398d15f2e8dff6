/** A virtual machine as the architecture shows it: its identity is its Stage 2 root, VTTBR.BADDR. */
import type { Context } from './context';

export interface VirtualMachine {
  /** From 1, in the order of first sight. */
  readonly vm: number;
  /** VTTBR.BADDR: physical address of the Stage 2 root. */
  readonly root: number;
  /** VTTBR.VMID when it last ran; VMIDs are recycled and identify nothing. */
  vmid: number;
  /** VTCR when it last ran. */
  vtcr: number;
  /** By number. */
  readonly vcpus: Context[];
}

/** VTTBR.BADDR of a 64-bit VTTBR, as an address: bits 39–5; the bits below the root's alignment are 0 (ARM ARM B4.1.160). */
export function stage2Root(low: number, high: number): number {
  return (high & 0xff) * 2 ** 32 + ((low & ~0x1f) >>> 0);
}
