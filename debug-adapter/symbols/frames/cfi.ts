import { CorruptDataError } from '../errors';
import { readInitialLength } from '../dwarf/unit-header';
import { Reader } from '../reader';

/**
 * Call frame information (DWARF 5, 6.4): `.debug_frame`, and `.eh_frame` in the Linux Standard Base's variant.
 * The entries are indexed once; the instructions of one are run when a pc in it is unwound.
 */

/** How the caller's value of a register is found. */
export type RegisterRule =
  | { readonly kind: 'undefined' }
  | { readonly kind: 'same' }
  /** Saved at CFA + offset. */
  | { readonly kind: 'offset'; readonly offset: number }
  /** Is CFA + offset. */
  | { readonly kind: 'value offset'; readonly offset: number }
  | { readonly kind: 'register'; readonly register: number }
  /** Saved at the address that the expression computes (with the CFA on the stack). */
  | { readonly kind: 'expression'; readonly expression: Uint8Array }
  | { readonly kind: 'value expression'; readonly expression: Uint8Array };

export type CfaRule =
  | { readonly kind: 'register'; readonly register: number; readonly offset: number }
  | { readonly kind: 'expression'; readonly expression: Uint8Array };

/** The rules that hold from `address` up to the next row. */
export interface FrameRow {
  readonly address: number;
  readonly cfa: CfaRule;
  readonly rules: ReadonlyMap<number, RegisterRule>;
}

/** Common information entry. */
interface Cie {
  readonly codeAlignment: number;
  readonly dataAlignment: number;
  readonly returnRegister: number;
  readonly instructions: Reader;
  readonly pointerEncoding: number;
  readonly hasAugmentationData: boolean;
  readonly isSignalFrame: boolean;
  readonly addressSize: number;
}

/** Frame description entry: the code `[address, end)` and how to unwind it. */
export interface FrameDescription {
  readonly address: number;
  readonly end: number;
  readonly returnRegister: number;
  /** The frame was entered by an exception: its pc is an instruction, not a return address. */
  readonly isSignalFrame: boolean;
  /** The table's rows by rising address. @throws CorruptDataError */
  rows(): readonly FrameRow[];
}

/** Pointer encodings of `.eh_frame` (LSB 5.0, 10.5). */
const DW_EH_PE = { omit: 0xff, pcrel: 0x10, indirect: 0x80 } as const;
const MOST_ROWS = 1 << 16;
const MOST_REMEMBERED = 256;

export class FrameTable {
  private readonly cies = new Map<number, Cie>();
  /** Sorted by address. */
  readonly entries: readonly FrameDescription[];

