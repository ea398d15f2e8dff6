/**
 * The builder that writes WebAssembly for one decoded instruction. Registers and flags are variables; what an
 * instruction writes is put into them at its end, all at once, so that every operand it names is that of before.
 * Accesses look into the first level of the TLB; where that does not answer, the region is left before the
 * instruction, with everything as it was.
 */
import type { Builder, FlagName, MemoryOptions, Operand, Value, Wide } from '../isa/builder';
import type { HelperName } from '../isa/helpers';
import { readShape, shapeBytes } from '../isa/vfp/element-shape';
import type { InstructionSet } from '../isa/row';
import type { Instruction } from './code-reader';
import { FAST_TLB_BIAS } from '../mmu/fast-tlb';
import { Maintained, SlowAccess, slowMaintenance } from '../mmu/slow-access';
import { CORE } from '../state/layout';
import { Psr } from '../state/psr';
import { ArithmeticBuilder, expression, number } from './arithmetic-builder';
import { type Expression, constant, loadFrom, local, operation } from './expression';
import * as transfer from './extension-transfer';
import { expressionOf, FormWriter, nodeOf, writeForm } from './form-writer';
import type { HelperSite } from './helper-site';
import { markExclusive, passExclusive, ramWords, writeHelper, type RamPlace } from './inline-helpers';
import { IMPORTED, lookUp, type LookUpSite } from './look-up';
import type { FunctionWriter } from './function-writer';
import {
  FlagKind,
  isWhole,
  knownOnBoth,
  withoutNZ,
  type KnownFlags,
  type KnownOperand,
  type LazyFlags,
} from './lazy-flags';
import type { Shares } from './shared-look-ups';
import { registersIn, VARIABLE } from './variables';
import { Op, ValueType } from './wasm/opcodes';

/** Where control goes: the function that the instructions become parts of. */
export interface ControlFlow {
  /** To an address in the same instruction set. */
  jump(target: number): void;
  /** To `target`, whose bit 0 says T32; `leaving` writes CPSR.T where the target is in the other instruction set. */
  jumpTo(target: Expression, leaving: () => void): void;
  /** Leaves before the instruction, this time: inside an `if`. */
  leaveSlow(): void;
  /** Leaves behind the instruction, which wrote nothing, for what is to be looked at: inside an `if`. */
  leaveBehind(): void;
  /** The budget before the instruction. */
  readonly left: Expression;
  /** What the first level of the TLB has for most pages, where that is worth a question: see look-up.ts. */
  readonly usualEntry: number | undefined;
}

/** What instructions are compiled for. */
export interface BuilderTarget {
  /** See inline-helpers.ts. */
  readonly ram: RamPlace | undefined;
  /**
   * The function that the module imports is told of each store before it happens: offset in the machine's memory, bytes.
   * Without that, it is what makes accesses that the first level of the TLB has no answer for (slow-access.ts).
   */
  readonly tellsStores: boolean;
  /**
   * The access of the instruction at `pc` (signed) often has no answer there: it is made by a call. Elsewhere the region
   * is left for it, as a call makes V8 spend as much on the access as on ten others.
   */
  isSlow(pc: number): boolean;
  /** What the first level of the TLB has for most pages where the code runs, if that is one entry: see look-up.ts. */
  readonly usualEntry: number | undefined;
}

const CORE_BASE = local(VARIABLE.core);

const LOADS = { 1: Op.I32Load8U, 2: Op.I32Load16U, 4: Op.I32Load } as const;
const STORES = { 1: Op.I32Store8, 2: Op.I32Store16, 4: Op.I32Store } as const;

function coreWord(index: number): Expression {
  return loadFrom(Op.I32Load, CORE_BASE, index * 4);
}

/** What sets flags, and the operation's result. */
interface NewOperands {
  readonly kind: FlagKind;
  readonly x: Expression;
  readonly y: Expression;
  readonly result: Expression;
}

/** Where an access is: `base` plus `offset` in the machine's memory. */
interface Found {
  readonly base: Expression;
  readonly offset: number;
}
function found(base: Expression): Found {
  return { base, offset: FAST_TLB_BIAS };
}

interface Write {
  /** Number of a variable, or a word of the core's block. */
  readonly to: number;
  value: Expression;
}

