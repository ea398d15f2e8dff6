/** Advanced SIMD element and structure loads and stores, in both sets (ARM ARM A7.7). */
import type { Fields, InstructionSet, Row } from '../row';
import { vfpElements } from '../semantics/vfp-transfer';
import { reg } from '../text';
import { lastRegister, packShape, shapeBytes, type ElementShape } from './element-shape';

/** The registers transferred, or undefined where the encoding is UNDEFINED. */
type ShapeOf = (f: Fields) => ElementShape | undefined;

/** `rest` is the pattern from bit 23 down. Rm: 15 no write-back, 13 by what was transferred, else by the register. */
function rows(name: string, load: boolean, rest: string, shapeOf: ShapeOf): Row[] {
  return (['A32', 'T32'] as const).map((set: InstructionSet): Row => {
    const known = (f: Fields): ElementShape =>
      shapeOf(f) ?? {
        kind: 'multiple',
        d: 0,
        bytes: 1,
        structure: 1,
        increment: 1,
        registers: 1,
        lane: 0,
        alignment: 1,
      };
    return {
      name: `${name} ${set === 'A32' ? 'A' : 'T'}1`,
      set,
      pattern: `${set === 'A32' ? '1111 0100' : '1111 1001'} ${rest}`,
      feature: 'simd',
      asm: (f) => {
        const shape = known(f);
        const align = shape.alignment > 1 ? ` :${shape.alignment * 8}` : '';
        const after = f.m === 15 ? '' : f.m === 13 ? '!' : `, ${reg(f.m)}`;
        const mnemonic = `v${load ? 'ld' : 'st'}${shape.structure}{c}.${shape.bytes * 8}`;
        return `${mnemonic} ${listText(shape)}, [${reg(f.n)}${align}]${after}`;
      },
      undefined: (f) => shapeOf(f) === undefined,
      unpredictable: (f) => f.n === 15 || lastRegister(known(f)) > 31,
      forms: { writeBack: [0, 1, 2] },
      form: (f) => ({ writeBack: f.m === 15 ? 0 : f.m === 13 ? 1 : 2 }),
      operands: (f) => {
        const shape = known(f);
        return {
          rn: f.n,
          rm: f.m,
          shape: packShape(shape),
          transferred: shapeBytes(shape),
          encoding: f.word,
        };
      },
      semantics: vfpElements(load),
    };
  });
}

function listText(shape: ElementShape): string {
  const lane = shape.kind === 'one lane' ? `[${shape.lane}]` : shape.kind === 'all lanes' ? '[]' : '';
  const count = shape.structure * shape.registers;
  // Two registers for each element fill the gaps of the increment.
  const step = shape.registers > 1 ? 1 : shape.increment;
  const list = Array.from({ length: count }, (_, i) => `d${(shape.d + i * step) & 31}${lane}`);
  return count > 1 && step === 1 && lane === '' ? `{${list[0]}-${list[count - 1]}}` : `{${list.join(', ')}}`;
}

const d = (f: Fields): number => (f.D << 4) | f.d;

/** By bits 11–8: structure, registers for each element, increment. */
const MULTIPLE: Readonly<Record<number, readonly [number, number, number]>> = {
  0b0111: [1, 1, 1],
  0b1010: [1, 2, 1],
  0b0110: [1, 3, 1],
  0b0010: [1, 4, 1],
  0b1000: [2, 1, 1],
  0b1001: [2, 1, 2],
  0b0011: [2, 2, 2],
  0b0100: [3, 1, 1],
  0b0101: [3, 1, 2],
  0b0000: [4, 1, 1],
  0b0001: [4, 1, 2],
};
/** Largest value of the align field. */
function mostAligned(structure: number, registers: number): number {
  const count = structure * registers;
  return count === 4 ? 3 : count === 2 ? 2 : 1;
}
function multiple(type: number): ShapeOf {
  const [structure, registers, increment] = MULTIPLE[type];
  return (f) => {
    if ((structure > 1 && f.s === 3) || f.a > mostAligned(structure, registers)) return undefined;
    return {
      kind: 'multiple',
      d: d(f),
      bytes: (1 << f.s) as 1 | 2 | 4 | 8,
      structure,
      registers,
      increment,
      lane: 0,
      alignment: f.a === 0 ? 1 : 4 << f.a,
    };
  };
}

