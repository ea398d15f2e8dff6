/**
 * Instructions of a context around an address: exactly as many rows as asked for, A32 or T32 by the mapping symbols,
 * or by the context's own state where there are none.
 */
import { CORE, Psr, disassembleInstruction, type Machine } from '../../emulator';
import type { Program } from '../symbols/program';
import type { Context } from './context';
import { readMemory, type AddressView } from './memory';
import type { SymbolTable } from './symbol-table';

export interface DisassembledRow {
  /** Unsigned. */
  readonly address: number;
  /** In memory order, as `e59f0010` or `b510`. */
  readonly bytes: string;
  readonly text: string;
  readonly symbol?: string;
  readonly line?: { readonly file: string; readonly line: number };
  /** False where nothing can be read. */
  readonly valid: boolean;
}

export interface DisassemblySite {
  readonly machine: Machine;
  readonly symbols: SymbolTable;
  readonly view: AddressView;
  readonly context: Context;
}

const SPAN = 2 ** 32;
type InstructionSet = 'A32' | 'T32' | 'data';

/**
 * @param offset instructions from `address` to the first row; negative: before it.
 * @param count rows to give.
 */
export function disassembleRange(
  site: DisassemblySite,
  address: number,
  offset: number,
  count: number,
): DisassembledRow[] {
  const rows: DisassembledRow[] = [];
  if (offset < 0) rows.push(...before(site, address, Math.min(-offset, 100_000)));
  const wantedAfter = offset + count;
  let at = address;
  let skip = Math.max(offset, 0);
  for (let n = 0; n < wantedAfter; n++) {
    const row = rowAt(site, at);
    if (skip > 0) skip--;
    else rows.push(row);
    at = (at + lengthOf(row)) % SPAN;
  }
  return rows.slice(0, count);
}

/** The `count` instructions before `address`: decoded forward from a start that is known, or halfwords back. */
function before(site: DisassemblySite, address: number, count: number): DisassembledRow[] {
  const rows: DisassembledRow[] = [];
  let at = address;
  while (rows.length < count) {
    const set = instructionSet(site, (at - 2 + SPAN) % SPAN);
    if (set === 'T32') {
      const run = thumbBefore(site, at, count - rows.length);
      rows.push(...run);
      at = run[run.length - 1]!.address;
    } else {
      const previous = (at - 4 + SPAN) % SPAN;
      rows.push(rowAt(site, previous));
      at = previous;
    }
  }
  return rows.reverse();
}

/** T32 code before `end`, last first: decoded from the start of its function or from some halfwords back. */
function thumbBefore(site: DisassemblySite, end: number, count: number): DisassembledRow[] {
  const program = site.symbols.at(site.context, (end - 2 + SPAN) % SPAN);
  const symbol = program?.symbolAt((end - 2 + SPAN) % SPAN);
  const reach = Math.max(end - 4 * count - 16, 0) & ~1;
  const start = symbol === undefined || symbol.address >= end ? reach : Math.max(symbol.address, 0);
  const run: DisassembledRow[] = [];
  for (let at = start; at < end;) {
    const row = rowAt(site, at);
    const next = at + lengthOf(row);
    if (next > end) {
      run.push(halfword(site, at));
      at += 2;
    } else {
      run.push(row);
      at = next;
    }
  }
  const last = run.slice(-count).reverse();
  return last.length > 0 ? last : [halfword(site, (end - 2 + SPAN) % SPAN)];
}

function lengthOf(row: DisassembledRow): number {
  return row.bytes.length === 4 ? 2 : 4;
}

function instructionSet(site: DisassemblySite, address: number): InstructionSet {
  const program = site.symbols.at(site.context, address);
  const mapped = program?.instructionSetAt(address);
  if (mapped !== undefined) return mapped;
  return (site.context.registers.i32[CORE.PSR]! & Psr.T) !== 0 ? 'T32' : 'A32';
}

function rowAt(site: DisassemblySite, address: number): DisassembledRow {
  const set = instructionSet(site, address);
  const { bytes, known } = readMemory(site.machine, site.view, address, 4);
  const half = set === 'T32' || (address & 3) !== 0;
  if (known[0] === 0 || (!half && known[3] === 0)) return unreadable(address, half);
  const view = new DataView(bytes.buffer);
  if (set === 'T32') {
    const first = view.getUint16(0, true);
    const wide = first >>> 11 >= 0x1d;
    if (wide && known[3] === 0) return unreadable(address, true);
    const word = wide ? first * 65536 + view.getUint16(2, true) : first;
    return row(site, address, word, wide ? 4 : 2, 'T32');
  }
  if (half) return halfword(site, address);
  return row(site, address, view.getUint32(0, true), 4, set);
}

function row(
  site: DisassemblySite,
  address: number,
  word: number,
  size: 2 | 4,
  set: InstructionSet,
): DisassembledRow {
  const digits = size * 2;
  const bytes = word.toString(16).padStart(digits, '0');
  const program = site.symbols.at(site.context, address);
  const text =
    set === 'data'
      ? `.word 0x${bytes}`
      : disassembleInstruction(word, { set, address, itstate: 0 }, (target) =>
          site.symbols.at(site.context, target)?.symbolize(target),
        );
  return { address, bytes, text, valid: true, ...place(program, address) };
}

function halfword(site: DisassemblySite, address: number): DisassembledRow {
  const { bytes, known } = readMemory(site.machine, site.view, address, 2);
  if (known[1] === 0) return unreadable(address, true);
  const text = new DataView(bytes.buffer).getUint16(0, true).toString(16).padStart(4, '0');
  return {
    address,
    bytes: text,
    text: `.short 0x${text}`,
    valid: true,
    ...place(site.symbols.at(site.context, address), address),
  };
}

function unreadable(address: number, half: boolean): DisassembledRow {
  return { address, bytes: half ? '????' : '????????', text: '(no memory)', valid: false };
}

function place(program: Program | undefined, address: number): Pick<DisassembledRow, 'symbol' | 'line'> {
  const symbol = program?.symbolAt(address);
  const line = program?.lineFor(address);
  return {
    ...(symbol?.offset === 0 && { symbol: symbol.name }),
    ...(line !== undefined && line.line > 0 && { line: { file: line.file, line: line.line } }),
  };
}
