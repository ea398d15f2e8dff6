import { CorruptDataError } from '../errors';
import type { ElfFile } from '../elf';

/**
 * Exception tables of the ARM EHABI (IHI 0038): `.ARM.exidx` says for each function, `.ARM.extab` in detail, how its
 * frame is taken down. Kernels and C code carry them (`-funwind-tables`), so that a stripped file can still be unwound.
 */

/** The unwinding operations of one function; or that it cannot be unwound. */
export type EhabiEntry =
  { readonly kind: 'cannot unwind' } | { readonly kind: 'operations'; readonly bytes: number[] };

const EXIDX_CANTUNWIND = 1;

export class ExceptionIndex {
  private readonly words: DataView;
  private readonly count: number;
  private readonly address: number;

  /** @param elf the file; without `.ARM.exidx` nothing is ever found */
  constructor(private readonly elf: ElfFile) {
    const section = elf.section('.ARM.exidx') ?? elf.section('.ARM.unwind_idx');
    const bytes = section ? elf.sectionBytes(section.name) : new Uint8Array(0);
    this.words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.count = bytes.length >> 3;
    this.address = section?.address ?? 0;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** The entry for a link-time pc. @throws CorruptDataError */
  find(pc: number): EhabiEntry | undefined {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.functionAt(middle) <= pc) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : this.entry(low - 1);
  }

  private functionAt(index: number): number {
    const place = this.address + index * 8;
    return (place + prel31(this.words.getUint32(index * 8, true))) >>> 0;
  }

  private entry(index: number): EhabiEntry {
    const word = this.words.getUint32(index * 8 + 4, true);
    if (word === EXIDX_CANTUNWIND) return { kind: 'cannot unwind' };
    if (word >>> 31) return { kind: 'operations', bytes: this.compact(word, () => this.damaged(index)) };
    const table = (this.address + index * 8 + 4 + prel31(word)) >>> 0;
    return { kind: 'operations', bytes: this.table(table, index) };
  }

  /** An entry of `.ARM.extab`: compact model, or a personality routine followed by operations in GCC's layout. */
  private table(address: number, index: number): number[] {
    let at = address;
    const next = (): number => {
      const bytes = this.elf.readAtAddress(at, 4);
      if (!bytes) return this.damaged(index);
      at += 4;
      return (bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24)) >>> 0;
    };
    const first = next();
    if (first >>> 31) return this.compact(first, next);
    // Generic model: GCC's personality routines put the number of further words in the top byte.
    const word = next();
    const bytes = [(word >> 16) & 255, (word >> 8) & 255, word & 255];
    for (let count = word >>> 24; count > 0; count--) pushBytes(bytes, next());
    return bytes;
  }

  /** Compact model (IHI 0038, 7.3): index 0 has three bytes here, 1 and 2 have two and a number of further words. */
  private compact(word: number, next: () => number): number[] {
    const model = (word >> 24) & 15;
    if (model === 0) return [(word >> 16) & 255, (word >> 8) & 255, word & 255];
    if (model > 2) throw new CorruptDataError('.ARM.extab', 0, `compact model ${model} is not known`);
    const bytes = [(word >> 8) & 255, word & 255];
    for (let count = (word >> 16) & 255; count > 0; count--) pushBytes(bytes, next());
    return bytes;
  }

  private damaged(index: number): never {
    throw new CorruptDataError('.ARM.exidx', index * 8, 'an entry points outside the file');
  }
}

function pushBytes(bytes: number[], word: number): void {
  bytes.push(word >>> 24, (word >> 16) & 255, (word >> 8) & 255, word & 255);
}

/** Sign-extends a 31-bit place-relative offset. */
function prel31(word: number): number {
  return (word << 1) >> 1;
}

/** What the operations do to a virtual register set: core registers and D registers are loaded from the stack. */
export interface EhabiMachine {
  sp: number;
  /** Value of a core register as known so far. */
  core(register: number): number;
  /** Notes that a register's value was saved at an address. */
  saved(register: number, address: number): void;
}

/**
 * Runs unwinding operations (IHI 0038, 9.3).
 * @returns false when the operations refuse to unwind
 * @throws CorruptDataError for reserved encodings
 */
export function runOperations(bytes: readonly number[], machine: EhabiMachine): boolean {
  let at = 0;
  const next = (): number => {
    if (at >= bytes.length)
      throw new CorruptDataError('.ARM.extab', 0, 'unwinding operations end in the middle of one');
    return bytes[at++];
  };
  const popMask = (first: number, mask: number) => {
    let address = machine.sp;
    let loadedSp: number | undefined;
    for (let register = first; mask !== 0; register++, mask >>>= 1) {
      if (!(mask & 1)) continue;
      if (register === 13) loadedSp = address;
      else machine.saved(register, address);
      address += 4;
    }
    machine.sp = loadedSp === undefined ? address : machine.sp;
    if (loadedSp !== undefined) machine.saved(13, loadedSp);
  };
  const popDouble = (first: number, count: number, fstmx: boolean) => {
    for (let index = 0; index < count; index++) machine.saved(256 + first + index, machine.sp + index * 8);
    machine.sp += count * 8 + (fstmx ? 4 : 0);
  };
  while (at < bytes.length) {
    const op = next();
    if (op < 0x40) machine.sp += ((op & 0x3f) << 2) + 4;
    else if (op < 0x80) machine.sp -= ((op & 0x3f) << 2) + 4;
    else if (op < 0x90) {
      const mask = ((op & 15) << 8) | next();
      if (mask === 0) return false;
      popMask(4, mask);
    } else if (op < 0xa0) {
      if (op === 0x9d || op === 0x9f)
        throw new CorruptDataError('.ARM.extab', 0, 'a reserved unwinding operation');
      machine.sp = machine.core(op & 15);
    } else if (op < 0xb0) {
      // r4 up to r4+n, and r14 when bit 3 is set: lr is above the others in memory.
      popMask(4, ((1 << ((op & 7) + 1)) - 1) | (op & 8 ? 1 << 10 : 0));
    } else if (op === 0xb0) return true;
    else if (op === 0xb1) {
      const mask = next();
      if (mask === 0 || mask & 0xf0)
        throw new CorruptDataError('.ARM.extab', 0, 'a reserved unwinding operation');
      popMask(0, mask);
    } else if (op === 0xb2) {
      let value = 0;
      for (let shift = 0; shift < 32; shift += 7) {
        const byte = next();
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) break;
      }
      machine.sp += 0x204 + value * 4;
    } else if (op === 0xb3) {
      const range = next();
      popDouble(range >> 4, (range & 15) + 1, true);
    } else if (op === 0xb4) {
      // The return address was signed (PAC): the code register holds nothing that matters here.
    } else if (op >= 0xb8 && op < 0xc0) popDouble(8, (op & 7) + 1, true);
    else if (op === 0xc8) {
      const range = next();
      popDouble(16 + (range >> 4), (range & 15) + 1, false);
    } else if (op === 0xc9) {
      const range = next();
      popDouble(range >> 4, (range & 15) + 1, false);
    } else if (op >= 0xd0 && op < 0xd8) popDouble(8, (op & 7) + 1, false);
    else throw new CorruptDataError('.ARM.extab', 0, `unwinding operation 0x${op.toString(16)} is reserved`);
  }
  return true;
}
