/**
 * The second tier of one machine: regions of hot code as WebAssembly, in one table of functions. The interpreter tells
 * which blocks are hot; they are compiled in batches. When a region gets compiled, or is dropped, changes no result.
 */
import { NEVER_HOT, type Block, type CompiledCode } from '../interpreter/block';
import type { BlockCache } from '../interpreter/block-cache';
import { Effort } from '../interpreter/patience';
import { LEAVE_SHIFT, Leave, type Outside, type SecondTier } from '../interpreter/second-tier';
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
import { writeRegion, type WrittenRegion } from './region-writer';
import { Pace, PER_ENTRY, type PaceOptions } from './pace';

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

/** Bytes [from, to). */
interface Span {
  readonly from: number;
  readonly to: number;
}

interface Compiled {
  readonly slot: number;
  /** Machine-memory offset and virtual address (signed) of its page, and its blocks' key. */
  readonly page: number;
  readonly va: number;
  readonly key: number;
  /** Machine-memory offsets of the bytes that the code was made from. */
  readonly spans: readonly Span[];
  readonly entries: readonly Entry[];
  /** Addresses whose accesses were known to be slow: the code makes them by calls. */
  readonly slow: ReadonlySet<number>;
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
}

interface Made {
  readonly block: Block;
  readonly written: WrittenRegion;
  /** Instructions. */
  readonly length: number;
  readonly spans: readonly Span[];
  readonly slow: ReadonlySet<number>;
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

  hot(block: Block, interpreted: number): void {
    const { waiting, pace, options } = this;
    pace.interpreted(interpreted);
    if (block.code !== undefined) return;
    const told = (waiting.get(block) ?? 0) + 1;
    waiting.set(block, told);
    block.heat = options.threshold;
    if (!pace.pays(told * options.threshold * (block.count + PER_ENTRY))) return;
    const again = this.ready.has(block);
    this.ready.add(block);
    if (pace.allows && (again || this.ready.size >= options.batch)) this.compile();
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
    const isHere = ({ from, to }: Span): boolean => from <= at && at < to;
    for (const region of this.regionsAt((offset & -PAGE) >>> 0, va & -PAGE, key))
      if (!region.slow.has(pc) && region.spans.some(isHere)) this.again(region);
  }

  link(target: number, code: CompiledCode): void {
    this.jumps.set(target, code.slot, code.label);
  }

  /** The code that begins where a new block does. */
  codeAt(block: Block): CompiledCode | undefined {
    // Inside an IT block only the interpreter goes on.
    if (block.key > 1) return undefined;
    const code = this.codes.get(keyOf(block.va, block.offset >>> 0, block.key));
    if (code !== undefined) code.block = block;
    return code;
  }

  holds(page: number): boolean {
    return this.byPage.has(page);
  }

  codeWritten(page: number, offset: number, bytes: number): void {
    for (const region of this.byPage.get(page) ?? [])
      if (region.spans.some(({ from, to }) => from < offset + bytes && offset < to)) this.drop(region);
  }

