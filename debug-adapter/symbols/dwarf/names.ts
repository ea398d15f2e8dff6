import { DW_AT, DW_FORM, DW_TAG } from './constants';
import type { DebugInfo } from './debug-info';
import type { Die } from './die';
import { readForm, skipAttributes, skipForm } from './forms';
import { skipEntry, type Unit } from './unit';

/** The tags that the index holds; their places in the list are part of an entry. */
const INDEXED: readonly number[] = [
  DW_TAG.base_type,
  DW_TAG.typedef,
  DW_TAG.structure_type,
  DW_TAG.union_type,
  DW_TAG.class_type,
  DW_TAG.enumeration_type,
  DW_TAG.subprogram,
  DW_TAG.variable,
];
const FIRST_NON_TYPE = INDEXED.indexOf(DW_TAG.subprogram);
const KIND_OF_TAG: ReadonlyMap<number, number> = new Map(INDEXED.map((tag, kind) => [tag, kind]));
/** Units that one entry can tell apart, and offsets: (unit × OFFSETS + offset in unit) × 8 + kind fits in 53 bits. */
const OFFSETS = 2 ** 30;

/**
 * Names of types, functions, variables and enumerators over all units. A unit is scanned without building its DIEs, and
 * only when a look-up needs it; headers repeat their types in each unit, of which the first definition is kept.
 */
export class NameIndex {
  /** One number per definition, see `entry`. */
  private readonly entries = new Map<string, number[]>();
  private readonly enumerators = new Map<string, number>();
  private readonly absent = new Map<string, boolean>();
  private scanned = 0;

  constructor(private readonly info: DebugInfo) {}

  /** The first complete type of a name and one of the tags. */
  type(name: string, tags: readonly number[]): Die | undefined {
    if (this.isAbsent(name)) return undefined;
    const kinds = tags.map((tag) => INDEXED.indexOf(tag));
    // Most types are found early: scan only as far as needed.
    for (;;) {
      const entry = this.entries.get(name)?.find((candidate) => kinds.includes(candidate % 8));
      if (entry !== undefined) return this.dieOf(entry);
      if (!this.scanNext()) return undefined;
    }
  }

  functions(name: string): Die[] {
    return this.all(name, DW_TAG.subprogram);
  }

  variables(name: string): Die[] {
    return this.all(name, DW_TAG.variable);
  }

  /** The enumeration type that declares an enumerator. */
  enumerationOf(name: string): Die | undefined {
    if (this.isAbsent(name)) return undefined;
    for (;;) {
      const entry = this.enumerators.get(name);
      if (entry !== undefined) return this.dieOf(entry);
      if (!this.scanNext()) return undefined;
    }
  }

  private all(name: string, tag: number): Die[] {
    if (this.isAbsent(name)) return [];
    while (this.scanNext());
    const kind = INDEXED.indexOf(tag);
    return (this.entries.get(name) ?? [])
      .filter((entry) => entry % 8 === kind)
      .map((entry) => this.dieOf(entry))
      .filter((die) => die !== undefined);
  }

  /**
   * A name that is in no string section is not worth a scan of the whole file. Short names can be inside the DIEs
   * themselves (compilers put only strings longer than an offset into `.debug_str`).
   */
  private isAbsent(name: string): boolean {
    let absent = this.absent.get(name);
    if (absent === undefined) {
      const bytes = new TextEncoder().encode(name + '\0');
      absent =
        bytes.length > 4 &&
        !['.debug_str', '.debug_info'].some((section) => includesBytes(this.info.sections(section), bytes));
      this.absent.set(name, absent);
    }
    return absent;
  }

  private dieOf(entry: number): Die | undefined {
    const place = Math.floor(entry / 8);
    const unit = this.info.units[Math.floor(place / OFFSETS)];
    return this.info.guard(unit, undefined, () => unit.dieAt(unit.header.offset + (place % OFFSETS)));
  }

  /** Scans the next unit; false when all have been. */
  private scanNext(): boolean {
    const unit = this.info.units[this.scanned];
    if (!unit) return false;
    const base = this.scanned++ * OFFSETS - unit.header.offset;
    this.info.guard(unit, undefined, () => this.scanUnit(unit, base));
    return true;
  }

  private scanUnit(unit: Unit, base: number): void {
    const { root, header, abbreviations } = unit;
    if (!root.abbreviation.hasChildren) return;
    const reader = unit.reader(root.endOffset);
    // Depth counts namespaces and enumerations, the only entries whose children are looked at.
    let enumeration = -1;
    for (let depth = 1; depth > 0 && !reader.atEnd;) {
      const offset = reader.offset;
      const code = reader.uleb();
      if (code === 0) {
        depth--;
        enumeration = -1;
        continue;
      }
      const abbreviation = abbreviations.get(code, header.section, offset);
      const { names, tag } = abbreviation;
      const kind = KIND_OF_TAG.get(tag);
      const isEnumerator = tag === DW_TAG.enumerator;
      if ((kind === undefined && !isEnumerator) || names.includes(DW_AT.declaration)) {
        if (tag !== DW_TAG.namespace) skipEntry(unit, reader, abbreviation);
        else {
          skipAttributes(header, reader, abbreviation);
          if (abbreviation.hasChildren) depth++;
        }
        continue;
      }
      const name = this.readName(unit, reader, offset, names, abbreviation.forms);
      const entry = (base + offset) * 8 + (kind ?? 0);
      if (name !== undefined && isEnumerator) {
        if (enumeration >= 0 && !this.enumerators.has(name)) this.enumerators.set(name, enumeration);
      } else if (name !== undefined) this.add(name, entry);
      if (tag === DW_TAG.enumeration_type && abbreviation.hasChildren) {
        skipAttributes(header, reader, abbreviation);
        enumeration = entry;
        depth++;
      } else skipEntry(unit, reader, abbreviation);
    }
  }

  /** Name of the DIE whose attributes the reader is on; the reader stays there. */
  private readName(
    unit: Unit,
    reader: ReturnType<Unit['reader']>,
    offset: number,
    names: readonly number[],
    forms: readonly number[],
  ): string | undefined {
    const start = reader.offset;
    const wanted = names.indexOf(DW_AT.name);
    let name: string | undefined;
    if (wanted >= 0) {
      for (let index = 0; index < wanted; index++) skipForm(unit.header, reader, forms[index]);
      const form = forms[wanted] === DW_FORM.indirect ? reader.uleb() : forms[wanted];
      name = unit.stringOf(form, readForm(unit.header, reader, form, undefined));
    } else if (names.includes(DW_AT.specification) || names.includes(DW_AT.abstract_origin))
      name = unit.dieAt(offset).name;
    reader.seek(start);
    return name;
  }

  private add(name: string, entry: number): void {
    const known = this.entries.get(name);
    if (!known) this.entries.set(name, [entry]);
    else if (entry % 8 >= FIRST_NON_TYPE || known.every((other) => other % 8 !== entry % 8))
      known.push(entry);
  }
}

function includesBytes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  for (let at = bytes.indexOf(wanted[0]); at >= 0; at = bytes.indexOf(wanted[0], at + 1)) {
    let length = 1;
    while (length < wanted.length && bytes[at + length] === wanted[length]) length++;
    if (length === wanted.length) return true;
  }
  return false;
}
