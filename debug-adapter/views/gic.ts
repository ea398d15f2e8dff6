/** The interrupt controller's registers as the Host view shows them, named and decoded by its own rows. */
import type { Machine } from '../../emulator';
import { hex, type Register } from '../protocol/registers';
import { rowFields } from './gic-fields';
import type { ViewSite } from './site';

type Gic = Machine['board']['gic'];
type Window = NonNullable<Gic['devices']['gich']>;

/** Single registers of interest; runs of hundreds of words are left to memory views. */
const LONGEST_RUN = 4;

export function gicRegisters(site: ViewSite, core: number): Register[] {
  const { gicd, gicc, gich } = site.machine.board.gic.devices;
  return [gicd, gicc, ...(gich === undefined ? [] : [gich])].flatMap((window) =>
    windowRegisters(site, core, window),
  );
}

function windowRegisters(site: ViewSite, core: number, window: Window): Register[] {
  const access = { core, secure: false, privileged: true };
  return window.rows
    .filter((row) => row.access !== 'WO' && (row.count ?? 1) <= LONGEST_RUN)
    .flatMap((row) =>
      Array.from({ length: row.count ?? 1 }, (_, index): Register => {
        const value = window.peek(row.offset + 4 * index, 4, access) ?? 0;
        const name = (row.count ?? 1) > 1 ? `${row.name}${index}` : row.name;
        const key = `gic${core}.${window.name}.${name}`;
        const before = site.before.get(key);
        site.seen.set(key, BigInt(value));
        return {
          name,
          value: hex(value),
          width: 32,
          description: row.description,
          ...(row.fields !== undefined && { fields: rowFields(row, value) }),
          ...(before !== undefined && before !== BigInt(value) && { changed: true }),
        };
      }),
    );
}
