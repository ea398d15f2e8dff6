/** What an instruction does, found by running its meaning with a builder that only takes notes. */
import type { Builder, FlagName, MemoryOptions, Operand, Value, Wide } from '../isa/builder';
import type { HelperName } from '../isa/helpers';
import { bitCount } from '../isa/immediates';
import type { Requirement } from '../isa/vfp/forms/form-builder';
import { formOf } from '../isa/vfp/registers';
import { FPEXC_NUMBER, FPSCR_NUMBER } from '../system/vfp';
import * as transfer from './extension-transfer';
import { FormNotes, type PieceAccess } from './form-notes';
import { isInline, readsFlags, setsFlags, WITHOUT_EFFECT, type Inlining } from './inline-helpers';

/** Helpers behind whose instruction nothing comes that belongs to it. */
const ENDS_FLOW: ReadonlySet<HelperName> = new Set([
  'undefinedInstruction',
  'breakpointInstruction',
  'exceptionReturn',
  'eret',
]);

const FLAGS: ReadonlySet<FlagName> = new Set(['N', 'Z', 'C', 'V']);
/** What only computes. */
const COMPUTING = [
  'mul',
  'and',
  'or',
  'xor',
  'not',
  'shl',
  'shr',
  'sar',
  'ror',
  'clz',
  'sext',
  'eq',
  'ne',
  'ltS',
  'ltU',
  'wideU',
  'wideS',
  'wide',
  'low',
  'high',
  'mulWideU',
  'mulWideS',
  'addWide',
  'subWide',
  'select',
] as const;
/** A Value or Wide that is not looked at. */
const SOME = {} as Value & Wide;
const NOTHING: readonly never[] = [];
const LR = 14;

/** Where an instruction accesses memory: at a register, 0 to 14, plus a constant. */
export interface MemoryPlace {
  readonly register: number;
  readonly plus: number;
  readonly writes: boolean;
  readonly bytes: number;
  /** What the address must be a multiple of. */
  readonly alignment: number;
}
/** A register gets what another one had, plus a constant. */
export interface NewSum {
  readonly to: number;
  readonly from: number;
  readonly plus: number;
}

export class Facts implements Builder {
  /**
   * @param inlining undefined for a machine in which no helper can be inline.
   * @param forms it is one for which VFP and Advanced SIMD can be (form-writer.ts).
   */
  constructor(
    private readonly inlining: Inlining | undefined,
    private readonly forms: boolean,
  ) {}

  /** False when only the interpreter can execute it. */
  supported = true;
  /** R0–R14 that it reads or writes, as bits. */
  registers = 0;
  /** R0–R14 that it writes. */
  written = 0;
  readsFlags = false;
  writesFlags = false;
  /** Target of a branch that is fixed, in the same instruction set. */
  target: number | undefined;
  /** It goes where a register or memory says, or to the other instruction set. */
  indirect = false;
  /** False when execution never goes on behind it, wherever it comes back from. */
  goesOn = true;
  /** It branches only under a condition of its own (CBZ). */
  conditional = false;
  /** It is an instruction of VFP or Advanced SIMD. */
  extension = false;
  /** The memory that it accesses, where the address is a register plus a constant and nothing else is accessed. */
  memory: MemoryPlace | undefined;
  /** Registers that get another one plus a constant; the others that it writes get something else. */
  sums: NewSum[] = [];
  /** It may change what an address leads to, or who asks. */
  disturbs = false;
  private accessCount = 0;
  /** It does something else than to compute what goes into registers, or takes long for that. */
  private doesMore = false;
  /** What it does with the D registers, and needs of the core for that. */
  private notes: FormNotes | undefined;

  /** It may branch. */
  get branches(): boolean {
    return this.target !== undefined || this.indirect;
  }
  /** It branches and leaves a return address. */
  get calls(): boolean {
    return this.branches && (this.written & (1 << LR)) !== 0;
  }

  /** It computes what goes into a register, and does nothing else. */
  get onlyComputes(): boolean {
    const writesOne = this.written !== 0 && (this.written & (this.written - 1)) === 0;
    return this.supported && writesOne && !this.doesMore && !this.writesFlags && !this.branches;
  }

