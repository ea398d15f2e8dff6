/**
 * The second tier under supervision: whatever compiled code executes, the interpreter executes again from the same
 * state, and everything that either of them wrote is compared where the code is left. Regions are not chained, and
 * loops are left after SPAN instructions, so that a difference is told close to where it arose.
 *
 * Threaded code (threaded/) is compiled code here: it is left at the end of each block, and before each op for the
 * interpreter. Code tells before each store which page it goes to; which pages the interpreter wrote to, the first level of
 * the TLB tells (`trackWrites`). So the cost of a comparison is that of the core's words and of these pages.
 */
import type { EngineBindings } from '../interpreter/bindings';
import { STRIDE_SHIFT, type CompiledCode } from '../interpreter/block';
import type { BlockCache } from '../interpreter/block-cache';
import { PSEUDO } from '../interpreter/handler-table';
import { Interpreter } from '../interpreter/interpreter';
import { LEAVE_SHIFT, type Outside } from '../interpreter/second-tier';
import { canonical, firstDifference, sameWords, wordName } from '../state/canonical';
import {
  CORE,
  CORES_OFFSET,
  CORE_BLOCK_BYTES,
  CORE_WORDS_USED,
  GUEST_MEMORY_OFFSET,
  OPS_OFFSET,
  THREADED_COUNT_OFFSET,
} from '../state/layout';
import type { CoreState, MachineState } from '../state/machine-state';
import { Compiler, type CompilerOptions } from './compiler';
import type { RamPlace } from './inline-helpers';

const PAGE = 4096;
/** Most instructions between two comparisons, where the code can be left so often. */
const SPAN = 2000;

/** Copies of a page: before compiled code wrote to it, and after. */
interface Copies {
  readonly before: Int32Array;
  readonly after: Int32Array;
}

interface WrittenPage extends Copies {
  /** The page itself. */
  readonly words: Int32Array;
}

/** Who does again what a core's compiled code did. */
interface Supervisor {
  readonly core: CoreState;
  readonly memory: EngineBindings['memory'];
  readonly interpreter: Interpreter;
}

/** Compiled code and the interpreter do not agree; the machine is as the interpreter left it. */
export class EngineDifference extends Error {
  override readonly name = 'EngineDifference';
}

export class CheckedCompiler extends Compiler {
  /** Comparisons made. */
  checks = 0;
  /** Pages that the code at hand wrote to, by machine-memory offset. */
  protected readonly pages = new Map<number, WrittenPage>();
  /** Offset of the page written to last, which is in `pages`; -1 when nothing was written. */
  protected lastPage = -1;
  /** Places for copies of pages that nobody needs any more. */
  private readonly spare: Copies[] = [];
  /** A core's words before the code at hand, and after it. */
  private readonly before = new Int32Array(CORE_WORDS_USED);
  private readonly after = new Int32Array(CORE_WORDS_USED);
  /** The words of each core's block in use. */
  private readonly words: readonly Int32Array[];
  private readonly supervisors = new Map<number, Supervisor>();

  /** @param bindings of a core, by its number, once the machine is whole. */
  constructor(
    state: MachineState,
    blocks: BlockCache,
    options: CompilerOptions,
    ram: RamPlace | undefined,
    private readonly bindings: (core: number) => EngineBindings,
  ) {
    super(state, blocks, options, ram, (offset, bytes) => this.stores(offset, bytes));
    this.words = state.cores.map((core) => core.i32.subarray(0, CORE_WORDS_USED));
  }

  override link(): void {
    // Every region is left to the interpreter.
  }

  override run(core: number, context: number, left: number, code: CompiledCode, outside: Outside): number {
    const number = (core - CORES_OFFSET) / CORE_BLOCK_BYTES;
    const budget = Math.min(left, Math.max(code.slack, SPAN));
    this.before.set(this.words[number]!);
    let inBlock = 0;
    const result = this.execute(core, context, budget, code, {
      reach: (...given) => outside.reach(...given),
      interpret: (...given) => outside.interpret(...given),
      executeOp: (at) => {
        inBlock = this.leaveBefore(at, this.words[number]!);
        return -1;
      },
    });
    const done = budget - (result >>> LEAVE_SHIFT) + inBlock;
    this.check(this.supervisorOf(number), done);
    return ((left - done) << LEAVE_SHIFT) | (result & ((1 << LEAVE_SHIFT) - 1));
  }