export class WasmBuilder extends ArithmeticBuilder implements Builder, HelperSite {
  /** What is written at the instruction's end: to variables, and to words of the core's block. */
  private readonly writes: Write[] = [];
  private words: Write[] = [];
  private newCarry: Expression | undefined;
  private newOverflow: Expression | undefined;
  private newOperands: NewOperands | undefined;
  private newNZ = false;
  /** Not 0 where Q becomes 1, which is seldom. */
  private newQ: Expression | undefined;
  private place!: Instruction;
  /** What the accesses of the block at hand share. */
  shares: Shares = new Map();
  /** Variables for where look-ups found their beginning, by Share.number. */
  private readonly bases: number[] = [];
  /** Number of the instruction in its block. */
  index = 0;
  /** What VFP and Advanced SIMD instructions are written by. */
  readonly forms: FormWriter;
  private readonly site: LookUpSite;

  constructor(
    writer: FunctionWriter,
    private readonly set: InstructionSet,
    private readonly lazy: LazyFlags,
    private readonly flow: ControlFlow,
    private readonly target: BuilderTarget,
  ) {
    super(writer);
    this.forms = new FormWriter(writer, flow);
    this.site = { writer, flow, target };
  }

  /** Writes an instruction. */
  instruction(instruction: Instruction): void {
    this.describe(instruction);
    this.commit();
  }

  /** As instruction, of one that only computes: it does so in any case, and a register gets the result under `condition`. */
  selected(instruction: Instruction, condition: Expression): void {
    this.describe(instruction);
    for (const write of this.writes)
      write.value = operation(Op.Select, write.value, local(write.to), condition);
    this.commit();
  }

  private describe(instruction: Instruction): void {
    const { row, form, operands } = instruction;
    this.place = instruction;
    row.semantics(this, form, operands);
  }

  // What is written at the end

  private write(to: number, value: Value): void {
    this.writes.push({ to, value: expression(value) });
  }

  private commit(): void {
    const { writer, writes, newOperands, lazy } = this;
    this.commitFlags();
    writes.forEach(({ value }) => writer.push(value));
    if (this.words.length > 0) this.commitWords();
    if (this.newQ !== undefined) {
      writer.push(isSet(this.newQ));
      writer.ifUnlikely();
      writer.store(Op.I32Store, CORE_BASE, CORE.Q * 4, constant(1));
      writer.end();
      this.newQ = undefined;
    }
    this.forms.commit();
    const known = newOperands && knownAfter(newOperands, writes);
    let registers = 0;
    for (let write = writes.pop(); write !== undefined; write = writes.pop()) {
      writer.setFromStack(write.to);
      const n = registerOf(write.to);
      if (n !== undefined) registers |= 1 << n;
    }
    if (known !== undefined) lazy.known = known;
    else if (registers !== 0) lazy.registersWritten(registers);
  }
  private commitWords(): void {
    const { writer, words } = this;
    for (const { to, value } of words) writer.store(Op.I32Store, CORE_BASE, to * 4, value);
    for (const { to } of words) this.forms.wordWritten(to);
    this.words = [];
  }

  private commitFlags(): void {
    const { lazy, newOperands, newCarry, newOverflow, newNZ } = this;
    if (newOperands !== undefined) this.writeOperands(newOperands.kind, newOperands.x, newOperands.y);
    else if (newCarry !== undefined || newOverflow !== undefined) {
      if (!newNZ) {
        this.write(VARIABLE.n, lazy.negative());
        this.write(VARIABLE.z, lazy.zero());
      }
      this.writeOperands(FlagKind.Plain, newCarry ?? lazy.carry(), newOverflow ?? lazy.overflow());
    } else if (newNZ) this.separateNZ();
    this.newOperands = this.newCarry = this.newOverflow = undefined;
    this.newNZ = false;
  }
  private writeOperands(kind: FlagKind, x: Expression, y: Expression): void {
    const { lazy } = this;
    this.write(VARIABLE.x, x);
    this.write(VARIABLE.y, y);
    if (lazy.kind !== kind) this.write(VARIABLE.kind, constant(kind));
    lazy.known = { kind, x: undefined, y: undefined };
  }
  /** C and V stay what they are, N and Z are set. */
  private separateNZ(): void {
    const { lazy } = this;
    if (lazy.kind === undefined) this.write(VARIABLE.kind, lazy.kindWithoutNZ());
    else if (isWhole(lazy.kind)) {
      lazy.kind = withoutNZ(lazy.kind);
      this.write(VARIABLE.kind, constant(lazy.kind));
    }
  }

