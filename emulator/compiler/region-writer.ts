/**
 * Writes the function of one region. It is called with what VARIABLE names as parameters; the result says why it was left
 * and what is left of the budget, and then everything in the core's block is as the interpreter would have it.
 *
 * The budget is asked about at the beginning of the function and at each loop's header, and only there: where less is
 * left than the longest way to the next question, the region is left.
 */
import { Leave } from '../interpreter/second-tier';
import { FAST_TLB_TABLE_BYTES, fastTlbEntry } from '../mmu/fast-tlb';
import { CORE } from '../state/layout';
import { type Expression, constant, loadFrom, local, operation } from './expression';
import { holdingsOf } from './extension-registers';
import { FunctionWriter, type Scope } from './function-writer';
import { result, writeChain, writeGoing } from './gateway';
import { holdsAt, knownOnBoth, LazyFlags, UNKNOWN_FLAGS, type KnownFlags } from './lazy-flags';
import { needsOf, usagesOf, type Needs } from './needs';
import { peel } from './peel';
import { ALWAYS, type Instruction } from './code-reader';
import type { BasicBlock, Region } from './region';
import { sharedLookUps, type Shares } from './shared-look-ups';
import { beginning, contains, isLoop, loopsOf, structure, type Item, type Loop } from './structure';
import { GATEWAY } from './table-layout';
import { FIRST_TEMPORARY, PARAMETERS, registersIn, VARIABLE } from './variables';
import { WasmBuilder, type BuilderTarget, type ControlFlow } from './wasm-builder';
import type { FunctionBody } from './wasm/module';
import { Op } from './wasm/opcodes';

const NOTHING: readonly never[] = [];
/** Stands for a node where label 0 has none. */
const NO_LABEL = -1;

/** Where a region can be entered. */
export interface RegionEntry {
  /** Address, signed. */
  readonly pc: number;
  readonly label: number;
}

export interface WrittenRegion {
  readonly body: FunctionBody;
  readonly entries: readonly RegionEntry[];
  /** The region can be entered with at least this budget. */
  readonly slack: number;
  /** Instructions in it. */
  readonly instructions: number;
  /** Addresses (signed) of those that look up for others too. */
  readonly sharing: readonly number[];
}

/** A sequence that is being written: branches to its items find them here. */
interface Frame {
  readonly items: readonly Item[];
  /** By item: the block that ends where the item begins. */
  readonly scopes: readonly Scope[];
  readonly loop: Loop | undefined;
  readonly loopScope: Scope | undefined;
  position: number;
}

/** @param offset of the byte at `pc` (signed) in the machine's memory: the region's page is mapped there. */
export function writeRegion(
  region: Region,
  pc: number,
  offset: number,
  target: BuilderTarget,
): WrittenRegion {
  const entry = fastTlbEntry(pc, offset);
  // Nothing is known that would need the second: but the guest chooses the code, and a loop must not end the run.
  return (
    new RegionWriter(region, entry, target, true).write() ??
    new RegionWriter(region, entry, target, false).write()!
  );
}

/**
 * The region's blocks in their structure. Loops are entered at their headers: that is where a budget ends. In a callee's
 * copy the interpreter goes on. @param ways that the region is entered by, which become more.
 * @param peeled headers of loops that are entered at a copy instead
 */
function structureWith({ blocks }: Region, ways: Set<number>, peeled: ReadonlySet<number>): readonly Item[] {
  for (;;) {
    const items = structure({
      count: blocks.length,
      successors: (node) => blocks[node].successors,
      entries: ways,
    });
    const before = ways.size;
    for (const { header } of loopsOf(items))
      if (blocks[header].activation.caller === undefined && !peeled.has(header)) ways.add(header);
    if (ways.size === before) return items;
  }
}

class RegionWriter implements ControlFlow {
  private readonly writer = new FunctionWriter(PARAMETERS, FIRST_TEMPORARY);
  private readonly flags = new LazyFlags();
  private readonly builder: WasmBuilder;
  private readonly region: Region;
  private readonly needs: Needs;
  /** Headers of loops that are entered in one way. */
  private readonly peeled: ReadonlySet<number>;
  private readonly items: readonly Item[];
  private readonly headers: ReadonlySet<number>;
  /** Nodes that jumps reach by a label, by label: none, the region's entries, then others. */
  private readonly labelled: readonly number[];
  /** The label of each. */
  private readonly labels: ReadonlyMap<number, number>;
  private readonly entryCount: number;
  /** By block. */
  private readonly shares: readonly Shares[];
  private readonly longest = new Map<number, number>();
  private readonly frames: Frame[] = [];
  /** What is known of the flags on all the ways to a block that were written by now. */
  private readonly flagsAt = new Map<number, KnownFlags>();
  /** A copied loop's turns do not end as its copy does, so what was written at its header is wrong. */
  private goesOnOtherwise = false;
  private exit!: Scope;
  private block!: BasicBlock;
  /** Instructions of the block before the current one. */
  private index = 0;

