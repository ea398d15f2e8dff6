/** Loads and stores of the D registers: VLDM, VSTM, VLDR, VSTR, VLDn, VSTn, from where the TLB found the bytes to be. */
import type { FormBuilder, Node, Piece } from '../isa/vfp/forms/form-builder';
import { elementPlaces, readShape, shapeBytes } from '../isa/vfp/element-shape';
import { instruction, type Expression } from './expression';
import { expressionOf, nodeOf } from './form-writer';
import type { FunctionWriter } from './function-writer';
import { DATA, type Datum } from './pieces';
import { unsignedBytes } from './wasm/leb128';

/** Memory at an address that has been looked up. */
export interface Place {
  load(datum: Datum, at: number): Node;
  store(datum: Datum, at: number, value: Node): void;
}
/** What is in the machine's memory at `base` plus `offset`. */
export function placeAt(writer: FunctionWriter, b: FormBuilder, base: Expression, offset: number): Place {
  return {
    load: (datum, at) => {
      const { type, load } = DATA[datum];
      const bytes = [...load, 0, ...unsignedBytes(offset + at)];
      return nodeOf(instruction(bytes, type, base));
    },
    store: (datum, at, value) => {
      const stored = datum === 'half' ? b.lane('i64x2.extract_lane', 0, value) : value;
      writer.storeAs(DATA[datum].store, base, offset + at, expressionOf(stored));
    },
  };
}

/** For who only takes notes. */
export const NOWHERE: Place = { load: () => ({}) as Node, store: () => undefined };

/** The pieces that `count` words from word `first` on are transferred in. */
function* piecesOf(first: number, count: number): IterableIterator<readonly [Piece, number]> {
  for (let word = first; word < first + count;) {
    const left = first + count - word;
    const [piece, words]: readonly [Piece, number] =
      left >= 4 && word % 4 === 0 ? ['v128', 4] : left >= 2 && word % 2 === 0 ? ['f64', 2] : ['f32', 1];
    yield [piece, word];
    word += words;
  }
}

export function loadWords(b: FormBuilder, place: Place, first: number, count: number): void {
  for (const [piece, word] of piecesOf(first, count))
    b.write(piece, word, place.load(piece, (word - first) * 4));
}
export function storeWords(b: FormBuilder, place: Place, first: number, count: number): void {
  for (const [piece, word] of piecesOf(first, count))
    place.store(piece, (word - first) * 4, b.read(piece, word));
}

/** Bytes of one vector out of two of four doublewords; those of no doubleword are those of the first. */
function gather(b: FormBuilder, vectors: readonly Node[], bytes: readonly number[]): Node {
  return b.shuffle(vectors[0], vectors[1] ?? vectors[0], bytes);
}
const SIXTEEN = Array.from({ length: 16 }, (_, i) => i);

export function loadElements(b: FormBuilder, place: Place, packed: number): void {
  const shape = readShape(packed);
  const { bytes, structure, kind } = shape;
  if (kind === 'multiple' && structure === 1) {
    loadWords(b, place, shape.d * 2, shape.registers * 2);
    return;
  }
  if (kind !== 'multiple') {
    loadLanes(b, place, packed);
    return;
  }
  const total = shapeBytes(shape);
  const vectors: Node[] = [];
  for (let at = 0; at < total; at += 16)
    vectors.push(b.keep(place.load(total - at >= 16 ? 'v128' : 'half', at)));
  // Of each register, the bytes of memory.
  const sources = new Map<number, number[]>();
  elementPlaces(packed).forEach((to, element) => {
    const register = to >>> 3;
    const found = sources.get(register) ?? Array.from<number>({ length: 8 }).fill(0);
    for (let i = 0; i < bytes; i++) found[(to & 7) + i] = element * bytes + i;
    sources.set(register, found);
  });
  for (const [register, found] of sources)
    b.write('half', register * 2, gather(b, vectors, [...found, ...found]));
}

function loadLanes(b: FormBuilder, place: Place, packed: number): void {
  const { bytes, structure, kind } = readShape(packed);
  const places = elementPlaces(packed);
  const bits = bytes * 8;
  const elements = Array.from({ length: structure }, (_, i) => {
    const name = (['i8', 'i16', '', 'i32'] as const)[bytes - 1] as 'i8' | 'i16' | 'i32';
    return b.keep(b.op(`i${bits}x${128 / bits}.splat`, place.load(name, i * bytes)));
  });
  // With all lanes an element goes everywhere in each of its registers.
  const registers = new Map(places.map((to, i) => [to >>> 3, elements[i % structure]] as const));
  for (const [register, element] of registers) {
    const lane = places.find((to) => to >>> 3 === register)! & 7;
    const from = SIXTEEN.map((i) => ((i & 7) >= lane && (i & 7) < lane + bytes ? i + 16 : i));
    const whole = kind === 'all lanes';
    b.write('half', register * 2, whole ? element : b.shuffle(b.read('half', register * 2), element, from));
  }
}

export function storeElements(b: FormBuilder, place: Place, packed: number): void {
  const shape = readShape(packed);
  const { bytes, structure, kind } = shape;
  const places = elementPlaces(packed);
  if (kind === 'multiple' && structure === 1) {
    storeWords(b, place, shape.d * 2, shape.registers * 2);
    return;
  }
  if (kind !== 'multiple') {
    const bits = bytes * 8;
    const name = (['i8', 'i16', '', 'i32'] as const)[bytes - 1] as 'i8' | 'i16' | 'i32';
    places.forEach((from, i) => {
      const vector = b.read('half', (from >>> 3) * 2);
      const lane = (from & 7) / bytes;
      const extract = `i${bits}x${128 / bits}.extract_lane${bits < 32 ? '_u' : ''}`;
      place.store(name, i * bytes, b.lane(extract, lane, vector));
    });
    return;
  }
  const registers = [...new Set(places.map((from) => from >>> 3))];
  const halves = registers.map((register) => b.read('half', register * 2));
  const low = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
  const vectors = [0, 2]
    .filter((i) => i < halves.length)
    .map((i) => b.keep(b.shuffle(halves[i], halves[i + 1] ?? halves[i], low)));
  const sources = places.flatMap((from) =>
    Array.from({ length: bytes }, (_, i) => registers.indexOf(from >>> 3) * 8 + (from & 7) + i),
  );
  for (let at = 0; at < sources.length; at += 16) {
    const slice = sources.slice(at, at + 16);
    const piece = slice.length === 16 ? 'v128' : 'half';
    place.store(piece, at, gather(b, vectors, [...slice, ...slice].slice(0, 16)));
  }
}
