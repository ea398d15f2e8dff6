/**
 * A whole translation regime as merged ranges, for people. Tables may be hostile: what cannot be read ends its
 * branch with a sentence, and the number of tables and ranges is bounded.
 */
import { MemoryFault } from '../system/fault';
import { decodeMair, decodeStage2, decodeTex, type MemoryAttributes } from './attributes';
import { highOf, longAddress, reverse, type DescriptorWords } from './descriptor-words';
import { levelShift } from './long-table';
import { DomainAccess, Permission, domainAccess, stage1Permissions, stage2Permissions } from './permissions';
import { Sctlr, longFormat, stage2Enabled, type TranslationRegisters } from './registers';
import { secondStageTranslateForWalk } from './stage2';
import { longTables, stage2InputSize, stage2Start, type LongTableStart } from './table-starts';
import { Walk, type TableMemory } from './walk';
import { shortTable } from './walker-short';

/** Adjacent descriptors with the same attributes and contiguous output. */
export interface MappedRange {
  /** First input address: VA, or IPA for stage 2. */
  readonly start: number;
  /** First output address: PA, or IPA for stage 1 under stage 2. */
  readonly output: number;
  /** Bytes. */
  readonly size: number;
  /** What PL1 (Hyp in Hyp's regime; any level for stage 2) may do. */
  readonly privileged: Permission;
  /** What PL0 may do; for Hyp and stage 2 the same as `privileged`. */
  readonly unprivileged: Permission;
  readonly attributes: MemoryAttributes;
  /** False: the first use faults. */
  readonly accessFlag: boolean;
  /** False: for the current ASID only (nG). */
  readonly global: boolean;
  /** Domain of short descriptors, else 0. */
  readonly domain: number;
  readonly level: 1 | 2 | 3;
  /** How many descriptors were merged. */
  readonly descriptors: number;
}

export interface RegimeMap {
  /** By ascending start. */
  readonly ranges: readonly MappedRange[];
  /** Each place where a branch ended, in words. */
  readonly problems: readonly string[];
}

/** Bounds on the work. */
export interface MapLimits {
  readonly tables: number;
  readonly ranges: number;
}
const LIMITS: MapLimits = { tables: 8192, ranges: 65536 };
const MOST_PROBLEMS = 64;

/** Stage 2 of the VM whose VTTBR and VTCR (and HSCTLR.EE) the registers hold. */
export function mapStage2(r: TranslationRegisters, memory: TableMemory, limits = LIMITS): RegimeMap {
  const map = new Mapper(memory, limits);
  const start = stage2Start(r);
  if (start === undefined) {
    const size = stage2InputSize(r);
    map.problem(`VTCR: a start level of ${2 - ((r.VTCR >>> 6) & 3)} does not go with ${size}-bit addresses`);
    return map.result();
  }
  const bigEndian = (r.HSCTLR & Sctlr.EE) !== 0;
  const leaf = (low: number, high: number): LeafAttributes => {
    const allowed = stage2Permissions((low >>> 6) & 3, (high & (1 << 22)) !== 0);
    return {
      privileged: allowed,
      unprivileged: allowed,
      attributes: decodeStage2((low >>> 2) & 15, (low >>> 8) & 3),
      global: true,
      domain: 0,
    };
  };
  mapLong(map, start, 0, bigEndian, (address) => address, leaf);
  return map.result();
}

/**
 * Stage 1 of the Hyp regime, or of PL1&0 as TTBR0, TTBR1 and TTBCR say. Tables of a regime under stage 2 are read
 * through it; the output then is an IPA.
 */
export function mapStage1(
  r: TranslationRegisters,
  memory: TableMemory,
  hyp: boolean,
  limits = LIMITS,
): RegimeMap {
  const map = new Mapper(memory, limits);
  const through = tableReader(r, memory, hyp);
  if (longFormat(r, hyp)) mapStage1Long(map, r, hyp, through);
  else mapStage1Short(map, r, through);
  return map.result();
}

/** From the address of a stage 1 table to its PA, or to the fault where stage 2 has none. */
type TableReader = (address: number) => number | MemoryFault;

function tableReader(r: TranslationRegisters, memory: TableMemory, hyp: boolean): TableReader {
  if (hyp || !stage2Enabled(r)) return (address) => address;
  const walk = new Walk(r, memory, false, 0, 'read');
  return (address) => secondStageTranslateForWalk(walk, address) ?? walk.stage2.address;
}

/** What a leaf descriptor says beside its address. */
interface LeafAttributes {
  privileged: Permission;
  unprivileged: Permission;
  attributes: MemoryAttributes;
  global: boolean;
  domain: number;
}

/** Hierarchical attributes gathered above a leaf: APTable, XNTable, PXNTable. */
interface Hierarchy {
  readonly ap: number;
  readonly xn: boolean;
  readonly pxn: boolean;
}
const NO_HIERARCHY: Hierarchy = { ap: 0, xn: false, pxn: false };

