// The table of instructions: every encoding has exactly one meaning, and every row hangs together.
import assert from 'node:assert/strict';
import type { Builder, Operand } from '../../../emulator/isa/builder';
import { decode, matchingRows, patternOf } from '../../../emulator/isa/decoder';
import { randomWordOf, seededRandom } from '../../../emulator/isa/random';
import type { DecodeContext, Form, Row } from '../../../emulator/isa/row';
import { A32_ROWS, ROWS, T32_ROWS } from '../../../emulator/isa/table';
import {
  UNDEFINED_SPACE_A32,
  UNDEFINED_SPACE_T32_NARROW,
  UNDEFINED_SPACE_T32_WIDE,
} from '../../../emulator/isa/undefined-space';
import type { UndefinedSpace } from '../../../emulator/isa/undefined-space';

/** A set of encodings: those with `value` under `mask`. */
interface Cube {
  readonly mask: number;
  readonly value: number;
}

interface Space {
  readonly name: string;
  readonly bits: 16 | 32;
  readonly rows: readonly Row[];
  readonly undefinedSpace: readonly UndefinedSpace[];
  /** What the space consists of: A32 with AL and with 1111, T32 by the length rule. */
  readonly whole: readonly Cube[];
}

const cube = (text: string): Cube => {
  let mask = 0;
  let value = 0;
  for (const symbol of text.replaceAll(' ', '')) {
    mask = mask * 2 + (symbol === '-' ? 0 : 1);
    value = value * 2 + (symbol === '1' ? 1 : 0);
  }
  return { mask, value };
};
const rest = (fixed: string, bits: number): Cube => cube(fixed.padEnd(bits, '-'));

const SPACES: readonly Space[] = [
  {
    name: 'A32',
    bits: 32,
    rows: A32_ROWS,
    undefinedSpace: UNDEFINED_SPACE_A32,
    whole: [rest('1110', 32), rest('1111', 32)],
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

const intersect = (a: Cube, b: Cube): boolean => ((a.value ^ b.value) & a.mask & b.mask) === 0;
const within = (a: Cube, b: Cube): boolean => intersect(a, b) && (b.mask & ~a.mask) === 0;

/** The encodings a row's pattern matches, as cubes: a condition field leaves out 1111, and of T32 branches 1110 too. */
function cubesOf(row: Row, space: Space): Cube[] {
  const { mask, value, widths, pieces, conditional } = patternOf(row);
  if (space.name === 'A32') {
    if (!conditional) return [{ mask, value }];
    return [{ mask: (mask | 0xf000_0000) >>> 0, value: (value | 0xe000_0000) >>> 0 }];
  }
  if (row.condition === undefined) return [{ mask, value }];
  assert.equal(widths.c, 4);
  const shift = pieces.find(({ letter }) => letter === 'c')?.shift ?? 0;
  return ['0---', '10--', '110-'].map((text) => {
    const condition = cube(text);
    return {
      mask: (mask | (condition.mask << shift)) >>> 0,
      value: (value | (condition.value << shift)) >>> 0,
    };
  });
}

/** Cubes that no candidate covers, found by splitting on the bit that most candidates fix. */
function uncovered(whole: Cube, bits: number, candidates: readonly Cube[]): Cube[] {
  const near = candidates.filter((candidate) => intersect(candidate, whole));
  if (near.some((candidate) => within(whole, candidate))) return [];
  if (near.length === 0) return [whole];
  let best = 0;
  let bestCount = 0;
  for (let bit = 0; bit < bits; bit++) {
    if ((whole.mask >>> bit) & 1) continue;
    const count = near.filter(({ mask }) => (mask >>> bit) & 1).length;
    if (count > bestCount) [best, bestCount] = [bit, count];
  }
  const mask = (whole.mask | (1 << best)) >>> 0;
  return [
    ...uncovered({ mask, value: whole.value }, bits, near),
    ...uncovered({ mask, value: (whole.value | (1 << best)) >>> 0 }, bits, near),
  ];
}

function contextOf(row: Row): DecodeContext {
  return { set: row.set, address: 0x8000, itstate: 0 };
}

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
      const listed = space.undefinedSpace.flatMap(({ patterns }) => patterns.map(cube));
      const context: DecodeContext = { set: space.rows[0].set, address: 0, itstate: 0 };

      it('leaves no encoding without a row that is not listed as UNDEFINED', () => {
        const covering = [...space.rows.flatMap((row) => cubesOf(row, space)), ...listed];
        const gaps = space.whole.flatMap((whole) => uncovered(whole, space.bits, covering));
        assert.deepEqual(
          gaps.map(({ mask, value }) => `${value.toString(16)}/${mask.toString(16)}`),
          [],
        );
      });

      /** Words in both cubes: the bits both leave open are all 0, all 1 and random. */
      function shared(x: Cube, y: Cube, random: () => number): number[] {
        const mask = (x.mask | y.mask) >>> 0;
        const value = (x.value | y.value) >>> 0;
        const limit = 2 ** space.bits - 1;
        return Array.from({ length: 64 }, (_, k) => {
          const open = k === 0 ? 0 : k === 1 ? limit : random();
          return ((open & ~mask & limit) | value) >>> 0;
        });
      }

      it('lists nothing as UNDEFINED that a row matches', () => {
        const random = seededRandom(17);
        const clashes: string[] = [];
        for (const undefinedCube of listed) {
          for (const row of space.rows) {
            for (const covered of cubesOf(row, space)) {
              if (!intersect(covered, undefinedCube)) continue;
              for (const word of shared(covered, undefinedCube, random)) {
                if (matchingRows(word, context).includes(row))
                  clashes.push(`${word.toString(16)} ${row.name}`);
              }
            }
          }
        }
        assert.deepEqual(clashes.slice(0, 10), []);
      });

      it('has no encoding that two rows match', () => {
        const random = seededRandom(11);
        const overlaps: string[] = [];
        space.rows.forEach((a, i) => {
          for (const b of space.rows.slice(i + 1)) {
            for (const x of cubesOf(a, space)) {
              for (const y of cubesOf(b, space)) {
                if (!intersect(x, y)) continue;
                for (const word of shared(x, y, random)) {
                  const matching = matchingRows(word, context);
                  if (matching.includes(a) && matching.includes(b)) {
                    overlaps.push(`${word.toString(16)}: ${a.name} and ${b.name}`);
                  }
                }
              }
            }
          }
        });
        assert.deepEqual(overlaps.slice(0, 10), []);
      });

      it('has exactly one row for random encodings that are not UNDEFINED space', () => {
        const random = seededRandom(5);
        const wrong: string[] = [];
        const samples = space.bits === 16 ? 0xe800 : 300_000;
        for (let k = 0; k < samples; k++) {
          let word = space.bits === 16 ? k : random();
          if (space.name === 'T32, 32-bit') {
            word = (word | 0xe000_0000) >>> 0;
            if (word >>> 27 === 0x1c) word = (word | 0x0800_0000) >>> 0;
          }
          const count = matchingRows(word, context).length;
          // The UNDEFINED space of A32 is listed for AL; UDF has a name with AL only.
          const asAl =
            space.name === 'A32' && word >>> 28 !== 15 ? ((word & 0x0fff_ffff) | 0xe000_0000) >>> 0 : word;
          const isListed = listed.some(({ mask, value }) => (asAl & mask) >>> 0 === value);
          const udf = space.name === 'A32' && (word & 0x0ff0_00f0) === 0x07f0_00f0 && word >>> 28 < 14;
          if (count !== (isListed || udf ? 0 : 1)) wrong.push(`${word.toString(16)}: ${count}`);
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
