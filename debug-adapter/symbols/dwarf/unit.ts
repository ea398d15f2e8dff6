import { CorruptDataError } from '../errors';
import { Reader, stringAt } from '../reader';
import type { Abbreviation, AbbreviationTable, Layout } from './abbreviations';
import { DW_AT, DW_FORM, DW_UT } from './constants';
import type { DebugInfo } from './debug-info';
import { Die } from './die';

/** The fixed part of a unit (DWARF 5, 7.5.1). */
export interface UnitHeader {
  readonly section: '.debug_info' | '.debug_types';
  /** Offset of the header in the section; `end` is the offset after the unit. */
  readonly offset: number;
  readonly end: number;
  readonly version: number;
  /** DW_UT_*; DWARF 4 units of .debug_info count as compile units. */
  readonly type: number;
  /** 4 for the 32-bit DWARF format, 8 for the 64-bit one. */
  readonly offsetSize: 4 | 8;
  readonly addressSize: number;
  readonly abbreviationOffset: number;
  /** Offset of the unit's first DIE. */
  readonly firstDie: number;
  /** For type units: signature and offset of the type's DIE from the header. */
  readonly signature?: bigint;
  readonly typeOffset?: number;
}

/** Raw value of an attribute: numbers, offsets into sections (strings, references) or bytes, by its form. */
export type RawValue = number | bigint | Uint8Array;

/** One compilation or type unit. DIEs are read on demand. */
export class Unit {
  private rootDie: Die | undefined;
  private readonly dies = new Map<number, Die>();
  /** Set when a part of the unit turned out to be damaged; that part stays unread. */
  damage: CorruptDataError | undefined;

  constructor(
    readonly info: DebugInfo,
    readonly header: UnitHeader,
    readonly bytes: Uint8Array,
    readonly abbreviations: AbbreviationTable,
  ) {}

  /** The unit's own DIE (DW_TAG_compile_unit). */
  get root(): Die {
    return (this.rootDie ??= this.dieAt(this.header.firstDie));
  }

  get name(): string {
    return (
      this.root.string(DW_AT.name) ?? `unit at ${this.header.section}+0x${this.header.offset.toString(16)}`
    );
  }

  get compilationDirectory(): string {
    return this.root.string(DW_AT.comp_dir) ?? '';
  }

  /** Base of `.debug_str_offsets`, `.debug_addr`, ... for this unit; 0-th default when the attribute is absent. */
  get stringOffsetsBase(): number {
    // Without the attribute the table begins after the header of the first contribution.
    return this.root.sectionOffset(DW_AT.str_offsets_base) ?? (this.header.offsetSize === 8 ? 16 : 8);
  }

  get addressBase(): number {
    return this.root.sectionOffset(DW_AT.addr_base) ?? this.root.sectionOffset(DW_AT.GNU_addr_base) ?? 8;
  }

  get rangeListsBase(): number {
    return this.root.sectionOffset(DW_AT.rnglists_base) ?? (this.header.offsetSize === 8 ? 20 : 12);
  }

  get locationListsBase(): number {
    return this.root.sectionOffset(DW_AT.loclists_base) ?? (this.header.offsetSize === 8 ? 20 : 12);
  }

  /** Base address of the unit's ranges and locations: its DW_AT_low_pc. */
  get baseAddress(): number {
    return this.root.address(DW_AT.low_pc) ?? 0;
  }

  reader(offset: number): Reader {
    return new Reader(this.bytes, this.header.section, offset, this.header.end);
  }

  /** The DIE at a section offset; the same object each time. */
  dieAt(offset: number): Die {
    let die = this.dies.get(offset);
    if (!die) {
      if (offset < this.header.firstDie || offset >= this.header.end)
        throw new CorruptDataError(this.header.section, offset, 'a reference points outside its unit');
      const reader = this.reader(offset);
      const code = reader.uleb();
      if (code === 0)
        throw new CorruptDataError(this.header.section, offset, 'a reference points to no entry');
      die = this.readDie(reader, offset, code);
      this.dies.set(offset, die);
    }
    return die;
  }

  /** Children of a DIE in order. */
  childrenOf(die: Die): Die[] {
    const children: Die[] = [];
    if (!die.abbreviation.hasChildren) return children;
    const reader = this.reader(die.endOffset);
    while (!reader.atEnd) {
      const offset = reader.offset;
      const code = reader.uleb();
      if (code === 0) break;
      let child = this.dies.get(offset);
      if (!child) {
        child = this.readDie(reader, offset, code);
        this.dies.set(offset, child);
      }
      children.push(child);
      reader.seek(this.offsetAfter(child));
    }
    return children;
  }

  /** Children that have one of some tags; the others are passed over without being read. */
  childrenWithTags(die: Die, tags: ReadonlySet<number>): Die[] {
    const children: Die[] = [];
    if (!die.abbreviation.hasChildren) return children;
    const reader = this.reader(die.endOffset);
    for (let entry = nextEntry(this, reader); entry; entry = nextEntry(this, reader)) {
      if (tags.has(entry.abbreviation.tag)) children.push(this.dieAt(entry.offset));
      skipEntry(this, reader, entry.abbreviation);
    }
    return children;
  }

  /** Offset after a DIE and its children. */
  private offsetAfter(die: Die): number {
    if (!die.abbreviation.hasChildren) return die.endOffset;
    const sibling = die.siblingOffset;
    if (sibling !== undefined) {
      if (sibling <= die.endOffset || sibling > this.header.end)
        throw new CorruptDataError(
          this.header.section,
          die.offset,
          'DW_AT_sibling points backwards or outside',
        );
      return sibling;
    }
    const reader = this.reader(die.endOffset);
    skipChildren(this, reader);
    return reader.offset;
  }

