import { DW_AT, DW_TAG } from './constants';
import type { Die } from './die';
import type { AddressRange } from './ranges';
import { skipAttributes } from './forms';
import { nextEntry, skipEntry, type Unit } from './unit';

/** Deeper nesting of blocks than this is damage. */
const DEEPEST = 200;

/** A function with code: its DIE and link-time addresses. */
export interface ConcreteFunction {
  readonly die: Die;
  /** Address of the first instruction executed. */
  readonly entry: number;
  readonly ranges: readonly AddressRange[];
}

/** The functions of a unit that have code; damaged ones are reported and left out. */
export function concreteFunctions(unit: Unit): ConcreteFunction[] {
  const functions: ConcreteFunction[] = [];
  const visit = (parent: Die, depth: number) => {
    for (const die of unit.childrenWithTags(parent, FUNCTION_HOLDERS)) {
      if (die.tag === DW_TAG.subprogram) {
        const fn = unit.info.guard(unit, undefined, () => concrete(die));
        if (fn) functions.push(fn);
      } else if (depth < DEEPEST) visit(die, depth + 1);
    }
  };
  visit(unit.root, 0);
  return functions;
}

function concrete(die: Die): ConcreteFunction | undefined {
  const ranges = die.ranges();
  if (ranges.length === 0) return undefined;
  // Of a function in several parts GCC puts the hot one, with the entry, first.
  return { die, ranges, entry: die.address(DW_AT.entry_pc) ?? die.address(DW_AT.low_pc) ?? ranges[0].low };
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

/**
 * Inlined copies, anywhere in a unit, of the function whose abstract DIE is given. Only what can hold scopes is walked,
 * and a DIE is made for the copies alone.
 */
export function inlinedCopies(unit: Unit, abstract: Die): Die[] {
  const copies: Die[] = [];
  const { root, header } = unit;
  if (!root.abbreviation.hasChildren) return copies;
  const reader = unit.reader(root.endOffset);
  for (let depth = 1; depth > 0 && !reader.atEnd;) {
    const entry = nextEntry(unit, reader);
    if (!entry) {
      depth--;
      continue;
    }
    const { abbreviation, offset } = entry;
    if (!HOLDS_SCOPES.has(abbreviation.tag)) {
      skipEntry(unit, reader, abbreviation);
      continue;
    }
    if (abbreviation.tag === DW_TAG.inlined_subroutine) {
      const die = unit.dieAt(offset);
      if (die.reference(DW_AT.abstract_origin) === abstract) copies.push(die);
    }
    skipAttributes(header, reader, abbreviation);
    if (abbreviation.hasChildren) depth++;
  }
  return copies;
}

const HOLDS_SCOPES: ReadonlySet<number> = new Set([
  DW_TAG.subprogram,
  DW_TAG.lexical_block,
  DW_TAG.inlined_subroutine,
  DW_TAG.namespace,
]);
const FUNCTION_HOLDERS: ReadonlySet<number> = new Set([DW_TAG.subprogram, DW_TAG.namespace]);

function isScope(die: Die): boolean {
  return die.tag === DW_TAG.lexical_block || die.tag === DW_TAG.inlined_subroutine;
}

function covers(die: Die, pc: number): boolean {
  return die.ranges().some(({ low, high }) => pc >= low && pc < high);
}