  constructor(
    given: Region,
    /** What the first level of the TLB has for the page (fetches) where the region may be entered. */
    private readonly fetchEntry: number,
    private readonly target: BuilderTarget,
    /** Small loops begin with a copy of themselves. */
    peels: boolean,
  ) {
    this.builder = new WasmBuilder(this.writer, given.set, this.flags, this, target);
    const ways = new Set(given.entries);
    const whole = structureWith(given, ways, new Set());
    const { region, headers } = peel(given, peels ? whole : []);
    this.region = region;
    this.peeled = headers;
    this.items = headers.size === 0 ? whole : structureWith(region, ways, headers);
    this.entryCount = ways.size;
    const loops = loopsOf(this.items);
    this.headers = new Set(loops.map(({ header }) => header));
    for (const { inner } of loops) for (const node of inner) ways.add(node);
    this.labelled = [NO_LABEL, ...ways];
    this.labels = new Map(this.labelled.map((node, label) => [node, label]));
    this.needs = needsOf(region);
    this.shares = sharedLookUps(
      region.blocks,
      (node) => ways.has(node) || this.headers.has(node),
      (pc) => target.isSlow(pc),
    );
  }

  /** The function; undefined where loops must not be copied. */
  write(): WrittenRegion | undefined {
    const { writer, region } = this;
    const entries = this.labelled.slice(1, this.entryCount + 1);
    const slack = Math.max(...entries.map((node) => this.longestFrom(node)));
    this.prologue(slack);
    this.exit = writer.block();
    this.sequence(this.items, undefined);
    writer.end();
    if (this.goesOnOtherwise) return undefined;
    this.epilogue();
    return {
      body: writer.body(),
      entries: entries
        .map((node, index) => ({ ...region.blocks[node], label: index + 1 }))
        .filter(({ instructions: [first] }) => first.facts.supported)
        .map(({ pc, label }) => ({ pc, label })),
      slack,
      instructions: region.blocks.reduce((sum, { instructions }) => sum + instructions.length, 0),
      sharing: this.sharing,
    };
  }

  private get sharing(): number[] {
    const found = new Set<number>();
    for (const [node, shares] of this.shares.entries())
      for (const [index, { first }] of shares)
        if (first !== undefined) found.add(this.region.blocks[node].instructions[index].pc);
    return [...found];
  }

  /** Instructions on the longest way from the beginning of a block to a loop's header or out of the region. */
  private longestFrom(node: number): number {
    const known = this.longest.get(node);
    if (known !== undefined) return known;
    const { instructions, successors } = this.region.blocks[node];
    let most = 0;
    for (const to of successors) if (!this.headers.has(to)) most = Math.max(most, this.longestFrom(to));
    this.longest.set(node, instructions.length + most);
    return instructions.length + most;
  }

  // Beginning and end

  private prologue(slack: number): void {
    const { writer, region, fetchEntry } = this;
    const core = local(VARIABLE.core);
    const { pc } = region.blocks[region.entries[0]];
    const fetch = loadFrom(Op.I32Load, local(VARIABLE.context), 2 * FAST_TLB_TABLE_BYTES + (pc >>> 12) * 4);
    writer.push(operation(Op.I32LtS, local(VARIABLE.left), constant(slack)));
    writer.push(operation(Op.I32Ne, fetch, constant(fetchEntry)));
    writer.op(Op.I32Or);
    writer.ifUnlikely();
    writer.push(result(constant(Leave.Budget)));
    writer.op(Op.Return);
    writer.end();
    if (this.needs.forms) {
      const usages = usagesOf(region, this.items);
      this.builder.forms.begin();
      this.builder.forms.registers.load(usages, holdingsOf(usages));
    }
    for (const n of registersIn(this.needs.registers)) writer.load(VARIABLE.r + n, core, (CORE.R + n) * 4);
    if (!this.needs.flags) return;
    writer.load(VARIABLE.n, core, CORE.N * 4);
    writer.load(VARIABLE.z, core, CORE.Z * 4);
    writer.load(VARIABLE.x, core, CORE.C * 4);
    writer.load(VARIABLE.y, core, CORE.V * 4);
  }

