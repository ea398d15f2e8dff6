/**
 * One translation under way: what is translated, with which registers, over which memory, what was found, and (for the
 * debugger) every descriptor read so far. A core's MMU uses one for all translations of a regime while no register
 * changes.
 */
import { MemoryFault, type AccessKind, type FaultKind } from '../system/fault';
import { reverse, type DescriptorWords } from './descriptor-words';
import { Sctlr, longFormat, stage1Enabled, stage2Enabled, type TranslationRegisters } from './registers';
import { longTables, stage2Start, type LongTable, type LongTableStart } from './table-starts';
import { LongLeaf, Stage1Record, Stage2Record, TranslationRecord } from './translation-records';

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

const NO_TABLES: readonly LongTable[] = [];

export class Walk implements DescriptorWords {
  // What the registers say, the same for every translation.

  /** Stage 1 translates. */
  readonly stage1Enabled: boolean;
  /** Its output, and the addresses of its tables, are those of stage 2. */
  readonly twoStages: boolean;
  /** Stage 1 is in the Long-descriptor format. */
  readonly long: boolean;
  /** Descriptors of stage 1 are big-endian: SCTLR.EE, in Hyp's regime HSCTLR.EE. */
  readonly bigEndian: boolean;
  /** Those of stage 2: HSCTLR.EE. */
  readonly bigEndian2: boolean;
  /** Tables of stage 1 in the Long-descriptor format. */
  readonly longTables: readonly LongTable[];
  /** Where stage 2 walks begin, whether it is on or not. */
  readonly stage2Start: LongTableStart | undefined;

  // What is translated. Each field begins as a value of its kind: V8 then keeps the address in place, and makes no number of it.

  /** Virtual address, unsigned. */
  va = 0;
  access: AccessKind = 'read';
  /** True for cache maintenance and address translation operations. */
  maintenance = false;

  // What was found, and is found anew by the next translation.

  /** Last descriptor read, as DescriptorWords. */
  low = 0;
  high = 0;
  /** Of the walk of long-format tables that ended last. */
  readonly leaf = new LongLeaf();
  readonly stage1 = new Stage1Record();
  /** Of the stage 2 translation that ended last: that of a table's address, and last that of stage 1's output. */
  readonly stage2 = new Stage2Record();
  readonly translation = new TranslationRecord(this.stage1);
  /** What stage 2 translates. */
  ipa = 0;
  /** It is the address of a stage 1 descriptor (S1PTW). */
  onWalk = false;

  constructor(
    readonly registers: TranslationRegisters,
    readonly memory: TableMemory,
    /** True for the Hyp regime, false for PL1&0. */
    readonly hyp: boolean,
    va: number,
    access: AccessKind,
    maintenance = false,
    readonly trace: DescriptorRead[] | undefined = undefined,
  ) {
    this.restart(va, access, maintenance);
    const r = registers;
    this.stage1Enabled = stage1Enabled(r, hyp);
    this.twoStages = !hyp && stage2Enabled(r);
    this.long = longFormat(r, hyp);
    this.bigEndian = ((hyp ? r.HSCTLR : r.SCTLR) & Sctlr.EE) !== 0;
    this.bigEndian2 = (r.HSCTLR & Sctlr.EE) !== 0;
    this.longTables = this.long ? longTables(r, hyp) : NO_TABLES;
    this.stage2Start = stage2Start(r);
  }

  /** From now on another translation of the same regime with the same registers is under way. */
  restart(va: number, access: AccessKind, maintenance: boolean): void {
    this.va = va;
    // Most often the same; a store of a reference would be told to the garbage collector.
    if (this.access !== access) this.access = access;
    this.maintenance = maintenance;
  }

  stage1Fault(kind: FaultKind, level: number, domain: number): MemoryFault {
    return new MemoryFault(
      kind, this.access, this.va, level, false, 0, false, domain, this.long, 0, this.maintenance,
    ); // prettier-ignore
  }

  /** A fault of stage 2 as it translates `ipa`. */
  stage2Fault(kind: FaultKind, level: number): MemoryFault {
    return new MemoryFault(
      kind, this.access, this.va, level, true, this.ipa, this.onWalk, 0, true, 0, this.maintenance,
    ); // prettier-ignore
  }

  /** Reads a descriptor of `bytes` bytes into `low` and `high`; false: external abort. */
  readDescriptor(low: number, high: number, bytes: 4 | 8, bigEndian: boolean, nonSecure: boolean): boolean {
    if (!this.memory.readDescriptor(low, high, bytes, nonSecure, this)) return false;
    if (bigEndian) reverse(this, bytes);
    return true;
  }
}
