/**
 * Every predecoded block of a machine, shared by its cores: found by where the code is in the machine's memory, its
 * virtual address and the state it was decoded for. Nothing in here is architectural state: dropping any block, or
 * all, changes no result.
 */
import { HANDLER_TABLE } from '../../generated/interpreter';
import type { MemoryAccess } from '../mmu/memory-access';
import type { MachineState } from '../state/machine-state';
import { MOST_OPS } from '../state/layout';
import { noBlock, OpPool, type Block } from './block';
import type { HandlerTable } from './handler-table';
import { Effort, Patience } from './patience';
import { LONGEST, MOST_OPS_OF_BLOCK, Predecoder } from './predecode';
import type { SecondTier } from './second-tier';
import { TemplateCache } from './template';
import { TemplateMaker, type Decode } from './template-maker';

/** As many as a kernel that boots has blocks. */
const QUICK_SHIFT = 16;
const QUICK_ENTRIES = 2 ** (32 - QUICK_SHIFT);
const PAGE = 4096;
/**
 * A page with more blocks than this is entered everywhere, by code that faults again and again and goes on behind:
 * its further blocks are short, lest everything behind each entry be predecoded.
 */
const MANY_BLOCKS = 256;
const SHORT = 4;
/**
 * A page that is written so often while it has blocks is filled with something else, as a kernel fills what it started with: all
 * its blocks go, so that writes need not be told any more. Where code and data share a page they come back: then it takes
 * twice as many writes, each time.
 */
const MANY_WRITES = 64;

/** Writes to a page that has blocks: since all of them went, and as many as take them away the next time. */
interface Writes {
  count: number;
  most: number;
}

export class BlockCache {
  /** A block that no address matches. */
  readonly nothing: Block;
  readonly pool: OpPool;
  private readonly quick: Block[];
  /** Blocks by the machine-memory offset of their first byte, those of the same one by Block.sibling. */
  private readonly byOffset = new Map<number, Block>();
  /** Blocks by page of machine memory (offset of its first byte): a block across two pages is in both. */
  private readonly byPage = new Map<number, Block[]>();
  private readonly writes = new Map<number, Writes>();
  private readonly memories = new Set<MemoryAccess>();
  private breakpoints: ReadonlySet<number> = new Set();
  /** The same in ascending order. */
  private sortedBreakpoints: readonly number[] = [];
  private readonly predecoder: Predecoder;
  /** Of who waits for the run that executes. */
  readonly patience = new Patience();
  /** Compiles hot blocks, if there is one. */
  tier: SecondTier | undefined;

  constructor(
    state: MachineState,
    readonly decode: Decode,
    table: HandlerTable = HANDLER_TABLE,
  ) {
    this.pool = new OpPool(state.memory);
    this.nothing = noBlock(false);
    this.quick = new Array<Block>(QUICK_ENTRIES).fill(this.nothing);
    const templates = new TemplateCache(new TemplateMaker(decode, table));
    this.predecoder = new Predecoder(state, templates, this.pool, (va) => this.breakpoints.has(va));
  }

  /** Tells the cache of a core's memory access: every one of them is told which pages hold predecoded code. */
  attach(memory: MemoryAccess): void {
    this.memories.add(memory);
    for (const page of this.byPage.keys()) memory.markCode(page);
  }

  /** From now on `tier` is told of hot blocks. */
  attachTier(tier: SecondTier): void {
    this.clear();
    this.tier = tier;
  }

  isBreakpoint(va: number): boolean {
    return this.breakpoints.has(va);
  }

  /** There is a breakpoint in [va, va + bytes). @param va signed or not. */
  hasBreakpoint(va: number, bytes: number): boolean {
    return hasAddress(this.sortedBreakpoints, va >>> 0, bytes);
  }

  /** The block at `va` that there is already. */
  known(offset: number, va: number, key: number): Block | undefined {
    let block = this.byOffset.get(offset | 0);
    while (block !== undefined && (block.va !== va || block.key !== key)) block = block.sibling;
    return block;
  }

