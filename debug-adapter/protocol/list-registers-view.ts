// The List registers view: GICH_LRn of each core, and those saved for each parked vCPU.
import type { Hex, Provenance, RegisterField } from './registers';

/** GICH_LRn.State. */
export type ListRegisterState = 'invalid' | 'pending' | 'active' | 'pending and active';

/** What changed a list register: a store by the hypervisor, or what the guest or the hardware did. */
export type ListRegisterCause =
  'hypervisor write' | 'acknowledge' | 'end of interrupt' | 'deactivate' | 'hardware';

/** One link of a cause chain: something that led to a change, the change itself last. */
export interface CauseLink {
  /** In words, e.g. `virtual timer expired (CNTV_CVAL reached)` or `guest reads GICV_IAR`. */
  text: string;
  /** Position in virtual time (instructions retired by all cores). */
  position?: number;
  /** Where it happened, e.g. `vm1:0xc0008120`. */
  address?: string;
  symbol?: string;
}

export interface ListRegisterChange {
  from: ListRegisterState;
  to: ListRegisterState;
  cause: ListRegisterCause;
  /** Position in virtual time of the change. */
  position: number;
  /** Oldest first. */
  chain: CauseLink[];
}

export interface ListRegister {
  /** n of GICH_LRn. */
  index: number;
  value: Hex;
  state: ListRegisterState;
  /** Virtual interrupt number that the guest sees, 0 to 1023. */
  virtualId: number;
  /** The physical interrupt that an end of interrupt deactivates; present when `hardware` is set. */
  physicalId?: number;
  /** The core that sent it, for a software-generated interrupt (virtualId below 16, not hardware). */
  sourceCpu?: number;
  /** GICH_LRn.HW. */
  hardware: boolean;
  /** GICH_LRn.EOI: an end of interrupt raises a maintenance interrupt. */
  eoiMaintenance: boolean;
  group: 0 | 1;
  /** 0 (highest) to 248, in steps of 8: GICH_LRn.Priority << 3. */
  priority: number;
  fields: RegisterField[];
  /** True when the value differs from that of the stop before. */
  changed?: boolean;
  lastChange?: ListRegisterChange;
  /** For setDataBreakpoints: break when this list register changes. */
  dataId?: string;
}

/** The list registers of one core, or those that the hypervisor saved for a parked vCPU. */
export interface ListRegisterBank {
  /** Row label, e.g. `CPU0 (VM 1 vCPU 0)`. */
  title: string;
  core?: number;
  vm?: number;
  vcpu?: number;
  provenance: Provenance;
  /** GICH_HCR.En. */
  enabled: boolean;
  registers: ListRegister[];
}

export interface ListRegistersPart {
  banks: ListRegisterBank[];
}
