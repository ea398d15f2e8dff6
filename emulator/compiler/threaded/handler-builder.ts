/**
 * The builder that writes one of the interpreter's handlers as a function of WebAssembly: it does what the handler does
 * wherever no slow path is needed, by the same ops. Registers and flags are words of the core's block; what the instruction
 * writes is written at its end, so that every operand it names is that of before, and a slow path can begin with nothing
 * done.
 */
import type { Builder, FlagName, MemoryOptions, Operand, Value, Wide } from '../../isa/builder';
import type { HelperName } from '../../isa/helpers';
import type { InstructionSet } from '../../isa/row';
import type { Slot } from '../../interpreter/handler-table';
import { FAST_TLB_BIAS } from '../../mmu/fast-tlb';
import { CORE } from '../../state/layout';
import { Psr } from '../../state/psr';
import { ArithmeticBuilder, expression } from '../arithmetic-builder';
import { constant, loadFrom, local, operation, type Expression } from '../expression';
import type { FunctionWriter } from '../function-writer';
import type { HelperSite } from '../helper-site';
import { markExclusive, passExclusive, type RamWords } from '../inline-helpers';
import { lookUp } from '../look-up';
import { VARIABLE } from '../variables';
import { Op } from '../wasm/opcodes';
import { fact, writeThreadedHelper } from './threaded-helpers';

const LOADS = { 1: Op.I32Load8U, 2: Op.I32Load16U, 4: Op.I32Load } as const;
const STORES = { 1: Op.I32Store8, 2: Op.I32Store16, 4: Op.I32Store } as const;
const FLAG_WORD: Readonly<Record<FlagName, number>> = {
  N: CORE.N,
  Z: CORE.Z,
  C: CORE.C,
  V: CORE.V,
  Q: CORE.Q,
};
const PAGE = 4096;
/** Number of the imported function that is told of stores. */
const TELL = 1;
const ALL_BUT_PC = 0x7fff;

const CORE_BASE = local(VARIABLE.core);
const OP_PLACE = local(VARIABLE.label);

/** Where nothing may be marked the size is 0. */
const RAM: RamWords = { base: fact('ramBase'), size: fact('ramSize') };

/** What a handler cannot do at all: its instruction is the interpreter's. */
export class NotThreaded extends Error {}

/** The name of an operand, as semantic functions get it. */
export type NameOf = (operand: Operand) => string;

/** A word that gets a value: where it is, from the core's block on. */
interface Write {
  readonly base: Expression;
  readonly offset: number;
  readonly value: Expression;
}

export class HandlerBuilder extends ArithmeticBuilder implements Builder, HelperSite {
  private writes: Write[] = [];

  /**
   * @param slots the operands of the handler's ops, in their order.
   * @param leave writes the way out of the function to the slow path.
   */
  constructor(
    writer: FunctionWriter,
    private readonly set: InstructionSet,
    private readonly slots: readonly Slot[],
    private readonly nameOf: NameOf,
    private readonly leave: () => void,
  ) {
    super(writer);
  }

  /** Writes what the instruction writes. */
  commit(): void {
    for (const { base, offset, value } of this.writes) this.writer.store(Op.I32Store, base, offset, value);
    this.writes = [];
  }

  // Operands

  private slot(slot: Slot): Expression {
    const index = this.slots.indexOf(slot);
    if (index < 0) throw new Error(`the handler has no operand ${slot}`);
    return loadFrom(Op.I32Load, OP_PLACE, 4 * (index + 1));
  }
  override imm(operand: Operand): Value {
    return this.atom(this.slot(`i:${this.nameOf(operand)}`));
  }

  // Registers

  /** The byte offset in the machine's memory of the word of the core's block that an operand names. */
  private wordAt(slot: Slot): Expression {
    return operation(Op.I32Add, CORE_BASE, operation(Op.I32Shl, this.slot(slot), constant(2)));
  }
  private word(index: number): Expression {
    return this.atom(loadFrom(Op.I32Load, CORE_BASE, 4 * index));
  }
  private write(base: Expression, index: number, value: Value): void {
    this.writes.push({ base, offset: 4 * index, value: this.atom(value) });
  }
  writeWord(index: number, value: Value): void {
    this.write(CORE_BASE, index, value);
  }
  r(register: Operand | number): Value {
    if (typeof register !== 'number')
      return this.atom(loadFrom(Op.I32Load, this.wordAt(`r:${this.nameOf(register)}`), 0));
    return register === 15 ? this.atom(this.slot('pc')) : this.word(CORE.R + register);
  }
  setR(register: Operand | number, value: Value): void {
    if (typeof register === 'number') this.writeWord(CORE.R + register, value);
    else this.write(this.wordAt(`w:${this.nameOf(register)}`), 0, value);
  }
  alignedPc(): Value {
    return this.atom(this.slot('alignedPc'));
  }
  address(): Value {
    return this.atom(this.slot('address'));
  }
  nextAddress(withT: boolean): Value {
    return this.atom(this.slot(withT ? 'nextT' : 'next'));
  }
  vfp(word: Operand, plus = 0): Value {
    return this.atom(loadFrom(Op.I32Load, this.wordAt(`v:${this.nameOf(word)}`), 4 * plus));
  }
  setVfp(word: Operand, value: Value, plus = 0): void {
    this.write(this.wordAt(`v:${this.nameOf(word)}`), plus, value);
  }