  /** Blocks with bytes in the page at this machine-memory offset. */
  inPage(page: number): Iterable<Block> {
    return this.byPage.get(page) ?? [];
  }

  /** The second tier holds something of the page at this machine-memory offset, whether blocks of it are here or not. */
  hold(page: number): void {
    if (this.byPage.has(page)) return;
    this.byPage.set(page, []);
    for (const memory of this.memories) memory.markCode(page);
  }

  /** The second tier holds nothing any more of the page at this machine-memory offset. */
  released(page: number): void {
    if (this.byPage.get(page)?.length === 0) this.forget(page);
  }

  /**
   * The block at `pc` (signed, aligned for its instruction set), whose first byte `memory` fetches from `offset`
   * (signed) in the machine's memory.
   * @throws MemoryFault when its only instruction continues in a page that cannot be fetched.
   */
  find(memory: MemoryAccess, pc: number, key: number, offset: number): Block {
    const index = quickIndex(pc, key);
    const guess = this.quick[index];
    if (guess.va === pc && guess.key === key && guess.offset === offset) return guess;
    const block = this.known(offset, pc, key) ?? this.build(memory, pc, key, offset);
    this.quick[index] = block;
    return block;
  }

  /** The block that is found first at an address; it may be one at another address. */
  guess(pc: number, key: number): Block {
    return this.quick[quickIndex(pc, key)];
  }

  /** Makes `block` the one that is found first at its address; it is forgotten by and by, like a guess. */
  adopt(block: Block): void {
    this.quick[quickIndex(block.va, block.key)] = block;
  }

  /** `block`, or what has taken its place, after a look at the page that its one instruction continues in. */
  confirmSecondPage(memory: MemoryAccess, block: Block): Block {
    const second = memory.fetch((block.va + 2) >>> 0).offset | 0;
    if (second === (block.offset2 | 0)) return block;
    const { va, key, offset } = block;
    this.drop(block);
    return this.build(memory, va, key, offset);
  }

  /** `bytes` bytes at machine-memory offset `offset` are about to be written or have been: what was decoded from them is dropped. */
  codeWritten(offset: number, bytes: number): void {
    for (let page = pageOf(offset); page < offset + bytes; page += PAGE) {
      const blocks = this.byPage.get(page);
      if (blocks === undefined) continue;
      if (this.isWrittenOver(page)) this.dropWritten(page, blocks, page, PAGE);
      else this.dropWritten(page, blocks, offset, bytes);
    }
  }

  private dropWritten(page: number, blocks: readonly Block[], offset: number, bytes: number): void {
    this.tier?.codeWritten(page, offset, bytes);
    // From the last one on: the list gets shorter.
    for (let i = blocks.length - 1; i >= 0; i--) if (overlaps(blocks[i], offset, bytes)) this.drop(blocks[i]);
  }

  /** Counts a write to a page that has blocks; true where all of them are to go. */
  private isWrittenOver(page: number): boolean {
    let writes = this.writes.get(page);
    if (writes === undefined) this.writes.set(page, (writes = { count: 0, most: MANY_WRITES }));
    if (++writes.count < writes.most) return false;
    writes.count = 0;
    writes.most *= 2;
    return true;
  }

  /**
   * Virtual addresses (unsigned) before which EngineBindings.onBreakpoint is asked, on every core and in every
   * address space.
   */
  setBreakpoints(addresses: ReadonlySet<number>): void {
    const before = this.breakpoints;
    this.breakpoints = new Set(addresses);
    this.sortedBreakpoints = [...addresses].sort((a, b) => a - b);
    const changed: number[] = [];
    for (const va of before) if (!this.breakpoints.has(va)) changed.push(va);
    for (const va of this.breakpoints) if (!before.has(va)) changed.push(va);
    if (changed.length === 0) return;
    changed.sort((a, b) => a - b);
    this.tier?.breakpointsChanged((va, bytes) => hasAddress(changed, va >>> 0, bytes));
    for (const block of this.all()) if (hasAddress(changed, block.va >>> 0, block.bytes)) this.drop(block);
  }

