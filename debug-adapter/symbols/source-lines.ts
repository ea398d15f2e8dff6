import { DW_AT } from './dwarf/constants';
import type { DebugInfo } from './dwarf/debug-info';
import { readLineHeader } from './dwarf/line-header';
import { type LineRow, LineTable, runLineProgram, type Sequence } from './dwarf/line-table';
import type { Unit } from './dwarf/unit';

/** A place in a source file that code belongs to. */
export interface SourceLine {
  /** Full path as the compiler recorded it. */
  readonly file: string;
  /** From 1; 0 for code that belongs to no line. */
  readonly line: number;
  /** From 1; 0 when only the line is known. */
  readonly column: number;
  /** The address begins a statement (a good place for a breakpoint). */
  readonly isStmt: boolean;
  /** Run-time address where the code of this row begins, and the address after it. */
  readonly address: number;
  readonly endAddress: number;
}

const EMPTY = new LineTable([], []);

/**
 * Lines of all units: a line program is run when an address or a line of its unit is asked for. Addresses here are
 * link-time ones.
 */
export class SourceLines {
  private readonly tables = new Map<Unit, LineTable>();
  private files: Map<string, Map<string, Unit[]>> | undefined;
  private addressIndex: { start: number; end: number; table: LineTable }[] | undefined;

  constructor(
    private readonly info: DebugInfo,
    private readonly isCode: (address: number) => boolean,
  ) {}

  /** The line table of a unit; empty when it has none or when it is damaged (which is reported). */
  table(unit: Unit): LineTable {
    let table = this.tables.get(unit);
    if (!table) {
      table = this.info.guard(unit, EMPTY, () => {
        const header = this.header(unit);
        return header ? runLineProgram(this.info, header, this.isCode) : EMPTY;
      });
      this.tables.set(unit, table);
    }
    return table;
  }

  /** The row for a link-time address. */
  rowFor(
    address: number,
  ): { row: LineRow; end: number; index: number; sequence: Sequence; table: LineTable } | undefined {
    const unit = this.info.unitFor(address);
    const table = unit ? this.table(unit) : this.tableBySequence(address);
    const found = table?.rowFor(address);
    return found && table ? { ...found, table } : undefined;
  }

  /** All source files, full paths, sorted; what the compiler made up (`<built-in>`) left out. */
  sourceFiles(): string[] {
    return [...this.index().values()]
      .flatMap((paths) => [...paths.keys()])
      .filter((path) => !/(^|\/)<[^/]*>$/.test(path))
      .sort();
  }

  /**
   * The recorded paths that a path from elsewhere can mean: the same path, else those with the same name that share
   * the longest run of directories at the end (sources may have moved since the build).
   */
  resolve(path: string): string[] {
    const wanted = pathParts(path);
    const candidates = this.index().get((wanted.at(-1) ?? '').toLowerCase());
    if (!candidates) return [];
    let best: string[] = [];
    let bestShared = 0;
    for (const candidate of candidates.keys()) {
      if (candidate === path) return [candidate];
      const shared = sharedTail(wanted, pathParts(candidate));
      if (shared > bestShared) {
        best = [candidate];
        bestShared = shared;
      } else if (shared === bestShared && shared > 0) best.push(candidate);
    }
    return best;
  }

  /** Units whose line tables mention a recorded path. */
  unitsOf(file: string): readonly Unit[] {
    return (
      this.index()
        .get((pathParts(file).at(-1) ?? '').toLowerCase())
        ?.get(file) ?? []
    );
  }

  /** Every row of a file that can take a breakpoint: it begins a statement, and its line isn't that of the row before. */
  *lineStarts(file: string): Generator<{ row: LineRow; unit: Unit }> {
    for (const unit of this.unitsOf(file)) {
      const table = this.table(unit);
      const numbers = new Set<number>();
      table.files.forEach((path, index) => path === file && numbers.add(index));
      for (const { rows } of table.sequences) {
        let previous: LineRow | undefined;
        for (let index = 0; index < rows.length; index++) {
          const row = rows[index];
          const continues =
            previous !== undefined &&
            previous.line === row.line &&
            previous.file === row.file &&
            previous.isStmt;
          if (numbers.has(row.file) && row.line > 0 && row.isStmt && !continues && !isOverridden(rows, index))
            yield { row, unit };
          previous = row;
        }
      }
    }
  }

  private header(unit: Unit) {
    const offset = unit.root.sectionOffset(DW_AT.stmt_list);
    if (offset === undefined) return undefined;
    return readLineHeader(this.info, offset, {
      header: unit.header,
      name: unit.name,
      directory: unit.compilationDirectory,
    });
  }

  /** base name → path → units. Reads the headers of all line tables, not their programs. */
  private index(): Map<string, Map<string, Unit[]>> {
    if (this.files) return this.files;
    const files = new Map<string, Map<string, Unit[]>>();
    for (const unit of this.info.units) {
      const paths = this.info.guard(unit, [], () => this.header(unit)?.files ?? []);
      for (const path of new Set(paths)) {
        const base = (pathParts(path).at(-1) ?? '').toLowerCase();
        let byPath = files.get(base);
        if (!byPath) files.set(base, (byPath = new Map()));
        const units = byPath.get(path);
        if (units) units.push(unit);
        else byPath.set(path, [unit]);
      }
    }
    return (this.files = files);
  }

  /** For code that no unit claims (damaged or missing ranges): the line tables themselves know their addresses. */
  private tableBySequence(address: number): LineTable | undefined {
    if (!this.addressIndex) {
      // Only small programs are worth the search: big ones come from compilers that write complete ranges.
      const units = this.info.units.length > 200 ? [] : this.info.units;
      this.addressIndex = units.flatMap((unit) => {
        const table = this.table(unit);
        return table.sequences.map(({ start, end }) => ({ start, end, table }));
      });
    }
    return this.addressIndex.find(({ start, end }) => address >= start && address < end)?.table;
  }
}

/** A row without code of its own, whose address a statement of another file takes over: a stop would show that file. */
function isOverridden(rows: readonly LineRow[], index: number): boolean {
  const { address, file } = rows[index];
  for (let next = index + 1; rows[next]?.address === address; next++)
    if (rows[next].file !== file && rows[next].isStmt) return true;
  return false;
}

function pathParts(path: string): string[] {
  return path.split(/[\\/]+/).filter((part) => part !== '' && part !== '.');
}

function sharedTail(left: readonly string[], right: readonly string[]): number {
  let shared = 0;
  while (
    shared < left.length &&
    shared < right.length &&
    left[left.length - 1 - shared].toLowerCase() === right[right.length - 1 - shared].toLowerCase()
  )
    shared++;
  return shared;
}
