/**
 * Every compiled form of VFP and Advanced SIMD against its operation in TypeScript: on random and on special operands,
 * with FPSCR and what holds the registers at random. A form does exactly the same, or leaves with nothing changed; and it does not always leave.
 */
import assert from 'node:assert/strict';
import { placeAt } from '../../../emulator/compiler/extension-transfer';
import type { Holding } from '../../../emulator/compiler/extension-registers';
import { FormNotes } from '../../../emulator/compiler/form-notes';
import { FormWriter, writeForm } from '../../../emulator/compiler/form-writer';
import { FunctionWriter } from '../../../emulator/compiler/function-writer';
import { constant, local, operation } from '../../../emulator/compiler/expression';
import { FIRST_TEMPORARY, PARAMETERS, VARIABLE } from '../../../emulator/compiler/variables';
import { encodeModule, type FunctionBody } from '../../../emulator/compiler/wasm/module';
import { Op, ValueType } from '../../../emulator/compiler/wasm/opcodes';
import { Exception, FPSCR } from '../../../emulator/isa/float/environment';
import { decode } from '../../../emulator/isa/decoder';
import { randomWordOf, seededRandom } from '../../../emulator/isa/random';
import { A32_ROWS } from '../../../emulator/isa/table';
import { execute, formOf } from '../../../emulator/isa/vfp/registers';
import { CORE, SYS } from '../../../emulator/state/layout';
import { MachineState } from '../../../emulator/state/machine-state';
import { Mode } from '../../../emulator/state/psr';
import { vfpEnabled } from '../../../emulator/system/vfp';

const LONG = process.env['WORLDSWITCH_LONG'] === '1';
const I32 = ValueType.I32;
const ALL_OF_MODE = 0x1f;

/** A form with its operands. */
type Form = (notes: FormNotes) => void;
type Body = (core: number, context: number, left: number, label: number) => number;

/**
 * A function that gives 1 where what `write` writes leaves, else 0; it stores FPSCR. `hold`: the D registers that it
 * reads or writes are in variables, the quadwords held as this says.
 */
function functionOf(
  write: (forms: FormWriter, writer: FunctionWriter) => void,
  hold?: (quad: number) => Holding,
  form?: Form,
): FunctionBody {
  const writer = new FunctionWriter(PARAMETERS, FIRST_TEMPORARY);
  const forms = new FormWriter(writer, {
    leaveSlow: () => {
      writer.push(constant(1));
      writer.op(Op.Return);
    },
  });
  forms.begin();
  if (hold !== undefined && form !== undefined) {
    const notes = new FormNotes();
    form(notes);
    const quads = new Set(notes.accesses.map(({ word }) => word >>> 2));
    const holdings = new Map([...quads].map((quad) => [quad, hold(quad)]));
    forms.registers.load([{ accesses: notes.accesses, weight: 1 }], holdings);
  }
  write(forms, writer);
  forms.commit();
  forms.registers.store();
  writer.store(Op.I32Store, local(VARIABLE.core), CORE.FPSCR * 4, local(VARIABLE.fpscr));
  writer.push(constant(0));
  return writer.body();
}

function instantiate(state: MachineState, functions: readonly FunctionBody[]): Body[] {
  const { memory } = state;
  const bytes = encodeModule({
    types: [{ parameters: [I32, I32, I32, I32], results: [I32] }],
    functions,
    memoryPages: memory.buffer.byteLength / 0x1_0000,
    tableEntries: 1,
  });
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: 1, maximum: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { memory, table } });
  return functions.map((_, index) => instance.exports[`f${index}`] as Body);
}

const SPECIAL_DOUBLES = [
  0, 0x8000_0000, 0x3ff0_0000, 0xbff0_0000, 0x7ff0_0000, 0xfff0_0000, 0x7ff8_0000, 0x7ff0_0001, 0x000f_ffff,
  0x0010_0000, 0x0020_0000, 0x7fef_ffff, 0x41df_ffff, 0x41e0_0000, 0xc1e0_0000,
];
const SPECIAL_SINGLES = [
  0, 0x8000_0000, 0x3f80_0000, 0xbf80_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0x7f80_0001, 0x007f_ffff,
  0x0080_0000, 0x0100_0000, 0x7f7f_ffff, 0x4f00_0000, 0xcf00_0000, 0x4f7f_ffff, 0x8080_8080, 0x7f7f_7f7f,
  0x8000_7fff, 0xffff_ffff, 0x0001_0203,
];

