import type { Reader } from '../reader';
import type { Abbreviation, Layout } from './abbreviations';
import { DW_FORM } from './constants';
import type { UnitHeader } from './unit-header';

/** Attributes by their forms (DWARF 5, 7.5.4 to 7.5.6): reading them, and passing over them quickly. */

/** Raw value of an attribute: numbers, offsets into sections (strings, references) or bytes, by its form. */
export type RawValue = number | bigint | Uint8Array;

/** Sizes of an abbreviation's attributes in units like the given one. */
export function layoutOf(header: UnitHeader, abbreviation: Abbreviation): Layout {
  const shape = header.offsetSize * 16 + header.addressSize;
  const known = abbreviation.layout;
  if (known?.shape === shape) return known;
  let size = 0;
  let siblingAt = -1;
  for (let index = 0; index < abbreviation.forms.length && size >= 0; index++) {
    const form = abbreviation.forms[index];
    const own =
      FIXED_SIZES[form] ??
      (form === DW_FORM.addr ? header.addressSize : OFFSET_SIZED.has(form) ? header.offsetSize : undefined);
    // References of other sizes are rare: such DIEs take the slow way.
    if (index === abbreviation.siblingIndex && form === DW_FORM.ref4) siblingAt = size;
    else if (index === abbreviation.siblingIndex) size = -1;
    size = own === undefined || size < 0 ? -1 : size + own;
  }
  return (abbreviation.layout = { shape, size, siblingAt });
}

/** Moves `reader` over the attributes of a DIE; gives the section offset of DW_AT_sibling, or −1. */
export function skipAttributes(header: UnitHeader, reader: Reader, abbreviation: Abbreviation): number {
  const layout = layoutOf(header, abbreviation);
  if (layout.size >= 0) {
    const start = reader.offset;
    reader.skip(layout.size);
    return layout.siblingAt < 0 ? -1 : header.offset + reader.u32At(start + layout.siblingAt);
  }
  const { forms, siblingIndex } = abbreviation;
  let sibling = -1;
  for (let index = 0; index < forms.length; index++) {
    if (index === siblingIndex) {
      const value = readForm(header, reader, forms[index], undefined);
      if (typeof value === 'number') sibling = value;
    } else skipForm(header, reader, forms[index]);
  }
  return sibling;
}

export function skipForm(header: UnitHeader, reader: Reader, form: number): void {
  const fixed = FIXED_SIZES[form];
  if (fixed !== undefined) {
    reader.skip(fixed);
    return;
  }
  switch (form) {
    case DW_FORM.addr:
      return reader.skip(header.addressSize);
    case DW_FORM.strp:
    case DW_FORM.line_strp:
    case DW_FORM.sec_offset:
    case DW_FORM.strp_sup:
    case DW_FORM.GNU_ref_alt:
    case DW_FORM.GNU_strp_alt:
      return reader.skip(header.offsetSize);
    case DW_FORM.ref_addr:
      return reader.skip(header.version < 3 ? header.addressSize : header.offsetSize);
    case DW_FORM.string:
      return reader.skipString();
    case DW_FORM.udata:
    case DW_FORM.sdata:
    case DW_FORM.ref_udata:
    case DW_FORM.strx:
    case DW_FORM.addrx:
    case DW_FORM.loclistx:
    case DW_FORM.rnglistx:
      return reader.skipLeb();
    default:
      readForm(header, reader, form === DW_FORM.indirect ? reader.uleb() : form, 0);
  }
}

const FIXED_SIZES: readonly (number | undefined)[] = (() => {
  const sizes: (number | undefined)[] = [];
  const groups: readonly [number, readonly (keyof typeof DW_FORM)[]][] = [
    [0, ['flag_present', 'implicit_const']],
    [1, ['data1', 'flag', 'ref1', 'strx1', 'addrx1']],
    [2, ['data2', 'ref2', 'strx2', 'addrx2']],
    [3, ['strx3', 'addrx3']],
    [4, ['data4', 'ref4', 'strx4', 'addrx4', 'ref_sup4']],
    [8, ['data8', 'ref8', 'ref_sig8', 'ref_sup8']],
    [16, ['data16']],
  ];
  for (const [size, names] of groups) for (const name of names) sizes[DW_FORM[name]] = size;
  return sizes;
})();

const OFFSET_SIZED: ReadonlySet<number> = new Set([DW_FORM.strp, DW_FORM.line_strp, DW_FORM.sec_offset]);

/** Reads one attribute. References within the unit become section offsets; inline strings become their offset. */
export function readForm(
  header: UnitHeader,
  reader: Reader,
  form: number,
  implicit: number | undefined,
): RawValue {
  switch (form) {
    case DW_FORM.addr:
      return reader.unsigned(header.addressSize);
    case DW_FORM.data1:
    case DW_FORM.flag:
    case DW_FORM.strx1:
    case DW_FORM.addrx1:
      return reader.u8();
    case DW_FORM.data2:
    case DW_FORM.strx2:
    case DW_FORM.addrx2:
      return reader.u16();
    case DW_FORM.strx3:
    case DW_FORM.addrx3:
      return reader.u24();
    case DW_FORM.data4:
    case DW_FORM.strx4:
    case DW_FORM.addrx4:
    case DW_FORM.ref_sup4:
      return reader.u32();
    case DW_FORM.data8:
    case DW_FORM.ref_sig8:
    case DW_FORM.ref_sup8:
      return reader.u64();
    case DW_FORM.data16:
      return reader.slice(16);
    case DW_FORM.sdata:
      return reader.slebBig();
    case DW_FORM.udata:
      return reader.ulebBig();
    case DW_FORM.strx:
    case DW_FORM.addrx:
    case DW_FORM.loclistx:
    case DW_FORM.rnglistx:
      return reader.uleb();
    case DW_FORM.flag_present:
      return 1;
    case DW_FORM.implicit_const:
      return implicit ?? 0;
    case DW_FORM.string: {
      const offset = reader.offset;
      reader.skipString();
      return offset;
    }
    case DW_FORM.strp:
    case DW_FORM.line_strp:
    case DW_FORM.sec_offset:
    case DW_FORM.strp_sup:
    case DW_FORM.GNU_ref_alt:
    case DW_FORM.GNU_strp_alt:
      return reader.unsigned(header.offsetSize);
    case DW_FORM.ref_addr:
      return reader.unsigned(header.version < 3 ? header.addressSize : header.offsetSize);
    case DW_FORM.ref1:
      return header.offset + reader.u8();
    case DW_FORM.ref2:
      return header.offset + reader.u16();
    case DW_FORM.ref4:
      return header.offset + reader.u32();
    case DW_FORM.ref8:
      return header.offset + reader.u64AsNumber();
    case DW_FORM.ref_udata:
      return header.offset + reader.uleb();
    case DW_FORM.block1:
      return reader.slice(reader.u8());
    case DW_FORM.block2:
      return reader.slice(reader.u16());
    case DW_FORM.block4:
      return reader.slice(reader.u32());
    case DW_FORM.block:
    case DW_FORM.exprloc:
      return reader.slice(reader.uleb());
    default:
      return reader.fail(`attribute form 0x${form.toString(16)} is not known`);
  }
}
