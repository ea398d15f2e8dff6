/** Everything that a machine is at a moment, as one line: two machines with equal digests go on alike. */
import type { Machine } from '../../../emulator';

/** Count, time, and the hash of all state. */
export function digest(machine: Machine): string {
  // After a stop a turn may be over that is not passed on yet.
  machine.run(0);
  return `${machine.retired} instructions, ${machine.state.now} ns: ${machine.stateHash()}`;
}