const HOLDINGS: readonly Holding[] = ['v128', 'f64', 'f32'];

type Random = () => number;
/** A register's worth of words: of each kind of number, most of them ordinary. */
function fill(s: Int32Array, random: Random): void {
  const kind = random() % 6;
  const view = new DataView(s.buffer, s.byteOffset);
  const pick = <T>(list: readonly T[]): T => list[random() % list.length];
  for (let d = 0; d < 32; d++) {
    const at = (CORE.D + 2 * d) * 4;
    const one = random() % 8 === 0 ? random() % 6 : kind;
    if (one === 0) {
      s[CORE.D + 2 * d] = random();
      s[CORE.D + 2 * d + 1] = random();
    } else if (one === 1) {
      s[CORE.D + 2 * d] = pick([0, 0, 1, random()]);
      s[CORE.D + 2 * d + 1] = pick(SPECIAL_DOUBLES);
    } else if (one === 2) {
      s[CORE.D + 2 * d] = pick(SPECIAL_SINGLES);
      s[CORE.D + 2 * d + 1] = pick(SPECIAL_SINGLES);
    } else if (one === 3) view.setFloat64(at, (random() % 100) / 8 - 4, true);
    else {
      const number = (): number => ((random() % 0x100_0000) / 0x80_0000 - 1) * 2 ** ((random() % 12) - 6);
      if (one === 4) view.setFloat64(at, number() * (1 + (random() % 1000) * 2 ** -50), true);
      else {
        view.setFloat32(at, number(), true);
        view.setFloat32(at + 4, random() % 3 ? number() : (random() % 9) - 4, true);
      }
    }
  }
}
function randomFpscr(random: Random): number {
  const environment = random() % 4 ? Exception.Inexact : random() & 0x07c0_009f;
  return (random() & 0xf000_0000) | environment | (random() % 3 ? 0 : FPSCR.QC);
}

const state = new MachineState(1, 1 << 16, false, false);
const { i32: s } = state.cores[0];
const base = s.byteOffset;

function enable(): void {
  s[CORE.PSR] = Mode.svc;
  s[CORE.FPEXC] = 1 << 30;
  s[SYS.CPACR] = 0xf0_0000;
}

interface Case {
  readonly text: string;
  readonly operation: number;
  readonly d: number;
  readonly n: number;
  readonly m: number;
}

/** Operations as instructions have them, each with several registers. */
function cases(random: Random, each: number): Case[] {
  const found: Case[] = [];
  for (const row of A32_ROWS) {
    if (row.feature !== 'vfp' && row.feature !== 'simd') continue;
    for (let n = 0, done = 0; n < 60 && done < each; n++) {
      const word = randomWordOf(row, random);
      const context = { set: 'A32', address: 0, itstate: 0 } as const;
      const decoded = decode(word, context);
      if (decoded.row !== row) continue;
      const operands = row.operands?.(decoded.fields, context) ?? {};
      const { operation: number, d = 0, n: second = 0, m = 0 } = operands;
      if (number === undefined) break;
      done++;
      if (formOf(number) !== undefined)
        found.push({ text: `${row.name} 0x${word.toString(16)}`, operation: number, d, n: second, m });
    }
  }
  return found;
}

