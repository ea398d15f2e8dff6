/** Places in code as a person names them: a function, `space:symbol`, `*space:0x…`, `space:0x…`. */
import type { World } from '../../emulator';
import type { WorldFilter } from '../breakpoints/code-breakpoints';
import { HOST, parseAddress, spaceByName, type Space } from '../worlds/space';
import type { Live } from './session';

export interface Location {
  readonly address: number;
  readonly filter: WorldFilter;
  /** Name of the function, where the place has one. */
  readonly name?: string;
  readonly file?: string;
  readonly line?: number;
}

/** The worlds in which a space's virtual addresses are executed. */
export function filterOfSpace(space: Space): WorldFilter {
  if (space.kind === 'guest') return { world: 'guest', vm: space.vm! };
  return { world: space.kind as World };
}

/** Every place that `text` means; none: unknown. */
export function resolveLocation(live: Live, text: string): Location[] {
  const trimmed = text.trim().replace(/^\*/, '');
  const address = parseAddress(trimmed, HOST);
  if (address !== undefined && address.space.bits === 32) {
    const bare = !trimmed.includes(':') && Number(trimmed) < 2 ** 32;
    const filter: WorldFilter = bare ? { world: 'any' } : filterOfSpace(address.space);
    return [{ address: (address.address & ~1) >>> 0, filter }];
  }
  const qualified = /^([a-z]+[0-9]*):(.+)$/.exec(trimmed);
  const space = qualified === null ? undefined : spaceByName(qualified[1]!);
  if (qualified !== null && space === undefined) return [];
  const name = (qualified?.[2] ?? trimmed).trim();
  const filter: WorldFilter = space === undefined ? { world: 'any' } : filterOfSpace(space);
  const found: Location[] = [];
  for (const { program, scope } of live.target.symbols.ofWorld(filter.world, filter.vm)) {
    const bound = boundFilter(scope, filter);
    const functions = program.functionBreakpoints(name);
    for (const { address: at, line } of functions)
      found.push({ address: at, filter: bound, name, ...(line && { file: line.file, line: line.line }) });
    if (functions.length > 0) continue;
    const symbol = program.symbolByName(name);
    if (symbol !== undefined) found.push({ address: symbol.address, filter: bound, name });
  }
  return unique(found);
}

/** Symbols of one world bind their breakpoints to that world. */
export function boundFilter(
  scope: { readonly world: string; readonly privilege: 'PL0' | 'PL1' | 'any' },
  asked: WorldFilter,
): WorldFilter {
  const numbered = /^guest (\d+)$/.exec(scope.world);
  const own: WorldFilter = {
    world: numbered !== null ? 'guest' : (scope.world as WorldFilter['world']),
    ...(numbered !== null && { vm: Number(numbered[1]) }),
    ...(scope.privilege !== 'any' && { privilege: scope.privilege }),
  };
  if (asked.world === 'any') return own;
  return { ...own, world: asked.world, ...(asked.vm !== undefined && { vm: asked.vm }) };
}

function unique(places: readonly Location[]): Location[] {
  const seen = new Set<string>();
  return places.filter(({ address, filter }) => {
    const key = `${address} ${filter.world} ${filter.vm ?? ''} ${filter.privilege ?? ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
