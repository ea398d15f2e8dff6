/**
 * Finds the code of a region: what can be reached from an address by branches within its page, as basic blocks. A call
 * leaves the region and comes back to the block behind it; so does an instruction that only the interpreter executes.
 */
import type { Operand } from '../isa/builder';
import type { DecodeContext, Form, InstructionSet, Row } from '../isa/row';
import { isWideThumb } from '../isa/decoder';
import { advanceIt, type Decode } from '../interpreter/predecode';
import { Facts } from './facts';

const PAGE = 4096;
const ALWAYS = 14;

export interface Instruction {
  /** Address, signed. */
  readonly pc: number;
  /** Bytes. */
  readonly size: number;
  /** Condition under which it executes, 14 always. */
  readonly condition: number;
  /** ITSTATE before it and after it. */
  readonly itstate: number;
  readonly nextItstate: number;
  readonly row: Row;
  readonly form: Form;
  readonly operands: Readonly<Record<string, Operand>>;
  readonly facts: Facts;
}

/** A straight run of instructions; only the last one may branch or be one for the interpreter. */
export interface BasicBlock {
  readonly pc: number;
  readonly instructions: readonly Instruction[];
  /** Blocks of the region that execution goes to from here. */
  readonly successors: readonly number[];
}

export interface Region {
  readonly set: InstructionSet;
  readonly blocks: readonly BasicBlock[];
  /** Index of the block at an address. */
  readonly at: ReadonlyMap<number, number>;
  /** Blocks that execution comes to from outside: the first one is where the search began. */
  readonly entries: readonly number[];
}

export interface CodeSource {
  readonly view: DataView;
  readonly decode: Decode;
  /** See inline-helpers.ts. */
  readonly inlinesHelpers: boolean;
  isBreakpoint(va: number): boolean;
}

class Search {
  readonly instructions = new Map<number, Instruction>();
  readonly leaders = new Set<number>();
  readonly entries = new Set<number>();
  private readonly work: number[] = [];
  /** Machine-memory offset of the byte at address 0, as it were. */
  private readonly addend: number;
  private readonly first: number;

  constructor(
    private readonly source: CodeSource,
    pc: number,
    offset: number,
    private readonly set: InstructionSet,
  ) {
    this.addend = offset - (pc >>> 0);
    this.first = (pc & ~(PAGE - 1)) >>> 0;
    this.entries.add(pc);
    this.lead(pc);
  }

  run(most: number): void {
    for (let pc = this.work.shift(); pc !== undefined; pc = this.work.shift()) this.follow(pc, most);
    // No branch goes into the middle of an IT block with what the block's conditions are.
    for (const pc of this.leaders) if (this.instructions.get(pc)?.itstate !== 0) this.leaders.delete(pc);
  }

  private lead(pc: number): void {
    if (this.leaders.has(pc)) return;
    this.leaders.add(pc);
    this.work.push(pc);
  }

  private isInside(pc: number, size: number): boolean {
    const at = (pc >>> 0) - this.first;
    return at >= 0 && at + size <= PAGE;
  }

  private follow(from: number, most: number): void {
    let itstate = 0;
    for (let pc = from; !this.instructions.has(pc) && this.instructions.size < most;) {
      const instruction = this.decode(pc, itstate);
      if (instruction === undefined) return;
      this.instructions.set(pc, instruction);
      const next = (pc + instruction.size) | 0;
      if (!this.goOn(instruction, next)) return;
      pc = next;
      itstate = instruction.nextItstate;
    }
  }

  /** What follows an instruction; false ends the straight run. */
  private goOn({ facts, condition, nextItstate }: Instruction, next: number): boolean {
    if (facts.supported && !facts.branches) return true;
    const returns = facts.supported ? facts.calls : facts.goesOn;
    // Inside an IT block only the interpreter goes on.
    if (nextItstate !== 0) return false;
    if (returns) this.entries.add(next);
    const { target } = facts;
    if (facts.supported && target !== undefined && !facts.calls && this.isInside(target, 2))
      this.lead(target);
    if (returns || condition !== ALWAYS || facts.conditional) this.lead(next);
    return false;
  }

