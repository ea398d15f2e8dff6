// The Host view: core → highvisor (PL1) state, Hyp state, GIC, timers.
import type { Hex, Provenance, RegisterGroup } from './registers';
import type { CoreStatus } from './status';

/** `highvisor`: the host's registers at PL1 and PL0; `hyp`: the registers of PL2; the others as named. */
export type HostGroup = 'highvisor' | 'hyp' | 'gic' | 'timers';

export interface HostCore {
  core: number;
  /** The DAP threads of the two contexts of this core. */
  hostThreadId: number;
  hypThreadId: number;
  status: CoreStatus;
  /** Where the highvisor's registers come from: the core, or where they were put when a guest was entered. */
  highvisorProvenance: Provenance;
  /** Program counter of the host context: of the core itself when it executes the host, else where it will go on. */
  highvisorPc?: Hex;
  /** In the order of HostGroup. */
  groups: RegisterGroup<HostGroup>[];
}

export interface HostPart {
  cores: HostCore[];
}
