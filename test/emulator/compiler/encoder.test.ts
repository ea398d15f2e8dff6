// The binary format that the compiler writes: V8 reads what was meant.
import assert from 'node:assert/strict';
import { constant } from '../../../emulator/compiler/expression';
import { FunctionWriter } from '../../../emulator/compiler/function-writer';
import { signedBytes64, unsignedBytes } from '../../../emulator/compiler/wasm/leb128';
import { Bytes } from '../../../emulator/compiler/wasm/bytes';
import { encodeModule } from '../../../emulator/compiler/wasm/module';
import { EMPTY_BLOCK, Op, ValueType } from '../../../emulator/compiler/wasm/opcodes';

const NUMBERS = [0, 1, 63, 64, 127, 128, 8191, 8192, 0x7fff_ffff, -1, -64, -65, -8192, -8193, -0x8000_0000];

/** A module of one function without parameters that gives the constant. */
function constantModule(type: ValueType, code: Bytes): Uint8Array<ArrayBuffer> {
  return encodeModule({
    types: [{ parameters: [], results: [type] }],
    functions: [{ type: 0, locals: [{ count: 3, type: ValueType.I64 }], code }],
    memoryPages: 1,
    tableEntries: 10,
  });
}

function run(module: Uint8Array<ArrayBuffer>): unknown {
  assert.equal(WebAssembly.validate(module), true);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), {
    m: {
      memory: new WebAssembly.Memory({ initial: 1, maximum: 1 }),
      table: new WebAssembly.Table({ element: 'anyfunc', initial: 10, maximum: 10 }),
    },
  });
  return (instance.exports['f0'] as () => unknown)();
}

describe('encoder of WebAssembly', () => {
  it('writes constants that V8 reads back', () => {
    for (const number of NUMBERS) {
      const code = new Bytes();
      code.byte(Op.I32Const);
      code.signed(number);
      assert.equal(run(constantModule(ValueType.I32, code)), number);
    }
  });

  it('names a branch that is hardly ever taken by its place in the function', () => {
    const writer = new FunctionWriter(4, 12);
    writer.push(constant(0));
    writer.ifUnlikely();
    writer.end();
    writer.push(constant(7));
    const { code, locals, unlikely } = writer.body();
    const one = new Bytes();
    constant(1).write(one);
    const module = encodeModule({
      types: [{ parameters: [], results: [ValueType.I32] }],
      functions: [
        { type: 0, locals: [], code: one },
        { type: 0, locals, code, unlikely: unlikely! },
      ],
      memoryPages: 1,
      tableEntries: 10,
    });
    const compiled = new WebAssembly.Module(module);
    const [section] = WebAssembly.Module.customSections(compiled, 'metadata.code.branch_hint');
    const [functions, number, branches, at, size, hint] = new Uint8Array(section!);
    assert.deepEqual([functions, number, branches, size, hint], [1, 1, 1, 1, 0]);
    // From the function's beginning, behind its length: it is the last one of the module.
    const start = Buffer.from(module).indexOf(Buffer.of(Op.If, EMPTY_BLOCK, Op.End)) - at!;
    assert.equal(module[start - 1], module.length - start);
    assert.equal(run(module), 1);
  });

  it('writes integers of variable length the same way in both places', () => {
    for (const number of NUMBERS) {
      const bytes = new Bytes();
      bytes.signed(number);
      assert.deepEqual([...bytes.view()], signedBytes64(BigInt(number)));
      const unsigned = new Bytes();
      unsigned.unsigned(number);
      assert.deepEqual([...unsigned.view()], unsignedBytes(number));
    }
  });

  it('writes modules of many functions and of long ones', () => {
    const functions = Array.from({ length: 300 }, (_, n) => {
      const code = new Bytes();
      for (let i = 0; i < n; i++) {
        code.byte(Op.I32Const);
        code.signed(i);
        code.byte(Op.LocalSet);
        code.unsigned(0);
      }
      code.byte(Op.LocalGet);
      code.unsigned(0);
      return { type: 1, locals: [{ count: 1, type: ValueType.I32 }], code };
    });
    const module = encodeModule({
      types: [
        { parameters: [ValueType.I32, ValueType.I64], results: [] },
        { parameters: [], results: [ValueType.I32] },
      ],
      functions,
      memoryPages: 1,
      tableEntries: 10,
    });
    assert.equal(WebAssembly.validate(module), true);
    assert.equal(WebAssembly.Module.exports(new WebAssembly.Module(module)).length, 300);
  });
});
