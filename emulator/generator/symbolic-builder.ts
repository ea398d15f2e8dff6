/**
 * The builder that turns a semantic function into the text of an interpreter's handler.
 *
 * The text may use: `x` the Executor, `s` the core's words, `o` the block's ops, `p` the op's place, `m8`, `m16`,
 * `m32` the machine's memory, `readBase`, `writeBase` the tables of the TLB's first level, and LEAVE, a line on its own: the slow path may have moved the block's end.
 */
import type {
  Builder,
  FlagName,
  MemoryOptions,
  Operand,
  Value,
  VfpTransferOptions,
  Wide,
} from '../isa/builder';
import { HELPERS, type HelperName } from '../isa/helpers';
import type { InstructionSet } from '../isa/row';
import { AccessFlags } from '../mmu/memory-access';
import { FAST_TLB_BIAS } from '../mmu/fast-tlb';
import { LITTLE } from '../interpreter/executor';
import type { Slot } from '../interpreter/handler-table';
import { Program, strip, type Expression, type Printer } from './expressions';

/** Stands in handler text where `execute` reads the block's end again. */
export const LEAVE = 'LEAVE;';

/** An operand by name, as semantic functions get it. */
class SymbolicOperand implements Operand {
  declare readonly __operand: true;
  constructor(readonly name: string) {}
}

/** Operands of whatever name the semantic function asks for, of those the row has. */
export function symbolicOperands(names: readonly string[] | undefined): Readonly<Record<string, Operand>> {
  if (names !== undefined) return Object.fromEntries(names.map((name) => [name, new SymbolicOperand(name)]));
  const made = new Map<string, Operand>();
  return new Proxy({} as Record<string, Operand>, {
    get: (_, name) => {
      if (typeof name !== 'string') return undefined;
      const operand = made.get(name) ?? new SymbolicOperand(name);
      made.set(name, operand);
      return operand;
    },
  });
}

/** The name of such an operand. @throws Error where it is none */
export function nameOf(operand: Operand): string {
  if (!(operand instanceof SymbolicOperand)) throw new Error('an operand that the row has not');
  return operand.name;
}

/** A 64-bit value: two words. */
class Words implements Wide {
  declare readonly __value: 'i64';
  constructor(
    readonly low: Value,
    readonly high: Value,
  ) {}
}

const FLAG_WORD: Readonly<Record<FlagName, string>> = { N: 'S.N', Z: 'S.Z', C: 'S.C', V: 'S.V', Q: 'S.Q' };

function int(value: Value): Expression {
  return value as Expression;
}

export class SymbolicBuilder implements Builder {
  readonly program = new Program();
  readonly slots: Slot[] = [];
  ends = false;
  readsPc = false;
  /** Names of entries of the TLB that are in use. */
  private entries = 0;

  constructor(private readonly set: InstructionSet) {}

  // --- operands ---

  private slot(slot: Slot): string {
    let index = this.slots.indexOf(slot);
    if (index < 0) index = this.slots.push(slot) - 1;
    return `o[p + ${index + 1}]`;
  }
  private slotValue(slot: Slot): Value {
    const text = this.slot(slot);
    return this.program.expression({ value: () => text });
  }

  c(value: number): Value {
    return this.program.expression({ value: () => `${value | 0}`, atom: true });
  }
  imm(operand: Operand): Value {
    return this.slotValue(`i:${nameOf(operand)}`);
  }

  // --- registers ---

  private readWord(index: string): Value {
    return this.program.expression({ value: () => `s[${index}]`, reads: true });
  }
  private writeWord(index: string, value: Value): void {
    this.program.effect([int(value)], (print) => [`s[${index}] = ${strip(print.value(int(value)))};`]);
  }

  r(register: Operand | number): Value {
    if (typeof register !== 'number') return this.readWord(this.slot(`r:${nameOf(register)}`));
    if (register === 15) return this.slotValue('pc');
    return this.readWord(`${register}`);
  }
  setR(register: Operand | number, value: Value): void {
    this.writeWord(typeof register === 'number' ? `${register}` : this.slot(`w:${nameOf(register)}`), value);
  }
  alignedPc(): Value {
    return this.slotValue('alignedPc');
  }
  address(): Value {
    return this.slotValue('address');
  }
  nextAddress(withT: boolean): Value {
    return this.slotValue(withT ? 'nextT' : 'next');
  }
  private vfpIndex(word: Operand, plus: number): string {
    const text = this.slot(`v:${nameOf(word)}`);
    return plus === 0 ? text : `${text} + ${plus}`;
  }
  vfp(word: Operand, plus = 0): Value {
    return this.readWord(this.vfpIndex(word, plus));
  }
  setVfp(word: Operand, value: Value, plus = 0): void {
    this.writeWord(this.vfpIndex(word, plus), value);
  }

