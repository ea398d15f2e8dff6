/**
 * The second tier under supervision: whatever compiled code executes, the interpreter executes again from the same
 * state, and everything that either of them wrote is compared where the code is left. Regions are not chained, and
 * loops are left after SPAN instructions, so that a difference is told close to where it arose.
 *
 * Compiled code tells before each store which page it goes to; what the interpreter wrote, the first level of the TLB
 * tells, from which its entries for writes are taken out meanwhile.
 */
import type { EngineBindings } from '../interpreter/bindings';
import type { CompiledCode } from '../interpreter/block';
import type { BlockCache } from '../interpreter/block-cache';
import { Interpreter } from '../interpreter/interpreter';
import { LEAVE_SHIFT } from '../interpreter/second-tier';
import { canonical, wordName } from '../state/canonical';
import { CORE, CORES_OFFSET, CORE_BLOCK_BYTES, CORE_WORDS_USED, GUEST_MEMORY_OFFSET } from '../state/layout';
import type { CoreState, MachineState } from '../state/machine-state';
import { Compiler, type CompilerOptions } from './compiler';
import type { RamPlace } from './inline-helpers';

const PAGE = 4096;
/** Most instructions between two comparisons, where the code can be left so often. */
const SPAN = 2000;

/** Compiled code and the interpreter do not agree; the machine is as the interpreter left it. */
export class EngineDifference extends Error {
  override readonly name = 'EngineDifference';
}

export class CheckedCompiler extends Compiler {
  /** Comparisons made. */
  checks = 0;
  /** Contents of pages, by machine-memory offset, before the code at hand wrote to them. */
  protected readonly pages = new Map<number, Int32Array>();
  /** Copies of pages that nobody needs any more. */
  private readonly spare: Int32Array[] = [];
  private readonly interpreters = new Map<number, Interpreter>();

  /** @param bindings of a core, by its number, once the machine is whole. */
  constructor(
    state: MachineState,
    blocks: BlockCache,
    options: CompilerOptions,
    ram: RamPlace | undefined,
    private readonly bindings: (core: number) => EngineBindings,
  ) {
    super(state, blocks, options, ram, (offset, bytes) => this.stores(offset, bytes));
  }

  override link(): void {
    // Every region is left to the interpreter.
  }

  override run(core: number, context: number, left: number, code: CompiledCode): number {
    const number = (core - CORES_OFFSET) / CORE_BLOCK_BYTES;
    const state = this.state.cores[number]!;
    const budget = Math.min(left, Math.max(code.slack, SPAN));
    const before = state.i32.slice(0, CORE_WORDS_USED);
    this.pages.clear();
    const result = this.execute(core, context, budget, code);
    const done = budget - (result >>> LEAVE_SHIFT);
    this.check(state, before, done);
    return ((left - done) << LEAVE_SHIFT) | (result & ((1 << LEAVE_SHIFT) - 1));
  }

  protected execute(core: number, context: number, left: number, code: CompiledCode): number {
    return super.run(core, context, left, code);
  }

  /** `bytes` bytes at machine-memory offset `at` are about to be written. */
  private stores(at: number, bytes: number): void {
    for (let page = at - (at % PAGE); page < at + bytes; page += PAGE)
      if (!this.pages.has(page)) this.pages.set(page, this.copy(page));
  }

  private copy(page: number): Int32Array {
    const copy = this.spare.pop() ?? new Int32Array(PAGE / 4);
    copy.set(this.words(page));
    return copy;
  }

  private words(page: number): Int32Array {
    return this.state.i32.subarray(page >>> 2, (page + PAGE) >>> 2);
  }

  /** Executes `done` instructions again from the state `before`; all else in the machine is as the code left it. */
  private check(core: CoreState, before: Int32Array, done: number): void {
    this.checks++;
    // The interpreter tells of it itself.
    core.i32[CORE.TRANSLATION_WRITTEN] = 0;
    const raw = core.i32.slice(0, CORE_WORDS_USED);
    const compiled = canonical(core);
    const written = new Map<number, Int32Array>();
    for (const [page, content] of this.pages) {
      const words = this.words(page);
      written.set(page, this.copy(page));
      words.set(content);
    }
    core.i32.set(before);
    const { pages, retired } = this.interpret(core, done);
    const { now } = this.state;
    // Time and count go on from what they were: who called takes what was executed into account.
    core.i32.set(before.subarray(CORE.RETIRED, CORE.RETIRED + 2), CORE.RETIRED);
    const where = `core ${core.index}, ${core.retired} instructions after reset: code compiled from ${hex(before[CORE.R + 15]!)} on, left ${done} instructions later`;
    if (retired !== done)
      throw new EngineDifference(
        `${where}, is left ${retired} instructions later by the interpreter (time ${now})`,
      );
    const interpreted = canonical(core);
    const word = firstDifference(compiled, interpreted);
    if (word >= 0)
      throw new EngineDifference(
        `${where} at ${hex(compiled[CORE.R + 15]!)}: ${wordName(word)} is ${hex(compiled[word]!)} compiled, ${hex(interpreted[word]!)} interpreted`,
      );
    for (const page of new Set([...written.keys(), ...pages]))
      this.comparePage(page, written.get(page), where);
    for (const copies of [this.pages, written]) this.spare.push(...copies.values());
    core.i32.set(raw);
  }

  /** @returns what was executed, and the pages that were written. */
  private interpret(core: CoreState, instructions: number): { pages: Iterable<number>; retired: number } {
    if (instructions === 0) return { pages: [], retired: 0 };
    const { context } = this.bindings(core.index).memory;
    const { state } = this;
    const time = state.now;
    const writes = context.takeWrites();
    const { retired } = this.interpreterOf(core.index).run(instructions, true);
    state.now = time;
    return { pages: context.putBack(writes), retired };
  }

  private interpreterOf(core: number): Interpreter {
    let interpreter = this.interpreters.get(core);
    if (interpreter === undefined) {
      interpreter = new Interpreter(this.state, this.bindings(core), this.blocks, { alone: true });
      this.interpreters.set(core, interpreter);
    }
    return interpreter;
  }

  private comparePage(page: number, compiled: Int32Array | undefined, where: string): void {
    const words = this.words(page);
    if (compiled === undefined)
      throw new EngineDifference(`${where}: only the interpreter writes to the page at ${this.place(page)}`);
    const at = firstDifference(compiled, words);
    if (at < 0) return;
    throw new EngineDifference(
      `${where}: the word at ${this.place(page + 4 * at)} is ${hex(compiled[at]!)} compiled, ${hex(words[at]!)} interpreted`,
    );
  }

  /** An offset in the machine's memory as people know it. */
  private place(offset: number): string {
    const inRam = offset - GUEST_MEMORY_OFFSET;
    const { ram } = this;
    if (ram !== undefined && inRam >= 0 && inRam < ram.size)
      return `physical address ${hex(ram.base + inRam)}`;
    return `offset ${hex(offset)} of the machine's memory`;
  }
}

/** Index of the first word that is not the same in both, which are of one length, or -1. */
function firstDifference(a: Int32Array, b: Int32Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return i;
  return -1;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
