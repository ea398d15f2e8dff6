/**
 * The second tier of one machine: regions of hot code as WebAssembly, in one table of functions. The interpreter tells
 * which blocks are hot; they are compiled in batches. When a region gets compiled, or is dropped, changes no result.
 */
import { NEVER_HOT, STRIDE, type Block, type CompiledCode } from '../interpreter/block';
import type { BlockCache } from '../interpreter/block-cache';
import { Effort } from '../interpreter/patience';
import { Leave, type Outside, type SecondTier } from '../interpreter/second-tier';
import type { FastTlbContext } from '../mmu/fast-tlb';
import { OPS_OFFSET, THREADED_FACTS } from '../state/layout';
import type { MachineState } from '../state/machine-state';
import type { RamPlace } from './inline-helpers';
import { JumpCache } from './jump-cache';
import { CodeReader, type CodeSource } from './code-reader';
import { Experience } from './experience';
import { FunctionTable } from './function-table';
import { findRegion, type Region } from './region';
import { writeRegion } from './region-writer';
import { GATEWAY, THREADED } from './table-layout';
import { Pace, PER_ENTRY, type PaceOptions } from './pace';
import { ParkedCode } from './parked-code';
import {
  contentsOf,
  entryOf,
  placeOf,
  type KeptTranslation,
  type Span,
  type Translation,
  type Translations,
} from './translations';

export interface CompilerOptions {
  /** Executions after which a block is hot. */
  readonly threshold: number;
  /** Most instructions of a region. */
  readonly longest: number;
  /** Blocks that wait for a batch to begin. */
  readonly batch: number;
  /** Most instructions of a callee that is copied into its callers, 0 for none. */
  readonly callee: number;
  /** Ways that were never taken are left out. */
  readonly beaten: boolean;
  /** Without it whatever is hot is compiled at once. */
  readonly pace?: PaceOptions;
}
export const DEFAULT_OPTIONS: CompilerOptions = {
  threshold: 3500,
  longest: 600,
  batch: 24,
  callee: 80,
  beaten: true,
};
/** For people who wait. */
export const PACED_OPTIONS: CompilerOptions = { ...DEFAULT_OPTIONS, pace: { worth: 3000, burst: 250_000 } };

/**
 * A block in the middle of a region has been hot so often before the region is made anew with an entry there: compiling
 * what has code already costs as much as the first time, and gains only what leads to the region's next entry.
 */
const ANOTHER_ENTRY = 8;
/** Executions of a block whose code is to be made anew after which that happens. */
const SOON = 20;
const PAGE = 4096;
/** Saved translations that are brought into the table at once, at most. */
const MOST_BROUGHT = 64;

/** A translation in the table. */
interface Compiled extends KeptTranslation {
  readonly slot: number;
  /** Of its entries those that no other region has. */
  readonly entries: readonly Entry[];
}

interface Entry {
  /** Address, signed. */
  readonly pc: number;
  readonly code: Code;
}

class Code implements CompiledCode {
  block: Block | undefined;
  constructor(
    readonly slot: number,
    readonly label: number,
    readonly slack: number,
  ) {}
}

/** What is known of one page of code at one address. */
interface Page {
  readonly reader: CodeReader;
  readonly experience: Experience;
}

interface Batch {
  /** Blocks that are hot, the hottest first. */
  readonly queue: readonly Block[];
  /** Keys of those that have code by now. */
  readonly covered: Set<number>;
  /** Keys of blocks of the queue in the middle of what was compiled by now: execution need not come there any more. */
  readonly inside: Set<number>;
  /** By the key of their first byte. */
  readonly pages: Map<number, Page>;
  /** See look-up.ts. */
  readonly usualEntry: number | undefined;
}

interface Made {
  readonly translation: Translation;
  /** Regions that have nothing that this one has not. */
  readonly replaces: readonly Compiled[];
}

