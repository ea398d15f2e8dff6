/** How forms go through vectors: the counterparts of the families in ../lanes.ts and ../integer-operations.ts. */
import { shapeOf, type Form, type FormBuilder, type Node, type Piece } from './form-builder';

/** Elements of one size and sign, and what forms do with vectors of them. */
export class Elements {
  constructor(
    readonly b: FormBuilder,
    readonly bits: number,
    readonly unsigned: boolean,
  ) {}

  get bytes(): number {
    return this.bits / 8;
  }
  get wide(): Elements {
    return new Elements(this.b, this.bits * 2, this.unsigned);
  }
  get narrow(): Elements {
    return new Elements(this.b, this.bits / 2, this.unsigned);
  }
  get asUnsigned(): Elements {
    return new Elements(this.b, this.bits, true);
  }
  get asSigned(): Elements {
    return new Elements(this.b, this.bits, false);
  }

  /** An operation of these elements' shape. */
  op(name: string, ...operands: readonly Node[]): Node {
    return this.b.op(`${shapeOf(this.bits)}.${name}`, ...operands);
  }
  /** One that differs by sign. */
  signed(name: string, ...operands: readonly Node[]): Node {
    return this.op(`${name}_${this.unsigned ? 'u' : 's'}`, ...operands);
  }
  splat(element: bigint): Node {
    return this.b.splat(this.bits, BigInt.asUintN(this.bits, element));
  }
  add(x: Node, y: Node): Node {
    return this.op('add', x, y);
  }
  sub(x: Node, y: Node): Node {
    return this.op('sub', x, y);
  }
  and(x: Node, y: Node): Node {
    return this.b.op('v128.and', x, y);
  }
  or(x: Node, y: Node): Node {
    return this.b.op('v128.or', x, y);
  }
  xor(x: Node, y: Node): Node {
    return this.b.op('v128.xor', x, y);
  }
  /** x AND NOT y. */
  andNot(x: Node, y: Node): Node {
    return this.b.op('v128.andnot', x, y);
  }
  not(x: Node): Node {
    return this.b.op('v128.not', x);
  }
  /** Bits of x where the mask has ones, of y where zeros. */
  bitSelect(x: Node, y: Node, mask: Node): Node {
    return this.b.op('v128.bitselect', x, y, mask);
  }
  keep(x: Node): Node {
    return this.b.keep(x);
  }
  /** By 0 to `bits`. */
  shiftLeft(x: Node, by: number): Node {
    if (by === 0) return x;
    return by >= this.bits ? this.splat(0n) : this.op('shl', x, this.b.i32(by));
  }
  shiftRight(x: Node, by: number): Node {
    if (by === 0) return x;
    if (by < this.bits) return this.signed('shr', x, this.b.i32(by));
    return this.unsigned ? this.splat(0n) : this.signed('shr', x, this.b.i32(this.bits - 1));
  }
  /** (x + half) >> by, without overflow of the sum. */
  roundingShiftRight(x: Node, by: number): Node {
    if (by === 0) return x;
    const last = this.and(this.shiftRight(x, by - 1), this.splat(1n));
    return this.add(this.shiftRight(x, by), last);
  }
  /** All ones in elements that are negative. */
  sign(x: Node): Node {
    return this.asSigned.shiftRight(x, this.bits - 1);
  }
  any(x: Node): Node {
    return this.b.op('v128.any_true', x);
  }
  get ones(): Node {
    return this.splat(-1n);
  }
  /** The largest signed element. */
  get largest(): Node {
    return this.splat((1n << BigInt(this.bits - 1)) - 1n);
  }
  get smallest(): Node {
    return this.splat(1n << BigInt(this.bits - 1));
  }

  /** The elements of the lower doubleword, twice as wide. */
  lengthen(x: Node): Node {
    return this.wide.signed(`extend_low_${shapeOf(this.bits)}`, x);
  }
  /** Elements `first`, `first + step` … of a and then b (in order), as many as a vector has. */
  pick(a: Node, b: Node, first: number, step: number): Node {
    const { bytes } = this;
    return this.b.shuffle(
      a,
      b,
      Array.from({ length: 16 }, (_, i) => (first + Math.floor(i / bytes) * step) * bytes + (i % bytes)),
    );
  }
}

