import { parseSymbols, SymbolTable } from './elf-symbols';
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

const SHT_NOBITS = 8;
const SHT_SYMTAB = 2;
const SHT_DYNSYM = 11;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const SHF_COMPRESSED = 0x800;
const PT_LOAD = 1;
const EM_ARM = 40;
const SHN_XINDEX = 0xffff;
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
