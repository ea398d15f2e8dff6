// The table of instructions: every encoding has exactly one meaning, and every row hangs together.
import assert from 'node:assert/strict';
import type { Builder, Operand } from '../../../emulator/isa/builder';
import { decode, matchingRows } from '../../../emulator/isa/decoder';
import { patternOf } from '../../../emulator/isa/pattern';
import { randomWordOf, seededRandom } from '../../../emulator/isa/random';
import type { DecodeContext, Form, Row } from '../../../emulator/isa/row';
import { A32_ROWS, ROWS, T32_ROWS } from '../../../emulator/isa/table';
import {
  UNDEFINED_SPACE_A32,
  UNDEFINED_SPACE_T32_NARROW,
  UNDEFINED_SPACE_T32_WIDE,
} from '../../../emulator/isa/undefined-space';
import type { UndefinedSpace } from '../../../emulator/isa/undefined-space';
import { VFP_DATA_PROCESSING } from '../../../emulator/isa/vfp/data-processing';
import { ELEMENT_TRANSFER } from '../../../emulator/isa/vfp/element-transfer';
import { SIMD_THREE } from '../../../emulator/isa/vfp/simd-three';
import { SIMD_TWO } from '../../../emulator/isa/vfp/simd-two';
import { VFP_TRANSFER } from '../../../emulator/isa/vfp/transfer';
import { VFP_WITHOUT_ROW } from '../../../emulator/isa/vfp/without-row';
import { both, cube, cubesOf, intersect, patternCube, uncovered, type Cube } from './cubes';

interface Space {
  readonly name: string;
  readonly bits: 16 | 32;
  readonly rows: readonly Row[];
  readonly undefinedSpace: readonly UndefinedSpace[];
  /** What the space consists of; T32 by the length rule. */
  readonly whole: readonly Cube[];
}

const rest = (fixed: string, bits: number): Cube => cube(fixed.padEnd(bits, '-'));

const SPACES: readonly Space[] = [
  {
    name: 'A32',
    bits: 32,
    rows: A32_ROWS,
    undefinedSpace: UNDEFINED_SPACE_A32,
    whole: [rest('', 32)],
  },
  {
    name: 'T32, 16-bit',
    bits: 16,
    rows: T32_ROWS.filter((row) => patternOf(row).bits === 16),
    undefinedSpace: UNDEFINED_SPACE_T32_NARROW,
    whole: [rest('0', 16), rest('10', 16), rest('110', 16), rest('11100', 16)],
  },
  {
    name: 'T32, 32-bit',
    bits: 32,
    rows: T32_ROWS.filter((row) => patternOf(row).bits === 32),
    undefinedSpace: UNDEFINED_SPACE_T32_WIDE,
    whole: [rest('11101', 32), rest('1111', 32)],
  },
];

/** Every condition but 1111. */
const CONDITIONS = ['0---', '10--', '110-', '1110'].map((text) => rest(text, 32));
const AL = rest('1110', 32);
/** UDF is a row with AL only (A8.8.247): the same encoding with another condition is UNDEFINED and has no name. */
const UDF = cube('---- 0111 1111 ---- ---- ---- 1111 ----');

interface Owner {
  readonly name: string;
  readonly cube: Cube;
}

/** Rows of VFP and Advanced SIMD, besides which `without-row.ts` has the rest of their space. */
const TABLED = new Set([
  ...VFP_TRANSFER,
  ...VFP_DATA_PROCESSING,
  ...SIMD_THREE,
  ...SIMD_TWO,
  ...ELEMENT_TRANSFER,
]);

/** What every row of a space matches, exactly, and what is listed as UNDEFINED. */
function owners({ rows, undefinedSpace, bits, name }: Space): Owner[] {
  const withoutRow = VFP_WITHOUT_ROW.filter((row) => row.except !== undefined);
  const tabled = rows.filter((row) => TABLED.has(row)).flatMap(cubesOf);
  const ofRows = rows.flatMap((row): Owner[] => {
    const cubes = withoutRow.includes(row) ? uncovered(patternCube(row), bits, tabled) : cubesOf(row);
    const conditions = patternOf(row).conditional ? CONDITIONS : [rest('', bits)];
    return conditions.flatMap((condition) =>
      cubes.filter((c) => intersect(c, condition)).map((c) => ({ name: row.name, cube: both(c, condition) })),
    );
  });
  // The UNDEFINED space of A32 is listed for AL.
  const listed = undefinedSpace.flatMap(({ section, patterns }) =>
    patterns.map(cube).flatMap((c): Owner[] => {
      if (name !== 'A32' || !intersect(c, AL)) return [{ name: section, cube: c }];
      const open = { mask: c.mask & 0x0fff_ffff, value: c.value & 0x0fff_ffff };
      return CONDITIONS.map((condition) => ({ name: section, cube: both(open, condition) }));
    }),
  );
  const unnamed =
    name === 'A32'
      ? CONDITIONS.slice(0, 3).map((condition) => ({ name: 'UDF', cube: both(UDF, condition) }))
      : [];
  return [...ofRows, ...listed, ...unnamed];
}

function contextOf(row: Row): DecodeContext {
  return { set: row.set, address: 0x8000, itstate: 0 };
}

const rowNames = new Set(ROWS.map(({ name }) => name));

