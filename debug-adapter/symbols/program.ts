import { ElfFile } from './elf';
import { type ElfSymbol, type InstructionSet, lastNotAfter } from './elf-symbols';
import { DW_AT, DW_TAG } from './dwarf/constants';
import { DebugInfo } from './dwarf/debug-info';
import type { Die } from './dwarf/die';
import { type ConcreteFunction, concreteFunctions, inlinedCopies, scopeChain } from './dwarf/functions';
import { NameIndex } from './dwarf/names';
import type { AddressRange } from './dwarf/ranges';
import { TypeBuilder } from './dwarf/type-builder';
import type { Unit } from './dwarf/unit';
import { entryValueFromCallSite } from './call-sites';
import type { Frame } from './frames/frame';
import { Unwinder, type UnwindResult } from './frames/unwinder';
import { breakpointAddress } from './prologue-end';
import type {
  CodeLocation,
  FunctionInfo,
  InlineFrame,
  ProgramSymbol,
  Scope,
  SymbolHit,
} from './program-types';
import { type SourceLine, SourceLines } from './source-lines';
import { type Type, VOID } from './types';
import { type FrameServices, type Variable, valueOf, variablesOf } from './variables';
import type { Value } from './values';

export { ElfFile } from './elf';
export { SymbolFileError } from './errors';
export { Frame } from './frames/frame';
export type { UnwindResult, UnwindMethod } from './frames/unwinder';
export type { SourceLine } from './source-lines';
export type { Variable } from './variables';
export { Value } from './values';
export type {
  CodeLocation,
  FunctionInfo,
  InlineFrame,
  ProgramSymbol,
  Scope,
  SymbolHit,
} from './program-types';

const TYPE_TAGS = {
  struct: [DW_TAG.structure_type, DW_TAG.class_type],
  union: [DW_TAG.union_type],
  enum: [DW_TAG.enumeration_type],
  any: [
    DW_TAG.typedef,
    DW_TAG.base_type,
    DW_TAG.structure_type,
    DW_TAG.class_type,
    DW_TAG.union_type,
    DW_TAG.enumeration_type,
  ],
} as const;

/** Entry values that lead from call site to call site are followed no further than this. */
const DEEPEST_ENTRY_VALUE = 8;

interface UnitFunction extends ConcreteFunction {
  readonly address: number;
}

/** A program (or kernel, or hypervisor) with its symbols and debug information, loaded at link address + slide. */
export class Program {
  readonly elf: ElfFile;
  private readonly info: DebugInfo;
  private readonly lines: SourceLines;
  private readonly names: NameIndex;
  private readonly types: TypeBuilder;
  private readonly unwinder: Unwinder;
  private readonly found: string[] = [];
  private readonly functionLists = new Map<Unit, { sorted: UnitFunction[]; all: ConcreteFunction[] }>();
  private readonly services: FrameServices;
  private entryValueDepth = 0;
  private readonly knownFunctions = new Map<Die, FunctionInfo>();
  private readonly knownGlobals = new Map<Unit, Variable[]>();
  private readonly knownVariables = new Map<Die, Variable[]>();

  private constructor(
    bytes: Uint8Array,
    readonly name: string,
    /** Run-time minus link-time address. */
    readonly slide: number,
  ) {
    const report = (problem: string) => {
      if (!this.found.includes(problem)) this.found.push(problem);
    };
    this.elf = new ElfFile(bytes, name);
    const isCode = (address: number) => this.elf.isLoaded(address);
    this.info = new DebugInfo((section) => this.elf.sectionBytes(section), isCode, report);
    this.lines = new SourceLines(this.info, isCode);
    this.names = new NameIndex(this.info);
    this.types = new TypeBuilder(
      (die, tag) => this.names.type(tag, [die.tag]),
      (die, otherwise, read) => this.info.guard(die.unit, otherwise, read),
    );
    this.unwinder = new Unwinder(this.elf, slide, (pc) => this.functionStart(pc), report);
    this.services = {
      slide,
      cfa: (frame) => this.unwinder.cfa(frame),
      entryValue: (frame, register, functionDie) => this.entryValue(frame, register, functionDie),
    };
  }

