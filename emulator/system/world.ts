/** Who is executing, as the architecture alone defines it, and the events that say it changed. */
import type { World } from '../events/events';
import { CORE, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Mode } from '../state/psr';
import type { SystemContext } from './context';

const HCR_VM = 1;

/** The world that executes on the core now. */
export function world(core: CoreState): World {
  return worldOf(core, core.mode);
}

/** The world that executes when the core is in `mode`, everything else being as it is now. */
export function worldOf(core: CoreState, mode: number): World {
  if (mode === Mode.hyp) return 'hyp';
  if (mode === Mode.mon) return 'monitor';
  if (core.hasSecurity && (core.i32[SYS.SCR] & 1) === 0) return 'secure';
  return core.hasVirtualization && (core.i32[SYS.HCR] & HCR_VM) !== 0 ? 'guest' : 'host';
}

/** VTTBR as an unsigned 64-bit integer. */
export function vttbr(core: CoreState): bigint {
  return (BigInt(core.u32[SYS.VTTBR + 1]) << 32n) | BigInt(core.u32[SYS.VTTBR]);
}

/** Values of CORE.LAST_WORLD. */
const enum LastWorld {
  None = 0,
  Host = 1,
  Guest = 2,
}

/** Says that the core went from `from` to the world it is in now, if it did. */
export function worldChanged(core: CoreState, system: SystemContext, from: World): void {
  const to = world(core);
  if (from === to) return;
  if (system.events.wants['world-change'])
    system.events.publish({ kind: 'world-change', core: core.index, from, to, vttbr: vttbr(core) });
  if (to === 'host' || to === 'guest') arrived(core, system, to);
}

/** Tells a completed world switch from a trap that came back to where it was taken. */
function arrived(core: CoreState, system: SystemContext, to: 'host' | 'guest'): void {
  const s = core.i32;
  const before = s[CORE.LAST_WORLD];
  const low = s[SYS.VTTBR];
  const high = s[SYS.VTTBR + 1];
  if (to === 'host') {
    s[CORE.LAST_WORLD] = LastWorld.Host;
    if (before === LastWorld.Guest && system.events.wants['world-exit']) {
      const left = (BigInt(core.u32[CORE.LAST_VTTBR + 1]) << 32n) | BigInt(core.u32[CORE.LAST_VTTBR]);
      system.events.publish({ kind: 'world-exit', core: core.index, vttbr: left });
    }
    return;
  }
  const same = before === LastWorld.Guest && s[CORE.LAST_VTTBR] === low && s[CORE.LAST_VTTBR + 1] === high;
  s[CORE.LAST_WORLD] = LastWorld.Guest;
  s[CORE.LAST_VTTBR] = low;
  s[CORE.LAST_VTTBR + 1] = high;
  if (!same && system.events.wants['world-enter'])
    system.events.publish({ kind: 'world-enter', core: core.index, vttbr: vttbr(core) });
}
