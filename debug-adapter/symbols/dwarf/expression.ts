import { hex, registerName } from '../access';
import { CorruptDataError } from '../errors';
import { Reader } from '../reader';
import { DW_AT, DW_ATE, DW_OP } from './constants';
import {
  BINARY,
  binary,
  bitSize,
  bitsOf,
  bytesOf,
  convert,
  type Entry,
  floatEntry,
  floatOf,
  signedOf,
  type StackType,
} from './stack-values';
import type { Unit } from './unit';

/**
 * The DWARF stack machine (DWARF 5, 2.5 and 2.6) with the operations that GCC and Clang emit for ARM. Values are
 * 32-bit generic numbers unless a typed operation says otherwise.
 */

/** Where an object is, or what it is. */
export type Location =
  | { readonly kind: 'memory'; readonly address: number }
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'pieces'; readonly pieces: readonly Piece[] }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface Piece {
  readonly location: Location;
  /** First bit of the piece within its location, and number of bits. */
  readonly bitOffset: number;
  readonly bitSize: number;
}

/** What an expression may ask of the frame it is evaluated in. Absent members make the value unavailable. */
export interface ExpressionInputs {
  /** Added to addresses that are in the file. */
  readonly slide: number;
  readRegister?(register: number): number | bigint | undefined;
  /** @throws Error in words */
  readMemory?(address: number, length: number): Uint8Array;
  /** DW_AT_frame_base of the function, as a run-time address. */
  frameBase?(): number;
  /** The canonical frame address (the stack pointer before the call). */
  cfa?(): number;
  /** Bits that a register held on entry of the function. */
  entryValue?(register: number): bigint | undefined;
  readonly objectAddress?: number;
  /** Location expression of a DIE, for DW_OP_call2/4 and GNU_variable_value. */
  expressionOf?(dieOffset: number): Uint8Array | undefined;
}

export const OPTIMIZED_OUT = 'optimized out';

/** Something that the expression needs is not known: the object is unavailable, and nothing is wrong with the file. */
class Unavailable extends Error {}

/** Longest run of an expression: backward branches must not loop forever. */
const MOST_STEPS = 10_000;
const MOST_STACK = 1024;

/**
 * Evaluates a location expression.
 * @param unit the unit it belongs to; undefined for CFI, which has none
 * @param initial values on the stack at the start, top last (CFI pushes the CFA)
 * @throws CorruptDataError when the expression is damaged
 */
export function evaluateLocation(
  expression: Uint8Array,
  unit: Unit | undefined,
  inputs: ExpressionInputs,
  initial: readonly number[] = [],
): Location {
  if (expression.length === 0) return { kind: 'unavailable', reason: OPTIMIZED_OUT };
  try {
    return new Machine(expression, unit, inputs, initial).run();
  } catch (error) {
    if (error instanceof Unavailable) return { kind: 'unavailable', reason: error.message };
    throw error;
  }
}

/** Evaluates an expression that computes a number (a CFA, an array bound). @throws Error when it can't be known */
export function evaluateNumber(
  expression: Uint8Array,
  unit: Unit | undefined,
  inputs: ExpressionInputs,
  initial: readonly number[] = [],
): number {
  return new Machine(expression, unit, inputs, initial).runForValue();
}

/** Like evaluateNumber, with all bits of a typed value. @throws Error when it can't be known */
export function evaluateBits(
  expression: Uint8Array,
  unit: Unit | undefined,
  inputs: ExpressionInputs,
): bigint {
  return new Machine(expression, unit, inputs, []).runForBits();
}

/** The register that a location of one register names, also as the first of its pieces; undefined for other places. */
export function registerOf(expression: Uint8Array): number | undefined {
  const [op] = expression;
  if (op >= DW_OP.reg0 && op <= DW_OP.reg31) return op - DW_OP.reg0;
  if (op !== DW_OP.regx && op !== DW_OP.regval_type && op !== DW_OP.GNU_regval_type) return undefined;
  return new Reader(expression, 'location expression', 1).uleb();
}

class Machine {
  private readonly reader: Reader;
  private readonly stack: Entry[];
  private readonly pieces: Piece[] = [];
  private result: Location | undefined;
  private steps = 0;