  // --- flags ---

  flag(name: FlagName): Value {
    const word = `s[${FLAG_WORD[name]}]`;
    switch (name) {
      case 'N':
      case 'V':
        return this.program.expression({
          value: () => `${word} >>> 31`,
          test: () => `${word} < 0`,
          reads: true,
        });
      case 'Z':
        return this.test([], () => `${word} === 0`, true);
      default:
        return this.program.expression({ value: () => word, test: () => `${word} !== 0`, reads: true });
    }
  }
  setNZ(result: Value): void {
    this.writeWord('S.N', result);
    this.writeWord('S.Z', result);
  }
  setNZWide(result: Wide): void {
    const { low, high } = result as Words;
    const either = this.or(low, high);
    this.writeWord('S.N', high);
    this.writeWord('S.Z', either);
  }
  setNZCV(bits: Value): void {
    const z = this.and(this.not(bits), this.c(0x4000_0000));
    const c = this.and(this.shr(bits, this.c(29)), this.c(1));
    const v = this.shl(bits, this.c(3));
    this.writeWord('S.N', bits);
    this.writeWord('S.Z', z);
    this.writeWord('S.C', c);
    this.writeWord('S.V', v);
  }
  setC(bit: Value): void {
    this.writeWord('S.C', bit);
  }
  setV(bit: Value): void {
    this.writeWord('S.V', this.shl(bit, this.c(31)));
  }
  setQ(bit: Value): void {
    const sticky = this.or(this.readWord('S.Q'), this.ne(bit, this.c(0)));
    this.writeWord('S.Q', sticky);
  }
  ge(): Value {
    return this.readWord('S.GE');
  }
  setGE(bits: Value): void {
    this.writeWord('S.GE', bits);
  }
  addWithCarry(x: Value, y: Value, carryIn: Value, flags: boolean): Value {
    const result = this.add(this.add(x, y), carryIn);
    if (flags) {
      // Carry out of bit 31: both operands have it, or one has and the sum has not.
      const carry = this.shr(this.or(this.and(x, y), this.and(this.or(x, y), this.not(result))), this.c(31));
      this.setFlags(result, carry, this.and(this.xor(x, result), this.xor(y, result)));
    }
    return result;
  }
  add2(x: Value, y: Value, flags: boolean): Value {
    const result = this.add(x, y);
    if (flags) this.setFlags(result, this.ltU(result, x), this.and(this.xor(x, result), this.xor(y, result)));
    return result;
  }
  subtract(x: Value, y: Value, flags: boolean): Value {
    const result = this.sub(x, y);
    if (flags) {
      const noBorrow = this.test([x, y], (print) => `${unsigned(print, x)} >= ${unsigned(print, y)}`);
      this.setFlags(result, noBorrow, this.and(this.xor(x, y), this.xor(x, result)));
    }
    return result;
  }
  private setFlags(result: Value, carry: Value, overflow: Value): void {
    this.writeWord('S.N', result);
    this.writeWord('S.Z', result);
    this.writeWord('S.C', carry);
    this.writeWord('S.V', overflow);
  }

  // --- arithmetic ---

  private pure(args: readonly Value[], value: (print: Printer) => string): Value {
    return this.program.expression({ args: args.map(int), value });
  }
  private infix(operator: string, x: Value, y: Value, after = ''): Value {
    return this.pure([x, y], (print) => `${print.value(int(x))} ${operator} ${print.value(int(y))}${after}`);
  }
  /** A comparison or another 0 or 1. */
  private test(args: readonly Value[], test: (print: Printer) => string, reads = false): Value {
    return this.program.expression({
      args: args.map(int),
      value: (print) => `${test(print)} ? 1 : 0`,
      test,
      reads,
    });
  }

