import { Reader, stringAt } from './reader';

/** ELF symbols and mapping symbols (ELF for the Arm Architecture, IHI 0044, 4.5). */

export type SymbolKind = 'function' | 'object' | 'none' | 'section' | 'file' | 'other';

export interface ElfSymbol {
  readonly name: string;
  /** Link-time address; bit 0 of a Thumb function is cleared and `thumb` is set. */
  readonly address: number;
  readonly size: number;
  readonly kind: SymbolKind;
  readonly thumb: boolean;
  readonly binding: 'local' | 'global' | 'weak';
  /** Section index, or 0xfff1 for an absolute symbol. */
  readonly section: number;
}

export type InstructionSet = 'A32' | 'T32' | 'data';

const SHN_UNDEF = 0;
const SHN_ABS = 0xfff1;
const SYMBOL_KINDS: readonly SymbolKind[] = ['none', 'object', 'function', 'section', 'file'];
const MAPPING: Readonly<Record<string, InstructionSet>> = { $a: 'A32', $t: 'T32', $d: 'data' };

/** Symbols of a file, sorted by address. */
export class SymbolTable {
  private byName: Map<string, ElfSymbol> | undefined;

  constructor(
    /** Sorted by address; sections, files, undefined and mapping symbols left out. */
    readonly all: readonly ElfSymbol[],
    /** Mapping symbols, sorted by address. */
    readonly mapping: readonly { readonly address: number; readonly state: InstructionSet }[],
    private readonly sectionEnd: (section: number) => number,
  ) {}

  named(name: string): ElfSymbol | undefined {
    if (!this.byName) {
      this.byName = new Map();
      for (const symbol of this.all) {
        const other = this.byName.get(symbol.name);
        if (!other || (other.binding === 'local' && symbol.binding !== 'local'))
          this.byName.set(symbol.name, symbol);
      }
    }
    return this.byName.get(name);
  }

  /**
   * The symbol that holds `address`: the closest one at or before it whose size reaches it. A symbol of size 0 (a
   * label in assembly) reaches up to the next symbol or the end of its section. Functions and objects win over labels
   * at the same address.
   */
  at(address: number): ElfSymbol | undefined {
    const { all } = this;
    const closest = lastNotAfter(all, address);
    // A few steps back are enough to get out of nested or aliased symbols.
    for (let index = closest; index >= 0 && index > closest - 64; index--) {
      const symbol = all[index];
      const reaches =
        symbol.size > 0
          ? address - symbol.address < symbol.size
          : symbol.address === all[closest].address && address < this.sectionEnd(symbol.section);
      if (reaches) return this.bestAlias(index, address);
    }
    return undefined;
  }

  /** What the bytes at `address` are; undefined when no mapping symbol is before it. */
  stateAt(address: number): InstructionSet | undefined {
    const index = lastNotAfter(this.mapping, address);
    return index < 0 ? undefined : this.mapping[index].state;
  }

  private bestAlias(index: number, address: number): ElfSymbol {
    const { all } = this;
    let best = all[index];
    for (let other = index - 1; other >= 0 && all[other].address === best.address; other--) {
      const candidate = all[other];
      const holds = candidate.size > 0 && address - candidate.address < candidate.size;
      if (rank(candidate) + (holds ? 8 : 0) > rank(best) + (best.size > 0 ? 8 : 0)) best = candidate;
    }
    return best;
  }
}

function rank(symbol: ElfSymbol): number {
  return (
    (symbol.kind === 'function' ? 4 : symbol.kind === 'object' ? 2 : 0) + (symbol.binding === 'local' ? 0 : 1)
  );
}

/** Index of the last item with `address` ≤ the given one, or −1. */
export function lastNotAfter(items: readonly { readonly address: number }[], address: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (items[middle].address <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Reads a symbol table and its strings. @throws CorruptDataError */
export function parseSymbols(
  bytes: Uint8Array,
  strings: Uint8Array,
  sectionEnd: (section: number) => number,
): SymbolTable {
  const reader = new Reader(bytes, '.symtab');
  const symbols: ElfSymbol[] = [];
  const mapping: { address: number; state: InstructionSet }[] = [];
  for (let count = Math.floor(bytes.length / 16); count > 0; count--) {
    const nameOffset = reader.u32();
    const value = reader.u32();
    const size = reader.u32();
    const info = reader.u8();
    reader.skip(1);
    const section = reader.u16();
    const kind = SYMBOL_KINDS[info & 15] ?? 'other';
    if (section === SHN_UNDEF || nameOffset === 0 || kind === 'file' || kind === 'section') continue;
    const name = stringAt(strings, '.strtab', nameOffset);
    // `$a`, or `$a.anything` (IHI 0044, 4.5.5).
    const state =
      name[0] === '$' && (name.length === 2 || name[2] === '.') ? MAPPING[name.slice(0, 2)] : undefined;
    if (state) {
      mapping.push({ address: value, state });
      continue;
    }
    const thumb = kind === 'function' && (value & 1) !== 0;
    const binding = info >> 4 === 0 ? 'local' : info >> 4 === 2 ? 'weak' : 'global';
    symbols.push({ name, address: thumb ? value - 1 : value, size, kind, thumb, binding, section });
  }
  const sorted = symbols.filter(({ section }) => section !== SHN_ABS).sort((a, b) => a.address - b.address);
  mapping.sort((a, b) => a.address - b.address);
  return new SymbolTable(sorted, mapping, sectionEnd);
}
