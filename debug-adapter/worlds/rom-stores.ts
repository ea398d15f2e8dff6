/** Stores to ROM, and those to flash that are no command: nothing changes, and whoever runs the program is told, since it was hardly meant. */
import type { Machine } from '../../emulator';

/** Stores that are told; a program that goes on and on is not worth a line each. */
const MOST_TOLD = 8;

const hex = (value: number, digits = 8): string => `0x${value.toString(16).padStart(digits, '0')}`;

/** Tells of each store, in words. */
export function watchForRomStores(machine: Machine, tell: (words: string) => void): void {
  let told = 0;
  machine.events.subscribe(['rom-store'], (event) => {
    if (event.kind !== 'rom-store' || told >= MOST_TOLD) return false;
    told++;
    const { pc } = machine.cores[event.core]!.state;
    const more = told === MOST_TOLD ? ' Further stores to ROM are not told.' : '';
    tell(
      `CPU${event.core} at ${hex(pc)} stored ${hex(event.value, 2 * event.size)} to ${event.memory}, which no store changes ` +
        `(VA ${hex(event.va)}, PA ${hex(event.pa)}): nothing was changed.${more}`,
    );
    return false;
  });
}
