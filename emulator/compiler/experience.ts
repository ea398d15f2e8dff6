/**
 * What the interpreter has seen of the code in a page: which addresses execution came to, and where branches to what a
 * register or memory says went, and which accesses were slow. It decides what is compiled, never what compiled code does.
 */
import type { Block, OpPool } from '../interpreter/block';
import { EndWord, OFTEN_SLOW, STRIDE_SHIFT } from '../interpreter/block';
import { ALWAYS, following, type CodeReader, type Instruction } from './code-reader';

export class Experience {
  private readonly blocks = new Map<number, Block>();
  /** By the address behind them. */
  private readonly endingAt = new Map<number, Block[]>();
  private readonly returns = new Set<number>();
  private readonly predecessors = new Map<number, number[]>();
  /** Addresses (signed) of instructions whose accesses take the slow way often. */
  readonly slow: ReadonlySet<number>;

  /**
   * @param page addresses (signed) of its blocks' page, the lowest 12 bits 0.
   * @param blocks of the page in the machine's memory that this one is, for any address.
   */
  constructor(
    private readonly reader: CodeReader,
    page: number,
    key: number,
    blocks: Iterable<Block>,
    private readonly pool: OpPool,
  ) {
    const seen = [...blocks].filter(
      (block) => block.key === key && (block.va & ~0xfff) === page && block.offset2 < 0,
    );
    this.slow = slowIn(seen, pool);
    for (const block of this.begun(seen)) {
      this.blocks.set(block.va, block);
      const same = this.endingAt.get(block.next);
      if (same === undefined) this.endingAt.set(block.next, [block]);
      else same.push(block);
    }
    for (const block of this.blocks.values()) this.link(block);
  }

  /** Execution came to this address (signed) by a branch, or began there again. */
  has(pc: number): boolean {
    return this.blocks.has(pc);
  }

  /** The address is behind a call. */
  isReturnAddress(pc: number): boolean {
    return this.returns.has(pc);
  }

  /** Where execution went from the end of blocks that end before `next`, the last ones first; bit 0 set for T32. */
  wentTo(next: number): number[] {
    const words = new Set<number>();
    for (const { first, second, end } of this.endingAt.get(next) ?? []) {
      for (const to of [first, second]) if (!to.dropped && to.key <= 1) words.add(to.va | to.key);
      for (const place of [EndWord.First, EndWord.Second]) {
        const to = this.pool.ops[end + place]!;
        if (to !== 0) words.add(to);
      }
    }
    return [...words];
  }

  /**
   * Beginnings of blocks from which execution comes to `pc` without returning from a call, nearest first; `pc` is the
   * first.
   * @param most instructions in them.
   */
  before(pc: number, most: number): number[] {
    const found = new Set([pc]);
    let instructions = 0;
    for (const to of found) {
      instructions += this.blocks.get(to)?.count ?? 0;
      if (instructions > most) break;
      for (const from of this.predecessors.get(to) ?? []) found.add(from);
    }
    return [...found];
  }

  /** Nothing is known from which execution comes here, but calls and branches to what a register says. */
  isRoot(pc: number): boolean {
    return !this.predecessors.has(pc);
  }

  /**
   * Without blocks that begin inside of another one where no branch is known to go: the interpreter began there once,
   * behind the end of a budget or an instruction that compiled code had left to it.
   */
  private begun(seen: readonly Block[]): Block[] {
    const targets = new Set(seen.map((block) => this.lastOf(block)?.facts.target));
    const first = new Map<number, number>();
    for (const { va, next } of seen) {
      const other = first.get(next);
      if (other === undefined || va >>> 0 < other >>> 0) first.set(next, va);
    }
    return seen.filter(({ va, next }) => targets.has(va) || first.get(next) === va);
  }

  private lastOf(block: Block): Instruction | undefined {
    const op = (block.end >> STRIDE_SHIFT) - 1;
    return this.reader.at(this.pool.pcs[op]!, this.pool.itstates[op]!);
  }

  private link(block: Block): void {
    const last = this.lastOf(block);
    if (last === undefined) return;
    const { facts } = last;
    const next = following(last);
    if (facts.calls || !facts.supported) {
      if (facts.calls) this.returns.add(next);
      if (facts.goesOn) this.edge(block, next);
      return;
    }
    if (facts.target !== undefined) this.edge(block, facts.target);
    if (!facts.branches || last.condition !== ALWAYS || facts.conditional) this.edge(block, next);
  }

  private edge({ va }: Block, to: number): void {
    if (!this.blocks.has(to)) return;
    const from = this.predecessors.get(to);
    if (from === undefined) this.predecessors.set(to, [va]);
    else from.push(va);
  }
}

function slowIn(blocks: readonly Block[], pool: OpPool): Set<number> {
  const found = new Set<number>();
  for (const { start, end } of blocks)
    for (let op = start >> STRIDE_SHIFT; op < end >> STRIDE_SHIFT; op++)
      if (pool.slow[op]! >= OFTEN_SLOW) found.add(pool.pcs[op]!);
  return found;
}