  // Flags

  flag(name: FlagName): Value {
    const word = this.word(FLAG_WORD[name]);
    if (name === 'Z') return this.eq(word, constant(0));
    return name === 'N' || name === 'V' ? this.shr(word, constant(31)) : word;
  }
  setNZ(result: Value): void {
    const value = this.atom(result);
    this.writeWord(CORE.N, value);
    this.writeWord(CORE.Z, value);
  }
  setNZWide(result: Wide): void {
    const [low, high] = [this.atom(this.low(result)), this.atom(this.high(result))];
    this.writeWord(CORE.N, high);
    this.writeWord(CORE.Z, this.or(low, high));
  }
  setNZCV(value: Value): void {
    const bits = this.atom(value);
    this.writeWord(CORE.N, bits);
    this.writeWord(CORE.Z, this.and(this.not(bits), constant(0x4000_0000)));
    this.writeWord(CORE.C, this.and(this.shr(bits, constant(29)), constant(1)));
    this.writeWord(CORE.V, this.shl(bits, constant(3)));
  }
  setC(bit: Value): void {
    this.writeWord(CORE.C, bit);
  }
  setV(bit: Value): void {
    this.writeWord(CORE.V, this.shl(bit, constant(31)));
  }
  setQ(bit: Value): void {
    this.writeWord(CORE.Q, this.or(this.word(CORE.Q), this.ne(bit, constant(0))));
  }
  ge(): Value {
    return this.word(CORE.GE);
  }
  setGE(bits: Value): void {
    this.writeWord(CORE.GE, bits);
  }
  addWithCarry(x: Value, y: Value, carryIn: Value, flags: boolean): Value {
    const [a, b] = [this.atom(x), this.atom(y)];
    const result = this.atom(this.add(this.add(a, b), carryIn));
    if (flags) {
      const carry = this.or(this.and(a, b), this.and(this.or(a, b), this.not(result)));
      this.setFlags(
        result,
        this.shr(carry, constant(31)),
        this.and(this.xor(a, result), this.xor(b, result)),
      );
    }
    return result;
  }
  add2(x: Value, y: Value, flags: boolean): Value {
    const [a, b] = [this.atom(x), this.atom(y)];
    const result = this.atom(this.add(a, b));
    if (flags) this.setFlags(result, this.ltU(result, a), this.and(this.xor(a, result), this.xor(b, result)));
    return result;
  }
  subtract(x: Value, y: Value, flags: boolean): Value {
    const [a, b] = [this.atom(x), this.atom(y)];
    const result = this.atom(this.sub(a, b));
    if (flags) {
      const noBorrow = operation(Op.I32GeU, a, b);
      this.setFlags(result, noBorrow, this.and(this.xor(a, b), this.xor(a, result)));
    }
    return result;
  }
  private setFlags(result: Value, carry: Value, overflow: Value): void {
    this.setNZ(result);
    this.writeWord(CORE.C, carry);
    this.writeWord(CORE.V, overflow);
  }

  // Control

  when(condition: Value, then: () => void, otherwise?: () => void): void {
    const { writer } = this;
    const test = this.atom(condition);
    this.commit();
    writer.push(test);
    writer.ifTrue();
    then();
    this.commit();
    if (otherwise !== undefined) {
      writer.otherwise();
      otherwise();
      this.commit();
    }
    writer.end();
  }

  // Memory

  leaveWhere(condition: Expression): void {
    this.writer.push(condition);
    this.writer.ifUnlikely();
    this.leave();
    this.writer.end();
  }

