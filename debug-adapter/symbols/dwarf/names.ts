import { DW_AT, DW_FORM, DW_TAG } from './constants';
import type { DebugInfo } from './debug-info';
import type { Die } from './die';
import { readForm, skipChildren, skipForm, type Unit } from './unit';

/** A named entry at the top level of a unit (or in a namespace). */
interface NamedEntry {
  readonly unit: Unit;
  readonly offset: number;
  readonly tag: number;
}

const TYPE_TAGS: ReadonlySet<number> = new Set([
  DW_TAG.base_type,
  DW_TAG.typedef,
  DW_TAG.structure_type,
  DW_TAG.union_type,
  DW_TAG.class_type,
  DW_TAG.enumeration_type,
]);
const INDEXED_TAGS: ReadonlySet<number> = new Set([...TYPE_TAGS, DW_TAG.subprogram, DW_TAG.variable]);

/**
 * Names of types, functions, variables and enumerators over all units. A unit is scanned without building its DIEs, and
 * only when a look-up needs it; headers repeat their types in each unit, of which the first definition is kept.
 */
export class NameIndex {
  private readonly entries = new Map<string, NamedEntry[]>();
  private readonly enumerators = new Map<string, NamedEntry>();
  private scanned = 0;

  constructor(private readonly info: DebugInfo) {}

  /** The first complete type of a name and one of the tags. */
  type(name: string, tags: readonly number[]): Die | undefined {
    // Most types are found early: scan only as far as needed.
    for (;;) {
      const entry = this.entries.get(name)?.find(({ tag }) => tags.includes(tag));
      if (entry) return this.dieOf(entry);
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
    for (;;) {
      const entry = this.enumerators.get(name);
      if (entry) return this.dieOf(entry);
      if (!this.scanNext()) return undefined;
    }
  }

  private all(name: string, wanted: number): Die[] {
    while (this.scanNext());
    const found = this.entries.get(name) ?? [];
    return found
      .filter(({ tag }) => tag === wanted)
      .map((entry) => this.dieOf(entry))
      .filter((die) => die !== undefined);
  }

  private dieOf({ unit, offset }: NamedEntry): Die | undefined {
    return this.info.guard(unit, undefined, () => unit.dieAt(offset));
  }

  /** Scans the next unit; false when all have been. */
  private scanNext(): boolean {
    const unit = this.info.units[this.scanned];
    if (!unit) return false;
    this.scanned++;
    this.info.guard(unit, undefined, () => this.scanUnit(unit));
    return true;
  }

  private scanUnit(unit: Unit): void {
    const { root } = unit;
    if (!root.abbreviation.hasChildren) return;
    const { header, abbreviations } = unit;
    const reader = unit.reader(root.endOffset);
    // Depth counts namespaces and enumerations, the only entries whose children are looked at.
    let depth = 1;
    let enumeration: NamedEntry | undefined;
    while (depth > 0 && !reader.atEnd) {
      const offset = reader.offset;
      const code = reader.uleb();
      if (code === 0) {
        depth--;
        enumeration = undefined;
        continue;
      }
      const abbreviation = abbreviations.get(code, header.section, offset);
      const { names, forms, tag } = abbreviation;
      const wanted = INDEXED_TAGS.has(tag) || tag === DW_TAG.enumerator;
      let name: string | undefined;
      let isDeclaration = false;
      let sibling = -1;
      for (let index = 0; index < names.length; index++) {
        const attribute = names[index];
        if (
          attribute === DW_AT.sibling ||
          (wanted && (attribute === DW_AT.name || attribute === DW_AT.declaration))
        ) {
          const form = forms[index] === DW_FORM.indirect ? reader.uleb() : forms[index];
          const value = readForm(header, reader, form, abbreviation.implicit[index]);
          if (attribute === DW_AT.name) name = unit.stringOf(form, value);
          else if (attribute === DW_AT.declaration) isDeclaration = value !== 0;
          else sibling = Number(value);
        } else skipForm(header, reader, forms[index]);
      }
      const isReference = names.includes(DW_AT.specification) || names.includes(DW_AT.abstract_origin);
      if (wanted && isReference && name === undefined) name = unit.dieAt(offset).name;
      const entry = { unit, offset, tag };
      if (name !== undefined && !isDeclaration) {
        if (tag === DW_TAG.enumerator) {
          if (enumeration && !this.enumerators.has(name)) this.enumerators.set(name, enumeration);
        } else this.add(name, entry);
      }
      if (!abbreviation.hasChildren) continue;
      if (tag === DW_TAG.enumeration_type) {
        enumeration = entry;
        depth++;
      } else if (tag === DW_TAG.namespace) depth++;
      else if (sibling > reader.offset && sibling <= header.end) reader.seek(sibling);
      else skipChildren(unit, reader);
    }
  }

  private add(name: string, entry: NamedEntry): void {
    const known = this.entries.get(name);
    if (!known) this.entries.set(name, [entry]);
    else if (!TYPE_TAGS.has(entry.tag) || known.every(({ tag }) => tag !== entry.tag)) known.push(entry);
  }
}