  /**
   * Reads headers only; debug information is read as it is asked for.
   * @param options.name the file's name for messages
   * @param options.slide run-time minus link-time address, 0 by default
   * @throws SymbolFileError when the file isn't a complete ELF32 little-endian ARM file
   */
  static load(bytes: Uint8Array, options: { readonly name: string; readonly slide?: number }): Program {
    return new Program(bytes, options.name, options.slide ?? 0);
  }

  /** What turned out to be damaged so far, in words. */
  get problems(): readonly string[] {
    return this.found;
  }

  /** Whether there is debug information at all. */
  get hasDebugInfo(): boolean {
    return this.info.units.length > 0;
  }

  /** Whether a run-time address lies in the program's loaded parts. */
  contains(address: number): boolean {
    return this.elf.isLoaded(address - this.slide);
  }

  // ── symbols and functions ──────────────────────────────────────────────────────────────────────────────────────

  symbolAt(address: number): SymbolHit | undefined {
    const link = address - this.slide;
    if (!this.elf.isLoaded(link)) return undefined;
    const symbol = this.elf.symbols.at(link);
    return symbol && { ...this.runTime(symbol), offset: link - symbol.address };
  }

  symbolByName(name: string): ProgramSymbol | undefined {
    const symbol = this.elf.symbols.named(name);
    return symbol && this.runTime(symbol);
  }

  /** Names that begin with a prefix, sorted, for completion. */
  symbolsStartingWith(prefix: string, limit = 100): string[] {
    const names = new Set<string>();
    for (const { name } of this.elf.symbols.all) if (name.startsWith(prefix)) names.add(name);
    return [...names].sort().slice(0, limit);
  }

  /** `symbol+0x12` for an address, or undefined. */
  symbolize(address: number): string | undefined {
    const hit = this.symbolAt(address);
    return hit && (hit.offset === 0 ? hit.name : `${hit.name}+0x${hit.offset.toString(16)}`);
  }

  /** A32, T32 or data at a run-time address, by the mapping symbols. */
  instructionSetAt(address: number): InstructionSet | undefined {
    const link = address - this.slide;
    if (!this.elf.isLoaded(link)) return undefined;
    const mapped = this.elf.symbols.stateAt(link);
    if (mapped) return mapped;
    const symbol = this.elf.symbols.at(link);
    return symbol?.kind === 'function' ? (symbol.thumb ? 'T32' : 'A32') : undefined;
  }

  /** The function whose code holds a pc; known by its symbol alone where there is no debug information. */
  findFunction(pc: number): FunctionInfo | undefined {
    const concrete = this.concreteAt(pc - this.slide);
    if (concrete) return this.functionInfo(concrete);
    const hit = this.symbolAt(pc);
    return hit && this.elf.isExecutable(pc - this.slide) && hit.kind !== 'object'
      ? functionOfSymbol(hit)
      : undefined;
  }

  /** Functions of a name (C++ and `static` ones may be several), with code of their own. */
  functionsByName(name: string): FunctionInfo[] {
    const functions = new Map<number, FunctionInfo>();
    // The symbol tells the unit at once; the search by name also finds static namesakes.
    for (const symbol of this.elf.symbols.all) {
      if (symbol.name !== name || symbol.kind === 'object' || !this.elf.isExecutable(symbol.address))
        continue;
      const concrete = this.concreteAt(symbol.address);
      const info =
        concrete && concrete.entry === symbol.address
          ? this.functionInfo(concrete)
          : functionOfSymbol(this.runTime(symbol));
      functions.set(info.lowPc, info);
    }
    if (functions.size === 0)
      for (const die of this.names.functions(name))
        this.info.guard(die.unit, undefined, () => {
          for (const concrete of this.functionsOf(die.unit).all)
            if (concrete.die.origins().includes(die)) {
              const info = this.functionInfo(concrete);
              functions.set(info.lowPc, info);
            }
        });
    return [...functions.values()].sort((a, b) => a.lowPc - b.lowPc);
  }