  /**
   * Threaded code is left before an op that it does not do itself, with the core's words as they are there.
   * @returns instructions of its block before it.
   */
  private leaveBefore(at: number, words: Int32Array): number {
    const { pool } = this.blocks;
    const place = (at - OPS_OFFSET) >> 2;
    if (pool.ops[place] === PSEUDO.HEADER) return 0;
    const op = place >> STRIDE_SHIFT;
    words[CORE.R + 15] = pool.pcs[op]!;
    words[CORE.ITSTATE] = pool.itstates[op]!;
    const count = pool.counts[op]!;
    this.state.i32[THREADED_COUNT_OFFSET >> 2]! += count;
    return count;
  }

  protected execute(
    core: number,
    context: number,
    left: number,
    code: CompiledCode,
    outside: Outside,
  ): number {
    return super.run(core, context, left, code, outside);
  }

  /** `bytes` bytes at machine-memory offset `at` are about to be written. */
  private stores(at: number, bytes: number): void {
    const last = at + bytes - 1;
    for (let page = at - (at % PAGE); page <= last; page += PAGE)
      if (page !== this.lastPage) this.touch(page);
  }

  private touch(page: number): void {
    this.lastPage = page;
    if (this.pages.has(page)) return;
    const words = this.state.i32.subarray(page >>> 2, (page + PAGE) >>> 2);
    const { before, after } = this.spare.pop() ?? {
      before: new Int32Array(PAGE / 4),
      after: new Int32Array(PAGE / 4),
    };
    before.set(words);
    this.pages.set(page, { words, before, after });
  }

  /** Executes `done` instructions again from the state before; all else in the machine is as the code left it. */
  private check(supervisor: Supervisor, done: number): void {
    this.checks++;
    const { core } = supervisor;
    const words = this.words[core.index]!;
    // The interpreter tells of it itself.
    core.i32[CORE.TRANSLATION_WRITTEN] = 0;
    const { before, after } = this;
    after.set(words);
    for (const page of this.pages.values()) {
      page.after.set(page.words);
      page.words.set(page.before);
    }
    words.set(before);
    const { written, retired } = this.interpret(supervisor, done);
    // Time and count go on from what they were: who called takes what was executed into account.
    words[CORE.RETIRED] = before[CORE.RETIRED]!;
    words[CORE.RETIRED + 1] = before[CORE.RETIRED + 1]!;
    if (retired !== done)
      throw new EngineDifference(
        `${this.where(core, done)}, is left ${retired} instructions later by the interpreter (time ${this.state.now})`,
      );
    const word = firstDifference(after, words);
    if (word >= 0) {
      const [compiled, interpreted] = [canonical(after), canonical(words)];
      throw new EngineDifference(
        `${this.where(core, done)} at ${hex(compiled[CORE.R + 15]!)}: ${wordName(word)} is ${hex(compiled[word]!)} compiled, ${hex(interpreted[word]!)} interpreted`,
      );
    }
    for (const page of written)
      if (!this.pages.has(page))
        throw new EngineDifference(
          `${this.where(core, done)}: only the interpreter writes to the page at ${this.place(page)}`,
        );
    for (const [offset, page] of this.pages) {
      this.comparePage(offset, page, core, done);
      this.spare.push(page);
    }
    if (this.pages.size !== 0) this.pages.clear();
    this.lastPage = -1;
    words.set(after);
  }

  /** @returns what was executed, and offsets of the pages that were written to. */
  private interpret(
    { interpreter, memory }: Supervisor,
    instructions: number,
  ): { written: readonly number[]; retired: number } {
    if (instructions === 0) return { written: [], retired: 0 };
    const { state } = this;
    const { context } = memory;
    const time = state.now;
    context.trackWrites();
    const { retired } = interpreter.run(instructions, true);
    state.now = time;
    return { written: context.trackedWrites(), retired };
  }

  private supervisorOf(number: number): Supervisor {
    let supervisor = this.supervisors.get(number);
    if (supervisor === undefined) {
      const core = this.state.cores[number]!;
      const bindings = this.bindings(number);
      supervisor = {
        core,
        memory: bindings.memory,
        interpreter: new Interpreter(this.state, bindings, this.blocks, { alone: true }),
      };
      this.supervisors.set(number, supervisor);
    }
    return supervisor;
  }

  private comparePage(offset: number, { words, after }: WrittenPage, core: CoreState, done: number): void {
    if (sameWords(words, after, PAGE / 4)) return;
    const word = words.findIndex((value, i) => value !== after[i]);
    throw new EngineDifference(
      `${this.where(core, done)}: the word at ${this.place(offset + 4 * word)} is ${hex(after[word]!)} compiled, ${hex(words[word]!)} interpreted`,
    );
  }

  private where(core: CoreState, done: number): string {
    return `core ${core.index}, ${core.retired} instructions after reset: code compiled from ${hex(this.before[CORE.R + 15]!)} on, left ${done} instructions later`;
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

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