  /** The address of an access that shares a look-up is hardly ever asked for. */
  override let(value: Value): Value {
    return this.shares.has(this.index) && isSum(expression(value)) ? value : this.atom(value);
  }

  // Registers

  private get pcValue(): number {
    return this.place.pc + (this.set === 'A32' ? 8 : 4);
  }
  r(register: Operand | number): Value {
    const n = number(register);
    return n === 15 ? constant(this.pcValue) : local(VARIABLE.r + n);
  }
  setR(register: Operand | number, value: Value): void {
    this.write(VARIABLE.r + number(register), value);
  }
  alignedPc(): Value {
    return constant(this.pcValue & ~3);
  }
  address(): Value {
    return constant(this.place.pc);
  }
  nextAddress(withT: boolean): Value {
    return constant((this.place.pc + this.place.size) | (withT ? 1 : 0));
  }
  vfp(word: Operand, plus = 0): Value {
    return expressionOf(this.forms.read('i32', number(word) + plus));
  }
  setVfp(word: Operand, value: Value, plus = 0): void {
    this.forms.write('i32', number(word) + plus, nodeOf(expression(value)));
  }

  // Flags

  flag(name: FlagName): Value {
    switch (name) {
      case 'N':
        return operation(Op.I32ShrU, this.lazy.negative(), constant(31));
      case 'Z':
        return this.lazy.isZero();
      case 'C':
        return this.atom(this.lazy.carry());
      case 'V':
        return operation(Op.I32ShrU, this.lazy.overflow(), constant(31));
      case 'Q':
        return coreWord(CORE.Q);
    }
  }
  setNZ(result: Value): void {
    const atom = this.atom(result);
    this.write(VARIABLE.n, atom);
    this.write(VARIABLE.z, atom);
    this.newNZ = true;
  }
  setNZWide(result: Wide): void {
    const wide = this.writer.wideAtom(expression(result));
    this.write(VARIABLE.n, this.high(wide));
    this.write(VARIABLE.z, this.or(this.low(wide), this.high(wide)));
    this.newNZ = true;
  }
  setNZCV(value: Value): void {
    const bits = this.atom(value);
    this.write(VARIABLE.n, bits);
    this.write(VARIABLE.z, this.and(this.not(bits), constant(0x4000_0000)));
    this.newNZ = true;
    this.setC(this.and(this.shr(bits, constant(29)), constant(1)));
    this.newOverflow = expression(this.shl(bits, constant(3)));
  }
  setC(bit: Value): void {
    this.newCarry = expression(bit);
  }
  setV(bit: Value): void {
    this.newOverflow = expression(this.shl(bit, constant(31)));
  }
  setQ(bit: Value): void {
    this.newQ = expression(bit);
  }
  ge(): Value {
    return coreWord(CORE.GE);
  }
  setGE(bits: Value): void {
    this.writeWord(CORE.GE, expression(bits));
  }
  addWithCarry(x: Value, y: Value, carryIn: Value, flags: boolean): Value {
    if (!flags) return this.add(this.add(x, y), carryIn);
    const a = this.atom(x);
    const b = this.atom(y);
    const result = this.atom(this.add(this.add(a, b), carryIn));
    this.setNZ(result);
    this.setC(this.shr(this.or(this.and(a, b), this.and(this.or(a, b), this.not(result))), constant(31)));
    this.newOverflow = expression(this.and(this.xor(a, result), this.xor(b, result)));
    return result;
  }
  add2(x: Value, y: Value, flags: boolean): Value {
    return flags ? this.withFlags(FlagKind.WholeAdd, Op.I32Add, x, y) : this.add(x, y);
  }
  subtract(x: Value, y: Value, flags: boolean): Value {
    return flags ? this.withFlags(FlagKind.WholeSubtract, Op.I32Sub, x, y) : this.sub(x, y);
  }
  private withFlags(kind: FlagKind, op: Op, left: Value, right: Value): Value {
    const x = this.atom(left);
    const y = this.atom(right);
    const result = this.atom(operation(op, x, y));
    this.newOperands = { kind, x, y, result };
    return result;
  }

  // Control

