import assert from 'node:assert';
import type { MachineAccess } from '../../../debug-adapter/symbols/access';
import { partOf, type Place, readPlace, writePlace } from '../../../debug-adapter/symbols/place';
import {
  ArrayType,
  BaseType,
  CHAR,
  declaration,
  EnumType,
  FunctionType,
  INT,
  nameOfType,
  pointerTo,
  QualifiedType,
  StructType,
  type Type,
  TypedefType,
  UNSIGNED_INT,
  UNSIGNED_LONG_LONG,
  VOID,
} from '../../../debug-adapter/symbols/types';
import { Value } from '../../../debug-adapter/symbols/values';

/** 256 bytes of memory at 0x1000 and sixteen registers. */
function machine(
  contents: readonly number[] = [],
): MachineAccess & { memory: Uint8Array; registers: number[] } {
  const memory = new Uint8Array(256);
  memory.set(contents);
  const registers = Array.from({ length: 16 }, (_, n) => 0x1000 + n);
  const check = (address: number, length: number) => {
    if (address < 0x1000 || address + length > 0x1100)
      throw new Error(`0x${address.toString(16)} is not mapped`);
  };
  return {
    memory,
    registers,
    readMemory(address, length) {
      check(address, length);
      return memory.slice(address - 0x1000, address - 0x1000 + length);
    },
    writeMemory(address, bytes) {
      check(address, bytes.length);
      memory.set(bytes, address - 0x1000);
    },
    readRegister: (register) => registers[register],
    writeRegister: (register, value) => void (registers[register] = Number(value)),
    symbolize: (address) => (address === 0x1010 ? 'table' : undefined),
  };
}

function at(type: Type, address: number, access: MachineAccess): Value {
  return new Value(type, { kind: 'memory', address }, access);
}

const FLAGS = new EnumType('flags', 4, false, () => [
  { name: 'NONE', value: 0n },
  { name: 'READ', value: 1n },
  { name: 'WRITE', value: 2n },
]);
const SIGNED_CHAR = new BaseType('signed char', 1, 'signed char');