  constructor(
    private readonly expression: Uint8Array,
    private readonly unit: Unit | undefined,
    private readonly inputs: ExpressionInputs,
    initial: readonly number[],
    private readonly depth = 0,
  ) {
    this.reader = new Reader(expression, 'location expression');
    this.stack = initial.map((value) => ({ bits: BigInt(value >>> 0) }));
  }

  run(): Location {
    this.execute();
    if (this.pieces.length > 0) return { kind: 'pieces', pieces: this.pieces };
    return this.currentLocation();
  }

  runForValue(): number {
    this.execute();
    if (this.result?.kind === 'register') return Number(this.registerBits(this.result.register));
    if (this.result) throw new Unavailable(OPTIMIZED_OUT);
    return Number(BigInt.asUintN(32, this.pop().bits));
  }

  runForBits(): bigint {
    this.execute();
    if (this.result) throw new Unavailable(OPTIMIZED_OUT);
    return this.pop().bits;
  }

  private currentLocation(): Location {
    if (this.result) return this.result;
    if (this.stack.length === 0) return { kind: 'unavailable', reason: OPTIMIZED_OUT };
    return { kind: 'memory', address: Number(BigInt.asUintN(32, this.pop().bits)) };
  }

  private execute(): void {
    const { reader } = this;
    while (!reader.atEnd) {
      if (++this.steps > MOST_STEPS) this.damaged('a location expression does not end');
      if (this.stack.length > MOST_STACK) this.damaged('a location expression overflows its stack');
      this.operation(reader.u8());
    }
  }

  private operation(op: number): void {
    const { reader, inputs } = this;
    if (op >= DW_OP.lit0 && op <= DW_OP.lit31) return this.push(op - DW_OP.lit0);
    if (op >= DW_OP.reg0 && op <= DW_OP.reg31)
      return this.setResult({ kind: 'register', register: op - DW_OP.reg0 });
    if (op >= DW_OP.breg0 && op <= DW_OP.breg31) return this.pushBased(op - DW_OP.breg0, reader.sleb());
    switch (op) {
      case DW_OP.addr:
        return this.push(reader.unsigned(this.unit?.header.addressSize ?? 4) + inputs.slide);
      case DW_OP.addrx:
      case DW_OP.GNU_addr_index:
        return this.push(this.indexed(reader.uleb()) + inputs.slide);
      case DW_OP.constx:
      case DW_OP.GNU_const_index:
        return this.push(this.indexed(reader.uleb()));
      case DW_OP.const1u:
        return this.push(reader.u8());
      case DW_OP.const1s:
        return this.push(reader.i8());
      case DW_OP.const2u:
        return this.push(reader.u16());
      case DW_OP.const2s:
        return this.push(reader.i16());
      case DW_OP.const4u:
        return this.push(reader.u32());
      case DW_OP.const4s:
        return this.push(reader.i32());
      case DW_OP.const8u:
      case DW_OP.const8s:
        return this.pushBits(reader.u64());
      case DW_OP.constu:
        return this.pushBits(reader.ulebBig());
      case DW_OP.consts:
        return this.pushBits(reader.slebBig());
      case DW_OP.regx:
        return this.setResult({ kind: 'register', register: reader.uleb() });
      case DW_OP.bregx:
        return this.pushBased(reader.uleb(), reader.sleb());
      case DW_OP.fbreg:
        if (!inputs.frameBase) throw new Unavailable('the frame base is not known');
        return this.push(inputs.frameBase() + reader.sleb());
      case DW_OP.call_frame_cfa:
        if (!inputs.cfa) throw new Unavailable('the frame address is not known');
        return this.push(inputs.cfa());
      case DW_OP.push_object_address:
        if (inputs.objectAddress === undefined)
          throw new Unavailable('the address of the object is not known');
        return this.push(inputs.objectAddress);
      case DW_OP.piece:
        return this.addPiece(reader.uleb() * 8, 0);
      case DW_OP.bit_piece: {
        const size = reader.uleb();
        return this.addPiece(size, reader.uleb());
      }
      case DW_OP.implicit_value:
        return this.setResult({ kind: 'bytes', bytes: reader.slice(reader.uleb()) });
      case DW_OP.stack_value:
        return this.setResult({ kind: 'bytes', bytes: bytesOf(this.pop()) });
      case DW_OP.entry_value:
      case DW_OP.GNU_entry_value: {
        const inner = reader.slice(reader.uleb());
        const register = registerOf(inner);
        const value = register === undefined ? undefined : inputs.entryValue?.(register);
        if (value === undefined) throw new Unavailable(OPTIMIZED_OUT);
        const type = this.entryType(inner);
        this.stack.push({ bits: BigInt.asUintN((type?.size ?? 4) * 8, value), type });
        return;
      }
      case DW_OP.implicit_pointer:
      case DW_OP.GNU_implicit_pointer:
        reader.skip(this.unit?.header.offsetSize ?? 4);
        reader.skipLeb();
        return this.setResult({
          kind: 'unavailable',
          reason: 'a pointer to an object that was optimized out',
        });
      case DW_OP.GNU_parameter_ref:
        throw new Unavailable(OPTIMIZED_OUT);
      case DW_OP.form_tls_address:
      case DW_OP.GNU_push_tls_address:
        throw new Unavailable('a thread-local variable: its place is known to the operating system only');
      case DW_OP.skip:
        return this.jump(reader.i16());
      case DW_OP.bra: {
        const distance = reader.i16();
        return this.pop().bits !== 0n ? this.jump(distance) : undefined;
      }
      case DW_OP.call2:
        return this.call((this.unit?.header.offset ?? 0) + reader.u16());
      case DW_OP.call4:
        return this.call((this.unit?.header.offset ?? 0) + reader.u32());
      case DW_OP.call_ref:
        return this.call(reader.unsigned(this.unit?.header.offsetSize ?? 4));
      case DW_OP.GNU_variable_value:
        reader.skip(this.unit?.header.offsetSize ?? 4);
        throw new Unavailable('the length of a variable-length array is not known here');
      case DW_OP.nop:
        return;
      case DW_OP.GNU_uninit:
        return;
      default:
        return this.stackOperation(op);
    }
  }

