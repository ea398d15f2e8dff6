import type { EventHub } from '../events/event-hub';
import type { SystemEffects } from './effects';

/** What this floor needs beside a core: one for the whole machine. */
export interface SystemContext {
  readonly effects: SystemEffects;
  readonly events: EventHub;
  /** Number of cores of the machine (L2CTLR). */
  readonly cores: number;
  /** Physical address of the GIC's registers (CBAR); 0 when there are none. */
  readonly peripheralBase: number;
  /** High word of the last 64-bit read, as a signed 32-bit integer. */
  highWord: number;
}