  when(condition: Value, then: () => void, otherwise?: () => void): void {
    const { writer, lazy } = this;
    this.commit();
    const before = lazy.known;
    writer.push(expression(condition));
    writer.ifTrue();
    then();
    this.commit();
    const after = lazy.known;
    lazy.known = before;
    if (otherwise !== undefined) {
      writer.otherwise();
      otherwise();
      this.commit();
    }
    writer.end();
    lazy.known = knownOnBoth(after, lazy.known);
  }
  // Memory

  /** What to call for an access of the instruction where the table has no answer, if that is worth while. */
  private slowly(kind: SlowAccess): SlowAccess | undefined {
    return !this.target.tellsStores && this.target.isSlow(this.place.pc) ? kind : undefined;
  }
  private readBase(address: Value, bytes: number, alignment: number, kind = SlowAccess.Memory): Found {
    const shared = this.sharedBase(false);
    if (shared !== undefined) return shared;
    const slow = this.slowly(kind);
    return found(lookUp(this.site, { address: expression(address), bytes, alignment, writes: false, slow }));
  }
  private writeBase(address: Value, bytes: number, alignment: number, value?: Expression): Found {
    const shared = this.sharedBase(true);
    if (shared !== undefined) return this.told(shared, bytes);
    const kind = SlowAccess.Write | (value === undefined ? SlowAccess.Memory : SlowAccess.Device);
    const slow = this.slowly(kind);
    const access = { address: expression(address), bytes, alignment, writes: true, slow, value };
    return this.told(found(lookUp(this.site, access)), bytes);
  }
  /** Where the instruction's access is, if others of its block are beside it. */
  private sharedBase(writes: boolean): Found | undefined {
    const share = this.shares.get(this.index);
    if (share === undefined) return undefined;
    const { first, number: which, at } = share;
    const into = (this.bases[which] ??= this.writer.permanent(ValueType.I32));
    if (first !== undefined) {
      const { register, plus, bytes, alignment } = first;
      const address = expression(this.add(local(VARIABLE.r + register), constant(plus)));
      lookUp(this.site, { address, bytes, alignment, writes, slow: undefined, into });
    }
    return { base: local(into), offset: FAST_TLB_BIAS + at };
  }
  /** A place to which so many bytes are about to be written. */
  private told(place: Found, bytes: number): Found {
    const { writer } = this;
    if (this.target.tellsStores) {
      writer.push(operation(Op.I32Add, place.base, constant(place.offset)));
      writer.push(constant(bytes));
      writer.op(Op.Call);
      writer.code.unsigned(IMPORTED);
    }
    return place;
  }

