import type { Frame, Program } from '../symbols/program';
import { FunctionType, INT, UNSIGNED_INT } from '../symbols/types';
import { Value } from '../symbols/values';

/**
 * Names as C resolves them in a frame: variables of the scopes around the pc from the inside out, globals of the same
 * source file, then of the whole program, functions, enumerators, and last the bare symbols of assembly. What an
 * ExpressionContext's `lookup` needs, for one program.
 *
 * @param inlineLevel which function of `Program.inlineChain` is selected
 */
export function lookupInFrame(
  program: Program,
  frame: Frame,
  name: string,
  inlineLevel = 0,
): Value | undefined {
  if (program.contains(frame.pc)) {
    for (const scope of program.scopesAt(frame.lookupPc, inlineLevel)) {
      const variable = scope.variables.find((candidate) => candidate.name === name);
      if (variable) return program.valueOf(variable, frame);
    }
    const ofFile = program.globalsOf(frame.lookupPc).find((candidate) => candidate.name === name);
    if (ofFile) return program.valueOf(ofFile, frame);
  }
  return lookupGlobal(program, frame, name);
}

/** A name that needs no frame; `frame` only gives the memory. */
export function lookupGlobal(program: Program, frame: Frame, name: string): Value | undefined {
  const global = program.global(name);
  if (global) return program.valueOf(global, frame);
  const [fn] = program.functionsByName(name);
  if (fn) {
    const type =
      fn.type ??
      new FunctionType(
        () => INT,
        () => [],
        false,
        false,
      );
    return new Value(type, { kind: 'memory', address: fn.lowPc }, frame.access);
  }
  const enumerator = program.enumerator(name);
  if (enumerator) return Value.ofInteger(enumerator.type, enumerator.value, frame.access);
  const symbol = program.symbolByName(name);
  // A label of assembly has no type: a word is the most useful guess.
  return symbol && new Value(UNSIGNED_INT, { kind: 'memory', address: symbol.address }, frame.access);
}