describe('compiled forms', () => {
  it('do what the operations do, or leave', () => {
    const random = seededRandom(20_26);
    const all = cases(random, LONG ? 40 : 8);
    const bodies = instantiate(
      state,
      all.map(({ operation: number, d, n, m }) => {
        const operands = [number, d, n, m].map((value) => constant(value));
        return functionOf(
          (forms) => writeForm(forms, 'extensionOperation', operands),
          random() % 4 ? () => HOLDINGS[random() % HOLDINGS.length] : undefined,
          (notes) => formOf(number)?.(notes, d, n, m),
        );
      }),
    );
    enable();
    const words = CORE.D + 64;
    const used = new Set<number>();
    all.forEach(({ text, operation: number, d, n, m }, index) => {
      for (let i = 0; i < (LONG ? 400 : 40); i++) {
        fill(s, random);
        s[CORE.FPSCR] = randomFpscr(random);
        const before = s.slice(0, words + 2);
        const left = bodies[index](base, 0, 0, 0);
        const after = s.slice(0, words + 2);
        s.set(before);
        if (left === 0) {
          used.add(number);
          execute(s, number, d, n, m);
        }
        if (Buffer.compare(Buffer.from(s.slice(0, words + 2).buffer), Buffer.from(after.buffer)) === 0)
          continue;
        const hex = (from: Int32Array, first: number): string =>
          [0, 1, 2, 3].map((k) => (from[CORE.D + first + k] >>> 0).toString(16)).join(' ');
        assert.fail(
          `${text}, left ${left}: d ${d} ${hex(before, d)}, n ${n} ${hex(before, n & 0xff)}, m ${m} ` +
            `${hex(before, m & 0x3f)}, FPSCR ${before[CORE.FPSCR].toString(16)}: ` +
            `${hex(s, d)} / ${hex(after, d)}, FPSCR ${s[CORE.FPSCR].toString(16)} / ${after[CORE.FPSCR].toString(16)}`,
        );
      }
    });
    const never = all.filter(({ operation: number }) => !used.has(number)).map(({ text }) => text);
    assert.deepEqual(never, []);
    assert.ok(used.size > 300, `${used.size} operations`);
  });

  it('ask whether the instructions may execute', () => {
    const random = seededRandom(7);
    const [vfp, simd] = instantiate(
      state,
      [0, 1].map((kind) =>
        functionOf((forms) => writeForm(forms, 'checkVfpEnabled', [constant(0), constant(kind)])),
      ),
    );
    let permitted = 0;
    for (let i = 0; i < 4000; i++) {
      const modes = [Mode.usr, Mode.svc, Mode.sys, Mode.irq];
      s[CORE.PSR] = (s[CORE.PSR] & ~ALL_OF_MODE) | modes[random() % 4];
      s[CORE.FPEXC] = random() % 4 ? 1 << 30 : 0;
      s[SYS.CPACR] = ((random() % 4) << 20) | (random() % 4 ? 0 : 1 << 31);
      s[CORE.FPSCR] = random() % 4 ? 0 : (random() % 8) << 16;
      const shortVectors = (s[CORE.FPSCR] & FPSCR.VECTOR) !== 0;
      for (const [body, advancedSimd] of [
        [vfp, false],
        [simd, true],
      ] as const) {
        const may = vfpEnabled(state.cores[0], advancedSimd) && !shortVectors;
        assert.equal(body(base, 0, 0, 0) === 0, may, `${s[SYS.CPACR].toString(16)}`);
        if (may) permitted++;
      }
    }
    assert.ok(permitted > 500);
    enable();
  });

  it('trap to Hyp mode as HCPTR asks, in any mode but that of a core without CPACR in Hyp mode', () => {
    const machine = new MachineState(1, 1 << 16, false, true);
    const [core] = machine.cores;
    const [vfp, simd] = instantiate(
      machine,
      [0, 1].map((kind) =>
        functionOf((forms) => writeForm(forms, 'checkVfpEnabled', [constant(0), constant(kind)])),
      ),
    );
    core.i32[CORE.FPEXC] = 1 << 30;
    for (const mode of [Mode.usr, Mode.svc, Mode.hyp])
      for (const cpacr of [0, 0x10_0000, 0x30_0000, 0x8030_0000 | 0])
        for (const hcptr of [0, 1 << 10, 1 << 11, 1 << 15]) {
          core.i32[CORE.PSR] = mode;
          core.i32[SYS.CPACR] = cpacr;
          core.i32[SYS.HCPTR] = hcptr;
          const done = [vfp, simd].map((body) => body(core.i32.byteOffset, 0, 0, 0) === 0);
          assert.deepEqual(done, [vfpEnabled(core), vfpEnabled(core, true)]);
        }
  });

  it('have places in memory for words and bytes', () => {
    const [body] = instantiate(state, [
      functionOf((forms, writer) => {
        const place = placeAt(writer, forms, operation(Op.I32Add, local(VARIABLE.context), constant(0)), 15);
        place.store('i8', 0, place.load('i16', 2));
      }),
    ]);
    state.u8.set([0, 0, 0x34, 0x12], 0x8000 + 15);
    assert.equal(body(base, 0x8000, 0, 0), 0);
    assert.equal(state.u8[0x8000 + 15], 0x34);
  });
});
