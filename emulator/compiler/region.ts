/**
 * What code is compiled together: what can be reached from some addresses by branches within their page, as basic blocks.
 * A call of a small callee goes on in a copy of it; another call leaves the region and comes back to the block behind
 * it, and so does an instruction that only the interpreter executes.
 */
import type { InstructionSet } from '../isa/row';
import { following, ALWAYS, type CodeReader, type Instruction } from './code-reader';
import type { Experience } from './experience';
import { placeOf, Search, type Activation, type Way } from './search';

/** Where a branch to what a register or memory says went before, and a call of a callee that is in the region goes. */
export interface Guess {
  /** The target, bit 0 set for T32. */
  readonly word: number;
  readonly node: number;
}

/** A straight run of instructions; only the last one may branch or be one for the interpreter. */
export interface BasicBlock {
  readonly pc: number;
  readonly activation: Activation;
  readonly instructions: readonly Instruction[];
  /** Blocks of the region that execution goes to from here. */
  readonly successors: readonly number[];
  /** Of the last instruction, the likeliest first. */
  readonly guesses: readonly Guess[];
  /** Where execution goes instead of a block that `nodeAt` names (peel.ts). */
  readonly elsewhere?: ReadonlyMap<number, number>;
}

export interface Region {
  readonly set: InstructionSet;
  readonly blocks: readonly BasicBlock[];
  /** Index of the block at an address (signed) in an activation. */
  nodeAt(activation: Activation, pc: number): number | undefined;
  /** Blocks that execution comes to from outside. */
  readonly entries: readonly number[];
  /** Instructions, those of copies included. */
  readonly length: number;
}

export interface RegionRequest {
  /** Addresses (signed) to begin at: the first one must be compiled, the others as far as there is room. */
  readonly starts: readonly number[];
  /** True where execution comes to an address from outside of the region. */
  isEntry(pc: number): boolean;
  /** Most instructions. */
  readonly most: number;
  /** Most instructions of a callee that is copied, 0 for none. */
  readonly callee: number;
  /** Ways that were never taken are left out. */
  readonly beaten: boolean;
}

const NO_WAYS: readonly Way[] = [];

/** The region that a request asks for; undefined where the interpreter does better. */
export function findRegion(
  reader: CodeReader,
  experience: Experience,
  request: RegionRequest,
): Region | undefined {
  const [pc] = request.starts;
  if (pc === undefined || reader.at(pc, 0)?.facts.supported !== true) return undefined;
  const search = new Search(reader, experience, request);
  search.run();
  return blocksOf(search, reader.set, request);
}

function blocksOf(search: Search, set: InstructionSet, request: RegionRequest): Region {
  const { instructions, leaders } = search;
  const order = [...leaders.keys()].sort((a, b) => a - b);
  const at = new Map<number, number>();
  for (let index = 0; index < order.length; index++) at.set(order[index]!, index);
  const blocks = order.map((place): BasicBlock => {
    const { activation, pc } = leaders.get(place)!;
    const run: Instruction[] = [];
    let instruction = instructions.get(place) as Instruction;
    for (;;) {
      run.push(instruction);
      const { facts, nextItstate } = instruction;
      const next = placeOf(activation, following(instruction));
      const behind = instructions.get(next);
      if (!facts.supported || facts.branches || at.has(next) || behind?.itstate !== nextItstate) break;
      instruction = behind;
    }
    const guesses: Guess[] = [];
    for (const { word, place } of search.ways.get(placeOf(activation, instruction.pc)) ?? NO_WAYS) {
      const node = at.get(place);
      if (node !== undefined) guesses.push({ word, node });
    }
    return {
      pc,
      activation,
      instructions: run,
      guesses,
      successors: successorsOf(activation, instruction, at, guesses),
    };
  });
  const nodeAt = (activation: Activation, pc: number): number | undefined => at.get(placeOf(activation, pc));
  const entries = blocks.flatMap(({ pc, activation }, node) =>
    activation.caller === undefined && (search.entries.has(pc) || request.isEntry(pc)) ? [node] : [],
  );
  const length = blocks.reduce((sum, { instructions: { length } }) => sum + length, 0);
  return { set, blocks, nodeAt, entries, length };
}

function successorsOf(
  activation: Activation,
  last: Instruction,
  at: ReadonlyMap<number, number>,
  guesses: readonly Guess[],
): number[] {
  const { facts, condition, nextItstate } = last;
  const found: number[] = [];
  const add = (index: number | undefined): void => {
    if (index !== undefined && !found.includes(index)) found.push(index);
  };
  for (const { node } of guesses) add(node);
  const conditional = condition !== ALWAYS || facts.conditional;
  if (facts.supported && facts.target !== undefined && !facts.calls)
    add(at.get(placeOf(activation, facts.target)));
  // A condition that fails goes on.
  if (nextItstate === 0 && (conditional || (facts.supported && !facts.branches)))
    add(at.get(placeOf(activation, following(last))));
  return found;
}