  breakpointsChanged(hasAddress: (va: number, bytes: number) => boolean): void {
    for (const regions of [...this.byPage.values()])
      for (const region of regions)
        if (region.spans.some(({ from, to }) => hasAddress(region.va + (from - region.page), to - from)))
          this.drop(region);
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
  compile(): void {
    const { waiting, ready, pace } = this;
    const queue = [...ready].sort((a, b) => waiting.get(b)! - waiting.get(a)!);
    if (this.free.length + SLOTS - this.used < queue.length || this.modules >= MOST_MODULES) {
      // Whatever is still hot comes back.
      this.blocks.clear();
      return;
    }
    const made: Made[] = [];
    const batch: Batch = { queue, covered: new Set(), inside: new Set(), pages: new Map() };
    for (const block of queue) {
      const passed = block.key <= 1 && batch.inside.has(keyOf(block.va, block.offset >>> 0, block.key));
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
    const instructions = made.reduce((sum, { length }) => sum + length, 0);
    this.regions += made.length;
    this.instructions += instructions;
    this.blocks.patience.left -= Effort.Compiled * instructions;
    this.mostAtOnce = Math.max(this.mostAtOnce, instructions);
    const bodies = made.map(({ written }) => written.body);
    const functions = this.instantiate(bodies, this.imported);
    made.forEach((one, index) => this.add(one, functions[index]));
  }

  private make(block: Block, { queue, covered, inside, pages }: Batch): Made | undefined {
    const { va, key } = block;
    const { options } = this;
    const offset = block.offset >>> 0;
    if (key > 1 || covered.has(keyOf(va, offset, key))) return undefined;
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
    });
    for (const { activation, instructions } of region.blocks)
      if (activation.caller === undefined)
        for (const { pc } of instructions) inside.add(keyOf(pc, offset + (pc - va), key));
    for (const { pc } of written.entries) {
      const entry = keyOf(pc, offset + (pc - va), key);
      covered.add(entry);
      inside.delete(entry);
    }
    const has = new Set(written.entries.map(({ pc }) => pc));
    const replaces = older.filter((region) => region.entries.every(({ pc }) => has.has(pc)));
    const spans = spansOf(region, offset - (va >>> 0));
    return { block, written, length: region.length, spans, slow: experience.slow, replaces };
  }

  /** What is known of a block's page. */
  private pageOf({ va, offset, key }: Block, pages: Map<number, Page>): Page {
    const first = va & -PAGE;
    const page = (offset & -PAGE) >>> 0;
    const ownKey = keyOf(first, page, key);
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
    return [...(this.byPage.get(page) ?? [])].filter((region) => region.va === va && region.key === key);
  }

  private add({ block, written, spans, slow, replaces }: Made, body: () => unknown): void {
    for (const region of replaces) this.drop(region);
    const { va, key } = block;
    const offset = block.offset >>> 0;
    const slot = this.free.pop() ?? this.used++;
    this.table.set(slot, body);
    const page = offset - (offset % PAGE);
    const entries = written.entries.flatMap(({ pc, label }): Entry[] => {
      const at = offset + (pc - va);
      const ownKey = keyOf(pc, at, key);
      if (this.codes.has(ownKey)) return [];
      const code = new Code(slot, label, written.slack);
      this.codes.set(ownKey, code);
      const known = this.blocks.known(at, pc, key);
      if (known !== undefined) {
        code.block = known;
        known.setCode(code);
      }
      return [{ pc, code }];
    });
    const region: Compiled = { slot, page, va: va & -PAGE, key, spans, entries, slow };
    const regions = this.byPage.get(page);
    if (regions === undefined) this.byPage.set(page, new Set([region]));
    else regions.add(region);
  }

  /** Drops a region that is known to be hot: it is made anew soon. */
  private again(region: Compiled): void {
    this.drop(region);
    for (const { code } of region.entries)
      if (code.block !== undefined && !code.block.dropped) {
        code.block.heat = SOON;
        this.waiting.set(code.block, 1);
        this.ready.add(code.block);
      }
  }

  private drop(region: Compiled): void {
    const regions = this.byPage.get(region.page);
    if (regions?.delete(region) !== true) return;
    for (const { pc, code } of region.entries) {
      this.codes.delete(keyOf(pc, region.page + (pc - region.va), region.key));
      this.jumps.drop(pc | region.key, region.slot);
      code.block?.setCode(undefined);
      if (code.block !== undefined) code.block.heat = this.options.threshold;
    }
    this.table.set(region.slot, null);
    this.free.push(region.slot);
    if (regions.size !== 0) return;
    this.byPage.delete(region.page);
    this.blocks.released(region.page);
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

/** One number for a virtual address, the machine-memory offset it stands for, and a block's key (0 or 1). */
function keyOf(va: number, offset: number, key: number): number {
  return (va >>> 12) * 2 ** 33 + offset * 2 + key;
}
