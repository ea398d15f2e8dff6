// Who is executing where: the head of every snapshot.
import type { Hex } from './registers';

/** Who is executing, as the architecture alone defines it (docs: vocabulary). */
export type World = 'host' | 'hyp' | 'guest' | 'secure' | 'monitor';

/** One of the ten activities of a world switch, five on the way into a guest and five out of it. */
export interface WorldSwitchPhase {
  direction: 'in' | 'out';
  /** 1 to 5. */
  step: 1 | 2 | 3 | 4 | 5;
  /** The phase's name, e.g. `store host state`. */
  name: string;
}

export interface CoreStatus {
  /** Number of the core, from 0. */
  core: number;
  world: World;
  /** Number of the VM, from 1; present when world is `guest`. */
  vm?: number;
  /** Number of the vCPU in its VM, from 0; present when world is `guest`. */
  vcpu?: number;
  /** The manual's name of the processor mode, e.g. `Hyp`, `Supervisor`, `User`. */
  mode: string;
  privilege: 'PL0' | 'PL1' | 'PL2';
  instructionSet: 'A32' | 'T32';
  pc: Hex;
  /** Function and offset at pc, e.g. `__world_switch+0x1c`, when symbols are known. */
  symbol?: string;
  /** Present while the core is between two worlds. */
  phase?: WorldSwitchPhase;
}

export interface Status {
  /** The core that caused the stop. */
  core: number;
  cores: CoreStatus[];
  /** Position in virtual time: instructions retired by all cores. Exact up to 2^53. */
  position: number;
  /** Virtual time in nanoseconds. */
  nanoseconds: number;
}
