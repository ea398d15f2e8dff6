// Every custom request and event of the adapter, by name.
import type { AsynchronousAbort, AsynchronousAbortArguments } from './asynchronous-abort';
import type { ConsoleInputArguments, ConsoleOutput, ConsolesChanged } from './consoles';
import type { Snapshot, SnapshotArguments } from './snapshot';
import type { TranslateArguments, Translation } from './translate';

/** Custom requests: DAP `request` messages with these commands. */
export interface CustomRequests {
  'worldswitch/snapshot': { arguments: SnapshotArguments; response: Snapshot };
  'worldswitch/translate': { arguments: TranslateArguments; response: Translation };
  'worldswitch/consoleInput': { arguments: ConsoleInputArguments; response: undefined };
  'worldswitch/asynchronousAbort': { arguments: AsynchronousAbortArguments; response: AsynchronousAbort };
}

/** Custom events: DAP `event` messages with these names. */
export interface CustomEvents {
  'worldswitch/consoles': ConsolesChanged;
  'worldswitch/consoleOutput': ConsoleOutput;
}

export type CustomRequestName = keyof CustomRequests;
export type CustomEventName = keyof CustomEvents;