  add(x: Value, y: Value): Value {
    return this.pure([x, y], (print) => `(${print.value(int(x))} + ${print.value(int(y))}) | 0`);
  }
  sub(x: Value, y: Value): Value {
    return this.pure([x, y], (print) => `(${print.value(int(x))} - ${print.value(int(y))}) | 0`);
  }
  mul(x: Value, y: Value): Value {
    return this.pure(
      [x, y],
      (print) => `Math.imul(${strip(print.value(int(x)))}, ${strip(print.value(int(y)))})`,
    );
  }
  and(x: Value, y: Value): Value {
    if (int(x).isTest && int(y).isTest)
      return this.test([x, y], (print) => `${print.test(int(x))} && ${print.test(int(y))}`);
    return this.infix('&', x, y);
  }
  or(x: Value, y: Value): Value {
    if (int(x).isTest && int(y).isTest)
      return this.test([x, y], (print) => `${print.test(int(x))} || ${print.test(int(y))}`);
    return this.infix('|', x, y);
  }
  xor(x: Value, y: Value): Value {
    return this.infix('^', x, y);
  }
  not(x: Value): Value {
    return this.pure([x], (print) => `~${print.value(int(x))}`);
  }
  shl(x: Value, amount: Value): Value {
    return this.infix('<<', x, amount);
  }
  shr(x: Value, amount: Value): Value {
    return this.pure([x, amount], (print) => `(${print.value(int(x))} >>> ${print.value(int(amount))}) | 0`);
  }
  sar(x: Value, amount: Value): Value {
    return this.infix('>>', x, amount);
  }
  ror(x: Value, amount: Value): Value {
    return this.or(this.shr(x, amount), this.shl(x, this.sub(this.c(32), amount)));
  }
  clz(x: Value): Value {
    return this.pure([x], (print) => `Math.clz32(${strip(print.value(int(x)))})`);
  }
  sext(x: Value, bits: 8 | 16): Value {
    return this.pure([x], (print) => `(${print.value(int(x))} << ${32 - bits}) >> ${32 - bits}`);
  }
  private arithmetic(name: string, x: Value, y: Value): Value {
    return this.pure(
      [x, y],
      (print) => `${name}(${strip(print.value(int(x)))}, ${strip(print.value(int(y)))})`,
    );
  }
  divS(x: Value, y: Value): Value {
    return this.arithmetic('divS', x, y);
  }
  divU(x: Value, y: Value): Value {
    return this.arithmetic('divU', x, y);
  }

  // --- comparisons ---

  eq(x: Value, y: Value): Value {
    return this.test([x, y], (print) => `${print.value(int(x))} === ${print.value(int(y))}`);
  }
  ne(x: Value, y: Value): Value {
    return this.test([x, y], (print) => `${print.value(int(x))} !== ${print.value(int(y))}`);
  }
  ltS(x: Value, y: Value): Value {
    return this.test([x, y], (print) => `${print.value(int(x))} < ${print.value(int(y))}`);
  }
  ltU(x: Value, y: Value): Value {
    return this.test([x, y], (print) => `${unsigned(print, x)} < ${unsigned(print, y)}`);
  }

  // --- 64 bits ---

  wideU(x: Value): Wide {
    return new Words(x, this.c(0));
  }
  wideS(x: Value): Wide {
    return new Words(x, this.sar(x, this.c(31)));
  }
  wide(low: Value, high: Value): Wide {
    return new Words(low, high);
  }
  low(x: Wide): Value {
    return (x as Words).low;
  }
  high(x: Wide): Value {
    return (x as Words).high;
  }
  mulWideU(x: Value, y: Value): Wide {
    return new Words(this.mul(x, y), this.arithmetic('mulHighU', x, y));
  }
  mulWideS(x: Value, y: Value): Wide {
    return new Words(this.mul(x, y), this.arithmetic('mulHighS', x, y));
  }
  addWide(x: Wide, y: Wide): Wide {
    const a = x as Words;
    const b = y as Words;
    const low = this.add(a.low, b.low);
    return new Words(low, this.add(this.add(a.high, b.high), this.ltU(low, a.low)));
  }
  subWide(x: Wide, y: Wide): Wide {
    const a = x as Words;
    const b = y as Words;
    return new Words(this.sub(a.low, b.low), this.sub(this.sub(a.high, b.high), this.ltU(a.low, b.low)));
  }

  // --- control ---

  select(condition: Value, whenTrue: Value, whenFalse: Value): Value {
    return this.pure(
      [condition, whenTrue, whenFalse],
      (print) =>
        `${print.test(int(condition))} ? ${print.value(int(whenTrue))} : ${print.value(int(whenFalse))}`,
    );
  }
  when(condition: Value, then: () => void, otherwise: () => void = () => undefined): void {
    this.program.when(int(condition), then, otherwise);
  }
  let(value: Value): Value {
    return value;
  }

  // --- memory ---