  /** Where a breakpoint on a function goes: after each prologue, and at each inlined copy. */
  functionBreakpoints(name: string): CodeLocation[] {
    const addresses = new Set<number>();
    for (const fn of this.functionsByName(name)) addresses.add(this.afterPrologue(fn));
    for (const abstract of this.names.functions(name)) {
      // What has code of its own is not the origin of copies (DW_AT_inline is missing with link-time optimization).
      if (abstract.has(DW_AT.low_pc) || abstract.has(DW_AT.ranges)) continue;
      this.info.guard(abstract.unit, undefined, () => {
        for (const copy of this.copiesOf(abstract)) {
          const entry = entryOfCopy(copy);
          if (entry !== undefined) addresses.add(entry + this.slide);
        }
      });
    }
    return [...addresses].sort((a, b) => a - b).map((address) => this.codeLocation(address));
  }

  private copiesOf(abstract: Die): Die[] {
    const others = this.info.units.filter(
      (unit) => unit !== abstract.unit && unit.abbreviations.hasForeignOrigins,
    );
    return [abstract.unit, ...others].flatMap((unit) =>
      this.info.guard(unit, [], () => inlinedCopies(unit, abstract)),
    );
  }

  /** Run-time address after a function's prologue. */
  afterPrologue(fn: FunctionInfo): number {
    const concrete = this.concreteAt(fn.lowPc - this.slide);
    if (!concrete || !fn.die) return fn.lowPc;
    const { unit } = concrete.die;
    return (
      this.info.guard(unit, fn.lowPc - this.slide, () =>
        breakpointAddress(concrete, fn.lowPc - this.slide, this.lines),
      ) + this.slide
    );
  }

  // ── lines ──────────────────────────────────────────────────────────────────────────────────────────────────────

  lineFor(pc: number): SourceLine | undefined {
    const found = this.lines.rowFor(pc - this.slide);
    const file = found && found.table.files[found.row.file];
    if (!found || file === undefined || found.row.line === 0) return undefined;
    const { row, end } = found;
    return {
      file,
      line: row.line,
      column: row.column,
      isStmt: row.isStmt,
      address: row.address + this.slide,
      endAddress: end + this.slide,
    };
  }

  sourceFiles(): string[] {
    return this.lines.sourceFiles();
  }

  /** The program's own paths for a path that an editor gives; several when it is ambiguous, none when unknown. */
  resolveSource(path: string): string[] {
    return this.lines.resolve(path);
  }

  /**
   * Where a breakpoint on a line goes. A line without code is moved to the next one that has some; in each function and
   * inlined copy the first address of the line is taken, after the prologue where it is the function's opening line.
   */
  addressesFor(file: string, line: number): { line: number; addresses: CodeLocation[] } | undefined {
    let best = Infinity;
    let starts: number[] = [];
    for (const path of this.resolveSource(file))
      for (const { row } of this.lines.lineStarts(path)) {
        if (row.line < line || row.line > best) continue;
        if (row.line < best) starts = [];
        best = row.line;
        starts.push(row.address);
      }
    if (starts.length === 0) return undefined;
    const firstInScope = new Map<Die | number, number>();
    for (const start of starts.sort((a, b) => a - b)) {
      const concrete = this.concreteAt(start);
      const scope = concrete ? this.innermostFunction(concrete, start) : start;
      if (!firstInScope.has(scope)) firstInScope.set(scope, start);
    }
    const addresses = new Set<number>();
    for (const start of firstInScope.values()) addresses.add(this.outsidePrologue(start));
    return {
      line: best,
      addresses: [...addresses].sort((a, b) => a - b).map((address) => this.codeLocation(address)),
    };
  }

