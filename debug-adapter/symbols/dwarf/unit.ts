import { CorruptDataError } from '../errors';
import { Reader, stringAt } from '../reader';
import type { Abbreviation, AbbreviationTable } from './abbreviations';
import { DW_AT, DW_FORM } from './constants';
import type { DebugInfo } from './debug-info';
import { Die } from './die';
import { type RawValue, readForm, skipAttributes } from './forms';
import type { UnitHeader } from './unit-header';

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