  load(address: Value, size: 1 | 2 | 4, options: MemoryOptions = {}): Value {
    const flags = accessFlags(options);
    const alignment = options.alignment ?? 1;
    const value = this.program.effectWithResult([int(address)], (print, result) => {
      const at = strip(print.value(int(address)));
      const slow = (va: string): string => `x.read(p, ${va}, ${size}, ${flags}, ${alignment})`;
      if (result === undefined) return [`${slow(at)};`, LEAVE];
      if (!isFast(flags)) return [`const ${result} = ${slow(at)};`, LEAVE];
      const view = { 1: 'm8', 2: 'm16', 4: 'm32' }[size];
      const shift = { 1: 0, 2: 1, 4: 2 }[size];
      const a = `a${result}`;
      const e = `e${result}`;
      return [
        `const ${a} = ${at};`,
        `const ${e} = m32[readBase + (${a} >>> 12)];`,
        `let ${result}: number;`,
        `if (${hits(e, a, size, alignment)}) ${result} = ${view}[(${a} + ${e} + ${FAST_TLB_BIAS}) >>> ${shift}];`,
        'else {',
        `  ${result} = ${slow(a)};`,
        `  ${LEAVE}`,
        '}',
      ];
    });
    return options.signed && size !== 4 ? this.sext(value, size === 1 ? 8 : 16) : value;
  }

  store(address: Value, size: 1 | 2 | 4, value: Value, options: MemoryOptions = {}): void {
    const flags = accessFlags(options);
    const alignment = options.alignment ?? 1;
    // The address is looked at more than once: a second use makes it a const.
    this.program.effect([int(address), int(address), int(value), int(value)], (print) => {
      const a = print.value(int(address));
      const v = strip(print.value(int(value)));
      const slow = `x.write(p, ${strip(a)}, ${size}, ${v}, ${flags}, ${alignment});`;
      if (!isFast(flags)) return [slow, LEAVE];
      const view = { 1: 'm8', 2: 'm16', 4: 'm32' }[size];
      const shift = { 1: 0, 2: 1, 4: 2 }[size];
      const e = `e${this.entries++}`;
      return [
        `const ${e} = m32[writeBase + (${a} >>> 12)];`,
        `if (${hits(e, a, size, alignment)}) ${view}[(${a} + ${e} + ${FAST_TLB_BIAS}) >>> ${shift}] = ${v};`,
        'else {',
        `  ${slow}`,
        `  ${LEAVE}`,
        '}',
      ];
    });
  }

  /** A step that the runtime does: `name(x, p, ...args)`, or a method. */
  private runtime(name: string, args: readonly (Value | string)[], withResult: true): Value;
  private runtime(name: string, args: readonly (Value | string)[], withResult: false): undefined;
  private runtime(name: string, args: readonly (Value | string)[], withResult: boolean): Value | undefined {
    const values = args.filter((arg): arg is Value => typeof arg !== 'string').map(int);
    const call = (print: Printer): string =>
      `${name}(${['x', 'p', ...args.map((arg) => (typeof arg === 'string' ? arg : strip(print.value(int(arg)))))].join(', ')});`;
    if (!withResult) {
      this.program.effect(values, (print) => [call(print), LEAVE]);
      return undefined;
    }
    return this.program.effectWithResult(values, (print, result) => [
      result === undefined ? call(print) : `const ${result} = ${call(print)}`,
      LEAVE,
    ]);
  }
  /** What the last runtime step left in `x.second`. */
  private second(): Value {
    return this.program.effectWithResult([], (_, result) =>
      result === undefined ? [] : [`const ${result} = x.second;`],
    );
  }