export class Compiler implements SecondTier {
  private readonly functions: FunctionTable;
  private readonly jumps: JumpCache;
  private readonly pace: Pace;
  /** What waits to be compiled, and how often it was told. */
  private readonly waiting = new Map<Block, number>();
  /** Of these, what pays. */
  private readonly ready = new Set<Block>();
  /** Entries by machine-memory offset and instruction set. */
  private readonly codes = new Map<number, Code>();
  private readonly byPage = new Map<number, Set<Compiled>>();
  /** Addresses (signed) of instructions that some region looked up for others at. */
  private readonly sharing = new Set<number>();
  private readonly parked = new ParkedCode();
  private source: CodeSource;
  readonly interpreted: CompiledCode = new Code(GATEWAY, Leave.Jump, 0);
  cleared = 0;
  /** Regions compiled since the machine was made, and their instructions. */
  regions = 0;
  instructions = 0;
  /** Most instructions compiled at once: while that happens the machine stands still. */
  mostAtOnce = 0;
  /** Regions that were not compiled, because they were translated before. */
  brought = 0;
  /** What was translated before, and what is to be used again; not where stores are told. */
  translations: Translations | undefined;

  constructor(
    protected readonly state: MachineState,
    protected readonly blocks: BlockCache,
    private readonly options: CompilerOptions = DEFAULT_OPTIONS,
    /** RAM, of a machine that has it in one piece; without it exclusives and other helpers are the interpreter's. */
    protected readonly ram?: RamPlace,
    /** Called by compiled code before each store: offset in the machine's memory, bytes. */
    private readonly onStore?: (offset: number, bytes: number) => void,
  ) {
    this.jumps = new JumpCache(state);
    this.functions = new FunctionTable(state, onStore);
    this.pace = new Pace(options.pace);
    this.source = {
      view: state.view,
      decode: blocks.decode,
      inlining:
        ram === undefined || state.cores[0].hasSecurity
          ? undefined
          : { tellsRegisterWrites: false, alone: state.cores.length === 1, maintains: onStore === undefined },
      compilesForms: !state.cores[0].hasSecurity,
      isBreakpoint: (address) => blocks.isBreakpoint(address),
    };
    this.tellThreadedCode();
    blocks.attachTier(this);
  }

  /** Writes what threaded code may do by itself. */
  private tellThreadedCode(): void {
    const { state, ram, source } = this;
    const inlining = source.inlining;
    const { plain, alone, quiet, tellsStores, ramBase, ramSize } = THREADED_FACTS;
    state.i32[plain >> 2] = inlining === undefined ? 0 : 1;
    state.i32[alone >> 2] = inlining?.alone === true ? 1 : 0;
    state.i32[quiet >> 2] = inlining?.tellsRegisterWrites === false ? 1 : 0;
    state.i32[tellsStores >> 2] = this.onStore === undefined ? 0 : 1;
    state.i32[ramBase >> 2] = ram?.base ?? 0;
    state.i32[ramSize >> 2] = inlining === undefined ? 0 : (ram?.size ?? 0);
  }

  /** Modules that were made since everything was dropped the last time. */
  get modules(): number {
    return this.functions.modules;
  }

  // What the interpreter asks

  heatOf(): number {
    return this.options.threshold;
  }

  hot(block: Block, interpreted: number, context: FastTlbContext): void {
    const { waiting, pace, options } = this;
    pace.interpreted(interpreted);
    if (block.code !== undefined) return;
    const told = (waiting.get(block) ?? 0) + 1;
    waiting.set(block, told);
    block.heat = options.threshold;
    if (!pace.pays(told * options.threshold * (block.count + PER_ENTRY))) return;
    if (told < ANOTHER_ENTRY && this.isInside(block)) return;
    const again = this.ready.has(block);
    this.ready.add(block);
    if (pace.allows && (again || this.ready.size >= options.batch)) this.compile(context);
  }

  run(core: number, context: number, left: number, code: CompiledCode, outside: Outside): number {
    return this.functions.call(core, context, left, code.label, code.slot, outside);
  }

  accessIsSlow(block: Block, pc: number): void {
    // Supervised code makes no slow access itself.
    if (block.dropped || block.key > 1 || this.onStore !== undefined) return;
    for (const region of this.regionsWith(block, pc))
      if (!region.translation.slow.includes(pc)) this.again(region);
  }

  sharesLookUp(pc: number): boolean {
    return this.sharing.has(pc);
  }