  /**
   * @param bytes the section
   * @param section its name: `.eh_frame` selects that variant
   * @param sectionAddress link address of the section, for pc-relative pointers
   * @param isCode leaves out entries of functions that were discarded by the linker
   * @param report told of damage, in words; what was read before it stays usable
   */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly section: '.debug_frame' | '.eh_frame',
    private readonly sectionAddress: number,
    isCode: (address: number) => boolean,
    report: (problem: string) => void,
  ) {
    const entries: FrameDescription[] = [];
    this.readable(report, () => this.index(entries, isCode, report));
    this.entries = entries.sort((a, b) => a.address - b.address);
  }

  private get isEh(): boolean {
    return this.section === '.eh_frame';
  }

  find(address: number): FrameDescription | undefined {
    const { entries } = this;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (entries[middle].address <= address) low = middle + 1;
      else high = middle;
    }
    const entry = entries[low - 1];
    return entry && address < entry.end ? entry : undefined;
  }

  /** What `read` gives; damage is reported, and the rest of the section stays usable. */
  private readable<T>(report: (problem: string) => void, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof CorruptDataError)) throw error;
      report(`The unwind information in ${this.section} is damaged: ${error.message}`);
      return undefined;
    }
  }

  private index(
    entries: FrameDescription[],
    isCode: (address: number) => boolean,
    report: (problem: string) => void,
  ): void {
    const reader = new Reader(this.bytes, this.section);
    while (!reader.atEnd) {
      const start = reader.offset;
      const { length, offsetSize } = readInitialLength(reader);
      if (length === 0) {
        // The terminator of .eh_frame; in .debug_frame padding.
        if (this.isEh) return;
        continue;
      }
      const end = reader.offset + length;
      if (end > this.bytes.length) reader.fail('an entry ends after the section: the file is truncated');
      const idOffset = reader.offset;
      const id = reader.unsigned(offsetSize);
      const isCie = this.isEh ? id === 0 : id === (offsetSize === 4 ? 0xffffffff : Number.MAX_SAFE_INTEGER);
      if (!isCie) {
        const body = new Reader(this.bytes, this.section, reader.offset, end);
        const entry = this.readable(report, () =>
          this.readFde(body, this.cieAt(this.isEh ? idOffset - id : id)),
        );
        if (entry && isCode(entry.address)) entries.push(entry);
      }
      reader.seek(end);
      if (reader.offset <= start) reader.fail('an entry has no length');
    }
  }

  private readFde(reader: Reader, cie: Cie): FrameDescription | undefined {
    const address = this.isEh ? this.pointer(reader, cie.pointerEncoding) : reader.unsigned(cie.addressSize);
    // The length has the format of the pointer without its base.
    const size = this.isEh
      ? this.pointer(reader, cie.pointerEncoding & 0x0f)
      : reader.unsigned(cie.addressSize);
    if (cie.hasAugmentationData) reader.skip(reader.uleb());
    if (size === 0) return undefined;
    let rows: readonly FrameRow[] | undefined;
    const { offset, end } = reader;
    return {
      address,
      end: address + size,
      returnRegister: cie.returnRegister,
      isSignalFrame: cie.isSignalFrame,
      rows: () =>
        (rows ??= runInstructions(
          cie,
          new Reader(this.bytes, this.section, offset, end),
          address,
          address + size,
        )),
    };
  }

  private cieAt(offset: number): Cie {
    const known = this.cies.get(offset);
    if (known) return known;
    const reader = new Reader(this.bytes, this.section, offset);
    const { length, offsetSize } = readInitialLength(reader);
    const end = reader.offset + length;
    const id = reader.unsigned(offsetSize);
    if (this.isEh ? id !== 0 : id < 0xffffffff) reader.fail('an entry refers to something that is not a CIE');
    const version = reader.u8();
    if (![1, 3, 4].includes(version)) reader.fail(`CIE version ${version} is not known`);
    const augmentation = reader.string();
    let addressSize = 4;
    if (version >= 4) {
      addressSize = reader.u8();
      reader.skip(1);
    }
    const codeAlignment = reader.uleb();
    const dataAlignment = reader.sleb();
    const returnRegister = version === 1 ? reader.u8() : reader.uleb();
    let pointerEncoding = 0;
    let instructionsAt = reader.offset;
    const hasAugmentationData = augmentation.startsWith('z');
    if (hasAugmentationData) {
      const dataLength = reader.uleb();
      instructionsAt = reader.offset + dataLength;
      for (const letter of augmentation.slice(1)) {
        if (letter === 'R') pointerEncoding = reader.u8();
        else if (letter === 'L') reader.skip(1);
        else if (letter === 'P') this.pointer(reader, reader.u8());
      }
    } else if (!['', 'eh', 'S'].includes(augmentation))
      reader.fail(`CIE augmentation "${augmentation}" is not known`);
    const cie: Cie = {
      codeAlignment,
      dataAlignment,
      returnRegister,
      instructions: new Reader(this.bytes, this.section, instructionsAt, Math.min(end, this.bytes.length)),
      pointerEncoding,
      hasAugmentationData,
      isSignalFrame: augmentation.includes('S'),
      addressSize,
    };
    this.cies.set(offset, cie);
    return cie;
  }

  private pointer(reader: Reader, encoding: number): number {
    if (encoding === DW_EH_PE.omit) return 0;
    const base = (encoding & 0x70) === DW_EH_PE.pcrel ? this.sectionAddress + reader.offset : 0;
    const read: Readonly<Record<number, () => number>> = {
      0x00: () => reader.u32(),
      0x01: () => reader.uleb(),
      0x02: () => reader.u16(),
      0x03: () => reader.u32(),
      0x04: () => reader.u64AsNumber(),
      0x09: () => reader.sleb(),
      0x0a: () => reader.i16(),
      0x0b: () => reader.i32(),
    };
    const value =
      read[encoding & 0x0f]?.() ?? reader.fail(`pointer encoding 0x${encoding.toString(16)} is not known`);
    return (value + base) >>> 0;
  }
}