  /** Lines of a file, from `from` to `to` inclusive, that a breakpoint can be set on. */
  linesWithCode(file: string, from: number, to: number): number[] {
    const lines = new Set<number>();
    for (const path of this.resolveSource(file))
      for (const { row } of this.lines.lineStarts(path))
        if (row.line >= from && row.line <= to) lines.add(row.line);
    return [...lines].sort((a, b) => a - b);
  }

  // ── scopes and variables ───────────────────────────────────────────────────────────────────────────────────────

  /** The functions that the code at a pc belongs to: inlined ones first, the real one last. */
  inlineChain(pc: number): InlineFrame[] {
    const link = pc - this.slide;
    const concrete = this.concreteAt(link);
    const line = this.lineFor(pc);
    if (!concrete) {
      const fn = this.findFunction(pc);
      return fn ? [{ name: fn.name, line, isInlined: false, ranges: fn.ranges }] : [];
    }
    return this.info.guard(concrete.die.unit, [], () => {
      const chain: InlineFrame[] = [];
      let at: InlineFrame['line'] = line;
      const functions = scopeChain(concrete.die, link).filter((die) => die.tag !== DW_TAG.lexical_block);
      for (const die of functions.reverse()) {
        const isInlined = die.tag === DW_TAG.inlined_subroutine;
        chain.push({ name: die.name ?? '?', line: at, isInlined, ranges: this.slid(die.ranges()) });
        if (isInlined) at = this.callLine(die);
      }
      return chain;
    });
  }

  /**
   * Scopes around a pc, innermost first.
   * @param inlineLevel which function of `inlineChain` is looked at: 0 is the innermost
   */
  scopesAt(pc: number, inlineLevel = 0): Scope[] {
    const link = pc - this.slide;
    const concrete = this.concreteAt(link);
    if (!concrete) return [];
    const { die: functionDie } = concrete;
    return this.info.guard(functionDie.unit, [], () => {
      const scopes: Scope[] = [];
      let level = 0;
      for (const die of scopeChain(functionDie, link).reverse()) {
        const isBlock = die.tag === DW_TAG.lexical_block;
        if (level === inlineLevel) {
          const kind = isBlock ? 'block' : die === functionDie ? 'function' : 'inlined function';
          const name = isBlock ? (functionDie.name ?? '?') : (die.name ?? '?');
          scopes.push({
            kind,
            name,
            ranges: this.slid(die.ranges()),
            variables: this.variablesIn(die, functionDie),
          });
        }
        if (!isBlock) level++;
      }
      return scopes;
    });
  }

  private variablesIn(scope: Die, functionDie: Die): readonly Variable[] {
    let variables = this.knownVariables.get(scope);
    if (!variables) this.knownVariables.set(scope, (variables = variablesOf(scope, functionDie, this.types)));
    return variables;
  }

  /** A global (or file-level static) variable with a definition. */
  global(name: string): Variable | undefined {
    for (const die of this.names.variables(name)) {
      const variable = this.globalVariable(die);
      if (variable) return variable;
    }
    return undefined;
  }

  /** The global and static variables of the unit (source file) that the code at a pc comes from. */
  globalsOf(pc: number): readonly Variable[] {
    const unit = this.info.unitFor(pc - this.slide);
    if (!unit) return [];
    let globals = this.knownGlobals.get(unit);
    if (!globals) {
      globals = this.info.guard(unit, [], () =>
        unit
          .childrenWithTags(unit.root, new Set([DW_TAG.variable]))
          .map((die) => this.globalVariable(die))
          .filter((variable) => variable !== undefined),
      );
      this.knownGlobals.set(unit, globals);
    }
    return globals;
  }

  /** The value of a variable in a frame (any frame for a global). */
  valueOf(variable: Variable, frame: Frame): Value {
    return valueOf(variable, frame, this.services);
  }

  /** A type by name, without the keyword: `kvm_vcpu`, `u32`. */
  typeByName(name: string, kind: keyof typeof TYPE_TAGS): Type | undefined {
    const die = this.names.type(name, TYPE_TAGS[kind]);
    return die && this.info.guard<Type | undefined>(die.unit, undefined, () => this.types.fromDie(die));
  }