  private epilogue(): void {
    const { writer, flags } = this;
    const core = local(VARIABLE.core);
    const target = local(VARIABLE.target);
    const store = (word: number, value: Expression): void => writer.store(Op.I32Store, core, word * 4, value);
    for (const n of registersIn(this.needs.written)) store(CORE.R + n, local(VARIABLE.r + n));
    if (this.needs.flags) {
      flags.known = UNKNOWN_FLAGS;
      store(CORE.N, flags.negative());
      store(CORE.Z, flags.zero());
      store(CORE.C, flags.carry());
      store(CORE.V, flags.overflow());
    }
    if (this.needs.forms) {
      store(CORE.FPSCR, local(VARIABLE.fpscr));
      this.builder.forms.registers.store();
    }
    store(CORE.R + 15, operation(Op.I32And, target, constant(~1)));
    writer.push(operation(Op.I32Eqz, local(VARIABLE.leave)));
    writer.ifTrue();
    writeChain(writer, target);
    writer.end();
    if (!this.target.tellsStores) {
      writer.push(operation(Op.I32Ne, local(VARIABLE.leave), constant(Leave.Budget)));
      writer.ifTrue();
      writeGoing(writer, local(VARIABLE.leave), constant(GATEWAY));
      writer.end();
    }
    writer.push(result(local(VARIABLE.leave)));
  }

  // Blocks in order

  private sequence(items: readonly Item[], loop: Loop | undefined): void {
    const { writer } = this;
    const loopScope = loop === undefined ? undefined : writer.loop();
    // The last item's block is the outermost.
    const scopes = items.map(() => writer.block()).reverse();
    const frame: Frame = { items, scopes, loop, loopScope, position: -1 };
    this.frames.push(frame);
    this.dispatch(frame);
    items.forEach((item, position) => {
      writer.end();
      frame.position = position;
      if (isLoop(item)) this.sequence(item.items, item);
      else this.writeBlock(item);
    });
    this.frames.pop();
    if (loopScope !== undefined) writer.end();
  }

  /** Where jumps from outside go to other places than the first item. */
  private dispatch({ items, scopes, loop }: Frame): void {
    const reached = loop === undefined ? this.labelled.slice(1, this.entryCount + 1) : loop.inner;
    const targets = this.labelled.map((node) => {
      const item = reached.includes(node) ? items.findIndex((candidate) => contains(candidate, node)) : 0;
      return scopes[item];
    });
    if (targets.every((scope) => scope === scopes[0])) return;
    const { writer } = this;
    // Most often a loop goes round.
    if (loop !== undefined) {
      writer.push(local(VARIABLE.label));
      writer.ifUnlikely();
    }
    writer.push(local(VARIABLE.label));
    writer.branchTable(targets, scopes[0]);
    if (loop !== undefined) writer.end();
  }

  private writeBlock(node: number): void {
    const { writer, flags, region } = this;
    const block = region.blocks[node];
    this.block = block;
    this.index = 0;
    const isOpen = (this.headers.has(node) && !this.peeled.has(node)) || this.labels.has(node);
    flags.known = isOpen ? UNKNOWN_FLAGS : (this.flagsAt.get(node) ?? UNKNOWN_FLAGS);
    if (this.peeled.has(node)) for (const { variable, value } of flags.again()) writer.set(variable, value);
    this.builder.forms.beginBlock(
      this.needs.forms ? block.instructions.flatMap(({ facts }) => [...facts.requirements]) : NOTHING,
    );
    if (this.frames.some(({ loop }) => loop?.inner.includes(node))) writer.set(VARIABLE.label, constant(0));
    if (this.headers.has(node)) this.askBudget(block.pc, this.longestFrom(node));
    this.builder.shares = this.shares[node];
    for (const instruction of block.instructions) {
      writer.freeTemporaries();
      this.builder.index = this.index;
      if (!instruction.facts.supported) {
        this.leaveSingle(instruction);
        if (instruction.condition === ALWAYS) return;
      } else {
        this.writeInstruction(instruction);
        const { facts, condition } = instruction;
        if (facts.branches && condition === ALWAYS && !facts.conditional) return;
      }
      this.index++;
    }
    const { pc, size, nextItstate } = block.instructions[block.instructions.length - 1];
    this.takeFromBudget(this.index);
    const next = (pc + size) | 0;
    if (nextItstate === 0) this.goTo(next, true);
    else {
      // The region ends inside an IT block.
      this.writeItstate(nextItstate);
      this.leave(next, Leave.Budget);
    }
  }

  private askBudget(pc: number, longest: number): void {
    const { writer } = this;
    writer.push(operation(Op.I32LtS, local(VARIABLE.left), constant(longest)));
    writer.ifUnlikely();
    this.leave(pc, Leave.Budget);
    writer.end();
  }