  /** Regions that have the instruction of a block at `pc` (signed). */
  private regionsWith({ va, key, offset }: Block, pc: number): Compiled[] {
    const at = (offset >>> 0) + (pc - va);
    return this.regionsAt((offset & -PAGE) >>> 0, va & -PAGE, key).filter(({ translation }) =>
      translation.spans.some(({ from, to }) => from <= at && at < to),
    );
  }

  private isInside(block: Block): boolean {
    return !block.dropped && block.key <= 1 && this.regionsWith(block, block.va).length > 0;
  }

  link(target: number, code: CompiledCode): void {
    this.jumps.set(target, code.slot, code.label);
  }

  /** The code that begins where a new block does. */
  codeAt(block: Block): CompiledCode | undefined {
    // Inside an IT block only the interpreter goes on.
    if (block.key > 1) return undefined;
    const place = placeOf(block.va, block.offset >>> 0, block.key);
    const code = this.codes.get(place) ?? this.unpark(place) ?? this.bring(place);
    if (code !== undefined) code.block = block;
    return code;
  }

  threaded({ key, breakpoint, offset2, start, count }: Block): CompiledCode | undefined {
    // Inside an IT block only the interpreter goes on.
    if (key > 1 || breakpoint || offset2 >= 0) return undefined;
    return new Code(THREADED, OPS_OFFSET + 4 * (start - STRIDE), count);
  }

  holds(page: number): boolean {
    return this.byPage.has(page);
  }

  codeWritten(page: number, offset: number, bytes: number): void {
    for (const region of this.byPage.get(page) ?? [])
      if (region.translation.spans.some(({ from, to }) => from < offset + bytes && offset < to)) {
        const { translation, contents, slot } = region;
        const body = this.functions.at(slot);
        this.drop(region);
        this.parked.add({ translation, contents, body });
      }
  }

  breakpointsChanged(hasAddress: (va: number, bytes: number) => boolean): void {
    for (const regions of [...this.byPage.values()])
      for (const region of regions) if (hasAddressIn(region.translation, hasAddress)) this.drop(region);
  }

  /** From now on somebody is to be told of every write of a system register, or nobody any more. */
  tellRegisterWrites(tell: boolean): void {
    const { inlining } = this.source;
    if (inlining === undefined || inlining.tellsRegisterWrites === tell) return;
    this.source = { ...this.source, inlining: { ...inlining, tellsRegisterWrites: tell } };
    this.blocks.clear();
  }

  clear(): void {
    for (const regions of [...this.byPage.values()]) for (const region of regions) this.drop(region);
    this.waiting.clear();
    this.ready.clear();
    this.sharing.clear();
    this.parked.clear();
    this.jumps.clear();
    this.functions.clear();
    // A reset forgets it, like all that is in memory.
    this.tellThreadedCode();
    this.cleared++;
  }

  // Compiling

  /** Compiles what waits, the hottest first, as far as there is time. */
  private compile(context: FastTlbContext): void {
    const { waiting, ready, pace } = this;
    const queue = [...ready].sort((a, b) => waiting.get(b)! - waiting.get(a)!);
    if (this.functions.room < queue.length) {
      // Whatever is still hot comes back.
      this.blocks.clear();
      return;
    }
    const made: Made[] = [];
    const batch: Batch = {
      queue,
      covered: new Set(),
      inside: new Set(),
      pages: new Map(),
      usualEntry: context.usualEntry,
    };
    for (const block of queue) {
      const passed = block.key <= 1 && batch.inside.has(placeOf(block.va, block.offset >>> 0, block.key));
      if (!passed && !pace.allows) continue;
      waiting.delete(block);
      ready.delete(block);
      if (block.dropped || block.code !== undefined) continue;
      const one = passed ? undefined : this.make(block, batch);
      if (one !== undefined) made.push(one);
      else if (!passed) {
        block.heat = NEVER_HOT;
        if (block.isAlone && block.key <= 1) this.link(block.va | block.key, this.interpreted);
      }
    }
    if (made.length === 0) return;
    pace.spentOnModule();
    const instructions = made.reduce((sum, { translation }) => sum + translation.instructions, 0);
    this.regions += made.length;
    this.instructions += instructions;
    this.blocks.patience.left -= Effort.Compiled * instructions;
    this.mostAtOnce = Math.max(this.mostAtOnce, instructions);
    for (const { translation, replaces } of made) {
      for (const region of replaces) {
        this.translations?.remove(region.translation);
        this.drop(region);
      }
      this.translations?.add(translation, this.state.u8);
    }
    this.add(made.map(({ translation }) => translation));
  }

