/** What the views are made from. */
import type { Machine, MachineEvent } from '../../emulator';
import type { Contexts } from '../worlds/contexts';
import type { SymbolTable } from '../worlds/symbol-table';

export interface ViewSite {
  readonly machine: Machine;
  readonly contexts: Contexts;
  readonly symbols: SymbolTable;
  /** Values at the stop before, by a key of the view's own: what has changed is marked. */
  readonly before: ReadonlyMap<string, bigint>;
  /** Collects this stop's values for the next. */
  readonly seen: Map<string, bigint>;
  /** Changes of list registers since launch, oldest first, for cause chains. */
  readonly listRegisterLog: readonly LoggedEvent[];
}

/** An event with where it happened. */
export interface LoggedEvent {
  readonly event: MachineEvent;
  readonly position: number;
  /** `vm1:0xc0008120`. */
  readonly address: string;
  readonly symbol?: string;
}