  private writeInstruction(instruction: Instruction): void {
    const { writer, flags, builder } = this;
    const { condition } = instruction;
    if (condition === ALWAYS) {
      builder.instruction(instruction);
      return;
    }
    // What a branch would depend on is often as good as random.
    if (instruction.facts.onlyComputes) {
      builder.selected(instruction, flags.condition(condition));
      return;
    }
    const before = flags.known;
    const { knowledge } = builder.forms;
    writer.push(flags.condition(condition));
    writer.ifTrue();
    builder.instruction(instruction);
    writer.end();
    builder.forms.forget(knowledge);
    flags.known = instruction.facts.branches ? before : knownOnBoth(before, flags.known);
  }

  /** An instruction for the interpreter, under its condition. */
  private leaveSingle({ condition }: Instruction): void {
    const { writer, flags } = this;
    if (condition !== ALWAYS) {
      writer.push(flags.condition(condition));
      writer.ifTrue();
    }
    this.leaveBefore(Leave.Single);
    if (condition !== ALWAYS) writer.end();
  }

  // Where control goes

  private get instruction(): Instruction {
    return this.block.instructions[this.index];
  }

  /** The entry of most pages, where asking for it pays: it makes more code. */
  get usualEntry(): number | undefined {
    return this.frames.length > 1 ? this.target.usualEntry : undefined;
  }

  get left(): Expression {
    return operation(Op.I32Sub, local(VARIABLE.left), constant(this.index));
  }

  private takeFromBudget(count: number): void {
    this.writer.addTo(VARIABLE.left, -count);
  }

  /** Out of the region with everything as before the current instruction. */
  private leaveBefore(leave: Leave): void {
    const { pc, itstate } = this.instruction;
    this.takeFromBudget(this.index);
    if (itstate !== 0) this.writeItstate(itstate);
    this.leave(pc, leave);
  }

  private writeItstate(itstate: number): void {
    this.writer.store(Op.I32Store, local(VARIABLE.core), CORE.ITSTATE * 4, constant(itstate));
  }

  private leave(pc: number, leave: Leave): void {
    const { writer } = this;
    writer.set(VARIABLE.target, constant(pc | (this.region.set === 'T32' ? 1 : 0)));
    if (leave !== Leave.Jump) writer.set(VARIABLE.leave, constant(leave));
    writer.branch(this.exit);
  }

  leaveSlow(): void {
    this.leaveBefore(Leave.Slow);
  }

  leaveBehind(): void {
    const { pc, size, nextItstate } = this.instruction;
    this.takeFromBudget(this.index + 1);
    if (nextItstate !== 0) this.writeItstate(nextItstate);
    this.leave((pc + size) | 0, Leave.Budget);
  }

  jump(target: number): void {
    this.takeFromBudget(this.index + 1);
    if (!this.instruction.facts.calls) this.goTo(target, false);
    else {
      const [callee] = this.block.guesses;
      if (callee === undefined) this.leave(target, Leave.Jump);
      else this.goToBlock(callee.node, false);
    }
  }

  jumpTo(target: Expression, leaving: () => void): void {
    const { writer } = this;
    this.takeFromBudget(this.index + 1);
    for (const { word, node } of this.block.guesses) {
      writer.push(operation(Op.I32Eq, target, constant(word)));
      writer.ifTrue();
      this.goToBlock(node, false);
      writer.end();
    }
    leaving();
    writer.set(VARIABLE.target, target);
    writer.branch(this.exit);
  }

  /** @param last nothing is written behind it in this block, so that it may be left out where the target comes next. */
  private goTo(target: number, last: boolean): void {
    const node = this.region.nodeAt(this.block.activation, target);
    if (node === undefined) this.leave(target, Leave.Jump);
    else this.goToBlock(this.block.elsewhere?.get(node) ?? node, last);
  }

  private goToBlock(node: number, last: boolean): void {
    const { writer, flags, flagsAt } = this;
    const others = flagsAt.get(node);
    const both = others === undefined ? flags.known : knownOnBoth(others, flags.known);
    flagsAt.set(node, both);
    const innermost = this.frames.length - 1;
    for (let depth = innermost; depth >= 0; depth--) {
      const { items, scopes, loop, loopScope, position } = this.frames[depth];
      if (loop !== undefined && loopScope !== undefined && loop.header === node) {
        // What is known at the end of the copy is known at the end of each turn.
        if (this.peeled.has(node) && !holdsAt(others, both)) this.goesOnOtherwise = true;
        writer.branch(loopScope);
        return;
      }
      let at = position + 1;
      while (at < items.length && !contains(items[at], node)) at++;
      if (at === items.length) continue;
      if (beginning(items[at]) !== node) writer.set(VARIABLE.label, constant(this.labels.get(node)!));
      else if (last && at === position + 1 && depth === innermost) return;
      writer.branch(scopes[at]);
      return;
    }
    throw new Error('a branch backwards to what is not a loop');
  }
}
