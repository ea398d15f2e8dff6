// The Guests view: VM → vCPU → groups of registers.
import type { Hex, Provenance, RegisterGroup } from './registers';

export type GuestGroup = 'general' | 'banked' | 'system' | 'vfp' | 'timer' | 'virtualInterrupts';

export interface Vcpu {
  /** Number in its VM, from 0. */
  vcpu: number;
  /** The DAP thread of this context, for stack traces and evaluation. */
  threadId: number;
  /** The core it executes on; absent while it is parked. */
  core?: number;
  provenance: Provenance;
  mode: string;
  privilege: 'PL0' | 'PL1';
  pc: Hex;
  symbol?: string;
  /** In the order of GuestGroup. */
  groups: RegisterGroup<GuestGroup>[];
}

export interface Guest {
  /** Number of the VM, from 1, in the order of first sight. */
  vm: number;
  /** The name to show, e.g. `VM 1` or the name that the hypervisor keeps for it. */
  name: string;
  /** Stage 2 root: VTTBR.BADDR. It is the VM's identity. */
  stage2Root: Hex;
  /** VTTBR.VMID, 0 to 255; VMIDs are recycled and identify nothing. */
  vmid: number;
  vcpus: Vcpu[];
}

/** Empty until a core has executed with HCR.VM set. */
export interface GuestsPart {
  guests: Guest[];
}