  private readDie(reader: Reader, offset: number, code: number): Die {
    const abbreviation = this.abbreviations.get(code, this.header.section, offset);
    const { forms } = abbreviation;
    const values = new Array<RawValue>(forms.length);
    let indirect: Map<number, number> | undefined;
    for (let index = 0; index < forms.length; index++) {
      let form = forms[index];
      if (form === DW_FORM.indirect) {
        form = reader.uleb();
        (indirect ??= new Map()).set(index, form);
      }
      values[index] = readForm(this.header, reader, form, abbreviation.implicit[index]);
    }
    return new Die(this, offset, reader.offset, abbreviation, values, indirect);
  }

  /** Text of a string attribute. @throws CorruptDataError */
  stringOf(form: number, value: RawValue): string | undefined {
    const { sections } = this.info;
    const at = value as number;
    switch (form) {
      case DW_FORM.string:
        return stringAt(this.bytes, this.header.section, at);
      case DW_FORM.strp:
        return this.info.stringAt('.debug_str', at);
      case DW_FORM.line_strp:
        return this.info.stringAt('.debug_line_str', at);
      case DW_FORM.strx:
      case DW_FORM.strx1:
      case DW_FORM.strx2:
      case DW_FORM.strx3:
      case DW_FORM.strx4: {
        const entry = this.stringOffsetsBase + at * this.header.offsetSize;
        const reader = new Reader(sections('.debug_str_offsets'), '.debug_str_offsets', entry);
        return this.info.stringAt('.debug_str', reader.unsigned(this.header.offsetSize));
      }
      default:
        return undefined;
    }
  }

  /** Entry of `.debug_addr` by index. @throws CorruptDataError */
  indexedAddress(index: number): number {
    const entry = this.addressBase + index * this.header.addressSize;
    return new Reader(this.info.sections('.debug_addr'), '.debug_addr', entry).unsigned(
      this.header.addressSize,
    );
  }
}

/** Reads the code of the next sibling and leaves the reader on its attributes; undefined at the end of the siblings. */
export function nextEntry(
  unit: Unit,
  reader: Reader,
): { readonly offset: number; readonly abbreviation: Abbreviation } | undefined {
  if (reader.atEnd) return undefined;
  const { offset } = reader;
  const code = reader.uleb();
  return code === 0
    ? undefined
    : { offset, abbreviation: unit.abbreviations.get(code, unit.header.section, offset) };
}

/** Moves `reader` from the attributes of a DIE behind it and its children. */
export function skipEntry(unit: Unit, reader: Reader, abbreviation: Abbreviation): void {
  const sibling = skipAttributes(unit.header, reader, abbreviation);
  if (!abbreviation.hasChildren) return;
  if (sibling > reader.offset && sibling <= unit.header.end) reader.seek(sibling);
  else skipChildren(unit, reader);
}

/** Moves `reader`, which stands on the first child of a DIE, after the last one. */
export function skipChildren(unit: Unit, reader: Reader): void {
  const { header, abbreviations } = unit;
  for (let depth = 1; depth > 0;) {
    if (reader.atEnd) return;
    const offset = reader.offset;
    const code = reader.uleb();
    if (code === 0) {
      depth--;
      continue;
    }
    const abbreviation = abbreviations.get(code, header.section, offset);
    const sibling = skipAttributes(header, reader, abbreviation);
    if (!abbreviation.hasChildren) continue;
    if (sibling > reader.offset && sibling <= header.end) reader.seek(sibling);
    else depth++;
  }
}

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

/** Reads the header of the unit at the reader and leaves the reader at the unit's end. */
export function readUnitHeader(reader: Reader, section: '.debug_info' | '.debug_types'): UnitHeader {
  const offset = reader.offset;
  const { length, offsetSize } = readInitialLength(reader);
  const end = reader.offset + length;
  if (end > reader.end) reader.fail('a unit ends after its section: the file is truncated');
  const version = reader.u16();
  if (version < 2 || version > 5) {
    reader.seek(end);
    throw new CorruptDataError(section, offset, `DWARF version ${version} is not supported (2 to 5 are)`);
  }
  let type: number = section === '.debug_types' ? DW_UT.type : DW_UT.compile;
  let addressSize: number;
  let abbreviationOffset: number;
  let signature: bigint | undefined;
  let typeOffset: number | undefined;
  if (version >= 5) {
    type = reader.u8();
    addressSize = reader.u8();
    abbreviationOffset = reader.unsigned(offsetSize);
    if (type === DW_UT.skeleton || type === DW_UT.split_compile) reader.skip(8);
  } else {
    abbreviationOffset = reader.unsigned(offsetSize);
    addressSize = reader.u8();
  }
  if (type === DW_UT.type || type === DW_UT.split_type) {
    signature = reader.u64();
    typeOffset = reader.unsigned(offsetSize);
  }
  const firstDie = reader.offset;
  if (firstDie > end) reader.fail('a unit is shorter than its header');
  if (addressSize !== 4 && addressSize !== 8)
    throw new CorruptDataError(section, offset, `a unit has addresses of ${addressSize} bytes`);
  reader.seek(end);
  return {
    section,
    offset,
    end,
    version,
    type,
    offsetSize,
    addressSize,
    abbreviationOffset,
    firstDie,
    signature,
    typeOffset,
  };
}

/** The length that begins every DWARF table, and the format it announces (DWARF 5, 7.4). */
export function readInitialLength(reader: Reader): { length: number; offsetSize: 4 | 8 } {
  const first = reader.u32();
  if (first < 0xfffffff0) return { length: first, offsetSize: 4 };
  if (first !== 0xffffffff) reader.fail('a length is one of the reserved values');
  return { length: reader.u64AsNumber(), offsetSize: 8 };
}