  /** Code that begins at a place where execution comes for the first time, if it was translated before. */
  private bring(place: number): Code | undefined {
    const { translations } = this;
    const room = Math.min(MOST_BROUGHT, this.functions.room);
    if (translations === undefined || room === 0) return undefined;
    const found = translations.wanted(place, this.state.u8, room, (one) => this.fits(one));
    if (found.length === 0) return undefined;
    this.willBring(found);
    this.add(found);
    return this.codes.get(place);
  }

  /** Code that begins at a place that was written since it was dropped, and holds again what it held. */
  private unpark(place: number): Code | undefined {
    if (this.functions.room === 0) return undefined;
    const found = this.parked.take(place, this.state.u8, ({ translation }) => this.fits(translation));
    if (found === undefined) return undefined;
    this.willBring([found.translation]);
    this.put(found.translation, this.functions.putBack(found.body));
    return this.codes.get(place);
  }

  /** True of a translation that is as one that was made now would be, and has an entry that none has. */
  private fits(one: Translation): boolean {
    return (
      one.tellsRegisterWrites === (this.source.inlining?.tellsRegisterWrites === true) &&
      one.entries.some((entry) => !this.codes.has(entryOf(one, entry))) &&
      !hasAddressIn(one, (va, bytes) => this.blocks.hasBreakpoint(va, bytes))
    );
  }

  private willBring(found: readonly Translation[]): void {
    const { blocks } = this;
    this.brought += found.length;
    blocks.patience.left -= Effort.Brought * found.reduce((sum, { instructions }) => sum + instructions, 0);
    for (const { page } of found) blocks.hold(page);
  }

  private make(block: Block, { queue, covered, inside, pages, usualEntry }: Batch): Made | undefined {
    const { va, key } = block;
    const { options } = this;
    const offset = block.offset >>> 0;
    if (key > 1 || covered.has(placeOf(va, offset, key))) return undefined;
    const page = offset - (offset % PAGE);
    const first = va & -PAGE;
    const { reader, experience } = this.pageOf(block, pages);
    const readBefore = reader.decoded;
    const before = new Set(experience.before(va, options.longest));
    const older = this.regionsAt(page, first, key).filter(({ entries }) =>
      entries.some(({ pc }) => before.has(pc)),
    );
    const entries = new Set([va, ...older.flatMap((region) => region.entries.map(({ pc }) => pc))]);
    const starts = [...before, ...entries];
    const nearby = queue.filter((hot) => hot.key === key && (hot.va & -PAGE) === first);
    for (const hot of nearby) if (!hot.dropped) entries.add(hot.va);
    const region = findRegion(reader, experience, {
      starts,
      isEntry: (pc) => entries.has(pc) || (before.has(pc) && experience.isRoot(pc)),
      most: options.longest,
      callee: options.callee,
      beaten: options.beaten,
    });
    this.pace.spent({ read: reader.decoded - readBefore, written: region?.length ?? 0 });
    if (region === undefined) return undefined;
    const written = writeRegion(region, va, offset, {
      ram: this.ram,
      tellsStores: this.onStore !== undefined,
      isSlow: (pc) => experience.slow.has(pc),
      usualEntry,
    });
    for (const hot of nearby)
      if (hasInstruction(region, hot.va)) inside.add(placeOf(hot.va, offset + (hot.va - va), key));
    for (const { pc } of written.entries) {
      const entry = placeOf(pc, offset + (pc - va), key);
      covered.add(entry);
      inside.delete(entry);
    }
    const has = new Set(written.entries.map(({ pc }) => pc));
    const replaces = older.filter((region) => region.entries.every(({ pc }) => has.has(pc)));
    const spans = spansOf(region, offset - (va >>> 0));
    const slow = [...experience.slow].filter((pc) => {
      const at = offset + (pc - va);
      return spans.some(({ from, to }) => from <= at && at < to);
    });
    const tellsRegisterWrites = this.source.inlining?.tellsRegisterWrites === true;
    const translation = { ...written, page, va: first, key, spans, slow, tellsRegisterWrites };
    return { translation, replaces };
  }