  /** An enumerator of any enumeration of the program. */
  enumerator(name: string): { value: bigint; type: Type } | undefined {
    const die = this.names.enumerationOf(name);
    if (!die) return undefined;
    return this.info.guard(die.unit, undefined, () => {
      const type = this.types.fromDie(die);
      const value =
        type.kind === 'enum' ? type.enumerators.find((item) => item.name === name)?.value : undefined;
      return value === undefined ? undefined : { value, type };
    });
  }

  // ── frames ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The caller of a frame whose pc is in this program, or why there is none. Never throws. */
  unwind(frame: Frame): UnwindResult {
    return this.unwinder.unwind(frame);
  }

  /** Canonical frame address of a frame: SP before the call. @throws Error in words when it isn't known */
  cfa(frame: Frame): number {
    return this.unwinder.cfa(frame);
  }

  // ── inside ─────────────────────────────────────────────────────────────────────────────────────────────────────

  private runTime(symbol: ElfSymbol): ProgramSymbol {
    const { name, size, kind, thumb } = symbol;
    return { name, address: symbol.address + this.slide, size, kind, thumb };
  }

  private slid(ranges: readonly AddressRange[]): AddressRange[] {
    return ranges.map(({ low, high }) => ({ low: low + this.slide, high: high + this.slide }));
  }

  private functionsOf(unit: Unit): { sorted: UnitFunction[]; all: ConcreteFunction[] } {
    let list = this.functionLists.get(unit);
    if (!list) {
      const all = this.info
        .guard(unit, [], () => concreteFunctions(unit))
        .filter((fn) => this.elf.isLoaded(fn.entry));
      const sorted = all
        .flatMap((fn) => fn.ranges.map(({ low }) => ({ ...fn, address: low })))
        .sort((a, b) => a.address - b.address);
      this.functionLists.set(unit, (list = { sorted, all }));
    }
    return list;
  }

  private concreteAt(link: number): ConcreteFunction | undefined {
    const unit = this.info.unitFor(link);
    if (!unit) return undefined;
    const { sorted } = this.functionsOf(unit);
    const candidate = sorted[lastNotAfter(sorted, link)];
    return candidate?.ranges.some(({ low, high }) => link >= low && link < high) ? candidate : undefined;
  }

  private functionStart(link: number): { address: number; state: InstructionSet } | undefined {
    const concrete = this.concreteAt(link);
    const symbol = this.elf.symbols.at(link);
    const range = concrete?.ranges.find(({ low, high }) => link >= low && link < high);
    const address = range?.low ?? symbol?.address;
    if (address === undefined) return undefined;
    const state = this.instructionSetAt(address + this.slide) ?? (symbol?.thumb ? 'T32' : 'A32');
    return { address, state };
  }

  /** A function that its debug information describes; by its symbol alone when that is damaged. */
  private functionInfo(concrete: ConcreteFunction): FunctionInfo {
    const known = this.knownFunctions.get(concrete.die);
    if (known) return known;
    const { unit } = concrete.die;
    const described = this.info.guard(unit, undefined, () => this.describedFunction(concrete));
    const hit = this.symbolAt(concrete.entry + this.slide);
    const bare: ProgramSymbol = {
      name: '?',
      address: concrete.entry + this.slide,
      size: 0,
      kind: 'function',
      thumb: false,
    };
    const info = described ?? functionOfSymbol(hit ?? bare);
    this.knownFunctions.set(concrete.die, info);
    return info;
  }