function mapStage1Long(map: Mapper, r: TranslationRegisters, hyp: boolean, through: TableReader): void {
  const sctlr = hyp ? r.HSCTLR : r.SCTLR;
  const leaf = (low: number, high: number, above: Hierarchy): LeafAttributes => {
    const ap = (((low >>> 5) & 6) | 1 | (above.ap & 2 ? 4 : 0)) & (above.ap & 1 ? ~2 : ~0);
    const xn = above.xn || (high & (1 << 22)) !== 0;
    const pxn = above.pxn || (high & (1 << 21)) !== 0;
    const allowed = (privileged: boolean): Permission =>
      stage1Permissions(ap, xn, pxn, true, sctlr, hyp, privileged);
    return {
      privileged: allowed(true),
      unprivileged: allowed(hyp),
      attributes: decodeMair(r, hyp, (low >>> 2) & 7, (low >>> 8) & 3),
      global: hyp || (low & 0x800) === 0,
      domain: 0,
    };
  };
  for (const table of longTables(r, hyp)) {
    const bigEndian = (sctlr & Sctlr.EE) !== 0;
    // The table's own index 0 is the first VA of its size that the top bits select.
    const size = 2 ** table.inputSize;
    const origin = table.end - (((table.end - 1) % size) + 1);
    mapLong(map, table, origin, bigEndian, through, leaf, table);
  }
}

function mapLong(
  map: Mapper,
  start: LongTableStart,
  first: number,
  bigEndian: boolean,
  through: TableReader,
  leaf: (low: number, high: number, above: Hierarchy) => LeafAttributes,
  served: { readonly first: number; readonly end: number } = { first: 0, end: 2 ** 40 },
): void {
  const visit = (table: number, level: 1 | 2 | 3, input: number, entries: number, above: Hierarchy): void => {
    if (!map.openTable()) return;
    const shift = levelShift(level);
    for (let i = 0; i < entries; i++) {
      const at = input + i * 2 ** shift;
      if (at + 2 ** shift <= served.first || at >= served.end) continue;
      const d = map.read(table + i * 8, 8, bigEndian, through);
      if (d === undefined) {
        // The rest of this 4 KiB of the table fails alike.
        i |= 511;
        continue;
      }
      const { low, high } = d;
      if ((low & 1) === 0 || (level === 3 && (low & 2) === 0)) continue;
      if (level < 3 && (low & 2) !== 0) {
        const next = longAddress(low, high, 12);
        visit(next, (level + 1) as 2 | 3, at, 512, {
          ap: above.ap | ((high >>> 29) & 3),
          xn: above.xn || (high & (1 << 28)) !== 0,
          pxn: above.pxn || (high & (1 << 27)) !== 0,
        });
      } else {
        const output = longAddress(low, high, shift);
        const accessFlag = (low & 0x400) !== 0;
        const from = Math.max(at, served.first);
        const size = Math.min(at + 2 ** shift, served.end) - from;
        map.add({
          start: from,
          output: output + from - at,
          size,
          level,
          accessFlag,
          ...leaf(low, high, above),
        });
      }
      if (map.full) return;
    }
  };
  const bits = start.inputSize - levelShift(start.level);
  visit(start.base - (start.base % 2 ** (bits + 3)), start.level, first, 2 ** bits, NO_HIERARCHY);
}