/** Runs the instructions of a CIE and then of one of its FDEs (DWARF 5, 6.4.2). */
function runInstructions(cie: Cie, program: Reader, start: number, end: number): FrameRow[] {
  const machine = new FrameMachine(cie, start, end);
  machine.run(
    new Reader(
      cie.instructions.bytes,
      cie.instructions.section,
      cie.instructions.offset,
      cie.instructions.end,
    ),
  );
  machine.keepInitial();
  machine.run(program);
  return machine.finish();
}

class FrameMachine {
  private readonly rows: FrameRow[] = [];
  private cfa: CfaRule = { kind: 'register', register: 13, offset: 0 };
  private rules = new Map<number, RegisterRule>();
  private initial = new Map<number, RegisterRule>();
  private readonly remembered: { cfa: CfaRule; rules: Map<number, RegisterRule> }[] = [];
  private address: number;

  constructor(
    private readonly cie: Cie,
    start: number,
    private readonly end: number,
  ) {
    this.address = start;
  }

  keepInitial(): void {
    this.initial = new Map(this.rules);
  }

  finish(): FrameRow[] {
    this.pushRow();
    return this.rows;
  }

  private pushRow(): void {
    if (this.rows.length > 0 && this.rows[this.rows.length - 1].address === this.address) this.rows.pop();
    this.rows.push({ address: this.address, cfa: this.cfa, rules: new Map(this.rules) });
  }

  private advance(reader: Reader, delta: number): void {
    if (delta === 0) return;
    this.pushRow();
    if (this.rows.length > MOST_ROWS) reader.fail('an unwind table has too many rows');
    this.address += delta * this.cie.codeAlignment;
    if (this.address > this.end) reader.fail('an unwind table goes past the end of its function');
  }

  private offsetCfa(reader: Reader, offset: number): CfaRule {
    if (this.cfa.kind !== 'register')
      return reader.fail('an offset is set although the CFA is an expression');
    return { ...this.cfa, offset };
  }

  run(reader: Reader): void {
    const { cie } = this;
    while (!reader.atEnd) {
      const opcode = reader.u8();
      const low = opcode & 0x3f;
      if (opcode >> 6 === 1) this.advance(reader, low);
      else if (opcode >> 6 === 2)
        this.rules.set(low, { kind: 'offset', offset: reader.uleb() * cie.dataAlignment });
      else if (opcode >> 6 === 3) this.restore(low);
      else this.extended(reader, opcode);
    }
  }

  private restore(register: number): void {
    const rule = this.initial.get(register);
    if (rule) this.rules.set(register, rule);
    else this.rules.delete(register);
  }

