/** TakeReset: a core as it comes out of reset (ARM ARM B1.9.1). */
import { CORE, CORE_WORDS_USED, PendingLine, RunState, SECURE_BANK, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Mode, Psr, switchMode } from '../state/psr';
import type { SystemContext } from './context';
import { Scr } from './exceptions';
import { REGISTER_ROWS } from './registers/table';

export interface ResetOptions {
  /** Mode to start in; Supervisor mode when not given. Hyp needs the Virtualization Extensions, Monitor the Security Extensions. */
  readonly mode?: Mode;
  /** Address of the first instruction; the reset vector at 0 when not given. Bit 0 set: T32. */
  readonly address?: number;
  /** True to start in Non-secure state, as firmware leaves it: SCR.NS and, with Hyp mode, SCR.HCE set, coprocessors 10 and 11 given by NSACR. Of a core with Security Extensions only. */
  readonly nonSecure?: boolean;
}

/** Words that outlive a reset: time, and lines that others drive. */
const KEPT = [CORE.RETIRED, CORE.RETIRED + 1, CORE.PENDING];
const NSACR_CP10_CP11 = 3 << 10;

/** Puts every register of the core to its reset value and makes it run in the mode and at the address asked for. */
export function takeReset(core: CoreState, system: SystemContext, options: ResetOptions = {}): void {
  const s = core.i32;
  const kept = KEPT.map((at) => s[at]);
  s.fill(0, 0, CORE_WORDS_USED);
  KEPT.forEach((at, i) => (s[at] = kept[i]));
  s[CORE.PENDING] = s[CORE.PENDING] & ~PendingLine.SError; // no line: the core's own memory of an access before
  for (const row of REGISTER_ROWS) {
    if (row.storage === undefined) continue;
    const value = typeof row.reset === 'number' ? row.reset : row.reset(core, system);
    if (value === 0) continue;
    s[SYS[row.storage] + row.element] = value;
    if (row.banked) s[SYS[row.storage] + row.element + SECURE_BANK] = value;
  }
  if (options.nonSecure && core.hasSecurity) {
    s[SYS.SCR] = Scr.NS | (core.hasVirtualization ? Scr.HCE : 0);
    s[SYS.NSACR] = NSACR_CP10_CP11;
  }
  // Z is kept inverted: a zero word means the flag is set.
  s[CORE.Z] = 1;
  s[CORE.PSR] = Mode.svc | Psr.A | Psr.I | Psr.F;
  switchMode(core, options.mode ?? Mode.svc);
  const address = options.address ?? 0;
  if (address & 1) s[CORE.PSR] = s[CORE.PSR] | Psr.T;
  s[CORE.R + 15] = address & ~1;
  s[CORE.RUN_STATE] = RunState.Running;
  system.effects.translationChanged(core);
  system.effects.timerChanged(core);
  system.effects.interruptMaskChanged(core);
  system.effects.debugChanged(core);
  system.effects.performanceChanged(core, false);
  if (system.events.wants['pl1-exception'])
    system.events.publish({
      kind: 'pl1-exception',
      core: core.index,
      exception: 'reset',
      fromMode: core.mode,
      toMode: core.mode,
      pc: core.pc,
      virtual: false,
    });
}
