/**
 * A context: one world on one core, or one vCPU, executing or parked. It is a thread of DAP. Its registers are a
 * core's block: the live one while it executes, a copy from when it was left otherwise.
 */
import type { CoreState } from '../../emulator';
import { type Provenance } from '../protocol/registers';
import type { World } from '../protocol/status';
import type { Space } from './space';

export interface Context {
  /** DAP thread id, stable for the session. */
  readonly threadId: number;
  readonly world: World;
  /** Space of its virtual addresses. */
  readonly space: Space;
  /** The core it belongs to (host, hyp, secure, monitor) or last ran on (vCPU). */
  core: number;
  /** Guests: number of the VM from 1, and of the vCPU from 0. */
  readonly vm?: number;
  readonly vcpu?: number;
  /** True while its core executes in it. */
  executing: boolean;
  /** True once it has executed: until then there are no registers to show. */
  seen: boolean;
  /** Where `registers` come from. */
  provenance: Provenance;
  /** Its registers, arranged as the context itself sees them: CORE.R is its R0–R15, CORE.PSR its CPSR. */
  registers: CoreState;
}
