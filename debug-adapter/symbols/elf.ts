import { CorruptDataError, SymbolFileError } from './errors';
import { inflateZlib } from './inflate';
import { Reader, stringAt } from './reader';

/**
 * ELF32 little-endian ARM files (TIS ELF 1.2; ELF for the Arm Architecture, IHI 0044): headers, segments, sections,
 * symbols and mapping symbols. Nothing of a section is read before it is asked for.
 */

export interface Segment {
  readonly type: number;
  /** Offset and length of its bytes in the file. */
  readonly offset: number;
  readonly fileSize: number;
  readonly vaddr: number;
  readonly paddr: number;
  readonly memorySize: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
}

export interface Section {
  readonly name: string;
  readonly index: number;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

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

const SHT_NOBITS = 8;
const SHT_SYMTAB = 2;
const SHT_DYNSYM = 11;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const SHF_COMPRESSED = 0x800;
const PT_LOAD = 1;
const EM_ARM = 40;
const SHN_UNDEF = 0;
const SHN_ABS = 0xfff1;
const SHN_XINDEX = 0xffff;
const SYMBOL_KINDS: readonly SymbolKind[] = ['none', 'object', 'function', 'section', 'file'];
const MAPPING: Readonly<Record<string, InstructionSet>> = { $a: 'A32', $t: 'T32', $d: 'data' };
const REBUILD = 'Check that the file was copied completely, or build it again';

export class ElfFile {
  readonly entry: number;
  /** ET_EXEC 2, ET_DYN 3, ET_REL 1, ET_CORE 4. */
  readonly type: number;
  readonly flags: number;
  readonly segments: readonly Segment[];
  readonly sections: readonly Section[];
  private symbolTable: SymbolTable | undefined;
  private readonly contents = new Map<number, Uint8Array>();

  /**
   * @param bytes the whole file
   * @param file its name, for messages
   * @throws SymbolFileError when it isn't a complete ELF32 little-endian ARM file
   */
  constructor(
    private readonly bytes: Uint8Array,
    readonly file: string,
  ) {
    checkIdentity(bytes, file);
    try {
      const header = new Reader(bytes, 'ELF header', 16);
      this.type = header.u16();
      header.skip(2 + 4);
      this.entry = header.u32();
      const programHeaders = header.u32();
      const sectionHeaders = header.u32();
      this.flags = header.u32();
      header.skip(2);
      const segmentSize = header.u16();
      const segmentCount = header.u16();
      const sectionSize = header.u16();
      const sectionCount = header.u16();
      const namesIndex = header.u16();
      this.segments = this.readSegments(programHeaders, segmentSize, segmentCount);
      this.sections = this.readSections(sectionHeaders, sectionSize, sectionCount, namesIndex);
    } catch (error) {
      throw asSymbolFileError(error, file);
    }
  }

  /** The segments a loader copies to memory. */
  get loadable(): readonly Segment[] {
    return this.segments.filter((segment) => segment.type === PT_LOAD && segment.memorySize > 0);
  }

  /** The bytes of a segment that are in the file (the rest of `memorySize` is zero). */
  segmentBytes(segment: Segment): Uint8Array {
    return this.bytes.subarray(segment.offset, segment.offset + segment.fileSize);
  }

  section(name: string): Section | undefined {
    return this.sections.find((section) => section.name === name);
  }

  /** Contents of a section, decompressed; empty when there is no such section or it has no bytes in the file. */
  sectionBytes(name: string): Uint8Array {
    const section = this.section(name);
    return section ? this.bytesOf(section) : new Uint8Array(0);
  }

