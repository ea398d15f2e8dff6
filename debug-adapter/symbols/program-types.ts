import type { SymbolKind } from './elf-symbols';
import type { Die } from './dwarf/die';
import type { AddressRange } from './dwarf/ranges';
import type { SourceLine } from './source-lines';
import type { FunctionType } from './types';
import type { Variable } from './variables';

/** What a Program answers. */

/** A function with code. All addresses are run-time ones. */
export interface FunctionInfo {
  readonly name: string;
  /** Mangled name, where it differs. */
  readonly linkageName?: string;
  /** Address of the first instruction. */
  readonly lowPc: number;
  readonly ranges: readonly AddressRange[];
  /** Where it is declared. */
  readonly file?: string;
  readonly line?: number;
  readonly external: boolean;
  /** Absent for a function known by its ELF symbol only. */
  readonly die?: Die;
  readonly type?: FunctionType;
}

export interface ProgramSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly kind: SymbolKind;
  readonly thumb: boolean;
}

export interface SymbolHit extends ProgramSymbol {
  /** Bytes from the symbol's address. */
  readonly offset: number;
}

/** An address that a breakpoint can be set at. */
export interface CodeLocation {
  readonly address: number;
  readonly line?: SourceLine;
  /** Name of the function (or inlined function) that the code belongs to. */
  readonly function?: string;
}

/** One level of the call chain that inlining hides in a single frame. */
export interface InlineFrame {
  readonly name: string;
  /** The current line in this function: of the pc for the innermost, of the call for the others. */
  readonly line?: { readonly file: string; readonly line: number; readonly column: number };
  readonly isInlined: boolean;
  /** Run-time addresses of this (copy of the) function. */
  readonly ranges: readonly AddressRange[];
}

export interface Scope {
  readonly kind: 'block' | 'inlined function' | 'function';
  /** Name of the function; of a block, that of the function around it. */
  readonly name: string;
  readonly ranges: readonly AddressRange[];
  readonly variables: readonly Variable[];
}