  /** The base of an access: to be FAST_TLB_BIAS more. */
  private find(address: Value, bytes: number, alignment: number, writes: boolean): Expression {
    const flow = { leaveSlow: this.leave, left: local(VARIABLE.left), usualEntry: undefined };
    const target = { tellsStores: false };
    const access = { address: expression(address), bytes, alignment, writes, slow: undefined };
    const base = this.atom(lookUp({ writer: this.writer, flow, target }, access));
    if (writes) this.tell(base, constant(bytes));
    return base;
  }
  /** Tells of bytes that will be written, where somebody is to be told. */
  private tell(base: Expression, bytes: Expression): void {
    const { writer } = this;
    writer.push(fact('tellsStores'));
    writer.ifUnlikely();
    writer.push(operation(Op.I32Add, base, constant(FAST_TLB_BIAS)));
    writer.push(bytes);
    writer.op(Op.Call);
    writer.code.unsigned(TELL);
    writer.end();
  }

  private aligned(options: MemoryOptions, size: number): number {
    if (options.unprivileged === true) throw new NotThreaded();
    return Math.max(size, options.alignment ?? 1);
  }

  load(address: Value, size: 1 | 2 | 4, options: MemoryOptions = {}): Value {
    const base = this.find(address, size, this.aligned(options, size), false);
    const value = this.atom(loadFrom(LOADS[size], base, FAST_TLB_BIAS));
    return options.signed && size !== 4 ? this.sext(value, size === 1 ? 8 : 16) : value;
  }
  store(address: Value, size: 1 | 2 | 4, value: Value, options: MemoryOptions = {}): void {
    const stored = this.atom(value);
    const base = this.find(address, size, this.aligned(options, size), true);
    this.writer.store(STORES[size], base, FAST_TLB_BIAS, stored);
  }
  loadPair(address: Value, options: MemoryOptions = {}): readonly [Value, Value] {
    const base = this.find(address, 8, this.aligned(options, 4), false);
    const word = (at: number): Expression => this.atom(loadFrom(Op.I32Load, base, FAST_TLB_BIAS + at));
    return [word(0), word(4)];
  }
  storePair(address: Value, first: Value, second: Value, options: MemoryOptions = {}): void {
    const [low, high] = [this.atom(first), this.atom(second)];
    const base = this.find(address, 8, this.aligned(options, 4), true);
    this.writer.store(Op.I32Store, base, FAST_TLB_BIAS, low);
    this.writer.store(Op.I32Store, base, FAST_TLB_BIAS + 4, high);
  }