/** Alignment from the low bits of index_align: undefined where these are UNDEFINED. */
function laneAlignment(structure: number, size: number, low: number): number | undefined {
  // Of halfwords bit 1, of words bit 2 is the increment; of VLD1 they must be 0.
  const bits = size === 2 ? low & 3 : low & 1;
  if (structure === 3) return bits === 0 ? 1 : undefined;
  if (size < 2) return bits === 0 ? 1 : structure === 1 ? (size === 0 ? undefined : 2) : structure << size;
  switch (structure) {
    case 1:
      return bits === 0 ? 1 : bits === 3 ? 4 : undefined;
    case 2:
      return bits & 2 ? undefined : bits === 0 ? 1 : 8;
    default:
      return bits === 3 ? undefined : bits === 0 ? 1 : 4 << bits;
  }
}
function oneLane(structure: number): ShapeOf {
  return (f) => {
    const alignment = laneAlignment(structure, f.s, f.i);
    const spaced = f.s === 0 ? 0 : (f.i >>> f.s) & 1;
    if (alignment === undefined || (structure === 1 && spaced === 1)) return undefined;
    return {
      kind: 'one lane',
      d: d(f),
      bytes: (1 << f.s) as 1 | 2 | 4,
      structure,
      registers: 1,
      increment: spaced + 1,
      lane: f.i >>> (f.s + 1),
      alignment,
    };
  };
}

function allLanes(structure: number): ShapeOf {
  return (f) => {
    const whole = structure === 4 && f.s === 3;
    if (f.s === 3 && (!whole || f.a === 0)) return undefined;
    if (f.a === 1 && (structure === 3 || (structure === 1 && f.s === 0))) return undefined;
    const size = whole ? 2 : f.s;
    const aligned = whole ? 16 : structure === 4 && size === 2 ? 8 : structure << size;
    return {
      kind: 'all lanes',
      d: d(f),
      bytes: (1 << size) as 1 | 2 | 4,
      structure,
      registers: structure === 1 ? f.T + 1 : 1,
      increment: structure === 1 ? 1 : f.T + 1,
      lane: 0,
      alignment: f.a ? aligned : 1,
    };
  };
}

const both = [true, false] as const;
const mnemonic = (load: boolean, structure: number): string => `V${load ? 'LD' : 'ST'}${structure}`;

export const ELEMENT_TRANSFER: readonly Row[] = [
  ...both.flatMap((load) =>
    Object.keys(MULTIPLE).flatMap((key) => {
      const type = Number(key);
      const [structure, registers, increment] = MULTIPLE[type];
      const title = `${mnemonic(load, structure)} (multiple ${structure}-element structures, ${structure * registers} registers${increment === 2 ? ' spaced' : ''})`;
      const bits = type.toString(2).padStart(4, '0');
      return rows(title, load, `0D${load ? 1 : 0}0 nnnn dddd ${bits} ssaa mmmm`, multiple(type));
    }),
  ),
  ...both.flatMap((load) =>
    [1, 2, 3, 4].flatMap((structure) =>
      ['00', '01', '10'].flatMap((size) =>
        rows(
          `${mnemonic(load, structure)} (single ${structure}-element structure to one lane, ${8 << parseInt(size, 2)} bits)`,
          load,
          `1D${load ? 1 : 0}0 nnnn dddd ${size}${(structure - 1).toString(2).padStart(2, '0')} iiii mmmm`,
          (f) => oneLane(structure)({ ...f, s: parseInt(size, 2) }),
        ),
      ),
    ),
  ),
  ...[1, 2, 3, 4].flatMap((structure) =>
    rows(
      `${mnemonic(true, structure)} (single ${structure}-element structure to all lanes)`,
      true,
      `1D10 nnnn dddd 11${(structure - 1).toString(2).padStart(2, '0')} ssTa mmmm`,
      allLanes(structure),
    ),
  ),
];
