import { DW_AT, DW_TAG } from './constants';
import type { Die } from './die';
import type { AddressRange } from './ranges';
import type { Unit } from './unit';

/** Deeper nesting of blocks than this is damage. */
const DEEPEST = 200;

/** A function with code: its DIE and link-time addresses. */
export interface ConcreteFunction {
  readonly die: Die;
  readonly ranges: readonly AddressRange[];
}

/** The functions of a unit that have code, sorted by their lowest address. */
export function concreteFunctions(unit: Unit): ConcreteFunction[] {
  const functions: ConcreteFunction[] = [];
  const visit = (parent: Die, depth: number) => {
    for (const die of parent.children) {
      if (die.tag === DW_TAG.subprogram) {
        const ranges = die.ranges();
        if (ranges.length > 0) functions.push({ die, ranges });
      } else if (die.tag === DW_TAG.namespace && depth < DEEPEST) visit(die, depth + 1);
    }
  };
  visit(unit.root, 0);
  return functions;
}

/**
 * The chain of scopes around a link-time pc inside a function, outermost (the function itself) first: lexical blocks
 * and inlined subroutines.
 */
export function scopeChain(functionDie: Die, pc: number): Die[] {
  const chain = [functionDie];
  for (let at: Die | undefined = functionDie; at && chain.length < DEEPEST;) {
    at = at.children.find((child) => isScope(child) && covers(child, pc));
    if (at) chain.push(at);
  }
  return chain;
}

/** Inlined copies, anywhere in a unit, of the function whose abstract DIE is given. */
export function inlinedCopies(unit: Unit, abstract: Die): Die[] {
  const copies: Die[] = [];
  const visit = (parent: Die, depth: number) => {
    for (const die of parent.children) {
      if (die.tag === DW_TAG.inlined_subroutine && die.reference(DW_AT.abstract_origin) === abstract)
        copies.push(die);
      if (die.abbreviation.hasChildren && HOLDS_SCOPES.has(die.tag) && depth < DEEPEST) visit(die, depth + 1);
    }
  };
  visit(unit.root, 0);
  return copies;
}

const HOLDS_SCOPES: ReadonlySet<number> = new Set([
  DW_TAG.subprogram,
  DW_TAG.lexical_block,
  DW_TAG.inlined_subroutine,
  DW_TAG.namespace,
]);

function isScope(die: Die): boolean {
  return die.tag === DW_TAG.lexical_block || die.tag === DW_TAG.inlined_subroutine;
}

function covers(die: Die, pc: number): boolean {
  return die.ranges().some(({ low, high }) => pc >= low && pc < high);
}
