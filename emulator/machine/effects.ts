/** Binds what system registers and exceptions cause to the parts of the machine that do it. */
import { CORE } from '../state/layout';
import { AccessFlags } from '../mmu/memory-access';
import type { CoreState } from '../state/machine-state';
import type { SystemEffects } from '../system/effects';
import type { GenericTimers } from '../timer/generic-timers';
import type { Core } from './core';
import { answerPsciCall, type PsciHost } from './psci';

/** The parts of a machine that effects reach. */
export interface EffectTargets extends PsciHost {
  readonly cores: readonly Core[];
  readonly timers: GenericTimers;
  /** The instruction with which the board's firmware is called; undefined: firmware is what the machine boots. */
  readonly conduit: 'smc' | 'hvc' | undefined;
  /** The debug registers of a core changed. */
  debugChanged(core: CoreState): void;
  /** The performance monitors of a core changed, and the level of their interrupt is `interrupt`. */
  performanceChanged(core: CoreState, interrupt: boolean): void;
}

export function machineEffects(machine: EffectTargets): SystemEffects {
  const of = (core: CoreState): Core => machine.cores[core.index]!;
  return {
    translationChanged: (core) => {
      of(core).mmu.translationChanged();
      of(core).interpreter.attention();
    },
    modeChanged: (core) => {
      of(core).mmu.modeChanged();
      of(core).interpreter.attention();
    },
    tlbMaintenance: (core, operation, value) => {
      of(core).mmu.tlbMaintenance(operation, value);
      of(core).interpreter.attention();
    },
    addressTranslation: (core, operation, va) => of(core).mmu.addressTranslation(operation, va),
    cacheMaintenance: (core, operation, value) => of(core).mmu.cacheMaintenance(operation, value),
    readWord: (core, va) => of(core).mmu.read(va, 4, AccessFlags.Ordinary, 4),
    writeWord: (core, va, value) => of(core).mmu.write(va, 4, value, AccessFlags.Ordinary, 4),
    physicalCount: () => machine.timers.physicalCount(),
    timerChanged: (core) => machine.timers.timerChanged(core.index),
    interruptMaskChanged: (core) => of(core).interpreter.attention(),
    debugChanged: (core) => machine.debugChanged(core),
    performanceChanged: (core, interrupt) => machine.performanceChanged(core, interrupt),
    sendEvent: (core) => {
      for (const other of machine.state.cores) other.i32[CORE.EVENT] = 1;
      // Where there is no other core nobody waits for the turn.
      if (machine.cores.length > 1) of(core).interpreter.endSlice();
    },
    yieldTurn: (core) => of(core).interpreter.endSlice(),
    firmwareCall: (core, conduit) => {
      if (conduit !== machine.conduit) return false;
      answerPsciCall(machine, core);
      return true;
    },
  };
}