  private unsupported(): Value & Wide {
    this.supported = false;
    return SOME;
  }
  private reads(register: Operand | number): Value {
    const n = register as unknown as number;
    if (n >= 15) return SOME;
    this.registers |= 1 << n;
    return sum(n, 0);
  }
  private writes(register: Operand | number): void {
    const n = register as unknown as number;
    this.registers |= 1 << n;
    this.written |= 1 << n;
  }

  c(value: number): Value {
    return known(value);
  }
  imm(operand: Operand): Value {
    return known(operand as unknown as number);
  }
  r(register: Operand | number): Value {
    return this.reads(register);
  }
  setR(register: Operand | number, value: Value): void {
    const to = register as unknown as number;
    const { register: from, plus } = value as unknown as Partial<Sum>;
    const again = (this.written & (1 << to)) !== 0;
    this.writes(register);
    if (again) this.sums = this.sums.filter((sum) => sum.to !== to);
    else if (from !== undefined && plus !== undefined) this.sums.push({ to, from, plus });
  }
  alignedPc(): Value {
    return SOME;
  }
  address(): Value {
    return SOME;
  }
  nextAddress(_withT: boolean): Value {
    return SOME;
  }
  /** What it needs of the core (form-builder.ts). */
  get requirements(): Iterable<Requirement> {
    return this.notes?.requirements ?? NOTHING;
  }
  /** What it does with the D registers. */
  get accesses(): readonly PieceAccess[] {
    return this.notes?.accesses ?? NOTHING;
  }
  private get takingNotes(): FormNotes {
    return (this.notes ??= new FormNotes());
  }
  vfp(word: Operand, plus = 0): Value {
    this.takingNotes.read('i32', (word as unknown as number) + plus);
    return SOME;
  }
  setVfp(word: Operand, _value: Value, plus = 0): void {
    this.doesMore = true;
    this.takingNotes.write('i32', (word as unknown as number) + plus);
  }
  flag(name: FlagName): Value {
    if (FLAGS.has(name)) this.readsFlags = true;
    return SOME;
  }
  private setsFlags(): void {
    this.writesFlags = true;
  }
  setNZ(_result: Value): void {
    this.setsFlags();
  }
  setNZWide(_result: Wide): void {
    this.setsFlags();
  }
  setNZCV(_bits: Value): void {
    this.setsFlags();
  }
  setC(_bit: Value): void {
    this.setsFlags();
  }
  setV(_bit: Value): void {
    this.setsFlags();
  }
  setQ(_bit: Value): void {
    this.doesMore = true;
  }
  ge(): Value {
    return SOME;
  }
  setGE(_bits: Value): void {
    this.doesMore = true;
  }
  addWithCarry(_x: Value, _y: Value, _carryIn: Value, flags: boolean): Value {
    if (flags) this.setsFlags();
    return SOME;
  }
  add2(x: Value, y: Value, flags: boolean): Value {
    if (flags) this.setsFlags();
    return this.add(x, y);
  }
  subtract(x: Value, y: Value, flags: boolean): Value {
    if (flags) this.setsFlags();
    return this.sub(x, y);
  }
  add(x: Value, y: Value): Value {
    return plus(x, y, 1) ?? plus(y, x, 1) ?? SOME;
  }
  sub(x: Value, y: Value): Value {
    return plus(x, y, -1) ?? SOME;
  }
  declare mul: typeof some;
  declare and: typeof some;
  declare or: typeof some;
  declare xor: typeof some;
  declare not: typeof some;
  declare shl: typeof some;
  declare shr: typeof some;
  declare sar: typeof some;
  declare ror: typeof some;
  declare clz: typeof some;
  declare sext: typeof some;
  divS(_x: Value, _y: Value): Value {
    this.doesMore = true;
    return SOME;
  }
  divU(_x: Value, _y: Value): Value {
    this.doesMore = true;
    return SOME;
  }
  declare eq: typeof some;
  declare ne: typeof some;
  declare ltS: typeof some;
  declare ltU: typeof some;
  declare wideU: typeof some;
  declare wideS: typeof some;
  declare wide: typeof some;
  declare low: typeof some;
  declare high: typeof some;
  declare mulWideU: typeof some;
  declare mulWideS: typeof some;
  declare addWide: typeof some;
  declare subWide: typeof some;
  declare select: typeof some;
  let(value: Value): Value {
    return value;
  }
  when(_condition: Value, then: () => void, otherwise?: () => void): void {
    this.conditional = this.doesMore = true;
    then();
    otherwise?.();
  }