describe('values', () => {
  it('are written for people', () => {
    const text = [...new TextEncoder().encode('vm "one"\n'), 0];
    const access = machine([...text]);
    const write = (offset: number, ...bytes: number[]) => access.memory.set(bytes, offset);
    assert.strictEqual(at(new ArrayType(() => CHAR, 16), 0x1000, access).text(), '"vm \\"one\\"\\n"');
    write(0x20, 0x78, 0x56, 0x34, 0x12);
    assert.strictEqual(at(UNSIGNED_INT, 0x1020, access).text(), '305419896 (0x12345678)');
    assert.strictEqual(at(UNSIGNED_INT, 0x1020, access).text({ hex: true }), '0x12345678');
    write(0x24, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0);
    assert.strictEqual(at(INT, 0x1024, access).text(), '-1');
    assert.strictEqual(at(INT, 0x1028, access).text(), '7');
    assert.strictEqual(at(SIGNED_CHAR, 0x1024, access).text(), '-1');
    assert.strictEqual(at(CHAR, 0x1000, access).text(), "118 'v'");
    write(0x30, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0);
    assert.strictEqual(at(FLAGS, 0x1030, access).text(), 'READ | WRITE (3)');
    assert.strictEqual(at(FLAGS, 0x1034, access).text(), '4 (no enumerator)');
    assert.strictEqual(at(FLAGS, 0x1038, access).text(), 'NONE (0)');
    assert.strictEqual(at(new BaseType('_Bool', 1, 'boolean'), 0x1030, access).text(), 'true (3)');
    write(0x40, 0x10, 0x10, 0, 0, 0, 0x10, 0, 0, 0, 0x90, 0, 0);
    assert.strictEqual(at(pointerTo(VOID), 0x1040, access).text(), '0x00001010 <table>');
    assert.strictEqual(at(pointerTo(CHAR), 0x1044, access).text(), '0x00001000 "vm \\"one\\"\\n"');
    assert.strictEqual(at(pointerTo(CHAR), 0x1048, access).text(), '0x00009000');
    assert.strictEqual(at(pointerTo(VOID), 0x1038, access).text(), '0x00000000');
    assert.strictEqual(at(INT, 0x9000, access).text(), '<0x9000 is not mapped>');
    assert.strictEqual(Value.unavailable(INT, 'optimized out', access).text(), '<optimized out>');
    write(0x50, 0, 0, 0xc0, 0x3f);
    assert.strictEqual(at(new BaseType('float', 4, 'float'), 0x1050, access).text(), '1.5');
  });

  it('of arrays and structs are summarized, and open page by page', () => {
    const access = machine(Array.from({ length: 256 }, (_, n) => n));
    const words = at(new ArrayType(() => UNSIGNED_INT, 64), 0x1000, access);
    assert.strictEqual(words.childCount, 64);
    const page = words.children(60, 10);
    assert.deepStrictEqual(
      page.map(({ name }) => name),
      ['[60]', '[61]', '[62]', '[63]'],
    );
    assert.strictEqual(page[0].value.address, 0x10f0);
    assert(words.text().length < 160 && words.text().endsWith('...]'));
    const bytes = new ArrayType(() => new ArrayType(() => new BaseType('u8', 1, 'unsigned'), 2), 2);
    assert.strictEqual(at(bytes, 0x1000, access).text(), '[[0, 1], [2, 3]]');
  });

  it('in registers and pieces are read and set', () => {
    const access = machine();
    const place: Place = {
      kind: 'pieces',
      pieces: [
        { location: { kind: 'register', register: 4 }, bitOffset: 0, bitSize: 32 },
        { location: { kind: 'memory', address: 0x1008 }, bitOffset: 0, bitSize: 32 },
      ],
    };
    const wide = new Value(UNSIGNED_LONG_LONG, place, access);
    wide.set(0x1122334455667788n);
    assert.strictEqual(access.registers[4], 0x55667788);
    assert.deepStrictEqual([...access.memory.slice(8, 12)], [0x44, 0x33, 0x22, 0x11]);
    assert.strictEqual(wide.integer(), 0x1122334455667788n);
    const half = new Value(new BaseType('u16', 2, 'unsigned'), partOf(place, 2, 2), access);
    assert.strictEqual(half.integer(), 0x5566n);
    half.set(0xabcd);
    assert.strictEqual(access.registers[4], 0xabcd7788);
    assert.strictEqual(wide.integer(), 0x11223344abcd7788n);
    const halfUnknown: Place = {
      kind: 'pieces',
      pieces: [
        { location: { kind: 'register', register: 4 }, bitOffset: 0, bitSize: 32 },
        { location: { kind: 'unavailable', reason: 'optimized out' }, bitOffset: 0, bitSize: 32 },
      ],
    };
    assert.strictEqual(new Value(UNSIGNED_LONG_LONG, halfUnknown, access).text(), '<optimized out>');
    assert.strictEqual(new Value(INT, partOf(halfUnknown, 0, 4), access).integer(), BigInt(0xabcd7788 | 0));
    assert.throws(
      () => writePlace({ kind: 'bytes', bytes: new Uint8Array(4) }, new Uint8Array(4), access),
      /constant/,
    );
    assert.deepStrictEqual(readPlace({ kind: 'register', register: 4 }, 8, access).length, 8);
  });

  it('of bit-fields are cut out and set without touching their neighbours', () => {
    const access = machine([0b1010_1101, 0b0110_0011, 0xff]);
    const struct = new StructType('struct', 'bits', 4, () => [
      { name: 'low', type: UNSIGNED_INT, offset: 0, bitOffset: 0, bitSize: 3 },
      { name: 'across', type: UNSIGNED_INT, offset: 0, bitOffset: 3, bitSize: 9 },
      { name: 'signed', type: INT, offset: 1, bitOffset: 4, bitSize: 4 },
    ]);
    const value = at(struct, 0x1000, access);
    assert.strictEqual(value.member('low')?.integer(), 0b101n);
    assert.strictEqual(value.member('across')?.integer(), 0b0_0111_0101n);
    assert.strictEqual(value.member('signed')?.integer(), 0b0110n);
    value.member('signed')?.set(-2);
    assert.strictEqual(value.member('signed')?.integer(), -2n);
    assert.deepStrictEqual([...access.memory.slice(0, 3)], [0b1010_1101, 0b1110_0011, 0xff]);
    value.member('across')?.set(0);
    assert.deepStrictEqual([...access.memory.slice(0, 3)], [0b0000_0101, 0b1110_0000, 0xff]);
  });

  it('of types whose definition is recursive without end are still shown', () => {
    const loop: TypedefType = new TypedefType('loop', (): Type => loop);
    assert.strictEqual(at(loop, 0x1000, machine()).text(), 'void');
    const pointer: Type = pointerTo(new QualifiedType('const', (): Type => pointer));
    assert(nameOfType(pointer).length < 2000);
  });

  it('have types spelled as C declares them', () => {
    const fn = new FunctionType(
      () => INT,
      () => [pointerTo(CHAR), UNSIGNED_INT],
      true,
    );
    const constant = (type: Type) => new QualifiedType('const', () => type);
    const cases: readonly (readonly [Type, string])[] = [
      [pointerTo(fn), 'int (*)(char *, unsigned int, ...)'],
      [new ArrayType(() => pointerTo(fn), 3), 'int (*[3])(char *, unsigned int, ...)'],
      [pointerTo(new ArrayType(() => INT, 4)), 'int (*)[4]'],
      [pointerTo(constant(CHAR)), 'const char *'],
      [constant(pointerTo(CHAR)), 'char * const'],
      [pointerTo(pointerTo(VOID)), 'void **'],
      [new ArrayType(() => new ArrayType(() => INT, 3), 2), 'int [2][3]'],
    ];
    // GDB's order, whatever DWARF's is.
    const volatileConst = new QualifiedType('volatile', () => new QualifiedType('const', () => CHAR));
    assert.strictEqual(nameOfType(pointerTo(volatileConst)), 'const volatile char *');
    const pointer = new QualifiedType('volatile', () => new QualifiedType('const', () => pointerTo(CHAR)));
    assert.strictEqual(declaration(pointer, 'p'), 'char * const volatile p');
    for (const [type, text] of cases) assert.strictEqual(nameOfType(type), text);
    assert.strictEqual(declaration(new ArrayType(() => UNSIGNED_INT, 15), 'regs'), 'unsigned int regs[15]');
    assert.strictEqual(declaration(pointerTo(fn), 'handler'), 'int (*handler)(char *, unsigned int, ...)');
  });
});