  /** Operations that only look at the stack and at memory. */
  private stackOperation(op: number): void {
    const { reader, stack } = this;
    switch (op) {
      case DW_OP.dup:
        return void stack.push(this.peek(0));
      case DW_OP.drop:
        return void this.pop();
      case DW_OP.over:
        return void stack.push(this.peek(1));
      case DW_OP.pick:
        return void stack.push(this.peek(reader.u8()));
      case DW_OP.swap: {
        const [top, next] = [this.pop(), this.pop()];
        return void stack.push(top, next);
      }
      case DW_OP.rot: {
        const [first, second, third] = [this.pop(), this.pop(), this.pop()];
        return void stack.push(first, third, second);
      }
      case DW_OP.deref:
        return this.dereference(4, undefined);
      case DW_OP.deref_size:
        return this.dereference(reader.u8(), undefined);
      case DW_OP.deref_type:
      case DW_OP.GNU_deref_type: {
        const size = reader.u8();
        return this.dereference(size, this.typeAt(reader.uleb()));
      }
      case DW_OP.const_type:
      case DW_OP.GNU_const_type: {
        const type = this.typeAt(reader.uleb());
        return void stack.push({ bits: bitsOf(reader.slice(reader.u8())), type });
      }
      case DW_OP.regval_type:
      case DW_OP.GNU_regval_type: {
        const register = reader.uleb();
        const type = this.typeAt(reader.uleb());
        const bits = this.registerBits(register, type?.size);
        return void stack.push({ bits: type ? BigInt.asUintN(type.size * 8, bits) : bits, type });
      }
      case DW_OP.convert:
      case DW_OP.GNU_convert:
        return void stack.push(convert(this.pop(), this.typeAt(reader.uleb())));
      case DW_OP.reinterpret:
      case DW_OP.GNU_reinterpret: {
        const type = this.typeAt(reader.uleb());
        return void stack.push({ bits: BigInt.asUintN((type?.size ?? 4) * 8, this.pop().bits), type });
      }
      case DW_OP.plus_uconst: {
        const entry = this.pop();
        return this.pushLike(entry, signedOf(entry) + BigInt(reader.uleb()));
      }
      case DW_OP.abs: {
        const entry = this.pop();
        const value = signedOf(entry);
        return this.pushLike(entry, value < 0n ? -value : value);
      }
      case DW_OP.neg: {
        const entry = this.pop();
        if (entry.type?.kind === 'float') return void stack.push(floatEntry(-floatOf(entry), entry.type));
        return this.pushLike(entry, -signedOf(entry));
      }
      case DW_OP.not: {
        const entry = this.pop();
        return this.pushLike(entry, ~entry.bits);
      }
      default: {
        const right = this.pop();
        const left = this.pop();
        const answer = binary(op, left, right);
        if (answer === undefined)
          return this.damaged(
            op in BINARY ? 'a location expression divides by zero' : `operation ${hex(op)} is not known`,
          );
        stack.push(answer);
      }
    }
  }