  private access({ unprivileged }: MemoryOptions): void {
    this.doesMore = true;
    if (unprivileged) this.unsupported();
  }
  /** An access of so many bytes. @param alignment that it asks for */
  private accessesMemory(address: Value, writes: boolean, bytes: number, alignment: number): void {
    const { register, plus } = address as unknown as Partial<Sum>;
    const isOnly = this.accessCount++ === 0 && register !== undefined && plus !== undefined;
    this.memory = isOnly ? { register, plus, writes, bytes, alignment } : undefined;
  }
  /** An access of another kind. */
  private accessesMore(): void {
    this.accessCount++;
    this.memory = undefined;
  }
  load(address: Value, size: 1 | 2 | 4, options: MemoryOptions = {}): Value {
    this.access(options);
    this.accessesMemory(address, false, size, Math.max(size, options.alignment ?? 1));
    return SOME;
  }
  store(address: Value, size: 1 | 2 | 4, _value: Value, options: MemoryOptions = {}): void {
    this.access(options);
    this.accessesMemory(address, true, size, Math.max(size, options.alignment ?? 1));
  }
  loadPair(address: Value, options: MemoryOptions = {}): readonly [Value, Value] {
    this.access(options);
    this.accessesMemory(address, false, 8, Math.max(4, options.alignment ?? 1));
    return [SOME, SOME];
  }
  storePair(address: Value, _first: Value, _second: Value, options: MemoryOptions = {}): void {
    this.access(options);
    this.accessesMemory(address, true, 8, Math.max(4, options.alignment ?? 1));
  }
  loadMultiple(address: Value, list: Operand, options: { readonly userBank?: boolean } = {}): void {
    this.doesMore = true;
    if (options.userBank) this.unsupported();
    const mask = (list as unknown as number) & 0x7fff;
    this.accessesMemory(address, false, 4 * bitCount(mask), 4);
    if (mask === 0) this.unsupported();
    this.registers |= mask;
    this.written |= mask;
  }
  loadMultipleWithPc(address: Value, list: Operand): Value {
    const mask = (list as unknown as number) & 0x7fff;
    this.accessesMemory(address, false, 4 * bitCount(mask) + 4, 4);
    this.doesMore = true;
    this.registers |= mask;
    this.written |= mask;
    return SOME;
  }
  storeMultiple(address: Value, list: Operand, options: { readonly userBank?: boolean } = {}): void {
    const mask = (list as unknown as number) & 0xffff;
    this.accessesMemory(address, true, 4 * bitCount(mask), 4);
    this.doesMore = true;
    if (options.userBank || mask === 0) this.unsupported();
    this.registers |= mask & 0x7fff;
  }
  loadVfpMultiple(address: Value, first: Operand, count: Operand): void {
    this.accessesMemory(address, false, 4 * (count as unknown as number), 4);
    this.vfpMultiple(transfer.loadWords, first, count);
  }
  storeVfpMultiple(address: Value, first: Operand, count: Operand): void {
    this.accessesMemory(address, true, 4 * (count as unknown as number), 4);
    this.vfpMultiple(transfer.storeWords, first, count);
  }
  private vfpMultiple(move: typeof transfer.loadWords, first: Operand, count: Operand): void {
    this.doesMore = true;
    const [from, words] = [first, count].map((operand) => operand as unknown as number);
    if (words === 0 || from + words > 64) this.unsupported();
    else move(this.takingNotes, transfer.NOWHERE, from, words);
  }
  loadVfpElements(_address: Value, shape: Operand): void {
    this.doesMore = true;
    this.accessesMore();
    transfer.loadElements(this.takingNotes, transfer.NOWHERE, shape as unknown as number);
  }
  storeVfpElements(_address: Value, shape: Operand): void {
    this.doesMore = true;
    this.accessesMore();
    transfer.storeElements(this.takingNotes, transfer.NOWHERE, shape as unknown as number);
  }
  loadExclusive(_address: Value, _size: 1 | 2 | 4 | 8): readonly [Value, Value] {
    this.doesMore = true;
    this.accessesMore();
    if (this.inlining === undefined) this.unsupported();
    return [SOME, SOME];
  }
  storeExclusive(_address: Value, _size: 1 | 2 | 4 | 8, _value: Value, _second?: Value): Value {
    this.doesMore = true;
    this.accessesMore();
    return this.inlining === undefined ? this.unsupported() : SOME;
  }
  clearExclusive(): void {
    this.doesMore = true;
  }