  load(address: Value, size: 1 | 2 | 4, options: MemoryOptions = {}): Value {
    const alignment = Math.max(size, options.alignment ?? 1);
    const { base, offset } = this.readBase(address, size, alignment, SlowAccess.Device);
    const value = this.atom(loadFrom(LOADS[size], base, offset));
    return options.signed && size !== 4 ? this.sext(value, size === 1 ? 8 : 16) : value;
  }
  store(address: Value, size: 1 | 2 | 4, value: Value, options: MemoryOptions = {}): void {
    const stored = this.atom(value);
    const { base, offset } = this.writeBase(address, size, Math.max(size, options.alignment ?? 1), stored);
    this.writer.store(STORES[size], base, offset, stored);
  }
  private word({ base, offset }: Found, index: number): Expression {
    return loadFrom(Op.I32Load, base, offset + 4 * index);
  }
  loadPair(address: Value, options: MemoryOptions = {}): readonly [Value, Value] {
    const base = this.readBase(address, 8, Math.max(4, options.alignment ?? 1));
    return [this.atom(this.word(base, 0)), this.atom(this.word(base, 1))];
  }
  storePair(address: Value, first: Value, second: Value, options: MemoryOptions = {}): void {
    const { base, offset } = this.writeBase(address, 8, Math.max(4, options.alignment ?? 1));
    this.writer.store(Op.I32Store, base, offset, expression(first));
    this.writer.store(Op.I32Store, base, offset + 4, expression(second));
  }
  loadMultiple(address: Value, list: Operand): void {
    const registers = registersIn(number(list) & 0x7fff);
    const base = this.readBase(address, 4 * registers.length, 4);
    registers.forEach((n, i) => this.setR(n, this.word(base, i)));
  }
  loadMultipleWithPc(address: Value, list: Operand): Value {
    const registers = registersIn(number(list) & 0x7fff);
    const base = this.readBase(address, 4 * registers.length + 4, 4);
    registers.forEach((n, i) => this.setR(n, this.word(base, i)));
    return this.atom(this.word(base, registers.length));
  }
  storeMultiple(address: Value, list: Operand): void {
    const registers = registersIn(number(list) & 0xffff);
    const { base, offset } = this.writeBase(address, 4 * registers.length, 4);
    registers.forEach((n, i) => this.writer.store(Op.I32Store, base, offset + 4 * i, expression(this.r(n))));
  }
  private never(): never {
    throw new Error('an instruction for the interpreter was to be compiled');
  }
  loadVfpMultiple(address: Value, first: Operand, count: Operand): void {
    const [from, words] = [number(first), number(count)];
    transfer.loadWords(this.forms, this.bytesAt(this.readBase(address, 4 * words, 4)), from, words);
  }
  storeVfpMultiple(address: Value, first: Operand, count: Operand): void {
    const [from, words] = [number(first), number(count)];
    transfer.storeWords(this.forms, this.bytesAt(this.writeBase(address, 4 * words, 4)), from, words);
  }
  loadVfpElements(address: Value, shape: Operand): void {
    const { bytes, alignment } = readShape(number(shape));
    const base = this.readBase(address, shapeBytes(readShape(number(shape))), Math.max(bytes, alignment));
    transfer.loadElements(this.forms, this.bytesAt(base), number(shape));
  }
  storeVfpElements(address: Value, shape: Operand): void {
    const { bytes, alignment } = readShape(number(shape));
    const base = this.writeBase(address, shapeBytes(readShape(number(shape))), Math.max(bytes, alignment));
    transfer.storeElements(this.forms, this.bytesAt(base), number(shape));
  }
  private bytesAt({ base, offset }: Found): transfer.Place {
    return transfer.placeAt(this.writer, this.forms, base, offset);
  }
  loadExclusive(address: Value, size: 1 | 2 | 4 | 8): readonly [Value, Value] {
    const place = this.readBase(address, size, size);
    const { base } = place;
    markExclusive(
      this,
      ramWords(this.target.ram ?? this.never()),
      this.add(base, constant(FAST_TLB_BIAS)) as Expression,
      size,
    );
    const first = this.atom(loadFrom(LOADS[size === 8 ? 4 : size], base, FAST_TLB_BIAS));
    return [first, size === 8 ? this.atom(this.word(place, 1)) : constant(0)];
  }
  storeExclusive(address: Value, size: 1 | 2 | 4 | 8, value: Value, second?: Value): Value {
    // A store that fails accesses nothing, and brings nothing into the TLB.
    const access = {
      address: expression(address),
      bytes: size,
      alignment: size,
      writes: true,
      slow: undefined,
    };
    const { base } = this.told(found(lookUp(this.site, access)), size);
    passExclusive(
      this,
      ramWords(this.target.ram ?? this.never()),
      this.add(base, constant(FAST_TLB_BIAS)) as Expression,
      size,
    );
    this.writer.store(STORES[size === 8 ? 4 : size], base, FAST_TLB_BIAS, expression(value));
    if (second !== undefined) this.writer.store(Op.I32Store, base, FAST_TLB_BIAS + 4, expression(second));
    return constant(0);
  }
  clearExclusive(): void {
    this.writeWord(CORE.EXCLUSIVE_VALID, constant(0));
  }

  // Branches

  branch(target: Operand): void {
    this.commit();
    this.flow.jump(number(target));
  }
  branchWritePC(target: Value): void {
    const aligned = this.set === 'A32' ? this.and(target, constant(~3)) : this.or(target, constant(1));
    this.leaveTo(aligned);
  }
  bxWritePC(target: Value): void {
    const { writer } = this;
    const to = this.keep(target);
    this.commit();
    // Bit 0 is CPSR.T from now on.
    const changes = this.set === 'A32' ? operation(Op.I32And, to, constant(1)) : notBit0(to);
    this.flow.jumpTo(to, () => {
      writer.push(changes);
      writer.ifTrue();
      this.flipT();
      writer.end();
    });
  }
  loadWritePC(target: Value): void {
    this.bxWritePC(target);
  }
  aluWritePC(target: Value): void {
    if (this.set === 'A32') this.bxWritePC(target);
    else this.branchWritePC(target);
  }
  branchExchange(target: Operand): void {
    this.commit();
    this.flow.jumpTo(constant(number(target) | (this.set === 'A32' ? 1 : 0)), () => this.flipT());
  }
  private leaveTo(target: Value): void {
    const to = this.keep(target);
    this.commit();
    this.flow.jumpTo(to, () => undefined);
  }
  /** In a variable that no write of this instruction changes. */
  private keep(value: Value): Expression {
    const variable = this.writer.temporary();
    this.writer.set(variable, expression(value));
    return local(variable);
  }
  private flipT(): void {
    const flipped = operation(Op.I32Xor, coreWord(CORE.PSR), constant(Psr.T));
    this.writer.store(Op.I32Store, CORE_BASE, CORE.PSR * 4, flipped);
  }

