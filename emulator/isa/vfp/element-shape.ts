/** Which elements of which registers VLDn and VSTn transfer, packed into one operand (ARM ARM A7.7). */

const KINDS = ['multiple', 'one lane', 'all lanes'] as const;

export interface ElementShape {
  readonly kind: (typeof KINDS)[number];
  /** The first register, 0–31. */
  readonly d: number;
  /** Of an element: 1, 2, 4, 8. */
  readonly bytes: 1 | 2 | 4 | 8;
  /** Elements of a structure, each in a register of its own: the n of VLDn, 1–4. */
  readonly structure: number;
  /** Distance of these registers: 1 or 2. */
  readonly increment: number;
  /** Consecutive registers for each element of the structure, 1–4. */
  readonly registers: number;
  /** Of one lane: which, 0–7. */
  readonly lane: number;
  /** Bytes to which the address must be aligned: 1, 2, 4, 8, 16, 32. */
  readonly alignment: number;
}

const log2 = (value: number): number => 31 - Math.clz32(value);

export function packShape(shape: ElementShape): number {
  return (
    shape.d |
    (log2(shape.bytes) << 5) |
    ((shape.structure - 1) << 7) |
    ((shape.increment - 1) << 9) |
    (KINDS.indexOf(shape.kind) << 10) |
    ((shape.registers - 1) << 12) |
    (shape.lane << 14) |
    (log2(shape.alignment) << 17)
  );
}

function unpackShape(packed: number): ElementShape {
  return {
    d: packed & 31,
    bytes: (1 << ((packed >>> 5) & 3)) as 1 | 2 | 4 | 8,
    structure: ((packed >>> 7) & 3) + 1,
    increment: ((packed >>> 9) & 1) + 1,
    kind: KINDS[(packed >>> 10) & 3],
    registers: ((packed >>> 12) & 3) + 1,
    lane: (packed >>> 14) & 7,
    alignment: 1 << (packed >>> 17),
  };
}

/** Number of the register that holds element `position` of the structures in the `r`th register of each. */
function registerOf(shape: ElementShape, position: number, r: number): number {
  return shape.d + position * shape.increment + r;
}
/** The last register that an instruction of this shape touches. */
export function lastRegister(shape: ElementShape): number {
  return registerOf(shape, shape.structure - 1, shape.registers - 1);
}

/** Bytes that are transferred. */
export function shapeBytes(shape: ElementShape): number {
  return shape.kind === 'multiple' ? shape.structure * shape.registers * 8 : shape.structure * shape.bytes;
}

function places(shape: ElementShape): number[] {
  const { bytes, structure, registers } = shape;
  const lanes = shape.kind === 'one lane' ? [shape.lane] : Array.from({ length: 8 / bytes }, (_, e) => e);
  const found: number[] = [];
  for (let r = 0; r < registers; r++)
    for (const lane of lanes)
      for (let position = 0; position < structure; position++)
        found.push(registerOf(shape, position, r) * 8 + lane * bytes);
  return found;
}

const known = new Map<number, { readonly shape: ElementShape; readonly places: readonly number[] }>();
function look(packed: number): { readonly shape: ElementShape; readonly places: readonly number[] } {
  let entry = known.get(packed);
  if (entry === undefined) {
    const shape = unpackShape(packed);
    entry = { shape, places: places(shape) };
    known.set(packed, entry);
  }
  return entry;
}

export function readShape(packed: number): ElementShape {
  return look(packed).shape;
}
/** Where elements are, in the order of memory: bytes from D0 on. */
export function elementPlaces(packed: number): readonly number[] {
  return look(packed).places;
}
