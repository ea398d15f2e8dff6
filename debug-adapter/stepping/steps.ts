/**
 * Steps of one context, instruction by instruction. Stepping belongs to the selected context: what happens in other
 * worlds meanwhile (interrupts, exits, the guest's run) is stepped over, unless the step goes *into* it.
 */
import { CORE, type Machine, type MachineEvent, type RunOutcome } from '../../emulator';
import type { CodeBreakpoints } from '../breakpoints/code-breakpoints';
import type { Context } from '../worlds/context';
import type { Contexts } from '../worlds/contexts';

export interface SteppedMachine {
  readonly machine: Machine;
  readonly contexts: Contexts;
  readonly breakpoints: CodeBreakpoints;
}

/** Part of a goal: yields budgets, is given outcomes, returns a T. */
export type Part<T> = Generator<number, T, RunOutcome>;

/** Instructions asked for at once while running freely. */
const RUN = 500_000;

/** Runs until the core executes in `context` again. */
export function* untilExecuting(on: SteppedMachine, context: Context): Part<void> {
  if (context.executing) return;
  const unsubscribe = on.machine.events.subscribe(['world-change'], () => context.executing);
  try {
    while (!context.executing) yield RUN;
  } finally {
    unsubscribe();
  }
}

/** Runs until the core of `context` is in another context. */
export function* untilLeft(on: SteppedMachine, context: Context): Part<Context> {
  const core = context.core;
  const unsubscribe = on.machine.events.subscribe(['world-change'], () => !context.executing);
  try {
    while (context.executing) yield RUN;
  } finally {
    unsubscribe();
  }
  return on.contexts.executingOn(core);
}

/** Runs until `context` is about to execute `address`, as `holds` demands. */
export function* untilAt(
  on: SteppedMachine,
  context: Context,
  address: number,
  holds: () => boolean = () => true,
): Part<void> {
  const stop = { address, holds: (reached: Context) => reached === context && holds() };
  on.breakpoints.setTemporary([stop]);
  try {
    do yield RUN;
    while (!(context.executing && context.registers.pc === address && holds()));
  } finally {
    on.breakpoints.setTemporary([]);
  }
}

/** Runs until `context` is about to execute `address`, as `holds` demands, or its core is in another context. */
export function* untilAtOrLeft(
  on: SteppedMachine,
  context: Context,
  address: number,
  holds: () => boolean,
): Part<Context> {
  const { core } = context;
  const unsubscribe = on.machine.events.subscribe(['world-change'], () => !context.executing);
  on.breakpoints.setTemporary([{ address, holds: (reached) => reached === context && holds() }]);
  try {
    do yield RUN;
    while (context.executing && !(context.registers.pc === address && holds()));
  } finally {
    unsubscribe();
    on.breakpoints.setTemporary([]);
  }
  return on.contexts.executingOn(core);
}

/** An exception that happened during a step. */
interface Interruption {
  readonly event: MachineEvent & { kind: 'trap-to-hyp' | 'pl1-exception' };
  readonly asynchronous: boolean;
}

const ASYNCHRONOUS_VECTORS: readonly number[] = [0x18, 0x1c];

/**
 * One instruction of `context`; gives the context where the core then is.
 * @param into follow a trap, a call of another privilege level or an exception return; otherwise run on until the
 *   context continues behind the instruction.
 */
export function* stepInstruction(on: SteppedMachine, context: Context, into: boolean): Part<Context> {
  yield* untilExecuting(on, context);
  const { core } = context;
  const state = on.machine.cores[core]!.state;
  on.machine.select(core);
  for (;;) {
    const before = { pc: state.pc, sp: state.u32[CORE.R + 13]!, mode: state.mode, retired: state.retired };
    let interruption: Interruption | undefined;
    const unsubscribe = on.machine.events.subscribe(['trap-to-hyp', 'pl1-exception'], (event) => {
      if (event.core !== core || (event.kind !== 'trap-to-hyp' && event.kind !== 'pl1-exception'))
        return false;
      const asynchronous =
        event.kind === 'trap-to-hyp'
          ? ASYNCHRONOUS_VECTORS.includes(event.vector)
          : event.exception === 'irq' || event.exception === 'fiq';
      interruption ??= { event, asynchronous };
      return true;
    });
    try {
      do yield 1;
      while (state.retired === before.retired && interruption === undefined);
    } finally {
      unsubscribe();
    }
    const now = on.contexts.executingOn(core);
    const taken = interruption as Interruption | undefined;
    if (taken === undefined) {
      // An exception return out of Hyp mode leads where it leads, as a return from a function does.
      if (now === context || into || context.world === 'hyp' || context.world === 'monitor') return now;
      yield* untilExecuting(on, context);
      return context;
    }
    if (into && !taken.asynchronous) return now;
    // Back to where the context goes on: behind the instruction, or before it when it was only interrupted.
    if (now === context)
      yield* untilAt(
        on,
        context,
        taken.event.pc,
        () => state.mode === before.mode && state.u32[CORE.R + 13] === before.sp,
      );
    else yield* untilExecuting(on, context);
    if (state.pc !== before.pc) return context;
  }
}
