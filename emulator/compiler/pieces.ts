/** How pieces of the D registers, and of memory, are loaded and stored. */
import type { Piece } from '../isa/vfp/forms/form-builder';
import { ACCESS } from './wasm/named-opcodes';
import { Op, ValueType } from './wasm/opcodes';

/** A piece of the D registers, or what is smaller in memory. */
export type Datum = Piece | 'i8' | 'i16';

interface Access {
  readonly type: ValueType;
  /** Bytes of the instructions, without alignment and offset. A stored `half` is what was extracted of the vector. */
  readonly load: readonly number[];
  readonly store: readonly number[];
}

export const DATA: Readonly<Record<Datum, Access>> = {
  v128: { type: ValueType.V128, load: ACCESS['v128.load'], store: ACCESS['v128.store'] },
  half: { type: ValueType.V128, load: ACCESS['v128.load64_splat'], store: ACCESS['i64.store'] },
  f64: { type: ValueType.F64, load: ACCESS['f64.load'], store: ACCESS['f64.store'] },
  i64: { type: ValueType.I64, load: ACCESS['i64.load'], store: ACCESS['i64.store'] },
  f32: { type: ValueType.F32, load: ACCESS['f32.load'], store: ACCESS['f32.store'] },
  i32: { type: ValueType.I32, load: ACCESS['i32.load'], store: ACCESS['i32.store'] },
  i16: { type: ValueType.I32, load: [Op.I32Load16U], store: [Op.I32Store16] },
  i8: { type: ValueType.I32, load: [Op.I32Load8U], store: [Op.I32Store8] },
};
