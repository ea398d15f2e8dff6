/**
 * One translation under way: what is translated, with which registers, over which memory, and (for the debugger)
 * every descriptor read so far.
 */
import { MemoryFault, type AccessKind, type FaultKind } from '../system/fault';
import { longFormat, type TranslationRegisters } from './registers';
import type { MemoryAttributes } from './attributes';

/** A descriptor as two words, each a signed 32-bit integer, which V8 has as it is in any field; `high` is 0 of a short one. */
export interface DescriptorWords {
  low: number;
  high: number;
}

const WORD = 0x1_0000_0000;
/** An address of up to 40 bits as a number: V8 computes with what is wider than a word in floating point. */
export function addressOf(low: number, high: number): number {
  return high * WORD + (low >>> 0);
}
/** Bits 39–32 of an address. */
export function highOf(address: number): number {
  return (address / WORD) | 0;
}

/** The physical memory that table walks read. */
export interface TableMemory {
  /**
   * Reads the aligned descriptor at a physical address, little-endian; false where a walk takes an external abort.
   * @param low word of the address, signed or not. @param high its bits 39–32.
   */
  readDescriptor(low: number, high: number, bytes: 4 | 8, nonSecure: boolean, into: DescriptorWords): boolean;
}

/** One descriptor read by a walk. */
export interface DescriptorRead {
  readonly stage: 1 | 2;
  readonly format: 'short' | 'long';
  readonly level: 1 | 2 | 3;
  /** The address being translated: VA in stage 1, IPA in stage 2. */
  readonly input: number;
  /** Physical address of the descriptor. */
  readonly pa: number;
  /** Its intermediate physical address, for a stage 1 descriptor of a regime with stage 2. */
  readonly ipa: number | undefined;
  /** The descriptor, unsigned; `high` is 0 in the short format. */
  readonly low: number;
  readonly high: number;
  /** True for a stage 2 descriptor that translates the address of a stage 1 table. */
  readonly onWalk: boolean;
}

/** What stage 1 gives for an address: the TLBRecord of the pseudocode. */
export interface Stage1Record {
  /** Output address (IPA, or PA where there is no stage 2) of the very address translated. */
  readonly address: number;
  /** log2 of the size of the section, block or page: 12, 16, 20, 21, 24 or 30. */
  readonly shift: number;
  /** Level of the descriptor, 1–3; 0 with stage 1 off. */
  readonly level: number;
  /** Domain, 0–15; 0 in the long format. */
  readonly domain: number;
  /** AP[2:0]; the long format has AP[2:1] and AP[0] = 1. */
  readonly ap: number;
  readonly xn: boolean;
  readonly pxn: boolean;
  readonly global: boolean;
  /** Output is in the Non-secure physical address space. */
  readonly nonSecure: boolean;
  readonly attributes: MemoryAttributes;
  readonly long: boolean;
}

/** What stage 2 gives for an IPA. */
export interface Stage2Record {
  /** Physical address of the very address translated. */
  readonly address: number;
  readonly shift: number;
  readonly level: number;
  /** HAP[2:1]: bit 0 read, bit 1 write. */
  readonly hap: number;
  readonly xn: boolean;
  readonly attributes: MemoryAttributes;
}

export class Walk implements DescriptorWords {
  /** Last descriptor read, as DescriptorWords. */
  low = 0;
  high = 0;

  constructor(
    readonly registers: TranslationRegisters,
    readonly memory: TableMemory,
    /** True for the Hyp regime, false for PL1&0. */
    readonly hyp: boolean,
    /** Virtual address, unsigned. */
    readonly va: number,
    readonly access: AccessKind,
    /** True for cache maintenance and address translation operations. */
    readonly maintenance = false,
    readonly trace: DescriptorRead[] | undefined = undefined,
  ) {}

  stage1Fault(kind: FaultKind, level: number, domain: number): MemoryFault {
    const long = longFormat(this.registers, this.hyp);
    return new MemoryFault(
      kind, this.access, this.va, level, false, 0, false, domain, long, 0, this.maintenance,
    ); // prettier-ignore
  }

  /** @param onWalk the IPA is that of a stage 1 descriptor (S1PTW). */
  stage2Fault(kind: FaultKind, level: number, ipa: number, onWalk: boolean): MemoryFault {
    return new MemoryFault(
      kind, this.access, this.va, level, true, ipa, onWalk, 0, true, 0, this.maintenance,
    ); // prettier-ignore
  }

  /** Reads a descriptor of `bytes` bytes into `low` and `high`; false: external abort. */
  readDescriptor(low: number, high: number, bytes: 4 | 8, bigEndian: boolean, nonSecure: boolean): boolean {
    if (!this.memory.readDescriptor(low, high, bytes, nonSecure, this)) return false;
    if (bigEndian) reverse(this, bytes);
    return true;
  }
}

/** Makes a descriptor that was read as little-endian one that was read as big-endian. */
export function reverse(words: DescriptorWords, bytes: 4 | 8): void {
  const { low, high } = words;
  words.low = reverseBytes(bytes === 8 ? high : low);
  words.high = bytes === 8 ? reverseBytes(low) : 0;
}

function reverseBytes(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