  /** Bytes at a link address, from the section or segment that holds it; undefined outside the file. */
  readAtAddress(address: number, length: number): Uint8Array | undefined {
    for (const section of this.sections) {
      if (!(section.flags & SHF_ALLOC) || section.type === SHT_NOBITS) continue;
      const from = address - section.address;
      if (from >= 0 && from + length <= section.size)
        return this.bytesOf(section).subarray(from, from + length);
    }
    for (const segment of this.loadable) {
      const from = address - segment.vaddr;
      if (from >= 0 && from + length <= segment.fileSize)
        return this.segmentBytes(segment).subarray(from, from + length);
    }
    return undefined;
  }

  /** Whether a link address lies in a section or segment that is loaded. */
  isLoaded(address: number): boolean {
    return this.loadable.some(({ vaddr, memorySize }) => address >= vaddr && address - vaddr < memorySize);
  }

  isExecutable(address: number): boolean {
    const inSection = this.sections.some(
      (section) =>
        section.flags & SHF_EXECINSTR &&
        address >= section.address &&
        address - section.address < section.size,
    );
    if (inSection || this.sections.length > 1) return inSection;
    return this.loadable.some(
      ({ vaddr, memorySize, executable }) => executable && address >= vaddr && address - vaddr < memorySize,
    );
  }

  /** Symbols and mapping symbols; read and sorted on first use. */
  get symbols(): SymbolTable {
    return (this.symbolTable ??= this.readSymbols());
  }

  private bytesOf(section: Section): Uint8Array {
    const known = this.contents.get(section.index);
    if (known) return known;
    let bytes: Uint8Array = new Uint8Array(0);
    if (section.type !== SHT_NOBITS) {
      if (section.offset + section.size > this.bytes.length)
        throw new SymbolFileError(
          this.file,
          `section ${section.name} ends at byte ${section.offset + section.size}, but the file has only ${this.bytes.length}`,
          `section header ${section.index}`,
          `${REBUILD}.`,
        );
      bytes = new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + section.offset, section.size);
      if (section.flags & SHF_COMPRESSED) bytes = this.decompressed(section, bytes);
    }
    this.contents.set(section.index, bytes);
    return bytes;
  }

  /** Elf32_Chdr: type, uncompressed size, alignment, then the stream. */
  private decompressed(section: Section, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const reader = new Reader(bytes, section.name);
    const type = reader.u32();
    const size = reader.u32();
    if (type !== 1)
      throw new SymbolFileError(
        this.file,
        `section ${section.name} is compressed by a method other than zlib`,
        `compression type ${type}`,
        'Build with -gz=zlib or -gz=none.',
      );
    try {
      return inflateZlib(bytes.subarray(12), size);
    } catch (error) {
      throw new SymbolFileError(
        this.file,
        (error as Error).message,
        `section ${section.name}`,
        `${REBUILD}.`,
      );
    }
  }

  private readSegments(offset: number, entrySize: number, count: number): Segment[] {
    if (count === 0) return [];
    const reader = new Reader(this.bytes, 'program headers');
    const segments: Segment[] = [];
    for (let index = 0; index < count; index++) {
      reader.seek(offset + index * entrySize);
      const type = reader.u32();
      const fileOffset = reader.u32();
      const vaddr = reader.u32();
      const paddr = reader.u32();
      const fileSize = reader.u32();
      const memorySize = reader.u32();
      const flags = reader.u32();
      if (type === PT_LOAD && fileOffset + fileSize > this.bytes.length)
        throw new SymbolFileError(
          this.file,
          `a segment ends at byte ${fileOffset + fileSize}, but the file has only ${this.bytes.length}`,
          `program header ${index}`,
          `The file is truncated. ${REBUILD}.`,
        );
      segments.push({
        type,
        offset: fileOffset,
        fileSize,
        vaddr,
        paddr,
        memorySize,
        readable: (flags & 4) !== 0,
        writable: (flags & 2) !== 0,
        executable: (flags & 1) !== 0,
      });
    }
    return segments;
  }

