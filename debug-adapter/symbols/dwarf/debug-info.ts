import { CorruptDataError, SymbolFileError } from '../errors';
import { reasonOf } from '../access';
import { Reader, stringAt } from '../reader';
import { AbbreviationTable } from './abbreviations';
import { DW_AT, DW_UT } from './constants';
import type { Die } from './die';
import { type AddressRange } from './ranges';
import { Unit } from './unit';
import { readInitialLength, readUnitHeader } from './unit-header';

/** Gives the bytes of a section by name; empty when the file has no such section. */
export type Sections = (name: string) => Uint8Array;

interface UnitRange extends AddressRange {
  readonly unit: Unit;
}

/**
 * The units of a file. Construction reads unit headers only; which unit covers which addresses comes from
 * `.debug_aranges`, and from the unit's own DIE where that table doesn't mention it.
 */
export class DebugInfo {
  /** All compile units (and type units) in file order. */
  readonly units: readonly Unit[];
  private readonly abbreviationTables = new Map<number, AbbreviationTable>();
  private readonly strings = new Map<string, Map<number, string>>();
  private readonly typeUnits = new Map<bigint, Unit>();
  private unitRanges: UnitRange[] | undefined;

  /**
   * @param sections the file's sections
   * @param isCode whether a link address lies in code that was linked (discarded functions keep entries at address 0)
   * @param report told of each damaged part, in words
   */
  constructor(
    readonly sections: Sections,
    private readonly isCode: (address: number) => boolean,
    private readonly report: (problem: string) => void,
  ) {
    this.units = [...this.readUnits('.debug_info'), ...this.readUnits('.debug_types')];
  }