  private dereference(size: number, type: StackType | undefined): void {
    if (size < 1 || size > 8) this.damaged(`a location expression reads ${size} bytes`);
    const address = Number(BigInt.asUintN(32, this.pop().bits));
    if (!this.inputs.readMemory) throw new Unavailable('memory is not available');
    let bytes: Uint8Array;
    try {
      bytes = this.inputs.readMemory(address, size);
    } catch (error) {
      throw new Unavailable(error instanceof Error ? error.message : String(error));
    }
    this.stack.push({ bits: bitsOf(bytes), type });
  }

  private call(offset: number): void {
    const bytes = this.inputs.expressionOf?.(offset);
    if (!bytes) return;
    if (this.depth > 8) this.damaged('location expressions call one another without end');
    const inner = new Machine(bytes, this.unit, this.inputs, [], this.depth + 1);
    inner.stack.push(...this.stack);
    inner.execute();
    this.stack.splice(0, this.stack.length, ...inner.stack);
  }

  private jump(distance: number): void {
    const target = this.reader.offset + distance;
    if (target < 0 || target > this.expression.length)
      this.damaged('a location expression branches outside itself');
    this.reader.seek(target);
  }

  private setResult(location: Location): void {
    this.result = location;
  }

  private addPiece(bitSize: number, bitOffset: number): void {
    const location = this.currentLocation();
    if (this.pieces.length >= MOST_STACK) this.damaged('an object has too many pieces');
    this.pieces.push({ location, bitOffset, bitSize });
    this.result = undefined;
  }

  private registerBits(register: number, size = 4): bigint {
    const value = this.inputs.readRegister?.(register);
    if (value === undefined) throw new Unavailable(`${registerName(register)} is not known in this frame`);
    return BigInt.asUintN(size > 4 ? 64 : 32, BigInt(value));
  }

  private pushBased(register: number, offset: number): void {
    this.push(Number(this.registerBits(register)) + offset);
  }

  private indexed(index: number): number {
    if (!this.unit) return this.damaged('an indexed address without a unit');
    return this.unit.indexedAddress(index);
  }

  /** A type DIE by its offset from the unit's header; 0 is the generic type. */
  private typeAt(offset: number): StackType | undefined {
    if (offset === 0 || !this.unit) return undefined;
    const die = this.unit.dieAt(this.unit.header.offset + offset);
    const size = die.number(DW_AT.byte_size) ?? 4;
    if (size < 1 || size > 8) throw new Unavailable(`a computation with values of ${size} bytes`);
    const encoding = die.number(DW_AT.encoding);
    const signed = encoding === DW_ATE.signed || encoding === DW_ATE.signed_char;
    return { size, kind: encoding === DW_ATE.float ? 'float' : signed ? 'signed' : 'unsigned' };
  }

  /** The type that the operand of DW_OP_entry_value gives its register. */
  private entryType(inner: Uint8Array): StackType | undefined {
    if (inner[0] !== DW_OP.regval_type && inner[0] !== DW_OP.GNU_regval_type) return undefined;
    const operands = new Reader(inner, 'location expression', 1);
    operands.skipLeb();
    return this.typeAt(operands.uleb());
  }

  private push(value: number): void {
    this.stack.push({ bits: BigInt.asUintN(32, BigInt(Math.trunc(value))) });
  }

  private pushBits(value: bigint): void {
    this.stack.push({ bits: BigInt.asUintN(32, value) });
  }

  private pushLike(entry: Entry, value: bigint): void {
    this.stack.push({ bits: BigInt.asUintN(bitSize(entry), value), type: entry.type });
  }

  private peek(depth: number): Entry {
    return (
      this.stack[this.stack.length - 1 - depth] ??
      this.damaged('a location expression takes from an empty stack')
    );
  }

  private pop(): Entry {
    return this.stack.pop() ?? this.damaged('a location expression takes from an empty stack');
  }

  private damaged(what: string): never {
    throw new CorruptDataError('location expression', Math.max(0, this.reader.offset - 1), what);
  }
}
