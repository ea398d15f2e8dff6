/** Why the machine stands still: what becomes the `stopped` event and the answer to exceptionInfo. */
import type { MachineEvent } from '../../emulator';
import type { Context } from '../worlds/context';

export type StopReason =
  | 'entry'
  | 'step'
  | 'pause'
  | 'breakpoint'
  | 'function breakpoint'
  | 'instruction breakpoint'
  | 'data breakpoint'
  | 'exception'
  | 'goto';

export interface StopReport {
  readonly reason: StopReason;
  /** The context where the user now is. */
  readonly context: Context;
  /** A few words, such as `Paused on Hyp trap`. */
  readonly description?: string;
  /** More words. */
  readonly text?: string;
  readonly hitBreakpointIds?: readonly number[];
  /** For `exception`: the event that stopped the machine, and the filter that asked for it. */
  readonly event?: MachineEvent;
  readonly filter?: string;
}