  loadPair(address: Value, options: MemoryOptions = {}): readonly [Value, Value] {
    const first = this.runtime(
      'loadPair',
      [address, `${accessFlags(options)}`, `${options.alignment ?? 1}`],
      true,
    );
    return [first, this.second()];
  }
  storePair(address: Value, first: Value, second: Value, options: MemoryOptions = {}): void {
    this.runtime(
      'storePair',
      [address, first, second, `${accessFlags(options)}`, `${options.alignment ?? 1}`],
      false,
    );
  }
  loadMultiple(address: Value, list: Operand, options: { readonly userBank?: boolean } = {}): void {
    this.runtime('loadMultiple', [address, this.imm(list), `${options.userBank === true}`], false);
  }
  loadMultipleWithPc(address: Value, list: Operand): Value {
    return this.runtime('loadMultipleWithPc', [address, this.imm(list)], true);
  }
  storeMultiple(address: Value, list: Operand, options: { readonly userBank?: boolean } = {}): void {
    this.runtime(
      'storeMultiple',
      [address, this.imm(list), `${options.userBank === true}`, this.slotValue('pc')],
      false,
    );
  }
  loadVfpMultiple(address: Value, first: Operand, count: Operand, options?: VfpTransferOptions): void {
    this.vfpMultiple('loadVfpMultiple', address, first, count, options);
  }
  storeVfpMultiple(address: Value, first: Operand, count: Operand, options?: VfpTransferOptions): void {
    this.vfpMultiple('storeVfpMultiple', address, first, count, options);
  }
  private vfpMultiple(
    step: 'loadVfpMultiple' | 'storeVfpMultiple',
    address: Value,
    first: Operand,
    count: Operand,
    options: VfpTransferOptions | undefined,
  ): void {
    const doubles = String(options?.doubles ?? false);
    this.runtime(step, [address, this.imm(first), this.imm(count), doubles], false);
  }
  loadVfpElements(address: Value, shape: Operand): void {
    this.runtime('loadVfpElements', [address, this.imm(shape)], false);
  }
  storeVfpElements(address: Value, shape: Operand): void {
    this.runtime('storeVfpElements', [address, this.imm(shape)], false);
  }
  loadExclusive(address: Value, size: 1 | 2 | 4 | 8): readonly [Value, Value] {
    const first = this.runtime('loadExclusive', [address, `${size}`], true);
    return [first, this.second()];
  }
  storeExclusive(address: Value, size: 1 | 2 | 4 | 8, value: Value, second?: Value): Value {
    return this.runtime('storeExclusive', [address, `${size}`, value, second ?? '0'], true);
  }
  clearExclusive(): void {
    this.program.effect([], () => ['s[S.EXCLUSIVE_VALID] = 0;']);
  }

  // --- branches ---

  private jump(target: Value): void {
    this.ends = true;
    this.writeWord('S.PC', target);
  }
  branch(target: Operand): void {
    this.jump(this.imm(target));
  }
  branchWritePC(target: Value): void {
    this.jump(this.and(target, this.c(this.set === 'A32' ? ~3 : ~1)));
  }
  bxWritePC(target: Value): void {
    const thumb = this.shl(this.and(target, this.c(1)), this.c(5));
    // In A32 bit 1 of the address is cleared when the next block is looked for.
    const address = this.and(target, this.c(~1));
    this.writeWord('S.PSR', this.or(this.and(this.readWord('S.PSR'), this.c(~0x20)), thumb));
    this.jump(address);
  }
  loadWritePC(target: Value): void {
    this.bxWritePC(target);
  }
  aluWritePC(target: Value): void {
    if (this.set === 'A32') this.bxWritePC(target);
    else this.branchWritePC(target);
  }
  branchExchange(target: Operand): void {
    const address = this.imm(target);
    this.writeWord('S.PSR', this.xor(this.readWord('S.PSR'), this.c(0x20)));
    this.jump(address);
  }

  // --- helpers ---

  call(helper: HelperName, ...args: readonly Value[]): Value {
    const { effect, setsPc, result: hasResult } = HELPERS[helper];
    if (effect === 'ends') this.ends = true;
    const call = (print: Printer): string =>
      `x.helpers.${helper}(${['x.core', ...args.map((arg) => strip(print.value(int(arg))))].join(', ')});`;
    return this.program.effectWithResult(args.map(int), (print, result) => {
      const named = hasResult && result !== undefined ? `const ${result} = ${call(print)}` : call(print);
      if (effect === 'pure') return [named];
      if (effect === 'may-trap') return ['x.sync(p);', named, 'x.settle(p);', LEAVE];
      if (setsPc !== true) return ['x.sync(p);', named, 'x.afterEnd(p);'];
      return ['x.sync(p);', named, RETIRES_NEVER.has(helper) ? 'x.afterException();' : 'x.afterFlow();'];
    });
  }
}

/** Helpers whose instruction is not retired even when they return. */
const RETIRES_NEVER: ReadonlySet<HelperName> = new Set(['undefinedInstruction', 'breakpointInstruction']);

function unsigned(print: Printer, value: Value): string {
  return `(${print.value(int(value))} >>> 0)`;
}

function accessFlags(options: MemoryOptions): number {
  return (
    (options.unprivileged ? AccessFlags.Unprivileged : 0) |
    ((options.alignment ?? 1) > 1 ? AccessFlags.Aligned : 0) |
    (options.endian === 'little' ? LITTLE : 0)
  );
}

/** True where the first level of the TLB can serve an access. */
function isFast(flags: number): boolean {
  return (flags & ~AccessFlags.Aligned) === 0;
}

/** The test that entry `e` of the TLB's first level serves an access at address `a`. */
function hits(e: string, a: string, size: number, alignment: number): string {
  const strict = Math.max(size, alignment);
  return strict === 1 ? `(${e} & 1) !== 0` : `(((${e} - 1) | ${a}) & ${strict - 1}) === 0`;
}
