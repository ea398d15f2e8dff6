/**
 * The machine's events as stops: which events a stop of protocol/stop-events.ts listens to, and the fields its
 * conditions see.
 */
import {
  SYS,
  decodeListRegister,
  type CoreState,
  type EventKind,
  type Machine,
  type MachineEvent,
} from '../../emulator';
import type { Contexts } from '../worlds/contexts';

/** Field values of one event; absent: the event has no such field, and a condition that asks for it is false. */
export type EventFields = Readonly<Record<string, number | boolean | undefined>>;

/** Where an event is looked at: the machine, with its contexts up to date. */
export interface EventSite {
  readonly machine: Machine;
  readonly contexts: Contexts;
}

interface StopSource {
  readonly kinds: readonly EventKind[];
  /** False for an event of those kinds that is not this stop. */
  readonly applies?: (event: MachineEvent) => boolean;
  readonly fields: (event: MachineEvent, site: EventSite) => EventFields;
}

/** By the names of STOP_EVENTS. */
export const STOP_SOURCES: Readonly<Record<string, StopSource>> = {
  hypTrap: {
    kinds: ['trap-to-hyp'],
    applies: (event) => event.kind === 'trap-to-hyp' && event.hsr !== undefined,
    fields: trapFields,
  },
  stage2Fault: {
    // Published with the trap, so that the machine stands at the Hyp vector with HSR, HPFAR and HxFAR written.
    kinds: ['trap-to-hyp'],
    applies: (event) =>
      event.kind === 'trap-to-hyp' && (event.ec === 0x20 || event.ec === 0x24) && event.ipa !== undefined,
    fields: (event, site) => ({ ...trapFields(event, site), ...abortFields(event) }),
  },
  listRegisterChange: { kinds: ['list-register'], fields: listRegisterFields },
  worldEnter: { kinds: ['world-enter'], fields: switchFields },
  worldExit: { kinds: ['world-exit'], fields: switchFields },
};

/** VM and vCPU that a core was executing when it left for Hyp mode, or executes, 0 for the host; and the core. */
function vmFields(core: CoreState, inGuest: boolean, { contexts }: EventSite): EventFields {
  const guest = inGuest ? contexts.ofCore(core.index, 'guest') : undefined;
  return { vm: guest?.vm ?? 0, vcpu: guest?.vcpu ?? 0, core: core.index };
}

function coreOf(event: MachineEvent, { machine }: EventSite): CoreState {
  return machine.cores[event.core]!.state;
}

/** Classes whose ISS describes a coprocessor access (MCR, MRC, MCRR, MRRC). */
const MOVES: readonly number[] = [0x03, 0x05, 0x08];
const PAIRS: readonly number[] = [0x04, 0x0c];

function trapFields(event: MachineEvent, site: EventSite): EventFields {
  if (event.kind !== 'trap-to-hyp') return {};
  const hsr = event.hsr ?? 0;
  const ec = event.ec ?? -1;
  const iss = hsr & 0x1ff_ffff;
  return {
    ec,
    il: (hsr >>> 25) & 1,
    iss,
    ...vmFields(coreOf(event, site), event.fromWorld === 'guest', site),
    pc: event.pc,
    mode: event.fromMode,
    va: event.va,
    ipa: event.ipa,
    ...(ec === 0x01 && { wfe: iss & 1 }),
    ...(ec >= 0x11 && ec <= 0x13 && { imm: iss & 0xffff }),
    ...(MOVES.includes(ec) && {
      coproc: ec === 0x05 ? 14 : ec === 0x03 ? 15 : 10,
      opc2: (iss >>> 17) & 7,
      opc1: (iss >>> 14) & 7,
      crn: (iss >>> 10) & 15,
      rt: (iss >>> 5) & 15,
      crm: (iss >>> 1) & 15,
      write: (iss & 1) ^ 1,
    }),
    ...(PAIRS.includes(ec) && {
      coproc: ec === 0x0c ? 14 : 15,
      opc1: (iss >>> 16) & 15,
      rt: (iss >>> 5) & 15,
      crm: (iss >>> 1) & 15,
      write: (iss & 1) ^ 1,
    }),
    ...(ec === 0x24 && { write: (iss >>> 6) & 1, ...((iss >>> 24) & 1 && { rt: (iss >>> 16) & 15 }) }),
    ...(ec === 0x20 && { write: 0 }),
  };
}

function abortFields(event: MachineEvent): EventFields {
  if (event.kind !== 'trap-to-hyp') return {};
  const iss = (event.hsr ?? 0) & 0x1ff_ffff;
  const data = event.ec === 0x24;
  const valid = data && ((iss >>> 24) & 1) !== 0;
  return {
    status: iss & 0x3f,
    level: iss & 3,
    s1ptw: (iss >>> 7) & 1,
    fetch: data ? 0 : 1,
    ...(valid && { size: 1 << ((iss >>> 22) & 3), rt: (iss >>> 16) & 15 }),
  };
}

function listRegisterFields(event: MachineEvent, site: EventSite): EventFields {
  if (event.kind !== 'list-register') return {};
  const after = decodeListRegister(event.after);
  const before = decodeListRegister(event.before);
  // An emptied register no longer says what it held.
  const told = event.after >>> 28 === 0 && (event.after & 0x3ff) === 0 ? before : after;
  return {
    index: event.index,
    from: (event.before >>> 28) & 3,
    to: (event.after >>> 28) & 3,
    vintid: told.virtualId,
    ...(told.hw && { pintid: told.physicalId }),
    priority: (((told.hw ? event.after : event.before) >>> 23) & 31) << 3,
    hardware: told.hw ? 1 : 0,
    ...vmFields(coreOf(event, site), true, site),
  };
}

function switchFields(event: MachineEvent, site: EventSite): EventFields {
  if (event.kind !== 'world-enter' && event.kind !== 'world-exit') return {};
  const core = coreOf(event, site);
  const vm = site.contexts.vmOfVttbr(event.vttbr);
  return { vm: vm?.vm ?? 0, vcpu: core.u32[SYS.VMPIDR]! & 0xff, core: core.index, pc: core.pc };
}