  /** What is known of a block's page. */
  private pageOf({ va, offset, key }: Block, pages: Map<number, Page>): Page {
    const first = va & -PAGE;
    const page = (offset & -PAGE) >>> 0;
    const ownKey = placeOf(first, page, key);
    let known = pages.get(ownKey);
    if (known === undefined) {
      const reader = new CodeReader(this.source, first, page, key === 1 ? 'T32' : 'A32');
      const experience = new Experience(reader, first, key, this.blocks.inPage(page), this.blocks.pool);
      known = { reader, experience };
      pages.set(ownKey, known);
    }
    return known;
  }

  private regionsAt(page: number, va: number, key: number): Compiled[] {
    return [...(this.byPage.get(page) ?? [])].filter(
      ({ translation }) => translation.va === va && translation.key === key,
    );
  }

  /** Makes one module of translations, and puts its functions into the table. */
  private add(translations: readonly Translation[]): void {
    const slots = this.functions.add(translations.map(({ body }) => body));
    translations.forEach((translation, index) => this.put(translation, slots[index]));
  }

  private put(translation: Translation, slot: number): void {
    const { page, va, key, slack } = translation;
    const entries = translation.entries.flatMap(({ pc, label }): Entry[] => {
      const at = page + (pc - va);
      const place = placeOf(pc, at, key);
      if (this.codes.has(place)) return [];
      const code = new Code(slot, label, slack);
      this.codes.set(place, code);
      const known = this.blocks.known(at, pc, key);
      if (known !== undefined) {
        code.block = known;
        known.setCode(code);
        // What led to threaded code leads here.
        this.link(pc | key, code);
      }
      return [{ pc, code }];
    });
    for (const pc of translation.sharing) this.sharing.add(pc);
    const contents = contentsOf(translation, this.state.u8);
    const region: Compiled = { translation, contents, slot, entries };
    const regions = this.byPage.get(page);
    if (regions === undefined) this.byPage.set(page, new Set([region]));
    else regions.add(region);
  }

  /** Drops a region that is known to be hot: it is made anew soon. */
  private again(region: Compiled): void {
    this.translations?.remove(region.translation);
    this.drop(region);
    for (const { code } of region.entries)
      if (code.block !== undefined && !code.block.dropped) {
        code.block.heat = SOON;
        this.waiting.set(code.block, 1);
        this.ready.add(code.block);
      }
  }

  private drop(region: Compiled): void {
    const { slot, translation } = region;
    const { page, va, key } = translation;
    const regions = this.byPage.get(page);
    if (regions?.delete(region) !== true) return;
    for (const { pc, code } of region.entries) {
      this.codes.delete(placeOf(pc, page + (pc - va), key));
      this.jumps.drop(pc | key, slot);
      code.block?.setCode(undefined);
      if (code.block !== undefined) code.block.heat = this.options.threshold;
    }
    this.functions.release(slot);
    if (regions.size !== 0) return;
    this.byPage.delete(page);
    this.blocks.released(page);
  }
}

/** The region has the instruction at `pc` itself, not in a callee's copy alone. */
function hasInstruction({ blocks }: Region, pc: number): boolean {
  return blocks.some(
    ({ activation, instructions }) =>
      activation.caller === undefined && instructions.some((instruction) => instruction.pc === pc),
  );
}

/** The bytes of a region's instructions, callees' included. @param addend from an address (unsigned) to its offset. */
function spansOf({ blocks }: Region, addend: number): Span[] {
  const spans: { from: number; to: number }[] = [];
  const runs = blocks
    .map(({ pc, instructions }) => {
      const from = (pc >>> 0) + addend;
      return { from, to: from + instructions.reduce((sum, { size }) => sum + size, 0) };
    })
    .sort((a, b) => a.from - b.from);
  for (const { from, to } of runs) {
    const last = spans.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else spans.push({ from, to });
  }
  return spans;
}

/** True when a translation was made of something at an address that `hasAddress` knows. */
function hasAddressIn(
  { spans, page, va }: Translation,
  hasAddress: (va: number, bytes: number) => boolean,
): boolean {
  return spans.some(({ from, to }) => hasAddress(va + (from - page), to - from));
}