  /** Runs `read`; damage is reported once per unit and answered with `otherwise`. */
  guard<T>(unit: Unit | undefined, otherwise: T, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (
        error instanceof RangeError ||
        error instanceof CorruptDataError ||
        error instanceof SymbolFileError
      ) {
        if (!unit) this.report(reasonOf(error));
        else if (!unit.damage) {
          unit.damage =
            error instanceof CorruptDataError
              ? error
              : new CorruptDataError('.debug_info', unit.header.offset, reasonOf(error));
          this.report(`The debug information of ${unitName(unit)} is damaged: ${reasonOf(error)}`);
        }
        return otherwise;
      }
      throw error;
    }
  }

  stringAt(section: '.debug_str' | '.debug_line_str', offset: number): string {
    let known = this.strings.get(section);
    if (!known) this.strings.set(section, (known = new Map()));
    let text = known.get(offset);
    if (text === undefined) known.set(offset, (text = stringAt(this.sections(section), section, offset)));
    return text;
  }

  /** The DIE at an offset of `.debug_info`. @throws CorruptDataError */
  dieAt(offset: number): Die {
    const unit = this.unitHolding(offset);
    if (!unit) throw new CorruptDataError('.debug_info', offset, 'a reference points outside all units');
    return unit.dieAt(offset);
  }

  typeBySignature(signature: bigint): Die {
    const unit = this.typeUnits.get(signature);
    if (!unit)
      throw new CorruptDataError('.debug_info', 0, `no type unit has signature 0x${signature.toString(16)}`);
    return unit.dieAt(unit.header.offset + (unit.header.typeOffset ?? 0));
  }

  /** The compile unit whose code holds a link address. */
  unitFor(address: number): Unit | undefined {
    const ranges = (this.unitRanges ??= this.collectRanges());
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ranges[middle].low <= address) low = middle + 1;
      else high = middle;
    }
    for (let index = low - 1; index >= 0 && index >= low - 8; index--)
      if (address < ranges[index].high) return ranges[index].unit;
    return undefined;
  }

  private unitHolding(offset: number): Unit | undefined {
    let low = 0;
    let high = this.units.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { header } = this.units[middle];
      if (header.section === '.debug_info' && header.offset <= offset) low = middle + 1;
      else high = middle;
    }
    const unit = this.units[low - 1];
    return unit && offset < unit.header.end ? unit : undefined;
  }

  private readUnits(section: '.debug_info' | '.debug_types'): Unit[] {
    const bytes = this.guard(undefined, new Uint8Array(0), () => this.sections(section));
    const units: Unit[] = [];
    const reader = new Reader(bytes, section);
    while (!reader.atEnd) {
      const before = reader.offset;
      const readable = this.guard(undefined, false, () => {
        const header = readUnitHeader(reader, section);
        if (header.end === before) throw new CorruptDataError(section, before, 'a unit is empty');
        const unit = new Unit(this, header, bytes, this.abbreviationsAt(header.abbreviationOffset));
        if (header.signature !== undefined) this.typeUnits.set(header.signature, unit);
        if (header.type === DW_UT.skeleton)
          this.report(
            'The debug information is in separate .dwo files (-gsplit-dwarf), which are not read: build without that option.',
          );
        units.push(unit);
        return true;
      });
      // After damage in a header go on with the next unit if its place is known.
      if (!readable && !this.seekNextUnit(reader, before)) break;
    }
    return units;
  }

  private seekNextUnit(reader: Reader, offset: number): boolean {
    try {
      reader.seek(offset);
      const { length } = readInitialLength(reader);
      reader.skip(length);
      return reader.offset > offset;
    } catch {
      return false;
    }
  }

  private abbreviationsAt(offset: number): AbbreviationTable {
    let table = this.abbreviationTables.get(offset);
    if (!table) {
      table = new AbbreviationTable(this.sections('.debug_abbrev'), offset);
      this.abbreviationTables.set(offset, table);
    }
    return table;
  }

  private collectRanges(): UnitRange[] {
    const ranges: UnitRange[] = [];
    const covered = this.guard(undefined, new Set<Unit>(), () => this.readAranges(ranges));
    for (const unit of this.units) {
      if (covered.has(unit) || unit.header.type === DW_UT.type) continue;
      for (const range of this.guard(unit, [], () => this.rangesOfUnit(unit)))
        if (this.isCode(range.low)) ranges.push({ ...range, unit });
    }
    return ranges.sort((a, b) => a.low - b.low);
  }

  /** The ranges of a unit's DIE; where it has none, those of its functions. */
  private rangesOfUnit(unit: Unit): readonly AddressRange[] {
    const own = unit.root.ranges();
    if (own.length > 0 || unit.root.has(DW_AT.ranges)) return own;
    return unit.root.children.flatMap((die) =>
      die.has(DW_AT.low_pc) || die.has(DW_AT.ranges) ? die.ranges() : [],
    );
  }

  /** `.debug_aranges` (DWARF 5, 6.1.2); gives the units it mentions. */
  private readAranges(ranges: UnitRange[]): Set<Unit> {
    const covered = new Set<Unit>();
    const bytes = this.sections('.debug_aranges');
    const reader = new Reader(bytes, '.debug_aranges');
    while (!reader.atEnd) {
      const start = reader.offset;
      const { length, offsetSize } = readInitialLength(reader);
      const end = reader.offset + length;
      if (end > bytes.length) reader.fail('an address table ends after its section');
      reader.skip(2);
      const unit = this.unitHolding(reader.unsigned(offsetSize));
      const addressSize = reader.u8();
      reader.skip(1);
      // Entries are aligned to twice the size of an address, counted from the table's start.
      const entry = 2 * addressSize;
      if (addressSize !== 4 && addressSize !== 8)
        reader.fail(`an address table has addresses of ${addressSize} bytes`);
      reader.seek(start + Math.ceil((reader.offset - start) / entry) * entry);
      while (reader.offset + entry <= end) {
        const low = reader.unsigned(addressSize);
        const size = reader.unsigned(addressSize);
        if (low === 0 && size === 0) break;
        if (unit && size > 0 && this.isCode(low)) {
          ranges.push({ low, high: low + size, unit });
          covered.add(unit);
        }
      }
      reader.seek(end);
    }
    return covered;
  }
}

function unitName(unit: Unit): string {
  try {
    return unit.name;
  } catch {
    return `the unit at offset 0x${unit.header.offset.toString(16)}`;
  }
}
