import { Reader } from '../reader';
import { CorruptDataError } from '../errors';
import { DW_AT, DW_FORM } from './constants';

/** One abbreviation declaration (DWARF 5, 7.5.3): the shape that many DIEs share. */
export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** Attribute names and forms, side by side. */
  readonly names: readonly number[];
  readonly forms: readonly number[];
  /** Values of DW_FORM_implicit_const, by index. */
  readonly implicit: readonly (number | undefined)[];
  /** Index of DW_AT_sibling, or −1. */
  readonly siblingIndex: number;
  /** Sizes for units of one shape, worked out when first asked for. */
  layout?: Layout;
}

/** Where things are in a DIE whose attributes all have fixed sizes: it can be skipped without reading it. */
export interface Layout {
  /** The unit's offset and address size that this holds for. */
  readonly shape: number;
  /** Bytes of all attributes, or −1 when one has a size that depends on its contents. */
  readonly size: number;
  /** Offset of DW_AT_sibling (a four-byte reference) from the first attribute, or −1. */
  readonly siblingAt: number;
}

/** A table of abbreviations. GCC numbers codes from 1 without holes, so a plain array is enough; others go to a map. */
export class AbbreviationTable {
  private readonly dense: (Abbreviation | undefined)[] = [];
  private readonly sparse = new Map<number, Abbreviation>();
  /** Whether any DIE of the table can have a location list: then variables have locations from the first instruction. */
  readonly hasLocationLists: boolean;
  /** Whether inlined copies can be of functions of other units (link-time optimization). */
  readonly hasForeignOrigins: boolean;

  constructor(bytes: Uint8Array, offset: number) {
    const reader = new Reader(bytes, '.debug_abbrev', offset);
    let lists = false;
    let foreign = false;
    for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
      const abbreviation = readAbbreviation(reader);
      if (code < 65536) this.dense[code] = abbreviation;
      else this.sparse.set(code, abbreviation);
      const origin = abbreviation.names.indexOf(DW_AT.abstract_origin);
      foreign ||= abbreviation.forms[origin] === DW_FORM.ref_addr;
      const location = abbreviation.names.indexOf(DW_AT.location);
      if (location >= 0) {
        const form = abbreviation.forms[location];
        lists ||= form === DW_FORM.sec_offset || form === DW_FORM.loclistx || form === DW_FORM.data4;
      }
    }
    this.hasLocationLists = lists;
    this.hasForeignOrigins = foreign;
  }

  /** @throws CorruptDataError for a code that was not declared */
  get(code: number, section: string, offset: number): Abbreviation {
    const found = this.dense[code] ?? this.sparse.get(code);
    if (!found) throw new CorruptDataError(section, offset, `abbreviation ${code} is not declared`);
    return found;
  }
}

function readAbbreviation(reader: Reader): Abbreviation {
  const tag = reader.uleb();
  const hasChildren = reader.u8() !== 0;
  const names: number[] = [];
  const forms: number[] = [];
  const implicit: (number | undefined)[] = [];
  for (;;) {
    const name = reader.uleb();
    const form = reader.uleb();
    const value = form === DW_FORM.implicit_const ? reader.sleb() : undefined;
    if (name === 0 && form === 0) break;
    names.push(name);
    forms.push(form);
    implicit.push(value);
  }
  return { tag, hasChildren, names, forms, implicit, siblingIndex: names.indexOf(DW_AT.sibling) };
}