  private readSections(offset: number, entrySize: number, count: number, namesIndex: number): Section[] {
    if (offset === 0) return [];
    const reader = new Reader(this.bytes, 'section headers');
    const header = (index: number) => {
      reader.seek(offset + index * entrySize);
      const [name, type, flags, address, fileOffset, size, link, info] = Array.from({ length: 8 }, () =>
        reader.u32(),
      );
      return { name, type, flags, address, offset: fileOffset, size, link, info };
    };
    // More than 0xff00 sections: the true numbers are in section header 0.
    const first = header(0);
    const total = count === 0 ? first.size : count;
    const names = header(namesIndex === SHN_XINDEX ? first.link : namesIndex);
    const strings =
      names.type === SHT_NOBITS || names.offset + names.size > this.bytes.length
        ? new Uint8Array(0)
        : this.bytes.subarray(names.offset, names.offset + names.size);
    const sections: Section[] = [];
    for (let index = 0; index < total; index++) {
      const { name, ...rest } = header(index);
      sections.push({ ...rest, index, name: strings.length > 0 ? stringAt(strings, '.shstrtab', name) : '' });
    }
    return sections;
  }

  private readSymbols(): SymbolTable {
    const table =
      this.sections.find(({ type }) => type === SHT_SYMTAB) ??
      this.sections.find(({ type }) => type === SHT_DYNSYM);
    if (!table) return new SymbolTable([], [], () => 0);
    try {
      const strings = this.bytesOf(this.sections[table.link] ?? table);
      return parseSymbols(this.bytesOf(table), strings, (index) => {
        const section = this.sections[index];
        return section ? section.address + section.size : 0;
      });
    } catch (error) {
      throw asSymbolFileError(error, this.file);
    }
  }
}

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

function parseSymbols(
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

function checkIdentity(bytes: Uint8Array, file: string): void {
  const fail = (what: string, where: string, remedy: string): never => {
    throw new SymbolFileError(file, what, where, remedy);
  };
  const magic = [0x7f, 0x45, 0x4c, 0x46];
  if (bytes.length < 4 || magic.some((byte, index) => bytes[index] !== byte))
    fail(
      bytes.length === 0 ? 'the file is empty' : 'this is not an ELF file',
      'the first 4 bytes',
      'Give the linked ELF file (vmlinux, not zImage or Image; name.elf, not name.bin).',
    );
  if (bytes.length < 52)
    fail(`the file has only ${bytes.length} bytes, less than an ELF header`, 'byte 0', `${REBUILD}.`);
  if (bytes[4] === 2)
    fail(
      'this is a 64-bit ELF file',
      'EI_CLASS, byte 4',
      'Worldswitch debugs 32-bit ARMv7-A code: build for arm, not aarch64.',
    );
  if (bytes[4] !== 1)
    fail(`the ELF class is ${bytes[4]}, neither 32 nor 64 bit`, 'EI_CLASS, byte 4', `${REBUILD}.`);
  if (bytes[5] !== 1)
    fail('this is a big-endian ELF file', 'EI_DATA, byte 5', 'Build it little-endian (-mlittle-endian).');
  const machine = bytes[18] | (bytes[19] << 8);
  if (machine !== EM_ARM)
    fail(
      `the file is for ${MACHINES[machine] ?? `machine number ${machine}`}, not ARM`,
      'e_machine, byte 18',
      'Give a file built by an ARM compiler (arm-none-eabi-gcc or arm-linux-gnueabihf-gcc).',
    );
}

const MACHINES: Readonly<Record<number, string>> = {
  3: 'x86',
  8: 'MIPS',
  20: 'PowerPC',
  62: 'x86-64',
  183: 'AArch64',
  243: 'RISC-V',
};

function asSymbolFileError(error: unknown, file: string): unknown {
  if (!(error instanceof CorruptDataError)) return error;
  return new SymbolFileError(
    file,
    error.what,
    `${error.section}, offset 0x${error.offset.toString(16)}`,
    `The file is truncated or damaged. ${REBUILD}.`,
  );
}
