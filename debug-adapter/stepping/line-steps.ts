/** Steps by lines of source: until another line begins, over or into the functions that the line calls. */
import { CORE } from '../../emulator';
import type { Frame } from '../symbols/program';
import { callStack } from '../worlds/call-stack';
import type { Context } from '../worlds/context';
import type { SymbolTable } from '../worlds/symbol-table';
import { stepInstruction, untilAt, untilAtOrLeft, untilLeft, type Part, type SteppedMachine } from './steps';

export interface LineStepping extends SteppedMachine {
  readonly symbols: SymbolTable;
}

interface Place {
  readonly file: string;
  readonly line: number;
  /** Entry address of the function, -1 without symbols. */
  readonly function: number;
}

function placeOf(on: LineStepping, context: Context): Place | undefined {
  const { pc } = context.registers;
  const program = on.symbols.at(context, pc);
  const line = program?.lineFor(pc);
  if (program === undefined || line === undefined || line.line === 0) return undefined;
  return { file: line.file, line: line.line, function: program.findFunction(pc)?.lowPc ?? -1 };
}

function sameLine(a: Place, b: Place | undefined): boolean {
  return b !== undefined && a.file === b.file && a.line === b.line && a.function === b.function;
}

/** True when pc is where a statement begins (or has no line at all). */
function atStatement(on: LineStepping, context: Context): boolean {
  const { pc } = context.registers;
  const line = on.symbols.at(context, pc)?.lineFor(pc);
  return line === undefined || (line.isStmt && line.address === pc);
}

/**
 * Steps to the next line of `context`; without line information, one instruction. Gives the context where it ended.
 * @param into go into called functions that have lines, and into other worlds.
 */
export function* stepLine(on: LineStepping, context: Context, into: boolean): Part<Context> {
  if (!context.executing) return yield* stepInstruction(on, context, into);
  const start = placeOf(on, context);
  if (start === undefined) return yield* stepInstruction(on, context, into);
  const { registers } = context;
  for (;;) {
    const pc = registers.pc;
    const sp = registers.u32[CORE.R + 13]!;
    const now = yield* stepInstruction(on, context, into);
    if (now !== context) return now;
    const size = on.symbols.at(context, pc)?.instructionSetAt(pc) === 'T32' ? [2, 4] : [4];
    const returnsTo = registers.u32[CORE.R + 14]! & ~1;
    const called =
      size.some((bytes) => returnsTo >>> 0 === (pc + bytes) >>> 0) && registers.pc !== returnsTo >>> 0;
    const place = placeOf(on, context);
    if (called && place?.function !== start.function) {
      const body = into && place !== undefined ? bodyOf(on, context) : undefined;
      if (body !== undefined) {
        if (body !== registers.pc) yield* untilAt(on, context, body);
        return context;
      }
      yield* untilAt(on, context, returnsTo >>> 0, () => registers.u32[CORE.R + 13]! >= sp);
      if (sameLine(start, placeOf(on, context))) continue;
    } else if (sameLine(start, place)) continue;
    if (atStatement(on, context)) return context;
  }
}

/** Address behind the prologue of the function whose first instruction is next. */
function bodyOf(on: LineStepping, context: Context): number | undefined {
  const { pc } = context.registers;
  const program = on.symbols.at(context, pc);
  const called = program?.findFunction(pc);
  if (program === undefined || called === undefined) return undefined;
  const after = program
    .functionBreakpoints(called.name)
    .find(({ address }) => called.ranges.some(({ low, high }) => address >= low && address < high));
  return after?.address ?? pc;
}

/**
 * Runs until the function of `frame` has returned. In Hyp mode without a caller, and in an exception handler, to
 * where the exception returns: the end of the world switch.
 */
export function* stepOut(on: LineStepping, context: Context): Part<Context> {
  const { rows } = callStack(on.machine, context, on.symbols);
  const caller = outerFrame(rows.map((row) => row.frame));
  if (caller !== undefined) {
    const { sp, pc } = caller;
    // A function of Hyp mode may end in the other world instead of returning: the end of the world switch comes first.
    if (context.world === 'hyp' || context.world === 'monitor')
      return yield* untilAtOrLeft(on, context, pc, () => context.registers.u32[CORE.R + 13]! >= sp);
    yield* untilAt(on, context, pc, () => context.registers.u32[CORE.R + 13]! >= sp);
    return context;
  }
  if (context.world === 'hyp' || context.world === 'monitor') return yield* untilLeft(on, context);
  const { mode } = context.registers;
  let now: Context;
  do now = yield* stepInstruction(on, context, false);
  while (now === context && context.registers.mode === mode);
  return now;
}

/** The first frame that is not the innermost one's own (inlined rows share a frame). */
function outerFrame(frames: readonly Frame[]): Frame | undefined {
  return frames.find((frame) => frame !== frames[0]);
}
