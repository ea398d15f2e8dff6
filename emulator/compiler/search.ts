/** Finds the instructions of a region, and where it is worth while to go on in a copy of a callee. */
import { ALWAYS, following, type CodeReader, type Instruction } from './code-reader';
import type { Experience } from './experience';
import type { RegionRequest } from './region';
import { isSmall, MOST_DEPTH } from './callee';

/** What is entered from outside, or a callee inlined at one call. */
export interface Activation {
  /** 0 for what is entered. */
  readonly number: number;
  readonly depth: number;
  /** Address (signed) at which the callee begins. */
  readonly start: number;
  readonly caller: Activation | undefined;
  /** Address (signed) behind the call. */
  readonly returns: number;
}

/** A number for an address (signed) in an activation; in the order of activations, then of addresses of a page. */
export function placeOf(activation: Activation, pc: number): number {
  return activation.number * 2 ** 32 + pc;
}

/** A likely target of the instruction at some place. */
export interface Way {
  /** The address, bit 0 set for T32. */
  readonly word: number;
  readonly place: number;
}

interface Leader {
  readonly activation: Activation;
  readonly pc: number;
}

export class Search {
  /** By place, like what follows. */
  readonly instructions = new Map<number, Instruction>();
  readonly leaders = new Map<number, Leader>();
  /** Of instructions that call, or go where a register or memory says. */
  readonly ways = new Map<number, Way[]>();
  /** Addresses behind what leaves the region and comes back, in the outermost activation. */
  readonly entries = new Set<number>();
  /** By depth: the function itself before its callees. */
  private readonly work: Leader[][] = Array.from({ length: MOST_DEPTH + 1 }, () => []);
  private activations = 1;
  private readonly thumb: number;
  private readonly root: Activation;

  constructor(
    private readonly reader: CodeReader,
    private readonly experience: Experience,
    private readonly request: RegionRequest,
  ) {
    this.thumb = reader.set === 'T32' ? 1 : 0;
    const [start] = request.starts as [number];
    this.root = { number: 0, depth: 0, start, caller: undefined, returns: 0 };
    this.entries.add(start);
  }

  run(): void {
    const { starts, most } = this.request;
    for (const pc of starts) {
      if (this.instructions.size >= most) break;
      this.lead(this.root, pc, true);
      for (let leader = this.next(); leader !== undefined; leader = this.next()) this.follow(leader);
    }
    // No branch goes into the middle of an IT block with what the block's conditions are.
    for (const place of this.leaders.keys())
      if (this.instructions.get(place)?.itstate !== 0) this.leaders.delete(place);
  }

  private next(): Leader | undefined {
    return this.work.find((leaders) => leaders.length > 0)?.shift();
  }

  /** A block begins here; false where that is not worth while. */
  private lead(activation: Activation, pc: number, always = false): boolean {
    const place = placeOf(activation, pc);
    if (this.leaders.has(place)) return true;
    if (!always && this.request.beaten && !this.experience.has(pc)) return false;
    const leader = { activation, pc };
    this.leaders.set(place, leader);
    this.work[activation.depth]!.push(leader);
    return true;
  }

  private follow({ activation, pc: from }: Leader): void {
    const { instructions } = this;
    let itstate = 0;
    for (let pc = from; instructions.size < this.request.most;) {
      const place = placeOf(activation, pc);
      if (instructions.has(place)) return;
      const instruction = this.reader.at(pc, itstate);
      if (instruction === undefined) return;
      instructions.set(place, instruction);
      if (!this.goOn(activation, instruction)) return;
      pc = following(instruction);
      itstate = instruction.nextItstate;
    }
  }

  /** What follows an instruction; false ends the straight run. */
  private goOn(activation: Activation, instruction: Instruction): boolean {
    const { facts, condition, nextItstate } = instruction;
    if (facts.supported && !facts.branches) return true;
    // Inside an IT block only the interpreter goes on.
    if (nextItstate !== 0) return false;
    const next = following(instruction);
    const comesBack = facts.supported ? facts.calls : facts.goesOn;
    if (comesBack && activation.caller === undefined) this.entries.add(next);
    if (facts.supported) this.branch(activation, instruction);
    if (comesBack || condition !== ALWAYS || facts.conditional) this.lead(activation, next);
    return false;
  }

  private branch(activation: Activation, instruction: Instruction): void {
    const { target, calls } = instruction.facts;
    if (target !== undefined && !calls) {
      if (this.reader.isInside(target, 2)) this.lead(activation, target);
      return;
    }
    const next = following(instruction);
    const words = target === undefined ? this.experience.wentTo(next) : [target | this.thumb];
    const here = words.flatMap((word) => {
      const pc = word & ~1;
      return (word & 1) === this.thumb && this.reader.isInside(pc, 2) ? [pc] : [];
    });
    const ways = calls
      ? here.flatMap((pc) => this.call(activation, pc, next))
      : activation.caller === undefined
        ? here.flatMap((pc) => this.jump(activation, pc))
        : this.comeBack(activation.caller, activation.returns);
    if (ways.length > 0) this.ways.set(placeOf(activation, instruction.pc), ways);
  }

  /** A call of what begins at `pc`. */
  private call(activation: Activation, pc: number, returns: number): Way[] {
    // A function that calls itself begins again.
    if (this.leaders.has(placeOf(this.root, pc)))
      return activation === this.root ? this.way(this.root, pc) : [];
    const depth = activation.depth + 1;
    if (depth > MOST_DEPTH || !this.experience.has(pc)) return [];
    if (!isSmall(this.reader, this.experience, pc, this.request.callee)) return [];
    const callee = { number: this.activations++, depth, start: pc, caller: activation, returns };
    this.lead(callee, pc);
    return this.way(callee, pc);
  }

  /** From a table of targets, say; what returns goes on in the region only where it comes to a part of it anyway. */
  private jump(activation: Activation, pc: number): Way[] {
    if (!this.experience.isReturnAddress(pc)) this.lead(activation, pc);
    return this.way(activation, pc);
  }

  private comeBack(activation: Activation, pc: number): Way[] {
    this.lead(activation, pc);
    return this.way(activation, pc);
  }

  private way(activation: Activation, pc: number): Way[] {
    return [{ word: pc | this.thumb, place: placeOf(activation, pc) }];
  }
}
