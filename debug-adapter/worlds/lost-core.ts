/**
 * A core that has lost its way: it took an exception, and at the vector there is no code. It would go on like that
 * for ever, so whoever runs it is told. A guest of a hypervisor is not looked at: its memory may yet be provided.
 */
import {
  MemoryFault,
  worldOf,
  type CoreState,
  type Machine,
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
/** Words at a vector of a ROM that must not all be zero. */
const VECTOR_WORDS = 4;

const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

/** Calls back with what happened, in words, when a core is lost. Gives what ends it. */
export function watchForLostCores(machine: Machine, lost: (core: number, words: string) => void): () => void {
  // A vector that was found to hold code is not looked at again: exceptions are frequent, and vectors stay.
  const sound = { 'trap-to-hyp': new Set<number>(), 'pl1-exception': new Set<number>() };
  return machine.events.subscribe(['trap-to-hyp', 'pl1-exception'], (event) => {
    if (event.kind !== 'trap-to-hyp' && event.kind !== 'pl1-exception') return false;
    const { state } = machine.cores[event.core]!;
    const vectors = sound[event.kind];
    // As a small integer, which a set finds soonest.
    const pc = state.pc | 0;
    if (vectors.has(pc)) return false;
    const exception = faultName(event);
    if (exception === undefined) return false;
    const nothing = whatIsMissing(machine, state);
    if (nothing === undefined) {
      if (worldOf(state) !== 'guest') vectors.add(pc);
      return false;
    }
    lost(
      event.core,
      `CPU${event.core} is lost: ${exception} was taken at ${hex(event.pc)}, and at its vector ${hex(state.pc)} ${nothing}`,
    );
    return true;
  });
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