  branch(target: Operand): void {
    this.target = target as unknown as number;
  }
  branchWritePC(_target: Value): void {
    this.indirect = true;
  }
  bxWritePC(_target: Value): void {
    this.indirect = true;
  }
  loadWritePC(_target: Value): void {
    this.indirect = true;
  }
  aluWritePC(_target: Value): void {
    this.indirect = true;
  }
  branchExchange(_target: Operand): void {
    this.indirect = true;
  }
  call(helper: HelperName, ...args: readonly Value[]): Value {
    this.doesMore = true;
    if (ENDS_FLOW.has(helper)) this.goesOn = false;
    const constants = args.map((value) => (value as unknown as Partial<Known>).number);
    if (isExtension(helper) && !isFpexc(helper, constants)) {
      this.extension = true;
      if (!this.forms || !hasForm(helper, constants)) return this.unsupported();
      const [number, d, n, m] = constants as readonly number[];
      if (helper === 'extensionOperation') formOf(number)?.(this.takingNotes, d, n, m);
      else this.takingNotes.needs(helper === 'checkVfpEnabled' && d === 1 ? 'simd' : 'vfp');
      return SOME;
    }
    if (!WITHOUT_EFFECT.has(helper)) this.disturbs = true;
    const { inlining } = this;
    if (inlining === undefined || !isInline(helper, constants, inlining)) return this.unsupported();
    this.readsFlags ||= readsFlags(helper);
    this.writesFlags ||= setsFlags(helper);
    return SOME;
  }
}

function isExtension(helper: HelperName): boolean {
  return helper === 'checkVfpEnabled' || helper === 'extensionOperation' || helper === 'vfpSystemRead';
}
function isFpexc(helper: HelperName, [, register]: readonly (number | undefined)[]): boolean {
  return helper === 'vfpSystemRead' && register === FPEXC_NUMBER;
}
function hasForm(helper: HelperName, [first, second]: readonly (number | undefined)[]): boolean {
  if (helper === 'extensionOperation') return first !== undefined && formOf(first) !== undefined;
  return helper !== 'vfpSystemRead' || second === FPSCR_NUMBER;
}

/** A Value that is a register, 0 to 14, plus a constant. */
interface Sum {
  readonly register: number;
  readonly plus: number;
}
function sum(register: number, plus: number): Value {
  return { register, plus } satisfies Sum as unknown as Value;
}
/** x plus or minus y, where that is a Sum. */
function plus(x: Value, y: Value, sign: 1 | -1): Value | undefined {
  const { register, plus } = x as unknown as Partial<Sum>;
  const { number } = y as unknown as Partial<Known>;
  if (register === undefined || plus === undefined || number === undefined) return undefined;
  return sum(register, (plus + sign * number) | 0);
}

/** A Value that is a constant. */
interface Known {
  readonly number: number;
}
function known(number: number): Value {
  return { number } satisfies Known as unknown as Value;
}

function some(): Value & Wide {
  return SOME;
}
// Not with each instruction's facts: they would be most of them.
for (const name of COMPUTING) Facts.prototype[name] = some;
