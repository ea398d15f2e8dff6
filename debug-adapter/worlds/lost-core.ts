/**
 * A core that has lost its way: it took an exception, and at the vector there is no code. It would go on like that
 * for ever, so whoever runs it is told. A guest of a hypervisor is not looked at: its memory may yet be provided.
 */
import {
  MemoryFault,
  worldOf,
  type CoreState,
  type Machine,
  type MachineEvent,
  type Pl1Exception,
  type TrapToHyp,
} from '../../emulator';
import type { Context } from './context';
import { translateInContext } from './memory';

/** Vectors of Hyp mode for what goes wrong in Hyp mode itself or comes from below. */
const HYP_FAULTS: Readonly<Record<number, string>> = {
  0x04: 'an Undefined Instruction exception',
  0x0c: 'a Prefetch Abort',
  0x10: 'a Data Abort',
  0x14: 'a trap from below',
};
const PL1_FAULTS: Readonly<Record<string, string>> = {
  undefined: 'an Undefined Instruction exception',
  svc: 'a Supervisor Call',
  'prefetch abort': 'a Prefetch Abort',
  'data abort': 'a Data Abort',
};
/** An address says which exception its vector is of; interrupts, which are no faults, have the last two. */
const VECTOR_OFFSET = 0x1f;
const FIRST_INTERRUPT = 0x18;
/** Words at a vector of a ROM that must not all be zero. */
const VECTOR_WORDS = 4;

const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

/** Calls back with what happened, in words, when a core is lost. Gives what ends it. */
export function watchForLostCores(machine: Machine, lost: (core: number, words: string) => void): () => void {
  const ends = (['trap-to-hyp', 'pl1-exception'] as const).map((kind) => watchFor(kind, machine, lost));
  return () => ends.forEach((end) => end());
}

function watchFor(
  kind: (TrapToHyp | Pl1Exception)['kind'],
  machine: Machine,
  lost: (core: number, words: string) => void,
): () => void {
  // A vector that was found to hold code is not looked at again: exceptions are frequent, and vectors stay.
  const known = new Set<number>();
  const listener = (event: MachineEvent): boolean => {
    if (event.kind !== kind) return false;
    const { state } = machine.cores[event.core]!;
    // As a small integer, which a set finds soonest.
    const pc = state.pc | 0;
    // Others may listen too.
    if (known.has(pc)) return false;
    const exception = faultName(event as TrapToHyp | Pl1Exception);
    const nothing = exception === undefined ? undefined : whatIsMissing(machine, state);
    if (nothing === undefined) {
      if ((pc & VECTOR_OFFSET) >= FIRST_INTERRUPT || worldOf(state) !== 'guest') known.add(pc);
      return false;
    }
    lost(
      event.core,
      `CPU${event.core} is lost: ${exception} was taken at ${hex((event as TrapToHyp | Pl1Exception).pc)}, and at its vector ${hex(state.pc)} ${nothing}`,
    );
    return true;
  };
  return machine.events.subscribe([kind], listener, { known });
}

function faultName(event: TrapToHyp | Pl1Exception): string | undefined {
  return event.kind === 'trap-to-hyp' ? HYP_FAULTS[event.vector] : PL1_FAULTS[event.exception];
}

/** Why the instruction that `core` stands at cannot be code; undefined when it can. */
function whatIsMissing(machine: Machine, core: CoreState): string | undefined {
  const world = worldOf(core);
  if (world === 'guest') return undefined;
  const context = { world, registers: core } as Context;
  let pa: number;
  try {
    ({ pa } = translateInContext(machine, context, core.pc, 'execute'));
  } catch (fault) {
    if (fault instanceof MemoryFault) return 'nothing is mapped';
    throw fault;
  }
  const region = machine.memory.region(pa);
  if (region === undefined) return 'there is no memory';
  if (region.kind === 'device') return `there is the device ${region.name}, no code`;
  if (region.kind === 'ram') return undefined;
  if (region.kind === 'flash' && !region.device.isMemory)
    return `${region.name} is in the middle of a command`;
  const { bytes } = machine.memory.readPhysical(pa, 4 * VECTOR_WORDS);
  return bytes.every((byte) => byte === 0) ? 'the ROM is empty' : undefined;
}