  private halfword(pc: number): number {
    return this.source.view.getUint16((pc >>> 0) + this.addend, true);
  }

  private decode(pc: number, itstate: number): Instruction | undefined {
    const { source, set } = this;
    const thumb = set === 'T32';
    if (!this.isInside(pc, thumb ? 2 : 4) || source.isBreakpoint(pc >>> 0)) return undefined;
    let word: number;
    let size = 4;
    if (!thumb) word = source.view.getInt32((pc >>> 0) + this.addend, true);
    else {
      word = this.halfword(pc);
      if (!isWideThumb(word)) size = 2;
      else if (this.isInside(pc, 4)) word = (word << 16) | this.halfword(pc + 2);
      else return undefined;
    }
    const context: DecodeContext = { set, address: pc >>> 0, itstate };
    const { row, fields, condition } = source.decode(word, context);
    const form = row.form?.(fields, context) ?? {};
    const operands = (row.operands?.(fields, context) ?? {}) as unknown as Record<string, Operand>;
    const facts = new Facts(source.inlinesHelpers);
    row.semantics(facts, form, operands);
    return {
      pc,
      size,
      condition: row.unconditional ? ALWAYS : (row.condition?.(fields) ?? condition),
      itstate,
      nextItstate: thumb && size === 2 && isIt(word) ? word & 0xff : advanceIt(itstate),
      row,
      form,
      operands,
      facts,
    };
  }
}

/** IT itself: its low byte is the state of the instruction after it. */
function isIt(halfword: number): boolean {
  return (halfword & 0xff00) === 0xbf00 && (halfword & 15) !== 0;
}

/**
 * The region around `pc` (signed), whose byte is at `offset` in the machine's memory; undefined where the interpreter
 * does better.
 * @param most instructions.
 */
export function findRegion(
  source: CodeSource,
  pc: number,
  offset: number,
  set: InstructionSet,
  most: number,
): Region | undefined {
  const search = new Search(source, pc, offset, set);
  search.run(most);
  const first = search.instructions.get(pc);
  if (first === undefined || !first.facts.supported) return undefined;
  return blocksOf(search, pc, set);
}

function blocksOf(search: Search, start: number, set: InstructionSet): Region {
  const { instructions, leaders } = search;
  const order = [...leaders].sort((a, b) => (a >>> 0) - (b >>> 0));
  const at = new Map(order.map((pc, index) => [pc, index]));
  const blocks = order.map((leader): BasicBlock => {
    const run: Instruction[] = [];
    let instruction = instructions.get(leader) as Instruction;
    for (;;) {
      run.push(instruction);
      const { facts, nextItstate } = instruction;
      const next = (instruction.pc + instruction.size) | 0;
      const following = instructions.get(next);
      if (!facts.supported || facts.branches || at.has(next) || following?.itstate !== nextItstate) break;
      instruction = following;
    }
    return { pc: leader, instructions: run, successors: successorsOf(run[run.length - 1], at) };
  });
  const entries = [start, ...[...search.entries].filter((pc) => pc !== start && at.has(pc))];
  return { set, blocks, at, entries: entries.map((pc) => at.get(pc) as number) };
}

function successorsOf(last: Instruction, at: ReadonlyMap<number, number>): number[] {
  const { facts, pc, size, condition, nextItstate } = last;
  const found: number[] = [];
  const add = (to: number): void => {
    const index = at.get(to);
    if (index !== undefined && !found.includes(index)) found.push(index);
  };
  if (!facts.supported) {
    // A condition that fails goes on.
    if (condition !== ALWAYS && nextItstate === 0) add((pc + size) | 0);
    return found;
  }
  if (facts.target !== undefined && !facts.calls) add(facts.target);
  if (nextItstate === 0 && (!facts.branches || condition !== ALWAYS || facts.conditional))
    add((pc + size) | 0);
  return found;
}
