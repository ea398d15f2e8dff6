/**
 * The second tier of one machine: regions of hot code as WebAssembly, in one table of functions. The interpreter tells
 * which blocks are hot; they are compiled in batches. When a region gets compiled, or is dropped, changes no result.
 */
import { NEVER_HOT, type Block, type CompiledCode } from '../interpreter/block';
import type { BlockCache } from '../interpreter/block-cache';
import { Effort } from '../interpreter/patience';
import { LEAVE_SHIFT, Leave, type Outside, type SecondTier } from '../interpreter/second-tier';
import type { FastTlbContext } from '../mmu/fast-tlb';
import type { MachineState } from '../state/machine-state';
import { encodeModule, type FunctionType } from './wasm/module';
import { Bytes } from './wasm/bytes';
import { Op, ValueType } from './wasm/opcodes';
import type { RamPlace } from './inline-helpers';
import { JumpCache } from './jump-cache';
import { CodeReader, type CodeSource } from './code-reader';
import { Experience } from './experience';
import { GATEWAY, writeGateway } from './gateway';
import { findRegion, type Region } from './region';
import { writeRegion } from './region-writer';
import { Pace, PER_ENTRY, type PaceOptions } from './pace';
import { entryOf, placeOf, type Span, type Translation, type Translations } from './translations';

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
  threshold: 1500,
  longest: 600,
  batch: 24,
  callee: 80,
  beaten: true,
};
/** For people who wait. */
export const PACED_OPTIONS: CompilerOptions = { ...DEFAULT_OPTIONS, pace: { worth: 3000, burst: 250_000 } };

/** Executions of a block whose code is to be made anew after which that happens. */
const SOON = 20;
/** Entries of the table of functions: each instance has a copy of it in some versions of V8. */
const SLOTS = 4096;
/**
 * Modules that a table may be given. V8 keeps each as long as the table, whatever is taken out of it: some 100 KB, and a
 * little time for every entry that is set from then on. So all are dropped together with their table.
 */
export const MOST_MODULES = 1000;
const PAGE = 4096;
/** Saved translations that are brought into the table at once, at most. */
const MOST_BROUGHT = 64;
/** Slot of a function that returns at once: what an empty entry of the jump cache leads to. */
export const NOWHERE = 0;

const I32 = ValueType.I32;
/** Of a region's function: core, context, left, label. */
const REGION_TYPE: FunctionType = { parameters: [I32, I32, I32, I32], results: [I32] };
/** Of the function that calls one by its slot. */
const CALLER_TYPE: FunctionType = { parameters: [I32, I32, I32, I32, I32], results: [I32] };

/** A function that a module imports, and its type. */
interface Imported {
  readonly type: FunctionType;
  readonly call: (...args: never[]) => unknown;
}
const STORE_TYPE: FunctionType = { parameters: [I32, I32], results: [] };
const REACH_TYPE: FunctionType = { parameters: [I32, I32, I32, I32], results: [I32] };
const INTERPRET_TYPE: FunctionType = { parameters: [I32, I32], results: [I32] };
const IMPORTED_TYPE_INDEX = 2;

/** Of code that does not run. */
const NOTHING_OUTSIDE: Outside = { reach: () => 0, interpret: () => -1 };

type Caller = (core: number, context: number, left: number, label: number, slot: number) => number;