  private extended(reader: Reader, opcode: number): void {
    const { cie } = this;
    const set = (register: number, rule: RegisterRule) => this.rules.set(register, rule);
    switch (opcode) {
      case 0x00: // nop
        return;
      case 0x01: {
        // set_loc
        const address = reader.unsigned(cie.addressSize);
        if (address < this.address || address > this.end) reader.fail('an unwind table goes backwards');
        this.pushRow();
        this.address = address;
        return;
      }
      case 0x02: // advance_loc1
        return this.advance(reader, reader.u8());
      case 0x03: // advance_loc2
        return this.advance(reader, reader.u16());
      case 0x04: // advance_loc4
        return this.advance(reader, reader.u32());
      case 0x05: {
        // offset_extended
        const register = reader.uleb();
        return void set(register, { kind: 'offset', offset: reader.uleb() * cie.dataAlignment });
      }
      case 0x06: // restore_extended
        return this.restore(reader.uleb());
      case 0x07: // undefined
        return void set(reader.uleb(), { kind: 'undefined' });
      case 0x08: // same_value
        return void set(reader.uleb(), { kind: 'same' });
      case 0x09: {
        // register
        const register = reader.uleb();
        return void set(register, { kind: 'register', register: reader.uleb() });
      }
      case 0x0a: // remember_state
        if (this.remembered.length >= MOST_REMEMBERED)
          reader.fail('an unwind table remembers too many states');
        return void this.remembered.push({ cfa: this.cfa, rules: new Map(this.rules) });
      case 0x0b: {
        // restore_state
        const state =
          this.remembered.pop() ?? reader.fail('an unwind table restores a state that was not remembered');
        this.cfa = state.cfa;
        this.rules = new Map(state.rules);
        return;
      }
      case 0x0c: // def_cfa
        this.cfa = { kind: 'register', register: reader.uleb(), offset: reader.uleb() };
        return;
      case 0x0d: {
        // def_cfa_register
        const register = reader.uleb();
        this.cfa = { kind: 'register', register, offset: this.cfa.kind === 'register' ? this.cfa.offset : 0 };
        return;
      }
      case 0x0e: // def_cfa_offset
        this.cfa = this.offsetCfa(reader, reader.uleb());
        return;
      case 0x0f: // def_cfa_expression
        this.cfa = { kind: 'expression', expression: reader.slice(reader.uleb()) };
        return;
      case 0x10: {
        // expression
        const register = reader.uleb();
        return void set(register, { kind: 'expression', expression: reader.slice(reader.uleb()) });
      }
      case 0x11: {
        // offset_extended_sf
        const register = reader.uleb();
        return void set(register, { kind: 'offset', offset: reader.sleb() * cie.dataAlignment });
      }
      case 0x12: // def_cfa_sf
        this.cfa = { kind: 'register', register: reader.uleb(), offset: reader.sleb() * cie.dataAlignment };
        return;
      case 0x13: // def_cfa_offset_sf
        this.cfa = this.offsetCfa(reader, reader.sleb() * cie.dataAlignment);
        return;
      case 0x14: {
        // val_offset
        const register = reader.uleb();
        return void set(register, { kind: 'value offset', offset: reader.uleb() * cie.dataAlignment });
      }
      case 0x15: {
        // val_offset_sf
        const register = reader.uleb();
        return void set(register, { kind: 'value offset', offset: reader.sleb() * cie.dataAlignment });
      }
      case 0x16: {
        // val_expression
        const register = reader.uleb();
        return void set(register, { kind: 'value expression', expression: reader.slice(reader.uleb()) });
      }
      case 0x2e: // GNU_args_size
        return reader.skipLeb();
      case 0x2f: {
        // GNU_negative_offset_extended
        const register = reader.uleb();
        return void set(register, { kind: 'offset', offset: -reader.uleb() * cie.dataAlignment });
      }
      default:
        reader.fail(`unwind instruction 0x${opcode.toString(16)} is not known`);
    }
  }
}

/** The row that holds at an address. */
export function rowAt(rows: readonly FrameRow[], address: number): FrameRow | undefined {
  let best: FrameRow | undefined;
  for (const row of rows) {
    if (row.address > address) break;
    best = row;
  }
  return best;
}