  // Helpers

  call(helper: HelperName, ...args: readonly Value[]): Value {
    const values = args.map(expression);
    return writeForm(this.forms, helper, values) ?? writeHelper(this, helper, values);
  }
  flags(): Expression {
    const { lazy } = this;
    const bit = (value: Value, by: number): Value => this.shl(value, constant(by));
    const overflow = this.shl(this.shr(lazy.overflow(), constant(31)), constant(28));
    const negative = this.and(lazy.negative(), constant(0x8000_0000));
    return expression(
      this.or(this.or(negative, bit(lazy.isZero(), 30)), this.or(bit(lazy.carry(), 29), overflow)),
    );
  }
  writeFlags(bits: Expression): void {
    this.setNZCV(bits);
  }
  highWord: Expression = constant(0);
  readable(address: Expression): void {
    // Loops go over all lines of a page that may be in no TLB yet: the first one brings it there.
    const slow = this.target.tellsStores ? undefined : SlowAccess.Memory;
    lookUp(this.site, { address, bytes: 1, alignment: 1, writes: false, slow });
  }
  maintain(operationNumber: number, value: Expression): void {
    const { writer, flow, place } = this;
    const call = constant(slowMaintenance(operationNumber));
    for (const argument of [value, call, constant(place.pc), flow.left]) writer.push(argument);
    writer.op(Op.Call);
    writer.code.unsigned(IMPORTED);
    const answer = writer.temporary();
    writer.setFromStack(answer);
    writer.push(operation(Op.I32Ne, local(answer), constant(Maintained.Done)));
    writer.ifUnlikely();
    this.leaveWhere(operation(Op.I32Eq, local(answer), constant(Maintained.Not)));
    flow.leaveBehind();
    writer.end();
  }
  writeWord(index: number, value: Expression): void {
    this.words.push({ to: index, value });
  }
  leaveWhere(condition: Expression): void {
    this.writer.push(condition);
    this.writer.ifUnlikely();
    this.flow.leaveSlow();
    this.writer.end();
  }
}

/** Not 0 where a bit is 1: the highest one of a word need not be brought down for that. */
function isSet(bit: Expression): Expression {
  const { op, first: word, second: by } = bit;
  const isHighest = op === Op.I32ShrU && by?.constant === 31;
  return isHighest && word !== undefined ? operation(Op.I32LtS, word, constant(0)) : bit;
}
/** A variable plus a constant. */
function isSum({ op, first, second }: Expression): boolean {
  return op === Op.I32Add && first?.local !== undefined && second?.constant !== undefined;
}
function notBit0(value: Expression): Expression {
  return operation(Op.I32Eqz, operation(Op.I32And, value, constant(1)));
}
/** The number of the guest's register that an expression or variable is. */
function registerOf(variable: number | undefined): number | undefined {
  const n = variable === undefined ? -1 : variable - VARIABLE.r;
  return n >= 0 && n < 15 ? n : undefined;
}
/** What is known of the flags behind an instruction that sets them and writes these variables. */
function knownAfter({ kind, x, y, result }: NewOperands, writes: readonly Write[]): KnownFlags {
  const known = (operand: Expression): KnownOperand | undefined => {
    if (operand.constant !== undefined) return { register: undefined, plus: operand.constant };
    const register = registerOf(operand.local);
    if (register === undefined) return undefined;
    const write = writes.find(({ to }) => to === VARIABLE.r + register);
    if (write === undefined) return { register, plus: 0 };
    // SUBS and ADDS of a constant to the register itself.
    if (operand !== x || y.constant === undefined || write.value !== result) return undefined;
    return { register, plus: kind === FlagKind.WholeSubtract ? y.constant : -y.constant | 0 };
  };
  return { kind, x: known(x), y: known(y) };
}