  private describedFunction(concrete: ConcreteFunction): FunctionInfo {
    const { die } = concrete;
    const { types, info } = this;
    const declared = die.withAttribute(DW_AT.decl_file);
    const fileNumber = declared?.number(DW_AT.decl_file);
    return {
      name: die.name ?? this.elf.symbols.at(concrete.entry)?.name ?? '?',
      linkageName: die.withAttribute(DW_AT.linkage_name)?.string(DW_AT.linkage_name),
      lowPc: concrete.entry + this.slide,
      ranges: this.slid(concrete.ranges),
      file:
        declared && fileNumber !== undefined ? this.lines.table(declared.unit).files[fileNumber] : undefined,
      line: die.withAttribute(DW_AT.decl_line)?.number(DW_AT.decl_line),
      external: die.withAttribute(DW_AT.external)?.flag(DW_AT.external) ?? false,
      die,
      get type() {
        return info.guard(die.unit, undefined, () => {
          const described = die.withAttribute(DW_AT.type) ?? die;
          return types.functionType(described.has(DW_AT.prototyped) ? described : die);
        });
      },
    };
  }

  private codeLocation(address: number): CodeLocation {
    const [innermost] = this.inlineChain(address);
    return { address, line: this.lineFor(address), function: innermost?.name };
  }

  private innermostFunction(concrete: ConcreteFunction, link: number): Die {
    return this.info.guard(concrete.die.unit, concrete.die, () => {
      const functions = scopeChain(concrete.die, link).filter((die) => die.tag !== DW_TAG.lexical_block);
      return functions[functions.length - 1];
    });
  }

  /** Run-time address for a link-time one: behind the prologue when that would be inside it. */
  private outsidePrologue(link: number): number {
    const address = link + this.slide;
    const concrete = this.concreteAt(link);
    const entry = concrete?.entry;
    if (!concrete || entry === undefined || link < entry) return address;
    return Math.max(address, this.afterPrologue(this.functionInfo(concrete)));
  }

  private callLine(inlined: Die): InlineFrame['line'] {
    const file = this.lines.table(inlined.unit).files[inlined.number(DW_AT.call_file) ?? -1];
    const line = inlined.number(DW_AT.call_line);
    if (file === undefined || line === undefined) return undefined;
    return { file, line, column: inlined.number(DW_AT.call_column) ?? 0 };
  }

  private globalVariable(die: Die): Variable | undefined {
    return this.info.guard(die.unit, undefined, () => {
      const { name } = die;
      const hasValue = die.withAttribute(DW_AT.location) ?? die.withAttribute(DW_AT.const_value);
      if (!name || !hasValue) return undefined;
      const line = die.withAttribute(DW_AT.decl_line)?.number(DW_AT.decl_line);
      return { name, type: this.types.typeOf(die) ?? VOID, kind: 'global' as const, line, die };
    });
  }

  /** DW_OP_entry_value: what the caller passed, as its call site records it. */
  private entryValue(frame: Frame, register: number, functionDie: Die | undefined): bigint | undefined {
    if (this.entryValueDepth >= DEEPEST_ENTRY_VALUE) return undefined;
    const result = this.unwind(frame);
    if (result.kind !== 'caller' || result.frame.isExact) return undefined;
    const caller = result.frame;
    const callerFunction = this.concreteAt(caller.lookupPc - this.slide);
    if (!callerFunction) return undefined;
    this.entryValueDepth++;
    try {
      return this.info.guard(callerFunction.die.unit, undefined, () =>
        entryValueFromCallSite(callerFunction.die, caller, register, functionDie, this.services),
      );
    } finally {
      this.entryValueDepth--;
    }
  }
}

/** Where an inlined copy is entered: where the compiler says so, if that is in it, else its first address. */
function entryOfCopy(copy: Die): number | undefined {
  const ranges = copy.ranges();
  const entry = copy.address(DW_AT.entry_pc);
  if (entry !== undefined && ranges.some(({ low, high }) => entry >= low && entry < high)) return entry;
  return ranges[0]?.low;
}

function functionOfSymbol(symbol: ProgramSymbol): FunctionInfo {
  const { name, address, size } = symbol;
  const ranges = [{ low: address, high: address + Math.max(size, 1) }];
  return { name, lowPc: address, ranges, external: true };
}