  /** The base of so many words, which must lie in one page. */
  private findWords(address: Value, count: Expression, writes: boolean): Expression {
    const va = this.atom(address);
    const inPage = operation(Op.I32And, va, constant(PAGE - 1));
    const bytes = operation(Op.I32Shl, count, constant(2));
    this.leaveWhere(operation(Op.I32GtU, operation(Op.I32Add, inPage, bytes), constant(PAGE)));
    const base = this.find(va, 4, 4, writes);
    if (writes) this.tell(base, bytes);
    return base;
  }
  /** Goes through the registers of `list`, lowest first: `step` has the byte offset of the word, and the place of the register. */
  private forEach(
    list: Expression,
    base: Expression,
    step: (at: Expression, register: Expression) => void,
  ): Expression {
    const { writer } = this;
    const [rest, at, number] = [writer.temporary(), writer.temporary(), writer.temporary()];
    writer.set(rest, list);
    writer.set(at, base);
    const done = writer.block();
    const again = writer.loop();
    writer.push(operation(Op.I32Eqz, local(rest)));
    writer.branchIf(done);
    writer.set(number, operation(Op.I32Ctz, local(rest)));
    step(local(at), local(number));
    writer.addTo(at, 4);
    writer.set(rest, operation(Op.I32And, local(rest), operation(Op.I32Sub, local(rest), constant(1))));
    writer.branch(again);
    writer.end();
    writer.end();
    return local(at);
  }
  private registerAt(number: Expression): Expression {
    return operation(Op.I32Add, CORE_BASE, operation(Op.I32Shl, number, constant(2)));
  }
  /** Loads R0–R14. @returns the byte offset of the word behind them */
  private loadRegisters(address: Value, list: Operand, more: number): Expression {
    const registers = this.atom(this.and(this.imm(list), constant(ALL_BUT_PC)));
    const count = operation(Op.I32Add, operation(Op.I32Popcnt, registers), constant(more));
    const base = this.findWords(address, count, false);
    return this.forEach(registers, base, (at, number) =>
      this.writer.store(
        Op.I32Store,
        this.registerAt(number),
        4 * CORE.R,
        loadFrom(Op.I32Load, at, FAST_TLB_BIAS),
      ),
    );
  }
  loadMultiple(address: Value, list: Operand, options: { readonly userBank?: boolean } = {}): void {
    if (options.userBank === true) throw new NotThreaded();
    this.loadRegisters(address, list, 0);
  }
  loadMultipleWithPc(address: Value, list: Operand): Value {
    return this.atom(loadFrom(Op.I32Load, this.loadRegisters(address, list, 1), FAST_TLB_BIAS));
  }
  storeMultiple(address: Value, list: Operand, options: { readonly userBank?: boolean } = {}): void {
    if (options.userBank === true) throw new NotThreaded();
    const registers = this.atom(this.and(this.imm(list), constant(0xffff)));
    const base = this.findWords(address, operation(Op.I32Popcnt, registers), true);
    const pc = this.atom(this.slot('pc'));
    this.forEach(registers, base, (at, number) => {
      const register = loadFrom(Op.I32Load, this.registerAt(number), 4 * CORE.R);
      const isPc = operation(Op.I32Eq, number, constant(15));
      this.writer.store(Op.I32Store, at, FAST_TLB_BIAS, operation(Op.Select, pc, register, isPc));
    });
  }
  private never(): never {
    throw new NotThreaded();
  }
  loadVfpMultiple(): void {
    this.never();
  }
  storeVfpMultiple(): void {
    this.never();
  }
  loadVfpElements(): void {
    this.never();
  }
  storeVfpElements(): void {
    this.never();
  }
  loadExclusive(address: Value, size: 1 | 2 | 4 | 8): readonly [Value, Value] {
    const base = this.find(address, size, size, false);
    markExclusive(this, RAM, operation(Op.I32Add, base, constant(FAST_TLB_BIAS)), size);
    const first = this.atom(loadFrom(LOADS[size === 8 ? 4 : size], base, FAST_TLB_BIAS));
    if (size !== 8) return [first, constant(0)];
    return [first, this.atom(loadFrom(Op.I32Load, base, FAST_TLB_BIAS + 4))];
  }
  storeExclusive(address: Value, size: 1 | 2 | 4 | 8, value: Value, second?: Value): Value {
    const [low, high] = [this.atom(value), second && this.atom(second)];
    const base = this.find(address, size, size, true);
    passExclusive(this, RAM, operation(Op.I32Add, base, constant(FAST_TLB_BIAS)), size);
    this.writer.store(STORES[size === 8 ? 4 : size], base, FAST_TLB_BIAS, low);
    if (high !== undefined) this.writer.store(Op.I32Store, base, FAST_TLB_BIAS + 4, high);
    return constant(0);
  }
  clearExclusive(): void {
    this.writeWord(CORE.EXCLUSIVE_VALID, constant(0));
  }

  // Branches

  private jump(target: Value): void {
    this.writeWord(CORE.R + 15, target);
  }
  branch(target: Operand): void {
    this.jump(this.imm(target));
  }
  branchWritePC(target: Value): void {
    this.jump(this.and(target, constant(this.set === 'A32' ? ~3 : ~1)));
  }
  bxWritePC(target: Value): void {
    const to = this.atom(target);
    const thumb = this.shl(this.and(to, constant(1)), constant(5));
    this.writeWord(CORE.PSR, this.or(this.and(this.word(CORE.PSR), constant(~Psr.T)), thumb));
    // In A32 bit 1 of the address is cleared when the next block is looked for.
    this.jump(this.and(to, constant(~1)));
  }
  loadWritePC(target: Value): void {
    this.bxWritePC(target);
  }
  aluWritePC(target: Value): void {
    if (this.set === 'A32') this.bxWritePC(target);
    else this.branchWritePC(target);
  }
  branchExchange(target: Operand): void {
    this.writeWord(CORE.PSR, this.xor(this.word(CORE.PSR), constant(Psr.T)));
    this.jump(this.imm(target));
  }

  // Helpers

  call(helper: HelperName, ...args: readonly Value[]): Value {
    const values = args.map((value) => this.atom(value));
    return writeThreadedHelper(this, this.writer, helper, values) ?? this.never();
  }
  flags(): Expression {
    const bit = (name: FlagName, by: number): Value => this.shl(this.flag(name), constant(by));
    return expression(this.or(this.or(bit('N', 31), bit('Z', 30)), this.or(bit('C', 29), bit('V', 28))));
  }
  writeFlags(bits: Expression): void {
    this.setNZCV(bits);
  }
  highWord: Expression = constant(0);
  readable(address: Expression): void {
    this.find(address, 1, 1, false);
  }
  maintain(): void {
    this.never();
  }
}