/** The lower doublewords of two vectors, one after the other. */
export function join(b: FormBuilder, low: Node, high: Node): Node {
  return b.shuffle(low, high, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
}

/** What a form makes of vectors of elements; `d` reads the old destination. */
export type Compute = (e: Elements, n: Node, m: Node, d: () => Node) => Node;
/** The form of one member of a family, or undefined where it has none. */
export type FamilyForm = (bits: number, unsigned: boolean, count: number) => Form | undefined;

const pieceOf = (bits: number, count: number): Piece => (bits * count === 128 ? 'v128' : 'half');

/** Of some sizes only. */
export function ofBits(sizes: readonly number[], form: FamilyForm): FamilyForm {
  return (bits, unsigned, count) => (sizes.includes(bits) ? form(bits, unsigned, count) : undefined);
}

export const lanewise =
  (compute: Compute): FamilyForm =>
  (bits, unsigned, count) => {
    const piece = pieceOf(bits, count);
    return (b, d, n, m) => {
      const x = b.keep(b.read(piece, n));
      const y = n === m ? x : b.keep(b.read(piece, m));
      b.write(
        piece,
        d,
        compute(new Elements(b, bits, unsigned), x, y, () => b.keep(b.read(piece, d))),
      );
    };
  };

/** Element `index`, counted from D0, everywhere. */
export function element(b: FormBuilder, bits: number, index: number): Node {
  const bytes = bits / 8;
  const at = index * bytes;
  const from = at % 8;
  const half = b.read('half', Math.floor(at / 8) * 2);
  return b.keep(
    b.shuffle(
      half,
      half,
      Array.from({ length: 16 }, (_, i) => from + (i % bytes)),
    ),
  );
}

export const byScalar =
  (compute: Compute): FamilyForm =>
  (bits, unsigned, count) => {
    const piece = pieceOf(bits, count);
    return (b, d, n, m) => {
      const x = b.keep(b.read(piece, n));
      const y = element(b, bits, m);
      b.write(
        piece,
        d,
        compute(new Elements(b, bits, unsigned), x, y, () => b.keep(b.read(piece, d))),
      );
    };
  };

/** `e` has the size of M's elements; the result is twice as wide. */
export const lengthening =
  (compute: Compute, wideN = false, scalar = false): FamilyForm =>
  (bits, unsigned) =>
    bits === 64
      ? undefined
      : (b, d, n, m) => {
          const x = b.keep(b.read(wideN ? 'v128' : 'half', n));
          const y = scalar ? element(b, bits, m) : b.keep(b.read('half', m));
          b.write(
            'v128',
            d,
            compute(new Elements(b, bits, unsigned), x, y, () => b.keep(b.read('v128', d))),
          );
        };

/** `e` has the size of the result; what is computed from twice as wide elements is half a vector. */
export const narrowing =
  (compute: Compute): FamilyForm =>
  (bits, unsigned) =>
    bits === 64
      ? undefined
      : (b, d, n, m) => {
          const x = b.keep(b.read('v128', n));
          const y = n === m ? x : b.keep(b.read('v128', m));
          b.write(
            'half',
            d,
            compute(new Elements(b, bits, unsigned), x, y, () => x),
          );
        };

/** What is made of a vector and a constant. */
export type ConstantCompute = (e: Elements, by: number, m: Node, d: () => Node) => Node;

export const withConstant =
  (compute: ConstantCompute): FamilyForm =>
  (bits, unsigned, count) => {
    const piece = pieceOf(bits, count);
    return (b, d, n, m) => {
      const y = b.keep(b.read(piece, m));
      b.write(
        piece,
        d,
        compute(new Elements(b, bits, unsigned), n, y, () => b.keep(b.read(piece, d))),
      );
    };
  };

export const narrowingByConstant =
  (compute: ConstantCompute): FamilyForm =>
  (bits, unsigned) =>
    bits === 64
      ? undefined
      : (b, d, n, m) => {
          const y = b.keep(b.read('v128', m));
          b.write(
            'half',
            d,
            compute(new Elements(b, bits, unsigned), n, y, () => y),
          );
        };

/** Neighbours of N and of M. */
export const pairwise =
  (compute: Compute): FamilyForm =>
  (bits, unsigned) =>
    bits === 64
      ? undefined
      : (b, d, n, m) => {
          const e = new Elements(b, bits, unsigned);
          const all = b.keep(join(b, b.read('half', n), b.read('half', m)));
          const even = b.keep(e.pick(all, all, 0, 2));
          const odd = b.keep(e.pick(all, all, 1, 2));
          b.write(
            'half',
            d,
            compute(e, even, odd, () => all),
          );
        };