/** A translation in the table. */
interface Compiled {
  readonly translation: Translation;
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
  /** Keys of addresses in the middle of what was compiled by now: execution need not come there any more. */
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
  private table = newTable();
  /** Modules that were given this table. */
  modules = 0;
  private readonly jumps: JumpCache;
  private caller: Caller;
  private readonly pace: Pace;
  /** What waits to be compiled, and how often it was told. */
  private readonly waiting = new Map<Block, number>();
  /** Of these, what pays. */
  private readonly ready = new Set<Block>();
  private free: number[] = [];
  private used = GATEWAY + 1;
  /** Entries by machine-memory offset and instruction set. */
  private readonly codes = new Map<number, Code>();
  private readonly byPage = new Map<number, Set<Compiled>>();
  private source: CodeSource;
  /** What the code that runs calls. */
  private outside = NOTHING_OUTSIDE;
  /** What regions import: what is told of stores, or what makes slow accesses. */
  private readonly imported: Imported;
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
    this.imported =
      onStore === undefined
        ? {
            type: REACH_TYPE,
            call: (va: number, access: number, value: number, left: number) =>
              this.outside.reach(va, access, value, left),
          }
        : { type: STORE_TYPE, call: onStore };
    this.caller = this.makeCaller();
    this.pace = new Pace(options.pace);
    this.source = {
      view: state.view,
      decode: blocks.decode,
      inlining:
        ram === undefined || state.cores[0].hasSecurity
          ? undefined
          : { tellsRegisterWrites: false, alone: state.cores.length === 1 },
      compilesForms: !state.cores[0].hasSecurity,
      isBreakpoint: (address) => blocks.isBreakpoint(address),
    };
    blocks.attachTier(this);
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
    const again = this.ready.has(block);
    this.ready.add(block);
    if (pace.allows && (again || this.ready.size >= options.batch)) this.compile(context);
  }

  run(core: number, context: number, left: number, code: CompiledCode, outside: Outside): number {
    this.outside = outside;
    return this.caller(core, context, left, code.label, code.slot);
  }

  accessIsSlow(block: Block, pc: number): void {
    // Supervised code makes no slow access itself.
    if (block.dropped || block.key > 1 || this.onStore !== undefined) return;
    const { va, key, offset } = block;
    const at = (offset >>> 0) + (pc - va);
    for (const region of this.regionsAt((offset & -PAGE) >>> 0, va & -PAGE, key)) {
      const { slow, spans } = region.translation;
      if (!slow.includes(pc) && spans.some(({ from, to }) => from <= at && at < to)) this.again(region);
    }
  }

  link(target: number, code: CompiledCode): void {
    this.jumps.set(target, code.slot, code.label);
  }

  /** The code that begins where a new block does. */
  codeAt(block: Block): CompiledCode | undefined {
    // Inside an IT block only the interpreter goes on.
    if (block.key > 1) return undefined;
    const place = placeOf(block.va, block.offset >>> 0, block.key);
    const code = this.codes.get(place) ?? this.bring(place);
    if (code !== undefined) code.block = block;
    return code;
  }

  holds(page: number): boolean {
    return this.byPage.has(page);
  }

  codeWritten(page: number, offset: number, bytes: number): void {
    for (const region of this.byPage.get(page) ?? [])
      if (region.translation.spans.some(({ from, to }) => from < offset + bytes && offset < to))
        this.drop(region);
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
    this.jumps.clear();
    this.table = newTable();
    this.free = [];
    this.used = GATEWAY + 1;
    this.modules = 0;
    this.cleared++;
    this.caller = this.makeCaller();
  }

  // Compiling

  private makeCaller(): Caller {
    const code = new Bytes();
    for (const parameter of [0, 1, 2, 3, 4]) {
      code.byte(Op.LocalGet);
      code.unsigned(parameter);
    }
    code.byte(Op.CallIndirect);
    code.unsigned(0);
    code.unsigned(0);
    const nowhere = new Bytes();
    nowhere.byte(Op.LocalGet);
    nowhere.unsigned(2);
    nowhere.byte(Op.I32Const);
    nowhere.signed(LEAVE_SHIFT);
    nowhere.byte(Op.I32Shl);
    nowhere.byte(Op.I32Const);
    nowhere.signed(Leave.Jump);
    nowhere.byte(Op.I32Or);
    const functions = [{ type: 1, locals: [], code }, { type: 0, locals: [], code: nowhere }, writeGateway()];
    const exports = this.instantiate(functions, {
      type: INTERPRET_TYPE,
      call: (leave: Leave, left: number) => this.outside.interpret(leave, left),
    });
    this.table.set(NOWHERE, exports[1]);
    this.table.set(GATEWAY, exports[2]);
    return exports[0] as Caller;
  }

  private instantiate(
    functions: Parameters<typeof encodeModule>[0]['functions'],
    { type, call: imported }: Imported,
  ): (() => unknown)[] {
    const { memory } = this.state;
    const bytes = encodeModule({
      types: [REGION_TYPE, CALLER_TYPE, type],
      imported: IMPORTED_TYPE_INDEX,
      functions,
      memoryPages: memory.buffer.byteLength / 0x1_0000,
      tableEntries: SLOTS,
    });
    this.modules++;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      m: { memory, table: this.table, imported },
    });
    return functions.map((_, index) => instance.exports[`f${index}`] as () => unknown);
  }

  /** Compiles what waits, the hottest first, as far as there is time. */
  private compile(context: FastTlbContext): void {
    const { waiting, ready, pace } = this;
    const queue = [...ready].sort((a, b) => waiting.get(b)! - waiting.get(a)!);
    if (this.room < queue.length || this.modules >= MOST_MODULES) {
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
      else if (!passed) block.heat = NEVER_HOT;
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
    const { translations, source, blocks } = this;
    const room = Math.min(MOST_BROUGHT, this.room);
    if (translations === undefined || room === 0 || this.modules >= MOST_MODULES) return undefined;
    const fits = (one: Translation): boolean =>
      one.tellsRegisterWrites === (source.inlining?.tellsRegisterWrites === true) &&
      one.entries.some((entry) => !this.codes.has(entryOf(one, entry))) &&
      !hasAddressIn(one, (va, bytes) => blocks.hasBreakpoint(va, bytes));
    const found = translations.wanted(place, this.state.u8, room, fits);
    if (found.length === 0) return undefined;
    this.brought += found.length;
    blocks.patience.left -= Effort.Brought * found.reduce((sum, { instructions }) => sum + instructions, 0);
    for (const { page } of found) blocks.hold(page);
    this.add(found);
    return this.codes.get(place);
  }

  /** Functions that the table has room for. */
  private get room(): number {
    return this.free.length + SLOTS - this.used;
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
    for (const hot of queue)
      if (hot.key === key && (hot.va & -PAGE) === first && !hot.dropped) entries.add(hot.va);
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
    for (const { activation, instructions } of region.blocks)
      if (activation.caller === undefined)
        for (const { pc } of instructions) inside.add(placeOf(pc, offset + (pc - va), key));
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
    const functions = this.instantiate(
      translations.map(({ body }) => body),
      this.imported,
    );
    translations.forEach((translation, index) => this.put(translation, functions[index]));
  }

  private put(translation: Translation, body: () => unknown): void {
    const { page, va, key, slack } = translation;
    const slot = this.free.pop() ?? this.used++;
    this.table.set(slot, body);
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
      }
      return [{ pc, code }];
    });
    const region: Compiled = { translation, slot, entries };
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
    this.table.set(slot, null);
    this.free.push(slot);
    if (regions.size !== 0) return;
    this.byPage.delete(page);
    this.blocks.released(page);
  }
}

function newTable(): WebAssembly.Table {
  return new WebAssembly.Table({ element: 'anyfunc', initial: SLOTS, maximum: SLOTS });
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
