import { CorruptDataError } from '../errors';
import { Reader } from '../reader';
import type { DebugInfo } from './debug-info';
import type { LineHeader } from './line-header';

/** Opcodes of the line number machine (DWARF 5, 6.2.5.2 and 6.2.5.3). */
const DW_LNS = {
  copy: 1,
  advance_pc: 2,
  advance_line: 3,
  set_file: 4,
  set_column: 5,
  negate_stmt: 6,
  set_basic_block: 7,
  const_add_pc: 8,
  fixed_advance_pc: 9,
  set_prologue_end: 10,
  set_epilogue_begin: 11,
  set_isa: 12,
} as const;
const DW_LNE = { end_sequence: 1, set_address: 2, define_file: 3, set_discriminator: 4 } as const;

/** One row of the line number matrix: the code at `address`, up to the next row, belongs to this line. */
export interface LineRow {
  readonly address: number;
  /** Index into the header's files. */
  readonly file: number;
  /** From 1; 0 means that the code belongs to no line. */
  readonly line: number;
  /** From 1; 0 means the whole line. */
  readonly column: number;
  readonly isStmt: boolean;
  readonly prologueEnd: boolean;
}

/** Rows of rising addresses without a hole; `end` is the address after the last one's code. */
export interface Sequence {
  readonly start: number;
  readonly end: number;
  readonly rows: readonly LineRow[];
}

/** The line number matrix of one unit. */
export class LineTable {
  constructor(
    readonly files: readonly string[],
    /** Sorted by start. */
    readonly sequences: readonly Sequence[],
  ) {}

  /**
   * The row for the code at `address` and the address where its code ends. Of several rows at one address the last
   * one that begins a statement counts (GDB's rule): a breakpoint on its line is here, and a stop has to show that line.
   * Without one, the last row counts, since the others cover no code.
   */
  rowFor(address: number): { row: LineRow; end: number; index: number; sequence: Sequence } | undefined {
    const sequence = this.sequenceFor(address);
    if (!sequence) return undefined;
    const { rows } = sequence;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (rows[middle].address <= address) low = middle + 1;
      else high = middle;
    }
    const end = rows[low]?.address ?? sequence.end;
    let index = low - 1;
    const start = rows[index].address;
    while (!rows[index].isStmt && rows[index - 1]?.address === start && rows[index - 1].line !== 0) index--;
    if (!rows[index].isStmt) index = low - 1;
    return { row: rows[index], end, index, sequence };
  }

  sequenceFor(address: number): Sequence | undefined {
    const { sequences } = this;
    let low = 0;
    let high = sequences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sequences[middle].start <= address) low = middle + 1;
      else high = middle;
    }
    // Sequences of damaged or folded code may overlap: a few before the closest are looked at too.
    for (let index = low - 1; index >= 0 && index >= low - 8; index--)
      if (address < sequences[index].end) return sequences[index];
    return undefined;
  }
}

/**
 * Runs a unit's line number program.
 * @param isCode whether an address was linked; sequences of discarded functions (at address 0) are left out
 * @throws CorruptDataError
 */
export function runLineProgram(
  info: DebugInfo,
  header: LineHeader,
  isCode: (address: number) => boolean,
): LineTable {
  const reader = new Reader(info.sections('.debug_line'), '.debug_line', header.program, header.end);
  const files = [...header.files];
  const sequences: Sequence[] = [];
  const constAddPc =
    Math.floor((255 - header.opcodeBase) / header.lineRange) * header.minimumInstructionLength;
  const firstFile = 1;
  let rows: LineRow[] = [];
  let address = 0;
  let file = firstFile;
  let line = 1;
  let column = 0;
  let isStmt = header.defaultIsStmt;
  let prologueEnd = false;

  const reset = () => {
    rows = [];
    address = 0;
    file = firstFile;
    line = 1;
    column = 0;
    isStmt = header.defaultIsStmt;
    prologueEnd = false;
  };
  const append = () => {
    rows.push({ address, file, line, column, isStmt, prologueEnd });
    prologueEnd = false;
  };
  const endSequence = () => {
    if (rows.length > 0 && isCode(rows[0].address)) {
      if (rows.some((row, index) => index > 0 && row.address < rows[index - 1].address))
        rows.sort((a, b) => a.address - b.address);
      if (address > rows[0].address) sequences.push({ start: rows[0].address, end: address, rows });
    }
    reset();
  };
  const advance = (delta: number) => {
    address = (address + delta) % 0x1_0000_0000;
  };

  while (!reader.atEnd) {
    const opcode = reader.u8();
    if (opcode >= header.opcodeBase) {
      const adjusted = opcode - header.opcodeBase;
      advance(Math.floor(adjusted / header.lineRange) * header.minimumInstructionLength);
      line += header.lineBase + (adjusted % header.lineRange);
      append();
      continue;
    }
    switch (opcode) {
      case 0: {
        const length = reader.uleb();
        const next = reader.offset + length;
        if (length === 0) break;
        const extended = reader.u8();
        if (extended === DW_LNE.end_sequence) endSequence();
        else if (extended === DW_LNE.set_address) address = reader.unsigned(length - 1);
        else if (extended === DW_LNE.define_file) files.push(reader.string());
        reader.seek(next);
        break;
      }
      case DW_LNS.copy:
        append();
        break;
      case DW_LNS.advance_pc:
        advance(reader.uleb() * header.minimumInstructionLength);
        break;
      case DW_LNS.advance_line:
        line += reader.sleb();
        break;
      case DW_LNS.set_file:
        file = reader.uleb();
        break;
      case DW_LNS.set_column:
        column = reader.uleb();
        break;
      case DW_LNS.negate_stmt:
        isStmt = !isStmt;
        break;
      case DW_LNS.const_add_pc:
        advance(constAddPc);
        break;
      case DW_LNS.fixed_advance_pc:
        advance(reader.u16());
        break;
      case DW_LNS.set_prologue_end:
        prologueEnd = true;
        break;
      case DW_LNS.set_basic_block:
      case DW_LNS.set_epilogue_begin:
        break;
      case DW_LNS.set_isa:
        reader.skipLeb();
        break;
      default:
        for (let count = header.standardLengths[opcode]; count > 0; count--) reader.skipLeb();
    }
  }
  if (rows.length > 0)
    throw new CorruptDataError('.debug_line', header.end, 'a line table ends in the middle of a sequence');
  return new LineTable(
    files,
    sequences.sort((a, b) => a.start - b.start),
  );
}