describe('the table of instructions', () => {
  it('gives every row a name of its own', () => {
    const names = ROWS.map(({ name }) => name);
    assert.deepEqual(
      names.filter((name, i) => names.indexOf(name) !== i),
      [],
    );
  });

  for (const space of SPACES) {
    describe(space.name, () => {
      const context: DecodeContext = { set: space.rows[0].set, address: 0, itstate: 0 };
      const owned = owners(space);

      it('leaves no encoding without a row that is not listed as UNDEFINED', () => {
        const cubes = owned.map((owner) => owner.cube);
        const gaps = space.whole.flatMap((whole) => uncovered(whole, space.bits, cubes));
        assert.deepEqual(
          gaps.map(({ mask, value }) => `${value.toString(16)}/${mask.toString(16)}`),
          [],
        );
      });

      it('has no encoding with two rows, or with a row and listed as UNDEFINED', () => {
        const overlaps: string[] = [];
        owned.forEach((a, i) => {
          for (let k = i + 1; k < owned.length; k++) {
            const b = owned[k];
            if (!intersect(a.cube, b.cube)) continue;
            const { mask, value } = both(a.cube, b.cube);
            overlaps.push(`${value.toString(16)}/${mask.toString(16)}: ${a.name} and ${b.name}`);
          }
        });
        assert.deepEqual(overlaps.slice(0, 10), []);
      });

      it('is what the decoder finds: the same one row for random encodings', () => {
        const random = seededRandom(5);
        const wrong: string[] = [];
        const samples = space.bits === 16 ? 0xe800 : 20_000;
        for (let k = 0; k < samples; k++) {
          let word = space.bits === 16 ? k : random();
          if (space.name === 'T32, 32-bit') {
            word = (word | 0xe000_0000) >>> 0;
            if (word >>> 27 === 0x1c) word = (word | 0x0800_0000) >>> 0;
          }
          const owner = owned.find(({ cube: { mask, value } }) => (word & mask) >>> 0 === value)?.name;
          const matching = matchingRows(word, context).map(({ name }) => name);
          const fits =
            matching.length === 0
              ? !rowNames.has(owner ?? '')
              : matching.length === 1 && matching[0] === owner;
          if (!fits) wrong.push(`${word.toString(16)}: ${matching.join(' and ')}, not ${owner ?? 'nothing'}`);
        }
        assert.deepEqual(wrong.slice(0, 10), []);
      });
    });
  }
});
/** A builder that only says whether a semantic function can be run: every step gives a fresh token. */
function recordingBuilder(calls: string[]): Builder {
  return new Proxy({} as Builder, {
    get:
      (_, step: string) =>
      (...args: unknown[]) => {
        calls.push(step);
        if (step === 'when') for (const branch of args.slice(1)) (branch as (() => void) | undefined)?.();
        if (step === 'loadPair' || step === 'loadExclusive') return [{}, {}];
        return {};
      },
  });
}

function formsOf(row: Row): Form[] {
  return Object.entries(row.forms ?? {}).reduce<Form[]>(
    (forms, [name, values]) => forms.flatMap((form) => values.map((value) => ({ ...form, [name]: value }))),
    [{}],
  );
}

describe('each row', () => {
  it('names every operand that its semantics use, at most six, for every form', () => {
    const random = seededRandom(3);
    for (const row of ROWS) {
      const fields = decode(randomWordOf(row, random), contextOf(row)).fields;
      const operands = row.operands?.(fields, contextOf(row)) ?? {};
      assert.ok(Object.keys(operands).length <= 6, `${row.name} has more than six operands`);
      for (const form of formsOf(row)) {
        const calls: string[] = [];
        const named = new Proxy({} as Record<string, Operand>, {
          get: (_, name: string) => {
            assert.ok(name in operands, `${row.name} uses operand ${name}, which it does not give`);
            return {} as Operand;
          },
        });
        row.semantics(recordingBuilder(calls), form, named);
      }
    }
  });

  it('gives a form of its form space and 32-bit integers for every encoding', () => {
    const random = seededRandom(9);
    for (const row of ROWS) {
      for (let k = 0; k < 40; k++) {
        const context = { ...contextOf(row), itstate: k & 1 && row.set === 'T32' ? 0xe8 : 0 };
        const decoded = decode(randomWordOf(row, random), context);
        if (decoded.row !== row) continue;
        const form = row.form?.(decoded.fields, context) ?? {};
        assert.deepEqual(Object.keys(form).sort(), Object.keys(row.forms ?? {}).sort(), row.name);
        for (const [name, value] of Object.entries(form)) {
          assert.ok(row.forms?.[name].includes(value), `${row.name}: ${name} = ${value}`);
        }
        for (const [name, value] of Object.entries(row.operands?.(decoded.fields, context) ?? {})) {
          assert.equal(value | 0, value, `${row.name}: operand ${name}`);
        }
        assert.match(row.asm(decoded.fields, context), /^[a-z.]/, row.name);
      }
    }
  });

  it('can be reached: some random encoding of it executes, or it is UNDEFINED as a whole', () => {
    const random = seededRandom(21);
    const alwaysUndefined = new Set(
      ROWS.filter(
        (row) => row.undefined?.({ word: 0 }, contextOf(row)) === true && row.undefined.length === 0,
      ),
    );
    for (const row of ROWS.filter(({ name }) => !name.startsWith('UNDEFINED '))) {
      if (alwaysUndefined.has(row)) continue;
      let reached = false;
      for (let k = 0; k < 4000 && !reached; k++) {
        reached = decode(randomWordOf(row, random), contextOf(row)).row === row;
      }
      assert.ok(reached, `${row.name} is never decoded`);
    }
  });
});
