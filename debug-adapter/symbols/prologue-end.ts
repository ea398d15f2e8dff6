import { scopeChain } from './dwarf/functions';
import { DW_AT, DW_TAG } from './dwarf/constants';
import type { ConcreteFunction } from './dwarf/functions';
import type { SourceLines } from './source-lines';

/** DW_LANG_Mips_Assembler: the language that GNU as records. */
const ASSEMBLER = 0x8001;

/**
 * Link-time address where a breakpoint on a function belongs: after the prologue, where parameters have reached the
 * places that their (single) locations name. GDB's rule for GCC's line tables: the prologue ends where the next line
 * of the same or a larger number begins. With location lists every parameter is known from the first instruction, so
 * nothing is skipped.
 */
export function breakpointAddress(fn: ConcreteFunction, entry: number, lines: SourceLines): number {
  const { unit } = fn.die;
  if (unit.root.number(DW_AT.language) === ASSEMBLER) return entry;
  const marked = markedPrologueEnd(fn, entry, lines);
  if (marked !== undefined) return marked;
  if (unit.abbreviations.hasLocationLists) return entry;
  const end = fn.ranges.find(({ low, high }) => entry >= low && entry < high)?.high ?? entry;
  const first = lines.rowFor(entry);
  if (!first || first.row.line === 0) return entry;
  // Two rows at the entry: a prologue without instructions.
  const { rows } = first.sequence;
  if (rows[first.index - 1]?.address === entry) return entry;
  if (first.end >= end) return entry;
  let current = first;
  for (let steps = 0; current.end < end && steps < 100; steps++) {
    const next = lines.rowFor(current.end);
    if (!next || next.row.line === 0) break;
    if (next.row.line >= current.row.line || next.row.file !== current.row.file) break;
    if (scopeChain(fn.die, current.end).some((die) => die.tag === DW_TAG.inlined_subroutine)) break;
    // A smaller line of the function itself: the scheduler moved an instruction of the body up.
    current = next;
  }
  return current.end < end ? current.end : current.row.address;
}

/** The row that the compiler marked with prologue_end (Clang does, GCC does not). */
function markedPrologueEnd(fn: ConcreteFunction, entry: number, lines: SourceLines): number | undefined {
  const found = lines.rowFor(entry);
  const range = fn.ranges.find(({ low, high }) => entry >= low && entry < high);
  if (!found || !range) return undefined;
  const { rows } = found.sequence;
  for (let index = found.index; index < rows.length && rows[index].address < range.high; index++)
    if (rows[index].prologueEnd) return rows[index].address;
  return undefined;
}