function mapStage1Short(map: Mapper, r: TranslationRegisters, through: TableReader): void {
  const bigEndian = (r.SCTLR & Sctlr.EE) !== 0;
  const afe = (r.SCTLR & Sctlr.AFE) !== 0;
  const allowed = (domain: number, ap: number, xn: boolean, pxn: boolean): [Permission, Permission] => {
    const access = domainAccess(r.DACR, domain);
    if (access === DomainAccess.Manager) return [Permission.All, Permission.All];
    if (access !== DomainAccess.Client) return [Permission.None, Permission.None];
    const of = (privileged: boolean): Permission =>
      stage1Permissions(ap, xn, pxn, false, r.SCTLR, false, privileged);
    return [of(true), of(false)];
  };
  const section = (d: number, va: number): void => {
    const supersection = (d & (1 << 18)) !== 0;
    const domain = supersection ? 0 : (d >>> 5) & 15;
    const high = supersection ? (((d >>> 5) & 15) << 4) | ((d >>> 20) & 15) : 0;
    const low = supersection ? (d & 0xff00_0000) | (va & 0x00f0_0000) : d & 0xfff0_0000;
    const ap = ((d >>> 13) & 4) | ((d >>> 10) & 3);
    const [privileged, unprivileged] = allowed(domain, ap, (d & 0x10) !== 0, (d & 1) !== 0);
    map.add({
      start: va,
      output: high * 0x1_0000_0000 + (low >>> 0),
      size: 0x10_0000,
      level: 1,
      accessFlag: !afe || (d & 0x400) !== 0,
      privileged,
      unprivileged,
      attributes: decodeTex(r, ((d >>> 10) & 0x1c) | ((d >>> 2) & 3), (d >>> 16) & 1),
      global: (d & (1 << 17)) === 0,
      domain,
    });
  };
  const secondLevel = (first: number, va: number): void => {
    if (!map.openTable()) return;
    for (let i = 0; i < 256; i++) {
      const read = map.read(((first & 0xffff_fc00) >>> 0) + i * 4, 4, bigEndian, through);
      if (read === undefined) return;
      const d = read.low;
      if ((d & 3) === 0) continue;
      const at = va + i * 4096;
      const large = (d & 2) === 0;
      const domain = (first >>> 5) & 15;
      const ap = ((d >>> 7) & 4) | ((d >>> 4) & 3);
      const [privileged, unprivileged] = allowed(
        domain,
        ap,
        (d & (large ? 0x8000 : 1)) !== 0,
        (first & 4) !== 0,
      );
      map.add({
        start: at,
        output: (large ? (d & 0xffff_0000) | (at & 0xf000) : d & 0xffff_f000) >>> 0,
        size: 4096,
        level: 2,
        accessFlag: !afe || (d & 0x10) !== 0,
        privileged,
        unprivileged,
        attributes: decodeTex(r, ((large ? d >>> 10 : d >>> 4) & 0x1c) | ((d >>> 2) & 3), (d >>> 10) & 1),
        global: (d & 0x800) === 0,
        domain,
      });
      if (map.full) return;
    }
  };
  for (let index = 0; index < 4096 && !map.full; index++) {
    const va = index * 0x10_0000;
    const table = shortTable(r, va);
    if (table.disabled) continue;
    const entry = (va << table.n) >>> (table.n + 20);
    const read = map.read(table.base + entry * 4, 4, bigEndian, through);
    if (read === undefined) {
      index |= 1023; // the rest of this 4 KiB of the table fails alike
      continue;
    }
    const d = read.low;
    if (d & 2) section(d, va);
    else if (d & 1) secondLevel(d, va);
  }
}

/** Gathers ranges, merging, and keeps the bounds. */
class Mapper {
  private readonly ranges: MappedRange[] = [];
  private readonly problems: string[] = [];
  private tables = 0;
  full = false;
  /** The last 4 KiB of table read: its address and PA. */
  private page = -1;
  private pagePa = 0;

  constructor(
    private readonly memory: TableMemory,
    private readonly limits: MapLimits,
  ) {}

  result(): RegimeMap {
    const ranges = [...this.ranges].sort((a, b) => a.start - b.start);
    return { ranges, problems: this.problems };
  }

  problem(text: string): void {
    if (this.problems.length < MOST_PROBLEMS && !this.problems.includes(text)) this.problems.push(text);
  }

  /** Counts a table; false when there have been too many. */
  openTable(): boolean {
    if (++this.tables <= this.limits.tables) return true;
    this.full = true;
    this.problem(`more than ${this.limits.tables} tables: the rest is not shown`);
    return false;
  }

  /** A descriptor, or undefined with a problem noted. */
  read(address: number, bytes: 4 | 8, bigEndian: boolean, through: TableReader): DescriptorWords | undefined {
    const inPage = address % 4096;
    if (address - inPage !== this.page) {
      const pagePa = through(address - inPage);
      if (pagePa instanceof MemoryFault) {
        const where = `IPA 0x${(address - inPage).toString(16)}`;
        const { kind, level } = pagePa;
        this.problem(`a table at ${where} cannot be read: stage 2 ${kind} fault, level ${level}`);
        return undefined;
      }
      this.pagePa = pagePa;
      this.page = address - inPage;
    }
    const pa = this.pagePa + inPage;
    const words = { low: 0, high: 0 };
    if (this.memory.readDescriptor(pa, highOf(pa), bytes, false, words)) {
      if (bigEndian) reverse(words, bytes);
      return words;
    }
    this.problem(`a table at PA 0x${(pa - (pa % 4096)).toString(16)} lies outside of RAM`);
    return undefined;
  }

  add(range: Omit<MappedRange, 'descriptors'>): void {
    const last = this.ranges.at(-1);
    if (last !== undefined && continues(last, range)) {
      this.ranges[this.ranges.length - 1] = {
        ...last,
        size: last.size + range.size,
        descriptors: last.descriptors + 1,
      };
      return;
    }
    if (this.ranges.length >= this.limits.ranges) {
      this.full = true;
      this.problem(`more than ${this.limits.ranges} ranges: the rest is not shown`);
      return;
    }
    this.ranges.push({ ...range, descriptors: 1 });
  }
}

function continues(a: MappedRange, b: Omit<MappedRange, 'descriptors'>): boolean {
  return (
    a.start + a.size === b.start &&
    a.output + a.size === b.output &&
    a.level === b.level &&
    a.privileged === b.privileged &&
    a.unprivileged === b.unprivileged &&
    a.attributes === b.attributes &&
    a.accessFlag === b.accessFlag &&
    a.global === b.global &&
    a.domain === b.domain
  );
}