  /** Drops every block, as after a restore. */
  clear(): void {
    this.tier?.clear();
    for (const block of this.all()) block.drop();
    for (const page of this.byPage.keys()) for (const memory of this.memories) memory.unmarkCode(page);
    this.byOffset.clear();
    this.byPage.clear();
    this.writes.clear();
    this.quick.fill(this.nothing);
    this.pool.clear();
  }

  private all(): Block[] {
    const blocks: Block[] = [];
    for (const first of this.byOffset.values())
      for (let block: Block | undefined = first; block !== undefined; block = block.sibling)
        blocks.push(block);
    return blocks;
  }

  private build(memory: MemoryAccess, pc: number, key: number, offset: number): Block {
    if (this.pool.used + MOST_OPS_OF_BLOCK > MOST_OPS) this.clear();
    const secondPage = (): number => memory.fetch((pc + 2) >>> 0).offset;
    const inPage = this.byPage.get(pageOf(offset >>> 0))?.length ?? 0;
    const longest = inPage > MANY_BLOCKS ? SHORT : LONGEST;
    const block = this.predecoder.block(pc, offset, key, longest, secondPage);
    this.patience.left -= Effort.Predecoded * block.count;
    block.first = block.second = this.nothing;
    if (this.tier !== undefined) {
      block.heat = this.tier.heatOf(block);
      block.setCode(this.tier.codeAt(block));
      block.setThreaded(this.tier.threaded(block));
    }
    block.sibling = this.byOffset.get(offset);
    this.byOffset.set(offset, block);
    this.enlist(pageOf(offset >>> 0), block);
    if (block.offset2 >= 0) this.enlist(pageOf(block.offset2), block);
    return block;
  }

  private enlist(page: number, block: Block): void {
    const blocks = this.byPage.get(page);
    if (blocks !== undefined) blocks.push(block);
    else {
      this.byPage.set(page, [block]);
      for (const memory of this.memories) memory.markCode(page);
    }
  }

  private drop(block: Block): void {
    const { offset, offset2, sibling } = block;
    let before = this.byOffset.get(offset);
    if (before !== block) {
      while (before !== undefined && before.sibling !== block) before = before.sibling;
      if (before !== undefined) before.sibling = sibling;
    } else if (sibling === undefined) this.byOffset.delete(offset);
    else this.byOffset.set(offset, sibling);
    this.unlist(pageOf(offset >>> 0), block);
    if (offset2 >= 0) this.unlist(pageOf(offset2), block);
    this.pool.drop(block);
  }

  private unlist(page: number, block: Block): void {
    const blocks = this.byPage.get(page);
    if (blocks === undefined) return;
    const place = blocks.lastIndexOf(block);
    if (place < 0) return;
    blocks.splice(place, 1);
    if (blocks.length === 0 && this.tier?.holds(page) !== true) this.forget(page);
  }

  /** Writes to the page need not be told any more. */
  private forget(page: number): void {
    this.byPage.delete(page);
    for (const memory of this.memories) memory.unmarkCode(page);
  }
}

function quickIndex(pc: number, key: number): number {
  // Every bit of an address counts: A32 has half of them, and a kernel nearly as many blocks as there are entries.
  return Math.imul(pc ^ key, 0x9e37_79b1) >>> QUICK_SHIFT;
}

function pageOf(offset: number): number {
  return offset - (offset % PAGE);
}

function overlaps(block: Block, offset: number, bytes: number): boolean {
  const from = block.offset >>> 0;
  if (block.offset2 < 0) return from < offset + bytes && offset < from + block.bytes;
  const { offset2 } = block;
  return (from < offset + bytes && offset < from + 2) || (offset2 < offset + bytes && offset < offset2 + 2);
}

/** True when a member of the ascending list `addresses` is in [va, va + bytes). */
function hasAddress(addresses: readonly number[], va: number, bytes: number): boolean {
  let low = 0;
  let high = addresses.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (addresses[middle] < va) low = middle + 1;
    else high = middle;
  }
  return low < addresses.length && addresses[low] < va + bytes;
}
